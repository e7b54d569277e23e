//! Planning: which rule applies to each column of a result, decided once per result set.
//!
//! The origin that PostgreSQL reports (table OID and attribute number) survives alias, star, join,
//! prepared statement and cursor. A column without an origin is masked whole if its statement touches
//! a table with protected columns. What the catalog does not know is masked whole.

use super::Inspector;
use super::kin::Kin;
use super::names::{self, Named};
use crate::catalog::{Catalog, Known};
use crate::learning::Sightings;
use crate::plan::{Action, ColumnPlan, Plan, Reading, RowColumn};
use crate::statement::{Guarded, Statement};
use std::rc::Rc;
use wiremask_protocols::postgres::value::Type;
use wiremask_protocols::session::{Column, Lookup, Treatment};
use wiremask_protocols::sql::lineage::ColumnRef;
use wiremask_rules::{ColumnName, DetectorSetId, Mode, RuleId};

/// What a column's origin says.
enum Origin {
    /// A column of a relation, by name.
    Named(Named),
    /// A column that a rule takes out: it is neither masked nor scanned.
    Exempt,
    /// Protected: by a rule, or whole where no rule can be named.
    Protected(Option<RuleId>),
    /// No column of a relation.
    Expression,
}

impl Inspector {
    pub(super) fn shape(
        &mut self,
        facts: &Rc<Statement>,
        columns: &[Column<'_>],
    ) -> Result<Treatment<Rc<Plan>>, Lookup> {
        if self.catalog.borrow_mut().take_failure() {
            return Ok(Treatment::Refuse(super::text::catalog_failed()));
        }
        let guarded = if self.rules().has_column_rules() {
            Some(self.guarded().ok_or(Lookup)?)
        } else {
            None
        };
        if guarded.is_some() {
            self.note_touched(facts);
        } else if self.rules().widens() && !self.catalog.borrow_mut().has_global() {
            return Err(Lookup);
        }
        // Ask for everything that is missing before waiting for it.
        let mut missing = false;
        let mut active = Vec::new();
        for (number, column) in columns.iter().enumerate() {
            let place = (number, columns.len());
            match self.column_plan(facts, guarded.as_deref(), place, column) {
                Ok(plan) => active.extend(plan),
                Err(Lookup) => missing = true,
            }
        }
        if missing {
            return Err(Lookup);
        }
        if active.is_empty() {
            return Ok(Treatment::Relay);
        }
        for plan in &mut active {
            plan.row = self.row_column(facts, columns, plan);
        }
        let plan = Plan::new(self.rules().clone(), columns.len(), active);
        Ok(Treatment::Inspect(Rc::new(plan)))
    }

    /// The column of the result that a mask takes the row's key from, if it surely is of the same row
    /// of the same table: whoever could pair a date with the keys of others would see it moved in many
    /// ways, and know it from their mean. So only a plain SELECT that names no other relation will do.
    fn row_column(
        &self,
        facts: &Statement,
        columns: &[Column<'_>],
        plan: &ColumnPlan,
    ) -> Option<RowColumn> {
        let Action::Mask(Some(rule)) = plan.action else {
            return None;
        };
        let wanted = self.rules().masker(rule).row_column()?;
        let facts = facts.facts()?;
        let is_plain = facts.kind == "select" && facts.relations.len() == 1;
        if !is_plain || !facts.ctes.is_empty() || facts.copies_rows || facts.runs_code {
            return None;
        }
        let table = columns.get(plan.column)?.table_oid;
        let mut catalog = self.catalog.borrow_mut();
        let (position, column) = columns.iter().enumerate().find(|(_, column)| {
            if table == 0 || column.table_oid != table {
                return false;
            }
            let Known::Yes(relation) = catalog.relation(table) else {
                return false;
            };
            let known = relation.columns.get(&column.attribute);
            known.is_some_and(|known| *known.name == *wanted) && !relation.is_view()
        })?;
        let Known::Yes((ty, _)) = catalog.type_of(column.type_oid) else {
            return None;
        };
        Some(RowColumn {
            column: position,
            ty,
            format: column.format,
        })
    }

    fn column_plan(
        &self,
        facts: &Statement,
        guarded: Option<&Guarded>,
        place: (usize, usize),
        column: &Column<'_>,
    ) -> Result<Option<ColumnPlan>, Lookup> {
        let (ty, type_name) = match self.catalog.borrow_mut().type_of(column.type_oid) {
            Known::Yes(known) => known,
            Known::No => (Type::Opaque, "".into()),
            Known::NotYet => return Err(Lookup),
        };
        let planned = |action, ty, sightings, places| ColumnPlan {
            column: place.0,
            ty,
            format: column.format,
            type_modifier: column.type_modifier,
            action,
            row: None,
            sightings,
            places,
        };
        let named = match self.origin(facts, guarded, place, column, &type_name)? {
            Origin::Protected(rule) => {
                return Ok(Some(planned(Action::Mask(rule), ty, None, None)));
            }
            Origin::Exempt => return Ok(None),
            Origin::Named(named) => named,
            // The alias is the client's choice and must not switch a detector off.
            Origin::Expression => {
                let nothing = ColumnName {
                    type_name: &type_name,
                    ..ColumnName::default()
                };
                let kin = self.kin_of_statement(facts);
                return Ok(self
                    .scan_action(&nothing, &kin, (&ty, column.format), None)
                    .map(|action| planned(action, ty, None, None)));
            }
        };
        let sightings = self.sightings(column.table_oid, column.attribute);
        let places = self.places_of(
            (column.table_oid, column.attribute, &named),
            &type_name,
            &ty,
        );
        let is_view = match self.catalog.borrow_mut().relation(column.table_oid) {
            Known::Yes(relation) => relation.is_view(),
            Known::No => true,
            Known::NotYet => return Err(Lookup),
        };
        let kin = self.kin_of_column(column.table_oid, &named, is_view);
        let name = self.name_of(&named, &type_name);
        let scan = self.scan_action(&name, &kin, (&ty, column.format), sightings.as_deref());
        Ok(names::look(scan, places.as_ref()).map(|action| planned(action, ty, sightings, places)))
    }

    /// The detectors of a column that no rule protects, if any of them can match.
    pub(super) fn scan_action(
        &self,
        column: &ColumnName<'_>,
        kin: &Kin,
        (ty, format): (&Type, wiremask_protocols::session::Format),
        sightings: Option<&Sightings>,
    ) -> Option<Action> {
        if !self.rules().has_detectors() || !ty.may_hold_match() {
            return None;
        }
        let at_home = sightings.map(Sightings::at_home).unwrap_or_default();
        let set = kin.with(&self.database, column.type_name, |kin| {
            if at_home.is_empty() && !self.rules().is_scoped(column, kin) {
                let scratch = &mut *self.scratch.borrow_mut();
                let sets = &mut scratch.sets;
                sets.of(self.rules(), column.column, column.type_name)
            } else {
                self.rules().detector_set_of_at_home(column, kin, &at_home)
            }
        });
        (set != DetectorSetId::NONE).then(|| Action::Scan {
            set,
            reading: Reading::of(ty, format),
        })
    }

    /// The rule of a column of a guarded table, given the one that its names ask for: a new name does not take
    /// an enforced rule away.
    pub(super) fn rule_kept(
        &self,
        catalog: &mut Catalog,
        (oid, attribute): (u32, i16),
        named: Option<RuleId>,
    ) -> Option<RuleId> {
        let generation = self.policy.generation;
        let remembered = catalog.remembered(oid, attribute, generation);
        let enforced = remembered.filter(|rule| self.mode(*rule) == Mode::Enforce);
        let rule = enforced.or(named).or(remembered)?;
        catalog.remember(oid, attribute, generation, rule);
        Some(rule)
    }

    /// What a column of a relation has shown so far, if columns are watched.
    pub(super) fn sightings(&self, relation: u32, attribute: i16) -> Option<Rc<Sightings>> {
        if !self.policy.learn_columns {
            return None;
        }
        let learning = &mut self.catalog.borrow_mut().learning;
        learning.column(self.rules(), relation, attribute)
    }

    fn origin(
        &self,
        facts: &Statement,
        guarded: Option<&Guarded>,
        place: (usize, usize),
        column: &Column<'_>,
        type_name: &str,
    ) -> Result<Origin, Lookup> {
        let reported = ColumnRef {
            oid: column.table_oid,
            attnum: column.attribute,
        };
        let touching = guarded.filter(|_| self.touches(facts));
        if reported.oid == 0 {
            let protected = match touching {
                Some(guarded) => !self.is_proven_clean(facts, guarded, place)?,
                None => false,
            };
            return Ok(if protected {
                Origin::Protected(None)
            } else {
                Origin::Expression
            });
        }
        if touching.is_some() && self.is_contradicted(facts, place, reported)? {
            return Ok(Origin::Protected(None));
        }
        self.origin_of(guarded, reported, type_name)
    }

    /// Does the text say that something else flows into a column than what PostgreSQL reports? What is not
    /// understood contradicts nothing: PostgreSQL knows what it does.
    fn is_contradicted(
        &self,
        facts: &Statement,
        (number, width): (usize, usize),
        reported: ColumnRef,
    ) -> Result<bool, Lookup> {
        if self.is_unsure_of_relations() || reported.attnum <= 0 {
            return Ok(false);
        }
        let Some(lineage) = facts.lineage(&mut self.catalog.borrow_mut())? else {
            return Ok(false);
        };
        let flow = lineage.output(number, width);
        Ok(flow.understood && !flow.columns.contains(&reported))
    }

    /// Does the text prove that no protected column flows into a column of the result, nor decides about any
    /// of it?
    fn is_proven_clean(
        &self,
        facts: &Statement,
        guarded: &Guarded,
        (number, width): (usize, usize),
    ) -> Result<bool, Lookup> {
        if self.is_unsure_of_relations() || facts.may_make_rows(&self.catalog.borrow()) {
            return Ok(false);
        }
        let Some(lineage) = facts.lineage(&mut self.catalog.borrow_mut())? else {
            return Ok(false);
        };
        let flow = lineage.output(number, width);
        if !lineage.is_understood() || !flow.understood {
            return Ok(false);
        }
        let used = lineage.uses.iter().flat_map(|used| &used.columns);
        for column in flow.columns.iter().chain(&flow.influences).chain(used) {
            let (ty, type_name) = self.type_of_column(*column)?;
            let is_protected = match self.origin_of(Some(guarded), *column, &type_name)? {
                Origin::Protected(_) => true,
                Origin::Exempt | Origin::Expression => false,
                Origin::Named(named) => {
                    let column = (column.oid, column.attnum, &named);
                    self.places_of(column, &type_name, &ty).is_some()
                }
            };
            if is_protected {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A column's type, and its name as rules may ask for it.
    fn type_of_column(&self, column: ColumnRef) -> Result<(Type, Box<str>), Lookup> {
        let mut catalog = self.catalog.borrow_mut();
        let type_oid = match catalog.relation(column.oid) {
            Known::NotYet => return Err(Lookup),
            Known::No => return Ok((Type::Opaque, "".into())),
            Known::Yes(relation) => relation.columns.get(&column.attnum).map(|c| c.type_oid),
        };
        match type_oid.map(|oid| catalog.type_of(oid)) {
            Some(Known::NotYet) => Err(Lookup),
            Some(Known::Yes(known)) => Ok(known),
            Some(Known::No) | None => Ok((Type::Opaque, "".into())),
        }
    }

    /// What a column of a relation is, by the rules.
    fn origin_of(
        &self,
        guarded: Option<&Guarded>,
        column: ColumnRef,
        type_name: &str,
    ) -> Result<Origin, Lookup> {
        let mut catalog = self.catalog.borrow_mut();
        let Some(guarded) = guarded else {
            return match catalog.relation(column.oid) {
                Known::NotYet => Err(Lookup),
                Known::No => Ok(Origin::Expression),
                Known::Yes(relation) => Ok(match relation.columns.get(&column.attnum) {
                    Some(column) => Origin::Named(Named {
                        schema: relation.schema.clone(),
                        table: relation.name.clone(),
                        column: column.name.clone(),
                        tags: Vec::new(),
                    }),
                    None => Origin::Expression,
                }),
            };
        };
        let (schema, table, is_view, name) = match catalog.relation(column.oid) {
            Known::NotYet => return Err(Lookup),
            Known::No => return Ok(Origin::Protected(None)),
            Known::Yes(relation) => (
                relation.schema.clone(),
                relation.name.clone(),
                relation.is_view(),
                relation.columns.get(&column.attnum).map(|c| c.name.clone()),
            ),
        };
        let rule_of = |named: &Named| self.rule_of(named, type_name);
        let name = name.map(|name| {
            let table = (&*schema, &*table);
            Named::new(&catalog, column.oid, table, &name)
        });
        let is_guarded = guarded.has(column.oid);
        if !is_guarded {
            // What the transaction itself did to a view, the catalog does not tell yet.
            let unsure = (is_view && self.is_unsure_of_relations()) || name.is_none();
            return Ok(match name {
                Some(name) if !unsure => match rule_of(&name) {
                    Some(rule) if self.mode(rule) == Mode::Off => Origin::Exempt,
                    _ => Origin::Named(name),
                },
                _ if column.attnum < 0 => Origin::Expression,
                _ => Origin::Protected(None),
            });
        }
        let Some(name) = name else {
            if column.attnum < 0 {
                return Ok(Origin::Expression); // ctid and its kin
            }
            // A whole row, or a column that was added since.
            catalog.forget_relation(column.oid);
            return Ok(Origin::Protected(None));
        };
        let mut rule = rule_of(&name);
        let related = if is_view {
            catalog.reads(column.oid).unwrap_or_default()
        } else {
            catalog.with_parents(column.oid)
        };
        for oid in related {
            if rule.is_none()
                && let Some(table) = catalog.name_of(oid)
            {
                rule = rule_of(&Named::new(&catalog, oid, table, &name.column));
            }
        }
        if !is_view {
            rule = self.rule_kept(&mut catalog, (column.oid, column.attnum), rule);
        }
        Ok(match rule.map(|rule| (rule, self.mode(rule))) {
            Some((rule, Mode::Enforce)) => Origin::Protected(Some(rule)),
            Some((_, Mode::Off)) => Origin::Exempt,
            Some((_, Mode::Shadow)) => Origin::Named(name),
            // Which of a view's columns shows the protected one is not known: all may.
            None if is_view => Origin::Protected(None),
            None => Origin::Named(name),
        })
    }
}
