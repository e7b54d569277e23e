//! Hyperscan proposes ends, reverse automata give the starts.
//!
//! Hyperscan reports every end of every match, without starts; from each end the reverse automaton
//! of the detector walks back to all starts, and these are confirmed like those of class windows.
//! Where that automaton would be too large, every start of the field is tried.
//! Patterns with negated classes match across separators, so ends and starts are limited to the
//! field in which the last byte lies. Beside class windows for the detectors that have none that are
//! rare, and alone as a second opinion: its answers are those of the other backends.

mod pcre;

use super::batch::{Batch, Hit};
use super::confirm::{Confirm, position};
use super::findings::Findings;
use super::gather::{Cursor, Gather};
use super::plan::{Route, Source, Way, Work};
use super::reverse::Reverse;
use super::sets::Sets;
use super::windows::beside;
use super::windows::sample::Sample;
use super::{Found, Scanned, portable};
use regex_syntax::hir::Hir;
use std::sync::Arc;
use wiremask_hyperscan::{Database, End, Expression, Scanner};

/// All detectors in one database.
#[derive(Debug)]
pub(crate) struct Hyperscan {
    finder: Finder,
    reverses: Vec<Reverse>,
}

/// Some detectors in one database. Their reverse automata are kept by whoever has it.
#[derive(Debug)]
pub(crate) struct Finder {
    /// Nothing where there is no pattern, which the library does not take.
    database: Option<Arc<Database>>,
    /// The reverse automaton of each detector; nothing where it would be too large.
    reverse: Vec<Option<u16>>,
}

/// Why there is no database.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The detector that the library refuses, if it is one.
    pub(crate) detector: Option<usize>,
    /// What the library says.
    pub(crate) message: String,
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
    /// Compiles all detectors, in their order, and says what each makes of ordinary data; the
    /// error is what the library says.
    pub(crate) fn new(sources: &[Source<'_>]) -> Result<(Hyperscan, Vec<Way>), String> {
        let mut reverses = Vec::new();
        let patterns = sources.iter().map(|source| match source.off {
            true => &[],
            false => source.patterns,
        });
        let finder = Finder::new(patterns, &mut reverses).map_err(|refused| refused.message)?;
        let sample = Sample::new();
        let ways = sources.iter().map(|source| match source.off {
            true => Way::new(Route::Off, Work::default()),
            false => Way::new(Route::Hyperscan, beside::work(source, &sample)),
        });
        let ways = ways.collect();
        Ok((Hyperscan { finder, reverses }, ways))
    }

    /// Calls `each` with every value in which something may be, and with what its detectors found, before overlaps are resolved.
    pub(crate) fn scan(
        &self,
        (detectors, sets): (&[Confirm], &Sets),
        gather: &mut Gather,
        (batch, scratch): (&mut Batch, &mut Scratch),
        findings: &mut Findings,
        mut each: impl FnMut(Scanned<'_>, &mut Vec<Found>),
    ) {
        let (text, len) = gather.finish();
        if !self.finder.ends(&text[..len], scratch) {
            // Out of memory or a fault of the library: slow, and nothing is missed.
            return portable::scan(detectors, sets, gather, findings, each);
        }
        batch.hits.clear();
        let rules = (detectors, sets);
        self.finder
            .propose(rules, gather, &self.reverses, (batch, scratch));
        batch.confirm(gather, detectors, &self.reverses, findings, &mut each);
    }
}

impl Finder {
    /// Compiles the patterns of detectors, in their order; those without a pattern are not found.
    /// Their reverse automata are added to `reverses`.
    pub(crate) fn new<'p>(
        detectors: impl Iterator<Item = &'p [Hir]>,
        reverses: &mut Vec<Reverse>,
    ) -> Result<Finder, Refused> {
        let mut expressions = Vec::new();
        let mut reverse = Vec::new();
        for (id, patterns) in (0u32..).zip(detectors) {
            if patterns.is_empty() {
                reverse.push(None);
                continue;
            }
            let next = u16::try_from(reverses.len()).map_err(|_| Refused {
                detector: None,
                message: "too many detectors".to_owned(),
            })?;
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
            let compiled = match expressions.is_empty() {
                true => Ok(None),
                false => Database::compile(&expressions).map(Some),
            };
            let error = match compiled {
                Ok(database) => return Ok(Finder { database, reverse }),
                Err(error) => error,
            };
            // A pattern that is too large is tried once more as a superset of itself.
            let blamed = error
                .expression
                .and_then(|index| expressions.get_mut(index));
            match blamed {
                Some(expression) if !expression.superset => expression.superset = true,
                blamed => {
                    return Err(Refused {
                        detector: blamed.map(|expression| expression.id as usize),
                        message: error.to_string(),
                    });
                }
            }
        }
    }

    /// Fills the ends of the scratch; false when the library fails.
    pub(crate) fn ends(&self, text: &[u8], scratch: &mut Scratch) -> bool {
        scratch.ends.clear();
        let Some(database) = &self.database else {
            return true;
        };
        let mine = |scanner: &Scanner| Arc::ptr_eq(scanner.database(), database);
        if !scratch.scanner.as_ref().is_some_and(mine) {
            scratch.scanner = database.scanner().ok();
        }
        scratch
            .scanner
            .as_mut()
            .is_some_and(|scanner| scanner.scan(text, &mut scratch.ends).is_ok())
    }

    /// Adds the starts of what ends where the scratch says to those of the batch, in order.
    pub(crate) fn propose(
        &self,
        (detectors, sets): (&[Confirm], &Sets),
        gather: &Gather,
        reverses: &[Reverse],
        (batch, scratch): (&mut Batch, &mut Scratch),
    ) {
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
                    reverses[usize::from(reverse)].starts(field, at as usize, starts);
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
