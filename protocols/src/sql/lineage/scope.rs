//! What names mean inside a query: PostgreSQL's namespaces.
//!
//! A query sees what stands in its FROM and, further out, what the queries around it see. A join shows
//! its columns and hides those of its sides, whose relations can still be named; under an alias it
//! hides them too.

use super::Analyzer;
use super::flow::{Field, Flow, Rows, Value};
use crate::sql::children::inner;
use pg_query::NodeEnum;
use pg_query::protobuf::{self as p, Node};
use std::rc::Rc;

/// Something that stands in FROM.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is called there; a join without an alias has no name.
    pub name: Option<String>,
    /// The schema that the text names.
    pub schema: Option<String>,
    /// Has it an alias? Then it cannot be called by its schema.
    pub has_alias: bool,
    pub fields: Rc<Vec<Field>>,
    /// What flows into columns that are not known, if there may be such.
    pub rest: Option<Value>,
    /// Can it be called by its name?
    pub shows_name: bool,
    /// Can its columns be called without it?
    pub shows_columns: bool,
    /// May it have system columns? A view has none, and then a name of one means something else.
    pub is_table: bool,
}

impl Item {
    pub fn new(name: &str, rows: Rows) -> Self {
        Self {
            name: Some(name.to_owned()),
            schema: None,
            has_alias: true,
            fields: Rc::new(rows.fields),
            rest: rows.rest,
            shows_name: true,
            shows_columns: true,
            is_table: false,
        }
    }

    /// The row that it is.
    pub fn whole(&self) -> Value {
        let mut row = Value::row(Rc::clone(&self.fields));
        if let Some(rest) = &self.rest {
            row.add(rest);
        }
        row
    }

    /// A column of some name.
    fn column(&self, name: &str) -> Found {
        let mut found: Option<Value> = None;
        for field in self.fields.iter().filter(|field| field.name == name) {
            match &mut found {
                // PostgreSQL refuses a name that means two columns.
                Some(value) => value.add(&Value::unknown()),
                None => found = Some(field.value.clone()),
            }
        }
        match (found, &self.rest) {
            (Some(value), _) => Found::Column(value),
            (None, Some(rest)) => Found::Maybe(rest.clone()),
            (None, None) if self.is_table && is_system_column(name) => Found::System,
            (None, None) => Found::Nothing,
        }
    }
}

/// What a name means in an item.
enum Found {
    Column(Value),
    /// A system column, if the relation has such. It is no data.
    System,
    /// It may be a column that is not known.
    Maybe(Value),
    Nothing,
}

fn is_system_column(name: &str) -> bool {
    matches!(
        name,
        "ctid" | "tableoid" | "xmin" | "xmax" | "cmin" | "cmax"
    )
}

/// A WITH query.
#[derive(Clone)]
pub struct Cte<'a> {
    pub name: &'a str,
    pub state: CteState<'a>,
}

/// How far a WITH query has been looked at.
#[derive(Clone)]
pub enum CteState<'a> {
    /// Not yet: under RECURSIVE it may be named before it stands there. With the number of levels and
    /// of WITH queries that it sees.
    Waiting {
        query: &'a p::CommonTableExpr,
        levels: usize,
        ctes: usize,
    },
    /// Being looked at: this is what is known so far.
    Growing(Rc<Rows>),
    Known(Rc<Rows>),
}

impl<'a> Analyzer<'a> {
    /// A reference to a column, or to a row.
    pub(super) fn column_ref(&mut self, column: &'a p::ColumnRef) -> Value {
        let Some(path) = path(&column.fields) else {
            return Value::unknown();
        };
        match path.as_slice() {
            [Step::Name(name)] => self.unqualified(name),
            [Step::Star] => {
                let rows = self.visible();
                let all = rows.all();
                match rows.rest {
                    Some(_) => all,
                    None => Value::row(Rc::new(rows.fields)),
                }
            }
            [relation @ .., last] => {
                let names: Option<Vec<&str>> = relation.iter().map(Step::name).collect();
                let Some(item) = names.and_then(|names| self.item(&names)) else {
                    return Value::unknown();
                };
                match last {
                    Step::Star => item.whole(),
                    Step::Name(name) => match item.column(name) {
                        Found::Column(value) => value,
                        Found::System => self.called_on(name, &Value::none(), None),
                        Found::Maybe(rest) => self.called_on(name, &item.whole(), Some(rest)),
                        Found::Nothing => self.called_on(name, &item.whole(), None),
                    },
                }
            }
            [] => Value::unknown(),
        }
    }

    /// `row.name` where the row has no such column that is known: a function of the row.
    pub(super) fn called_on(&self, name: &str, row: &Value, rest: Option<Value>) -> Value {
        if self.relations.attribute_function(name) {
            return Value::unknown();
        }
        let mut value = row.clone().changed();
        if let Some(rest) = rest {
            value.add(&rest);
        }
        value
    }

    fn unqualified(&mut self, name: &str) -> Value {
        let mut maybe: Option<Value> = None;
        for level in self.levels.iter().rev() {
            let mut found: Option<Value> = None;
            for item in level.iter().filter(|item| item.shows_columns) {
                match item.column(name) {
                    Found::Column(value) => match &mut found {
                        // PostgreSQL refuses a name that means two columns.
                        Some(other) => other.add(&Value::unknown()),
                        None => found = Some(value),
                    },
                    Found::System => merge(&mut maybe, &Value::none()),
                    Found::Maybe(rest) => merge(&mut maybe, &rest),
                    Found::Nothing => {}
                }
            }
            if let Some(found) = found {
                return match maybe {
                    Some(mut maybe) => {
                        maybe.add(&found);
                        maybe
                    }
                    None => found,
                };
            }
        }
        // No column: a row, called by the name of its relation.
        let row = self.named(name).map(|item| item.whole());
        match (maybe, row) {
            (Some(mut maybe), Some(row)) => {
                maybe.add(&row);
                maybe
            }
            (Some(maybe), None) => maybe.changed(),
            (None, Some(row)) => row,
            (None, None) => Value::unknown(),
        }
    }

    /// The nearest item that can be called by a name.
    fn named(&self, name: &str) -> Option<Item> {
        self.levels.iter().rev().find_map(|level| {
            let mut items = level
                .iter()
                .filter(|item| item.shows_name && item.name.as_deref() == Some(name));
            let first = items.next()?;
            Some(match items.next() {
                None => first.clone(),
                // PostgreSQL refuses it.
                Some(_) => unknown_item(),
            })
        })
    }

    /// The item of a name that may have a schema, and a database.
    fn item(&self, names: &[&str]) -> Option<Item> {
        match names {
            [name] => self.named(name),
            [schema, name] | [_, schema, name] => self.levels.iter().rev().find_map(|level| {
                let mut items = level.iter().filter(|item| {
                    item.shows_name
                        && !item.has_alias
                        && item.name.as_deref() == Some(*name)
                        && item.schema.as_deref().is_none_or(|known| known == *schema)
                });
                let first = items.next()?;
                Some(match items.next() {
                    None => first.clone(),
                    Some(_) => unknown_item(),
                })
            }),
            _ => None,
        }
    }

    /// Everything that `*` stands for.
    pub(super) fn visible(&self) -> Rows {
        let mut rows = Rows::none();
        for item in self.levels.last().into_iter().flatten() {
            if item.shows_columns {
                rows.fields.extend(item.fields.iter().cloned());
                if let Some(rest) = &item.rest {
                    merge(&mut rows.rest, rest);
                }
            }
        }
        rows
    }

    /// Everything that `relation.*` stands for.
    pub(super) fn visible_of(&self, relation: &[Node]) -> Rows {
        let names: Option<Vec<&str>> = path(relation)
            .as_ref()
            .and_then(|path| path.iter().map(Step::name).collect());
        match names.and_then(|names| self.item(&names)) {
            Some(item) => Rows {
                fields: item.fields.to_vec(),
                rest: item.rest,
            },
            None => Rows::unknown(),
        }
    }
}

fn merge(all: &mut Option<Value>, value: &Value) {
    match all {
        Some(all) => all.add(value),
        None => *all = Some(value.clone()),
    }
}

fn unknown_item() -> Item {
    Item::new("", Rows::unknown())
}

/// A step of a reference.
pub enum Step<'a> {
    Name(&'a str),
    Star,
}

impl<'a> Step<'a> {
    fn name(&self) -> Option<&'a str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Star => None,
        }
    }
}

/// The steps of a reference; `None` if one is neither a name nor a star.
pub fn path(fields: &[Node]) -> Option<Vec<Step<'_>>> {
    fields
        .iter()
        .map(|field| match inner(field).ok()? {
            NodeEnum::String(name) => Some(Step::Name(&name.sval)),
            NodeEnum::AStar(_) => Some(Step::Star),
            _ => None,
        })
        .collect()
}

/// A value that may be any of the columns of a table, by their numbers.
pub fn table_rows(relation: &super::Relation) -> Rows {
    let fields = relation
        .columns
        .iter()
        .map(|column| {
            let reference = super::ColumnRef {
                oid: relation.oid,
                attnum: column.attnum,
            };
            Field::new(&column.name, Value::of(Flow::column(reference)))
        })
        .collect();
    Rows { fields, rest: None }
}
