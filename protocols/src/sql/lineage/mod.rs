//! Where the values of a result come from.
//!
//! [`Parsed::lineage`] traces every output column of a statement to base columns: through aliases,
//! expressions, WITH queries, set operations, laterals, aggregates, windows, views, whole rows,
//! RETURNING and nested queries, with names resolved as PostgreSQL resolves them. What the tables are
//! is asked of a [`Relations`]. Columns that decide about rows without showing up in them are listed
//! as [`Use`]s.
//!
//! Flows are over-approximations. Whatever is not understood says so ([`Flow::understood`]): then any
//! value of the database may flow, and nobody may assume less.

mod expression;
mod flow;
mod from;
mod modify;
mod name;
mod predicate;
mod query;
mod scope;
#[cfg(test)]
mod tests;
mod window;

pub use flow::{ColumnRef, Flow};
pub use predicate::{Clause, Form, Operand, Use};

use super::children::inner;
use super::{Name, Parsed, Refused};
use flow::{Field, Rows, Value};
use pg_query::NodeEnum;
use pg_query::protobuf::Node;
use scope::{Cte, Item};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// A column of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// `pg_attribute.attnum`.
    pub attnum: i16,
    /// Its name.
    pub name: Box<str>,
}

/// A relation with its columns, in the order of their numbers, without dropped ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// `pg_class.oid`.
    pub oid: u32,
    /// Its columns.
    pub columns: Arc<[Column]>,
}

/// What a name of a relation means.
#[derive(Clone, Debug)]
pub enum Resolved {
    /// A table, or whatever else holds its own rows.
    Table(Relation),
    /// A view, with its query as `pg_get_viewdef` tells it.
    View(Relation, Arc<Parsed>),
    /// There is none of that name, as far as is known.
    Unknown,
    /// It may be one of several.
    Ambiguous,
}

/// What a function does, as far as values are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// Computes one value, or a set of such, from its arguments alone. Its type has no columns.
    Plain,
    /// Computes rows with these columns from its arguments alone.
    Rows(Vec<String>),
    /// Computes from its arguments alone what may have columns, and they are not known: it returns
    /// `record`, `anyelement` or a composite type.
    Record,
    /// An aggregate that computes from its arguments alone.
    Aggregate,
    /// Reads tables, or runs SQL from a string.
    ReadsTables,
    /// Nothing is known.
    Unknown,
}

/// What must be known of a database. All answers are those for the session's own search path.
pub trait Relations {
    /// What a name in FROM means.
    fn resolve(&self, name: &Name) -> Resolved;
    /// What a function of a name and a number of arguments does: the worst that it may.
    fn function(&self, name: &Name, arguments: usize) -> FunctionKind;
    /// Do all operators that a name may mean compute from their operands alone?
    fn operator(&self, name: &Name) -> bool;
    /// Do casts to a type compute from the value alone?
    fn type_is_plain(&self, name: &Name) -> bool;
    /// May `row.name` call a function of that name that does more than compute from the row?
    fn attribute_function(&self, name: &str) -> bool;
}

/// One column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// What flows into it.
    pub flow: Flow,
}

/// What flows into a column that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteFlow {
    /// The relation.
    pub relation: Name,
    /// The column, if there is one: a relation that is made has no numbers yet.
    pub target: Option<ColumnRef>,
    /// Its name.
    pub column: String,
    /// What flows into it.
    pub flow: Flow,
    /// The constant, if it is written just as the text says it.
    pub constant: Option<Operand>,
}

/// Where the values of a result come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The columns of the result, in order. Of PREPARE and DECLARE, those of what they open.
    pub outputs: Vec<Output>,
    /// Are `outputs` exactly the columns? Otherwise their number is not known.
    pub complete: bool,
    /// Columns that decide about rows, or about values without flowing into them.
    pub uses: Vec<Use>,
    /// What is written.
    pub writes: Vec<WriteFlow>,
    /// What may flow into any column, if their number is not known.
    rest: Flow,
}

impl Lineage {
    /// What flows into column `index` of a result that turned out to have `width` columns.
    ///
    /// If that is not the number of columns that was expected, whatever flows into any of them.
    #[must_use]
    pub fn output(&self, index: usize, width: usize) -> Flow {
        match self.outputs.get(index) {
            Some(output) if self.complete && self.outputs.len() == width => output.flow.clone(),
            _ if self.complete => Flow::unknown(),
            _ => self.everything(),
        }
    }

    /// Whatever flows into any column of the result.
    #[must_use]
    pub fn everything(&self) -> Flow {
        let mut all = self.rest.clone();
        for output in &self.outputs {
            all.add(&output.flow);
        }
        all
    }

    /// Is everything understood: outputs, uses and writes?
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.everything().understood
            && self.uses.iter().all(|u| u.understood)
            && self.writes.iter().all(|w| w.flow.understood)
    }

    fn nothing() -> Self {
        Self {
            outputs: Vec::new(),
            complete: true,
            uses: Vec::new(),
            writes: Vec::new(),
            rest: Flow::none(),
        }
    }

    fn unknown() -> Self {
        Self {
            complete: false,
            rest: Flow::unknown(),
            ..Self::nothing()
        }
    }
}

impl Parsed {
    /// The lineage of the `nth` statement of the text. A statement that is not there is not understood.
    #[must_use]
    pub fn lineage(&self, nth: usize, relations: &dyn Relations) -> Lineage {
        match self.statements().nth(nth) {
            Some(Ok(statement)) => Analyzer::new(relations).statement(statement),
            Some(Err(_)) | None => Lineage::unknown(),
        }
    }
}

/// Views in views: expanded this many levels deep.
const VIEW_DEPTH_MAX: usize = 16;
/// Queries and expressions inside each other, with those of views.
const DEPTH_MAX: usize = 300;
/// Nodes that are looked at for one statement, those of views each time.
const STEPS_MAX: usize = 500_000;

/// See the module.
struct Analyzer<'a> {
    relations: &'a dyn Relations,
    /// What can be seen, the innermost query last.
    levels: Vec<Vec<Item>>,
    ctes: Vec<Cte<'a>>,
    uses: Vec<Use>,
    writes: Vec<WriteFlow>,
    views: HashMap<u32, Rc<Rows>>,
    view_depth: usize,
    depth: usize,
    steps: usize,
}

impl<'a> Analyzer<'a> {
    fn new(relations: &'a dyn Relations) -> Self {
        Self {
            relations,
            levels: Vec::new(),
            ctes: Vec::new(),
            uses: Vec::new(),
            writes: Vec::new(),
            views: HashMap::new(),
            view_depth: 0,
            depth: 0,
            steps: 0,
        }
    }

    /// Goes one level down; `None` if that is too deep, or if too much was looked at.
    fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.steps += 1;
        if self.depth >= DEPTH_MAX || self.steps >= STEPS_MAX {
            return None;
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        Some(result)
    }

    fn statement(mut self, statement: &'a NodeEnum) -> Lineage {
        let rows = self.result(statement);
        let Some(rows) = rows else {
            return Lineage {
                uses: self.uses,
                writes: self.writes,
                ..Lineage::nothing()
            };
        };
        let mut seen = std::collections::HashSet::new();
        self.uses.retain(|used| seen.insert(used.clone()));
        Lineage {
            complete: rows.rest.is_none(),
            rest: rows.rest.map_or_else(Flow::none, |rest| rest.flow),
            outputs: rows
                .fields
                .into_iter()
                .map(|field| Output {
                    name: field.name,
                    flow: field.value.flow,
                })
                .collect(),
            uses: self.uses,
            writes: self.writes,
        }
    }

    /// The rows that a statement returns, or that what it opens will return; `None` for none.
    fn result(&mut self, statement: &'a NodeEnum) -> Option<Rows> {
        match statement {
            NodeEnum::SelectStmt(select) => {
                let rows = self.query(statement);
                // The INTO of a chain of set operations stands in its leftmost arm.
                let mut arm = Some(&**select);
                while let Some(one) = arm {
                    if let Some(into) = one.into_clause.as_deref() {
                        self.made(into.rel.as_ref(), &into.col_names, &rows);
                        return None;
                    }
                    arm = one.larg.as_deref();
                }
                Some(rows)
            }
            NodeEnum::InsertStmt(_)
            | NodeEnum::UpdateStmt(_)
            | NodeEnum::DeleteStmt(_)
            | NodeEnum::MergeStmt(_) => Some(self.query(statement)),
            NodeEnum::PrepareStmt(prepare) => self.within(prepare.query.as_deref()),
            NodeEnum::DeclareCursorStmt(declare) => self.within(declare.query.as_deref()),
            NodeEnum::CopyStmt(copy) if copy.is_from => None,
            NodeEnum::CopyStmt(copy) => Some(self.copied(copy)),
            NodeEnum::ExplainStmt(explain) => Some(self.explained(explain.query.as_deref())),
            NodeEnum::CreateTableAsStmt(create) => {
                let rows = self.within(create.query.as_deref())?;
                if let Some(into) = create.into.as_deref() {
                    self.made(into.rel.as_ref(), &into.col_names, &rows);
                }
                None
            }
            NodeEnum::ViewStmt(view) => {
                let rows = self.within(view.query.as_deref())?;
                self.made(view.view.as_ref(), &view.aliases, &rows);
                None
            }
            NodeEnum::ExecuteStmt(_)
            | NodeEnum::FetchStmt(_)
            | NodeEnum::VariableShowStmt(_)
            | NodeEnum::CallStmt(_) => Some(Rows::unknown()),
            _ => None,
        }
    }

    fn within(&mut self, node: Option<&'a Node>) -> Option<Rows> {
        match node.map(inner) {
            Some(Ok(statement)) => self.result(statement),
            Some(Err(_)) | None => Some(Rows::unknown()),
        }
    }

    /// A plan shows no value, but what it counts and estimates depends on all that is asked for.
    fn explained(&mut self, query: Option<&'a Node>) -> Rows {
        let rows = self.within(query);
        let mut flow = Flow::none();
        for used in &self.uses {
            flow.influences.extend(used.columns.iter().copied());
            flow.understood &= used.understood;
        }
        if let Some(rows) = rows {
            let all = rows.all().flow;
            flow.understood &= all.understood;
            flow.influences.extend(all.columns);
            flow.influences.extend(all.influences);
        }
        Rows {
            fields: vec![Field::new("QUERY PLAN", Value::of(flow))],
            rest: None,
        }
    }

    fn copied(&mut self, copy: &'a pg_query::protobuf::CopyStmt) -> Rows {
        let Some(range) = &copy.relation else {
            return self
                .within(copy.query.as_deref())
                .unwrap_or_else(Rows::unknown);
        };
        // A copy of a table never means a WITH query.
        let rows = self.relation(&super::literal::relation(range));
        if copy.attlist.is_empty() {
            return (*rows).clone();
        }
        let Some(listed) = super::literal::parts(&copy.attlist) else {
            return Rows::unknown();
        };
        let fields = listed
            .into_iter()
            .map(|name| {
                let known = rows.fields.iter().find(|field| field.name == name);
                known
                    .cloned()
                    .unwrap_or_else(|| Field::new(name, Value::unknown()))
            })
            .collect();
        Rows { fields, rest: None }
    }
}

/// A name of a list of strings.
fn listed(names: &[Node]) -> Result<Name, Refused> {
    super::literal::name(names)
}
