//! `rules scan` and `rules suggest`.

use super::Format;
use super::packs::{Packs, compile};
use super::source::{Sources, bar};
use super::table::{Align, Table, percent, width};
use crate::commands::{Outcome, print};
use clap::Args;
use serde::Serialize;
use std::fs;
use std::path::PathBuf;
use wiremask_rules::Ruleset;
use wiremask_tuning::decide::{self, NameSays};
use wiremask_tuning::{Decision, Verdict, overlay};

/// Arguments of `rules scan`.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    packs: Packs,
    #[command(flatten)]
    deciding: Deciding,
    /// Also list columns in which nothing was found
    #[arg(long)]
    all: bool,
    /// How the report is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Arguments of `rules suggest`.
#[derive(Clone, Debug, Args)]
pub struct SuggestOptions {
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    packs: Packs,
    #[command(flatten)]
    deciding: Deciding,
    /// The name of the overlay's pack
    #[arg(long, value_name = "NAME", default_value = "overlay")]
    name: String,
    /// Where the overlay is written [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// How columns are decided.
#[derive(Clone, Debug, Args)]
pub struct Deciding {
    /// Do not look at names of tables and columns
    #[arg(long)]
    pub no_names: bool,
    /// Evidence that is needed to mask a column, as a logarithm of odds
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    pub threshold: f64,
}

impl Deciding {
    /// For the crate that decides.
    pub fn options(&self) -> decide::Options {
        decide::Options {
            names: !self.no_names,
            threshold: self.threshold,
        }
    }
}

/// The report of a scan.
#[derive(Serialize)]
struct Report<'r> {
    version: &'static str,
    packs: Vec<String>,
    columns: &'r [Decision],
}

/// Decides over tables with a bar.
pub fn decided(
    rules: &Ruleset,
    tables: &[wiremask_tuning::sample::Table],
    deciding: &Deciding,
) -> Vec<Decision> {
    let bar = bar();
    bar.set_length(tables.len() as u64);
    let mut decisions = Vec::new();
    for table in tables {
        if let Some(column) = table.columns.first() {
            bar.set_message(column.facts.table.clone());
        }
        decisions.extend(decide::decide_table(rules, table, deciding.options()));
        bar.inc(1);
    }
    bar.finish_and_clear();
    decisions
}

/// `wiremask rules scan`
pub fn run(options: &Options) -> Outcome {
    let rules = compile(&options.packs.sources()?, false)?;
    let tables = options.sources.read()?;
    let decisions = decided(&rules, &tables, &options.deciding);
    match options.format {
        Format::Json => {
            let report = Report {
                version: env!("CARGO_PKG_VERSION"),
                packs: options.packs.names(),
                columns: &decisions,
            };
            let json = serde_json::to_string_pretty(&report)
                .map_err(|_| "the report cannot be written as JSON".to_owned())?;
            print(&format!("{json}\n"))
        }
        Format::Text => print(&text(&decisions, options.all)),
    }
}

fn text(decisions: &[Decision], all: bool) -> String {
    let mut table = Table::new(&[
        ("column", Align::Left),
        ("type", Align::Left),
        ("distinct", Align::Right),
        ("verdict", Align::Left),
        ("entity", Align::Left),
        ("top rule", Align::Left),
        ("hit rate", Align::Right),
        ("chance", Align::Right),
        ("name", Align::Left),
        ("operator", Align::Left),
        ("why", Align::Left),
    ]);
    let shown = |decision: &&Decision| {
        all || decision.verdict != Verdict::Scan || !decision.found.is_empty()
    };
    let mut sorted: Vec<&Decision> = decisions.iter().filter(shown).collect();
    sorted.sort_by(|a, b| (a.verdict, &a.schema, &a.table).cmp(&(b.verdict, &b.schema, &b.table)));
    for decision in sorted {
        let masked = decision.verdict == Verdict::Mask;
        table.row([
            path(decision),
            decision.type_name.clone(),
            decision.distinct.to_string(),
            decision.verdict.as_str().to_owned(),
            if decision.verdict == Verdict::Scan {
                String::new()
            } else {
                decision.entity.clone()
            },
            decision.rule.clone(),
            if decision.rule.is_empty() {
                String::new()
            } else {
                percent(&decision.hits)
            },
            if decision.rule.is_empty() {
                String::new()
            } else {
                format!("{:.1} %", 100.0 * decision.chance)
            },
            if decision.name == NameSays::Nothing {
                String::new()
            } else {
                decision.name.as_str().to_owned()
            },
            if masked {
                operator(&decision.mask)
            } else {
                String::new()
            },
            decision.reasons.first().cloned().unwrap_or_default(),
        ]);
    }
    let count = |verdict| {
        decisions
            .iter()
            .filter(|decision| decision.verdict == verdict)
            .count()
    };
    let summary = format!(
        "{} columns: {} to mask, {} to ask about, {} to scan, {} to clear\n",
        decisions.len(),
        count(Verdict::Mask),
        count(Verdict::Ask),
        count(Verdict::Scan),
        count(Verdict::Clear)
    );
    if table.is_empty() {
        return summary;
    }
    format!("{}\n{summary}", table.text(width()))
}

/// `schema.table.column`
pub fn path(decision: &Decision) -> String {
    let parts = [&decision.schema, &decision.table, &decision.column];
    let parts: Vec<&str> = parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(String::as_str)
        .collect();
    parts.join(".")
}

/// The operator of a mask as a pack writes it.
pub fn operator(mask: &str) -> String {
    mask.split('"').nth(1).unwrap_or_default().to_owned()
}

/// `wiremask rules suggest`
pub fn suggest(options: &SuggestOptions) -> Outcome {
    let sources = options.packs.sources()?;
    let rules = compile(&sources, false)?;
    let tables = options.sources.read()?;
    let decisions = decided(&rules, &tables, &options.deciding);
    let text = overlay(&options.name, &[], &decisions);
    // What is written must be usable: compiled as it would be, over the same packs.
    let mut packs = sources;
    packs.push(wiremask_rules::PackSource {
        name: options.name.clone(),
        text: text.clone(),
    });
    compile(&packs, false)?;
    match &options.out {
        None => print(&text),
        Some(path) => {
            fs::write(path, &text)
                .map_err(|error| format!("{}: {}", path.display(), error.kind()))?;
            let count = |verdict| {
                decisions
                    .iter()
                    .filter(|decision| decision.verdict == verdict)
                    .count()
            };
            print(&format!(
                "{}: {} columns masked, {} cleared, {} to be decided by you\n",
                path.display(),
                count(Verdict::Mask),
                count(Verdict::Clear),
                count(Verdict::Ask)
            ))
        }
    }
}
