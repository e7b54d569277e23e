//! What every operator promises for every kind of value, and what each does to known values.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::keys::Keys;
use crate::pack::diagnostics::{Errors, Site, Source};
use crate::{Backend, ColumnName, PackSource, Ruleset};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Masks and reveals again.
pub(super) fn there_and_back(
    mask: &str,
    value: Value<'_>,
) -> (String, Result<String, RevealError>) {
    let (ruleset, rule) = masker("THING", mask);
    let (masker, cx) = (ruleset.masker(rule), MaskContext::default());
    let (mut out, mut back) = (Vec::new(), Vec::new());
    let masked = masker.mask(value, &cx, &mut out);
    let shown = show::masked(value, masked, &out);
    let made = match (masked, value) {
        (Masked::Int(number), Value::Int { width, .. }) => Value::Int {
            value: number,
            width,
        },
        (Masked::Out, Value::Numeric(_)) => Value::Numeric(&shown),
        (Masked::Out, _) => Value::Text(&out),
        (Masked::Uuid(uuid), _) => Value::Uuid(uuid),
        (
            Masked::Inet {
                address,
                len,
                prefix,
            },
            Value::Inet { cidr, .. },
        ) => Value::Inet {
            address,
            len,
            prefix,
            cidr,
        },
        (Masked::Mac { address, len }, _) => Value::Mac { address, len },
        (masked, value) => panic!("{value:?} became {masked:?}"),
    };
    let revealed = masker.reveal(made, &cx, &mut back);
    let revealed = revealed.map(|masked| show::masked(value, masked, &back));
    (shown, revealed)
}

/// A masker as a pack builds it.
pub(super) fn masker(entity: &str, mask: &str) -> (Ruleset, crate::RuleId) {
    let text = format!(
        "[pack]\nname = \"t\"\nversion = \"1\"\n[[dataset]]\nselect = {{ column = \"c\" }}\n\
         set = {{ entity = \"{entity}\", mask = {{ {mask} }} }}\n"
    );
    let pack = PackSource {
        name: "t.toml".to_owned(),
        text,
    };
    let keys = Keys::from_secret("k", b"secret");
    let ruleset =
        Ruleset::compile(&[pack], &keys, Backend::Auto).unwrap_or_else(|error| panic!("{error}"));
    let column = ColumnName {
        column: "c",
        ..ColumnName::default()
    };
    let rule = ruleset.column_rule(&column).unwrap();
    (ruleset, rule)
}

pub(super) fn text(entity: &str, mask: &str, value: &str) -> String {
    let (ruleset, rule) = masker(entity, mask);
    let mut out = Vec::new();
    let masked = ruleset.masker(rule).mask(
        Value::Text(value.as_bytes()),
        &MaskContext::default(),
        &mut out,
    );
    assert_eq!(masked, Masked::Out);
    String::from_utf8(out).unwrap()
}

pub(super) fn typed(mask: &str, value: Value<'_>) -> (Masked, String) {
    let (ruleset, rule) = masker("THING", mask);
    let mut out = Vec::new();
    let masked = ruleset
        .masker(rule)
        .mask(value, &MaskContext::default(), &mut out);
    (masked, String::from_utf8_lossy(&out).into_owned())
}

const MASKS: &[&str] = &[
    r#"operator = "redact""#,
    r#"operator = "redact", char = "x""#,
    r#"operator = "null""#,
    r#"operator = "fixed", value = "<X>""#,
    r#"operator = "fixed", value = 40000"#,
    r#"operator = "fixed", value = 1.5"#,
    r#"operator = "fixed", value = true"#,
    r#"operator = "fixed", value = 1999-12-31"#,
    r#"operator = "fixed", value = "00000000-0000-4000-8000-000000000001""#,
    r#"operator = "fixed", value = "192.0.2.1""#,
    r#"operator = "keep-first", count = 2"#,
    r#"operator = "keep-last", count = 2"#,
    r#"operator = "keep-last", count = 2, layout = false"#,
    r#"operator = "email""#,
    r#"operator = "hash""#,
    r#"operator = "pseudonym""#,
    r#"operator = "pseudonym", kind = "full-name""#,
    r#"operator = "pseudonym", kind = "email""#,
    r#"operator = "date-shift", max_days = 30"#,
    r#"operator = "bucket""#,
    r#"operator = "bucket", width = 7, top = 90, unit = "month""#,
    r#"operator = "bucket", unit = "decade""#,
    r#"operator = "bucket", unit = "quarter""#,
    r#"operator = "bucket", unit = "week""#,
    r#"operator = "age-band""#,
    r#"operator = "card""#,
    r#"operator = "card", first = 8"#,
    r#"operator = "date-shift", by = "person""#,
    r#"operator = "email-keep-domain""#,
    r#"operator = "fpe""#,
    r#"operator = "fpe", luhn = true"#,
    r#"operator = "fpe", alphabet = "alphanumeric""#,
    r#"operator = "fpe", alphabet = "hex""#,
    r#"operator = "ip-permute""#,
    r#"operator = "ip-truncate""#,
    r#"operator = "label""#,
    r#"operator = "noise""#,
    r#"operator = "noise", ratio = 1, days = 36500"#,
    r#"operator = "round""#,
    r#"operator = "round", digits = 6"#,
    r#"operator = "test-card""#,
    r#"operator = "template", template = "{first:2}{last:1}{hash:8}""#,
    r#"operator = "tokenize""#,
    r#"operator = "zip3""#,
    r#"operator = "pseudonym", kind = "first-name", locale = "pl""#,
    r#"operator = "pseudonym", kind = "address", locale = "tr""#,
    r#"operator = "pseudonym", kind = "phone", locale = "de""#,
    r#"operator = "pseudonym", kind = "company", locale = "ja-latin""#,
    r#"operator = "pseudonym", kind = "username", locale = "sv""#,
    r#"operator = "pseudonym", kind = "url""#,
];

#[derive(Clone, Debug)]
enum Owned {
    Text(Vec<u8>),
    Numeric(String),
    Bytes(Vec<u8>),
    Enum(usize),
    Plain(Value<'static>),
}

fn labels() -> Vec<Box<[u8]>> {
    ["new", "open", "closed"]
        .iter()
        .map(|label| label.as_bytes().into())
        .collect()
}

fn owned() -> impl Strategy<Value = Owned> {
    let int = prop_oneof![
        any::<i16>().prop_map(|n| (i64::from(n), 2)),
        any::<i32>().prop_map(|n| (i64::from(n), 4)),
        any::<i64>().prop_map(|n| (n, 8)),
    ];
    let infinite = prop_oneof![
        Just(i32::MIN),
        Just(i32::MAX),
        calendar::DAY_MIN..calendar::DAY_MAX
    ];
    let micros = prop_oneof![
        Just(i64::MIN),
        Just(i64::MAX),
        -211_813_488_000_000_000i64..9_223_371_331_200_000_000
    ];
    prop_oneof![
        "\\PC{0,40}".prop_map(|s| Owned::Text(s.into_bytes())),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Owned::Text),
        "[12][0-9]{3}-[01][0-9]-[0-3][0-9]( 10:00)?".prop_map(|s| Owned::Text(s.into_bytes())),
        "(0|-?[1-9][0-9]{0,30})(\\.[0-9]{1,20})?".prop_map(|s| Owned::Numeric(if s == "-0" {
            "0".to_owned()
        } else {
            s
        })),
        prop_oneof![Just("NaN"), Just("Infinity"), Just("-Infinity")]
            .prop_map(|s| Owned::Numeric(s.to_owned())),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Owned::Bytes),
        (0usize..3).prop_map(Owned::Enum),
        int.prop_map(|(value, width)| Owned::Plain(Value::Int { value, width })),
        any::<f64>().prop_map(|value| Owned::Plain(Value::Float { value, width: 8 })),
        any::<f32>().prop_map(|value| Owned::Plain(Value::Float {
            value: f64::from(value),
            width: 4
        })),
        any::<bool>().prop_map(|flag| Owned::Plain(Value::Bool(flag))),
        infinite.prop_map(|day| Owned::Plain(Value::Date(day))),
        (micros, any::<bool>())
            .prop_map(|(micros, zoned)| Owned::Plain(Value::Timestamp { micros, zoned })),
        (
            0..86_400_000_000i64,
            proptest::option::of(-50_000..50_000i32)
        )
            .prop_map(|(micros, zone_seconds)| Owned::Plain(Value::Time {
                micros,
                zone_seconds
            })),
        any::<(i32, i32, i64)>().prop_map(|(months, days, micros)| Owned::Plain(Value::Interval {
            months,
            days,
            micros
        })),
        any::<[u8; 16]>().prop_map(|uuid| Owned::Plain(Value::Uuid(uuid))),
        (any::<[u8; 16]>(), 0..=32u8, any::<bool>()).prop_map(|(mut address, prefix, cidr)| {
            address[4..].fill(0);
            Owned::Plain(Value::Inet {
                address,
                len: 4,
                prefix,
                cidr,
            })
        }),
        (any::<[u8; 16]>(), 0..=128u8, any::<bool>()).prop_map(|(address, prefix, cidr)| {
            Owned::Plain(Value::Inet {
                address,
                len: 16,
                prefix,
                cidr,
            })
        }),
        (any::<[u8; 8]>(), any::<bool>()).prop_map(|(mut address, long)| {
            if !long {
                address[6..].fill(0);
            }
            Owned::Plain(Value::Mac {
                address,
                len: if long { 8 } else { 6 },
            })
        }),
    ]
}

/// Is the answer null or a value that PostgreSQL takes for the same type?
fn fits(value: Value<'_>, masked: Masked, out: &[u8], labels: &[Box<[u8]>]) -> bool {
    match (value, masked) {
        (_, Masked::Null) => true,
        (Value::Text(before), Masked::Out) => {
            std::str::from_utf8(before).is_err() || std::str::from_utf8(out).is_ok()
        }
        (Value::Numeric(_), Masked::Out) => {
            let text = std::str::from_utf8(out).unwrap();
            let number = decimal::split(text).unwrap();
            (number.whole == b"0" || number.whole[0] != b'0')
                && !text.ends_with('.')
                && text != "-0"
        }
        (Value::Bytes(_), Masked::Out) => true,
        (Value::Enum(_), Masked::Out) => labels.iter().any(|label| **label == *out),
        (Value::Int { width: 2, .. }, Masked::Int(n)) => i16::try_from(n).is_ok(),
        (Value::Int { width: 4, .. }, Masked::Int(n)) => i32::try_from(n).is_ok(),
        (Value::Int { .. }, Masked::Int(_)) => true,
        #[allow(clippy::cast_possible_truncation)]
        (Value::Float { width, .. }, Masked::Float(n)) => {
            n.is_finite() && (width == 8 || (n as f32).is_finite())
        }
        (Value::Bool(_), Masked::Bool(_)) => true,
        (Value::Date(before), Masked::Date(day)) => {
            (calendar::DAY_MIN..=calendar::DAY_MAX).contains(&day) || day == before
        }
        (Value::Timestamp { .. }, Masked::Timestamp(_)) => true,
        (
            Value::Time {
                zone_seconds: before,
                ..
            },
            Masked::Time {
                micros,
                zone_seconds,
            },
        ) => (0..=86_400_000_000).contains(&micros) && before.is_some() == zone_seconds.is_some(),
        (Value::Interval { .. }, Masked::Interval { .. }) => true,
        (Value::Uuid(_), Masked::Uuid(_)) => true,
        (
            Value::Inet {
                len: before, cidr, ..
            },
            Masked::Inet {
                address,
                len,
                prefix,
            },
        ) => {
            let bits = u128::from_be_bytes(address);
            let width = u32::from(len) * 8;
            let host = if u32::from(prefix) >= 128 {
                0
            } else {
                u128::MAX >> prefix
            };
            len == before && u32::from(prefix) <= width && (!cidr || bits & host == 0)
        }
        (Value::Mac { len: before, .. }, Masked::Mac { len, .. }) => len == before,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_operator_answers_every_kind_with_its_own_kind(value in owned(), entity in "[A-Z]{3}|EMAIL|CREDIT_CARD") {
        let labels = labels();
        let cx = MaskContext { enum_labels: &labels, row: Some(Value::Int { value: 7, width: 4 }), ..MaskContext::default() };
        for mask in MASKS {
            let (ruleset, rule) = masker(&entity, mask);
            let masker = ruleset.masker(rule);
            let value = match &value {
                Owned::Text(text) => Value::Text(text),
                Owned::Numeric(text) => Value::Numeric(text),
                Owned::Bytes(bytes) => Value::Bytes(bytes),
                Owned::Enum(at) => Value::Enum(&labels[*at]),
                Owned::Plain(value) => *value,
            };
            let (mut out, mut again) = (Vec::new(), Vec::new());
            let masked = masker.mask(value, &cx, &mut out);
            if !masker.operator.generalises() && is_unchanged(value, masked, &out) {
                let neutral = redact::neutral(value, b'*', &cx, &mut again);
                prop_assert!((masked, &out) == (neutral, &again), "{mask} {value:?}");
                again.clear();
            }
            prop_assert!(fits(value, masked, &out, &labels), "{mask} {value:?}: {masked:?} {out:?}");
            prop_assert_eq!(masker.mask(value, &cx, &mut again), masked);
            prop_assert_eq!(&again, &out);
            if let (Value::Text(text), true) = (value, masker.overwrites()) {
                prop_assert_eq!(out.len(), text.len());
                prop_assert!(out.iter().all(|byte| *byte == out[0]));
            }
        }
    }

    #[test]
    fn a_declared_length_holds(value in "\\PC{0,30}", length in 0i32..12) {
        let (ruleset, rule) = masker("X", r#"operator = "fixed", value = "héllö wörld and more""#);
        let cx = MaskContext { type_modifier: length + 4, ..MaskContext::default() };
        let mut out = Vec::new();
        ruleset.masker(rule).mask(Value::Text(value.as_bytes()), &cx, &mut out);
        let text = std::str::from_utf8(&out).unwrap();
        prop_assert_eq!(text.chars().count(), usize::try_from(length).unwrap());
    }

    #[test]
    fn what_keep_shows_is_never_the_larger_part(value in "[a-z0-9-]{1,20}", count in 1usize..6) {
        for side in ["first", "last"] {
            let masked = text("X", &format!("operator = \"keep-{side}\", count = {count}, char = \"#\""), &value);
            let counted = |s: &str| s.chars().filter(char::is_ascii_alphanumeric).count();
            prop_assert!(2 * counted(&masked) <= counted(&value));
            prop_assert_eq!(masked.len(), value.len());
        }
    }
}

#[test]
fn every_example_is_what_the_operator_does() {
    let mut wrong = String::new();
    for entry in OPERATORS {
        for example in entry.examples {
            let now = reference::run(example);
            if now != example.masked {
                wrong += &format!(
                    "{} | {} | {} | {now}\n",
                    entry.name, example.mask, example.masked
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_committed_reference_is_the_generated_one() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../docs/reference/operators.md"
    );
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == reference::markdown(),
        "run `cargo run -p wiremask-rules --example operators > docs/reference/operators.md`"
    );
}

#[test]
fn every_operator_documents_the_options_that_it_reads() {
    let source = Source {
        name: String::new(),
        text: String::new(),
    };
    let site = Site {
        source: Arc::new(source),
        span: 0..0,
    };
    let (errors, keys) = (Errors::default(), Keys::from_secret("k", b"s"));
    for entry in OPERATORS {
        let mut options = Options {
            given: &[],
            site: &site,
            errors: &errors,
            entity: "X",
            keys: &keys,
            asked: Vec::new(),
            key_id: None,
        };
        drop((entry.build)(&mut options));
        let read: BTreeSet<&str> = options.asked.into_iter().collect();
        let documented: BTreeSet<&str> = entry.options.iter().map(|option| option.name).collect();
        assert_eq!(read, documented, "{}", entry.name);
        assert_eq!(
            entry.properties.keyed,
            options.key_id.is_some(),
            "{}",
            entry.name
        );
    }
}

#[test]
fn kinds_without_a_meaning_of_their_own_are_redacted() {
    let labels = labels();
    let cx = MaskContext {
        enum_labels: &labels,
        row: Some(Value::Int { value: 7, width: 4 }),
        ..MaskContext::default()
    };
    for entry in OPERATORS
        .iter()
        .filter(|entry| entry.kinds.len() < entry::Kind::ALL.len())
    {
        let (ruleset, rule) = masker("X", entry.examples[0].mask);
        for (kind, value) in reference::samples() {
            let (mut out, mut neutral) = (Vec::new(), Vec::new());
            let masked = ruleset.masker(rule).mask(value, &cx, &mut out);
            let redacted = redact::neutral(value, b'*', &cx, &mut neutral);
            if !entry.kinds.contains(&kind) {
                assert_eq!(
                    (masked, out),
                    (redacted, neutral),
                    "{} {}",
                    entry.name,
                    kind.word()
                );
            }
        }
    }
}

#[test]
fn known_texts() {
    for (entity, mask, value, masked) in [
        ("X", r#"operator = "redact""#, "secret é", "*********"),
        ("X", r#"operator = "redact", char = "x""#, "abc", "xxx"),
        ("X", r#"operator = "fixed", value = "<X>""#, "abc", "<X>"),
        (
            "X",
            r#"operator = "keep-last""#,
            "4111 1111 1111 1234",
            "**** **** **** 1234",
        ),
        (
            "X",
            r#"operator = "keep-last", layout = false"#,
            "4111 1111 1111 1234",
            "***************1234",
        ),
        ("X", r#"operator = "keep-last""#, "123-4567", "***-****"),
        (
            "X",
            r#"operator = "keep-first", count = 2"#,
            "Zoë Müller",
            "Zo* ******",
        ),
        (
            "X",
            r#"operator = "email""#,
            "jane.doe@example.com",
            "j***@e***.com",
        ),
        ("X", r#"operator = "email""#, "j@x.co", "***@***.co"),
        (
            "X",
            r#"operator = "email", keep-domain = true"#,
            "jane@example.com",
            "j***@example.com",
        ),
        ("X", r#"operator = "email""#, "no address", "**********"),
        ("X", r#"operator = "email""#, "a@b.c, d@e.f", "************"),
        ("X", r#"operator = "bucket""#, "37", "30"),
        ("X", r#"operator = "bucket", top = 90"#, "97", "90"),
        (
            "X",
            r#"operator = "bucket", unit = "month""#,
            "1984-02-29 10:00",
            "1984-02-01",
        ),
        ("X", r#"operator = "bucket""#, "old", "***"),
    ] {
        assert_eq!(text(entity, mask, value), masked, "{mask} {value}");
    }
}

#[test]
fn known_values() {
    let int = |value, width| Value::Int { value, width };
    for (mask, value, masked, out) in [
        (
            r#"operator = "keep-last", count = 4"#,
            int(4_111_111_111_111_234, 8),
            Masked::Int(1234),
            "",
        ),
        (
            r#"operator = "keep-first", count = 2"#,
            int(-12_345, 4),
            Masked::Int(-12_000),
            "",
        ),
        (
            r#"operator = "keep-last", count = 4"#,
            int(1234, 4),
            Masked::Int(0),
            "",
        ),
        (
            r#"operator = "keep-last", count = 2"#,
            Value::Numeric("123456"),
            Masked::Out,
            "56",
        ),
        (
            r#"operator = "keep-first", count = 2"#,
            Value::Numeric("-1234.56"),
            Masked::Out,
            "-1200.00",
        ),
        (
            r#"operator = "redact""#,
            Value::Numeric("12.345"),
            Masked::Out,
            "0.000",
        ),
        (
            r#"operator = "redact""#,
            Value::Numeric("NaN"),
            Masked::Out,
            "0",
        ),
        (r#"operator = "bucket""#, int(-1, 2), Masked::Int(-10), ""),
        (
            r#"operator = "bucket""#,
            Value::Numeric("-0.5"),
            Masked::Out,
            "-10.0",
        ),
        (
            r#"operator = "bucket""#,
            Value::Date(8825),
            Masked::Date(8766),
            "",
        ),
        (
            r#"operator = "fixed", value = 40000"#,
            int(1, 2),
            Masked::Null,
            "",
        ),
        (
            r#"operator = "fixed", value = 40000"#,
            int(1, 4),
            Masked::Int(40_000),
            "",
        ),
        (
            r#"operator = "fixed", value = 2000-01-02"#,
            Value::Date(1),
            Masked::Date(1),
            "",
        ),
        (
            r#"operator = "fixed", value = "x""#,
            Value::Date(1),
            Masked::Null,
            "",
        ),
        (
            r#"operator = "fixed", value = "02:00:00:00:00:0a""#,
            Value::Mac {
                address: [1; 8],
                len: 8,
            },
            Masked::Null,
            "",
        ),
        (
            r#"operator = "fixed", value = "02:00:00:00:00:0a""#,
            Value::Mac {
                address: [1, 1, 1, 1, 1, 1, 0, 0],
                len: 6,
            },
            Masked::Mac {
                address: [2, 0, 0, 0, 0, 10, 0, 0],
                len: 6,
            },
            "",
        ),
        (
            r#"operator = "bucket""#,
            Value::Interval {
                months: -30,
                days: 20,
                micros: 5,
            },
            Masked::Interval {
                months: -24,
                days: 0,
                micros: 0,
            },
            "",
        ),
        (
            r#"operator = "bucket""#,
            Value::Time {
                micros: 34_567_000_000,
                zone_seconds: Some(3600),
            },
            Masked::Time {
                micros: 32_400_000_000,
                zone_seconds: Some(0),
            },
            "",
        ),
        (
            r#"operator = "date-shift""#,
            Value::Date(i32::MAX),
            Masked::Date(i32::MAX),
            "",
        ),
    ] {
        assert_eq!(
            typed(mask, value),
            (masked, out.to_owned()),
            "{mask} {value:?}"
        );
    }
}

#[test]
fn one_thing_written_in_two_ways_masks_alike() {
    for mask in [
        r#"operator = "hash""#,
        r#"operator = "pseudonym", kind = "email""#,
    ] {
        let masked = |value| text("EMAIL_ADDRESS", mask, value);
        assert_eq!(masked(" Jo@Example.COM"), masked("jo@example.com"));
        assert_ne!(masked("jo@example.com"), masked("ja@example.com"));
    }
    let card = |value| text("CREDIT_CARD", r#"operator = "hash""#, value);
    assert_eq!(card("4111 1111 1111 1111"), card("4111-111111111111"));
    let shape = |value| text("CREDIT_CARD", r#"operator = "pseudonym""#, value);
    assert_eq!(
        shape("4111 1111 1111 1111").replace(' ', ""),
        shape("4111111111111111")
    );
}

#[test]
fn entities_are_separate_domains() {
    let hash = |entity| text(entity, r#"operator = "hash""#, "value");
    assert_ne!(hash("A"), hash("B"));
}

#[test]
fn the_shape_of_a_pseudonym_is_that_of_the_value() {
    let shape = |value: &str| -> String {
        let class = |c: char| match c {
            '0'..='9' => 'd',
            'a'..='z' => 'a',
            'A'..='Z' => 'A',
            other => other,
        };
        value.chars().map(class).collect()
    };
    let value = "AB-1234/cd.é";
    let masked = text("X", r#"operator = "pseudonym""#, value);
    assert_eq!(shape(&masked), "AA-dddd/aa.a");
    assert_ne!(masked, value);
}

#[test]
fn the_pseudonym_of_an_address_is_an_address() {
    use std::net::IpAddr;
    let pseudonym = |entity: &str, value: &str| text(entity, r#"operator = "pseudonym""#, value);
    for number in 0u32..300 {
        let [a, b, c, d] = number.wrapping_mul(40_503_001).to_be_bytes();
        let hex = format!("2001:db8:{a:x}{b:02x}::{c:x}:{number:X}");
        let mapped = format!("::ffff:{a}.{b}.{c}.{d}");
        for value in [format!("{a}.{b}.{c}.{d}"), hex, mapped] {
            let masked = pseudonym("IP_ADDRESS", &value);
            assert!(masked.parse::<IpAddr>().is_ok(), "{value} -> {masked}");
            assert_eq!(masked.len(), value.len());
        }
        let mac = format!("{a:02x}:{b:02X}:{c:02x}:{d:02x}:00:ff");
        let masked = pseudonym("MAC_ADDRESS", &mac);
        assert!(
            masked
                .split(':')
                .all(|part| u8::from_str_radix(part, 16).is_ok()),
            "{masked}"
        );
    }
}

#[test]
fn dates_move_together_and_never_stay() {
    let shift = |day| match typed(
        r#"operator = "date-shift", max_days = 10"#,
        Value::Date(day),
    )
    .0
    {
        Masked::Date(moved) => moved - day,
        other => panic!("{other:?}"),
    };
    let by = shift(0);
    assert!(by != 0 && by.abs() <= 10);
    assert_eq!((shift(9000), shift(-100_000)), (by, by));
    let micros = 86_400_000_000 * 3 + 5;
    let moved = typed(
        r#"operator = "date-shift", max_days = 10"#,
        Value::Timestamp {
            micros,
            zoned: true,
        },
    )
    .0;
    assert_eq!(
        moved,
        Masked::Timestamp(micros + i64::from(by) * 86_400_000_000)
    );
}

#[test]
fn a_span_is_masked_like_text_and_disappears_under_null() {
    for (mask, masked) in [
        (r#"operator = "redact""#, "x***"),
        (r#"operator = "null""#, "x"),
    ] {
        let (ruleset, rule) = masker("X", mask);
        let mut out = b"x".to_vec();
        ruleset.masker(rule).mask_span(b"abc", &mut out);
        assert_eq!(out, masked.as_bytes());
    }
}

#[test]
fn nothing_of_what_looks_like_a_separator_stays_by_itself() {
    for mask in [r#"operator = "keep-last""#, r#"operator = "pseudonym""#] {
        assert_eq!(text("X", mask, "--- ---"), "*******", "{mask}");
    }
    assert_eq!(text("X", r#"operator = "keep-first""#, "🙂🙂"), "**");
}

#[test]
fn what_a_column_cuts_short_is_not_the_value_either() {
    let cx = MaskContext {
        type_modifier: 5,
        ..MaskContext::default()
    };
    let (ruleset, rule) = masker("X", r#"operator = "hash""#);
    for value in "0123456789abcdef".chars() {
        let (value, mut out) = (value.to_string(), Vec::new());
        ruleset
            .masker(rule)
            .mask(Value::Text(value.as_bytes()), &cx, &mut out);
        assert_ne!(out, value.as_bytes());
        assert_eq!(out.len(), 1);
    }
}

#[test]
fn text_around_a_date_does_not_stay() {
    for mask in [
        r#"operator = "date-shift""#,
        r#"operator = "bucket""#,
        r#"operator = "noise""#,
    ] {
        let masked = text("X", mask, "2024-02-29 Jane");
        assert_eq!(masked, "***************", "{mask}");
    }
}

#[test]
fn what_is_known_of_a_mask_holds_no_key() {
    let secret = "[secret]";
    for entry in OPERATORS.iter().filter(|entry| entry.properties.keyed) {
        let (ruleset, rule) = masker("X", entry.examples[0].mask);
        let shown = format!("{:?}", ruleset.masker(rule));
        // A list of numbers would be bytes of a key.
        assert!(!shown.contains("[1") && !shown.contains(", 1"), "{shown}");
        assert!(shown.contains(secret) || shown.contains(".."), "{shown}");
        assert_eq!(ruleset.masker(rule).key_id(), Some("k"));
    }
}

#[test]
fn only_reversible_masks_are_revealed() {
    for entry in OPERATORS {
        let (ruleset, rule) = masker("X", entry.examples[0].mask);
        let mut out = Vec::new();
        let (value, cx) = (Value::Text(b"no such value"), MaskContext::default());
        let revealed = ruleset.masker(rule).reveal(value, &cx, &mut out);
        let expected = match entry.properties.reversible {
            true => RevealError::NotMasked,
            false => RevealError::Irreversible,
        };
        assert_eq!(
            (revealed, out),
            (Err(expected), Vec::new()),
            "{}",
            entry.name
        );
    }
}

#[test]
fn keys_and_tenants_separate_masks_and_an_unknown_key_is_an_error() {
    let pack = |mask: &str| PackSource {
        name: "t.toml".to_owned(),
        text: format!(
            "[pack]\nname = \"t\"\nversion = \"1\"\n[[dataset]]\nselect = {{ column = \"c\" }}\n\
             set = {{ entity = \"X\", mask = {{ {mask} }} }}\n"
        ),
    };
    let masked = |mask: &str, keys: &Keys| {
        let ruleset = Ruleset::compile(&[pack(mask)], keys, Backend::Portable).unwrap();
        let mut out = Vec::new();
        let cx = MaskContext::default();
        ruleset
            .masker(crate::RuleId(0))
            .mask(Value::Text(b"4111111111111111"), &cx, &mut out);
        let id = ruleset.masker(crate::RuleId(0)).key_id().map(str::to_owned);
        (out, id, ruleset.content_hash())
    };
    for operator in ["hash", "fpe", "tokenize", "test-card"] {
        let mask = format!("operator = \"{operator}\"");
        let pinned = format!("{mask}, key = \"old\"");
        let old = Keys::from_secret("old", b"1");
        let mut new = Keys::from_secret("new", b"2");
        new.add("old", b"1").unwrap();
        assert_ne!(masked(&mask, &new).0, masked(&mask, &old).0, "{operator}");
        assert_eq!(masked(&pinned, &new).0, masked(&mask, &old).0, "{operator}");
        assert_eq!(masked(&pinned, &new).1.as_deref(), Some("old"));
        let mut other = Keys::from_secret("old", b"1");
        other.set_tenant("acme");
        assert_ne!(masked(&mask, &other).0, masked(&mask, &old).0, "{operator}");
        assert_ne!(masked(&mask, &other).2, masked(&mask, &old).2, "{operator}");
        let unknown = pack(&format!("{mask}, key = \"odl\""));
        let error = Ruleset::compile(&[unknown], &old, Backend::Portable).unwrap_err();
        assert!(
            error.to_string().contains("no key has the id `odl`"),
            "{error}"
        );
    }
}

#[test]
fn what_entries_claim_of_length_and_uniqueness_holds() {
    let texts = |number: u32| {
        let digits = format!("{:010}", number.wrapping_mul(2_654_435_761));
        let address = std::net::Ipv4Addr::from(number.wrapping_mul(40_503_001));
        [
            digits.clone(),
            format!("4111-{digits}-22"),
            address.to_string(),
            format!("jane.{number}@example.com"),
            format!("{:04}-02-1{}", 1900 + number % 200, number % 10),
        ]
    };
    for entry in OPERATORS {
        let (ruleset, rule) = masker("X", entry.examples[0].mask);
        let masker = ruleset.masker(rule);
        let properties = masker.properties();
        for kind in 0..5 {
            let mut seen = BTreeSet::new();
            for number in 0..200 {
                let (value, mut out) = (&texts(number)[kind], Vec::new());
                masker.mask(
                    Value::Text(value.as_bytes()),
                    &MaskContext::default(),
                    &mut out,
                );
                if properties.length_kept {
                    assert_eq!(out.len(), value.len(), "{} {value}", entry.name);
                }
                // What has no meaning for the operator is redacted, all alike.
                if out.iter().any(|byte| *byte != b'*') {
                    let is_new = seen.insert(out);
                    let is_unique = properties.uniqueness == Uniqueness::Preserved;
                    assert!(is_new || !is_unique, "{} {value}", entry.name);
                }
            }
        }
    }
}
