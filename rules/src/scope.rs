//! What data sets change about detectors: mode, threshold, mask, and values that may pass.
//!
//! For each column the entries that select it are asked for each setting in turn, the most exact
//! first; the first one that says something about the setting decides. A changed detector is a
//! [`Scope`] of the column's set: the scanner finds what it always finds, and the findings are then
//! given to the detector's variant, or dropped if an allow entry names them here.
//!
//! What strengthens a detector where values lie also holds where else they are seen: see [`Kin`].

use crate::column::{ColumnName, Selector};
use crate::detect::Found;
use crate::detect::confirm::Allowed;
use crate::evidence::DetectorRule;
use crate::info::{Mode, Place};
use crate::kin::{Kin, Related};
use crate::ruleset::Ruleset;

/// An entry about detectors.
#[derive(Debug)]
pub(crate) struct ScopeRule {
    pub(crate) selector: Selector,
    /// Which detectors, ascending; `None` is all.
    pub(crate) detectors: Option<Box<[u16]>>,
    pub(crate) mode: Option<Mode>,
    pub(crate) threshold: Option<f64>,
    /// Number of its mask, among the masks of all such entries.
    pub(crate) mask: Option<u16>,
    pub(crate) place: Place,
}

impl ScopeRule {
    /// Is it about this detector?
    pub(crate) fn names(&self, detector: u16) -> bool {
        let named = self.detectors.as_deref();
        named.is_none_or(|named| named.binary_search(&detector).is_ok())
    }

    /// Could it strengthen a detector?
    pub(crate) fn widens(&self) -> bool {
        self.mode.is_some_and(|mode| mode != Mode::Off)
            || self.threshold.is_some()
            || self.mask.is_some()
    }

    /// What only strengthens may select more.
    pub(crate) fn matches(&self, column: &ColumnName<'_>) -> bool {
        let strengthens = self.mode == Some(Mode::Enforce) && self.threshold.is_none();
        self.selector.matches(column, strengthens)
    }
}

/// Values that may pass.
#[derive(Debug)]
pub(crate) struct AllowRule {
    /// Ascending.
    pub(crate) detectors: Box<[u16]>,
    pub(crate) what: Vec<Allowed>,
    /// Empty is everywhere.
    pub(crate) datasets: Vec<Selector>,
    pub(crate) reason: String,
    pub(crate) expires: Option<String>,
    /// It is applied: it has not expired.
    pub(crate) holds: bool,
    pub(crate) place: Place,
}

impl AllowRule {
    /// Does it let a match of this detector pass in this column?
    pub(crate) fn allows(&self, detector: u16, span: &[u8], column: &ColumnName<'_>) -> bool {
        self.is_here(column) && self.names(detector) && self.has(span)
    }

    pub(crate) fn names(&self, detector: u16) -> bool {
        self.detectors.binary_search(&detector).is_ok()
    }

    pub(crate) fn has(&self, span: &[u8]) -> bool {
        self.what.iter().any(|allowed| allowed.holds(span))
    }

    /// Is it applied in this column?
    pub(crate) fn is_here(&self, column: &ColumnName<'_>) -> bool {
        let mut datasets = self.datasets.iter();
        self.holds && (self.datasets.is_empty() || datasets.any(|s| s.matches(column, false)))
    }
}

/// What is different about the detectors of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    /// Detectors whose findings become those of a variant, ascending.
    pub(crate) variants: Vec<(u16, u16)>,
    /// Allow entries for single data sets, by number.
    pub(crate) allows: Vec<u16>,
}

impl Scope {
    pub(crate) fn is_empty(&self) -> bool {
        self.variants.is_empty() && self.allows.is_empty()
    }
}

/// The entries that select a column, the most exact first, and those that select where else its values lie.
#[derive(Debug, Default)]
pub(crate) struct Here<'r> {
    own: Vec<&'r ScopeRule>,
    kin: Vec<Related<'r>>,
}

/// What holds for a detector in a column, and which entry said so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'r> {
    pub(crate) mode: (Mode, Option<&'r ScopeRule>),
    pub(crate) threshold: (f64, Option<&'r ScopeRule>),
    pub(crate) mask: (Option<u16>, Option<&'r ScopeRule>),
}

impl<'r> Here<'r> {
    pub(crate) fn settings(&self, detector: u16, rule: &DetectorRule) -> Settings<'r> {
        let said = |says: &dyn Fn(&ScopeRule) -> bool| {
            let mut entries = self.own.iter().copied();
            entries.find(|entry| entry.names(detector) && says(entry))
        };
        let mode = said(&|entry| entry.mode.is_some());
        let threshold = said(&|entry| entry.threshold.is_some());
        let mask = said(&|entry| entry.mask.is_some());
        let own = |given: Option<f64>| given.unwrap_or(rule.threshold);
        let settings = Settings {
            mode: (mode.and_then(|m| m.mode).unwrap_or(rule.mode), mode),
            threshold: (own(threshold.and_then(|t| t.threshold)), threshold),
            mask: (mask.and_then(|m| m.mask), mask),
        };
        let kin = self.kin.iter();
        kin.fold(settings, |wide, kin| kin.widen(wide, &settings, detector))
    }
}

impl Ruleset {
    /// The entries about detectors of a column.
    pub(crate) fn here(&self, column: &ColumnName<'_>) -> Here<'_> {
        self.here_with(column, &Kin::default())
    }

    /// The same, with those of where else its values lie.
    pub(crate) fn here_with(&self, column: &ColumnName<'_>, kin: &Kin<'_>) -> Here<'_> {
        let matches = |entry: &&ScopeRule| entry.matches(column);
        Here {
            own: self.scopes.iter().filter(matches).collect(),
            kin: self.related(kin),
        }
    }

    /// The rule that findings of a detector belong to, with such settings.
    pub(crate) fn variant(&self, detector: u16, settings: &Settings<'_>) -> u16 {
        let base = self.detectors.get(usize::from(detector));
        let (mode, mask) = (settings.mode.0, settings.mask.0);
        if mask.is_none() && base.is_some_and(|base| base.mode == mode) {
            return detector;
        }
        let known = self.variants.get(&(detector, mode, mask));
        known.copied().unwrap_or(detector)
    }

    /// Gives findings to the variants of a set, and drops what may pass there.
    pub(crate) fn in_scope(&self, scope: &Scope, value: &[u8], found: &mut Vec<Found>) {
        found.retain_mut(|found| {
            let span = &value[found.start as usize..found.end as usize];
            let mut allows = scope.allows.iter().map(|n| &self.allows[usize::from(*n)]);
            if allows.any(|entry| entry.names(found.detector) && entry.has(span)) {
                return false;
            }
            let variants = &scope.variants;
            let at = variants.binary_search_by_key(&found.detector, |(detector, _)| *detector);
            if let Ok(at) = at {
                found.detector = variants[at].1;
            }
            true
        });
    }
}
