//! tsvector: each lexeme is a text leaf; positions and weights stay.
//!
//! A lexeme that becomes NULL makes the whole value NULL. Masked lexemes keep their places, so a
//! vector may come out unsorted; clients show it and send it back, and the server sorts again.
//!
//! <https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/tsvector.c>; binary form:
//! lexeme count, then NUL-terminated lexeme, position count and positions of each.

use super::scratch::Splice;
use super::walk::{TextAnswer, Walker};
use super::{LeafMasker, LeafSite, Rewritten, Undecodable};
use crate::wire::Cursor;

/// `'fat':2 'it''s':3A,7`.
pub(super) fn rewrite_text<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let mut splice = Splice::new(value, out);
    let (mut decoded, mut answer) = (walker.scratch.take(), walker.scratch.take());
    let site = LeafSite {
        depth: site.depth + 1,
        ..site
    };
    let mut at = 0;
    while at < value.len() {
        decoded.clear();
        let end = read_lexeme(value, at, &mut decoded).ok_or(Undecodable::Tsvector)?;
        match walker.text(site, &decoded, &mut answer) {
            TextAnswer::Keep => {}
            TextAnswer::Replace => {
                splice.cut(at..end, out);
                push_lexeme(&answer, out);
            }
            TextAnswer::Null => return Ok(Rewritten::Null),
        }
        let rest = &value[end..];
        let positions = rest.iter().take_while(|&&b| b != b' ').count();
        let well_formed = |b: &u8| matches!(b, b':' | b',' | b'0'..=b'9' | b'A'..=b'D');
        if !rest[..positions].iter().all(well_formed) {
            return Err(Undecodable::Tsvector);
        }
        at = end + positions;
        if at < value.len() {
            at += 1;
            if at == value.len() {
                return Err(Undecodable::Tsvector);
            }
        }
    }
    walker.scratch.put(answer);
    walker.scratch.put(decoded);
    Ok(if splice.finish(out) {
        Rewritten::Changed
    } else {
        Rewritten::Unchanged
    })
}

pub(super) fn rewrite_binary<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let mut splice = Splice::new(value, out);
    let mut answer = walker.scratch.take();
    let site = LeafSite {
        depth: site.depth + 1,
        ..site
    };
    let mut cursor = Cursor::new(value);
    let mut count = cursor.u32()?;
    while !cursor.is_empty() {
        count = count.checked_sub(1).ok_or(Undecodable::Tsvector)?;
        let start = cursor.position();
        let lexeme = cursor.c_str()?;
        match walker.text(site, lexeme, &mut answer) {
            TextAnswer::Keep => {}
            TextAnswer::Replace => {
                splice.cut(start..start + lexeme.len(), out);
                out.extend_from_slice(&answer);
            }
            TextAnswer::Null => return Ok(Rewritten::Null),
        }
        let positions = usize::from(cursor.u16()?);
        cursor.take(2 * positions)?;
    }
    walker.scratch.put(answer);
    if count > 0 {
        return Err(Undecodable::Tsvector);
    }
    Ok(if splice.finish(out) {
        Rewritten::Changed
    } else {
        Rewritten::Unchanged
    })
}

/// Appends the lexeme in quotes that begins at `at`; returns the offset behind it.
fn read_lexeme(value: &[u8], at: usize, decoded: &mut Vec<u8>) -> Option<usize> {
    let mut at = at;
    if value.get(at) != Some(&b'\'') {
        return None;
    }
    at += 1;
    loop {
        match (*value.get(at)?, value.get(at + 1)) {
            (b'\'', Some(b'\'')) | (b'\\', Some(b'\\')) => {
                decoded.push(value[at]);
                at += 2;
            }
            (b'\'', _) => return Some(at + 1),
            (byte, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
}

fn push_lexeme(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'\'');
    for &byte in text {
        if matches!(byte, b'\'' | b'\\') {
            out.push(byte);
        }
        out.push(byte);
    }
    out.push(b'\'');
}
