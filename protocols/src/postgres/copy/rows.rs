//! Rows that were read: where each field begins, and what was decoded.

use super::Malformed;
use std::ops::Range;
use wiremask_lines::Starts;

/// Where a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyValue<'r> {
    /// It is NULL.
    Null,
    /// Among the bytes that were read, as it is.
    Plain(Range<usize>),
    /// Decoded.
    Decoded(&'r [u8]),
}

/// Rows that were read. Reused over batches, so that a row allocates nothing.
#[derive(Debug, Default)]
pub struct CopyRows {
    /// Fields of a row.
    pub(super) columns: usize,
    /// Bytes of a field in front of its value, and behind it.
    pub(super) frame: (u32, u32),
    /// An [`Entry`] for each field of each row, and behind those of a row where the next field would
    /// begin.
    pub(super) starts: Starts,
    /// Fields whose values do not lie plainly in what was read.
    pub(super) decoded: Vec<Decoded>,
    /// Their values, one behind the other.
    pub(super) bytes: Vec<u8>,
    /// Which message each row is.
    pub(super) messages: Vec<u32>,
    /// Lines to look for values to decode in.
    pub(super) hiding: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct Decoded {
    /// Where the field begins.
    pub(super) start: u32,
    /// Range of its value in the decoded bytes.
    pub(super) value: Range<u32>,
}

/// Largest buffer that is read: offsets up to its end are told from the flags.
pub(super) const BUFFER_SIZE_MAX: usize = 1 << 30;

/// What is known of a field, in 32 bits, so that splitting writes nothing but offsets.
#[derive(Clone, Copy)]
pub(super) struct Entry(pub u32);

impl Entry {
    pub(super) const SPECIAL: u32 = 1 << 31;
    pub(super) const NULL: u32 = Self::SPECIAL | 1 << 30;

    fn is_plain(self) -> bool {
        self.0 & Self::SPECIAL == 0
    }

    fn is_null(self) -> bool {
        self.0 & Self::NULL == Self::NULL
    }

    /// Where a plain or NULL field begins, or the number of a decoded one.
    pub(super) fn number(self) -> u32 {
        if self.is_plain() {
            self.0
        } else {
            self.0 & !Self::NULL
        }
    }
}

impl CopyRows {
    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.starts.clear();
        self.decoded.clear();
        self.bytes.clear();
        self.messages.clear();
    }

    /// Number of fields of all rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len() * self.columns
    }

    /// Are there no fields?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The messages that the rows came in, ascending.
    #[must_use]
    pub fn messages(&self) -> &[u32] {
        &self.messages
    }

    /// The message that a field came in.
    #[must_use]
    pub fn message_of(&self, field: usize) -> u32 {
        self.messages[self.row_of(field)]
    }

    /// The value of a field; `data` is what it was read from.
    #[must_use]
    pub fn value<'v>(&'v self, data: &'v [u8], field: usize) -> Option<&'v [u8]> {
        match self.locate(field) {
            CopyValue::Null => None,
            CopyValue::Plain(at) => Some(&data[at]),
            CopyValue::Decoded(value) => Some(value),
        }
    }

    /// Where the value of a field is.
    #[must_use]
    pub fn locate(&self, field: usize) -> CopyValue<'_> {
        let place = self.place(field);
        self.value_of(self.starts[place], self.starts[place + 1])
    }

    /// The encoded field, with its quotes; for binary with its length word.
    #[must_use]
    pub fn raw(&self, field: usize) -> Range<usize> {
        let place = self.place(field);
        let end = self.start_of(self.starts[place + 1]) - self.frame.1;
        self.start_of(self.starts[place]) as usize..end as usize
    }

    /// The plain values of a column: first byte and length, which is negative for others.
    pub fn plain(&self, column: usize) -> impl ExactSizeIterator<Item = (u32, i32)> {
        let (before, behind) = self.frame;
        self.column(column).map(move |(entry, next)| {
            if !Entry(entry).is_plain() {
                return (0, -1);
            }
            let start = entry + before;
            (start, (self.start_of(next) - behind - start).cast_signed())
        })
    }

    /// The decoded values of a column, with the numbers of their fields.
    pub fn decoded(&self, column: usize) -> impl Iterator<Item = (usize, &[u8])> {
        let any = !self.decoded.is_empty();
        let rows = any.then(|| self.column(column).enumerate());
        let rows = rows.into_iter().flatten();
        rows.filter_map(
            move |(row, (entry, next))| match self.value_of(entry, next) {
                CopyValue::Decoded(value) => Some((row * self.columns + column, value)),
                CopyValue::Null | CopyValue::Plain(_) => None,
            },
        )
    }

    /// For each field of a column where it and the next one begin.
    fn column(&self, column: usize) -> impl ExactSizeIterator<Item = (u32, u32)> {
        let rows = self.starts.chunks_exact(self.columns + 1);
        rows.map(move |starts| (starts[column], starts[column + 1]))
    }

    /// Where a field is among the starts.
    fn place(&self, field: usize) -> usize {
        field + self.row_of(field)
    }

    fn row_of(&self, field: usize) -> usize {
        // Division by 32 bits takes half as long.
        (narrow(field) / narrow(self.columns)) as usize
    }

    fn start_of(&self, entry: u32) -> u32 {
        let entry = Entry(entry);
        if entry.is_plain() || entry.is_null() {
            return entry.number();
        }
        self.decoded[entry.number() as usize].start
    }

    #[inline]
    fn value_of(&self, entry: u32, next: u32) -> CopyValue<'_> {
        let entry = Entry(entry);
        if entry.is_plain() {
            let (before, behind) = self.frame;
            let end = self.start_of(next) - behind;
            return CopyValue::Plain((entry.0 + before) as usize..end as usize);
        }
        if entry.is_null() {
            return CopyValue::Null;
        }
        let value = self.decoded[entry.number() as usize].value.clone();
        CopyValue::Decoded(&self.bytes[value.start as usize..value.end as usize])
    }
}

impl CopyRows {
    /// Notes where a field begins.
    pub(super) fn begin(&mut self, at: usize) {
        self.starts.push(narrow(at));
    }

    /// Notes that another field of the row begins behind the delimiter at `at`, if it has so many.
    pub(super) fn begin_behind(&mut self, at: usize) -> Result<(), Malformed> {
        if self.starts.len() + 1 >= self.messages.len() * (self.columns + 1) {
            return Err(Malformed);
        }
        self.begin(at + 1);
        Ok(())
    }

    /// The last field that began is NULL.
    pub(super) fn last_is_null(&mut self) {
        if let Some(start) = self.starts.last_mut() {
            *start |= Entry::NULL;
        }
    }

    /// Forgets the rows from `row` on.
    pub(super) fn truncate(&mut self, row: usize) {
        self.messages.truncate(row);
        self.starts.truncate(row * (self.columns + 1));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "no number is larger than the buffer, which is at most 1 GiB"
)]
pub(super) fn narrow(number: usize) -> u32 {
    number as u32
}
