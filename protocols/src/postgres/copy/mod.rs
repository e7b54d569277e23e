//! Rows of COPY TO STDOUT: text, csv and binary, into values and back.
//!
//! <https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9>
//!
//! The server sends each row in a message of its own. A message that does not end with its row is
//! refused by the reader, never guessed at.

mod binary;
mod csv;
mod read;
mod rows;
mod text;

pub use rows::{CopyRows, CopyValue};

use crate::sql::{CopyFormat, CopyOptions};
use crate::wire::Truncated;

/// The message is not a row of the announced format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Malformed;

impl From<Truncated> for Malformed {
    fn from(_: Truncated) -> Self {
        Self
    }
}

/// Would the value be written as it is, in the place of a plain one of the same length?
#[must_use]
pub fn is_plain(value: &[u8], options: &CopyOptions) -> bool {
    if value == options.null || value == b"\\." {
        return options.format == CopyFormat::Binary;
    }
    let delimiter = options.delimiter;
    match options.format {
        CopyFormat::Binary => true,
        CopyFormat::Text => text::is_literal(value, options),
        CopyFormat::Csv => none(value, |b| {
            (b == delimiter)
                | (b == options.quote)
                | (b == options.escape)
                | (b == b'\n')
                | (b == b'\r')
                | (b == b' ')
        }),
    }
}

/// Does this hold for no byte? Without a branch per byte, so that it becomes vector instructions.
fn none(value: &[u8], holds: impl Fn(u8) -> bool) -> bool {
    !value.iter().fold(false, |any, byte| any | holds(*byte))
}

/// Appends a value in the options' format.
pub fn write(value: Option<&[u8]>, options: &CopyOptions, out: &mut Vec<u8>) {
    match options.format {
        CopyFormat::Text => text::write(value, options, out),
        CopyFormat::Csv => csv::write(value, options, out),
        CopyFormat::Binary => binary::write(value, out),
    }
}

#[cfg(test)]
mod tests;
