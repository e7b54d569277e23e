//! COPY TO STDOUT. Its response names neither types nor origins, so the plan comes from the statement:
//! the table it names, looked up in the catalog, or for a query the strictest that it may touch.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a batch stays below message_size_max, which is at most 1 GiB"
)]

use super::apply::{Finding, Refusal, note_sighting};
use super::kin::Kin;
use super::names::{self, Named};
use super::row::RowValue;
use super::rows::{Whole, context, encoding};
use super::{Inspector, Owner, ShardScratch};
use crate::catalog::{Catalog, Known, RelationColumn};
use crate::plan::{Action, ColumnPlan, Plan, Reading, RowColumn};
use crate::statement::{Statement, only_relation};
use std::ops::Range;
use std::rc::Rc;
use wiremask_protocols::postgres::copy::{self, CopyValue};
use wiremask_protocols::postgres::value::{self, Rewritten, Type};
use wiremask_protocols::session::{CopyBatch, Denial, Format, Lookup, Part, Refused, Treatment};
use wiremask_protocols::sql::{CopyFormat, CopyOptions, CopySource, Name};
use wiremask_rules::{ColumnName, DetectorSetId, MaskContext, Mode, RuleId};

/// The state of a copy out.
pub struct CopyPlan {
    plan: Plan,
    options: CopyOptions,
    /// Is the next line the header?
    header: bool,
}

/// The rows of one batch and what becomes of them. Lives in the shard's scratch.
#[derive(Default)]
pub(super) struct CopyRows {
    read: copy::CopyRows,
    /// New values of the batch, one behind the other, and which field each is for.
    new: Vec<u8>,
    edits: Vec<FieldEdit>,
}

/// What becomes of a field.
struct FieldEdit {
    /// Index into the fields of the batch.
    field: u32,
    /// Range of the new values, or `None` for NULL.
    value: Option<Range<usize>>,
}

fn refuse(message: &str, hint: &str) -> Denial {
    Denial {
        sqlstate: *b"42501",
        message: message.into(),
        detail: None,
        hint: Some(hint.into()),
    }
}

fn not_a_row() -> Denial {
    Denial::new(
        b"08P01",
        "a message of copy data is not one row of the announced format",
    )
}

impl Inspector {
    pub(super) fn plan_copy(
        &mut self,
        facts: &Rc<Statement>,
        nth: usize,
        format: Format,
        columns: usize,
    ) -> Result<Treatment<CopyPlan>, Lookup> {
        if self.catalog.borrow_mut().take_failure() {
            return Ok(Treatment::Refuse(super::text::catalog_failed()));
        }
        let Some(copy) = facts.facts().and_then(|facts| facts.copies.get(nth)) else {
            return Ok(Treatment::Refuse(refuse(
                "the gateway does not understand this copy",
                "use COPY ... TO STDOUT with the options of the manual, in a statement text that parses",
            )));
        };
        if (copy.options.format == CopyFormat::Binary) != (format == Format::Binary) {
            return Ok(Treatment::Refuse(not_a_row()));
        }
        let active = match &copy.source {
            CopySource::Table {
                name,
                columns: listed,
            } => self.copied_table(name, listed, format, columns)?,
            CopySource::Query => {
                let protected = self.rules().has_column_rules() && {
                    self.guarded().ok_or(Lookup)?;
                    self.touches(facts)
                };
                if self.rules().widens() && !self.catalog.borrow_mut().has_global() {
                    return Err(Lookup);
                }
                let kin = self.kin_of_statement(facts);
                self.copied_anything(protected, &kin, format, columns)
            }
        };
        if active.is_empty() {
            return Ok(Treatment::Relay);
        }
        let options = copy.options.clone();
        Ok(Treatment::Inspect(CopyPlan {
            plan: Plan::new(self.rules().clone(), columns, active),
            header: options.header,
            options,
        }))
    }

    /// Columns of which neither type nor origin is known.
    fn copied_anything(
        &self,
        protected: bool,
        kin: &Kin,
        format: Format,
        columns: usize,
    ) -> Vec<ColumnPlan> {
        (0..columns)
            .filter_map(|column| {
                // The client may know the types that the gateway does not: what is masked whole
                // becomes NULL.
                let (ty, action) = if protected {
                    (Type::Opaque, Action::Mask(None))
                } else {
                    let ty = if format == Format::Text {
                        Type::Text
                    } else {
                        Type::Opaque
                    };
                    let nothing = ColumnName {
                        type_name: "text",
                        ..ColumnName::default()
                    };
                    let action = self.scan_action(&nothing, kin, (&ty, format), None)?;
                    (ty, action)
                };
                Some(ColumnPlan {
                    column,
                    ty,
                    format,
                    type_modifier: -1,
                    action,
                    row: None,
                    sightings: None,
                    places: None,
                })
            })
            .collect()
    }

    fn copied_table(
        &mut self,
        name: &Name,
        listed: &[String],
        format: Format,
        columns: usize,
    ) -> Result<Vec<ColumnPlan>, Lookup> {
        if !self.catalog.borrow_mut().has_global() {
            return Err(Lookup);
        }
        let guarded = if self.rules().has_column_rules() {
            Some(self.guarded().ok_or(Lookup)?)
        } else {
            None
        };
        let (only, any_guarded, none) = {
            let catalog = self.catalog.borrow();
            let is_guarded = |oid| guarded.as_ref().is_some_and(|g| g.has(oid));
            (
                only_relation(&catalog, name),
                catalog.named(name).any(is_guarded),
                catalog.named(name).next().is_none(),
            )
        };
        let Some(oid) = only else {
            // Several schemas have it, or the session made it just now.
            let unsure = any_guarded || (none && guarded.is_some());
            return Ok(self.copied_anything(unsure, &Kin::ANYWHERE, format, columns));
        };
        let relation = match self.catalog.borrow_mut().relation(oid) {
            Known::Yes(relation) => relation.clone(),
            Known::NotYet => return Err(Lookup),
            Known::No => {
                return Ok(self.copied_anything(
                    guarded.is_some(),
                    &Kin::ANYWHERE,
                    format,
                    columns,
                ));
            }
        };
        if relation.is_view() && any_guarded {
            // Which of its columns shows a protected one is not known: all may.
            return Ok(self.copied_anything(true, &Kin::ANYWHERE, format, columns));
        }
        let of_list = |name: &String| {
            relation
                .columns
                .iter()
                .find(|(_, column)| *column.name == **name)
        };
        let found: Option<Vec<_>> = if listed.is_empty() {
            Some(
                relation
                    .columns
                    .iter()
                    .filter(|(_, column)| !column.generated)
                    .collect(),
            )
        } else {
            listed.iter().map(of_list).collect()
        };
        let Some(found) = found.filter(|found| found.len() == columns) else {
            return Ok(self.copied_anything(guarded.is_some(), &Kin::ANYWHERE, format, columns));
        };
        let parents = self.catalog.borrow().with_parents(oid);
        let mut active = Vec::new();
        let mut missing = false;
        for (number, (attribute, column)) in found.iter().copied().enumerate() {
            let known = self.catalog.borrow_mut().type_of(column.type_oid);
            let (ty, type_name) = match known {
                Known::Yes(known) => known,
                Known::No => (Type::Opaque, "".into()),
                Known::NotYet => {
                    missing = true;
                    continue;
                }
            };
            let named = {
                let catalog = self.catalog.borrow();
                let mut rules = parents.iter().filter_map(|oid| {
                    let table = catalog.name_of(*oid)?;
                    self.rule_of(&Named::new(&catalog, *oid, table, &column.name), &type_name)
                });
                rules.next()
            };
            let decided = if any_guarded {
                let catalog = &mut self.catalog.borrow_mut();
                self.rule_kept(catalog, (oid, *attribute), named)
            } else {
                named
            };
            let rule = decided.filter(|rule| Self::is_enforced(self.rules(), *rule));
            let is_off = decided.is_some_and(|rule| self.mode(rule) == Mode::Off);
            let statistics = oid < 16_384 && any_guarded;
            let sightings = self.sightings(oid, *attribute);
            let mut places = None;
            let action = match rule {
                Some(rule) => Some(Action::Mask(Some(rule))),
                None if statistics => Some(Action::Mask(None)),
                None if is_off => None,
                None => {
                    let seen = sightings.as_deref();
                    let named = {
                        let catalog = self.catalog.borrow();
                        let table = (&*relation.schema, &*relation.name);
                        Named::new(&catalog, oid, table, &column.name)
                    };
                    places = self.places_of((oid, *attribute, &named), &type_name, &ty);
                    let kin = self.kin_of_column(oid, &named, relation.is_view());
                    let name = self.name_of(&named, &type_name);
                    let scan = self.scan_action(&name, &kin, (&ty, format), seen);
                    names::look(scan, places.as_ref())
                }
            };
            let wanted = rule.and_then(|rule| self.rules().masker(rule).row_column());
            let row = wanted.and_then(|wanted| {
                let is_wanted = |(_, column): &(_, &RelationColumn)| *column.name == *wanted;
                let column = found.iter().position(is_wanted)?;
                let types = &mut *self.catalog.borrow_mut();
                let Known::Yes((ty, _)) = types.type_of(found[column].1.type_oid) else {
                    return None; // asked for in any case, as it is copied too
                };
                Some(RowColumn { column, ty, format })
            });
            active.extend(action.map(|action| ColumnPlan {
                column: number,
                ty,
                format,
                type_modifier: column.type_modifier,
                action,
                row,
                sightings,
                places,
            }));
        }
        if missing { Err(Lookup) } else { Ok(active) }
    }

    pub(super) fn mask_copy(
        &mut self,
        copy: &mut CopyPlan,
        batch: &mut CopyBatch<'_>,
    ) -> Result<(), Refused> {
        let shared = Rc::clone(&self.scratch);
        let catalog = Rc::clone(&self.catalog);
        let (scratch, catalog) = (&mut *shared.borrow_mut(), catalog.borrow());
        scratch.clear_values();
        let mut rows = std::mem::take(&mut scratch.copy);
        rows.new.clear();
        rows.edits.clear();
        let mut refused = Refusal::default();
        let (columns, options) = (copy.plan.columns, &copy.options);
        let (received, header) = (&*batch.received, &mut copy.header);
        let read = rows
            .read
            .read(received, batch.bodies, columns, options, header);
        if let Err(message) = read {
            // The rows before it are masked and sent, however many came at once.
            refused.note(message as u32, not_a_row());
        }
        self.gather_copy(
            &copy.plan,
            &mut rows,
            batch,
            scratch,
            &catalog,
            &mut refused,
        );
        scratch.scan_values(&copy.plan.rules);
        let mut at = 0;
        while let Some(finding) = scratch.finding(&copy.plan, at) {
            at = finding.matches.end;
            let applied = self.apply_to_copy(copy, &mut rows, batch, scratch, &finding, &catalog);
            if let Err(denial) = applied {
                refused.note(rows.read.message_of(finding.field as usize), denial);
            }
        }
        let Refusal(refused) = refused;
        let passed = refused
            .as_ref()
            .map_or(batch.bodies.len(), |(number, _)| *number as usize);
        self.result.rows += rows.passed(passed);
        rows.write(copy, batch);
        scratch.copy = rows;
        drop(catalog);
        self.learn(&copy.plan, &scratch.watched);
        match refused {
            None => Ok(()),
            Some((_, denial)) => Err(Refused { passed, denial }),
        }
    }

    /// Gathers what has to be scanned and masks what is protected, column by column.
    fn gather_copy(
        &mut self,
        plan: &Plan,
        rows: &mut CopyRows,
        batch: &CopyBatch<'_>,
        scratch: &mut ShardScratch,
        catalog: &Catalog,
        refused: &mut Refusal,
    ) {
        let received = &*batch.received;
        for (active, column) in (0u32..).zip(&plan.active) {
            let fields = (column.column..rows.read.len()).step_by(plan.columns);
            let (set, reading) = match column.action {
                Action::Scan { set, reading } => (set, reading),
                Action::Mask(rule) => {
                    for field in fields {
                        let done = self.mask_field(
                            plan,
                            column,
                            rule,
                            rows,
                            received,
                            field,
                            (scratch, catalog),
                        );
                        if let Err(denial) = done {
                            refused.note(rows.read.message_of(field), denial);
                        }
                    }
                    continue;
                }
            };
            let set = (set, plan.rules.match_len_min(set));
            if matches!(reading, Reading::Text | Reading::Typed) {
                let before = scratch.values.len();
                gather_column(column.column, set, rows, plan.columns, received, scratch);
                scratch.watch(active, column, before);
                continue;
            }
            for field in fields {
                let Some(value) = rows.read.value(received, field) else {
                    continue;
                };
                let encoding = encoding(column.format, &self.settings, catalog);
                let owner = Owner {
                    field: field as u32,
                    active,
                    leaf: 0,
                };
                let gathered = scratch.gather_leaves(column, set, owner, value, encoding);
                if gathered.is_err()
                    && let Err(denial) = self.undecodable_field(rows, field as u32)
                {
                    refused.note(rows.read.message_of(field), denial);
                }
            }
        }
    }

    /// Masks a field whole.
    #[expect(
        clippy::too_many_arguments,
        reason = "all of them are borrowed from different owners"
    )]
    fn mask_field(
        &mut self,
        plan: &Plan,
        column: &ColumnPlan,
        rule: Option<RuleId>,
        rows: &mut CopyRows,
        received: &[u8],
        field: usize,
        (scratch, catalog): (&mut ShardScratch, &Catalog),
    ) -> Result<(), Denial> {
        let mut kept = RowValue::default();
        if let Some(row) = &column.row {
            let key = rows
                .read
                .value(received, field - column.column + row.column);
            let encoding = encoding(row.format, &self.settings, catalog);
            kept.read(row, key, encoding, &mut scratch.value);
        }
        let Some(value) = rows.read.value(received, field) else {
            return Ok(());
        };
        let encoding = encoding(column.format, &self.settings, catalog);
        let mut whole = Whole {
            masker: plan.masker(rule),
            context: MaskContext {
                row: kept.value(),
                ..context(column)
            },
        };
        let (start, walk) = (rows.new.len(), &mut scratch.value);
        let new = &mut rows.new;
        match value::rewrite(&column.ty, encoding, value, &mut whole, walk, new) {
            Ok(rewritten) => {
                let range = start..rows.new.len();
                if note(&mut rows.edits, field as u32, rewritten, range) {
                    if let Some(rule) = rule {
                        self.count(rule, 1);
                    }
                    self.count_cell(rule);
                }
                Ok(())
            }
            Err(_) => self.undecodable_field(rows, field as u32),
        }
    }

    /// A field that cannot be decoded becomes NULL, or ends the copy.
    fn undecodable_field(&mut self, rows: &mut CopyRows, field: u32) -> Result<(), Denial> {
        self.undecodable()?;
        rows.edits.push(FieldEdit { field, value: None });
        Ok(())
    }

    /// Makes the new value of a field that has findings.
    fn apply_to_copy(
        &mut self,
        copy: &CopyPlan,
        rows: &mut CopyRows,
        batch: &mut CopyBatch<'_>,
        scratch: &mut ShardScratch,
        finding: &Finding,
        catalog: &Catalog,
    ) -> Result<(), Denial> {
        let plan = &copy.plan;
        let matches = &scratch.matches[finding.matches.clone()];
        let column = &plan.active[finding.active as usize];
        let located = rows.read.locate(finding.field as usize);
        let value = match &located {
            CopyValue::Null => return Ok(()),
            CopyValue::Plain(place) => &batch.received[place.clone()],
            CopyValue::Decoded(value) => value,
        };
        note_sighting(column, matches, value.len());
        let Some(rule) = self.count_findings(plan, matches) else {
            return Ok(()); // shadow rules only
        };
        let encoding = encoding(column.format, &self.settings, catalog);
        let Ok(rewritten) = scratch.apply(plan, column, finding, value, encoding) else {
            return self.undecodable_field(rows, finding.field);
        };
        if let (Rewritten::Changed, CopyValue::Plain(place)) = (rewritten, located)
            && place.len() == scratch.out.len()
            && copy::is_plain(&scratch.out, &copy.options)
        {
            // It may simply be written over the old one.
            batch.received[place].copy_from_slice(&scratch.out);
            self.count_cell(Some(rule));
            return Ok(());
        }
        let start = rows.new.len();
        rows.new.extend_from_slice(&scratch.out);
        let range = start..rows.new.len();
        if note(&mut rows.edits, finding.field, rewritten, range) {
            self.count_cell(Some(rule));
        }
        Ok(())
    }

    /// A row above `message_size_max`. Nothing of it is decoded, so any column that is masked whole
    /// refuses it; findings are overwritten.
    pub(super) fn mask_copy_part(
        &mut self,
        copy: &mut CopyPlan,
        part: Part<'_>,
    ) -> Result<usize, Denial> {
        let too_large = || {
            Denial::new(
                b"42501",
                "a row of copy data above message_size_max has columns that are masked",
            )
        };
        let mut sets: Vec<DetectorSetId> = Vec::new();
        for column in &copy.plan.active {
            match column.action {
                Action::Mask(_) => return Err(too_large()),
                // Leaves that have to be decoded are not found in the bytes of a line.
                Action::Scan {
                    reading: Reading::Leaves,
                    ..
                } => return Err(too_large()),
                Action::Scan { set, .. } if !sets.contains(&set) => sets.push(set),
                Action::Scan { .. } => {}
            }
        }
        if !sets.is_empty() && !lies_as_text(&copy.options, &part) {
            return Err(too_large());
        }
        let whole = ColumnPlan {
            column: 0,
            ty: Type::Text,
            format: Format::Text,
            type_modifier: -1,
            action: Action::Mask(None),
            row: None,
            sightings: None,
            places: None,
        };
        self.overwrite_findings(&copy.plan, &whole, &sets, part)
    }
}

impl CopyRows {
    /// How many rows came in the first `messages` messages.
    fn passed(&self, messages: usize) -> u64 {
        let all = self.read.messages();
        all.partition_point(|message| (*message as usize) < messages) as u64
    }

    /// Writes the rows that have edits anew, a message for each.
    fn write(&mut self, copy: &CopyPlan, batch: &mut CopyBatch<'_>) {
        self.edits.sort_by_key(|edit| edit.field);
        let row_of = |edit: &FieldEdit| edit.field as usize / copy.plan.columns;
        let received = &*batch.received;
        for row in self.edits.chunk_by(|a, b| row_of(a) == row_of(b)) {
            let message = self.read.message_of(row[0].field as usize);
            let body = &batch.bodies[message as usize];
            batch.edits.replace(message, |out| {
                let mut copied = body.start as usize;
                for edit in row {
                    let raw = self.read.raw(edit.field as usize);
                    out.extend_from_slice(&received[copied..raw.start]);
                    let value = edit.value.clone().map(|range| &self.new[range]);
                    copy::write(value, &copy.options, out);
                    copied = raw.end;
                }
                out.extend_from_slice(&received[copied..body.end as usize]);
            });
        }
    }
}

/// Do the values of a row stand in its bytes as they are, and with nothing beside them that could be taken
/// for a part of them? The length in front of a binary value may be a digit, an escape or a separator a
/// letter: then a boundary would be denied where there is one.
fn lies_as_text(options: &CopyOptions, part: &Part<'_>) -> bool {
    let separates = |byte: u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && byte != b'_';
    match options.format {
        CopyFormat::Binary => false,
        CopyFormat::Csv => [options.delimiter, options.quote, options.escape]
            .into_iter()
            .all(separates),
        CopyFormat::Text => {
            let escapes = memchr::memchr_iter(b'\\', part.bytes);
            let is_null = |at: usize| match part.bytes.get(at + 1) {
                Some(next) => *next == b'N',
                None => !part.last, // it is held back, and comes again with what follows
            };
            separates(options.delimiter) && escapes.into_iter().all(is_null)
        }
    }
}

/// Gathers the values of a column whose bytes are the text. Runs once per column of a batch, with
/// nothing to decide per row unless something was decoded.
fn gather_column(
    column: usize,
    (set, len_min): (DetectorSetId, usize),
    rows: &CopyRows,
    columns: usize,
    received: &[u8],
    scratch: &mut ShardScratch,
) {
    let values = rows.read.plain(column);
    let owners = (column as u32, columns as u32);
    scratch
        .values
        .add_all(received, values, (set, len_min), owners);
    for (field, value) in rows.read.decoded(column) {
        if value.len() >= len_min {
            scratch.values.add(value, set, field as u32);
        }
    }
}

/// Notes the new value of a field, if it has one.
fn note(edits: &mut Vec<FieldEdit>, field: u32, rewritten: Rewritten, new: Range<usize>) -> bool {
    let value = match rewritten {
        Rewritten::Unchanged => return false,
        Rewritten::Changed => Some(new),
        Rewritten::Null => None,
    };
    edits.push(FieldEdit { field, value });
    true
}
