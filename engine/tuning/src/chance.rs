//! How often random values pass: of each detector, and of all that need no context together.

use crate::lab::random::Random;
use crate::stats::Share;
use serde::Serialize;
use wiremask_rules::{Class, ColumnContext, FieldRef, Fit, Mode, RuleId, RuleKind, Ruleset};

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
            // Where the form alone is distinctive, or no validator is asked, values of the form pass by design.
            above: measured.low > info.chance
                && rules.detector(rule).is_some_and(|info| {
                    info.class != Class::Distinctive && !info.validators.is_empty()
                }),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use wiremask_rules::{Backend, Keys, PackSource, builtin};

    #[test]
    fn chances_are_measured_on_values_of_the_form() {
        let pack = PackSource {
            name: "starter".to_owned(),
            text: builtin("starter").unwrap().to_owned(),
        };
        let keys = Keys::from_secret("test", b"a secret of a test");
        let rules = Ruleset::compile(&[pack], &keys, Backend::Portable).unwrap();
        let chances = chances(&rules, 1, 400);
        let of = |name: &str| chances.iter().find(|chance| chance.rule == name).unwrap();
        let npi = of("us-npi");
        assert!((0.05..0.17).contains(&npi.measured.rate), "{npi:?}");
        assert!(of("iban").measured.rate < 0.02, "{:?}", of("iban"));
        assert!(!of("email").above, "the form is enough");
        let union = union(&rules, 1, 300);
        assert_eq!(
            (union.first().unwrap().length, union.last().unwrap().length),
            (5, 20)
        );
        assert!(union[0].hits.rate < 0.02, "{:?}", union[0]);
    }
}
