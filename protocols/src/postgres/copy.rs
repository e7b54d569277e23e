//! Rows of COPY TO STDOUT: text, csv and binary, into values and back.
//!
//! <https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9>
//!
//! The server sends each row in a message of its own. A message that does not end with its row is
//! refused by the reader ([`Malformed`]), never guessed at.

use crate::sql::{CopyFormat, CopyOptions};
use crate::wire::{Cursor, Truncated};
use std::ops::Range;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// The message is not a row of the announced format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl From<Truncated> for Malformed {
    fn from(_: Truncated) -> Self {
        Self
    }
}

/// One field of a row: where it lies encoded, and its decoded value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyField {
    /// The encoded field in the message, with its quotes; for binary with its length word.
    pub raw: Range<usize>,
    /// The value in [`CopyRow::values`]; `None` is NULL.
    pub value: Option<Range<usize>>,
}

/// A decoded row. Reused over rows, so that a row allocates nothing.
#[derive(Debug, Default)]
pub struct CopyRow {
    /// The fields in order.
    pub fields: Vec<CopyField>,
    /// Decoded values, one behind the other.
    pub values: Vec<u8>,
}

impl CopyRow {
    /// The decoded value of a field.
    #[must_use]
    pub fn value(&self, field: usize) -> Option<&[u8]> {
        self.fields[field]
            .value
            .clone()
            .map(|range| &self.values[range])
    }

    fn clear(&mut self) {
        self.fields.clear();
        self.values.clear();
    }
}

/// Decodes a row in text format, with its line end.
///
/// # Errors
/// [`Malformed`] if the message is not exactly one line.
pub fn read_text(line: &[u8], options: &CopyOptions, row: &mut CopyRow) -> Result<(), Malformed> {
    row.clear();
    let body = line_body(line)?;
    let mut at = 0;
    loop {
        let start = at;
        let value_start = row.values.len();
        while at < body.len() && body[at] != options.delimiter {
            match body[at] {
                b'\n' | b'\r' => return Err(Malformed),
                b'\\' => at = unescape(body, at + 1, &mut row.values)?,
                byte => {
                    row.values.push(byte);
                    at += 1;
                }
            }
        }
        let null = body[start..at] == options.null[..];
        if null {
            row.values.truncate(value_start);
        }
        row.fields.push(CopyField {
            raw: start..at,
            value: (!null).then_some(value_start..row.values.len()),
        });
        if at == body.len() {
            return Ok(());
        }
        at += 1;
    }
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
pub fn write_text(value: Option<&[u8]>, options: &CopyOptions, out: &mut Vec<u8>) {
    let Some(value) = value else {
        out.extend_from_slice(&options.null);
        return;
    };
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

/// Decodes a row in csv format, with its line end.
///
/// # Errors
/// [`Malformed`] if the message is not exactly one record.
pub fn read_csv(line: &[u8], options: &CopyOptions, row: &mut CopyRow) -> Result<(), Malformed> {
    row.clear();
    let body = line_body(line)?;
    let mut at = 0;
    loop {
        let start = at;
        let value_start = row.values.len();
        let mut quoted = false;
        let mut inside = false;
        while at < body.len() {
            let byte = body[at];
            if inside {
                let escaped = body.get(at + 1).filter(|next| {
                    byte == options.escape && (**next == options.quote || **next == options.escape)
                });
                if let Some(&next) = escaped {
                    row.values.push(next);
                    at += 2;
                    continue;
                }
                if byte == options.quote {
                    inside = false;
                } else {
                    row.values.push(byte);
                }
            } else if byte == options.quote {
                quoted = true;
                inside = true;
            } else if byte == options.delimiter {
                break;
            } else if matches!(byte, b'\n' | b'\r') {
                return Err(Malformed);
            } else {
                row.values.push(byte);
            }
            at += 1;
        }
        if inside {
            return Err(Malformed);
        }
        let null = !quoted && body[start..at] == options.null[..];
        if null {
            row.values.truncate(value_start);
        }
        row.fields.push(CopyField {
            raw: start..at,
            value: (!null).then_some(value_start..row.values.len()),
        });
        if at == body.len() {
            return Ok(());
        }
        at += 1;
    }
}

/// Appends a value in csv format, always quoted; `None` is NULL.
pub fn write_csv(value: Option<&[u8]>, options: &CopyOptions, out: &mut Vec<u8>) {
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

/// The message without its line end, which is `\n` on the wire; it may be `\r\n` or `\r` in files.
fn line_body(line: &[u8]) -> Result<&[u8], Malformed> {
    line.strip_suffix(b"\n").ok_or(Malformed)
}

/// Bytes of the binary format's header at the start of `data`, or `None` if there is no header.
///
/// # Errors
/// [`Malformed`] if there is one and it is cut or has unknown critical flags.
pub fn binary_header(data: &[u8]) -> Result<Option<usize>, Malformed> {
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
#[must_use]
pub fn is_binary_trailer(data: &[u8]) -> bool {
    data == [0xff, 0xff]
}

/// Decodes a row in binary format (without header), starting at `at` in `data`.
///
/// # Errors
/// [`Malformed`] if the message is not exactly one row.
pub fn read_binary(data: &[u8], at: usize, row: &mut CopyRow) -> Result<(), Malformed> {
    row.clear();
    let mut cursor = Cursor::new(&data[at..]);
    let count = usize::try_from(cursor.i16()?).map_err(|_| Malformed)?;
    for _ in 0..count {
        let start = at + cursor.position();
        let len = cursor.i32()?;
        let value = match usize::try_from(len) {
            Ok(len) => {
                let value_start = row.values.len();
                row.values.extend_from_slice(cursor.take(len)?);
                Some(value_start..row.values.len())
            }
            Err(_) if len == -1 => None,
            Err(_) => return Err(Malformed),
        };
        row.fields.push(CopyField {
            raw: start..at + cursor.position(),
            value,
        });
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
pub fn write_binary(value: Option<&[u8]>, out: &mut Vec<u8>) {
    let Some(value) = value else {
        out.extend_from_slice(&(-1i32).to_be_bytes());
        return;
    };
    let len = i32::try_from(value.len()).expect("whole messages are limited far below 2 GiB");
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(value);
}

/// Decodes a row in the options' format. `at` is where a binary row starts.
///
/// # Errors
/// [`Malformed`].
pub fn read(
    data: &[u8],
    at: usize,
    options: &CopyOptions,
    row: &mut CopyRow,
) -> Result<(), Malformed> {
    match options.format {
        CopyFormat::Text => read_text(data, options, row),
        CopyFormat::Csv => read_csv(data, options, row),
        CopyFormat::Binary => read_binary(data, at, row),
    }
}

/// Appends a value in the options' format.
pub fn write(value: Option<&[u8]>, options: &CopyOptions, out: &mut Vec<u8>) {
    match options.format {
        CopyFormat::Text => write_text(value, options, out),
        CopyFormat::Csv => write_csv(value, options, out),
        CopyFormat::Binary => write_binary(value, out),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]
    use super::*;
    use proptest::prelude::*;

    fn values(row: &CopyRow) -> Vec<Option<Vec<u8>>> {
        (0..row.fields.len())
            .map(|i| row.value(i).map(<[u8]>::to_vec))
            .collect()
    }

    #[test]
    fn text_rows_as_the_server_writes_them() {
        let options = CopyOptions::defaults(CopyFormat::Text);
        let mut row = CopyRow::default();
        for (line, expected) in [
            (&b"a\tb\n"[..], vec![Some(&b"a"[..]), Some(b"b")]),
            (b"\\N\t\n", vec![None, Some(b"")]),
            (
                b"\\\\N\t\\t\\n\\r\\b\\f\\v\n",
                vec![Some(b"\\N"), Some(b"\t\n\r\x08\x0c\x0b")],
            ),
            (b"\\101\\x42\\q\n", vec![Some(b"ABq")]),
            (b"\n", vec![Some(b"")]),
        ] {
            read_text(line, &options, &mut row).unwrap();
            let expected: Vec<_> = expected
                .into_iter()
                .map(|v| v.map(<[u8]>::to_vec))
                .collect();
            assert_eq!(values(&row), expected, "{}", line.escape_ascii());
        }
        for line in [&b"a"[..], b"a\nb\n", b"a\\\n", b""] {
            assert_eq!(
                read_text(line, &options, &mut row),
                Err(Malformed),
                "{}",
                line.escape_ascii()
            );
        }
    }

    #[test]
    fn csv_rows_as_the_server_writes_them() {
        let options = CopyOptions::defaults(CopyFormat::Csv);
        let mut row = CopyRow::default();
        for (line, expected) in [
            (&b"a,b\n"[..], vec![Some(&b"a"[..]), Some(b"b")]),
            (b",\"\"\n", vec![None, Some(b"")]),
            (
                b"\"a,\"\"b\"\"\nc\",d\n",
                vec![Some(b"a,\"b\"\nc"), Some(b"d")],
            ),
            (b"a\"b,c\"d\n", vec![Some(b"ab,cd")]),
        ] {
            read_csv(line, &options, &mut row).unwrap();
            let expected: Vec<_> = expected
                .into_iter()
                .map(|v| v.map(<[u8]>::to_vec))
                .collect();
            assert_eq!(values(&row), expected, "{}", line.escape_ascii());
        }
        for line in [&b"\"a\n"[..], b"a\nb\n", b"a"] {
            assert_eq!(
                read_csv(line, &options, &mut row),
                Err(Malformed),
                "{}",
                line.escape_ascii()
            );
        }
    }

    #[test]
    fn the_binary_header_is_recognised() {
        let header = [SIGNATURE, &[0, 0, 0, 0, 0, 0, 0, 2, 9, 9]].concat();
        assert_eq!(binary_header(&header), Ok(Some(21)));
        assert_eq!(binary_header(&header[..20]), Err(Malformed));
        assert_eq!(binary_header(b"\0\x01\0\0\0\0"), Ok(None));
        let critical = [SIGNATURE, &[0, 1, 0, 0, 0, 0, 0, 0]].concat();
        assert_eq!(binary_header(&critical), Err(Malformed));
        assert!(is_binary_trailer(&[0xff, 0xff]));
    }

    fn any_options() -> impl Strategy<Value = CopyOptions> {
        let format = prop_oneof![
            Just(CopyFormat::Text),
            Just(CopyFormat::Csv),
            Just(CopyFormat::Binary)
        ];
        (
            format,
            prop_oneof![Just(b'|'), Just(b';'), Just(b'\t')],
            any::<bool>(),
        )
            .prop_map(|(format, delimiter, odd)| {
                let defaults = CopyOptions::defaults(format);
                let csv = format == CopyFormat::Csv;
                CopyOptions {
                    delimiter,
                    quote: if odd { b'\'' } else { b'"' },
                    escape: if odd { b'\\' } else { b'"' },
                    null: if odd && csv {
                        b"nil".to_vec()
                    } else {
                        defaults.null.clone()
                    },
                    ..defaults
                }
            })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            options in any_options(),
            row in proptest::collection::vec(proptest::option::of(proptest::collection::vec(
                prop_oneof![any::<u8>(), Just(b'\\'), Just(b'"'), Just(b'\n'), Just(b'N'), Just(b'|')], 0..9)), 1..5),
        ) {
            let binary = options.format == CopyFormat::Binary;
            let mut out = if binary { (row.len() as i16).to_be_bytes().to_vec() } else { Vec::new() };
            for (i, value) in row.iter().enumerate() {
                if i > 0 && !binary { out.push(options.delimiter); }
                write(value.as_deref(), &options, &mut out);
            }
            if !binary { out.push(b'\n'); }
            let mut read_back = CopyRow::default();
            read(&out, 0, &options, &mut read_back).unwrap();
            prop_assert_eq!(values(&read_back), row);
        }

        #[test]
        fn arbitrary_messages_never_index_outside(options in any_options(), data in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut row = CopyRow::default();
            if read(&data, 0, &options, &mut row).is_ok() {
                prop_assert!(row.fields.iter().all(|f| f.raw.end <= data.len()));
            }
            let _ = binary_header(&data).is_ok();
        }
    }
}
