//! Values as PostgreSQL prints them, for the reference and its examples.

use super::calendar;
use crate::value::{Masked, Value};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A value in the default output format, UTC.
pub(super) fn value(value: Value<'_>) -> String {
    match value {
        Value::Text(text) | Value::Enum(text) => String::from_utf8_lossy(text).into_owned(),
        Value::Int { value, .. } => value.to_string(),
        Value::Numeric(text) => text.to_owned(),
        Value::Float { value, .. } => value.to_string(),
        Value::Bool(flag) => if flag { "t" } else { "f" }.to_owned(),
        Value::Date(day) => date(i64::from(day)),
        Value::Timestamp { micros, zoned } => {
            let day = date(micros.div_euclid(MICROS_PER_DAY));
            let zone = if zoned { "+00" } else { "" };
            format!("{day} {}{zone}", time(micros.rem_euclid(MICROS_PER_DAY)))
        }
        Value::Time { micros, .. } => time(micros),
        Value::Interval {
            months,
            days,
            micros,
        } => format!("{months} mons {days} days {}", time(micros)),
        Value::Uuid(uuid) => {
            let mut text = String::new();
            for (at, byte) in uuid.iter().enumerate() {
                let dash = if matches!(at, 4 | 6 | 8 | 10) {
                    "-"
                } else {
                    ""
                };
                let _ = write!(text, "{dash}{byte:02x}");
            }
            text
        }
        Value::Inet {
            address,
            len,
            prefix,
            ..
        } => {
            let [a, b, c, d, ..] = address;
            let (text, whole) = match len {
                4 => (Ipv4Addr::new(a, b, c, d).to_string(), 32),
                _ => (Ipv6Addr::from(address).to_string(), 128),
            };
            match prefix == whole {
                true => text,
                false => format!("{text}/{prefix}"),
            }
        }
        Value::Mac { address, len } => {
            let parts: Vec<String> = address[..usize::from(len)]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            parts.join(":")
        }
        Value::Bytes(bytes) => bytes.iter().fold("\\x".to_owned(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }),
    }
}

/// What a masker made of a value.
pub(super) fn masked(before: Value<'_>, masked: Masked, out: &[u8]) -> String {
    let now = match (masked, before) {
        (Masked::Keep, before) => before,
        (Masked::Null, _) => return "NULL".to_owned(),
        (Masked::Out, Value::Bytes(_)) => Value::Bytes(out),
        (Masked::Out, _) => Value::Text(out),
        (Masked::Int(value), _) => Value::Int { value, width: 8 },
        (Masked::Float(value), _) => Value::Float { value, width: 8 },
        (Masked::Bool(flag), _) => Value::Bool(flag),
        (Masked::Date(day), _) => Value::Date(day),
        (Masked::Timestamp(micros), before) => Value::Timestamp {
            micros,
            zoned: matches!(before, Value::Timestamp { zoned: true, .. }),
        },
        (
            Masked::Time {
                micros,
                zone_seconds,
            },
            _,
        ) => Value::Time {
            micros,
            zone_seconds,
        },
        (
            Masked::Interval {
                months,
                days,
                micros,
            },
            _,
        ) => Value::Interval {
            months,
            days,
            micros,
        },
        (Masked::Uuid(uuid), _) => Value::Uuid(uuid),
        (
            Masked::Inet {
                address,
                len,
                prefix,
            },
            _,
        ) => Value::Inet {
            address,
            len,
            prefix,
            cidr: false,
        },
        (Masked::Mac { address, len }, _) => Value::Mac { address, len },
    };
    value(now)
}

fn date(day: i64) -> String {
    if day == i64::from(i32::MAX) {
        return "infinity".to_owned();
    }
    let date = calendar::civil(day);
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

fn time(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}
