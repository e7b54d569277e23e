//! Overlapping matches of different detectors become non-overlapping ones.

use super::Found;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The rank of a detector: what wins an overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rank {
    pub(crate) priority: i64,
    /// Counts only: takes no bytes from others.
    pub(crate) shadow: bool,
}

/// Reusable memory.
#[derive(Debug, Default)]
pub(crate) struct Overlaps {
    taken: Vec<Found>,
    /// What begins at or before the place that is looked at, the winner on top.
    open: BinaryHeap<Open>,
}

/// Ordered by rank; what wins is greater.
type Open = (i64, u32, Reverse<u32>, Reverse<u16>);

/// Sorts `found` by start and resolves overlaps in place.
///
/// One pass from left to right: a byte belongs to the highest of all that cover it. Takes time
/// `n log n`, because whoever fills a field decides how many overlap.
pub(crate) fn resolve(found: &mut Vec<Found>, ranks: &[Rank], overlaps: &mut Overlaps) {
    if found.len() < 2 {
        return;
    }
    found.sort_unstable_by_key(|f| (f.start, f.end, f.detector));
    if found.windows(2).all(|pair| pair[0].end <= pair[1].start) {
        return;
    }
    let Overlaps { taken, open } = overlaps;
    taken.clear();
    open.clear();
    let rank = |f: &Found| ranks[usize::from(f.detector)];
    let mut coming = found.iter().filter(|f| !rank(f).shadow).peekable();
    let mut at = 0;
    loop {
        while open.peek().is_some_and(|top| end_of(top) <= at) {
            open.pop();
        }
        let top = open.peek().copied();
        // Up to the end of the top one, or to where something begins that wins over it.
        let end = top.as_ref().map(end_of);
        let next = coming.next_if(|f| end.is_none_or(|end| f.start < end));
        if let Some(f) = next {
            let new = (
                rank(f).priority,
                f.end - f.start,
                Reverse(f.start),
                Reverse(f.detector),
            );
            open.push(new);
            if top.is_none_or(|top| top < new) {
                push_part(taken, top, at, f.start);
                at = f.start;
            }
        } else if let Some(end) = end {
            push_part(taken, top, at, end);
            at = end;
        } else {
            break;
        }
    }
    drop(coming);
    add_free(taken, found.iter().filter(|f| rank(f).shadow));
    std::mem::swap(found, taken);
}

fn end_of((_, len, Reverse(start), _): &Open) -> u32 {
    start + len
}

fn push_part(taken: &mut Vec<Found>, owner: Option<Open>, start: u32, end: u32) {
    if let Some((_, _, _, Reverse(detector))) = owner.filter(|_| start < end) {
        taken.push(Found {
            start,
            end,
            detector,
        });
    }
}

/// Adds those, given by start, that touch nothing in `taken` and nothing that was added.
fn add_free<'f>(taken: &mut Vec<Found>, shadows: impl Iterator<Item = &'f Found>) {
    let enforced = taken.len();
    let (mut next, mut free_from) = (0, 0);
    for shadow in shadows {
        next += taken[next..enforced]
            .iter()
            .take_while(|t| t.end <= shadow.start)
            .count();
        let is_free = taken[next..enforced]
            .first()
            .is_none_or(|t| shadow.end <= t.start);
        if is_free && free_from <= shadow.start {
            free_from = shadow.end;
            taken.push(*shadow);
        }
    }
    if enforced < taken.len() {
        taken.sort_unstable_by_key(|f| f.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RANKS: [Rank; 3] = [
        Rank {
            priority: 1,
            shadow: false,
        },
        Rank {
            priority: 2,
            shadow: false,
        },
        Rank {
            priority: 9,
            shadow: true,
        },
    ];

    fn resolved(spans: &[(u32, u32, u16)]) -> Vec<(u32, u32, u16)> {
        let mut found: Vec<_> = spans
            .iter()
            .map(|&(start, end, detector)| Found {
                start,
                end,
                detector,
            })
            .collect();
        resolve(&mut found, &RANKS, &mut Overlaps::default());
        found.iter().map(|f| (f.start, f.end, f.detector)).collect()
    }

    #[test]
    fn priority_wins_and_the_rest_of_a_loser_stays_masked() {
        assert_eq!(resolved(&[(0, 10, 0), (5, 12, 1)]), [(0, 5, 0), (5, 12, 1)]);
        assert_eq!(
            resolved(&[(0, 10, 0), (3, 5, 1)]),
            [(0, 3, 0), (3, 5, 1), (5, 10, 0)]
        );
        assert_eq!(resolved(&[(0, 10, 1), (3, 5, 0)]), [(0, 10, 1)]);
        assert_eq!(
            resolved(&[(0, 4, 1), (6, 9, 1), (2, 8, 0)]),
            [(0, 4, 1), (4, 6, 0), (6, 9, 1)]
        );
    }

    #[test]
    fn length_then_position_decide_among_equals() {
        assert_eq!(resolved(&[(0, 4, 0), (0, 9, 0)]), [(0, 9, 0)]);
    }

    #[test]
    fn shadow_takes_only_what_is_wholly_free() {
        assert_eq!(
            resolved(&[(0, 4, 0), (2, 8, 2), (10, 12, 2)]),
            [(0, 4, 0), (10, 12, 2)]
        );
    }

    #[test]
    fn the_union_of_what_was_found_stays_covered() {
        let spans = [(0, 7, 0), (2, 9, 1), (5, 20, 0), (8, 12, 1), (19, 30, 0)];
        let out = resolved(&spans);
        let covers = |spans: &[(u32, u32, u16)], at| spans.iter().any(|s| s.0 <= at && at < s.1);
        assert!(
            (0..40).all(|at| covers(&out, at) == covers(&spans, at)),
            "{out:?}"
        );
        assert!(out.windows(2).all(|p| p[0].1 <= p[1].0), "{out:?}");
    }

    proptest! {
        #[test]
        fn each_byte_belongs_to_the_highest_that_covers_it(
            spans in proptest::collection::vec((0u32..60, 1u32..20, 0u16..3), 0..30),
        ) {
            let spans: Vec<_> = spans.into_iter().map(|(start, len, d)| (start, start + len, d)).collect();
            let out = resolved(&spans);
            prop_assert!(out.windows(2).all(|p| p[0].1 <= p[1].0), "{:?}", out);
            let rank = |s: &(u32, u32, u16)| {
                (RANKS[usize::from(s.2)].priority, s.1 - s.0, Reverse(s.0), Reverse(s.2))
            };
            let enforced = |s: &&(u32, u32, u16)| s.2 < 2;
            for at in 0..80 {
                let covers = |s: &&(u32, u32, u16)| s.0 <= at && at < s.1;
                let owner = out.iter().filter(enforced).find(covers).map(|s| s.2);
                let highest = spans.iter().filter(enforced).filter(covers).max_by_key(|s| rank(s));
                prop_assert_eq!(owner, highest.map(|s| s.2), "at {}", at);
            }
            for shadow in out.iter().filter(|s| s.2 == 2) {
                prop_assert!(spans.contains(shadow));
            }
        }
    }

    #[test]
    fn many_overlaps_take_no_quadratic_time() {
        // Each of the long ones is cut by a short one that wins: all parts come between others.
        let spans: Vec<_> = (0..200_000u32)
            .flat_map(|n| [(n * 8, n * 8 + 9, 0), (n * 8 + 3, n * 8 + 5, 1)])
            .collect();
        let out = resolved(&spans);
        assert_eq!(out.len(), 3 * 200_000);
    }
}
