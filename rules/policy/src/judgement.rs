//! What policies say to a command.

use crate::action::Action;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What policies say to a command, and what those in shadow mode would have said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What is to be done.
    pub verdict: Verdict,
    /// What would be done if policies in shadow mode acted; `None` if it were just the same.
    pub shadow: Option<Box<Verdict>>,
}

impl Judgement {
    /// May it run now?
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self.verdict, Verdict::Allow)
    }
}

/// What is to be done with a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It runs.
    Allow,
    /// It runs if these groups approve it.
    Hold {
        /// Who has to.
        approval: Approval,
        /// What it is held for; never empty.
        reasons: Vec<Reason>,
    },
    /// It does not run.
    Deny {
        /// Why not; never empty.
        reasons: Vec<Reason>,
    },
}

impl Verdict {
    /// Without its reasons.
    #[must_use]
    pub fn kind(&self) -> VerdictKind {
        match self {
            Self::Allow => VerdictKind::Allow,
            Self::Hold { .. } => VerdictKind::Hold,
            Self::Deny { .. } => VerdictKind::Deny,
        }
    }

    /// Why not now; empty if allowed.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Allow => &[],
            Self::Hold { reasons, .. } | Self::Deny { reasons } => reasons,
        }
    }
}

/// A verdict in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictKind {
    /// It runs.
    Allow,
    /// It waits for approval.
    Hold,
    /// It does not run.
    Deny,
}

impl VerdictKind {
    /// The word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Hold => "hold",
            Self::Deny => "deny",
        }
    }
}

/// Who has to approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Names of groups, as policies mention them; sorted, never empty.
    pub groups: Vec<String>,
    /// All of them, because no single one is enough? Otherwise any of them.
    pub every: bool,
}

/// One policy that speaks against a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Which one.
    pub rule: Arc<Rule>,
    /// For what.
    pub action: Action,
    /// On what: paths without the connection; at most [`REASON_OBJECTS_MAX`], never empty.
    pub objects: Vec<String>,
    /// Are these columns?
    pub columns: bool,
}

/// Objects that a reason lists at most.
pub const REASON_OBJECTS_MAX: usize = 16;

/// What a policy says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// `@id`.
    pub id: String,
    /// `@reason`: why it forbids, for people; lower case, no full stop.
    pub reason: String,
    /// `@hint`: what to do about it.
    pub hint: Option<String>,
    /// `@instead`: what is allowed instead, one sentence each.
    pub instead: Vec<String>,
    /// `@sqlstate`.
    pub sqlstate: Option<String>,
    /// `@mode("shadow")`.
    pub shadow: bool,
}
