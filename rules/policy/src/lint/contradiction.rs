//! Finds conditions that no command can meet.
//!
//! Conditions are taken apart like a proof by tableau: a conjunction must hold in both parts, a
//! disjunction in one of them; what is left are comparisons and facts, which either fit together or
//! do not. It knows that equal terms have equal values, how numbers are ordered, and a few laws of the
//! facts. What it does not see through it takes for possible, so it never calls a living policy dead.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Steps of a proof at most; beyond them anything is possible.
const STEPS_MAX: u32 = 20_000;

/// Numbers that are never smaller.
const LEAST: [(&str, i64); 3] = [("statements", 1), ("limit", 0), ("estimated_rows", 0)];

/// The conditions of a policy in JSON form, as one expression.
pub(super) fn condition(policy: &Value) -> Value {
    let all = policy["conditions"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    all.iter().fold(json!({"Value": true}), |left, condition| {
        let body = &condition["body"];
        let right = if condition["kind"] == "unless" {
            json!({"!": {"arg": body}})
        } else {
            body.clone()
        };
        json!({"&&": {"left": left, "right": right}})
    })
}

/// Can these expressions never have these values, all at once?
pub(super) fn never(claims: &[(&Value, bool)]) -> bool {
    let mut steps = STEPS_MAX;
    closes(claims.to_vec(), Known::default(), &mut steps)
}

/// Does every branch end in a contradiction?
fn closes(mut claims: Vec<(&Value, bool)>, mut known: Known, steps: &mut u32) -> bool {
    while let Some((expression, truth)) = claims.pop() {
        let Some(left_over) = steps.checked_sub(1) else {
            return false;
        };
        *steps = left_over;
        if let Some(value) = constant(expression) {
            if value.as_bool() == Some(!truth) {
                return true;
            }
            continue;
        }
        let (both, either) = (&expression["&&"], &expression["||"]);
        let negated = &expression["!"]["arg"];
        if !negated.is_null() {
            claims.push((negated, !truth));
        } else if !both.is_null() && truth || !either.is_null() && !truth {
            let parts = if both.is_null() { either } else { both };
            claims.push((&parts["left"], truth));
            claims.push((&parts["right"], truth));
        } else if !both.is_null() || !either.is_null() {
            let parts = if both.is_null() { either } else { both };
            return ["left", "right"].into_iter().all(|side| {
                let mut branch = claims.clone();
                branch.push((&parts[side], truth));
                closes(branch, known.clone(), steps)
            });
        } else if known.contradicts(expression, truth) {
            return true;
        }
    }
    false
}

/// What is claimed on one branch.
#[derive(Clone, Default)]
struct Known {
    truths: BTreeMap<String, bool>,
    equal: BTreeMap<String, Value>,
    least: BTreeMap<String, i64>,
    most: BTreeMap<String, i64>,
}

impl Known {
    /// Takes one more claim; does it contradict the others?
    fn contradicts(&mut self, claim: &Value, truth: bool) -> bool {
        let term = claim.to_string();
        if self
            .truths
            .insert(term, truth)
            .is_some_and(|before| before != truth)
        {
            return true;
        }
        self.comparison(claim, truth) || self.equality(claim, truth) || self.law(claim, truth)
    }

    fn equality(&mut self, claim: &Value, truth: bool) -> bool {
        let (parts, truth) = match (&claim["=="], &claim["!="]) {
            (Value::Null, Value::Null) => return false,
            (Value::Null, parts) => (parts, !truth),
            (parts, _) => (parts, truth),
        };
        let sides = [("left", "right"), ("right", "left")];
        let literal = sides
            .into_iter()
            .find_map(|(term, value)| constant(&parts[value]).map(|value| (&parts[term], value)));
        let (Some((term, value)), true) = (literal, truth) else {
            return false;
        };
        let name = term.to_string();
        let known = self
            .equal
            .entry(name.clone())
            .or_insert_with(|| value.clone());
        *known != value
            || value
                .as_i64()
                .is_some_and(|n| self.bound(&name, term, n, n))
    }

    fn comparison(&mut self, claim: &Value, truth: bool) -> bool {
        for (operator, opposite) in [("<", ">="), ("<=", ">"), (">", "<="), (">=", "<")] {
            let parts = &claim[operator];
            if parts.is_null() {
                continue;
            }
            let operator = if truth { operator } else { opposite };
            let (left, right) = (&parts["left"], &parts["right"]);
            let as_number = |side| constant(side).and_then(|value| value.as_i64());
            return match (as_number(left), as_number(right)) {
                (None, Some(n)) => self.bounded(left, operator, n),
                (Some(n), None) => self.bounded(right, mirrored(operator), n),
                _ => false,
            };
        }
        false
    }

    /// `term operator number`
    fn bounded(&mut self, term: &Value, operator: &str, number: i64) -> bool {
        let (low, high) = match operator {
            "<" => (i64::MIN, number.saturating_sub(1)),
            "<=" => (i64::MIN, number),
            ">" => (number.saturating_add(1), i64::MAX),
            _ => (number, i64::MAX),
        };
        self.bound(&term.to_string(), term, low, high)
    }

    fn bound(&mut self, name: &str, term: &Value, low: i64, high: i64) -> bool {
        let law = LEAST.into_iter().find(|(fact, _)| is_fact(term, fact));
        let floor = law.map_or(i64::MIN, |(_, least)| least);
        let least = self.least.entry(name.to_owned()).or_insert(floor);
        *least = (*least).max(low);
        let most = self.most.entry(name.to_owned()).or_insert(i64::MAX);
        *most = (*most).min(high);
        let (least, most) = (*least, *most);
        let outside = |value: &Value| value.as_i64().is_some_and(|n| n < least || n > most);
        least > most || self.equal.get(name).is_some_and(outside)
    }

    /// What follows from what facts mean.
    fn law(&mut self, claim: &Value, truth: bool) -> bool {
        if is_fact(claim, "where_is_trivial") && truth {
            let has_where = json!({".": {"left": {"Var": "context"}, "attr": "has_where"}});
            return self.contradicts(&has_where, true);
        }
        let members = ["contains", "containsAny"]
            .into_iter()
            .find_map(|operator| {
                let parts = &claim[operator];
                (!parts.is_null()).then(|| &parts["left"])
            });
        match members {
            Some(set) if truth => self.contradicts(&json!({"isEmpty": {"arg": set}}), false),
            _ => false,
        }
    }
}

fn is_fact(term: &Value, fact: &str) -> bool {
    term["."]["attr"] == fact && term["."]["left"]["Var"] == "context"
}

fn mirrored(operator: &str) -> &'static str {
    match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        _ => "<=",
    }
}

/// The value of an expression that has no variables.
fn constant(expression: &Value) -> Option<Value> {
    if let Some(value) = expression.get("Value") {
        return Some(value.clone());
    }
    if let Some(items) = expression.get("Set").and_then(Value::as_array) {
        return items
            .iter()
            .map(constant)
            .collect::<Option<Vec<_>>>()
            .map(Value::Array);
    }
    let (operator, parts) = expression.as_object()?.iter().next()?;
    if operator == "!" {
        return Some(Value::Bool(!constant(&parts["arg"])?.as_bool()?));
    }
    let (left, right) = (constant(&parts["left"]), constant(&parts["right"]));
    let is = |side: &Option<Value>, truth| *side == Some(Value::Bool(truth));
    match operator.as_str() {
        "&&" if is(&left, false) || is(&right, false) => return Some(Value::Bool(false)),
        "||" if is(&left, true) || is(&right, true) => return Some(Value::Bool(true)),
        _ => {}
    }
    let (left, right) = (left?, right?);
    let numbers = left.as_i64().zip(right.as_i64());
    let truth = match operator.as_str() {
        "==" => left == right,
        "!=" => left != right,
        "&&" => left.as_bool()? && right.as_bool()?,
        "||" => left.as_bool()? || right.as_bool()?,
        "<" => numbers.map(|(a, b)| a < b)?,
        "<=" => numbers.map(|(a, b)| a <= b)?,
        ">" => numbers.map(|(a, b)| a > b)?,
        ">=" => numbers.map(|(a, b)| a >= b)?,
        "contains" => left.as_array()?.contains(&right),
        _ => return None,
    };
    Some(Value::Bool(truth))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn is_dead(conditions: &str) -> bool {
        let text = format!("forbid(principal, action, resource) {conditions};");
        let policy = cedar_policy::Policy::parse(None, text).unwrap();
        let condition = condition(&policy.to_json().unwrap());
        never(&[(&condition, true)])
    }

    #[test]
    fn what_cannot_be_is_found() {
        for dead in [
            "when { false }",
            "unless { true }",
            "when { 1 > 2 }",
            "when { \"a\" == \"b\" || [1, 2].contains(3) }",
            "when { context.statements < 1 }",
            "when { context.statements > 3 && context.statements <= 3 }",
            "when { context.statements == 2 } when { 5 < context.statements }",
            "when { context.purpose == \"a\" && context.purpose == \"b\" }",
            "when { context.read_only } unless { context.read_only }",
            "when { context.read_only && (context.parsed || context.limit > 5) }
             unless { context.parsed } unless { context.limit >= 3 }",
            "when { context.where_is_trivial && !context.has_where }",
            "when { context.kinds.isEmpty() && context.kinds.contains(\"select\") }",
        ] {
            assert!(is_dead(dead), "{dead}");
        }
    }

    #[test]
    fn what_can_be_is_left_alone() {
        for alive in [
            "",
            "when { true }",
            "when { context.statements > 1 }",
            "when { context.statements > 3 || context.statements <= 3 }",
            "when { context.purpose != \"a\" && context.purpose != \"b\" }",
            "when { context.kinds.contains(\"a\") && context.kinds.contains(\"b\") }",
            "when { context.has_where && context.where_is_trivial }",
            "when { !context.kinds.contains(\"a\") && context.kinds.isEmpty() }",
            "when { context.limit == 5 && context.limit < 6 }",
            "when { if context.read_only then false else true }",
        ] {
            assert!(!is_dead(alive), "{alive}");
        }
    }
}
