//! Rows: column by column what has to be scanned is gathered and what is protected is masked, one
//! scan looks at the whole batch, then the few values with findings are rewritten.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a batch stays below message_size_max, which is at most 1 GiB"
)]

use super::apply::{Finding, Refusal, note_sighting};
use super::places::{rule_at, whole};
use super::row::RowValue;
use super::{Inspector, Owner, ShardScratch};
use crate::leaf::{is_short_number, scannable, to_protocol, to_rules};
use crate::plan::{Action, ColumnPlan, Plan, Reading};
use std::ops::Range;
use std::rc::Rc;
use wiremask_protocols::postgres::value::{
    self, Encoding, LeafMasker, LeafSite, Masked, Rewritten, Scalar, Settings, Type, TypeResolver,
    Undecodable,
};
use wiremask_protocols::session::{Denial, Edits, Format, Refused, RowBatch};
use wiremask_rules::{DetectorSetId, Gather, LeafRules, MaskContext, Masker, Match, Mode, RuleId};

/// Masks every leaf.
pub(super) struct Whole<'a> {
    pub masker: &'a Masker,
    pub context: MaskContext<'a>,
}

impl LeafMasker for Whole<'_> {
    fn leaf(&mut self, _: LeafSite<'_>, value: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
        to_protocol(self.masker.mask(to_rules(value), &self.context, out))
    }
}

/// Marks the number of a gathered value as an index into the leaves; else it is that of a field,
/// which a batch of at most 1 GiB has fewer of.
pub(super) const IS_LEAF: u32 = 1 << 31;

/// Changes nothing; gathers the leaves of one field.
struct Collector<'a> {
    values: &'a mut Gather,
    leaves: &'a mut Vec<Owner>,
    set: DetectorSetId,
    len_min: usize,
    next: Owner,
    places: Option<&'a LeafRules>,
    placed: &'a mut Vec<Match>,
}

impl LeafMasker for Collector<'_> {
    fn leaf(&mut self, site: LeafSite<'_>, value: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
        let place = self.places.and_then(|places| rule_at(places, site));
        let owner = IS_LEAF | self.leaves.len() as u32;
        if let Some((rule, Mode::Enforce | Mode::Shadow)) = place {
            self.placed.push(whole(owner, rule));
            self.leaves.push(self.next);
        }
        let is_scanned = !matches!(place, Some((_, Mode::Enforce | Mode::Off)));
        if let Some(text) = scannable(value, out).filter(|_| is_scanned)
            && text.len() >= self.len_min
        {
            self.values.add(text, self.set, owner);
            if place.is_none() {
                self.leaves.push(self.next);
            }
        }
        self.next.leaf += 1;
        Masked::Keep
    }
}

/// How the values of a session are encoded.
pub(super) fn encoding<'a>(
    format: Format,
    settings: &'a Settings,
    types: &'a dyn TypeResolver,
) -> Encoding<'a> {
    Encoding {
        format,
        settings,
        types,
    }
}

pub(super) fn context(column: &ColumnPlan) -> MaskContext<'_> {
    let enum_labels: &[Box<[u8]>] = match &column.ty {
        Type::Enum { labels } => labels,
        _ => &[],
    };
    MaskContext {
        type_modifier: column.type_modifier,
        enum_labels,
        row: None,
    }
}

impl ShardScratch {
    /// Gathers the leaves of one field that detectors look at.
    pub(super) fn gather_leaves(
        &mut self,
        column: &ColumnPlan,
        (set, len_min): (DetectorSetId, usize),
        owner: Owner,
        value: &[u8],
        encoding: Encoding<'_>,
    ) -> Result<(), Undecodable> {
        if is_short_number(&column.ty, encoding.format, value, len_min) {
            return Ok(());
        }
        let (mark, leaves) = (self.values.mark(), self.leaves.len());
        let placed = self.placed.len();
        self.out.clear();
        let mut collector = Collector {
            values: &mut self.values,
            leaves: &mut self.leaves,
            set,
            len_min,
            next: owner,
            places: column.places.as_deref(),
            placed: &mut self.placed,
        };
        let (walk, out) = (&mut self.value, &mut self.out);
        let walked = value::rewrite(&column.ty, encoding, value, &mut collector, walk, out);
        if walked.is_err() {
            self.values.back_to(mark);
            self.leaves.truncate(leaves);
            self.placed.truncate(placed);
        }
        walked.map(|_| ())
    }
}

/// Puts a rewritten value in its place: over the old one if it is as long, else as an edit.
fn place(
    received: &mut [u8],
    range: Range<usize>,
    field: u32,
    rewritten: Rewritten,
    new: &[u8],
    edits: &mut Edits,
) -> bool {
    match rewritten {
        Rewritten::Unchanged => return false,
        Rewritten::Changed if new.len() == range.len() => received[range].copy_from_slice(new),
        Rewritten::Changed => edits.replace(field, |out| out.extend_from_slice(new)),
        Rewritten::Null => edits.null(field),
    }
    true
}

impl Inspector {
    pub(super) fn mask_rows(
        &mut self,
        plan: &Plan,
        batch: &mut RowBatch<'_>,
    ) -> Result<(), Refused> {
        let shared = Rc::clone(&self.scratch);
        let catalog = Rc::clone(&self.catalog);
        let (scratch, catalog) = (&mut *shared.borrow_mut(), catalog.borrow());
        let mut refusal = Refusal::default();
        scratch.clear_values();
        // What is masked by another column of its row comes first, while that one is as it came.
        for column in plan.active.iter().filter(|column| column.row.is_some()) {
            if let Action::Mask(rule) = column.action {
                let types = &*catalog;
                self.mask_column(plan, (column, rule), scratch, batch, types, &mut refusal);
            }
        }
        for (active, column) in (0u32..).zip(&plan.active) {
            match column.action {
                Action::Mask(_) if column.row.is_some() => {}
                Action::Mask(rule) => {
                    let types = &*catalog;
                    self.mask_column(plan, (column, rule), scratch, batch, types, &mut refusal);
                }
                Action::Scan { set, reading } => {
                    let set = (set, plan.rules.match_len_min(set));
                    match reading {
                        Reading::Text | Reading::Typed => {
                            let before = scratch.values.len();
                            gather_column(column.column, set, scratch, batch);
                            scratch.watch(active, column, before);
                        }
                        Reading::Leaves => {
                            let (column, types) = ((active, column), &*catalog);
                            self.gather_decoded(column, set, scratch, batch, types, &mut refusal);
                        }
                    }
                }
            }
        }
        scratch.scan_values(&plan.rules);
        let mut at = 0;
        while let Some(finding) = scratch.finding(plan, at) {
            at = finding.matches.end;
            let applied = self.apply_finding(plan, scratch, &finding, batch, &*catalog);
            if let Err(denial) = applied {
                refusal.note(finding.field / batch.columns as u32, denial);
            }
        }
        drop(catalog);
        self.learn(plan, &scratch.watched);
        let rows = batch.fields.len() / batch.columns;
        let (passed, denial) = match refusal.0 {
            None => (rows, None),
            Some((row, denial)) => (row as usize, Some(denial)),
        };
        self.result.rows += passed as u64;
        denial.map_or(Ok(()), |denial| Err(Refused { passed, denial }))
    }

    /// Masks every value of a column, up to a row that is refused.
    fn mask_column(
        &mut self,
        plan: &Plan,
        (column, rule): (&ColumnPlan, Option<RuleId>),
        scratch: &mut ShardScratch,
        batch: &mut RowBatch<'_>,
        types: &dyn TypeResolver,
        refusal: &mut Refusal,
    ) {
        let mut kept = RowValue::default();
        for field in (column.column..batch.fields.len()).step_by(batch.columns) {
            let Some(range) = batch.fields[field].range() else {
                continue;
            };
            if let Some(row) = &column.row {
                let key = batch.fields.get(field - column.column + row.column);
                let key = key.and_then(|key| key.range());
                let key = key.map(|key| &batch.received[key]);
                let encoding = encoding(row.format, &self.settings, types);
                kept.read(row, key, encoding, &mut scratch.value);
            }
            let mut whole = Whole {
                masker: plan.masker(rule),
                context: MaskContext {
                    row: kept.value(),
                    ..context(column)
                },
            };
            let encoding = encoding(column.format, &self.settings, types);
            scratch.out.clear();
            let value = &batch.received[range.clone()];
            let (walk, out) = (&mut scratch.value, &mut scratch.out);
            match value::rewrite(&column.ty, encoding, value, &mut whole, walk, out) {
                Ok(rewritten) => {
                    let (new, edits) = (&scratch.out, &mut *batch.edits);
                    if place(batch.received, range, field as u32, rewritten, new, edits) {
                        if let Some(rule) = rule {
                            self.count(rule, 1);
                        }
                        self.count_cell(rule);
                    }
                }
                Err(_) => match self.undecodable() {
                    Ok(()) => batch.edits.null(field as u32),
                    Err(denial) => {
                        return refusal.note((field / batch.columns) as u32, denial);
                    }
                },
            }
        }
    }

    /// Gathers the leaves of a column whose values have to be decoded, up to a row that is refused.
    fn gather_decoded(
        &mut self,
        (active, column): (u32, &ColumnPlan),
        set: (DetectorSetId, usize),
        scratch: &mut ShardScratch,
        batch: &mut RowBatch<'_>,
        types: &dyn TypeResolver,
        refusal: &mut Refusal,
    ) {
        for field in (column.column..batch.fields.len()).step_by(batch.columns) {
            let Some(range) = batch.fields[field].range() else {
                continue;
            };
            let encoding = encoding(column.format, &self.settings, types);
            let value = &batch.received[range];
            let owner = Owner {
                field: field as u32,
                active,
                leaf: 0,
            };
            let gathered = scratch.gather_leaves(column, set, owner, value, encoding);
            if gathered.is_err() {
                match self.undecodable() {
                    Ok(()) => batch.edits.null(field as u32),
                    Err(denial) => {
                        return refusal.note((field / batch.columns) as u32, denial);
                    }
                }
            }
        }
    }

    /// Rewrites one field that has findings.
    fn apply_finding(
        &mut self,
        plan: &Plan,
        scratch: &mut ShardScratch,
        finding: &Finding,
        batch: &mut RowBatch<'_>,
        types: &dyn TypeResolver,
    ) -> Result<(), Denial> {
        let matches = &scratch.matches[finding.matches.clone()];
        let (field, column) = (finding.field, &plan.active[finding.active as usize]);
        let Some(range) = batch.fields[field as usize].range() else {
            return Ok(());
        };
        note_sighting(column, matches, range.len());
        let Some(rule) = self.count_findings(plan, matches) else {
            return Ok(()); // shadow rules only
        };
        let encoding = encoding(column.format, &self.settings, types);
        let value = &batch.received[range.clone()];
        match scratch.apply(plan, column, finding, value, encoding) {
            Ok(rewritten) => {
                let (new, edits) = (&scratch.out, &mut *batch.edits);
                if place(batch.received, range, field, rewritten, new, edits) {
                    self.count_cell(Some(rule));
                }
            }
            Err(_) => {
                self.undecodable()?;
                batch.edits.null(field);
            }
        }
        Ok(())
    }
}

/// Gathers the values of a column whose bytes are the text. Runs once per column of a batch, with
/// nothing to decide per row.
fn gather_column(
    column: usize,
    set: (DetectorSetId, usize),
    scratch: &mut ShardScratch,
    batch: &RowBatch<'_>,
) {
    let fields = batch.fields.iter().skip(column).step_by(batch.columns);
    let values = fields.map(|span| (span.start, span.len));
    let owners = (column as u32, batch.columns as u32);
    scratch.values.add_all(batch.received, values, set, owners);
}
