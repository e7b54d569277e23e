//! Prints what the bench `compare` measured as Markdown: one table for each kind of text.
//!
//! ```text
//! cargo run --release -p wiremask-benches --example table [target/criterion]
//! ```
//!
//! A cell is the median rate in GiB/s, then that rate by the rate of each yardstick in the same group of
//! the same run: `memcpy`, `parse and gather`, `hyperscan alone, batch` (which finds ends and nothing more)
//! and `scan, hyperscan` (exact findings). The fastest step comes first.

#![allow(clippy::print_stdout)] // the table

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Rates in bytes by nanosecond, by group and step.
type Rates = BTreeMap<String, BTreeMap<String, f64>>;

/// What every rate is divided by.
const YARDSTICKS: [&str; 4] = [
    "memcpy",
    "parse and gather",
    "hyperscan alone, batch",
    "scan, hyperscan",
];

fn main() -> io::Result<()> {
    let target = || env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(&target()).join("criterion"));
    let mut rates = Rates::new();
    for group in fs::read_dir(&folder)? {
        for step in subfolders(&group?.path()) {
            if let Some((group, step, rate)) = read(&step.join("new")) {
                rates.entry(group).or_default().insert(step, rate);
            }
        }
    }
    // `text 0%`, `text 1%` and `text 20%` are one table.
    let kind = |group: &str| group.split(' ').next().unwrap_or_default().to_owned();
    let mut tables: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for group in rates.keys() {
        tables.entry(kind(group)).or_default().push(group);
    }
    println!(
        "GiB/s / {}\n",
        YARDSTICKS.map(|step| format!("of `{step}`")).join(" / ")
    );
    for groups in tables.values_mut() {
        groups.sort_by_key(|group| (group.len(), *group)); // 1% before 20%
        print(&rates, groups);
    }
    Ok(())
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// Group, step and rate of one bench of the comparison.
fn read(folder: &Path) -> Option<(String, String, f64)> {
    let json = |name| -> Option<Value> {
        let text = fs::read_to_string(folder.join(name)).ok()?;
        serde_json::from_str(&text).ok()
    };
    let (bench, estimates) = (json("benchmark.json")?, json("estimates.json")?);
    let bytes = bench["throughput"]["Bytes"].as_f64()?;
    let median = estimates["median"]["point_estimate"].as_f64()?;
    let text = |key| Some(bench[key].as_str()?.to_owned());
    Some((text("group_id")?, text("function_id")?, bytes / median))
}

fn print(rates: &Rates, groups: &[&String]) {
    let rate = |group: &str, step: &str| rates.get(group)?.get(step).copied();
    let mut steps: Vec<&String> = groups
        .iter()
        .flat_map(|group| rates[*group].keys())
        .collect();
    let fastest = |step: &str| groups.iter().find_map(|group| rate(group, step));
    steps.sort_by(|a, b| fastest(b).partial_cmp(&fastest(a)).unwrap_or(a.cmp(b)));
    steps.dedup();
    let head: Vec<&str> = groups.iter().map(|group| group.as_str()).collect();
    println!("| step | {} |", head.join(" | "));
    println!("|---|{}", "---|".repeat(groups.len()));
    for step in steps {
        let cells = groups.iter().map(|group| {
            let Some(own) = rate(group, step) else {
                return "–".to_owned();
            };
            let of = YARDSTICKS.map(|yardstick| match rate(group, yardstick) {
                Some(other) => format!(" / {}", short(own / other)),
                None => " / –".to_owned(),
            });
            format!("{:.3}{}", own * 1e9 / f64::from(1 << 30), of.concat())
        });
        println!("| {step} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    println!();
}

/// Two or three digits that count.
fn short(ratio: f64) -> String {
    match ratio {
        10.0.. => format!("{ratio:.0}"),
        1.0.. => format!("{ratio:.1}"),
        0.1.. => format!("{ratio:.2}"),
        0.01.. => format!("{ratio:.3}"),
        _ => format!("{ratio:.4}"),
    }
}
