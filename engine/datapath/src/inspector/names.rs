//! Columns of relations as rules name them: database, schema, table, column, type and tags.

use super::Inspector;
use crate::catalog::Catalog;
use wiremask_protocols::postgres::value::Type;
use wiremask_rules::{ColumnName, RuleId};

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

    /// The rule that decides over a column. Documents in which a rule masks some places are masked whole
    /// by it.
    pub(super) fn rule_of(&self, named: &Named, type_name: &str, ty: &Type) -> Option<RuleId> {
        let name = self.name_of(named, type_name);
        let rules = self.rules();
        let whole = rules.column_rule(&name);
        whole.or_else(|| {
            let leaves = rules.leaf_rules(&name).filter(|_| holds_json(ty))?;
            leaves.enforced(rules)
        })
    }
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
