//! CSV and TSV with a line of names.

use super::{PROGRESS_EVERY, Progress, SourceError};
use crate::sample::{Column, ColumnFacts, Table};
use std::io::Read;

/// Rows of separated values, read one by one.
pub struct Separated<R> {
    reader: csv::Reader<R>,
    names: Vec<String>,
    record: csv::ByteRecord,
}

impl<R: Read> Separated<R> {
    /// Reads the line of names.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(input: R, separator: u8) -> Result<Self, SourceError> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(false)
            .from_reader(input);
        let names = reader.byte_headers().map_err(|error| told(&error))?;
        let names = names.iter().map(|name| {
            let name = name.strip_prefix(b"\xef\xbb\xbf").unwrap_or(name);
            String::from_utf8_lossy(name).into_owned()
        });
        Ok(Self {
            names: names.collect(),
            reader,
            record: csv::ByteRecord::new(),
        })
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The next row; nothing at the end.
    ///
    /// # Errors
    /// Which line cannot be read.
    pub fn row(&mut self) -> Result<Option<&csv::ByteRecord>, SourceError> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Ok(Some(&self.record)),
            Ok(false) => Ok(None),
            Err(error) => Err(told(&error)),
        }
    }
}

/// The library's own messages quote what they found.
fn told(error: &csv::Error) -> SourceError {
    let line = error.position().map_or(1, csv::Position::line);
    let what = match error.kind() {
        csv::ErrorKind::Io(error) => error.kind().to_string(),
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("{len} values where the first line has {expected_len} names")
        }
        _ => "not readable as CSV".to_owned(),
    };
    SourceError::new(line, what)
}

/// Samples up to `rows` rows of separated values; `table` is what the table is called.
///
/// # Errors
/// Which line cannot be read.
pub fn separated(
    input: impl Read,
    separator: u8,
    table: &ColumnFacts,
    (rows, distinct): (u64, usize),
    progress: Progress<'_>,
) -> Result<Table, SourceError> {
    let mut reader = Separated::new(input, separator)?;
    let mut sample = Table::default();
    for name in reader.names() {
        let facts = ColumnFacts {
            column: name.clone(),
            type_name: "text".to_owned(),
            ..table.clone()
        };
        sample.columns.push(Column::new(facts, distinct));
    }
    let mut count = 0_u64;
    while count < rows {
        let Some(row) = reader.row()? else { break };
        for (column, value) in sample.columns.iter_mut().zip(row) {
            column.push(Some(value));
        }
        count += 1;
        if count.is_multiple_of(PROGRESS_EVERY) {
            progress(count);
        }
    }
    progress(count);
    Ok(sample)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<Table, SourceError> {
        let facts = ColumnFacts {
            table: "t".to_owned(),
            ..ColumnFacts::default()
        };
        separated(text.as_bytes(), b',', &facts, (1000, 100), &mut |_| {})
    }

    #[test]
    fn columns_have_names_and_counts() {
        let table = read("\u{feff}id,note\n1,\"two, \"\"three\"\"\"\n2,\n").unwrap();
        let column = &table.columns[1];
        assert_eq!(table.columns[0].facts.column, "id");
        assert_eq!((column.rows, column.nulls, column.kept()), (2, 1, 1));
        assert!(column.values().all(|(value, _)| value == b"two, \"three\""));
    }

    #[test]
    fn mistakes_name_the_line_and_no_value() {
        let error = read("id,note\n1,2\nsecret\n").err().unwrap().to_string();
        assert_eq!(error, "line 3: 1 values where the first line has 2 names");
    }
}
