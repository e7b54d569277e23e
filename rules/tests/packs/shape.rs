//! What is written in the packs: examples of both kinds, countries, token formats.

use super::names;
use std::collections::BTreeSet;
use wiremask_rules::builtin;

/// The detectors of a pack, as TOML.
pub(crate) fn detectors(pack: &str) -> Vec<toml::Table> {
    let pack: toml::Table = builtin(pack).unwrap().parse().unwrap();
    let detectors = pack.get("detector").and_then(toml::Value::as_array);
    let detectors = detectors.into_iter().flatten();
    detectors
        .map(|detector| detector.as_table().unwrap().clone())
        .collect()
}

pub(crate) fn text<'t>(detector: &'t toml::Table, key: &str) -> &'t str {
    detector
        .get(key)
        .and_then(toml::Value::as_str)
        .unwrap_or_default()
}

#[test]
fn every_detector_has_examples_that_it_must_find_and_that_it_must_not() {
    for pack in names() {
        for detector in detectors(pack) {
            let name = text(&detector, "name");
            let examples = detector.get("examples").and_then(toml::Value::as_table);
            let count = |kind: &str| {
                let list = examples
                    .and_then(|e| e.get(kind))
                    .and_then(toml::Value::as_array);
                list.map_or(0, Vec::len)
            };
            assert!(count("mask") > 0, "{pack}: {name} has nothing to find");
            assert!(count("pass") > 0, "{pack}: {name} has nothing to leave");
        }
    }
}

#[test]
fn names_of_detectors_are_unique_over_all_packs() {
    let mut seen = BTreeSet::new();
    for pack in wiremask_rules::builtin_names() {
        for detector in detectors(pack) {
            let name = text(&detector, "name").to_owned();
            assert!(seen.insert(name.clone()), "{pack}: {name} exists twice");
        }
    }
}

#[test]
fn secrets_know_at_least_160_token_formats() {
    assert!(
        detectors("secrets").len() >= 160,
        "{}",
        detectors("secrets").len()
    );
}

#[test]
fn national_numbers_of_at_least_15_european_countries_are_known() {
    let countries: BTreeSet<String> = detectors("pii-eu")
        .iter()
        .filter_map(|detector| {
            text(detector, "entity")
                .split_once('_')
                .map(|(c, _)| c.to_owned())
        })
        .filter(|country| country.len() == 2)
        .collect();
    let wanted = [
        "AT", "BE", "BG", "CH", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IT", "LU", "LV", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "UK",
    ];
    for country in wanted {
        assert!(countries.contains(country), "{country} of {countries:?}");
    }
}

#[test]
fn detectors_with_a_validator_state_their_chance() {
    for pack in names() {
        for detector in detectors(pack) {
            let stated =
                detector.contains_key("chance") || text(&detector, "class") == "distinctive";
            assert!(
                stated,
                "{pack}: {} states no chance",
                text(&detector, "name")
            );
        }
    }
}
