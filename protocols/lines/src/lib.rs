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
mod avx2;
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
    /// In a way that is not known here, in lines with this byte.
    Unknown(u8),
}

/// What lines are split by.
#[derive(Clone, Copy, Debug)]
pub struct Splitter {
    delimiter: u8,
    hiding: Hiding,
    instructions: Instructions,
}

#[derive(Clone, Copy, Debug)]
enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Able),
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Able),
    Any,
}

impl Instructions {
    /// The best of this machine first.
    fn known() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let vectors = [
            avx512::Able::new().map(Self::Avx512),
            avx2::Able::new().map(Self::Avx2),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let vectors = [];
        vectors.into_iter().flatten().chain([Self::Any])
    }
}

/// A line was left to the caller.
#[derive(Debug, PartialEq, Eq)]
struct Unsplit;

impl Splitter {
    /// Splits with the instructions of this machine.
    #[must_use]
    pub fn new(delimiter: u8, hiding: Hiding) -> Self {
        let best = Instructions::known().next();
        Self {
            delimiter,
            hiding,
            instructions: best.unwrap_or(Instructions::Any),
        }
    }

    /// With each kind of instructions that this machine has, the best first.
    pub fn all(delimiter: u8, hiding: Hiding) -> impl Iterator<Item = Self> {
        Instructions::known().map(move |instructions| Self {
            delimiter,
            hiding,
            instructions,
        })
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
        match self.instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(able) => able.split(self, data, lines, columns, starts, hiding),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(able) => able.split(self, data, lines, columns, starts, hiding),
            Instructions::Any => {
                self.split_with::<portable::Portable>(data, lines, columns, starts, hiding)
            }
        }
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
            match self.line::<M>(data, line, known + columns + 1, starts) {
                Ok(true) => hiding.push(number),
                Ok(false) => {}
                Err(Unsplit) => {
                    starts.truncate(known);
                    return number as usize;
                }
            }
        }
        lines.len()
    }

    /// Splits one line, behind which there must be `len` offsets; is there anything that hides?
    #[inline(always)]
    fn line<M: Machine>(
        &self,
        data: &[u8],
        line: &Range<u32>,
        len: usize,
        starts: &mut Starts,
    ) -> Result<bool, Unsplit> {
        let (mut at, end) = (line.start as usize, line.end as usize);
        let [.., b'\n'] = data[at..end] else {
            return Err(Unsplit);
        };
        let end = end - 1;
        starts.push(line.start);
        let (Hiding::Escape(hiding) | Hiding::Quotes(hiding) | Hiding::Unknown(hiding)) =
            self.hiding;
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
            let mut ends = M::places(block, [self.delimiter]) & valid;
            let special = M::places(block, [hiding, b'\n', b'\r']) & valid;
            if special | carry != 0 {
                let bytes = M::places(block, [hiding]) & valid;
                let newlines = special & !bytes;
                let (hidden, unsure) = match self.hiding {
                    Hiding::Escape(_) => {
                        // An escape may itself be escaped: that is not decided here.
                        let hidden = escaped(bytes, &mut carry);
                        (hidden, newlines | hidden & (ends | line_end))
                    }
                    Hiding::Quotes(_) => {
                        let hidden = quoted(bytes, &mut carry);
                        (hidden, newlines & !hidden | hidden & line_end)
                    }
                    Hiding::Unknown(_) => (0, special),
                };
                if unsure != 0 {
                    return Err(Unsplit);
                }
                ends &= !hidden;
                any |= bytes;
            }
            starts.push_behind::<M>(ends | line_end, at);
            if line_end != 0 && starts.len() == len {
                return Ok(any != 0);
            }
            if line_end != 0 || starts.len() >= len {
                return Err(Unsplit);
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
    /// One bit for each place of one of the bytes.
    fn places<const N: usize>(block: &[u8; BLOCK], bytes: [u8; N]) -> u64;

    /// Writes for each bit its number plus `base`, in ascending order; what lies behind these is
    /// overwritten, too.
    fn numbers(bits: u64, base: u32, out: &mut [u32; BLOCK]);
}

#[cfg(test)]
mod tests;
