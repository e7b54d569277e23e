//! `policy lint`.

use super::sources::Policies;
use crate::commands::{Outcome, print};
use crate::rules::machine::{Finding, json_text, sarif};
use clap::{Args, ValueEnum};
use std::process::ExitCode;
use wiremask_policy::{PolicySet, PolicySource};
use wiremask_rules::{Diagnostics, Severity};

/// Arguments of `policy lint`.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    policies: Policies,
    /// Fail on warnings as well
    #[arg(long)]
    strict: bool,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: file, line, caret and remedy
    Text,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// `wiremask policy lint`
pub fn run(options: &Options) -> Outcome {
    let found = found(&options.policies)?;
    let findings: Vec<Finding> = found.iter().map(finding).collect();
    let errors = findings.iter().filter(|f| f.level == "error").count();
    let warnings = findings.len() - errors;
    match options.format {
        Format::Text => {
            let shown = if found.is_empty() {
                String::new()
            } else {
                format!("{found}\n\n")
            };
            print(&format!("{shown}{errors} errors, {warnings} warnings\n"))?
        }
        Format::Json => print(&json_text(&findings)?)?,
        Format::Sarif => print(&json_text(&sarif(&findings))?)?,
    };
    let fails = errors > 0 || (options.strict && warnings > 0);
    Ok(if fails {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Mistakes of named files are findings too; those of a configuration are told by `check`.
fn found(policies: &Policies) -> Result<Diagnostics, String> {
    if !policies.policies.is_empty() {
        let sources = policies
            .policies
            .iter()
            .map(|name| super::sources::source(name));
        let sources: Vec<PolicySource> = sources.collect::<Result<_, _>>()?;
        if let Err(found) = PolicySet::load(&sources) {
            return Ok(found);
        }
    }
    let chosen = policies.load()?;
    Ok(chosen.set.lint(chosen.known().as_ref()))
}

fn finding(diagnostic: &wiremask_rules::Diagnostic) -> Finding {
    Finding {
        level: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        check: "policy",
        file: diagnostic.file.clone(),
        line: diagnostic.line,
        column: diagnostic.column,
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
    }
}
