//! What flows: base columns, values that are made of them, and rows of such values.

use std::collections::BTreeSet;
use std::rc::Rc;

/// A column of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnRef {
    /// `pg_class.oid`.
    pub oid: u32,
    /// `pg_attribute.attnum`.
    pub attnum: i16,
}

/// What flows into a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// Base columns that it may be made of, and columns of the views that they came through.
    pub columns: BTreeSet<ColumnRef>,
    /// Columns that decide about it without flowing into it: conditions of CASE, FILTER, EXISTS, what
    /// is counted.
    pub influences: BTreeSet<ColumnRef>,
    /// The base column that it is, unchanged.
    pub exact: Option<ColumnRef>,
    /// The column that PostgreSQL reports as its origin: that of the relation that the text names, which
    /// may be a view. Where there is none here, PostgreSQL may still report one of `columns`: a cast to
    /// the type that a column has already changes nothing.
    pub origin: Option<ColumnRef>,
    /// Is that all? Otherwise any value of the database may flow.
    pub understood: bool,
}

impl Flow {
    /// Nothing flows: a constant.
    #[must_use]
    pub fn none() -> Self {
        Self {
            columns: BTreeSet::new(),
            influences: BTreeSet::new(),
            exact: None,
            origin: None,
            understood: true,
        }
    }

    /// Anything may flow.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            understood: false,
            ..Self::none()
        }
    }

    /// The column itself.
    #[must_use]
    pub fn column(column: ColumnRef) -> Self {
        Self {
            columns: BTreeSet::from([column]),
            exact: Some(column),
            origin: Some(column),
            ..Self::none()
        }
    }

    /// What flows into a value that is made of this one and another.
    pub fn add(&mut self, other: &Self) {
        self.columns.extend(other.columns.iter().copied());
        self.influences.extend(other.influences.iter().copied());
        self.understood &= other.understood;
        self.exact = None;
        self.origin = None;
    }

    /// What flows into a value that is this one or another.
    pub fn or(&mut self, other: &Self) {
        let (exact, origin) = (self.exact, self.origin);
        self.add(other);
        self.exact = exact.filter(|_| exact == other.exact);
        self.origin = origin.filter(|_| origin == other.origin);
    }

    /// The same, but changed: it is no column any more.
    #[must_use]
    pub fn changed(mut self) -> Self {
        self.exact = None;
        self.origin = None;
        self
    }
}

/// A value, with its columns if it is a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub flow: Flow,
    pub row: Option<Rc<Vec<Field>>>,
}

impl Value {
    pub fn of(flow: Flow) -> Self {
        Self { flow, row: None }
    }

    pub fn none() -> Self {
        Self::of(Flow::none())
    }

    pub fn unknown() -> Self {
        Self::of(Flow::unknown())
    }

    /// A row of fields.
    pub fn row(fields: Rc<Vec<Field>>) -> Self {
        let mut flow = Flow::none();
        for field in fields.iter() {
            flow.add(&field.value.flow);
        }
        Self {
            flow,
            row: Some(fields),
        }
    }

    /// A value that is made of this one and another.
    pub fn add(&mut self, other: &Self) {
        self.flow.add(&other.flow);
        self.row = None;
    }

    /// A value that is this one or another.
    pub fn or(&mut self, other: &Self) {
        self.flow.or(&other.flow);
        if self.row != other.row {
            self.row = None;
        }
    }

    pub fn changed(self) -> Self {
        Self::of(self.flow.changed())
    }

    /// Adds what decided about it.
    pub fn decided(&mut self, by: &Flow) {
        self.flow.influences.extend(by.influences.iter().copied());
        self.flow.understood &= by.understood;
    }
}

/// A column of a row, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub value: Value,
}

impl Field {
    pub fn new(name: &str, value: Value) -> Self {
        Self {
            name: name.to_owned(),
            value,
        }
    }
}

/// The rows of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    pub fields: Vec<Field>,
    /// What flows into columns that are not known, if there may be such.
    pub rest: Option<Value>,
}

impl Rows {
    pub fn unknown() -> Self {
        Self {
            fields: Vec::new(),
            rest: Some(Value::unknown()),
        }
    }

    pub fn none() -> Self {
        Self {
            fields: Vec::new(),
            rest: None,
        }
    }

    /// Everything that flows into any of its columns.
    pub fn all(&self) -> Value {
        let mut all = Value::none();
        for field in &self.fields {
            all.add(&field.value);
        }
        if let Some(rest) = &self.rest {
            all.add(rest);
        }
        all
    }

    /// Rows of either: a set operation.
    pub fn or(mut self, other: Self) -> Self {
        if self.rest.is_none() && other.rest.is_none() && self.fields.len() == other.fields.len() {
            for (mine, its) in self.fields.iter_mut().zip(&other.fields) {
                mine.value.or(&its.value);
                mine.value.flow.origin = None;
            }
            return self;
        }
        let mut rest = self.all();
        rest.add(&other.all());
        let is_known = self.rest.is_none() && other.rest.is_none();
        if is_known {
            // PostgreSQL refuses arms of different width.
            rest = Value::unknown();
        }
        for field in &mut self.fields {
            field.value = rest.clone();
        }
        self.rest = Some(rest);
        self
    }

    /// Names the first columns anew.
    pub fn renamed(mut self, names: &[&str]) -> Self {
        for (field, name) in self.fields.iter_mut().zip(names) {
            field.name = (*name).to_owned();
        }
        if let Some(rest) = &self.rest
            && names.len() > self.fields.len()
        {
            let rest = rest.clone();
            for name in &names[self.fields.len()..] {
                self.fields.push(Field::new(name, rest.clone()));
            }
        }
        self
    }
}
