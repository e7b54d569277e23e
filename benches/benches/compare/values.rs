//! Values in the batches in which a session would scan them, for every scanner of a group.

use crate::others::Others;
use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;
use std::sync::Arc;
use wiremask_rules::{Gather, Match, Ruleset};

/// What one scan looks at, as text.
pub struct Batch {
    /// The values, in the order of their gathering.
    pub values: Vec<String>,
    /// The same with a line end behind each: what is given to a scanner that takes one text.
    pub joined: String,
}

impl Batch {
    /// Of these values.
    pub fn new(values: Vec<String>) -> Self {
        let mut joined = values.join("\n");
        joined.push('\n');
        Self { values, joined }
    }
}

/// All findings in gathered batches.
fn findings(rules: &Ruleset, batches: &mut [Gather]) -> Vec<Match> {
    let (mut scratch, mut found) = (rules.scratch(), Vec::new());
    for batch in batches {
        rules.scan_gathered(&mut scratch, batch, &mut found);
    }
    found
}

/// `scan, ...` for each of our scanners: `gather` gives the batches as its ruleset wants them. Returns
/// the number of findings.
///
/// # Panics
/// When two scanners differ in a finding.
pub fn scan(
    group: &mut BenchmarkGroup<'_, WallTime>,
    scanners: &[(&str, Arc<Ruleset>)],
    gather: impl Fn(&Ruleset) -> Vec<Gather>,
) -> usize {
    let mut first: Option<Vec<Match>> = None;
    for (name, rules) in scanners {
        let mut batches = gather(rules);
        let found = findings(rules, &mut batches);
        let expected = first.get_or_insert_with(|| found.clone());
        assert!(found == *expected, "{name} differs in a finding");

        let (mut scratch, mut matches) = (rules.scratch(), Vec::new());
        group.bench_function(format!("scan, {name}"), |bencher| {
            bencher.iter(|| {
                for batch in &mut batches {
                    matches.clear();
                    rules.scan_gathered(&mut scratch, batch, &mut matches);
                }
                matches.len()
            });
        });
    }
    first.map_or(0, |found| found.len())
}

/// What others scan with, over the same batches.
pub fn others(
    group: &mut BenchmarkGroup<'_, WallTime>,
    others: &mut Others,
    batches: &mut [Batch],
) {
    group.bench_function("hyperscan alone, batch", |bencher| {
        bencher.iter(|| {
            batches
                .iter()
                .map(|b| others.hyperscan(&b.joined))
                .sum::<usize>()
        });
    });
    group.bench_function("regex, batch", |bencher| {
        bencher.iter(|| {
            batches
                .iter()
                .map(|b| others.regex(&b.joined))
                .sum::<usize>()
        });
    });
    group.bench_function("dd-sds, batch", |bencher| {
        bencher.iter(|| {
            let found = batches
                .iter_mut()
                .map(|batch| others.dd_sds(&mut batch.joined));
            found.sum::<usize>()
        });
    });
}

/// The same, value by value.
pub fn others_per_field(
    group: &mut BenchmarkGroup<'_, WallTime>,
    others: &Others,
    batches: &mut [Batch],
) {
    group.bench_function("regex set, per field", |bencher| {
        let of = |batch: &Batch| {
            batch
                .values
                .iter()
                .map(|v| others.regex_set(v))
                .sum::<usize>()
        };
        bencher.iter(|| batches.iter().map(of).sum::<usize>());
    });
    group.bench_function("dd-sds, per field", |bencher| {
        bencher.iter(|| {
            let values = batches.iter_mut().flat_map(|batch| &mut batch.values);
            values.map(|value| others.dd_sds(value)).sum::<usize>()
        });
    });
}
