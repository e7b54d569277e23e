//! Packs of 60, 250 and 1,000 detectors: what compiling takes, and how fast they scan.
//!
//! The rows are those of the other benches. How the detectors are found is printed, so that a record
//! holds it; `auto` may take Hyperscan beside windows, `windows` does not.

#![allow(clippy::cast_possible_truncation)] // a batch is small
#![allow(clippy::print_stdout)] // what belongs into a record

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wiremask_benches::data::{Format, Recipe, ResultSet};
use wiremask_benches::packs::pack;
use wiremask_rules::{Backend, ColumnContext, CompileOptions, Gather, Keys, Route, Ruleset};

/// Detectors of the packs.
const SIZES: [usize; 3] = [60, 250, 1_000];

/// Bytes of values in one batch.
const BATCH: usize = 50_000;

fn compile(detectors: usize, backend: Backend) -> Ruleset {
    let options = CompileOptions {
        backend,
        examples: false,
        ..CompileOptions::default()
    };
    let keys = Keys::from_secret("bench", b"a key for benchmarks, not a secret");
    Ruleset::compile(&pack(detectors), &keys, options).unwrap_or_else(|found| panic!("{found}"))
}

/// The values of the rows, in batches.
fn batches(rules: &Ruleset, rows: &ResultSet) -> (Vec<Gather>, usize) {
    let set = rules.detector_set(&ColumnContext {
        name: "",
        type_name: "text",
    });
    let (mut batches, mut batch) = (Vec::new(), Gather::default());
    let (mut len, mut total) = (0, 0);
    let mut rest = rows.block();
    while let Some(&[b'd', a, b, c, d]) = rest.first_chunk() {
        let end = 1 + u32::from_be_bytes([a, b, c, d]) as usize;
        for field in rest[5..end - 1].split(|byte| *byte == b'\t') {
            batch.add(field, set, batch.len() as u32);
            len += field.len() + 1;
        }
        rest = &rest[end..];
        if len >= BATCH {
            batches.push(std::mem::take(&mut batch));
            total += std::mem::take(&mut len);
        }
    }
    batches.push(batch);
    (batches, total + len)
}

fn packs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("packs/compile");
    group.sample_size(10);
    for detectors in SIZES {
        group.bench_function(detectors.to_string(), |bencher| {
            bencher.iter(|| black_box(compile(detectors, Backend::Auto)));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("packs/scan");
    group.sample_size(10);
    for detectors in SIZES {
        for (name, backend) in [("auto", Backend::Auto), ("windows", Backend::Windows)] {
            let rules = compile(detectors, backend);
            describe(name, &rules);
            for percent in [0, 1] {
                let rows = ResultSet::new(Recipe {
                    columns: 12,
                    density: f64::from(percent) / 100.0,
                    format: Format::Copy,
                });
                let (mut batches, bytes) = batches(&rules, &rows);
                let (mut scratch, mut matches) = (rules.scratch(), Vec::new());
                group.throughput(Throughput::Bytes(bytes as u64));
                group.bench_function(format!("{name}/{detectors}/{percent}%"), |bencher| {
                    bencher.iter(|| {
                        for batch in &mut batches {
                            matches.clear();
                            rules.scan_gathered(&mut scratch, batch, &mut matches);
                        }
                        matches.len()
                    });
                });
            }
        }
    }
    group.finish();
}

/// Prints how the detectors are found.
#[allow(clippy::print_stdout)] // a record keeps what a bench prints
fn describe(name: &str, rules: &Ruleset) {
    let plan = rules.scan_plan();
    let hyperscan = plan.iter().filter(|one| one.route == Route::Hyperscan);
    let windows: usize = plan.iter().map(|one| one.windows).sum();
    let slow = plan.iter().filter(|one| one.warning.is_some());
    println!(
        "{name}: {} detectors by {}, {} of them by hyperscan, {windows} windows, {} slow",
        plan.len(),
        rules.scanner(),
        hyperscan.count(),
        slow.count()
    );
}

criterion_group!(benches, packs);
criterion_main!(benches);
