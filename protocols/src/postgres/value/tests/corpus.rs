//! Values as a real server sent them (`corpus.tsv`, made by `corpus.sql`): our codecs agree with it
//! and with each other.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::calendar::DAY_MICROS;
use super::*;

struct Sample {
    name: &'static str,
    ty: Type,
    settings: Settings,
    text: Vec<u8>,
    binary: Vec<u8>,
}

impl Sample {
    fn forms(&self) -> [((Format, &Settings), &[u8]); 2] {
        [
            ((Format::Text, &self.settings), &self.text),
            ((Format::Binary, &self.settings), &self.binary),
        ]
    }

    /// For failures.
    fn label(&self) -> String {
        format!("{} {}", self.name, String::from_utf8_lossy(&self.text))
    }

    /// Does the text form say less than the binary form about the kinds of leaves?
    fn is_opaque(&self) -> bool {
        matches!(self.ty, Type::Opaque | Type::Reg)
            || self.ty
                == Type::Array {
                    element: Arc::new(Type::Opaque),
                    delimiter: b';',
                }
    }
}

fn samples() -> Vec<Sample> {
    let types = types();
    let samples: Vec<_> = include_str!("../corpus.tsv")
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [name, setting, text, binary] = fields[..] else {
                panic!("four fields: {line}")
            };
            let mut settings = Settings::default();
            for part in setting.split("; ").filter_map(|part| part.split_once('=')) {
                settings.apply(part.0.as_bytes(), part.1.as_bytes());
            }
            let (element, is_array) = name
                .strip_suffix("[]")
                .map_or((name, false), |element| (element, true));
            let element = types
                .get(element)
                .unwrap_or_else(|| panic!("type {element}"))
                .clone();
            let delimiter = if name == "box[]" { b';' } else { b',' };
            let ty = match is_array {
                true => Type::Array {
                    element: Arc::new(element),
                    delimiter,
                },
                false => element,
            };
            Sample {
                name,
                ty,
                settings,
                text: unescape(text),
                binary: unhex(binary),
            }
        })
        .collect();
    assert!(samples.len() > 800, "the corpus is there");
    samples
}

fn types() -> HashMap<&'static str, Type> {
    let mood: [&[u8]; 6] = [
        b"sad",
        b"so so",
        b"happy",
        b"quo\"te\\",
        b"{curly}",
        b"NULL",
    ];
    let mood = Type::enumeration(mood);
    let inner = Type::composite([Type::Int4, Type::Text, Type::Date]);
    let outer = [
        inner.clone(),
        Type::array(Type::Text),
        mood.clone(),
        Type::Float8,
        Type::Jsonb,
        Type::range(Type::Int4),
    ];
    let named = [
        ("citext", Type::Text),
        ("hstore", Type::Hstore),
        ("mood", mood),
        ("inner_row", inner),
        ("outer_row", Type::composite(outer)),
        ("textrange", Type::range(Type::Text)),
        ("character(12)", Type::Bpchar),
        ("bit(3)", Type::Bits),
    ];
    let builtins = [
        ("text", 25),
        ("varchar", 1043),
        ("bpchar", 1042),
        ("name", 19),
        ("\"char\"", 18),
        ("int2", 21),
        ("int4", 23),
        ("int8", 20),
        ("oid", 26),
        ("xid", 28),
        ("xid8", 5069),
        ("numeric", 1700),
        ("float4", 700),
        ("float8", 701),
        ("money", 790),
        ("bool", 16),
        ("date", 1082),
        ("time", 1083),
        ("timetz", 1266),
        ("timestamp", 1114),
        ("timestamptz", 1184),
        ("interval", 1186),
        ("uuid", 2950),
        ("inet", 869),
        ("cidr", 650),
        ("macaddr", 829),
        ("macaddr8", 774),
        ("bytea", 17),
        ("varbit", 1562),
        ("json", 114),
        ("jsonb", 3802),
        ("jsonpath", 4072),
        ("xml", 142),
        ("tsvector", 3614),
        ("tsquery", 3615),
        ("point", 600),
        ("box", 603),
        ("pg_lsn", 3220),
        ("tid", 27),
        ("regclass", 2205),
        ("int2vector", 22),
        ("oidvector", 30),
        ("int4range", 3904),
        ("int8range", 3926),
        ("numrange", 3906),
        ("daterange", 3912),
        ("tsrange", 3908),
        ("tstzrange", 3910),
        ("int4multirange", 4451),
        ("nummultirange", 4532),
        ("datemultirange", 4535),
        ("tsmultirange", 4533),
    ];
    let builtins = builtins.map(|(name, oid)| (name, builtin(oid).unwrap()));
    named.into_iter().chain(builtins).collect()
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'\\' => match bytes.next().unwrap() {
                b't' => b'\t',
                b'n' => b'\n',
                b'r' => b'\r',
                b'b' => 8,
                b'f' => 12,
                b'v' => 11,
                b'\\' => b'\\',
                other => panic!("escape {other}"),
            },
            other => other,
        });
    }
    out
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}

#[test]
fn keeping_every_leaf_changes_no_byte() {
    for sample in samples() {
        for (as_sent, value) in sample.forms() {
            let result = rewrite_by(&sample.ty, as_sent, value, |_, _, _| Masked::Keep);
            assert_eq!(
                result,
                Ok((Rewritten::Unchanged, vec![])),
                "{}",
                sample.label()
            );
        }
    }
}

#[test]
fn text_and_binary_give_the_same_leaves() {
    for sample in samples().iter().filter(|sample| !sample.is_opaque()) {
        let [text, binary] = sample
            .forms()
            .map(|(as_sent, value)| leaves(&sample.ty, as_sent, value));
        assert_eq!(text, binary, "{}", sample.label());
    }
}

#[test]
fn writing_every_leaf_anew_gives_the_bytes_of_the_server() {
    for sample in samples() {
        for (as_sent, value) in sample.forms() {
            let result = rewrite_by(&sample.ty, as_sent, value, |_, leaf, out| again(leaf, out));
            let (rewritten, written) = result.unwrap();
            // Their texts can be written in several ways: compare what they mean.
            let free = matches!(sample.ty, Type::Json | Type::Xml | Type::Jsonb)
                || matches!(&sample.ty, Type::Array { element, .. } if **element == Type::Json);
            // They cannot be written at all: what is not kept is gone.
            let unwritable = match &sample.ty {
                Type::Reg => as_sent.0 == Format::Text,
                Type::Jsonpath => true,
                _ => sample.is_opaque(),
            };
            match rewritten {
                Rewritten::Unchanged => {
                    let leaves = leaves(&sample.ty, as_sent, value).unwrap();
                    assert!(free || leaves.is_empty(), "{}", sample.label());
                }
                Rewritten::Null => assert!(unwritable, "{} became null", sample.label()),
                Rewritten::Changed if unwritable => {
                    assert_eq!(leaves(&sample.ty, as_sent, &written), Ok(vec![]));
                }
                Rewritten::Changed if free => assert_eq!(
                    leaves(&sample.ty, as_sent, &written),
                    leaves(&sample.ty, as_sent, value),
                    "{}",
                    sample.label()
                ),
                Rewritten::Changed => assert_eq!(
                    String::from_utf8_lossy(&written),
                    String::from_utf8_lossy(value),
                    "{} {:?}",
                    sample.label(),
                    as_sent.0
                ),
            }
        }
    }
}

#[test]
fn masked_values_decode_to_masked_leaves_of_the_same_type() {
    for sample in samples().into_iter().filter(|sample| !sample.is_opaque()) {
        let bits = sample.ty == Type::Bits;
        let [text, binary] = sample.forms().map(|(as_sent, value)| {
            let mut expected = Vec::new();
            let (rewritten, written) = rewrite_by(&sample.ty, as_sent, value, |site, leaf, out| {
                let answer = other(site, leaf, bits, out);
                let after = super::super::scalar::after(leaf, answer, out).unwrap();
                expected.push(show(site, after));
                answer
            })
            .unwrap();
            if rewritten != Rewritten::Changed {
                return None;
            }
            let mut found = Vec::new();
            rewrite_by(&sample.ty, as_sent, &written, |site, leaf, _| {
                found.push(show(site, leaf));
                Masked::Keep
            })
            .unwrap();
            // Bounds of ranges may have changed places.
            let values = |leaves: &[String]| {
                let mut values = leaves.to_vec();
                values.sort();
                values
            };
            assert_eq!(values(&found), values(&expected), "{}", sample.label());
            Some(found)
        });
        assert_eq!(text, binary, "{}", sample.label());
    }
}

#[test]
fn nothing_is_left_when_no_leaf_may_stay() {
    for sample in samples() {
        for (as_sent, value) in sample.forms() {
            let before = leaves(&sample.ty, as_sent, value).unwrap();
            let result = rewrite_by(&sample.ty, as_sent, value, |_, _, _| Masked::Null);
            let (rewritten, written) = result.unwrap();
            match rewritten {
                Rewritten::Unchanged => assert_eq!(before, [""; 0], "{}", sample.label()),
                Rewritten::Null => {}
                Rewritten::Changed => {
                    for leaf in leaves(&sample.ty, as_sent, &written).unwrap() {
                        let names = ["true 0 Text(masked)", "true 1 Text(masked)"];
                        let placeholder = leaf.ends_with("Text()")
                            || names.iter().any(|name| leaf.ends_with(name));
                        assert!(placeholder, "{} keeps {leaf}", sample.label());
                    }
                }
            }
        }
    }
}

/// Answers with the value that is there already.
fn again(leaf: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
    match leaf {
        Scalar::Text(text) | Scalar::Bytes(text) | Scalar::Enum(text) => {
            out.extend_from_slice(text);
            Masked::Out
        }
        Scalar::Numeric(text) => {
            out.extend_from_slice(text.as_bytes());
            Masked::Out
        }
        Scalar::Int { value, .. } => Masked::Int(value),
        Scalar::Float { value, .. } => Masked::Float(value),
        Scalar::Bool(value) => Masked::Bool(value),
        Scalar::Date(days) => Masked::Date(days),
        Scalar::Timestamp { micros, .. } => Masked::Timestamp(micros),
        Scalar::Time {
            micros,
            zone_seconds,
        } => Masked::Time {
            micros,
            zone_seconds,
        },
        Scalar::Interval {
            months,
            days,
            micros,
        } => Masked::Interval {
            months,
            days,
            micros,
        },
        Scalar::Uuid(bytes) => Masked::Uuid(bytes),
        Scalar::Inet {
            address,
            len,
            prefix,
            ..
        } => Masked::Inet {
            address,
            len,
            prefix,
        },
        Scalar::Mac { address, len } => Masked::Mac { address, len },
    }
}

/// Answers with some other value of the same type.
fn other(site: LeafSite<'_>, leaf: Scalar<'_>, bits: bool, out: &mut Vec<u8>) -> Masked {
    match leaf {
        // An array bound that is not kept is no leaf any more, nor is an XML declaration; an XML
        // name becomes a fixed one.
        Scalar::Int { .. } if site.is_key => Masked::Keep,
        Scalar::Text(_) if site.is_key => Masked::Keep,
        Scalar::Text(text) if text.starts_with(b"xml ") => Masked::Keep,
        Scalar::Text(text) if bits => {
            out.extend(text.iter().map(|b| b ^ 1));
            Masked::Out
        }
        Scalar::Text(text) => {
            out.extend(text.iter().map(|b| match b {
                b'a'..=b'z' => b'x',
                b'0'..=b'9' => b'9',
                other => *other,
            }));
            Masked::Out
        }
        Scalar::Bytes(bytes) => {
            out.extend(bytes.iter().map(|b| !b));
            Masked::Out
        }
        Scalar::Enum(_) => {
            out.extend_from_slice(b"happy");
            Masked::Out
        }
        Scalar::Numeric(_) => {
            out.extend_from_slice(b"-1.250");
            Masked::Out
        }
        Scalar::Int { value, .. } => Masked::Int(value ^ 1),
        Scalar::Float { value, .. } => Masked::Float(value * 0.5),
        Scalar::Bool(value) => Masked::Bool(!value),
        Scalar::Date(days) => Masked::Date(match days {
            i32::MAX | i32::MIN => 0,
            1.. => days - 1,
            _ => days + 1,
        }),
        Scalar::Timestamp { micros, .. } => Masked::Timestamp(match micros {
            i64::MAX | i64::MIN => 0,
            1.. => micros - 1_000_001,
            _ => micros + 1_000_001,
        }),
        Scalar::Time {
            micros,
            zone_seconds,
        } => Masked::Time {
            micros: DAY_MICROS - micros,
            zone_seconds: zone_seconds.map(|z| -z),
        },
        Scalar::Interval {
            months,
            days,
            micros,
        } => Masked::Interval {
            months: -(months / 2),
            days: days / 2,
            micros: micros / 3,
        },
        Scalar::Uuid(bytes) => Masked::Uuid(bytes.map(|b| !b)),
        Scalar::Inet {
            mut address,
            len,
            prefix,
            ..
        } => {
            address[0] ^= if prefix > 0 { 0x80 } else { 0 };
            Masked::Inet {
                address,
                len,
                prefix,
            }
        }
        Scalar::Mac { address, len } => Masked::Mac {
            address: address.map(|b| b.rotate_left(4)),
            len,
        },
    }
}
