//! Tags and paths: what they select, and what goes before them.

use super::*;

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
