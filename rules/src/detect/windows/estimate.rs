//! What the scanner would do with the sample for one detector, counted.
//!
//! Every window is looked for in the sample, and from each start that it proposes the detector's
//! automaton is run as when a match fails: the counts are those of a scan in which nothing is found.

use super::keys::{Grams, Keyed};
use super::sample::Sample;
use super::{Anchor, Window, choose};
use crate::detect::confirm::{Confirm, position};
use crate::detect::plan::Work;
use crate::detect::reverse::Reverse;
use crate::detect::sets::Evidence;

/// Bytes that are read to count ends; a detector that needs more has them everywhere.
#[cfg(feature = "hyperscan")]
const STEPS_MAX: u32 = 1 << 20;

/// The work of a detector's windows and keys. `evidence` is what speaks for it in a column whose name says
/// nothing; without any, its windows stand somewhere and that is all.
pub(super) fn of_windows(
    windows: &[Window],
    (keyed, grams): (&[Keyed], Option<&Grams>),
    pivots: &[Reverse],
    (confirm, evidence): (&Confirm, Option<Evidence>),
    sample: &Sample,
) -> Work {
    let mut work = Work::default();
    let mut starts = Starts::default();
    for window in windows {
        for at in choose::places(&window.classes, sample) {
            work.candidates += 1;
            if !window.holds_around(at, sample.text()) {
                continue;
            }
            starts.anchored((window.anchor, at), pivots, sample.text());
        }
    }
    for one in keyed {
        for at in grams.iter().flat_map(|grams| one.places(grams)) {
            work.candidates += 1;
            if one.holds_around(at, sample.text()) {
                starts.anchored((one.anchor, at), pivots, sample.text());
            }
        }
    }
    starts.confirmed((confirm, evidence), sample.text(), &mut work);
    work
}

/// The work of looking for a detector's words; what is tried around them is not counted.
pub(super) fn of_words(
    windows: &[Window],
    (keyed, grams): (&[Keyed], Option<&Grams>),
    sample: &Sample,
) -> Work {
    let windows = windows.iter();
    let places = windows.map(|window| choose::places(&window.classes, sample).len());
    let keyed = keyed.iter().flat_map(|one| {
        let grams = grams.iter();
        grams.map(|grams| one.places(grams).count())
    });
    Work {
        candidates: position(places.chain(keyed).sum()),
        ..Work::default()
    }
}

/// The work of trying every position.
pub(crate) fn of_every_position(
    (confirm, evidence): (&Confirm, Option<Evidence>),
    sample: &Sample,
) -> Work {
    let mut starts = Starts::default();
    let text = sample.text();
    let possible = |at: &u32| {
        let byte = text[*at as usize];
        byte != 0 && confirm.starts_with(byte)
    };
    starts.list = (0..position(text.len())).filter(possible).collect();
    let mut work = Work {
        candidates: position(starts.list.len()),
        ..Work::default()
    };
    starts.confirmed((confirm, evidence), text, &mut work);
    work
}

/// The work of Hyperscan's ends, from each of which the starts are looked for. It reports every end,
/// across separators and whatever the boundary says.
#[cfg(feature = "hyperscan")]
pub(crate) fn of_ends((confirm, evidence): (&Confirm, Option<Evidence>), sample: &Sample) -> Work {
    let text = sample.text();
    let mut is_end = vec![false; text.len() + 1];
    let mut starts = Starts::default();
    for start in 0..text.len() {
        let mut found = 0;
        let reads = confirm.ends(text, start, |end| {
            is_end[end] = true;
            found += 1;
        });
        if found > 0 {
            starts.list.push(position(start));
            // The way back from an end reads what the way there did.
            starts.steps += position(reads);
        }
        if starts.steps > STEPS_MAX {
            break;
        }
    }
    let ends = is_end.iter().filter(|is_end| **is_end).count();
    let mut work = Work {
        candidates: position(ends),
        ..Work::default()
    };
    starts.confirmed((confirm, evidence), text, &mut work);
    work
}

/// Starts in the sample.
#[derive(Default)]
struct Starts {
    list: Vec<u32>,
    found: Vec<u32>,
    /// Bytes that reverse automata read.
    steps: u32,
}

impl Starts {
    /// Adds the starts that something at `at` stands for.
    fn anchored(&mut self, (anchor, at): (Anchor, usize), pivots: &[Reverse], text: &[u8]) {
        match anchor {
            Anchor::Start { lead } => {
                let start = (at + 1).checked_sub(usize::from(lead));
                self.list.extend(start.map(position));
            }
            Anchor::Pivot { skip, pivot } => {
                let known = at + usize::from(skip);
                self.before(&pivots[usize::from(pivot)], known, text);
            }
            Anchor::Word { .. } => {}
        }
    }

    /// Adds the starts of what ends at `at`.
    fn before(&mut self, reverse: &Reverse, at: usize, text: &[u8]) {
        let first = text[..at]
            .iter()
            .rposition(|byte| *byte == 0)
            .map_or(0, |nul| nul + 1);
        self.steps += position(reverse.starts(&text[first..], at - first, &mut self.found));
        self.list
            .extend(self.found.iter().map(|start| position(first) + start));
    }

    /// Counts what confirming each of them once takes.
    fn confirmed(
        mut self,
        (confirm, evidence): (&Confirm, Option<Evidence>),
        text: &[u8],
        work: &mut Work,
    ) {
        let Some(evidence) = evidence else { return };
        self.list.sort_unstable();
        self.list.dedup();
        work.steps += self.steps;
        for start in self.list {
            let start = start as usize;
            let first = text[..start]
                .iter()
                .rposition(|byte| *byte == 0)
                .map_or(0, |nul| nul + 1);
            let len = text[start..]
                .iter()
                .position(|byte| *byte == 0)
                .unwrap_or(text.len() - start);
            let field = &text[first..start + len];
            if confirm.has_room(evidence, start - first, field.len()) {
                work.starts += 1;
                work.steps += position(confirm.reads(field, start - first));
            }
        }
    }
}
