//! The guard: judges what the client asks for, before anything of it is forwarded.
//!
//! Facts of the grammar ([`wiremask_protocols::sql`]) and names of the catalog become a
//! [`Command`], which the policies of the configuration judge. What does not parse, or is not known, is
//! refused. A verdict is remembered with the statement for as long as policy and catalog stay the same.

mod command;
mod kinds;
mod settings;
mod startup;

#[cfg(test)]
mod tests;

use crate::catalog::Catalog;
use crate::policy::Policy;
use crate::statement::Statement;
use command::Scope;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use wiremask_policy::{Access, Action, Command, Judgement, Object, PolicySet, Principal};
use wiremask_protocols::session::{Denial, Lookup};
use wiremask_protocols::sql::Kind;
use wiremask_rules::Ruleset;

pub use startup::{Admission, admit};

/// Identities that are told apart; then numbering starts anew.
const IDENTITIES_MAX: usize = 4096;

/// Somebody in some place. Cheap to compare once it has a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Who.
    pub principal: Principal,
    /// The upstream's name in the configuration.
    pub connection: Rc<str>,
    /// The database.
    pub database: Rc<str>,
}

/// Numbers of identities, for the sessions of a shard.
#[derive(Debug, Default)]
pub struct Identities {
    numbers: HashMap<Identity, u32>,
    next: u32,
}

impl Identities {
    /// The number of an identity. Two that live at the same time never share one.
    fn number(&mut self, identity: &Identity) -> u32 {
        if let Some(number) = self.numbers.get(identity) {
            return *number;
        }
        if self.numbers.len() >= IDENTITIES_MAX {
            self.numbers.clear();
        }
        self.next = self.next.wrapping_add(1);
        self.numbers.insert(identity.clone(), self.next);
        self.next
    }
}

/// For whom, under which policy and catalog a verdict holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Under {
    identity: u32,
    generation: u64,
    catalog: u64,
}

/// What the policies said, ready to be said again.
#[derive(Debug)]
pub struct Outcome {
    /// What the client is told; nothing if the command may run.
    pub denial: Option<Denial>,
    /// The policy that speaks against it.
    pub rule: Option<Arc<str>>,
    /// Is it held, and not simply denied?
    pub held: bool,
    /// The policy in shadow mode that would have spoken against it.
    pub shadow: Option<Shadow>,
}

/// What a policy in shadow mode would have done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shadow {
    /// Its id.
    pub rule: Arc<str>,
    /// Would it have held the command, and not denied it?
    pub held: bool,
}

/// The guard of a session.
#[derive(Debug)]
pub struct Guard {
    identity: Identity,
    number: u32,
    /// Has every transaction of the session to be read-only? See [`admit`].
    is_walled: bool,
    /// The policy under which the oldest cursor or prepared statement that SQL knows by name may have been
    /// opened.
    opened_under: Option<u64>,
}

impl Guard {
    /// The guard of a session of this identity.
    #[must_use]
    pub fn new(identity: Identity, numbers: &mut Identities, is_walled: bool) -> Self {
        let number = numbers.number(&identity);
        Self {
            identity,
            number,
            is_walled,
            opened_under: None,
        }
    }

    /// Another policy is in force: the identity may be in other groups, or nobody any more.
    pub fn take_policy(&mut self, policy: &Policy, numbers: &mut Identities) {
        let name = &self.identity.principal.name;
        self.identity.principal = policy.principal(name);
        self.number = numbers.number(&self.identity);
    }

    /// Judges a statement.
    ///
    /// # Errors
    /// [`Lookup`] when the catalog has to be read first.
    pub fn judge(
        &mut self,
        policies: &PolicySet,
        generation: u64,
        statement: &Statement,
        catalog: &mut Catalog,
        rules: &Ruleset,
    ) -> Result<Rc<Outcome>, Lookup> {
        if !catalog.has_global() {
            return Err(Lookup);
        }
        if let Some(stale) = self.reads_what_another_policy_let_open(generation, statement) {
            return Ok(Rc::new(stale));
        }
        let under = Under {
            identity: self.number,
            generation,
            catalog: catalog.version(),
        };
        let outcome = match statement.outcome(under) {
            Some(outcome) => outcome,
            None => {
                let command = self.command(policies, statement, catalog, rules)?;
                let judgement = policies.judge(&self.identity.principal, &command);
                let outcome = Rc::new(Outcome::of(&judgement));
                // Reading columns may have moved the catalog.
                let under = Under {
                    catalog: catalog.version(),
                    ..under
                };
                statement.keep_outcome(under, Rc::clone(&outcome));
                outcome
            }
        };
        if outcome.denial.is_none() && statement.facts().is_some_and(|facts| facts.opens) {
            self.opened_under.get_or_insert(generation);
        }
        Ok(outcome)
    }

    /// What a statement does, as the policies see it. What is not understood is an empty command, which
    /// nobody allows.
    ///
    /// # Errors
    /// [`Lookup`] when the catalog has to be read first.
    pub fn command(
        &self,
        policies: &PolicySet,
        statement: &Statement,
        catalog: &mut Catalog,
        rules: &Ruleset,
    ) -> Result<Command, Lookup> {
        if !catalog.has_global() {
            return Err(Lookup);
        }
        let Some(facts) = statement.facts() else {
            return Ok(Command::default());
        };
        let columns = policies.asks_for_columns();
        let lineage = match columns {
            true => statement.lineage(catalog)?,
            false => None,
        };
        let scope = Scope {
            connection: &self.identity.connection,
            database: &self.identity.database,
            columns,
            rules,
            lineage: lineage.as_deref(),
            is_walled: self.is_walled,
        };
        command::command(facts, catalog, &scope)
    }

    /// A cursor that was opened, and a statement that was prepared, were judged then. Under another policy
    /// they have to be opened again.
    fn reads_what_another_policy_let_open(
        &self,
        generation: u64,
        statement: &Statement,
    ) -> Option<Outcome> {
        let opened = self.opened_under?;
        let runs = |kind| matches!(kind, Kind::Execute | Kind::Fetch | Kind::Move);
        let reads = statement.facts().is_some_and(|facts| {
            facts.reads_opened || facts.statements.iter().any(|inner| runs(inner.kind))
        });
        (reads && opened != generation).then(|| Outcome {
            denial: Some(Denial {
                hint: Some("open it again in a new session".into()),
                ..Denial::new(
                    b"42501",
                    "the policy has changed since this was opened or prepared",
                )
            }),
            rule: Some("policy-changed".into()),
            held: false,
            shadow: None,
        })
    }
}

impl Outcome {
    /// Nobody could judge.
    #[must_use]
    pub fn failed(denial: Denial) -> Self {
        Self {
            denial: Some(denial),
            rule: None,
            held: false,
            shadow: None,
        }
    }

    fn of(judgement: &Judgement) -> Self {
        let rule = |verdict: &wiremask_policy::Verdict| {
            let first = verdict.reasons().first()?;
            Some(first.rule.id.as_str().into())
        };
        let held = |verdict: &wiremask_policy::Verdict| {
            matches!(verdict, wiremask_policy::Verdict::Hold { .. })
        };
        let shadow = judgement.shadow.as_deref().and_then(|verdict| {
            Some(Shadow {
                rule: rule(verdict)?,
                held: held(verdict),
            })
        });
        Self {
            denial: judgement.denial().map(|denial| native(&denial)),
            rule: rule(&judgement.verdict),
            held: held(&judgement.verdict),
            shadow,
        }
    }
}

/// A denial in the protocol's own form.
fn native(denial: &wiremask_policy::Denial) -> Denial {
    let mut sqlstate = *b"42501";
    if let Ok(code) = denial.sqlstate.as_bytes().try_into() {
        sqlstate = code;
    }
    Denial {
        sqlstate,
        message: denial.message.clone(),
        detail: denial.detail.clone(),
        hint: Some(denial.hint.to_json()),
    }
}

/// Would the policies let this identity write anything at all, as far as the kind of statement decides?
fn may_write(policies: &PolicySet, identity: &Identity) -> bool {
    let database = Object::database(&identity.connection, &identity.database);
    let mut command = Command {
        accesses: vec![Access::new(Action::Create, database)],
        ..Command::default()
    };
    command.context.parsed = true;
    command.context.statements = 1;
    command.context.kinds.insert("create table".to_owned());
    policies.judge(&identity.principal, &command).is_allowed()
}
