//! A literal inside a pattern from which matches grow to the left.
//!
//! Some patterns begin with classes that are everywhere (the name of an e-mail address), but hold
//! a literal that is rare (its `@`). Such a pattern is cut in front of the literal; the reverse
//! automaton of the left part gives every start.

use super::bytes::ByteSet;
use super::derive;
use crate::detect::MATCH_LEN_MAX;
use crate::detect::confirm::{AUTOMATON_SIZE_MAX, forward_automaton, position};
use crate::pack::Boundary;
use regex_automata::MatchKind;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::{Hir, HirKind};

/// Bytes in front of the literal that a window may cover.
pub(super) const REACH: usize = 3;

/// The left part of a pattern, reversed.
#[derive(Debug)]
pub(super) struct Pivot {
    reverse: dense::DFA<Vec<u32>>,
    start: StateID,
}

/// A pattern cut in front of a literal.
pub(super) struct Cut {
    pub(super) pivot: Pivot,
    /// Classes in front of the literal, the nearest first.
    pub(super) before: Vec<ByteSet>,
    /// Paths from the literal on.
    pub(super) paths: Vec<derive::Path>,
}

/// Every way to cut a pattern in front of a literal.
pub(super) fn cuts(pattern: &Hir, boundary: Boundary, depth: usize) -> Result<Vec<Cut>, String> {
    let HirKind::Concat(parts) = pattern.kind() else {
        return Ok(Vec::new());
    };
    let mut cuts = Vec::new();
    for (index, part) in parts.iter().enumerate().skip(1) {
        if !matches!(part.kind(), HirKind::Literal(_)) {
            continue;
        }
        let left = Hir::concat(parts[..index].to_vec());
        let right = Hir::concat(parts[index..].to_vec());
        let paths = derive::forward(&forward_automaton(&[right])?, boundary, depth);
        let pivot = Pivot::new(&left)?;
        let before = pivot.classes();
        cuts.push(Cut {
            pivot,
            before,
            paths,
        });
    }
    Ok(cuts)
}

impl Pivot {
    fn new(left: &Hir) -> Result<Pivot, String> {
        let nfa = thompson::Compiler::new()
            .configure(
                thompson::Config::new()
                    .utf8(false)
                    .reverse(true)
                    .which_captures(thompson::WhichCaptures::None)
                    .nfa_size_limit(Some(AUTOMATON_SIZE_MAX)),
            )
            .build_from_hir(left)
            .map_err(|error| error.to_string())?;
        let reverse = dense::Builder::new()
            .configure(
                dense::Config::new()
                    .match_kind(MatchKind::All)
                    .start_kind(StartKind::Anchored)
                    .dfa_size_limit(Some(AUTOMATON_SIZE_MAX))
                    .determinize_size_limit(Some(4 * AUTOMATON_SIZE_MAX)),
            )
            .build_from_nfa(&nfa)
            .map_err(|error| error.to_string())?;
        let start = reverse
            .universal_start_state(regex_automata::Anchored::Yes)
            .ok_or_else(|| "the pattern looks around".to_owned())?;
        Ok(Pivot { reverse, start })
    }

    /// Replaces `starts` by every start of a match whose literal stands at `at`, descending.
    pub(super) fn starts(&self, field: &[u8], at: usize, starts: &mut Vec<u32>) {
        starts.clear();
        let mut state = self.start;
        let from = at.saturating_sub(MATCH_LEN_MAX);
        for index in (from..at).rev() {
            state = self.reverse.next_state(state, field[index]);
            if self.reverse.is_dead_state(state) {
                return;
            }
            // Matches are reported one byte late: before `index` was read, the left part held.
            if self.reverse.is_match_state(state) {
                starts.push(position(index + 1));
            }
        }
        if self
            .reverse
            .is_match_state(self.reverse.next_eoi_state(state))
        {
            starts.push(position(from));
        }
    }

    /// The classes in front of the literal, the nearest first; where the left part may be over,
    /// everything is permitted.
    fn classes(&self) -> Vec<ByteSet> {
        let mut states = vec![self.start];
        let mut over = false;
        let mut classes = Vec::new();
        let bytes = derive::byte_classes(&self.reverse);
        for _ in 0..REACH {
            let ends = |state: &StateID| {
                self.reverse
                    .is_match_state(self.reverse.next_eoi_state(*state))
            };
            over |= states.iter().any(ends);
            let mut class = if over { ByteSet::ALL } else { ByteSet::NONE };
            let mut next = Vec::new();
            for state in &states {
                for (byte, same) in &bytes {
                    let to = self.reverse.next_state(*state, *byte);
                    if !self.reverse.is_dead_state(to) {
                        class = class.union(*same);
                        next.push(to);
                    }
                }
            }
            next.sort_unstable();
            next.dedup();
            states = next;
            classes.push(class);
        }
        classes
    }
}
