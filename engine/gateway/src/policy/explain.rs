//! `policy explain`.

use super::sources::{Chosen, Policies, read};
use super::sql::Database;
use crate::commands::{Outcome, print};
use crate::rules::Format;
use crate::rules::machine::json_text;
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use wiremask_policy::{Command, Explanation, PolicyEffect, Principal, Verdict};

/// Arguments of `policy explain`.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    policies: Policies,
    #[command(flatten)]
    database: Database,
    /// Who sends it: a person
    #[arg(long, value_name = "NAME", conflicts_with = "agent")]
    user: Option<String>,
    /// Who sends it: a program
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Groups that the sender is in, besides those of the configuration
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    /// What the sender works on
    #[arg(long, value_name = "NAME")]
    purpose: Option<String>,
    /// Groups that have approved it
    #[arg(long = "approved-by", value_name = "GROUP")]
    approved_by: Vec<String>,
    /// A command that is written out, as JSON, instead of SQL
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    written: Option<PathBuf>,
    /// Also list policies that are about others
    #[arg(long)]
    all: bool,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The SQL; it needs --database
    #[arg(required_unless_present = "written")]
    sql: Option<String>,
}

/// `wiremask policy explain`
pub fn run(options: &Options) -> Outcome {
    let chosen = options.policies.load()?;
    let principal = options.principal(&chosen);
    let mut command = options.command(&chosen, &principal)?;
    command
        .context
        .approved_by
        .extend(options.approved_by.iter().cloned());
    let explanation = chosen.set.explain(&principal, &command);
    match options.format {
        Format::Text => print(&text(&explanation, options.all))?,
        Format::Json => print(&json_text(&report(&explanation, &principal, &command)?)?)?,
    };
    Ok(ExitCode::SUCCESS)
}

impl Options {
    fn principal(&self, chosen: &Chosen) -> Principal {
        let name = self.user.as_ref().or(self.agent.as_ref());
        let mut principal = match (name, &chosen.configured) {
            (Some(name), Some(policy)) => policy.principal(name),
            (Some(name), None) if self.user.is_some() => Principal::user(name),
            (Some(name), None) => Principal::agent(name),
            (None, _) => Principal::agent("somebody"),
        };
        principal.groups.extend(self.groups.iter().cloned());
        if self.purpose.is_some() {
            principal.purpose.clone_from(&self.purpose);
        }
        principal
    }

    fn command(&self, chosen: &Chosen, principal: &Principal) -> Result<Command, String> {
        if let Some(path) = &self.written {
            let text = read(path)?;
            return serde_json::from_str(&text)
                .map_err(|error| format!("{}: {error}", path.display()));
        }
        let sql = self.sql.as_deref().unwrap_or_default();
        let mut reader = self.database.open()?.ok_or(
            "what names in SQL mean only a catalog knows: name a server with --database, or give the \
             command written out with --written",
        )?;
        reader.read(&chosen.set, sql, principal)
    }
}

fn text(explanation: &Explanation, all: bool) -> String {
    let judgement = &explanation.judgement;
    let mut text = format!("{}\n", judgement.verdict.kind().name());
    if let Some(denial) = judgement.denial() {
        let _ = writeln!(text, "  {}", denial.message);
        for instead in &denial.hint.instead {
            let _ = writeln!(text, "  instead: {instead}");
        }
    }
    if let Some(shadow) = &judgement.shadow {
        let by: Vec<&str> = shadow
            .reasons()
            .iter()
            .map(|r| r.rule.id.as_str())
            .collect();
        let _ = writeln!(
            text,
            "  with policies in shadow mode: {} {}",
            shadow.kind().name(),
            by.join(", ")
        );
    }
    for access in &explanation.accesses {
        let word = if access.permitted {
            "permitted"
        } else {
            "not permitted"
        };
        let _ = writeln!(text, "\n{} on {}: {word}", access.action, access.object);
        let listed = |effect: PolicyEffect| all || effect != PolicyEffect::OutOfScope;
        for policy in access.policies.iter().filter(|p| listed(p.effect)) {
            let kind = if policy.forbids { "forbid" } else { "permit" };
            let shadow = if policy.rule.shadow { " (shadow)" } else { "" };
            let effect = policy.effect.describe();
            let _ = writeln!(text, "  {kind} {}{shadow}: {effect}", policy.rule.id);
        }
    }
    text
}

fn report(
    explanation: &Explanation,
    principal: &Principal,
    command: &Command,
) -> Result<Value, String> {
    let value = |value: serde_json::Result<Value>| value.map_err(|error| error.to_string());
    let accesses = explanation.accesses.iter().map(|access| {
        let policies = access.policies.iter().map(|policy| {
            json!({
                "rule": policy.rule.id,
                "forbids": policy.forbids,
                "shadow": policy.rule.shadow,
                "effect": policy.effect,
            })
        });
        json!({
            "action": access.action,
            "object": access.object,
            "permitted": access.permitted,
            "policies": policies.collect::<Vec<_>>(),
        })
    });
    let shadow = explanation.judgement.shadow.as_deref().map(Verdict::kind);
    Ok(json!({
        "verdict": explanation.judgement.verdict.kind(),
        "shadow": shadow,
        "denial": explanation.judgement.denial().map(|denial| denial.hint),
        "accesses": accesses.collect::<Vec<_>>(),
        "principal": value(serde_json::to_value(principal))?,
        "command": value(serde_json::to_value(command))?,
    }))
}
