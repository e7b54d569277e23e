//! What was measured, for people and for programs. It holds names and numbers, never a value.

use super::measure::{Counts, Gathered};
use crate::bench::report::Machine;
use serde::Serialize;
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use wiremask_rules::RuleInfo;

/// Everything that was measured.
#[derive(Serialize)]
pub struct Report {
    pub version: &'static str,
    pub machine: Machine,
    pub packs: Vec<String>,
    pub sample: String,
    pub rows: usize,
    pub columns: usize,
    /// Values that a detector looks at.
    pub fields: usize,
    /// Bytes of them.
    pub bytes: usize,
    pub scanner: String,
    /// A scan with all detectors.
    pub ns_per_field: f64,
    /// The dearest first.
    pub detectors: Vec<Detector>,
    pub scanners: Vec<Speed>,
    pub copy: Speed,
    pub densities: Vec<Density>,
}

/// What one detector costs.
#[derive(Serialize)]
pub struct Detector {
    pub name: String,
    pub entity: String,
    pub pack: String,
    /// Values that it looks at.
    pub fields: usize,
    /// Places where it may begin and was tried, for each thousand values.
    pub starts_per_1000_fields: f64,
    pub matches: u64,
    /// What it adds to a scan, for each value that it looks at; nothing where it looks at none.
    pub ns_per_field: Option<f64>,
}

/// How fast a sample was scanned.
#[derive(Serialize)]
pub struct Speed {
    pub scanner: String,
    pub gib_per_second: f64,
    pub ns_per_field: f64,
}

/// Invented rows with so many percent of their fields sensitive.
#[derive(Serialize)]
pub struct Density {
    pub percent: f64,
    pub speeds: Vec<Speed>,
}

impl Detector {
    /// `cost` measures; it is asked only if there is something to look at.
    pub fn new(
        info: &RuleInfo,
        counts: Counts,
        alone: &Gathered,
        cost: impl FnOnce() -> Duration,
    ) -> Self {
        let fields = alone.fields;
        Self {
            name: info.name.clone(),
            entity: info.entity.clone(),
            pack: info.pack.clone(),
            fields,
            starts_per_1000_fields: counts.starts as f64 * 1000.0 / fields.max(1) as f64,
            matches: counts.matches,
            ns_per_field: (fields > 0).then(|| per_field(cost(), fields)),
        }
    }

    /// The dearest first, then by name.
    pub fn by_cost(&self, other: &Self) -> Ordering {
        let cost = |detector: &Self| detector.ns_per_field.unwrap_or(-1.0);
        let dearer = cost(other).total_cmp(&cost(self));
        dearer.then_with(|| self.name.cmp(&other.name))
    }
}

impl Speed {
    pub fn new(scanner: String, gathered: &Gathered, time: Duration) -> Self {
        Self {
            scanner,
            gib_per_second: gathered.bytes as f64 / time.as_secs_f64() / f64::from(1 << 30),
            ns_per_field: per_field(time, gathered.fields),
        }
    }
}

impl Density {
    pub fn new(percent: f64) -> Self {
        Self {
            percent,
            speeds: Vec::new(),
        }
    }
}

/// Nanoseconds for each value.
pub fn per_field(time: Duration, fields: usize) -> f64 {
    time.as_secs_f64() * 1e9 / fields.max(1) as f64
}

impl Report {
    /// As one JSON object.
    pub fn json(&self) -> Result<String, String> {
        let json = serde_json::to_string_pretty(self);
        json.map(|json| json + "\n")
            .map_err(|_| "the report cannot be written as JSON".to_owned())
    }

    /// For people.
    pub fn text(&self, page: Option<&Path>) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{}: {} rows, {} columns; {} values of {} bytes are looked at\n\
             packs {}; scanner {}, {:.2} ns a value with all detectors\n",
            self.sample,
            self.rows,
            self.columns,
            self.fields,
            self.bytes,
            self.packs.join(", "),
            self.scanner,
            self.ns_per_field,
        );
        let _ = writeln!(
            out,
            "{:<28}{:>12}{:>18}{:>10}{:>14}",
            "detector", "values", "starts per 1000", "matches", "ns per value"
        );
        for detector in &self.detectors {
            let cost = detector.ns_per_field;
            let _ = writeln!(
                out,
                "{:<28}{:>12}{:>18.2}{:>10}{:>14}",
                detector.name,
                detector.fields,
                detector.starts_per_1000_fields,
                detector.matches,
                cost.map_or("-".to_owned(), |cost| format!("{cost:.3}")),
            );
        }
        let _ = writeln!(
            out,
            "\n{:<28}{:>12}{:>18}",
            "scanner", "GiB/s", "ns per value"
        );
        for speed in self.scanners.iter().chain([&self.copy]) {
            let _ = writeln!(
                out,
                "{:<28}{:>12.3}{:>18.2}",
                speed.scanner, speed.gib_per_second, speed.ns_per_field
            );
        }
        let _ = write!(out, "\n{:<28}", "GiB/s at density");
        for density in &self.densities {
            let _ = write!(out, "{:>9} %", density.percent);
        }
        out.push('\n');
        for (at, speed) in self.scanners.iter().enumerate() {
            let _ = write!(out, "{:<28}", speed.scanner);
            for density in &self.densities {
                let speed = density.speeds.get(at);
                let _ = write!(
                    out,
                    "{:>11.3}",
                    speed.map_or(f64::NAN, |s| s.gib_per_second)
                );
            }
            out.push('\n');
        }
        if let Some(page) = page {
            let _ = writeln!(out, "\nwrote {}", page.display());
        }
        out
    }
}
