//! hstore: keys and values are text leaves.
//!
//! A key that becomes NULL becomes the empty key: it is never kept.
//!
//! <https://github.com/postgres/postgres/blob/master/contrib/hstore/hstore_io.c>; text is
//! `"k"=>"v", "n"=>NULL`, binary a pair count, then key and value with their lengths.

use super::literal::{push_sized, take_sized};
use super::scratch::Splice;
use super::walk::{TextAnswer, Walker};
use super::{LeafMasker, LeafSite, Rewritten, Undecodable};
use crate::wire::Cursor;

pub(super) fn rewrite_text<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let mut splice = Splice::new(value, out);
    let (mut key, mut decoded) = (walker.scratch.take(), walker.scratch.take());
    let mut answer = walker.scratch.take();
    let outer = LeafSite {
        depth: site.depth + 1,
        is_key: true,
        ..site
    };
    let mut at = 0;
    while at < value.len() {
        key.clear();
        let end = read_quoted(value, at, &mut key).ok_or(Undecodable::Hstore)?;
        match walker.text(outer, &key, &mut answer) {
            TextAnswer::Keep => {}
            TextAnswer::Replace => {
                splice.cut(at..end, out);
                push_quoted(&answer, out);
            }
            TextAnswer::Null => {
                splice.cut(at..end, out);
                out.extend_from_slice(b"\"\"");
            }
        }
        at = skip(value, end, b"=>").ok_or(Undecodable::Hstore)?;
        if value[at..].starts_with(b"NULL") {
            at += 4;
        } else {
            decoded.clear();
            let end = read_quoted(value, at, &mut decoded).ok_or(Undecodable::Hstore)?;
            let inner = LeafSite {
                key: Some(&key),
                is_key: false,
                ..outer
            };
            match walker.text(inner, &decoded, &mut answer) {
                TextAnswer::Keep => {}
                TextAnswer::Replace => {
                    splice.cut(at..end, out);
                    push_quoted(&answer, out);
                }
                TextAnswer::Null => {
                    splice.cut(at..end, out);
                    out.extend_from_slice(b"NULL");
                }
            }
            at = end;
        }
        if at < value.len() {
            at = skip(value, at, b", ")
                .filter(|&at| at < value.len())
                .ok_or(Undecodable::Hstore)?;
        }
    }
    walker.scratch.put(answer);
    walker.scratch.put(decoded);
    walker.scratch.put(key);
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
    let outer = LeafSite {
        depth: site.depth + 1,
        is_key: true,
        ..site
    };
    let mut cursor = Cursor::new(value);
    let mut pairs = cursor.u32()?;
    while !cursor.is_empty() {
        pairs = pairs.checked_sub(1).ok_or(Undecodable::Hstore)?;
        let start = cursor.position();
        let key = take_sized(&mut cursor)?.ok_or(Undecodable::Hstore)?;
        let answered = walker.text(outer, key, &mut answer);
        if answered != TextAnswer::Keep {
            splice.cut(start..cursor.position(), out);
            let new: &[u8] = if answered == TextAnswer::Replace {
                &answer
            } else {
                b""
            };
            push_sized(new, out).ok_or(Undecodable::Length)?;
        }
        let start = cursor.position();
        let Some(text) = take_sized(&mut cursor)? else {
            continue;
        };
        let inner = LeafSite {
            key: Some(key),
            is_key: false,
            ..outer
        };
        match walker.text(inner, text, &mut answer) {
            TextAnswer::Keep => {}
            TextAnswer::Replace => {
                splice.cut(start..cursor.position(), out);
                push_sized(&answer, out).ok_or(Undecodable::Length)?;
            }
            TextAnswer::Null => {
                splice.cut(start..cursor.position(), out);
                out.extend_from_slice(&(-1_i32).to_be_bytes());
            }
        }
    }
    walker.scratch.put(answer);
    if pairs > 0 {
        return Err(Undecodable::Hstore);
    }
    Ok(if splice.finish(out) {
        Rewritten::Changed
    } else {
        Rewritten::Unchanged
    })
}

fn skip(value: &[u8], at: usize, literal: &[u8]) -> Option<usize> {
    value[at..]
        .starts_with(literal)
        .then_some(at + literal.len())
}

/// Appends the text in quotes that begins at `at`; returns the offset behind it.
fn read_quoted(value: &[u8], at: usize, decoded: &mut Vec<u8>) -> Option<usize> {
    let mut at = skip(value, at, b"\"")?;
    loop {
        match *value.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => {
                decoded.push(*value.get(at + 1)?);
                at += 2;
            }
            byte => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
}

fn push_quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}
