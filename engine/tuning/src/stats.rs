//! The few statistics that decisions and reports are made of.

use serde::Serialize;

/// A share with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    /// How many of them.
    pub hits: u64,
    /// Out of so many.
    pub of: u64,
    /// `hits / of`; 0 of none is 0.
    pub rate: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Share {
    /// The share of `hits` in `of`, with Wilson's interval, which is right for few and for rare ones too.
    #[allow(clippy::cast_precision_loss)] // counts of values stay far below 2^52
    pub fn new(hits: u64, of: u64) -> Self {
        const Z: f64 = 1.959_964;
        if of == 0 {
            return Self {
                high: 1.0,
                ..Self::default()
            };
        }
        let (k, n) = (hits as f64, of as f64);
        let rate = k / n;
        let middle = (rate + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let reach =
            Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt() / (1.0 + Z * Z / n);
        Self {
            hits,
            of,
            rate,
            low: if hits == 0 {
                0.0
            } else {
                (middle - reach).max(0.0)
            },
            high: (middle + reach).min(1.0),
        }
    }
}

/// How much more likely `hits` of `of` are when each hits with `expected` than when each hits by
/// `chance`: the natural logarithm of the ratio. Values of one column are alike, so that more than
/// [`EVIDENCE_MAX`] of them say no more.
#[allow(clippy::cast_precision_loss)]
pub fn log_likelihood_ratio(hits: u64, of: u64, expected: f64, chance: f64) -> f64 {
    if of == 0 {
        return 0.0;
    }
    let expected = expected.clamp(1e-6, 1.0 - 1e-6);
    let chance = chance.clamp(1e-6, 1.0 - 1e-6);
    let (hits, of) = (hits as f64, of as f64);
    let weight = (EVIDENCE_MAX / of).min(1.0);
    weight
        * (hits * (expected / chance).ln() + (of - hits) * ((1.0 - expected) / (1.0 - chance)).ln())
}

/// Distinct values that count as independent evidence at most.
pub const EVIDENCE_MAX: f64 = 60.0;

/// Precision, recall and F2, which weighs a miss heavier than a false alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// Of what was masked, how much is sensitive.
    pub precision: Share,
    /// Of what is sensitive, how much was masked.
    pub recall: Share,
    /// The F measure with recall weighed twice.
    pub f2: f64,
}

impl Scores {
    /// From the counts of right findings, false ones and misses.
    pub fn new(found: u64, wrong: u64, missed: u64) -> Self {
        let precision = Share::new(found, found + wrong);
        let recall = Share::new(found, found + missed);
        let (p, r) = (precision.rate, recall.rate);
        let f2 = if p + r > 0.0 {
            5.0 * p * r / (4.0 * p + r)
        } else {
            0.0
        };
        Self {
            precision,
            recall,
            f2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_wilsons() {
        let half = Share::new(50, 100);
        assert!(
            (half.low - 0.4038).abs() < 1e-3 && (half.high - 0.5962).abs() < 1e-3,
            "{half:?}"
        );
        let none = Share::new(0, 20);
        assert!(
            none.low == 0.0 && (none.high - 0.1611).abs() < 1e-3,
            "{none:?}"
        );
        assert_eq!(Share::new(0, 0).high, 1.0);
    }

    #[test]
    fn a_checksum_by_chance_is_evidence_against() {
        assert!(log_likelihood_ratio(100, 100, 0.95, 0.1) > 100.0);
        assert!(log_likelihood_ratio(10, 100, 0.95, 0.1) < -100.0);
        assert!(log_likelihood_ratio(45, 100, 0.95, 0.1) < 0.0);
        let few = log_likelihood_ratio(60, 60, 0.95, 0.1);
        assert!((log_likelihood_ratio(600, 600, 0.95, 0.1) - few).abs() < 1e-9);
    }

    #[test]
    fn f2_weighs_recall() {
        let missing = Scores::new(50, 0, 50).f2;
        let wrong = Scores::new(50, 50, 0).f2;
        assert!(wrong > missing, "{wrong} {missing}");
    }
}
