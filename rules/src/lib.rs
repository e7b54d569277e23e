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
mod effective;
mod evidence;
mod examples;
mod explain;
mod fit;
mod info;
mod keys;
mod kin;
mod layers;
mod leaves;
mod operators;
mod pack;
mod path;
mod ruleset;
mod scope;
mod tags;
mod validators;
mod value;

pub use column::{ColumnContext, ColumnName, TableName};
pub use compile::CompileOptions;
pub use detect::{
    Backend, BackendMissing, DetectorPlan, DetectorSetId, ENDS_MAX, FieldRef, Gather,
    MATCH_LEN_MAX, Mark, Match, PlanWarning, Resume, Route,
};
pub use effective::{
    AllowLine, Decision, DetectorLine, Effective, Needs, PathLine, RuleLine, Setting, SilentLine,
};
pub use evidence::Silence;
pub use examples::{ExampleResult, ExampleWants};
pub use explain::{Explanation, Outcome, Trace};
pub use fit::Fit;
pub use info::{DetectorInfo, Mode, NameEvidence, Place, RuleId, RuleInfo, RuleKind};
pub use keys::{KeyError, Keys};
pub use kin::Kin;
pub use leaves::LeafRules;
pub use operators::{Masker, Properties, RevealError, Uniqueness};
pub use pack::{
    Class, Diagnostic, Diagnostics, PACK_SIZE_MAX, PackSource, Severity, builtin, builtin_names,
    pack_reference,
};
pub use path::{JsonPath, Segment};
pub use ruleset::{Ruleset, Scratch};
pub use tags::{tags_of_comment, tags_of_label};
pub use value::{MaskContext, Masked, Value};

/// Mistakes in texts, for other readers of texts: collected with their places, rendered with carets.
pub mod diagnostics {
    pub use crate::pack::diagnostics::{
        Diagnostic, Diagnostics, Errors, Severity, Site, Source, suggest,
    };
}

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
