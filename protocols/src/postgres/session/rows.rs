//! DataRow and CopyData messages that lie whole in the receive buffer: into an index, and out again
//! with replacements.

#![expect(
    clippy::cast_possible_truncation,
    reason = "offsets and lengths stay below message_size_max, which is at most 1 GiB"
)]

use super::fault::Fault;
use crate::session::{Edit, FieldSpan};
use crate::wire::{Outbox, message};
use std::ops::Range;

/// Bytes of a message's tag and length.
const HEADER: usize = 5;
/// Bytes in front of a row's first field: tag, length, number of fields.
const ROW_HEADER: usize = 7;

/// One row of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowSpan {
    start: u32,
    end: u32,
}

/// Reads consecutive whole rows of `columns` fields, starting at `at`, and appends their fields and
/// spans. Stops at the first byte that is not part of a whole row and returns its offset.
///
/// Runs once per batch; the loop allocates only to grow the two vectors.
///
/// # Errors
/// A row whose fields do not fill it exactly, or are not `columns` in number.
pub(super) fn index(
    received: &[u8],
    mut at: usize,
    columns: usize,
    fields: &mut Vec<FieldSpan>,
    rows: &mut Vec<RowSpan>,
) -> Result<usize, Fault> {
    while let Some(&[b'D', a, b, c, d]) = received[at..].first_chunk() {
        let len = u32::from_be_bytes([a, b, c, d]) as usize;
        let Some(row) = received[at..].get(..len.saturating_add(1)) else {
            break;
        };
        if len < 6 {
            return Err(Fault::UpstreamMalformed(b'D'));
        }
        if usize::from(u16::from_be_bytes([row[5], row[6]])) != columns {
            return Err(Fault::FieldCount);
        }
        let mut offset = ROW_HEADER;
        for _ in 0..columns {
            let Some(&head) = row[offset..].first_chunk::<4>() else {
                return Err(Fault::UpstreamMalformed(b'D'));
            };
            offset += 4;
            let len = i32::from_be_bytes(head);
            fields.push(FieldSpan {
                start: (at + offset) as u32,
                len,
            });
            if len >= 0 {
                offset += len as usize;
                if offset > row.len() {
                    return Err(Fault::UpstreamMalformed(b'D'));
                }
            } else if len != -1 {
                return Err(Fault::UpstreamMalformed(b'D'));
            }
        }
        if offset != row.len() {
            return Err(Fault::UpstreamMalformed(b'D'));
        }
        rows.push(RowSpan {
            start: at as u32,
            end: (at + row.len()) as u32,
        });
        at += row.len();
    }
    Ok(at)
}

/// Sends the rows with those of the edits that are theirs; edits are in ascending order of the field.
/// What lies between two edited values is copied at once, over all the rows there.
pub(super) fn emit(
    received: &[u8],
    columns: usize,
    (fields, rows): (&[FieldSpan], &[RowSpan]),
    (edits, bytes): (&[Edit], &[u8]),
    onward: &mut Outbox,
) {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return;
    };
    let mut sent = first.start as usize;
    let row_of = |edit: &Edit| edit.field as usize / columns;
    let edits = &edits[..edits.partition_point(|edit| row_of(edit) < rows.len())];
    for mine in edits.chunk_by(|a, b| row_of(a) == row_of(b)) {
        let row = rows[row_of(&mine[0])];
        let mut length = i64::from(row.end - row.start) - 1;
        // The row's own length word, behind its tag, goes out with what lies before its first edit.
        let first = fields[mine[0].field as usize].start as usize - 4;
        onward.relay(received, sent..first);
        let length_at = onward.write(received).len() - (first - row.start as usize) + 1;
        sent = first;
        for edit in mine {
            let field = fields[edit.field as usize];
            let value = field.start as usize;
            let out = onward.write(received);
            out.extend_from_slice(&received[sent..value - 4]);
            let new = edit.value.as_ref();
            let new = new.map(|range| &bytes[range.start as usize..range.end as usize]);
            // Values and batches are limited far below 2 GiB.
            let len = new.map_or(-1, |new| new.len() as i32);
            out.extend_from_slice(&len.to_be_bytes());
            out.extend_from_slice(new.unwrap_or_default());
            length += i64::from(len.max(0)) - i64::from(field.len.max(0));
            sent = value + field.len.max(0) as usize;
        }
        let out = onward.write(received);
        out[length_at..length_at + 4].copy_from_slice(&(length as u32).to_be_bytes());
    }
    onward.relay(received, sent..last.end as usize);
}

/// Finds consecutive whole CopyData messages, starting at `at`, and appends where their bodies lie.
/// Returns the offset behind the last one.
pub(super) fn bodies(
    received: &[u8],
    mut at: usize,
    message_size_max: usize,
    bodies: &mut Vec<Range<u32>>,
) -> usize {
    while let Some(&[b'd', a, b, c, d]) = received[at..].first_chunk() {
        let len = u32::from_be_bytes([a, b, c, d]) as usize;
        let Some(message) = received[at..].get(..len.saturating_add(1)) else {
            break;
        };
        if message.len() < HEADER || message.len() > message_size_max {
            break; // refused or streamed when its turn comes
        }
        let end = at + message.len();
        bodies.push((at + HEADER) as u32..end as u32);
        at = end;
    }
    at
}

/// Sends consecutive CopyData messages, given by their bodies: untouched ones as they lie, the others with the
/// bodies of their edits, which are in ascending order.
pub(super) fn emit_copy(
    received: &[u8],
    bodies: &[Range<u32>],
    edits: &[Edit],
    bytes: &[u8],
    onward: &mut Outbox,
) {
    if let ([first, .., last], []) = (bodies, edits) {
        onward.relay(received, first.start as usize - HEADER..last.end as usize);
        return;
    }
    let mut edits = edits.iter().peekable();
    for (number, body) in (0u32..).zip(bodies) {
        let Some(edit) = edits.next_if(|edit| edit.field == number) else {
            onward.relay(received, body.start as usize - HEADER..body.end as usize);
            continue;
        };
        if let Some(range) = &edit.value {
            let new = &bytes[range.start as usize..range.end as usize];
            message(onward.write(received), b'd', |out| {
                out.extend_from_slice(new);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::session::Edits;
    use crate::wire::{Tx, message};
    use proptest::prelude::*;

    type Row = Vec<Option<Vec<u8>>>;

    fn encode(rows: &[Row]) -> Vec<u8> {
        let mut out = Vec::new();
        for row in rows {
            message(&mut out, b'D', |out| {
                out.extend_from_slice(&(row.len() as u16).to_be_bytes());
                for field in row {
                    match field {
                        Some(value) => {
                            out.extend_from_slice(&(value.len() as u32).to_be_bytes());
                            out.extend_from_slice(value);
                        }
                        None => out.extend_from_slice(&(-1i32).to_be_bytes()),
                    }
                }
            });
        }
        out
    }

    fn rows_of(columns: usize) -> impl Strategy<Value = Vec<Row>> {
        let value = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..9));
        proptest::collection::vec(proptest::collection::vec(value, columns), 0..6)
    }

    proptest! {
        #[test]
        fn edited_rows_equal_rows_encoded_with_the_edits(
            (rows, changes) in (1usize..5).prop_flat_map(|columns| (
                rows_of(columns),
                proptest::collection::vec((any::<proptest::sample::Index>(), proptest::option::of(proptest::collection::vec(any::<u8>(), 0..20))), 0..6),
            ))
        ) {
            let bytes = encode(&rows);
            let columns = rows.first().map_or(1, Vec::len);
            let (mut fields, mut spans) = (Vec::new(), Vec::new());
            let end = index(&bytes, 0, columns, &mut fields, &mut spans).unwrap();
            prop_assert_eq!(end, bytes.len());

            let mut expected = rows.clone();
            let mut edits = Edits::default();
            let mut done = std::collections::HashSet::new();
            for (at, value) in changes {
                if fields.is_empty() { break; }
                let field = at.index(fields.len());
                if !done.insert(field) { continue; }
                match &value {
                    Some(new) => edits.replace(field as u32, |out| out.extend_from_slice(new)),
                    None => edits.null(field as u32),
                }
                expected[field / columns][field % columns] = value;
            }
            let mut tx = Tx::new();
            let (list, new) = edits.sorted();
            emit(&bytes, columns, (&fields, &spans), (list, new), &mut tx.onward);
            prop_assert_eq!(tx.forward(&bytes), &encode(&expected)[..]);
        }

        #[test]
        fn arbitrary_bytes_never_index_outside_the_buffer(bytes in proptest::collection::vec(any::<u8>(), 0..64), columns in 1usize..4) {
            let mut input = b"D\0\0\0".to_vec();
            input.extend_from_slice(&bytes);
            let (mut fields, mut rows) = (Vec::new(), Vec::new());
            if index(&input, 0, columns, &mut fields, &mut rows).is_ok() {
                for field in fields {
                    if let Some(range) = field.range() {
                        prop_assert!(range.end <= input.len());
                    }
                }
            }
        }
    }

    #[test]
    fn rows_that_do_not_fit_their_length_are_faults() {
        let good = encode(&[vec![Some(b"abc".to_vec()), None]]);
        let check =
            |bytes: &[u8], columns| index(bytes, 0, columns, &mut Vec::new(), &mut Vec::new());
        assert_eq!(check(&good, 2), Ok(good.len()));
        assert_eq!(check(&good, 3), Err(Fault::FieldCount));
        for (at, value) in [(10, 4), (10, 200), (4, 5), (14, 0xfe)] {
            let mut bad = good.clone();
            bad[at] = value;
            bad.resize(200, 0);
            assert!(check(&bad, 2).is_err(), "byte {at} = {value}");
        }
    }
}
