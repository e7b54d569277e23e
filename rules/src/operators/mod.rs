//! Masking operators: what becomes of a protected value.
//!
//! One per file, one line in [`OPERATORS`]; the reference is generated from their entries. Every
//! operator answers for every kind of value with a value of the same kind or null; where it has no
//! meaning for a kind it does what `redact` does. None answers with the value itself, unless that is
//! what it makes of every value of a class (a number that already is the lower edge of its bucket).
//! A [`Masker`] is an operator with its options and, where it is keyed, the key of its entity.

mod calendar;
mod decimal;
mod entry;
mod ff1;
mod keyed;
mod locales;
mod options;
mod reference;
mod show;

mod age_band;
mod bucket;
mod card;
mod date_shift;
mod email;
mod fixed;
mod fpe;
mod hash;
mod ip;
mod keep;
mod label;
mod noise;
mod null;
mod pseudonym;
mod redact;
mod round;
mod template;
mod test_card;
mod tokenize;
mod zip3;

pub use entry::{Properties, Uniqueness};
pub(crate) use options::Options;
pub use reference::markdown as reference;

use crate::value::{MaskContext, Masked, Value};
use entry::Entry;
use std::fmt::Debug;

/// Every operator.
pub(crate) const OPERATORS: &[&Entry] = &[
    &age_band::ENTRY,
    &bucket::ENTRY,
    &card::ENTRY,
    &date_shift::ENTRY,
    &email::ENTRY,
    &email::KEEP_DOMAIN,
    &fixed::ENTRY,
    &fpe::ENTRY,
    &hash::ENTRY,
    &ip::PERMUTE,
    &ip::TRUNCATE,
    &keep::FIRST,
    &keep::LAST,
    &label::ENTRY,
    &noise::ENTRY,
    &null::ENTRY,
    &pseudonym::ENTRY,
    &redact::ENTRY,
    &round::ENTRY,
    &template::ENTRY,
    &test_card::ENTRY,
    &tokenize::ENTRY,
    &zip3::ENTRY,
];

/// One compiled operator.
trait Operator: Send + Sync + Debug {
    /// See [`Masker::overwrites`].
    fn overwrites(&self) -> bool {
        false
    }

    /// May the answer be the value itself, because all values of a class become that one?
    fn generalises(&self) -> bool {
        false
    }

    /// What the options make of the properties of the entry.
    fn properties(&self, of_entry: Properties) -> Properties {
        of_entry
    }

    /// See [`Masker::row_column`].
    fn row_column(&self) -> Option<&str> {
        None
    }

    /// Masks one leaf. Text, numeric, bytes and enum results are appended to `out`.
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked;

    /// The opposite of [`Operator::mask`], where there is one.
    fn reveal(&self, _: Value<'_>, _: &MaskContext<'_>, _: &mut Vec<u8>) -> Option<Masked> {
        None
    }
}

/// A compiled operator: masks whole values and spans.
#[derive(Debug)]
pub struct Masker {
    entry: &'static Entry,
    operator: Box<dyn Operator>,
    key_id: Option<Box<str>>,
}

/// Why a masked value cannot be revealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevealError {
    /// The operator forgets the value.
    Irreversible,
    /// This value was not made by this mask with this key.
    NotMasked,
}

impl std::fmt::Display for RevealError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            RevealError::Irreversible => "the mask keeps nothing of the value",
            RevealError::NotMasked => "the value was not made by this mask with this key",
        })
    }
}

impl std::error::Error for RevealError {}

impl Masker {
    /// Builds the operator of a name; its mistakes are reported through `options`.
    pub(crate) fn new(name: &str, mut options: Options<'_>) -> Option<Masker> {
        let entry = OPERATORS.iter().find(|entry| entry.name == name)?;
        let operator = (entry.build)(&mut options);
        let key_id = options.finish();
        Some(Masker {
            entry,
            operator,
            key_id,
        })
    }

    /// Every byte of text becomes `*`, every other value the neutral one of its kind.
    pub(crate) fn strictest() -> Masker {
        Masker {
            entry: &redact::ENTRY,
            operator: Box::new(redact::Redact::default()),
            key_id: None,
        }
    }

    /// The name of the operator.
    pub fn operator(&self) -> &'static str {
        self.entry.name
    }

    /// What the mask does to a column as a whole.
    pub fn properties(&self) -> Properties {
        self.operator.properties(self.entry.properties)
    }

    /// The id of the key that the mask depends on; nothing where it depends on none.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The column of the same row whose value must be given in [`MaskContext::row`].
    pub fn row_column(&self) -> Option<&str> {
        self.operator.row_column()
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
        let mut masked = self.operator.mask(value, cx, out);
        fit(value, masked, cx, from, out);
        if !self.operator.generalises() && is_unchanged(value, masked, &out[from..]) {
            out.truncate(from);
            masked = redact::neutral(value, b'*', cx, out);
            fit(value, masked, cx, from, out);
        }
        masked
    }

    /// Masks a matched span inside a longer text: appends the replacement of `span` to `out`,
    /// nothing for an operator that answers null.
    pub fn mask_span(&self, span: &[u8], out: &mut Vec<u8>) {
        let from = out.len();
        if self.mask(Value::Text(span), &MaskContext::default(), out) != Masked::Out {
            out.truncate(from);
        }
    }

    /// What a masked value was before. `out` is used as in [`Masker::mask`].
    ///
    /// # Errors
    /// [`RevealError`] when the mask cannot be undone, or not for this value.
    pub fn reveal(
        &self,
        value: Value<'_>,
        cx: &MaskContext<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Masked, RevealError> {
        if !self.properties().reversible {
            return Err(RevealError::Irreversible);
        }
        let from = out.len();
        self.operator.reveal(value, cx, out).ok_or_else(|| {
            out.truncate(from);
            RevealError::NotMasked
        })
    }
}

/// Is the answer the value itself? The infinities of dates say nothing and may stay.
fn is_unchanged(value: Value<'_>, masked: Masked, out: &[u8]) -> bool {
    #[allow(clippy::float_cmp)]
    match (value, masked) {
        (_, Masked::Keep) => true,
        (Value::Text(before) | Value::Bytes(before) | Value::Enum(before), Masked::Out) => {
            before == out
        }
        (Value::Numeric(before), Masked::Out) => before.as_bytes() == out,
        (Value::Int { value, .. }, Masked::Int(now)) => value == now,
        (Value::Float { value, .. }, Masked::Float(now)) => value == now,
        (Value::Date(value), Masked::Date(now)) => {
            value == now && !matches!(value, i32::MIN | i32::MAX)
        }
        (Value::Timestamp { micros, .. }, Masked::Timestamp(now)) => {
            micros == now && !matches!(micros, i64::MIN | i64::MAX)
        }
        (Value::Time { micros, .. }, Masked::Time { micros: now, .. }) => micros == now,
        (Value::Uuid(value), Masked::Uuid(now)) => value == now,
        (Value::Inet { address, .. }, Masked::Inet { address: now, .. }) => address == now,
        (Value::Mac { address, .. }, Masked::Mac { address: now, .. }) => address == now,
        _ => false,
    }
}

/// Cuts text to the declared length of its column.
fn fit(value: Value<'_>, masked: Masked, cx: &MaskContext<'_>, from: usize, out: &mut Vec<u8>) {
    if masked == Masked::Out
        && matches!(value, Value::Text(_))
        && let Some(characters) = declared_length(cx.type_modifier)
    {
        truncate(out, from, characters);
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
