//! Places in JSON documents that rules select by paths.
//!
//! While the leaves of a document are gathered for the scan, each that a rule selects is noted as a match of
//! the whole leaf. After the scan these stand among its matches as if they had been found.

use super::ShardScratch;
use super::apply::leaf_of;
use wiremask_protocols::postgres::value::{LeafSite, Step};
use wiremask_rules::{LeafRules, Match, Mode, RuleId, Segment};

/// The end of a match that is a whole leaf, of whatever type: no span ends there.
const WHOLE: u32 = u32::MAX;

/// The rule for a leaf.
pub(super) fn rule_at(places: &LeafRules, site: LeafSite<'_>) -> Option<(RuleId, Mode)> {
    places.rule(site.place.steps().map(|step| match step {
        Step::Key(key) => Segment::Key(key),
        Step::Index(index) => Segment::Index(index),
    }))
}

/// A match of a whole leaf.
pub(super) fn whole(owner: u32, rule: RuleId) -> Match {
    Match {
        field: owner,
        start: 0,
        end: WHOLE,
        rule,
    }
}

pub(super) fn is_whole(found: &Match) -> bool {
    found.end == WHOLE
}

impl ShardScratch {
    /// Puts the matches of whole leaves among those of the scan: each field's matches stand together, in the
    /// order of its leaves.
    pub(super) fn merge_placed(&mut self) {
        if self.placed.is_empty() {
            return;
        }
        let leaves = &self.leaves;
        let field_of = |found: &Match| leaf_of(found, leaves).map(|owner| owner.field);
        let (mut placed, merged) = (self.placed.iter().peekable(), &mut self.merged);
        merged.clear();
        for (at, found) in self.matches.iter().enumerate() {
            let field = field_of(found);
            if field.is_some() {
                while let Some(before) = placed.next_if(|place| place.field <= found.field) {
                    merged.push(*before);
                }
            }
            merged.push(*found);
            let next = self.matches.get(at + 1);
            if field.is_some() && next.and_then(field_of) != field {
                while let Some(behind) = placed.next_if(|place| field_of(place) == field) {
                    merged.push(*behind);
                }
            }
        }
        merged.extend(placed);
        std::mem::swap(&mut self.matches, merged);
    }
}
