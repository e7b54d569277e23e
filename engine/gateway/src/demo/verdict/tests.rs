//! The check finds what it must find.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::demo::database::Database;

#[test]
fn without_a_gateway_every_planted_value_is_a_leak() {
    let database = Database::start().unwrap();
    let sample = Sample::generate(1);
    database.load(&sample).unwrap();
    let (mut first, mut second) = (database.connect().unwrap(), database.connect().unwrap());
    let verdict = compare(&mut first, &mut second, &sample).unwrap();
    assert_eq!(verdict.planted, 3 * sample.planted());
    assert_eq!(verdict.planted_seen_directly, verdict.planted);
    assert_eq!(verdict.leaked(), verdict.planted);
    assert_eq!((verdict.over_masked, verdict.type_breaks), (0, 0));
    assert!(!verdict.is_clean());

    let answer = question::ask(&mut first, question::QUESTIONS[0].sql).unwrap();
    let (exposed, leaked) = shown(&sample, &answer, &answer);
    assert!(exposed >= 5 && leaked == exposed, "{exposed} {leaked}");
    let empty = Answer::Error(vec!["ERROR: nothing".to_owned()]);
    assert_eq!(shown(&sample, &answer, &empty).1, 0);
}

#[test]
fn leaks_over_masking_and_clean_rows_are_told_apart() {
    let sample = Sample::generate(1);
    let table = &sample.tables[2];
    let body = table.planted[0].column;
    let (row, value) = (&table.planted[0].row, &table.planted[0].value);
    let before: TextRows = table.copy.lines().map(copy_line).collect();
    let judge = |edit: &dyn Fn(&mut TextRows)| {
        let mut after = before.clone();
        for planted in &table.planted {
            after[planted.row][body] = Some("[masked]".to_owned());
        }
        edit(&mut after);
        let mut verdict = Verdict::default();
        text(
            &mut verdict,
            &distinct_values(&sample),
            table,
            &before,
            &after,
        );
        verdict
    };

    let clean = judge(&|_| {});
    assert!(clean.is_clean());
    assert_eq!(clean.over_masked, 0);

    let leaking = judge(&|after| after[*row][body] = Some(format!("mail {value} now")));
    assert_eq!(
        leaking.leaked(),
        table
            .planted
            .iter()
            .filter(|planted| planted.row == *row && planted.value == *value)
            .count()
    );
    assert!(!leaking.is_clean());

    // The value of one row in another row's harmless column.
    let wandering = judge(&|after| after[*row + 1][4] = Some(value.clone()));
    assert_eq!((wandering.leaked(), wandering.over_masked), (1, 1));

    let over_masked = judge(&|after| after[0][2] = None);
    assert_eq!((over_masked.leaked(), over_masked.over_masked), (0, 1));
}

#[test]
fn binary_values_fit_their_type_or_not() {
    let array = [
        0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, b'x',
    ];
    let cases: [(Type, &[u8], bool); 14] = [
        (Type::BOOL, &[1], true),
        (Type::BOOL, b"t", false),
        (Type::INT4, &[0; 4], true),
        (Type::INT4, b"****", true),
        (Type::INT8, b"****", false),
        (Type::DATE, b"2024-01-01", false),
        (Type::INET, &[2, 32, 0, 4, 10, 0, 0, 1], true),
        (Type::INET, b"10.0.0.1", false),
        (Type::NUMERIC, &[0, 1, 0, 0, 0, 0, 0, 2, 0, 42], true),
        (Type::NUMERIC, b"42.00", false),
        (Type::JSONB, b"\x01{}", true),
        (Type::JSONB, b"{}", false),
        (Type::TEXT_ARRAY, &array, true),
        (Type::TEXT_ARRAY, &array[..24], false),
    ];
    for (kind, raw, expected) in cases {
        assert_eq!(fits(&kind, raw), expected, "{kind} {raw:?}");
    }
}

#[test]
fn copy_lines_are_taken_apart() {
    let cells = copy_line("1\t\\N\ta\\tb\\nc\\\\d\t");
    let expected =
        [Some("1"), None, Some("a\tb\nc\\d"), Some("")].map(|cell| cell.map(str::to_owned));
    assert_eq!(cells, expected);
}
