//! Rows of COPY TO STDOUT: text, csv and binary, into values and back.
//!
//! <https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9>
//!
//! The server sends each row in a message of its own. A message that does not end with its row is
//! refused by the reader, never guessed at. All messages of a batch are read at once: most lines are
//! plain and only split ([`wiremask_lines`]), byte by byte are read what else there is.

mod binary;
mod csv;
mod text;

use crate::sql::{CopyFormat, CopyOptions};
use crate::wire::Truncated;
use std::ops::Range;
use wiremask_lines::{Hiding, Splitter, Starts};

/// The message is not a row of the announced format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Malformed;

impl From<Truncated> for Malformed {
    fn from(_: Truncated) -> Self {
        Self
    }
}

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
    columns: usize,
    /// Bytes of a field in front of its value, and behind it.
    frame: (u32, u32),
    /// An [`Entry`] for each field of each row, and behind those of a row where the next field would
    /// begin.
    starts: Starts,
    /// Fields whose values do not lie plainly in what was read.
    decoded: Vec<Decoded>,
    /// Their values, one behind the other.
    bytes: Vec<u8>,
    /// Which message each row is.
    messages: Vec<u32>,
    /// Lines to look for values to decode in.
    hiding: Vec<u32>,
}

#[derive(Debug)]
struct Decoded {
    /// Where the field begins.
    start: u32,
    /// Range of its value in the decoded bytes.
    value: Range<u32>,
}

/// Largest buffer that is read: offsets up to its end are told from the flags.
const BUFFER_SIZE_MAX: usize = 1 << 30;

/// What is known of a field, in 32 bits, so that splitting writes nothing but offsets.
#[derive(Clone, Copy)]
struct Entry(u32);

impl Entry {
    const SPECIAL: u32 = 1 << 31;
    const NULL: u32 = Self::SPECIAL | 1 << 30;

    fn is_plain(self) -> bool {
        self.0 & Self::SPECIAL == 0
    }

    fn is_null(self) -> bool {
        self.0 & Self::NULL == Self::NULL
    }

    /// Where a plain or NULL field begins, or the number of a decoded one.
    fn number(self) -> u32 {
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

    /// The values of a column with the numbers of their fields.
    pub fn column(&self, column: usize) -> impl Iterator<Item = (usize, CopyValue<'_>)> {
        let rows = self.starts.chunks_exact(self.columns + 1).enumerate();
        rows.map(move |(row, starts)| {
            let value = self.value_of(starts[column], starts[column + 1]);
            (row * self.columns + column, value)
        })
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
    /// Reads messages of copy data, given by their bodies, each of them a row of `columns` fields. The
    /// next line is no row but the names of the columns if `header`.
    ///
    /// # Errors
    /// The index of the first body that is not a row. Those in front of it were read.
    pub fn read(
        &mut self,
        data: &[u8],
        bodies: &[Range<u32>],
        columns: usize,
        options: &CopyOptions,
        header: &mut bool,
    ) -> Result<(), usize> {
        self.clear();
        self.columns = columns;
        self.frame = match options.format {
            CopyFormat::Text | CopyFormat::Csv => (0, 1),
            CopyFormat::Binary => (4, 0),
        };
        if data.len() > BUFFER_SIZE_MAX {
            return Err(0);
        }
        let mut next = 0;
        while next < bodies.len() {
            if !*header {
                next = self.read_lines(data, bodies, next, options);
            }
            let Some(body) = bodies.get(next) else { break };
            self.read_message(data, body, next, options, header)
                .map_err(|Malformed| next)?;
            next += 1;
        }
        Ok(())
    }

    /// Reads plain lines from message `first` on; returns which message is not one.
    fn read_lines(
        &mut self,
        data: &[u8],
        bodies: &[Range<u32>],
        first: usize,
        options: &CopyOptions,
    ) -> usize {
        let hiding = match options.format {
            CopyFormat::Text => Hiding::Escape(b'\\'),
            CopyFormat::Csv if options.quote == options.escape => Hiding::Quotes(options.quote),
            CopyFormat::Csv => Hiding::Unknown(options.quote),
            CopyFormat::Binary => return first,
        };
        let splitter = Splitter::new(options.delimiter, hiding);
        let row = self.messages.len();
        let mut hiding = std::mem::take(&mut self.hiding);
        hiding.clear();
        let mut bodies = &bodies[first..];
        if self.columns == 1
            && let Some(end) = bodies.iter().position(|body| is_end(data, body))
        {
            bodies = &bodies[..end];
        }
        let lines = splitter.split(data, bodies, self.columns, &mut self.starts, &mut hiding);
        self.messages
            .extend((0..lines).map(|line| narrow(first + line)));
        self.find_nulls(data, row, options);
        let odd = hiding
            .iter()
            .map(|line| *line as usize)
            .find(|line| self.decode(data, row + line, options).is_err());
        self.hiding = hiding;
        if let Some(line) = odd {
            self.truncate(row + line);
        }
        first + odd.unwrap_or(lines)
    }

    /// Reads any message.
    fn read_message(
        &mut self,
        data: &[u8],
        body: &Range<u32>,
        number: usize,
        options: &CopyOptions,
        header: &mut bool,
    ) -> Result<(), Malformed> {
        if is_end(data, body) {
            return Ok(());
        }
        let mut body = body.start as usize..body.end as usize;
        if options.format == CopyFormat::Binary {
            body.start += binary::header(&data[body.clone()])?.unwrap_or(0);
            if binary::is_trailer(&data[body.clone()]) || body.is_empty() {
                return Ok(());
            }
        }
        let row = self.messages.len();
        self.messages.push(narrow(number));
        let read = self.read_row(data, body, row, options);
        if read.is_err() || std::mem::take(header) {
            self.truncate(row);
        }
        read
    }

    fn read_row(
        &mut self,
        data: &[u8],
        body: Range<usize>,
        row: usize,
        options: &CopyOptions,
    ) -> Result<(), Malformed> {
        let known = self.starts.len();
        if options.format == CopyFormat::Binary {
            binary::split(data, body.clone(), self)?;
            self.begin(body.end);
        } else {
            // A line's end is `\n` on the wire; it may be `\r\n` or `\r` in files.
            let [.., b'\n'] = data[body.clone()] else {
                return Err(Malformed);
            };
            let line = body.start..body.end - 1;
            self.begin(line.start);
            match options.format {
                CopyFormat::Csv => csv::split(data, line, options, self)?,
                _ => text::split(data, line, options, self)?,
            }
            self.begin(body.end);
        }
        if self.starts.len() - known != self.columns + 1 {
            return Err(Malformed);
        }
        if options.format == CopyFormat::Binary {
            return Ok(());
        }
        self.find_nulls(data, row, options);
        self.decode(data, row, options)
    }

    /// Notes where a field begins.
    fn begin(&mut self, at: usize) {
        self.starts.push(narrow(at));
    }

    /// Notes that another field of the row begins behind the delimiter at `at`, if it has so many.
    fn begin_behind(&mut self, at: usize) -> Result<(), Malformed> {
        if self.starts.len() + 1 >= self.messages.len() * (self.columns + 1) {
            return Err(Malformed);
        }
        self.begin(at + 1);
        Ok(())
    }

    /// The last field that began is NULL.
    fn last_is_null(&mut self) {
        if let Some(start) = self.starts.last_mut() {
            *start |= Entry::NULL;
        }
    }

    /// Forgets the rows from `row` on.
    fn truncate(&mut self, row: usize) {
        self.messages.truncate(row);
        self.starts.truncate(row * (self.columns + 1));
    }

    /// Marks fields that are NULL, from `row` on. The usual NULL of the text format is an escape and
    /// left to [`Self::decode`].
    fn find_nulls(&mut self, data: &[u8], row: usize, options: &CopyOptions) {
        let null = &options.null[..];
        if options.format == CopyFormat::Text && null.contains(&b'\\') {
            return;
        }
        let stride = self.columns + 1;
        for starts in self.starts[row * stride..].chunks_exact_mut(stride) {
            for field in 0..self.columns {
                let raw = starts[field] as usize..starts[field + 1] as usize - 1;
                let is_null = raw.len() == null.len() && (null.is_empty() || data[raw] == *null);
                starts[field] |= if is_null { Entry::NULL } else { 0 };
            }
        }
    }

    /// Decodes what is escaped or quoted in a row.
    fn decode(&mut self, data: &[u8], row: usize, options: &CopyOptions) -> Result<(), Malformed> {
        let is_text = options.format == CopyFormat::Text;
        let byte = if is_text { b'\\' } else { options.quote };
        let first = row * (self.columns + 1);
        let starts = &mut self.starts[first..=first + self.columns];
        let mut field = 0;
        let (mut at, end) = (Entry(starts[0]).number(), starts[self.columns]);
        while let Some(found) = memchr::memchr(byte, &data[at as usize..end as usize]) {
            while Entry(starts[field + 1]).number() as usize <= at as usize + found {
                field += 1;
            }
            let start = Entry(starts[field]).number();
            at = Entry(starts[field + 1]).number();
            let raw = &data[start as usize..at as usize - 1];
            if is_text && *raw == options.null[..] {
                starts[field] = start | Entry::NULL;
                continue;
            }
            let value = narrow(self.bytes.len());
            if is_text {
                text::decode(raw, &mut self.bytes)?;
            } else {
                csv::decode(raw, options, &mut self.bytes);
            }
            starts[field] = Entry::SPECIAL | narrow(self.decoded.len());
            self.decoded.push(Decoded {
                start,
                value: value..narrow(self.bytes.len()),
            });
        }
        Ok(())
    }
}

/// Is this `\.`, the end of data in text form? It is no row.
fn is_end(data: &[u8], body: &Range<u32>) -> bool {
    data[body.start as usize..body.end as usize] == *b"\\.\n"
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "no number is larger than the buffer, which is at most 1 GiB"
)]
fn narrow(number: usize) -> u32 {
    number as u32
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
