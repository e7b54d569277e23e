//! The yardstick of all others: how fast a block of rows is copied in pieces of a receive buffer.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wiremask_benches::data::{Format, Recipe, ResultSet};
use wiremask_datapath::limits::Limits;

fn memcpy(criterion: &mut Criterion) {
    let rows = ResultSet::new(Recipe {
        columns: 12,
        density: 0.01,
        format: Format::Text,
    });
    let mut buffer = vec![0; Limits::DEFAULT.buffer_size];
    let mut group = criterion.benchmark_group("memory");
    group.throughput(Throughput::Bytes(rows.block().len() as u64));
    group.bench_function("memcpy", |bencher| {
        bencher.iter(|| {
            for piece in rows.block().chunks(buffer.len()) {
                buffer[..piece.len()].copy_from_slice(black_box(piece));
                black_box(&mut buffer);
            }
        });
    });
    group.finish();
}

criterion_group!(benches, memcpy);
criterion_main!(benches);
