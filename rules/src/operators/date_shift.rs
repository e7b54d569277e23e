//! `date-shift`: dates move by a secret number of days, the same one for a person or for everybody.
//!
//! The offset is derived from the key, the entity and, with `by`, the value of another column of the
//! row, so spans between dates stay true. It lies within `max_days` in either direction and is never 0.

use super::entry::{DAY_FIRST, Entry, Example, KEY, Kind, OptionDoc, Properties, Uniqueness};
use super::{Operator, Options, calendar, keyed, redact};
use crate::keys::{EntityKey, Tag};
use crate::value::{MaskContext, Masked, Value};
use std::fmt;

const MICROS_PER_DAY: i64 = 86_400_000_000;

pub(super) static ENTRY: Entry = Entry {
    name: "date-shift",
    summary: "Dates move by a secret number of days.",
    details: "With `by`, all dates in rows with the same value in that column move by the same number of days, so the\n\
     spans between the dates of one patient stay true and those of another move differently. The column must\n\
     be selected beside the date by a plain SELECT on that one table: in joins, WITH queries, views, cursors and\n\
     COPY, and where the column is null or missing, the date is redacted. Who could pair one date with many\n\
     people would know it from the mean of what it becomes.\n\
     \n\
     Without `by`, all dates of the entity move alike: whoever knows one true date knows them all.\n\
     \n\
     The time of day and the infinities stay. Text that is a date in ten characters (`2024-02-29`,\n\
     `29.02.2024`, `02/29/2024`), or one with a time behind it, moves as well. No date moves by 0 days.",
    properties: Properties {
        keyed: true,
        deterministic: true,
        joinable: false,
        uniqueness: Uniqueness::NotGuaranteed,
        reversible: false,
        length_kept: true,
    },
    kinds: &[Kind::Text, Kind::Date, Kind::Timestamp],
    options: &[
        OptionDoc {
            name: "max_days",
            default: "365",
            about: "How far dates may move, in either direction.",
        },
        OptionDoc {
            name: "by",
            default: "none",
            about: "The column of the same row, by its name in the table, whose values move together.",
        },
        DAY_FIRST,
        KEY,
    ],
    examples: &[
        Example::text(
            "DOB",
            r#"operator = "date-shift""#,
            "2024-02-29",
            "2024-09-21",
        ),
        Example::text(
            "DOB",
            r#"operator = "date-shift""#,
            "02/29/2024",
            "09/21/2024",
        ),
        Example::of(
            r#"operator = "date-shift", by = "patient_id""#,
            Value::Date(9196),
            "2025-08-30",
        ),
    ],
    build,
};

pub(super) fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let max = options.integer("max_days", 365, 1, 36_500).unsigned_abs();
    let by = options.text("by").map(Box::from);
    let day_first = options.bool("day_first", false);
    let key = options.key();
    let days = match by {
        None => Some(offset(&key.mac(Tag::Offset, b"days"), max)),
        Some(_) => None,
    };
    Box::new(DateShift {
        key,
        max,
        by,
        days,
        day_first,
    })
}

/// Days from 1 to `max` in either direction.
fn offset(mac: &[u8; 64], max: u64) -> i64 {
    let random = keyed::word(mac, 0);
    let magnitude = 1 + i64::try_from(random / 2 % max).unwrap_or(0);
    if random.is_multiple_of(2) {
        magnitude
    } else {
        -magnitude
    }
}

struct DateShift {
    key: EntityKey,
    max: u64,
    by: Option<Box<str>>,
    /// Never 0; nothing where it depends on the row.
    days: Option<i64>,
    day_first: bool,
}

impl fmt::Debug for DateShift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("DateShift");
        shown.field("max", &self.max).field("by", &self.by);
        shown.finish_non_exhaustive()
    }
}

impl DateShift {
    /// The days by which a row moves.
    fn days(&self, cx: &MaskContext<'_>, scratch: &mut Vec<u8>) -> Option<i64> {
        self.days.or_else(|| {
            let mac = keyed::row(&self.key, cx.row?, scratch)?;
            Some(offset(&mac, self.max))
        })
    }
}

/// Moves a day; one that would leave the calendar moves the other way.
fn shifted(day: i64, by: i64) -> i64 {
    let range = i64::from(calendar::DAY_MIN)..=i64::from(calendar::DAY_MAX);
    let moved = day + by;
    if range.contains(&moved) {
        moved
    } else {
        day - by
    }
}

impl Operator for DateShift {
    fn row_column(&self) -> Option<&str> {
        self.by.as_deref()
    }

    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let Some(by) = self.days(cx, out) else {
            return redact::neutral(value, b'*', cx, out);
        };
        match value {
            Value::Date(day @ (i32::MAX | i32::MIN)) => Masked::Date(day),
            Value::Date(day) => {
                i32::try_from(shifted(i64::from(day), by)).map_or(Masked::Null, Masked::Date)
            }
            Value::Timestamp {
                micros: micros @ (i64::MAX | i64::MIN),
                ..
            } => Masked::Timestamp(micros),
            Value::Timestamp { micros, .. } => {
                let by = by * MICROS_PER_DAY;
                let moved = micros.checked_add(by).or_else(|| micros.checked_sub(by));
                moved.map_or(Masked::Null, Masked::Timestamp)
            }
            Value::Text(text) => match calendar::of_text(text, self.day_first) {
                Some((day, style)) if calendar::push(shifted(day, by), style, out) => {
                    out.extend_from_slice(&text[10..]);
                    Masked::Out
                }
                _ => redact::neutral(value, b'*', cx, out),
            },
            _ => redact::neutral(value, b'*', cx, out),
        }
    }
}
