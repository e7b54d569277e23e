//! `fpe`: FF1 format-preserving encryption. What it makes has the format of the value, and with the key
//! the value can be had back.

use super::entry::{Entry, Example, KEY, Kind, OptionDoc, Properties, Uniqueness};
use super::ff1::{Domain, Ff1, TWEAK_LEN_MAX, Way};
use super::{Operator, Options, decimal, redact};
use crate::keys::Tag;
use crate::value::{MaskContext, Masked, Value};

/// Digits of a text at most; those of the smallest radix that a text may have.
const DIGITS_MAX: usize = 64;
/// Whole numbers below this are one domain, so that small ones stay small.
const SMALL: u128 = 1_000_000;
const SMALL_DIGITS: usize = 6;

pub(super) static ENTRY: Entry = Entry {
    name: "fpe",
    summary: "Format-preserving encryption (FF1, AES-256): a value of the same format, reversible with the key.",
    details: "A permutation: different values stay different, and those who hold the key can have the value back. The\n\
        characters of the `alphabet` are encrypted and every separator (space and `-._/:+#()`) stays in its\n\
        place. A text with any other character, with fewer than 10^6 possible values (6 digits, 4 of\n\
        `alphanumeric`) or with more than 56 digits is redacted: small domains are not safe (SP 800-38G r1).\n\
        \n\
        Whole numbers keep their sign and, from 7 digits on, their number of digits; those below a million stay\n\
        below a million. `int2` is too small and is redacted, as are dates. UUIDs keep their version; addresses\n\
        are permuted whole. Out of N values one may stand for itself on average: it is redacted too.",
    properties: Properties {
        keyed: true,
        deterministic: true,
        joinable: true,
        uniqueness: Uniqueness::Preserved,
        reversible: true,
        length_kept: true,
    },
    kinds: &[
        Kind::Text,
        Kind::Int,
        Kind::Numeric,
        Kind::Uuid,
        Kind::Inet,
        Kind::Mac,
    ],
    options: &[
        OptionDoc {
            name: "alphabet",
            default: "\"digits\"",
            about: "`digits`, `hex` (of one case), `upper`, `lower`, `letters`, `upper-alphanumeric`, \
                    `lower-alphanumeric` or `alphanumeric` (digits and letters of both cases).",
        },
        OptionDoc {
            name: "luhn",
            default: "false",
            about: "Is the last digit a Luhn check digit? A valid number stays valid. Needs 7 digits.",
        },
        OptionDoc {
            name: "tweak",
            default: "the entity",
            about: "Public text that separates columns which share an entity.",
        },
        KEY,
    ],
    examples: &[
        Example::text(
            "CREDIT_CARD",
            r#"operator = "fpe""#,
            "4111 1111 1111 1111",
            "3686 4370 4014 6241",
        ),
        Example::text(
            "CREDIT_CARD",
            r#"operator = "fpe""#,
            "4111111111111111",
            "3686437040146241",
        ),
        Example::text(
            "CREDIT_CARD",
            r#"operator = "fpe", luhn = true"#,
            "4111 1111 1111 1111",
            "5911 8438 8211 1503",
        ),
        Example::text(
            "PASSPORT",
            r#"operator = "fpe", alphabet = "upper-alphanumeric""#,
            "C01X00T47",
            "20GWSVQDF",
        ),
        Example::text("X", r#"operator = "fpe""#, "12345", "*****"),
        Example::of(
            r#"operator = "fpe""#,
            Value::Int {
                value: -1234,
                width: 4,
            },
            "-978890",
        ),
    ],
    build,
};

fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let words = ALPHABETS.map(|alphabet| (alphabet.name, alphabet));
    let alphabet = options.word("alphabet", &words).unwrap_or(ALPHABETS[0]);
    let luhn = options.bool("luhn", false);
    if luhn && alphabet.name != "digits" {
        options.refuse("luhn", "`luhn` needs the alphabet `digits`");
    }
    let entity = options.entity;
    let tweak = options.text("tweak").unwrap_or(entity);
    let tweak = *blake3::hash(tweak.as_bytes()).as_bytes();
    let material = options.key().subkey(Tag::Encryption);
    let mut key = zeroize::Zeroizing::new([0; 32]);
    key.copy_from_slice(&material[..32]);
    Box::new(Fpe {
        // Half of what is allowed: round input of usual numbers then fits one block.
        ff1: Ff1::new(&key, &tweak[..TWEAK_LEN_MAX / 2]),
        alphabet,
        luhn,
    })
}

/// Characters that are encrypted, as ranges in the order of their digits.
#[derive(Clone, Copy, Debug)]
struct Alphabet {
    name: &'static str,
    ranges: &'static [(u8, u8)],
    radix: u32,
}

const ALPHABETS: [Alphabet; 8] = [
    alphabet("digits", &[(b'0', b'9')]),
    alphabet("hex", &[(b'0', b'9'), (b'a', b'f')]),
    alphabet("upper", &[(b'A', b'Z')]),
    alphabet("lower", &[(b'a', b'z')]),
    alphabet("letters", &[(b'A', b'Z'), (b'a', b'z')]),
    alphabet("upper-alphanumeric", &[(b'0', b'9'), (b'A', b'Z')]),
    alphabet("lower-alphanumeric", &[(b'0', b'9'), (b'a', b'z')]),
    alphabet("alphanumeric", &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')]),
];

const fn alphabet(name: &'static str, ranges: &'static [(u8, u8)]) -> Alphabet {
    let mut radix = 0;
    let mut at = 0;
    while at < ranges.len() {
        radix += (ranges[at].1 - ranges[at].0 + 1) as u32;
        at += 1;
    }
    Alphabet {
        name,
        ranges,
        radix,
    }
}

impl Alphabet {
    fn digit(&self, byte: u8, upper: bool) -> Option<u8> {
        let byte = match upper {
            true => byte.to_ascii_lowercase(),
            false => byte,
        };
        let mut before = 0;
        for (first, last) in self.ranges {
            if (*first..=*last).contains(&byte) {
                return Some(before + (byte - first));
            }
            before += last - first + 1;
        }
        None
    }

    fn byte(&self, mut digit: u8, upper: bool) -> u8 {
        for (first, last) in self.ranges {
            let count = last - first + 1;
            if digit < count {
                let byte = first + digit;
                return if upper {
                    byte.to_ascii_uppercase()
                } else {
                    byte
                };
            }
            digit -= count;
        }
        b'*'
    }
}

#[derive(Debug)]
struct Fpe {
    ff1: Ff1,
    alphabet: Alphabet,
    luhn: bool,
}

impl Fpe {
    fn apply(
        &self,
        way: Way,
        value: Value<'_>,
        cx: &MaskContext<'_>,
        out: &mut Vec<u8>,
    ) -> Option<Masked> {
        match value {
            Value::Text(text) => self.text(way, text, out),
            Value::Int { value, width } => {
                let max = match width {
                    2 => return None,
                    4 => i64::from(i32::MAX),
                    _ => i64::MAX,
                };
                Some(Masked::Int(self.int(way, value, max)?))
            }
            Value::Numeric(text) => self.numeric(way, text, cx, out),
            Value::Uuid(uuid) => self.uuid(way, uuid).map(Masked::Uuid),
            Value::Inet {
                address,
                len,
                prefix,
                cidr: false,
            } => Some(Masked::Inet {
                address: self.bits(way, address, len)?,
                len,
                prefix,
            }),
            Value::Mac { address, len } => {
                let mut wide = [0; 16];
                wide[..8].copy_from_slice(&address);
                let [a, b, c, d, e, f, g, h, ..] = self.bits(way, wide, len)?;
                let address = [a, b, c, d, e, f, g, h];
                Some(Masked::Mac { address, len })
            }
            _ => None,
        }
    }

    fn text(&self, way: Way, text: &[u8], out: &mut Vec<u8>) -> Option<Masked> {
        let upper = self.alphabet.name == "hex" && text.iter().any(|b| (b'A'..=b'F').contains(b));
        if upper && text.iter().any(|b| (b'a'..=b'f').contains(b)) {
            return None;
        }
        let mut digits = [0u8; DIGITS_MAX];
        let mut count = 0;
        for byte in text {
            match self.alphabet.digit(*byte, upper) {
                Some(digit) => {
                    *digits.get_mut(count)? = digit;
                    count += 1;
                }
                None if b" -._/:+#()".contains(byte) => {}
                None => return None,
            }
        }
        let payload = count.checked_sub(usize::from(self.luhn))?;
        let domain = Domain::new(self.alphabet.radix, payload)?;
        let check = |digits: &[u8]| luhn_digit(digits.iter().copied());
        let before = check(&digits[..payload]);
        self.ff1.digits(way, &domain, &mut digits[..payload]);
        if self.luhn {
            // How far the last digit is from the right one stays: valid numbers stay valid.
            let after = check(&digits[..payload]);
            digits[payload] = (digits[payload] + 20 + after - before) % 10;
        }
        let mut next = digits.iter();
        out.extend(text.iter().map(|byte| {
            match self.alphabet.digit(*byte, upper) {
                Some(_) => next
                    .next()
                    .map_or(b'*', |digit| self.alphabet.byte(*digit, upper)),
                None => *byte,
            }
        }));
        Some(Masked::Out)
    }

    /// Negative numbers are counted from -1, so that none becomes 0.
    fn int(&self, way: Way, value: i64, max: i64) -> Option<i64> {
        let max = u128::from(max.unsigned_abs());
        let magnitude = match value < 0 {
            true => !value,
            false => value,
        };
        let permuted = self.magnitude(way, u128::try_from(magnitude).ok()?, max)?;
        let permuted = i64::try_from(permuted).ok()?;
        Some(if value < 0 { !permuted } else { permuted })
    }

    /// All digits are one number, so the scale stays.
    fn numeric(
        &self,
        way: Way,
        text: &str,
        cx: &MaskContext<'_>,
        out: &mut Vec<u8>,
    ) -> Option<Masked> {
        let number = decimal::split(text)?;
        let magnitude = decimal::magnitude(&number)?;
        let magnitude = match number.negative {
            true => magnitude.checked_sub(1)?,
            false => magnitude,
        };
        let precision = cx
            .type_modifier
            .checked_sub(4)
            .filter(|n| *n >= 0)
            .map_or(38, |n| n >> 16);
        let digits = u32::try_from(precision).ok()?.min(38);
        let max = 10u128.checked_pow(digits)?;
        let max = max.checked_sub(1 + u128::from(number.negative))?;
        let permuted = self.magnitude(way, magnitude, max)? + u128::from(number.negative);
        decimal::push_scaled(number.negative, permuted, number.fraction.len(), out);
        Some(Masked::Out)
    }

    /// Permutes the numbers from 0 to `max`: those below a million, and those of each larger number of
    /// digits, among themselves. The permutation of all numbers of so many digits is walked until it is
    /// back among them.
    fn magnitude(&self, way: Way, number: u128, max: u128) -> Option<u128> {
        let (least, digits) = match number {
            0..SMALL => (0, SMALL_DIGITS),
            _ => (
                10u128.pow(number.ilog10()),
                usize::try_from(number.ilog10()).ok()? + 1,
            ),
        };
        let top = 10u128.checked_pow(u32::try_from(digits).ok()?)? - 1;
        let class = least..=top.min(max);
        // What is left of the class by `max` must still be large enough.
        if !class.contains(&number) || class.end() - class.start() < SMALL - 1 {
            return None;
        }
        let domain = Domain::new(10, digits)?;
        let mut number = number;
        loop {
            number = self.ff1.number(way, &domain, number);
            if class.contains(&number) {
                return Some(number);
            }
        }
    }

    /// All bits but those of the version and the variant.
    fn uuid(&self, way: Way, uuid: [u8; 16]) -> Option<[u8; 16]> {
        let bits = u128::from_be_bytes(uuid);
        // Bits 76 to 79 are the version, bits 62 and 63 the variant.
        let (high, middle, low) = (bits >> 80, bits >> 64 & 0xfff, bits & ((1 << 62) - 1));
        let joined = high << 74 | middle << 62 | low;
        let domain = Domain::new(2, 122)?;
        let joined = self.ff1.number(way, &domain, joined);
        let (high, middle, low) = (joined >> 74, joined >> 62 & 0xfff, joined & ((1 << 62) - 1));
        let kept = bits & (0xf << 76 | 0b11 << 62);
        Some((kept | high << 80 | middle << 64 | low).to_be_bytes())
    }

    /// The first `len` bytes as one number.
    fn bits(&self, way: Way, bytes: [u8; 16], len: u8) -> Option<[u8; 16]> {
        let domain = Domain::new(2, 8 * usize::from(len))?;
        let unused = 128u32.checked_sub(8 * u32::from(len))?;
        let number = u128::from_be_bytes(bytes) >> unused;
        Some((self.ff1.number(way, &domain, number) << unused).to_be_bytes())
    }
}

/// The digit that makes a number of these digits and itself valid.
pub(super) fn luhn_digit(digits: impl DoubleEndedIterator<Item = u8>) -> u8 {
    let weighted = digits.rev().enumerate().map(|(at, digit)| match at % 2 {
        0 if digit > 4 => 2 * digit - 9,
        0 => 2 * digit,
        _ => digit,
    });
    (10 - weighted.fold(0, |sum, digit| (sum + digit) % 10)) % 10
}

impl Operator for Fpe {
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        self.apply(Way::Encrypt, value, cx, out)
            .unwrap_or_else(|| redact::neutral(value, b'*', cx, out))
    }

    fn reveal(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Option<Masked> {
        self.apply(Way::Decrypt, value, cx, out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::{text, there_and_back, typed};
    use super::*;
    use crate::validators;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn small_whole_numbers_stay_different_and_of_their_sign() {
        let (ruleset, rule) = super::super::tests::masker("X", r#"operator = "fpe""#);
        let mask = |value| {
            let int = Value::Int { value, width: 4 };
            let cx = MaskContext::default();
            match ruleset.masker(rule).mask(int, &cx, &mut Vec::new()) {
                Masked::Int(number) => number,
                other => panic!("{other:?}"),
            }
        };
        let masked: HashSet<i64> = (-1000..1000).map(mask).collect();
        assert_eq!(masked.len(), 2000);
        assert!(
            masked
                .iter()
                .all(|number| (-1_000_000..1_000_000).contains(number))
        );
        assert!((-1000..1000).all(|number| (mask(number) < 0) == (number < 0)));
    }

    #[test]
    fn what_is_too_small_to_be_safe_is_redacted() {
        let fpe = r#"operator = "fpe""#;
        assert_eq!(text("CVV", fpe, "123"), "***");
        assert_eq!(text("X", fpe, "12-34-5"), "*******");
        assert_eq!(
            typed(fpe, Value::Int { value: 7, width: 2 }).0,
            Masked::Int(0)
        );
        assert_eq!(typed(fpe, Value::Date(7)).0, Masked::Date(-36_524));
        // numeric(5, 2) holds a hundred thousand values.
        let (ruleset, rule) = super::super::tests::masker("X", fpe);
        let cx = MaskContext {
            type_modifier: (5 << 16 | 2) + 4,
            ..MaskContext::default()
        };
        let mut out = Vec::new();
        ruleset
            .masker(rule)
            .mask(Value::Numeric("123.45"), &cx, &mut out);
        assert_eq!(out, b"0.00");
    }

    #[test]
    fn a_decimal_stays_within_its_precision() {
        let (ruleset, rule) = super::super::tests::masker("X", r#"operator = "fpe""#);
        let cx = MaskContext {
            type_modifier: (7 << 16 | 1) + 4,
            ..MaskContext::default()
        };
        for number in 1..2000 {
            for sign in ["", "-"] {
                let value = format!("{sign}{}.{}", 999_000 - number * 397, number % 10);
                let mut out = Vec::new();
                ruleset
                    .masker(rule)
                    .mask(Value::Numeric(&value), &cx, &mut out);
                assert!(out.len() <= sign.len() + 8, "{value}");
                assert!(out.starts_with(sign.as_bytes()));
                assert_eq!(out[out.len() - 2], b'.');
            }
        }
    }

    #[test]
    fn what_holds_other_characters_is_redacted_whole() {
        let fpe = r#"operator = "fpe""#;
        assert_eq!(text("X", fpe, "Jane 12345678"), "*************");
        let hex = r#"operator = "fpe", alphabet = "hex""#;
        assert_eq!(text("X", hex, "0aF0aF0aF"), "*********");
        assert_ne!(text("X", hex, "0AF0AF0AF"), "*********");
    }

    #[test]
    fn tweaks_separate_columns() {
        let card = |tweak| {
            let mask = format!("operator = \"fpe\", tweak = \"{tweak}\"");
            text("X", &mask, "4111111111111111")
        };
        assert_ne!(card("a"), card("b"));
    }

    proptest! {
        #[test]
        fn what_was_masked_is_revealed(
            digits in "[0-9]{7,30}",
            words in "[0-9A-Za-z]{4}([ -]?[0-9A-Za-z]){0,20}",
            int in any::<i64>(),
            small in any::<i32>(),
            numeric in "(0|-?[1-9][0-9]{0,18})(\\.[0-9]{1,12})?",
            uuid in any::<[u8; 16]>(),
        ) {
            let fpe = r#"operator = "fpe""#;
            let (_, back) = there_and_back(fpe, Value::Text(digits.as_bytes()));
            prop_assert_eq!(back.unwrap(), &*digits);
            let mask = r#"operator = "fpe", alphabet = "alphanumeric""#;
            let (masked, back) = there_and_back(mask, Value::Text(words.as_bytes()));
            prop_assert_eq!(back.unwrap(), &*words);
            prop_assert_eq!(masked.len(), words.len());
            for value in [
                Value::Int { value: int, width: 8 },
                Value::Int { value: small.into(), width: 4 },
                Value::Numeric(&numeric),
                Value::Uuid(uuid),
                Value::Mac { address: [1, 2, 3, 4, 5, 6, 0, 0], len: 6 },
            ] {
                prop_assume!(value != Value::Numeric("-0"));
                let (_, back) = there_and_back(fpe, value);
                prop_assert_eq!(back.unwrap(), super::super::show::value(value));
            }
        }

        #[test]
        fn the_check_digit_stays_as_right_as_it_was(digits in "[0-9]{7,25}") {
            let luhn = validators::find("luhn").unwrap();
            let mask = r#"operator = "fpe", luhn = true"#;
            let (masked, back) = there_and_back(mask, Value::Text(digits.as_bytes()));
            prop_assert_eq!(back.unwrap(), &*digits);
            let payload = &digits.as_bytes()[..digits.len() - 1];
            let right = luhn_digit(payload.iter().map(|digit| digit - b'0'));
            let valid = [payload, &[b'0' + right]].concat();
            let (of_valid, _) = there_and_back(mask, Value::Text(&valid));
            prop_assert!(of_valid == "*".repeat(valid.len()) || (luhn.check)(of_valid.as_bytes()) == (luhn.check)(&valid));
            prop_assert_eq!(masked.len(), digits.len());
        }
    }
}
