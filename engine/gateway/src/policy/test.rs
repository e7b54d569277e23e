//! `policy test`.

use super::sources::{read, source};
use super::sql::Database;
use crate::commands::{Outcome, print};
use crate::rules::machine::{Case, json_text, junit};
use crate::rules::table::{Align, Table, width};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;
use wiremask_policy::{
    ExampleOutcome, Examples, PolicySet, PolicySource, Principal, builtin, builtin_examples,
    builtin_names,
};

/// What stands before `.examples.toml`.
const CEDAR: &str = ".cedar";

/// Arguments of `policy test`.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Files of policies, or built-in names [default: all that are built in]
    #[arg(value_name = "NAME|FILE")]
    files: Vec<String>,
    #[command(flatten)]
    database: Database,
    /// How the results are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// JUnit
    Junit,
}

/// The results of one file.
#[derive(Serialize)]
struct Results {
    file: String,
    passed: usize,
    failed: Vec<Failure>,
    /// Given as SQL only, and no database was named.
    skipped: usize,
    /// Policies that forbid and of which no example shows it.
    not_shown: Vec<String>,
    #[serde(skip)]
    outcomes: Vec<ExampleOutcome>,
}

#[derive(Serialize)]
struct Failure {
    place: String,
    name: String,
    problem: String,
}

/// `wiremask policy test`
pub fn run(options: &Options) -> Outcome {
    let mut files = options.files.clone();
    if files.is_empty() {
        files = builtin_names().map(str::to_owned).collect();
    }
    let mut reader = options.database.open()?;
    let mut results = Vec::new();
    for file in &files {
        let examples = examples(file)?;
        let mut sources = vec![source(file)?];
        for other in &examples.with {
            sources.push(beside(file, other)?);
        }
        let policies = PolicySet::load(&sources).map_err(|found| found.to_string())?;
        let outcomes = match &mut reader {
            None => examples.run(&policies, None),
            Some(reader) => {
                let mut read =
                    |text: &str, principal: &Principal| reader.read(&policies, text, principal);
                examples.run(&policies, Some(&mut read))
            }
        };
        let not_shown = examples.not_shown(&policies, file);
        results.push(Results::of(file, outcomes, not_shown));
    }
    match options.format {
        Format::Text => print(&text(&results))?,
        Format::Json => print(&json_text(&results)?)?,
        Format::Junit => print(&junit("wiremask policy test", &cases(&results)))?,
    };
    let passed = results.iter().all(|result| result.failed.is_empty());
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The examples of a file: beside it, or built in.
fn examples(file: &str) -> Result<Examples, String> {
    let (name, text) = match builtin_examples(file) {
        Some(text) => (format!("{file}.examples.toml"), text.to_owned()),
        None => {
            let stem = file.strip_suffix(CEDAR).unwrap_or(file);
            let name = format!("{stem}.examples.toml");
            let text = read(Path::new(&name))
                .map_err(|error| format!("{error}; the examples of {file} stand there"))?;
            (name, text)
        }
    };
    Examples::read(&PolicySource { name, text }).map_err(|found| found.to_string())
}

/// Policies that examples need: built in, or beside their file.
fn beside(file: &str, other: &str) -> Result<PolicySource, String> {
    if builtin(other).is_some() {
        return source(other);
    }
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let path = folder.join(format!("{other}{CEDAR}"));
    source(&path.display().to_string())
}

impl Results {
    fn of(file: &str, outcomes: Vec<ExampleOutcome>, not_shown: Vec<String>) -> Self {
        let failure = |outcome: &ExampleOutcome| {
            Some(Failure {
                place: format!("{}:{}", outcome.file, outcome.line),
                name: outcome.name.clone(),
                problem: outcome.problem.clone()?,
            })
        };
        let failed: Vec<Failure> = outcomes.iter().filter_map(failure).collect();
        let skipped = outcomes
            .iter()
            .filter(|outcome| is_skipped(outcome))
            .count();
        Self {
            file: file.to_owned(),
            passed: outcomes.len() - failed.len() - skipped,
            failed,
            skipped,
            not_shown,
            outcomes,
        }
    }
}

fn is_skipped(outcome: &ExampleOutcome) -> bool {
    outcome.actual.is_none() && outcome.problem.is_none()
}

fn text(results: &[Results]) -> String {
    let mut table = Table::new(&[
        ("policies", Align::Left),
        ("passed", Align::Right),
        ("failed", Align::Right),
        ("SQL only", Align::Right),
        ("shown by no example", Align::Left),
    ]);
    for result in results {
        table.row([
            result.file.clone(),
            result.passed.to_string(),
            result.failed.len().to_string(),
            result.skipped.to_string(),
            result.not_shown.join(", "),
        ]);
    }
    let mut text = table.text(width());
    for failure in results.iter().flat_map(|result| &result.failed) {
        text += &format!("{}: {}: {}\n", failure.place, failure.name, failure.problem);
    }
    if results.iter().any(|result| result.skipped > 0) {
        text += "examples in SQL alone need --database, which says what names mean\n";
    }
    text
}

fn cases(results: &[Results]) -> Vec<Case> {
    let of = |result: &Results| {
        let file = result.file.clone();
        let cases = result.outcomes.iter().map(move |outcome| Case {
            class: file.clone(),
            name: outcome.name.clone(),
            failure: outcome.problem.clone(),
            skipped: is_skipped(outcome),
        });
        cases.collect::<Vec<_>>()
    };
    results.iter().flat_map(of).collect()
}
