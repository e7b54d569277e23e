//! `docs/configuration.md`, written from the types, and the example to start from.

use super::schema::{self, Kind, Node};
use serde_json::Value;
use std::fmt::Write as _;

/// A commented configuration that works as it stands once the secrets that it names are there.
pub const EXAMPLE: &str = include_str!("example.toml");

const HEAD: &str = "\
<!-- Written by `wiremask config reference` from engine/gateway/src/config/model.rs. -->

# Configuration

`wiremask serve -c wiremask.toml` reads one TOML file. A key that is not listed here is an error.
`wiremask check -c wiremask.toml` finds mistakes without serving, `wiremask config example` prints a
file to start from, and SIGHUP makes a running gateway read its file again: a file with a mistake
changes nothing. Relative paths start at the folder of the file.

On SIGHUP users, upstreams, rules, limits and the certificate change at once for new sessions, and
rules change for running sessions at their next command. `listen.address`, `listen.tls` being there
or not and its `required`, `admin`, `shards`, `events.path`, `log` and `limits.events_max` need a
restart; the log says so.
";

/// The whole reference as Markdown.
pub fn markdown() -> String {
    let mut out = HEAD.to_owned();
    for (key, node) in schema::root().keys() {
        let (header, table) = match node.kind() {
            Kind::List => (format!("[[{key}]]"), node.item().unwrap_or(node)),
            _ => (format!("[{key}]"), node),
        };
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "\n## `{header}`\n\n{}\n\n| key | type | default | |\n|---|---|---|---|\n",
            cell(node.description())
        );
        rows(&mut out, "", table);
    }
    out
}

fn rows(out: &mut String, prefix: &str, table: Node<'_>) {
    for (key, node) in table.keys() {
        let _ = writeln!(
            out,
            "| `{prefix}{key}` | {} | {} | {} |",
            kind(node),
            default(table, key, node),
            meaning(node),
        );
        if node.kind() == Kind::Table {
            rows(out, &format!("{prefix}{key}."), node);
        }
        if let Some(item) = table_of(node) {
            rows(out, &format!("{prefix}{key}[]."), item);
        }
    }
}

/// What a list of tables is a list of.
fn table_of(node: Node<'_>) -> Option<Node<'_>> {
    let item = (node.kind() == Kind::List).then(|| node.item())?;
    item.filter(|item| item.kind() == Kind::Table)
}

fn kind(node: Node<'_>) -> &'static str {
    match node.kind() {
        Kind::Table => "table",
        Kind::List if table_of(node).is_some() => "list of tables",
        Kind::List => "list of text",
        Kind::Choice => "source",
        Kind::Words => "word",
        Kind::Text => "text",
        Kind::Number => "number",
        Kind::Bool => "true or false",
    }
}

fn default(table: Node<'_>, key: &str, node: Node<'_>) -> String {
    match node.default_value() {
        Some(value) => format!("`{}`", toml_value(value)),
        None if table.requires(key) => "required".to_owned(),
        None => "none".to_owned(),
    }
}

/// A default in TOML's notation; defaults are plain values and lists of them.
fn toml_value(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml_value).collect();
            format!("[{}]", items.join(", "))
        }
        // Numbers, booleans and quoted text look the same in both notations.
        other => other.to_string(),
    }
}

fn meaning(node: Node<'_>) -> String {
    let mut text = cell(node.description());
    if node.kind() == Kind::Words {
        for (word, description) in node.choices() {
            let _ = write!(text, "<br>`\"{word}\"`: {}", cell(description));
        }
    }
    text
}

/// Text inside a table's cell: one line, no bar.
fn cell(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    #[test]
    fn the_committed_reference_is_the_generated_one() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == markdown(),
            "run `wiremask config reference > docs/configuration.md`"
        );
    }

    #[test]
    fn every_key_is_in_the_reference() {
        let text = markdown();
        for key in [
            "| `tls.required` | true or false | `true` |",
            "| `address` | text | `\"127.0.0.1:6432\"` |",
            "| `name` | text | required |",
            "| `databases` | list of text | `[\"*\"]` |",
            "| `password` | source | none |",
            "| `count` | number | none |",
            "<br>`\"verify-ca\"`: The certificate must come from a trusted root.",
        ] {
            assert!(text.contains(key), "{key} is not in\n{text}");
        }
    }
}
