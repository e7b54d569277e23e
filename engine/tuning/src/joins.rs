//! Masks that keep joins: columns that refer to each other get the same mask, and one that keeps unique
//! values different where any does.
//!
//! The values of a foreign key are those of the key that it refers to. So if one of them is masked, all are,
//! with the first of their masks that keeps joins, else with one that fits the type and the values.

use crate::decide::{Decision, Verdict};
use crate::keys::{Constraints, KeyColumn, meetings, sample_of, uniqueness};
use crate::sample::Table;
use std::collections::HashMap;
use wiremask_rules::{Backend, Keys, PackSource, RuleId, Ruleset, Uniqueness};

/// Masks of keys that an operator makes for most types and values, the best first.
const MASKS: [&str; 5] = [
    r#"{ operator = "fpe" }"#,
    r#"{ operator = "fpe", alphabet = "upper-alphanumeric" }"#,
    r#"{ operator = "fpe", alphabet = "lower-alphanumeric" }"#,
    r#"{ operator = "fpe", alphabet = "alphanumeric" }"#,
    r#"{ operator = "hash" }"#,
];

/// Changes the masks of decisions about keys, with a reason each, so that joins hold where some mask makes that
/// possible. What no decision is about stays as it is.
pub fn keep_joins(
    rules: &Ruleset,
    decisions: &mut [Decision],
    samples: &[Table],
    constraints: &Constraints,
) {
    for group in groups(decisions, constraints) {
        let masks: Vec<Option<(String, String)>> = (group.members.iter())
            .map(|(at, column)| mask_of(rules, &decisions[*at], column))
            .collect();
        let mut known = masks.iter().flatten();
        let Some((first, _)) = known.clone().next() else {
            continue;
        };
        let made = MASKS.map(|mask| (first.clone(), mask.to_owned()));
        let keeps = |(entity, mask): &&(String, String)| group.keeps(entity, mask, samples);
        let Some(best) = known.find(keeps).or_else(|| made.iter().find(keeps)) else {
            continue;
        };
        let source = group
            .members
            .iter()
            .zip(&masks)
            .find(|(_, mask)| mask.is_some());
        let source = source.map_or_else(String::new, |((_, column), _)| column.path());
        for ((at, _), mask) in group.members.iter().zip(&masks) {
            if mask.as_ref() == Some(best) {
                continue;
            }
            let decision = &mut decisions[*at];
            let reason = match mask {
                Some(_) => "part of a key: this mask keeps values different and joins".to_owned(),
                None => format!("holds values of {source}, which is masked"),
            };
            decision.reasons.insert(0, reason);
            decision.verdict = Verdict::Mask;
            (decision.entity, decision.mask) = best.clone();
            // Whatever a pack does here, the overlay says otherwise.
            decision.masked_by.clear();
        }
    }
}

/// The entity and mask of a column as it would be with the overlay: that of the packs where they mask it.
fn mask_of(rules: &Ruleset, decision: &Decision, column: &KeyColumn) -> Option<(String, String)> {
    if decision.verdict != Verdict::Mask {
        return None;
    }
    let rule = column
        .rule(rules)
        .filter(|_| !decision.masked_by.is_empty());
    let info = rule.map(|rule| &rules.rules()[rule.index()]);
    Some(match info {
        Some(info) => (info.entity.clone(), info.mask.clone()),
        None => (decision.entity.clone(), decision.mask.clone()),
    })
}

/// Columns that refer to each other.
struct Group<'c> {
    /// Numbers of decisions, those that others refer to first.
    members: Vec<(usize, &'c KeyColumn)>,
    unique: bool,
}

impl Group<'_> {
    /// Does a mask keep joins between these columns, and unique values different?
    fn keeps(&self, entity: &str, mask: &str, samples: &[Table]) -> bool {
        let Some(rules) = only(entity, mask) else {
            return false;
        };
        let masker = rules.masker(RuleId(0));
        let properties = masker.properties();
        let joins = self.members.len() < 2 || (properties.joinable && properties.deterministic);
        let first = self
            .members
            .first()
            .map(|(_, column)| column.type_name.as_str());
        joins
            && self.members.iter().all(|(_, column)| {
                let one = (RuleId(0), column.type_name.as_str());
                let alike = self.members.len() < 2
                    || crate::keys::apart(&rules, (RuleId(0), first.unwrap_or_default()), one)
                        .is_none();
                let stays = uniqueness(masker, &rules, &column.type_name) != Uniqueness::Lossy;
                let met =
                    sample_of(column, samples).map_or(0, |sample| meetings(masker, &rules, sample));
                alike && (!self.unique || (stays && met == 0))
            })
    }
}

/// A ruleset of one mask.
fn only(entity: &str, mask: &str) -> Option<Ruleset> {
    let quoted = crate::overlay::quoted(entity);
    let text = format!(
        "[pack]\nname = \"key\"\nversion = \"1\"\n[[dataset]]\nselect = {{ column = \"key\" }}\n\
         set = {{ entity = {quoted}, mask = {mask} }}\n"
    );
    let packs = [PackSource {
        name: "key".to_owned(),
        text,
    }];
    let keys = Keys::from_secret("tuning", b"a key for tuning, not a secret");
    Ruleset::compile(&packs, &keys, Backend::Portable).ok()
}

/// The columns of keys that decisions are about, in groups that refer to each other.
fn groups<'c>(decisions: &[Decision], constraints: &'c Constraints) -> Vec<Group<'c>> {
    type Path<'p> = [&'p str; 4];
    let about: HashMap<Path<'_>, usize> = (decisions.iter().enumerate())
        .map(|(at, d)| ([d.database.as_str(), &d.schema, &d.table, &d.column], at))
        .collect();
    let find = |column: &KeyColumn| {
        let path: Path<'_> = [
            &column.database,
            &column.schema,
            &column.table,
            &column.column,
        ];
        about.get(&path).copied()
    };
    let mut groups: Vec<Group<'c>> = Vec::new();
    let mut add = |columns: [Option<(usize, &'c KeyColumn)>; 2], unique| {
        let mut merged = Group {
            members: Vec::new(),
            unique,
        };
        for (at, column) in columns.into_iter().flatten() {
            let known = groups
                .iter()
                .position(|group| group.members.iter().any(|(known, _)| *known == at));
            match known.map(|known| groups.swap_remove(known)) {
                Some(known) => {
                    merged.unique |= known.unique;
                    merged.members.extend(known.members);
                }
                None if merged.members.iter().any(|(known, _)| *known == at) => {}
                None => merged.members.push((at, column)),
            }
        }
        if !merged.members.is_empty() {
            groups.push(merged);
        }
    };
    let at = |column: &'c KeyColumn| find(column).map(|at| (at, column));
    for column in constraints.unique.iter().flat_map(|key| &key.columns) {
        add([at(column), None], true);
    }
    for reference in &constraints.references {
        add([at(&reference.to), at(&reference.from)], false);
    }
    // Moving groups about has left them in no order.
    groups.sort_by_key(|group| group.members.first().map(|(at, _)| *at));
    groups
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::decide::{Options, decide};
    use crate::keys::{Reference, UniqueKey, check};
    use crate::overlay;
    use crate::sample::{Column, ColumnFacts};

    fn key(table: &str, column: &str, type_name: &str) -> KeyColumn {
        KeyColumn {
            database: String::new(),
            schema: "public".to_owned(),
            table: table.to_owned(),
            column: column.to_owned(),
            type_name: type_name.to_owned(),
            comments: Vec::new(),
        }
    }

    fn sample(column: &KeyColumn, values: impl Iterator<Item = String>) -> Table {
        let facts = ColumnFacts {
            schema: column.schema.clone(),
            table: column.table.clone(),
            column: column.column.clone(),
            type_name: column.type_name.clone(),
            ..ColumnFacts::default()
        };
        let mut sample = Column::new(facts, 400);
        values.for_each(|value| sample.push(Some(value.as_bytes())));
        Table {
            columns: vec![sample],
        }
    }

    fn starter() -> PackSource {
        let text = wiremask_rules::builtin("starter").unwrap().to_owned();
        PackSource {
            name: "starter".to_owned(),
            text,
        }
    }

    fn compiled(packs: &[PackSource]) -> Ruleset {
        let keys = Keys::from_secret("k", b"a secret of a test");
        Ruleset::compile(packs, &keys, Backend::Portable).unwrap()
    }

    #[test]
    fn what_refers_to_a_masked_key_is_masked_so_that_both_join() {
        let (to, from) = (key("person", "ssn", "text"), key("visit", "who", "text"));
        let numbers =
            || (0..200).map(|n| format!("{:03}-{:02}-{:04}", 100 + n, 10 + n % 80, 1000 + 7 * n));
        let tables = [sample(&to, numbers()), sample(&from, numbers())];
        let constraints = Constraints {
            unique: vec![UniqueKey {
                kind: "primary key".to_owned(),
                columns: vec![to.clone()],
            }],
            references: vec![Reference { from, to }],
        };
        let rules = compiled(&[starter()]);
        let mut decisions = decide(&rules, &tables, Options::default());
        assert_eq!(decisions[0].verdict, Verdict::Mask);
        keep_joins(&rules, &mut decisions, &tables, &constraints);
        assert!(
            decisions
                .iter()
                .all(|decision| decision.verdict == Verdict::Mask)
        );
        assert!(
            decisions
                .iter()
                .all(|decision| decision.mask.contains("fpe")),
            "{decisions:?}"
        );
        assert_eq!(decisions[0].entity, decisions[1].entity);
        let text = overlay("shop", &[], &decisions);
        let rules = compiled(&[
            starter(),
            PackSource {
                name: "shop".to_owned(),
                text,
            },
        ]);
        assert_eq!(check(&rules, &constraints, &tables), []);
    }

    #[test]
    fn a_unique_login_gets_a_mask_that_keeps_it_different_and_a_plain_key_none() {
        let (login, id) = (
            key("person", "username", "text"),
            key("person", "id", "int4"),
        );
        let tables = [
            sample(&login, (0..200).map(|n| format!("user.{n}x"))),
            sample(&id, (0..200).map(|n| n.to_string())),
        ];
        let unique = |column: &KeyColumn| UniqueKey {
            kind: "unique constraint".to_owned(),
            columns: vec![column.clone()],
        };
        let constraints = Constraints {
            unique: vec![unique(&login), unique(&id)],
            references: Vec::new(),
        };
        let rules = compiled(&[starter()]);
        let mut decisions = decide(&rules, &tables, Options::default());
        decisions[0].verdict = Verdict::Mask;
        decisions[0].entity = "USERNAME".to_owned();
        decisions[0].mask = r#"{ operator = "keep-first", count = 1 }"#.to_owned();
        keep_joins(&rules, &mut decisions, &tables, &constraints);
        assert!(
            decisions[0].mask.contains("fpe") || decisions[0].mask.contains("hash"),
            "{}",
            decisions[0].mask
        );
        assert_ne!(decisions[1].verdict, Verdict::Mask);
    }

    #[test]
    fn a_chain_of_references_is_one_group() {
        let columns = [
            key("a", "x", "int8"),
            key("b", "x", "int8"),
            key("c", "x", "int8"),
        ];
        let tables: Vec<Table> = columns
            .iter()
            .map(|c| sample(c, (0..50).map(|n| (n + 5).to_string())))
            .collect();
        let refers = |from: usize, to: usize| Reference {
            from: columns[from].clone(),
            to: columns[to].clone(),
        };
        let constraints = Constraints {
            unique: vec![UniqueKey {
                kind: "primary key".to_owned(),
                columns: vec![columns[0].clone()],
            }],
            references: vec![refers(2, 1), refers(1, 0)],
        };
        let rules = compiled(&[starter()]);
        let mut decisions = decide(&rules, &tables, Options::default());
        decisions[2].verdict = Verdict::Mask;
        decisions[2].entity = "MEMBER".to_owned();
        decisions[2].mask = r#"{ operator = "redact" }"#.to_owned();
        keep_joins(&rules, &mut decisions, &tables, &constraints);
        let masks: Vec<_> = decisions
            .iter()
            .map(|d| (d.verdict, d.entity.as_str(), d.mask.as_str()))
            .collect();
        assert_eq!(
            masks,
            [(Verdict::Mask, "MEMBER", r#"{ operator = "fpe" }"#); 3]
        );
    }
}
