//! A real server reads back what the value walker writes.
//!
//! Every value of the corpus is masked in text and in binary, both are sent to PostgreSQL as
//! parameters of their type, and both must be the same value there. So masked values are not only
//! what our own codecs accept.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use wiremask_protocols::postgres::value::{
    BuiltinTypes, Encoding, Format, LeafMasker, LeafSite, Masked, Rewritten, Scalar, Scratch,
    Settings, Type, builtin, rewrite,
};
use wiremask_tests::{Cluster, ClusterOptions, Wire, frontend};

const CORPUS: &str = include_str!("../../protocols/src/postgres/value/corpus.tsv");

/// As in `corpus.sql`.
const TYPES: &[&str] = &[
    "create extension hstore",
    "create extension citext",
    r#"create type mood as enum ('sad', 'so so', 'happy', 'quo"te\', '{curly}', 'NULL')"#,
    "create type inner_row as (n int, t text, d date)",
    "create type outer_row as (i inner_row, a text[], m mood, f float8, j jsonb, r int4range)",
    r#"create type textrange as range (subtype = text, collation = "C")"#,
];

#[test]
fn a_server_reads_masked_text_and_masked_binary_as_the_same_value() {
    let options = ClusterOptions {
        statements: TYPES,
        ..ClusterOptions::default()
    };
    let cluster = Cluster::start(&options).unwrap();
    let mut wire = Wire::connect(cluster.address()).unwrap();
    wire.start("postgres", "postgres", "").unwrap();
    let mut compared = 0;
    for line in CORPUS.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, settings, text, binary] = fields[..] else {
            panic!("four fields: {line}")
        };
        // With this order a server does not read the dates that it writes.
        if settings.contains("YMD") {
            continue;
        }
        let Some(ty) = named_type(&mut wire, name) else {
            continue;
        };
        let settings = apply(&mut wire, settings);
        let text = masked(&ty, (Format::Text, &settings), &unescape(text));
        let binary = masked(&ty, (Format::Binary, &settings), &unhex(binary));
        let (Some(text), Some(binary)) = (text, binary) else {
            continue;
        };
        let [text, binary] = [(0, &text), (1, &binary)].map(|(format, value)| {
            read_back(&mut wire, name, format, value).unwrap_or_else(|error| {
                panic!("{name} {}: {error}", String::from_utf8_lossy(value))
            })
        });
        assert_eq!(text, binary, "{line}");
        compared += 1;
    }
    assert!(compared > 700, "{compared} values compared");
}

#[test]
fn every_base_type_of_a_fresh_server_is_known_and_so_is_its_array() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let listed = cluster
        .sql(
            "postgres",
            "select oid, typarray, typdelim from pg_type where oid < 12000 \
             and typtype in ('b', 'r', 'm') and typcategory <> 'A' order by oid",
        )
        .unwrap();
    let mut known = 0;
    for line in listed.lines() {
        let fields: Vec<&str> = line.split('|').collect();
        let element = builtin(fields[0].parse().unwrap()).unwrap_or_else(|| panic!("type {line}"));
        let array = match fields[1].parse().unwrap() {
            0 => continue,
            oid => builtin(oid),
        };
        let delimiter = fields[2].as_bytes()[0];
        let expected = Type::Array {
            element: Arc::new(element),
            delimiter,
        };
        assert_eq!(array, Some(expected), "array of {line}");
        known += 1;
    }
    assert!(known > 60, "{known} types");
}

/// Sends a value in `format` and returns its binary form as the server sees it.
fn read_back(wire: &mut Wire, name: &str, format: u16, value: &[u8]) -> Result<Vec<u8>, String> {
    let length = u32::try_from(value.len()).unwrap();
    let body = [
        &b"\0\0\0\x01"[..],
        &format.to_be_bytes(),
        &[0, 1],
        &length.to_be_bytes(),
        value,
        &[0, 1, 0, 1],
    ];
    let whole = [
        frontend::parse("", &format!("select $1::{name}")),
        frontend::message(b'B', &body.concat()),
        frontend::execute("", 0),
        frontend::sync(),
    ];
    wire.send(&whole.concat()).unwrap();
    let mut answer = Err("no row".to_owned());
    for message in wire.until_ready().unwrap() {
        match message.tag {
            b'D' => answer = Ok(message.fields().unwrap()[0].unwrap().to_vec()),
            b'E' => answer = Err(message.field(b'M').unwrap_or_default().to_owned()),
            _ => {}
        }
    }
    answer
}

/// Sets the session as the sample was taken.
fn apply(wire: &mut Wire, settings: &str) -> Settings {
    let mut ours = Settings::default();
    wire.query("reset all").unwrap();
    for (name, value) in settings.split("; ").filter_map(|part| part.split_once('=')) {
        ours.apply(name.as_bytes(), value.as_bytes());
        wire.query(&format!("set {name} = '{}'", value.replace(", ", "','")))
            .unwrap();
    }
    ours
}

/// `None` for types without a codec, whose text cannot be masked.
fn named_type(wire: &mut Wire, name: &str) -> Option<Type> {
    if let Some(element) = name.strip_suffix("[]") {
        return named_type(wire, element).map(Type::array);
    }
    let inner = Type::composite([Type::Int4, Type::Text, Type::Date]);
    Some(match name {
        "hstore" => Type::Hstore,
        "citext" => Type::Text,
        "mood" => mood(),
        "inner_row" => inner,
        "outer_row" => Type::composite([
            inner,
            Type::array(Type::Text),
            mood(),
            Type::Float8,
            Type::Jsonb,
            Type::range(Type::Int4),
        ]),
        "textrange" => Type::Range {
            element: Arc::new(Type::Text),
        },
        _ => {
            let messages = wire
                .query(&format!("select '{name}'::regtype::oid"))
                .unwrap();
            let row = messages.iter().find(|message| message.tag == b'D').unwrap();
            let oid = String::from_utf8(row.fields().unwrap()[0].unwrap().to_vec()).unwrap();
            let ty = builtin(oid.parse().unwrap()).unwrap();
            return (!matches!(ty, Type::Opaque | Type::Reg | Type::Jsonpath)).then_some(ty);
        }
    })
}

fn mood() -> Type {
    let labels: [&[u8]; 6] = [
        b"sad",
        b"so so",
        b"happy",
        b"quo\"te\\",
        b"{curly}",
        b"NULL",
    ];
    Type::enumeration(labels)
}

/// `None` if the value has no leaves.
fn masked(ty: &Type, (format, settings): (Format, &Settings), value: &[u8]) -> Option<Vec<u8>> {
    let encoding = Encoding {
        format,
        settings,
        types: &BuiltinTypes,
    };
    let mut masker = Other {
        bits: *ty == Type::Bits,
    };
    let mut out = Vec::new();
    let result = rewrite(
        ty,
        encoding,
        value,
        &mut masker,
        &mut Scratch::new(),
        &mut out,
    );
    match result.unwrap() {
        Rewritten::Changed => Some(out),
        Rewritten::Unchanged => None,
        Rewritten::Null => panic!("{ty:?} became null"),
    }
}

/// Answers with another value of the same type, longer where it may be, and hard to quote.
struct Other {
    bits: bool,
}

impl LeafMasker for Other {
    fn leaf(&mut self, site: LeafSite<'_>, value: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
        match value {
            // Array bounds and XML names.
            Scalar::Int { .. } if site.is_key => Masked::Keep,
            Scalar::Text(text) if self.bits => {
                out.extend(text.iter().map(|bit| bit ^ 1));
                Masked::Out
            }
            Scalar::Text(text) => {
                out.extend_from_slice(text);
                out.extend_from_slice("\"\\'é, <&>{}()[]=>".as_bytes());
                Masked::Out
            }
            Scalar::Bytes(bytes) => {
                out.extend(bytes.iter().map(|byte| !byte));
                out.extend_from_slice(b"\\x\0");
                Masked::Out
            }
            Scalar::Enum(_) => {
                out.extend_from_slice(b"quo\"te\\");
                Masked::Out
            }
            Scalar::Numeric(_) => {
                out.extend_from_slice(b"-10203.040500");
                Masked::Out
            }
            Scalar::Int { value, .. } => Masked::Int(value ^ 2),
            Scalar::Float { value, .. } => Masked::Float(value / 3.0),
            Scalar::Bool(value) => Masked::Bool(!value),
            Scalar::Date(i32::MAX | i32::MIN) => Masked::Date(1),
            Scalar::Date(days) => Masked::Date(days / 2),
            Scalar::Timestamp { micros, .. } => Masked::Timestamp(micros % 3_000_000_000_000_000),
            Scalar::Time {
                micros,
                zone_seconds,
            } => Masked::Time {
                micros: micros / 7,
                zone_seconds: zone_seconds.map(|zone| zone / 3),
            },
            Scalar::Interval {
                months,
                days,
                micros,
            } => Masked::Interval {
                months: months / -5,
                days: days / 3,
                micros: micros / 7,
            },
            Scalar::Uuid(bytes) => Masked::Uuid(bytes.map(|byte| !byte)),
            Scalar::Inet {
                mut address,
                len,
                prefix,
                ..
            } => {
                address[0] ^= 0x90;
                Masked::Inet {
                    address,
                    len,
                    prefix,
                }
            }
            Scalar::Mac { address, len } => Masked::Mac {
                address: address.map(|byte| byte.rotate_left(3)),
                len,
            },
        }
    }
}

/// The escapes of COPY that the corpus has.
fn unescape(text: &str) -> Vec<u8> {
    let text = text
        .replace("\\\\", "\x01")
        .replace("\\t", "\t")
        .replace("\\n", "\n");
    let text = text
        .replace("\\r", "\r")
        .replace("\\b", "\x08")
        .replace("\\v", "\x0B");
    text.replace("\\f", "\x0C")
        .replace('\x01', "\\")
        .into_bytes()
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}
