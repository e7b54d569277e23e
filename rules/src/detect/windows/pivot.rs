//! A literal inside a pattern from which matches grow to the left.
//!
//! Some patterns begin with classes that are everywhere (the name of an e-mail address), but hold
//! a literal that is rare (its `@`). Such a pattern is cut in front of the literal; the reverse
//! automaton of the left part gives every start.

use super::bytes::ByteSet;
use super::derive;
use crate::detect::MATCH_LEN_MAX;
use crate::detect::confirm::forward_automaton;
use crate::detect::reverse::Reverse;
use crate::pack::Boundary;
use regex_automata::dfa::Automaton;
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::{Hir, HirKind};

/// Bytes in front of the literal that a window may cover.
pub(super) const REACH: usize = 3;

/// A pattern cut in front of a literal.
pub(super) struct Cut {
    /// The left part, reversed.
    pub(super) left: Reverse,
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
    // A match that reaches the length that is followed may end where the boundary forbids it.
    let len_max = pattern.properties().maximum_len();
    let boundary = match len_max {
        Some(len) if len < MATCH_LEN_MAX => boundary,
        _ => Boundary::None,
    };
    let mut cuts = Vec::new();
    for (index, part) in parts.iter().enumerate().skip(1) {
        if !matches!(part.kind(), HirKind::Literal(_)) {
            continue;
        }
        let left = Hir::concat(parts[..index].to_vec());
        let right = Hir::concat(parts[index..].to_vec());
        let paths = derive::forward(&forward_automaton(&[right])?, boundary, depth);
        let left = Reverse::new(&[left])?;
        let before = classes_before(&left);
        cuts.push(Cut {
            left,
            before,
            paths,
        });
    }
    Ok(cuts)
}

/// The classes in front of the literal, the nearest first; where the left part may be over,
/// everything is permitted.
fn classes_before(reverse: &Reverse) -> Vec<ByteSet> {
    let automaton = &reverse.automaton;
    let mut states = vec![reverse.start];
    let mut over = false;
    let mut classes = Vec::new();
    let bytes = derive::byte_classes(automaton);
    for _ in 0..REACH {
        let ends = |state: &StateID| automaton.is_match_state(automaton.next_eoi_state(*state));
        over |= states.iter().any(ends);
        let mut class = if over { ByteSet::ALL } else { ByteSet::NONE };
        let mut next = Vec::new();
        for state in &states {
            for (byte, same) in &bytes {
                let to = automaton.next_state(*state, *byte);
                if !automaton.is_dead_state(to) {
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
