//! One detector: from a start to the longest acceptable end.
//!
//! All patterns of a detector are one dense automaton that is anchored at the start and reports
//! every end. Acceptance (boundary, validators, words, allow entries) is asked from the longest
//! end downwards.

use super::sets::Evidence;
use super::{ENDS_MAX, MATCH_LEN_MAX};
use crate::pack::Boundary;
use crate::validators::Validator;
use regex_automata::MatchKind;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::Hir;
use std::ops::Range;

/// Bytes of a random text at most.
const RANDOM_LEN_MAX: usize = 512;

/// Size of one automaton at most, in bytes.
pub(crate) const AUTOMATON_SIZE_MAX: usize = 4 << 20;

/// A detector, ready to confirm.
#[derive(Debug)]
pub(crate) struct Confirm {
    automaton: dense::DFA<Vec<u32>>,
    start: StateID,
    boundary: Boundary,
    validators: Vec<&'static Validator>,
    words: Words,
    allowed: Vec<Allowed>,
    /// Bytes of the shortest match.
    len_min: usize,
    /// Bytes of the longest match that is followed, at most [`MATCH_LEN_MAX`].
    len_max: usize,
}

/// The longest acceptable end of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) at: usize,
    /// An allow entry names the span: it is no finding, but it is not searched either.
    pub(crate) allowed: bool,
}

/// Context words, lower case, searched before and after a match.
#[derive(Debug)]
pub(crate) struct Words {
    any: Vec<Box<[u8]>>,
    before: usize,
    after: usize,
    /// Length of the shortest word, in bytes.
    shortest: usize,
    /// Which bytes begin a word, in lower case.
    firsts: Box<[bool; 256]>,
}

/// What an allow entry lets pass, lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    Value(Box<[u8]>),
    Prefix(Box<[u8]>),
    Suffix(Box<[u8]>),
}

impl Confirm {
    /// Builds the automaton of `patterns`; the error is what the builder says (too large).
    pub(crate) fn new(
        patterns: &[Hir],
        boundary: Boundary,
        validators: Vec<&'static Validator>,
        words: Words,
    ) -> Result<Confirm, String> {
        let automaton = forward_automaton(patterns)?;
        let start = automaton
            .universal_start_state(regex_automata::Anchored::Yes)
            .ok_or_else(|| "the pattern looks around".to_owned())?;
        Ok(Confirm {
            automaton,
            start,
            boundary,
            validators,
            words,
            allowed: Vec::new(),
            len_min: len_min(patterns),
            len_max: len_max(patterns),
        })
    }

    /// Adds an allow entry.
    pub(crate) fn allow(&mut self, allowed: Allowed) {
        self.allowed.push(allowed);
    }

    /// Bytes of the shortest match.
    pub(crate) fn len_min(&self) -> usize {
        self.len_min
    }

    /// How many bytes in front of a start, and from it on, decide whether a match begins there and where it ends.
    pub(crate) fn reach(&self) -> (usize, usize) {
        // One byte on either side for the boundary, of the match and of a word.
        (self.words.before + 1, self.len_max + self.words.after + 1)
    }

    /// Bytes of the longest match that is followed.
    pub(crate) fn len_max(&self) -> usize {
        self.len_max
    }

    /// The words that count, lower case.
    pub(crate) fn words(&self) -> &[Box<[u8]>] {
        &self.words.any
    }

    /// How far before and behind a match a word may stand, in bytes.
    pub(crate) fn words_reach(&self) -> (usize, usize) {
        (self.words.before, self.words.after)
    }

    /// May a match begin there, by its first byte and what stands in front of it?
    #[inline]
    pub(crate) fn may_start(&self, field: &[u8], start: usize) -> bool {
        self.starts_with(field[start]) && self.starts_cleanly(field, start)
    }

    /// Does a field of `len` bytes go on behind `start` for the shortest match, and is there room
    /// for a word if one is needed?
    #[inline]
    pub(crate) fn has_room(&self, evidence: Evidence, start: usize, len: usize) -> bool {
        len - start >= self.len_min
            && (evidence != Evidence::Words || self.words.have_room(start, self.len_min, len))
    }

    /// How many bytes [`Confirm::end_at`] reads from `start` to where its automaton dies.
    pub(crate) fn reads(&self, field: &[u8], start: usize) -> usize {
        if !self.starts_cleanly(field, start) {
            return 0;
        }
        let rest = &field[start..field.len().min(start + MATCH_LEN_MAX)];
        let mut state = self.start;
        let lives = |byte: &&u8| {
            state = self.automaton.next_state(state, **byte);
            !self.automaton.is_dead_state(state)
        };
        rest.len().min(rest.iter().take_while(lives).count() + 1)
    }

    /// Calls `each` with every end of the patterns from `start`, whatever the boundary says. Returns how
    /// many bytes were read.
    #[cfg(feature = "hyperscan")]
    pub(crate) fn ends(&self, text: &[u8], start: usize, mut each: impl FnMut(usize)) -> usize {
        let mut state = self.start;
        for (at, byte) in text.iter().enumerate().skip(start) {
            state = self.automaton.next_state(state, *byte);
            if self.automaton.is_match_state(state) {
                each(at);
            } else if self.automaton.is_dead_state(state) {
                return at - start + 1;
            }
        }
        text.len() - start
    }

    /// The longest end of the patterns from `start`, whatever boundary, validators and words say: what a
    /// near miss is measured by. Follows them for [`MATCH_LEN_MAX`] bytes.
    pub(crate) fn longest(&self, field: &[u8], start: usize) -> Option<usize> {
        let limit = field.len().min(start + MATCH_LEN_MAX);
        let mut state = self.start;
        let mut longest = None;
        for (at, byte) in field[..limit].iter().enumerate().skip(start) {
            state = self.automaton.next_state(state, *byte);
            if self.automaton.is_match_state(state) {
                longest = Some(at);
            } else if self.automaton.is_dead_state(state) {
                return longest;
            }
        }
        let last = self.automaton.next_eoi_state(state);
        match self.automaton.is_match_state(last) {
            true => Some(limit),
            false => longest,
        }
    }

    /// Is `byte` a possible first byte of a match?
    pub(crate) fn starts_with(&self, byte: u8) -> bool {
        !self
            .automaton
            .is_dead_state(self.automaton.next_state(self.start, byte))
    }

    /// A random text that a pattern matches whole, of printable ASCII: each byte is one of those that keep
    /// the automaton alive. Nothing where none is found within [`RANDOM_LEN_MAX`] bytes.
    pub(crate) fn random(&self, next: &mut dyn FnMut() -> u64) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        let mut whole = None;
        let mut state = self.start;
        while text.len() < RANDOM_LEN_MAX {
            let lives = |byte: &u8| {
                !self
                    .automaton
                    .is_dead_state(self.automaton.next_state(state, *byte))
            };
            let bytes: Vec<u8> = (b' '..=b'~').filter(lives).collect();
            let count = u64::try_from(bytes.len()).ok().filter(|count| *count > 0)?;
            let byte = bytes[usize::try_from(next() % count).ok()?];
            state = self.automaton.next_state(state, byte);
            text.push(byte);
            let end = self.automaton.next_eoi_state(state);
            if self.automaton.is_match_state(end) {
                whole = Some(text.len());
                if next().is_multiple_of(4) {
                    break;
                }
            }
            let dead = |byte: u8| {
                self.automaton
                    .is_dead_state(self.automaton.next_state(state, byte))
            };
            if (b' '..=b'~').all(dead) {
                break;
            }
        }
        text.truncate(whole?);
        Some(text)
    }

    /// The longest acceptable end of a match of `field` that begins at `start`.
    #[inline]
    pub(crate) fn end_at(&self, field: &[u8], start: usize, evidence: Evidence) -> Option<End> {
        if !self.starts_cleanly(field, start) {
            return None;
        }
        let mut ends = [0u32; ENDS_MAX];
        let mut count = 0;
        let limit = field.len().min(start + MATCH_LEN_MAX);
        let mut state = self.start;
        let mut at = start;
        while at < limit {
            state = self.automaton.next_state(state, field[at]);
            if self.automaton.is_special_state(state) {
                if self.automaton.is_match_state(state) {
                    if self.ends_cleanly(field, at) {
                        ends[count % ENDS_MAX] = position(at);
                        count += 1;
                    }
                } else if self.automaton.is_dead_state(state) {
                    break;
                }
            }
            at += 1;
        }
        if at == limit {
            let last = self.automaton.next_eoi_state(state);
            if self.automaton.is_match_state(last) {
                if limit < field.len() {
                    return self.extended(field, start, state, limit, evidence);
                }
                // Nothing stands behind the end of the field.
                ends[count % ENDS_MAX] = position(at);
                count += 1;
            }
        }
        let tried = count.min(ENDS_MAX);
        (1..=tried)
            .map(|back| ends[(count - back) % ENDS_MAX] as usize)
            .find(|&end| self.accepts(field, start, end, evidence))
            .map(|end| self.end(field, start, end))
    }

    /// A match that is alive at the limit goes on for as long as the automaton does. Only the
    /// validators of the first [`MATCH_LEN_MAX`] bytes are asked, and no boundary at the end.
    #[cold]
    fn extended(
        &self,
        field: &[u8],
        start: usize,
        mut state: StateID,
        limit: usize,
        evidence: Evidence,
    ) -> Option<End> {
        if evidence == Evidence::Value && !self.valid(&field[start..limit]) {
            return None;
        }
        let mut end = limit;
        for (at, byte) in field.iter().enumerate().skip(limit) {
            state = self.automaton.next_state(state, *byte);
            if self.automaton.is_match_state(state) {
                end = at;
            } else if self.automaton.is_dead_state(state) {
                return Some(self.end(field, start, end));
            }
        }
        let last = self.automaton.next_eoi_state(state);
        if self.automaton.is_match_state(last) {
            end = field.len();
        }
        Some(self.end(field, start, end))
    }

    /// Does the boundary permit a match to begin at `start`?
    #[inline]
    fn starts_cleanly(&self, field: &[u8], start: usize) -> bool {
        let touches = |class: fn(u8) -> bool| {
            start > 0 && start < field.len() && class(field[start - 1]) && class(field[start])
        };
        match self.boundary {
            Boundary::None => true,
            Boundary::Digit => !touches(is_digit),
            Boundary::Word => !touches(is_word),
            Boundary::WholeField => field[..start].iter().all(u8::is_ascii_whitespace),
        }
    }

    fn ends_cleanly(&self, field: &[u8], end: usize) -> bool {
        let touches = |class: fn(u8) -> bool| {
            end > 0 && end < field.len() && class(field[end - 1]) && class(field[end])
        };
        match self.boundary {
            Boundary::None => true,
            Boundary::Digit => !touches(is_digit),
            Boundary::Word => !touches(is_word),
            Boundary::WholeField => field[end..].iter().all(u8::is_ascii_whitespace),
        }
    }

    fn accepts(&self, field: &[u8], start: usize, end: usize, evidence: Evidence) -> bool {
        let span = &field[start..end];
        (evidence == Evidence::Column || self.valid(span))
            && (evidence != Evidence::Words || self.words.near(field, start, end))
    }

    fn end(&self, field: &[u8], start: usize, at: usize) -> End {
        let span = &field[start..at];
        End {
            at,
            allowed: self.allowed.iter().any(|allowed| allowed.holds(span)),
        }
    }

    fn valid(&self, span: &[u8]) -> bool {
        self.validators
            .iter()
            .all(|validator| (validator.check)(span))
    }
}

impl Words {
    /// Does one of the words stand, as a whole word, within reach of the match?
    fn near(&self, field: &[u8], start: usize, end: usize) -> bool {
        let from = start.saturating_sub(self.before);
        let to = field.len().min(end + self.after);
        self.stand_in(field, from..start) || self.stand_in(field, end..to)
    }

    /// Does a word stand in a part of a field, in either case, with no letter beside its own edge letters?
    fn stand_in(&self, field: &[u8], part: Range<usize>) -> bool {
        let inside = |at: usize, byte: u8| at > 0 && is_letter(field[at - 1]) && is_letter(byte);
        part.clone().any(|at| {
            let byte = field[at];
            self.firsts[usize::from(byte.to_ascii_lowercase())]
                && !inside(at, byte)
                && self
                    .any
                    .iter()
                    .any(|word| at + word.len() <= part.end && begins_with_word(&field[at..], word))
        })
    }

    /// Can a word stand beside a match of at least `len_min` bytes that begins at `start` of a
    /// field of `len` bytes?
    pub(crate) fn have_room(&self, start: usize, len_min: usize, len: usize) -> bool {
        let before = start.min(self.before);
        let after = len.saturating_sub(start + len_min).min(self.after);
        before >= self.shortest || after >= self.shortest
    }

    /// Words in lower case, and how many bytes before and after a match they may stand.
    pub(crate) fn new(any: Vec<Box<[u8]>>, before: usize, after: usize) -> Words {
        let shortest = any
            .iter()
            .map(|word| word.len())
            .min()
            .unwrap_or(usize::MAX);
        let mut firsts = Box::new([false; 256]);
        for first in any.iter().filter_map(|word| word.first()) {
            firsts[usize::from(first.to_ascii_lowercase())] = true;
        }
        Words {
            any,
            before,
            after,
            shortest,
            firsts,
        }
    }
}

/// Does a text begin with the word, in either case, and go on with no letter beside its last one?
fn begins_with_word(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(word))
        && match (word.last(), text.get(word.len())) {
            (Some(last), Some(next)) => !is_letter(*last) || !is_letter(*next),
            _ => true,
        }
}

impl Allowed {
    pub(crate) fn holds(&self, span: &[u8]) -> bool {
        match self {
            Allowed::Value(value) => span.eq_ignore_ascii_case(value),
            Allowed::Prefix(prefix) => {
                span.len() >= prefix.len() && span[..prefix.len()].eq_ignore_ascii_case(prefix)
            }
            Allowed::Suffix(suffix) => {
                span.len() >= suffix.len()
                    && span[span.len() - suffix.len()..].eq_ignore_ascii_case(suffix)
            }
        }
    }
}

/// Letters only: `ssn:` and `ssn_1` both hold the word `ssn`.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
}

pub(crate) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Offsets inside a field fit: a buffer is at most 4 GiB.
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn position(at: usize) -> u32 {
    at as u32
}

/// Bytes of the shortest text that one of the patterns matches.
fn len_min(patterns: &[Hir]) -> usize {
    let lens = patterns.iter().map(|p| p.properties().minimum_len());
    lens.map(|len| len.unwrap_or(1)).min().unwrap_or(1)
}

/// Bytes of the longest text that one of the patterns matches, as far as it is followed.
fn len_max(patterns: &[Hir]) -> usize {
    let lens = patterns.iter().map(|p| p.properties().maximum_len());
    let lens = lens.map(|len| len.unwrap_or(MATCH_LEN_MAX).min(MATCH_LEN_MAX));
    lens.max().unwrap_or(0)
}

/// The anchored automaton of all ends of several patterns.
pub(crate) fn forward_automaton(patterns: &[Hir]) -> Result<dense::DFA<Vec<u32>>, String> {
    let nfa = thompson::Compiler::new()
        .configure(
            thompson::Config::new()
                .utf8(false)
                .which_captures(thompson::WhichCaptures::None)
                .nfa_size_limit(Some(AUTOMATON_SIZE_MAX)),
        )
        .build_many_from_hir(patterns)
        .map_err(|error| error.to_string())?;
    dense::Builder::new()
        .configure(
            dense::Config::new()
                .match_kind(MatchKind::All)
                .start_kind(StartKind::Anchored)
                .dfa_size_limit(Some(AUTOMATON_SIZE_MAX))
                .determinize_size_limit(Some(4 * AUTOMATON_SIZE_MAX)),
        )
        .build_from_nfa(&nfa)
        .map_err(|error| error.to_string())
}
