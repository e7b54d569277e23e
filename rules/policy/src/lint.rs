//! Finds policies that can never act, and what else is not good in a set.

mod contradiction;
mod scope;
#[cfg(test)]
mod tests;

use crate::object::{Object, ObjectKind};
use crate::set::{Entry, PolicySet, checks};
use cedar_policy::Effect;
use contradiction::{condition, never};
use serde_json::Value;
use std::collections::BTreeSet;
use wiremask_rules::diagnostics::{Diagnostics, Errors, suggest};

/// Who and what there is, as the configuration says.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// People.
    pub users: BTreeSet<String>,
    /// Programs.
    pub agents: BTreeSet<String>,
    /// Groups that somebody is in.
    pub groups: BTreeSet<String>,
    /// Purposes that somebody may state.
    pub purposes: BTreeSet<String>,
    /// Upstreams.
    pub connections: BTreeSet<String>,
}

impl PolicySet {
    /// Warnings about policies that can never act, or never matter; about names that nobody has, if it
    /// is known who there is; and about refusals that tell nothing.
    #[must_use]
    pub fn lint(&self, known: Option<&Known>) -> Diagnostics {
        let errors = Errors::default();
        let told = checks::against_schema(&self.entries, &self.names, &errors);
        let lint = Lint::new(self);
        for (index, entry) in self.entries.iter().enumerate() {
            if entry.is_base {
                continue;
            }
            if !told.contains(&entry.rule.id) {
                lint.dead(index, &errors);
            }
            words(entry, &errors);
            if let Some(known) = known {
                names(entry, known, &errors);
            }
        }
        lint.no_permit(&errors);
        errors.into_result().unwrap_or_else(|all| all)
    }
}

/// The policies with their conditions.
struct Lint<'a> {
    entries: &'a [Entry],
    conditions: Vec<Value>,
    dead: Vec<bool>,
}

impl<'a> Lint<'a> {
    fn new(set: &'a PolicySet) -> Self {
        let conditions: Vec<Value> = set
            .entries
            .iter()
            .map(|entry| condition(&entry.policy.to_json().unwrap_or_default()))
            .collect();
        let is_dead = |condition: &Value| never(&[(condition, true)]);
        Self {
            entries: &set.entries,
            dead: conditions.iter().map(is_dead).collect(),
            conditions,
        }
    }

    /// A policy that never acts, or of which nobody would notice that it is gone.
    fn dead(&self, index: usize, errors: &Errors) {
        let entry = &self.entries[index];
        let id = &entry.rule.id;
        if self.dead[index] {
            let message = format!("`{id}` can never act: no command meets its conditions");
            errors.warn(
                &entry.head(),
                message,
                Some("remove it, or mend its conditions".to_owned()),
            );
            return;
        }
        if entry.policy.effect() == Effect::Forbid {
            self.shadows_everything(index, errors);
        }
        let mut others: Vec<usize> = (0..self.entries.len()).collect();
        let permits = |other: &usize| self.entries[*other].policy.effect() == Effect::Permit;
        others.sort_by_key(permits);
        let Some(above) = others.into_iter().find(|other| self.buries(*other, index)) else {
            return;
        };
        let above = &self.entries[above];
        let same = above.policy.effect() == entry.policy.effect();
        let (message, help) = if same {
            (
                format!(
                    "`{id}` never matters: `{}` says all that it says",
                    above.rule.id
                ),
                "remove one of them, or narrow the wider one",
            )
        } else {
            (
                format!(
                    "`{id}` can never act: `{}` forbids all that it permits",
                    above.rule.id
                ),
                "remove it, or give the one that forbids an `unless`",
            )
        };
        errors.warn(&entry.head(), message, Some(help.to_owned()));
    }

    /// Whatever the second decides, does the first decide anyway?
    fn buries(&self, wide: usize, narrow: usize) -> bool {
        let (above, below) = (&self.entries[wide], &self.entries[narrow]);
        let effects = (above.policy.effect(), below.policy.effect());
        if wide == narrow
            || self.dead[wide]
            || effects == (Effect::Permit, Effect::Forbid)
            || above.rule.shadow != below.rule.shadow
            || !scope::covers(above, below)
        {
            return false;
        }
        let buries = |wide: usize, narrow: usize| {
            never(&[
                (&self.conditions[narrow], true),
                (&self.conditions[wide], false),
            ])
        };
        // Of two that say the same, the later one is told.
        let equal = effects.0 == effects.1
            && narrow < wide
            && scope::covers(below, above)
            && buries(narrow, wide);
        buries(wide, narrow) && !equal && !self.tells_more(below, above)
    }

    /// A forbid with words of its own is no repetition of one with others: the client is told both.
    fn tells_more(&self, below: &Entry, above: &Entry) -> bool {
        let both_forbid = below.policy.effect() == Effect::Forbid;
        both_forbid && below.rule.reason != above.rule.reason && !self.is_unconditional(above)
    }

    fn is_unconditional(&self, entry: &Entry) -> bool {
        !entry.policy.has_non_scope_constraint()
    }

    fn shadows_everything(&self, index: usize, errors: &Errors) {
        let entry = &self.entries[index];
        let mut permits = self.permits().peekable();
        if entry.rule.shadow || permits.peek().is_none() {
            return;
        }
        if permits.all(|permit| self.buries(index, permit)) {
            let message = format!(
                "`{}` forbids everything that any policy permits",
                entry.rule.id
            );
            let help = "narrow its scope, or say `unless`".to_owned();
            errors.warn(&entry.head(), message, Some(help));
        }
    }

    fn permits(&self) -> impl Iterator<Item = usize> {
        (0..self.entries.len()).filter(|index| {
            let entry = &self.entries[*index];
            entry.policy.effect() == Effect::Permit && !entry.rule.shadow && !self.dead[*index]
        })
    }

    fn no_permit(&self, errors: &Errors) {
        if self.permits().next().is_some() {
            return;
        }
        if let Some(entry) = self.entries.iter().find(|entry| !entry.is_base) {
            let help = "add a permit, or the built-in policies `analyst` or `allow-all`".to_owned();
            errors.warn(&entry.head(), "no policy permits anything", Some(help));
        }
    }
}

/// What the client would be told.
fn words(entry: &Entry, errors: &Errors) {
    let told = ["reason", "hint", "instead", "sqlstate"];
    let has = |name: &str| entry.policy.annotation(name).is_some_and(|t| !t.is_empty());
    if entry.policy.effect() == Effect::Forbid {
        if !has("reason") {
            let message = format!("`{}` does not say why it forbids", entry.rule.id);
            let help = "write @reason(\"…\") before it: agents act on it".to_owned();
            errors.warn(&entry.head(), message, Some(help));
        }
    } else if let Some(name) = told.into_iter().find(|name| has(name)) {
        let message = format!("`@{name}` of a permit is never told");
        errors.warn(&entry.head(), message, Some("remove it".to_owned()));
    }
}

/// Names that nobody has.
fn names(entry: &Entry, known: &Known, errors: &Errors) {
    for (kind, id) in &entry.mentions.entities {
        let (there, what) = match kind.as_str() {
            "User" => (&known.users, "user"),
            "Agent" => (&known.agents, "agent"),
            "Group" => (&known.groups, "group"),
            "Purpose" => (&known.purposes, "purpose"),
            _ => {
                connection(entry, kind, id, known, errors);
                continue;
            }
        };
        if !there.contains(id) {
            absent(entry, id, id, what, there, errors);
        }
    }
    for group in &entry.mentions.approvers {
        if !known.groups.contains(group) {
            absent(
                entry,
                group,
                group,
                "group that could approve",
                &known.groups,
                errors,
            );
        }
    }
}

fn connection(entry: &Entry, kind: &str, id: &str, known: &Known, errors: &Errors) {
    let kind = ObjectKind::ALL.into_iter().find(|k| k.type_name() == kind);
    let Some(object) = kind.and_then(|kind| Object::parse(kind, id).ok()) else {
        return;
    };
    let top = std::iter::successors(Some(object), Object::parent).last();
    if let Some(top) = top.filter(|top| !known.connections.contains(top.name())) {
        absent(
            entry,
            id,
            top.name(),
            "connection",
            &known.connections,
            errors,
        );
    }
}

fn absent(
    entry: &Entry,
    literal: &str,
    name: &str,
    what: &str,
    there: &BTreeSet<String>,
    errors: &Errors,
) {
    let there: Vec<&str> = there.iter().map(String::as_str).collect();
    let help = if there.is_empty() {
        format!("the configuration has no {what}")
    } else {
        suggest(name, &there)
    };
    let message = format!("there is no {what} `{name}`");
    errors.warn(&entry.literal(literal), message, Some(help));
}
