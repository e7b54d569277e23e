//! The starts that a fast backend proposes for gathered values, and their confirmation.
//!
//! Starts are kept in the order of fields and positions. A detector's matches do not overlap, so
//! behind a match its next starts are skipped until the match is over; detectors do not disturb
//! each other here.

use super::confirm::{Confirm, position};
use super::findings::Findings;
use super::gather::{Cursor, Gather};
use super::reverse::Reverse;
use super::sets::Evidence;
use super::{Found, Scanned};

/// Reusable memory of a scan.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Starts to confirm, ascending.
    pub(crate) hits: Vec<Hit>,
    /// Starts of one literal, descending.
    pub(crate) starts: Vec<u32>,
    /// Starts that became known late, descending.
    late: Vec<Hit>,
    /// For each detector where it may match next, and in which field that holds; starts come ascending.
    next: Vec<(u32, u32)>,
}

/// A start to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    /// Index of the gathered value.
    pub(crate) piece: u32,
    /// Inside the field.
    pub(crate) start: u32,
    pub(crate) detector: u16,
    /// Follows from field and detector.
    pub(crate) evidence: Evidence,
    /// Where the start is the leftmost of several: the reverse automaton that gives them, and
    /// where it begins.
    pub(crate) reverse: Option<(u16, u32)>,
}

impl Batch {
    /// Adds a start in order, once. Starts come nearly sorted, so few are moved.
    #[inline]
    pub(crate) fn propose(&mut self, hit: Hit) {
        if self.hits.last().is_none_or(|last| *last < hit) {
            return self.hits.push(hit);
        }
        let before = self.hits.iter().rposition(|known| *known <= hit);
        if before.is_none_or(|before| self.hits[before] != hit) {
            self.hits.insert(before.map_or(0, |before| before + 1), hit);
        }
    }

    /// Adds starts that are in order by themselves.
    pub(crate) fn add(&mut self, tried: &[Hit]) {
        if !tried.is_empty() {
            self.hits.extend_from_slice(tried);
            // Two runs, which a stable sort merges.
            self.hits.sort();
            self.hits.dedup();
        }
    }

    /// Confirms all starts. Calls `each` with every value that had one, and with what its detectors found, before overlaps are resolved.
    pub(crate) fn confirm(
        &mut self,
        gather: &Gather,
        detectors: &[Confirm],
        reverses: &[Reverse],
        findings: &mut Findings,
        mut each: impl FnMut(Scanned<'_>, &mut Vec<Found>),
    ) {
        findings.found.clear();
        self.late.clear();
        self.next.clear();
        self.next.resize(detectors.len(), (u32::MAX, 0));
        let mut cursor = Cursor::default();
        let mut current: Option<u32> = None;
        let mut index = 0;
        while let Some(hit) = self.following(&mut index) {
            if let Some(last) = current.filter(|last| *last != hit.piece) {
                each(
                    gather.scanned(&mut cursor, last as usize),
                    &mut findings.found,
                );
                findings.found.clear();
            }
            current = Some(hit.piece);
            let field = gather.piece(hit.piece as usize).of(gather.text());
            let detector = usize::from(hit.detector);
            let owner = || gather.owner(&mut cursor.clone(), hit.piece as usize);
            let (piece, next) = self.next[detector];
            let next = match piece == hit.piece {
                true => next,
                false => findings.from(owner, hit.detector),
            };
            let covered = hit.start < next;
            let end = match covered {
                true => None,
                false => detectors[detector].end_at(field, hit.start as usize, hit.evidence),
            };
            let mut from = if covered { next } else { hit.start + 1 };
            if let Some(end) = end {
                from = position(end.at);
                findings.ended(owner, hit.detector, (hit.start, from));
                if !end.allowed {
                    findings.found.push(Found {
                        start: hit.start,
                        end: from,
                        detector: hit.detector,
                    });
                }
            }
            // What failed once is not tried again.
            self.next[detector] = (hit.piece, from);
            // The leftmost start failed, or it is that of a match by another pattern, which may be over
            // before the place from where the starts are known: the others come in their turn.
            if let Some((reverse, at)) = hit.reverse.filter(|(_, at)| from <= *at) {
                reverses[usize::from(reverse)].starts(field, at as usize, &mut self.starts);
                for &start in self.starts.iter().filter(|start| **start >= from) {
                    let hit = Hit {
                        start,
                        reverse: None,
                        ..hit
                    };
                    let at = self.late.partition_point(|known| *known > hit);
                    if self.late.get(at) != Some(&hit) {
                        self.late.insert(at, hit);
                    }
                }
            }
        }
        if let Some(last) = current {
            each(
                gather.scanned(&mut cursor, last as usize),
                &mut findings.found,
            );
            findings.found.clear();
        }
    }

    /// The next start of both lists.
    #[inline]
    fn following(&mut self, index: &mut usize) -> Option<Hit> {
        let hit = self.hits.get(*index).copied();
        match self.late.last() {
            Some(late) if hit.is_none_or(|hit| *late <= hit) => self.late.pop(),
            _ => {
                *index += usize::from(hit.is_some());
                hit
            }
        }
    }
}
