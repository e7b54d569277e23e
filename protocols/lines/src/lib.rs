//! Lines: the vector kernel that splits delimited text into fields.
//!
//! Many lines are split in one pass, 64 bytes at a time: bits say where the delimiter, the byte that
//! can hide it, and line ends stand in a block; what is hidden is taken out and the rest are the ends
//! of fields. There is no branch per byte or field. A line that is anything but plain delimited text
//! is not split here; the caller reads it byte by byte.
//!
//! This crate is the place for the vector instructions, so that `wiremask-protocols` has no unsafe
//! code. The machine's instructions are chosen by [`Splitter::new`]; the result is the same for all.

#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
mod starts;

pub use starts::Starts;

use std::ops::Range;

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// How a value holds a delimiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hiding {
    /// Behind this byte.
    Escape(u8),
    /// Between two of this byte; one that is meant itself stands twice.
    Quotes(u8),
}

/// What lines are split by.
#[derive(Clone, Copy, Debug)]
pub struct Splitter {
    delimiter: u8,
    hiding: Hiding,
    #[cfg(target_arch = "x86_64")]
    wide: Option<avx512::Wide>,
}

/// A line was left to the caller.
#[derive(Debug, PartialEq, Eq)]
struct Unsplit;

impl Splitter {
    /// Splits with the instructions of this machine.
    #[must_use]
    pub fn new(delimiter: u8, hiding: Hiding) -> Self {
        Self {
            delimiter,
            hiding,
            #[cfg(target_arch = "x86_64")]
            wide: avx512::Wide::new(),
        }
    }

    /// The same without vector instructions.
    #[must_use]
    pub fn portable(delimiter: u8, hiding: Hiding) -> Self {
        Self {
            delimiter,
            hiding,
            #[cfg(target_arch = "x86_64")]
            wide: None,
        }
    }

    /// Splits lines, each with its `\n`, as long as they are plain and have `columns` fields; returns
    /// how many. For each it adds the offsets where its fields begin, and the one behind its end. A
    /// line that holds an escape or a quote is also named in `hiding`, by its number.
    ///
    /// # Panics
    /// When a line begins or ends outside of `data`.
    pub fn split(
        &self,
        data: &[u8],
        lines: &[Range<u32>],
        columns: usize,
        starts: &mut Starts,
        hiding: &mut Vec<u32>,
    ) -> usize {
        #[cfg(target_arch = "x86_64")]
        if let Some(wide) = self.wide {
            return wide.split(self, data, lines, columns, starts, hiding);
        }
        self.split_with::<portable::Portable>(data, lines, columns, starts, hiding)
    }

    /// [`Self::split`] with the instructions of one kind of machine.
    #[inline(always)]
    fn split_with<M: Machine>(
        &self,
        data: &[u8],
        lines: &[Range<u32>],
        columns: usize,
        starts: &mut Starts,
        hiding: &mut Vec<u32>,
    ) -> usize {
        for (number, line) in (0..).zip(lines) {
            let known = starts.len();
            let split = self.line::<M>(data, line, starts);
            if split.is_err() || starts.len() - known != columns + 1 {
                starts.truncate(known);
                return number as usize;
            }
            if split == Ok(true) {
                hiding.push(number);
            }
        }
        lines.len()
    }

    /// Splits one line; is there anything that hides?
    #[inline(always)]
    fn line<M: Machine>(
        &self,
        data: &[u8],
        line: &Range<u32>,
        starts: &mut Starts,
    ) -> Result<bool, Unsplit> {
        let (mut at, end) = (line.start as usize, line.end as usize);
        let [.., b'\n'] = data[at..end] else {
            return Err(Unsplit);
        };
        let end = end - 1;
        starts.push(line.start);
        let hiding = match self.hiding {
            Hiding::Escape(byte) | Hiding::Quotes(byte) => byte,
        };
        let (mut carry, mut any) = (0, 0);
        loop {
            let padded;
            let block = match data[at..].first_chunk::<BLOCK>() {
                Some(block) => block,
                None => {
                    padded = last_block(&data[at..]);
                    &padded
                }
            };
            let left = end - at;
            let (valid, line_end) = match left {
                0..BLOCK => ((1 << left) - 1, 1 << left),
                _ => (u64::MAX, 0),
            };
            let mut ends = M::places(block, self.delimiter) & valid;
            let bytes = M::places(block, hiding) & valid;
            let newlines = (M::places(block, b'\n') | M::places(block, b'\r')) & valid;
            if bytes | newlines | carry != 0 {
                let hidden = match self.hiding {
                    Hiding::Escape(_) => escaped(bytes, &mut carry),
                    Hiding::Quotes(_) => quoted(bytes, &mut carry),
                };
                let unsure = match self.hiding {
                    // An escape may itself be escaped: that is not decided here.
                    Hiding::Escape(_) => newlines | hidden & (ends | line_end),
                    Hiding::Quotes(_) => newlines & !hidden | hidden & line_end,
                };
                if unsure != 0 {
                    return Err(Unsplit);
                }
                ends &= !hidden;
                any |= bytes;
            }
            starts.push_behind::<M>(ends | line_end, at);
            if line_end != 0 {
                return Ok(any != 0);
            }
            at += BLOCK;
        }
    }
}

/// The places behind escapes. `carry` is what the block before says of this one.
fn escaped(bytes: u64, carry: &mut u64) -> u64 {
    let behind = bytes << 1 | *carry;
    *carry = bytes >> 63;
    behind
}

/// The places between quotes, with the first of them.
fn quoted(quotes: u64, carry: &mut u64) -> u64 {
    // For each place: is the number of quotes up to it odd?
    let odd = [1, 2, 4, 8, 16, 32]
        .iter()
        .fold(quotes, |odd, shift| odd ^ odd << shift);
    let inside = odd ^ *carry;
    *carry = 0u64.wrapping_sub(inside >> 63);
    inside
}

/// The last bytes of all, as a block.
#[cold]
fn last_block(bytes: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block[..bytes.len()].copy_from_slice(bytes);
    block
}

/// What differs between machines.
trait Machine {
    /// One bit for each place of the byte.
    fn places(block: &[u8; BLOCK], byte: u8) -> u64;

    /// Writes for each bit its number plus `base`, in ascending order; what lies behind these is
    /// overwritten, too.
    fn numbers(bits: u64, base: u32, out: &mut [u32; BLOCK]);
}

#[cfg(test)]
mod tests;
