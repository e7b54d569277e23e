//! Class windows: the vector kernel of the scanner.
//!
//! A *window* says which bytes may stand at each of [`WIDTH`] neighbouring positions; windows are
//! merged into 32 *buckets*. For every position of a text the kernel answers in which buckets a
//! window may begin there: for each of the eight offsets one table look-up gives a word of bucket
//! bits, and the words are combined by AND. Positions without a bit, nearly all of ordinary text,
//! are never looked at again.
//!
//! With AVX-512 at most 64 classes of bytes are told apart, with AVX2 at most 32, one of them for all bytes
//! from 127 on: these may report more than [`scalar`], never less. The caller checks candidates exactly.
//! This crate is the place for vector instructions, so that `wiremask-rules` has no unsafe code.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod fold;
#[cfg(target_arch = "x86_64")]
mod found;
mod keys;
mod scalar;

pub use keys::{CODES, KEY, KEYS_MAX, Key, KeyAt, KeyMemory, Keys, code, first};
use std::fmt;

/// Neighbouring buckets that the kernel leaves out together.
pub const GROUP: usize = 8;

/// Groups of buckets.
#[cfg(target_arch = "x86_64")]
const GROUPS: usize = 4;

/// Positions that a window covers.
pub const WIDTH: usize = 8;

/// Bytes that must be readable behind the text: the last block and its window.
pub const PADDING: usize = 128 + WIDTH;

/// For each offset and byte the buckets whose windows permit the byte there.
pub type Tables = [[u32; 256]; WIDTH];

/// A position where a window of some buckets may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Offset in the text.
    pub at: u32,
    /// One bit per bucket; never 0.
    pub buckets: u32,
}

/// What the kernel is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// AVX-512 with VBMI.
    Avx512,
    /// AVX2.
    Avx2,
    /// No vector instructions; every machine has these.
    Scalar,
}

impl Instructions {
    /// All of them, the fastest first.
    pub const ALL: [Instructions; 3] = [
        Instructions::Avx512,
        Instructions::Avx2,
        Instructions::Scalar,
    ];

    /// The fastest that this machine has.
    pub fn fastest() -> Instructions {
        let available = Instructions::ALL.into_iter().find(|each| each.available());
        available.unwrap_or(Instructions::Scalar)
    }

    /// Whether this machine has them.
    pub fn available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => avx512::Wide::available(),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => avx2::Wide::available(),
            #[cfg(not(target_arch = "x86_64"))]
            Instructions::Avx512 | Instructions::Avx2 => false,
            Instructions::Scalar => true,
        }
    }

    /// Their name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Instructions::Avx512 => "avx512-vbmi",
            Instructions::Avx2 => "avx2",
            Instructions::Scalar => "scalar",
        }
    }
}

/// This machine lacks the instructions that a kernel is to be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing(pub Instructions);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this processor has no {}", self.0.name())
    }
}

impl std::error::Error for Missing {}

/// The memory of a scan. The caller keeps it, so that nothing is cleared for a short text; what lies in
/// it has no meaning from one scan to the next.
#[derive(Default)]
pub struct Memory {
    #[cfg(target_arch = "x86_64")]
    pieces: Box<found::Pieces>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

/// A compiled set of windows.
#[derive(Clone, Debug)]
pub struct Kernel {
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Wide),
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Wide),
    Scalar(scalar::Rows),
}

impl Kernel {
    /// Compiles for these instructions. `needs` names for each bucket an offset at which it permits
    /// bytes that are seldom met: where none of them stands, [`GROUP`] buckets are left out together.
    /// Without a name it is offset 0. `weight` says how often each byte is met in ordinary data; where
    /// bytes cannot be told apart, it decides which. Neither changes what windows are found.
    ///
    /// # Errors
    ///
    /// When the machine lacks the instructions.
    pub fn new(
        instructions: Instructions,
        tables: &Tables,
        needs: &[u8],
        weight: &[u32; 256],
    ) -> Result<Kernel, Missing> {
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (needs, weight);
        let form = match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => avx512::Wide::new(tables, needs, weight).map(Form::Avx512),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => avx2::Wide::new(tables, needs, weight).map(Form::Avx2),
            #[cfg(not(target_arch = "x86_64"))]
            Instructions::Avx512 | Instructions::Avx2 => None,
            Instructions::Scalar => Some(Form::Scalar(scalar::Rows::new(tables))),
        };
        match form {
            Some(form) => Ok(Kernel { form }),
            None => Err(Missing(instructions)),
        }
    }

    /// The instructions in use.
    pub fn instructions(&self) -> Instructions {
        match &self.form {
            #[cfg(target_arch = "x86_64")]
            Form::Avx512(_) => Instructions::Avx512,
            #[cfg(target_arch = "x86_64")]
            Form::Avx2(_) => Instructions::Avx2,
            Form::Scalar(_) => Instructions::Scalar,
        }
    }

    /// Replaces `candidates` by those of the first `len` bytes of `text`, in ascending order.
    /// The [`PADDING`] bytes behind them must be there, should be zero, and hold no candidates.
    ///
    /// # Panics
    ///
    /// When `text` is shorter than `len + PADDING`, or `len` does not fit 32 bits.
    pub fn candidates(
        &self,
        text: &[u8],
        len: usize,
        memory: &mut Memory,
        candidates: &mut Vec<Candidate>,
    ) {
        assert!(
            len < u32::MAX as usize,
            "text of {len} bytes exceeds 32 bits"
        );
        assert!(text.len() >= len + PADDING, "text without padding");
        #[cfg(not(target_arch = "x86_64"))]
        let _ = memory;
        candidates.clear();
        match &self.form {
            #[cfg(target_arch = "x86_64")]
            Form::Avx512(wide) => wide.candidates(text, len, &mut memory.pieces, candidates),
            #[cfg(target_arch = "x86_64")]
            Form::Avx2(wide) => wide.candidates(text, len, &mut memory.pieces, candidates),
            Form::Scalar(rows) => rows.candidates(text, len, candidates),
        }
    }
}

#[cfg(test)]
mod tests;
