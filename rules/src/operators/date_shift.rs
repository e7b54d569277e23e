//! `date-shift`: dates move by a secret number of days, the same one for the whole entity.
//!
//! The offset is derived from the key and the entity, lies within `max_days` (default 365) in
//! either direction and is never 0, so spans between dates stay true. Whoever knows one true date
//! of the entity knows the offset. The time of day, the infinities and the rest of a text that
//! begins with an ISO date stay; every other kind and text is redacted.

use super::{Operator, Options, calendar, keyed, redact};
use crate::keys::Tag;
use crate::value::{MaskContext, Masked, Value};

const MICROS_PER_DAY: i64 = 86_400_000_000;

pub(super) fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let max = options.integer("max_days", 365, 1, 36_500);
    let random = keyed::word(&options.key.mac(Tag::Offset, b"days"), 0);
    let magnitude = 1 + i64::try_from(random / 2 % max.unsigned_abs()).unwrap_or(0);
    Box::new(DateShift {
        days: if random.is_multiple_of(2) {
            magnitude
        } else {
            -magnitude
        },
    })
}

#[derive(Debug)]
struct DateShift {
    /// Never 0. It is a secret, but moves dates only; `Debug` of a masker is never logged.
    days: i64,
}

impl DateShift {
    /// Moves a day; one that would leave the calendar moves the other way.
    fn shifted(&self, day: i64) -> i64 {
        let range = i64::from(calendar::DAY_MIN)..=i64::from(calendar::DAY_MAX);
        let moved = day + self.days;
        if range.contains(&moved) {
            moved
        } else {
            day - self.days
        }
    }
}

impl Operator for DateShift {
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        match value {
            Value::Date(day @ (i32::MAX | i32::MIN)) => Masked::Date(day),
            Value::Date(day) => match i32::try_from(self.shifted(i64::from(day))) {
                Ok(day) => Masked::Date(day),
                Err(_) => Masked::Null,
            },
            Value::Timestamp {
                micros: micros @ (i64::MAX | i64::MIN),
                ..
            } => Masked::Timestamp(micros),
            Value::Timestamp { micros, .. } => {
                let by = self.days * MICROS_PER_DAY;
                let moved = micros.checked_add(by).or_else(|| micros.checked_sub(by));
                moved.map_or(Masked::Null, Masked::Timestamp)
            }
            Value::Text(text) => match calendar::leading_iso(text) {
                Some(day) if calendar::push_iso(self.shifted(day), out) => {
                    out.extend_from_slice(&text[10..]);
                    Masked::Out
                }
                _ => redact::neutral(value, b'*', cx, out),
            },
            _ => redact::neutral(value, b'*', cx, out),
        }
    }
}
