//! The pack language, as whoever writes packs sees it.

#![allow(clippy::unwrap_used)]

mod datasets;
mod explain;
mod packs;
mod refusals;
mod selectors;

use wiremask_rules::{
    ColumnName, CompileOptions, Decision, Diagnostics, FieldRef, Keys, Kin, MaskContext, Masked,
    Mode, Needs, Outcome, PackSource, RuleId, Ruleset, Segment, Silence, TableName, Value,
};

/// Two detectors: one that is distinctive, one that any third value passes.
const BASE: &str = r#"
[pack]
name = "base"
version = "3"

[[detector]]
name = "ticket"
entity = "TICKET"
class = "distinctive"
match = ['T-\d{4,6}']
boundary = "word"
mask = { operator = "keep-last", count = 2 }
[detector.examples]
mask = ["T-12345"]
pass = ["XT-12345"]

[[detector]]
name = "lot"
entity = "LOT"
class = "checksum"
match = ['\d{8}']
boundary = "digit"
validate = ["luhn"]
chance = 0.1
[detector.context]
columns = ["lot"]
not_columns = ["stamp"]
words = { any = ["lot"], before = 10, after = 0 }
[detector.examples]
mask = ["12345674", { column = "lot_no", value = "12345678" }]
pass = ["12345678"]
"#;

fn source(name: &str, text: &str) -> PackSource {
    PackSource {
        name: name.to_owned(),
        text: text.to_owned(),
    }
}

/// The base with an overlay of these entries.
fn with(overlay: &str) -> Result<Ruleset, Diagnostics> {
    let overlay =
        format!("[pack]\nname = \"over\"\nversion = \"1\"\nextends = [\"base@3\"]\n{overlay}");
    compile(&[source("base.toml", BASE), source("over.toml", &overlay)])
}

fn compile(packs: &[PackSource]) -> Result<Ruleset, Diagnostics> {
    let options = CompileOptions {
        today: Some("2026-11-21".to_owned()),
        ..CompileOptions::default()
    };
    Ruleset::compile(packs, &Keys::from_secret("test", b"a secret"), options)
}

fn sound(overlay: &str) -> Ruleset {
    with(overlay).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn column(dotted: &str) -> ColumnName<'_> {
    let mut parts = dotted.split('.');
    let mut next = || parts.next().unwrap();
    ColumnName {
        database: next(),
        schema: next(),
        table: next(),
        column: next(),
        type_name: "text",
        tags: &[],
    }
}

/// What a value becomes in a column by its findings, and the names of the rules that were counted.
fn masked(rules: &Ruleset, column: &ColumnName<'_>, value: &str) -> (String, Vec<String>) {
    let field = FieldRef {
        start: 0,
        end: u32::try_from(value.len()).unwrap(),
        set: rules.detector_set_of(column),
    };
    let mut matches = Vec::new();
    rules.scan(
        &mut rules.scratch(),
        value.as_bytes(),
        &[field],
        &mut matches,
    );
    let (mut out, mut copied, mut names) = (Vec::new(), 0, Vec::new());
    for found in &matches {
        let info = &rules.rules()[found.rule.index()];
        names.push(info.name.clone());
        if info.mode == Mode::Enforce {
            let (start, end) = (found.start as usize, found.end as usize);
            out.extend_from_slice(&value.as_bytes()[copied..start]);
            let masker = rules.masker(found.rule);
            masker.mask_span(&value.as_bytes()[start..end], &mut out);
            copied = end;
        }
    }
    out.extend_from_slice(&value.as_bytes()[copied..]);
    (String::from_utf8(out).unwrap(), names)
}

/// As [`masked`], the value only.
fn value(rules: &Ruleset, at: &str, text: &str) -> String {
    masked(rules, &column(at), text).0
}
