//! The comparison: how fast rows and long texts pass, step by step, for every scanner of ours and for
//! what others scan with. One run; what counts are the ratios of its medians.
//!
//! ```text
//! cargo bench -p wiremask-benches --features compare --bench compare
//! cargo run --release -p wiremask-benches --example table
//! ```
//!
//! Rows: [`BLOCK_ROWS`](wiremask_benches::data::BLOCK_ROWS) rows of 12 columns, mean 15 bytes a field, of
//! which 0, 1 and 20 % hold something sensitive; 60 detectors. Each rate is bytes *on the wire* by
//! time, whatever part of them a step looks at, so that all steps of a group have the same unit:
//!
//! | step | what is measured |
//! |---|---|
//! | `memcpy` | the block is copied into a receive buffer, 64 KiB at a time |
//! | `parse` | a session walks over the rows where they lie and indexes every field; no copy |
//! | `parse and gather` | the same, and the fields of the columns that are scanned are gathered |
//! | `parse and gather, received` | the same, but as `session` receives: first copied into the receive buffer |
//! | `scan, ...` | gathered batches are scanned, findings are exact, validated and resolved |
//! | `session, ...` | copy in, parse, gather, scan, mask in place, copy out: a session without sockets |
//! | others | the values of the same batches: see the module `others` |
//!
//! Long texts (a rate is bytes of text by time): `scan` and the others over values of 4 to 16 KiB,
//! gathered into batches of 64 KiB beforehand. Others get whole batches only: value by value a set of regexes
//! needs seconds for a MiB of JSON.

#![allow(clippy::print_stderr)] // says which scanners run, and what is left out

mod others;
mod rows;
mod texts;
mod values;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput};
use criterion::{criterion_group, criterion_main};
use std::sync::Arc;
use std::time::Duration;
use wiremask_benches::sixty::{self, BACKENDS};
use wiremask_rules::{Backend, Ruleset};

/// A group of steps over `bytes` bytes.
fn group<'c>(
    criterion: &'c mut Criterion,
    name: &str,
    bytes: usize,
) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    // The slowest step takes a second: flat sampling repeats it ten times only.
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.warm_up_time(Duration::from_millis(300));
    group.measurement_time(Duration::from_secs(2));
    group.throughput(Throughput::Bytes(bytes as u64));
    group
}

/// The sixty detectors for every scanner that this build and this machine have, with its name.
///
/// # Panics
/// When the packs do not compile at all.
fn scanners() -> Vec<(&'static str, Arc<Ruleset>)> {
    let mut scanners = Vec::new();
    for (name, backend) in BACKENDS {
        match sixty::rules(*backend) {
            Ok(rules) => {
                eprintln!("{name}: {}, {} rules", rules.scanner(), rules.rules().len());
                scanners.push((*name, rules));
            }
            // Every build has it: the packs are wrong.
            Err(why) if *backend == Backend::Portable => panic!("{why}"),
            Err(why) => eprintln!("{name} is left out: {why}"),
        }
    }
    scanners
}

fn compare(criterion: &mut Criterion) {
    let scanners = scanners();
    let mut others = others::Others::new();
    rows::compare(criterion, &scanners, &mut others);
    texts::compare(criterion, &scanners, &mut others);
}

criterion_group!(benches, compare);
criterion_main!(benches);
