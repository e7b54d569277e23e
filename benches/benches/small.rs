//! Small answers: what a command and its one row cost a session with the starter pack and without rules.
//!
//! The difference is what rules add where there is hardly anything to scan: the plan of the result, and a
//! scan of a few values. It was parsed, planned and compiled before.

use criterion::{Criterion, criterion_group, criterion_main};
use std::sync::Arc;
use wiremask_benches::data::{Format, Recipe, ResultSet};
use wiremask_benches::in_process::{Exchange, Stream, starter, unruled};
use wiremask_benches::upstream::{Database, Table};

fn small(criterion: &mut Criterion) {
    let rules = starter();
    let mut group = criterion.benchmark_group("small");
    for format in [Format::Text, Format::Binary] {
        let table = Table {
            name: "bench_small".to_owned(),
            rows: ResultSet::new(Recipe {
                columns: 12,
                density: 0.01,
                format,
            }),
        };
        let rest = Exchange::rest(&table, 0);
        let database = Arc::new(Database {
            tables: vec![table],
            rows: 0,
        });
        for rows in [1, 10] {
            let exchange = Exchange::new(&database, 0, rows);
            let streams = [
                ("without rules", unruled(Arc::clone(&database), 0)),
                (
                    "starter",
                    Stream::inspected(&rules, Arc::clone(&database), 0),
                ),
            ];
            for (name, mut stream) in streams {
                stream.receive(&rest, |_| {});
                assert_ne!(stream.exchange(&exchange), 0, "an answer comes");
                group.bench_function(format!("{format}/{rows} rows/{name}"), |bencher| {
                    bencher.iter(|| stream.exchange(&exchange));
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, small);
criterion_main!(benches);
