//! A configuration file's text: where each key stands, and what of it may be shown.
//!
//! Secrets do not belong into the file, yet people put them there by mistake, and a message about
//! it must not repeat them on a terminal or in a continuous integration log. So quoted lines come
//! from a copy in which comments and all values that are not known to be harmless are starred out,
//! byte for byte, so that carets still point at the right place.

use super::schema::{self, Node};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One step of a [`Source::span`] path.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// Into a table.
    Key(&'a str),
    /// Into a list.
    Index(usize),
}

impl<'a> From<&'a str> for Step<'a> {
    fn from(key: &'a str) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Step<'_> {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The text of a configuration file.
#[derive(Debug)]
pub struct Source {
    name: String,
    shown: String,
}

impl Source {
    /// Of a file whose TOML is well formed.
    pub fn parsed(name: &str, text: &str, tree: &Spanned<DeTable<'_>>) -> Self {
        let mut shown: Vec<u8> = text.into();
        star_comments(&mut shown, tree.get_ref());
        star_table(&mut shown, tree.get_ref(), Some(schema::root()));
        Self::new(name, shown)
    }

    /// Of a file whose TOML is broken, so that nobody knows what is a value: only the names that
    /// the configuration knows are shown, at the starts of lines, and punctuation.
    pub fn broken(name: &str, text: &str) -> Self {
        let mut shown: Vec<u8> = text.into();
        let known = known_keys();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            let first = line.split(['=', ']']).next().unwrap_or_default();
            let is_known =
                known.contains(&first.trim_matches(|c: char| c == '[' || c.is_whitespace()));
            let from = if is_known { first.len() } else { 0 };
            star(&mut shown, start + from..end, b"\"'[]{}=,#\r");
            start = end;
        }
        Self::new(name, shown)
    }

    fn new(name: &str, shown: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            // Whole characters are replaced by ASCII, so the text stays UTF-8.
            shown: String::from_utf8_lossy(&shown).into_owned(),
        }
    }

    /// The path of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text without what must not be shown; as long as the text.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Both from 1; the column in characters.
    pub fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let before = &self.shown[..self.shown.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }
}

/// Where the value at this path stands. When it is not there, the nearest table around it, or the
/// start of the file.
pub fn span(tree: &Spanned<DeTable<'_>>, path: &[Step<'_>]) -> Range<usize> {
    let mut span = 0..0;
    let mut table = Some(tree.get_ref());
    let mut list = None;
    for step in path {
        let value = match step {
            Step::Key(key) => table.and_then(|table| table.get(*key)),
            Step::Index(index) => list.and_then(|list: &toml::de::DeArray<'_>| list.get(*index)),
        };
        let Some(value) = value else { break };
        span = value.span();
        table = value.get_ref().as_table();
        list = value.get_ref().as_array();
    }
    span
}

/// The names of all keys and sections.
fn known_keys() -> Vec<&'static str> {
    fn visit(node: Node<'static>, keys: &mut Vec<&'static str>) {
        let node = node.item().unwrap_or(node);
        for (key, child) in node.keys() {
            keys.push(key);
            visit(child, keys);
        }
    }
    let mut keys = vec![];
    visit(schema::root(), &mut keys);
    keys
}

fn star_table(shown: &mut [u8], table: &DeTable<'_>, node: Option<Node<'_>>) {
    for (key, value) in table {
        let key = key.get_ref().as_ref();
        let child = node.and_then(|node| node.key(key));
        star_value(shown, key, value, child);
    }
}

fn star_value(shown: &mut [u8], key: &str, value: &Spanned<DeValue<'_>>, node: Option<Node<'_>>) {
    match value.get_ref() {
        DeValue::Table(table) => star_table(shown, table, node),
        DeValue::Array(list) => {
            for item in list.iter() {
                star_value(shown, key, item, node.and_then(Node::item));
            }
        }
        _ if node.is_some_and(|node| node.shows_values(key)) => {}
        _ => star(shown, value.span(), b"\"'"),
    }
}

/// Comments may hold anything, such as the value of yesterday.
fn star_comments(shown: &mut [u8], table: &DeTable<'_>) {
    let mut values = vec![];
    collect_spans(table, &mut values);
    let mut at = 0;
    while at < shown.len() {
        if let Some(value) = values.iter().find(|value| value.contains(&at)) {
            at = value.end;
        } else if shown[at] == b'#' {
            let end = shown[at..]
                .iter()
                .position(|&byte| byte == b'\n')
                .map_or(shown.len(), |len| at + len);
            star(shown, at + 1..end, b"\r");
            at = end;
        } else {
            at += 1;
        }
    }
}

/// The spans of all keys and plain values.
fn collect_spans(table: &DeTable<'_>, spans: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        spans.push(key.span());
        collect_value_spans(value, spans);
    }
}

fn collect_value_spans(value: &Spanned<DeValue<'_>>, spans: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(table) => collect_spans(table, spans),
        DeValue::Array(list) => list
            .iter()
            .for_each(|item| collect_value_spans(item, spans)),
        _ => spans.push(value.span()),
    }
}

/// Replaces all bytes but white space and those in `kept`.
fn star(shown: &mut [u8], range: Range<usize>, kept: &[u8]) {
    for byte in &mut shown[range] {
        if !matches!(byte, b'\n' | b' ' | b'\t') && !kept.contains(byte) {
            *byte = b'*';
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shown(text: &str) -> String {
        let source = match DeTable::parse(text) {
            Ok(tree) => Source::parsed("f", text, &tree),
            Err(_) => Source::broken("f", text),
        };
        assert_eq!(source.shown().len(), text.len());
        source.shown().to_owned()
    }

    #[test]
    fn only_values_that_are_known_to_be_harmless_are_shown() {
        for (text, expect) in [
            ("[listen]\naddress = \"a:1\"", "[listen]\naddress = \"a:1\""),
            // A secret where only its source belongs, plain, quoted otherwise, or as a number.
            (
                "[[user]]\npassword = \"hunter2\"",
                "[[user]]\npassword = \"*******\"",
            ),
            (
                "[[user]]\npassword = '''\nhunter2'''",
                "[[user]]\npassword = '''\n*******'''",
            ),
            ("[[user]]\npassword = 12345", "[[user]]\npassword = *****"),
            (
                "[[user]]\npassword = [\"hü\"]",
                "[[user]]\npassword = [\"***\"]",
            ),
            (
                "[[user]]\npassword = { env = \"X\" }",
                "[[user]]\npassword = { env = \"X\" }",
            ),
            (
                "[[user]]\npassword = { scram = \"SCRAM\" }",
                "[[user]]\npassword = { scram = \"*****\" }",
            ),
            // Under a key that nobody knows there may be anything.
            (
                "[[user]]\npasword = \"hunter2\"",
                "[[user]]\npasword = \"*******\"",
            ),
            ("[usr]\nname = \"hunter2\"", "[usr]\nname = \"*******\""),
            ("[rules]\nkey = \"hunter2\"", "[rules]\nkey = \"*******\""),
            (
                "[listen.tls]\nkey = \"k.pem\"",
                "[listen.tls]\nkey = \"k.pem\"",
            ),
            (
                "[listen] # was hunter2\naddress = \"a#1\" # hunter2",
                "[listen] #*** *******\naddress = \"a#1\" #*******",
            ),
        ] {
            // One star for each byte, so the gap in a comment stays.
            let expect = expect
                .replace("[listen] #***", "[listen] # ***")
                .replace("\"a#1\" #*******", "\"a#1\" # *******");
            assert_eq!(shown(text), expect, "{text}");
        }
    }

    #[test]
    fn a_broken_file_shows_only_names_and_punctuation() {
        for (line, expect) in [
            ("[listen]", "[listen]"),
            ("[[user]] # hunter2", "[[user]] # *******"),
            ("[hunter2]", "[*******]"),
            ("address = 127.0.0.1:1", "address = ***********"),
            ("  password = 'hunter2", "  password = '*******"),
            (
                "key = { file = \"hunter2\" }",
                "key = { **** = \"*******\" }",
            ),
            ("hunter2 = 'x'", "******* = '*'"),
            ("hunter2", "*******"),
        ] {
            assert_eq!(shown(&format!("{line}\n!")), format!("{expect}\n*"));
        }
    }

    #[test]
    fn a_path_leads_to_its_value_or_to_what_is_around_it() {
        let text = "[[user]]\nname = \"a\"\n[[user]]\nname = \"b\"\n";
        let tree = DeTable::parse(text).unwrap();
        let at = |path: &[Step<'_>]| &text[span(&tree, path)];
        assert_eq!(at(&["user".into(), 1.into(), "name".into()]), "\"b\"");
        assert_eq!(
            at(&["user".into(), 1.into(), "password".into()]),
            "[[user]]"
        );
    }
}
