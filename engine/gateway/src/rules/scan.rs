//! `rules scan` and `rules suggest`.

use super::Format;
use super::constraints;
use super::machine::json_text;
use super::packs::{Packs, compile, pinned};
use super::source::{Sources, bar};
use super::table::{Align, Table, percent, width};
use crate::commands::{Outcome, print};
use clap::Args;
use serde::Serialize;
use std::fs;
use std::hint::black_box;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use wiremask_rules::{ColumnContext, Gather, PackSource, RuleId, RuleKind, Ruleset};
use wiremask_tuning::decide::{self, NameSays};
use wiremask_tuning::keys::{Constraints, KeyWarning, check};
use wiremask_tuning::report::{Cost, Page, page};
use wiremask_tuning::sample::Table as Sampled;
use wiremask_tuning::{Decision, Verdict, keep_joins, overlay};

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
    /// Write a page with tables and plots, which needs nothing but a browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Also print three values of each listed column as they are
    #[arg(long)]
    reveal: bool,
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
    /// The keys of databases; `rules lint --source` reads them from here.
    constraints: &'r Constraints,
    /// What the masks would break.
    warnings: &'r [KeyWarning],
}

/// Decides over tables with a bar.
pub fn decided(rules: &Ruleset, tables: &[Sampled], deciding: &Deciding) -> Vec<Decision> {
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
    let packs = options.packs.sources()?;
    let rules = compile(&packs)?;
    let tables = options.sources.read()?;
    let keys = constraints::of_databases(&options.sources.sources)?;
    let mut decisions = decided(&rules, &tables, &options.deciding);
    keep_joins(&rules, &mut decisions, &tables, &keys);
    let warnings = match keys == Constraints::default() {
        true => Vec::new(),
        false => broken_keys(&packs, "overlay", (&decisions, &tables), &keys)?.1,
    };
    if let Some(path) = &options.html {
        let about = format!(
            "{} columns of {} tables. Packs: {}. wiremask {}.",
            decisions.len(),
            tables.len(),
            options.packs.names().join(", "),
            env!("CARGO_PKG_VERSION")
        );
        let costs = costs(&rules, &tables);
        let page = Page {
            title: "Columns of this data",
            about: &about,
            decisions: &decisions,
            costs: &costs,
            ..Page::default()
        };
        write_page(path, &page)?;
    }
    let revealed = match options.reveal {
        true => revealed(&tables),
        false => Vec::new(),
    };
    match options.format {
        Format::Json => print(&json_text(&Report {
            version: env!("CARGO_PKG_VERSION"),
            packs: options.packs.names(),
            columns: &decisions,
            constraints: &keys,
            warnings: &warnings,
        })?),
        Format::Text => {
            let warnings = warnings
                .iter()
                .map(|warning| format!("warning: {}\n", warning.message));
            let text = text(&decisions, &revealed, options.all);
            print(&(text + &warnings.collect::<String>()))
        }
    }
}

/// Three values of each column, as they are.
fn revealed(tables: &[Sampled]) -> Vec<String> {
    let three = |column: &wiremask_tuning::sample::Column| {
        let values = column.values().take(3);
        let values: Vec<String> = values
            .map(|(value, _)| String::from_utf8_lossy(value).chars().take(40).collect())
            .collect();
        values.join(" | ")
    };
    tables
        .iter()
        .flat_map(|table| &table.columns)
        .map(three)
        .collect()
}

fn text(decisions: &[Decision], revealed: &[String], all: bool) -> String {
    let last = if revealed.is_empty() { "why" } else { "values" };
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
        (last, Align::Left),
    ]);
    let shown = |(_, decision): &(usize, &Decision)| {
        all || decision.verdict != Verdict::Scan || !decision.found.is_empty()
    };
    let mut sorted: Vec<(usize, &Decision)> = decisions.iter().enumerate().filter(shown).collect();
    sorted.sort_by_key(|(_, decision)| (decision.verdict, &decision.schema, &decision.table));
    for (number, decision) in sorted {
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
            match revealed.get(number) {
                Some(values) => values.clone(),
                None => decision.reasons.first().cloned().unwrap_or_default(),
            },
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

/// What the masks of packs with a suggested overlay break.
fn broken_keys(
    sources: &[PackSource],
    name: &str,
    (decisions, tables): (&[Decision], &[Sampled]),
    keys: &Constraints,
) -> Result<(String, Vec<KeyWarning>), String> {
    let text = overlay(name, &pinned(sources), decisions);
    // What is written must be usable: compiled as it would be, over the same packs.
    let mut packs = sources.to_vec();
    packs.push(PackSource {
        name: name.to_owned(),
        text: text.clone(),
    });
    let warnings = check(&compile(&packs)?, keys, tables);
    Ok((text, warnings))
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
    let rules = compile(&sources)?;
    let tables = options.sources.read()?;
    let keys = constraints::of_databases(&options.sources.sources)?;
    let mut decisions = decided(&rules, &tables, &options.deciding);
    keep_joins(&rules, &mut decisions, &tables, &keys);
    let (text, warnings) = broken_keys(&sources, &options.name, (&decisions, &tables), &keys)?;
    for warning in &warnings {
        writeln!(io::stderr(), "warning: {}", warning.message)
            .map_err(|error| error.kind().to_string())?;
    }
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

/// Writes a page.
///
/// # Errors
/// When it cannot be written.
pub fn write_page(path: &Path, of: &Page<'_>) -> Result<(), String> {
    fs::write(path, page(of)).map_err(|error| format!("{}: {}", path.display(), error.kind()))
}

/// Values that the cost of rules is measured on, at most.
const COST_VALUES_MAX: usize = 8_000;

/// For how long each rule is measured.
const COST_TIME: Duration = Duration::from_millis(3);

/// What each detector costs alone, on the columns that it looks at: the fastest of several passes.
#[allow(clippy::cast_precision_loss)]
pub fn costs(rules: &Ruleset, tables: &[Sampled]) -> Vec<Cost> {
    let bar = bar();
    bar.set_length(rules.rules().len() as u64);
    bar.set_message("cost of each rule");
    let mut costs = Vec::new();
    let mut scratch = rules.scratch();
    for (index, info) in (0_u16..).zip(rules.rules()) {
        bar.inc(1);
        if info.kind != RuleKind::Detector {
            continue;
        }
        let mut gather = Gather::default();
        let mut values = 0;
        for column in tables.iter().flat_map(|table| &table.columns) {
            let context = ColumnContext {
                name: &column.facts.column,
                type_name: &column.facts.type_name,
            };
            let Some(set) = rules.detector_set_alone(&context, RuleId(index)) else {
                continue;
            };
            for (value, _) in column.values().take(COST_VALUES_MAX - values) {
                gather.add(value, set, 0);
                values += 1;
            }
        }
        if values == 0 {
            continue;
        }
        let begin = Instant::now();
        let mut fastest = Duration::MAX;
        let mut matches = Vec::new();
        while fastest == Duration::MAX || begin.elapsed() < COST_TIME {
            matches.clear();
            let start = Instant::now();
            rules.scan_gathered(&mut scratch, &mut gather, &mut matches);
            black_box(&matches);
            fastest = fastest.min(start.elapsed());
        }
        costs.push(Cost {
            rule: info.name.clone(),
            ns_per_field: fastest.as_nanos() as f64 / values as f64,
        });
    }
    bar.finish_and_clear();
    costs
}
