//! From findings to new values: a field with findings is rewritten with its spans masked.

use super::places::is_whole;
use super::rows::{IS_LEAF, context};
use super::{Inspector, Owner, ShardScratch};
use crate::event::Event;
use crate::leaf::{to_protocol, to_rules};
use crate::plan::{ColumnPlan, Plan};
use std::ops::Range;
use wiremask_protocols::postgres::value::{
    self, Encoding, LeafMasker, LeafSite, Masked, Rewritten, Scalar, Type, Undecodable,
};
use wiremask_protocols::session::Denial;
use wiremask_rules::{MaskContext, Match, RuleId, Ruleset};

/// What was found in one field.
pub(super) struct Finding {
    /// Index into the fields of the batch.
    pub field: u32,
    /// Index into [`Plan::active`].
    pub active: u32,
    /// Range of the matches.
    pub matches: Range<usize>,
}

/// The first row or message of a batch that is refused, and why. What comes before it is sent, however
/// much came at once.
#[derive(Default)]
pub(super) struct Refusal(pub(super) Option<(u32, Denial)>);

impl Refusal {
    pub(super) fn note(&mut self, number: u32, denial: Denial) {
        if self.0.as_ref().is_none_or(|(known, _)| number < *known) {
            self.0 = Some((number, denial));
        }
    }
}

/// Masks the leaves that have findings.
struct Apply<'a> {
    rules: &'a Ruleset,
    /// Those of this leaf and the following ones; leaves were gathered in their order.
    matches: &'a [Match],
    leaves: &'a [Owner],
    context: MaskContext<'a>,
    leaf: u32,
}

impl LeafMasker for Apply<'_> {
    fn leaf(&mut self, _: LeafSite<'_>, value: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
        let leaf = self.leaf;
        self.leaf += 1;
        let mine = match self.matches.first().and_then(|m| leaf_of(m, self.leaves)) {
            None => self.matches, // of the field itself
            Some(_) => {
                let is_mine = |m: &&Match| leaf_of(m, self.leaves).is_some_and(|o| o.leaf == leaf);
                let count = self.matches.iter().take_while(is_mine).count();
                let (mine, later) = self.matches.split_at(count);
                self.matches = later;
                mine
            }
        };
        let is_enforced = |m: &&Match| Inspector::is_enforced(self.rules, m.rule);
        let mut mine = mine.iter().filter(is_enforced).peekable();
        let Some(first) = mine.peek() else {
            return Masked::Keep;
        };
        let text = match value {
            Scalar::Text(text) if !is_whole(first) => text,
            _ => {
                return to_protocol(self.rules.masker(first.rule).mask(
                    to_rules(value),
                    &self.context,
                    out,
                ));
            }
        };
        mask_spans(self.rules, text, mine, out);
        Masked::Out
    }
}

/// The leaf that a match is in; nothing where the field itself was scanned.
pub(super) fn leaf_of(Match { field: owner, .. }: &Match, leaves: &[Owner]) -> Option<Owner> {
    (owner & IS_LEAF != 0).then(|| leaves[(owner & !IS_LEAF) as usize])
}

/// Appends a text with its spans masked.
fn mask_spans<'m>(
    rules: &Ruleset,
    text: &[u8],
    spans: impl Iterator<Item = &'m Match>,
    out: &mut Vec<u8>,
) {
    let mut copied = 0;
    for found in spans {
        let span = found.start as usize..found.end as usize;
        out.extend_from_slice(&text[copied..span.start]);
        rules.masker(found.rule).mask_span(&text[span.clone()], out);
        copied = span.end;
    }
    out.extend_from_slice(&text[copied..]);
}

/// Notes that a value of so many bytes is wholly what a rule looks for.
#[inline]
pub(super) fn note_sighting(column: &ColumnPlan, matches: &[Match], len: usize) {
    if let (Some(sightings), [found]) = (&column.sightings, matches)
        && (found.start, found.end as usize) == (0, len)
        && found.field & IS_LEAF == 0
    {
        sightings.found(found.rule);
    }
}

impl ShardScratch {
    /// Notes that the values gathered since `before` are those of this column, if it is watched.
    pub(super) fn watch(&mut self, active: u32, column: &ColumnPlan, before: usize) {
        if column.sightings.is_some() {
            self.watched.push((active, self.values.len() - before));
        }
    }

    /// The findings in the field of the match at `start`, if there is one.
    pub(super) fn finding(&self, plan: &Plan, start: usize) -> Option<Finding> {
        let rest = self.matches.get(start..)?;
        let owner_of = |found: &Match| leaf_of(found, &self.leaves);
        let first = rest.first()?;
        let (field, active, len) = match owner_of(first) {
            None => {
                let same = rest.iter().take_while(|m| m.field == first.field);
                let field = first.field;
                let place = plan.place_of(field as usize);
                (
                    field,
                    place.expect("only active columns are gathered"),
                    same.count(),
                )
            }
            Some(Owner { field, active, .. }) => {
                let is_same = |m: &&Match| owner_of(m).is_some_and(|owner| owner.field == field);
                (field, active, rest.iter().take_while(is_same).count())
            }
        };
        Some(Finding {
            field,
            active,
            matches: start..start + len,
        })
    }

    /// Rewrites a field that has findings into `self.out`.
    pub(super) fn apply(
        &mut self,
        plan: &Plan,
        column: &ColumnPlan,
        finding: &Finding,
        value: &[u8],
        encoding: Encoding<'_>,
    ) -> Result<Rewritten, Undecodable> {
        self.out.clear();
        let matches = &self.matches[finding.matches.clone()];
        // Plain text means itself; the walker would only decide that once more for each value.
        if column.ty == Type::Text && encoding.settings.client_encoding_is_utf8 {
            let is_enforced = |m: &&Match| Inspector::is_enforced(&plan.rules, m.rule);
            let mine = matches.iter().filter(is_enforced);
            mask_spans(&plan.rules, value, mine, &mut self.out);
            let new = &self.out[..];
            let is_text = new.is_ascii() || std::str::from_utf8(new).is_ok();
            return Ok(match is_text && memchr::memchr(0, new).is_none() {
                true => Rewritten::Changed,
                false => Rewritten::Null,
            });
        }
        let mut apply = Apply {
            rules: &plan.rules,
            matches,
            leaves: &self.leaves,
            context: context(column),
            leaf: 0,
        };
        let (walk, out) = (&mut self.value, &mut self.out);
        value::rewrite(&column.ty, encoding, value, &mut apply, walk, out)
    }
}

impl Inspector {
    /// Notes how many values of each column detectors have looked at, and what that teaches: the next results
    /// are planned with it.
    pub(super) fn learn(&mut self, plan: &Plan, watched: &[(u32, usize)]) {
        for &(active, values) in watched {
            let Some(sightings) = &plan.active[active as usize].sightings else {
                continue;
            };
            let Some(rule) = sightings.looked_at(values) else {
                continue;
            };
            self.catalog.borrow_mut().learned();
            let event = Event::ColumnLearned {
                relation: sightings.relation,
                attribute: sightings.attribute,
                rule: plan.rules.rules()[rule.index()].name.as_str().into(),
            };
            if self.events.offer(event).is_err() {
                self.counters.events_lost.add(1);
            }
        }
    }

    /// Counts findings and names the first rule of them that is enforced.
    pub(super) fn count_findings(&mut self, plan: &Plan, matches: &[Match]) -> Option<RuleId> {
        let mut enforced = None;
        for found in matches {
            self.count(found.rule, 1);
            if enforced.is_none() && Self::is_enforced(&plan.rules, found.rule) {
                enforced = Some(found.rule);
            }
        }
        enforced
    }
}
