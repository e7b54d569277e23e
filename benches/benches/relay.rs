//! Rows through a session that masks nothing: without rules only lengths are read, with a sink that
//! looks at rows and leaves them alone every field is indexed.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::sync::Arc;
use wiremask_benches::data::{Format, Recipe, ResultSet};
use wiremask_benches::in_process::{Stream, unruled};
use wiremask_benches::upstream::{Database, Table};
use wiremask_protocols::session::{
    Column, CopyBatch, Denial, Format as ValueFormat, Lookup, Part, Refused, RowBatch, Sink,
    TextEdit, TextSite, Treatment, Verdict,
};

/// Has rules for everything, and changes nothing.
struct Looking {
    fields: usize,
}

impl Sink for Looking {
    type Shape = usize;
    type Facts = ();
    type Copy = ();

    fn inspects(&self) -> bool {
        true
    }

    fn generation(&mut self) -> u64 {
        1
    }

    fn unknown(&self) {}

    fn statement(&mut self, _: &[u8]) -> ((), Verdict) {
        ((), Verdict::Allow)
    }

    fn function_call(&mut self, _: u32) -> Verdict {
        Verdict::Allow
    }

    fn columns(&mut self, (): &(), columns: &[Column<'_>]) -> Result<Treatment<usize>, Lookup> {
        Ok(Treatment::Inspect(columns.len()))
    }

    fn rows(&mut self, _: &usize, batch: &mut RowBatch<'_>) -> Result<(), Refused> {
        self.fields += batch.fields.len();
        Ok(())
    }

    fn part(&mut self, _: &usize, _: usize, part: Part<'_>) -> Result<usize, Denial> {
        Ok(part.bytes.len())
    }

    fn copy_out(
        &mut self,
        (): &(),
        _: usize,
        _: ValueFormat,
        _: usize,
    ) -> Result<Treatment<()>, Lookup> {
        Ok(Treatment::Inspect(()))
    }

    fn copy_data(&mut self, (): &mut (), _: &mut CopyBatch<'_>) -> Result<(), Refused> {
        Ok(())
    }

    fn copy_part(&mut self, (): &mut (), part: Part<'_>) -> Result<usize, Denial> {
        Ok(part.bytes.len())
    }

    fn text(&mut self, _: TextSite, _: Option<&()>, _: &[u8], _: &mut Vec<u8>) -> TextEdit {
        TextEdit::Keep
    }

    fn parameter(&mut self, _: &[u8], _: &[u8]) {}
    fn completed(&mut self, _: Option<&()>, _: &[u8]) {}
    fn ready(&mut self, _: u8) {}
    fn refused(&mut self, _: &Denial) {}
}

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

        let mut stream = Stream::new(Looking { fields: 0 }, Box::new(|| {}), &database, number);
        unchanged(&mut stream, rows);
        group.bench_function(format!("index/{format}"), |bencher| {
            bencher.iter(|| stream.drain(rows));
        });
    }
    group.finish();
}

criterion_group!(benches, relay);
criterion_main!(benches);
