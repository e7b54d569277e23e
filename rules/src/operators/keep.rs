//! `keep-first` and `keep-last`: some characters stay, the others become `char`.

use super::entry::{CHAR, Entry, Example, Kind, OptionDoc, Properties};
use super::{Operator, Options, decimal, redact};
use crate::value::{MaskContext, Masked, Value};

const DETAILS: &str = "A value with fewer than twice `count` characters is masked whole: what stays is never the larger part. Whole\n\
    numbers keep digits, the others become 0. Separators are ASCII punctuation, white space and dashes.";

const KINDS: &[Kind] = &[Kind::Text, Kind::Int, Kind::Numeric];

const OPTIONS: &[OptionDoc] = &[
    OptionDoc {
        name: "count",
        default: "4",
        about: "How many letters and digits stay.",
    },
    OptionDoc {
        name: "layout",
        default: "true",
        about: "Do separators stay, uncounted? Without it every character counts.",
    },
    CHAR,
];

pub(super) static FIRST: Entry = Entry {
    name: "keep-first",
    summary: "The first characters stay, the others become `*`.",
    details: DETAILS,
    properties: Properties::PARTLY_SHOWN,
    kinds: KINDS,
    options: OPTIONS,
    examples: &[
        Example::text(
            "X",
            r#"operator = "keep-first", count = 2"#,
            "Zoë Müller",
            "Zo* ******",
        ),
        Example::text(
            "X",
            r#"operator = "keep-first", count = 3"#,
            "90210",
            "*****",
        ),
        Example::of(
            r#"operator = "keep-first", count = 2"#,
            Value::Int {
                value: -12_345,
                width: 4,
            },
            "-12000",
        ),
    ],
    build: build_first,
};

pub(super) static LAST: Entry = Entry {
    name: "keep-last",
    summary: "The last characters stay, the others become `*`.",
    details: DETAILS,
    properties: Properties::PARTLY_SHOWN,
    kinds: KINDS,
    options: OPTIONS,
    examples: &[
        Example::text(
            "CREDIT_CARD",
            r#"operator = "keep-last""#,
            "4111 1111 1111 1234",
            "**** **** **** 1234",
        ),
        Example::text(
            "X",
            r#"operator = "keep-last", layout = false, char = "x""#,
            "4111 1111 1111 1234",
            "xxxxxxxxxxxxxxx1234",
        ),
        Example::text("X", r#"operator = "keep-last""#, "123-4567", "***-****"),
        Example::of(
            r#"operator = "keep-last""#,
            Value::Int {
                value: 4_111_111_111_111_234,
                width: 8,
            },
            "1234",
        ),
    ],
    build: build_last,
};

fn build_first(options: &mut Options<'_>) -> Box<dyn Operator> {
    Box::new(Keep::new(options, Side::First))
}

fn build_last(options: &mut Options<'_>) -> Box<dyn Operator> {
    Box::new(Keep::new(options, Side::Last))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    First,
    Last,
}

#[derive(Debug)]
struct Keep {
    side: Side,
    count: usize,
    layout: bool,
    character: u8,
}

impl Keep {
    fn new(options: &mut Options<'_>, side: Side) -> Keep {
        let count = options.integer("count", 4, 1, 64);
        let layout = options.bool("layout", true);
        let character = options.character();
        Keep {
            side,
            count: usize::try_from(count).unwrap_or(4),
            layout,
            character,
        }
    }

    /// Which of `total` counted characters stay.
    fn kept(&self, total: usize) -> std::ops::Range<usize> {
        match self.side {
            _ if total < 2 * self.count => 0..0,
            Side::First => 0..self.count,
            Side::Last => total - self.count..total,
        }
    }

    fn text(&self, text: &[u8], out: &mut Vec<u8>) {
        if text.is_ascii() {
            return self.ascii(text, out);
        }
        let counted = |c: char| !self.layout || !is_separator(c);
        let characters = || {
            text.utf8_chunks().flat_map(|chunk| {
                let broken = chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER);
                chunk.valid().chars().chain(broken)
            })
        };
        let is_counted = |c: char| c == char::REPLACEMENT_CHARACTER || counted(c);
        let kept = self.kept(characters().filter(|c| is_counted(*c)).count());
        let mut index = 0;
        for c in characters() {
            let stays =
                !is_counted(c) || (kept.contains(&index) && c != char::REPLACEMENT_CHARACTER);
            index += usize::from(is_counted(c));
            if stays {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                out.push(self.character);
            }
        }
    }

    /// As [`Keep::text`], for text in which every byte is a character.
    fn ascii(&self, text: &[u8], out: &mut Vec<u8>) {
        let is_counted = |byte: &u8| !self.layout || !is_ascii_separator(*byte);
        let kept = self.kept(text.iter().filter(|byte| is_counted(byte)).count());
        let mut index = 0;
        out.extend(text.iter().map(|byte| {
            let counts = is_counted(byte);
            let stays = !counts || kept.contains(&index);
            index += usize::from(counts);
            if stays { *byte } else { self.character }
        }));
    }

    /// The digits of a whole number, those that do not stay as 0.
    fn digits<'d>(&self, digits: &'d [u8]) -> impl Iterator<Item = u8> + 'd {
        let kept = self.kept(digits.len());
        digits.iter().enumerate().map(
            move |(index, digit)| {
                if kept.contains(&index) { *digit } else { b'0' }
            },
        )
    }
}

/// As [`is_separator`], of an ASCII character.
fn is_ascii_separator(byte: u8) -> bool {
    byte.is_ascii_punctuation() || matches!(byte, b'\t'..=b'\r' | b' ')
}

/// Combining marks, symbols and control characters are none: they say something of the value.
fn is_separator(c: char) -> bool {
    c.is_ascii_punctuation() || c.is_whitespace() || matches!(c, '\u{2010}'..='\u{2015}' | '·')
}

impl Operator for Keep {
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        match value {
            Value::Text(text) => {
                self.text(text, out);
                Masked::Out
            }
            Value::Int { value, .. } => {
                let mut buffer = [0u8; 20];
                let digits = decimal::digits(value.unsigned_abs(), &mut buffer);
                let kept = self.digits(digits.unwrap_or_default());
                let number = kept.fold(0i64, |n, digit| n * 10 - i64::from(digit - b'0'));
                // The digits that stay never exceed the number itself, so neither sign overflows.
                Masked::Int(if value < 0 {
                    number
                } else {
                    number.saturating_neg()
                })
            }
            Value::Numeric(text) => match decimal::split(text) {
                Some(number) if number.fraction.is_empty() || self.side == Side::First => {
                    let zeros = number.fraction.iter().map(|_| b'0');
                    decimal::push(number.negative, self.digits(number.whole), zeros, out);
                    Masked::Out
                }
                _ => redact::neutral(value, self.character, cx, out),
            },
            _ => redact::neutral(value, self.character, cx, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_separated_as_other_text_is() {
        for byte in 0..128 {
            assert_eq!(
                is_ascii_separator(byte),
                is_separator(char::from(byte)),
                "{byte}"
            );
        }
    }
}
