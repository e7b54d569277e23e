//! From text to types, with every mistake told at its place.
//!
//! Three passes, each only when the one before found nothing: TOML syntax, unknown keys (all of
//! them), then types and words. The texts of the libraries' own errors may hold values, so they are
//! rewritten and never passed on.

use super::diagnostic::{Diagnostics, Severity, suggest};
use super::model::Config;
use super::schema::{self, Kind, Node};
use super::source::Source;
use serde::Deserialize as _;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A configuration that has the right shape, and its text.
pub struct Read<'t> {
    /// The values.
    pub config: Config,
    /// For diagnostics about them.
    pub source: Arc<Source>,
    /// Where they stand.
    pub tree: Spanned<DeTable<'t>>,
}

/// Reads `text`, which came from the file `name`.
pub fn read<'t>(name: &str, text: &'t str) -> Result<Read<'t>, Diagnostics> {
    let mut found = Diagnostics::default();
    let (tree, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let source = Arc::new(Source::broken(name, text));
        for error in errors {
            found.at(
                Severity::Error,
                &source,
                error.span().unwrap_or(0..0),
                "not TOML",
                syntax_help(error.message()),
            );
        }
        return Err(found);
    }
    let source = Arc::new(Source::parsed(name, text, &tree));
    unknown_keys(&mut found, &source, tree.get_ref(), schema::root());
    if found.errors() > 0 {
        return Err(found);
    }
    match Config::deserialize(toml::Deserializer::from(tree.clone())) {
        Ok(config) => Ok(Read {
            config,
            source,
            tree,
        }),
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let node =
                node_at(tree.get_ref(), schema::root(), span.start).unwrap_or_else(schema::root);
            let (message, help) = explain(error.message(), node);
            found.at(Severity::Error, &source, span, message, help);
            Err(found)
        }
    }
}

/// What the TOML parser says is made of fixed words, except where it repeats a key.
fn syntax_help(message: &str) -> Option<String> {
    let first_line = message.lines().next().unwrap_or_default();
    let harmless = !first_line.is_empty()
        && first_line.len() < 120
        && first_line
            .chars()
            .all(|c| c.is_ascii_alphabetic() || " `,.'\"=[]{}#-\\".contains(c));
    harmless.then(|| first_line.to_owned())
}

fn unknown_keys(
    found: &mut Diagnostics,
    source: &Arc<Source>,
    table: &DeTable<'_>,
    node: Node<'_>,
) {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let Some(child) = node.key(name) else {
            found.at(
                Severity::Error,
                source,
                key.span(),
                format!("unknown key `{}`", printable(name)),
                suggest(name, node.keys().iter().map(|(key, _)| *key)),
            );
            continue;
        };
        match value.get_ref() {
            DeValue::Table(inner) => match child.kind() {
                Kind::Table | Kind::Choice => unknown_keys(found, source, inner, child),
                Kind::List => {
                    let header = format!("write `[[{name}]]`: there may be several");
                    found.at(
                        Severity::Error,
                        source,
                        value.span(),
                        format!("`{name}` is a list"),
                        header,
                    );
                }
                _ => {}
            },
            DeValue::Array(list) => {
                for item in list.iter() {
                    if let (DeValue::Table(inner), Some(item)) = (item.get_ref(), child.item()) {
                        unknown_keys(found, source, inner, item);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A key may be anything; it is cut, and nothing in it reaches a terminal.
fn printable(key: &str) -> String {
    key.chars()
        .take(40)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

/// The deepest place of the configuration whose value, or whose table's header, is at this offset.
fn node_at<'s>(table: &DeTable<'_>, node: Node<'s>, offset: usize) -> Option<Node<'s>> {
    table.iter().find_map(|(key, value)| {
        let child = node.key(key.get_ref().as_ref())?;
        node_at_value(value, child, offset)
    })
}

fn node_at_value<'s>(
    value: &Spanned<DeValue<'_>>,
    node: Node<'s>,
    offset: usize,
) -> Option<Node<'s>> {
    let deeper = match value.get_ref() {
        DeValue::Table(table) => node_at(table, node, offset),
        DeValue::Array(list) => {
            let item = node.item()?;
            list.iter()
                .find_map(|value| node_at_value(value, item, offset))
        }
        _ => None,
    };
    deeper.or_else(|| value.span().contains(&offset).then_some(node))
}

/// Message and remedy for what serde says about a value, without the value.
fn explain(message: &str, node: Node<'_>) -> (String, Option<String>) {
    if let Some(rest) = message.strip_prefix("missing field ") {
        let key = rest.split('`').nth(1).unwrap_or_default();
        let help = node
            .key(key)
            .map(|node| format!("`{key}`: {}", node.description()));
        return (format!("`{key}` is missing"), help);
    }
    match node.kind() {
        Kind::Choice => {
            let forms: Vec<String> = node
                .choices()
                .iter()
                .map(|(key, _)| format!("`{{ {key} = \"...\" }}`"))
                .collect();
            (
                "a secret is named here, not written".to_owned(),
                Some(format!("write {}", forms.join(" or "))),
            )
        }
        Kind::Words => {
            let words: Vec<String> = node
                .choices()
                .iter()
                .map(|(word, _)| format!("\"{word}\""))
                .collect();
            (
                "not one of the words that are known here".to_owned(),
                Some(format!("write {}", words.join(", "))),
            )
        }
        Kind::Table => ("this is a table".to_owned(), None),
        Kind::List => ("this is a list".to_owned(), None),
        Kind::Text => (
            "this is text".to_owned(),
            Some("put it in quotes".to_owned()),
        ),
        Kind::Number => (
            "this is a whole number, at least 0 and not larger than its kind allows".to_owned(),
            None,
        ),
        Kind::Bool => ("this is `true` or `false`".to_owned(), None),
    }
}
