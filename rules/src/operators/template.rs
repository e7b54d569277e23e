//! `template`: text put together from fixed words and small pieces of the value.

use super::entry::{CANONICAL, Entry, Example, KEY, Kind, OptionDoc, Properties, Uniqueness};
use super::{Operator, Options, keyed, redact};
use crate::canonical::Canonical;
use crate::keys::{EntityKey, Tag};
use crate::value::{MaskContext, Masked, Value};
use std::io::Write as _;

pub(super) static ENTRY: Entry = Entry {
    name: "template",
    summary: "Text put together from fixed words, a hash, and first or last characters.",
    details: "`{first:n}` and `{last:n}` are characters of the value, `{hash:n}` hexadecimal digits of its keyed hash,\n\
        `{entity}` the name of the entity; `{{` and `}}` are braces. What the template shows is never the larger\n\
        part: of a value with fewer than twice as many characters they all become `*`. Other types are redacted.",
    properties: Properties {
        keyed: true,
        deterministic: true,
        joinable: false,
        uniqueness: Uniqueness::Lossy,
        reversible: false,
        length_kept: false,
    },
    kinds: &[Kind::Text],
    options: &[
        OptionDoc {
            name: "template",
            default: "required",
            about: "The text with its pieces.",
        },
        CANONICAL,
        KEY,
    ],
    examples: &[
        Example::text(
            "ACCOUNT",
            r#"operator = "template", template = "{first:2}…{last:2} ({hash:8})""#,
            "DE77123456",
            "DE…56 (1d06ad87)",
        ),
        Example::text(
            "ACCOUNT",
            r#"operator = "template", template = "{first:2}…{last:2}""#,
            "DE77",
            "**…**",
        ),
        Example::text(
            "PERSON",
            r#"operator = "template", template = "[{entity} {hash:6}]""#,
            "Jane Doe",
            "[PERSON 76694e]",
        ),
    ],
    build,
};

fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let pieces = match options.text("template").map(pieces) {
        Some(Ok(pieces)) => pieces,
        Some(Err(message)) => {
            options.refuse("template", message);
            Vec::new()
        }
        None => {
            options.missing("template", "add `template = \"{first:1}*** {hash:8}\"`");
            Vec::new()
        }
    };
    let shown = pieces.iter().map(|piece| match piece {
        Piece::First(count) | Piece::Last(count) => *count,
        Piece::Words(_) | Piece::Entity | Piece::Hash(_) => 0,
    });
    Box::new(Template {
        shown: shown.sum(),
        pieces,
        entity: options.entity.into(),
        canonical: options.canonical(),
        key: options.key(),
    })
}

#[derive(Debug)]
enum Piece {
    Words(String),
    First(usize),
    Last(usize),
    Hash(usize),
    Entity,
}

/// Reads a template.
fn pieces(template: &str) -> Result<Vec<Piece>, &'static str> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    let mut rest = template.chars().peekable();
    while let Some(c) = rest.next() {
        if matches!(c, '{' | '}') && rest.next_if_eq(&c).is_some() {
            words.push(c);
            continue;
        }
        match c {
            '{' => {
                pieces.push(Piece::Words(std::mem::take(&mut words)));
                let mut inner = String::new();
                loop {
                    match rest.next().ok_or("`template` has a `{` without its `}`")? {
                        '}' => break,
                        c => inner.push(c),
                    }
                }
                pieces.push(piece(&inner)?);
            }
            '}' => return Err("`template` has a `}` without its `{`; `}}` is a brace"),
            c => words.push(c),
        }
    }
    pieces.push(Piece::Words(words));
    Ok(pieces)
}

fn piece(inner: &str) -> Result<Piece, &'static str> {
    const WRONG: &str =
        "a piece of `template` is none of `{first:n}`, `{last:n}`, `{hash:n}` and `{entity}`";
    if inner == "entity" {
        return Ok(Piece::Entity);
    }
    let (name, count) = inner.split_once(':').ok_or(WRONG)?;
    let count: usize = count.parse().map_err(|_| WRONG)?;
    match name {
        "first" if (1..=16).contains(&count) => Ok(Piece::First(count)),
        "last" if (1..=16).contains(&count) => Ok(Piece::Last(count)),
        "first" | "last" => Err("`{first:n}` and `{last:n}` take 1 to 16 characters"),
        "hash" if (4..=64).contains(&count) => Ok(Piece::Hash(count)),
        "hash" => Err("`{hash:n}` takes 4 to 64 digits"),
        _ => Err(WRONG),
    }
}

#[derive(Debug)]
struct Template {
    pieces: Vec<Piece>,
    /// Characters of the value that the pieces show.
    shown: usize,
    entity: Box<str>,
    canonical: Canonical,
    key: EntityKey,
}

impl Operator for Template {
    fn properties(&self, of_entry: Properties) -> Properties {
        let digits = self.pieces.iter().map(|piece| match piece {
            Piece::Hash(digits) => *digits,
            _ => 0,
        });
        // Fewer digits meet too soon to join by.
        match digits.max() {
            Some(8..) => Properties {
                joinable: self.shown == 0,
                uniqueness: Uniqueness::NotGuaranteed,
                ..of_entry
            },
            _ => of_entry,
        }
    }

    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let Value::Text(bytes) = value else {
            return redact::neutral(value, b'*', cx, out);
        };
        let Ok(text) = std::str::from_utf8(bytes) else {
            return redact::neutral(value, b'*', cx, out);
        };
        // `out` doubles as scratch for the canonical form, so that nothing is allocated.
        let from = out.len();
        self.canonical.push(bytes, out);
        let mac = self.key.mac(Tag::Text, &out[from..]);
        out.truncate(from);
        let text = text.trim();
        let count = text.chars().count();
        let shows = count >= 2 * self.shown;
        for piece in &self.pieces {
            match piece {
                Piece::Words(words) => out.extend_from_slice(words.as_bytes()),
                Piece::Entity => out.extend_from_slice(self.entity.as_bytes()),
                Piece::Hash(digits) => keyed::hex(&mac, *digits, out),
                Piece::First(n) | Piece::Last(n) if !shows => {
                    out.extend(std::iter::repeat_n(b'*', *n));
                }
                // Writing to a vector cannot fail.
                Piece::First(n) => text.chars().take(*n).for_each(|c| drop(write!(out, "{c}"))),
                Piece::Last(n) => text
                    .chars()
                    .skip(count - n)
                    .for_each(|c| drop(write!(out, "{c}"))),
            }
        }
        Masked::Out
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;

    #[test]
    fn what_is_no_template_is_an_error() {
        for (template, message) in [
            ("{first:2", "`template` has a `{` without its `}`"),
            (
                "a}",
                "`template` has a `}` without its `{`; `}}` is a brace",
            ),
            ("{hash:2}", "`{hash:n}` takes 4 to 64 digits"),
            (
                "{last:99}",
                "`{first:n}` and `{last:n}` take 1 to 16 characters",
            ),
        ] {
            assert_eq!(pieces(template).err(), Some(message), "{template}");
        }
        for template in ["{name}", "{upper:2}", "{first}", "{first:x}"] {
            assert!(pieces(template).is_err(), "{template}");
        }
    }

    #[test]
    fn the_larger_part_is_never_shown() {
        let mask = r#"operator = "template", template = "{{{first:1}}}-{last:2}""#;
        assert_eq!(text("X", mask, "abcdef"), "{a}-ef");
        assert_eq!(text("X", mask, "abcde"), "{*}-**");
        assert_eq!(text("X", mask, "äöüßéè"), "{ä}-éè");
    }
}
