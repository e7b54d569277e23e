//! The pack language, as whoever writes packs sees it.

#![allow(clippy::unwrap_used)]

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

#[test]
fn a_detector_is_switched_and_its_mask_changed_in_one_column_only() {
    let rules = sound(
        r#"
[[dataset]]
name = "quiet"
select = { table = "log", column = "line" }
set = { detectors = "ticket", mode = "shadow" }

[[dataset]]
select = { table = "log", column = "raw", detectors = ["ticket"] }
mode = "off"
reason = "ticket numbers of the vendor"

[[dataset]]
name = "blunt"
select = { table = "log", column = "note" }
set = { detectors = ["ticket"], mask = { operator = "fixed", value = "T" } }
"#,
    );
    let text = "T-12345 12345674";
    for (at, masked_text, counted) in [
        ("d.s.log.other", "*-***45 ********", ["ticket", "lot"]),
        ("d.s.log.line", "T-12345 ********", ["ticket/shadow", "lot"]),
        ("d.s.log.note", "T ********", ["ticket/blunt", "lot"]),
        ("d.s.other.line", "*-***45 ********", ["ticket", "lot"]),
    ] {
        let (new, names) = masked(&rules, &column(at), text);
        assert_eq!(
            (new.as_str(), names.as_slice()),
            (masked_text, &counted.map(str::to_owned)[..]),
            "{at}"
        );
    }
    let (new, names) = masked(&rules, &column("d.s.log.raw"), text);
    assert_eq!(
        (new.as_str(), names.as_slice()),
        ("T-12345 ********", &["lot".to_owned()][..])
    );
    let scoped = ["raw", "other"]
        .map(|name| rules.is_scoped(&column(&format!("d.s.log.{name}")), &Kin::default()));
    assert_eq!(scoped, [true, false]);
}

#[test]
fn a_column_in_shadow_mode_is_counted_and_not_masked() {
    let rules =
        sound("[[dataset]]\nselect = { table = \"log\", column = \"line\" }\nmode = \"shadow\"\n");
    let (new, names) = masked(&rules, &column("d.s.log.line"), "T-12345 12345674");
    assert_eq!(new, "T-12345 12345674");
    assert_eq!(names, ["ticket/shadow", "lot/shadow"]);
}

#[test]
fn a_detector_that_is_off_or_in_shadow_is_enforced_where_an_entry_asks() {
    for mode in ["off", "shadow"] {
        let base = BASE.replacen(
            "class = \"checksum\"",
            &format!("class = \"checksum\"\nmode = \"{mode}\""),
            1,
        );
        let overlay = "[pack]\nname = \"o\"\nversion = \"1\"\n[[dataset]]\nselect = { table = \"t\" }\nset = { detectors = \"lot\" }\n";
        let rules = compile(&[source("base.toml", &base), source("o.toml", overlay)]).unwrap();
        assert_eq!(value(&rules, "d.s.t.c", "12345674"), "********", "{mode}");
        assert_eq!(value(&rules, "d.s.u.c", "12345674"), "12345674", "{mode}");
    }
}

#[test]
fn the_most_exact_entry_decides_each_setting_and_the_later_among_equals() {
    let rules = sound(
        r#"
[[dataset]]
select = { table = "t*", detectors = "lot" }
mode = "shadow"

[[dataset]]
select = { table = "t", column = "c", detectors = "lot" }
mode = "enforce"

[[dataset]]
select = { table = "t", column = "d", detectors = "lot" }
set = { mask = { operator = "fixed", value = "a" } }

[[dataset]]
select = { table = "t", column = "d", detectors = "lot" }
set = { mask = { operator = "fixed", value = "b" }, mode = "enforce" }
"#,
    );
    for (at, new) in [
        ("d.s.t2.c", "12345674"),
        ("d.s.t.c", "********"),
        ("d.s.t.d", "b"),
        ("d.s.u.c", "********"),
    ] {
        assert_eq!(value(&rules, at, "12345674"), new, "{at}");
    }
}

#[test]
fn evidence_has_to_reach_the_threshold() {
    let rules = sound(
        r#"
[[dataset]]
select = { table = "t", column = "word*" }
set = { detectors = "lot", threshold = 0.95 }

[[dataset]]
select = { table = "t", column = "name*" }
set = { threshold = 1.0 }

[[dataset]]
select = { table = "t", column = "value*" }
set = { threshold = 0.9 }
"#,
    );
    for (at, text, new) in [
        ("d.s.t.value", "12345674", "********"),
        ("d.s.t.word", "12345674", "12345674"),
        ("d.s.t.word", "lot 12345674", "lot ********"),
        ("d.s.t.word", "lot 12345678", "lot 12345678"),
        ("d.s.t.name", "lot 12345674", "lot 12345674"),
        ("d.s.t.name_of_lot", "12345678", "********"),
        // A detector whose form no random value has is not silenced by any threshold.
        ("d.s.t.name", "T-12345", "*-***45"),
    ] {
        assert_eq!(value(&rules, at, text), new, "{at} {text}");
    }
}

#[test]
fn allowed_values_pass_in_their_data_sets_and_before_overlaps_are_resolved() {
    let rules = sound(
        r#"
[[allow]]
detector = ["ticket", "lot"]
values = ["t-1111"]
prefix = ["T-2"]
suffix = ["9"]
datasets = ["shop.public.staff", "crm.*.*.code"]
reason = "tickets of the demo"

[[allow]]
detector = "lot"
values = ["12345674"]
reason = "the example in the manual"

[[allow]]
detector = "ticket"
values = ["T-7777"]
reason = "long gone"
expires = 2026-11-20

[[detector]]
name = "half"
entity = "HALF"
class = "format"
match = ['\d{4}']
priority = -1
[detector.context]
columns = ["code", "staff"]
required = true
[detector.examples]
mask = [{ column = "code", value = "1111" }]
"#,
    );
    for (at, text, new) in [
        (
            "shop.public.staff.x",
            "T-1111 T-22222 T-33339 T-4444",
            "T-1111 T-22222 T-33339 *-**44",
        ),
        ("shop.public.staff.x", "T-7777", "*-**77"),
        ("shop.public.other.x", "T-1111", "*-**11"),
        // Allowed as a ticket, and still what another detector finds.
        ("crm.a.b.code", "T-1111", "T-****"),
        ("crm.a.b.x", "T-1111", "*-**11"),
        ("any.a.b.x", "12345674", "12345674"),
    ] {
        assert_eq!(value(&rules, at, text), new, "{at} {text}");
    }
    let reasons: Vec<String> = rules.allow_entries().map(|entry| entry.reason).collect();
    let used = rules.allowed_by(b"T-1111 12345674 T-7777", &column("shop.public.staff.x"));
    assert_eq!((reasons.len(), used.as_slice()), (3, &[0, 1][..]));
    let warning = rules.warnings().iter().next().unwrap();
    assert!(
        warning.message.contains("expired on 2026-11-20"),
        "{}",
        warning.message
    );
    assert_eq!(
        (warning.file.as_str(), rules.warnings().iter().count()),
        ("over.toml", 1)
    );
}

#[test]
fn tags_select_columns_and_a_name_is_more_exact() {
    let rules = sound(
        r#"
[[dataset]]
select = { tag = ["PII", "secret-*"] }
set = { entity = "TAGGED" }

[[dataset]]
select = { table = "t*", column = "c*" }
set = { entity = "PATTERN" }

[[dataset]]
select = { table = "t", column = "c" }
set = { entity = "NAMED" }
"#,
    );
    let tags = |tags: &[&str]| tags.iter().map(|t| (*t).into()).collect::<Vec<Box<str>>>();
    for (at, of_it, entity) in [
        ("d.s.u.c", &["pii"][..], Some("TAGGED")),
        ("d.s.u.c", &["other", "secret-a"], Some("TAGGED")),
        ("d.s.u.c", &["other"], None),
        ("d.s.t2.c2", &["pii"], Some("TAGGED")),
        ("d.s.t2.c2", &[], Some("PATTERN")),
        ("d.s.t.c", &["pii"], Some("NAMED")),
    ] {
        let tags = tags(of_it);
        let name = ColumnName {
            tags: &tags,
            ..column(at)
        };
        let found = rules.column_rule(&name);
        let found = found.map(|rule| rules.rules()[rule.index()].entity.as_str());
        assert_eq!(found, entity, "{at} {of_it:?}");
    }
    let table = TableName {
        database: "d",
        schema: "s",
        table: "u",
        may_hold_json: false,
        tags: &[],
    };
    assert!(!rules.table_has_rule(&table));
    assert!(rules.table_has_rule(&TableName {
        tags: &tags(&["pii"]),
        ..table
    }));
}

#[test]
fn paths_select_places_in_documents() {
    let rules = sound(
        r#"
[[dataset]]
select = { type = ["jsonb"], path = ["$.user.email", "$..ssn"] }
set = { entity = "EMAIL", mask = { operator = "fixed", value = "x" } }

[[dataset]]
select = { table = "t", column = "doc", path = "$.user.email" }
mode = "off"
reason = "an address of ours"
"#,
    );
    let doc = ColumnName {
        type_name: "jsonb",
        ..column("d.s.u.doc")
    };
    let of = |name: &ColumnName<'_>, keys: &[&str]| {
        let places = keys.iter().map(|key| Segment::Key(key.as_bytes()));
        rules
            .leaf_rules(name)
            .and_then(|leaves| leaves.rule(places))
    };
    let mode = |rule: Option<(RuleId, Mode)>| rule.map(|(_, mode)| mode);
    assert_eq!(mode(of(&doc, &["user", "email"])), Some(Mode::Enforce));
    assert_eq!(mode(of(&doc, &["a", "b", "ssn", "c"])), Some(Mode::Enforce));
    assert_eq!(mode(of(&doc, &["user", "name"])), None);
    assert_eq!(
        of(
            &ColumnName {
                type_name: "text",
                ..doc
            },
            &["user", "email"]
        ),
        None
    );
    let ours = ColumnName {
        type_name: "jsonb",
        ..column("d.s.t.doc")
    };
    assert_eq!(mode(of(&ours, &["user", "email"])), Some(Mode::Off));
    assert_eq!(mode(of(&ours, &["user", "ssn"])), Some(Mode::Enforce));
    assert_eq!(rules.column_rule(&doc), None);
    let (rule, _) = of(&doc, &["user", "email"]).unwrap();
    let mut out = Vec::new();
    let masked = rules.masker(rule).mask(
        Value::Text(b"a@b.example"),
        &MaskContext::default(),
        &mut out,
    );
    assert_eq!((masked, out.as_slice()), (Masked::Out, &b"x"[..]));
    // Only tables that have documents can be touched.
    for may_hold_json in [true, false] {
        let table = TableName {
            database: "d",
            schema: "s",
            table: "u",
            may_hold_json,
            tags: &[],
        };
        assert_eq!(rules.table_has_rule(&table), may_hold_json);
    }
}

#[test]
fn a_wide_entry_weakens_no_distinctive_detector_unless_it_says_so() {
    for entry in [
        "select = { table = \"t\" }\nmode = \"off\"\nreason = \"r\"",
        "select = { column = \"c\" }\nmode = \"shadow\"",
        "select = { table = \"t\", column = \"c*\" }\nmode = \"shadow\"",
        "select = { tag = \"open\" }\nmode = \"off\"\nreason = \"r\"",
        "select = { detectors = \"ticket\" }\nmode = \"shadow\"",
        "select = { type = \"jsonb\", path = \"$.a\" }\nmode = \"off\"\nreason = \"r\"",
    ] {
        let wrong = with(&format!("[[dataset]]\n{entry}\n"))
            .map(|_| ())
            .unwrap_err();
        let said = wrong.to_string();
        assert!(
            said.contains("the distinctive `ticket`") && said.contains("force = true"),
            "{entry}: {said}"
        );
        let reason = if entry.contains("reason") {
            ""
        } else {
            "reason = \"r\"\n"
        };
        let forced = format!("[[dataset]]\n{entry}\nforce = true\n{reason}");
        assert!(with(&forced).is_ok(), "{forced}");
    }
    for entry in [
        "select = { table = \"t\", column = [\"c\", \"d\"] }\nmode = \"off\"\nreason = \"r\"",
        "select = { detectors = \"lot\" }\nmode = \"off\"\nreason = \"r\"",
        "select = { table = \"*\" }\nset = { threshold = 1.0 }",
        "select = { column = \"c\" }\nset = { entity = \"X\" }\nmode = \"shadow\"",
    ] {
        let rules = with(&format!("[[dataset]]\n{entry}\n"));
        assert!(rules.is_ok(), "{entry}: {}", rules.map(|_| ()).unwrap_err());
    }
    let common = BASE.replacen(
        "class = \"distinctive\"",
        "class = \"distinctive\"\nchance = 0.6",
        1,
    );
    let raise = "[pack]\nname = \"o\"\nversion = \"1\"\n[[dataset]]\nselect = { table = \"*\" }\nset = { threshold = 0.9 }\n";
    let wrong = compile(&[source("base.toml", &common), source("o.toml", raise)])
        .map(|_| ())
        .unwrap_err();
    assert!(
        wrong
            .to_string()
            .contains("raises the threshold of the distinctive `ticket`"),
        "{wrong}"
    );
}

#[test]
fn what_means_nothing_is_refused_where_it_stands() {
    for (entry, message) in [
        (
            "[[dataset]]\nselect = { database = \"d\" }\nset = { entity = \"X\" }",
            "`column` is missing",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\" }",
            "`set` is missing",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", column = \"c\" }\nmode = \"off\"",
            "`reason` is missing",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", column = \"c\" }\nmode = \"off\"\nforce = true",
            "`reason` is missing",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\" }\nset = { entity = \"X\", threshold = 0.5 }",
            "has no threshold",
        ),
        (
            "[[dataset]]\nselect = { path = \"$.a\" }\nset = { threshold = 0.5 }",
            "a path selects values",
        ),
        (
            "[[dataset]]\nselect = { path = \"$.a\", detectors = \"lot\" }\nmode = \"shadow\"",
            "a path selects values",
        ),
        (
            "[[dataset]]\nselect = { path = \"user\" }\nset = { entity = \"X\" }",
            "path does not begin with `$`",
        ),
        (
            "[[dataset]]\nselect = { type = \"text\", path = \"$.a\" }\nset = { entity = \"X\" }",
            "of type text has no paths",
        ),
        (
            "[[dataset]]\nselect = { tag = \"a b\" }\nset = { entity = \"X\" }",
            "`a b` is no tag",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", detectors = \"lott\" }\nmode = \"shadow\"",
            "unknown detector `lott`",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", detectors = \"lot\" }\nset = { entity = \"X\" }",
            "an entity of their own",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", detectors = \"lot\" }\nmode = \"off\"\nset = { threshold = 0.1 }\nreason = \"r\"",
            "neither mask nor threshold",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", detectors = \"lot\" }\nset = { detectors = \"lot\" }",
            "`detectors` is given twice",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\" }\nmode = \"shadow\"\nset = { mode = \"off\" }\nreason = \"r\"",
            "`mode` is given twice",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\" }\nset = { threshold = 1.5 }",
            "threshold of 1.5 is not between 0 and 1",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", colunm = \"c\" }\nset = { entity = \"X\" }",
            "unknown key `colunm`",
        ),
        (
            "[[allow]]\ndetector = \"lot\"\nvalues = [\"1\"]",
            "`reason` is missing",
        ),
        (
            "[[allow]]\ndetector = \"lot\"\nvalues = [\"1\"]\nreason = \" \"",
            "reason is empty",
        ),
        (
            "[[allow]]\ndetector = \"lot\"\nreason = \"r\"",
            "`values` is missing",
        ),
        (
            "[[allow]]\ndetector = \"lot\"\nvalues = [\"1\"]\nreason = \"r\"\ndatasets = [\"a.b.c.d.e\"]",
            "names no data set",
        ),
        (
            "[[allow]]\ndetector = \"lot\"\nvalues = [\"1\"]\nreason = \"r\"\nexpires = 2027-06-30T00:00:00Z",
            "not a day alone",
        ),
        (
            "[[allow]]\ndetector = \"lost\"\nvalues = [\"1\"]\nreason = \"r\"",
            "did you mean `lot`?",
        ),
    ] {
        let wrong = with(&format!("{entry}\n")).map(|_| ());
        let said = wrong.expect_err(entry).to_string();
        assert!(said.contains(message), "{entry}: {said}");
        assert!(
            said.contains("over.toml:") && said.contains("help"),
            "{entry}: {said}"
        );
    }
}

#[test]
fn an_explanation_names_what_fired_and_every_near_miss() {
    let rules = sound(
        r#"
[[dataset]]
select = { table = "t", column = "off", detectors = "ticket" }
mode = "off"
reason = "r"

[[dataset]]
select = { table = "t", column = "whole" }
set = { entity = "W" }

[[allow]]
detector = "ticket"
values = ["T-1111"]
reason = "demo"

[[detector]]
name = "code"
entity = "CODE"
class = "format"
match = ['T-\d{4,9}']
priority = 900
[detector.context]
columns = ["code"]
words = { any = ["code"], before = 9, after = 0 }
types = ["text", "json"]
required = true
[detector.examples]
mask = ["code T-123456789"]
"#,
    );
    let outcomes = |at: &str, type_name, text: &str| -> Vec<(String, Outcome)> {
        let name = ColumnName {
            type_name,
            ..column(at)
        };
        let traces = rules.explain(text.as_bytes(), &name).traces;
        let pairs = traces
            .into_iter()
            .map(|trace| (trace.detector, trace.outcome));
        pairs.collect()
    };
    let failed_luhn = Outcome::FailedValidator { validator: "luhn" };
    let silent = |why| Outcome::Silent { why };
    let word = || Outcome::FailedBoundary {
        boundary: "word".to_owned(),
    };
    for (at, text, expected) in [
        ("d.s.t.c", "12345678", vec![("lot", failed_luhn.clone())]),
        ("d.s.t.c", "12345674", vec![("lot", Outcome::Masked)]),
        (
            "d.s.t.stamp",
            "12345674",
            vec![("lot", silent(Silence::NameAgainst))],
        ),
        (
            "d.s.t.c",
            "T-1234",
            vec![("ticket", Outcome::Masked), ("code", Outcome::NoWordNear)],
        ),
        (
            "d.s.t.off",
            "T-1234",
            vec![
                ("ticket", silent(Silence::Off)),
                ("code", Outcome::NoWordNear),
            ],
        ),
        (
            "d.s.t.code",
            "T-1234",
            vec![
                (
                    "ticket",
                    Outcome::LostOverlap {
                        to: "code".to_owned(),
                    },
                ),
                ("code", Outcome::Masked),
            ],
        ),
        (
            "d.s.t.c",
            "XT-1234",
            vec![("ticket", word()), ("code", Outcome::NoWordNear)],
        ),
        ("d.s.t.c", "nothing", vec![]),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(name, outcome)| (name.to_owned(), outcome))
            .collect();
        assert_eq!(outcomes(at, "text", text), expected, "{at} {text}");
    }
    assert_eq!(
        outcomes("d.s.t.code", "xml", "T-1234")[1].1,
        silent(Silence::Type)
    );
    let allowed = &outcomes("d.s.t.c", "text", "T-1111")[0].1;
    assert!(
        matches!(allowed, Outcome::Allowed(entry) if entry.reason == "demo"),
        "{allowed:?}"
    );
    let whole = rules.explain(b"T-1234", &column("d.s.t.whole"));
    assert!(matches!(&whole.decision, Decision::Masked(rule) if rule.entity == "W"));
    let shown = rules
        .explain(b"see 12345678", &column("d.s.t.c"))
        .to_string();
    assert!(
        shown.contains("4..12 lot (LOT): matched, failed luhn [base.toml:18]"),
        "{shown}"
    );
    assert!(!shown.contains("12345678"), "{shown}");
}

#[test]
fn the_effective_rules_of_a_column_say_where_each_part_comes_from() {
    let rules = sound(
        r#"
[[dataset]]
select = { table = "t", column = "c" }
set = { detectors = "lot", threshold = 0.95, mask = { operator = "fixed", value = "x" } }

[[dataset]]
select = { table = "t", column = "*" }
set = { entity = "ALL" }
mode = "shadow"

[[dataset]]
select = { database = "d", table = "t", column = "w" }
set = { entity = "W", mask = { operator = "keep-last", count = 4 } }

[[dataset]]
select = { table = "t", column = "c", detectors = "ticket" }
mode = "off"
reason = "r"
"#,
    );
    let of = rules.effective(&column("d.s.t.c"));
    assert_eq!((of.column.as_str(), of.overruled.len()), ("d.s.t.c", 0));
    assert!(
        matches!(&of.decision, Decision::Shadow(rule) if rule.place.to_string() == "over.toml:10")
    );
    let [lot] = of.detectors.as_slice() else {
        panic!("{of}")
    };
    assert_eq!(
        (lot.detector.as_str(), lot.needs),
        ("lot", Needs::ValidValueAndWord)
    );
    assert_eq!(
        (
            lot.threshold.value,
            lot.threshold.place.to_string().as_str()
        ),
        (0.95, "over.toml:6")
    );
    assert_eq!(lot.mask.value, "{ operator = \"fixed\", value = \"x\" }");
    assert_eq!(lot.mode.place.to_string(), "base.toml:18");
    let [ticket] = of.silent.as_slice() else {
        panic!("{of}")
    };
    assert_eq!(
        (ticket.why, ticket.place.to_string().as_str()),
        (Silence::Off, "over.toml:19")
    );
    let whole = rules.effective(&column("d.s.t.w"));
    assert!(matches!(&whole.decision, Decision::Masked(rule) if rule.entity == "W"));
    assert_eq!(whole.overruled.len(), 1);
    let shown = whole.to_string();
    assert!(shown.contains("masked whole by `d.*.t.w` (W, enforce, { operator = \"keep-last\", count = 4 }) at over.toml:15"), "{shown}");
}

#[test]
fn examples_can_be_run_again_one_by_one() {
    let results = sound("").run_examples();
    let shown: Vec<_> = results
        .iter()
        .map(|r| (r.detector.as_str(), r.place.line, r.passed))
        .collect();
    let expected = [
        ("ticket", 14, Some(true)),
        ("ticket", 15, Some(true)),
        ("lot", 30, Some(true)),
        ("lot", 30, Some(true)),
        ("lot", 31, Some(true)),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn what_overlays_allow_or_take_over_does_not_spoil_the_examples_of_the_base() {
    let taken = BASE.replace("name = \"base\"", "name = \"more\"");
    let taken = taken.replace("name = \"ticket\"", "name = \"ours\"\npriority = 900");
    let taken = taken.replace("name = \"lot\"", "name = \"our-lot\"");
    let allow = "[[allow]]\ndetector = \"lot\"\nvalues = [\"12345674\"]\nreason = \"r\"\n";
    let more = source("more.toml", &format!("{taken}{allow}"));
    let rules = compile(&[source("base.toml", BASE), more]);
    assert!(rules.is_ok(), "{}", rules.map(|_| ()).unwrap_err());
}

#[test]
fn an_example_that_fails_says_what_was_missing() {
    for (example, cause) in [
        ("mask = [\"12345678\"]", "it matched, failed luhn"),
        (
            "mask = [\"x123456745\"]",
            "it matched, failed boundary digit",
        ),
        (
            "mask = [{ column = \"stamp\", value = \"12345674\" }]",
            "the column's name speaks against it",
        ),
        ("mask = [\"nothing\"]", "its pattern matches nothing of it"),
    ] {
        let bad = BASE.replace(
            "mask = [\"12345674\", { column = \"lot_no\", value = \"12345678\" }]",
            example,
        );
        let wrong = compile(&[source("base.toml", &bad)])
            .map(|_| ())
            .unwrap_err();
        assert!(wrong.to_string().contains(cause), "{example}: {wrong}");
    }
}

#[test]
fn the_hash_is_that_of_what_the_packs_say() {
    let hash = |text: &str| compile(&[source("any name", text)]).unwrap().content_hash();
    let written = BASE.replace("version = \"3\"", "version='3' # three");
    assert_eq!(hash(BASE), hash(&written));
    assert_ne!(hash(BASE), hash(&BASE.replace("count = 2", "count = 3")));
}

#[test]
fn a_pack_that_is_extended_without_a_version_is_warned_about() {
    let rules = compile(&[
        source("base.toml", BASE),
        source(
            "o.toml",
            "[pack]\nname = \"o\"\nversion = \"1\"\nextends = [\"base\"]\n",
        ),
    ])
    .unwrap();
    let shown = rules.warnings().to_string();
    assert!(
        shown.starts_with("warning: `base` is extended in whatever version"),
        "{shown}"
    );
    assert!(
        shown.contains("o.toml:4:12") && shown.contains("pin it: `base@3`"),
        "{shown}"
    );
    assert!(sound("").warnings().is_empty());
}

#[test]
fn rules_have_names_of_their_own() {
    let entry = "[[dataset]]\nselect = { table = \"t\", column = \"c\" }\n";
    let mask = "set = { detectors = \"lot\", mask = { operator = \"null\" } }\n";
    let whole = "set = { entity = \"W\" }\n";
    let rules = sound(&format!(
        "{entry}{mask}{entry}{whole}{entry}{mask}{entry}{whole}"
    ));
    let mut names: Vec<&str> = rules
        .rules()
        .iter()
        .map(|rule| rule.name.as_str())
        .collect();
    names.sort_unstable();
    let expected = [
        "*.*.t.c",
        "*.*.t.c #2",
        "lot",
        "lot/*.*.t.c",
        "lot/*.*.t.c #2",
        "ticket",
    ];
    assert_eq!(names, expected);
    let overruled = rules.warnings().to_string();
    assert!(
        overruled.contains("never decides") && overruled.contains("over.toml:8:1"),
        "{overruled}"
    );
}

/// The pack of the design, but for its header, the detector that it allows values of, and a number that its
/// pattern does not match.
#[test]
fn the_pack_of_the_design_compiles_and_does_what_it_says() {
    let rules = compile(&[source(
        "design.toml",
        r#"
[pack]
name = "design"
version = "1"

[[detector]]
name = "email"
entity = "EMAIL"
class = "distinctive"
match = ['[a-z.]+@[a-z]+\.example']
[detector.examples]
mask = ["jane@acme.example"]

[[detector]]
name     = "credit-card"
entity   = "CREDIT_CARD"
class    = "checksum"                     # distinctive | checksum | format | semantic
match    = ['[2-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}']
boundary = "digit"                        # no digit may touch the match; also: word, whole-field
validate = ["iin", "luhn"]                # all must pass
chance   = 0.02                           # checked by `rules eval --chance`
mask     = { operator = "keep-last", count = 4 }

[detector.context]
columns     = ["card_no", "card_number", "pan", "cc_num"]     # whole tokens, snake and camel case
not_columns = ["gtin", "ean", "trace", "epoch", "ts_ms"]
words       = { any = ["card", "visa"], before = 40, after = 10 }   # inside text and JSON
types       = ["text", "varchar", "bpchar", "numeric", "int8", "json", "jsonb"]
required    = false                        # true: never fires on a value alone

[detector.examples]
pass = ["1748503543012", "00012345600012", { column = "gtin", value = "04012345123456" }]
mask = ["4111 1111 1111 1111", "2223003122003222", { column = "pan", value = "4234567890123456" }]

[[allow]]
detector = "email"
suffix   = ["@acme.example"]
datasets = ["shop.public.staff"]
reason   = "role addresses"               # required; unused entries are reported
expires  = 2027-06-30

[[dataset]]
select = { database = "shop", table = "customer", column = ["first_name", "last_name"] }
set    = { entity = "PERSON", mask = { operator = "pseudonym", kind = "first-name" } }

[[dataset]]
select = { type = ["jsonb"], path = "$.user.email" }
set    = { entity = "EMAIL", mask = { operator = "email-keep-domain" } }

[[dataset]]
select = { database = "shop", table = "notes", column = "body" }
mode   = "shadow"                          # enforce | shadow | off
"#,
    )]);
    let rules = rules.unwrap_or_else(|wrong| panic!("{wrong}"));
    for (at, text, new) in [
        (
            "shop.public.staff.contact",
            "ops@acme.example",
            "ops@acme.example",
        ),
        (
            "shop.public.other.contact",
            "ops@acme.example",
            "****************",
        ),
        (
            "shop.public.notes.body",
            "ops@acme.example",
            "ops@acme.example",
        ),
        (
            "shop.public.notes.title",
            "pan 4111 1111 1111 1111",
            "pan **** **** **** 1111",
        ),
    ] {
        assert_eq!(value(&rules, at, text), new, "{at}");
    }
    let whole = rules
        .effective(&column("shop.public.customer.last_name"))
        .decision;
    assert!(matches!(whole, Decision::Masked(rule) if rule.entity == "PERSON"));
}

#[test]
fn a_detector_that_is_silent_in_text_finds_by_words_where_it_is_not() {
    let word = BASE.replace("chance = 0.1", "chance = 0.1\nthreshold = 1.0\n");
    let word = word.replace("mask = [\"12345674\", ", "mask = [");
    let typed = BASE.replace(
        "[detector.context]\n",
        "[detector.context]\ntypes = [\"varchar\"]\nrequired = true\n",
    );
    let typed = typed.replace(
        "mask = [\"12345674\", { column = \"lot_no\", value = \"12345678\" }]",
        "mask = [{ value = \"lot 12345674\", type = \"varchar\" }]",
    );
    let overlay = "[pack]\nname = \"o\"\nversion = \"1\"\n\
                   [[dataset]]\nselect = { table = \"t\" }\nset = { threshold = 0.95 }\n";
    let lowered = compile(&[source("base.toml", &word), source("o.toml", overlay)]);
    let lowered = lowered.unwrap_or_else(|wrong| panic!("{wrong}"));
    assert_eq!(value(&lowered, "d.s.t.c", "lot 12345674"), "lot ********");
    assert_eq!(value(&lowered, "d.s.u.c", "lot 12345674"), "lot 12345674");
    let typed = compile(&[source("base.toml", &typed)]).unwrap_or_else(|wrong| panic!("{wrong}"));
    for (type_name, new) in [("varchar", "lot ********"), ("text", "lot 12345674")] {
        let name = ColumnName {
            type_name,
            ..column("d.s.t.c")
        };
        assert_eq!(masked(&typed, &name, "lot 12345674").0, new, "{type_name}");
    }
}
