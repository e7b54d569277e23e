//! The sample as a whole: reproducible, of the promised size, and honestly labelled.

#![allow(clippy::unwrap_used)]

use super::*;
use std::collections::BTreeMap;

/// The cells of each row, COPY escapes undone.
fn rows(table: &Table) -> Vec<Vec<String>> {
    let unescape = |cell: &str| {
        cell.replace("\\\\", "\u{1}")
            .replace("\\n", "\n")
            .replace("\\t", "\t")
            .replace('\u{1}', "\\")
    };
    table
        .copy
        .lines()
        .map(|line| line.split('\t').map(unescape).collect())
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_sample() {
    let (first, second, other) = (
        Sample::generate(1),
        Sample::generate(1),
        Sample::generate(2),
    );
    for (left, right) in first.tables.iter().zip(&second.tables) {
        assert_eq!(left.copy, right.copy, "{}", left.name);
        assert_eq!(left.planted, right.planted, "{}", left.name);
    }
    assert_ne!(first.tables[0].copy, other.tables[0].copy);
}

#[test]
fn the_sample_has_the_promised_size() {
    let sample = Sample::generate(1);
    let rows: Vec<_> = sample
        .tables
        .iter()
        .map(|table| (table.name, table.rows))
        .collect();
    let expected = [
        ("customers", 12_000),
        ("payments", 20_000),
        ("tickets", 6_000),
        ("employees", 1_200),
        ("events", 11_000),
    ];
    assert_eq!(rows, expected);
    assert_eq!(sample.rows(), 50_200);
    assert!(sample.planted() > 130_000, "{}", sample.planted());
}

#[test]
fn every_label_points_at_its_value_and_every_row_is_complete() {
    for table in &Sample::generate(1).tables {
        let rows = rows(table);
        assert_eq!(rows.len(), table.rows, "{}", table.name);
        assert!(
            rows.iter().all(|row| row.len() == table.columns.len()),
            "{}",
            table.name
        );
        for planted in &table.planted {
            let cell = rows[planted.row][planted.column].replace("\\u0040", "@");
            assert!(cell.contains(&planted.value), "{} {planted:?}", table.name);
            assert!(table.columns[planted.column].entity.is_some());
        }
    }
}

#[test]
fn labelled_columns_hold_labelled_values_only() {
    for table in &Sample::generate(1).tables {
        let mut labelled: BTreeMap<usize, usize> = BTreeMap::new();
        table
            .planted
            .iter()
            .for_each(|planted| *labelled.entry(planted.column).or_default() += 1);
        let rows = rows(table);
        for (at, column) in table.columns.iter().enumerate() {
            let whole = column
                .entity
                .is_some_and(|entity| entity != Entity::FreeText)
                && column.name != "phones";
            if whole {
                let filled = rows.iter().filter(|row| row[at] != "\\N").count();
                assert_eq!(labelled[&at], filled, "{}.{}", table.name, column.name);
            }
        }
    }
}

#[test]
fn the_label_table_counts_every_planted_value_and_holds_none() {
    let sample = Sample::generate(1);
    let labels = sample.labels();
    let counted: usize = rows(&labels)
        .iter()
        .map(|row| row[5].parse::<usize>().unwrap())
        .sum();
    assert_eq!(counted, sample.planted());
    assert!(labels.planted.is_empty());
}

#[test]
fn distinct_entities_hardly_repeat() {
    let sample = Sample::generate(1);
    let mut cards: Vec<_> = sample.tables[1]
        .planted
        .iter()
        .filter(|planted| planted.entity == Entity::Card)
        .collect();
    let all = cards.len();
    cards.sort_by(|left, right| left.value.cmp(&right.value));
    cards.dedup_by(|left, right| left.value == right.value);
    assert_eq!(cards.len(), all);
}
