//! `rules eval` and `rules lab`.

use super::Format;
use super::machine::json_text;
use super::packs::{Packs, compile, source};
use super::scan::{Deciding, costs, decided, write_page};
use super::source::{Sampling, Sources, bar};
use super::table::{Align, Table, percent, width};
use crate::commands::{Outcome, print};
use clap::Args;
use serde::Serialize;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wiremask_rules::{PackSource, Ruleset};
use wiremask_tuning::chance::{self, Chance, Union};
use wiremask_tuning::eval::{Evaluation, Evaluator, Point, curve};
use wiremask_tuning::labels::{Labels, Strength, write_labels};
use wiremask_tuning::report::{Cost, Page};
use wiremask_tuning::sample::Table as Sampled;
use wiremask_tuning::stats::Share;
use wiremask_tuning::vectors::{EntityResult, vectors};
use wiremask_tuning::{lab as generator, overlay};

/// Arguments of `rules eval`.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The labels
    #[arg(value_name = "LABELS")]
    labels: PathBuf,
    /// URLs, files or folders with the data [default: the folder of the labels]
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    #[command(flatten)]
    sampling: Sampling,
    #[command(flatten)]
    packs: Packs,
    #[command(flatten)]
    deciding: Deciding,
    /// Measure how often random values pass: of each detector, and of all that need no context
    #[arg(long)]
    chance: bool,
    /// Write a page with tables and plots, which needs nothing but a browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// An overlay to evaluate instead of the one that would be suggested
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    /// How the report is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Arguments of `rules lab`.
#[derive(Clone, Debug, Args)]
pub struct LabOptions {
    /// The folder that the tables and labels.csv are written to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What decides every value
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Rows of each table
    #[arg(long, value_name = "NUMBER", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    rows: u64,
    /// Take the locales that are held out
    #[arg(long)]
    held_out: bool,
}

/// The report of an evaluation.
#[derive(Serialize)]
struct Report {
    version: &'static str,
    packs: Vec<String>,
    evaluations: Vec<Evaluation>,
    curve: Vec<Point>,
    curve_without_names: Vec<Point>,
    costs: Vec<Cost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chances: Option<Chances>,
}

/// How often random values pass.
#[derive(Serialize)]
struct Chances {
    detectors: Vec<Chance>,
    union: Vec<Union>,
}

/// `wiremask rules lab`
pub fn lab(options: &LabOptions) -> Outcome {
    let set = match options.held_out {
        true => generator::Set::HeldOut,
        false => generator::Set::Tuning,
    };
    let told = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| format!("{path}: {}", error.kind())
    };
    fs::create_dir_all(&options.out).map_err(told(&options.out))?;
    let tables = generator::lab(options.seed, set, options.rows);
    let mut labels = Vec::new();
    for table in &tables {
        let path = options.out.join(format!("{}.csv", table.name));
        fs::write(&path, &table.csv).map_err(told(&path))?;
        labels.extend(table.labels.iter().cloned());
    }
    let path = options.out.join("labels.csv");
    fs::write(&path, write_labels(&labels)).map_err(told(&path))?;
    let innocent = labels
        .iter()
        .filter(|label| label.strength == Strength::None)
        .count();
    print(&format!(
        "{}: {} tables, {} columns of which {innocent} are not sensitive, {} rows each\n",
        options.out.display(),
        tables.len(),
        labels.len(),
        options.rows
    ))
}

/// `wiremask rules eval`
pub fn run(options: &Options) -> Outcome {
    if options
        .labels
        .extension()
        .is_some_and(|ending| ending == "jsonl")
    {
        return texts(options);
    }
    let name = options.labels.display().to_string();
    let file = File::open(&options.labels).map_err(|error| format!("{name}: {}", error.kind()))?;
    let labels = Labels::read(BufReader::new(file)).map_err(|error| format!("{name}: {error}"))?;
    let packs = options.packs.sources()?;
    let rules = compile(&packs)?;
    let mut tables = options.tables()?;
    for column in tables.iter_mut().flat_map(|table| &mut table.columns) {
        let label = labels.of(&column.facts.table, &column.facts.column);
        if let Some(label) = label.filter(|label| !label.type_name.is_empty()) {
            column.facts.type_name.clone_from(&label.type_name);
        }
    }
    let variants = Variants {
        options,
        labels: &labels,
        packs: &packs,
        rules: &rules,
    };
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION"),
        packs: options.packs.names(),
        evaluations: Vec::new(),
        curve: Vec::new(),
        curve_without_names: Vec::new(),
        costs: match &options.html {
            Some(_) => costs(&rules, &tables),
            None => Vec::new(),
        },
        chances: options.chance.then(|| chances(&rules)),
    };
    report.curve = variants.add(&tables, None, &mut report.evaluations)?;
    if options.overlay.is_none() {
        let originals = anonymous(&mut tables);
        report.curve_without_names =
            variants.add(&tables, Some(&originals), &mut report.evaluations)?;
    }
    let leaks: u64 = report
        .evaluations
        .get(1)
        .map_or(0, |evaluation| evaluation.leaks);
    let breaks: u64 = report
        .evaluations
        .iter()
        .map(|evaluation| evaluation.type_breaks)
        .sum();
    if let Some(path) = &options.html {
        let about = format!(
            "Labels: {name}. Packs: {}. wiremask {}.",
            report.packs.join(", "),
            report.version
        );
        let page = Page {
            title: "How well the rules do",
            about: &about,
            evaluations: &report.evaluations,
            curve: &report.curve,
            curve_without_names: &report.curve_without_names,
            costs: &report.costs,
            ..Page::default()
        };
        write_page(path, &page)?;
    }
    match options.format {
        Format::Json => {
            print(&json_text(&report)?)?;
        }
        Format::Text => {
            print(&text(&report))?;
        }
    }
    Ok(if leaks == 0 && breaks == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Options {
    fn tables(&self) -> Result<Vec<Sampled>, String> {
        let folder = || {
            let folder = self
                .labels
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            vec![folder.unwrap_or(Path::new(".")).display().to_string()]
        };
        let sources = Sources {
            sources: if self.sources.is_empty() {
                folder()
            } else {
                self.sources.clone()
            },
            sampling: self.sampling.clone(),
        };
        sources.read()
    }
}

/// Takes the names of tables and columns away, and gives them back as a list.
fn anonymous(tables: &mut [Sampled]) -> Vec<Vec<(String, String)>> {
    let mut originals = Vec::new();
    for (number, table) in (1..).zip(tables.iter_mut()) {
        let mut of_table = Vec::new();
        for (at, column) in (1..).zip(&mut table.columns) {
            let facts = &mut column.facts;
            let table = std::mem::replace(&mut facts.table, format!("t{number}"));
            let column = std::mem::replace(&mut facts.column, format!("c{at}"));
            facts.comment.clear();
            of_table.push((table, column));
        }
        originals.push(of_table);
    }
    originals
}

struct Variants<'v> {
    options: &'v Options,
    labels: &'v Labels,
    packs: &'v [PackSource],
    rules: &'v Ruleset,
}

impl Variants<'_> {
    /// Evaluates the packs alone and with what would be decided, and gives the threshold curve.
    fn add(
        &self,
        tables: &[Sampled],
        originals: Option<&[Vec<(String, String)>]>,
        evaluations: &mut Vec<Evaluation>,
    ) -> Result<Vec<Point>, String> {
        let names = originals.is_none();
        let suffix = if names { "" } else { ", without names" };
        evaluations.push(self.evaluate(self.rules, tables, originals, &format!("packs{suffix}")));
        let mut packs = self.packs.to_vec();
        let deciding = Deciding {
            no_names: !names || self.options.deciding.no_names,
            ..self.options.deciding.clone()
        };
        let mut decisions = decided(self.rules, tables, &deciding);
        let with = match &self.options.overlay {
            Some(path) => {
                packs.push(source(&path.display().to_string())?);
                "overlay"
            }
            None => {
                packs.push(PackSource {
                    name: "decisions".to_owned(),
                    text: overlay("decisions", &[], &decisions),
                });
                "decisions"
            }
        };
        let decided = compile(&packs)?;
        evaluations.push(self.evaluate(
            &decided,
            tables,
            originals,
            &format!("packs and {with}{suffix}"),
        ));
        if let Some(originals) = originals {
            for (decision, (table, column)) in decisions.iter_mut().zip(originals.iter().flatten())
            {
                decision.table.clone_from(table);
                decision.column.clone_from(column);
            }
        }
        Ok(curve(&decisions, self.labels))
    }

    fn evaluate(
        &self,
        rules: &Ruleset,
        tables: &[Sampled],
        originals: Option<&[Vec<(String, String)>]>,
        variant: &str,
    ) -> Evaluation {
        let bar = bar();
        bar.set_length(tables.len() as u64);
        bar.set_message(variant.to_owned());
        let mut evaluator = Evaluator::new(rules);
        for (at, table) in tables.iter().enumerate() {
            for (column, sample) in table.columns.iter().enumerate() {
                let facts = &sample.facts;
                let original = originals.and_then(|names| names.get(at)?.get(column));
                let (table, name) = original
                    .map_or((&facts.table, &facts.column), |(table, column)| {
                        (table, column)
                    });
                if let Some(number) = evaluator.column(self.labels, table, name, facts.clone()) {
                    for (value, count) in sample.values() {
                        evaluator.cell(number, value, count);
                    }
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        evaluator.finish(variant)
    }
}

fn text(report: &Report) -> String {
    let mut summary = Table::new(&[
        ("", Align::Left),
        ("leaks", Align::Right),
        ("strong caught", Align::Right),
        ("form only", Align::Right),
        ("names, addresses", Align::Right),
        ("over-masked", Align::Right),
        ("type breaks", Align::Right),
        ("precision", Align::Right),
        ("F2", Align::Right),
    ]);
    for evaluation in &report.evaluations {
        summary.row([
            evaluation.variant.clone(),
            evaluation.leaks.to_string(),
            percent(&evaluation.strong),
            if evaluation.format.of == 0 {
                String::new()
            } else {
                percent(&evaluation.format)
            },
            percent(&evaluation.named),
            percent(&evaluation.over_masked),
            evaluation.type_breaks.to_string(),
            percent(&evaluation.scores.precision),
            format!("{:.3}", evaluation.scores.f2),
        ]);
    }
    let mut text = summary.text(width());
    for evaluation in &report.evaluations {
        text += &confusions(evaluation);
    }
    if let Some(chances) = &report.chances {
        text += &chances_text(chances);
    }
    text
}

fn chances(rules: &Ruleset) -> Chances {
    Chances {
        detectors: chance::chances(rules, 1, 2000),
        union: chance::union(rules, 1, 4000),
    }
}

fn chances_text(chances: &Chances) -> String {
    let mut table = Table::new(&[
        ("detector", Align::Left),
        ("declared", Align::Right),
        ("measured", Align::Right),
        ("", Align::Left),
    ]);
    for chance in &chances.detectors {
        let verdict = if chance.above {
            "above what is declared"
        } else {
            ""
        };
        table.row([
            chance.rule.clone(),
            format!("{:.2} %", 100.0 * chance.declared),
            percent(&chance.measured),
            verdict.to_owned(),
        ]);
    }
    let mut union = Table::new(&[
        ("random digits", Align::Right),
        ("found by detectors without context", Align::Right),
    ]);
    for length in &chances.union {
        union.row([length.length.to_string(), percent(&length.hits)]);
    }
    format!(
        "\nrandom values that pass\n{}\n{}",
        table.text(width()),
        union.text(width())
    )
}

/// The report on labelled texts.
#[derive(Serialize)]
struct Texts {
    version: &'static str,
    packs: Vec<String>,
    right: Share,
    entities: Vec<EntityResult>,
}

/// Evaluates on labelled texts.
fn texts(options: &Options) -> Outcome {
    let name = options.labels.display().to_string();
    let file = File::open(&options.labels).map_err(|error| format!("{name}: {}", error.kind()))?;
    let rules = compile(&options.packs.sources()?)?;
    let entities =
        vectors(&rules, BufReader::new(file)).map_err(|error| format!("{name}: {error}"))?;
    let supported = || entities.iter().filter(|entity| entity.supported);
    let right = Share::new(
        supported().map(|entity| entity.right).sum(),
        supported().map(|entity| entity.vectors).sum(),
    );
    if options.format == Format::Json {
        return print(&json_text(&Texts {
            version: env!("CARGO_PKG_VERSION"),
            packs: options.packs.names(),
            right,
            entities,
        })?);
    }
    let mut table = Table::new(&[
        ("entity", Align::Left),
        ("vectors", Align::Right),
        ("right", Align::Right),
        ("wrong lines", Align::Left),
    ]);
    for entity in &entities {
        let wrong: Vec<String> = (entity.wrong.iter())
            .map(|(line, what)| format!("{line}: {what}"))
            .collect();
        table.row([
            entity.entity.clone(),
            entity.vectors.to_string(),
            entity.right.to_string(),
            if entity.supported {
                wrong.join(", ")
            } else {
                "no detector protects it".to_owned()
            },
        ]);
    }
    print(&format!(
        "{}\nof entities with detectors right: {}\n",
        table.text(width()),
        percent(&right)
    ))
}

/// The columns of an evaluation in which something went wrong.
fn confusions(evaluation: &Evaluation) -> String {
    let mut table = Table::new(&[
        ("column", Align::Left),
        ("is", Align::Left),
        ("cells", Align::Right),
        ("caught", Align::Right),
        ("changed", Align::Right),
        ("rule", Align::Left),
        ("looks like", Align::Left),
    ]);
    for column in &evaluation.columns {
        let wrong = match column.strength {
            Strength::None => column.changed > 0,
            Strength::Strong | Strength::Named => column.caught < column.cells,
            Strength::Format | Strength::Weak => false,
        };
        if wrong || column.type_breaks > 0 {
            table.row([
                format!("{}.{}", column.table, column.column),
                if column.entity.is_empty() {
                    "–".to_owned()
                } else {
                    column.entity.clone()
                },
                column.cells.to_string(),
                column.caught.to_string(),
                column.changed.to_string(),
                column.rule.clone(),
                column.confusion.join("  "),
            ]);
        }
    }
    if table.is_empty() {
        return format!(
            "\n{}: nothing leaks, nothing is over-masked\n",
            evaluation.variant
        );
    }
    format!(
        "\n{}: where it goes wrong\n{}",
        evaluation.variant,
        table.text(width())
    )
}
