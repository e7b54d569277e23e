//! Overlapping matches of different detectors become non-overlapping ones.

use super::Found;

/// The rank of a detector: what wins an overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rank {
    pub(crate) priority: i64,
    /// Counts only: takes no bytes from others.
    pub(crate) shadow: bool,
}

/// Sorts `found` by start and resolves overlaps in place. `taken` is scratch.
pub(crate) fn resolve(found: &mut Vec<Found>, ranks: &[Rank], taken: &mut Vec<Found>) {
    if found.len() < 2 {
        return;
    }
    found.sort_unstable_by_key(|f| (f.start, f.end, f.detector));
    if found.windows(2).all(|pair| pair[0].end <= pair[1].start) {
        return;
    }
    let rank = |f: &Found| ranks[usize::from(f.detector)];
    found.sort_unstable_by_key(|f| {
        let Rank { priority, shadow } = rank(f);
        (
            shadow,
            std::cmp::Reverse(priority),
            std::cmp::Reverse(f.end - f.start),
            f.start,
            f.detector,
        )
    });
    taken.clear();
    for candidate in found.drain(..) {
        place(candidate, rank(&candidate).shadow, taken);
    }
    std::mem::swap(found, taken);
}

/// Adds the parts of `candidate` that nobody has taken; `taken` stays sorted by start.
fn place(candidate: Found, whole_only: bool, taken: &mut Vec<Found>) {
    let mut at = taken.partition_point(|t| t.end <= candidate.start);
    if taken.get(at).is_none_or(|next| candidate.end <= next.start) {
        taken.insert(at, candidate);
        return;
    }
    if whole_only {
        return;
    }
    let mut from = candidate.start;
    while from < candidate.end {
        let (free_until, next_from) = match taken.get(at) {
            Some(next) => (next.start.min(candidate.end), next.end),
            None => (candidate.end, candidate.end),
        };
        if from < free_until {
            taken.insert(
                at,
                Found {
                    start: from,
                    end: free_until,
                    ..candidate
                },
            );
            at += 1;
        }
        from = from.max(next_from);
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        resolve(&mut found, &RANKS, &mut Vec::new());
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
}
