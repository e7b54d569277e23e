//! Says of one command what each policy makes of it.

use crate::action::Action;
use crate::command::{Access, Command};
use crate::judge::{Answer, Case, Subject};
use crate::judgement::{Judgement, Rule};
use crate::principal::Principal;
use crate::set::{Compiled, Entry, PolicySet};
use cedar_policy::{Effect, Policy};
use serde::Serialize;
use std::sync::Arc;

/// What decided a command.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What the policies say together.
    pub judgement: Judgement,
    /// Each access, and for each column that is judged by itself one more.
    pub accesses: Vec<ExplainedAccess>,
}

/// What the policies make of one access.
#[derive(Clone, Debug)]
pub struct ExplainedAccess {
    /// How.
    pub action: Action,
    /// What: the path without the connection.
    pub object: String,
    /// May it be, with everything that is known now?
    pub permitted: bool,
    /// Those whose scope admits the action, in the order of the sources.
    pub policies: Vec<ExplainedPolicy>,
}

/// What one policy makes of one access.
#[derive(Clone, Debug)]
pub struct ExplainedPolicy {
    /// Which.
    pub rule: Arc<Rule>,
    /// Does it forbid? Otherwise it permits.
    pub forbids: bool,
    /// What it comes to.
    pub effect: PolicyEffect,
}

/// What a policy comes to in one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyEffect {
    /// It applies, and decides.
    Decides,
    /// It applies, but a policy that forbids decides; or it is in shadow mode.
    Overruled,
    /// It is about this principal, action and object, but its conditions do not hold.
    ConditionFails,
    /// It is about another principal or object.
    OutOfScope,
    /// It cannot be evaluated, which refuses the command.
    Fails,
}

impl PolicyEffect {
    /// For people.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Decides => "decides",
            Self::Overruled => "applies, but does not decide",
            Self::ConditionFails => "its conditions do not hold",
            Self::OutOfScope => "about others",
            Self::Fails => "cannot be evaluated",
        }
    }
}

impl PolicySet {
    /// What each policy makes of each access of a command. Slow; for people.
    #[must_use]
    pub fn explain(&self, principal: &Principal, command: &Command) -> Explanation {
        let judgement = self.judge(principal, command);
        let alone: Vec<Alone<'_>> = self.entries.iter().map(Alone::new).collect();
        let every = Compiled::every_column(&self.acting);
        let accesses = Case::new(self, &every, principal, command)
            .map(|case| self.explain_case(&case, &alone))
            .unwrap_or_default();
        Explanation {
            judgement,
            accesses,
        }
    }

    fn explain_case(&self, case: &Case<'_>, alone: &[Alone<'_>]) -> Vec<ExplainedAccess> {
        let mut explained = Vec::new();
        for (access, subject) in case.command.accesses.iter().zip(&case.subjects.objects) {
            let by_column =
                !access.columns.is_empty() && self.acting.of(access.action).tells_columns_apart;
            explained.push(self.explain_object(case, alone, access, None, subject));
            for index in (0..subject.columns.len()).filter(|_| by_column) {
                explained.push(self.explain_object(case, alone, access, Some(index), subject));
            }
        }
        explained
    }

    fn explain_object(
        &self,
        case: &Case<'_>,
        alone: &[Alone<'_>],
        access: &Access,
        column: Option<usize>,
        subject: &Subject,
    ) -> ExplainedAccess {
        let uid = column.map_or(&subject.uid, |index| &subject.columns[index]);
        let object = column.map_or_else(
            || access.object.short(),
            |index| access.object.column(&access.columns[index].name).short(),
        );
        let mut explained = ExplainedAccess {
            action: access.action,
            object,
            permitted: false,
            policies: Vec::new(),
        };
        let approved = &case.command.context.approved_by;
        let Ok(context) = case.context(access.filter, approved) else {
            return explained;
        };
        let action = self.names.action(access.action);
        let applies = |policies: &cedar_policy::PolicySet| -> Option<bool> {
            let response = case.subjects.respond(policies, action, uid, &context)?;
            if response.diagnostics().errors().next().is_some() {
                return None;
            }
            Some(response.diagnostics().reason().next().is_some())
        };
        let acting = self.acting.of(access.action);
        let answer = case.subjects.ask(acting, action, uid, &context);
        explained.permitted = matches!(answer, Answer::Permitted);
        for policy in alone {
            if !policy.entry.actions.contains(&access.action) {
                continue;
            }
            let forbids = policy.entry.policy.effect() == Effect::Forbid;
            let decides = !policy.entry.rule.shadow && (forbids || explained.permitted);
            let effect = match applies(&policy.whole) {
                None => PolicyEffect::Fails,
                Some(true) if decides => PolicyEffect::Decides,
                Some(true) => PolicyEffect::Overruled,
                Some(false) if applies(&policy.scope) == Some(true) => PolicyEffect::ConditionFails,
                Some(false) => PolicyEffect::OutOfScope,
            };
            explained.policies.push(ExplainedPolicy {
                rule: Arc::clone(&policy.entry.rule),
                forbids,
                effect,
            });
        }
        explained
    }
}

/// A policy by itself, and its scope by itself.
struct Alone<'a> {
    entry: &'a Entry,
    whole: cedar_policy::PolicySet,
    scope: cedar_policy::PolicySet,
}

impl<'a> Alone<'a> {
    fn new(entry: &'a Entry) -> Self {
        Self {
            entry,
            whole: single(Some(entry.policy.clone())),
            scope: single(without_conditions(&entry.policy)),
        }
    }
}

fn single(policy: Option<Policy>) -> cedar_policy::PolicySet {
    cedar_policy::PolicySet::from_policies(policy).unwrap_or_default()
}

fn without_conditions(policy: &Policy) -> Option<Policy> {
    let mut tree = policy.to_json().ok()?;
    tree["conditions"] = serde_json::Value::Array(Vec::new());
    Policy::from_json(Some(policy.id().clone()), tree).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Column, Object, PolicySource};

    #[test]
    fn every_policy_says_what_it_comes_to() {
        let text = r#"
            @id("read") permit(principal, action == Action::"select", resource);
            @id("write") permit(principal, action == Action::"delete", resource);
            @id("ann") permit(principal == User::"ann", action == Action::"select", resource);
            @id("mail") forbid(principal, action == Action::"select", resource is Column)
            when { resource.name == "email" };
            @id("trial") @mode("shadow") forbid(principal, action == Action::"select", resource);
        "#;
        let policies = PolicySet::load(&[PolicySource {
            name: "x.cedar".to_owned(),
            text: text.to_owned(),
        }])
        .unwrap();
        let mut access = Access::new(Action::Select, Object::table("c", "d", "s", "t"));
        access.columns = vec![Column::named("id"), Column::named("email")];
        let mut command = Command {
            accesses: vec![access],
            ..Command::default()
        };
        command.context.parsed = true;
        let explanation = policies.explain(&Principal::user("bob"), &command);
        let told: Vec<_> = explanation
            .accesses
            .iter()
            .map(|access| {
                let policies = access.policies.iter().filter(|p| p.rule.id.len() < 6);
                let policies = policies.map(|p| (p.rule.id.as_str(), p.effect));
                (
                    access.object.as_str(),
                    access.permitted,
                    policies.collect::<Vec<_>>(),
                )
            })
            .collect();
        use PolicyEffect::{ConditionFails, Decides, OutOfScope, Overruled};
        let of = |read, mail| {
            vec![
                ("read", read),
                ("ann", OutOfScope),
                ("mail", mail),
                ("trial", Overruled),
            ]
        };
        assert_eq!(
            told,
            [
                ("d.s.t", true, of(Decides, OutOfScope)),
                ("d.s.t.id", true, of(Decides, ConditionFails)),
                ("d.s.t.email", false, of(Overruled, Decides)),
            ]
        );
        assert!(!explanation.judgement.is_allowed());
    }
}
