//! What would change if one ruleset took the place of another.

use crate::apply::{Applier, Outcome};
use crate::sample::Table;
use crate::stats::Share;
use serde::Serialize;
use wiremask_rules::Ruleset;

/// What changes in one column.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// The schema, or empty.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// Cells that only the new rules mask.
    pub newly: Share,
    /// Cells that only the old ones mask.
    pub no_longer: Share,
    /// The old rule that masks the most of what is no longer masked.
    pub old_rule: String,
    /// The new rule that masks the most of what is newly masked.
    pub new_rule: String,
    /// Why, in words.
    pub reason: String,
}

/// The columns in which something changes.
pub fn diff(old: &Ruleset, new: &Ruleset, tables: &[Table]) -> Vec<Change> {
    let (mut old_applier, mut new_applier) = (Applier::new(old), Applier::new(new));
    let mut changes = Vec::new();
    for column in tables.iter().flat_map(|table| &table.columns) {
        let facts = &column.facts;
        let (before, after) = (old_applier.treatment(facts), new_applier.treatment(facts));
        let (mut newly, mut no_longer, mut cells) = (0, 0, 0);
        let (mut by_old, mut by_new) = (vec![0; old.rules().len()], vec![0; new.rules().len()]);
        let mut whole = false;
        for (value, count) in column.values() {
            cells += count;
            let (was, is) = (
                old_applier.outcome(before, value),
                new_applier.outcome(after, value),
            );
            match (was, is) {
                (Outcome::Kept, Outcome::Whole(rule) | Outcome::Spans(rule, _)) => {
                    newly += count;
                    by_new[rule.index()] += count;
                    whole |= matches!(is, Outcome::Whole(_));
                }
                (Outcome::Whole(rule) | Outcome::Spans(rule, _), Outcome::Kept) => {
                    no_longer += count;
                    by_old[rule.index()] += count;
                }
                _ => {}
            }
        }
        if newly + no_longer == 0 {
            continue;
        }
        let (old_rule, new_rule) = (top(old, &by_old), top(new, &by_new));
        let reason = match (newly > 0, no_longer > 0) {
            (true, false) if whole => format!("masked whole by {new_rule}"),
            (true, false) => format!("{new_rule} finds spans"),
            (false, true) => format!("{old_rule} no longer applies"),
            _ => format!("{new_rule} in place of {old_rule}"),
        };
        changes.push(Change {
            schema: facts.schema.clone(),
            table: facts.table.clone(),
            column: facts.column.clone(),
            newly: Share::new(newly, cells),
            no_longer: Share::new(no_longer, cells),
            old_rule,
            new_rule,
            reason,
        });
    }
    changes
}

fn top(rules: &Ruleset, counts: &[u64]) -> String {
    let most = counts.iter().enumerate().max_by_key(|(_, count)| **count);
    match most {
        Some((rule, 1..)) => rules.rules()[rule].name.clone(),
        _ => String::new(),
    }
}
