//! From candidates of the kernel to starts that are worth confirming.

use super::exact::Member;
use super::{Anchor, Windows};
use crate::detect::batch::{Batch, Hit};
use crate::detect::confirm::{Confirm, position};
use crate::detect::gather::{Cursor, Gather, Piece};
use crate::detect::sets::{Evidence, Sets};
use wiremask_simd::Candidate;

/// What is known while the candidates of one batch are looked at.
pub(super) struct Proposer<'p> {
    windows: &'p Windows,
    detectors: &'p [Confirm],
    sets: &'p Sets,
    gather: &'p Gather,
    cursor: Cursor,
}

impl<'p> Proposer<'p> {
    pub(super) fn new(
        windows: &'p Windows,
        detectors: &'p [Confirm],
        sets: &'p Sets,
        gather: &'p Gather,
    ) -> Proposer<'p> {
        Proposer {
            windows,
            detectors,
            sets,
            gather,
            cursor: Cursor::default(),
        }
    }

    /// Fills the starts of the batch.
    pub(super) fn propose(mut self, batch: &mut Batch, candidates: &[Candidate]) {
        batch.hits.clear();
        let windows = self.windows;
        let text = self.gather.text();
        for candidate in candidates {
            windows.exact.check(*candidate, text, |window| {
                self.window(window, candidate.at as usize, batch);
            });
        }
    }

    /// The starts that one window at `at` proposes.
    fn window(&mut self, window: Member, at: usize, batch: &mut Batch) {
        let known = match window.anchor {
            Anchor::Start { lead } => (at + 1).wrapping_sub(usize::from(lead)),
            Anchor::Pivot { skip, .. } => at + usize::from(skip),
        };
        let Some(index) = self.gather.locate(&mut self.cursor, position(known)) else {
            return;
        };
        let piece = self.gather.piece(index);
        let set = self.sets.set(self.gather.set(&mut self.cursor, index));
        let Some(evidence) = set.and_then(|set| set.evidence(window.detector)) else {
            return;
        };
        let (start, reverse) = match window.anchor {
            Anchor::Start { .. } => {
                let start = position(known) - piece.at;
                if !self.has_room(window, evidence, start, piece) {
                    return;
                }
                (start, None)
            }
            Anchor::Pivot { pivot, .. } => {
                let field = piece.of(self.gather.text());
                let at = known - piece.at as usize;
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
        let (piece, detector) = (position(index), window.detector);
        batch.propose(Hit {
            piece,
            start,
            detector,
            evidence,
            reverse,
        });
    }

    /// Does the field go on for the shortest match, and is there room for a word if one is needed?
    #[inline]
    fn has_room(&self, window: Member, evidence: Evidence, start: u32, piece: Piece) -> bool {
        let len = (piece.end - piece.at) as usize;
        let (start, confirm) = (
            start as usize,
            &self.detectors[usize::from(window.detector)],
        );
        len - start >= confirm.len_min()
            && (evidence != Evidence::Words
                || confirm.words().have_room(start, confirm.len_min(), len))
    }
}
