//! Windows over values that are larger than any buffer: found in decoded text, masked in place.
//!
//! A window takes a value in chunks of any size and shows it decoded, leaves separated by NUL. A
//! scanner finds spans in what is shown; [`Window::mask`] overwrites the bytes they came from with
//! bytes of the same number, so the length that was announced for the value stays true and the
//! document stays valid. What cannot be part of a match any more is released.
//!
//! Whatever the chunks, the decoded bytes are the same; characters and escapes are shown only once
//! they are complete. Offsets are relative to [`Window::decoded`] and change with each release.
//!
//! ```
//! use wiremask_protocols::postgres::value::{JsonWindow, Window};
//!
//! let (mut window, mut out) = (JsonWindow::new(0), Vec::new());
//! window.push(br#"{"mail": "a\u00"#)?;
//! window.push(br#"40x.org", "n": 1}"#)?;
//! let at = window.decoded().windows(7).position(|text| text == b"a@x.org").unwrap();
//! window.mask(at..at + 7);
//! window.finish(&mut out)?;
//! assert_eq!(out, br#"{"mail": "************", "n": 1}"#);
//! # Ok::<(), wiremask_protocols::postgres::value::Undecodable>(())
//! ```

mod json;
mod plain;

use std::ops::Range;

use super::Undecodable;

pub use json::JsonWindow;
pub use plain::PlainWindow;

/// What stands in place of masked text.
const STAR: u8 = b'*';

/// A value passing through in chunks.
pub trait Window {
    /// Takes the next chunk.
    ///
    /// # Errors
    /// [`Undecodable::Json`] if an escape is malformed.
    fn push(&mut self, chunk: &[u8]) -> Result<(), Undecodable>;

    /// Decoded bytes: first at most `context` bytes that were released, from
    /// [`open`](Self::open) on those that may be masked.
    fn decoded(&self) -> &[u8];

    /// Where in [`decoded`](Self::decoded) the bytes begin that are not released.
    fn open(&self) -> usize;

    /// Where in [`decoded`](Self::decoded) the last leaf begins that the next chunk may continue:
    /// no match can reach over this offset. Equal to the length between leaves.
    fn settled(&self) -> usize;

    /// Overwrites the characters that `span` touches, as far as they are not released. Separators stay.
    /// What is shown is not changed: it says what stood there.
    fn mask(&mut self, span: Range<usize>);

    /// Appends to `out` the bytes of the value before offset `until` of the decoded ones (and, if
    /// that is the end, all that belongs to no character) and forgets them but for the context.
    fn release(&mut self, until: usize, out: &mut Vec<u8>);

    /// Appends all that is left; the window is then as new.
    ///
    /// # Errors
    /// [`Undecodable::Json`] if the value ended within a string.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Undecodable>;
}

/// The start of the character that `at` lies in, within `open..=text.len()`.
fn character_start(text: &[u8], at: usize, open: usize) -> usize {
    let at = at.min(text.len()).max(open);
    character(text, at).start.max(open)
}

/// Widens `span` to whole characters, not below `open`.
fn widen(text: &[u8], span: Range<usize>, open: usize) -> Range<usize> {
    let start = character_start(text, span.start, open);
    let end = span.end.min(text.len());
    if end <= start {
        return start..start;
    }
    start..character(text, end - 1).end
}

/// The character that `at` lies in. A byte that belongs to no UTF-8 character is one by itself, so
/// that the answer does not depend on what comes behind the character.
fn character(text: &[u8], at: usize) -> Range<usize> {
    for start in (at.saturating_sub(3)..=at).rev() {
        let Some(&first) = text.get(start) else {
            return at..at;
        };
        if first & 0xC0 == 0x80 {
            continue;
        }
        let rest = text[start + 1..].iter().take(expected_len(first) - 1);
        let end = start + 1 + rest.take_while(|byte| *byte & 0xC0 == 0x80).count();
        return if at < end { start..end } else { at..at + 1 };
    }
    at..at + 1
}

/// Bytes of the UTF-8 character that begins with `first`; 1 if none does.
fn expected_len(first: u8) -> usize {
    match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    }
}

/// How many bytes of `text` are whole UTF-8 characters; those before `from` are. Bytes that can
/// begin or continue no character count as one each.
fn whole_characters(text: &[u8], from: usize) -> usize {
    let tail = text.len().saturating_sub(3).max(from);
    for at in (tail..text.len()).rev() {
        if text[at] & 0xC0 == 0x80 {
            continue;
        }
        return if at + expected_len(text[at]) > text.len() {
            at
        } else {
            text.len()
        };
    }
    text.len()
}
