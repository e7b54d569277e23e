//! `round`: a number keeps its first digits.

use super::entry::{Entry, Example, Kind, OptionDoc, Properties, Uniqueness};
use super::{Operator, Options, decimal, redact};
use crate::value::{MaskContext, Masked, Value};

pub(super) static ENTRY: Entry = Entry {
    name: "round",
    summary: "A number is rounded to its first digits: `52437.50` becomes `52000.00`.",
    details: "At least one digit is always rounded away, so small numbers keep fewer: 37 becomes 40 even with `digits = 2`,\n\
        and 3 becomes 0. What would leave the range of its type is rounded down. Text that is a number is\n\
        treated as one; other text is redacted.",
    properties: Properties {
        keyed: false,
        deterministic: true,
        joinable: false,
        uniqueness: Uniqueness::Lossy,
        reversible: false,
        length_kept: false,
    },
    kinds: &[Kind::Text, Kind::Int, Kind::Numeric, Kind::Float],
    options: &[OptionDoc {
        name: "digits",
        default: "2",
        about: "Significant digits that stay, 1 to 6.",
    }],
    examples: &[
        Example::of(
            r#"operator = "round""#,
            Value::Numeric("52437.50"),
            "52000.00",
        ),
        Example::of(
            r#"operator = "round""#,
            Value::Int {
                value: 37,
                width: 4,
            },
            "40",
        ),
        Example::of(
            r#"operator = "round", digits = 1"#,
            Value::Int {
                value: -1_499,
                width: 4,
            },
            "-1000",
        ),
        Example::text("SALARY", r#"operator = "round""#, "0.03719", "0.03700"),
    ],
    build,
};

fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let digits = options.integer("digits", 2, 1, 6);
    Box::new(Round {
        digits: u32::try_from(digits).unwrap_or(2),
    })
}

#[derive(Debug)]
struct Round {
    digits: u32,
}

impl Round {
    /// What of a magnitude stays: its multiple of a power of ten, rounded half up unless that exceeds
    /// `max`.
    fn magnitude(&self, number: u128, max: u128) -> u128 {
        let count = number.checked_ilog10().map_or(1, |log| log + 1);
        let power = 10u128.pow(count - self.digits.min(count - 1));
        let down = number / power * power;
        let up = down.checked_add(power).filter(|up| *up <= max);
        match up {
            Some(up) if number - down >= power / 2 => up,
            _ => down,
        }
    }

    fn decimal(&self, text: &str, out: &mut Vec<u8>) -> Option<()> {
        let number = decimal::split(text)?;
        let magnitude = self.magnitude(decimal::magnitude(&number)?, u128::MAX);
        decimal::push_scaled(number.negative, magnitude, number.fraction.len(), out);
        Some(())
    }
}

impl Operator for Round {
    fn generalises(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        match value {
            Value::Int { value, width } => {
                let max = decimal::int_max(width);
                let rounded = self.magnitude(value.unsigned_abs().into(), max.into());
                let rounded = i64::try_from(rounded).unwrap_or(0);
                Masked::Int(if value < 0 { -rounded } else { rounded })
            }
            Value::Float { value, width } if value.is_finite() && value != 0.0 => {
                let digits = f64::from(self.digits);
                let power =
                    10f64.powf((value.abs().log10().floor() + 1.0 - digits).clamp(-300.0, 300.0));
                Masked::Float(decimal::float((value / power).round() * power, width))
            }
            Value::Numeric(text) if self.decimal(text, out).is_some() => Masked::Out,
            Value::Text(text)
                if std::str::from_utf8(text)
                    .is_ok_and(|text| self.decimal(text.trim(), out).is_some()) =>
            {
                Masked::Out
            }
            _ => redact::neutral(value, b'*', cx, out),
        }
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
        fn a_rounded_number_shows_its_first_digits_only(value in any::<i64>(), digits in 1u32..=6) {
            let mask = format!("operator = \"round\", digits = {digits}");
            let Masked::Int(rounded) = typed(&mask, Value::Int { value, width: 8 }).0 else {
                panic!("no integer");
            };
            let count = value.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
            let power = 10u64.pow(count - digits.min(count - 1));
            prop_assert_eq!(rounded.unsigned_abs() % power, 0);
            prop_assert!(rounded.abs_diff(value) <= power);
        }
    }
}
