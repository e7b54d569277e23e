//! Codecs of leaf types: wire value to [`Scalar`] and back.
//!
//! Each type's own rules live in its file; here is the table of them, once for reading and once for
//! writing. Nothing in it relays by default.

mod binary;
mod text;

use super::scalar::Scalar;
use super::{Encoding, Format, Type, Undecodable, fit};

/// Did the new leaf fit its type? If not, the value becomes NULL and what was written is dropped.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Written,
    Refused,
}

impl Fit {
    fn from_written(written: bool) -> Self {
        if written {
            Self::Written
        } else {
            Self::Refused
        }
    }
}

/// Reads one leaf. `buffer` is empty and holds decoded bytes where the wire form is not the decoded
/// one.
pub(super) fn decode<'v>(
    ty: &Type,
    encoding: Encoding<'_>,
    value: &'v [u8],
    buffer: &'v mut Vec<u8>,
) -> Result<Scalar<'v>, Undecodable> {
    match encoding.format {
        Format::Text => text::decode(ty, encoding, value, buffer),
        Format::Binary => binary::decode(ty, encoding, value, buffer),
    }
}

/// Writes one leaf of the kind that [`decode`] gave for `original`; `original` supplies what is
/// presentation only (zone suffix, date style, currency sign, padding).
pub(super) fn encode(
    ty: &Type,
    encoding: Encoding<'_>,
    original: &[u8],
    new: Scalar<'_>,
    out: &mut Vec<u8>,
) -> Fit {
    Fit::from_written(match encoding.format {
        Format::Text => text::encode(ty, encoding, original, new, out),
        Format::Binary => binary::encode(ty, encoding, original, new, out),
    })
}

/// Makes what lies behind `start` a text in the client's encoding; returns whether it could.
///
/// Maskers write UTF-8. In another encoding, bytes outside ASCII are not worth a client that cannot
/// decode its row: each becomes a `?`. No PostgreSQL text holds a NUL.
pub(super) fn make_text(encoding: Encoding<'_>, out: &mut [u8], start: usize) -> bool {
    let text = &mut out[start..];
    if encoding.settings.client_encoding_is_utf8 {
        return std::str::from_utf8(text).is_ok() && !text.contains(&0);
    }
    text.iter_mut()
        .filter(|byte| !byte.is_ascii())
        .for_each(|byte| *byte = b'?');
    !text.contains(&0)
}

fn write_text(
    ty: &Type,
    encoding: Encoding<'_>,
    original: &[u8],
    text: &[u8],
    out: &mut Vec<u8>,
) -> bool {
    let start = out.len();
    out.extend_from_slice(text);
    let fits = make_text(encoding, out, start);
    match ty {
        // A character(n) always comes with n characters.
        Type::Bpchar => fit::resize(out, start, fit::characters(original)),
        Type::Name => fit::truncate_bytes(out, start, 63),
        Type::Char => fit::truncate_bytes(out, start, 1),
        _ => {}
    }
    fits
}

fn write_label(labels: &[Box<[u8]>], label: &[u8], out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(label);
    labels.iter().any(|known| **known == *label)
}

fn unpadded(value: &[u8]) -> &[u8] {
    let len = value
        .iter()
        .rposition(|&b| b != b' ')
        .map_or(0, |last| last + 1);
    &value[..len]
}

fn in_range(ty: &Type, value: i64) -> bool {
    match ty {
        Type::Int2 => i16::try_from(value).is_ok(),
        Type::Int4 => i32::try_from(value).is_ok(),
        Type::Oid | Type::Reg => u32::try_from(value).is_ok(),
        Type::Xid8 => value >= 0,
        Type::Int8 | Type::Money => true,
        _ => false,
    }
}
