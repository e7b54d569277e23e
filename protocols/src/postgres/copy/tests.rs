#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]
use super::rows::BUFFER_SIZE_MAX;
use super::*;
use proptest::prelude::*;
use std::ops::Range;

type Row = Vec<Option<Vec<u8>>>;

fn values(data: &[u8], rows: &CopyRows) -> Row {
    let values = (0..rows.len()).map(|i| rows.value(data, i));
    values.map(|value| value.map(<[u8]>::to_vec)).collect()
}

/// Where each of these messages would lie, one behind the other.
fn lay(messages: &[Vec<u8>]) -> (Vec<u8>, Vec<Range<u32>>) {
    let mut data = Vec::new();
    let mut place = |message: &Vec<u8>| {
        data.extend_from_slice(b"d\0\n\t,");
        let start = data.len() as u32;
        data.extend_from_slice(message);
        start..data.len() as u32
    };
    let bodies = messages.iter().map(&mut place).collect();
    (data, bodies)
}

/// The values of the first `columns` fields' worth of a message, if it is a row.
fn read_one(message: &[u8], columns: usize, options: &CopyOptions) -> Option<Row> {
    let mut rows = CopyRows::default();
    let body = 0..message.len() as u32;
    let read = rows.read(message, &[body], columns, options, &mut false);
    read.is_ok().then(|| values(message, &rows))
}

fn owned(row: &[Option<&[u8]>]) -> Row {
    row.iter().map(|value| value.map(<[u8]>::to_vec)).collect()
}

/// A line and its values.
type Example<'e> = (&'e [u8], &'e [Option<&'e [u8]>]);

/// Each line reads as these values, and none of the bad ones reads.
fn check(options: &CopyOptions, good: &[Example<'_>], bad: &[&[u8]]) {
    for (line, expected) in good {
        let read = read_one(line, expected.len(), options);
        assert_eq!(read, Some(owned(expected)), "{}", line.escape_ascii());
        for columns in [expected.len() - 1, expected.len() + 1] {
            let read = read_one(line, columns, options);
            assert_eq!(read, None, "{columns} in {}", line.escape_ascii());
        }
    }
    for line in bad {
        for columns in 1..3 {
            assert_eq!(
                read_one(line, columns, options),
                None,
                "{}",
                line.escape_ascii()
            );
        }
    }
}

#[test]
fn text_rows_as_the_server_writes_them() {
    check(
        &CopyOptions::defaults(CopyFormat::Text),
        &[
            (b"a\tb\n", &[Some(b"a"), Some(b"b")]),
            (b"\\N\t\n", &[None, Some(b"")]),
            (
                b"\\\\N\t\\t\\n\\r\\b\\f\\v\n",
                &[Some(b"\\N"), Some(b"\t\n\r\x08\x0c\x0b")],
            ),
            (b"a\\\\\tb\n", &[Some(b"a\\"), Some(b"b")]),
            (b"a\\\tb\n", &[Some(b"a\tb")]),
            (b"a\\\nb\n", &[Some(b"a\nb")]),
            (b"\\101\\x42\\q\n", &[Some(b"ABq")]),
            (b"\n", &[Some(b"")]),
        ],
        &[b"a", b"a\nb\n", b"a\rb\n", b"a\r\n", b"a\\\n", b""],
    );
}

#[test]
fn csv_rows_as_the_server_writes_them() {
    let options = CopyOptions::defaults(CopyFormat::Csv);
    check(
        &options,
        &[
            (b"a,b\n", &[Some(b"a"), Some(b"b")]),
            (b",\"\"\n", &[None, Some(b"")]),
            (
                b"\"a,\"\"b\"\"\nc\",d\n",
                &[Some(b"a,\"b\"\nc"), Some(b"d")],
            ),
            (b"a\"b,c\"d\n", &[Some(b"ab,cd")]),
        ],
        &[b"\"a\n", b"a\nb\n", b"a\rb\n", b"a"],
    );
    let escape = b'\\';
    check(
        &CopyOptions { escape, ..options },
        &[(
            b"\"a\\\",\\\\\",\\\"b\"\n",
            &[Some(b"a\",\\"), Some(b"\\b")],
        )],
        &[b"\"a\\\"\n"],
    );
}

#[test]
fn null_is_what_the_options_say() {
    for (format, null, line) in [
        (CopyFormat::Text, &b""[..], &b"a\t\t\\N\tx\n"[..]),
        (CopyFormat::Text, b"x", b"a\tx\t\\N\t\n"),
        (CopyFormat::Csv, b"x", b"a,x,\"x\",\n"),
        (CopyFormat::Csv, b"\\N", b"a,\\N,\"\\N\",\n"),
    ] {
        let null = null.to_vec();
        let options = CopyOptions {
            null,
            ..CopyOptions::defaults(format)
        };
        let row = read_one(line, 4, &options).unwrap();
        let is_null: Vec<_> = row.iter().map(Option::is_none).collect();
        assert_eq!(
            is_null,
            [false, true, false, false],
            "{}",
            line.escape_ascii()
        );
    }
}

#[test]
fn headers_and_ends_are_no_rows() {
    for (format, messages, expected) in [
        (
            CopyFormat::Text,
            vec![&b"n\tm\n"[..], b"a\tb\n", b"\\.\n"],
            vec![1],
        ),
        (
            CopyFormat::Csv,
            vec![b"\\.\n", b"n,m\n", b"a,b\n", b"c,\\N\n"],
            vec![2, 3],
        ),
    ] {
        let messages: Vec<_> = messages.into_iter().map(<[u8]>::to_vec).collect();
        let (data, bodies) = lay(&messages);
        let (mut rows, mut header) = (CopyRows::default(), true);
        let options = CopyOptions::defaults(format);
        rows.read(&data, &bodies, 2, &options, &mut header).unwrap();
        assert_eq!(rows.messages(), expected);
        assert_eq!((rows.message_of(1), header), (expected[0], false));
    }
    for format in [CopyFormat::Text, CopyFormat::Csv, CopyFormat::Binary] {
        let options = CopyOptions::defaults(format);
        assert_eq!(read_one(b"\\.\n", 1, &options), Some(vec![]));
    }
}

#[test]
fn the_binary_header_is_recognised() {
    let signature = b"PGCOPY\n\xff\r\n\0";
    let header = [&signature[..], &[0, 0, 0, 0, 0, 0, 0, 2, 9, 9]].concat();
    assert_eq!(binary::header(&header), Ok(Some(21)));
    assert_eq!(binary::header(&header[..20]), Err(Malformed));
    assert_eq!(binary::header(b"\0\x01\0\0\0\0"), Ok(None));
    let critical = [&signature[..], &[0, 1, 0, 0, 0, 0, 0, 0]].concat();
    assert_eq!(binary::header(&critical), Err(Malformed));

    let options = CopyOptions::defaults(CopyFormat::Binary);
    let row = [&header[..], b"\0\x02\xff\xff\xff\xff\0\0\0\x01a"].concat();
    let expected = owned(&[None, Some(b"a")]);
    assert_eq!(read_one(&row, 2, &options), Some(expected));
    assert_eq!(read_one(&row[..row.len() - 1], 2, &options), None);
    assert_eq!(read_one(&[&row[..], b"b"].concat(), 2, &options), None);
    assert_eq!(read_one(&header, 2, &options), Some(vec![]));
    assert_eq!(read_one(&[0xff, 0xff], 2, &options), Some(vec![]));
}

#[test]
fn lines_of_delimiters_take_no_memory() {
    for (format, line) in [(CopyFormat::Text, b"\t\\\t"), (CopyFormat::Csv, b",\"\"")] {
        let line = [&line.repeat(100_000)[..], b"\n"].concat();
        let mut rows = CopyRows::default();
        let body = 0..line.len() as u32;
        let options = CopyOptions::defaults(format);
        let read = rows.read(&line, &[body], 2, &options, &mut false);
        assert_eq!((read, rows.len()), (Err(0), 0));
        assert!(rows.starts.capacity() < 4096);
    }
}

#[test]
fn a_buffer_whose_offsets_are_too_large_is_refused() {
    // Its pages are never touched.
    let data = vec![0; BUFFER_SIZE_MAX + 1];
    let options = CopyOptions::defaults(CopyFormat::Text);
    let body = 0..1;
    let read = CopyRows::default().read(&data, &[body], 1, &options, &mut false);
    assert_eq!(read, Err(0));
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
        any::<(bool, bool, bool)>(),
    )
        .prop_map(|(format, delimiter, (quote, escape, null))| {
            let defaults = CopyOptions::defaults(format);
            let csv = format == CopyFormat::Csv;
            let quote = if quote { b'\'' } else { b'"' };
            CopyOptions {
                delimiter,
                quote,
                escape: if escape { b'\\' } else { quote },
                null: if null && csv {
                    b"nil".to_vec()
                } else {
                    defaults.null.clone()
                },
                ..defaults
            }
        })
}

fn any_row() -> impl Strategy<Value = Row> {
    let byte = prop_oneof![
        4 => any::<u8>(),
        1 => prop::sample::select(&b"\\\"'\n\rN|;\tnil,."[..]),
    ];
    let value = prop_oneof![
        2 => proptest::collection::vec(byte, 0..9),
        1 => proptest::collection::vec(b'a'..=b'z', 0..90),
    ];
    proptest::collection::vec(proptest::option::of(value), 1..5)
}

fn written(row: &Row, options: &CopyOptions) -> Vec<u8> {
    let binary = options.format == CopyFormat::Binary;
    let mut out = Vec::new();
    if binary {
        out.extend_from_slice(&(row.len() as i16).to_be_bytes());
    }
    for (i, value) in row.iter().enumerate() {
        if i > 0 && !binary {
            out.push(options.delimiter);
        }
        write(value.as_deref(), options, &mut out);
    }
    if !binary {
        out.push(b'\n');
    }
    out
}

/// The same without a fast path: byte by byte, as the manual says, each field whole.
mod model {
    use super::*;

    pub(super) fn read(message: &[u8], options: &CopyOptions) -> Option<Row> {
        let line = message.strip_suffix(b"\n")?;
        let mut rest = line.iter().copied().peekable();
        let mut row = Vec::new();
        loop {
            let (mut raw, mut value, mut inside, mut quoted) = (vec![], vec![], false, false);
            let more = loop {
                let Some(byte) = rest.next() else { break false };
                if byte == options.delimiter && !inside {
                    break true;
                }
                raw.push(byte);
                let next = rest.peek().copied();
                if options.format == CopyFormat::Text {
                    match byte {
                        b'\n' | b'\r' => return None,
                        b'\\' => {
                            let letter = rest.next()?;
                            raw.push(letter);
                            value.push(match letter {
                                b'b' => 8,
                                b'f' => 12,
                                b'n' => b'\n',
                                b'r' => b'\r',
                                b't' => b'\t',
                                b'v' => 11,
                                other => other,
                            });
                        }
                        _ => value.push(byte),
                    }
                    continue;
                }
                let escapes = next == Some(options.quote) || next == Some(options.escape);
                if inside && byte == options.escape && escapes {
                    value.extend(rest.next());
                } else if byte == options.quote {
                    inside = !inside;
                    quoted = true;
                } else if !inside && matches!(byte, b'\n' | b'\r') {
                    return None;
                } else {
                    value.push(byte);
                }
            };
            if inside {
                return None;
            }
            row.push((raw != options.null || quoted).then_some(value));
            if !more {
                return Some(row);
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back(options in any_options(), row in any_row()) {
        let out = written(&row, &options);
        let columns = row.len();
        let mut read_back = CopyRows::default();
        let body = 0..out.len() as u32;
        read_back.read(&out, &[body], columns, &options, &mut false).unwrap();
        if out == b"\\.\n" { return Ok(()); }
        prop_assert_eq!(values(&out, &read_back), row.clone());

        // What is plain may be written over a plain value as it is.
        let (mut over, mut expected) = (out.clone(), row.clone());
        for (field, value) in expected.iter_mut().enumerate() {
            let (Some(value), CopyValue::Plain(at)) = (value, read_back.locate(field)) else { continue };
            let mut other = value.clone();
            other.reverse();
            if is_plain(&other, &options) {
                over[at].copy_from_slice(&other);
                *value = other;
            }
        }
        if over != b"\\.\n" {
            prop_assert_eq!(read_one(&over, columns, &options), Some(expected));
        }
    }

    #[test]
    fn rows_of_a_batch_are_read_and_can_be_replaced(
        options in any_options(),
        columns in 1usize..4,
        rows in proptest::collection::vec(proptest::collection::vec(any_row(), 3), 1..9),
    ) {
        let rows: Vec<Row> = rows.into_iter().map(|row| {
            let mut row = row.concat();
            row.resize(columns, Some(b"x".to_vec()));
            row
        }).collect();
        let messages: Vec<_> = rows.iter().map(|row| written(row, &options)).collect();
        let (data, bodies) = lay(&messages);
        let mut read = CopyRows::default();
        read.read(&data, &bodies, columns, &options, &mut false).unwrap();
        let is_row = |message: &&Vec<u8>| **message != b"\\.\n";
        let expected = messages.iter().zip(&rows).filter(|(message, _)| is_row(message));
        let expected: Row = expected.flat_map(|(_, row)| row.clone()).collect();
        prop_assert_eq!(values(&data, &read), expected.clone());
        for column in 0..columns {
            let mut decoded = read.decoded(column);
            let fields = (column..).step_by(columns);
            for (field, (start, len)) in fields.zip(read.plain(column)) {
                let value = match usize::try_from(len) {
                    Ok(len) => CopyValue::Plain(start as usize..start as usize + len),
                    Err(_) if matches!(read.locate(field), CopyValue::Null) => CopyValue::Null,
                    Err(_) => {
                        let (number, value) = decoded.next().unwrap();
                        prop_assert_eq!(number, field);
                        CopyValue::Decoded(value)
                    }
                };
                prop_assert_eq!(value, read.locate(field));
            }
            prop_assert!(decoded.next().is_none());
            prop_assert_eq!(read.plain(column).len(), read.messages().len());
        }
        for (field, value) in expected.iter().enumerate() {
            let mut again = Vec::new();
            write(value.as_deref(), &options, &mut again);
            prop_assert_eq!(&data[read.raw(field)], &again[..]);
        }
    }

    #[test]
    fn lines_read_as_the_manual_says(
        options in any_options().prop_filter("lines", |o| o.format != CopyFormat::Binary),
        lines in proptest::collection::vec(proptest::collection::vec(prop_oneof![
            3 => prop::sample::select(&b"\\\"'|;\tN\n\rnil."[..]),
            5 => b'd'..b'q',
        ], 0..150), 1..6),
        columns in 1usize..5,
    ) {
        // Digits of octal and hexadecimal escapes, which the server does not write, are not drawn.
        let lines: Vec<_> = lines.into_iter().map(|mut line| { line.push(b'\n'); line }).collect();
        let (data, bodies) = lay(&lines);
        let mut rows = CopyRows::default();
        let read = rows.read(&data, &bodies, columns, &options, &mut false);
        let is_row = |line: &Vec<u8>| line != b"\\.\n";
        let models = lines.iter().map(|line| match is_row(line) {
            true => model::read(line, &options).filter(|row| row.len() == columns),
            false => Some(vec![]),
        });
        let models: Vec<_> = models.collect();
        let good = models.iter().take_while(|row| row.is_some()).count();
        prop_assert_eq!(read, if good == lines.len() { Ok(()) } else { Err(good) });
        prop_assert_eq!(values(&data, &rows), models.into_iter().map_while(|row| row).flatten().collect::<Row>());
    }

    #[test]
    fn arbitrary_messages_never_index_outside(
        options in any_options(),
        columns in 1usize..4,
        data in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut rows = CopyRows::default();
        let body = 0..data.len() as u32;
        if rows.read(&data, &[body], columns, &options, &mut false).is_ok() {
            prop_assert!((0..rows.len()).all(|field| rows.raw(field).end <= data.len()));
        }
        let _ = binary::header(&data).is_ok();
    }
}
