//! What is sensitive and how it is masked: packs in, spans and maskers out.
//!
//! A [`Ruleset`] is compiled once from packs and a key, then shared by every shard. It answers
//! three questions: does a rule protect this column ([`Ruleset::column_rule`]), where in these
//! fields are sensitive spans ([`Ruleset::scan`]), and what becomes of a value
//! ([`Ruleset::masker`]). There is no I/O, no clock and no randomness in here.

mod canonical;
mod column;
mod compile;
mod detect;
mod keys;
mod operators;
mod pack;
mod ruleset;
mod validators;
mod value;

pub use column::{ColumnContext, ColumnName};
pub use compile::CompileOptions;
pub use detect::{
    Backend, BackendMissing, DetectorPlan, DetectorSetId, ENDS_MAX, FieldRef, Gather,
    MATCH_LEN_MAX, Mark, Match, PlanWarning, Resume, Route,
};
pub use keys::{KeyError, Keys};
pub use operators::{Masker, Properties, RevealError, Uniqueness};
pub use pack::{Diagnostic, Diagnostics, PACK_SIZE_MAX, PackSource, builtin};
pub use ruleset::{Mode, RuleId, RuleInfo, RuleKind, Ruleset, Scratch};
pub use value::{MaskContext, Masked, Value};

/// The names of all operators.
pub fn operator_names() -> impl Iterator<Item = &'static str> {
    operators::OPERATORS.iter().map(|entry| entry.name)
}

/// The reference of all operators, as Markdown: what `docs/reference/operators.md` holds.
pub fn operator_reference() -> String {
    operators::reference()
}

/// The names of all validators.
pub fn validator_names() -> impl Iterator<Item = &'static str> {
    validators::VALIDATORS
        .iter()
        .map(|validator| validator.name)
}
