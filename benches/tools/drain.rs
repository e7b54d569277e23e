//! What `callgrind.sh` counts: a session with the sixty detectors that takes a block of rows, once for
//! each format and density.
//!
//! The first argument names the scanner as the comparison does (`windows` if there is none). Prints which
//! one runs, then a line for each call of `drained`: format, percent, bytes on the wire.

#![allow(clippy::print_stdout)] // its output is read by a script

use std::sync::Arc;
use wiremask_benches::data::{Format, Recipe, ResultSet};
use wiremask_benches::in_process::Stream;
use wiremask_benches::sixty::{self, BACKENDS};
use wiremask_benches::upstream::{Database, Table};
use wiremask_datapath::inspector::Inspector;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wanted = std::env::args().nth(1).unwrap_or_else(|| "windows".into());
    let backend = BACKENDS.iter().find(|(name, _)| *name == wanted);
    let (_, backend) = backend.ok_or_else(|| format!("no scanner is named `{wanted}`"))?;
    let rules = sixty::rules(*backend)?;
    println!("{}", rules.scanner());
    for format in Format::ALL {
        for percent in [0, 1, 20] {
            let rows = ResultSet::new(Recipe {
                columns: 12,
                density: f64::from(percent) / 100.0,
                format,
            });
            let name = "bench_drain".to_owned();
            let database = Arc::new(Database {
                tables: vec![Table { name, rows }],
                rows: 0,
            });
            let rows = &database.tables[0].rows;
            let mut stream = Stream::inspected(&rules, Arc::clone(&database), 0);
            stream.drain(rows); // what grows has grown
            drained(&mut stream, rows);
            println!("{format} {percent} {}", rows.block().len());
        }
    }
    Ok(())
}

/// A function of its own, so that callgrind can be told to count only in here.
#[inline(never)]
fn drained(stream: &mut Stream<Inspector>, rows: &ResultSet) -> usize {
    stream.drain(rows)
}
