//! What a command touches: connection, database, schema, table and column, by name.
//!
//! In policies an object is named by its whole path, each part written as in SQL and joined by dots:
//! `Table::"main.shop.public.customer"`, `Column::"main.shop.public.customer.email"`. A part that is
//! no plain lower-case word stands in double quotes, as SQL would quote it, so that two paths are
//! never written alike.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An object with its path from the connection down.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Object {
    kind: ObjectKind,
    /// As many as [`ObjectKind::parts`].
    path: Vec<String>,
}

/// What kind of object. Each lies in the one before it; a function lies in a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObjectKind {
    /// An upstream of the configuration.
    Connection,
    /// A database of it.
    Database,
    /// A schema.
    Schema,
    /// A table, view, sequence, index or whatever else has rows or a name among them.
    Table,
    /// A column of a table or view.
    Column,
    /// A function or procedure, whatever its arguments.
    Function,
}

impl ObjectKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Connection,
        Self::Database,
        Self::Schema,
        Self::Table,
        Self::Column,
        Self::Function,
    ];

    /// The name of its entity type in policies.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Connection => "Connection",
            Self::Database => "Database",
            Self::Schema => "Schema",
            Self::Table => "Table",
            Self::Column => "Column",
            Self::Function => "Function",
        }
    }

    /// How many names its path has, its own included.
    #[must_use]
    pub fn parts(self) -> usize {
        match self {
            Self::Connection => 1,
            Self::Database => 2,
            Self::Schema => 3,
            Self::Table | Self::Function => 4,
            Self::Column => 5,
        }
    }

    /// What its path is made of, for people.
    #[must_use]
    pub fn shape(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Database => "connection.database",
            Self::Schema => "connection.database.schema",
            Self::Table => "connection.database.schema.table",
            Self::Column => "connection.database.schema.table.column",
            Self::Function => "connection.database.schema.function",
        }
    }

    /// In which kind it lies.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        match self {
            Self::Connection => None,
            Self::Database => Some(Self::Connection),
            Self::Schema => Some(Self::Database),
            Self::Table | Self::Function => Some(Self::Schema),
            Self::Column => Some(Self::Table),
        }
    }
}

impl Object {
    /// An upstream of the configuration.
    #[must_use]
    pub fn connection(name: &str) -> Self {
        Self::new(ObjectKind::Connection, &[name])
    }

    /// A database.
    #[must_use]
    pub fn database(connection: &str, database: &str) -> Self {
        Self::new(ObjectKind::Database, &[connection, database])
    }

    /// A schema.
    #[must_use]
    pub fn schema(connection: &str, database: &str, schema: &str) -> Self {
        Self::new(ObjectKind::Schema, &[connection, database, schema])
    }

    /// A table or view.
    #[must_use]
    pub fn table(connection: &str, database: &str, schema: &str, table: &str) -> Self {
        Self::new(ObjectKind::Table, &[connection, database, schema, table])
    }

    /// A function or procedure.
    #[must_use]
    pub fn function(connection: &str, database: &str, schema: &str, function: &str) -> Self {
        Self::new(
            ObjectKind::Function,
            &[connection, database, schema, function],
        )
    }

    /// A column of this object; a table's, or else nothing that any policy names.
    #[must_use]
    pub fn column(&self, column: &str) -> Self {
        let mut path = self.path.clone();
        path.push(column.to_owned());
        Self {
            kind: ObjectKind::Column,
            path,
        }
    }

    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> ObjectKind {
        self.kind
    }

    /// Its own name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// In what it lies.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let kind = self.kind.parent()?;
        let path = self.path.get(..kind.parts())?.to_vec();
        Some(Self { kind, path })
    }

    /// Reads a path as policies write it.
    ///
    /// # Errors
    /// [`NotAPath`], which says what would be right.
    pub fn parse(kind: ObjectKind, text: &str) -> Result<Self, NotAPath> {
        let path = split(text).ok_or_else(|| NotAPath::quoting(text))?;
        if path.len() != kind.parts() {
            return Err(NotAPath(format!(
                "a {} has {} names: {}; this has {}",
                kind.type_name(),
                kind.parts(),
                kind.shape(),
                path.len()
            )));
        }
        let object = Self { kind, path };
        let id = object.id();
        if id == text {
            Ok(object)
        } else {
            Err(NotAPath(format!("write it as {id}")))
        }
    }

    /// Its path as policies write it.
    #[must_use]
    pub fn id(&self) -> String {
        let mut id = String::new();
        for part in &self.path {
            if !id.is_empty() {
                id.push('.');
            }
            push_quoted(&mut id, part);
        }
        id
    }

    /// Its path for people: without the connection.
    #[must_use]
    pub fn short(&self) -> String {
        let from = usize::from(self.path.len() > 2);
        let mut id = String::new();
        for part in self.path.iter().skip(from) {
            if !id.is_empty() {
                id.push('.');
            }
            push_quoted(&mut id, part);
        }
        id
    }

    fn new(kind: ObjectKind, path: &[&str]) -> Self {
        Self {
            kind,
            path: path.iter().map(|part| (*part).to_owned()).collect(),
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.type_name().to_lowercase(), self.id())
    }
}

/// Why a text is no path of an object; says what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAPath(String);

impl NotAPath {
    fn quoting(text: &str) -> Self {
        Self(format!(
            "the quotes of {text} do not match; a name with dots, quotes or capitals stands in \
             double quotes, and a quote in it is written twice"
        ))
    }
}

impl fmt::Display for NotAPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAPath {}

/// Names joined by dots, each quoted if it must be: how [`crate::Context`] names tables, columns and
/// functions.
#[must_use]
pub fn quoted_path(parts: &[&str]) -> String {
    let mut path = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            path.push('.');
        }
        push_quoted(&mut path, part);
    }
    path
}

/// Appends a name as SQL writes it.
fn push_quoted(id: &mut String, part: &str) {
    let first = part.bytes().next().unwrap_or(b'0');
    let is_plain = (first.is_ascii_lowercase() || first == b'_')
        && part
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'$');
    if is_plain {
        id.push_str(part);
        return;
    }
    id.push('"');
    for letter in part.chars() {
        if letter == '"' {
            id.push('"');
        }
        id.push(letter);
    }
    id.push('"');
}

/// The names of a path; `None` if its quotes do not match.
fn split(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut letters = text.chars().peekable();
    loop {
        let mut part = String::new();
        if letters.next_if_eq(&'"').is_some() {
            loop {
                match letters.next()? {
                    '"' if letters.next_if_eq(&'"').is_some() => part.push('"'),
                    '"' => break,
                    letter => part.push(letter),
                }
            }
        } else {
            while let Some(letter) = letters.next_if(|letter| *letter != '.' && *letter != '"') {
                part.push(letter);
            }
        }
        parts.push(part);
        match letters.next() {
            None => return Some(parts),
            Some('.') => {}
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_quoted_as_in_sql() {
        let table = Object::table("main", "Shop", "public", "odd.\"name\"");
        assert_eq!(table.id(), r#"main."Shop".public."odd.""name""""#);
        assert_eq!(table.short(), r#""Shop".public."odd.""name""""#);
        assert_eq!(table.column("é").name(), "é");
    }

    #[test]
    fn what_is_no_path_is_refused_with_what_would_be_right() {
        let refused = |kind, text| Object::parse(kind, text).unwrap_err().to_string();
        assert!(refused(ObjectKind::Table, "public.customer").contains("4 names"));
        assert!(refused(ObjectKind::Database, "main.Shop").contains(r#"main."Shop""#));
        assert!(refused(ObjectKind::Database, "main.\"shop").contains("do not match"));
        assert!(refused(ObjectKind::Database, "main.\"shop\"").contains("main.shop"));
    }

    #[test]
    fn parents_lead_to_the_connection() {
        let column = Object::table("c", "d", "s", "t").column("x");
        let ids: Vec<_> = std::iter::successors(Some(column), Object::parent)
            .map(|object| object.to_string())
            .collect();
        assert_eq!(
            ids,
            [
                "column c.d.s.t.x",
                "table c.d.s.t",
                "schema c.d.s",
                "database c.d",
                "connection c"
            ]
        );
    }

    proptest! {
        #[test]
        fn a_path_is_read_back_as_it_was(parts in proptest::collection::vec("[a-zA-Z0-9.\"$_ é]{0,6}", 4)) {
            let object = Object::table(&parts[0], &parts[1], &parts[2], &parts[3]);
            prop_assert_eq!(Object::parse(ObjectKind::Table, &object.id()), Ok(object));
        }
    }
}
