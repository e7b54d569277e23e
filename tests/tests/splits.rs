//! A value is masked the same however the stream that carries it is cut: small ones and those above
//! `message_size_max`, as text, binary and JSON, in rows and in copies of every format.
//!
//! What is expected does not come from the data path: the portable scanner looks at each value whole.
#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use wiremask_datapath::limits::Limits;
use wiremask_datapath::policy::{OnUndecodable, Policy};
use wiremask_protocols::postgres::session::SessionLimits;
use wiremask_protocols::session::Flow;
use wiremask_rules::{
    Backend, ColumnContext, CompileOptions, FieldRef, Keys, Mode, PackSource, Ruleset,
};
use wiremask_tests::frontend as f;
use wiremask_tests::parse;
use wiremask_tests::world::{Setup, World};

/// Boundaries, words some way off, a validator, a pattern that may go on, runs of matches,
/// one that is only counted, one that passes.
const PACK: &str = r#"
[pack]
name = "splits"
version = "1"

[[detector]]
name = "mail"
entity = "MAIL"
class = "distinctive"
match = ['[a-z0-9.]{1,64}@[a-z0-9]{1,63}(?: ?\.[a-z]{2,9}){1,5}']
boundary = "none"
validate = ["email"]
mask = { operator = "redact" }

[[detector]]
name = "number"
entity = "NUMBER"
class = "distinctive"
match = ['[0-9]{9}', '[0-9]{3}-[0-9]{2}-[0-9]{4}']
boundary = "digit"
mask = { operator = "redact" }
[detector.context]
words = { any = ["near", "id"], before = 256, after = 256 }
required = true

[[detector]]
name = "overlapping"
entity = "OVERLAPPING"
class = "distinctive"
match = ['id [0-9]{3}']
boundary = "none"
mask = { operator = "redact" }

[[detector]]
name = "run"
entity = "RUN"
class = "distinctive"
match = ['(?:XYZ){2}']
boundary = "none"
mask = { operator = "redact" }

[[detector]]
name = "key"
entity = "KEY"
class = "distinctive"
match = ['key(?:-[A-F]{4}){1,700}']
boundary = "word"
mask = { operator = "redact" }

[[detector]]
name = "counted"
entity = "COUNTED"
class = "distinctive"
match = ['[A-Z]{5,9}=']
boundary = "word"
mode = "shadow"
mask = { operator = "redact" }

[[allow]]
detector = "mail"
suffix = ["@shop.example"]
reason = "ours"
"#;

/// Rows and values above it come in parts.
const LIMIT: usize = 20_000;

struct Worlds {
    setup: Setup,
    oracle: Ruleset,
}

impl Worlds {
    fn new(pack: &str) -> Worlds {
        let ruleset = |backend| {
            let source = PackSource {
                name: "splits.toml".into(),
                text: pack.into(),
            };
            let keys = Keys::from_secret("k1", b"a secret of at least thirty-two bytes");
            let options = CompileOptions {
                backend,
                examples: false,
                ..CompileOptions::default()
            };
            Ruleset::compile(&[source], &keys, options).unwrap_or_else(|e| panic!("{e}"))
        };
        let policy = Policy {
            generation: 1,
            ruleset: Arc::new(ruleset(Backend::Auto)),
            users: Vec::new(),
            upstreams: Vec::new(),
            on_undecodable: OnUndecodable::Null,
            access: None,
            learn_columns: true,
            limits: Limits::DEFAULT,
        };
        let setup = Setup {
            policy: Arc::new(policy),
            limits: SessionLimits {
                message_size_max: LIMIT,
                ..SessionLimits::default()
            },
            database: "shop".into(),
            parameters: vec![(b"client_encoding".to_vec(), b"UTF8".to_vec())],
            answers: Rc::new(|sql| {
                let table: &[&[&str]] = if sql.contains("attgenerated") {
                    &[&["20003", "1", "note", "25", "-1", "f"]]
                } else if sql.contains("WHERE c.oid IN") || sql.contains("relkind IN") {
                    &[&["20003", "public", "orders", "r"]]
                } else {
                    &[]
                };
                let cell = |text: &&str| Some(text.as_bytes().to_vec());
                Some(
                    table
                        .iter()
                        .map(|row| row.iter().map(cell).collect())
                        .collect(),
                )
            }),
        };
        Worlds {
            setup,
            oracle: ruleset(Backend::Portable),
        }
    }

    /// The value with stars in place of every finding.
    fn masked(&self, value: &[u8]) -> Vec<u8> {
        let column = ColumnContext {
            name: "note",
            type_name: "text",
        };
        let set = self.oracle.detector_set(&column);
        let end = u32::try_from(value.len()).unwrap();
        let (fields, mut matches) = ([FieldRef { start: 0, end, set }], Vec::new());
        let scratch = &mut self.oracle.scratch();
        self.oracle.scan(scratch, value, &fields, &mut matches);
        let mut masked = value.to_vec();
        for found in matches {
            if self.oracle.rules()[found.rule.index()].mode == Mode::Enforce {
                masked[found.start as usize..found.end as usize].fill(b'*');
            }
        }
        masked
    }

    /// What the client gets of these messages, sent in pieces of these sizes and then the rest.
    fn seen(&self, statement: &str, messages: &[u8], sizes: &[usize]) -> Vec<u8> {
        let mut world = World::new(&self.setup);
        world.feed(Flow::ToUpstream, &f::query(statement));
        let mut rest = messages;
        for size in sizes {
            let (piece, after) = rest.split_at(rest.len().min(*size));
            world.feed(Flow::ToClient, piece);
            rest = after;
        }
        world.feed(Flow::ToClient, rest);
        assert_eq!(
            world.fault(),
            None,
            "{statement}, pieces {sizes:?} of {}",
            messages.len()
        );
        world.to_client().to_vec()
    }
}

/// How values travel.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    /// Type and format code.
    Rows(u32, u16),
    /// The statement's options.
    Copy(&'static str),
}

const CSV: Shape = Shape::Copy(" (format csv)");
const BINARY_COPY: Shape = Shape::Copy(" (format binary)");

const SHAPES: [Shape; 8] = [
    Shape::Rows(25, 0),
    Shape::Rows(25, 1),
    Shape::Rows(3802, 0),
    Shape::Rows(3802, 1),
    Shape::Rows(114, 0),
    Shape::Copy(""),
    CSV,
    BINARY_COPY,
];

impl Shape {
    fn statement(self) -> String {
        match self {
            Shape::Rows(..) => "select note from orders".to_owned(),
            Shape::Copy(options) => format!("copy orders to stdout{options}"),
        }
    }

    /// The messages that carry these values.
    fn messages(self, values: &[Vec<u8>]) -> Vec<u8> {
        let mut out = Vec::new();
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_be_bytes();
        match self {
            Shape::Rows(ty, format) => {
                let mut described = b"\0\x01note\0".to_vec();
                described.extend_from_slice(&20_003_u32.to_be_bytes());
                described.extend_from_slice(&1_u16.to_be_bytes());
                described.extend_from_slice(&ty.to_be_bytes());
                described.extend_from_slice(&[0xff; 6]);
                described.extend_from_slice(&format.to_be_bytes());
                out.extend(f::message(b'T', &described));
            }
            Shape::Copy(options) => {
                let binary = u8::from(options.contains("binary"));
                out.extend(f::message(b'H', &[binary, 0, 1, 0, binary]));
            }
        }
        for (number, value) in values.iter().enumerate() {
            let value = self.value(value);
            match self {
                Shape::Rows(..) => {
                    let row = [b"\0\x01", &len(&value)[..], &value].concat();
                    out.extend(f::message(b'D', &row));
                }
                Shape::Copy(options) if options.contains("binary") => {
                    let head = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
                    let head = if number == 0 { &head[..] } else { b"" };
                    let row = [head, b"\0\x01", &len(&value), &value].concat();
                    out.extend(f::message(b'd', &row));
                }
                Shape::Copy(_) => out.extend(f::message(b'd', &[&value, &b"\n"[..]].concat())),
            }
        }
        out
    }

    /// What a client reads in these bytes: quotes around a value of csv are no part of it.
    fn read(self, mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut read = Vec::new();
        while let Some((message, size)) = parse(bytes).unwrap() {
            let quoted = message.body.strip_prefix(b"\"");
            let quoted = quoted.and_then(|rest| rest.strip_suffix(b"\"\n"));
            read.push(match quoted {
                Some(inner) if self == CSV => [inner, b"\n"].concat(),
                _ => message.body.to_vec(),
            });
            bytes = &bytes[size..];
        }
        read
    }

    fn value(self, text: &[u8]) -> Vec<u8> {
        match self {
            Shape::Rows(3802 | 114, format) => {
                let version = &b"\x01"[..usize::from(format)];
                [version, br#"{"a": ["#, b"\"", text, br#"", "b"]}"#].concat()
            }
            _ => text.to_vec(),
        }
    }
}

/// Part of a value.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,9} ",
        1 => (1usize..700).prop_map(|times| "x ".repeat(times)),
        2 => "[a-z]{1,9}@[a-z]{1,9}( ?\\.[a-z]{2,3}){1,3} ",
        1 => "[a-z]{1,9}@shop\\.example ",
        2 => "[0-9]{9}a? ",
        1 => "[0-9]{3}-[0-9]{2}-[0-9]{4} ",
        2 => prop_oneof![Just("near "), Just("id ")].prop_map(str::to_owned),
        1 => (1usize..150).prop_map(|times| "XYZ".repeat(times)),
        // A word inside a finding is one all the same.
        1 => "near@[a-z]{1,9}\\.[a-z]{2,3} ",
        1 => (1usize..750).prop_map(|times| format!("key{} ", "-ABCF".repeat(times))),
        1 => "[A-Z]{5,9}= ",
    ]
}

/// A small value, or one that is larger than any message may be.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let joined = |parts: Vec<String>| format!("a {}", parts.concat()).into_bytes();
    prop_oneof![
        vec(part(), 0..30).prop_map(joined),
        vec(part(), 150..400).prop_map(joined),
    ]
}

/// Sizes of pieces.
fn cuts() -> impl Strategy<Value = Vec<usize>> {
    let size = prop_oneof![1usize..40, 1usize..3000, 1usize..30_000];
    vec(size, 0..40)
}

#[test]
fn a_value_is_masked_the_same_however_it_is_cut() {
    // What is held back follows from the longest pattern and the words behind it.
    let short = PACK
        .replace("{1,700}", "{1,7}")
        .replace("after = 256", "after = 9");
    for pack in [PACK, &short] {
        check_pack(&Worlds::new(pack));
    }
}

fn check_pack(worlds: &Worlds) {
    let (large, found) = (Cell::new(0), Cell::new(0));
    let check = |(values, cuts): (Vec<Vec<u8>>, Vec<Vec<usize>>)| {
        let masked: Vec<_> = values.iter().map(|value| worlds.masked(value)).collect();
        large.set(large.get() + values.iter().filter(|value| value.len() > LIMIT).count());
        let stars = |value: &Vec<u8>| value.windows(2).filter(|pair| *pair == b" *").count();
        found.set(found.get() + masked.iter().map(stars).sum::<usize>());
        for shape in SHAPES {
            // A row of a binary copy above the limit is refused.
            let refused = |value: &Vec<u8>| shape == BINARY_COPY && value.len() + 100 > LIMIT;
            let kept = values.iter().zip(&masked);
            let kept = kept.filter(|(value, _)| !refused(value));
            let (values, masked): (Vec<_>, Vec<_>) = kept
                .map(|(value, masked)| (value.clone(), masked.clone()))
                .unzip();
            for sizes in &cuts {
                check_pieces(worlds, shape, (&values, &masked), sizes)?;
            }
        }
        Ok(())
    };
    let config = ProptestConfig {
        cases: 40,
        max_shrink_iters: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let cases = (vec(value(), 1..4), vec(cuts(), 6));
    let outcome = TestRunner::new(config).run(&cases, check);
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(large.get() >= 20, "{} large values", large.get());
    assert!(found.get() >= 1000, "{} findings", found.get());
}

fn check_pieces(
    worlds: &Worlds,
    shape: Shape,
    (values, masked): (&[Vec<u8>], &[Vec<u8>]),
    sizes: &[usize],
) -> Result<(), TestCaseError> {
    let (sent, expected) = (shape.messages(values), shape.messages(masked));
    let seen = worlds.seen(&shape.statement(), &sent, sizes);
    let (seen, expected) = (shape.read(&seen), shape.read(&expected));
    prop_assert_eq!(seen.len(), expected.len());
    for (seen, expected) in seen.iter().zip(&expected) {
        let same = seen.iter().zip(expected).take_while(|(a, b)| a == b);
        let at = same.count();
        let near = |bytes: &[u8]| {
            let (from, to) = (at.saturating_sub(300), bytes.len().min(at + 60));
            bytes[from..to].escape_ascii().to_string()
        };
        prop_assert!(
            seen == expected,
            "{shape:?} in pieces of {sizes:?}, at byte {at} of {}\nexpected {}\nseen     {}",
            expected.len(),
            near(expected),
            near(seen)
        );
    }
    Ok(())
}
