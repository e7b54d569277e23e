//! `wiremask bench rules`: what each detector costs on somebody's own data.
//!
//! The values of a sample are gathered as the data path gathers them, in batches of one receive buffer, and
//! scanned again and again; the fastest pass counts. A detector's cost is what a scan with it alone takes
//! longer than a scan of the same values with none. Other scanners, a copy of the same bytes, and invented
//! rows of several densities are measured beside them.

mod measure;
mod page;
mod report;

use super::tell;
use crate::commands::{Outcome, print};
use crate::sample::{Sample, Table};
use report::{Density, Detector, Report, Speed};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use wiremask_benches::data::{Format, Recipe, ResultSet};
use wiremask_rules::{Backend, Keys, PackSource, RuleId, RuleKind, Ruleset};

/// Shares of fields with something sensitive, in percent.
const DENSITIES: [f64; 5] = [0.0, 0.2, 1.0, 5.0, 20.0];

/// All scanners, the fastest first.
const BACKENDS: [Backend; 5] = [
    Backend::Avx512Windows,
    Backend::Avx2Windows,
    Backend::ScalarWindows,
    Backend::Hyperscan,
    Backend::Portable,
];

/// Arguments of `bench rules`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Rule packs in layers: a built-in name, or a TOML file
    #[arg(long = "pack", value_name = "NAME|FILE", default_values = ["starter"])]
    packs: Vec<String>,
    /// A file with the data to measure on: .csv, .tsv, .jsonl, or text with a value a line; - is standard
    /// input, as CSV. Without a sample rows are invented
    #[arg(long, value_name = "FILE", conflicts_with = "database")]
    sample: Option<PathBuf>,
    /// A server with the data to measure on; its password may be in PGPASSWORD
    #[arg(long, value_name = "URL", requires = "table")]
    database: Option<String>,
    /// The table to measure on
    #[arg(long, value_name = "SCHEMA.TABLE", requires = "database")]
    table: Option<String>,
    /// Rows of the sample at most
    #[arg(long, value_name = "NUMBER", default_value_t = 20_000,
          value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    rows: u32,
    /// Time for each measurement
    #[arg(long, value_name = "SECONDS", default_value_t = 0.1, value_parser = super::seconds)]
    seconds: f64,
    /// Write a page with plots, which needs nothing but a browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
}

/// `wiremask bench rules`
pub fn run(options: &Options) -> Outcome {
    let packs: Vec<PackSource> = options
        .packs
        .iter()
        .map(|pack| source(pack))
        .collect::<Result<_, _>>()?;
    let rules = compile(&packs, Backend::Auto)?;
    let (source, sample) = options.sample()?;
    let time = Duration::from_secs_f64(options.seconds);
    let show = |text: &str| tell(options.json, text);
    let all = measure::all(&rules, &sample);
    if all.fields == 0 {
        return Err(format!(
            "{source}: no detector of these packs looks at any of its columns"
        ));
    }
    let starts = measure::starts(&rules, &all);
    let mut detectors = Vec::new();
    for (id, info) in (0..).map(RuleId).zip(rules.rules()) {
        if info.kind != RuleKind::Detector {
            continue;
        }
        show(&format!("detector {}", info.name));
        let alone = measure::alone(&rules, &sample, id);
        let counts = starts[id.index()];
        detectors.push(Detector::new(info, counts, &alone, || {
            let without = measure::without(&rules, &sample, id);
            measure::added(&rules, &alone, &without, time)
        }));
    }
    detectors.sort_by(Detector::by_cost);
    let mut speeds = Vec::new();
    let mut densities: Vec<Density> = DENSITIES.map(Density::new).into();
    for backend in BACKENDS
        .into_iter()
        .filter(|backend| backend.available().is_ok())
    {
        let rules = compile(&packs, backend)?;
        show(&format!("scanner {}", rules.scanner()));
        let speed = |sample: &Sample| {
            let gathered = measure::all(&rules, sample);
            Speed::new(
                rules.scanner(),
                &gathered,
                measure::scan(&rules, &gathered, time),
            )
        };
        speeds.push(speed(&sample));
        for density in &mut densities {
            density
                .speeds
                .push(speed(&invented(density.percent, options.rows)));
        }
    }
    let copied = measure::copy(&all, time);
    show("");
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        machine: super::report::Machine::this(),
        packs: options.packs.clone(),
        sample: source,
        rows: sample.rows,
        columns: sample.columns.len(),
        fields: all.fields,
        bytes: all.bytes,
        scanner: rules.scanner(),
        ns_per_field: report::per_field(measure::scan(&rules, &all, time), all.fields),
        detectors,
        scanners: speeds,
        copy: Speed::new("copying the same bytes".to_owned(), &all, copied),
        densities,
    };
    if let Some(path) = &options.html {
        let written = std::fs::write(path, page::page(&report)?);
        written.map_err(|error| format!("{}: {}", path.display(), error.kind()))?;
    }
    print(&if options.json {
        report.json()?
    } else {
        report.text(options.html.as_deref())
    })?;
    Ok(ExitCode::SUCCESS)
}

impl Options {
    /// Where the sample comes from, and the sample.
    fn sample(&self) -> Result<(String, Sample), String> {
        let rows = self.rows as usize;
        match (&self.sample, &self.database, &self.table) {
            (Some(path), ..) => Ok((path.display().to_string(), Sample::from_file(path, rows)?)),
            (None, Some(url), Some(table)) => {
                Ok((format!("table {table}"), Table { url, table }.read(rows)?))
            }
            _ => Ok((
                "invented rows, 1 % sensitive".to_owned(),
                invented(1.0, self.rows),
            )),
        }
    }
}

/// A pack by its name or path.
fn source(pack: &str) -> Result<PackSource, String> {
    let text = match wiremask_rules::builtin(pack) {
        Some(text) => Ok(text.to_owned()),
        None => std::fs::read_to_string(Path::new(pack)),
    };
    let text = text.map_err(|error| {
        format!(
            "pack {pack}: {}; a name must be a built-in one or a path",
            error.kind()
        )
    })?;
    Ok(PackSource {
        name: pack.to_owned(),
        text,
    })
}

fn compile(packs: &[PackSource], backend: Backend) -> Result<Ruleset, String> {
    // Pseudonyms that nobody sees need no secret.
    let keys = Keys::from_secret("bench", b"a key for benchmarks, not a secret");
    Ruleset::compile(packs, &keys, backend).map_err(|found| found.to_string())
}

/// Up to so many invented rows, with so many percent of their fields sensitive.
fn invented(percent: f64, rows: u32) -> Sample {
    let invented = ResultSet::new(Recipe {
        columns: 12,
        density: percent / 100.0,
        format: Format::Copy,
    });
    Sample::invented(&invented, rows as usize)
}
