//! `policy show`.

use super::sources::{Policies, load, source};
use crate::commands::{Outcome, print};
use crate::rules::Format;
use crate::rules::machine::json_text;
use crate::rules::table::{Align, Table, width};
use clap::Args;
use serde::Serialize;
use std::process::ExitCode;
use wiremask_policy::{PolicySet, builtin_names};

/// Arguments of `policy show`.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    policies: Policies,
    /// Print the schema that policies are checked against
    #[arg(long, conflicts_with_all = ["text", "policies", "config"])]
    schema: bool,
    /// Print the text of a built-in file
    #[arg(long, value_name = "NAME", conflicts_with_all = ["policies", "config"])]
    text: Option<String>,
    /// How the list is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A line of the list.
#[derive(Serialize)]
struct Line {
    file: String,
    id: String,
    effect: &'static str,
    mode: &'static str,
    reason: String,
    hint: Option<String>,
    instead: Vec<String>,
}

/// `wiremask policy show`
pub fn run(options: &Options) -> Outcome {
    if options.schema {
        return print(wiremask_policy::schema());
    }
    if let Some(name) = &options.text {
        return print(&source(name)?.text);
    }
    let lines = if options.policies.policies.is_empty() && options.policies.config.is_none() {
        // Built-in files side by side; ids are unique among all of them.
        lines(&load(
            &builtin_names().map(str::to_owned).collect::<Vec<_>>(),
        )?)
    } else {
        lines(&options.policies.load()?.set)
    };
    match options.format {
        Format::Text => print(&text(&lines))?,
        Format::Json => print(&json_text(&lines)?)?,
    };
    Ok(ExitCode::SUCCESS)
}

fn lines(policies: &PolicySet) -> Vec<Line> {
    let line = |listed: wiremask_policy::Listed<'_>| Line {
        file: listed.file.to_owned(),
        id: listed.rule.id.clone(),
        effect: if listed.forbids { "forbid" } else { "permit" },
        mode: if listed.rule.shadow {
            "shadow"
        } else {
            "enforce"
        },
        reason: listed.rule.reason.clone(),
        hint: listed.rule.hint.clone(),
        instead: listed.rule.instead.clone(),
    };
    policies.list().map(line).collect()
}

fn text(lines: &[Line]) -> String {
    let mut table = Table::new(&[
        ("file", Align::Left),
        ("id", Align::Left),
        ("effect", Align::Left),
        ("mode", Align::Left),
        ("reason", Align::Left),
    ]);
    for line in lines {
        let reason = if line.effect == "forbid" {
            line.reason.clone()
        } else {
            String::new()
        };
        table.row([
            line.file.clone(),
            line.id.clone(),
            line.effect.to_owned(),
            line.mode.to_owned(),
            reason,
        ]);
    }
    table.text(width())
}
