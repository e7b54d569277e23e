//! The built-in packs: what they must hold, what they must leave alone, and how often they are wrong
//! by chance.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a test; the rates that it measures are part of its result"
)]

mod chance;
mod innocent;
mod random;
mod shape;

use wiremask_rules::{
    ColumnContext, CompileOptions, FieldRef, Keys, Match, PackSource, Ruleset, Scratch, builtin,
    builtin_names,
};

/// The packs of the issue, without the starter pack that they replace.
fn names() -> Vec<&'static str> {
    builtin_names().filter(|name| *name != "starter").collect()
}

fn compile(names: &[&str], examples: bool) -> Ruleset {
    let sources: Vec<PackSource> = names
        .iter()
        .map(|name| PackSource {
            name: (*name).to_owned(),
            text: builtin(name).unwrap().to_owned(),
        })
        .collect();
    let options = CompileOptions {
        examples,
        ..CompileOptions::default()
    };
    match Ruleset::compile(&sources, &Keys::from_secret("test", b"packs"), options) {
        Ok(ruleset) => ruleset,
        Err(diagnostics) => panic!("{names:?}: {diagnostics}"),
    }
}

/// The names of the rules that find something in a value.
fn found(
    ruleset: &Ruleset,
    scratch: &mut Scratch,
    column: &str,
    ty: &str,
    value: &str,
) -> Vec<String> {
    let set = ruleset.detector_set(&ColumnContext {
        name: column,
        type_name: ty,
    });
    let end = u32::try_from(value.len()).unwrap();
    let mut matches: Vec<Match> = Vec::new();
    ruleset.scan(
        scratch,
        value.as_bytes(),
        &[FieldRef { start: 0, end, set }],
        &mut matches,
    );
    let name = |found: &Match| ruleset.rules()[found.rule.index()].name.clone();
    matches.iter().map(name).collect()
}

#[test]
fn every_pack_compiles_alone_with_its_examples() {
    for name in builtin_names() {
        assert!(!compile(&[name], true).rules().is_empty(), "{name}");
    }
}

#[test]
fn all_packs_compile_together_with_their_examples() {
    let all: Vec<&str> = builtin_names().collect();
    assert!(compile(&all, true).rules().len() > 450);
}

#[test]
fn no_detector_of_any_pack_is_slow() {
    let ruleset = compile(&names(), false);
    let slow: Vec<_> = ruleset
        .scan_plan()
        .iter()
        .filter_map(|plan| plan.warning.as_ref())
        .collect();
    assert!(slow.is_empty(), "{slow:#?}");
}
