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

/// One field of a row: where it lies encoded, and its value. Offsets are those of the bytes that were
/// read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyField {
    /// The encoded field, with its quotes; for binary with its length word.
    pub raw: Range<u32>,
    /// The value.
    pub value: CopyValue,
}

/// Where a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyValue {
    /// It is NULL.
    Null,
    /// Among the bytes that were read, as it is.
    Plain(Range<u32>),
    /// Decoded, in [`CopyRows::decoded`].
    Decoded(Range<u32>),
}

/// Rows that were read. Reused over batches, so that a row allocates nothing.
#[derive(Debug, Default)]
pub struct CopyRows {
    /// The fields of all rows, in order.
    pub fields: Vec<CopyField>,
    /// Values that do not lie plainly in what was read, one behind the other.
    decoded: Vec<u8>,
}

impl CopyRows {
    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.fields.clear();
        self.decoded.clear();
    }

    /// The value of a field; `data` is what it was read from.
    #[must_use]
    pub fn value<'v>(&'v self, data: &'v [u8], field: usize) -> Option<&'v [u8]> {
        let (bytes, range) = match &self.fields[field].value {
            CopyValue::Null => return None,
            CopyValue::Plain(range) => (data, range),
            CopyValue::Decoded(range) => (&self.decoded[..], range),
        };
        Some(&bytes[range.start as usize..range.end as usize])
    }

    fn push(&mut self, raw: Range<usize>, value: CopyValue) {
        self.fields.push(CopyField {
            raw: narrow(raw),
            value,
        });
    }

    /// Adds a field that means itself, or NULL.
    #[inline]
    fn push_plain(&mut self, data: &[u8], raw: Range<usize>, null: Option<&[u8]>) {
        let value = if null.is_some_and(|null| data[raw.clone()] == *null) {
            CopyValue::Null
        } else {
            CopyValue::Plain(narrow(raw.clone()))
        };
        self.push(raw, value);
    }

    /// Adds a field whose value was decoded from `start` on.
    fn push_decoded(&mut self, raw: Range<usize>, start: usize, is_null: bool) {
        let value = if is_null {
            self.decoded.truncate(start);
            CopyValue::Null
        } else {
            CopyValue::Decoded(narrow(start..self.decoded.len()))
        };
        self.push(raw, value);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "what is read at once stays below message_size_max, which is at most 1 GiB"
)]
fn narrow(range: Range<usize>) -> Range<u32> {
    range.start as u32..range.end as u32
}

/// Reads a row in text format from `at` to the end of `data`, with its line end, and adds its fields.
///
/// # Errors
/// [`Malformed`] if the message is not exactly one line.
pub fn read_text(
    data: &[u8],
    at: usize,
    options: &CopyOptions,
    rows: &mut CopyRows,
) -> Result<(), Malformed> {
    let end = line_end(data, at)?;
    if split_plain(data, at..end, options, rows) {
        return Ok(());
    }
    let body = &data[..end];
    let mut at = at;
    loop {
        let start = at;
        let decoded = rows.decoded.len();
        let is_special = |b: &u8| *b == options.delimiter || matches!(*b, b'\\' | b'\n' | b'\r');
        let special = body[at..].iter().position(is_special);
        at = special.map_or(end, |special| at + special);
        if body.get(at) == Some(&b'\\') {
            rows.decoded.extend_from_slice(&body[start..at]);
            while at < end && body[at] != options.delimiter {
                match body[at] {
                    b'\n' | b'\r' => return Err(Malformed),
                    b'\\' => at = unescape(body, at + 1, &mut rows.decoded)?,
                    byte => {
                        rows.decoded.push(byte);
                        at += 1;
                    }
                }
            }
            rows.push_decoded(start..at, decoded, body[start..at] == options.null[..]);
        } else if at < end && body[at] != options.delimiter {
            return Err(Malformed);
        } else {
            rows.push_plain(data, start..at, Some(&options.null));
        }
        if at == end {
            return Ok(());
        }
        at += 1;
    }
}

/// Bytes of a line that are looked at together.
const BLOCK: usize = 64;

/// Adds the fields of a line in which nothing is escaped; else adds nothing and returns false. One
/// pass over the line, without a branch per byte.
fn split_plain(
    data: &[u8],
    line: Range<usize>,
    options: &CopyOptions,
    rows: &mut CopyRows,
) -> bool {
    let known = rows.fields.len();
    // The usual NULL is an escape, and a line that has one is not read here.
    let null = Some(&options.null[..]).filter(|null| !null.contains(&b'\\'));
    let mut start = line.start;
    let mut at = line.start;
    let mut tail = [0; BLOCK];
    while at < line.end {
        let (block, mut delimiters) = match data[at..line.end].first_chunk::<BLOCK>() {
            Some(block) => (block, places(block, options.delimiter)),
            None => {
                let len = line.end - at;
                // The block that ends with the line, if it is long enough, else a copy.
                match data[line.start..line.end].last_chunk::<BLOCK>() {
                    Some(block) => (block, places(block, options.delimiter) >> (BLOCK - len)),
                    None => {
                        tail[..len].copy_from_slice(&data[at..line.end]);
                        (&tail, places(&tail, options.delimiter) & ((1 << len) - 1))
                    }
                }
            }
        };
        if holds_escape(block) {
            rows.fields.truncate(known);
            return false;
        }
        while delimiters != 0 {
            let end = at + delimiters.trailing_zeros() as usize;
            rows.push_plain(data, start..end, null);
            start = end + 1;
            delimiters &= delimiters - 1;
        }
        at += BLOCK;
    }
    rows.push_plain(data, start..line.end, null);
    true
}

/// Is there a backslash, or a line end, which is an error there?
fn holds_escape(block: &[u8; BLOCK]) -> bool {
    // By whole arrays, so that it becomes vector instructions.
    let found = block
        .map(|byte| u8::from(byte == b'\\') | u8::from(byte == b'\n') | u8::from(byte == b'\r'));
    let (words, _) = found.as_chunks::<8>();
    words
        .iter()
        .fold(0, |any, word| any | u64::from_le_bytes(*word))
        != 0
}

/// One bit for each place of the byte.
fn places(block: &[u8; BLOCK], byte: u8) -> u64 {
    let equal = block.map(|other| u8::from(other == byte));
    let (words, _) = equal.as_chunks::<8>();
    // The product moves the lowest bit of each of eight bytes into the highest byte.
    (0..).zip(words).fold(0, |bits, (number, word): (u32, _)| {
        let word = u64::from_le_bytes(*word);
        bits | (word.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * number)
    })
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

/// Would the value be written as it is, in the place of a plain one of the same length?
#[must_use]
pub fn is_plain(value: &[u8], options: &CopyOptions) -> bool {
    let needs_care = |b: &u8| match options.format {
        CopyFormat::Binary => false,
        CopyFormat::Text => *b == b'\\' || *b == options.delimiter || (0x08..=0x0d).contains(b),
        CopyFormat::Csv => [
            options.delimiter,
            options.quote,
            options.escape,
            b'\n',
            b'\r',
            b' ',
        ]
        .contains(b),
    };
    options.format == CopyFormat::Binary
        || (value != options.null && value != b"\\." && !value.iter().any(needs_care))
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

/// Reads a row in csv format from `at` to the end of `data`, with its line end, and adds its fields.
///
/// # Errors
/// [`Malformed`] if the message is not exactly one record.
pub fn read_csv(
    data: &[u8],
    at: usize,
    options: &CopyOptions,
    rows: &mut CopyRows,
) -> Result<(), Malformed> {
    let end = line_end(data, at)?;
    let body = &data[..end];
    let mut at = at;
    loop {
        let start = at;
        let is_special =
            |b: &u8| *b == options.delimiter || *b == options.quote || matches!(*b, b'\n' | b'\r');
        let special = body[at..].iter().position(is_special);
        at = special.map_or(end, |special| at + special);
        if body.get(at) == Some(&options.quote) {
            let decoded = rows.decoded.len();
            rows.decoded.extend_from_slice(&body[start..at]);
            at = read_quoted(body, at, options, &mut rows.decoded)?;
            rows.push_decoded(start..at, decoded, false);
        } else if at < end && body[at] != options.delimiter {
            return Err(Malformed);
        } else {
            rows.push_plain(data, start..at, Some(&options.null));
        }
        if at == end {
            return Ok(());
        }
        at += 1;
    }
}

/// Decodes a field from its first quote on; returns the offset behind the field.
fn read_quoted(
    body: &[u8],
    mut at: usize,
    options: &CopyOptions,
    out: &mut Vec<u8>,
) -> Result<usize, Malformed> {
    let mut inside = false;
    while let Some(&byte) = body.get(at) {
        if inside {
            let escaped = body.get(at + 1).filter(|next| {
                byte == options.escape && (**next == options.quote || **next == options.escape)
            });
            if let Some(&next) = escaped {
                out.push(next);
                at += 2;
                continue;
            }
            if byte == options.quote {
                inside = false;
            } else {
                out.push(byte);
            }
        } else if byte == options.quote {
            inside = true;
        } else if byte == options.delimiter {
            break;
        } else if matches!(byte, b'\n' | b'\r') {
            return Err(Malformed);
        } else {
            out.push(byte);
        }
        at += 1;
    }
    if inside { Err(Malformed) } else { Ok(at) }
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

/// Where the line that starts at `at` and fills the rest of `data` ends. Its end is `\n` on the wire;
/// it may be `\r\n` or `\r` in files.
fn line_end(data: &[u8], at: usize) -> Result<usize, Malformed> {
    match data.get(at..) {
        Some([.., b'\n']) => Ok(data.len() - 1),
        _ => Err(Malformed),
    }
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

/// Reads a row in binary format (without header) from `at` to the end of `data` and adds its fields.
///
/// # Errors
/// [`Malformed`] if the message is not exactly one row.
pub fn read_binary(data: &[u8], at: usize, rows: &mut CopyRows) -> Result<(), Malformed> {
    let mut cursor = Cursor::new(data.get(at..).ok_or(Malformed)?);
    let count = usize::try_from(cursor.i16()?).map_err(|_| Malformed)?;
    for _ in 0..count {
        let start = at + cursor.position();
        let len = cursor.i32()?;
        let value = match usize::try_from(len) {
            Ok(len) => {
                let value = at + cursor.position();
                cursor.take(len)?;
                CopyValue::Plain(narrow(value..value + len))
            }
            Err(_) if len == -1 => CopyValue::Null,
            Err(_) => return Err(Malformed),
        };
        rows.push(start..at + cursor.position(), value);
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

/// Reads a row in the options' format from `at` to the end of `data` and adds its fields; after an
/// error there may be some of them.
///
/// # Errors
/// [`Malformed`].
pub fn read(
    data: &[u8],
    at: usize,
    options: &CopyOptions,
    rows: &mut CopyRows,
) -> Result<(), Malformed> {
    match options.format {
        CopyFormat::Text => read_text(data, at, options, rows),
        CopyFormat::Csv => read_csv(data, at, options, rows),
        CopyFormat::Binary => read_binary(data, at, rows),
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

    fn values(data: &[u8], rows: &CopyRows) -> Vec<Option<Vec<u8>>> {
        (0..rows.fields.len())
            .map(|i| rows.value(data, i).map(<[u8]>::to_vec))
            .collect()
    }

    #[test]
    fn text_rows_as_the_server_writes_them() {
        let options = CopyOptions::defaults(CopyFormat::Text);
        let mut row = CopyRows::default();
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
            row.clear();
            read_text(line, 0, &options, &mut row).unwrap();
            let expected: Vec<_> = expected
                .into_iter()
                .map(|v| v.map(<[u8]>::to_vec))
                .collect();
            assert_eq!(values(line, &row), expected, "{}", line.escape_ascii());
        }
        for line in [&b"a"[..], b"a\nb\n", b"a\\\n", b""] {
            assert_eq!(
                read_text(line, 0, &options, &mut row),
                Err(Malformed),
                "{}",
                line.escape_ascii()
            );
        }
    }

    #[test]
    fn csv_rows_as_the_server_writes_them() {
        let options = CopyOptions::defaults(CopyFormat::Csv);
        let mut row = CopyRows::default();
        for (line, expected) in [
            (&b"a,b\n"[..], vec![Some(&b"a"[..]), Some(b"b")]),
            (b",\"\"\n", vec![None, Some(b"")]),
            (
                b"\"a,\"\"b\"\"\nc\",d\n",
                vec![Some(b"a,\"b\"\nc"), Some(b"d")],
            ),
            (b"a\"b,c\"d\n", vec![Some(b"ab,cd")]),
        ] {
            row.clear();
            read_csv(line, 0, &options, &mut row).unwrap();
            let expected: Vec<_> = expected
                .into_iter()
                .map(|v| v.map(<[u8]>::to_vec))
                .collect();
            assert_eq!(values(line, &row), expected, "{}", line.escape_ascii());
        }
        for line in [&b"\"a\n"[..], b"a\nb\n", b"a"] {
            assert_eq!(
                read_csv(line, 0, &options, &mut row),
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
            let mut read_back = CopyRows::default();
            read(&out, 0, &options, &mut read_back).unwrap();
            prop_assert_eq!(values(&out, &read_back), row.clone());

            // What is plain may be written over a plain value as it is.
            let (mut over, mut expected) = (out.clone(), row.clone());
            for (value, field) in expected.iter_mut().zip(&read_back.fields) {
                let (Some(value), CopyValue::Plain(at)) = (value, &field.value) else { continue };
                let mut other = value.clone();
                other.reverse();
                if is_plain(&other, &options) {
                    over[at.start as usize..at.end as usize].copy_from_slice(&other);
                    *value = other;
                }
            }
            let mut reread = CopyRows::default();
            read(&over, 0, &options, &mut reread).unwrap();
            prop_assert_eq!(values(&over, &reread), expected);

            // Behind something else, and added to the rows before.
            let shifted = [&b"\0\0\0"[..], &out].concat();
            read(&shifted, 3, &options, &mut read_back).unwrap();
            prop_assert_eq!(values(&shifted, &read_back)[row.len()..].to_vec(), row);
        }

        #[test]
        fn long_lines_split_at_every_delimiter(
            fields in proptest::collection::vec("[a-z ]{0,30}", 1..20),
            before in 0usize..70,
        ) {
            let options = CopyOptions::defaults(CopyFormat::Text);
            let line = format!("{}\n", fields.join("\t"));
            let data = [&vec![b'\t'; before][..], line.as_bytes()].concat();
            let mut rows = CopyRows::default();
            read_text(&data, before, &options, &mut rows).unwrap();
            let expected: Vec<_> = fields.iter().map(|f| Some(f.clone().into_bytes())).collect();
            prop_assert_eq!(values(&data, &rows), expected);
        }

        #[test]
        fn arbitrary_messages_never_index_outside(options in any_options(), data in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut row = CopyRows::default();
            if read(&data, 0, &options, &mut row).is_ok() {
                prop_assert!(row.fields.iter().all(|f| f.raw.end as usize <= data.len()));
            }
            let _ = binary_header(&data).is_ok();
        }
    }
}
