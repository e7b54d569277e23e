//! What other policies would change, over commands that were recorded.

use crate::command::Command;
use crate::judgement::{Verdict, VerdictKind};
use crate::principal::Principal;
use crate::set::PolicySet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A command as it is recorded: a line of JSON. It holds names, never values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedCommand {
    /// Who sent it.
    pub principal: Principal,
    /// What it does.
    pub command: Command,
    /// How often, if equal ones were counted.
    #[serde(default = "once")]
    pub count: u64,
}

/// What changes between two sets of policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// Commands that were judged.
    pub commands: u64,
    /// How many go from one verdict to another, or are decided by other policies; most first.
    pub changes: Vec<Change>,
}

/// Commands that change in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The verdict now.
    pub from: VerdictKind,
    /// The verdict then.
    pub to: VerdictKind,
    /// The policies that speak against it now.
    pub from_by: Vec<String>,
    /// The policies that would.
    pub to_by: Vec<String>,
    /// How many commands.
    pub count: u64,
    /// The first of them.
    pub example: RecordedCommand,
}

/// Judges every command by both sets.
pub fn diff(
    old: &PolicySet,
    new: &PolicySet,
    commands: impl Iterator<Item = RecordedCommand>,
) -> Diff {
    let mut seen = 0;
    let mut changes: BTreeMap<(Summary, Summary), (u64, RecordedCommand)> = BTreeMap::new();
    for recorded in commands {
        seen += recorded.count;
        let summary = |policies: &PolicySet| {
            summary(
                &policies
                    .judge(&recorded.principal, &recorded.command)
                    .verdict,
            )
        };
        let (before, after) = (summary(old), summary(new));
        if before != after {
            let count = recorded.count;
            let entry = changes.entry((before, after));
            entry
                .and_modify(|known| known.0 += count)
                .or_insert((count, recorded));
        }
    }
    let mut changes: Vec<Change> = changes
        .into_iter()
        .map(|((before, after), (count, example))| Change {
            from: before.0,
            to: after.0,
            from_by: before.1,
            to_by: after.1,
            count,
            example,
        })
        .collect();
    changes.sort_by_key(|change| std::cmp::Reverse((change.from != change.to, change.count)));
    Diff {
        commands: seen,
        changes,
    }
}

/// A verdict and the policies behind it, sorted.
type Summary = (VerdictKind, Vec<String>);

fn summary(verdict: &Verdict) -> Summary {
    let reasons = verdict.reasons().iter();
    let mut by: Vec<String> = reasons.map(|reason| reason.rule.id.clone()).collect();
    by.sort();
    by.dedup();
    (verdict.kind(), by)
}

fn once() -> u64 {
    1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Access, Action, Filter, Object, PolicySource, builtin};

    fn load(names: &[&str]) -> PolicySet {
        let source = |name: &&str| PolicySource {
            name: (*name).to_owned(),
            text: builtin(name).unwrap().to_owned(),
        };
        PolicySet::load(&names.iter().map(source).collect::<Vec<_>>()).unwrap()
    }

    fn delete(filter: Filter, count: u64) -> RecordedCommand {
        let mut access = Access::new(Action::Delete, Object::table("c", "d", "s", "t"));
        access.filter = filter;
        let mut command = Command {
            accesses: vec![access],
            ..Command::default()
        };
        command.context.parsed = true;
        command.context.statements = 1;
        RecordedCommand {
            principal: Principal::agent("bot"),
            command,
            count,
        }
    }

    #[test]
    fn changes_are_counted_by_verdict_and_policy() {
        let old = load(&["allow-all"]);
        let new = load(&["allow-all", "no-unbounded-write"]);
        let recorded = [
            delete(Filter::None, 2),
            delete(Filter::Present, 5),
            delete(Filter::Trivial, 1),
        ];
        let diff = diff(&old, &new, recorded.into_iter());
        assert_eq!(diff.commands, 8);
        assert_eq!(diff.changes.len(), 1);
        let change = &diff.changes[0];
        assert_eq!(
            (change.from, change.to),
            (VerdictKind::Allow, VerdictKind::Hold)
        );
        assert_eq!(
            (change.count, &*change.to_by),
            (3, &["no-unbounded-write".to_owned()][..])
        );
    }

    #[test]
    fn the_same_policies_change_nothing() {
        let policies = load(&["allow-all", "read-only"]);
        let commands = || [delete(Filter::None, 1)].into_iter();
        assert_eq!(diff(&policies, &policies, commands()).changes, []);
    }
}
