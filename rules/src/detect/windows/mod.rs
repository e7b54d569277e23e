//! The fast backend: class windows propose starts, automata confirm them.
//!
//! From each pattern's automaton, [`derive`] reads which bytes must stand at eight neighbouring
//! positions near the start of a match (or around a literal inside it), with the alternatives
//! expanded; [`choose`] takes the positions that are rarest in a sample of ordinary data and
//! merges all windows into 32 buckets, which [`arrange`] puts in order. A vector kernel
//! (`wiremask-simd`) scans the gathered fields for buckets, candidates are checked against their exact windows, and what remains is
//! confirmed by [`Confirm`](super::confirm::Confirm) exactly as the portable backend does.
//!
//! Values are gathered with NULs around each ([`Gather`]): behind a match a window permits NUL
//! wherever a value may end.

mod arrange;
mod bytes;
mod choose;
mod derive;
mod exact;
mod pivot;
mod propose;
mod sample;

use super::Found;
use super::batch::Batch;
use super::confirm::Confirm;
use super::gather::Gather;
use super::reverse::Reverse;
use super::sets::Sets;
use crate::pack::Boundary;
use arrange::Arranged;
use bytes::ByteSet;
use exact::{Exact, Survivor};
use propose::Proposer;
use regex_syntax::hir::Hir;
use wiremask_simd::{Candidate, Instructions, Kernel, Memory, WIDTH};

/// Necessary byte classes at neighbouring positions, and what they say about a match.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Window {
    classes: [ByteSet; WIDTH],
    /// Classes outside the window, by their distance from its first position.
    beyond: Vec<(i8, ByteSet)>,
    anchor: Anchor,
    detector: u16,
}

/// Where a match may start, given where a window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    /// `lead` bytes before the byte behind the window's first: at `window + 1 - lead`.
    Start { lead: u8 },
    /// Where the reverse automaton of the pattern's left part says, from `window + skip`.
    Pivot { skip: u8, pivot: u16 },
}

/// The compiled windows of all detectors.
#[derive(Debug)]
pub(crate) struct Windows {
    kernel: Kernel,
    exact: Exact,
    pivots: Vec<Reverse>,
}

/// Reusable memory of one shard.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) batch: Batch,
    memory: Memory,
    candidates: Vec<Candidate>,
    survivors: Vec<Survivor>,
}

impl Windows {
    /// Compiles the windows of all detectors, given by their patterns and boundaries, in their
    /// order; the error names what is too large, or the instructions that the machine lacks.
    pub(crate) fn new(
        detectors: &[(Vec<Hir>, Boundary)],
        instructions: Instructions,
    ) -> Result<Windows, String> {
        let sample = sample::Sample::new();
        let mut windows = Vec::new();
        let mut pivots = Vec::new();
        for (detector, (patterns, boundary)) in (0u16..).zip(detectors) {
            for pattern in patterns {
                let chosen = choose::pattern(pattern, *boundary, &sample)?;
                let pivot =
                    u16::try_from(pivots.len()).map_err(|_| "too many pivots".to_owned())?;
                pivots.extend(chosen.pivot);
                for (path, anchor) in chosen.windows {
                    let anchor = match anchor {
                        Anchor::Pivot { skip, .. } => Anchor::Pivot { skip, pivot },
                        start => start,
                    };
                    let window = Window::new(path, anchor, detector);
                    if !windows.contains(&window) {
                        windows.push(window);
                    }
                }
            }
        }
        if windows.len() > usize::from(u16::MAX) {
            return Err("too many windows".to_owned());
        }
        let buckets = choose::buckets(&windows, &sample);
        let Arranged { members, needs } = arrange::arrange(buckets, &sample);
        let tables = choose::tables(&windows, &members);
        let kernel = Kernel::new(instructions, &tables, &needs, &sample.weights());
        Ok(Windows {
            kernel: kernel.map_err(|missing| missing.to_string())?,
            exact: Exact::new(&windows, &members),
            pivots,
        })
    }

    /// The instructions in use.
    pub(crate) fn kernel(&self) -> &'static str {
        self.kernel.instructions().name()
    }

    /// Calls `each` with the caller's number of every value in which something may be, and with what its
    /// detectors found, before overlaps are resolved.
    pub(crate) fn scan(
        &self,
        (detectors, sets): (&[Confirm], &Sets),
        gather: &mut Gather,
        scratch: &mut Scratch,
        found: &mut Vec<Found>,
        each: impl FnMut(u32, &mut Vec<Found>),
    ) {
        let Scratch {
            batch,
            memory,
            candidates,
            survivors,
        } = scratch;
        let (text, len) = gather.finish();
        self.kernel.candidates(text, len, memory, candidates);
        self.exact.survivors(candidates, gather.text(), survivors);
        Proposer::new(self, detectors, sets, gather).propose(batch, survivors);
        batch.confirm(gather, detectors, &self.pivots, found, each);
    }
}

impl Window {
    fn new((path, from): (Vec<ByteSet>, usize), anchor: Anchor, detector: u16) -> Window {
        let mut classes = [ByteSet::ALL; WIDTH];
        let mut beyond = Vec::new();
        for (at, class) in path.into_iter().enumerate() {
            match at.checked_sub(from) {
                Some(inside) if inside < WIDTH => classes[inside] = class,
                _ if class == ByteSet::ALL => {}
                _ => beyond.push((distance(at, from), class)),
            }
        }
        Window {
            classes,
            beyond,
            anchor,
            detector,
        }
    }
}

/// Paths have far fewer than 128 positions.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
fn distance(at: usize, from: usize) -> i8 {
    at as i8 - from as i8
}

#[cfg(test)]
mod tests;
