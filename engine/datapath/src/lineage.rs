//! What flows into the columns of a result, by the statement's own text and the catalog.
//!
//! PostgreSQL reports no origin for what an expression computes. The lineage of the statement then has to
//! prove that no protected column flows in, or decides about it; what is not understood proves nothing.

use crate::catalog::{Catalog, Known};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wiremask_protocols::session::Lookup;
use wiremask_protocols::sql::lineage::{
    Column, FunctionKind, Lineage, Relation, Relations, Resolved,
};
use wiremask_protocols::sql::{Limits, Name, Parsed};

/// The lineage of the one statement of a text; nothing if it has several, or is not understood.
///
/// # Errors
/// [`Lookup`] when columns of relations have to be read first.
pub(crate) fn trace(text: &str, catalog: &mut Catalog) -> Result<Option<Rc<Lineage>>, Lookup> {
    let Ok(parsed) = Parsed::read(text, &Limits::default()) else {
        return Ok(None);
    };
    if parsed.len() != 1 {
        return Ok(None);
    }
    let known = KnownRelations {
        catalog: RefCell::new(catalog),
        missing: Cell::new(false),
    };
    let lineage = parsed.lineage(0, &known);
    if known.missing.get() {
        return Err(Lookup);
    }
    Ok(Some(Rc::new(lineage)))
}

/// The catalog, as lineage asks for it.
struct KnownRelations<'a> {
    catalog: RefCell<&'a mut Catalog>,
    /// Was something asked for that has not been read yet?
    missing: Cell<bool>,
}

impl Relations for KnownRelations<'_> {
    /// A name without a schema is any relation of that name: the search path is not known. Views are what they
    /// show: each of their columns is protected or not by itself.
    fn resolve(&self, name: &Name) -> Resolved {
        let mut catalog = self.catalog.borrow_mut();
        let mut found = catalog.named(name);
        let (first, second) = (found.next(), found.next());
        drop(found);
        let Some(oid) = first else {
            return Resolved::Unknown;
        };
        if second.is_some() {
            return Resolved::Ambiguous;
        }
        match catalog.relation(oid) {
            Known::Yes(relation) => {
                let columns = relation.columns.iter().map(|(attnum, column)| Column {
                    attnum: *attnum,
                    name: column.name.clone(),
                });
                Resolved::Table(Relation {
                    oid,
                    columns: columns.collect(),
                })
            }
            Known::No => Resolved::Unknown,
            Known::NotYet => {
                self.missing.set(true);
                Resolved::Unknown
            }
        }
    }

    fn function(&self, name: &Name, _arguments: usize) -> FunctionKind {
        self.catalog.borrow().function_kind(name)
    }

    fn operator(&self, name: &Name) -> bool {
        let own = name.schema.as_deref().is_none_or(|s| s == "pg_catalog");
        own && self.catalog.borrow().is_plain_operator(&name.name)
    }

    fn type_is_plain(&self, name: &Name) -> bool {
        !self.catalog.borrow().has_own_cast(&name.name)
    }

    fn attribute_function(&self, name: &str) -> bool {
        self.catalog.borrow().may_be_call_beyond_row(name)
    }
}
