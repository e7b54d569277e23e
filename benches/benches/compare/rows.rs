//! Rows: each step on its own, then all of them together.

use crate::group;
use crate::others::Others;
use crate::values::{self, Batch};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};
use std::hint::black_box;
use std::sync::Arc;
use wiremask_benches::data::{Format, Recipe, ResultSet};
use wiremask_benches::gathering::Columns;
use wiremask_benches::in_process::Stream;
use wiremask_benches::upstream::{Database, Table};
use wiremask_datapath::limits::Limits;
use wiremask_protocols::session::RowBatch;
use wiremask_rules::{Gather, Ruleset};

fn database(percent: u32, format: Format) -> Arc<Database> {
    let rows = ResultSet::new(Recipe {
        columns: 12,
        density: f64::from(percent) / 100.0,
        format,
    });
    let name = "bench_compare".to_owned();
    Arc::new(Database {
        tables: vec![Table { name, rows }],
        rows: 0,
    })
}

/// Text with every step, then sessions alone in the other formats.
pub fn compare(criterion: &mut Criterion, scanners: &[(&str, Arc<Ruleset>)], others: &mut Others) {
    for percent in [0, 1, 20] {
        steps(criterion, percent, scanners, others);
    }
    for format in [Format::Binary, Format::Copy] {
        for percent in [0, 1, 20] {
            let database = database(percent, format);
            let block = database.tables[0].rows.block();
            let mut group = group(criterion, &format!("{format} {percent}%"), block.len());
            memcpy(&mut group, block);
            for (name, rules) in scanners {
                session(&mut group, name, rules, &database);
            }
        }
    }
}

fn steps(
    criterion: &mut Criterion,
    percent: u32,
    scanners: &[(&str, Arc<Ruleset>)],
    others: &mut Others,
) {
    let Some((_, any)) = scanners.first() else {
        return;
    };
    let database = database(percent, Format::Text);
    let rows = &database.tables[0].rows;
    let mut block = rows.block().to_vec();
    let mut group = group(criterion, &format!("text {percent}%"), block.len());

    memcpy(&mut group, rows.block());
    let mut fields = 0;
    let look = |batch: &RowBatch<'_>| fields += black_box(batch.fields).len();
    let mut stream = Stream::on_rows(&database, 0, look);
    group.bench_function("parse", |bencher| bencher.iter(|| stream.pass(&mut block)));

    let columns = Columns::of(any, &rows.columns);
    let mut gathered = Gather::default();
    let look = |batch: &RowBatch<'_>| {
        gathered.clear();
        columns.gather(batch, &mut gathered);
        black_box(&gathered);
    };
    let mut stream = Stream::on_rows(&database, 0, look);
    group.bench_function("parse and gather", |bencher| {
        bencher.iter(|| stream.pass(&mut block));
    });
    group.bench_function("parse and gather, received", |bencher| {
        bencher.iter(|| stream.drain(rows));
    });

    let found = values::scan(&mut group, scanners, |rules| gather(rules, &database));
    assert_eq!(found, rows.planted.len(), "findings at {percent} %");
    for (name, rules) in scanners {
        session(&mut group, name, rules, &database);
    }
    let mut batches = texts(&columns, &database);
    values::others(&mut group, others, &mut batches);
    values::others_per_field(&mut group, others, &mut batches);
}

fn memcpy(group: &mut BenchmarkGroup<'_, WallTime>, block: &[u8]) {
    let mut buffer = vec![0; Limits::DEFAULT.buffer_size];
    group.bench_function("memcpy", |bencher| {
        bencher.iter(|| {
            for piece in block.chunks(buffer.len()) {
                buffer[..piece.len()].copy_from_slice(black_box(piece));
                black_box(&mut buffer);
            }
        });
    });
}

/// `session, ...`: the gateway without its sockets.
fn session(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    rules: &Arc<Ruleset>,
    database: &Arc<Database>,
) {
    let rows = &database.tables[0].rows;
    let mut stream = Stream::inspected(rules, Arc::clone(database), 0);
    let mut seen = Vec::new();
    stream.receive(rows.block(), |bytes| seen.extend_from_slice(bytes));
    let visible = rows.visible(&seen).expect("a few thousand short values");
    assert_eq!(visible, None, "{name}");
    assert_eq!(seen == rows.block(), rows.planted.is_empty(), "{name}");
    group.bench_function(format!("session, {name}"), |bencher| {
        bencher.iter(|| stream.drain(rows));
    });
}

/// The batches of the table's rows, gathered for these rules.
fn gather(rules: &Ruleset, database: &Database) -> Vec<Gather> {
    let rows = &database.tables[0].rows;
    let columns = Columns::of(rules, &rows.columns);
    let mut batches = Vec::new();
    let look = |batch: &RowBatch<'_>| {
        let mut gathered = Gather::default();
        columns.gather(batch, &mut gathered);
        batches.push(gathered);
    };
    Stream::on_rows(database, 0, look).drain(rows);
    batches
}

/// The same batches as texts.
fn texts(columns: &Columns, database: &Database) -> Vec<Batch> {
    let mut batches = Vec::new();
    let look = |batch: &RowBatch<'_>| {
        let values = columns
            .values(batch)
            .map(|value| String::from_utf8_lossy(value).into());
        batches.push(Batch::new(values.collect()));
    };
    Stream::on_rows(database, 0, look).drain(&database.tables[0].rows);
    batches
}
