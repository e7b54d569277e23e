//! `zip3`: the first three digits of a US ZIP code.

use super::entry::{Entry, Example, Kind, Properties, Uniqueness};
use super::{Operator, Options, redact};
use crate::value::{MaskContext, Masked, Value};

/// Three-digit areas of at most 20,000 people by the census of 2000, as the guidance on 45 CFR
/// 164.514(b)(2)(i)(B) lists them.
/// <https://www.hhs.gov/hipaa/for-professionals/special-topics/de-identification/index.html>
const RESTRICTED: [u16; 17] = [
    36, 59, 63, 102, 203, 556, 692, 790, 821, 823, 830, 831, 878, 879, 884, 890, 893,
];

pub(super) static ENTRY: Entry = Entry {
    name: "zip3",
    summary: "A US ZIP code becomes its first three digits, or `000` where few people live.",
    details: "As the safe harbour of HIPAA asks (45 CFR 164.514(b)(2)(i)(B)), with the 17 areas of its guidance. Takes\n\
        `12345`, `12345-6789` and `123456789`; whole numbers may lack leading zeros. Anything else is redacted:\n\
        for postcodes of other countries take `keep-first`.",
    properties: Properties {
        keyed: false,
        deterministic: true,
        joinable: false,
        uniqueness: Uniqueness::Lossy,
        reversible: false,
        length_kept: false,
    },
    kinds: &[Kind::Text, Kind::Int],
    options: &[],
    examples: &[
        Example::text("US_ZIP", r#"operator = "zip3""#, "90210", "902"),
        Example::text("US_ZIP", r#"operator = "zip3""#, "90210-1234", "902"),
        Example::text("US_ZIP", r#"operator = "zip3""#, "03601", "000"),
        Example::text("US_ZIP", r#"operator = "zip3""#, "SW1A 1AA", "********"),
        Example::of(
            r#"operator = "zip3""#,
            Value::Int {
                value: 2139,
                width: 4,
            },
            "21",
        ),
    ],
    build,
};

fn build(_: &mut Options<'_>) -> Box<dyn Operator> {
    Box::new(Zip3)
}

#[derive(Debug)]
struct Zip3;

/// The first three digits of a ZIP code in text.
fn area(text: &[u8]) -> Option<u16> {
    let (zip, rest) = text.trim_ascii().split_at_checked(5)?;
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let is_rest = match rest {
        [] => true,
        [b'-' | b' ', rest @ ..] | rest => rest.len() == 4 && digits(rest),
    };
    (is_rest && digits(zip)).then(|| {
        zip[..3]
            .iter()
            .fold(0, |n, digit| n * 10 + u16::from(digit - b'0'))
    })
}

fn public(area: u16) -> u16 {
    if RESTRICTED.contains(&area) { 0 } else { area }
}

impl Operator for Zip3 {
    fn generalises(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        match value {
            Value::Text(text) => match area(text).map(public) {
                Some(area) => {
                    let digit = |n: u16| b'0' + (n % 10).to_le_bytes()[0];
                    out.extend_from_slice(&[digit(area / 100), digit(area / 10), digit(area)]);
                    Masked::Out
                }
                None => redact::neutral(value, b'*', cx, out),
            },
            Value::Int { value: zip, .. } => {
                let five = match zip {
                    0..=99_999 => zip,
                    100_000..=999_999_999 => zip / 10_000,
                    _ => 0,
                };
                Masked::Int(u16::try_from(five / 100).map_or(0, |area| i64::from(public(area))))
            }
            _ => redact::neutral(value, b'*', cx, out),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::text;

    #[test]
    fn areas_of_few_people_are_not_told() {
        for area in super::RESTRICTED {
            assert_eq!(
                text("ZIP", r#"operator = "zip3""#, &format!("{area:03}77")),
                "000"
            );
        }
        for (zip, masked) in [
            ("123456789", "123"),
            ("1234", "****"),
            ("12345-67", "********"),
        ] {
            assert_eq!(text("ZIP", r#"operator = "zip3""#, zip), masked, "{zip}");
        }
    }
}
