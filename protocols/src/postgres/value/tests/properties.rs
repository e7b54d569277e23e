//! The laws, over generated values.

use proptest::prelude::*;

use super::*;
use crate::postgres::value::{calendar::DAY_MICROS, leaf, literal};

/// A leaf type and a value of it.
fn scalars() -> impl Strategy<Value = (Type, Owned)> {
    let zone = -57_599..57_600_i32;
    let numeric = prop_oneof![
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?",
        prop::sample::select(vec!["NaN", "Infinity", "-Infinity"]).prop_map(str::to_owned),
    ];
    let float = prop_oneof![
        any::<f64>(),
        any::<f32>().prop_map(f64::from),
        (-1_000_000_i32..1_000_000).prop_map(|n| f64::from(n) / 100.0),
    ];
    prop_oneof![
        any::<i16>().prop_map(|v| (Type::Int2, Owned::Int(v.into(), 2))),
        any::<i32>().prop_map(|v| (Type::Int4, Owned::Int(v.into(), 4))),
        any::<i64>().prop_map(|v| (Type::Int8, Owned::Int(v, 8))),
        any::<u32>().prop_map(|v| (Type::Oid, Owned::Int(v.into(), 4))),
        any::<i64>().prop_map(|v| (Type::Money, Owned::Int(v, 8))),
        numeric.prop_map(|v| (Type::Numeric, Owned::Numeric(v))),
        float.prop_map(|v| (Type::Float8, Owned::Float(v, 8))),
        any::<f32>().prop_map(|v| (Type::Float4, Owned::Float(v.into(), 4))),
        any::<bool>().prop_map(|v| (Type::Bool, Owned::Bool(v))),
        (-2_451_545..2_145_031_949_i32).prop_map(|v| (Type::Date, Owned::Date(v))),
        (0..=DAY_MICROS).prop_map(|v| (Type::Time, Owned::Time(v, None))),
        (0..=DAY_MICROS, zone).prop_map(|(v, z)| (Type::Timetz, Owned::Time(v, Some(z)))),
        (-211_813_488_000_000_000..9_223_371_331_200_000_000_i64)
            .prop_map(|v| (Type::Timestamp, Owned::Timestamp(v, false))),
        (-211_813_400_000_000_000..9_223_371_300_000_000_000_i64)
            .prop_map(|v| (Type::Timestamptz, Owned::Timestamp(v, true))),
        (any::<i32>(), any::<i32>(), any::<i64>())
            .prop_map(|(m, d, u)| (Type::Interval, Owned::Interval(m, d, u))),
        (
            -30..30_i32,
            -40..40_i32,
            -90_000_000_000..90_000_000_000_i64
        )
            .prop_map(|(m, d, u)| (Type::Interval, Owned::Interval(m, d, u))),
        any::<[u8; 16]>().prop_map(|v| (Type::Uuid, Owned::Uuid(v))),
        (any::<[u8; 16]>(), 0..=128_u8)
            .prop_map(|(a, p)| (Type::Inet, Owned::Inet(a.map(|b| b & (b >> 2)), 16, p))),
        (any::<[u8; 4]>(), 0..=32_u8).prop_map(|(a, p)| {
            let mut address = [0; 16];
            address[..4].copy_from_slice(&a);
            (Type::Inet, Owned::Inet(address, 4, p))
        }),
        any::<[u8; 8]>().prop_map(|v| (Type::Macaddr8, Owned::Mac(v))),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(|v| (Type::Bytea, Owned::Bytes(v))),
    ]
}

#[derive(Clone, Debug)]
enum Owned {
    Int(i64, u8),
    Numeric(String),
    Float(f64, u8),
    Bool(bool),
    Date(i32),
    Time(i64, Option<i32>),
    Timestamp(i64, bool),
    Interval(i32, i32, i64),
    Uuid([u8; 16]),
    Inet([u8; 16], u8, u8),
    Mac([u8; 8]),
    Bytes(Vec<u8>),
}

impl Owned {
    fn scalar(&self) -> Scalar<'_> {
        match self {
            &Self::Int(value, width) => Scalar::Int { value, width },
            Self::Numeric(text) => Scalar::Numeric(text),
            &Self::Float(value, width) => Scalar::Float { value, width },
            &Self::Bool(value) => Scalar::Bool(value),
            &Self::Date(days) => Scalar::Date(days),
            &Self::Time(micros, zone_seconds) => Scalar::Time {
                micros,
                zone_seconds,
            },
            &Self::Timestamp(micros, zoned) => Scalar::Timestamp { micros, zoned },
            &Self::Interval(months, days, micros) => Scalar::Interval {
                months,
                days,
                micros,
            },
            &Self::Uuid(bytes) => Scalar::Uuid(bytes),
            &Self::Inet(address, len, prefix) => Scalar::Inet {
                address,
                len,
                prefix,
                cidr: false,
            },
            &Self::Mac(address) => Scalar::Mac { address, len: 8 },
            Self::Bytes(bytes) => Scalar::Bytes(bytes),
        }
    }
}

/// A text of the type, whose presentation is to be followed.
fn originals(ty: &Type) -> &'static [&'static str] {
    match ty {
        Type::Date => &[
            "2000-01-02",
            "01/02/2000",
            "01-02-2000",
            "02.01.2000",
            "infinity",
        ],
        Type::Timestamp => &[
            "2000-01-02 03:04:05",
            "01/02/2000 03:04:05",
            "Sun Jan 02 03:04:05 2000",
            "Sun 02 Jan 03:04:05 2000",
            "02.01.2000 03:04:05",
            "-infinity",
        ],
        Type::Timestamptz => &[
            "2000-01-02 03:04:05+01",
            "2000-01-02 03:04:05-00:01:15",
            "01/02/2000 03:04:05 CET",
            "Sun Jan 02 03:04:05 2000 EST",
            "Sun 02 Jan 03:04:05 2000 +0545",
            "02.01.2000 03:04:05+05:30",
            "infinity",
        ],
        Type::Interval => &["1 day", "@ 1 day", "1-2", "P1D", "04:05:06"],
        Type::Bytea => &["\\x00", "abc"],
        Type::Money => &["$1,234.56", "-1.234,56 EUR", "1234"],
        _ => &["0"],
    }
}

fn styles() -> impl Strategy<Value = Settings> {
    let format = prop::sample::select(vec![
        DateFormat::Iso,
        DateFormat::Sql,
        DateFormat::Postgres,
        DateFormat::German,
    ]);
    (format, any::<bool>()).prop_map(|(format, day_first)| Settings {
        date_style: DateStyle { format, day_first },
        ..Settings::default()
    })
}

/// Numerics are written without a minus before zero; NaN is no equal of itself.
fn normal(leaf: Scalar<'_>) -> String {
    match leaf {
        Scalar::Numeric(text) if text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.')) => {
            text.trim_start_matches('-').to_owned()
        }
        other => format!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn leaves_are_written_and_read_back_in_every_style((ty, value) in scalars(), settings in styles()) {
        for format in [Format::Text, Format::Binary] {
            for original in originals(&ty) {
                let encoding = Encoding { format, settings: &settings, types: &BuiltinTypes };
                let mut out = Vec::new();
                let fit = leaf::encode(&ty, encoding, original.as_bytes(), value.scalar(), &mut out);
                prop_assert_eq!(fit, leaf::Fit::Written);
                let mut buffer = Vec::new();
                let read = leaf::decode(&ty, encoding, &out, &mut buffer);
                let shown = String::from_utf8_lossy(&out);
                prop_assert_eq!(read.map(normal), Ok(normal(value.scalar())), "{}", shown);
            }
        }
    }

    #[test]
    fn numerics_compare_as_numbers(a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000) {
        let text = |n: i64, zeros: &str| {
            let sign = if n < 0 { "-" } else { "" };
            format!("{sign}{}.{:03}{zeros}", n.unsigned_abs() / 1000, n.unsigned_abs() % 1000)
        };
        let compared = super::super::numeric::compare(&text(a, ""), &text(b, "00"));
        prop_assert_eq!(compared, Some(a.cmp(&b)));
    }

    #[test]
    fn no_bytes_bring_the_walker_down(
        which in 0..40_usize,
        binary in any::<bool>(),
        bytes in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        check_any(which, binary, &bytes)?;
    }

    #[test]
    fn no_syntax_brings_the_walker_down(
        which in 0..40_usize,
        pieces in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", "(", ")", "<", ">", "<a", "</a>", "/", "<!--", "-->", "<![CDATA[", "]]>",
            "<?", "?>", "<!DOCTYPE", "\"", "'", "\\", "\\u", "d83d", ",", ":", ";", "=", "=>", "&", "&lt;",
            "&#x41;", "NULL", "null", "true", "empty", "1", "-", "+", ".", "e", "a", " ", "é", "2000-01-01",
            "12:00:00", "PT", "@", "BC", "infinity",
        ]), 0..20),
    ) {
        check_any(which, false, pieces.concat().as_bytes())?;
    }

    #[test]
    fn arrays_of_texts_keep_their_shape(array in nested_arrays()) {
        let ty = Type::array(Type::Text);
        for format in [Format::Text, Format::Binary] {
            let value = array.encode(format);
            let as_sent = (format, &Settings::default());
            let (_, written) = rewrite_by(&ty, as_sent, &value, shout).unwrap();
            let expected = array.shouted().encode(format);
            prop_assert_eq!(
                String::from_utf8_lossy(if written.is_empty() { &value } else { &written }),
                String::from_utf8_lossy(&expected)
            );
        }
    }
}

fn check_any(which: usize, binary: bool, bytes: &[u8]) -> Result<(), TestCaseError> {
    let row = Type::composite([Type::Text, Type::Json, Type::Xml]);
    let types = [
        Type::Text,
        Type::Bpchar,
        Type::Name,
        Type::Char,
        Type::Int4,
        Type::Numeric,
        Type::Float8,
        Type::Money,
        Type::Date,
        Type::Timetz,
        Type::Timestamptz,
        Type::Interval,
        Type::Uuid,
        Type::Inet,
        Type::Cidr,
        Type::Macaddr,
        Type::Bytea,
        Type::Bits,
        Type::Json,
        Type::Jsonb,
        Type::Jsonpath,
        Type::Xml,
        Type::Hstore,
        Type::Tsvector,
        Type::array(Type::Text),
        Type::array(row.clone()),
        Type::AnyArray,
        Type::Vector {
            element: Type::Int2.into(),
        },
        row,
        Type::Record,
        Type::range(Type::Text),
        Type::range(Type::Numeric),
        Type::multirange(Type::Timestamptz),
        Type::Opaque,
        Type::array(Type::Bytea),
        Type::array(Type::Date),
        Type::range(Type::Date),
        Type::array(Type::range(Type::Int8)),
        Type::Time,
        Type::Reg,
    ];
    let ty = &types[which % types.len()];
    let settings = Settings::default();
    let as_sent = (
        if binary { Format::Binary } else { Format::Text },
        &settings,
    );
    let kept = rewrite_by(ty, as_sent, bytes, |_, _, _| Masked::Keep);
    prop_assert!(matches!(kept, Ok((Rewritten::Unchanged, _)) | Err(_)));
    // Whatever a masker makes of it can be read again.
    if let Ok((Rewritten::Changed, written)) = rewrite_by(ty, as_sent, bytes, shout) {
        prop_assert!(
            leaves(ty, as_sent, &written).is_ok(),
            "{:?} of {:?}",
            written,
            ty
        );
    }
    if let Ok((Rewritten::Changed, written)) =
        rewrite_by(ty, as_sent, bytes, |_, _, _| Masked::Null)
    {
        prop_assert!(
            leaves(ty, as_sent, &written).is_ok(),
            "{:?} of {:?}",
            written,
            ty
        );
    }
    Ok(())
}

/// Makes every text longer and awkward to quote.
fn shout(_: LeafSite<'_>, leaf: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
    let Scalar::Text(text) = leaf else {
        return Masked::Keep;
    };
    out.extend_from_slice(String::from_utf8_lossy(text).replace('\0', "").as_bytes());
    out.extend_from_slice(b"!\"\\,{}()[]<>&'\n");
    Masked::Out
}

/// A rectangular array of texts.
#[derive(Clone, Debug)]
struct Array {
    /// Length and lower bound of each dimension.
    dimensions: Vec<(i32, i32)>,
    elements: Vec<Option<String>>,
}

fn nested_arrays() -> impl Strategy<Value = Array> {
    prop::collection::vec((1..4_i32, -2..3_i32), 1..4).prop_flat_map(|dimensions| {
        let count: i32 = dimensions.iter().map(|(length, _)| length).product();
        let element = prop::option::of("[a \"\\\\{},;é]{0,4}|NULL|null");
        prop::collection::vec(element, count as usize).prop_map(move |elements| Array {
            dimensions: dimensions.clone(),
            elements,
        })
    })
}

impl Array {
    fn shouted(&self) -> Self {
        let shouted = |text: &String| format!("{text}!\"\\,{{}}()[]<>&'\n");
        let elements = self
            .elements
            .iter()
            .map(|element| element.as_ref().map(shouted))
            .collect();
        Self {
            elements,
            ..self.clone()
        }
    }

    fn encode(&self, format: Format) -> Vec<u8> {
        let mut out = Vec::new();
        if format == Format::Text {
            if self.dimensions.iter().any(|(_, lower)| *lower != 1) {
                for (length, lower) in &self.dimensions {
                    out.extend_from_slice(format!("[{lower}:{}]", lower + length - 1).as_bytes());
                }
                out.push(b'=');
            }
            let mut elements = self.elements.iter();
            self.encode_level(0, &mut elements, &mut out);
        } else {
            let has_null = self.elements.iter().any(Option::is_none);
            for word in [
                i32::try_from(self.dimensions.len()).unwrap(),
                has_null.into(),
                25,
            ] {
                out.extend_from_slice(&word.to_be_bytes());
            }
            for (length, lower) in &self.dimensions {
                out.extend_from_slice(&length.to_be_bytes());
                out.extend_from_slice(&lower.to_be_bytes());
            }
            for element in &self.elements {
                match element {
                    Some(text) => literal::push_sized(text.as_bytes(), &mut out).unwrap(),
                    None => out.extend_from_slice(&[0xFF; 4]),
                }
            }
        }
        out
    }

    fn encode_level<'e>(
        &self,
        level: usize,
        elements: &mut impl Iterator<Item = &'e Option<String>>,
        out: &mut Vec<u8>,
    ) {
        out.push(b'{');
        for at in 0..self.dimensions[level].0 {
            if at > 0 {
                out.push(b',');
            }
            if level + 1 < self.dimensions.len() {
                self.encode_level(level + 1, elements, out);
            } else {
                match elements.next().unwrap() {
                    Some(text) => {
                        let plain = !text.is_empty()
                            && !text.eq_ignore_ascii_case("null")
                            && !text.contains([' ', '"', '\\', '{', '}', ',', '\n']);
                        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
                        let quote = if plain { "" } else { "\"" };
                        out.extend_from_slice(format!("{quote}{escaped}{quote}").as_bytes());
                    }
                    None => out.extend_from_slice(b"NULL"),
                }
            }
        }
        out.push(b'}');
    }
}
