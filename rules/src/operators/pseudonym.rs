//! `pseudonym`: a made-up value that looks real, the same one for the same value every time.

use super::entry::{
    CANONICAL, Entry, Example, KEY, Kind as Type, OptionDoc, Properties, Uniqueness,
};
use super::keyed::{DigitStream, word};
use super::locales::{LOCALES, Words, pick, plain};
use super::{Operator, Options, keyed};
use crate::canonical::Canonical;
use crate::keys::{EntityKey, Tag};
use crate::value::{MaskContext, Masked, Value};
use std::io::Write as _;

pub(super) static ENTRY: Entry = Entry {
    name: "pseudonym",
    summary: "A made-up value that looks real, the same one for the same value every time.",
    details: "With `kind = \"shape\"` letters become letters of the same case and digits become digits; everything else\n\
        stays, so lengths and formats survive, and the parts of a network address stay what an address may have.\n\
        The other kinds take words from the lists of a `locale`. Lists are short: different people will share a\n\
        name. E-mail addresses, user names and URLs carry digits of the hash, stand at `example.com` and the\n\
        like, and seldom meet. Telephone numbers come from ranges set aside for fiction where a country has\n\
        them, else from ranges that its plan never assigns. For a postcode of the same format take `shape`.",
    properties: Properties {
        keyed: true,
        deterministic: true,
        joinable: true,
        uniqueness: Uniqueness::NotGuaranteed,
        reversible: false,
        length_kept: false,
    },
    kinds: &[
        Type::Text,
        Type::Int,
        Type::Numeric,
        Type::Float,
        Type::Date,
        Type::Timestamp,
        Type::Time,
        Type::Uuid,
        Type::Inet,
        Type::Mac,
        Type::Bytes,
        Type::Enum,
    ],
    options: &[
        OptionDoc {
            name: "kind",
            default: "\"shape\"",
            about: "`shape`, `first-name`, `last-name`, `full-name`, `email`, `username`, `city`, `street`, `address`, \
                    `company`, `phone` or `url`.",
        },
        OptionDoc {
            name: "locale",
            default: "\"en\"",
            about: "`de`, `en`, `es`, `fr`, `hi-latin`, `it`, `ja-latin`, `nl`, `pl`, `pt`, `sv` or `tr`.",
        },
        CANONICAL,
        KEY,
    ],
    examples: &[
        Example::text("X", r#"operator = "pseudonym""#, "AB-1234/cd", "CL-8559/yv"),
        Example::text(
            "PERSON",
            r#"operator = "pseudonym", kind = "full-name""#,
            "Jane Doe",
            "Molly Reed",
        ),
        Example::text(
            "PERSON",
            r#"operator = "pseudonym", kind = "full-name", locale = "sv""#,
            "JANE DOE ",
            "Pia Jönsson",
        ),
        Example::text(
            "PERSON",
            r#"operator = "pseudonym", kind = "first-name", locale = "ja-latin""#,
            "Jane",
            "Nobuo",
        ),
        Example::text(
            "EMAIL_ADDRESS",
            r#"operator = "pseudonym", kind = "email""#,
            "jane@acme.org",
            "william.griffin51f632@example.org",
        ),
        Example::text(
            "LOCATION",
            r#"operator = "pseudonym", kind = "address", locale = "de""#,
            "5 Elm St",
            "Eichenallee 185, 35393 Friedberg",
        ),
        Example::text(
            "PHONE_NUMBER",
            r#"operator = "pseudonym", kind = "phone""#,
            "+1 212 867 5309",
            "+1 229 555 0109",
        ),
        Example::text(
            "ORGANIZATION",
            r#"operator = "pseudonym", kind = "company", locale = "nl""#,
            "Acme",
            "de Boer Groep B.V.",
        ),
        Example::text(
            "IP_ADDRESS",
            r#"operator = "pseudonym""#,
            "203.0.113.77",
            "213.7.222.75",
        ),
    ],
    build,
};

fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let kind = options.word("kind", &KINDS).unwrap_or(Kind::Shape);
    let codes: Vec<_> = LOCALES
        .iter()
        .map(|locale| (locale.code, *locale))
        .collect();
    let locale = options.word("locale", &codes);
    let words = locale.or_else(|| LOCALES.iter().copied().find(|locale| locale.code == "en"));
    let is_number = matches!(kind, Kind::Shape | Kind::Phone);
    let canonical = match options.canonical() {
        // Names and addresses are the same in any case.
        Canonical::Trim if !is_number => Canonical::Fold,
        canonical => canonical,
    };
    let is_address = |part: &str| ["IP", "MAC"].iter().any(|p| part.eq_ignore_ascii_case(p));
    Box::new(Pseudonym {
        key: options.key(),
        kind,
        canonical,
        words: words.map(Words::of),
        address: options.entity.split('_').any(is_address),
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    FirstName,
    LastName,
    FullName,
    Email,
    Username,
    City,
    Street,
    Address,
    Company,
    Phone,
    Url,
    Shape,
}

const KINDS: [(&str, Kind); 12] = [
    ("first-name", Kind::FirstName),
    ("last-name", Kind::LastName),
    ("full-name", Kind::FullName),
    ("email", Kind::Email),
    ("username", Kind::Username),
    ("city", Kind::City),
    ("street", Kind::Street),
    ("address", Kind::Address),
    ("company", Kind::Company),
    ("phone", Kind::Phone),
    ("url", Kind::Url),
    ("shape", Kind::Shape),
];

#[derive(Debug)]
struct Pseudonym {
    key: EntityKey,
    kind: Kind,
    canonical: Canonical,
    words: Option<Words>,
    /// Are the values addresses of a network?
    address: bool,
}

impl Operator for Pseudonym {
    fn properties(&self, of_entry: Properties) -> Properties {
        Properties {
            uniqueness: match self.kind {
                Kind::FirstName | Kind::LastName | Kind::City => Uniqueness::Lossy,
                _ => Uniqueness::NotGuaranteed,
            },
            length_kept: self.kind == Kind::Shape,
            ..of_entry
        }
    }

    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let Value::Text(text) = value else {
            return keyed::replace(&self.key, value, cx, out);
        };
        // `out` doubles as scratch for the canonical form, so that nothing is allocated.
        let from = out.len();
        self.canonical.push(text, out);
        if self.kind == Kind::Shape {
            let mut stream = DigitStream::new(&self.key, Tag::Text, &out[from..]);
            out.truncate(from);
            match self.address {
                true => shape_of_address(text, &mut stream, out),
                false => shape(text, &mut stream, out),
            }
            if out[from..] == *text && !self.address {
                // Few characters may stand for themselves: go on until they do not.
                another_shape(&mut stream, &mut out[from..]);
            }
            return Masked::Out;
        }
        let mac = self.key.mac(Tag::Text, &out[from..]);
        let Some(words) = &self.words else {
            return Masked::Null;
        };
        let known = out.len() - from;
        self.made_up(words, &mac, 0, out);
        if is_same(&out[from..from + known], &out[from + known..]) {
            out.truncate(from + known);
            self.made_up(words, &mac, 1, out);
        }
        out.drain(from..from + known);
        Masked::Out
    }
}

impl Pseudonym {
    /// Appends what a MAC stands for; `step` words further in the lists.
    fn made_up(&self, words: &Words, mac: &[u8; 64], step: u64, out: &mut Vec<u8>) {
        let random = |at: usize| word(mac, at).wrapping_add(step);
        let first = || pick(&words.first, random(0));
        let last = || pick(&words.last, random(1));
        match self.kind {
            Kind::FirstName => push(out, &[first()]),
            Kind::LastName => push(out, &[last()]),
            Kind::FullName => push(out, &[first(), " ", last()]),
            Kind::City => push(out, &[pick(&words.cities, random(3))]),
            Kind::Company => push(out, &[last(), " ", pick(&words.companies, random(2))]),
            Kind::Street => street(words, mac, step, out),
            Kind::Address => {
                street(words, mac, step, out);
                push(out, &[", "]);
                pattern(words.postcode, random(5), out);
                push(out, &[" ", pick(&words.cities, random(3))]);
            }
            Kind::Phone => {
                let phone = pick(&words.phones, random(6));
                pattern(phone, random(7), out);
            }
            Kind::Email | Kind::Username => {
                push_plain(first(), out);
                out.push(b'.');
                push_plain(last(), out);
                keyed::hex(&mac[16..], 6, out);
                if self.kind == Kind::Email {
                    let hosts = ["example.com", "example.net", "example.org"];
                    push(out, &["@", pick(&hosts, random(4))]);
                }
            }
            Kind::Url => {
                push(out, &["https://www.example.com/"]);
                keyed::hex(&mac[16..], 10, out);
            }
            Kind::Shape => {}
        }
    }
}

/// Appends a street with a house number, as the language has it.
fn street(words: &Words, mac: &[u8; 64], step: u64, out: &mut Vec<u8>) {
    let street = pick(&words.streets, word(mac, 3).wrapping_add(step) >> 8);
    let number = 1 + word(mac, 2) % 199;
    // Writing to a vector cannot fail.
    drop(match words.number_first {
        true => write!(out, "{number} {street}"),
        false => write!(out, "{street} {number}"),
    });
}

/// Appends a pattern with its digits and letters drawn.
fn pattern(pattern: &str, mut random: u64, out: &mut Vec<u8>) {
    let mut below = |bound: u64| {
        let drawn = (random % bound).to_le_bytes()[0];
        random /= bound;
        drawn
    };
    out.extend(pattern.bytes().map(|byte| match byte {
        b'#' => b'0' + below(10),
        b'A' => b'A' + below(26),
        byte => byte,
    }));
}

/// Are two texts the same but for case?
fn is_same(a: &[u8], b: &[u8]) -> bool {
    match (std::str::from_utf8(a), std::str::from_utf8(b)) {
        (Ok(a), Ok(b)) => {
            let (a, b) = (a.trim().chars(), b.trim().chars());
            a.flat_map(char::to_lowercase)
                .eq(b.flat_map(char::to_lowercase))
        }
        _ => a == b,
    }
}

/// Draws the digits or else the letters of a shape once more, each other than it is.
fn another_shape(stream: &mut DigitStream<'_>, text: &mut [u8]) {
    let shift = |byte: u8, base: u8, count: u8, by: u8| base + (byte - base + 1 + by) % count;
    let has_digits = text.iter().any(u8::is_ascii_digit);
    for byte in text {
        *byte = match *byte {
            b'0'..=b'9' => shift(*byte, b'0', 10, stream.below(9)),
            b'a'..=b'f' if !has_digits => shift(*byte, b'a', 6, stream.below(5)),
            b'g'..=b'z' if !has_digits => shift(*byte, b'g', 20, stream.below(19)),
            b'A'..=b'F' if !has_digits => shift(*byte, b'A', 6, stream.below(5)),
            b'G'..=b'Z' if !has_digits => shift(*byte, b'G', 20, stream.below(19)),
            byte => byte,
        };
    }
}

/// Letters become letters of the same case, digits become digits; separators stay, and what is
/// not ASCII becomes a lower-case letter for each code point.
fn shape(text: &[u8], stream: &mut DigitStream<'_>, out: &mut Vec<u8>) {
    out.extend(text.iter().filter_map(|byte| match byte {
        b'0'..=b'9' => Some(b'0' + stream.below(10)),
        b'a'..=b'z' => Some(b'a' + stream.below(26)),
        b'A'..=b'Z' => Some(b'A' + stream.below(26)),
        0..=0x7f => Some(*byte),
        0x80..=0xbf => None,
        0xc0.. => Some(b'a' + stream.below(26)),
    }));
}

/// Like [`shape`], but hexadecimal digits become hexadecimal ones, and a decimal part beside a dot stays
/// below 256 and gets no leading zero.
fn shape_of_address(text: &[u8], stream: &mut DigitStream<'_>, out: &mut Vec<u8>) {
    let mut end = 0;
    for part in text.chunk_by(|a, b| a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric()) {
        let before = end;
        end += part.len();
        let beside_dot = text[..before].ends_with(b".") || text[end..].starts_with(b".");
        if beside_dot && part.len() <= 3 && part.iter().all(u8::is_ascii_digit) {
            let (least, count) = [(0, 10), (10, 90), (100, 156)][part.len() - 1];
            let number = least + stream.below(count);
            // Writing to a vector cannot fail.
            drop(write!(out, "{number}"));
            continue;
        }
        for byte in part {
            let letter = match byte {
                b'a'..=b'f' => b'a',
                b'A'..=b'F' => b'A',
                byte => {
                    shape(&[*byte], stream, out);
                    continue;
                }
            };
            out.push(letter + stream.below(6));
        }
    }
}

fn push(out: &mut Vec<u8>, parts: &[&str]) {
    parts
        .iter()
        .for_each(|part| out.extend_from_slice(part.as_bytes()));
}

/// Appends the letters of a name as they stand in an address.
fn push_plain(name: &str, out: &mut Vec<u8>) {
    name.chars()
        .filter_map(plain)
        .for_each(|letters| out.extend_from_slice(letters.as_bytes()));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::text;
    use super::*;

    #[test]
    fn no_word_of_a_list_stands_for_itself() {
        for locale in LOCALES {
            let words = Words::of(locale);
            for (kind, list) in [
                ("first-name", &words.first),
                ("last-name", &words.last),
                ("city", &words.cities),
            ] {
                let mask = format!(
                    "operator = \"pseudonym\", kind = \"{kind}\", locale = \"{}\"",
                    locale.code
                );
                let (ruleset, rule) = super::super::tests::masker("PERSON", &mask);
                for word in list.iter() {
                    let mut out = Vec::new();
                    let cx = MaskContext::default();
                    ruleset
                        .masker(rule)
                        .mask(Value::Text(word.as_bytes()), &cx, &mut out);
                    let masked = std::str::from_utf8(&out).unwrap();
                    assert!(list.contains(&masked) && masked != *word, "{word} {masked}");
                }
            }
        }
    }

    #[test]
    fn few_characters_do_not_stand_for_themselves() {
        for value in ["7", "A", "z", "7-7", "x y"] {
            let masked = text("X", r#"operator = "pseudonym""#, value);
            assert_ne!(masked, value);
            assert!(!masked.contains('*'), "{masked}");
        }
        for digit in 0..10 {
            let digit = digit.to_string();
            assert_ne!(text("X", r#"operator = "pseudonym""#, &digit), digit);
        }
    }

    #[test]
    fn names_and_numbers_that_people_write_in_several_ways_have_one_pseudonym() {
        let name = |value| {
            text(
                "PERSON",
                r#"operator = "pseudonym", kind = "full-name", locale = "de""#,
                value,
            )
        };
        assert_eq!(name("JÖRG MÜLLER"), name(" Jörg Müller"));
        let phone = |value| {
            text(
                "PHONE_NUMBER",
                r#"operator = "pseudonym", kind = "phone""#,
                value,
            )
        };
        assert_eq!(phone("+1 (212) 867-5309"), phone("1 212 8675309"));
        assert_ne!(phone("+1 212 867 5309"), phone("+1 212 867 5308"));
    }
}
