//! JSON strings: escapes decoded for matching, written anew for what changed.
//!
//! <https://www.rfc-editor.org/rfc/rfc8259#section-7>

use super::bytea::{hex_digit, push_hex};

/// What a surrogate without its other half decodes to (U+FFFD): PostgreSQL's json type accepts one.
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// Bytes of a string that are looked at one by one.
const SHORT: usize = 16;

/// The end of the string whose content begins at `at` (behind the opening quote): offset of the
/// closing quote, and whether there is an escape in between. `None` if it does not end.
pub(super) fn end(text: &[u8], at: usize) -> Option<(usize, bool)> {
    // Most strings are shorter than what a vector search costs to set up.
    let short = text.get(at..)?;
    let near = short
        .iter()
        .take(SHORT)
        .position(|b| matches!(b, b'"' | b'\\'));
    let mut at = at + near.unwrap_or(SHORT.min(short.len()));
    let mut escaped = false;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some((at, escaped));
        }
        escaped = true;
        at += 2;
    }
}

/// Appends the decoded content of a string; `None` if an escape is malformed.
pub(super) fn decode(content: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = content;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let taken = decode_escape(&rest[at..], out)?;
        rest = &rest[at + taken..];
    }
    out.extend_from_slice(rest);
    Some(())
}

/// Appends what the escape in front of `text` stands for, both halves of a surrogate pair together;
/// returns its length. `None` if it is malformed or not all there.
pub(super) fn decode_escape(text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let simple = match text.get(1)? {
        b'u' => {
            let unit = unicode(text)?;
            let (character, len) = match unit {
                0xD800..=0xDBFF => match unicode(&text[6..]) {
                    Some(low @ 0xDC00..=0xDFFF) => (
                        char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)),
                        12,
                    ),
                    _ => (None, 6),
                },
                _ => (char::from_u32(unit), 6),
            };
            match character {
                Some(character) => {
                    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                None => out.extend_from_slice(REPLACEMENT),
            }
            return Some(len);
        }
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        &byte @ (b'"' | b'\\' | b'/') => byte,
        _ => return None,
    };
    out.push(simple);
    Some(2)
}

/// Appends `text` as the content of a JSON string.
pub(super) fn escape(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            8 => out.extend_from_slice(b"\\b"),
            12 => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => {
                out.extend_from_slice(b"\\u00");
                push_hex(byte, out);
            }
            _ => out.push(byte),
        }
    }
}

/// The code unit of `\uXXXX` in front of `text`.
fn unicode(text: &[u8]) -> Option<u32> {
    let [b'\\', b'u', digits @ ..] = text.get(..6)? else {
        return None;
    };
    digits
        .iter()
        .try_fold(0, |unit, &b| Some(unit << 4 | u32::from(hex_digit(b)?)))
}
