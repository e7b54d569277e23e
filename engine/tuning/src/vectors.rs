//! Labelled texts: lines of JSON with `text` and `spans` of `entity`, `start` and `end` in characters.
//!
//! Such vectors come from tests of recognizers: most texts are a bare value whose recognizer is asked
//! directly. So a vector is right when a detector of its entity accepts each span, whatever its
//! context asks for, or when none of them accepts anything where there is no span. Vectors of
//! entities that no detector here protects are counted apart.

use crate::source::SourceError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::BufRead;
use wiremask_rules::{Fit, RuleId, RuleKind, Ruleset};

/// One labelled text.
#[derive(Clone, Debug, Deserialize)]
struct Vector {
    #[serde(default)]
    recognizer: String,
    text: String,
    #[serde(default)]
    spans: Vec<Span>,
}

#[derive(Clone, Debug, Deserialize)]
struct Span {
    entity: String,
    start: usize,
    end: usize,
}

/// How the vectors of one entity did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EntityResult {
    /// The entity.
    pub entity: String,
    /// Vectors.
    pub vectors: u64,
    /// Of which right.
    pub right: u64,
    /// Lines of those that are not, with what went wrong.
    pub wrong: Vec<(u64, &'static str)>,
    /// Does a detector protect it?
    pub supported: bool,
}

/// How all of them did, by entity.
///
/// # Errors
/// Which line is no vector.
pub fn vectors(rules: &Ruleset, input: impl BufRead) -> Result<Vec<EntityResult>, SourceError> {
    let mut all: Vec<(u64, Vector)> = Vec::new();
    for (number, line) in (1..).zip(input.lines()) {
        let line = line.map_err(|error| SourceError {
            line: number,
            what: error.kind().to_string(),
        })?;
        if line.trim().is_empty() {
            continue;
        }
        let vector = serde_json::from_str(&line).map_err(|_| SourceError {
            line: number,
            what: "not a line with `text` and `spans`".to_owned(),
        })?;
        all.push((number, vector));
    }
    // A recognizer without spans in a line is about the entities of its other lines.
    let mut of_recognizer: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (_, vector) in &all {
        let entities = of_recognizer.entry(vector.recognizer.clone()).or_default();
        for span in &vector.spans {
            if !entities.contains(&span.entity) {
                entities.push(span.entity.clone());
            }
        }
    }
    let mut results: BTreeMap<String, EntityResult> = BTreeMap::new();
    for (number, vector) in &all {
        let about = match vector.spans.first() {
            Some(span) => vec![span.entity.clone()],
            None => of_recognizer
                .get(&vector.recognizer)
                .cloned()
                .unwrap_or_default(),
        };
        let entity = about.first().cloned().unwrap_or_default();
        let of_entity: Vec<RuleId> = (about.iter())
            .flat_map(|entity| detectors(rules, entity))
            .collect();
        let result = results.entry(entity.clone()).or_default();
        result.entity = entity;
        result.supported |= !of_entity.is_empty();
        result.vectors += 1;
        match check(rules, vector, &of_entity) {
            None => result.right += 1,
            Some(what) => result.wrong.push((*number, what)),
        }
    }
    Ok(results.into_values().collect())
}

/// The detectors that protect an entity, by whatever name.
fn detectors(rules: &Ruleset, entity: &str) -> Vec<RuleId> {
    let bare = |name: &str| name.replace(['_', '-'], "").to_ascii_uppercase();
    let names: &[&str] = match entity {
        "DATE_TIME" | "TITLE" | "TEST" => &[],
        "IP_ADDRESS" => &["IP_ADDRESS", "IPV4", "IPV6"],
        "CRYPTO" => &["CRYPTO", "CRYPTO_WALLET", "BITCOIN_ADDRESS"],
        "MEDICAL_LICENSE" => &["MEDICAL_LICENSE", "US_DEA", "DEA_NUMBER"],
        "TR_PHONE_NUMBER" | "PH_MOBILE_NUMBER" => &["PHONE_NUMBER"],
        "UK_NINO" => &["UK_NINO", "GB_NINO"],
        _ => &[],
    };
    let wanted = bare(entity);
    let protects = |info: &wiremask_rules::RuleInfo| {
        let own = bare(&info.entity);
        info.kind == RuleKind::Detector
            && (own == wanted || names.iter().any(|name| bare(name) == own))
    };
    let numbered = (0_u16..).zip(rules.rules());
    numbered
        .filter(|(_, info)| protects(info))
        .map(|(index, _)| RuleId(index))
        .collect()
}

fn check(rules: &Ruleset, vector: &Vector, detectors: &[RuleId]) -> Option<&'static str> {
    let accepts = |text: &str| {
        detectors
            .iter()
            .any(|rule| rules.fit(*rule, text.as_bytes()) == Fit::Valid)
    };
    for span in &vector.spans {
        let text: String = vector
            .text
            .chars()
            .skip(span.start)
            .take(span.end.saturating_sub(span.start))
            .collect();
        if !accepts(&text) {
            return Some("missed");
        }
    }
    // A detector that has nothing but a form and needs a word or a column is not asked where neither is.
    let decides = |rule: &&RuleId| {
        let info = rules.detector(**rule);
        info.is_some_and(|info| !info.required || !info.validators.is_empty())
    };
    let mut decisive = detectors.iter().filter(decides);
    let found = vector.spans.is_empty()
        && decisive.any(|rule| rules.fit(*rule, vector.text.as_bytes()) == Fit::Valid);
    found.then_some("found where nothing must be")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use wiremask_rules::{Backend, Keys, PackSource, builtin};

    #[test]
    fn spans_must_be_accepted_and_nothing_else() {
        let pack = PackSource {
            name: "starter".to_owned(),
            text: builtin("starter").unwrap().to_owned(),
        };
        let keys = Keys::from_secret("test", b"a secret of a test");
        let rules = Ruleset::compile(&[pack], &keys, Backend::Portable).unwrap();
        let lines = [
            r#"{"recognizer": "C", "text": "4111111111111111", "spans": [{"entity": "CREDIT_CARD", "start": 0, "end": 16}]}"#,
            r#"{"recognizer": "C", "text": "4111111111111112", "spans": []}"#,
            r#"{"recognizer": "C", "text": "my card 4012888888881882", "spans": [{"entity": "CREDIT_CARD", "start": 8, "end": 24}]}"#,
            r#"{"recognizer": "Z", "text": "x", "spans": [{"entity": "ZODIAC", "start": 0, "end": 1}]}"#,
        ];
        let results = vectors(&rules, lines.join("\n").as_bytes()).unwrap();
        let cards = results
            .iter()
            .find(|result| result.entity == "CREDIT_CARD")
            .unwrap();
        assert_eq!((cards.vectors, cards.right, cards.supported), (3, 2, true));
        assert_eq!(cards.wrong, [(3, "missed")]);
        assert!(
            results
                .iter()
                .any(|result| result.entity == "ZODIAC" && !result.supported)
        );
        assert!(
            vectors(&rules, "secret".as_bytes())
                .unwrap_err()
                .to_string()
                .starts_with("line 1: not a line")
        );
    }
}
