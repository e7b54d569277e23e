//! The reference against the reader, the compiler and the committed file.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::{Backend, CompileOptions, Keys, PackSource, Ruleset};
use std::collections::BTreeSet;

const DETECTOR: &str = r#"
[pack]
name = "reference"
version = "1"
[[detector]]
name = "order"
entity = "ORDER"
class = "distinctive"
boundary = "word"
match = ['A-\d{6}']
examples = { mask = [{ column = "order_no", value = "A-123456" }] }
"#;

const ALLOW: &str = r#"
[[allow]]
detector = "order"
values = ["A-000000"]
reason = "orders of the demo"
"#;

const DATASET: &str = r#"
[[dataset]]
select = { table = "customer", column = "name" }
set = { mask = { operator = "redact" } }
"#;

/// A pack with an example of a table in its place. Where the table is one of those above, the example's keys
/// replace those of the same name.
fn pack(header: &str, example: &str) -> String {
    let without = |text: &str, keys: &[&str]| {
        let kept = text.lines().filter(|line| !keys.contains(&key_of(line)));
        kept.map(|line| format!("{line}\n")).collect::<String>()
    };
    let own: Vec<&str> = example.lines().map(key_of).collect();
    match header {
        "[pack]" => {
            let header = without("[pack]\nname = \"reference\"\nversion = \"1\"\n", &own);
            format!("{header}{example}\n")
        }
        "[[detector]]" => {
            let (pack, detector) = DETECTOR.split_at(DETECTOR.find("[[").unwrap());
            format!("{pack}{}{example}\n", without(detector, &own))
        }
        "[detector.examples]" => {
            format!("{}{header}\n{example}\n", without(DETECTOR, &["examples"]))
        }
        "[[allow]]" => format!("{DETECTOR}{}{example}\n", without(ALLOW, &own)),
        "[[dataset]]" => format!("{DETECTOR}{}{example}\n", without(DATASET, &own)),
        "[dataset.select]" => {
            format!(
                "{DETECTOR}{}{header}\n{example}\n",
                without(DATASET, &["select"])
            )
        }
        "[dataset.set]" => {
            format!(
                "{DETECTOR}{}{header}\n{example}\n",
                without(DATASET, &["set"])
            )
        }
        _ => format!("{DETECTOR}{header}\n{example}\n"),
    }
}

fn key_of(line: &str) -> &str {
    line.split([' ', '=']).next().unwrap_or_default()
}

fn errors(text: &str) -> String {
    let pack = PackSource {
        name: "reference.toml".to_owned(),
        text: text.to_owned(),
    };
    let options = CompileOptions {
        today: Some("2026-11-21".to_owned()),
        ..CompileOptions::from(Backend::Portable)
    };
    match Ruleset::compile(&[pack], &Keys::from_secret("k", b"secret"), options) {
        Ok(_) => String::new(),
        Err(wrong) => wrong.to_string(),
    }
}

#[test]
fn every_example_of_the_reference_compiles() {
    let mut wrong = String::new();
    for section in SECTIONS {
        for key in section.keys {
            assert!(
                key.example.contains(key.name),
                "{} shows another key",
                key.name
            );
            let text = pack(section.header, key.example);
            let said = errors(&text);
            if !said.is_empty() {
                wrong.push_str(&format!(
                    "{} {}:\n{text}\n{said}\n\n",
                    section.header, key.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_reference_has_the_keys_that_the_reader_knows() {
    for section in SECTIONS {
        let text = pack(section.header, "zzzzzzzzzzzzzzzzzzzzzzzz = 1");
        let said = errors(&text);
        let known = said.split("known here: ").nth(1);
        let known = known.unwrap_or_else(|| panic!("{}: {said}", section.header));
        let known: BTreeSet<&str> = known.lines().next().unwrap().split(", ").collect();
        let listed: BTreeSet<&str> = section.keys.iter().map(|key| key.name).collect();
        assert_eq!(listed, known, "{}", section.header);
    }
}

#[test]
fn the_committed_reference_is_the_written_one() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/packs.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, pack_reference()).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == pack_reference(),
        "run `UPDATE=1 cargo nextest run -p wiremask-rules reference`"
    );
}
