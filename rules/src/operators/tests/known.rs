//! What operators make of known values.

use super::*;

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
