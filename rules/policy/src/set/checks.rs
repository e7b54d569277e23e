//! What is wrong with policies, one check at a time.

use super::Entry;
use crate::action::Action;
use crate::judgement::Rule;
use crate::kinds::KINDS;
use crate::mentions::Mentions;
use crate::names::Names;
use crate::object::{Object, ObjectKind};
use cedar_policy::{
    ActionConstraint, Effect, ParseErrors, Policy, PolicyId, ValidationMode, ValidationWarning,
    Validator,
};
use miette::Diagnostic;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use wiremask_rules::diagnostics::{Errors, Site, suggest};

/// Annotations that mean something.
const ANNOTATIONS: [&str; 6] = ["id", "reason", "hint", "instead", "mode", "sqlstate"];
/// Ids of what is refused without a policy.
pub(crate) const RESERVED: [&str; 3] = ["no-permit", "too-many-objects", "policy-error"];
/// Length of an id at most, in bytes: it is a label of metrics.
const ID_LEN_MAX: usize = 128;
/// Separates the sentences of `@instead`.
const INSTEAD_SEPARATOR: char = '|';

/// Reports text that is no policy.
pub(super) fn unparsed(site: &Site, mistakes: &ParseErrors, errors: &Errors) {
    for mistake in mistakes.iter() {
        let place = place(site, mistake).unwrap_or_else(|| site.clone());
        let help = mistake.help().map(|help| help.to_string());
        errors.add(&place, lower(&mistake.to_string()), help);
    }
}

/// A policy that was parsed; `None` if something about it is wrong, which is reported.
pub(super) fn entry(
    site: Site,
    policy: &Policy,
    is_base: bool,
    names: &Names,
    errors: &Errors,
) -> Option<Entry> {
    let tree = match policy.to_json() {
        Ok(tree) => tree,
        Err(error) => {
            errors.add(&site, error.to_string(), None);
            return None;
        }
    };
    let mut entry = Entry {
        rule: Arc::default(),
        policy: policy.clone(),
        mentions: Mentions::read(&tree),
        actions: actions(policy, names),
        site,
        is_base,
    };
    let rule = rule(&entry, errors)?;
    entry.policy = policy.new_id(PolicyId::new(&rule.id));
    entry.rule = Arc::new(rule);
    scope(&entry, errors);
    literals(&entry, errors);
    Some(entry)
}

/// Two policies may not have the same id.
pub(super) fn duplicates(entries: &[Entry], errors: &Errors) {
    let mut seen: HashMap<&str, &Entry> = HashMap::new();
    for entry in entries {
        let id = &*entry.rule.id;
        if let Some(first) = seen.insert(id, entry) {
            let where_first = if first.is_base {
                "a policy that is always there has it".to_owned()
            } else {
                format!("{} has it already", first.site.source.name)
            };
            let message = format!("the id `{id}` is given twice");
            errors.add(&entry.literal(id), message, Some(where_first));
        }
    }
}

/// Cedar's own check against the schema, strictly. Returns the ids of policies that can never act.
pub(crate) fn against_schema(
    entries: &[Entry],
    names: &Names,
    errors: &Errors,
) -> BTreeSet<String> {
    let by_id: HashMap<&PolicyId, &Entry> = entries
        .iter()
        .map(|entry| (entry.policy.id(), entry))
        .collect();
    let policies = by_id.values().map(|entry| entry.policy.clone());
    let policies = match cedar_policy::PolicySet::from_policies(policies) {
        Ok(policies) => policies,
        Err(error) => {
            if let Some(entry) = entries.first() {
                errors.add(&entry.head(), error.to_string(), None);
            }
            return BTreeSet::new();
        }
    };
    let validator = Validator::new((*names.schema).clone());
    let result = validator.validate(&policies, ValidationMode::Strict);
    let mut told = BTreeSet::new();
    let mut wrong = BTreeSet::new();
    for mistake in result.validation_errors() {
        wrong.insert(mistake.policy_id());
        let Some(entry) = by_id.get(mistake.policy_id()) else {
            continue;
        };
        let at = place(&entry.site, mistake).unwrap_or_else(|| entry.head());
        let message = without_id(&mistake.to_string());
        // One for each kind of principal and object would be said; the first is enough.
        if told.insert((at.source.name.clone(), at.span.start, at.span.end)) {
            let help = schema_help(entry, mistake);
            errors.add(&at, message, help);
        }
    }
    let mut dead = BTreeSet::new();
    for warning in result.validation_warnings() {
        // What is wrong already, or told to be dead, is not told again.
        let is_new = !wrong.contains(warning.policy_id());
        if let Some(entry) = by_id.get(warning.policy_id()).filter(|_| is_new) {
            if dead.contains(&entry.rule.id) {
                continue;
            }
            let help = warning.help().map(|help| help.to_string());
            let id = &entry.rule.id;
            let message = match warning {
                ValidationWarning::ImpossiblePolicy(_) => {
                    dead.insert(id.clone());
                    format!("`{id}` can never act: its conditions are false for every command")
                }
                ValidationWarning::InvalidActionApplication(_) => {
                    dead.insert(id.clone());
                    format!("`{id}` can never act: its actions are not done to such objects")
                }
                other => without_id(&other.to_string()),
            };
            errors.warn(&entry.head(), message, help);
        }
    }
    dead
}

/// What is said about the policy in annotations.
fn rule(entry: &Entry, errors: &Errors) -> Option<Rule> {
    let policy = &entry.policy;
    for (name, _) in policy.annotations() {
        if !ANNOTATIONS.contains(&name) {
            let at = annotation_site(entry, name);
            let message = format!("the annotation `@{name}` means nothing");
            errors.add(&at, message, Some(suggest(name, &ANNOTATIONS)));
        }
    }
    let word = |name: &str| policy.annotation(name).filter(|text| !text.is_empty());
    let id = id(entry, word("id"), errors)?;
    let shadow = match policy.annotation("mode") {
        None | Some("enforce") => false,
        Some("shadow") => true,
        Some(_) => {
            let help = "write \"enforce\" or \"shadow\"".to_owned();
            errors.add(
                &annotation_site(entry, "mode"),
                "this is no mode",
                Some(help),
            );
            false
        }
    };
    let sqlstate = policy.annotation("sqlstate").map(str::to_owned);
    if let Some(state) = &sqlstate
        && !is_sqlstate(state)
    {
        let help = "write \"42501\", or WM and three digits for a class of your own".to_owned();
        let message = "this is no SQLSTATE of a refusal";
        errors.add(&annotation_site(entry, "sqlstate"), message, Some(help));
    }
    let reason = word("reason").map_or_else(|| format!("policy `{id}` forbids it"), str::to_owned);
    let instead = word("instead").unwrap_or_default();
    let instead = instead.split(INSTEAD_SEPARATOR).map(str::trim);
    Some(Rule {
        reason,
        hint: word("hint").map(str::to_owned),
        instead: instead
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect(),
        sqlstate,
        shadow,
        id,
    })
}

fn id(entry: &Entry, id: Option<&str>, errors: &Errors) -> Option<String> {
    let Some(id) = id else {
        let help =
            "write @id(\"…\") before it: denials, events and metrics name the policy".to_owned();
        errors.add(&entry.head(), "the policy has no id", Some(help));
        return None;
    };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    if id.len() > ID_LEN_MAX || !id.chars().all(allowed) {
        let help = format!("letters, digits, - _ . and /, {ID_LEN_MAX} of them at most");
        errors.add(
            &entry.literal(id),
            "the id cannot be a label of metrics",
            Some(help),
        );
        return None;
    }
    if RESERVED.contains(&id) {
        let message = format!("`{id}` is what refusals without a policy are called");
        errors.add(
            &entry.literal(id),
            message,
            Some("choose another".to_owned()),
        );
        return None;
    }
    Some(id.to_owned())
}

/// A permit without an action would unmask too.
fn scope(entry: &Entry, errors: &Errors) {
    let is_any = entry.policy.action_constraint() == ActionConstraint::Any;
    if is_any && entry.policy.effect() == Effect::Permit {
        let help = "write `action in Action::\"statement\"` for all statements; add \
                    Action::\"unmask\" if protected values may be seen as they are";
        let message = "a permit without an action would unmask every column";
        errors.add(&entry.head(), message, Some(help.to_owned()));
    }
}

/// Names that can be no object, kinds that no statement has, approval that nobody can be asked for.
fn literals(entry: &Entry, errors: &Errors) {
    for (kind, id) in &entry.mentions.entities {
        let Some(kind) = ObjectKind::ALL.into_iter().find(|k| k.type_name() == kind) else {
            continue;
        };
        if let Err(error) = Object::parse(kind, id) {
            let message = format!("this names no {}", kind.type_name().to_lowercase());
            errors.add(&entry.literal(id), message, Some(error.to_string()));
        }
    }
    for kind in &entry.mentions.kinds {
        if !KINDS.contains(&kind.as_str()) {
            let help = suggest(kind, KINDS);
            errors.add(
                &entry.literal(kind),
                "no statement is of this kind",
                Some(help),
            );
        }
    }
    if entry.mentions.odd_approval {
        let help = "ask `context.approved_by.contains(\"group\")`, with the group written out";
        let message = "nobody could be asked for this approval";
        let at = find(entry, "approved_by").unwrap_or_else(|| entry.head());
        errors.add(&at, message, Some(help.to_owned()));
    }
}

/// The actions that the scope admits.
fn actions(policy: &Policy, names: &Names) -> BTreeSet<Action> {
    match policy.action_constraint() {
        ActionConstraint::Any => Action::ALL.into_iter().collect(),
        ActionConstraint::Eq(uid) => Action::ALL
            .into_iter()
            .filter(|action| names.action(*action) == &uid)
            .collect(),
        ActionConstraint::In(uids) => {
            let all = uids.iter().flat_map(|uid| names.actions_in(uid));
            all.collect()
        }
    }
}

fn schema_help(entry: &Entry, mistake: &cedar_policy::ValidationError) -> Option<String> {
    let own = mistake.help().map(|help| help.to_string());
    let is_any = entry.policy.action_constraint() == ActionConstraint::Any;
    if is_any && mistake.to_string().contains("Action::\"unmask\"") {
        let help = "without an action the policy is about `unmask` too, which knows little; write \
                    `action in Action::\"statement\"`";
        return Some(help.to_owned());
    }
    own
}

fn is_sqlstate(state: &str) -> bool {
    let own = state.strip_prefix("WM");
    state == crate::denial::SQLSTATE
        || own.is_some_and(|rest| rest.len() == 3 && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Where a mistake lies, inside the policy that was parsed by itself.
fn place(site: &Site, mistake: &dyn Diagnostic) -> Option<Site> {
    let label = mistake.labels()?.next()?;
    let start = site.span.start + label.offset();
    Some(Site {
        source: Arc::clone(&site.source),
        span: start..(start + label.len()).min(site.span.end.max(start)),
    })
}

fn annotation_site(entry: &Entry, name: &str) -> Site {
    find(entry, &format!("@{name}")).unwrap_or_else(|| entry.head())
}

fn find(entry: &Entry, word: &str) -> Option<Site> {
    let at = entry.text().find(word)?;
    Some(entry.at(at..at + word.len()))
}

/// Cedar begins with "for policy `x`, ".
fn without_id(message: &str) -> String {
    let rest = message
        .strip_prefix("for policy `")
        .and_then(|rest| rest.split_once("`, "));
    lower(rest.map_or(message, |(_, rest)| rest))
}

/// First letter small, as all our messages.
fn lower(message: &str) -> String {
    let mut letters = message.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
