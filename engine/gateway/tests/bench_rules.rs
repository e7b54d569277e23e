//! `wiremask bench rules` on a file and on a live table: numbers for every detector, and no value anywhere.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::fs;
use std::process::{Command, Output};
use wiremask_tests::{Cluster, ClusterOptions};

const CANARY: &str = "ann.canary-7f3a@mail.example";

fn bench(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiremask"));
    let common = ["bench", "rules", "--seconds", "0.01", "--rows", "200"];
    let output = command.args(common).args(arguments).output().unwrap();
    for bytes in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(bytes).contains("canary"));
    }
    output
}

/// The findings of each detector that has some.
fn findings(output: &Output) -> Vec<(String, u64)> {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["rows"], 200);
    for scanner in report["scanners"].as_array().unwrap() {
        assert!(scanner["gib_per_second"].as_f64().unwrap() > 0.0);
    }
    let detectors = report["detectors"].as_array().unwrap();
    assert!(detectors.len() > 40);
    let found = detectors.iter().map(|detector| {
        let name = detector["name"].as_str().unwrap().to_owned();
        (name, detector["matches"].as_u64().unwrap())
    });
    found.filter(|(_, matches)| *matches > 0).collect()
}

#[test]
fn a_file_is_measured_and_nothing_of_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, page) = (folder.path().join("a.csv"), folder.path().join("a.html"));
    let row = format!("1,write to {CANARY},4111 1111 1111 1111\n");
    fs::write(&csv, format!("id,note,other\n{}", row.repeat(300))).unwrap();
    let (csv, page) = (csv.to_str().unwrap(), page.to_str().unwrap());
    let measured = bench(&["--sample", csv, "--html", page, "--json"]);
    let found = findings(&measured);
    assert!(found.contains(&("email".to_owned(), 200)), "{found:?}");
    assert!(
        found.contains(&("credit-card".to_owned(), 200)),
        "{found:?}"
    );
    let page = fs::read_to_string(page).unwrap();
    assert_eq!(page.matches("<svg").count(), 2);
    assert!(page.contains("credit-card") && page.contains("hyperscan"));
    assert!(!page.contains("canary") && !page.contains("4111"));
    assert!(
        !page.contains("http://") || page.matches("http://").count() == 2,
        "only SVG's name"
    );
}

#[test]
fn a_live_table_is_measured() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let rows = format!("select g, '{CANARY}' from generate_series(1, 300) g");
    let table =
        format!("create table public.people (id int, mail text); insert into people {rows}");
    cluster.sql("postgres", &table).unwrap();
    let url = format!("postgresql://postgres@{}/postgres", cluster.address());
    let measured = bench(&["--database", &url, "--table", "public.people", "--json"]);
    assert_eq!(findings(&measured), [("email".to_owned(), 200)]);
    let missing = bench(&["--database", &url, "--table", "public.canary"]);
    let told = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert_eq!(told, "the table cannot be read: SQLSTATE 42P01\n");
}

#[test]
fn mistakes_are_told_with_their_remedy() {
    let told = |arguments: &[&str]| {
        let output = bench(arguments);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let pack = told(&["--pack", "stater"]);
    let expected = "pack stater: entity not found; a name must be a built-in one or a path\n";
    assert_eq!(pack, expected);
    assert!(told(&["--table", "t"]).contains("--database"));
    let sample = told(&["--sample", "/nowhere/a.csv"]);
    assert_eq!(sample, "/nowhere/a.csv: entity not found\n");
}
