//! Finding sensitive spans in many fields at once.
//!
//! # What is a match
//!
//! Every backend gives exactly these matches; [`portable`] is the plainest reading of them and
//! the oracle of the others.
//!
//! 1. A detector matches `field[start..end]` when one of its patterns matches exactly these bytes
//!    and the span is *acceptable*: nothing touches it that its boundary forbids (boundaries end
//!    at the field), its validators pass, a word of its context stands near by if one is
//!    required. Where the column's name already says what the
//!    values are, validators and words are not asked: a value of the right form in such a column
//!    is masked even when its checksum is wrong.
//! 2. Of several ends at one start the longest acceptable one counts; of those where the boundary
//!    permits an end, at most the [`ENDS_MAX`] longest are tried. A pattern is followed for [`MATCH_LEN_MAX`] bytes; a match
//!    that reaches this limit is extended for as long as the pattern goes on.
//! 3. A detector's matches do not overlap: the leftmost start counts, and the next start is not
//!    before its end. A match that an allow entry names is dropped after it took its bytes.
//! 4. Matches of different detectors that overlap are resolved by priority, then length, then
//!    position; what a loser covers beyond the winner stays a match of its own, so that no byte
//!    of an acceptable match goes unmasked. A detector in shadow mode never takes bytes from
//!    another one.
//!
//! Patterns are bytes with ASCII classes, without look-around; each detector's patterns form one
//! anchored automaton ([`confirm`]). A backend only proposes starts.

pub(crate) mod batch;
pub(crate) mod confirm;
pub(crate) mod findings;
mod gather;
#[cfg(feature = "hyperscan")]
pub(crate) mod hyperscan;
pub(crate) mod pattern;
pub(crate) mod plan;
pub(crate) mod portable;
pub(crate) mod resolve;
pub(crate) mod reverse;
pub(crate) mod sets;
pub(crate) mod windows;

use crate::info::RuleId;
pub use findings::Resume;
pub use gather::{Gather, Mark};
pub use plan::{DetectorPlan, PlanWarning, Route};
pub use sets::DetectorSetId;
use std::fmt;
use wiremask_simd::{Instructions, Missing};

/// How far a pattern is followed from its start, in bytes; also the window that a caller holds
/// back when it scans a stream.
pub const MATCH_LEN_MAX: usize = 4096;

/// How many ends are tried at one start.
pub const ENDS_MAX: usize = 16;

/// One field to scan: a range of the buffer, and which detectors apply to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldRef {
    /// First byte.
    pub start: u32,
    /// Behind the last byte; at least `start` and at most the length of the buffer.
    pub end: u32,
    /// What applies to the column.
    pub set: DetectorSetId,
}

/// One finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Index into the fields that were scanned, or the number that the caller gave a gathered value.
    pub field: u32,
    /// First byte, counted from the start of the field.
    pub start: u32,
    /// Behind the last byte, counted from the start of the field.
    pub end: u32,
    /// The detector.
    pub rule: RuleId,
}

/// A value in which something may have been found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scanned<'g> {
    /// The caller's number.
    pub(crate) owner: u32,
    /// What was looked for.
    pub(crate) set: DetectorSetId,
    pub(crate) value: &'g [u8],
}

/// A span that one detector accepts, before overlaps are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) detector: u16,
}

/// How scanning is done. All backends find the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// The fastest one that this machine has: [`Windows`](Backend::Windows), which is faster than the
    /// others with any instructions. Where Hyperscan is built in, it takes in the same pass those
    /// detectors at which windows are bad, if they are so many or so bad that this pays.
    #[default]
    Auto,
    /// Hyperscan or Vectorscan proposes candidates.
    Hyperscan,
    /// Class windows propose candidates, with the fastest instructions that the machine has.
    Windows,
    /// Class windows with AVX-512 VBMI.
    Avx512Windows,
    /// Class windows with AVX2.
    Avx2Windows,
    /// Class windows without vector instructions.
    ScalarWindows,
    /// Every position of every field is tried; slow, the oracle of the others.
    Portable,
}

impl Backend {
    /// Whether this machine and this build have it.
    ///
    /// # Errors
    ///
    /// When no ruleset can be compiled for it here, whatever the packs.
    pub fn available(self) -> Result<(), BackendMissing> {
        let available = match (self, self.instructions()) {
            (Backend::Hyperscan, _) => cfg!(feature = "hyperscan"),
            (_, instructions) => instructions.is_none_or(Instructions::available),
        };
        if available {
            Ok(())
        } else {
            Err(BackendMissing(self))
        }
    }

    /// The instructions of a backend with class windows.
    pub(crate) fn instructions(self) -> Option<Instructions> {
        match self {
            Backend::Auto | Backend::Windows => Some(Instructions::fastest()),
            Backend::Avx512Windows => Some(Instructions::Avx512),
            Backend::Avx2Windows => Some(Instructions::Avx2),
            Backend::ScalarWindows => Some(Instructions::Scalar),
            Backend::Hyperscan | Backend::Portable => None,
        }
    }
}

/// This machine or this build lacks what a backend needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackendMissing(pub Backend);

impl fmt::Display for BackendMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.instructions() {
            Some(instructions) => Missing(instructions).fmt(f),
            None => f.write_str("this build has no hyperscan"),
        }
    }
}

impl std::error::Error for BackendMissing {}
