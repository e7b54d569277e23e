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
const PATHS_MAX: usize = 8;

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
    let classes = byte_classes(automaton);
    let mut paths = vec![Path {
        classes: Vec::new(),
        states: vec![start],
        over: None,
    }];
    for _ in 0..depth {
        paths = paths
            .iter()
            .flat_map(|path| path.step(automaton, &classes, boundary))
            .collect();
        merge_until_few(&mut paths);
    }
    paths
}

/// The bytes that an automaton does not tell apart, each with one of them.
pub(super) fn byte_classes(automaton: &dense::DFA<Vec<u32>>) -> Vec<(u8, ByteSet)> {
    let classes = automaton.byte_classes();
    let mut sets: Vec<(u8, ByteSet)> = Vec::new();
    let mut place = [usize::MAX; 256];
    for byte in 0..=u8::MAX {
        let class = usize::from(classes.get(byte));
        if place[class] == usize::MAX {
            place[class] = sets.len();
            sets.push((byte, ByteSet::NONE));
        }
        sets[place[class]].1.insert(byte);
    }
    sets
}

impl Path {
    /// This path, one position longer, in all its branches.
    fn step(
        &self,
        automaton: &dense::DFA<Vec<u32>>,
        classes: &[(u8, ByteSet)],
        boundary: Boundary,
    ) -> Vec<Path> {
        let mut branches: BTreeMap<Vec<StateID>, ByteSet> = BTreeMap::new();
        for (byte, class) in classes {
            let mut next: Vec<StateID> = self
                .states
                .iter()
                .map(|state| automaton.next_state(*state, *byte))
                .collect();
            next.retain(|state| !automaton.is_dead_state(*state));
            next.sort_unstable();
            next.dedup();
            if !next.is_empty() {
                let branch = branches.entry(next).or_insert(ByteSet::NONE);
                *branch = branch.union(*class);
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

    /// How much it permits, as a logarithm in units of 1/64.
    fn width(&self) -> u32 {
        self.classes
            .iter()
            .map(|class| logarithm(class.len()))
            .sum()
    }

    /// How much the union permits beyond the wider of the two.
    fn growth(&self, other: &Path) -> u32 {
        let classes = self.classes.iter().zip(&other.classes);
        let union: u32 = classes.map(|(a, b)| logarithm(a.union(*b).len())).sum();
        union - self.width().max(other.width())
    }
}

/// Merges, until few are left, the two paths whose union permits least beyond what they permit.
fn merge_until_few(paths: &mut Vec<Path>) {
    if paths.len() <= PATHS_MAX {
        return;
    }
    let row = |paths: &[Path], i: usize| -> Vec<u32> {
        paths[..i]
            .iter()
            .map(|path| path.growth(&paths[i]))
            .collect()
    };
    let mut growth: Vec<Vec<u32>> = (0..paths.len()).map(|i| row(paths, i)).collect();
    while paths.len() > PATHS_MAX {
        let pairs = growth
            .iter()
            .enumerate()
            .flat_map(|(i, row)| row.iter().enumerate().map(move |(j, grown)| (*grown, i, j)));
        let Some((_, i, j)) = pairs.min() else { return };
        // `j` is below `i`: the union takes the place of `j`.
        let second = paths.remove(i);
        paths[j] = paths[j].merged(&second);
        growth.remove(i);
        growth.iter_mut().skip(i).for_each(|row| {
            row.remove(i);
        });
        growth[j] = row(paths, j);
        for k in j + 1..paths.len() {
            growth[k][j] = paths[k].growth(&paths[j]);
        }
    }
}

/// 64 times the binary logarithm of a number up to 256, rounded down to eighths of a power.
fn logarithm(number: u32) -> u32 {
    match number {
        0 => 0,
        number => {
            let power = number.ilog2();
            64 * power + ((number << (8 - power)) & 0xff) / 4
        }
    }
}

/// What may stand beside an edge of a match whose byte at that edge is one of `edge`. Outside the
/// field stands a NUL.
pub(super) fn beside(boundary: Boundary, edge: ByteSet) -> ByteSet {
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
