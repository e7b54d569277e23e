//! COPY TO STDOUT. Its response names neither types nor origins, so the plan comes from the statement:
//! the table it names, looked up in the catalog, or for a query the strictest that it may touch.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a batch stays below message_size_max, which is at most 1 GiB"
)]

use super::rows::{Whole, context, encoding};
use super::{Inspector, Owner};
use crate::catalog::Known;
use crate::plan::{Action, ColumnPlan, Plan};
use crate::statement::{Statement, only_relation};
use std::ops::Range;
use std::rc::Rc;
use wiremask_protocols::postgres::copy::{CopyRow, binary_header, is_binary_trailer, read, write};
use wiremask_protocols::postgres::value::{self, Rewritten, Type};
use wiremask_protocols::session::{Denial, Format, Lookup, Part, TextEdit, Treatment};
use wiremask_protocols::sql::{CopyFormat, CopyOptions, CopySource, Name};
use wiremask_rules::{ColumnName, DetectorSetId};

/// The state of a copy out.
pub struct CopyPlan {
    plan: Plan,
    options: CopyOptions,
    /// Is the next line the header?
    header: bool,
    row: CopyRow,
    /// New values of the current row, one behind the other, and which field each is for.
    new: Vec<u8>,
    edits: Vec<(usize, Option<Range<usize>>)>,
}

fn refuse(message: &str, hint: &str) -> Denial {
    Denial {
        sqlstate: *b"42501",
        message: message.into(),
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
                self.copied_anything(protected, format, columns)
            }
        };
        if active.is_empty() {
            return Ok(Treatment::Relay);
        }
        let options = copy.options.clone();
        Ok(Treatment::Inspect(CopyPlan {
            plan: Plan {
                rules: self.rules().clone(),
                columns,
                active: active.into(),
            },
            header: options.header,
            options,
            row: CopyRow::default(),
            new: Vec::new(),
            edits: Vec::new(),
        }))
    }

    /// Columns of which neither type nor origin is known.
    fn copied_anything(&self, protected: bool, format: Format, columns: usize) -> Vec<ColumnPlan> {
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
                    let action = self.scan_action("", "text", &ty, format)?;
                    (ty, action)
                };
                Some(ColumnPlan {
                    column,
                    ty,
                    format,
                    type_modifier: -1,
                    action,
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
            return Ok(self.copied_anything(unsure, format, columns));
        };
        let relation = match self.catalog.borrow_mut().relation(oid) {
            Known::Yes(relation) => relation.clone(),
            Known::NotYet => return Err(Lookup),
            Known::No => return Ok(self.copied_anything(guarded.is_some(), format, columns)),
        };
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
            return Ok(self.copied_anything(guarded.is_some(), format, columns));
        };
        let parents = self.catalog.borrow().with_parents(oid);
        let mut active = Vec::new();
        let mut missing = false;
        for (number, (attribute, column)) in found.into_iter().enumerate() {
            let known = self.catalog.borrow_mut().type_of(column.type_oid);
            let (ty, type_name) = match known {
                Known::Yes(known) => known,
                Known::No => (Type::Opaque, "".into()),
                Known::NotYet => {
                    missing = true;
                    continue;
                }
            };
            let rule = {
                let catalog = self.catalog.borrow();
                let names = parents.iter().filter_map(|oid| catalog.name_of(*oid));
                names
                    .filter_map(|(schema, table)| {
                        self.rules().column_rule(&ColumnName {
                            database: &self.database,
                            schema,
                            table,
                            column: &column.name,
                            type_name: &type_name,
                        })
                    })
                    .next()
                    .or_else(|| catalog.remembered(oid, *attribute, self.policy.generation))
                    .filter(|rule| Self::is_enforced(self.rules(), *rule))
            };
            let statistics = oid < 16_384 && any_guarded;
            let action = match rule {
                Some(rule) => Some(Action::Mask(Some(rule))),
                None if statistics => Some(Action::Mask(None)),
                None => self.scan_action(&column.name, &type_name, &ty, format),
            };
            active.extend(action.map(|action| ColumnPlan {
                column: number,
                ty,
                format,
                type_modifier: column.type_modifier,
                action,
            }));
        }
        if missing { Err(Lookup) } else { Ok(active) }
    }

    pub(super) fn mask_copy(
        &mut self,
        copy: &mut CopyPlan,
        data: &mut [u8],
        out: &mut Vec<u8>,
    ) -> Result<TextEdit, Denial> {
        let data = &*data;
        let binary = copy.options.format == CopyFormat::Binary;
        let at = if binary {
            binary_header(data).map_err(|_| not_a_row())?.unwrap_or(0)
        } else {
            0
        };
        if (binary && (is_binary_trailer(&data[at..]) || at == data.len())) || data == b"\\.\n" {
            return Ok(TextEdit::Keep);
        }
        read(data, at, &copy.options, &mut copy.row).map_err(|_| not_a_row())?;
        if copy.row.fields.len() != copy.plan.columns {
            return Err(not_a_row());
        }
        if std::mem::take(&mut copy.header) {
            return Ok(TextEdit::Keep); // the names of the table's columns, or the client's own aliases
        }
        self.result.rows += 1;
        copy.new.clear();
        copy.edits.clear();
        self.mask_copy_row(copy)?;
        if copy.edits.is_empty() {
            return Ok(TextEdit::Keep);
        }
        copy.edits.sort_by_key(|(field, _)| *field);
        let mut copied = 0;
        for (field, value) in &copy.edits {
            let raw = copy.row.fields[*field].raw.clone();
            out.extend_from_slice(&data[copied..raw.start]);
            write(
                value.clone().map(|range| &copy.new[range]),
                &copy.options,
                out,
            );
            copied = raw.end;
        }
        out.extend_from_slice(&data[copied..]);
        Ok(TextEdit::Replace)
    }

    /// Decides about every field of `copy.row`; leaves new values in `copy.edits`.
    fn mask_copy_row(&mut self, copy: &mut CopyPlan) -> Result<(), Denial> {
        let shared = Rc::clone(&self.scratch);
        let catalog = Rc::clone(&self.catalog);
        let (scratch, catalog) = (&mut *shared.borrow_mut(), catalog.borrow());
        scratch.clear_gathered();
        let CopyPlan {
            plan,
            row,
            new,
            edits,
            ..
        } = copy;
        for (number, column) in plan.active.iter().enumerate() {
            let Some(value) = row.value(column.column) else {
                continue;
            };
            let encoding = encoding(column.format, &self.settings, &*catalog);
            let done = match column.action {
                Action::Mask(rule) => {
                    let mut whole = Whole {
                        masker: plan.masker(rule),
                        context: context(column),
                    };
                    let start = new.len();
                    value::rewrite(
                        &column.ty,
                        encoding,
                        value,
                        &mut whole,
                        &mut scratch.value,
                        new,
                    )
                    .map(|rewritten| {
                        if note(edits, column.column, rewritten, start..new.len()) {
                            if let Some(rule) = rule {
                                self.count(rule, 1);
                            }
                            self.count_cell(rule);
                        }
                    })
                }
                Action::Scan { set, reading } => {
                    let owner = Owner {
                        field: column.column as u32,
                        active: number as u32,
                        leaf: 0,
                    };
                    scratch.gather_value(column, (set, reading), owner, value, encoding)
                }
            };
            if done.is_err() {
                self.undecodable()?;
                edits.push((column.column, None));
            }
        }
        scratch.scan(&plan.rules);
        let mut at = 0;
        while at < scratch.matches.len() {
            let group = scratch.group(at);
            at = group.end;
            let Some(rule) = self.count_findings(plan, &scratch.matches[group.clone()]) else {
                continue;
            };
            let owner = scratch.owners[scratch.matches[group.start].field as usize];
            let column = &plan.active[owner.active as usize];
            let Some(value) = row.value(column.column) else {
                continue;
            };
            let encoding = encoding(column.format, &self.settings, &*catalog);
            match scratch.apply(plan, column, group, value, encoding) {
                Ok(rewritten) => {
                    let start = new.len();
                    new.extend_from_slice(&scratch.out);
                    if note(edits, column.column, rewritten, start..new.len()) {
                        self.count_cell(Some(rule));
                    }
                }
                Err(_) => {
                    self.undecodable()?;
                    edits.push((column.column, None));
                }
            }
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
                Action::Scan { set, .. } if !sets.contains(&set) => sets.push(set),
                Action::Scan { .. } => {}
            }
        }
        let whole = ColumnPlan {
            column: 0,
            ty: Type::Text,
            format: Format::Text,
            type_modifier: -1,
            action: Action::Mask(None),
        };
        self.overwrite_findings(&copy.plan, &whole, &sets, part)
    }
}

/// Notes the new value of a field, if it has one.
fn note(
    edits: &mut Vec<(usize, Option<Range<usize>>)>,
    field: usize,
    rewritten: Rewritten,
    new: Range<usize>,
) -> bool {
    match rewritten {
        Rewritten::Unchanged => return false,
        Rewritten::Changed => edits.push((field, Some(new))),
        Rewritten::Null => edits.push((field, None)),
    }
    true
}
