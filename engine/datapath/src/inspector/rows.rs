//! Rows: one pass gathers what has to be scanned and masks what is protected, one scan over the whole
//! batch, then the few values with findings are rewritten.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a batch stays below message_size_max, which is at most 1 GiB"
)]

use super::{Inspector, Owner, ShardScratch};
use crate::leaf::{scannable, to_protocol, to_rules};
use crate::plan::{Action, ColumnPlan, Plan, Reading};
use std::ops::Range;
use wiremask_protocols::postgres::value::{
    self, Encoding, LeafMasker, LeafSite, Masked, Rewritten, Scalar, Settings, Type, TypeResolver,
};
use wiremask_protocols::session::{Denial, Edits, Format, RowBatch};
use wiremask_rules::{DetectorSetId, FieldRef, MaskContext, Masker, Match, RuleId, Ruleset};

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

/// Changes nothing; gathers the leaves.
struct Collector<'a> {
    gather: &'a mut Vec<u8>,
    refs: &'a mut Vec<FieldRef>,
    owners: &'a mut Vec<Owner>,
    set: DetectorSetId,
    owner: Owner,
}

impl LeafMasker for Collector<'_> {
    fn leaf(&mut self, _: LeafSite<'_>, value: Scalar<'_>, _: &mut Vec<u8>) -> Masked {
        let start = self.gather.len();
        if scannable(value, self.gather) {
            push(self.gather, self.refs, start, self.set);
            self.owners.push(self.owner);
        }
        self.owner.leaf += 1;
        Masked::Keep
    }
}

/// Ends a gathered piece, which began at `start`: a NUL keeps it from its neighbour.
fn push(gather: &mut Vec<u8>, refs: &mut Vec<FieldRef>, start: usize, set: DetectorSetId) {
    refs.push(FieldRef {
        start: start as u32,
        end: gather.len() as u32,
        set,
    });
    gather.push(0);
}

/// Masks the leaves that have findings.
struct Apply<'a> {
    rules: &'a Ruleset,
    matches: &'a [Match],
    owners: &'a [Owner],
    context: MaskContext<'a>,
    leaf: u32,
}

impl LeafMasker for Apply<'_> {
    fn leaf(&mut self, _: LeafSite<'_>, value: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
        let leaf = self.leaf;
        self.leaf += 1;
        let is_mine = |m: &&Match| {
            self.owners[m.field as usize].leaf == leaf && Inspector::is_enforced(self.rules, m.rule)
        };
        let mut mine = self.matches.iter().filter(is_mine).peekable();
        let Some(first) = mine.peek() else {
            return Masked::Keep;
        };
        let Scalar::Text(text) = value else {
            return to_protocol(self.rules.masker(first.rule).mask(
                to_rules(value),
                &self.context,
                out,
            ));
        };
        let mut copied = 0;
        for found in mine {
            let span = found.start as usize..found.end as usize;
            out.extend_from_slice(&text[copied..span.start]);
            self.rules
                .masker(found.rule)
                .mask_span(&text[span.clone()], out);
            copied = span.end;
        }
        out.extend_from_slice(&text[copied..]);
        Masked::Out
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
    }
}

impl ShardScratch {
    /// Gathers what has to be scanned of one value.
    pub(super) fn gather_value(
        &mut self,
        column: &ColumnPlan,
        (set, reading): (DetectorSetId, Reading),
        owner: Owner,
        value: &[u8],
        encoding: Encoding<'_>,
    ) -> Result<(), value::Undecodable> {
        match reading {
            Reading::Text | Reading::Typed => {
                let start = self.gather.len();
                self.gather.extend_from_slice(value);
                push(&mut self.gather, &mut self.refs, start, set);
                self.owners.push(owner);
                Ok(())
            }
            Reading::Leaves => {
                let (gathered, refs) = (self.gather.len(), self.refs.len());
                self.out.clear();
                let mut collector = Collector {
                    gather: &mut self.gather,
                    refs: &mut self.refs,
                    owners: &mut self.owners,
                    set,
                    owner,
                };
                let walked = value::rewrite(
                    &column.ty,
                    encoding,
                    value,
                    &mut collector,
                    &mut self.value,
                    &mut self.out,
                );
                if walked.is_err() {
                    self.gather.truncate(gathered);
                    self.refs.truncate(refs);
                    self.owners.truncate(refs);
                }
                walked.map(|_| ())
            }
        }
    }

    /// The findings in the value of the first of `matches`, as a range of `self.matches`.
    pub(super) fn group(&self, start: usize) -> Range<usize> {
        let field = self.owners[self.matches[start].field as usize].field;
        let len = self.matches[start..]
            .iter()
            .take_while(|m| self.owners[m.field as usize].field == field)
            .count();
        start..start + len
    }

    /// Rewrites a value with the findings in `group` into `self.out`.
    pub(super) fn apply(
        &mut self,
        plan: &Plan,
        column: &ColumnPlan,
        group: Range<usize>,
        value: &[u8],
        encoding: Encoding<'_>,
    ) -> Result<Rewritten, value::Undecodable> {
        let mut apply = Apply {
            rules: &plan.rules,
            matches: &self.matches[group],
            owners: &self.owners,
            context: context(column),
            leaf: 0,
        };
        self.out.clear();
        value::rewrite(
            &column.ty,
            encoding,
            value,
            &mut apply,
            &mut self.value,
            &mut self.out,
        )
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
    ) -> Result<(), Denial> {
        let shared = std::rc::Rc::clone(&self.scratch);
        let catalog = std::rc::Rc::clone(&self.catalog);
        let (scratch, catalog) = (&mut *shared.borrow_mut(), catalog.borrow());
        let rows = batch.fields.len() / batch.columns;
        self.result.rows += rows as u64;
        scratch.clear_gathered();
        for row in 0..rows {
            for (number, column) in plan.active.iter().enumerate() {
                let field = row * batch.columns + column.column;
                let Some(range) = batch.fields[field].range() else {
                    continue;
                };
                let encoding = encoding(column.format, &self.settings, &*catalog);
                let done = match column.action {
                    Action::Mask(rule) => {
                        scratch.out.clear();
                        let mut whole = Whole {
                            masker: plan.masker(rule),
                            context: context(column),
                        };
                        let value = &batch.received[range.clone()];
                        let (walk, out) = (&mut scratch.value, &mut scratch.out);
                        value::rewrite(&column.ty, encoding, value, &mut whole, walk, out).map(
                            |rewritten| {
                                let new = &scratch.out;
                                if place(
                                    batch.received,
                                    range,
                                    field as u32,
                                    rewritten,
                                    new,
                                    batch.edits,
                                ) {
                                    if let Some(rule) = rule {
                                        self.count(rule, 1);
                                    }
                                    self.count_cell(rule);
                                }
                            },
                        )
                    }
                    Action::Scan { set, reading } => {
                        let owner = Owner {
                            field: field as u32,
                            active: number as u32,
                            leaf: 0,
                        };
                        let value = &batch.received[range];
                        scratch.gather_value(column, (set, reading), owner, value, encoding)
                    }
                };
                if done.is_err() {
                    self.undecodable()?;
                    batch.edits.null(field as u32);
                }
            }
        }
        scratch.scan(&plan.rules);
        let mut at = 0;
        while at < scratch.matches.len() {
            let group = scratch.group(at);
            at = group.end;
            self.apply_findings(plan, scratch, group, batch, &*catalog)?;
        }
        Ok(())
    }

    fn apply_findings(
        &mut self,
        plan: &Plan,
        scratch: &mut ShardScratch,
        group: Range<usize>,
        batch: &mut RowBatch<'_>,
        types: &dyn TypeResolver,
    ) -> Result<(), Denial> {
        let Some(rule) = self.count_findings(plan, &scratch.matches[group.clone()]) else {
            return Ok(()); // shadow rules only
        };
        let owner = scratch.owners[scratch.matches[group.start].field as usize];
        let column = &plan.active[owner.active as usize];
        let Some(range) = batch.fields[owner.field as usize].range() else {
            return Ok(());
        };
        let encoding = encoding(column.format, &self.settings, types);
        match scratch.apply(
            plan,
            column,
            group,
            &batch.received[range.clone()],
            encoding,
        ) {
            Ok(rewritten) => {
                if place(
                    batch.received,
                    range,
                    owner.field,
                    rewritten,
                    &scratch.out,
                    batch.edits,
                ) {
                    self.count_cell(Some(rule));
                }
            }
            Err(_) => {
                self.undecodable()?;
                batch.edits.null(owner.field);
            }
        }
        Ok(())
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
