//! `card`: the first and the last digits of a card number stay, as PCI DSS allows to display them.

use super::entry::{CHAR, Entry, Example, Kind, OptionDoc, Properties};
use super::{Operator, Options, decimal, redact};
use crate::value::{MaskContext, Masked, Value};

/// Digits of a card number.
const DIGITS: std::ops::RangeInclusive<usize> = 12..=19;
/// Digits that are hidden at least: fewer can be tried out, as the last digit is a check.
const HIDDEN_MIN: usize = 5;

pub(super) static ENTRY: Entry = Entry {
    name: "card",
    summary: "The issuer's digits (BIN) and the last four of a card number stay.",
    details: "As much as PCI DSS 3.4.1 allows to display. Separators stay. At least 5 digits are hidden: of numbers below\n\
        16 digits fewer leading ones stay, and so with `first = 8`. A text of fewer than 12 or more than 19\n\
        digits, or with anything but digits and separators, is redacted.",
    properties: Properties::PARTLY_SHOWN,
    kinds: &[Kind::Text, Kind::Int, Kind::Numeric],
    options: &[
        OptionDoc {
            name: "first",
            default: "6",
            about: "Leading digits that stay, at most 8.",
        },
        OptionDoc {
            name: "last",
            default: "4",
            about: "Trailing digits that stay, at most 4.",
        },
        CHAR,
    ],
    examples: &[
        Example::text(
            "CREDIT_CARD",
            r#"operator = "card""#,
            "4111 1111 1111 1234",
            "4111 11** **** 1234",
        ),
        Example::text(
            "CREDIT_CARD",
            r#"operator = "card", first = 8"#,
            "4111111111111234",
            "4111111*****1234",
        ),
        Example::text(
            "CREDIT_CARD",
            r#"operator = "card""#,
            "3782-822463-10005",
            "3782-82****-*0005",
        ),
        Example::text(
            "CREDIT_CARD",
            r#"operator = "card""#,
            "1234 5678",
            "*********",
        ),
        Example::of(
            r#"operator = "card""#,
            Value::Int {
                value: 4_111_111_111_111_234,
                width: 8,
            },
            "4111110000001234",
        ),
    ],
    build,
};

fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let first = options.integer("first", 6, 0, 8);
    let last = options.integer("last", 4, 0, 4);
    Box::new(Card {
        first: usize::try_from(first).unwrap_or(0),
        last: usize::try_from(last).unwrap_or(0),
        character: options.character(),
    })
}

#[derive(Debug)]
struct Card {
    first: usize,
    last: usize,
    character: u8,
}

impl Card {
    /// Which digits are hidden; nothing for what is no card number.
    fn hidden(&self, digits: usize) -> Option<std::ops::Range<usize>> {
        let end = digits - self.last.min(digits);
        let first = self.first.min(end.checked_sub(HIDDEN_MIN)?);
        DIGITS.contains(&digits).then_some(first..end)
    }

    /// Appends digits and separators with what is hidden as `character`.
    fn digits(&self, text: &[u8], character: u8, out: &mut Vec<u8>) -> Option<()> {
        let known = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.' | b'/');
        let hidden = self.hidden(text.iter().filter(|byte| byte.is_ascii_digit()).count())?;
        if !text.iter().all(known) {
            return None;
        }
        let mut index = 0;
        out.extend(text.iter().map(|byte| {
            let is_hidden = byte.is_ascii_digit() && hidden.contains(&index);
            index += usize::from(byte.is_ascii_digit());
            if is_hidden { character } else { *byte }
        }));
        Some(())
    }
}

impl Operator for Card {
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let masked = match value {
            Value::Text(text) => self.digits(text, self.character, out).map(|()| Masked::Out),
            Value::Int { value, .. } if value > 0 => {
                let digits = usize::try_from(value.ilog10()).unwrap_or(0) + 1;
                self.hidden(digits).and_then(|hidden| {
                    let power = |n: usize| Some(10i64.pow(u32::try_from(n).ok()?));
                    let (high, low) = (power(digits - hidden.start)?, power(digits - hidden.end)?);
                    Some(Masked::Int(value / high * high + value % low))
                })
            }
            Value::Numeric(text)
                if decimal::split(text).is_some_and(|d| !d.negative && d.fraction.is_empty()) =>
            {
                self.digits(text.as_bytes(), b'0', out)
                    .map(|()| Masked::Out)
            }
            _ => None,
        };
        masked.unwrap_or_else(|| redact::neutral(value, self.character, cx, out))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::text;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn five_digits_are_hidden_at_least(card in "([0-9][ -]?){1,24}", first in 0usize..=8, last in 0usize..=4) {
            let mask = format!("operator = \"card\", first = {first}, last = {last}");
            let masked = text("CREDIT_CARD", &mask, &card);
            let count = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
            prop_assert!(count(&masked) <= first + last);
            prop_assert!(count(&masked) == 0 || count(&card) - count(&masked) >= 5);
            prop_assert_eq!(masked.len(), card.len());
        }
    }
}
