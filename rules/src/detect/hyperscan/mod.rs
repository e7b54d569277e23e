//! Hyperscan proposes ends, reverse automata give the starts.
//!
//! Hyperscan reports every end of every match, without starts; from each end the reverse automaton
//! of the detector walks back to all starts, and these are confirmed like those of class windows.
//! Where that automaton would be too large, every start of the field is tried.
//! Patterns with negated classes match across separators, so ends and starts are limited to the
//! field in which the last byte lies. For packs with many literal-bearing patterns, and as a second
//! opinion: its answers are those of the other backends.

mod pcre;

use super::batch::{Batch, Hit};
use super::confirm::{Confirm, position};
use super::gather::{Cursor, Gather};
use super::reverse::Reverse;
use super::sets::Sets;
use super::{Found, portable};
use regex_syntax::hir::Hir;
use std::sync::Arc;
use wiremask_hyperscan::{Database, End, Expression, Scanner};

/// All detectors in one database.
#[derive(Debug)]
pub(crate) struct Hyperscan {
    database: Arc<Database>,
    reverses: Vec<Reverse>,
    /// The reverse automaton of each detector; nothing where it would be too large.
    reverse: Vec<Option<u16>>,
}

/// Reusable memory of one shard.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    scanner: Option<Scanner>,
    ends: Vec<End>,
    /// For each detector without a reverse automaton the last field whose every start is proposed.
    whole: Vec<u32>,
}

impl Hyperscan {
    /// Compiles the patterns of all detectors, in their order; the error is what the library says.
    pub(crate) fn new<'p>(detectors: impl Iterator<Item = &'p [Hir]>) -> Result<Hyperscan, String> {
        let mut expressions = Vec::new();
        let (mut reverses, mut reverse) = (Vec::new(), Vec::new());
        for (id, patterns) in (0u32..).zip(detectors) {
            let next =
                u16::try_from(reverses.len()).map_err(|_| "too many detectors".to_owned())?;
            let made = Reverse::new(patterns).ok();
            reverse.push(made.is_some().then_some(next));
            reverses.extend(made);
            for pattern in patterns {
                expressions.push(Expression {
                    pattern: pcre::print(pattern),
                    id,
                    superset: false,
                });
            }
        }
        loop {
            let error = match Database::compile(&expressions) {
                Ok(database) => {
                    return Ok(Hyperscan {
                        database,
                        reverses,
                        reverse,
                    });
                }
                Err(error) => error,
            };
            // A pattern that is too large is tried once more as a superset of itself.
            match error
                .expression
                .and_then(|index| expressions.get_mut(index))
            {
                Some(expression) if !expression.superset => expression.superset = true,
                _ => return Err(error.to_string()),
            }
        }
    }

    /// Calls `each` with the caller's number of every value in which something may be, and with what its
    /// detectors found, before overlaps are resolved.
    pub(crate) fn scan(
        &self,
        (detectors, sets): (&[Confirm], &Sets),
        gather: &mut Gather,
        (batch, scratch): (&mut Batch, &mut Scratch),
        found: &mut Vec<Found>,
        mut each: impl FnMut(u32, &mut Vec<Found>),
    ) {
        let (text, len) = gather.finish();
        if !self.ends(&text[..len], scratch) {
            // Out of memory or a fault of the library: slow, and nothing is missed.
            return portable::scan(detectors, sets, gather, found, each);
        }
        self.propose(sets, gather, batch, scratch, detectors);
        batch.confirm(gather, detectors, &self.reverses, found, &mut each);
    }

    /// Fills the ends of the scratch; false when the library fails.
    fn ends(&self, text: &[u8], scratch: &mut Scratch) -> bool {
        scratch.ends.clear();
        let mine = |scanner: &Scanner| Arc::ptr_eq(scanner.database(), &self.database);
        if !scratch.scanner.as_ref().is_some_and(mine) {
            scratch.scanner = self.database.scanner().ok();
        }
        scratch
            .scanner
            .as_mut()
            .is_some_and(|scanner| scanner.scan(text, &mut scratch.ends).is_ok())
    }

    fn propose(
        &self,
        sets: &Sets,
        gather: &Gather,
        batch: &mut Batch,
        scratch: &mut Scratch,
        detectors: &[Confirm],
    ) {
        batch.hits.clear();
        let Scratch { ends, whole, .. } = scratch;
        whole.clear();
        whole.resize(self.reverse.len(), u32::MAX);
        let mut cursor = Cursor::default();
        for end in ends.iter() {
            let Some(last) = end.at.checked_sub(1) else {
                continue;
            };
            let Some(index) = gather.locate(&mut cursor, last) else {
                continue;
            };
            let Ok(detector) = u16::try_from(end.id) else {
                continue;
            };
            let piece = gather.piece(index);
            let set = sets.set(gather.set(&mut cursor, index));
            let Some(evidence) = set.and_then(|set| set.evidence(detector)) else {
                continue;
            };
            let number = position(index);
            let hit = Hit {
                piece: number,
                start: 0,
                detector,
                evidence,
                reverse: None,
            };
            match self.reverse[usize::from(detector)] {
                Some(reverse) => {
                    let field = piece.of(gather.text());
                    let at = end.at - piece.at;
                    let starts = &mut batch.starts;
                    self.reverses[usize::from(reverse)].starts(field, at as usize, starts);
                    let Some(&start) = starts.last() else {
                        continue;
                    };
                    let reverse = (starts.len() > 1).then_some((reverse, at));
                    batch.hits.push(Hit {
                        start,
                        reverse,
                        ..hit
                    });
                }
                None if whole[usize::from(detector)] != number => {
                    whole[usize::from(detector)] = number;
                    for at in piece.at..piece.end {
                        let byte = gather.text()[at as usize];
                        if detectors[usize::from(detector)].starts_with(byte) {
                            batch.hits.push(Hit {
                                start: at - piece.at,
                                ..hit
                            });
                        }
                    }
                }
                None => {}
            }
        }
        batch.hits.sort_unstable();
        batch.hits.dedup();
    }
}
