//! `docs/reference/operators.md`, written from the entries by running the operators.

use super::entry::{Entry, Example, Kind};
use super::{OPERATORS, show};
use crate::column::ColumnName;
use crate::keys::Keys;
use crate::pack::PackSource;
use crate::ruleset::Ruleset;
use crate::value::{MaskContext, Value};
use crate::{Backend, CompileOptions};
use std::fmt::Write as _;

const HEAD: &str = "# Masking operators

<!-- Written by `cargo run -p wiremask-rules --example operators > docs/reference/operators.md`. -->

An operator says what becomes of a protected value: `mask = { operator = \"keep-last\", count = 4 }` in a
detector, or in the `set` of a data set. Every operator answers for every SQL type with a value of the same
type or null; for a type that it has no meaning for it does what `redact` does. NULL stays NULL. None
answers with the value itself, save where every value of a class becomes that one.

Keyed operators depend on the key of the configuration, on the tenant and on the entity of the rule:
the same e-mail address masks alike in every table, and the same digits as a card and as an account number
do not. A key never stands in a pack; `key = \"id\"` pins one of the configured keys by its id. The
examples below use a key of their own.

To change a key, give the new one another `key_id` and move the old one to `rules.other_keys`: masks that
have to stay what they are name it with `key`, the others change with the key. `rules.tenant` separates
masks under one key. Keys are read from files or the environment, where a secret store puts them.

A *reversible* mask is encryption: with the key, and only with it, the value can be had back.

*Unique* says whether different values stay different: `preserved` always, `not guaranteed` usually,
`lossy` not. Only `preserved` is safe for a primary key, a unique column or what refers to one.
";

/// The reference of all operators, as Markdown.
pub fn markdown() -> String {
    let mut out = HEAD.to_owned();
    out.push_str(
        "\n| operator | | keyed | joinable | unique | reversible | length kept | own meaning for |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for entry in OPERATORS {
        let properties = entry.properties;
        let kinds: Vec<&str> = match entry.kinds.len() == Kind::ALL.len() {
            true => vec!["every type"],
            false => entry.kinds.iter().map(|kind| kind.word()).collect(),
        };
        let _ = writeln!(
            out,
            "| [`{0}`](#{0}) | {1} | {2} | {3} | {4} | {5} | {6} | {7} |",
            entry.name,
            cell(entry.summary),
            yes(properties.keyed),
            yes(properties.joinable),
            properties.uniqueness.word(),
            yes(properties.reversible),
            yes(properties.length_kept),
            kinds.join(", ")
        );
    }
    for entry in OPERATORS {
        section(entry, &mut out);
    }
    out
}

fn section(entry: &Entry, out: &mut String) {
    let _ = write!(out, "\n## {}\n\n{}\n", entry.name, entry.summary);
    if !entry.details.is_empty() {
        let _ = write!(out, "\n{}\n", entry.details);
    }
    if !entry.options.is_empty() {
        out.push_str("\n| option | default | |\n|---|---|---|\n");
        for option in entry.options {
            let _ = writeln!(
                out,
                "| `{}` | {} | {} |",
                option.name,
                cell(option.default),
                cell(option.about)
            );
        }
    }
    out.push_str("\n| mask | entity | value | becomes |\n|---|---|---|---|\n");
    for example in entry.examples {
        let _ = writeln!(
            out,
            "| `{}` | `{}` | `{}` | `{}` |",
            cell(example.mask),
            example.entity,
            cell(&show::value(example.value)),
            cell(example.masked)
        );
    }
    let Some(first) = entry.examples.first() else {
        return;
    };
    out.push_str("\nOther types, with the options of the first example:");
    for (at, (kind, value)) in samples().enumerate() {
        let example = Example { value, ..*first };
        let comma = if at == 0 { " " } else { ", " };
        let _ = write!(
            out,
            "{comma}{} `{}` becomes `{}`",
            kind.word(),
            show::value(value),
            run(&example)
        );
    }
    out.push_str(".\n");
}

/// What an example's mask makes of its value, under the key of the reference.
pub(super) fn run(example: &Example) -> String {
    let labels: Vec<Box<[u8]>> = ["new", "open", "closed"]
        .iter()
        .map(|label| label.as_bytes().into())
        .collect();
    let cx = MaskContext {
        enum_labels: &labels,
        row: Some(Value::Int { value: 7, width: 4 }),
        ..MaskContext::default()
    };
    let Some((ruleset, rule)) = compile(example.entity, example.mask) else {
        return String::new();
    };
    let mut out = Vec::new();
    let masked = ruleset.masker(rule).mask(example.value, &cx, &mut out);
    show::masked(example.value, masked, &out)
}

/// A ruleset with one column rule of this mask; nothing when the mask has a mistake.
pub(super) fn compile(entity: &str, mask: &str) -> Option<(Ruleset, crate::RuleId)> {
    let text = format!(
        "[pack]\nname = \"reference\"\nversion = \"1\"\n[[dataset]]\nselect = {{ column = \"c\" }}\n\
         set = {{ entity = \"{entity}\", mask = {{ {mask} }} }}\n"
    );
    let pack = PackSource {
        name: "reference".to_owned(),
        text,
    };
    let keys = Keys::from_secret("k1", b"the key of the reference, not a secret");
    let options = CompileOptions::from(Backend::Portable);
    let ruleset = Ruleset::compile(&[pack], &keys, options).ok()?;
    let column = ColumnName {
        column: "c",
        ..ColumnName::default()
    };
    let rule = ruleset.column_rule(&column)?;
    Some((ruleset, rule))
}

/// One value of each kind but text.
pub(super) fn samples() -> impl Iterator<Item = (Kind, Value<'static>)> {
    let day = 9_196; // 2025-03-06
    let mut address = [0; 16];
    address[..4].copy_from_slice(&[203, 0, 113, 77]);
    [
        (
            Kind::Int,
            Value::Int {
                value: 31_337_042,
                width: 4,
            },
        ),
        (Kind::Numeric, Value::Numeric("52437.50")),
        (
            Kind::Float,
            Value::Float {
                value: 36.6,
                width: 8,
            },
        ),
        (Kind::Bool, Value::Bool(true)),
        (Kind::Date, Value::Date(day)),
        (
            Kind::Timestamp,
            Value::Timestamp {
                micros: i64::from(day) * 86_400_000_000 + 34_567_000_000,
                zoned: true,
            },
        ),
        (
            Kind::Time,
            Value::Time {
                micros: 34_567_000_000,
                zone_seconds: None,
            },
        ),
        (
            Kind::Interval,
            Value::Interval {
                months: 1,
                days: 2,
                micros: 3_600_000_000,
            },
        ),
        (
            Kind::Uuid,
            Value::Uuid([
                0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x41, 0xd1, 0x80, 0xb4, 0, 0xc0, 0x4f, 0xd4,
                0x30, 0xc8,
            ]),
        ),
        (
            Kind::Inet,
            Value::Inet {
                address,
                len: 4,
                prefix: 32,
                cidr: false,
            },
        ),
        (
            Kind::Mac,
            Value::Mac {
                address: [8, 0, 0x2b, 1, 2, 3, 0, 0],
                len: 6,
            },
        ),
        (Kind::Bytes, Value::Bytes(b"secret")),
        (Kind::Enum, Value::Enum(b"open")),
    ]
    .into_iter()
}

fn yes(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

/// Text inside a table's cell: one line, no bar.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}
