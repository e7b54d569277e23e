#![allow(clippy::unwrap_used)]
use super::*;

fn load(text: &str) -> Result<PolicySet, Diagnostics> {
    PolicySet::load(&[PolicySource {
        name: "x.cedar".to_owned(),
        text: text.to_owned(),
    }])
}

/// What is reported: "line:column message / help".
fn errors(text: &str) -> Vec<String> {
    let all = load(text).expect_err(text);
    let tell = |d: &wiremask_rules::diagnostics::Diagnostic| {
        let help = d.help.clone().unwrap_or_default();
        format!("{}:{} {} / {help}", d.line, d.column, d.message)
    };
    all.iter().map(tell).collect()
}

#[test]
fn mistakes_are_told_with_place_and_remedy() {
    let mut wrong = Vec::new();
    for (text, place, message) in [
        (
            "permit(principal, action, resource)",
            "1:36",
            "unexpected end of input",
        ),
        (
            "@id(\"a\")\npermit(principal, action == Action::\"selec\", resource);",
            "2:29",
            "did you mean `Action::\"select\"`",
        ),
        (
            "@id(\"a\")\npermit(principal, action == Action::\"select\", resource)\nwhen { context.has_wher };",
            "3:8",
            "has_wher",
        ),
        (
            "\n\npermit(principal, action == Action::\"select\", resource);",
            "3:1",
            "has no id",
        ),
        (
            "@id(\"a b\") permit(principal, action == Action::\"select\", resource);",
            "1:5",
            "label",
        ),
        (
            "@id(\"no-permit\") forbid(principal, action == Action::\"select\", resource);",
            "1:5",
            "without a policy",
        ),
        (
            "@id(\"a\") @resaon(\"x\") forbid(principal, action == Action::\"select\", resource);",
            "1:10",
            "did you mean `reason`",
        ),
        (
            "@id(\"a\") @mode(\"off\") forbid(principal, action == Action::\"select\", resource);",
            "1:10",
            "no mode",
        ),
        (
            "@id(\"a\") @sqlstate(\"00000\") forbid(principal, action == Action::\"select\", resource);",
            "1:10",
            "SQLSTATE",
        ),
        (
            "@id(\"a\") permit(principal, action, resource);",
            "1:1",
            "unmask every column",
        ),
        (
            "@id(\"a\") permit(principal, action == Action::\"select\", resource == Table::\"public.t\");",
            "1:75",
            "names no table",
        ),
        (
            "@id(\"a\") forbid(principal, action == Action::\"select\", resource) when { context.kinds.contains(\"delte\") };",
            "1:96",
            "did you mean `delete`",
        ),
        (
            "@id(\"a\") forbid(principal, action == Action::\"select\", resource) unless { context.approved_by.isEmpty() };",
            "1:83",
            "nobody could be asked",
        ),
        (
            "@id(\"a\") forbid(principal, action, resource) when { context.statements > 1 };",
            "1:53",
            "which knows little",
        ),
    ] {
        let told = errors(text);
        if !told
            .iter()
            .any(|t| t.starts_with(&format!("{place} ")) && t.contains(message))
        {
            wrong.push(format!("{text}\nexpected {place} {message}\n{told:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_id_is_given_once() {
    let policy = r#"@id("a") forbid(principal, action == Action::"lock", resource);"#;
    let told = errors(&format!("{policy}\n{policy}"));
    assert_eq!(
        told,
        ["2:5 the id `a` is given twice / x.cedar has it already"]
    );
    let base =
        errors(r#"@id("not-understood") forbid(principal, action == Action::"lock", resource);"#);
    assert!(base[0].contains("always there"), "{base:?}");
}

#[test]
fn all_mistakes_of_all_files_are_told_in_one_run() {
    let source = |name: &str, text: &str| PolicySource {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let error = PolicySet::load(&[
        source("a.cedar", "permit(;"),
        source(
            "b.cedar",
            "@id(\"x\") forbid(principal, action == Action::\"nothing\", resource);",
        ),
    ])
    .unwrap_err()
    .to_string();
    assert!(
        error.contains("a.cedar:1:") && error.contains("b.cedar:1:"),
        "{error}"
    );
    assert!(error.contains('^'), "{error}");
}

#[test]
fn a_source_has_a_limit() {
    let told = errors(&" ".repeat(POLICY_SIZE_MAX + 1));
    assert!(told[0].contains("1048577 bytes"), "{told:?}");
}

#[test]
fn the_hash_is_of_the_texts() {
    let hash = |text: &str| load(text).unwrap().content_hash().to_owned();
    let text = r#"@id("a") forbid(principal, action == Action::"lock", resource);"#;
    assert_eq!(hash(text), hash(text));
    assert_ne!(hash(text), hash(""));
    assert_eq!(hash(text).len(), 64);
}

#[test]
fn templates_are_no_policies() {
    let told = errors(
        r#"@id("a") permit(principal == ?principal, action == Action::"select", resource);"#,
    );
    assert!(
        told[0].contains("slot") || told[0].contains("template"),
        "{told:?}"
    );
}

#[test]
fn policies_in_comments_and_strings_are_none() {
    let set = load(
        "// permit(principal, action, resource);\n@id(\"a\") @reason(\"; permit(\")\nforbid(principal, action == Action::\"lock\", resource); // x;\n",
    )
    .unwrap();
    assert_eq!(set.list().filter(|listed| listed.rule.id == "a").count(), 1);
    assert_eq!(set.list().count(), 3);
}
