//! `age-band`: an age becomes its decade; 90 and more are one band.

use super::entry::{Entry, Example, Kind, OptionDoc, Properties, Uniqueness};
use super::{Operator, Options, decimal, redact};
use crate::value::{MaskContext, Masked, Value};
use std::io::Write as _;

pub(super) static ENTRY: Entry = Entry {
    name: "age-band",
    summary: "An age becomes its band: `30-39`, from 90 on `90+`.",
    details: "All ages from `top` on are one band, as the safe harbour of HIPAA asks (45 CFR 164.514(b)(2)(i)(C)). Numbers\n\
        become the lower edge of their band. Text that is no age from 0 to 199 is redacted.",
    properties: Properties {
        keyed: false,
        deterministic: true,
        joinable: false,
        uniqueness: Uniqueness::Lossy,
        reversible: false,
        length_kept: false,
    },
    kinds: &[Kind::Text, Kind::Int, Kind::Numeric, Kind::Float],
    options: &[
        OptionDoc {
            name: "width",
            default: "10",
            about: "Years of a band, 2 to 50.",
        },
        OptionDoc {
            name: "top",
            default: "90",
            about: "The age from which all are one band, at most 90.",
        },
    ],
    examples: &[
        Example::text("AGE", r#"operator = "age-band""#, "37", "30-39"),
        Example::text("AGE", r#"operator = "age-band", width = 5"#, "37", "35-39"),
        Example::text("AGE", r#"operator = "age-band""#, "93", "90+"),
        Example::of(
            r#"operator = "age-band""#,
            Value::Int {
                value: 37,
                width: 2,
            },
            "30",
        ),
    ],
    build,
};

fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let width = options.integer("width", 10, 2, 50).unsigned_abs();
    let top = options.integer("top", 90, 10, 90).unsigned_abs();
    Box::new(AgeBand { width, top })
}

#[derive(Debug)]
struct AgeBand {
    width: u64,
    top: u64,
}

impl AgeBand {
    /// The first and the last age of a band; the topmost has no last.
    fn band(&self, age: u64) -> (u64, Option<u64>) {
        if age >= self.top {
            return (self.top, None);
        }
        let first = age / self.width * self.width;
        (first, Some((first + self.width).min(self.top) - 1))
    }

    fn edge(&self, age: u64) -> u16 {
        u16::try_from(self.band(age).0).unwrap_or(0)
    }
}

impl Operator for AgeBand {
    fn generalises(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        match value {
            Value::Text(text) => {
                let age = std::str::from_utf8(text).ok().and_then(|text| {
                    let digits = text.trim();
                    let plain = digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit());
                    digits.parse().ok().filter(|age| plain && *age < 200)
                });
                let Some(age) = age else {
                    return redact::neutral(value, b'*', cx, out);
                };
                // Writing to a vector cannot fail.
                drop(match self.band(age) {
                    (first, Some(last)) => write!(out, "{first}-{last}"),
                    (first, None) => write!(out, "{first}+"),
                });
                Masked::Out
            }
            Value::Int { value, .. } => {
                Masked::Int(u64::try_from(value).map_or(0, |age| i64::from(self.edge(age))))
            }
            Value::Float { value, .. } if value.is_finite() => {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let age = value.clamp(0.0, 200.0) as u64;
                Masked::Float(f64::from(self.edge(age)))
            }
            Value::Numeric(text) => match decimal::split(text) {
                Some(number) if !number.negative => {
                    let whole = std::str::from_utf8(number.whole).unwrap_or("0");
                    let edge = self.edge(whole.parse().unwrap_or(u64::MAX));
                    // Writing to a vector cannot fail.
                    drop(write!(out, "{edge}"));
                    if !number.fraction.is_empty() {
                        out.push(b'.');
                        out.resize(out.len() + number.fraction.len(), b'0');
                    }
                    Masked::Out
                }
                _ => redact::neutral(value, b'*', cx, out),
            },
            _ => redact::neutral(value, b'*', cx, out),
        }
    }
}
