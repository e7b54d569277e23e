//! What the tuning commands ask of single detectors: does a name speak for one, does a whole value
//! have its form, does it pass its validators. Not for the hot path: one value and one detector at
//! a time, by the detector's own automaton.

use super::Ruleset;
use crate::column::{ColumnContext, Tokens, holds_text, type_listed};
use crate::detect::sets::Evidence;
use crate::info::{RuleId, RuleKind};

/// What a column's name and type say about a detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnEvidence {
    /// The name holds one of the detector's `columns`.
    For,
    /// The name holds neither.
    Silent,
    /// The name holds one of its `not_columns`.
    Against,
    /// The detector does not look at columns of this type.
    Type,
}

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
    /// What the name and the type of a column say about a detector; [`ColumnEvidence::Type`] for a
    /// rule that is no detector.
    pub fn column_evidence(&self, column: &ColumnContext<'_>, rule: RuleId) -> ColumnEvidence {
        let Some(detector) = self.detectors.get(rule.index()) else {
            return ColumnEvidence::Type;
        };
        let fits = match detector.types.as_slice() {
            [] => holds_text(column.type_name),
            types => type_listed(types, column.type_name),
        };
        let tokens = Tokens::of(column.name);
        let named = |names: &[String]| names.iter().any(|wanted| tokens.hold(wanted));
        if !fits {
            ColumnEvidence::Type
        } else if named(&detector.not_columns) {
            ColumnEvidence::Against
        } else if named(&detector.columns) {
            ColumnEvidence::For
        } else {
            ColumnEvidence::Silent
        }
    }

    /// Does a detector never fire on a value alone?
    pub fn needs_context(&self, rule: RuleId) -> bool {
        self.detectors
            .get(rule.index())
            .is_none_or(|detector| detector.required)
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
    fn names_and_types_speak_for_and_against() {
        let rules = starter();
        let card = rule(&rules, "credit-card");
        for (name, type_name, says) in [
            ("card_no", "text", ColumnEvidence::For),
            ("gtin", "text", ColumnEvidence::Against),
            ("c1", "int8", ColumnEvidence::Silent),
            ("card_no", "date", ColumnEvidence::Type),
        ] {
            let column = ColumnContext { name, type_name };
            assert_eq!(rules.column_evidence(&column, card), says, "{name}");
        }
        assert!(rules.needs_context(rule(&rules, "phone-plain")) && !rules.needs_context(card));
    }
}
