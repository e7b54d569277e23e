//! Fields of a buffer in one dense text, with NULs around them.

use super::Batch;
use crate::detect::confirm::position;
use crate::detect::{DetectorSetId, FieldRef};
use wiremask_simd::PADDING;

/// NULs in front of the first field and behind the last one: a window may begin so far outside.
const MARGIN: usize = 16;

/// A short field is copied as so many bytes, whatever its length.
const SHORT: usize = 32;

/// A field in the gathered text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    /// Its first byte.
    pub(crate) at: u32,
    /// Behind its last byte.
    pub(crate) end: u32,
    /// Its index among the fields of the scan.
    pub(crate) field: u32,
}

/// Copies the fields into the batch with a NUL behind each and padding behind the last, and
/// places those that have detectors. The length without padding.
pub(crate) fn gather(buffer: &[u8], fields: &[FieldRef], batch: &mut Batch) -> usize {
    let Batch { dense, placed, .. } = batch;
    placed.clear();
    let bytes: usize = fields
        .iter()
        .map(|field| (field.end - field.start) as usize + 1)
        .sum();
    let most = MARGIN + bytes + MARGIN + PADDING;
    if dense.len() < most {
        dense.resize(most, 0);
    }
    let end = match dense_already(buffer, fields) {
        Some(text) => {
            let base = fields.first().map_or(0, |field| field.start);
            let moved = |at: u32| at - base + position(MARGIN);
            for (index, field) in (0u32..).zip(fields) {
                if field.set != DetectorSetId::NONE {
                    let (at, end) = (moved(field.start), moved(field.end));
                    placed.push(Placed {
                        at,
                        end,
                        field: index,
                    });
                }
            }
            dense[MARGIN..MARGIN + text.len()].copy_from_slice(text);
            MARGIN + text.len()
        }
        None => copy_each(buffer, fields, dense, placed),
    };
    let total = end + MARGIN;
    dense[end..total + PADDING].fill(0);
    total
}

/// The text of all fields, if they lie in order with one NUL between each other already.
fn dense_already<'b>(buffer: &'b [u8], fields: &[FieldRef]) -> Option<&'b [u8]> {
    let (first, last) = (fields.first()?, fields.last()?);
    let adjacent = |pair: &[FieldRef]| {
        pair[0].end + 1 == pair[1].start && buffer.get(pair[0].end as usize) == Some(&0)
    };
    let all = fields.windows(2).all(adjacent);
    all.then(|| &buffer[first.start as usize..last.end as usize])
}

/// Copies the fields that have detectors one by one; the offset behind the last NUL.
fn copy_each(
    buffer: &[u8],
    fields: &[FieldRef],
    dense: &mut [u8],
    placed: &mut Vec<Placed>,
) -> usize {
    let mut at = MARGIN;
    for (index, field) in (0u32..).zip(fields) {
        if field.set == DetectorSetId::NONE {
            continue;
        }
        let (start, end) = (field.start as usize, field.end as usize);
        let len = end - start;
        let to = dense[at..].first_chunk_mut::<SHORT>();
        match (to, buffer[start..].first_chunk::<SHORT>()) {
            (Some(to), Some(from)) if len <= SHORT => *to = *from,
            _ => dense[at..at + len].copy_from_slice(&buffer[start..end]),
        }
        dense[at + len] = 0;
        placed.push(Placed {
            at: position(at),
            end: position(at + len),
            field: index,
        });
        at += len + 1;
    }
    at
}

/// The index of the field that holds the byte at `at`, near the last one asked for.
#[inline]
pub(crate) fn locate(placed: &[Placed], cursor: &mut usize, at: u32) -> Option<usize> {
    while placed.get(*cursor).is_some_and(|place| place.at > at) {
        *cursor = cursor.checked_sub(1)?;
    }
    while placed.get(*cursor + 1).is_some_and(|next| next.at <= at) {
        *cursor += 1;
    }
    placed
        .get(*cursor)
        .filter(|place| place.at <= at && at < place.end)
        .map(|_| *cursor)
}
