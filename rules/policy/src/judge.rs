//! Judges a command: each access by every policy that may apply to it.
//!
//! A command runs if every access is permitted and none is forbidden. One that is refused, and would
//! not be with the approval of groups that policies mention, is held for these groups. A policy that
//! cannot be evaluated refuses; Cedar by itself would skip it.

use crate::action::Action;
use crate::command::{Access, Column, Command, Filter, Traits};
use crate::facts;
use crate::judgement::{Approval, Judgement, REASON_OBJECTS_MAX, Reason, Rule, Verdict};
use crate::names::Names;
use crate::object::{Object, ObjectKind};
use crate::principal::Principal;
use crate::set::{Applicable, Compiled, PolicySet};
use cedar_policy::{Authorizer, Decision, Entities, Entity, EntityUid, Request, Response};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Objects that one command may name at most, columns included. Judging them all takes some 10 ms.
pub const OBJECTS_MAX: usize = 4096;

impl PolicySet {
    /// What the policies say to a command of this principal.
    ///
    /// The answer depends on nothing else and may be remembered. What is allowed costs one evaluation
    /// for each access, and one for each column if policies tell columns apart.
    #[must_use]
    pub fn judge(&self, principal: &Principal, command: &Command) -> Judgement {
        let verdict = self.verdict_by(&self.acting, principal, command);
        let shadow = self.shadowed.as_ref().and_then(|all| {
            let would = self.verdict_by(all, principal, command);
            let by_shadow = would.reasons().iter().any(|reason| reason.rule.shadow);
            (by_shadow || would.kind() != verdict.kind()).then(|| Box::new(would))
        });
        Judgement { verdict, shadow }
    }

    /// May this principal see the values of a protected column as they are? Only if a policy permits
    /// it, and none forbids it.
    #[must_use]
    pub fn may_unmask(
        &self,
        principal: &Principal,
        table: &Object,
        traits: &Traits,
        column: &Column,
        approved_by: &BTreeSet<String>,
    ) -> bool {
        let access = Access {
            traits: traits.clone(),
            columns: vec![column.clone()],
            ..Access::new(Action::Unmask, table.clone())
        };
        let subjects = Subjects::new(&self.names, principal, std::slice::from_ref(&access), true);
        let context = facts::unmask_context(principal.purpose.as_ref(), approved_by);
        let (Ok(subjects), Ok(context)) = (subjects, context) else {
            return false;
        };
        let policies = self.acting.of(Action::Unmask);
        let Some(column) = subjects.objects.first().and_then(|o| o.columns.first()) else {
            return false;
        };
        let answer = subjects.ask(
            policies,
            self.names.action(Action::Unmask),
            column,
            &context,
        );
        matches!(answer, Answer::Permitted)
    }

    fn verdict_by(&self, policies: &Compiled, principal: &Principal, command: &Command) -> Verdict {
        if command.accesses.is_empty() {
            return nothing_known(command);
        }
        let total: usize = command.accesses.iter().map(|a| 1 + a.columns.len()).sum();
        if total > OBJECTS_MAX {
            return too_many(&command.accesses[0]);
        }
        let case = match Case::new(self, policies, principal, command) {
            Ok(case) => case,
            Err(_) => return refused_whole(&command.accesses[0], policy_error()),
        };
        let approved = &command.context.approved_by;
        let reasons = case.reasons(approved);
        if reasons.is_empty() {
            return Verdict::Allow;
        }
        let everybody: BTreeSet<String> =
            approved.iter().chain(self.approvers()).cloned().collect();
        let remaining = if everybody.len() == approved.len() {
            reasons.clone()
        } else {
            case.reasons(&everybody)
        };
        if remaining.is_empty() {
            let approval = case.approval(approved, self.approvers());
            return Verdict::Hold { approval, reasons };
        }
        Verdict::Deny {
            reasons: decisive_first(remaining, reasons),
        }
    }
}

/// One command before one set of policies.
pub(crate) struct Case<'a> {
    set: &'a PolicySet,
    policies: &'a Compiled,
    principal: &'a Principal,
    pub(crate) command: &'a Command,
    pub(crate) subjects: Subjects,
}

impl<'a> Case<'a> {
    pub(crate) fn new(
        set: &'a PolicySet,
        policies: &'a Compiled,
        principal: &'a Principal,
        command: &'a Command,
    ) -> Result<Self, String> {
        let columns = command
            .accesses
            .iter()
            .any(|access| policies.of(access.action).tells_columns_apart);
        let subjects = Subjects::new(&set.names, principal, &command.accesses, columns)?;
        Ok(Self {
            set,
            policies,
            principal,
            command,
            subjects,
        })
    }

    /// The facts of an access.
    pub(crate) fn context(
        &self,
        filter: Filter,
        approved_by: &BTreeSet<String>,
    ) -> Result<cedar_policy::Context, String> {
        let purpose = self.principal.purpose.as_ref();
        let asked = self.set.facts.as_ref();
        facts::context(&self.command.context, filter, purpose, approved_by, asked)
    }

    /// What speaks against the command with these approvals.
    fn reasons(&self, approved_by: &BTreeSet<String>) -> Vec<Reason> {
        let mut reasons = Reasons::default();
        let mut contexts: HashMap<Filter, Result<cedar_policy::Context, String>> = HashMap::new();
        for (access, subject) in self.command.accesses.iter().zip(&self.subjects.objects) {
            let context = contexts
                .entry(access.filter)
                .or_insert_with(|| self.context(access.filter, approved_by));
            match context {
                Ok(context) => self.access(access, subject, context, &mut reasons),
                Err(_) => reasons.add(&policy_error(), access.action, &access.object),
            }
        }
        reasons.0
    }

    fn access(
        &self,
        access: &Access,
        subject: &Subject,
        context: &cedar_policy::Context,
        reasons: &mut Reasons,
    ) {
        let policies = self.policies.of(access.action);
        let action = self.set.names.action(access.action);
        let by_column = policies.tells_columns_apart && !access.columns.is_empty();
        match self.subjects.ask(policies, action, &subject.uid, context) {
            Answer::Permitted => {}
            Answer::NotPermitted if by_column => {}
            answer => return self.refusal(&answer, access.action, &access.object, reasons),
        }
        if !by_column {
            return;
        }
        for (column, uid) in access.columns.iter().zip(&subject.columns) {
            let answer = self.subjects.ask(policies, action, uid, context);
            let object = access.object.column(&column.name);
            self.refusal(&answer, access.action, &object, reasons);
        }
    }

    fn refusal(&self, answer: &Answer, action: Action, object: &Object, reasons: &mut Reasons) {
        match answer {
            Answer::Permitted => {}
            Answer::NotPermitted => reasons.add(&no_permit(), action, object),
            Answer::Failed => reasons.add(&policy_error(), action, object),
            Answer::Forbidden(ids) => {
                for id in ids {
                    match self.set.rules.get(id) {
                        Some(rule) => reasons.add(rule, action, object),
                        None => reasons.add(&policy_error(), action, object),
                    }
                }
            }
        }
    }

    /// Who has to approve. All of them together are enough; is a single one?
    fn approval(&self, approved: &BTreeSet<String>, approvers: &[String]) -> Approval {
        let with = |groups: &[String]| {
            let groups = approved.iter().chain(groups).cloned().collect();
            self.reasons(&groups).is_empty()
        };
        let missing = approvers.iter().filter(|group| !approved.contains(*group));
        let mut groups: Vec<String> = missing.cloned().collect();
        let single: Vec<String> = groups
            .iter()
            .filter(|group| with(std::slice::from_ref(*group)))
            .cloned()
            .collect();
        if !single.is_empty() {
            return Approval {
                groups: single,
                every: false,
            };
        }
        let mut index = 0;
        while index < groups.len() {
            let mut fewer = groups.clone();
            fewer.remove(index);
            if with(&fewer) {
                groups = fewer;
            } else {
                index += 1;
            }
        }
        Approval {
            groups,
            every: true,
        }
    }
}

/// What a request is about, as Cedar names it.
pub(crate) struct Subjects {
    principal: EntityUid,
    entities: Entities,
    /// One for each access.
    pub(crate) objects: Vec<Subject>,
}

/// The object of an access.
pub(crate) struct Subject {
    pub(crate) uid: EntityUid,
    /// Empty if no policy tells columns apart.
    pub(crate) columns: Vec<EntityUid>,
}

/// What a set of policies says to one request.
pub(crate) enum Answer {
    Permitted,
    NotPermitted,
    /// By these policies, sorted.
    Forbidden(Vec<cedar_policy::PolicyId>),
    /// A policy could not be evaluated.
    Failed,
}

impl Subjects {
    pub(crate) fn new(
        names: &Names,
        principal: &Principal,
        accesses: &[Access],
        with_columns: bool,
    ) -> Result<Self, String> {
        let mut entities: HashMap<EntityUid, Entity> = HashMap::new();
        let somebody = names.principal_entity(principal)?;
        let uid = somebody.uid();
        entities.insert(uid.clone(), somebody);
        let mut objects = Vec::with_capacity(accesses.len());
        for access in accesses {
            let action = names.action(access.action);
            if !entities.contains_key(action) {
                entities.insert(action.clone(), names.action_entity(access.action));
            }
            let object = names.object(&access.object);
            if !entities.contains_key(&object) {
                let entity = names.object_entity(&object, &access.object, &access.traits)?;
                entities.insert(object.clone(), entity);
            }
            let mut columns = Vec::new();
            for column in access.columns.iter().filter(|_| with_columns) {
                let uid = names.object(&access.object.column(&column.name));
                if !entities.contains_key(&uid) {
                    let entity =
                        names.column_entity(&uid, &access.object, &access.traits, column)?;
                    entities.insert(uid.clone(), entity);
                }
                columns.push(uid);
            }
            objects.push(Subject {
                uid: object,
                columns,
            });
        }
        let entities = Entities::from_entities(entities.into_values(), None);
        Ok(Self {
            principal: uid,
            entities: entities.map_err(|error| error.to_string())?,
            objects,
        })
    }

    /// One evaluation.
    pub(crate) fn ask(
        &self,
        policies: &Applicable,
        action: &EntityUid,
        object: &EntityUid,
        context: &cedar_policy::Context,
    ) -> Answer {
        match self.respond(&policies.policies, action, object, context) {
            None => Answer::Failed,
            Some(response) if response.diagnostics().errors().next().is_some() => Answer::Failed,
            Some(response) if response.decision() == Decision::Allow => Answer::Permitted,
            Some(response) => {
                let mut ids: Vec<_> = response.diagnostics().reason().cloned().collect();
                ids.sort();
                if ids.is_empty() {
                    Answer::NotPermitted
                } else {
                    Answer::Forbidden(ids)
                }
            }
        }
    }

    /// One evaluation, with what Cedar says about it; `None` if it cannot be asked.
    pub(crate) fn respond(
        &self,
        policies: &cedar_policy::PolicySet,
        action: &EntityUid,
        object: &EntityUid,
        context: &cedar_policy::Context,
    ) -> Option<Response> {
        let request = Request::new(
            self.principal.clone(),
            action.clone(),
            object.clone(),
            context.clone(),
            None,
        );
        let request = request.ok()?;
        Some(Authorizer::new().is_authorized(&request, policies, &self.entities))
    }
}

/// Reasons by rule and action.
#[derive(Default)]
struct Reasons(Vec<Reason>);

impl Reasons {
    fn add(&mut self, rule: &Arc<Rule>, action: Action, object: &Object) {
        let is_column = object.kind() == ObjectKind::Column;
        let known = self.0.iter_mut().find(|reason| {
            reason.rule.id == rule.id && reason.action == action && reason.columns == is_column
        });
        match known {
            Some(reason) => {
                let object = object.short();
                if reason.objects.len() < REASON_OBJECTS_MAX && !reason.objects.contains(&object) {
                    reason.objects.push(object);
                }
            }
            None => self.0.push(Reason {
                rule: Arc::clone(rule),
                action,
                objects: vec![object.short()],
                columns: is_column,
            }),
        }
    }
}

/// What no approval would help against comes first.
fn decisive_first(mut remaining: Vec<Reason>, all: Vec<Reason>) -> Vec<Reason> {
    let same = |a: &Reason, b: &Reason| {
        a.rule.id == b.rule.id && a.action == b.action && a.columns == b.columns
    };
    for reason in all {
        if !remaining.iter().any(|known| same(known, &reason)) {
            remaining.push(reason);
        }
    }
    remaining
}

/// An empty text does nothing; of any other something must be known.
fn nothing_known(command: &Command) -> Verdict {
    if command.context.parsed && command.context.statements == 0 {
        return Verdict::Allow;
    }
    Verdict::Deny {
        reasons: vec![Reason {
            rule: own_rule("not-understood", "the statement was not understood", None),
            action: Action::Execute,
            objects: vec!["the database".to_owned()],
            columns: false,
        }],
    }
}

fn too_many(access: &Access) -> Verdict {
    let reason = format!("it names more than {OBJECTS_MAX} tables and columns");
    let hint = Some("name fewer columns in one statement");
    refused_whole(access, own_rule("too-many-objects", &reason, hint))
}

fn refused_whole(access: &Access, rule: Arc<Rule>) -> Verdict {
    let mut reasons = Reasons::default();
    reasons.add(&rule, access.action, &access.object);
    Verdict::Deny { reasons: reasons.0 }
}

fn no_permit() -> Arc<Rule> {
    own_rule(
        "no-permit",
        "no policy permits it",
        Some("only what a policy permits is allowed; ask for a permit if you need this"),
    )
}

fn policy_error() -> Arc<Rule> {
    own_rule("policy-error", "a policy could not be evaluated", None)
}

fn own_rule(id: &str, reason: &str, hint: Option<&str>) -> Arc<Rule> {
    Arc::new(Rule {
        id: id.to_owned(),
        reason: reason.to_owned(),
        hint: hint.map(str::to_owned),
        ..Rule::default()
    })
}

#[cfg(test)]
mod tests;
