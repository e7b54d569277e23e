//! From an automaton to the byte classes that a match needs near its start.
//!
//! A *path* is a sequence of classes, one per position, and the states that the automaton may be
//! in behind it. Paths branch where bytes lead to different states, and end where a match may end:
//! behind the end stands what the boundary permits, then anything. When there are too many, the
//! two that grow least are merged, which keeps the result a superset.

use super::bytes::ByteSet;
use crate::detect::confirm::{is_digit, is_word};
use crate::pack::Boundary;
use regex_automata::dfa::{Automaton, dense};
use regex_automata::util::primitives::StateID;
use std::collections::BTreeMap;

/// Paths of one pattern at most.
const PATHS_MAX: usize = 12;

/// A sequence of necessary classes.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) classes: Vec<ByteSet>,
    /// Ascending.
    states: Vec<StateID>,
    /// What may stand next if the match is already over.
    over: Option<ByteSet>,
}

/// All paths of `depth` positions from the start of a match, behind the class of the byte before
/// it: each has `depth + 1` classes.
pub(super) fn from_start(
    automaton: &dense::DFA<Vec<u32>>,
    boundary: Boundary,
    depth: usize,
) -> Vec<Path> {
    let mut paths = forward(automaton, boundary, depth);
    for path in &mut paths {
        let first = path.classes.first().copied().unwrap_or(ByteSet::ALL);
        path.classes.insert(0, beside(boundary, first));
    }
    paths
}

/// All paths of `depth` positions from the start of the automaton.
pub(super) fn forward(
    automaton: &dense::DFA<Vec<u32>>,
    boundary: Boundary,
    depth: usize,
) -> Vec<Path> {
    let Some(start) = automaton.universal_start_state(regex_automata::Anchored::Yes) else {
        return Vec::new();
    };
    let mut paths = vec![Path {
        classes: Vec::new(),
        states: vec![start],
        over: None,
    }];
    for _ in 0..depth {
        paths = paths
            .iter()
            .flat_map(|path| path.step(automaton, boundary))
            .collect();
        while paths.len() > PATHS_MAX {
            merge_nearest(&mut paths);
        }
    }
    paths
}

impl Path {
    /// This path, one position longer, in all its branches.
    fn step(&self, automaton: &dense::DFA<Vec<u32>>, boundary: Boundary) -> Vec<Path> {
        let mut branches: BTreeMap<Vec<StateID>, ByteSet> = BTreeMap::new();
        for byte in 0..=u8::MAX {
            let mut next: Vec<StateID> = self
                .states
                .iter()
                .map(|state| automaton.next_state(*state, byte))
                .collect();
            next.retain(|state| !automaton.is_dead_state(*state));
            next.sort_unstable();
            next.dedup();
            if !next.is_empty() {
                branches.entry(next).or_insert(ByteSet::NONE).insert(byte);
            }
        }
        let longer = |class| {
            let mut classes = self.classes.clone();
            classes.push(class);
            classes
        };
        let mut paths = Vec::new();
        for (states, class) in branches {
            let ends = |state: &StateID| automaton.is_match_state(automaton.next_eoi_state(*state));
            if states.iter().any(ends) {
                let over = Some(beside(boundary, class));
                paths.push(Path {
                    classes: longer(class),
                    states: Vec::new(),
                    over,
                });
            }
            // A state that leads nowhere dies with its next step.
            paths.push(Path {
                classes: longer(class),
                states,
                over: None,
            });
        }
        if let Some(class) = self.over {
            let over = Some(ByteSet::ALL);
            paths.push(Path {
                classes: longer(class),
                states: Vec::new(),
                over,
            });
        }
        paths
    }

    fn merged(&self, other: &Path) -> Path {
        let classes = self
            .classes
            .iter()
            .zip(&other.classes)
            .map(|(a, b)| a.union(*b))
            .collect();
        let mut states = [self.states.as_slice(), &other.states].concat();
        states.sort_unstable();
        states.dedup();
        let over = match (self.over, other.over) {
            (Some(a), Some(b)) => Some(a.union(b)),
            (one, two) => one.or(two),
        };
        Path {
            classes,
            states,
            over,
        }
    }
}

/// Merges the two paths whose union permits least beyond what they permit already.
fn merge_nearest(paths: &mut Vec<Path>) {
    let width = |path: &[ByteSet]| {
        path.iter()
            .map(|class| f64::from(class.len()).log2())
            .sum::<f64>()
    };
    let mut best = (f64::INFINITY, 0, 1);
    for (i, a) in paths.iter().enumerate() {
        for (j, b) in paths.iter().enumerate().skip(i + 1) {
            let union: f64 = a
                .classes
                .iter()
                .zip(&b.classes)
                .map(|(a, b)| f64::from(a.union(*b).len()).log2())
                .sum();
            let grown = union - width(&a.classes).max(width(&b.classes));
            if grown < best.0 {
                best = (grown, i, j);
            }
        }
    }
    let (_, i, j) = best;
    let second = paths.swap_remove(j);
    paths[i] = paths[i].merged(&second);
}

/// What may stand beside an edge of a match whose byte at that edge is one of `edge`. Outside the
/// field stands a NUL.
fn beside(boundary: Boundary, edge: ByteSet) -> ByteSet {
    let not = |class: fn(u8) -> bool| {
        if edge.all(class) {
            ByteSet::of(|byte| !class(byte))
        } else {
            ByteSet::ALL
        }
    };
    match boundary {
        Boundary::None => ByteSet::ALL,
        Boundary::Digit => not(is_digit),
        Boundary::Word => not(is_word),
        Boundary::WholeField => ByteSet::of(|byte| byte == 0 || byte.is_ascii_whitespace()),
    }
}
