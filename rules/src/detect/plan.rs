//! How each detector is scanned for, and what that costs in ordinary data.
//!
//! Nothing is timed here: the numbers are counts over the scanner's built-in sample of ordinary
//! values (8 KiB: names, words, numbers, dates, addresses, codes), so that the same packs give the
//! same plan on every machine. A count of the sample stands for 128 times as many in 1 MiB, and 0
//! for "fewer than about 128 in 1 MiB". Data that is unlike the sample costs differently.

use super::confirm::Confirm;
use super::sets::Evidence;
use crate::pack::Boundary;
use regex_syntax::hir::Hir;
use std::fmt;

/// Bytes of the sample.
pub(crate) const SAMPLE_LEN: u32 = 8192;

/// Samples in 1 MiB.
const SAMPLES_PER_MIB: u64 = (1 << 20) / SAMPLE_LEN as u64;

/// KiB of the sample.
pub(crate) const SAMPLE_KIB: u32 = SAMPLE_LEN / 1024;

// What follows are nominal nanoseconds, rounded from measurements of each detector of the starter pack by
// itself on a server of 2024 with AVX-512.

/// A place where a window of a detector stands.
const CANDIDATE_NS: u32 = 10;

/// A start that is confirmed: its place, its detector and what surrounds the automaton.
const START_NS: u32 = 40;

/// A byte that an automaton reads.
const STEP_NS: u32 = 1;

/// From here on one detector is slow: it costs as much as the whole starter pack.
const SLOW_NS_PER_KIB: u32 = 1_000;

/// What finds the starts of a detector's matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// Class windows.
    Windows,
    /// Keys: short literals that all its matches have.
    Keys,
    /// Hyperscan or Vectorscan; beside class windows in the same pass, or for all detectors.
    Hyperscan,
    /// The words that it needs are looked for; in columns with its name every position is tried.
    Context,
    /// Every position is tried.
    Portable,
    /// The detector is off.
    Off,
}

impl Route {
    /// Its name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Route::Windows => "windows",
            Route::Keys => "keys",
            Route::Hyperscan => "hyperscan",
            Route::Context => "context",
            Route::Portable => "portable",
            Route::Off => "off",
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How one detector is scanned for. Holds names of rules, never data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectorPlan {
    /// The detector's name.
    pub detector: String,
    /// What finds the starts of its matches.
    pub route: Route,
    /// Class windows of its patterns; 0 on other routes.
    pub windows: usize,
    /// Buckets of the kernel that hold them; 0 on other routes.
    pub buckets: usize,
    /// Places in 1 MiB of ordinary data that the route points at for this detector: with class
    /// windows those where all bytes of a window are permitted, with Hyperscan the ends that it
    /// reports, with the portable scanner bytes that may begin a match. Counted in the sample.
    pub candidates_per_mib: u64,
    /// Starts among them from which its automaton is run, in a column whose name says nothing about it.
    /// A detector that needs the name of its column has none.
    pub starts_per_mib: u64,
    /// Nominal time of both in 1 KiB: 10 ns for a candidate, 40 ns for a start and 1 ns for each byte
    /// that an automaton reads, as on a server of 2024. For comparing detectors with each other, and with
    /// the 1,000 ns or so of the whole starter pack.
    pub cost_ns_per_kib: u64,
    /// Why it is slow, and what to do; nothing where it is not.
    pub warning: Option<PlanWarning>,
}

/// A detector that makes every scan slow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanWarning {
    /// What is slow; names the detector.
    pub message: String,
    /// What would be faster.
    pub help: String,
}

/// A detector as scanners are built from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'s> {
    pub(crate) patterns: &'s [Hir],
    pub(crate) boundary: Boundary,
    pub(crate) confirm: &'s Confirm,
    /// What speaks for it in a column whose name says nothing about it.
    pub(crate) evidence: Option<Evidence>,
    /// It applies nowhere.
    pub(crate) off: bool,
}

/// What a detector makes of the sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) candidates: u32,
    pub(crate) starts: u32,
    /// Bytes that automata read.
    pub(crate) steps: u32,
}

impl Work {
    /// Nominal nanoseconds in 1 KiB.
    pub(crate) fn ns_per_kib(self) -> u32 {
        let parts = [
            (self.candidates, CANDIDATE_NS),
            (self.starts, START_NS),
            (self.steps, STEP_NS),
        ];
        let sum: u64 = parts
            .iter()
            .map(|(n, ns)| u64::from(*n) * u64::from(*ns))
            .sum();
        u32::try_from(sum / u64::from(SAMPLE_KIB)).unwrap_or(u32::MAX)
    }
}

/// The way of one detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) route: Route,
    pub(crate) windows: usize,
    pub(crate) buckets: usize,
    pub(crate) work: Work,
}

impl Way {
    pub(crate) fn new(route: Route, work: Work) -> Way {
        Way {
            route,
            windows: 0,
            buckets: 0,
            work,
        }
    }

    /// The report for the detector of this name. Where the scanner was forced, nothing is said against it.
    pub(crate) fn plan(self, detector: &str, forced: bool) -> DetectorPlan {
        let cost = self.work.ns_per_kib();
        let per_mib = |count: u32| u64::from(count) * SAMPLES_PER_MIB;
        let slow = !forced && cost >= SLOW_NS_PER_KIB;
        let warning = slow.then(|| PlanWarning {
            message: format!(
                "detector `{detector}` is slow: about {cost} ns in each KiB of ordinary data, \
                 {} starts in each MiB",
                per_mib(self.work.starts)
            ),
            help: "let its patterns begin with bytes that are rarer, give them a literal, or require the \
                   name of a column or a word near by (`required = true` in its context)"
                .to_owned(),
        });
        DetectorPlan {
            detector: detector.to_owned(),
            route: self.route,
            windows: self.windows,
            buckets: self.buckets,
            candidates_per_mib: per_mib(self.work.candidates),
            starts_per_mib: per_mib(self.work.starts),
            cost_ns_per_kib: u64::from(cost),
            warning,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_the_sample_become_rates_and_a_nominal_cost() {
        let work = Work {
            candidates: 80,
            starts: 4,
            steps: 16,
        };
        let plan = Way::new(Route::Windows, work).plan("d", false);
        assert_eq!(
            (plan.candidates_per_mib, plan.starts_per_mib),
            (10_240, 512)
        );
        assert_eq!(plan.cost_ns_per_kib, (80 * 10 + 4 * 40 + 16) / 8);
        assert_eq!(plan.warning, None);
    }

    #[test]
    fn a_slow_detector_is_named_with_a_remedy_unless_its_scanner_was_forced() {
        let work = Work {
            starts: 400,
            ..Work::default()
        };
        let way = Way::new(Route::Windows, work);
        let warning = way.plan("common", false).warning;
        let said = warning.is_some_and(|warning| {
            warning.message.contains("`common` is slow") && warning.help.contains("rarer")
        });
        assert!(said);
        assert_eq!(way.plan("common", true).warning, None);
    }
}
