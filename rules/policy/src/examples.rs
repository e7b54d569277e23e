//! Examples beside policies: commands that must be allowed, denied or held.
//!
//! A file `name.examples.toml` stands beside `name.cedar`:
//!
//! ```toml
//! with = ["allow-all"]                      # other policies that the examples need
//!
//! [[example]]
//! name = "every row is deleted"
//! principal = { kind = "agent", name = "bot", groups = ["support"] }
//! sql = "DELETE FROM public.customer"       # read by the gateway, or
//! command.access = [{ action = "delete", table = "main.shop.public.customer" }]   # written out
//! expect = "hold"
//! by = "no-unbounded-write"                 # a policy that speaks against it
//! approval = ["approvers"]                  # who has to approve
//!
//! [[example]]
//! name = "the fraud team sees customers"
//! principal = { kind = "user", name = "ann", groups = ["fraud"], purpose = "fraud" }
//! unmask = "main.shop.public.customer.email"
//! expect = "allow"
//! ```

use crate::command::{Column, Command, Traits};
use crate::judgement::{Verdict, VerdictKind};
use crate::object::{Object, ObjectKind};
use crate::principal::Principal;
use crate::set::{PolicySet, PolicySource};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use wiremask_rules::diagnostics::{Diagnostics, Errors, Site, Source};

/// The examples of one file.
#[derive(Clone, Debug)]
pub struct Examples {
    /// Names of built-in policies, or of files beside this one without `.cedar`, that the examples
    /// need besides the policies that they are about.
    pub with: Vec<String>,
    examples: Vec<(Example, Site)>,
}

/// One example.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    name: String,
    #[serde(default = "somebody")]
    principal: Principal,
    sql: Option<String>,
    #[serde(default, deserialize_with = "written_command")]
    command: Option<Command>,
    unmask: Option<String>,
    expect: VerdictKind,
    by: Option<String>,
    #[serde(default)]
    approval: Vec<String>,
}

/// What became of one example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleOutcome {
    /// Its name.
    pub name: String,
    /// The file.
    pub file: String,
    /// Where it begins, counted from 1.
    pub line: usize,
    /// What was expected.
    pub expected: VerdictKind,
    /// What it is; `None` if nothing could judge it, because only SQL is given and nobody reads it.
    pub actual: Option<VerdictKind>,
    /// The policies that speak against it.
    pub by: Vec<String>,
    /// What is wrong; `None` if all is as expected, or nothing could judge it.
    pub problem: Option<String>,
}

/// Reads SQL: what would this text do, sent by this principal? The error says why it cannot be told.
pub type ReadSql<'a> = dyn FnMut(&str, &Principal) -> Result<Command, String> + 'a;

impl Examples {
    /// Reads a file of examples.
    ///
    /// # Errors
    /// What is wrong with it, with places.
    pub fn read(source: &PolicySource) -> Result<Self, Diagnostics> {
        let errors = Errors::default();
        let shared = Arc::new(Source {
            name: source.name.clone(),
            text: source.text.clone(),
        });
        let site = |span: Range<usize>| Site {
            source: Arc::clone(&shared),
            span,
        };
        let file: File = match toml::from_str(&source.text) {
            Ok(file) => file,
            Err(error) => {
                let at = site(error.span().unwrap_or_default());
                errors.add(&at, error.message().replace('\n', ", "), None);
                return Err(errors.into_result().err().unwrap_or_default());
            }
        };
        let mut examples = Vec::new();
        for example in file.example {
            let at = site(example.span());
            let example = example.into_inner();
            if let Err(message) = example.check() {
                errors.add(&at, message, None);
            }
            examples.push((example, at));
        }
        errors.into_result()?;
        Ok(Self {
            with: file.with,
            examples,
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.examples.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.examples.is_empty()
    }

    /// Judges all of them. Where both SQL and a command are given, both must have the verdict.
    pub fn run(
        &self,
        policies: &PolicySet,
        mut sql: Option<&mut ReadSql<'_>>,
    ) -> Vec<ExampleOutcome> {
        let outcome = |(example, site): &(Example, Site)| {
            let mut outcome = ExampleOutcome {
                name: example.name.clone(),
                file: site.source.name.clone(),
                line: line(site),
                expected: example.expect,
                actual: None,
                by: Vec::new(),
                problem: None,
            };
            if let Err(problem) = example.judge(policies, sql.as_deref_mut(), &mut outcome) {
                outcome.problem = Some(problem);
            }
            outcome
        };
        self.examples.iter().map(outcome).collect()
    }

    /// Which policies of a set no example is denied or held by. Policies that are always there, that
    /// permit, or that stand in another file do not count.
    #[must_use]
    pub fn not_shown(&self, policies: &PolicySet, file: &str) -> Vec<String> {
        let shown: BTreeSet<&String> = self
            .examples
            .iter()
            .filter_map(|(e, _)| e.by.as_ref())
            .collect();
        policies
            .entries
            .iter()
            .filter(|entry| entry.site.source.name == file && !entry.is_base)
            .filter(|entry| entry.policy.effect() == cedar_policy::Effect::Forbid)
            .map(|entry| &entry.rule.id)
            .filter(|id| !shown.contains(id))
            .cloned()
            .collect()
    }
}

impl Example {
    fn check(&self) -> Result<(), String> {
        let asks = usize::from(self.sql.is_some() || self.command.is_some())
            + usize::from(self.unmask.is_some());
        if asks != 1 {
            return Err("an example has `sql`, `command` or both, or else `unmask`".to_owned());
        }
        if let Some(column) = &self.unmask {
            let column = Object::parse(ObjectKind::Column, column);
            column.map_err(|error| error.to_string())?;
            if self.expect == VerdictKind::Hold {
                return Err("`unmask` is allowed or denied".to_owned());
            }
        }
        if self.expect == VerdictKind::Allow && self.by.is_some() {
            return Err("no policy speaks against what is allowed: leave out `by`".to_owned());
        }
        Ok(())
    }

    fn judge(
        &self,
        policies: &PolicySet,
        sql: Option<&mut ReadSql<'_>>,
        outcome: &mut ExampleOutcome,
    ) -> Result<(), String> {
        if let Some(column) = &self.unmask {
            return self.unmask(policies, column, outcome);
        }
        if let Some(command) = &self.command {
            self.verdict(policies, command, outcome)?;
        }
        if let (Some(text), Some(read)) = (&self.sql, sql) {
            let command = read(text, &self.principal)
                .map_err(|error| format!("the SQL cannot be read: {error}"))?;
            self.verdict(policies, &command, outcome)
                .map_err(|problem| format!("as SQL, {problem}"))?;
        }
        Ok(())
    }

    fn verdict(
        &self,
        policies: &PolicySet,
        command: &Command,
        outcome: &mut ExampleOutcome,
    ) -> Result<(), String> {
        let verdict = policies.judge(&self.principal, command).verdict;
        let actual = verdict.kind();
        outcome.actual = Some(actual);
        outcome.by = verdict
            .reasons()
            .iter()
            .map(|r| r.rule.id.clone())
            .collect();
        outcome.by.dedup();
        if actual != self.expect {
            let by = if outcome.by.is_empty() {
                String::new()
            } else {
                format!(" by {}", outcome.by.join(", "))
            };
            return Err(format!(
                "expected {}, got {}{by}",
                self.expect.name(),
                actual.name()
            ));
        }
        if let Some(by) = &self.by
            && !outcome.by.contains(by)
        {
            return Err(format!(
                "expected it by {by}, got it by {}",
                outcome.by.join(", ")
            ));
        }
        if let Verdict::Hold { approval, .. } = &verdict
            && !self.approval.is_empty()
            && approval.groups != self.approval
        {
            return Err(format!("it is held for {}", approval.groups.join(", ")));
        }
        Ok(())
    }

    fn unmask(
        &self,
        policies: &PolicySet,
        column: &str,
        outcome: &mut ExampleOutcome,
    ) -> Result<(), String> {
        let column =
            Object::parse(ObjectKind::Column, column).map_err(|error| error.to_string())?;
        let table = column.parent().ok_or("a column without a table")?;
        let allowed = policies.may_unmask(
            &self.principal,
            &table,
            &Traits::default(),
            &Column {
                protected: true,
                ..Column::named(column.name())
            },
            &BTreeSet::new(),
        );
        let actual = if allowed {
            VerdictKind::Allow
        } else {
            VerdictKind::Deny
        };
        outcome.actual = Some(actual);
        if actual == self.expect {
            Ok(())
        } else {
            Err(format!(
                "expected {}, got {}",
                self.expect.name(),
                actual.name()
            ))
        }
    }
}

/// A file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    example: Vec<Spanned<Example>>,
}

fn somebody() -> Principal {
    Principal::agent("somebody")
}

/// In examples a command is one statement that was understood, unless it says otherwise.
fn written_command<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Command>, D::Error> {
    let mut table = toml::Table::deserialize(from)?;
    let context = table
        .entry("context")
        .or_insert_with(|| toml::Table::new().into());
    if let toml::Value::Table(context) = context {
        context.entry("statements").or_insert(1.into());
        context.entry("parsed").or_insert(true.into());
    }
    table
        .try_into()
        .map(Some)
        .map_err(|error: toml::de::Error| serde::de::Error::custom(error.message()))
}

fn line(site: &Site) -> usize {
    let text = &site.source.text;
    text.get(..site.span.start)
        .map_or(1, |before| before.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests;
