//! What a policy speaks about, read from its JSON form.
//!
//! Which facts a set of policies asks for decides what is worked out for a command; which groups may
//! approve decides what is tried for one that is refused. The form:
//! <https://docs.cedarpolicy.com/policies/json-format.html>

use serde_json::Value;
use std::collections::BTreeSet;

/// What a policy speaks about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mentions {
    /// Facts of the context.
    pub(crate) facts: BTreeSet<String>,
    /// The context as a whole, so that every fact counts.
    pub(crate) whole_context: bool,
    /// Groups that `context.approved_by` is asked for.
    pub(crate) approvers: BTreeSet<String>,
    /// Is `context.approved_by` asked in another way than for written groups?
    pub(crate) odd_approval: bool,
    /// Strings that `context.kinds` is asked for.
    pub(crate) kinds: BTreeSet<String>,
    /// Entities by type and id, those of the scope included, actions not.
    pub(crate) entities: BTreeSet<(String, String)>,
    /// Can it decide otherwise for a column than for its table?
    pub(crate) tells_columns_apart: bool,
}

impl Mentions {
    /// Reads the JSON form of a policy.
    pub(crate) fn read(policy: &Value) -> Self {
        let mut mentions = Self::default();
        for scope in ["principal", "resource"] {
            mentions.scope(&policy[scope]);
        }
        mentions.tells_columns_apart = resource_scope_tells_columns_apart(policy);
        for condition in list(&policy["conditions"]) {
            mentions.expression(&condition["body"]);
        }
        mentions
    }

    fn scope(&mut self, scope: &Value) {
        for entity in [&scope["entity"], &scope["in"]["entity"]] {
            if let Some((kind, id)) = entity_of(entity) {
                self.entities.insert((kind, id));
            }
        }
    }

    fn expression(&mut self, node: &Value) {
        match node {
            Value::Object(fields) => {
                for (operator, operands) in fields {
                    self.operation(operator, operands);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.expression(item)),
            _ => {}
        }
    }

    fn operation(&mut self, operator: &str, operands: &Value) {
        let left = &operands["left"];
        match operator {
            "Value" => self.value(operands),
            "Var" => match operands.as_str() {
                Some("context") => self.whole_context = true,
                Some("resource") => self.tells_columns_apart = true,
                _ => {}
            },
            "." | "has" if variable(left) == Some("context") => {
                if let Some(fact) = operands["attr"].as_str() {
                    self.facts.insert(fact.to_owned());
                    self.odd_approval |= fact == "approved_by";
                } else {
                    self.whole_context = true;
                }
            }
            // Columns have these from their table.
            "." | "has"
                if variable(left) == Some("resource")
                    && ["temporary", "system"]
                        .iter()
                        .any(|a| operands["attr"] == *a) => {}
            "contains" | "containsAny" | "containsAll" if fact(left).is_some() => {
                self.membership(fact(left).unwrap_or_default(), &operands["right"]);
            }
            "in" if variable(left) == Some("resource") => {
                let entities = literals(&operands["right"]);
                self.tells_columns_apart |= entities
                    .as_ref()
                    .is_none_or(|all| all.iter().any(|e| entity_of(e).is_none_or(is_column)));
                self.expression(&operands["right"]);
            }
            _ => self.expression(operands),
        }
    }

    /// `context.fact.contains(right)` and its kin.
    fn membership(&mut self, fact: &str, right: &Value) {
        self.facts.insert(fact.to_owned());
        let written: Option<Vec<&str>> = literals(right)
            .map(|all| all.into_iter().map(Value::as_str).collect())
            .unwrap_or_default();
        match (fact, written) {
            ("approved_by", Some(groups)) => {
                self.approvers
                    .extend(groups.into_iter().map(ToOwned::to_owned));
            }
            ("approved_by", None) => self.odd_approval = true,
            ("kinds", Some(kinds)) => self.kinds.extend(kinds.into_iter().map(ToOwned::to_owned)),
            _ => {}
        }
        self.expression(right);
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => match fields.get("__entity").and_then(entity_of) {
                Some((kind, _)) if kind == "Action" => {}
                Some(entity) => {
                    self.tells_columns_apart |= is_column(entity.clone());
                    self.entities.insert(entity);
                }
                None => fields.values().for_each(|value| self.value(value)),
            },
            Value::Array(items) => items.iter().for_each(|item| self.value(item)),
            _ => {}
        }
    }
}

/// Scopes that hold for a table hold for its columns if they say `in`; a forbid that holds for the
/// table alone stops its columns too, because the table is asked for before them.
fn resource_scope_tells_columns_apart(policy: &Value) -> bool {
    let scope = &policy["resource"];
    let of_column = scope["entity_type"] == "Column"
        || [&scope["entity"], &scope["in"]["entity"]]
            .into_iter()
            .any(|entity| entity_of(entity).is_some_and(is_column));
    let by_itself = matches!(scope["op"].as_str(), Some("==" | "is"));
    of_column || (by_itself && policy["effect"] == "permit")
}

fn is_column((kind, _): (String, String)) -> bool {
    kind == "Column"
}

fn variable(node: &Value) -> Option<&str> {
    node["Var"].as_str()
}

/// `context.fact`
fn fact(node: &Value) -> Option<&str> {
    let access = &node["."];
    (variable(&access["left"]) == Some("context"))
        .then(|| access["attr"].as_str())
        .flatten()
}

/// The literals of a literal or of a set of literals; entities as `{type, id}`.
fn literals(node: &Value) -> Option<Vec<&Value>> {
    let one = |node: &'_ Value| -> Option<()> { node.get("Value").map(|_| ()) };
    if let Some(items) = node.get("Set").and_then(Value::as_array) {
        return items
            .iter()
            .map(|item| one(item).map(|()| literal(&item["Value"])))
            .collect();
    }
    match node.get("Value") {
        Some(Value::Array(items)) => Some(items.iter().map(literal).collect()),
        Some(value) => Some(vec![literal(value)]),
        None => None,
    }
}

fn literal(value: &Value) -> &Value {
    value.get("__entity").unwrap_or(value)
}

/// `{type, id}`
fn entity_of(node: &Value) -> Option<(String, String)> {
    let node = node.get("__entity").unwrap_or(node);
    Some((
        node["type"].as_str()?.to_owned(),
        node["id"].as_str()?.to_owned(),
    ))
}

fn list(node: &Value) -> &[Value] {
    node.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Mentions {
        let policy = cedar_policy::Policy::parse(None, text).unwrap();
        Mentions::read(&policy.to_json().unwrap())
    }

    #[test]
    fn approvers_and_facts_are_found() {
        let mentions = read(
            r#"forbid(principal in Group::"a", action, resource)
            when { context.statements > 1 && context.kinds.containsAny(["drop table"]) }
            unless { context.approved_by.contains("dba") || context has limit };"#,
        );
        assert!(mentions.approvers.iter().eq(["dba"]));
        assert!(mentions.kinds.iter().eq(["drop table"]));
        let facts = ["approved_by", "kinds", "limit", "statements"];
        assert!(mentions.facts.iter().eq(facts));
        assert!(!mentions.odd_approval && !mentions.whole_context);
        assert!(!mentions.tells_columns_apart);
        assert_eq!(mentions.entities.len(), 1);
    }

    #[test]
    fn approval_by_anything_but_written_groups_is_odd() {
        for odd in [
            "context.approved_by.isEmpty()",
            "context.approved_by == [\"a\"]",
            "context.approved_by.contains(principal.name)",
            "[\"a\"].containsAll(context.approved_by)",
        ] {
            let text = format!("forbid(principal, action, resource) unless {{ {odd} }};");
            assert!(read(&text).odd_approval, "{odd}");
        }
    }

    #[test]
    fn policies_that_tell_columns_apart_are_known() {
        for (scope, condition, expected) in [
            ("permit(principal, action, resource)", "true", false),
            (
                r#"permit(principal, action, resource in Table::"t")"#,
                "true",
                false,
            ),
            (
                r#"permit(principal, action, resource == Table::"t")"#,
                "true",
                true,
            ),
            (
                r#"forbid(principal, action, resource == Table::"t")"#,
                "true",
                false,
            ),
            ("permit(principal, action, resource is Table)", "true", true),
            (
                r#"permit(principal, action, resource == Column::"c")"#,
                "true",
                true,
            ),
            (
                r#"permit(principal, action, resource is Column in Table::"c")"#,
                "true",
                true,
            ),
            (
                "forbid(principal, action, resource)",
                "resource has temporary && resource.temporary",
                false,
            ),
            (
                "forbid(principal, action, resource)",
                "resource.tags.contains(\"x\")",
                true,
            ),
            (
                "forbid(principal, action, resource)",
                "resource in Table::\"t\"",
                false,
            ),
            (
                "forbid(principal, action, resource)",
                "resource in [Table::\"t\", Column::\"c\"]",
                true,
            ),
            (
                "forbid(principal, action, resource)",
                "resource == Column::\"c\"",
                true,
            ),
        ] {
            let text = format!("{scope} when {{ {condition} }};");
            assert_eq!(read(&text).tells_columns_apart, expected, "{text}");
        }
    }
}
