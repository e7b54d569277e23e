//! The fast backends find what the portable one finds.

#![allow(clippy::unwrap_used)]

use crate::{
    Backend, ColumnContext, CompileOptions, FieldRef, Gather, Keys, Match, PackSource, Ruleset,
    builtin,
};
use proptest::prelude::*;
use std::sync::OnceLock;

/// Every backend of this machine, the oracle first.
fn each_backend() -> impl Iterator<Item = Backend> {
    let all = [
        Backend::Portable,
        Backend::Avx512Windows,
        Backend::Avx2Windows,
        Backend::ScalarWindows,
        Backend::Hyperscan,
    ];
    all.into_iter()
        .filter(|backend| backend.available().is_ok())
}

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
        each_backend()
            .map(|backend| compiled(starter, backend))
            .collect()
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
    for ruleset in backends() {
        let crate::ruleset::Scanner::Windows(windows) = &ruleset.scanner else {
            continue;
        };
        let set = ruleset.detector_set(&ColumnContext {
            name: "",
            type_name: "text",
        });
        let mut gather = Gather::default();
        for line in include_str!("sample.txt").lines() {
            gather.add(line.as_bytes(), set, 0);
        }
        let (text, len) = gather.finish();
        let mut candidates = Vec::new();
        let memory = &mut wiremask_simd::Memory::default();
        assert_eq!(windows.passes.len(), 1);
        windows.passes[0]
            .kernel
            .candidates(text, len, memory, &mut candidates);
        let share = candidates.len() * 1000 / len;
        let scanner = ruleset.scanner();
        assert!(
            share < 40,
            "{scanner}: {share} of 1000 positions are candidates"
        );
    }
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
    for backend in each_backend() {
        let ruleset = compiled(text, backend);
        let spans: Vec<_> = scan(&ruleset, std::slice::from_ref(&value), b"")
            .iter()
            .map(|found| (found.start, found.end))
            .collect();
        assert_eq!(spans, [(0, 4), (7, 12)], "{}", ruleset.scanner());
    }
}

#[test]
fn a_match_as_long_as_is_followed_needs_no_boundary_behind_it() {
    let text = r##"
[pack]
name = "long"
version = "1"

[[detector]]
name = "long"
entity = "LONG"
class = "distinctive"
match = ['[\x00-\xff]{2,}\xffa']
boundary = "word"
mask = { operator = "redact" }
"##;
    let value = [&[b'-'; crate::MATCH_LEN_MAX - 2][..], b"\xffab"].concat();
    let oracle = compiled(text, Backend::Portable);
    for (value, count) in [(value.clone(), 1), (value[1..].to_vec(), 0)] {
        let values = [(value, 0)];
        let expected = scan(&oracle, &values, b"");
        assert_eq!(expected.len(), count);
        for backend in each_backend() {
            let ruleset = compiled(text, backend);
            assert_eq!(
                scan(&ruleset, &values, b""),
                expected,
                "{}",
                ruleset.scanner()
            );
        }
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
    let oracle = scan(&compiled(text, Backend::Portable), &value, b"");
    for backend in each_backend() {
        assert_eq!(scan(&compiled(text, backend), &value, b""), oracle);
    }
}

#[test]
fn a_backend_that_is_asked_for_is_the_one_that_scans() {
    let names = [
        (Backend::Avx512Windows, "windows (avx512-vbmi)"),
        (Backend::Avx2Windows, "windows (avx2)"),
        (Backend::ScalarWindows, "windows (scalar)"),
        (Backend::Hyperscan, "hyperscan"),
        (Backend::Portable, "portable"),
    ];
    let pack = PackSource {
        name: "starter".to_owned(),
        text: builtin("starter").unwrap().to_owned(),
    };
    for (backend, name) in names {
        let keys = Keys::from_secret("k", b"s");
        let made = Ruleset::compile(std::slice::from_ref(&pack), &keys, backend);
        match backend.available() {
            Ok(()) => assert_eq!(made.unwrap().scanner(), name),
            Err(missing) => {
                let error = made.map(|ruleset| ruleset.scanner()).unwrap_err();
                assert!(error.to_string().contains(&missing.to_string()), "{error}");
            }
        }
    }
    let fastest = names
        .iter()
        .find(|(backend, _)| backend.available().is_ok());
    assert_eq!(
        compiled(&pack.text, Backend::Auto).scanner(),
        fastest.unwrap().1
    );
}

/// A pack of so many detectors that keys are used: tokens with prefixes of their own, in either case or in one,
/// inside of what they are, and words that others need.
fn tokens(count: usize) -> String {
    let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).unwrap());
    let mut text = "[pack]\nname = 'tokens'\nversion = '1'\n".to_owned();
    for number in 0..count {
        let name: String = [number * 7, number / 26 + number, number / 5, 25]
            .map(letter)
            .iter()
            .collect();
        let upper = name.to_uppercase();
        let (pattern, context) = match number % 5 {
            0 => (format!("{name}_[0-9a-f]{{6}}"), ""),
            1 => (format!("(?i:{name})-[A-Z]{{4,9}}"), ""),
            2 => (format!("[0-9]{{2,6}}{upper}"), ""),
            3 => (
                format!("{name}(?:[0-9]{{4}}|\\.[a-z]{{3}})|[0-9]{{3}}-{upper}"),
                "",
            ),
            _ => ("[0-9]{5}".to_owned(), "WORD"),
        };
        let class = if context.is_empty() {
            "distinctive"
        } else {
            "format"
        };
        text += &format!(
            "[[detector]]\nname = 'd{number}'\nentity = 'D{number}'\nclass = '{class}'\nmatch = ['{pattern}']\n\
             boundary = 'word'\nmask = {{ operator = 'redact' }}\n"
        );
        if !context.is_empty() {
            text += &format!(
                "[detector.context]\nrequired = true\nwords = {{ any = ['{name}'], before = 20, after = 10 }}\n"
            );
        }
    }
    text
}

/// The pack on every backend.
fn token_backends() -> &'static [Ruleset] {
    static TOKENS: OnceLock<Vec<Ruleset>> = OnceLock::new();
    TOKENS.get_or_init(|| {
        let pack = tokens(230);
        let backends = each_backend().map(|backend| compiled(&pack, backend));
        backends.collect()
    })
}

/// What the patterns of [`tokens`] match, and what looks like it.
fn token() -> impl Strategy<Value = Vec<u8>> {
    let name = (0usize..230).prop_map(|number| {
        let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).unwrap());
        [number * 7, number / 26 + number, number / 5, 25]
            .map(letter)
            .iter()
            .collect::<String>()
    });
    (name, 0..6, "[0-9a-f]{6}", "[0-9]{5}", any::<bool>()).prop_map(
        |(name, kind, hex, digits, upper)| {
            let name = if upper { name.to_uppercase() } else { name };
            let text = match kind {
                0 => format!("{name}_{hex}"),
                1 => format!("{name}-ABCD"),
                2 => format!("{digits}{name}"),
                3 => format!("{name}{}", &digits[1..]),
                4 => format!("{name} {digits}"),
                _ => format!("{name}.abc{name}_{hex}"),
            };
            text.into_bytes()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn keys_find_what_the_portable_backend_finds(
        values in proptest::collection::vec(
            (proptest::collection::vec(token(), 0..4), "[ a-z.:_-]{0,70}", 0usize..3), 1..12),
        between in proptest::collection::vec(any::<u8>(), 0..3),
    ) {
        let values: Vec<(Vec<u8>, usize)> = values
            .into_iter()
            .map(|(tokens, filler, column)| ([filler.into_bytes(), tokens.join(&b' ')].concat(), column))
            .collect();
        let (portable, fast) = token_backends().split_first().unwrap();
        let expected = scan(portable, &values, &between);
        for ruleset in fast {
            let found = scan(ruleset, &values, &between);
            prop_assert_eq!(&found, &expected, "{}", ruleset.scanner());
        }
    }
}

#[test]
fn detectors_with_literals_are_found_by_keys_where_there_are_many() {
    let routes = |count: usize| {
        let ruleset = compiled(&tokens(count), Backend::ScalarWindows);
        let plan = ruleset.scan_plan().iter();
        plan.filter(|one| one.route == crate::Route::Keys).count()
    };
    assert_eq!(routes(30), 0);
    assert!(routes(230) > 150, "{}", routes(230));
}

#[test]
fn a_token_is_found_at_every_place_of_a_value_and_of_a_batch() {
    let (portable, fast) = token_backends().split_first().unwrap();
    for ruleset in fast {
        for before in 0..140 {
            let mut value = vec![b'.'; before];
            // By its form, by a word, and by what stands in its middle.
            value.extend_from_slice(b"aaaz_0a1b2c");
            let values = [(value, 0), (b"hbaz-WXYZ".to_vec(), 0)];
            let found = scan(ruleset, &values, b"");
            assert_eq!(
                found,
                scan(portable, &values, b""),
                "{before}, {}",
                ruleset.scanner()
            );
            assert_eq!(found.len(), 2, "{before}, {}", ruleset.scanner());
        }
    }
}

#[test]
fn more_keys_than_there_may_be_are_found_by_windows() {
    let mut text = "[pack]\nname = 'many'\nversion = '1'\n".to_owned();
    for number in 0..340 {
        let letters = number / 4 + 1;
        let last = ["j", "k", "q", "x"][number % 4];
        text += &format!(
            "[[detector]]\nname = 'd{number}'\nentity = 'D{number}'\nclass = 'distinctive'\n\
             match = ['zq[a-z]{last}[a-z]{{{letters}}}']\nboundary = 'word'\nmask = {{ operator = 'redact' }}\n"
        );
    }
    let ruleset = compiled(&text, Backend::ScalarWindows);
    let plan = ruleset.scan_plan();
    assert!(plan.iter().all(|one| one.route == crate::Route::Windows));
    let found = scan(&ruleset, &[(b"a zqaja zqbkbb".to_vec(), 0)], b"");
    assert_eq!(found.len(), 2);
}
