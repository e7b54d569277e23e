//! Which detectors Hyperscan takes over, in the same pass.
//!
//! Class windows suffer from patterns without a window that is rare, each of whose candidates costs a
//! confirmation, Hyperscan from those without a literal that is rare. It reads the whole text once
//! more, so that it has to save enough. What has few candidates stays with windows: they find the
//! start of a match, Hyperscan reports all its ends.
//!
//! Both sides are counted in the sample; nothing is timed, and the choice is the same on every
//! machine.

use super::choose::Buckets;
use super::sample::Sample;
use super::{Derived, choose, estimate, literal};
use crate::detect::confirm::position;
use crate::detect::hyperscan::Finder;
use crate::detect::plan::{Route, SAMPLE_KIB, Source, Way, Work};
use crate::detect::reverse::Reverse;

// Nominal nanoseconds, rounded from measurements as those of `detect::plan` are.

/// What Hyperscan takes for 1 KiB, whatever it finds.
const TEXT_NS: u32 = 500;

/// What each detector makes it take for 1 KiB, also where its literals are rare: 210 detectors took
/// 1,450, 923 took 4,200.
const DETECTOR_NS: u32 = 5;

/// A place where a literal that Hyperscan looks for stands.
const LITERAL_NS: u32 = 20;

/// What a detector without a literal makes Hyperscan take for 1 KiB: 400 to 10,000.
const NO_LITERAL_NS: u32 = 2_000;

/// What Hyperscan takes over.
pub(super) struct Beside {
    /// With its reverse automata; nothing where windows alone are faster.
    pub(super) finder: Option<(Finder, Vec<Reverse>)>,
    /// The windows that are left, merged.
    pub(super) buckets: Buckets,
}

/// Lets Hyperscan take over what it is good at, if that pays. The detectors that it takes lose their
/// windows.
pub(super) fn choose(
    sources: &[Source<'_>],
    derived: &mut [Derived],
    pass_ns: u32,
    sample: &Sample,
) -> Beside {
    let mut asked: Vec<usize> = (0..derived.len())
        .filter(|detector| is_asked(&sources[*detector], &derived[*detector], sample))
        .collect();
    let (alone, buckets) = cost(derived.iter(), pass_ns, sample);
    while !asked.is_empty() && alone > TEXT_NS {
        let left = derived.iter().enumerate();
        let left = left.filter(|(detector, _)| asked.binary_search(detector).is_err());
        let (rest, rest_buckets) = cost(left.map(|(_, derived)| derived), pass_ns, sample);
        let text = TEXT_NS + DETECTOR_NS * position(asked.len());
        if rest.saturating_add(text) >= alone {
            break;
        }
        let mut reverses = Vec::new();
        let patterns = sources.iter().enumerate().map(|(detector, source)| {
            match asked.binary_search(&detector) {
                Ok(_) => source.patterns,
                Err(_) => &[],
            }
        });
        match Finder::new(patterns, &mut reverses) {
            Ok(finder) => {
                for detector in asked {
                    derived[detector] = Derived {
                        way: Way::new(Route::Hyperscan, work(&sources[detector], sample)),
                        ..Derived::default()
                    };
                }
                return Beside {
                    finder: Some((finder, reverses)),
                    buckets: rest_buckets,
                };
            }
            // What it refuses stays with its windows.
            Err(refused) => match refused.detector {
                Some(refused) => asked.retain(|detector| *detector != refused),
                None => break,
            },
        }
    }
    Beside {
        finder: None,
        buckets,
    }
}

/// Is Hyperscan at least twice as good at the detector as its windows?
fn is_asked(source: &Source<'_>, derived: &Derived, sample: &Sample) -> bool {
    if derived.way.route != Route::Windows {
        return false;
    }
    let hits = source
        .patterns
        .iter()
        .map(|pattern| literal::hits(pattern, sample));
    let looking = match hits.sum::<Option<u32>>() {
        Some(hits) => hits * LITERAL_NS / SAMPLE_KIB,
        None => NO_LITERAL_NS,
    };
    let (looking, most) = (looking + DETECTOR_NS, derived.way.work.ns_per_kib() / 2);
    // Ends that are everywhere are as bad as windows that are.
    looking < most && looking + work(source, sample).ns_per_kib() < most
}

/// What scanning for detectors by their windows costs, in nominal nanoseconds in 1 KiB: the candidates of
/// the kernel, and what each detector makes of those that are its own. With the buckets for it.
fn cost<'d>(
    derived: impl Iterator<Item = &'d Derived>,
    pass_ns: u32,
    sample: &Sample,
) -> (u32, Buckets) {
    let (mut windows, mut work) = (Vec::new(), 0_u32);
    for one in derived {
        windows.extend_from_slice(&one.windows);
        work = work.saturating_add(one.way.work.ns_per_kib());
    }
    let buckets = choose::buckets(&windows, pass_ns, sample);
    let checks = choose::cost(&buckets, pass_ns, sample);
    (work.saturating_add(checks), buckets)
}

/// What a detector makes of the sample when Hyperscan finds it.
pub(crate) fn work(source: &Source<'_>, sample: &Sample) -> Work {
    estimate::of_ends((source.confirm, source.evidence), sample)
}
