//! The guard pack `read-only` on PostgreSQL's own regression files: what only reads is not refused.
//!
//! Every statement of the files that begins as a reading one is sent as a Parse through the real gateway and,
//! where that refuses it, to the server itself. A refusal is wrong if the server takes the text for a
//! statement, and nothing in it is what the pack stands for: another kind, a lock, a function that may write or
//! that the server does not bring along.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use wiremask_protocols::sql::{Facts, Limits};
use wiremask_tests::frontend::{parse, sync};
use wiremask_tests::{Cluster, ClusterOptions, Gateway, GatewayOptions, Wire};

const POLICY: &str = "[policy]\npolicies = [\"allow-all\", \"read-only\"]\n";

/// Statements that may be refused wrongly, over all files.
const WRONGLY_MAX: usize = 8;

/// The folder with the regression files, which `tests/conformance/run` has downloaded.
fn files() -> Vec<PathBuf> {
    let chosen = std::env::var("WIREMASK_CACHE").ok();
    let own = std::env::var("HOME").map(|home| format!("{home}/.cache/wiremask"));
    let caches = chosen
        .into_iter()
        .chain(["/var/cache/wiremask".to_owned()])
        .chain(own);
    let versions =
        caches.filter_map(|cache| fs::read_dir(PathBuf::from(cache).join("conformance")).ok());
    let folders = versions
        .flatten()
        .map(|entry| entry.unwrap().path().join("src/test/regress/sql"));
    let folder = folders.filter(|folder| folder.is_dir()).max();
    let folder = folder.expect("no sources of PostgreSQL; run tests/conformance/run first");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "sql"));
    files.sort();
    files
}

/// The statements of a psql script, as psql would send them; without its own commands, and without data.
fn statements(script: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut text = String::new();
    let mut lines = script.lines();
    while let Some(line) = lines.next() {
        if text.trim().is_empty() && line.trim_start().starts_with('\\') {
            text.clear();
            continue;
        }
        text.push_str(line);
        text.push('\n');
        while let Some(end) = end_of_statement(&text) {
            let statement = text[..end].to_owned();
            text.drain(..=end);
            let lower = statement.to_ascii_lowercase();
            if lower.contains("copy") && lower.contains("from stdin") {
                lines.by_ref().find(|line| line.trim_end() == "\\.");
                text.clear();
            }
            found.push(statement);
        }
    }
    found
}

/// Where the first statement of a text ends: at a semicolon outside of quotes, comments and brackets.
fn end_of_statement(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_i32);
    while at < bytes.len() {
        let rest = &text[at..];
        match bytes[at] {
            b';' if depth <= 0 => return Some(at),
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'\'' => {
                let escapes = at > 0 && matches!(bytes[at - 1], b'e' | b'E');
                at += quoted(&bytes[at..], escapes)?;
                continue;
            }
            b'"' => {
                at += quoted(&bytes[at..], false)?;
                continue;
            }
            b'-' if rest.starts_with("--") => {
                at += rest.find('\n')?;
                continue;
            }
            b'/' if rest.starts_with("/*") => {
                at += comment(&bytes[at..])?;
                continue;
            }
            b'$' => {
                let tag = rest[1..].find('$').map(|end| &rest[..end + 2]);
                let is_tag = |tag: &&str| {
                    let name = &tag[1..tag.len() - 1];
                    name.chars().all(|c| c.is_alphanumeric() || c == '_')
                        && !name.starts_with(|c: char| c.is_ascii_digit())
                };
                if let Some(tag) = tag.filter(is_tag) {
                    at += tag.len() + rest[tag.len()..].find(tag)? + tag.len();
                    continue;
                }
            }
            _ => {}
        }
        at += rest.chars().next().map_or(1, char::len_utf8);
    }
    None
}

/// Bytes of a quoted part with its quotes; nothing if it goes on.
fn quoted(bytes: &[u8], escapes: bool) -> Option<usize> {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 1,
            byte if byte == bytes[0] => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Bytes of a comment, which may hold others.
fn comment(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn begins_as_reading(statement: &str) -> bool {
    let text: String = statement
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .collect::<Vec<_>>()
        .join("\n");
    let word: String = text
        .trim_start()
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    ["select", "with", "values", "table", "explain", "show"]
        .contains(&word.to_ascii_lowercase().as_str())
}

/// The SQLSTATE that a Parse of a text brings, and the policy if it is the gateway's refusal.
fn asked(wire: &mut Wire, text: &str) -> Option<(String, Option<String>)> {
    wire.send(&[parse("", text), sync()].concat()).unwrap();
    let answer = wire.until_ready().unwrap();
    let error = answer.iter().find(|message| message.tag == b'E')?;
    let hint = error
        .field(b'H')
        .and_then(|hint| serde_json::from_str::<serde_json::Value>(hint).ok());
    let rule = hint.and_then(|hint| Some(hint.get("rule")?.as_str()?.to_owned()));
    Some((error.field(b'C').unwrap_or_default().to_owned(), rule))
}

fn connect(address: SocketAddr) -> Wire {
    let mut wire = Wire::connect(address).unwrap();
    wire.start("postgres", "postgres", "").unwrap();
    wire
}

/// Names of PostgreSQL's own functions that are not volatile.
fn steady_functions(cluster: &Cluster) -> HashSet<String> {
    let mut wire = connect(cluster.address());
    let answer =
        wire.query("select proname from pg_proc group by 1 having bool_and(provolatile <> 'v')");
    let rows = answer
        .unwrap()
        .into_iter()
        .filter(|message| message.tag == b'D')
        .collect::<Vec<_>>();
    rows.iter()
        .map(|row| String::from_utf8(row.fields().unwrap()[0].unwrap().to_vec()).unwrap())
        .collect()
}

#[test]
fn what_only_reads_in_the_regression_files_is_not_refused() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let options = GatewayOptions {
        more: POLICY,
        ..GatewayOptions::default()
    };
    let gateway = Gateway::start(cluster.address(), &options).unwrap();
    let steady = steady_functions(&cluster);
    let mut through = connect(gateway.address());
    let mut direct = connect(cluster.address());
    let (mut read, mut by_rule) = (0, BTreeMap::<String, usize>::new());
    let mut wrongly = Vec::new();
    let files = files();
    for file in &files {
        let script = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
        for text in statements(&script) {
            if text.contains('\0') || text.contains(" :") || !begins_as_reading(&text) {
                continue;
            }
            read += 1;
            let Some((_, Some(rule))) = asked(&mut through, &text) else {
                continue;
            };
            *by_rule.entry(rule.clone()).or_default() += 1;
            let is_text = asked(&mut direct, &text).is_none_or(|(code, _)| code != "42601");
            if rule == "read-only/hidden-code" {
                continue; // SQL, or the name of a table, in an argument
            }
            let wrong = match Facts::read(&text, &Limits::default()) {
                Err(_) => is_text,
                Ok(facts) => facts.statements.iter().all(|statement| {
                    let calls = statement.functions.iter();
                    statement.is_read_only()
                        && statement.operators.iter().all(|o| o.schema.is_none())
                        && statement
                            .types
                            .iter()
                            .all(|ty| ty.schema.as_deref() == Some("pg_catalog"))
                        && calls.clone().all(|call| steady.contains(&call.name.name))
                }),
            };
            if wrong {
                let name = file.file_name().unwrap().to_string_lossy().into_owned();
                wrongly.push(format!("{name} ({rule}): {}", text.trim()));
            }
        }
    }
    assert!(
        files.len() >= 200 && read > 10_000,
        "{} files, {read} statements",
        files.len()
    );
    assert!(
        by_rule.contains_key("read-only/unknown-function"),
        "{by_rule:?}"
    );
    assert!(
        wrongly.len() <= WRONGLY_MAX,
        "{}\n{by_rule:?}",
        wrongly.join("\n")
    );
}
