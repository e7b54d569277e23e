//! A million values and more over all backends: each finds exactly what the portable one finds.
//!
//! Values come from the packs' own syntax trees and are then spoiled, cut, glued and surrounded; beside
//! them stand bytes, digits, NULs and text. The numbers that make them are fixed, so a failure comes again.
//! `WIREMASK_DIFFERENTIAL_FIELDS` says how many values there are over both tests (default 1.1 million, a sixth
//! of them with packs that nobody wrote, where a value takes longer);
//! with more, the later ones are new.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a test; how much was compared is part of its result"
)]

mod compare;
mod packs;
mod random;
mod values;

use compare::{Counts, Field, Side, Sides, shrunk};
use packs::Pack;
use std::time::Instant;
use wiremask_rules::Backend;

/// Values over both tests unless the environment says otherwise.
const FIELDS: u64 = 1_100_000;

/// Values for each pack that nobody wrote.
const FIELDS_PER_PACK: u64 = 5_000;

/// Values after which a long run says how far it is.
const REPORTED: u64 = 1_000_000;

fn fields() -> u64 {
    match std::env::var("WIREMASK_DIFFERENTIAL_FIELDS") {
        Ok(number) => number
            .parse()
            .expect("WIREMASK_DIFFERENTIAL_FIELDS is a number"),
        Err(_) => FIELDS,
    }
}

fn report(what: &str, counts: &Counts, backends: &[String], since: Instant) {
    println!(
        "{what}: {} values ({} above 2 KiB, {} bytes), {} matches, {backends:?}, {:.1} s",
        counts.fields,
        counts.long,
        counts.bytes,
        counts.matches,
        since.elapsed().as_secs_f32()
    );
}

fn names(sides: &Sides<'_>) -> Vec<String> {
    sides
        .all
        .iter()
        .map(|side| side.ruleset.scanner())
        .collect()
}

#[test]
fn the_starter_pack_finds_the_same_on_every_backend() {
    let since = Instant::now();
    let fields = fields() - fields() / 6;
    let pack = Pack::starter();
    let mut sides = Sides::new(&pack).unwrap();
    assert!(sides.without.is_empty(), "{:?}", sides.without);
    let mut counts = Counts::default();
    let backends = names(&sides);
    while counts.fields < fields {
        let most = fields.min(counts.fields + REPORTED);
        sides.compare(counts.fields..most, &mut counts);
        report("starter", &counts, &backends, since);
    }
    assert_eq!(counts.fields, fields);
    assert!(counts.long * 1000 > fields, "{} long values", counts.long);
    let least = fields / 20_000;
    for (number, detector) in (0u16..).zip(&pack.detectors) {
        let found = |named| {
            counts
                .by_detector
                .get(&(number, named))
                .copied()
                .unwrap_or(0)
        };
        let (named, elsewhere) = (found(true), found(false));
        println!(
            "  {:<18} {named:>8} in its columns {elsewhere:>8} elsewhere",
            detector.name
        );
        let enough = detector.columns.is_empty() || named >= least;
        assert!(enough, "{}: {named} matches in its columns", detector.name);
        let enough = !detector.anywhere || elsewhere >= least;
        assert!(enough, "{}: {elsewhere} matches elsewhere", detector.name);
    }
}

#[test]
fn packs_that_nobody_wrote_find_the_same_on_every_backend() {
    let since = Instant::now();
    let packs = (fields() / 6).div_ceil(FIELDS_PER_PACK);
    let (mut counts, mut backends) = (Counts::default(), Vec::new());
    let (mut detectors, mut silent, mut refused, mut without) = (0, 0, 0u64, 0u64);
    for seed in 0..packs {
        let pack = Pack::random(seed);
        let Some(mut sides) = Sides::new(&pack) else {
            refused += 1;
            continue;
        };
        without += sides.without.len() as u64;
        let first = seed * FIELDS_PER_PACK;
        let mut of_pack = Counts::default();
        sides.compare(first..first + FIELDS_PER_PACK, &mut of_pack);
        backends.extend(names(&sides));
        backends.sort();
        backends.dedup();
        for (number, detector) in (0u16..).zip(&pack.detectors) {
            let found = of_pack.by_detector.keys().any(|(rule, _)| *rule == number);
            detectors += usize::from(detector.anywhere);
            silent += usize::from(detector.anywhere && !found);
        }
        counts.fields += of_pack.fields;
        counts.bytes += of_pack.bytes;
        counts.long += of_pack.long;
        counts.matches += of_pack.matches;
        if counts.fields.is_multiple_of(REPORTED) {
            report("packs that nobody wrote", &counts, &backends, since);
        }
    }
    report("packs that nobody wrote", &counts, &backends, since);
    println!(
        "  {packs} packs, {refused} refused, {without} times a backend could not compile one; \
         {silent} of {detectors} detectors found nothing"
    );
    assert!(
        refused * 4 <= packs,
        "{refused} of {packs} packs are refused"
    );
    assert!(
        without * 10 <= packs,
        "{without} times a backend could not compile a pack"
    );
    assert!(
        silent * 3 <= detectors,
        "{silent} of {detectors} detectors found nothing"
    );
    assert!(
        counts.matches >= counts.fields / 4,
        "{} matches",
        counts.matches
    );
}

#[test]
fn a_difference_is_found_and_made_small() {
    let pack = Pack::starter();
    let mut other = Pack::starter();
    other.text = other
        .text
        .replacen("boundary = \"digit\"", "boundary = \"none\"", 1);
    assert_ne!(other.text, pack.text);
    let side = |pack: &Pack| Side::new(pack, pack.compiled(Backend::Portable).unwrap());
    let mut sides = Sides {
        all: vec![side(&pack), side(&other)],
        pack: &pack,
        without: Vec::new(),
    };
    let compared = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        sides.compare(0..20_000, &mut Counts::default());
    }));
    let said = *compared.unwrap_err().downcast::<String>().unwrap();
    assert!(said.contains("portable differs from the oracle"), "{said}");
    assert!(said.contains("value of seed"), "{said}");
    let field = Field {
        bytes: b"some text, 12345, and more".to_vec(),
        column: 0,
        seed: 0,
    };
    let has_digits = |field: &Field| field.bytes.windows(2).any(|pair| pair == b"34");
    assert_eq!(shrunk(field, has_digits).bytes, b"34");
}
