//! What others scan with, given the same sixty detectors as far as each can say them.
//!
//! * `regex, batch`: one `regex::bytes::Regex` per detector (its patterns as alternatives), each over the
//!   whole batch, a line end behind each value.
//! * `regex set, per field`: one `RegexSet` of them all over each value, then each one that matches.
//! * `dd-sds, batch` and `dd-sds, per field`: one `Scanner` of `dd-sensitive-data-scanner` with a rule for
//!   each detector, one call for a batch or for each value, no replacement. A checksum that it knows is
//!   the rule's validator, required words are its keywords.
//!
//! * `hyperscan alone, batch`: Hyperscan over the whole batch, in block mode, with every end of every match
//!   put into a list and nothing done with it: no start, no longest match, no field, no validator. No
//!   scanner that is built on it can be faster; `scan, hyperscan` is ours, with exact findings.
//!
//! All get the bare patterns: boundaries, and validators that they lack, would come on top, so they do
//! less than our scanners do.

use dd_sds::{RegexRuleConfig, RootRuleConfig, RuleConfig, Scanner, SecondaryValidator};
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use std::sync::Arc;
use toml::{Table, Value};
use wiremask_benches::sixty;
use wiremask_hyperscan::{Database, End, Expression};

/// Compiled for all of them.
pub struct Others {
    regexes: Vec<Regex>,
    set: RegexSet,
    scanner: Scanner,
    hyperscan: wiremask_hyperscan::Scanner,
    ends: Vec<End>,
}

/// What a pack says about a detector, as far as others can use it.
struct Detector {
    name: String,
    patterns: Vec<String>,
    /// The same as alternatives.
    pattern: String,
    validators: Vec<String>,
    /// Words of which one must stand near by; none if none must.
    words: Vec<String>,
}

impl Others {
    /// From the packs of the comparison; says what could not be taken over.
    ///
    /// # Panics
    /// When `regex` or Hyperscan refuses a pattern.
    pub fn new() -> Self {
        let detectors = detectors();
        let patterns = || detectors.iter().map(|detector| &detector.pattern);
        let set = RegexSetBuilder::new(patterns()).unicode(false).build();
        let regex = |pattern: &String| RegexBuilder::new(pattern).unicode(false).build();
        let rules: Vec<_> = detectors.iter().filter_map(rule).collect();
        let expressions: Vec<_> = (0..).zip(&detectors).flat_map(expressions).collect();
        let database = Database::compile(&expressions).expect("patterns are bytes");
        eprintln!("dd-sds: {} of {} detectors", rules.len(), detectors.len());
        Self {
            regexes: patterns()
                .map(|pattern| regex(pattern).expect("a pattern of a pack is one of regex"))
                .collect(),
            set: set.expect("patterns of a pack are some of regex"),
            scanner: Scanner::builder(&rules)
                .build()
                .expect("every rule was tried"),
            hyperscan: database.scanner().expect("memory for one scratch"),
            ends: Vec::new(),
        }
    }

    /// Finds with one regex after the other.
    pub fn regex(&self, text: &str) -> usize {
        let count = |regex: &Regex| regex.find_iter(text.as_bytes()).count();
        self.regexes.iter().map(count).sum()
    }

    /// Finds with those regexes that match somewhere.
    pub fn regex_set(&self, text: &str) -> usize {
        let matching = self.set.matches(text.as_bytes()).into_iter();
        let count = |index: usize| self.regexes[index].find_iter(text.as_bytes()).count();
        matching.map(count).sum()
    }

    /// Finds ends with Hyperscan.
    ///
    /// # Panics
    /// When it fails.
    pub fn hyperscan(&mut self, text: &str) -> usize {
        self.ends.clear();
        let scanned = self.hyperscan.scan(text.as_bytes(), &mut self.ends);
        scanned.expect("a block and its own scratch");
        self.ends.len()
    }

    /// Finds with Datadog's scanner, which takes a text that it may change.
    ///
    /// # Panics
    /// When it fails.
    pub fn dd_sds(&self, text: &mut String) -> usize {
        self.scanner.scan(text).expect("plain text").len()
    }
}

/// Each pattern on its own, as Hyperscan likes them.
fn expressions((id, detector): (u32, &Detector)) -> impl Iterator<Item = Expression> {
    detector.patterns.iter().map(move |pattern| Expression {
        pattern: pattern.clone(),
        id,
        superset: false,
    })
}

/// A rule of Datadog's scanner; nothing if it refuses the pattern.
fn rule(detector: &Detector) -> Option<RootRuleConfig<Arc<dyn RuleConfig>>> {
    if let Err(why) = dd_sds::validate_regex(&detector.pattern) {
        eprintln!("dd-sds lacks {}: {why}", detector.name);
        return None;
    }
    let validator = detector.validators.iter().find_map(|name| validator(name));
    let mut config = RegexRuleConfig::new(&detector.pattern).with_validator(validator);
    if !detector.words.is_empty() {
        config = config.with_included_keywords(&detector.words);
    }
    Some(RootRuleConfig::new(config.build()))
}

/// The same check in Datadog's scanner.
fn validator(name: &str) -> Option<SecondaryValidator> {
    match name {
        "aba" => Some(SecondaryValidator::AbaRtnChecksum),
        "base58check" => Some(SecondaryValidator::BtcChecksum),
        "cnpj" => Some(SecondaryValidator::BrazilianCnpjChecksum),
        "cpf" => Some(SecondaryValidator::BrazilianCpfChecksum),
        "es-nif" => Some(SecondaryValidator::SpanishDniChecksum),
        "fr-nir" => Some(SecondaryValidator::NirChecksum),
        "iban" => Some(SecondaryValidator::IbanChecker),
        "it-cf" => Some(SecondaryValidator::ItalianNationalIdChecksum),
        "luhn" => Some(SecondaryValidator::LuhnChecksum),
        "nhs" => Some(SecondaryValidator::NhsCheckDigit),
        "nino" => Some(SecondaryValidator::UkNinoFormatCheck),
        "nl-bsn" => Some(SecondaryValidator::DutchBsnChecksum),
        "npi" => Some(SecondaryValidator::UsNpiChecksum),
        "pesel" => Some(SecondaryValidator::PolishNationalIdChecksum),
        "verhoeff" => Some(SecondaryValidator::VerhoeffChecksum),
        "vin" => Some(SecondaryValidator::VinChecksum),
        _ => None,
    }
}

/// Every detector of the packs.
fn detectors() -> Vec<Detector> {
    let mut detectors = Vec::new();
    for pack in sixty::packs() {
        let pack: Table = pack.text.parse().expect("the pack compiles");
        let tables = pack["detector"].as_array().into_iter().flatten();
        detectors.extend(tables.filter_map(Value::as_table).map(detector));
    }
    detectors
}

fn detector(table: &Table) -> Detector {
    let context = table.get("context").and_then(Value::as_table);
    let required = context.is_some_and(|c| c.get("required") == Some(&Value::Boolean(true)));
    let words = context.and_then(|context| context.get("words")?.get("any"));
    let patterns = strings(table.get("match"));
    let grouped: Vec<String> = patterns.iter().map(|p| format!("(?:{p})")).collect();
    Detector {
        name: strings(table.get("name")).concat(),
        patterns,
        pattern: grouped.join("|"),
        validators: strings(table.get("validate")),
        words: if required { strings(words) } else { Vec::new() },
    }
}

/// One string, or all of a list.
fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(list)) => list.iter().flat_map(|one| strings(Some(one))).collect(),
        _ => Vec::new(),
    }
}
