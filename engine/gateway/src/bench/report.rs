//! What a measurement has shown: medians, and ratios within the run.

use super::Options;
use super::measure::{Kind, Route};
use serde::Serialize;
use std::fmt::Write as _;
use std::time::Duration;

/// Everything that was measured.
#[derive(Serialize)]
pub struct Report {
    version: &'static str,
    machine: Machine,
    rows: u32,
    columns: u16,
    format: &'static str,
    rounds: u16,
    seconds: f64,
    routes: Vec<Line>,
    expected: Vec<Expectation>,
}

/// Where it was measured.
#[derive(Serialize)]
pub struct Machine {
    /// As the kernel names it.
    pub processor: String,
    processors: usize,
    /// Its release.
    pub kernel: String,
}

/// One route; medians.
#[derive(Serialize)]
struct Line {
    route: String,
    density_percent: f64,
    rows_per_second: f64,
    gib_per_second: f64,
    /// Of the process between client and server.
    cpu_seconds_per_gib: Option<f64>,
    first_row_us: f64,
    /// More than directly.
    added_first_row_us: f64,
    one_row_p50_us: f64,
    one_row_p99_us: f64,
    added_one_row_p50_us: f64,
}

/// A promise and how it went.
#[derive(Serialize)]
struct Expectation {
    what: String,
    limit: f64,
    measured: f64,
    kept: bool,
}

impl Report {
    /// Sums up. The first route is the direct one.
    pub fn new(options: &Options, routes: &[Route]) -> Result<Self, String> {
        let direct = routes.first().ok_or("nothing was measured")?;
        let (direct_first, direct_small) =
            (at(&direct.first_rows, 50), at(&direct.small_queries, 50));
        let lines: Vec<Line> = routes
            .iter()
            .map(|route| {
                let of = |value: fn(&super::measure::Round) -> f64| {
                    median(route.rounds.iter().map(value))
                };
                let cpu: Option<Vec<f64>> =
                    route.rounds.iter().map(|round| round.cpu_per_gib).collect();
                let first = at(&route.first_rows, 50);
                let small = at(&route.small_queries, 50);
                Line {
                    route: route.name(),
                    density_percent: route.percent,
                    rows_per_second: of(|round| round.rows_per_second),
                    gib_per_second: of(|round| round.bytes_per_second) / f64::from(1 << 30),
                    cpu_seconds_per_gib: cpu.map(|cpu| median(cpu.into_iter())),
                    first_row_us: first,
                    added_first_row_us: first - direct_first,
                    one_row_p50_us: small,
                    one_row_p99_us: at(&route.small_queries, 99),
                    added_one_row_p50_us: small - direct_small,
                }
            })
            .collect();
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            machine: Machine::this(),
            rows: options.rows,
            columns: options.columns,
            format: options.format.name(),
            rounds: options.rounds,
            seconds: options.seconds,
            expected: expectations(routes, &lines),
            routes: lines,
        })
    }

    /// As one JSON object.
    pub fn json(&self) -> Result<String, String> {
        let json = serde_json::to_string_pretty(self);
        json.map(|json| json + "\n")
            .map_err(|_| "the report cannot be written as JSON".to_owned())
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{} rows of {} columns as {}; medians of {} rounds of {} s\n{} ({} processors), Linux {}\n",
            self.rows,
            self.columns,
            self.format,
            self.rounds,
            self.seconds,
            self.machine.processor,
            self.machine.processors,
            self.machine.kernel,
        );
        let _ = writeln!(
            out,
            "{:<26}{:>12}{:>8}{:>10}{:>12}{:>12}{:>12}{:>10}",
            "", "rows/s", "GiB/s", "CPU s/GiB", "first row", "one row p50", "p99", "added p50"
        );
        for line in &self.routes {
            let cpu = line.cpu_seconds_per_gib;
            let cpu = cpu.map_or("-".to_owned(), |cpu| format!("{cpu:.3}"));
            let _ = writeln!(
                out,
                "{:<26}{:>12.0}{:>8.3}{:>10}{:>9.0} us{:>9.0} us{:>9.0} us{:>7.0} us",
                line.route,
                line.rows_per_second,
                line.gib_per_second,
                cpu,
                line.first_row_us,
                line.one_row_p50_us,
                line.one_row_p99_us,
                line.added_one_row_p50_us,
            );
        }
        out.push('\n');
        for expectation in &self.expected {
            let Expectation {
                what,
                limit,
                measured,
                kept,
            } = expectation;
            let kept = if *kept { "yes" } else { "NO" };
            let _ = writeln!(out, "{kept:<4}{what} {limit}: {measured:.2}");
        }
        out
    }
}

/// What issue 2 of the project expects.
fn expectations(routes: &[Route], lines: &[Line]) -> Vec<Expectation> {
    let line = |kind: Kind, percent: Option<f64>| {
        let found = routes
            .iter()
            .position(|route| route.kind == kind && percent.is_none_or(|p| p == route.percent));
        found.and_then(|found| lines.get(found))
    };
    let mut expected = Vec::new();
    let mut expect = |what: &str, limit: f64, measured: f64, kept: bool| {
        expected.push(Expectation {
            what: what.to_owned(),
            limit,
            measured,
            kept,
        });
    };
    let unruled = line(Kind::WithoutRules, None);
    let relay_cpu = line(Kind::Relay, None).and_then(|line| line.cpu_seconds_per_gib);
    if let Some((cpu, relay)) = unruled
        .and_then(|line| line.cpu_seconds_per_gib)
        .zip(relay_cpu)
    {
        let ratio = cpu / relay;
        let what = "without rules, CPU per GiB over that of the byte relay is at most";
        expect(what, 1.5, ratio, ratio <= 1.5);
    }
    if let Some((unruled, masked)) = unruled.zip(line(Kind::Starter, Some(1.0))) {
        let ratio = masked.rows_per_second / unruled.rows_per_second;
        let what = "with the starter pack at 1 %, rows/s over those without rules are at least";
        expect(what, 0.5, ratio, ratio >= 0.5);
        if let Some((unruled, masked)) = unruled.cpu_seconds_per_gib.zip(masked.cpu_seconds_per_gib)
        {
            let ratio = unruled / masked;
            let what =
                "the same by processor time, which a busy machine does not distort, at least";
            expect(what, 0.5, ratio, ratio >= 0.5);
        }
        let added = masked.added_first_row_us / 1000.0;
        let what = "with the starter pack at 1 %, the first row comes later by less than (ms)";
        expect(what, 1.0, added, added < 1.0);
    }
    expected
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// This percentile in microseconds.
fn at(times: &[Duration], percent: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    let rank = last * percent / 100;
    times
        .get(rank)
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
}

impl Machine {
    /// This one.
    pub fn this() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let names: Vec<&str> = cpuinfo
            .lines()
            .filter(|line| line.starts_with("model name"))
            .filter_map(|line| line.split_once(": "))
            .map(|(_, name)| name)
            .collect();
        Self {
            processor: (*names.first().unwrap_or(&"unknown processor")).to_owned(),
            processors: names.len(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_sorted_times() {
        let times: Vec<Duration> = (0..=100).rev().map(Duration::from_micros).collect();
        assert!((at(&times, 50) - 50.0).abs() < 1e-6);
        assert!((at(&times, 99) - 99.0).abs() < 1e-6);
        assert!(at(&[], 50).is_nan());
    }
}
