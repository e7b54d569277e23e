//! Columns of relations as rules name them: database, schema, table, column, type and tags.

use super::Inspector;
use crate::catalog::Catalog;
use crate::plan::{Action, Reading};
use std::rc::Rc;
use wiremask_protocols::postgres::value::Type;
use wiremask_rules::{ColumnName, DetectorSetId, LeafRules, RuleId};

/// A column of a relation.
pub(super) struct Named {
    pub schema: Box<str>,
    pub table: Box<str>,
    pub column: Box<str>,
    pub tags: Vec<Box<str>>,
}

impl Named {
    pub(super) fn new(
        catalog: &Catalog,
        oid: u32,
        (schema, table): (&str, &str),
        column: &str,
    ) -> Self {
        Self {
            schema: schema.into(),
            table: table.into(),
            column: column.into(),
            tags: catalog.tags_of_column(oid, column),
        }
    }
}

impl Inspector {
    /// A column as rules name it.
    pub(super) fn name_of<'n>(&'n self, named: &'n Named, type_name: &'n str) -> ColumnName<'n> {
        ColumnName {
            database: &self.database,
            schema: &named.schema,
            table: &named.table,
            column: &named.column,
            type_name,
            tags: &named.tags,
        }
    }

    /// The rule that decides over a column.
    pub(super) fn rule_of(&self, named: &Named, type_name: &str) -> Option<RuleId> {
        self.rules().column_rule(&self.name_of(named, type_name))
    }

    /// The rules for places in the JSON documents of a column, its own or those of the tables that its
    /// relation is a part of. Views of such tables are masked whole.
    pub(super) fn places_of(
        &self,
        (oid, attribute, named): (u32, i16, &Named),
        type_name: &str,
        ty: &Type,
    ) -> Option<Rc<LeafRules>> {
        if !self.rules().has_leaf_rules() || !holds_json(ty) {
            return None;
        }
        let generation = self.policy.generation;
        let mut catalog = self.catalog.borrow_mut();
        let of = |named: &Named| self.rules().leaf_rules(&self.name_of(named, type_name));
        let own = of(named).map(Rc::new);
        let mut others = catalog.with_parents(oid).into_iter().filter_map(|oid| {
            let table = catalog.name_of(oid)?;
            of(&Named::new(&catalog, oid, table, &named.column)).map(Rc::new)
        });
        let named = own.or_else(|| others.next());
        drop(others);
        // A new name does not take rules away that mask.
        let remembered = catalog.remembered_places(oid, attribute, generation);
        let remembered = remembered.filter(|places| !places.mask_nothing());
        let places = remembered.or(named)?;
        catalog.remember_places(oid, attribute, generation, Rc::clone(&places));
        Some(places)
    }
}

/// What is done with a column that no rule masks whole: detectors look at it if any of them can match, and
/// its documents are read if there are places in them to mask.
pub(super) fn look(scan: Option<Action>, places: Option<&Rc<LeafRules>>) -> Option<Action> {
    let read = Action::Scan {
        set: DetectorSetId::NONE,
        reading: Reading::Leaves,
    };
    scan.or_else(|| places.map(|_| read))
}

/// Are there JSON documents in values of this type?
fn holds_json(ty: &Type) -> bool {
    match ty {
        Type::Json | Type::Jsonb => true,
        Type::Array { element, .. } => holds_json(element),
        Type::Composite { fields } => fields.iter().any(holds_json),
        _ => false,
    }
}
