//! Readers of samples: CSV, JSON lines, Parquet. The caller opens files; these read them.

mod json;
mod parquet;
mod separated;

pub use json::{expand_documents, json_lines};
pub use parquet::parquet;
pub use separated::{Separated, separated};

use std::fmt;

/// Told now and then how far a reader has come, in rows.
pub type Progress<'p> = &'p mut dyn FnMut(u64);

/// Rows between two calls of [`Progress`].
pub(crate) const PROGRESS_EVERY: u64 = 4096;

/// Why a source cannot be read; never what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    /// The line or row, from 1; 0 where none is at fault.
    pub line: u64,
    /// What is wrong.
    pub what: String,
}

impl SourceError {
    pub(crate) fn new(line: u64, what: impl Into<String>) -> Self {
        Self {
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.what),
            line => write!(f, "line {line}: {}", self.what),
        }
    }
}

impl std::error::Error for SourceError {}
