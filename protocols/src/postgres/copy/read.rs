//! Messages into rows.
//!
//! All messages of a batch are read at once. Most lines are plain: these are only split, many in one
//! call ([`wiremask_lines`]); values that are escaped or quoted are looked for in lines that have
//! some. What else there is, is read byte by byte.

use super::rows::{BUFFER_SIZE_MAX, CopyRows, Decoded, Entry, narrow};
use super::{Malformed, binary, csv, text};
use crate::sql::{CopyFormat, CopyOptions};
use std::ops::Range;
use wiremask_lines::{Hiding, Splitter};

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
