//! How often random values pass: of each detector, and of all that need no context together.

use crate::lab::random::Random;
use crate::stats::Share;
use serde::Serialize;
use wiremask_rules::{ColumnContext, FieldRef, Fit, Mode, RuleId, RuleKind, Ruleset};

/// The chance of one detector.
#[derive(Clone, Debug, Serialize)]
pub struct Chance {
    /// The detector.
    pub rule: String,
    /// What its pack declares.
    pub declared: f64,
    /// The share of random values of its form that pass its validators.
    pub measured: Share,
    /// Is the measured share surely above the declared one?
    pub above: bool,
}

/// The share of random strings of digits in which a detector without context finds something.
#[derive(Clone, Debug, Serialize)]
pub struct Union {
    /// Digits.
    pub length: usize,
    /// The share.
    pub hits: Share,
}

/// Measures every detector on so many random values of its form.
pub fn chances(rules: &Ruleset, seed: u64, values: u64) -> Vec<Chance> {
    let mut random = Random::new(seed);
    let mut chances = Vec::new();
    for (index, info) in (0_u16..).zip(rules.rules()) {
        if info.kind != RuleKind::Detector || info.mode == Mode::Off {
            continue;
        }
        let rule = RuleId(index);
        let (mut of, mut hits) = (0, 0);
        for _ in 0..values {
            let Some(value) = rules.random_value(rule, &mut || random.next()) else {
                continue;
            };
            match rules.fit(rule, &value) {
                Fit::Valid => {
                    of += 1;
                    hits += 1;
                }
                Fit::Form => of += 1,
                Fit::None => {}
            }
        }
        let measured = Share::new(hits, of);
        chances.push(Chance {
            rule: info.name.clone(),
            declared: info.chance,
            measured,
            // Detectors without validators accept what has their form: that is no chance to measure.
            above: measured.low > info.chance
                && rules
                    .detector(rule)
                    .is_some_and(|info| !info.validators.is_empty()),
        });
    }
    chances
}

/// Measures all detectors together on so many random strings of digits of each length from 5 to 20.
pub fn union(rules: &Ruleset, seed: u64, values: u64) -> Vec<Union> {
    let mut random = Random::new(seed);
    let set = rules.detector_set(&ColumnContext {
        name: "",
        type_name: "text",
    });
    let mut scratch = rules.scratch();
    let mut matches = Vec::new();
    let lengths = 5..=20;
    let of_length = |length: usize| {
        let pattern = format!("%{}", "#".repeat(length - 1));
        let mut hits = 0;
        for _ in 0..values {
            let value = random.pattern(&pattern);
            let end = u32::try_from(value.len()).unwrap_or(u32::MAX);
            matches.clear();
            rules.scan(
                &mut scratch,
                value.as_bytes(),
                &[FieldRef { start: 0, end, set }],
                &mut matches,
            );
            hits += u64::from(!matches.is_empty());
        }
        Union {
            length,
            hits: Share::new(hits, values),
        }
    };
    lengths.map(of_length).collect()
}
