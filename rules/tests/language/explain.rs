//! Explanations of values and the effective rules of columns.

use super::*;

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
