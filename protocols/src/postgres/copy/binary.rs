//! The binary format: each value behind its length.

use super::{CopyRows, Malformed};
use crate::wire::Cursor;
use std::ops::Range;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// Bytes of the binary format's header at the start of `data`, or `None` if there is no header.
///
/// # Errors
/// [`Malformed`] if there is one and it is cut or has unknown critical flags.
pub(super) fn header(data: &[u8]) -> Result<Option<usize>, Malformed> {
    if !data.starts_with(SIGNATURE) {
        return Ok(None);
    }
    let mut cursor = Cursor::new(&data[SIGNATURE.len()..]);
    let critical_flags = cursor.u32()? >> 16;
    let extension = cursor.u32()? as usize;
    cursor.take(extension)?;
    if critical_flags != 0 {
        return Err(Malformed);
    }
    Ok(Some(SIGNATURE.len() + cursor.position()))
}

/// Is this the trailer of the binary format?
pub(super) fn is_trailer(data: &[u8]) -> bool {
    data == [0xff, 0xff]
}

/// Adds where the fields of a row (without header) begin, each with its length.
pub(super) fn split(data: &[u8], row: Range<usize>, rows: &mut CopyRows) -> Result<(), Malformed> {
    let mut cursor = Cursor::new(&data[row.clone()]);
    let count = usize::try_from(cursor.i16()?).map_err(|_| Malformed)?;
    for _ in 0..count {
        rows.begin(row.start + cursor.position());
        let len = cursor.i32()?;
        match usize::try_from(len) {
            Ok(len) => {
                cursor.take(len)?;
            }
            Err(_) if len == -1 => rows.last_is_null(),
            Err(_) => return Err(Malformed),
        }
    }
    if cursor.is_empty() {
        Ok(())
    } else {
        Err(Malformed)
    }
}

/// Appends a value in binary format; `None` is NULL.
///
/// # Panics
/// If the value reaches 2 GiB, which the limits on whole messages exclude.
pub(super) fn write(value: Option<&[u8]>, out: &mut Vec<u8>) {
    let Some(value) = value else {
        out.extend_from_slice(&(-1i32).to_be_bytes());
        return;
    };
    let len = i32::try_from(value.len()).expect("whole messages are limited far below 2 GiB");
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(value);
}
