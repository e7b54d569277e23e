#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]
use super::*;
use proptest::prelude::*;

/// What one splitter makes of lines: how many it splits, where fields begin, and which hide something.
type Found = (usize, Vec<u32>, Vec<u32>);

fn split(splitter: Splitter, data: &[u8], lines: &[Range<u32>], columns: usize) -> Found {
    let (mut starts, mut hiding) = (Starts::default(), vec![]);
    let count = splitter.split(data, lines, columns, &mut starts, &mut hiding);
    (count, starts.to_vec(), hiding)
}

/// Lines with something in front of each.
fn lay(lines: &[Vec<u8>], between: usize) -> (Vec<u8>, Vec<Range<u32>>) {
    let mut data = Vec::new();
    let place = |line: &Vec<u8>| {
        data.resize(data.len() + between, b'\t');
        data.extend_from_slice(line);
        (data.len() - line.len()) as u32..data.len() as u32
    };
    let ranges = lines.iter().map(place).collect();
    (data, ranges)
}

fn any_hiding() -> impl Strategy<Value = Hiding> {
    prop_oneof![
        Just(Hiding::Escape(b'\\')),
        Just(Hiding::Quotes(b'"')),
        Just(Hiding::Unknown(b'"'))
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn plain_lines_split_at_every_delimiter(
        hiding in any_hiding(),
        rows in (1usize..40).prop_flat_map(|columns| proptest::collection::vec(
            proptest::collection::vec("[a-z ]{0,40}", columns), 1..5)),
        between in 0usize..70,
    ) {
        let lines: Vec<_> = rows.iter().map(|row| format!("{}\n", row.join("\t")).into_bytes()).collect();
        let (data, ranges) = lay(&lines, between);
        let mut expected = Vec::new();
        for (row, line) in rows.iter().zip(&ranges) {
            let mut at = line.start;
            expected.push(at);
            expected.extend(row.iter().map(|field| { at += field.len() as u32 + 1; at }));
        }
        for splitter in Splitter::all(b'\t', hiding) {
            let found = split(splitter, &data, &ranges, rows[0].len());
            prop_assert_eq!(found, (rows.len(), expected.clone(), vec![]));
        }
    }

    #[test]
    fn vectors_find_what_the_plain_loop_finds(
        hiding in any_hiding(),
        lines in proptest::collection::vec(proptest::collection::vec(prop_oneof![
            20 => b'a'..=b'z',
            3 => Just(b'\t'),
            1 => prop::sample::select(&b"\\\"\n\r\xff"[..]),
        ], 0..200), 1..5),
        columns in 1usize..6,
        between in 0usize..9,
    ) {
        let (data, ranges) = lay(&lines, between);
        let all = Splitter::all(b'\t', hiding);
        let found: Vec<_> = all.map(|splitter| split(splitter, &data, &ranges, columns)).collect();
        prop_assert!(found.iter().all(|other| *other == found[0]), "{found:?}");
    }
}

#[test]
fn what_is_not_plain_is_left_to_the_caller() {
    let check = |hiding, line: &[u8], expected: Option<&[u32]>, hides: bool| {
        for splitter in Splitter::all(b'\t', hiding) {
            let whole = 0..line.len() as u32;
            let found = split(splitter, line, std::slice::from_ref(&whole), 2);
            let starts = expected.unwrap_or_default().to_vec();
            let hides = if hides { vec![0] } else { vec![] };
            let count = usize::from(expected.is_some());
            assert_eq!(found, (count, starts, hides), "{}", line.escape_ascii());
        }
    };
    let escape = Hiding::Escape(b'\\');
    check(escape, b"a\tb\n", Some(&[0, 2, 4]), false);
    check(escape, b"\\N\tb\n", Some(&[0, 3, 5]), true);
    for line in [
        &b"\t\\\tb\n"[..],
        b"\\\\\tb\n",
        b"a\tb\\\n",
        b"a\tb",
        b"",
        b"a\tb\r\n",
        b"a\t\nb\n",
    ] {
        check(escape, line, None, false);
    }
    // Where a block ends.
    for len in 61..67 {
        let field = vec![b'x'; len];
        let escaped = [&field[..], b"\\\tb\tc\n"].concat();
        check(escape, &escaped, None, false);
        let plain = [&field[..], b"\t\n"].concat();
        let starts = [0, len as u32 + 1, len as u32 + 2];
        check(escape, &plain, Some(&starts), false);
        let quoted = [b"\"", &field[..], b"\t\"\t\n"].concat();
        let starts = [0, len as u32 + 4, len as u32 + 5];
        check(Hiding::Quotes(b'"'), &quoted, Some(&starts), true);
    }
    let quotes = Hiding::Quotes(b'"');
    check(quotes, b"\"a\t\n\"\"\r\"\tb\n", Some(&[0, 9, 11]), true);
    for line in [&b"\"a\tb\n"[..], b"a\"\"\"\tb\n", b"\"a\"\n\tb\n"] {
        check(quotes, line, None, false);
    }
    check(Hiding::Unknown(b'"'), b"a\tb\n", Some(&[0, 2, 4]), false);
    check(Hiding::Unknown(b'"'), b"\"a\"\tb\n", None, false);
}
