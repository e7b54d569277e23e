//! From windows that stand somewhere to starts that are worth confirming.

use super::context::{self, Try};
use super::exact::{Member, Survivor};
use super::{Anchor, Windows};
use crate::detect::batch::{Batch, Hit};
use crate::detect::confirm::{Confirm, position};
use crate::detect::gather::{Cursor, Gather};
use crate::detect::sets::{Evidence, Sets};

/// What is known while the survivors of one batch are looked at.
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
    pub(super) fn propose(
        mut self,
        batch: &mut Batch,
        survivors: &[Survivor],
        tries: &mut Vec<Try>,
    ) {
        batch.hits.clear();
        let windows = self.windows;
        let text = self.gather.text();
        for survivor in survivors {
            let at = survivor.at as usize;
            match (
                &windows.lexicon,
                windows.passes.get(usize::from(survivor.pass)),
            ) {
                (_, Some(pass)) => pass.exact.check(*survivor, text, |window| {
                    self.window(window, at, batch, tries);
                }),
                (Some(lexicon), None) => {
                    self.window(lexicon.member(*survivor), at, batch, tries);
                }
                (None, None) => {}
            }
        }
    }

    /// The starts that one window at `at` proposes.
    fn window(&mut self, window: Member, at: usize, batch: &mut Batch, tries: &mut Vec<Try>) {
        let known = match window.anchor {
            Anchor::Start { lead } => (at + 1).wrapping_sub(usize::from(lead)),
            Anchor::Pivot { skip, .. } => at + usize::from(skip),
            Anchor::Word { .. } => at + 1,
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
            Anchor::Word { len } => {
                // Where its form is enough, it is tried everywhere.
                if evidence == Evidence::Words {
                    let confirm = &self.detectors[usize::from(window.detector)];
                    let value = (piece.end - piece.at) as usize;
                    let word = known - piece.at as usize;
                    let around = context::around(confirm, word, usize::from(len), value);
                    tries.push(Try::new(index, window.detector, around));
                }
                return;
            }
            Anchor::Start { .. } => {
                let start = position(known) - piece.at;
                let confirm = &self.detectors[usize::from(window.detector)];
                if !confirm.has_room(evidence, start as usize, (piece.end - piece.at) as usize) {
                    return;
                }
                (start, None)
            }
            Anchor::Pivot { pivot, .. } => {
                let field = piece.of(self.gather.text());
                let at = known - piece.at as usize;
                let starts = &mut batch.starts;
                self.windows.reverses[usize::from(pivot)].starts(field, at, starts);
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
}
