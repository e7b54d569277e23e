//! `redact`: nothing of the value remains.

use super::entry::{CHAR, Entry, Example, Kind, Properties, Uniqueness};
use super::{Operator, Options};
use crate::value::{MaskContext, Masked, Value};

/// 1900-01-01 in days since 2000-01-01.
const NEUTRAL_DAY: i32 = -36_524;
const MICROS_PER_DAY: i64 = 86_400_000_000;

pub(super) static ENTRY: Entry = Entry {
    name: "redact",
    summary: "Nothing of the value remains: text becomes as many `*` as it has bytes, every other type its neutral value.",
    details: "Numbers become 0 (at the same scale), dates 1900-01-01, an enum its first label. Text of any size is\n\
     overwritten as it streams.",
    properties: Properties {
        keyed: false,
        deterministic: true,
        joinable: false,
        uniqueness: Uniqueness::Lossy,
        reversible: false,
        length_kept: true,
    },
    kinds: &Kind::ALL,
    options: &[CHAR],
    examples: &[
        Example::text("X", r#"operator = "redact""#, "secret", "******"),
        Example::text(
            "X",
            r#"operator = "redact", char = "x""#,
            "secret",
            "xxxxxx",
        ),
    ],
    build,
};

pub(super) fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    Box::new(Redact {
        character: options.character(),
    })
}

#[derive(Debug)]
pub(super) struct Redact {
    character: u8,
}

impl Default for Redact {
    fn default() -> Self {
        Redact { character: b'*' }
    }
}

impl Operator for Redact {
    fn overwrites(&self) -> bool {
        true
    }

    fn generalises(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        neutral(value, self.character, cx, out)
    }
}

/// The value of the same kind that says nothing.
pub(super) fn neutral(
    value: Value<'_>,
    character: u8,
    cx: &MaskContext<'_>,
    out: &mut Vec<u8>,
) -> Masked {
    match value {
        Value::Text(text) => {
            out.resize(out.len() + text.len(), character);
            Masked::Out
        }
        Value::Int { .. } => Masked::Int(0),
        Value::Numeric(decimal) => {
            out.push(b'0');
            if let Some((_, fraction)) = decimal.split_once('.') {
                out.push(b'.');
                out.resize(out.len() + fraction.len(), b'0');
            }
            Masked::Out
        }
        Value::Float { .. } => Masked::Float(0.0),
        Value::Bool(_) => Masked::Bool(false),
        Value::Date(_) => Masked::Date(NEUTRAL_DAY),
        Value::Timestamp { .. } => Masked::Timestamp(i64::from(NEUTRAL_DAY) * MICROS_PER_DAY),
        Value::Time { zone_seconds, .. } => Masked::Time {
            micros: 0,
            zone_seconds: zone_seconds.map(|_| 0),
        },
        Value::Interval { .. } => Masked::Interval {
            months: 0,
            days: 0,
            micros: 0,
        },
        Value::Uuid(_) => Masked::Uuid([0; 16]),
        Value::Inet { len, .. } => Masked::Inet {
            address: [0; 16],
            len,
            prefix: if len == 4 { 32 } else { 128 },
        },
        Value::Mac { len, .. } => Masked::Mac {
            address: [0; 8],
            len,
        },
        Value::Bytes(_) => Masked::Out,
        Value::Enum(_) => match cx.enum_labels.first() {
            Some(label) => {
                out.extend_from_slice(label);
                Masked::Out
            }
            None => Masked::Null,
        },
    }
}
