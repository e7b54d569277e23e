//! What is refused: every broken rule has its input, and an answer that does not fit becomes NULL.

use super::*;

const TEXT: Format = Format::Text;
const BINARY: Format = Format::Binary;

fn keep(ty: &Type, format: Format, value: &[u8]) -> Result<Rewritten, Undecodable> {
    rewrite_by(ty, (format, &Settings::default()), value, |_, _, _| {
        Masked::Keep
    })
    .map(|(r, _)| r)
}

#[test]
fn malformed_values_are_undecodable() {
    use Undecodable as U;
    let row = Type::composite([Type::Int4, Type::Text]);
    let ints = Type::array(Type::Int4);
    let range = Type::range(Type::Int4);
    let ranges = Type::multirange(Type::Int4);
    let table: &[(&Type, Format, &[u8], U)] = &[
        (&Type::Int4, BINARY, b"\0\0\0", U::Length),
        (&Type::Int4, BINARY, b"\0\0\0\0\0", U::Length),
        (&Type::Timetz, BINARY, &[0; 8], U::Length),
        (&Type::Interval, BINARY, &[0; 17], U::Length),
        (&Type::Void, TEXT, b"x", U::Length),
        (&Type::Int4, TEXT, b"2147483648", U::Number),
        (&Type::Int2, TEXT, b"+1", U::Number),
        (&Type::Oid, TEXT, b"-1", U::Number),
        (&Type::Xid8, BINARY, &[0xFF; 8], U::Number),
        (&Type::Int8, TEXT, b"", U::Number),
        (&Type::Float8, TEXT, b"1,5", U::Number),
        (&Type::Money, TEXT, b"$", U::Number),
        (&Type::Money, TEXT, b"$99999999999999999999", U::Number),
        (&Type::Numeric, TEXT, b".5", U::Number),
        (&Type::Numeric, TEXT, b"5.", U::Number),
        (&Type::Numeric, TEXT, b"1e5", U::Number),
        (&Type::Numeric, BINARY, b"\0\x01\0\0\0\0\0\0", U::Length),
        (
            &Type::Numeric,
            BINARY,
            b"\0\x01\0\0\0\0\0\0\x27\x10",
            U::Number,
        ),
        (&Type::Numeric, BINARY, b"\0\0\0\0\x12\x34\0\0", U::Number),
        (&Type::Numeric, BINARY, b"\0\0\0\0\0\0\x40\0", U::Number),
        (&Type::Bool, TEXT, b"true", U::Bool),
        (&Type::Bool, BINARY, b"\x02", U::Bool),
        (&Type::Date, TEXT, b"2021-02-29", U::Date),
        (&Type::Date, TEXT, b"2021-02-28x", U::Date),
        (&Type::Date, TEXT, b"2021-02", U::Date),
        (&Type::Date, TEXT, b"5874898-01-01", U::Date),
        (&Type::Time, TEXT, b"24:00:01", U::Time),
        (&Type::Time, TEXT, b"12:00:00+01", U::Time),
        (&Type::Time, TEXT, b"12:00:00.1234567", U::Time),
        (&Type::Time, BINARY, &[0xFF; 8], U::Time),
        (&Type::Timetz, TEXT, b"12:00:00", U::Time),
        (&Type::Timetz, TEXT, b"12:00:00+99", U::Time),
        (&Type::Timestamp, TEXT, b"2021-02-28 12:00:00+01", U::Time),
        (&Type::Timestamp, TEXT, b"294277-01-01 00:00:00", U::Time),
        (&Type::Timestamptz, TEXT, b"2021-02-28 12:00:00", U::Time),
        (
            &Type::Timestamptz,
            TEXT,
            b"Sun Foo 28 12:00:00 2021 CET",
            U::Time,
        ),
        (&Type::Interval, TEXT, b"3 fortnights", U::Interval),
        (&Type::Interval, TEXT, b"P1X", U::Interval),
        (
            &Type::Interval,
            TEXT,
            b"9223372036854775807:00:00",
            U::Interval,
        ),
        (&Type::Inet, TEXT, b"10.0.0.256", U::Address),
        (&Type::Inet, TEXT, b"10.0.0.1/33", U::Address),
        (&Type::Inet, BINARY, b"\x02\x20\0\x10\0\0\0\0", U::Address),
        (&Type::Macaddr, TEXT, b"08:00:2b:01:02", U::Address),
        (&Type::Macaddr, TEXT, b"08:00:2b:01:02:03:04", U::Address),
        (
            &Type::Uuid,
            TEXT,
            b"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
            U::Uuid,
        ),
        (
            &Type::Uuid,
            TEXT,
            b"a0eebc99+9c0b-4ef8-bb6d-6bb9bd380a11",
            U::Uuid,
        ),
        (&Type::Bytea, TEXT, b"\\x0", U::Bytea),
        (&Type::Bytea, TEXT, b"\\xzz", U::Bytea),
        (&Type::Bytea, TEXT, b"\\9", U::Bytea),
        (&Type::Bits, TEXT, b"012", U::Bits),
        (&Type::Bits, BINARY, b"\0\0\0\x09\xFF", U::Bits),
        (&Type::Jsonb, BINARY, b"\x02{}", U::Version),
        (&Type::Jsonb, BINARY, b"", U::Version),
        (&Type::Jsonpath, BINARY, b"$", U::Version),
        (&Type::Json, TEXT, b"", U::Json),
        (&Type::Json, TEXT, b"{\"a\":1", U::Json),
        (&Type::Json, TEXT, b"{\"a\",1}", U::Json),
        (&Type::Json, TEXT, b"{\"a\":1,}", U::Json),
        (&Type::Json, TEXT, b"{a:1}", U::Json),
        (&Type::Json, TEXT, b"[1 2]", U::Json),
        (&Type::Json, TEXT, b"[1,]", U::Json),
        (&Type::Json, TEXT, b"[1}", U::Json),
        (&Type::Json, TEXT, b"1 2", U::Json),
        (&Type::Json, TEXT, b"01", U::Json),
        (&Type::Json, TEXT, b"1.", U::Json),
        (&Type::Json, TEXT, b"1e", U::Json),
        (&Type::Json, TEXT, b"--1", U::Json),
        (&Type::Json, TEXT, b"nul", U::Json),
        (&Type::Json, TEXT, b"\"\\x\"", U::Json),
        (&Type::Json, TEXT, b"\"\\u12\"", U::Json),
        (&Type::Json, TEXT, b"\"open", U::Json),
        (&ints, TEXT, b"", U::Array),
        (&ints, TEXT, b"{1,2", U::Array),
        (&ints, TEXT, b"{1}}", U::Array),
        (&ints, TEXT, b"{1,}", U::Array),
        (&ints, TEXT, b"{,1}", U::Array),
        (&ints, TEXT, b"{1}{2}", U::Array),
        (&ints, TEXT, b"{{{{{{{1}}}}}}}", U::Array),
        (&ints, TEXT, b"[1:2]{1,2}", U::Array),
        (&ints, TEXT, b"{\"1}", U::Array),
        (&ints, TEXT, b"{x}", U::Number),
        (&ints, BINARY, b"\0\0\0\x07\0\0\0\0\0\0\0\x17", U::Array),
        (&ints, BINARY, b"\0\0\0\0\0\0\0\x02\0\0\0\x17", U::Array),
        (
            &ints,
            BINARY,
            b"\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\x02\0\0\0\x01\xFF\xFF\xFF\xFF",
            U::Array,
        ),
        (
            &ints,
            BINARY,
            b"\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\0\0\0\0\x01\xFF\xFF\xFF\xFF",
            U::Array,
        ),
        (
            &ints,
            BINARY,
            b"\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\x01\0\0\0\x01\xFF\xFF\xFF\xFE",
            U::Length,
        ),
        (
            &ints,
            BINARY,
            b"\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\x01\0\0\0\x01\x7F\xFF\xFF\xFF\0",
            U::Length,
        ),
        (&row, TEXT, b"1,a", U::Composite),
        (&row, TEXT, b"(1,a", U::Composite),
        (&row, TEXT, b"(1,a)x", U::Composite),
        (&row, TEXT, b"(1)", U::FieldCount),
        (&row, TEXT, b"(1,a,b)", U::FieldCount),
        (
            &row,
            BINARY,
            b"\0\0\0\x01\0\0\0\x17\xFF\xFF\xFF\xFF",
            U::FieldCount,
        ),
        (&Type::Record, BINARY, b"\xFF\xFF\xFF\xFF", U::Composite),
        (&Type::Record, BINARY, b"\0\0\0\0x", U::Composite),
        (&Type::Record, BINARY, b"\x7F\xFF\xFF\xFF", U::Length),
        (&range, TEXT, b"1,2", U::Range),
        (&range, TEXT, b"[1)", U::Range),
        (&range, TEXT, b"[1,2", U::Range),
        (&range, TEXT, b"[1,2)x", U::Range),
        (&range, BINARY, b"\x40", U::Range),
        (&range, BINARY, b"\x01x", U::Range),
        (&range, BINARY, b"\x02\xFF\xFF\xFF\xFF", U::Range),
        (&range, BINARY, b"\x02\0\0\0\x04\0\0\0\x01", U::Length),
        (&ranges, TEXT, b"[1,2)", U::Range),
        (&ranges, TEXT, b"{[1,2),}", U::Range),
        (&ranges, BINARY, b"\0\0\0\x01", U::Range),
        (&Type::Hstore, TEXT, b"a=>1", U::Hstore),
        (&Type::Hstore, TEXT, b"\"a\"=>\"1\",", U::Hstore),
        (&Type::Hstore, TEXT, b"\"a\"", U::Hstore),
        (&Type::Hstore, BINARY, b"\0\0\0\x01", U::Hstore),
        (
            &Type::Hstore,
            BINARY,
            b"\0\0\0\x01\xFF\xFF\xFF\xFF",
            U::Hstore,
        ),
        (&Type::Tsvector, TEXT, b"fat", U::Tsvector),
        (&Type::Tsvector, TEXT, b"'fat':x", U::Tsvector),
        (&Type::Tsvector, TEXT, b"'fat' ", U::Tsvector),
        (&Type::Tsvector, BINARY, b"\0\0\0\x01", U::Tsvector),
        (&Type::Tsvector, BINARY, b"\0\0\0\x01a", U::Length),
    ];
    for (ty, format, value, error) in table {
        let shown = String::from_utf8_lossy(value);
        assert_eq!(
            keep(ty, *format, value),
            Err(*error),
            "{shown:?} as {ty:?} {format:?}"
        );
    }
}

#[test]
fn types_nested_too_deeply_are_refused() {
    let nested = |levels| (0..levels).fold(Type::Text, |ty, _| Type::composite([ty]));
    let mut deepest = b"x".to_vec();
    for _ in 0..TYPE_DEPTH_MAX {
        let mut outer = vec![0, 0, 0, 1, 0, 0, 0, 25];
        outer.extend_from_slice(&u32::try_from(deepest.len()).unwrap().to_be_bytes());
        outer.extend_from_slice(&deepest);
        deepest = outer;
    }
    assert_eq!(
        keep(&nested(TYPE_DEPTH_MAX), BINARY, &deepest),
        Ok(Rewritten::Unchanged)
    );
    assert_eq!(
        keep(&nested(TYPE_DEPTH_MAX + 1), BINARY, &deepest),
        Err(Undecodable::Depth)
    );
}

#[test]
fn documents_nested_too_deeply_are_refused_without_recursion() {
    for (open, close, ty) in [
        ("[", "]", Type::Json),
        ("{\"a\":", "}", Type::Json),
        ("<a>", "</a>", Type::Xml),
    ] {
        let nested = |levels: u16| {
            let levels = usize::from(levels);
            let inside = if ty == Type::Xml { "" } else { "1" };
            format!("{}{inside}{}", open.repeat(levels), close.repeat(levels))
        };
        let deepest = nested(JSON_DEPTH_MAX);
        assert_eq!(
            keep(&ty, TEXT, deepest.as_bytes()),
            Ok(Rewritten::Unchanged)
        );
        let deeper = nested(JSON_DEPTH_MAX + 1);
        assert_eq!(keep(&ty, TEXT, deeper.as_bytes()), Err(Undecodable::Depth));
    }
}

#[test]
fn float_datetimes_are_refused_in_binary() {
    let settings = Settings {
        integer_datetimes: false,
        ..Settings::default()
    };
    for ty in [
        Type::Time,
        Type::Timetz,
        Type::Timestamp,
        Type::Timestamptz,
        Type::Interval,
    ] {
        let result = rewrite_by(&ty, (BINARY, &settings), &[0; 16], |_, _, _| Masked::Keep);
        assert_eq!(result, Err(Undecodable::FloatDatetimes));
    }
}

#[test]
fn other_client_encodings_are_read_only_where_ascii_is_safe() {
    let mut settings = Settings::default();
    settings.apply(b"client_encoding", b"GBK");
    let mut latin = Settings::default();
    latin.apply(b"client_encoding", b"LATIN1");
    let star = |_: LeafSite<'_>, _: Scalar<'_>, out: &mut Vec<u8>| {
        out.push(b'*');
        Masked::Out
    };
    let accent = |_: LeafSite<'_>, _: Scalar<'_>, out: &mut Vec<u8>| {
        out.extend_from_slice("é".as_bytes());
        Masked::Out
    };
    let as_sent = (TEXT, &settings);
    let json: &[u8] = b"\"\xE9\"";
    assert_eq!(
        rewrite_by(&Type::Json, as_sent, json, star),
        Err(Undecodable::Encoding)
    );
    assert_eq!(
        rewrite_by(&Type::Json, as_sent, b"\"e\"", star),
        Ok((Rewritten::Changed, b"\"*\"".to_vec()))
    );
    assert_eq!(
        rewrite_by(&Type::Json, (TEXT, &latin), json, accent),
        Ok((Rewritten::Changed, b"\"??\"".to_vec()))
    );
    assert_eq!(
        rewrite_by(&Type::Text, as_sent, b"\xE9", star),
        Ok((Rewritten::Changed, b"*".to_vec()))
    );
    assert_eq!(
        rewrite_by(&Type::Text, as_sent, b"\xE9", accent),
        Ok((Rewritten::Changed, b"??".to_vec()))
    );
}

#[test]
fn answers_that_do_not_fit_become_null() {
    let mood = Type::enumeration([&b"sad"[..], b"happy"]);
    let inet = Masked::Inet {
        address: [0; 16],
        len: 4,
        prefix: 33,
    };
    let table: [(&Type, &str, Masked, &[u8]); 22] = [
        (&Type::Text, "x", Masked::Int(1), b""),
        (&Type::Text, "x", Masked::Date(1), b""),
        (&Type::Text, "x", Masked::Null, b""),
        (&Type::Text, "x", Masked::Out, b"nul \0"),
        (&Type::Text, "x", Masked::Out, b"\xFF"),
        (&Type::Int2, "1", Masked::Int(32_768), b""),
        (&Type::Int4, "1", Masked::Int(-2_147_483_649), b""),
        (&Type::Oid, "1", Masked::Int(-1), b""),
        (&Type::Int4, "1", Masked::Out, b"2"),
        (&Type::Float4, "1", Masked::Float(1e300), b""),
        (&Type::Numeric, "1", Masked::Out, b"one"),
        (&Type::Numeric, "1", Masked::Out, b""),
        (&Type::Numeric, "1", Masked::Int(2), b""),
        (&Type::Date, "2000-01-01", Masked::Date(i32::MAX - 1), b""),
        (
            &Type::Timestamp,
            "2000-01-01 00:00:00",
            Masked::Timestamp(i64::MAX - 1),
            b"",
        ),
        (
            &Type::Time,
            "00:00:00",
            Masked::Time {
                micros: -1,
                zone_seconds: None,
            },
            b"",
        ),
        (
            &Type::Time,
            "00:00:00",
            Masked::Time {
                micros: 1,
                zone_seconds: Some(0),
            },
            b"",
        ),
        (&Type::Inet, "::1", inet, b""),
        (
            &Type::Macaddr,
            "00:00:00:00:00:00",
            Masked::Mac {
                address: [0; 8],
                len: 8,
            },
            b"",
        ),
        (&Type::Bits, "101", Masked::Out, b"10"),
        (&Type::Bits, "101", Masked::Out, b"102"),
        (&mood, "sad", Masked::Out, b"angry"),
    ];
    for (ty, value, answer, written) in table {
        let as_sent = (TEXT, &Settings::default());
        let result = rewrite_by(ty, as_sent, value.as_bytes(), |_, _, out| {
            out.extend_from_slice(written);
            answer
        });
        assert_eq!(
            result,
            Ok((Rewritten::Null, vec![])),
            "{answer:?} for {ty:?}"
        );
    }
}

#[test]
fn errors_say_what_is_wrong_and_no_data() {
    let error: Box<dyn std::error::Error> = Box::new(Undecodable::Json);
    assert_eq!(error.to_string(), "malformed json");
    assert_eq!(format!("{error:?}"), "Json");
}
