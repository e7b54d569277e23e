//! Rules for places in the JSON documents of columns.

use crate::column::Selector;
use crate::info::{Mode, RuleId};
use crate::path::{JsonPath, Segment};

/// A compiled rule for places in JSON documents.
#[derive(Debug)]
pub(crate) struct LeafRule {
    pub(crate) selector: Selector,
    pub(crate) path: JsonPath,
    pub(crate) rule: RuleId,
    pub(crate) mode: Mode,
}

/// The rules for places in the JSON documents of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafRules(pub(crate) Vec<(JsonPath, RuleId, Mode)>);

impl LeafRules {
    /// Does none of them mask?
    pub fn mask_nothing(&self) -> bool {
        self.0.iter().all(|(_, _, mode)| *mode != Mode::Enforce)
    }

    /// The rule for a leaf, given by the keys and indices on the way to it, and its mode: in shadow mode the
    /// leaf is counted and not masked, off it is neither masked nor scanned. Nothing where no path covers
    /// it. Allocates nothing.
    pub fn rule<'k>(
        &self,
        place: impl Iterator<Item = Segment<'k>> + Clone,
    ) -> Option<(RuleId, Mode)> {
        let mut rules = self.0.iter();
        let found = rules.find(|(path, _, _)| path.covers(place.clone()));
        found.map(|(_, rule, mode)| (*rule, *mode))
    }
}
