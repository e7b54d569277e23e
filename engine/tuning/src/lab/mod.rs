//! A generated database with known truth: tables of persons in ten locales, tables of strong numbers
//! and secrets, and tables full of what only looks sensitive.
//!
//! A seed decides everything, so that an evaluation can be repeated without sharing data. A second
//! set of locales is held out: rules and lists must not be fitted to it. The names of persons are
//! not taken from the lists of [`crate::dictionary`], and many are in none of them.

mod innocent;
mod locale;
mod number;
mod person;
pub(crate) mod random;

use crate::labels::{Label, Strength};
use random::Random;
use std::fmt::Write as _;

/// Which locales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Those that rules may be tuned on.
    Tuning,
    /// Those that are held out.
    HeldOut,
}

/// Makes the value of a row.
type Value = dyn Fn(&mut Random, u64) -> String;

/// One column of a table of the lab.
struct Spec {
    column: &'static str,
    type_name: &'static str,
    entity: &'static str,
    strength: Strength,
    value: Box<Value>,
}

impl Spec {
    fn new(
        (column, type_name, entity): (&'static str, &'static str, &'static str),
        strength: Strength,
        value: impl Fn(&mut Random, u64) -> String + 'static,
    ) -> Self {
        Self {
            column,
            type_name,
            entity,
            strength,
            value: Box::new(value),
        }
    }
}

/// A table as CSV.
pub struct LabTable {
    /// Its name.
    pub name: String,
    /// Its rows, below a line of names.
    pub csv: String,
    /// What its columns are.
    pub labels: Vec<Label>,
}

/// Generates all tables with so many rows each.
pub fn lab(seed: u64, set: Set, rows: u64) -> Vec<LabTable> {
    let locales = match set {
        Set::Tuning => locale::LOCALES,
        Set::HeldOut => locale::HELD_OUT,
    };
    let persons = locales.iter().map(|locale| {
        (
            format!("customer_{}", locale.code),
            person::customer(locale),
        )
    });
    let numbers = person::numbers()
        .into_iter()
        .map(|(name, specs)| (name.to_owned(), specs));
    let innocent = innocent::tables()
        .into_iter()
        .map(|(name, specs)| (name.to_owned(), specs));
    let tables = persons.chain(numbers).chain(innocent);
    tables
        .map(|(name, specs)| table(name, &specs, seed, rows))
        .collect()
}

fn table(name: String, specs: &[Spec], seed: u64, rows: u64) -> LabTable {
    // Each table has its own sequence, so that adding one changes no other.
    let own = name
        .bytes()
        .fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let mut random = Random::new(own);
    let mut csv = specs
        .iter()
        .map(|spec| spec.column)
        .collect::<Vec<_>>()
        .join(",");
    csv.push('\n');
    for row in 0..rows {
        for (at, spec) in specs.iter().enumerate() {
            let value = (spec.value)(&mut random, row);
            if at > 0 {
                csv.push(',');
            }
            match value.contains([',', '"', '\n']) {
                true => {
                    let _ = write!(csv, "\"{}\"", value.replace('"', "\"\""));
                }
                false => csv.push_str(&value),
            }
        }
        csv.push('\n');
    }
    let label = |spec: &Spec| Label {
        table: name.clone(),
        column: spec.column.to_owned(),
        type_name: spec.type_name.to_owned(),
        entity: spec.entity.to_owned(),
        strength: spec.strength,
    };
    let labels = specs.iter().map(label).collect();
    LabTable { name, csv, labels }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lab_is_large_and_repeats_itself() {
        let first = lab(7, Set::Tuning, 5);
        let again = lab(7, Set::Tuning, 5);
        let other = lab(8, Set::Tuning, 5);
        let text = |tables: &[LabTable]| {
            tables
                .iter()
                .map(|table| table.csv.clone())
                .collect::<String>()
        };
        assert_eq!(text(&first), text(&again));
        assert_ne!(text(&first), text(&other));
        let labels: Vec<&Label> = first.iter().flat_map(|table| &table.labels).collect();
        let negatives = labels
            .iter()
            .filter(|label| label.strength == Strength::None)
            .count();
        assert!(labels.len() >= 150, "{}", labels.len());
        assert!(negatives >= 60, "{negatives}");
        for table in &first {
            let columns = table.labels.len();
            let mut reader = csv::Reader::from_reader(table.csv.as_bytes());
            assert!(
                reader
                    .records()
                    .all(|row| row.is_ok_and(|row| row.len() == columns)),
                "{}",
                table.name
            );
        }
    }

    #[test]
    fn held_out_locales_are_others() {
        let tables = |set| {
            lab(1, set, 1)
                .into_iter()
                .map(|table| table.name)
                .filter(|name| name.starts_with("customer"))
                .collect::<Vec<_>>()
        };
        assert!(
            tables(Set::HeldOut)
                .iter()
                .all(|name| !tables(Set::Tuning).contains(name))
        );
    }
}
