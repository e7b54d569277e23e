//! Where else in the database the values of a column lie, for entries that strengthen detectors there: the
//! tables that a partition or child is a part of, the tables that a view reads, and for what is computed those
//! of its statement. What is not known may lie anywhere.

use super::Inspector;
use super::names::Named;
use crate::catalog::Catalog;
use crate::statement::Statement;
use wiremask_rules::{self as rules, ColumnName, TableName};

/// Names of where values lie.
#[derive(Default)]
pub(super) struct Kin {
    columns: Vec<Named>,
    tables: Vec<Table>,
    anywhere: bool,
}

struct Table {
    schema: Box<str>,
    name: Box<str>,
    tags: Vec<Box<str>>,
}

impl Kin {
    /// Nothing is known of where the values lie.
    pub(super) const ANYWHERE: Self = Self {
        columns: Vec::new(),
        tables: Vec::new(),
        anywhere: true,
    };

    /// What a relation shows: everything that it reads, and what that is a part of.
    fn add(&mut self, catalog: &Catalog, oid: u32, column: Option<&str>) {
        let Some(reads) = catalog.reads(oid) else {
            self.anywhere = true;
            return;
        };
        for read in reads {
            for oid in catalog.with_parents(read) {
                let Some((schema, name)) = catalog.name_of(oid) else {
                    continue;
                };
                if let Some(column) = column {
                    self.columns
                        .push(Named::new(catalog, oid, (schema, name), column));
                }
                self.tables.push(Table {
                    schema: schema.into(),
                    name: name.into(),
                    tags: catalog.tags_of(oid),
                });
            }
        }
    }

    /// As rules name them.
    pub(super) fn with<T>(
        &self,
        database: &str,
        type_name: &str,
        of: impl FnOnce(&rules::Kin<'_>) -> T,
    ) -> T {
        let columns: Vec<ColumnName<'_>> = (self.columns.iter())
            .map(|named| ColumnName {
                database,
                schema: &named.schema,
                table: &named.table,
                column: &named.column,
                type_name,
                tags: &named.tags,
            })
            .collect();
        let tables: Vec<TableName<'_>> = (self.tables.iter())
            .map(|table| TableName {
                database,
                schema: &table.schema,
                table: &table.name,
                may_hold_json: true,
                tags: &table.tags,
            })
            .collect();
        of(&rules::Kin {
            columns: &columns,
            tables: &tables,
            anywhere: self.anywhere,
        })
    }
}

impl Inspector {
    /// Of a column of a relation. Empty where no entry strengthens anything.
    pub(super) fn kin_of_column(&self, oid: u32, named: &Named, is_view: bool) -> Kin {
        let mut kin = Kin::default();
        if !self.rules().widens() {
            return kin;
        }
        let catalog = self.catalog.borrow();
        if is_view {
            kin.anywhere = self.changed_catalog;
            kin.add(&catalog, oid, Some(&named.column));
            return kin;
        }
        for parent in catalog
            .with_parents(oid)
            .into_iter()
            .filter(|parent| *parent != oid)
        {
            if let Some(table) = catalog.name_of(parent) {
                kin.columns
                    .push(Named::new(&catalog, parent, table, &named.column));
            }
        }
        kin
    }

    /// Of what a statement computes. Empty where no entry strengthens anything.
    pub(super) fn kin_of_statement(&self, statement: &Statement) -> Kin {
        let mut kin = Kin::default();
        if !self.rules().widens() {
            return kin;
        }
        let catalog = self.catalog.borrow();
        let facts = statement
            .facts()
            .filter(|_| statement.is_plain(&catalog) && !self.changed_catalog);
        let Some(facts) = facts else {
            return Kin::ANYWHERE;
        };
        for name in &facts.relations {
            let is_cte = name.schema.is_none() && facts.ctes.contains(&name.name);
            let mut known = catalog.named(name).peekable();
            kin.anywhere |= known.peek().is_none() && !is_cte;
            known.for_each(|oid| kin.add(&catalog, oid, None));
        }
        kin
    }
}
