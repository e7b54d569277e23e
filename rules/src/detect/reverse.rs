//! From where a match is known to be, or to end, back to where it may start.

use super::MATCH_LEN_MAX;
use super::confirm::{AUTOMATON_SIZE_MAX, position};
use regex_automata::MatchKind;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::Hir;

/// The anchored automaton of one or several patterns, reversed.
#[derive(Debug)]
pub(crate) struct Reverse {
    pub(crate) automaton: dense::DFA<Vec<u32>>,
    pub(crate) start: StateID,
}

impl Reverse {
    pub(crate) fn new(patterns: &[Hir]) -> Result<Reverse, String> {
        let nfa = thompson::Compiler::new()
            .configure(
                thompson::Config::new()
                    .utf8(false)
                    .reverse(true)
                    .which_captures(thompson::WhichCaptures::None)
                    .nfa_size_limit(Some(AUTOMATON_SIZE_MAX)),
            )
            .build_many_from_hir(patterns)
            .map_err(|error| error.to_string())?;
        let automaton = dense::Builder::new()
            .configure(
                dense::Config::new()
                    .match_kind(MatchKind::All)
                    .start_kind(StartKind::Anchored)
                    .dfa_size_limit(Some(AUTOMATON_SIZE_MAX))
                    .determinize_size_limit(Some(4 * AUTOMATON_SIZE_MAX)),
            )
            .build_from_nfa(&nfa)
            .map_err(|error| error.to_string())?;
        let start = automaton
            .universal_start_state(regex_automata::Anchored::Yes)
            .ok_or_else(|| "the pattern looks around".to_owned())?;
        Ok(Reverse { automaton, start })
    }

    /// Replaces `starts` by every start, descending, of what ends at `at`. Returns how many bytes were read.
    pub(crate) fn starts(&self, field: &[u8], at: usize, starts: &mut Vec<u32>) -> usize {
        starts.clear();
        let mut state = self.start;
        let from = at.saturating_sub(MATCH_LEN_MAX);
        for index in (from..at).rev() {
            state = self.automaton.next_state(state, field[index]);
            if self.automaton.is_dead_state(state) {
                return at - index;
            }
            // Matches are reported one byte late: before `index` was read, the left part held.
            if self.automaton.is_match_state(state) {
                starts.push(position(index + 1));
            }
        }
        if self
            .automaton
            .is_match_state(self.automaton.next_eoi_state(state))
        {
            starts.push(position(from));
        }
        at - from
    }
}
