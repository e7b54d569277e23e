//! A sample of somebody's data, to measure or tune rules on: a file, or a live table.
//!
//! Values stay in memory. Neither they nor anything made of them is ever printed; errors name the file and
//! the line, or the server's code.

mod file;
mod table;

pub use table::{Table, connect, tell};

use std::path::Path;
use wiremask_benches::data::ResultSet;
use wiremask_rules::ColumnContext;

/// Bytes of a sample at most: it is held in memory.
const BYTES_MAX: usize = 1 << 30;

/// Values by column.
#[derive(Default)]
pub struct Sample {
    /// Its columns; all have as many values as there are rows.
    pub columns: Vec<Column>,
    /// Number of rows.
    pub rows: usize,
}

/// The values of one column.
pub struct Column {
    /// Its name, which is evidence for and against detectors.
    pub name: String,
    /// The name of its type: `text`, `int8`.
    pub type_name: String,
    bytes: Vec<u8>,
    /// Behind each value.
    ends: Vec<usize>,
}

impl Column {
    /// A column without values yet.
    fn new(name: impl Into<String>, type_name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            type_name: type_name.into(),
            bytes: Vec::new(),
            ends: Vec::new(),
        }
    }

    fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len());
    }

    /// Which detectors are asked for.
    pub fn context(&self) -> ColumnContext<'_> {
        ColumnContext {
            name: &self.name,
            type_name: &self.type_name,
        }
    }

    /// The value of a row. One that is null is empty.
    pub fn value(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[row]]
    }
}

impl Sample {
    /// Reads up to `rows` rows of a file: CSV or TSV with a line of names, JSON lines, or else text with a
    /// value on each line. `-` is standard input, as CSV.
    ///
    /// # Errors
    /// Which file and line cannot be read, and why; never what stands there.
    pub fn from_file(path: &Path, rows: usize) -> Result<Self, String> {
        file::read(path, rows)
    }

    /// Up to `rows_max` of invented rows, which travel as lines of COPY.
    pub fn invented(rows: &ResultSet, rows_max: usize) -> Self {
        let mut sample = Self::default();
        for column in &rows.columns {
            let type_name = match column.type_oid {
                16 => "bool",
                20 => "int8",
                23 => "int4",
                1043 => "varchar",
                1184 => "timestamptz",
                1700 => "numeric",
                _ => "text",
            };
            sample.columns.push(Column::new(&*column.name, type_name));
        }
        let mut rest = rows.block();
        while sample.rows < rows_max
            && let Some((&[_, a, b, c, d], _)) = rest.split_first_chunk()
        {
            // A message is as long as it says, and ends with the line's end.
            let (line, later) = rest.split_at(1 + u32::from_be_bytes([a, b, c, d]) as usize);
            let values = line[5..line.len() - 1].split(|byte| *byte == b'\t');
            sample
                .columns
                .iter_mut()
                .zip(values)
                .for_each(|(column, value)| column.push(value));
            sample.rows += 1;
            rest = later;
        }
        sample
    }

    /// Bytes of all values.
    pub fn bytes(&self) -> usize {
        self.columns.iter().map(|column| column.bytes.len()).sum()
    }

    /// Adds a row; the error is that there is no more room.
    fn row<'v>(&mut self, values: impl Iterator<Item = &'v [u8]>) -> Result<(), String> {
        self.columns
            .iter_mut()
            .zip(values)
            .for_each(|(column, value)| column.push(value));
        self.rows += 1;
        match self.bytes() {
            0..=BYTES_MAX => Ok(()),
            _ => Err(format!(
                "the sample exceeds {BYTES_MAX} bytes: take fewer rows"
            )),
        }
    }
}
