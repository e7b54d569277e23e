//! Ranges and multiranges: both bounds are leaves, and what comes out still is a range.
//!
//! Masked bounds in the wrong order are swapped; equal ones become inclusive (`[x,x]`), since a
//! range like `[x,x)` does not exist. A bound that becomes NULL makes the whole value NULL, for an
//! absent bound would say "infinite".
//!
//! <https://www.postgresql.org/docs/current/rangetypes.html#RANGETYPES-IO>; binary form
//! (`range_send`): flags, then length and bytes of each finite bound.

use std::cmp::Ordering;

use super::literal::{push_field, push_sized, read_field, take_sized};
use super::scalar::Scalar;
use super::walk::Walker;
use super::{LeafMasker, LeafSite, Rewritten, Type, Undecodable, leaf, numeric};
use crate::wire::Cursor;

const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;
const KNOWN: u8 = EMPTY | LOWER_INCLUSIVE | UPPER_INCLUSIVE | LOWER_INFINITE | UPPER_INFINITE;

/// One range: flags as in the binary form, and the bounds in the form in which they travel.
#[derive(Default)]
struct Range {
    flags: u8,
    lower: Vec<u8>,
    upper: Vec<u8>,
}

pub(super) fn rewrite_text<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    element: &Type,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let mut range = Range::take(walker);
    let end = range.read_text(value).ok_or(Undecodable::Range)?;
    if end != value.len() {
        return Err(Undecodable::Range);
    }
    let rewritten = range.mask(walker, element, site)?;
    if rewritten == Rewritten::Changed {
        range.write_text(out);
    }
    range.put(walker);
    Ok(rewritten)
}

pub(super) fn rewrite_binary<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    element: &Type,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let mut range = Range::take(walker);
    range.read_binary(value)?;
    let rewritten = range.mask(walker, element, site)?;
    if rewritten == Rewritten::Changed {
        range.write_binary(out).ok_or(Undecodable::Length)?;
    }
    range.put(walker);
    Ok(rewritten)
}

/// `{[1,3),[5,7)}`.
pub(super) fn rewrite_multi_text<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    element: &Type,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let inner = value
        .strip_prefix(b"{")
        .and_then(|value| value.strip_suffix(b"}"));
    let mut rest = inner.ok_or(Undecodable::Range)?;
    let site = LeafSite {
        depth: site.depth + 1,
        ..site
    };
    let mut changed = false;
    let mut range = Range::take(walker);
    out.push(b'{');
    while !rest.is_empty() {
        let end = range.read_text(rest).ok_or(Undecodable::Range)?;
        match range.mask(walker, element, site)? {
            Rewritten::Unchanged => out.extend_from_slice(&rest[..end]),
            Rewritten::Changed => {
                changed = true;
                range.write_text(out);
            }
            Rewritten::Null => return Ok(Rewritten::Null),
        }
        rest = match &rest[end..] {
            [] => &[],
            [b',', rest @ ..] if !rest.is_empty() => {
                out.push(b',');
                rest
            }
            _ => return Err(Undecodable::Range),
        };
    }
    out.push(b'}');
    range.put(walker);
    Ok(if changed {
        Rewritten::Changed
    } else {
        Rewritten::Unchanged
    })
}

/// A count, then length and bytes of each range.
pub(super) fn rewrite_multi_binary<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    element: &Type,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let mut cursor = Cursor::new(value);
    let mut count = cursor.u32()?;
    out.extend_from_slice(&count.to_be_bytes());
    let site = LeafSite {
        depth: site.depth + 1,
        ..site
    };
    let mut changed = false;
    let mut range = Range::take(walker);
    while !cursor.is_empty() {
        count = count.checked_sub(1).ok_or(Undecodable::Range)?;
        let bytes = take_sized(&mut cursor)?.ok_or(Undecodable::Range)?;
        range.read_binary(bytes)?;
        let length = out.len();
        out.extend_from_slice(&[0; 4]);
        match range.mask(walker, element, site)? {
            Rewritten::Unchanged => out.extend_from_slice(bytes),
            Rewritten::Changed => {
                changed = true;
                range.write_binary(out).ok_or(Undecodable::Length)?;
            }
            Rewritten::Null => return Ok(Rewritten::Null),
        }
        let written = i32::try_from(out.len() - length - 4).map_err(|_| Undecodable::Length)?;
        out[length..length + 4].copy_from_slice(&written.to_be_bytes());
    }
    range.put(walker);
    if count > 0 {
        return Err(Undecodable::Range);
    }
    Ok(if changed {
        Rewritten::Changed
    } else {
        Rewritten::Unchanged
    })
}

impl Range {
    fn take<M: LeafMasker>(walker: &mut Walker<'_, M>) -> Self {
        Self {
            flags: 0,
            lower: walker.scratch.take(),
            upper: walker.scratch.take(),
        }
    }

    fn put<M: LeafMasker>(self, walker: &mut Walker<'_, M>) {
        walker.scratch.put(self.upper);
        walker.scratch.put(self.lower);
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Reads one range from the front of `value`; returns its length.
    fn read_text(&mut self, value: &[u8]) -> Option<usize> {
        self.lower.clear();
        self.upper.clear();
        if value.starts_with(b"empty") {
            self.flags = EMPTY;
            return Some(5);
        }
        self.flags = match value.first()? {
            b'[' => LOWER_INCLUSIVE,
            b'(' => 0,
            _ => return None,
        };
        let ends = |byte| matches!(byte, b',' | b')' | b']');
        let comma = read_field(value, 1, ends, &mut self.lower)?;
        if value[comma] != b',' {
            return None;
        }
        let end = read_field(value, comma + 1, ends, &mut self.upper)?;
        match value[end] {
            b']' => self.flags |= UPPER_INCLUSIVE,
            b')' => {}
            _ => return None,
        }
        // Nothing at all is infinity; two quotes are an empty text.
        if comma == 1 {
            self.flags |= LOWER_INFINITE;
        }
        if end == comma + 1 {
            self.flags |= UPPER_INFINITE;
        }
        Some(end + 1)
    }

    fn write_text(&self, out: &mut Vec<u8>) {
        let special = |byte| matches!(byte, b'(' | b')' | b'[' | b']' | b',');
        out.push(if self.has(LOWER_INCLUSIVE) {
            b'['
        } else {
            b'('
        });
        if !self.has(LOWER_INFINITE) {
            push_field(&self.lower, special, out);
        }
        out.push(b',');
        if !self.has(UPPER_INFINITE) {
            push_field(&self.upper, special, out);
        }
        out.push(if self.has(UPPER_INCLUSIVE) {
            b']'
        } else {
            b')'
        });
    }

    fn read_binary(&mut self, value: &[u8]) -> Result<(), Undecodable> {
        self.lower.clear();
        self.upper.clear();
        let mut cursor = Cursor::new(value);
        self.flags = cursor.u8()?;
        if self.flags & !KNOWN != 0 {
            return Err(Undecodable::Range);
        }
        if !self.has(EMPTY | LOWER_INFINITE) {
            let bytes = take_sized(&mut cursor)?.ok_or(Undecodable::Range)?;
            self.lower.extend_from_slice(bytes);
        }
        if !self.has(EMPTY | UPPER_INFINITE) {
            let bytes = take_sized(&mut cursor)?.ok_or(Undecodable::Range)?;
            self.upper.extend_from_slice(bytes);
        }
        if cursor.is_empty() {
            Ok(())
        } else {
            Err(Undecodable::Range)
        }
    }

    fn write_binary(&self, out: &mut Vec<u8>) -> Option<()> {
        out.push(self.flags);
        if !self.has(LOWER_INFINITE) {
            push_sized(&self.lower, out)?;
        }
        if !self.has(UPPER_INFINITE) {
            push_sized(&self.upper, out)?;
        }
        Some(())
    }

    /// Masks both bounds in place and puts them in order.
    fn mask<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        element: &Type,
        site: LeafSite<'_>,
    ) -> Result<Rewritten, Undecodable> {
        let site = LeafSite {
            depth: site.depth + 1,
            ..site
        };
        let mut changed = false;
        for (infinite, bound) in [
            (LOWER_INFINITE, &mut self.lower),
            (UPPER_INFINITE, &mut self.upper),
        ] {
            if self.flags & (EMPTY | infinite) != 0 {
                continue;
            }
            let mut part = walker.scratch.take();
            match walker.value(element, site, bound, &mut part)? {
                Rewritten::Unchanged => {}
                Rewritten::Changed => {
                    changed = true;
                    std::mem::swap(bound, &mut part);
                }
                Rewritten::Null => return Ok(Rewritten::Null),
            }
            walker.scratch.put(part);
        }
        if !changed {
            return Ok(Rewritten::Unchanged);
        }
        if !self.has(LOWER_INFINITE | UPPER_INFINITE) {
            match self.order(walker, element)? {
                Some(Ordering::Less) => {}
                Some(Ordering::Equal) => self.flags |= LOWER_INCLUSIVE | UPPER_INCLUSIVE,
                Some(Ordering::Greater) => std::mem::swap(&mut self.lower, &mut self.upper),
                None => return Ok(Rewritten::Null),
            }
        }
        Ok(Rewritten::Changed)
    }

    /// `None` if the bounds cannot be compared without the server.
    fn order<M: LeafMasker>(
        &self,
        walker: &mut Walker<'_, M>,
        element: &Type,
    ) -> Result<Option<Ordering>, Undecodable> {
        if element.is_container() {
            return Ok(None);
        }
        let (mut first, mut second) = (walker.scratch.take(), walker.scratch.take());
        let lower = leaf::decode(element, walker.encoding, &self.lower, &mut first)?;
        let upper = leaf::decode(element, walker.encoding, &self.upper, &mut second)?;
        let ordering = compare(lower, upper);
        walker.scratch.put(second);
        walker.scratch.put(first);
        Ok(ordering)
    }
}

/// Text compares by bytes: the order that the C collation has, and good enough for a masked range.
fn compare(lower: Scalar<'_>, upper: Scalar<'_>) -> Option<Ordering> {
    match (lower, upper) {
        (Scalar::Text(a), Scalar::Text(b)) | (Scalar::Bytes(a), Scalar::Bytes(b)) => Some(a.cmp(b)),
        (Scalar::Int { value: a, .. }, Scalar::Int { value: b, .. }) => Some(a.cmp(&b)),
        (Scalar::Numeric(a), Scalar::Numeric(b)) => numeric::compare(a, b),
        (Scalar::Float { value: a, .. }, Scalar::Float { value: b, .. }) => a.partial_cmp(&b),
        (Scalar::Bool(a), Scalar::Bool(b)) => Some(a.cmp(&b)),
        (Scalar::Date(a), Scalar::Date(b)) => Some(a.cmp(&b)),
        (Scalar::Timestamp { micros: a, .. }, Scalar::Timestamp { micros: b, .. }) => {
            Some(a.cmp(&b))
        }
        (
            Scalar::Time {
                micros: a,
                zone_seconds: None,
            },
            Scalar::Time {
                micros: b,
                zone_seconds: None,
            },
        ) => Some(a.cmp(&b)),
        (Scalar::Uuid(a), Scalar::Uuid(b)) => Some(a.cmp(&b)),
        (
            Scalar::Inet {
                address: a,
                len: 4 | 16,
                prefix: p,
                ..
            },
            Scalar::Inet {
                address: b,
                len: 4 | 16,
                prefix: q,
                ..
            },
        ) => Some((a, p).cmp(&(b, q))),
        (Scalar::Mac { address: a, .. }, Scalar::Mac { address: b, .. }) => Some(a.cmp(&b)),
        _ => None,
    }
}
