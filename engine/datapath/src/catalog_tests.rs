//! What the catalog promises.
#![allow(clippy::unwrap_used)]

use super::*;

fn rows(table: &[&[&str]]) -> Vec<Row> {
    table
        .iter()
        .map(|row| row.iter().map(|v| Some(v.as_bytes().to_vec())).collect())
        .collect()
}

/// Answers every query from a table of types.
fn load(catalog: &mut Catalog, types: &[&[&str]], labels: &[&[&str]], fields: &[&[&str]]) {
    while let Some(sql) = catalog.query() {
        let wanted = |row: &&&[&str], column: usize| sql.contains(row[column]);
        if sql.contains("FROM pg_catalog.pg_type t LEFT") {
            let found: Vec<_> = types.iter().filter(|r| wanted(r, 0)).copied().collect();
            catalog.answer(&rows(&found));
        } else if sql.contains("pg_enum") {
            let found: Vec<_> = labels.iter().filter(|r| wanted(r, 0)).copied().collect();
            catalog.answer(&rows(&found));
        } else if sql.contains("JOIN pg_catalog.pg_type t") {
            catalog.answer(&rows(if sql.contains("17000") { fields } else { &[] }));
        } else {
            catalog.answer(&[]);
        }
    }
}

#[test]
fn domains_composites_enums_and_ranges_resolve() {
    let mut catalog = Catalog::new();
    assert_eq!(catalog.type_of(17000), Known::NotYet);
    assert!(catalog.wanted());
    // A composite (17000) of a domain over text (17001), an array (17002) of an enum (17003).
    let types: &[&[&str]] = &[
        &["17000", "person", "c", "0", "18000", "0", ",", "0", "C"],
        &["17001", "short", "d", "0", "0", "25", ",", "0", "S"],
        &["17002", "_mood", "b", "17003", "0", "0", ",", "0", "A"],
        &["17003", "mood", "e", "0", "0", "0", ",", "0", "E"],
    ];
    let labels: &[&[&str]] = &[&["17003", "glad"], &["17003", "sad"]];
    load(
        &mut catalog,
        types,
        labels,
        &[&["18000", "17001"], &["18000", "17002"]],
    );
    let Known::Yes((ty, name)) = catalog.type_of(17000) else {
        panic!("not known")
    };
    assert_eq!(&*name, "person");
    let mood = Type::enumeration([&b"glad"[..], b"sad"]);
    assert_eq!(ty, Type::composite(vec![Type::Text, Type::array(mood)]));
    assert!(!catalog.wanted());
}

#[test]
fn what_is_not_found_is_unknown_until_the_database_changes() {
    let mut catalog = Catalog::new();
    assert_eq!(catalog.type_of(17000), Known::NotYet);
    load(&mut catalog, &[], &[], &[]);
    assert_eq!(catalog.type_of(17000), Known::No);
    assert!(!catalog.wanted());
    catalog.commit_seen();
    assert_eq!(catalog.type_of(17000), Known::NotYet);
    catalog.failed();
    assert!(catalog.take_failure() && !catalog.wanted() && !catalog.take_failure());
}

#[test]
fn a_type_that_refers_to_an_unknown_one_has_no_codec_there() {
    let mut catalog = Catalog::new();
    catalog.type_of(17002);
    load(
        &mut catalog,
        &[&["17002", "_x", "b", "17003", "0", "0", ",", "0", "A"]],
        &[],
        &[],
    );
    let Known::Yes((ty, _)) = catalog.type_of(17002) else {
        panic!("not known")
    };
    assert_eq!(ty, Type::array(Type::Opaque));
}

#[test]
fn builtin_types_need_no_lookup() {
    let mut catalog = Catalog::new();
    assert_eq!(catalog.type_of(25), Known::Yes((Type::Text, "text".into())));
    assert_eq!(
        catalog.type_of(1),
        Known::No,
        "an unknown OID of the system's range"
    );
    assert!(!catalog.wanted());
}

#[test]
fn a_session_that_waits_gets_its_answer_however_often_the_database_changes() {
    let mut catalog = Catalog::new();
    assert_eq!(catalog.relation(20000), Known::NotYet);
    let since = catalog.now();
    while let Some(sql) = catalog.query() {
        catalog.ddl_seen(); // other sessions do not rest
        let relation: &[&[&str]] = &[&["20000", "public", "t", "r"]];
        catalog.answer(&rows(if sql.contains("relname") {
            relation
        } else {
            &[]
        }));
        catalog.commit_seen();
    }
    assert_eq!(
        catalog.relation(20000),
        Known::NotYet,
        "for others it is old"
    );
    while let Some(sql) = catalog.query() {
        catalog.ddl_seen();
        let relation: &[&[&str]] = &[&["20000", "public", "t", "r"]];
        catalog.answer(&rows(if sql.contains("relname") {
            relation
        } else {
            &[]
        }));
    }
    catalog.waiting(Some(since));
    assert!(matches!(catalog.relation(20000), Known::Yes(_)));
    catalog.waiting(None);
    assert_eq!(catalog.relation(20000), Known::NotYet);
}
