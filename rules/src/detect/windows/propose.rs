//! From candidates of the kernel to starts that are worth confirming.

use super::exact::Member;
use super::gather::{Placed, locate};
use super::{Anchor, Scratch, Windows};
use crate::detect::FieldRef;
use crate::detect::confirm::{Confirm, position};
use crate::detect::sets::{Evidence, Sets};

/// A start to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    /// Index of the gathered field.
    pub(super) placed: u32,
    pub(super) detector: u16,
    /// Inside the field.
    pub(super) start: u32,
    /// Follows from field and detector.
    pub(super) evidence: Evidence,
    /// The pivot and the place of its literal, where the start is the leftmost of several.
    pub(super) pivot: Option<(u16, u32)>,
}

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

    /// Fills the hits of the scratch, ordered by field, detector and start, each once.
    pub(super) fn propose(mut self, scratch: &mut Scratch) {
        let Scratch {
            dense,
            placed,
            candidates,
            hits,
            starts,
        } = scratch;
        hits.clear();
        let windows = self.windows;
        for candidate in candidates.iter() {
            let at = candidate.at as usize;
            windows.exact.check(*candidate, dense, |window| {
                self.window(window, at, dense, placed, starts, hits);
            });
        }
    }

    /// The starts that one window at `at` proposes.
    fn window(
        &mut self,
        window: Member,
        at: usize,
        dense: &[u8],
        placed: &[Placed],
        starts: &mut Vec<u32>,
        hits: &mut Vec<Hit>,
    ) {
        let known = match window.anchor {
            Anchor::Start { lead } => (at + 1).wrapping_sub(usize::from(lead)),
            Anchor::Pivot { skip, .. } => at + usize::from(skip),
        };
        let Some(index) = locate(placed, &mut self.cursor, position(known)) else {
            return;
        };
        let place = placed[index];
        let set = self.sets.set(self.fields[place.field as usize].set);
        let Some(evidence) = set.and_then(|set| set.evidence(window.detector)) else {
            return;
        };
        let (placed, detector) = (position(index), window.detector);
        let (start, pivot) = match window.anchor {
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
        insert(
            hits,
            0,
            Hit {
                placed,
                detector,
                start,
                evidence,
                pivot,
            },
        );
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

/// Inserts a hit in order behind the first `from`; hits come nearly sorted, so few are moved.
#[inline]
pub(super) fn insert(hits: &mut Vec<Hit>, from: usize, hit: Hit) {
    if hits.last().is_none_or(|last| *last < hit) {
        return hits.push(hit);
    }
    let before = hits[from..].iter().rposition(|known| *known <= hit);
    let at = from + before.map_or(0, |before| before + 1);
    if before.is_none() || hits[at - 1] != hit {
        hits.insert(at, hit);
    }
}
