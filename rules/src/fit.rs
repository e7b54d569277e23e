//! How a whole value fits one detector, whatever the column is called: what decisions over columns are
//! made of. Not for the hot path: one value and one detector at a time, by the detector's own automaton.

use crate::column::{holds_text, type_listed};
use crate::detect::sets::Evidence;
use crate::info::{RuleId, RuleKind};
use crate::ruleset::Ruleset;

/// How well one whole value fits a detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The form covers the value, apart from white space around it, and the validators pass.
    Valid,
    /// The form covers it, but a validator fails.
    Form,
    /// The form does not cover it.
    None,
}

impl Ruleset {
    /// Does a detector look at columns of a type? False for a rule that is no detector.
    pub fn looks_at_type(&self, rule: RuleId, type_name: &str) -> bool {
        let detector = self.detectors.get(rule.index());
        detector.is_some_and(|detector| match detector.types.as_slice() {
            [] => holds_text(type_name),
            types => type_listed(types, type_name),
        })
    }

    /// A random value of the form of a detector, for measuring its chance: `next` gives random bits. Nothing for
    /// a rule that is no detector, and where chance finds none.
    pub fn random_value(&self, rule: RuleId, next: &mut dyn FnMut() -> u64) -> Option<Vec<u8>> {
        self.confirms.get(rule.index())?.random(next)
    }

    /// How well a whole value fits a detector, whatever its context says.
    pub fn fit(&self, rule: RuleId, value: &[u8]) -> Fit {
        let is_detector =
            (self.rules.get(rule.index())).is_some_and(|info| info.kind == RuleKind::Detector);
        let value = value.trim_ascii();
        let Some(confirm) = self.confirms.get(rule.index()).filter(|_| is_detector) else {
            return Fit::None;
        };
        if value.first().is_none_or(|byte| !confirm.starts_with(*byte)) {
            return Fit::None;
        }
        let covers = |evidence| {
            let end = confirm.end_at(value, 0, evidence);
            end.is_some_and(|end| end.at == value.len() && !end.allowed)
        };
        if covers(Evidence::Value) {
            Fit::Valid
        } else if covers(Evidence::Column) {
            Fit::Form
        } else {
            Fit::None
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::detect::Backend;
    use crate::keys::Keys;
    use crate::pack::{PackSource, builtin};

    fn starter() -> Ruleset {
        let pack = PackSource {
            name: "starter".to_owned(),
            text: builtin("starter").unwrap().to_owned(),
        };
        let keys = Keys::from_secret("test", b"a secret of a test");
        Ruleset::compile(&[pack], &keys, Backend::Portable).unwrap()
    }

    fn rule(rules: &Ruleset, name: &str) -> RuleId {
        let at = rules.rules().iter().position(|rule| rule.name == name);
        RuleId(u16::try_from(at.unwrap()).unwrap())
    }

    #[test]
    fn whole_values_fit_by_form_and_by_validator() {
        let rules = starter();
        let card = rule(&rules, "credit-card");
        for (value, fit) in [
            ("4111 1111 1111 1111", Fit::Valid),
            (" 4111111111111111 ", Fit::Valid),
            ("4111 1111 1111 1112", Fit::Form),
            ("card 4111 1111 1111 1111", Fit::None),
            ("", Fit::None),
        ] {
            assert_eq!(rules.fit(card, value.as_bytes()), fit, "{value}");
        }
    }

    #[test]
    fn random_values_have_the_form() {
        let rules = starter();
        let mut bits = 1_u64;
        let mut next = || {
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            bits >> 33
        };
        for name in ["credit-card", "us-ssn", "uk-nino"] {
            let rule = rule(&rules, name);
            let value = rules.random_value(rule, &mut next).unwrap();
            assert_ne!(rules.fit(rule, &value), Fit::None, "{name}");
        }
    }

    #[test]
    fn detectors_look_at_some_types() {
        let rules = starter();
        let card = rule(&rules, "credit-card");
        assert!(rules.looks_at_type(card, "int8") && !rules.looks_at_type(card, "date"));
    }
}
