//! `noise`: a number or a date moves by a little that the key and the value decide.

use super::entry::{DAY_FIRST, Entry, Example, KEY, Kind, OptionDoc, Properties, Uniqueness};
use super::{Operator, Options, calendar, decimal, keyed, redact};
use crate::keys::{EntityKey, Tag};
use crate::value::{MaskContext, Masked, Value};

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// Parts of a whole that `ratio` is counted in.
const PARTS: u64 = 1_000_000;

pub(super) static ENTRY: Entry = Entry {
    name: "noise",
    summary: "A number moves by at most a share of itself, a date by some days; the same value always alike.",
    details: "The noise comes from the key and the value, so asking again tells nothing more: random noise is gone in the\n\
        average of enough queries. Numbers keep sign and scale and move by at least one unit of their last\n\
        digit; dates move by at least a day. Order is not kept. The infinities and text that is neither a\n\
        number nor a date are redacted.",
    properties: Properties {
        keyed: true,
        deterministic: true,
        joinable: true,
        uniqueness: Uniqueness::Lossy,
        reversible: false,
        length_kept: false,
    },
    kinds: &[
        Kind::Text,
        Kind::Int,
        Kind::Numeric,
        Kind::Float,
        Kind::Date,
        Kind::Timestamp,
    ],
    options: &[
        OptionDoc {
            name: "ratio",
            default: "0.1",
            about: "How far a number may move, as a share of itself: 0.001 to 1.",
        },
        OptionDoc {
            name: "days",
            default: "30",
            about: "How far a date may move, in either direction.",
        },
        DAY_FIRST,
        KEY,
    ],
    examples: &[
        Example::of(
            r#"operator = "noise""#,
            Value::Numeric("52437.50"),
            "49722.42",
        ),
        Example::of(
            r#"operator = "noise""#,
            Value::Int { value: 3, width: 2 },
            "4",
        ),
        Example::of(
            r#"operator = "noise", days = 10"#,
            Value::Date(9196),
            "2025-03-01",
        ),
        Example::text(
            "SALARY",
            r#"operator = "noise", ratio = 0.5"#,
            "-1250",
            "-760",
        ),
    ],
    build,
};

fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let ratio = options.number("ratio", 0.1, 0.001, 1.0);
    let days = options.integer("days", 30, 1, 36_500);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )]
    let parts = (ratio * PARTS as f64) as u64;
    Box::new(Noise {
        key: options.key(),
        parts,
        days,
        day_first: options.bool("day_first", false),
    })
}

#[derive(Debug)]
struct Noise {
    key: EntityKey,
    parts: u64,
    days: i64,
    day_first: bool,
}

impl Noise {
    /// A magnitude that is another one, at most `max`.
    fn magnitude(&self, number: u128, max: u128, mac: &[u8; 64]) -> Option<u128> {
        // Of large numbers the share is taken of their leading digits.
        let share = match number.checked_mul(self.parts.into()) {
            Some(product) => product / u128::from(PARTS),
            None => number / u128::from(PARTS) * u128::from(self.parts),
        };
        let random = u128::from(keyed::word(mac, 0)) << 64 | u128::from(keyed::word(mac, 1));
        let by = 1 + random % share.max(1);
        let up = number.checked_add(by).filter(|up| *up <= max);
        let down = number.checked_sub(by);
        match keyed::word(mac, 2).is_multiple_of(2) {
            true => up.or(down),
            false => down.or(up),
        }
    }

    fn decimal(&self, tag: Tag, text: &str, out: &mut Vec<u8>) -> Option<()> {
        let number = decimal::split(text)?;
        let mac = self.key.mac(tag, text.as_bytes());
        let magnitude = self.magnitude(decimal::magnitude(&number)?, u128::MAX, &mac)?;
        decimal::push_scaled(number.negative, magnitude, number.fraction.len(), out);
        Some(())
    }

    fn text(&self, text: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let text = text.trim_ascii();
        if let Some((day, style)) = calendar::of_text(text, self.day_first) {
            let by = self.days(&self.key.mac(Tag::Date, &day.to_be_bytes()));
            calendar::push(day + by, style, out).then_some(())?;
            out.extend_from_slice(&text[10..]);
            return Some(());
        }
        self.decimal(Tag::Text, std::str::from_utf8(text).ok()?, out)
    }

    /// Days from 1 to the most, in either direction.
    fn days(&self, mac: &[u8; 64]) -> i64 {
        let random = keyed::word(mac, 0) % self.days.unsigned_abs();
        let days = 1 + i64::try_from(random).unwrap_or(0);
        if keyed::word(mac, 2).is_multiple_of(2) {
            days
        } else {
            -days
        }
    }

    fn masked(&self, value: Value<'_>, out: &mut Vec<u8>) -> Option<Masked> {
        match value {
            Value::Int { value, width } => {
                let mac = self.key.mac(Tag::Int, &value.to_be_bytes());
                let max = decimal::int_max(width).into();
                let moved = self.magnitude(value.unsigned_abs().into(), max, &mac)?;
                let moved = i64::try_from(moved).ok()?;
                Some(Masked::Int(if value < 0 { -moved } else { moved }))
            }
            Value::Float { value, width } if value.is_finite() => {
                let mac = self.key.mac(Tag::Float, &value.to_bits().to_be_bytes());
                #[allow(clippy::cast_precision_loss)]
                let share = self.parts as f64 / PARTS as f64;
                let random = f64::from(u32::from_be_bytes([0, mac[0], mac[1], mac[2]]) + 1);
                let by = value * share * (random / f64::from(1u32 << 24));
                let moved = if mac[3].is_multiple_of(2) {
                    value + by
                } else {
                    value - by
                };
                Some(Masked::Float(decimal::float(moved, width)))
            }
            Value::Numeric(text) => self.decimal(Tag::Numeric, text, out).map(|()| Masked::Out),
            Value::Date(day) if !matches!(day, i32::MIN | i32::MAX) => {
                let by = self.days(&self.key.mac(Tag::Date, &i64::from(day).to_be_bytes()));
                let range = i64::from(calendar::DAY_MIN)..=i64::from(calendar::DAY_MAX);
                let day = i64::from(day);
                let moved = [day + by, day - by]
                    .into_iter()
                    .find(|day| range.contains(day))?;
                i32::try_from(moved).ok().map(Masked::Date)
            }
            Value::Timestamp { micros, .. } if !matches!(micros, i64::MIN | i64::MAX) => {
                let mac = self.key.mac(Tag::Timestamp, &micros.to_be_bytes());
                let seconds = i64::try_from(keyed::word(&mac, 1) % 86_400).ok()?;
                let by = self.days(&mac) * MICROS_PER_DAY;
                let by = by - by.signum() * seconds * 1_000_000;
                let moved = micros.checked_add(by).or_else(|| micros.checked_sub(by));
                moved.map(Masked::Timestamp)
            }
            Value::Text(text) => self.text(text, out).map(|()| Masked::Out),
            _ => None,
        }
    }
}

impl Operator for Noise {
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let from = out.len();
        self.masked(value, out).unwrap_or_else(|| {
            out.truncate(from);
            redact::neutral(value, b'*', cx, out)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::typed;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_moves_by_its_share_at_most_and_keeps_its_sign(value in any::<i32>()) {
            let value = i64::from(value);
            let int = Value::Int { value, width: 4 };
            let Masked::Int(moved) = typed(r#"operator = "noise", ratio = 0.25"#, int).0 else {
                panic!("no integer");
            };
            prop_assert_ne!(moved, value);
            prop_assert!((moved - value).abs() <= (value.abs() / 4).max(1), "{} {}", value, moved);
            prop_assert!(moved.signum() * value.signum() >= 0);
        }

        #[test]
        fn a_decimal_keeps_its_scale(whole in 1u32.., fraction in "[0-9]{1,8}") {
            let text = format!("{whole}.{fraction}");
            let (_, moved) = typed(r#"operator = "noise""#, Value::Numeric(&text));
            let (a, b): (f64, f64) = (text.parse().unwrap(), moved.parse().unwrap());
            prop_assert!((a - b).abs() <= a * 0.1 + 1e-7, "{} {}", text, moved);
            prop_assert_eq!(moved.split_once('.').unwrap().1.len(), fraction.len());
            prop_assert_ne!(moved, text);
        }

        #[test]
        fn a_date_moves_by_a_day_at_least(day in -100_000i32..100_000) {
            let Masked::Date(moved) = typed(r#"operator = "noise", days = 7"#, Value::Date(day)).0 else {
                panic!("no date");
            };
            prop_assert!((1..=7).contains(&(moved - day).abs()));
        }
    }
}
