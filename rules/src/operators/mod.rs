//! Masking operators: what becomes of a protected value.
//!
//! One per file, one line in [`OPERATORS`]. Every operator answers for every kind of value with a
//! value of the same kind or null, and never with the value itself; where it has no meaning for a
//! kind it does what `redact` does. A [`Masker`] is an operator with its options and, where it is
//! deterministic, the key of its entity.

mod bucket;
mod calendar;
mod date_shift;
mod decimal;
mod email;
mod fixed;
mod hash;
mod keep;
mod keyed;
mod null;
mod options;
mod pseudonym;
mod redact;

pub(crate) use options::Options;

use crate::value::{MaskContext, Masked, Value};
use std::fmt::Debug;

/// One compiled operator.
trait Operator: Send + Sync + Debug {
    /// See [`Masker::overwrites`].
    fn overwrites(&self) -> bool {
        false
    }

    /// Masks one leaf. Text, numeric, bytes and enum results are appended to `out`.
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked;
}

/// One line of the list of operators.
pub(crate) struct Entry {
    /// The name that packs use.
    pub(crate) name: &'static str,
    build: fn(&mut Options<'_>) -> Box<dyn Operator>,
}

/// Every operator.
pub(crate) const OPERATORS: &[Entry] = &[
    Entry {
        name: "bucket",
        build: bucket::build,
    },
    Entry {
        name: "date-shift",
        build: date_shift::build,
    },
    Entry {
        name: "email",
        build: email::build,
    },
    Entry {
        name: "fixed",
        build: fixed::build,
    },
    Entry {
        name: "hash",
        build: hash::build,
    },
    Entry {
        name: "keep-first",
        build: keep::build_first,
    },
    Entry {
        name: "keep-last",
        build: keep::build_last,
    },
    Entry {
        name: "null",
        build: null::build,
    },
    Entry {
        name: "pseudonym",
        build: pseudonym::build,
    },
    Entry {
        name: "redact",
        build: redact::build,
    },
];

/// A compiled operator: masks whole values and spans.
#[derive(Debug)]
pub struct Masker {
    name: &'static str,
    operator: Box<dyn Operator>,
}

impl Masker {
    /// Builds the operator of a name; its mistakes are reported through `options`.
    pub(crate) fn new(name: &str, mut options: Options<'_>) -> Option<Masker> {
        let entry = OPERATORS.iter().find(|entry| entry.name == name)?;
        let operator = (entry.build)(&mut options);
        options.finish();
        Some(Masker {
            name: entry.name,
            operator,
        })
    }

    /// Every byte of text becomes `*`, every other value the neutral one of its kind.
    pub(crate) fn strictest() -> Masker {
        Masker {
            name: "redact",
            operator: Box::new(redact::Redact::default()),
        }
    }

    /// The name of the operator.
    pub fn operator(&self) -> &'static str {
        self.name
    }

    /// Is every byte of text replaced by one byte that does not depend on the value? Then text of
    /// any size can be masked as a stream, piece by piece.
    pub fn overwrites(&self) -> bool {
        self.operator.overwrites()
    }

    /// Masks a whole value as a value of its kind. `out` is given empty and holds the new text,
    /// numeric, bytes or enum label when the answer is [`Masked::Out`]. Never answers
    /// [`Masked::Keep`]. No allocation once `out` has grown.
    pub fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let from = out.len();
        let masked = self.operator.mask(value, cx, out);
        if masked == Masked::Out
            && matches!(value, Value::Text(_))
            && let Some(characters) = declared_length(cx.type_modifier)
        {
            truncate(out, from, characters);
        }
        masked
    }

    /// Masks a matched span inside a longer text: appends the replacement of `span` to `out`,
    /// nothing for an operator that answers null.
    pub fn mask_span(&self, span: &[u8], out: &mut Vec<u8>) {
        let from = out.len();
        if self
            .operator
            .mask(Value::Text(span), &MaskContext::default(), out)
            != Masked::Out
        {
            out.truncate(from);
        }
    }
}

/// Characters that a type modifier of the text family declares.
fn declared_length(type_modifier: i32) -> Option<usize> {
    usize::try_from(type_modifier.checked_sub(4)?).ok()
}

/// Cuts what was appended since `from` to so many characters, at a code point.
fn truncate(out: &mut Vec<u8>, from: usize, characters: usize) {
    if out.len() - from <= characters {
        return;
    }
    let starts = out[from..]
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte & 0xc0 != 0x80);
    if let Some((cut, _)) = starts.skip(characters).take(1).next() {
        out.truncate(from + cut);
    }
}

#[cfg(test)]
mod tests;
