//! Packs as a user writes them, through the public API.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::compile::CompileOptions;
use crate::info::Mode;
use crate::pack::builtin;
use crate::value::{MaskContext, Masked, Value};
use crate::{Backend, MATCH_LEN_MAX};

fn keys() -> Keys {
    Keys::from_secret("test", b"a secret for tests")
}

fn starter() -> Ruleset {
    let text = builtin("starter").unwrap().to_owned();
    let pack = PackSource {
        name: "starter".to_owned(),
        text,
    };
    match Ruleset::compile(&[pack], &keys(), Backend::Auto) {
        Ok(ruleset) => ruleset,
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}

fn compile(text: &str) -> Result<Ruleset, Diagnostics> {
    let pack = PackSource {
        name: "test.toml".to_owned(),
        text: text.to_owned(),
    };
    Ruleset::compile(&[pack], &keys(), Backend::Auto)
}

/// The rules and spans found in one field.
fn found(ruleset: &Ruleset, column: &str, value: &str) -> Vec<(String, String)> {
    let set = ruleset.detector_set(&ColumnContext {
        name: column,
        type_name: "text",
    });
    let field = FieldRef {
        start: 0,
        end: u32::try_from(value.len()).unwrap(),
        set,
    };
    let mut matches = Vec::new();
    ruleset.scan(
        &mut ruleset.scratch(),
        value.as_bytes(),
        &[field],
        &mut matches,
    );
    matches
        .iter()
        .map(|found| {
            let span = &value[found.start as usize..found.end as usize];
            (
                ruleset.rules()[found.rule.index()].name.clone(),
                span.to_owned(),
            )
        })
        .collect()
}

const PACK: &str = r#"
[pack]
name = "test"
version = "1"

[[detector]]
name = "ticket"
entity = "TICKET"
class = "distinctive"
match = ['T-\d{4,6}']
boundary = "word"
mask = { operator = "keep-last", count = 2 }
[detector.examples]
mask = ["T-12345"]
pass = ["XT-12345", "T-123"]
"#;

#[test]
fn the_starter_pack_compiles_with_its_examples() {
    let starter = starter();
    assert!(starter.rules().len() >= 35, "{}", starter.rules().len());
}

#[test]
fn spans_are_exact_and_lie_in_their_fields() {
    let starter = starter();
    let text = "mail jane@example.com or +1 415 555 0132, card 4111 1111 1111 1111.";
    let spans: Vec<String> = found(&starter, "", text)
        .into_iter()
        .map(|(_, span)| span)
        .collect();
    assert_eq!(
        spans,
        ["jane@example.com", "+1 415 555 0132", "4111 1111 1111 1111"]
    );
}

#[test]
fn a_match_never_crosses_from_one_field_into_the_next() {
    let starter = starter();
    let set = starter.detector_set(&ColumnContext {
        name: "",
        type_name: "text",
    });
    let buffer = b"536-90-4399";
    let fields = [
        FieldRef {
            start: 0,
            end: 6,
            set,
        },
        FieldRef {
            start: 6,
            end: 11,
            set,
        },
    ];
    let mut matches = Vec::new();
    starter.scan(&mut starter.scratch(), buffer, &fields, &mut matches);
    assert_eq!(matches, []);
    let fields = [
        FieldRef {
            start: 0,
            end: 0,
            set,
        },
        FieldRef {
            start: 0,
            end: 11,
            set,
        },
    ];
    starter.scan(&mut starter.scratch(), buffer, &fields, &mut matches);
    assert_eq!(
        matches
            .iter()
            .map(|m| (m.field, m.start, m.end))
            .collect::<Vec<_>>(),
        [(1, 0, 11)]
    );
}

#[test]
fn the_name_of_a_column_replaces_the_validator() {
    let starter = starter();
    assert_eq!(found(&starter, "", "1234567890123456"), []);
    let named = found(&starter, "customerCardNumber", "1234567890123456");
    assert_eq!(
        named,
        [("credit-card".to_owned(), "1234567890123456".to_owned())]
    );
}

#[test]
fn columns_of_numbers_are_scanned_for_what_lists_their_type() {
    let starter = starter();
    let set = |name, type_name| starter.detector_set(&ColumnContext { name, type_name });
    assert_eq!(set("created", "timestamptz"), DetectorSetId::NONE);
    assert_eq!(set("flag", "bool"), DetectorSetId::NONE);
    assert_ne!(set("n", "int8"), DetectorSetId::NONE);
    assert_eq!(set("note", "text"), set("remark", "varchar"));
}

#[test]
fn an_overlay_extends_the_starter_pack_and_protects_columns() {
    let overlay = r#"
[pack]
name = "shop"
version = "1"
extends = ["starter@1"]

[[dataset]]
select = { database = "shop", table = "customer", column = ["first_name", "last_name"] }
set    = { entity = "PERSON", mask = { operator = "pseudonym", kind = "first-name" } }

[[dataset]]
select = { table = "customer", column = "*" }
set    = { entity = "CUSTOMER" }

[[dataset]]
select = { schema = "public", table = "customer", column = "id" }
mode   = "off"
reason = "a random number"

[[allow]]
detector = "email"
suffix = ["@acme.example"]
reason = "role addresses"
"#;
    let ruleset = compile(overlay).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let rule = |column| {
        let name = ColumnName {
            database: "shop",
            schema: "public",
            table: "customer",
            column,
            type_name: "text",
            tags: &[],
        };
        ruleset
            .column_rule(&name)
            .map(|rule| ruleset.rules()[rule.index()].clone())
    };
    assert_eq!(rule("first_name").unwrap().entity, "PERSON");
    assert_eq!(rule("FIRST_NAME").unwrap().entity, "PERSON");
    assert_eq!(rule("note").unwrap().entity, "CUSTOMER");
    assert_eq!(rule("id").unwrap().mode, Mode::Off);
    let table = |table| TableName {
        database: "shop",
        schema: "public",
        table,
        may_hold_json: false,
        tags: &[],
    };
    assert!(ruleset.table_has_rule(&table("customer")));
    assert!(!ruleset.table_has_rule(&table("orders")));
    assert_eq!(found(&ruleset, "", "info@acme.example"), []);
    assert_eq!(found(&ruleset, "", "jane@acme.example.com").len(), 1);
}

#[test]
fn an_allow_entry_ends_on_its_day_and_needs_one_to_hold() {
    let text = format!(
        "{PACK}\n[[allow]]\ndetector = \"ticket\"\nvalues = [\"T-1111\"]\nreason = \"demo\"\nexpires = 2027-06-30\n"
    );
    for (today, holds) in [
        (Some("2027-06-30"), true),
        (Some("2027-07-01"), false),
        (None, false),
    ] {
        let pack = PackSource {
            name: "test.toml".to_owned(),
            text: text.clone(),
        };
        let options = CompileOptions {
            today: today.map(str::to_owned),
            ..CompileOptions::default()
        };
        let ruleset = Ruleset::compile(&[pack], &keys(), options).unwrap();
        assert_eq!(found(&ruleset, "", "T-1111").is_empty(), holds, "{today:?}");
        assert_eq!(found(&ruleset, "", "T-2222").len(), 1);
    }
}

#[test]
fn shadow_findings_take_nothing_from_enforced_ones() {
    let shadow = PACK
        .replace(
            "name = \"ticket\"",
            "name = \"any\"\nmode = \"shadow\"\npriority = 999",
        )
        .replace("[pack]\nname = \"test\"\nversion = \"1\"", "");
    let ruleset = compile(&format!("{PACK}{shadow}")).map(|_| ());
    // Both find the same span, so the shadow detector's own example is lost to the enforced one.
    let shown = ruleset.expect_err("the example is lost").to_string();
    assert!(shown.contains("example is not found by `any`"), "{shown}");
}

#[test]
fn all_mistakes_are_reported_in_one_go_with_their_places() {
    let text = r#"
[pack]
name = "bad"
version = "1"
extends = ["nothing"]

[[detector]]
name = "a"
entity = "A"
class = "distinktive"
match = ['x']

[[detector]]
name = "b"
entity = "B"
class = "distinctive"
match = ['a*', '\bfoo']
validate = ["luhm"]
mask = { operator = "keep-lats" }
colour = "red"

[[detector]]
name = "b"
entity = "B"
class = "format"
match = ['ab']
mask = { operator = "keep-last", cuont = 4 }
[detector.examples]
mask = ["zz"]

[[allow]]
detector = "c"
values = ["x"]

[[dataset]]
select = { column = "x" }
mode = "off"
"#;
    let shown = compile(text).map(|_| ()).expect_err("full of mistakes");
    let rendered = shown.to_string();
    for message in [
        "there is no pack `nothing`",
        "unknown class `distinktive`",
        "did you mean `distinctive`?",
        "pattern matches the empty text",
        "pattern looks around",
        "unknown validator `luhm`",
        "did you mean `luhn`?",
        "unknown operator `keep-lats`",
        "unknown key `colour`",
        "detector `b` exists already",
        "of class format and fires on a value alone",
        "this operator has no option `cuont`",
        "did you mean `count`?",
        "`reason` is missing",
        "unknown detector `c`",
    ] {
        assert!(
            rendered.contains(message),
            "{message} is not in:\n{rendered}"
        );
    }
    let class = shown
        .iter()
        .find(|d| d.message.contains("distinktive"))
        .unwrap();
    assert_eq!(
        (class.file.as_str(), class.line, class.column),
        ("test.toml", 10, 9)
    );
    assert!(rendered.contains("test.toml:10:9"), "{rendered}");
}

#[test]
fn bad_examples_are_errors_at_the_example() {
    let bad = PACK
        .replace("\"T-12345\"", "\"T-1\"")
        .replace("\"T-123\"", "\"T-1234\"");
    let shown = compile(&bad)
        .map(|_| ())
        .expect_err("bad examples")
        .to_string();
    assert!(
        shown.contains("example is not found by `ticket`"),
        "{shown}"
    );
    assert!(
        shown.contains("example must pass, but `ticket` finds it"),
        "{shown}"
    );
    assert!(shown.contains("test.toml:14:9"), "{shown}");
}

#[test]
fn toml_mistakes_have_a_place() {
    let shown = compile("[pack\nname = 1\n")
        .map(|_| ())
        .expect_err("not TOML");
    assert_eq!(shown.iter().next().unwrap().line, 1);
    let shown = compile("[pack]\nname = 1\nversion = \"1\"\n")
        .map(|_| ())
        .expect_err("type");
    assert!(
        shown.to_string().contains("`name` is of type integer"),
        "{shown}"
    );
}

#[test]
fn the_hash_follows_packs_and_key() {
    let hash = |text: &str, keys: &Keys| {
        let pack = PackSource {
            name: "x".to_owned(),
            text: text.to_owned(),
        };
        Ruleset::compile(&[pack], keys, Backend::Auto)
            .unwrap()
            .content_hash()
    };
    let other = Keys::from_secret("other", b"");
    assert_eq!(hash(PACK, &keys()), hash(PACK, &keys()));
    assert_ne!(hash(PACK, &keys()), hash(PACK, &other));
    assert_ne!(
        hash(PACK, &keys()),
        hash(&PACK.replace("T-", "U-"), &keys())
    );
}

#[test]
fn the_masker_of_a_foreign_rule_is_the_strictest() {
    let mut out = Vec::new();
    let ruleset = Ruleset::empty();
    let masked =
        ruleset
            .masker(RuleId(7))
            .mask(Value::Text(b"secret"), &MaskContext::default(), &mut out);
    assert_eq!(
        (masked, out.as_slice()),
        (Masked::Out, b"******".as_slice())
    );
    assert!(ruleset.is_empty() && !ruleset.has_detectors() && !ruleset.has_column_rules());
}

#[test]
fn a_match_longer_than_the_limit_is_masked_to_its_end() {
    let starter = starter();
    let key = format!(
        "-----BEGIN PRIVATE KEY-----{}",
        "A".repeat(3 * MATCH_LEN_MAX)
    );
    let spans = found(&starter, "", &format!("x {key} \u{e4}"));
    assert_eq!(spans, [("private-key".to_owned(), format!("{key} "))]);
}

/// A small pack with every section, as raw material for broken ones.
const BROAD: &str = r#"
[[allow]]
detector = "ticket"
values = ["T-1111"]
reason = "démo"
expires = 2027-06-30

[[dataset]]
name = "notes"
select = { table = "notes", column = ["body", "text_*"], type = "text" }
set = { entity = "NOTE", mask = { operator = "bucket", width = 5, unit = "month" } }
mode = "shadow"

[[dataset]]
select = { tag = ["pii", "label:*"], type = "jsonb", path = ["$.a['b'][0]..c", "$[*].*"] }
set = { entity = "PLACE" }

[[dataset]]
select = { schema = "p*", table = "notes", detectors = ["ticket"] }
set = { threshold = 0.25, mode = "enforce", mask = { operator = "null" } }
force = true
reason = "démo"
"#;

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn a_broken_pack_is_a_diagnostic_and_never_a_panic(
        cuts in proptest::collection::vec(
            (proptest::prelude::any::<proptest::sample::Index>(), 0usize..12, "[ -~é\n]{0,6}"), 1..5),
    ) {
        let mut text = format!("{PACK}{BROAD}");
        for (at, removed, added) in cuts {
            let characters: Vec<char> = text.chars().collect();
            let from = at.index(characters.len() + 1);
            let to = (from + removed).min(characters.len());
            text = characters[..from].iter().chain(&added.chars().collect::<Vec<_>>())
                .chain(&characters[to..]).collect();
        }
        if let Err(diagnostics) = compile(&text) {
            proptest::prop_assert!(diagnostics.iter().all(|d| d.line >= 1 && d.column >= 1));
            proptest::prop_assert!(!diagnostics.to_string().is_empty());
        }
    }
}

#[test]
fn a_detector_alone_finds_its_own_and_says_where_it_began() {
    let ruleset = starter();
    let column = ColumnContext {
        name: "note",
        type_name: "text",
    };
    let id = |name: &str| {
        let place = ruleset.rules().iter().position(|rule| rule.name == name);
        RuleId(u16::try_from(place.unwrap()).unwrap())
    };
    let value = b"jane.doe@example.com paid with 4111 1111 1111 1111";
    let mut scratch = ruleset.scratch();
    for name in ["email", "credit-card"] {
        let set = ruleset.detector_set_alone(&column, id(name)).unwrap();
        let mut gather = Gather::default();
        gather.add(value, set, 0);
        let mut matches = Vec::new();
        ruleset.scan_gathered(&mut scratch, &mut gather, &mut matches);
        let rules: Vec<RuleId> = matches.iter().map(|found| found.rule).collect();
        assert_eq!(rules, [id(name)]);
        assert!(scratch.starts().all(|rule| rule == id(name)));
        assert!(scratch.starts().next().is_some());
    }
    // Birth dates need a column or a word; neither can be had of a number.
    let number = ColumnContext {
        name: "note",
        type_name: "int4",
    };
    assert_eq!(ruleset.detector_set_alone(&number, id("birth-date")), None);
}

#[test]
fn what_is_held_back_of_a_stream_follows_from_the_packs() {
    let detector = |pattern: &str, context: &str| {
        format!(
            "[pack]\nname = 'p'\nversion = '1'\n[[detector]]\nname = 'd'\nentity = 'D'\nclass = 'distinctive'\n\
             match = ['{pattern}', 'zz']\nboundary = 'none'\nmask = {{ operator = 'redact' }}\n{context}\n"
        )
    };
    let words =
        "[detector.context]\nwords = { any = ['w'], before = 40, after = 10 }\nrequired = true";
    for (pattern, context, back, look) in [
        ("a{3}", "", 3 + 1, 1),
        ("a{3}", words, 3 + 10 + 1, 41),
        ("ab+", "", MATCH_LEN_MAX + 1, 1),
        ("a{1,4095}", words, 4095 + 10 + 1, 41),
    ] {
        let source = PackSource {
            name: "p.toml".into(),
            text: detector(pattern, context),
        };
        let options = CompileOptions {
            examples: false,
            ..CompileOptions::default()
        };
        let keys = Keys::from_secret("k", b"a secret of at least thirty-two bytes");
        let rules = Ruleset::compile(&[source], &keys, options).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(
            (rules.hold_back(), rules.look_back()),
            (back, look),
            "{pattern}"
        );
    }
}
