#![allow(clippy::unwrap_used)]
use super::*;
use crate::{PolicySource, builtin, builtin_names};

fn load(text: &str) -> PolicySet {
    let source = PolicySource {
        name: "x.cedar".to_owned(),
        text: text.to_owned(),
    };
    PolicySet::load(&[source]).unwrap_or_else(|error| panic!("{error}"))
}

fn messages(policies: &PolicySet, known: Option<&Known>) -> Vec<String> {
    let all = policies.lint(known);
    all.iter()
        .map(|d| format!("{}: {}", d.line, d.message))
        .collect()
}

/// One permit that is alive, and what is looked at.
fn lint(text: &str) -> Vec<String> {
    let permit = r#"@id("all") permit(principal, action in Action::"statement", resource);"#;
    messages(&load(&format!("{permit}\n{text}")), None)
}

#[test]
fn policies_that_can_never_act_are_told() {
    for (text, expected) in [
        (
            r#"@id("x") @reason("r") forbid(principal, action in Action::"statement", resource) when { 1 > 2 };"#,
            "`x` can never act",
        ),
        (
            r#"@id("x") @reason("r") forbid(principal, action == Action::"delete", resource is Schema);"#,
            "`x` can never act: its actions",
        ),
        (
            r#"@id("x") @reason("r") forbid(principal, action == Action::"delete", resource)
               when { resource is Database };"#,
            "`x` can never act: its conditions",
        ),
        (
            r#"@id("x") @reason("r") forbid(principal, action in Action::"statement", resource);"#,
            "`x` forbids everything",
        ),
    ] {
        let told = lint(text);
        assert!(
            told.iter().any(|m| m.contains(expected)),
            "{text}: {told:?}"
        );
    }
}

#[test]
fn permits_that_are_forbidden_wholly_are_told() {
    let told = lint(
        r#"@id("narrow") permit(principal in Group::"g", action == Action::"select", resource == Column::"c.d.s.t.x") when { context.read_only };
           @id("wall") @reason("r") forbid(principal in Group::"g", action in Action::"read", resource in Schema::"c.d.s");"#,
    );
    let expected = "2: `narrow` can never act: `wall` forbids all that it permits";
    assert_eq!(told, [expected]);
    let apart = lint(
        r#"@id("other") permit(principal in Group::"h", action == Action::"unmask", resource in Table::"c.d.s.t");
           @id("wall") @reason("r") forbid(principal in Group::"g", action in Action::"read", resource in Schema::"c.d.s");"#,
    );
    assert_eq!(apart, [""; 0]);
}

#[test]
fn a_condition_can_bury_a_permit() {
    let told = lint(
        r#"@id("narrow") permit(principal, action == Action::"copy_to", resource) when { context.statements > 3 };
           @id("wall") @reason("r") forbid(principal, action in Action::"read", resource) when { context.statements > 1 };"#,
    );
    assert!(
        told[0].contains("`narrow` can never act: `wall`"),
        "{told:?}"
    );
}

#[test]
fn repetitions_are_told_once() {
    let policy = |id| {
        format!(
            r#"@id("{id}") @reason("r") forbid(principal, action == Action::"lock", resource);"#
        )
    };
    let told = lint(&format!("{}\n{}", policy("a"), policy("b")));
    assert_eq!(told, ["3: `b` never matters: `a` says all that it says"]);
}

#[test]
fn names_that_nobody_has_are_told() {
    let policies = load(
        r#"@id("a") permit(principal in Group::"analists", action == Action::"select", resource in Database::"main.shop");
           @id("b") @reason("r") forbid(principal == User::"ann", action == Action::"select", resource in Database::"old.shop")
           unless { context.approved_by.contains("dba") };"#,
    );
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let known = Known {
        users: set(&["ann"]),
        groups: set(&["analysts"]),
        connections: set(&["main"]),
        ..Known::default()
    };
    let told = policies.lint(Some(&known));
    let text = told.to_string();
    assert!(text.contains("did you mean `analysts`?"), "{text}");
    assert!(text.contains("no connection `old`"), "{text}");
    assert!(text.contains("no group that could approve `dba`"), "{text}");
    assert_eq!(told.iter().count(), 3, "{text}");
}

#[test]
fn built_in_policies_are_clean_side_by_side() {
    let sources: Vec<PolicySource> = builtin_names()
        .filter(|name| !["analyst", "sample-shop"].contains(name))
        .map(|name| PolicySource {
            name: name.to_owned(),
            text: builtin(name).unwrap().to_owned(),
        })
        .collect();
    let policies = PolicySet::load(&sources).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(messages(&policies, None), [""; 0]);
}

#[test]
fn the_sample_is_clean() {
    let policies = load(builtin("sample-shop").unwrap());
    assert_eq!(messages(&policies, None), [""; 0]);
}

#[test]
fn what_permits_nothing_is_told() {
    let told = messages(
        &load(r#"@id("x") @reason("r") forbid(principal, action == Action::"lock", resource);"#),
        None,
    );
    assert_eq!(told, ["1: no policy permits anything"]);
}
