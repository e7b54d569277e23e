//! From candidates of the kernel to starts that are worth confirming.

use super::exact::Member;
use super::{Anchor, Windows};
use crate::detect::FieldRef;
use crate::detect::batch::gather::{Placed, locate};
use crate::detect::batch::{Batch, Hit};
use crate::detect::confirm::{Confirm, position};
use crate::detect::sets::{Evidence, Sets};
use wiremask_simd::Candidate;

/// What is known while the candidates of one batch are looked at.
pub(super) struct Proposer<'p> {
    windows: &'p Windows,
    detectors: &'p [Confirm],
    sets: &'p Sets,
    fields: &'p [FieldRef],
    cursor: usize,
}

impl<'p> Proposer<'p> {
    pub(super) fn new(
        windows: &'p Windows,
        detectors: &'p [Confirm],
        sets: &'p Sets,
        fields: &'p [FieldRef],
    ) -> Proposer<'p> {
        Proposer {
            windows,
            detectors,
            sets,
            fields,
            cursor: 0,
        }
    }

    /// Fills the starts of the batch.
    pub(super) fn propose(mut self, batch: &mut Batch, candidates: &[Candidate]) {
        batch.hits.clear();
        let windows = self.windows;
        let mut dense = std::mem::take(&mut batch.dense);
        for candidate in candidates {
            windows.exact.check(*candidate, &dense, |window| {
                self.window(window, candidate.at as usize, &dense, batch);
            });
        }
        std::mem::swap(&mut batch.dense, &mut dense);
    }

    /// The starts that one window at `at` proposes.
    fn window(&mut self, window: Member, at: usize, dense: &[u8], batch: &mut Batch) {
        let known = match window.anchor {
            Anchor::Start { lead } => (at + 1).wrapping_sub(usize::from(lead)),
            Anchor::Pivot { skip, .. } => at + usize::from(skip),
        };
        let Some(index) = locate(&batch.placed, &mut self.cursor, position(known)) else {
            return;
        };
        let place = batch.placed[index];
        let set = self.sets.set(self.fields[place.field as usize].set);
        let Some(evidence) = set.and_then(|set| set.evidence(window.detector)) else {
            return;
        };
        let (start, reverse) = match window.anchor {
            Anchor::Start { .. } => {
                let start = position(known) - place.at;
                if !self.has_room(window, evidence, start, place) {
                    return;
                }
                (start, None)
            }
            Anchor::Pivot { pivot, .. } => {
                let field = &dense[place.at as usize..place.end as usize];
                let at = known - place.at as usize;
                let starts = &mut batch.starts;
                self.windows.pivots[usize::from(pivot)].starts(field, at, starts);
                let Some(leftmost) = starts.last() else {
                    return;
                };
                (
                    *leftmost,
                    (starts.len() > 1).then_some((pivot, position(at))),
                )
            }
        };
        let (placed, detector) = (position(index), window.detector);
        batch.propose(Hit {
            placed,
            start,
            detector,
            evidence,
            reverse,
        });
    }

    /// Does the field go on for the shortest match, and is there room for a word if one is needed?
    #[inline]
    fn has_room(&self, window: Member, evidence: Evidence, start: u32, place: Placed) -> bool {
        let len = place.end - place.at;
        let len_min = self.windows.len_min[usize::from(window.detector)];
        let words = self.detectors[usize::from(window.detector)].words();
        len - start >= len_min
            && (evidence != Evidence::Words
                || words.have_room(start as usize, len_min as usize, len as usize))
    }
}
