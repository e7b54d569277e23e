//! Arrays: elements keep their places, a NULL is put in place of what cannot stay.
//!
//! Lower bounds other than 0 and 1 can carry data (`array_fill(0, array[1], array[ssn])`), so they
//! are leaves too; if one is not kept, all bounds become 1.
//!
//! <https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO>; binary form:
//! <https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/arrayfuncs.c>
//! (`array_send`): dimensions, has NULL, element OID, (length, lower bound) each, elements.

use super::calendar::Scan;
use super::literal::{push_element, push_sized, take_sized};
use super::scalar::{Masked, Scalar};
use super::scratch::Splice;
use super::walk::Walker;
use super::{LeafMasker, LeafSite, Rewritten, Type, Undecodable};
use crate::wire::Cursor;

/// `MAXDIM` of the server.
const DIMENSIONS_MAX: usize = 6;

pub(super) fn rewrite_text<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    (element, delimiter): (&Type, u8),
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let mut splice = Splice::new(value, out);
    let mut at = bounds_len(value).ok_or(Undecodable::Array)?;
    if at > 0 && !keeps_text_bounds(walker, site, &value[..at]) {
        splice.cut(0..at, out);
    }
    let site = LeafSite {
        depth: site.depth + 1,
        ..site
    };
    let (mut decoded, mut part) = (walker.scratch.take(), walker.scratch.take());
    let mut open = 0;
    // After an element or a closing brace only a delimiter or a closing brace may follow.
    let mut expects_element = true;
    while let Some(&byte) = value.get(at) {
        match byte {
            b'{' if expects_element
                && open < DIMENSIONS_MAX
                && (open > 0 || at == at_start(value)) =>
            {
                open += 1;
                at += 1;
            }
            b'}' if open > 0 && (!expects_element || value[at - 1] == b'{') => {
                open -= 1;
                at += 1;
                expects_element = false;
            }
            b if b == delimiter && open > 0 && !expects_element => {
                at += 1;
                expects_element = true;
            }
            _ if open > 0 && expects_element => {
                decoded.clear();
                let end =
                    read_element(value, at, delimiter, &mut decoded).ok_or(Undecodable::Array)?;
                expects_element = false;
                if !value[at..end].eq_ignore_ascii_case(b"null") {
                    part.clear();
                    match walker.value(element, site, &decoded, &mut part)? {
                        Rewritten::Unchanged => {}
                        Rewritten::Changed => {
                            splice.cut(at..end, out);
                            push_element(&part, delimiter, out);
                        }
                        Rewritten::Null => {
                            splice.cut(at..end, out);
                            out.extend_from_slice(b"NULL");
                        }
                    }
                }
                at = end;
            }
            _ => return Err(Undecodable::Array),
        }
    }
    if open > 0 || expects_element {
        return Err(Undecodable::Array);
    }
    walker.scratch.put(part);
    walker.scratch.put(decoded);
    Ok(if splice.finish(out) {
        Rewritten::Changed
    } else {
        Rewritten::Unchanged
    })
}

/// int2vector and oidvector: `1 2 3`.
pub(super) fn rewrite_vector<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    element: &Type,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let mut splice = Splice::new(value, out);
    let site = LeafSite {
        depth: site.depth + 1,
        ..site
    };
    let mut part = walker.scratch.take();
    let mut at = 0;
    for word in value.split(|&b| b == b' ') {
        let range = at..at + word.len();
        at = range.end + 1;
        if word.is_empty() && value.is_empty() {
            continue;
        }
        part.clear();
        match walker.value(element, site, word, &mut part)? {
            Rewritten::Unchanged => {}
            Rewritten::Changed => {
                splice.cut(range, out);
                out.extend_from_slice(&part);
            }
            // A vector has no NULL inside.
            Rewritten::Null => return Ok(Rewritten::Null),
        }
    }
    walker.scratch.put(part);
    Ok(if splice.finish(out) {
        Rewritten::Changed
    } else {
        Rewritten::Unchanged
    })
}

/// `element` is `None` for anyarray: the OID in the header tells.
pub(super) fn rewrite_binary<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    element: Option<&Type>,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let mut cursor = Cursor::new(value);
    let dimensions = usize::try_from(cursor.i32()?).map_err(|_| Undecodable::Array)?;
    let (flags, oid) = (cursor.i32()?, cursor.u32()?);
    if dimensions > DIMENSIONS_MAX || !matches!(flags, 0 | 1) {
        return Err(Undecodable::Array);
    }
    let mut splice = Splice::new(value, out);
    let mut count = u64::from(dimensions > 0);
    let mut keeps_bounds = true;
    for _ in 0..dimensions {
        let (length, lower) = (cursor.i32()?, cursor.i32()?);
        let length = u64::try_from(length).map_err(|_| Undecodable::Array)?;
        count = count.checked_mul(length).ok_or(Undecodable::Array)?;
        keeps_bounds &= keeps_bound(walker, site, lower);
    }
    if !keeps_bounds {
        for dimension in 0..dimensions {
            let lower = 12 + 8 * dimension + 4;
            splice.cut(lower..lower + 4, out);
            out.extend_from_slice(&1_i32.to_be_bytes());
        }
    }
    let resolved = if element.is_none() {
        Some(walker.resolve(oid))
    } else {
        None
    };
    let element = element.or(resolved.as_ref()).unwrap_or(&Type::Opaque);
    let site = LeafSite {
        depth: site.depth + 1,
        ..site
    };
    let mut part = walker.scratch.take();
    let mut made_null = false;
    while !cursor.is_empty() {
        count = count.checked_sub(1).ok_or(Undecodable::Array)?;
        let start = cursor.position();
        let Some(bytes) = take_sized(&mut cursor)? else {
            continue;
        };
        part.clear();
        match walker.value(element, site, bytes, &mut part)? {
            Rewritten::Unchanged => {}
            Rewritten::Changed => {
                splice.cut(start..cursor.position(), out);
                push_sized(&part, out).ok_or(Undecodable::Length)?;
            }
            Rewritten::Null => {
                made_null = true;
                splice.cut(start..cursor.position(), out);
                out.extend_from_slice(&(-1_i32).to_be_bytes());
            }
        }
    }
    walker.scratch.put(part);
    if count > 0 {
        return Err(Undecodable::Array);
    }
    if made_null {
        let flags = splice.start() + 4;
        out[flags..flags + 4].copy_from_slice(&1_i32.to_be_bytes());
    }
    Ok(if splice.finish(out) {
        Rewritten::Changed
    } else {
        Rewritten::Unchanged
    })
}

fn at_start(value: &[u8]) -> usize {
    bounds_len(value).unwrap_or(0)
}

/// Length of `[2:3][-1:0]=` in front, 0 if there is none, `None` if it is malformed.
fn bounds_len(value: &[u8]) -> Option<usize> {
    if value.first() != Some(&b'[') {
        return Some(0);
    }
    let mut scan = Scan(value);
    while !scan.eat(b'=') {
        next_bounds(&mut scan)?;
    }
    Some(value.len() - scan.0.len())
}

/// The lower bound of `[2:3]`.
fn next_bounds(scan: &mut Scan<'_>) -> Option<i64> {
    scan.expect(b'[')?;
    let negative = scan.sign() == Some(true);
    let lower = scan.number()?;
    scan.expect(b':')?;
    scan.sign();
    scan.number()?;
    scan.expect(b']')?;
    Some(if negative { -lower } else { lower })
}

fn keeps_text_bounds<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    site: LeafSite<'_>,
    bounds: &[u8],
) -> bool {
    let mut scan = Scan(bounds);
    let mut keeps = true;
    while let Some(lower) = next_bounds(&mut scan) {
        keeps &= i32::try_from(lower).is_ok_and(|lower| keeps_bound(walker, site, lower));
    }
    keeps
}

fn keeps_bound<M: LeafMasker>(walker: &mut Walker<'_, M>, site: LeafSite<'_>, lower: i32) -> bool {
    if matches!(lower, 0 | 1) {
        return true;
    }
    let mut answer = walker.scratch.take();
    let site = LeafSite {
        is_key: true,
        ..site
    };
    let leaf = Scalar::Int {
        value: lower.into(),
        width: 4,
    };
    let answered = walker.masker.leaf(site, leaf, &mut answer);
    let keeps = answered == Masked::Keep || answered == Masked::Int(lower.into());
    walker.scratch.put(answer);
    keeps
}

/// Appends the element that begins at `at`; returns the offset behind it.
fn read_element(value: &[u8], at: usize, delimiter: u8, decoded: &mut Vec<u8>) -> Option<usize> {
    if value.get(at) != Some(&b'"') {
        let len = value[at..]
            .iter()
            .position(|&b| b == delimiter || b == b'}')?;
        let raw = &value[at..at + len];
        let plain = !raw.is_empty() && !raw.iter().any(|b| matches!(b, b'"' | b'\\' | b'{'));
        decoded.extend_from_slice(raw);
        return plain.then_some(at + len);
    }
    let mut at = at + 1;
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
