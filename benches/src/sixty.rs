//! The rules of the comparison: the starter pack and sixteen detectors more, sixty together, for every
//! scanner that there is.

use std::sync::Arc;
use wiremask_rules::{Backend, CompileOptions, Diagnostics, Keys, PackSource, Ruleset};

/// Every scanner that the comparison measures, by the name that its results carry.
pub const BACKENDS: &[(&str, Backend)] = &[
    ("windows", Backend::Windows),
    ("avx2 windows", Backend::Avx2Windows),
    ("scalar windows", Backend::ScalarWindows),
    ("hyperscan", Backend::Hyperscan),
    ("portable", Backend::Portable),
];

/// The packs.
#[must_use]
pub fn packs() -> [PackSource; 2] {
    let starter = wiremask_rules::builtin("starter").unwrap_or_default();
    let more = include_str!("../packs/sixty.toml");
    [("starter", starter), ("sixty", more)].map(|(name, text)| PackSource {
        name: name.to_owned(),
        text: text.to_owned(),
    })
}

/// The sixty detectors, scanned by this backend.
///
/// # Errors
/// When this build or this machine lacks the backend.
pub fn rules(backend: Backend) -> Result<Arc<Ruleset>, Diagnostics> {
    let keys = Keys::from_secret("bench", b"a key for benchmarks, not a secret");
    Ruleset::compile(&packs(), &keys, CompileOptions::from(backend)).map(Arc::new)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use wiremask_rules::RuleKind;

    #[test]
    fn there_are_sixty_detectors() {
        let rules = rules(Backend::Portable).unwrap();
        let is_detector = |kind| kind == RuleKind::Detector;
        let detectors = rules.rules().iter().filter(|rule| is_detector(rule.kind));
        assert_eq!(detectors.count(), 60);
    }
}
