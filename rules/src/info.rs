//! What rules are called and where they come from; nothing in here is secret.

use crate::pack::Class;
use crate::pack::diagnostics::Site;
use serde::Serialize;
use std::fmt;

/// Index into [`Ruleset::rules`](crate::Ruleset::rules).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(pub u16);

impl RuleId {
    /// As an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What a rule is called and does.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleInfo {
    /// The detector's name, or the name or selection of a column rule. The variant of a detector has
    /// the detector's name, `/`, and that of the entry that made it.
    pub name: String,
    /// What it protects: `EMAIL_ADDRESS`.
    pub entity: String,
    /// Detector, variant of one, or column rule.
    pub kind: RuleKind,
    /// The pack it comes from.
    pub pack: String,
    /// What its findings lead to.
    pub mode: Mode,
    /// The share of random values of its shape that pass, 0 to 1; 0 for a column rule.
    pub chance: f64,
    /// How it masks, as a pack says it: `{ operator = "keep-last", count = 4 }`.
    pub mask: String,
    /// Where it is written.
    pub place: Place,
}

/// The kinds of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleKind {
    /// Finds spans by their content.
    Detector,
    /// A detector with another mode or mask in some data sets. It is not scanned for by itself: findings of
    /// its detector become its own.
    Variant,
    /// Protects columns, or places in their JSON documents, by their names.
    Column,
}

/// What a finding leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It is masked.
    Enforce,
    /// It is counted only.
    Shadow,
    /// Columns of such a rule are neither masked nor scanned. A detector that is off finds
    /// nothing.
    Off,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Enforce => "enforce",
            Mode::Shadow => "shadow",
            Mode::Off => "off",
        })
    }
}

/// A line of a pack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, or the name of a built-in pack.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Site {
    /// The line in which it begins.
    pub(crate) fn place(&self) -> Place {
        let text = self.source.text.as_bytes();
        let before = &text[..self.span.start.min(text.len())];
        Place {
            file: self.source.name.clone(),
            line: memchr::memchr_iter(b'\n', before).count() + 1,
        }
    }
}

/// A detector, as a pack describes it.
#[derive(Clone, Copy, Debug)]
pub struct DetectorInfo<'r> {
    /// How its values are decidable.
    pub class: Class,
    /// The names of its validators; all must pass.
    pub validators: &'r [&'static str],
    /// Names of columns that speak for it: lower case, without separators.
    pub columns: &'r [String],
    /// Names of columns that speak against it, likewise.
    pub not_columns: &'r [String],
    /// Types of columns that it looks at; none is every type that holds text.
    pub types: &'r [String],
    /// Words near by that speak for it.
    pub words: &'r [String],
    /// It never fires on a value alone.
    pub required: bool,
    /// What the evidence of a match has to reach, 0 to 1.
    pub threshold: f64,
    /// The share of random values of its shape that pass, 0 to 1.
    pub chance: f64,
    /// Wins overlaps against those with less.
    pub priority: i64,
}

/// What the name of a column says about a detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NameEvidence {
    /// One of the detector's names is in it.
    For,
    /// Nothing.
    Nothing,
    /// One of the names that the detector does not want is in it.
    Against,
}
