//! Rows through a session with the starter pack: framing, gathering, scanning, masking, re-framing.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::sync::Arc;
use wiremask_benches::data::{Format, Recipe, ResultSet};
use wiremask_benches::in_process::{Stream, starter};
use wiremask_benches::upstream::{Database, Table};

fn mask(criterion: &mut Criterion) {
    let rules = starter();
    let mut group = criterion.benchmark_group("mask");
    group.sample_size(10);
    for format in Format::ALL {
        for percent in [0, 1, 20] {
            let table = Table {
                name: "bench_mask".to_owned(),
                rows: ResultSet::new(Recipe {
                    columns: 12,
                    density: f64::from(percent) / 100.0,
                    format,
                }),
            };
            let database = Arc::new(Database {
                tables: vec![table],
                rows: 0,
            });
            let rows = &database.tables[0].rows;
            let mut stream = Stream::inspected(&rules, Arc::clone(&database), 0);
            let mut seen = Vec::new();
            stream.receive(rows.block(), |bytes| seen.extend_from_slice(bytes));
            assert_eq!(
                seen == rows.block(),
                percent == 0,
                "{percent} % in {format}"
            );
            let visible = rows.visible(&seen).expect("a few thousand short values");
            assert_eq!(visible, None, "at {percent} % in {format}");

            group.throughput(Throughput::Bytes(rows.block().len() as u64));
            group.bench_function(format!("starter/{percent}%/{format}"), |bencher| {
                bencher.iter(|| stream.drain(rows));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, mask);
criterion_main!(benches);
