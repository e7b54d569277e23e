//! The fast backend: class windows propose starts, automata confirm them.
//!
//! From each pattern's automaton, [`derive`] reads which bytes must stand at eight neighbouring
//! positions near the start of a match (or around a literal inside it), with the alternatives
//! expanded; [`choose`] takes the positions that are rarest in a sample of ordinary data and
//! merges all windows into 32 buckets. A vector kernel (`wiremask-simd`) scans the gathered
//! fields for buckets, candidates are checked against their exact windows, and what remains is
//! confirmed by [`Confirm`](super::confirm::Confirm) exactly as the portable backend does.
//!
//! Fields are gathered into one text with a NUL before, between and behind them, so that windows
//! never see a length byte or a neighbour as context: behind a match a window permits NUL wherever
//! a field may end. Correctness rests on offsets only, a NUL inside a field does no harm.

mod bytes;
mod choose;
mod derive;
mod pivot;
mod sample;

use super::confirm::{Confirm, position};
use super::sets::{DetectorSet, Sets};
use super::{FieldRef, Found};
use crate::pack::Boundary;
use bytes::ByteSet;
use pivot::Pivot;
use regex_syntax::hir::Hir;
use wiremask_simd::{Candidate, Kernel, PADDING, WIDTH};

/// Necessary byte classes at neighbouring positions, and what they say about a match.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Window {
    classes: [ByteSet; WIDTH],
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

/// A detector as this backend needs it.
pub(crate) struct Source<'s> {
    pub(crate) patterns: &'s [Hir],
    pub(crate) boundary: Boundary,
}

/// The compiled windows of all detectors.
#[derive(Debug)]
pub(crate) struct Windows {
    kernel: Kernel,
    windows: Vec<Window>,
    /// The windows of each bucket, as indices.
    buckets: Vec<Vec<u16>>,
    pivots: Vec<Pivot>,
    /// The shortest match of each detector, in bytes.
    len_min: Vec<u32>,
}

/// Reusable memory of one shard.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    dense: Vec<u8>,
    placed: Vec<Placed>,
    candidates: Vec<Candidate>,
    hits: Vec<Hit>,
    starts: Vec<u32>,
}

/// A field in the gathered text.
#[derive(Clone, Copy, Debug)]
struct Placed {
    /// Its first byte.
    at: u32,
    /// Behind its last byte.
    end: u32,
    /// Its index among the fields of the scan.
    field: u32,
}

/// A start to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    placed: u32,
    detector: u16,
    /// Inside the field.
    start: u32,
}

impl Windows {
    /// Compiles the windows of all detectors, in their order; the error names what is too large.
    pub(crate) fn new(detectors: &[Source<'_>], scalar: bool) -> Result<Windows, String> {
        let sample = sample::Sample::new();
        let mut windows = Vec::new();
        let mut pivots = Vec::new();
        let mut len_min = Vec::new();
        for (detector, source) in (0u16..).zip(detectors) {
            let mut shortest = usize::MAX;
            for pattern in source.patterns {
                let minimum = pattern.properties().minimum_len().unwrap_or(1);
                shortest = shortest.min(minimum);
                let chosen = choose::pattern(pattern, source.boundary, &sample)?;
                let pivot =
                    u16::try_from(pivots.len()).map_err(|_| "too many pivots".to_owned())?;
                pivots.extend(chosen.pivot);
                for (classes, anchor) in chosen.windows {
                    let anchor = match anchor {
                        Anchor::Pivot { skip, .. } => Anchor::Pivot { skip, pivot },
                        start => start,
                    };
                    let window = Window {
                        classes,
                        anchor,
                        detector,
                    };
                    if !windows.contains(&window) {
                        windows.push(window);
                    }
                }
            }
            len_min.push(position(shortest));
        }
        if windows.len() > usize::from(u16::MAX) {
            return Err("too many windows".to_owned());
        }
        let buckets = choose::buckets(&windows, &sample);
        let tables = choose::tables(&windows, &buckets);
        let kernel = if scalar {
            Kernel::scalar(tables)
        } else {
            Kernel::new(tables)
        };
        Ok(Windows {
            kernel,
            windows,
            buckets,
            pivots,
            len_min,
        })
    }

    /// The instructions in use.
    pub(crate) fn kernel(&self) -> &'static str {
        self.kernel.name()
    }

    /// Calls `each` with the index of every field in which something was found, and with what
    /// each of its detectors found, before overlaps are resolved.
    pub(crate) fn scan(
        &self,
        (detectors, sets): (&[Confirm], &Sets),
        buffer: &[u8],
        fields: &[FieldRef],
        scratch: &mut Scratch,
        found: &mut Vec<Found>,
        mut each: impl FnMut(u32, &mut Vec<Found>),
    ) {
        let len = gather(buffer, fields, scratch);
        self.kernel
            .candidates(&scratch.dense, len, &mut scratch.candidates);
        self.propose(sets, fields, scratch);
        found.clear();
        let mut previous: Option<Hit> = None;
        let mut next = 0;
        for hit in &scratch.hits {
            let placed = scratch.placed[hit.placed as usize];
            match previous {
                Some(last) if last.placed != hit.placed => {
                    each(scratch.placed[last.placed as usize].field, found);
                    found.clear();
                    next = 0;
                }
                Some(last) if last.detector != hit.detector => next = 0,
                _ => {}
            }
            previous = Some(*hit);
            if hit.start < next {
                continue;
            }
            let Some(evidence) = sets
                .set(fields[placed.field as usize].set)
                .and_then(|set| set.evidence(hit.detector))
            else {
                continue;
            };
            let field = &scratch.dense[placed.at as usize..placed.end as usize];
            let confirm = &detectors[usize::from(hit.detector)];
            if let Some(end) = confirm.end_at(field, hit.start as usize, evidence) {
                next = position(end.at);
                if !end.allowed {
                    found.push(Found {
                        start: hit.start,
                        end: next,
                        detector: hit.detector,
                    });
                }
            }
        }
        if let Some(last) = previous {
            each(scratch.placed[last.placed as usize].field, found);
            found.clear();
        }
    }

    /// Candidates become starts, ordered by field, detector and start.
    fn propose(&self, sets: &Sets, fields: &[FieldRef], scratch: &mut Scratch) {
        let Scratch {
            dense,
            placed,
            candidates,
            hits,
            starts,
        } = scratch;
        hits.clear();
        let mut cursor = 0;
        for candidate in candidates.iter() {
            let at = candidate.at as usize;
            let mut buckets = candidate.buckets;
            while buckets != 0 {
                let bucket = buckets.trailing_zeros() as usize;
                buckets &= buckets - 1;
                for &index in &self.buckets[bucket] {
                    let window = &self.windows[usize::from(index)];
                    if !window.permits(&dense[at..at + WIDTH]) {
                        continue;
                    }
                    let known = match window.anchor {
                        Anchor::Start { lead } => (at + 1).checked_sub(usize::from(lead)),
                        Anchor::Pivot { skip, .. } => Some(at + usize::from(skip)),
                    };
                    let Some(known) = known else { continue };
                    let known = position(known);
                    let Some(index) = locate(placed, &mut cursor, known) else {
                        continue;
                    };
                    let place = placed[index];
                    let set = sets.set(fields[place.field as usize].set);
                    let detector = window.detector;
                    if set
                        .and_then(|set: &DetectorSet| set.evidence(detector))
                        .is_none()
                    {
                        continue;
                    }
                    let index = position(index);
                    let len_min = self.len_min[usize::from(detector)];
                    match window.anchor {
                        Anchor::Start { .. } => {
                            if place.end - known >= len_min {
                                let start = known - place.at;
                                push(
                                    hits,
                                    Hit {
                                        placed: index,
                                        detector,
                                        start,
                                    },
                                );
                            }
                        }
                        Anchor::Pivot { pivot, .. } => {
                            let field = &dense[place.at as usize..place.end as usize];
                            let at = (known - place.at) as usize;
                            self.pivots[usize::from(pivot)].starts(field, at, starts);
                            for &start in starts.iter().rev() {
                                push(
                                    hits,
                                    Hit {
                                        placed: index,
                                        detector,
                                        start,
                                    },
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Window {
    #[inline]
    fn permits(&self, bytes: &[u8]) -> bool {
        self.classes
            .iter()
            .zip(bytes)
            .all(|(class, byte)| class.contains(*byte))
    }
}

/// NULs in front of the first field and behind the last one: a window may begin so far outside.
const MARGIN: usize = 16;

/// Copies the fields that have detectors into the scratch, each behind a NUL, with padding behind
/// the last. The length without padding.
fn gather(buffer: &[u8], fields: &[FieldRef], scratch: &mut Scratch) -> usize {
    /// A short field is copied as so many bytes, whatever its length.
    const SHORT: usize = 32;
    let Scratch { dense, placed, .. } = scratch;
    placed.clear();
    let wanted = |field: &&FieldRef| field.set != super::DetectorSetId::NONE;
    let bytes: usize = fields
        .iter()
        .filter(wanted)
        .map(|f| (f.end - f.start) as usize + 1)
        .sum();
    let total = MARGIN + bytes + MARGIN;
    if dense.len() < total + PADDING {
        dense.resize(total + PADDING, 0);
    }
    let mut at = MARGIN;
    for (index, field) in (0u32..).zip(fields) {
        if field.set == super::DetectorSetId::NONE {
            continue;
        }
        let (start, end) = (field.start as usize, field.end as usize);
        let len = end - start;
        match (
            dense.get_mut(at..at + SHORT),
            buffer.get(start..start + SHORT),
        ) {
            (Some(to), Some(from)) if len <= SHORT => to.copy_from_slice(from),
            _ => dense[at..at + len].copy_from_slice(&buffer[start..end]),
        }
        dense[at + len] = 0;
        placed.push(Placed {
            at: position(at),
            end: position(at + len),
            field: index,
        });
        at += len + 1;
    }
    dense[at..total + PADDING].fill(0);
    total
}

/// The index of the field that holds the byte at `at`, near the last one asked for.
#[inline]
fn locate(placed: &[Placed], cursor: &mut usize, at: u32) -> Option<usize> {
    while placed.get(*cursor).is_some_and(|place| place.at > at) {
        *cursor = cursor.checked_sub(1)?;
    }
    while placed.get(*cursor + 1).is_some_and(|next| next.at <= at) {
        *cursor += 1;
    }
    placed
        .get(*cursor)
        .filter(|place| place.at <= at && at < place.end)
        .map(|_| *cursor)
}

/// Inserts a hit in order; hits come nearly sorted, so few are moved.
#[inline]
fn push(hits: &mut Vec<Hit>, hit: Hit) {
    let mut at = hits.len();
    while at > 0 && hits[at - 1] > hit {
        at -= 1;
    }
    if at == 0 || hits[at - 1] != hit {
        hits.insert(at, hit);
    }
}

#[cfg(test)]
mod tests;
