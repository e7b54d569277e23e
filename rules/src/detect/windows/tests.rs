//! The fast backends find what the portable one finds.

#![allow(clippy::unwrap_used)]

use crate::{
    Backend, ColumnContext, CompileOptions, FieldRef, Gather, Keys, Match, PackSource, Ruleset,
    builtin,
};
use proptest::prelude::*;
use std::sync::OnceLock;

/// Every backend, the oracle first.
const BACKENDS: [Backend; if cfg!(feature = "hyperscan") { 4 } else { 3 }] = [
    Backend::Portable,
    Backend::Windows,
    Backend::ScalarWindows,
    #[cfg(feature = "hyperscan")]
    Backend::Hyperscan,
];

fn compiled(pack: &str, backend: Backend) -> Ruleset {
    let pack = PackSource {
        name: "pack".to_owned(),
        text: pack.to_owned(),
    };
    let options = CompileOptions {
        backend,
        examples: false,
        ..CompileOptions::default()
    };
    Ruleset::compile(&[pack], &Keys::from_secret("k", b"s"), options).unwrap()
}

/// The starter pack on every backend.
fn backends() -> &'static [Ruleset] {
    static STARTER: OnceLock<Vec<Ruleset>> = OnceLock::new();
    STARTER.get_or_init(|| {
        let starter = builtin("starter").unwrap();
        BACKENDS.map(|backend| compiled(starter, backend)).into()
    })
}

/// Names that switch some detectors on, off, or to their form only.
const COLUMNS: [&str; 6] = ["", "phone", "card_no", "gtin", "ssn", "version"];

/// Scans fields that lie back to back in one buffer, with `between` in between.
fn scan(ruleset: &Ruleset, values: &[(Vec<u8>, usize)], between: &[u8]) -> Vec<Match> {
    let mut buffer = Vec::new();
    let mut fields = Vec::new();
    for (value, column) in values {
        let name = COLUMNS[*column];
        let set = ruleset.detector_set(&ColumnContext {
            name,
            type_name: "text",
        });
        let start = u32::try_from(buffer.len()).unwrap();
        buffer.extend_from_slice(value);
        fields.push(FieldRef {
            start,
            end: u32::try_from(buffer.len()).unwrap(),
            set,
        });
        buffer.extend_from_slice(between);
    }
    let mut matches = Vec::new();
    ruleset.scan(&mut ruleset.scratch(), &buffer, &fields, &mut matches);
    matches
}

/// Texts that match a pattern of the starter pack, by its own syntax tree.
fn matching() -> impl Strategy<Value = Vec<u8>> {
    let patterns: Vec<_> = starter_patterns()
        .into_iter()
        .map(|pattern| {
            proptest::string::bytes_regex(&format!("(?-u){pattern}"))
                .unwrap()
                .boxed()
        })
        .collect();
    proptest::strategy::Union::new(patterns)
}

fn starter_patterns() -> Vec<String> {
    let table: toml::Table = builtin("starter").unwrap().parse().unwrap();
    let detectors = table["detector"].as_array().unwrap();
    let patterns = detectors
        .iter()
        .flat_map(|detector| detector["match"].as_array().unwrap());
    patterns
        .map(|pattern| pattern.as_str().unwrap().to_owned())
        .collect()
}

/// Examples of the starter pack, which pass their validators.
fn example() -> impl Strategy<Value = Vec<u8>> {
    let table: toml::Table = builtin("starter").unwrap().parse().unwrap();
    let mut values = Vec::new();
    for detector in table["detector"].as_array().unwrap() {
        for (_, list) in detector["examples"].as_table().unwrap() {
            for item in list.as_array().unwrap() {
                let text = item.as_str().or_else(|| item["value"].as_str()).unwrap();
                values.push(text.as_bytes().to_vec());
            }
        }
    }
    proptest::sample::select(values)
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let near = prop_oneof![3 => example(), 2 => matching()];
    let surrounded = ("[ a-z0-9@.:-]{0,3}", near, "[ a-z0-9@.:-]{0,3}")
        .prop_map(|(a, near, b)| [a.as_bytes(), near.as_slice(), b.as_bytes()].concat());
    let changed = (
        surrounded.clone(),
        any::<prop::sample::Index>(),
        "[ -~\\x00\\x80-\\xff]",
    )
        .prop_map(|(mut value, at, byte)| {
            if !value.is_empty() {
                let at = at.index(value.len());
                value[at] = byte.as_bytes()[0];
            }
            value
        });
    prop_oneof![
        4 => surrounded,
        2 => changed,
        1 => (example(), example()).prop_map(|(a, b)| [a, b].concat()),
        1 => proptest::collection::vec(any::<u8>(), 0..60),
        1 => "[0-9 .:@+-]{0,40}".prop_map(String::into_bytes),
        1 => "[a-zA-Z0-9 ]{0,40}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn all_backends_find_the_same(values in proptest::collection::vec((value(), 0..COLUMNS.len()), 1..12)) {
        let [oracle, others @ ..] = backends() else { unreachable!() };
        let expected = scan(oracle, &values, b"");
        for ruleset in others {
            for between in [b"".as_slice(), b"\0", b"1", b"\0\0\0\x10"] {
                let found = scan(ruleset, &values, between);
                prop_assert_eq!(&found, &expected, "{} on {:?}", ruleset.scanner(), values);
            }
        }
    }
}

#[test]
fn ordinary_data_has_few_candidates() {
    let ruleset = &backends()[1];
    let crate::ruleset::Scanner::Windows(windows) = &ruleset.scanner else {
        unreachable!()
    };
    let sample = include_str!("sample.txt").lines();
    let set = ruleset.detector_set(&ColumnContext {
        name: "",
        type_name: "text",
    });
    let mut gather = Gather::default();
    for line in sample {
        gather.add(line.as_bytes(), set, 0);
    }
    let (text, len) = gather.finish();
    let mut candidates = Vec::new();
    windows.kernel.candidates(text, len, &mut candidates);
    let share = candidates.len() * 1000 / len;
    assert!(share < 40, "{share} of 1000 positions are candidates");
}

#[test]
fn a_start_that_another_pattern_matches_does_not_hide_the_starts_behind_it() {
    // From the first digit the first pattern fails for want of a word, and the second one succeeds.
    let text = r##"
[pack]
name = "two"
version = "1"

[[detector]]
name = "two"
entity = "TWO"
class = "distinctive"
match = ['[0-9# id]+@[0-9]+', '[0-9a-z ]+#[0-9]+']
boundary = "none"
mask = { operator = "redact" }
[detector.context]
words = { any = ["id"], before = 3, after = 3 }
required = true
"##;
    let value = (b"12#3 id 4@55".to_vec(), 0);
    for backend in BACKENDS {
        let ruleset = compiled(text, backend);
        let spans: Vec<_> = scan(&ruleset, std::slice::from_ref(&value), b"")
            .iter()
            .map(|found| (found.start, found.end))
            .collect();
        assert_eq!(spans, [(0, 4), (7, 12)], "{}", ruleset.scanner());
    }
}

#[test]
fn many_literals_with_the_same_starts_take_no_cubic_time() {
    // Every `@` has all starts of those in front of it, and every start fails.
    let text = r##"
[pack]
name = "slow"
version = "1"

[[detector]]
name = "slow"
entity = "SLOW"
class = "distinctive"
match = ['[a-z0-9@]+@[0-9]{2}x']
validate = ["luhn"]
mask = { operator = "redact" }
"##;
    let value = [(b"a@12x".repeat(800), 0)];
    let [oracle, others @ ..] = BACKENDS.map(|backend| compiled(text, backend));
    for ruleset in others {
        assert_eq!(scan(&ruleset, &value, b""), scan(&oracle, &value, b""));
    }
}
