//! How often a detector accepts a value of its shape that nobody meant, against what it states; and
//! how many strings of digits all packs together hit.

use super::random::Random;
use super::shape::{detectors, text};
use super::{compile, found, names};
use wiremask_rules::{ColumnContext, FieldRef, RuleId, Ruleset};

/// Values for each detector.
const VALUES: u32 = 3_000;

/// Random strings of each length.
const STRINGS: u32 = 6_000;

/// The share of random strings of digits that all packs may hit without any context.
const UNION_MAX: f64 = 0.02;

/// Strings of 16 digits: one in five is in a range of Visa or Mastercard, and one in ten of these
/// passes Luhn, so that nothing that finds cards is below 0.02 here.
const UNION_MAX_16: f64 = 0.032;

/// The share of random values of a detector's patterns that it accepts where a word of its context
/// stands in front, if it needs one.
fn chance(ruleset: &Ruleset, rule: RuleId, detector: &toml::Table) -> f64 {
    let context = ColumnContext {
        name: "",
        type_name: "text",
    };
    let set = ruleset.detector_set_alone(&context, rule).unwrap();
    let words = detector
        .get("context")
        .and_then(|context| context.get("words"));
    let word = words.and_then(|words| words.get("any")?.get(0)?.as_str());
    let lead = word.map_or(String::new(), |word| format!("{word} "));
    let patterns: Vec<&str> = detector
        .get("match")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str)
        .collect();
    let mut random = Random::new(0xC4A0_CE00 + u64::try_from(rule.index()).unwrap());
    let mut scratch = ruleset.scratch();
    let mut matches = Vec::new();
    let mut hits = 0;
    for at in 0..VALUES {
        let pattern = patterns[at as usize % patterns.len()];
        let mut value = lead.clone().into_bytes();
        value.extend(random.value(pattern));
        matches.clear();
        let end = u32::try_from(value.len()).unwrap();
        ruleset.scan(
            &mut scratch,
            &value,
            &[FieldRef { start: 0, end, set }],
            &mut matches,
        );
        hits += u32::from(!matches.is_empty());
    }
    f64::from(hits) / f64::from(VALUES)
}

#[test]
fn chance_is_within_what_each_detector_states() {
    let mut wrong = Vec::new();
    for pack in names() {
        let ruleset = compile(&[pack], false);
        for detector in detectors(pack) {
            let Some(stated) = detector.get("chance") else {
                continue;
            };
            let stated = stated
                .as_float()
                .or(stated.as_integer().map(|c| c as f64))
                .unwrap();
            if !detector.contains_key("validate") {
                // Without a validator the form is all there is: nothing is left to chance.
                continue;
            }
            let name = text(&detector, "name");
            let rule = ruleset
                .rules()
                .iter()
                .position(|rule| rule.name == name)
                .unwrap();
            let rule = RuleId(u16::try_from(rule).unwrap());
            let measured = chance(&ruleset, rule, &detector);
            // Three standard deviations of a share that was counted.
            let slack = 3.0 * (stated * (1.0 - stated) / f64::from(VALUES)).sqrt() + 0.001;
            if measured > stated + slack {
                wrong.push(format!(
                    "{pack}: {name} states {stated}, measured {measured:.4}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn random_digits_are_rarely_hit_without_context() {
    let ruleset = compile(&names(), false);
    let mut scratch = ruleset.scratch();
    let mut random = Random::new(7);
    let mut sum = 0.0;
    let lengths = 6..=20;
    for len in lengths.clone() {
        let mut hits = 0;
        let mut by_rule = std::collections::BTreeMap::<String, u32>::new();
        for _ in 0..STRINGS {
            let names = found(&ruleset, &mut scratch, "", "text", &random.digits(len));
            hits += u32::from(!names.is_empty());
            names
                .into_iter()
                .for_each(|name| *by_rule.entry(name).or_default() += 1);
        }
        let share = f64::from(hits) / f64::from(STRINGS);
        println!("{len} digits: {share:.4} {by_rule:?}");
        let most = if len == 16 { UNION_MAX_16 } else { UNION_MAX };
        assert!(share <= most, "{len} digits: {share} {by_rule:?}");
        sum += share;
    }
    let mean = sum / lengths.count() as f64;
    assert!(mean <= UNION_MAX / 2.0, "{mean}");
}
