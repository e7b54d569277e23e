//! The scanner alone: all text fields of a batch, gathered, against the starter pack.

#![allow(clippy::cast_possible_truncation)] // a batch is small

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wiremask_benches::data::{Format, Recipe, ResultSet};
use wiremask_benches::in_process::starter;
use wiremask_rules::{ColumnContext, DetectorSetId, FieldRef, Ruleset};

/// Fields of one receive buffer's worth of rows.
struct Batch {
    buffer: Vec<u8>,
    fields: Vec<FieldRef>,
}

/// The block in batches of about 64 KiB on the wire. The last field of a COPY line has a line end,
/// all others are separated by tabs; each becomes a piece of its own, as the data path gathers them.
fn batches(rules: &Ruleset, rows: &ResultSet) -> Vec<Batch> {
    let set = rules.detector_set(&ColumnContext {
        name: "",
        type_name: "text",
    });
    assert_ne!(set, DetectorSetId::NONE);
    let mut batches = Vec::new();
    let mut batch = None;
    let mut rest = rows.block();
    while let Some(&[b'd', a, b, c, d]) = rest.first_chunk() {
        let end = 1 + u32::from_be_bytes([a, b, c, d]) as usize;
        let batch = batch.get_or_insert_with(|| Batch {
            buffer: Vec::new(),
            fields: Vec::new(),
        });
        for field in rest[5..end - 1].split(|byte| *byte == b'\t') {
            let start = batch.buffer.len() as u32;
            batch.buffer.extend_from_slice(field);
            let end = batch.buffer.len() as u32;
            batch.fields.push(FieldRef { start, end, set });
            batch.buffer.push(0);
        }
        rest = &rest[end..];
        if batch.buffer.len() >= 50_000 {
            batches.push(std::mem::replace(
                batch,
                Batch {
                    buffer: Vec::new(),
                    fields: Vec::new(),
                },
            ));
        }
    }
    batches.extend(batch);
    batches
}

fn scan(criterion: &mut Criterion) {
    let rules = starter();
    let mut group = criterion.benchmark_group("scan");
    group.sample_size(10);
    for percent in [0, 1, 20] {
        let rows = ResultSet::new(Recipe {
            columns: 12,
            density: f64::from(percent) / 100.0,
            format: Format::Copy,
        });
        let batches = batches(&rules, &rows);
        let mut scratch = rules.scratch();
        let mut matches = Vec::new();
        let mut findings = 0;
        for batch in &batches {
            matches.clear();
            rules.scan(&mut scratch, &batch.buffer, &batch.fields, &mut matches);
            findings += matches.len();
        }
        assert_eq!(findings, rows.planted.len(), "findings at {percent} %");
        let bytes: usize = batches.iter().map(|batch| batch.buffer.len()).sum();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(format!("starter/{percent}%"), |bencher| {
            bencher.iter(|| {
                for batch in &batches {
                    matches.clear();
                    rules.scan(&mut scratch, &batch.buffer, &batch.fields, &mut matches);
                }
                matches.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);
