//! Rows inside a value: named composite types and anonymous records.
//!
//! <https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX>; binary form
//! (`record_send`): field count, then type OID, length and bytes of each.

use super::literal::{push_field, push_sized, read_field, take_sized};
use super::scratch::Splice;
use super::walk::Walker;
use super::{LeafMasker, LeafSite, Rewritten, Type, Undecodable};
use crate::wire::Cursor;

/// `fields` is `None` for a record: its text does not tell types, so each field is a text leaf.
pub(super) fn rewrite_text<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    fields: Option<&[Type]>,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    if value.first() != Some(&b'(') {
        return Err(Undecodable::Composite);
    }
    if value == b"()" && fields.is_none_or(<[Type]>::is_empty) {
        return Ok(Rewritten::Unchanged);
    }
    let mut splice = Splice::new(value, out);
    let site = LeafSite {
        depth: site.depth + 1,
        ..site
    };
    let (mut decoded, mut part) = (walker.scratch.take(), walker.scratch.take());
    let (mut at, mut count) = (1, 0);
    loop {
        decoded.clear();
        let ends = |byte| matches!(byte, b',' | b')');
        let end = read_field(value, at, ends, &mut decoded).ok_or(Undecodable::Composite)?;
        let ty = match fields {
            Some(fields) => fields.get(count).ok_or(Undecodable::FieldCount)?,
            None => &Type::Text,
        };
        count += 1;
        // Nothing at all is NULL; two quotes are an empty text.
        if end > at {
            part.clear();
            match walker.value(ty, site, &decoded, &mut part)? {
                Rewritten::Unchanged => {}
                Rewritten::Changed => {
                    splice.cut(at..end, out);
                    push_field(&part, |byte| matches!(byte, b'(' | b')' | b','), out);
                }
                Rewritten::Null => splice.cut(at..end, out),
            }
        }
        at = end + 1;
        if value[end] == b')' {
            break;
        }
    }
    walker.scratch.put(part);
    walker.scratch.put(decoded);
    if at != value.len() {
        return Err(Undecodable::Composite);
    }
    if fields.is_some_and(|fields| fields.len() != count) {
        return Err(Undecodable::FieldCount);
    }
    Ok(if splice.finish(out) {
        Rewritten::Changed
    } else {
        Rewritten::Unchanged
    })
}

/// `fields` is `None` for a record: the OIDs in the value tell.
pub(super) fn rewrite_binary<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    fields: Option<&[Type]>,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let mut cursor = Cursor::new(value);
    let count = usize::try_from(cursor.i32()?).map_err(|_| Undecodable::Composite)?;
    if fields.is_some_and(|fields| fields.len() != count) {
        return Err(Undecodable::FieldCount);
    }
    let mut splice = Splice::new(value, out);
    let site = LeafSite {
        depth: site.depth + 1,
        ..site
    };
    let mut part = walker.scratch.take();
    for at in 0..count {
        let oid = cursor.u32()?;
        let start = cursor.position();
        let Some(bytes) = take_sized(&mut cursor)? else {
            continue;
        };
        part.clear();
        let rewritten = match fields.and_then(|fields| fields.get(at)) {
            Some(ty) => walker.value(ty, site, bytes, &mut part)?,
            None => {
                let ty = walker.resolve(oid);
                walker.value(&ty, site, bytes, &mut part)?
            }
        };
        match rewritten {
            Rewritten::Unchanged => {}
            Rewritten::Changed => {
                splice.cut(start..cursor.position(), out);
                push_sized(&part, out).ok_or(Undecodable::Length)?;
            }
            Rewritten::Null => {
                splice.cut(start..cursor.position(), out);
                out.extend_from_slice(&(-1_i32).to_be_bytes());
            }
        }
    }
    walker.scratch.put(part);
    if !cursor.is_empty() {
        return Err(Undecodable::Composite);
    }
    Ok(if splice.finish(out) {
        Rewritten::Changed
    } else {
        Rewritten::Unchanged
    })
}
