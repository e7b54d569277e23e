//! `bucket`: a value becomes the lower edge of its bucket.

use super::calendar::{Civil, civil, days};
use super::entry::{DAY_FIRST, Entry, Example, Kind, OptionDoc, Properties, Uniqueness};
use super::{Operator, Options, calendar, decimal, redact};
use crate::value::{MaskContext, Masked, Value};

const MICROS_PER_DAY: i64 = 86_400_000_000;
const MICROS_PER_HOUR: i64 = 3_600_000_000;

pub(super) static ENTRY: Entry = Entry {
    name: "bucket",
    summary: "A number becomes the lower edge of its bucket, a date the start of its unit.",
    details: "Text that is a number or a date in ten characters (`2024-02-29`, `29.02.2024`) is treated as such; other text is redacted, and so are the\n\
     infinities. HIPAA lets the year of a date stay and nothing else: `unit = \"year\"`. Times of day fall to the hour,\n\
        intervals are cut to whole units.",
    properties: Properties {
        keyed: false,
        deterministic: true,
        joinable: false,
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
        Kind::Time,
        Kind::Interval,
    ],
    options: &[
        OptionDoc {
            name: "width",
            default: "10",
            about: "How wide a bucket of numbers is.",
        },
        OptionDoc {
            name: "top",
            default: "none",
            about: "Everything from here on is one bucket: `top = 90` for ages.",
        },
        OptionDoc {
            name: "unit",
            default: "\"year\"",
            about: "`decade`, `year`, `quarter`, `month` or `week` (from Monday).",
        },
        DAY_FIRST,
    ],
    examples: &[
        Example::text("X", r#"operator = "bucket""#, "37", "30"),
        Example::text("X", r#"operator = "bucket", top = 90"#, "97", "90"),
        Example::text(
            "X",
            r#"operator = "bucket", unit = "month""#,
            "1984-02-29 10:00",
            "1984-02-01",
        ),
        Example::of(
            r#"operator = "bucket", unit = "quarter""#,
            Value::Date(9196),
            "2025-01-01",
        ),
        Example::of(
            r#"operator = "bucket", width = 1000"#,
            Value::Numeric("52437.50"),
            "52000.00",
        ),
    ],
    build,
};

pub(super) fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let width = options.integer("width", 10, 1, 1_000_000_000_000);
    let top = options.integer("top", i64::MAX, 0, i64::MAX);
    let units = [
        ("year", Unit::Year),
        ("month", Unit::Month),
        ("decade", Unit::Decade),
        ("quarter", Unit::Quarter),
        ("week", Unit::Week),
    ];
    let unit = options.word("unit", &units).unwrap_or(Unit::Year);
    let day_first = options.bool("day_first", false);
    Box::new(Bucket {
        width,
        top,
        unit,
        day_first,
    })
}

#[derive(Clone, Copy, Debug)]
enum Unit {
    Week,
    Month,
    Quarter,
    Year,
    Decade,
}

#[derive(Debug)]
struct Bucket {
    width: i64,
    top: i64,
    unit: Unit,
    day_first: bool,
}

impl Bucket {
    /// The lower edge; nothing where it would leave 64 bits.
    fn edge(&self, number: i64) -> Option<i64> {
        if number >= self.top {
            return Some(self.top);
        }
        number.div_euclid(self.width).checked_mul(self.width)
    }

    fn day(&self, day: i64) -> i64 {
        let date = civil(day);
        let (year, month) = match self.unit {
            // 2000-01-03 was a Monday.
            Unit::Week => {
                let monday = day - (day - 2).rem_euclid(7);
                return monday.max(i64::from(calendar::DAY_MIN));
            }
            Unit::Month => (date.year, date.month),
            Unit::Quarter => (date.year, (date.month - 1) / 3 * 3 + 1),
            Unit::Year => (date.year, 1),
            Unit::Decade => (date.year.div_euclid(10) * 10, 1),
        };
        days(Civil {
            year,
            month,
            day: 1,
        })
        .max(i64::from(calendar::DAY_MIN))
    }

    /// An interval cut to whole units, towards 0.
    fn interval(&self, months: i32, days: i32) -> Masked {
        let (months, days) = match self.unit {
            Unit::Week => (months, days - days % 7),
            Unit::Month => (months, 0),
            Unit::Quarter => (months - months % 3, 0),
            Unit::Year => (months - months % 12, 0),
            Unit::Decade => (months - months % 120, 0),
        };
        Masked::Interval {
            months,
            days,
            micros: 0,
        }
    }

    /// The bucket of decimal text, at the same scale.
    fn decimal(&self, text: &str, out: &mut Vec<u8>) -> bool {
        let Some(number) = decimal::split(text) else {
            return false;
        };
        let Some(whole) = std::str::from_utf8(number.whole)
            .ok()
            .and_then(|w| w.parse().ok())
        else {
            return false;
        };
        let whole: i64 = whole;
        // Below zero a fraction belongs to the next lower whole number.
        let fraction = number.fraction.iter().any(|digit| *digit != b'0');
        let floor = if number.negative {
            -whole - i64::from(fraction)
        } else {
            whole
        };
        let Some(edge) = self.edge(floor) else {
            return false;
        };
        let mut buffer = [0; 20];
        let digits = decimal::digits(edge.unsigned_abs(), &mut buffer).unwrap_or_default();
        let zeros = number.fraction.iter().map(|_| b'0');
        decimal::push(edge < 0, digits.iter().copied(), zeros, out);
        true
    }
}

impl Operator for Bucket {
    fn generalises(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        match value {
            Value::Int {
                value: number,
                width,
            } => {
                let lowest = match width {
                    2 => i64::from(i16::MIN),
                    4 => i64::from(i32::MIN),
                    _ => i64::MIN,
                };
                let highest = lowest.unsigned_abs() - 1;
                match self.edge(number) {
                    Some(edge) if edge >= lowest && edge.unsigned_abs() <= highest + 1 => {
                        Masked::Int(edge)
                    }
                    _ => Masked::Int(0),
                }
            }
            Value::Float {
                value: number,
                width,
            } if number.is_finite() => {
                #[allow(clippy::cast_precision_loss)]
                let (step, top) = (self.width as f64, self.top as f64);
                let edge = if number >= top {
                    top
                } else {
                    (number / step).floor() * step
                };
                Masked::Float(decimal::float(edge, width))
            }
            Value::Date(day) if !matches!(day, i32::MAX | i32::MIN) => {
                i32::try_from(self.day(i64::from(day))).map_or(Masked::Null, Masked::Date)
            }
            Value::Timestamp { micros, .. } if !matches!(micros, i64::MAX | i64::MIN) => {
                let day = self.day(micros.div_euclid(MICROS_PER_DAY));
                day.checked_mul(MICROS_PER_DAY)
                    .map_or(Masked::Null, Masked::Timestamp)
            }
            Value::Time {
                micros,
                zone_seconds,
            } => Masked::Time {
                micros: micros - micros % MICROS_PER_HOUR,
                zone_seconds: zone_seconds.map(|_| 0),
            },
            Value::Interval { months, days, .. } => self.interval(months, days),
            Value::Numeric(text) if self.decimal(text, out) => Masked::Out,
            Value::Text(text) => {
                let done = match calendar::of_text(text, self.day_first) {
                    Some((day, style)) => calendar::push(self.day(day), style, out),
                    None => {
                        std::str::from_utf8(text).is_ok_and(|text| self.decimal(text.trim(), out))
                    }
                };
                if done {
                    Masked::Out
                } else {
                    redact::neutral(value, b'*', cx, out)
                }
            }
            _ => redact::neutral(value, b'*', cx, out),
        }
    }
}
