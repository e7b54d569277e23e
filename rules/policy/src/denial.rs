//! What a client is told about a command that does not run: for people, and for agents.
//!
//! `docs/reference/denials.md` documents the JSON.

use crate::judgement::{Approval, Judgement, Reason, Verdict};
use serde::Serialize;

/// SQLSTATE `insufficient_privilege`, unless a policy names another.
pub const SQLSTATE: &str = "42501";

/// An error for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Five letters.
    pub sqlstate: String,
    /// For people: lower case, no full stop.
    pub message: String,
    /// What to do about it, for people, if a policy says so.
    pub detail: Option<String>,
    /// For agents; [`DenialHint::to_json`] goes into the HINT field.
    pub hint: DenialHint,
}

/// What an agent can act on. It holds names of objects and words of policies, never a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DenialHint {
    /// `denied`, or `held` if approval would help.
    pub verdict: &'static str,
    /// The policy that speaks against it.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// What the command wanted to do.
    pub action: &'static str,
    /// With what: paths without the connection.
    pub objects: Vec<String>,
    /// What would be allowed.
    pub instead: Vec<String>,
    /// Groups whose approval would help.
    pub approval: Vec<String>,
    /// Must all of them approve? Otherwise one is enough.
    #[serde(skip_serializing_if = "is_false")]
    pub approval_of_all: bool,
    /// Further policies that speak against it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<AlsoDenied>,
}

/// A further policy that speaks against a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlsoDenied {
    /// Which.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// With what.
    pub objects: Vec<String>,
}

/// Further policies that a hint lists at most.
const ALSO_MAX: usize = 8;

impl Judgement {
    /// What to tell the client; `None` if the command may run.
    #[must_use]
    pub fn denial(&self) -> Option<Denial> {
        match &self.verdict {
            Verdict::Allow => None,
            Verdict::Deny { reasons } => denial(reasons, None),
            Verdict::Hold { approval, reasons } => denial(reasons, Some(approval)),
        }
    }
}

impl DenialHint {
    /// One line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

fn denial(reasons: &[Reason], approval: Option<&Approval>) -> Option<Denial> {
    let (first, rest) = reasons.split_first()?;
    let rule = &first.rule;
    let objects = first.objects.join(", ");
    let mut message = format!(
        "{} on {objects} is not allowed: {}",
        first.action, rule.reason
    );
    if let Some(approval) = approval {
        let join = if approval.every { " and " } else { " or " };
        message = format!(
            "{} on {objects} needs approval by {}: {}",
            first.action,
            approval.groups.join(join),
            rule.reason
        );
    }
    let also = rest.iter().take(ALSO_MAX).map(|reason| AlsoDenied {
        rule: reason.rule.id.clone(),
        reason: reason.rule.reason.clone(),
        objects: reason.objects.clone(),
    });
    let mut instead: Vec<String> = Vec::new();
    let own = reasons.iter().filter(|reason| reason.columns);
    let own = own.map(|reason| format!("leave out {}", reason.objects.join(", ")));
    let sentences = reasons
        .iter()
        .flat_map(|reason| reason.rule.instead.clone());
    for sentence in sentences.chain(own) {
        if !instead.contains(&sentence) {
            instead.push(sentence);
        }
    }
    Some(Denial {
        sqlstate: rule.sqlstate.clone().unwrap_or_else(|| SQLSTATE.to_owned()),
        message,
        detail: rule.hint.clone(),
        hint: DenialHint {
            verdict: if approval.is_some() { "held" } else { "denied" },
            rule: rule.id.clone(),
            reason: rule.reason.clone(),
            action: first.action.name(),
            objects: first.objects.clone(),
            instead,
            approval: approval.map(|a| a.groups.clone()).unwrap_or_default(),
            approval_of_all: approval.is_some_and(|a| a.every),
            also: also.collect(),
        },
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Action, Rule};
    use std::sync::Arc;

    fn reason(id: &str, action: Action, objects: &[&str], columns: bool) -> Reason {
        Reason {
            rule: Arc::new(Rule {
                id: id.to_owned(),
                reason: format!("of {id}"),
                hint: Some("ask".to_owned()),
                instead: vec!["count".to_owned()],
                ..Rule::default()
            }),
            action,
            objects: objects.iter().map(|object| (*object).to_owned()).collect(),
            columns,
        }
    }

    fn judgement(verdict: Verdict) -> Judgement {
        Judgement {
            verdict,
            shadow: None,
        }
    }

    #[test]
    fn what_is_allowed_is_no_denial() {
        assert_eq!(judgement(Verdict::Allow).denial(), None);
    }

    #[test]
    fn a_denial_says_what_why_and_what_instead() {
        let reasons = vec![
            reason(
                "first",
                Action::Select,
                &["shop.public.customer.email"],
                true,
            ),
            reason("second", Action::Delete, &["shop.public.customer"], false),
        ];
        let denial = judgement(Verdict::Deny { reasons }).denial().unwrap();
        assert_eq!(denial.sqlstate, "42501");
        assert_eq!(
            denial.message,
            "select on shop.public.customer.email is not allowed: of first"
        );
        assert_eq!(
            denial.hint.to_json(),
            r#"{"verdict":"denied","rule":"first","reason":"of first","action":"select","objects":["shop.public.customer.email"],"instead":["count","leave out shop.public.customer.email"],"approval":[],"also":[{"rule":"second","reason":"of second","objects":["shop.public.customer"]}]}"#
        );
    }

    #[test]
    fn a_held_command_says_who_could_approve() {
        let held = |every| {
            let verdict = Verdict::Hold {
                approval: Approval {
                    groups: vec!["dba".to_owned(), "owners".to_owned()],
                    every,
                },
                reasons: vec![reason("r", Action::Drop, &["shop.public.t"], false)],
            };
            judgement(verdict).denial().unwrap()
        };
        assert_eq!(
            held(false).message,
            "drop on shop.public.t needs approval by dba or owners: of r"
        );
        assert!(held(true).message.contains("by dba and owners"));
        assert!(
            held(true)
                .hint
                .to_json()
                .contains(r#""approval_of_all":true"#)
        );
        assert_eq!(held(false).hint.verdict, "held");
    }
}
