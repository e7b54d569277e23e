//! Long texts: JSON and logs of the same rows, and text that no rule was made with.

use crate::group;
use crate::others::Others;
use crate::values::{self, Batch};
use criterion::Criterion;
use std::hint::black_box;
use std::sync::Arc;
use wiremask_benches::data::{Format, Recipe, ResultSet};
use wiremask_benches::texts;
use wiremask_rules::{ColumnContext, Gather, Ruleset};

/// Bytes of a batch, about: what one receive buffer holds.
const BATCH: usize = 64 * 1024;
/// Bytes of real text, about.
const REAL: usize = 2 << 20;

/// JSON and logs at each density, then real text and what stands in for it.
pub fn compare(criterion: &mut Criterion, scanners: &[(&str, Arc<Ruleset>)], others: &mut Others) {
    for percent in [0, 1, 20] {
        let rows = ResultSet::new(Recipe {
            columns: 12,
            density: f64::from(percent) / 100.0,
            format: Format::Copy,
        });
        for (kind, values) in [("json", texts::json(&rows)), ("log", texts::log(&rows))] {
            let name = format!("{kind} {percent}%");
            let found = text(criterion, &name, values, scanners, others);
            assert!(found >= rows.planted.len(), "{found} findings in {name}");
        }
    }
    for (name, values) in [
        ("source", texts::source(REAL)),
        ("changelog", texts::changelogs(REAL)),
        ("cjk", texts::cjk(REAL)),
    ] {
        if values.is_empty() {
            eprintln!("{name} is left out: this machine has none");
            continue;
        }
        text(criterion, name, values, scanners, others);
    }
}

/// All scanners over one kind of text. Returns the number of findings.
fn text(
    criterion: &mut Criterion,
    name: &str,
    values: Vec<String>,
    scanners: &[(&str, Arc<Ruleset>)],
    others: &mut Others,
) -> usize {
    let bytes = values.iter().map(String::len).sum();
    let count = values.len();
    let mut batches = batches(values);
    let mut group = group(criterion, name, bytes);
    let mut buffer = vec![0; 2 * BATCH];
    group.bench_function("memcpy", |bencher| {
        bencher.iter(|| {
            for piece in batches
                .iter()
                .flat_map(|batch| batch.joined.as_bytes().chunks(BATCH))
            {
                buffer[..piece.len()].copy_from_slice(black_box(piece));
                black_box(&mut buffer);
            }
        });
    });
    let found = values::scan(&mut group, scanners, |rules| gather(rules, &batches));
    eprintln!("{name}: {count} values, {bytes} bytes, {found} findings");
    values::others(&mut group, others, &mut batches);
    found
}

/// Values in batches of one receive buffer.
fn batches(values: Vec<String>) -> Vec<Batch> {
    let mut batches = Vec::new();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for value in values {
        bytes += value.len();
        batch.push(value);
        if bytes >= BATCH {
            batches.push(Batch::new(std::mem::take(&mut batch)));
            bytes = 0;
        }
    }
    if !batch.is_empty() {
        batches.push(Batch::new(batch));
    }
    batches
}

fn gather(rules: &Ruleset, batches: &[Batch]) -> Vec<Gather> {
    let set = rules.detector_set(&ColumnContext {
        name: "",
        type_name: "text",
    });
    let gathered = |batch: &Batch| {
        let mut gathered = Gather::default();
        for (number, value) in (0..).zip(&batch.values) {
            gathered.add(value.as_bytes(), set, number);
        }
        gathered
    };
    batches.iter().map(gathered).collect()
}
