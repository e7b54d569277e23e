//! `test-card`: a card number of the same brand and length that belongs to nobody.

use super::entry::{Entry, Example, KEY, Kind, Properties, Uniqueness};
use super::keyed::DigitStream;
use super::{Operator, Options, decimal, redact};
use crate::canonical::Canonical;
use crate::keys::{EntityKey, Tag};
use crate::value::{MaskContext, Masked, Value};

pub(super) static ENTRY: Entry = Entry {
    name: "test-card",
    summary: "A card number of the same brand, length and layout, valid by Luhn, from the ranges for tests.",
    details: "The first six digits are those of the numbers that payment providers publish for tests, the others come from\n\
        the key and the number. A text that is no number of 12 to 19 digits is redacted.",
    properties: Properties {
        keyed: true,
        deterministic: true,
        joinable: true,
        uniqueness: Uniqueness::NotGuaranteed,
        reversible: false,
        length_kept: true,
    },
    kinds: &[Kind::Text, Kind::Int, Kind::Numeric],
    options: &[KEY],
    examples: &[
        Example::text(
            "CREDIT_CARD",
            r#"operator = "test-card""#,
            "4012 8888 8888 1881",
            "4242 4205 0650 8118",
        ),
        Example::text(
            "CREDIT_CARD",
            r#"operator = "test-card""#,
            "4012888888881881",
            "4242420506508118",
        ),
        Example::text(
            "CREDIT_CARD",
            r#"operator = "test-card""#,
            "3714-496353-98431",
            "3782-827260-72125",
        ),
        Example::text("CREDIT_CARD", r#"operator = "test-card""#, "12-34", "*****"),
    ],
    build,
};

/// First digits of a brand from and to, and the digits that its tests begin with. The narrower first.
const BRANDS: &[(&[u8], &[u8], &[u8; 6])] = &[
    (b"2221", b"2720", b"222300"),
    (b"3528", b"3589", b"353011"),
    (b"6011", b"6011", b"601111"),
    (b"644", b"659", b"601111"),
    (b"300", b"305", b"305693"),
    (b"34", b"34", b"343434"),
    (b"37", b"37", b"378282"),
    (b"36", b"36", b"362272"),
    (b"38", b"39", b"385200"),
    (b"51", b"55", b"555555"),
    (b"62", b"62", b"620000"),
    (b"50", b"50", b"501800"),
    (b"56", b"69", b"675964"),
    (b"4", b"4", b"424242"),
];
/// What is of no known brand.
const OTHER: &[u8; 6] = b"400000";

fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    Box::new(TestCard { key: options.key() })
}

#[derive(Debug)]
struct TestCard {
    key: EntityKey,
}

impl TestCard {
    /// Appends the fake of digits with separators.
    fn fake(&self, text: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let mut digits = [0u8; 19];
        let mut count = 0;
        for byte in text {
            match byte {
                b'0'..=b'9' => {
                    *digits.get_mut(count)? = *byte;
                    count += 1;
                }
                b' ' | b'-' | b'.' | b'/' => {}
                _ => return None,
            }
        }
        let digits = digits
            .get_mut(..count)
            .filter(|digits| digits.len() >= 12)?;
        let from = out.len();
        Canonical::Alnum.push(text, out);
        let mut stream = DigitStream::new(&self.key, Tag::Text, &out[from..]);
        out.truncate(from);
        let prefix = prefix(digits);
        digits[..6].copy_from_slice(prefix);
        let last = count - 1;
        digits[6..last]
            .iter_mut()
            .for_each(|digit| *digit = b'0' + stream.below(10));
        digits[last] =
            b'0' + super::fpe::luhn_digit(digits[..last].iter().map(|digit| digit - b'0'));
        let mut next = digits.iter();
        out.extend(text.iter().map(|byte| match byte.is_ascii_digit() {
            true => next.next().copied().unwrap_or(b'0'),
            false => *byte,
        }));
        Some(())
    }
}

/// The first digits of the tests of a number's brand.
fn prefix(digits: &[u8]) -> &'static [u8; 6] {
    let is_brand = |(from, to, _): &&(&[u8], &[u8], _)| {
        let head = &digits[..from.len()];
        (*from..=*to).contains(&head)
    };
    BRANDS.iter().find(is_brand).map_or(OTHER, |brand| brand.2)
}

impl Operator for TestCard {
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let from = out.len();
        let masked = match value {
            Value::Text(text) => self.fake(text, out).map(|()| Masked::Out),
            Value::Numeric(text)
                if decimal::split(text).is_some_and(|d| !d.negative && d.fraction.is_empty()) =>
            {
                self.fake(text.as_bytes(), out).map(|()| Masked::Out)
            }
            Value::Int { value, .. } => {
                let mut digits = [0u8; 20];
                decimal::digits(value.unsigned_abs(), &mut digits)
                    .filter(|_| value > 0)
                    .and_then(|digits| self.fake(digits, out))
                    .and_then(|()| std::str::from_utf8(&out[from..]).ok()?.parse().ok())
                    .map(Masked::Int)
            }
            _ => None,
        };
        if masked != Some(Masked::Out) {
            out.truncate(from);
        }
        masked.unwrap_or_else(|| redact::neutral(value, b'*', cx, out))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::text;
    use crate::validators;
    use proptest::prelude::*;

    const MASK: &str = r#"operator = "test-card""#;

    #[test]
    fn brands_stay() {
        for (card, prefix) in [
            ("4111111111111111", "424242"),
            ("5105105105105100", "555555"),
            ("2223003122003222", "222300"),
            ("378282246310005", "378282"),
            ("6011000990139424", "601111"),
            ("3530111333300000", "353011"),
            ("6240008631401148", "620000"),
            ("30569309025904", "305693"),
        ] {
            let fake = text("CREDIT_CARD", MASK, card);
            assert!(
                fake.starts_with(prefix) && fake.len() == card.len(),
                "{fake}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_fake_is_valid_and_written_as_the_card_was(card in "[2-6]([0-9][ -]?){10,17}[0-9]") {
            let fake = text("CREDIT_CARD", MASK, &card);
            let luhn = validators::find("luhn").unwrap();
            prop_assert!((luhn.check)(fake.as_bytes()), "{}", fake);
            prop_assert_eq!(fake.len(), card.len());
            let digits = |text: &str| text.replace([' ', '-'], "");
            prop_assert_eq!(digits(&text("CREDIT_CARD", MASK, &digits(&card))), digits(&fake));
        }
    }
}
