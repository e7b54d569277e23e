//! Rows through a session that masks nothing: without rules only lengths are read, with a sink that
//! looks at rows and leaves them alone every field is indexed.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::sync::Arc;
use wiremask_benches::data::{Format, Recipe, ResultSet};
use wiremask_benches::in_process::{Stream, unruled};
use wiremask_benches::upstream::{Database, Table};
use wiremask_protocols::session::Sink;

/// One table for each format.
fn database() -> Arc<Database> {
    let tables = Format::ALL.into_iter().map(|format| Table {
        name: format!("bench_{format}"),
        rows: ResultSet::new(Recipe {
            columns: 12,
            density: 0.01,
            format,
        }),
    });
    Arc::new(Database {
        tables: tables.collect(),
        rows: 0,
    })
}

fn unchanged<S: Sink>(stream: &mut Stream<S>, rows: &ResultSet) {
    let mut seen = Vec::new();
    stream.receive(rows.block(), |bytes| seen.extend_from_slice(bytes));
    assert!(seen == rows.block(), "a byte has changed");
}

fn relay(criterion: &mut Criterion) {
    let database = database();
    let mut group = criterion.benchmark_group("relay");
    for (number, table) in database.tables.iter().enumerate() {
        let (rows, format) = (&table.rows, table.rows.format);
        group.throughput(Throughput::Bytes(rows.block().len() as u64));

        let mut stream = unruled(Arc::clone(&database), number);
        unchanged(&mut stream, rows);
        group.bench_function(format!("without-rules/{format}"), |bencher| {
            bencher.iter(|| stream.drain(rows));
        });

        let mut fields = 0;
        let mut stream = Stream::on_rows(&database, number, |batch| fields += batch.fields.len());
        unchanged(&mut stream, rows);
        group.bench_function(format!("index/{format}"), |bencher| {
            bencher.iter(|| stream.drain(rows));
        });
    }
    group.finish();
}

criterion_group!(benches, relay);
criterion_main!(benches);
