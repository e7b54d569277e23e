//! The shape of the configuration, read from its types.
//!
//! One walk over the JSON schema that `schemars` derives serves three needs: finding unknown keys
//! (all of them, with a suggestion), knowing which values may be shown in a message, and writing
//! the reference.

use super::model::Config;
use serde_json::Value;
use std::sync::OnceLock;

/// A place in the configuration: a table, a list or a value.
#[derive(Clone, Copy)]
pub struct Node<'s>(&'s Value);

/// What a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Named keys.
    Table,
    /// Any number of something.
    List,
    /// One of several tables with a single key, such as `{ env = "NAME" }`.
    Choice,
    /// One of several words.
    Words,
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Bool,
}

/// The whole configuration.
pub fn root() -> Node<'static> {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    Node(SCHEMA.get_or_init(|| {
        schemars::generate::SchemaSettings::draft2020_12()
            .with(|settings| settings.inline_subschemas = true)
            .into_generator()
            .into_root_schema_for::<Config>()
            .to_value()
    }))
}

impl<'s> Node<'s> {
    /// What it holds.
    pub fn kind(self) -> Kind {
        let schema = self.present();
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            let tables = choices.iter().any(|c| c.get("properties").is_some());
            return if tables { Kind::Choice } else { Kind::Words };
        }
        if schema.get("properties").is_some() {
            return Kind::Table;
        }
        let mut types = match schema.get("type") {
            Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            _ => vec![],
        };
        types.retain(|t| *t != "null");
        match types.as_slice() {
            ["array"] => Kind::List,
            ["integer"] => Kind::Number,
            ["boolean"] => Kind::Bool,
            _ => Kind::Text,
        }
    }

    /// The node without "or absent".
    fn present(self) -> &'s Value {
        self.0
            .get("anyOf")
            .and_then(Value::as_array)
            .and_then(|options| {
                options
                    .iter()
                    .find(|o| o.get("type").and_then(Value::as_str) != Some("null"))
            })
            .unwrap_or(self.0)
    }

    /// The keys of a table, or of all the tables of a choice, in the order of the types.
    pub fn keys(self) -> Vec<(&'s str, Node<'s>)> {
        let schema = self.present();
        let tables: Vec<&Value> = match schema.get("oneOf").and_then(Value::as_array) {
            Some(choices) => choices.iter().collect(),
            None => vec![schema],
        };
        tables
            .into_iter()
            .filter_map(|table| table.get("properties").and_then(Value::as_object))
            .flatten()
            .map(|(key, node)| (key.as_str(), Node(node)))
            .collect()
    }

    /// The node under a key.
    pub fn key(self, name: &str) -> Option<Node<'s>> {
        self.keys()
            .into_iter()
            .find_map(|(key, node)| (key == name).then_some(node))
    }

    /// What a list holds.
    pub fn item(self) -> Option<Node<'s>> {
        self.present().get("items").map(Node)
    }

    /// The words, or the keys of a choice, each with its description.
    pub fn choices(self) -> Vec<(&'s str, &'s str)> {
        let choices = self.present().get("oneOf").and_then(Value::as_array);
        choices
            .into_iter()
            .flatten()
            .filter_map(|choice| {
                let name = match choice.get("const") {
                    Some(word) => word.as_str(),
                    None => choice
                        .get("properties")
                        .and_then(Value::as_object)
                        .and_then(|keys| keys.keys().next())
                        .map(String::as_str),
                }?;
                Some((name, Node(choice).description()))
            })
            .collect()
    }

    /// Must this key of the table be there?
    pub fn requires(self, key: &str) -> bool {
        self.present()
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|required| required.iter().any(|name| name == key))
    }

    /// Its value when it is not given.
    pub fn default_value(self) -> Option<&'s Value> {
        self.0.get("default").filter(|value| !value.is_null())
    }

    /// The text of its documentation, as one paragraph.
    pub fn description(self) -> &'s str {
        self.0
            .get("description")
            .or_else(|| self.present().get("description"))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// May a value here be shown in a message? Secrets, and whatever stands where no value belongs,
    /// may not.
    pub fn shows_values(self, key: &str) -> bool {
        key != "scram"
            && matches!(
                self.kind(),
                Kind::Text | Kind::Number | Kind::Bool | Kind::Words
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &[&str]) -> Node<'static> {
        path.iter().fold(root(), |node, key| {
            let table = node.item().unwrap_or(node);
            table.key(key).unwrap_or_else(|| panic!("{path:?}"))
        })
    }

    #[test]
    fn every_kind_is_told_from_the_types() {
        for (path, kind) in [
            (&["listen"][..], Kind::Table),
            (&["listen", "tls"], Kind::Table),
            (&["listen", "tls", "required"], Kind::Bool),
            (&["listen", "address"], Kind::Text),
            (&["admin"], Kind::Table),
            (&["shards", "count"], Kind::Number),
            (&["upstream"], Kind::List),
            (&["upstream", "tls"], Kind::Words),
            (&["upstream", "ca"], Kind::Text),
            (&["upstream", "databases"], Kind::List),
            (&["upstream", "password"], Kind::Choice),
            (&["user", "password"], Kind::Choice),
            (&["limits", "buffer_size"], Kind::Number),
        ] {
            assert_eq!(at(path).kind(), kind, "{path:?}");
        }
    }

    #[test]
    fn everything_is_described() {
        fn visit(path: &str, node: Node<'_>) {
            let node = node.item().unwrap_or(node);
            for (key, child) in node.keys() {
                let path = format!("{path}.{key}");
                assert!(!child.description().is_empty(), "{path}");
                for (name, description) in child.choices() {
                    assert!(!description.is_empty(), "{path} = {name}");
                }
                // The keys of a choice are described as choices.
                if child.kind() != Kind::Choice {
                    visit(&path, child);
                }
            }
        }
        visit("", root());
    }

    #[test]
    fn secrets_are_not_shown() {
        for (path, shown) in [
            (&["user", "password"][..], false),
            (&["user", "password", "scram"], false),
            (&["user", "password", "env"], true),
            (&["rules", "key"], false),
            (&["listen", "tls", "key"], true),
        ] {
            let last = path.last().copied().unwrap_or_default();
            assert_eq!(at(path).shows_values(last), shown, "{path:?}");
        }
    }
}
