//! `policy diff`.

use super::sources::load;
use super::sql::{Database, Reader};
use crate::commands::{Outcome, print};
use crate::rules::Format;
use crate::rules::machine::json_text;
use crate::rules::table::{Align, Table, width};
use clap::Args;
use serde::Deserialize;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wiremask_policy::{Diff, PolicySet, Principal, RecordedCommand, diff};

/// Arguments of `policy diff`.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Policies as they are: built-in names or files, separated by commas
    #[arg(value_name = "OLD")]
    old: String,
    /// Policies as they would be
    #[arg(value_name = "NEW")]
    new: String,
    /// Recorded commands, as lines of JSON
    #[arg(value_name = "RECORDED")]
    recorded: PathBuf,
    #[command(flatten)]
    database: Database,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A line of what was recorded.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Command(Box<RecordedCommand>),
    Sql { principal: Principal, sql: String },
}

/// `wiremask policy diff`
pub fn run(options: &Options) -> Outcome {
    let (old, new) = (set(&options.old)?, set(&options.new)?);
    let mut reader = options.database.open()?;
    let commands = recorded(&options.recorded, &new, reader.as_mut())?;
    let changes = diff(&old, &new, commands.into_iter());
    match options.format {
        Format::Text => print(&text(&changes))?,
        Format::Json => print(&json_text(&changes)?)?,
    };
    Ok(ExitCode::SUCCESS)
}

fn set(names: &str) -> Result<PolicySet, String> {
    let names: Vec<String> = names
        .split(',')
        .map(|name| name.trim().to_owned())
        .collect();
    load(&names)
}

fn recorded(
    path: &Path,
    policies: &PolicySet,
    mut reader: Option<&mut Reader>,
) -> Result<Vec<RecordedCommand>, String> {
    let told = |number: usize, error: &str| format!("{}:{number}: {error}", path.display());
    let file = File::open(path).map_err(|error| format!("{}: {}", path.display(), error.kind()))?;
    let mut commands = Vec::new();
    for (index, line) in BufReader::new(file).lines().enumerate() {
        let number = index + 1;
        let line = line.map_err(|error| told(number, &error.kind().to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&line).map_err(|_| {
            told(
                number,
                "no object with `principal` and `command`, or with `principal` and `sql`",
            )
        })?;
        commands.push(match (line, reader.as_deref_mut()) {
            (Line::Command(command), _) => *command,
            (Line::Sql { .. }, None) => {
                return Err(told(
                    number,
                    "SQL needs --database, which says what names mean",
                ));
            }
            (Line::Sql { principal, sql }, Some(reader)) => RecordedCommand {
                command: reader.read(policies, &sql, &principal)?,
                principal,
                count: 1,
            },
        });
    }
    Ok(commands)
}

fn text(diff: &Diff) -> String {
    let changed: u64 = diff.changes.iter().map(|change| change.count).sum();
    let summary = format!("{changed} of {} commands change\n", diff.commands);
    if diff.changes.is_empty() {
        return summary;
    }
    let mut table = Table::new(&[
        ("commands", Align::Right),
        ("now", Align::Left),
        ("then", Align::Left),
        ("for example", Align::Left),
        ("by", Align::Left),
    ]);
    for change in &diff.changes {
        let accesses = change.example.command.accesses.iter().take(2);
        let example = accesses.map(|access| format!("{} {}", access.action, access.object.short()));
        table.row([
            change.count.to_string(),
            change.from.name().to_owned(),
            change.to.name().to_owned(),
            example.collect::<Vec<_>>().join(", "),
            by(&change.from_by, &change.to_by),
        ]);
    }
    format!("{}{summary}", table.text(width()))
}

fn by(from: &[String], to: &[String]) -> String {
    let list = |rules: &[String]| {
        if rules.is_empty() {
            "-".to_owned()
        } else {
            rules.join(", ")
        }
    };
    format!("{} -> {}", list(from), list(to))
}
