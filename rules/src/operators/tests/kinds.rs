//! Every operator answers every kind of value with one of its kind.

use super::*;

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
