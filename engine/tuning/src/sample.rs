//! Samples of columns: distinct values with their counts, in bounded memory.
//!
//! Of each column the values with the smallest hashes are kept. That is a uniform sample of the
//! *distinct* values, whatever their order and however often each occurs; it gives the number of
//! distinct values too, and the counts of those that are kept are exact. Values stay in memory;
//! nothing here shows them.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Distinct values that are kept of a column, unless said otherwise.
pub const DISTINCT_DEFAULT: usize = 400;

/// Bytes of a value that are kept; what is behind them does not decide over a column.
const VALUE_SIZE_MAX: usize = 2048;

/// What a source says about a column beside its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnFacts {
    /// The database; empty for files.
    pub database: String,
    /// The schema; empty for files.
    pub schema: String,
    /// The table; the name of a file without its ending.
    pub table: String,
    /// The column.
    pub column: String,
    /// The name of its type as PostgreSQL has it.
    pub type_name: String,
    /// The comment on it.
    pub comment: String,
    /// Whether values are unique or point elsewhere.
    pub key: Key,
}

/// The part of a column in keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Key {
    /// None.
    #[default]
    None,
    /// Of a primary key or a unique constraint.
    Unique,
    /// It references another table.
    Foreign,
}

/// A column with a sample of its distinct values.
pub struct Column {
    /// What is known beside the values.
    pub facts: ColumnFacts,
    /// Rows that were seen.
    pub rows: u64,
    /// Of which so many were null or empty.
    pub nulls: u64,
    distinct: Distinct,
}

/// The columns of one table.
#[derive(Default)]
pub struct Table {
    /// In their order.
    pub columns: Vec<Column>,
}

/// The values with the smallest hashes.
struct Distinct {
    most: usize,
    by_hash: BTreeSet<u64>,
    values: HashMap<u64, (Box<[u8]>, u64)>,
    /// Was a distinct value left out?
    full: bool,
}

impl Column {
    /// A column without values, of which up to `distinct` different ones are kept.
    pub fn new(facts: ColumnFacts, distinct: usize) -> Self {
        Self {
            facts,
            rows: 0,
            nulls: 0,
            distinct: Distinct {
                most: distinct.max(1),
                by_hash: BTreeSet::new(),
                values: HashMap::new(),
                full: false,
            },
        }
    }

    /// Takes in the value of a row; nothing and the empty value are null.
    pub fn push(&mut self, value: Option<&[u8]>) {
        self.push_times(value, 1);
    }

    /// Takes in a value that stands in so many rows.
    pub fn push_times(&mut self, value: Option<&[u8]>, times: u64) {
        self.rows += times;
        match value {
            Some(value) if !value.is_empty() => self.distinct.push(value, times),
            _ => self.nulls += times,
        }
    }

    /// The kept values with their counts, in an order that says nothing about the rows.
    pub fn values(&self) -> impl Iterator<Item = (&[u8], u64)> {
        (self.distinct.by_hash.iter())
            .filter_map(|hash| self.distinct.values.get(hash))
            .map(|(value, count)| (&**value, *count))
    }

    /// Number of kept values.
    pub fn kept(&self) -> usize {
        self.distinct.values.len()
    }

    /// Number of different values: exact while all are kept, then estimated.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    pub fn distinct(&self) -> u64 {
        let kept = self.kept() as u64;
        match self.distinct.by_hash.last() {
            Some(last) if self.distinct.full && *last > 0 => {
                let share = *last as f64 / u64::MAX as f64;
                ((kept.saturating_sub(1)) as f64 / share) as u64
            }
            _ => kept,
        }
    }
}

impl Distinct {
    fn push(&mut self, value: &[u8], times: u64) {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        let hash = hasher.finish();
        if self.values.len() >= self.most && self.by_hash.last().is_some_and(|last| hash > *last) {
            self.full = true;
            return;
        }
        let kept = &value[..value.len().min(VALUE_SIZE_MAX)];
        let entry = self.values.entry(hash).or_insert_with(|| (kept.into(), 0));
        let known = entry.1 > 0;
        entry.1 += times;
        if known {
            return;
        }
        self.by_hash.insert(hash);
        if self.values.len() > self.most
            && let Some(last) = self.by_hash.pop_last()
        {
            self.values.remove(&last);
            self.full = true;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn column(values: impl Iterator<Item = u32>, most: usize) -> Column {
        let mut column = Column::new(ColumnFacts::default(), most);
        values.for_each(|value| column.push(Some(value.to_string().as_bytes())));
        column
    }

    #[test]
    fn the_sample_does_not_depend_on_order_and_counts_exactly() {
        let kept = |column: &Column| -> Vec<(Vec<u8>, u64)> {
            column
                .values()
                .map(|(value, count)| (value.to_vec(), count))
                .collect()
        };
        let up = column((0..5000).chain(0..5000), 100);
        let down = column((0..5000).rev().flat_map(|value| [value, value]), 100);
        assert_eq!(kept(&up), kept(&down));
        assert_eq!(up.kept(), 100);
        assert!(up.values().all(|(_, count)| count == 2));
        assert!((4000..6000).contains(&up.distinct()), "{}", up.distinct());
    }

    #[test]
    fn few_values_are_all_kept() {
        let few = column((0..300).map(|value| value % 3), 100);
        assert_eq!((few.kept(), few.distinct(), few.rows), (3, 3, 300));
        let mut empty = Column::new(ColumnFacts::default(), 9);
        empty.push(None);
        empty.push(Some(b""));
        assert_eq!((empty.rows, empty.nulls, empty.kept()), (2, 2, 0));
    }
}
