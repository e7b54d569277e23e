//! The text format: values stand as they are, but for escapes with a backslash.

use super::{CopyRows, Malformed, none};
use crate::sql::CopyOptions;
use std::ops::Range;

/// Adds where the fields of a line (without its end) begin, byte by byte.
pub(super) fn split(
    data: &[u8],
    line: Range<usize>,
    options: &CopyOptions,
    rows: &mut CopyRows,
) -> Result<(), Malformed> {
    let mut at = line.start;
    while at < line.end {
        match data[at] {
            b'\\' => at += 1, // whatever comes next belongs to the value
            byte if byte == options.delimiter => rows.begin_behind(at)?,
            b'\n' | b'\r' => return Err(Malformed),
            _ => {}
        }
        at += 1;
    }
    // An escape at the end has nothing to escape.
    if at == line.end {
        Ok(())
    } else {
        Err(Malformed)
    }
}

/// Appends the value of a field that has escapes.
pub(super) fn decode(field: &[u8], out: &mut Vec<u8>) -> Result<(), Malformed> {
    let mut rest = 0;
    while let Some(plain) = memchr::memchr(b'\\', &field[rest..]) {
        out.extend_from_slice(&field[rest..rest + plain]);
        rest = unescape(field, rest + plain + 1, out)?;
    }
    out.extend_from_slice(&field[rest..]);
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "an octal escape keeps its low byte, as the server does"
)]
/// Decodes the escape whose letter is at `at`; returns the offset behind it.
fn unescape(body: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize, Malformed> {
    let letter = *body.get(at).ok_or(Malformed)?;
    let digits = |from: usize, max: usize, radix: u32| {
        let len = body[from..]
            .iter()
            .take(max)
            .take_while(|b| char::from(**b).is_digit(radix))
            .count();
        let value = body[from..from + len].iter().fold(0u32, |value, b| {
            value * radix + char::from(*b).to_digit(radix).unwrap_or(0)
        });
        (from + len, value as u8)
    };
    let byte = match letter {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'0'..=b'7' => {
            let (end, value) = digits(at, 3, 8);
            out.push(value);
            return Ok(end);
        }
        b'x' => {
            let (end, value) = digits(at + 1, 2, 16);
            if end > at + 1 {
                out.push(value);
                return Ok(end);
            }
            b'x'
        }
        // \N inside a longer field: an N. A field that is \N alone is NULL before this matters.
        other => other,
    };
    out.push(byte);
    Ok(at + 1)
}

/// Appends a value in text format; `None` is NULL.
pub(super) fn write(value: Option<&[u8]>, options: &CopyOptions, out: &mut Vec<u8>) {
    let Some(value) = value else {
        out.extend_from_slice(&options.null);
        return;
    };
    if is_literal(value, options) {
        out.extend_from_slice(value);
        return;
    }
    for &byte in value {
        let letter = match byte {
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x0b => b'v',
            b'\\' => b'\\',
            other if other == options.delimiter => other,
            other => {
                out.push(other);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', letter]);
    }
}

/// Is the value written without an escape?
pub(super) fn is_literal(value: &[u8], options: &CopyOptions) -> bool {
    let delimiter = options.delimiter;
    none(value, |b| {
        (b == b'\\') | (b == delimiter) | (0x08..=0x0d).contains(&b)
    })
}
