//! The csv format: values with delimiters, quotes or line ends in them stand in quotes.

use super::{CopyRows, Malformed};
use crate::sql::CopyOptions;
use std::ops::Range;

/// Adds where the fields of a record (without its end) begin, byte by byte.
pub(super) fn split(
    data: &[u8],
    line: Range<usize>,
    options: &CopyOptions,
    rows: &mut CopyRows,
) -> Result<(), Malformed> {
    let mut inside = false;
    let mut at = line.start;
    while at < line.end {
        let byte = data[at];
        if inside {
            if is_escaped(&data[at..line.end], options) {
                at += 1;
            } else if byte == options.quote {
                inside = false;
            }
        } else if byte == options.quote {
            inside = true;
        } else if byte == options.delimiter {
            rows.begin_behind(at)?;
        } else if matches!(byte, b'\n' | b'\r') {
            return Err(Malformed);
        }
        at += 1;
    }
    if inside { Err(Malformed) } else { Ok(()) }
}

/// Inside quotes: do the bytes begin with an escape and what it escapes?
fn is_escaped(bytes: &[u8], options: &CopyOptions) -> bool {
    matches!(bytes, [escape, next, ..]
        if *escape == options.escape && (*next == options.quote || *next == options.escape))
}

/// Appends the value of a field that has quotes.
pub(super) fn decode(field: &[u8], options: &CopyOptions, out: &mut Vec<u8>) {
    let mut inside = false;
    let mut at = 0;
    while let Some(&byte) = field.get(at) {
        if inside && is_escaped(&field[at..], options) {
            at += 1;
            out.push(field[at]);
        } else if byte == options.quote {
            inside = !inside;
        } else {
            out.push(byte);
        }
        at += 1;
    }
}

/// Appends a value in csv format, always quoted; `None` is NULL.
pub(super) fn write(value: Option<&[u8]>, options: &CopyOptions, out: &mut Vec<u8>) {
    let Some(value) = value else {
        out.extend_from_slice(&options.null);
        return;
    };
    out.push(options.quote);
    for &byte in value {
        if byte == options.quote || byte == options.escape {
            out.push(options.escape);
        }
        out.push(byte);
    }
    out.push(options.quote);
}
