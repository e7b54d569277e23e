//! What speaks for a detector in a column, and whether that is enough.
//!
//! Evidence is 1 less the share of random values that would have it: a valid value by itself, such a value
//! with a word near by, or the name of the column, which is as good as certain. A detector looks at a
//! column with the least evidence that reaches its threshold there.

use crate::column::{Tokens, holds_text, type_listed};
use crate::detect::sets::Evidence;
use crate::info::{Mode, NameEvidence};
use crate::pack::diagnostics::Site;
use crate::pack::{Boundary, Class};
use serde::Serialize;

/// When a detector applies to a column. Names are joined tokens.
#[derive(Debug)]
pub(crate) struct DetectorRule {
    /// Its name in its pack.
    pub(crate) site: Site,
    pub(crate) class: Class,
    pub(crate) boundary: Boundary,
    pub(crate) validators: Vec<&'static str>,
    pub(crate) chance: f64,
    pub(crate) threshold: f64,
    pub(crate) priority: i64,
    pub(crate) words: Vec<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) not_columns: Vec<String>,
    pub(crate) types: Vec<String>,
    pub(crate) has_words: bool,
    pub(crate) required: bool,
    pub(crate) mode: Mode,
    /// It is not off everywhere.
    pub(crate) is_scanned_for: bool,
}

impl DetectorRule {
    /// What speaks for it in a column of text whose name says nothing about it.
    pub(crate) fn evidence_without_name(&self) -> Option<Evidence> {
        let nothing = Tokens::of("");
        let anywhere = |mode| match mode {
            Mode::Off => Mode::Enforce,
            mode => mode,
        };
        let mode = anywhere(self.mode);
        self.evidence(&nothing, "text", mode, self.threshold).ok()
    }

    /// What the name of a column says.
    pub(crate) fn name_evidence(&self, name: &Tokens) -> NameEvidence {
        let named = |names: &[String]| names.iter().any(|wanted| name.hold(wanted));
        if named(&self.not_columns) {
            NameEvidence::Against
        } else if named(&self.columns) {
            NameEvidence::For
        } else {
            NameEvidence::Nothing
        }
    }

    /// What speaks for it in a column, or why nothing does.
    pub(crate) fn evidence(
        &self,
        name: &Tokens,
        type_name: &str,
        mode: Mode,
        threshold: f64,
    ) -> Result<Evidence, Silence> {
        let type_fits = match self.types.as_slice() {
            [] => holds_text(type_name),
            types => type_listed(types, type_name),
        };
        if mode == Mode::Off {
            return Err(Silence::Off);
        }
        if !type_fits {
            return Err(Silence::Type);
        }
        match self.name_evidence(name) {
            NameEvidence::Against => return Err(Silence::NameAgainst),
            NameEvidence::For => return Ok(Evidence::Column),
            NameEvidence::Nothing => {}
        }
        let by_words = self.has_words
            && holds_text(type_name)
            && passes_threshold(self.chance * WORD_DOUBT, threshold);
        if !self.required && passes_threshold(self.chance, threshold) {
            Ok(Evidence::Value)
        } else if by_words {
            Ok(Evidence::Words)
        } else if self.required {
            Err(Silence::NoName)
        } else {
            Err(Silence::Threshold)
        }
    }
}

/// Why a detector is silent in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Silence {
    /// It is off.
    Off,
    /// It does not look at values of the type.
    Type,
    /// The column has a name that speaks against it.
    NameAgainst,
    /// It needs a name that speaks for it, and the column has none.
    NoName,
    /// Values of its form are too common for the threshold.
    Threshold,
}

/// Of the random values that pass, the share beside which one of the detector's words stands.
const WORD_DOUBT: f64 = 0.1;

/// Does evidence that a share of `chance` of random values has reach a threshold?
pub(crate) fn passes_threshold(chance: f64, threshold: f64) -> bool {
    const ROUNDING: f64 = 1e-9;
    1.0 - chance + ROUNDING >= threshold
}
