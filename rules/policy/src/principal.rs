//! Who sends a command.

use serde::{Deserialize, Serialize};

/// Who sends a command, as the gateway has authenticated it.
///
/// Nothing in here may come from the client unchecked: policies trust all of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// A person, or a program that acts by itself.
    pub kind: PrincipalKind,
    /// The name that was authenticated: `User::"ann"`, `Agent::"reporter"`.
    pub name: String,
    /// The groups it is in, all of them: `principal in Group::"analysts"`.
    #[serde(default)]
    pub groups: Vec<String>,
    /// What it says that it works on, if the gateway lets it choose among purposes:
    /// `principal in Purpose::"support"`, `context.purpose`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
}

/// A person or a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrincipalKind {
    /// `User::"…"`.
    User,
    /// `Agent::"…"`.
    Agent,
}

impl PrincipalKind {
    /// The name of its entity type in policies.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Agent => "Agent",
        }
    }
}

impl Principal {
    /// A person in no group.
    #[must_use]
    pub fn user(name: &str) -> Self {
        Self::new(PrincipalKind::User, name)
    }

    /// A program in no group.
    #[must_use]
    pub fn agent(name: &str) -> Self {
        Self::new(PrincipalKind::Agent, name)
    }

    /// The same one, also in this group.
    #[must_use]
    pub fn in_group(mut self, group: &str) -> Self {
        self.groups.push(group.to_owned());
        self
    }

    fn new(kind: PrincipalKind, name: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            groups: Vec::new(),
            purpose: None,
        }
    }
}
