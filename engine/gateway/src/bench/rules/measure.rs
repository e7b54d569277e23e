//! Timing scans.

use crate::sample::Sample;
use std::hint::black_box;
use std::time::{Duration, Instant};
use wiremask_rules::{ColumnContext, DetectorSetId, Gather, RuleId, Ruleset};

/// Bytes of a batch: what a receive buffer holds.
const BATCH: usize = 64 << 10;

/// Passes at least, however long they take.
const PASSES_MIN: usize = 3;

/// A sample in batches, as the data path hands them to the scanner.
pub struct Gathered {
    batches: Vec<Gather>,
    /// Values in them.
    pub fields: usize,
    /// Bytes of those values.
    pub bytes: usize,
}

/// Of one detector.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    /// Starts that were confirmed or not.
    pub starts: u64,
    pub matches: u64,
}

impl Gathered {
    /// Gathers the columns that detectors look at, and for which `set` says something too.
    pub fn new(
        rules: &Ruleset,
        sample: &Sample,
        set: impl Fn(&ColumnContext<'_>) -> Option<DetectorSetId>,
    ) -> Self {
        let mut gathered = Self {
            batches: Vec::new(),
            fields: 0,
            bytes: 0,
        };
        let mut sets = Vec::new();
        for column in &sample.columns {
            let all = rules.detector_set(&column.context());
            if all != DetectorSetId::NONE
                && let Some(set) = set(&column.context())
            {
                sets.push((column, set, rules.match_len_min(all)));
            }
        }
        let row_bytes = sample.bytes() / sample.rows.max(1);
        let rows = (BATCH / row_bytes.max(1)).max(1);
        let mut from = 0;
        while from < sample.rows {
            let to = sample.rows.min(from + rows);
            let mut batch = Gather::default();
            for (column, set, len_min) in &sets {
                for row in from..to {
                    let value = column.value(row);
                    gathered.fields += 1;
                    gathered.bytes += value.len();
                    if value.len() >= *len_min {
                        batch.add(value, *set, 0);
                    }
                }
            }
            gathered.batches.push(batch);
            from = to;
        }
        gathered
    }
}

/// Everything that the detectors look at.
pub fn all(rules: &Ruleset, sample: &Sample) -> Gathered {
    Gathered::new(rules, sample, |column| Some(rules.detector_set(column)))
}

/// The columns to which a detector applies, with no other detector.
pub fn alone(rules: &Ruleset, sample: &Sample, rule: RuleId) -> Gathered {
    Gathered::new(rules, sample, |column| {
        rules.detector_set_alone(column, rule)
    })
}

/// The columns to which a detector applies, with none.
pub fn without(rules: &Ruleset, sample: &Sample, rule: RuleId) -> Gathered {
    Gathered::new(rules, sample, |column| {
        rules
            .detector_set_alone(column, rule)
            .map(|_| DetectorSetId::NONE)
    })
}

/// What each rule, by its number, had to confirm and found.
pub fn starts(rules: &Ruleset, gathered: &Gathered) -> Vec<Counts> {
    let mut counts = vec![Counts::default(); rules.rules().len()];
    let mut scratch = rules.scratch();
    let mut matches = Vec::new();
    for batch in &mut gathered.batches.clone() {
        matches.clear();
        rules.scan_gathered(&mut scratch, batch, &mut matches);
        scratch
            .starts()
            .for_each(|rule| counts[rule.index()].starts += 1);
        matches
            .iter()
            .for_each(|found| counts[found.rule.index()].matches += 1);
    }
    counts
}

/// The fastest scan of a sample.
pub fn scan(rules: &Ruleset, gathered: &Gathered, time: Duration) -> Duration {
    let mut pass = scanning(rules, gathered);
    fastest(time, [&mut pass])[0]
}

/// What a scan with detectors takes longer than the same one without. They take turns, so that what else
/// the machine does slows both.
pub fn added(rules: &Ruleset, with: &Gathered, without: &Gathered, time: Duration) -> Duration {
    let (mut with, mut without) = (scanning(rules, with), scanning(rules, without));
    let [with, without] = fastest(time, [&mut with as &mut dyn FnMut(), &mut without]);
    with.saturating_sub(without)
}

/// One scan after the other.
fn scanning(rules: &Ruleset, gathered: &Gathered) -> impl FnMut() {
    let mut batches = gathered.batches.clone();
    let mut scratch = rules.scratch();
    let mut matches = Vec::new();
    move || {
        for batch in &mut batches {
            matches.clear();
            rules.scan_gathered(&mut scratch, batch, &mut matches);
            black_box(&matches);
        }
    }
}

/// The fastest copy of the same bytes, batch by batch.
pub fn copy(gathered: &Gathered, time: Duration) -> Duration {
    let from = vec![b'x'; BATCH];
    let mut to = vec![0; BATCH];
    let mut pass = || {
        let mut left = gathered.bytes;
        while left > 0 {
            let count = left.min(BATCH);
            to[..count].copy_from_slice(&from[..count]);
            black_box(&mut to);
            left -= count;
        }
    };
    fastest(time, [&mut pass])[0]
}

/// The fastest pass of each, which take turns.
fn fastest<const N: usize>(time: Duration, mut passes: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let begin = Instant::now();
    let mut fastest = [Duration::MAX; N];
    let mut rounds = 0;
    while rounds < PASSES_MIN || begin.elapsed() < time {
        for (pass, fastest) in passes.iter_mut().zip(&mut fastest) {
            let start = Instant::now();
            pass();
            *fastest = start.elapsed().min(*fastest);
        }
        rounds += 1;
    }
    fastest
}
