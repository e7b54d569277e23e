//! How often ordinary data has what Hyperscan looks for first.
//!
//! A pattern with a literal that is rare costs Hyperscan next to nothing, one without any a
//! multiple of what class windows cost. A literal is here a run of positions that permit two bytes at
//! most, which covers letters of either case.

use super::bytes::ByteSet;
use super::choose;
use super::sample::Sample;
use regex_syntax::hir::{Class, Hir, HirKind};
use wiremask_simd::WIDTH;

/// Bytes of a position of a literal at most.
const BYTES_MAX: u32 = 2;

/// How often the rarest literal that every match of the pattern has stands in the sample; of
/// alternatives all count. Nothing where a match need not have one.
pub(super) fn hits(pattern: &Hir, sample: &Sample) -> Option<u32> {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => None,
        HirKind::Literal(_) | HirKind::Class(_) => run_hits(&run(pattern)?, sample),
        HirKind::Repetition(repetition) if repetition.min == 0 => None,
        HirKind::Repetition(repetition) => hits(&repetition.sub, sample),
        HirKind::Capture(capture) => hits(&capture.sub, sample),
        HirKind::Alternation(parts) => parts.iter().map(|part| hits(part, sample)).sum(),
        HirKind::Concat(parts) => {
            let mut best = None;
            let mut current = Vec::new();
            for part in parts {
                match run(part) {
                    Some(classes) => current.extend(classes),
                    None => {
                        best = rarer(best, run_hits(&std::mem::take(&mut current), sample));
                        best = rarer(best, hits(part, sample));
                    }
                }
            }
            rarer(best, run_hits(&current, sample))
        }
    }
}

fn rarer(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    one.into_iter().chain(other).min()
}

/// The positions of a pattern that is a literal.
fn run(pattern: &Hir) -> Option<Vec<ByteSet>> {
    match pattern.kind() {
        HirKind::Literal(literal) => {
            let bytes = literal.0.iter();
            Some(
                bytes
                    .map(|byte| ByteSet::of(|other| other == *byte))
                    .collect(),
            )
        }
        HirKind::Class(Class::Bytes(class)) => {
            let set = ByteSet::of(|byte| {
                let ranges = class.ranges();
                ranges
                    .iter()
                    .any(|range| (range.start()..=range.end()).contains(&byte))
            });
            (set.len() <= BYTES_MAX).then(|| vec![set])
        }
        _ => None,
    }
}

/// How often the rarest stretch of a literal stands in the sample.
fn run_hits(run: &[ByteSet], sample: &Sample) -> Option<u32> {
    let stretches = run.windows(WIDTH.min(run.len()).max(1));
    stretches
        .map(|stretch| choose::hits_of(stretch, sample))
        .min()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::detect::pattern::parse;

    #[test]
    fn the_rarest_literal_that_no_match_can_lack_counts() {
        let sample = Sample::new();
        let hits = |pattern: &str| hits(&parse(pattern).unwrap(), &sample);
        let rare = [
            "[a-z]+~~key",
            "(?i:qzx)[0-9]",
            "(?:[a-z]~q|[0-9]qx~){2}",
            "e(~~z)e",
        ];
        for pattern in rare {
            assert_eq!(hits(pattern), Some(0), "{pattern}");
        }
        assert!(hits("[0-9]+e[0-9]").unwrap() > 100);
        assert!(hits("(?:~~z|e)").unwrap() > 100, "an alternative is common");
        for pattern in ["[0-9]+", "[0-9](?:~~z)?", "(?:~~z|[0-9])", "[abc]{3}"] {
            assert_eq!(hits(pattern), None, "{pattern}");
        }
    }
}
