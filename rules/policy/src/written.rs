//! How commands are written down: in examples (TOML) and in recordings (JSON).
//!
//! An access names its object under the kind of it: `{ action = "select", table =
//! "main.shop.public.customer", columns = ["id"], filter = "present" }`.

use crate::action::Action;
use crate::command::{Access, Column, Filter, Traits};
use crate::object::{Object, ObjectKind};
use serde::{Deserialize, Serialize};

/// An access as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenAccess {
    action: Action,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connection: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    table: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    function: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    columns: Vec<WrittenColumn>,
    #[serde(default)]
    filter: Filter,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(default)]
    temporary: bool,
    #[serde(default)]
    system: bool,
}

/// A column by its name alone, or with what is known of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum WrittenColumn {
    Name(String),
    Full {
        name: String,
        #[serde(default)]
        tags: Vec<String>,
        #[serde(default)]
        protected: bool,
    },
}

impl TryFrom<WrittenAccess> for Access {
    type Error = String;

    fn try_from(written: WrittenAccess) -> Result<Self, String> {
        let objects = [
            (ObjectKind::Connection, written.connection),
            (ObjectKind::Database, written.database),
            (ObjectKind::Schema, written.schema),
            (ObjectKind::Table, written.table),
            (ObjectKind::Function, written.function),
        ];
        let mut named = objects
            .into_iter()
            .filter_map(|(kind, path)| Some((kind, path?)));
        let (Some((kind, path)), None) = (named.next(), named.next()) else {
            return Err(
                "an access names one of connection, database, schema, table and function"
                    .to_owned(),
            );
        };
        Ok(Self {
            action: written.action,
            object: Object::parse(kind, &path).map_err(|error| error.to_string())?,
            traits: Traits {
                tags: written.tags,
                temporary: written.temporary,
                system: written.system,
            },
            columns: written.columns.into_iter().map(Column::from).collect(),
            filter: written.filter,
        })
    }
}

impl From<Access> for WrittenAccess {
    fn from(access: Access) -> Self {
        let id = access.object.id();
        let kind = access.object.kind();
        let of = |wanted: ObjectKind| (kind == wanted).then(|| id.clone());
        Self {
            action: access.action,
            connection: of(ObjectKind::Connection),
            database: of(ObjectKind::Database),
            schema: of(ObjectKind::Schema),
            table: of(ObjectKind::Table),
            function: of(ObjectKind::Function),
            columns: access
                .columns
                .into_iter()
                .map(WrittenColumn::from)
                .collect(),
            filter: access.filter,
            tags: access.traits.tags,
            temporary: access.traits.temporary,
            system: access.traits.system,
        }
    }
}

impl From<WrittenColumn> for Column {
    fn from(written: WrittenColumn) -> Self {
        match written {
            WrittenColumn::Name(name) => Self::named(&name),
            WrittenColumn::Full {
                name,
                tags,
                protected,
            } => Self {
                name,
                tags,
                protected,
            },
        }
    }
}

impl From<Column> for WrittenColumn {
    fn from(column: Column) -> Self {
        if column == Column::named(&column.name) {
            return Self::Name(column.name);
        }
        Self::Full {
            name: column.name,
            tags: column.tags,
            protected: column.protected,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::command::{Access, Column, Command, Filter};
    use crate::{Action, Object};

    #[test]
    fn a_command_is_read_back_as_it_was_written() {
        let table = Object::table("main", "Shop", "public", "t");
        let mut access = Access::new(Action::Update, table);
        access.filter = Filter::Present;
        access.traits.temporary = true;
        access.columns = vec![
            Column::named("a"),
            Column {
                tags: vec!["pii".to_owned()],
                ..Column::named("b")
            },
        ];
        let mut command = Command {
            accesses: vec![access],
            ..Command::default()
        };
        command.context.statements = 1;
        command.context.kinds.insert("update".to_owned());
        let json = serde_json::to_string(&command).unwrap();
        assert!(
            json.contains(r#""table":"main.\"Shop\".public.t""#),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<Command>(&json).unwrap(), command);
    }

    #[test]
    fn an_access_names_exactly_one_object() {
        let read = |text: &str| serde_json::from_str::<Access>(text).map_err(|e| e.to_string());
        assert!(
            read(r#"{"action":"select"}"#)
                .unwrap_err()
                .contains("one of")
        );
        let two = r#"{"action":"select","table":"a.b.c.d","schema":"a.b.c"}"#;
        assert!(read(two).unwrap_err().contains("one of"));
        let short = r#"{"action":"select","table":"public.t"}"#;
        assert!(read(short).unwrap_err().contains("4 names"));
    }
}
