//! `wiremask rules …` on files and on a live database: what is decided, and no value anywhere.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use wiremask_tests::{Cluster, ClusterOptions};

/// Part of every value that no report may hold.
const CANARY: &str = "canaria";

fn wiremask(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiremask"));
    command.arg("rules").args(arguments).output().unwrap()
}

/// What a command prints; it succeeds, and neither stream holds a value.
fn told(arguments: &[&str]) -> String {
    let output = wiremask(arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for stream in [&text, &errors] {
        assert!(
            !stream.to_lowercase().contains(CANARY),
            "{arguments:?}: {stream}"
        );
    }
    text
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&told(arguments)).unwrap()
}

/// A table of customers and one of products, with labels beside them.
fn write_tables(folder: &Path) {
    let mut customers = "id,full_name,mail,gtin,note\n".to_owned();
    let mut products = "sku,name\n".to_owned();
    for row in 0..120 {
        let first = ["Anna", "Jan", "Maria", "Peter", "Lucia", "Hans"][row % 6];
        let _ = writeln!(
            customers,
            "{row},{first} Canaria,canaria{row}@mail.example,{},nothing to see {row}",
            4_006_381_333_000 + 7 * row
        );
        let _ = writeln!(products, "CANARIA-{row:05},Canaria steel chair {row}");
    }
    fs::write(folder.join("customer.csv"), customers).unwrap();
    fs::write(folder.join("product.csv"), products).unwrap();
    let labels = "table,column,entity\ncustomer,id,\ncustomer,full_name,PERSON\ncustomer,mail,EMAIL_ADDRESS\ncustomer,gtin,\nproduct,sku,\nproduct,name,\n";
    fs::write(folder.join("labels.csv"), labels).unwrap();
}

fn verdict(report: &Value, column: &str) -> (String, String) {
    let columns = report["columns"].as_array().unwrap();
    let found = columns
        .iter()
        .find(|found| found["column"] == column)
        .unwrap();
    let text = |key: &str| found[key].as_str().unwrap().to_owned();
    (text("verdict"), text("entity"))
}

#[test]
fn files_are_scanned_and_no_value_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write_tables(folder.path());
    let source = folder.path().to_str().unwrap();
    let page = folder.path().join("scan.html");
    let report = json(&[
        "scan",
        source,
        "--pack",
        "starter",
        "--format",
        "json",
        "--html",
        page.to_str().unwrap(),
    ]);
    assert_eq!(
        verdict(&report, "full_name"),
        ("mask".to_owned(), "PERSON".to_owned())
    );
    assert_eq!(
        verdict(&report, "mail"),
        ("mask".to_owned(), "EMAIL_ADDRESS".to_owned())
    );
    for column in ["id", "gtin", "sku", "name"] {
        assert_ne!(verdict(&report, column).0, "mask", "{column}");
    }
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("<svg") && !page.to_lowercase().contains(CANARY));
    let table = told(&["scan", source, "--pack", "starter", "--all"]);
    assert!(
        table.contains("customer.mail") && table.contains("7 columns"),
        "{table}"
    );
    let revealed = wiremask(&["scan", source, "--pack", "starter", "--reveal"]);
    assert!(
        String::from_utf8_lossy(&revealed.stdout)
            .to_lowercase()
            .contains(CANARY)
    );
}

#[test]
fn the_overlay_is_usable_and_evaluates_well() {
    let folder = tempfile::tempdir().unwrap();
    write_tables(folder.path());
    let source = folder.path().to_str().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    told(&[
        "suggest",
        source,
        "--pack",
        "starter",
        "--name",
        "shop",
        "--out",
        &at("shop.toml"),
    ]);
    let overlay = fs::read_to_string(at("shop.toml")).unwrap();
    assert!(
        overlay.contains("extends = [\"starter@1\"]") && !overlay.to_lowercase().contains(CANARY),
        "{overlay}"
    );
    told(&["lint", "--pack", &at("shop.toml")]);
    let shown = told(&[
        "show",
        "--pack",
        &at("shop.toml"),
        "--effective",
        "customer.full_name",
    ]);
    assert!(shown.contains("PERSON"), "{shown}");
    let changes = json(&[
        "diff",
        "starter",
        &at("shop.toml"),
        &at("customer.csv"),
        "--format",
        "json",
    ]);
    let changed: Vec<&str> = changes
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["column"].as_str().unwrap())
        .collect();
    assert!(changed.contains(&"full_name"), "{changed:?}");

    let labels = at("labels.csv");
    let evaluated = told(&[
        "eval",
        &labels,
        "--pack",
        "starter",
        "--overlay",
        &at("shop.toml"),
        "--format",
        "json",
    ]);
    let report: Value = serde_json::from_str(&evaluated).unwrap();
    let with = &report["evaluations"][1];
    assert_eq!(
        (with["leaks"].as_u64(), with["type_breaks"].as_u64()),
        (Some(0), Some(0)),
        "{with}"
    );
    assert_eq!(with["named"]["rate"].as_f64(), Some(1.0));
    assert_eq!(with["over_masked"]["hits"].as_u64(), Some(0));

    fs::write(at("eval.json"), &evaluated).unwrap();
    told(&[
        "ratchet",
        &at("eval.json"),
        "--counts",
        &at("ratchet.json"),
        "--update",
    ]);
    let held = told(&[
        "ratchet",
        &at("eval.json"),
        "--counts",
        &at("ratchet.json"),
        "--format",
        "junit",
    ]);
    assert!(held.contains("failures=\"0\""), "{held}");
    let worse = evaluated.replace("\"leaks\": 0", "\"leaks\": 1");
    fs::write(at("worse.json"), worse).unwrap();
    let output = wiremask(&[
        "ratchet",
        &at("worse.json"),
        "--counts",
        &at("ratchet.json"),
    ]);
    assert!(!output.status.success());
}

#[test]
fn examples_pass_in_every_scanner_and_mistakes_have_places() {
    let results = told(&["test", "--pack", "starter", "--format", "junit"]);
    assert!(
        results.contains("failures=\"0\"") && results.contains("portable"),
        "{results}"
    );
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("wrong.toml");
    fs::write(
        &pack,
        "[pack]\nname = \"w\"\nversion = \"1\"\n[[detector]]\nname = \"x\"\n",
    )
    .unwrap();
    let output = wiremask(&[
        "lint",
        "--pack",
        pack.to_str().unwrap(),
        "--format",
        "sarif",
    ]);
    assert!(!output.status.success());
    let sarif: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(
        results
            .iter()
            .any(|result| result["locations"][0]["physicalLocation"]["region"]["startLine"] == 4),
        "{sarif}"
    );
}

#[test]
fn explanations_name_places_and_no_value() {
    let text = told(&[
        "explain",
        "--pack",
        "starter",
        "--column",
        "note",
        "write to canaria@mail.example",
    ]);
    assert!(
        text.contains("9..29") && text.contains("EMAIL_ADDRESS"),
        "{text}"
    );
}

#[test]
fn events_say_what_a_rule_in_shadow_would_have_masked() {
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("p.toml");
    fs::write(
        &pack,
        "[pack]\nname = \"p\"\nversion = \"1\"\n[[dataset]]\nname = \"bodies\"\nselect = { column = \"body\" }\nmode = \"shadow\"\nset = { entity = \"TEXT\" }\n",
    )
    .unwrap();
    let events = folder.path().join("events.jsonl");
    fs::write(
        &events,
        "{\"event\":\"result_masked\",\"database\":\"shop\",\"rows\":2,\"rules\":[{\"rule\":\"bodies\",\"matches\":3},{\"rule\":\"other\",\"matches\":9}]}\n{\"event\":\"session_ended\"}\n",
    )
    .unwrap();
    let report = json(&[
        "shadow",
        events.to_str().unwrap(),
        "--pack",
        pack.to_str().unwrap(),
        "--format",
        "json",
    ]);
    assert_eq!(report[0]["rule"], "bodies");
    assert_eq!(report[0]["matches"], 3);
    assert_eq!(report.as_array().unwrap().len(), 1);

    let (events, pack) = (events.to_str().unwrap(), pack.to_str().unwrap());
    let promote = [
        "shadow",
        events,
        "--pack",
        pack,
        "--promote",
        "bodies",
        "--reason",
        "no complaint",
    ];
    let diff = told(&promote);
    assert!(
        diff.contains("\n-mode = \"shadow\"\n")
            && diff.contains("\n+mode = \"enforce\"\n")
            && diff.contains("after 3 matches in shadow mode: no complaint"),
        "{diff}"
    );
    assert!(fs::read_to_string(pack).unwrap().contains("shadow"));
    told(&[&promote[..], &["--out", pack]].concat());
    assert!(told(&["show", "--pack", pack]).contains("enforce"));
    let again = wiremask(&promote);
    assert!(
        !again.status.success()
            && String::from_utf8_lossy(&again.stderr)
                .contains("no rule `bodies` is in shadow mode")
    );
    assert!(
        !wiremask(&promote[..6]).status.success(),
        "a reason is needed"
    );
}

#[test]
fn a_detector_of_a_built_in_pack_is_promoted_by_an_overlay() {
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.jsonl");
    fs::write(&events, "{\"event\":\"session_ended\"}\n").unwrap();
    let out = folder.path().join("promoted.toml");
    let (events, out) = (events.to_str().unwrap(), out.to_str().unwrap());
    let shown = json(&["show", "--pack", "secrets", "--format", "json"]);
    let in_shadow = shown
        .as_array()
        .unwrap()
        .iter()
        .find(|rule| rule["mode"] == "shadow")
        .unwrap();
    let name = in_shadow["rule"].as_str().unwrap();
    told(&[
        "shadow",
        events,
        "--pack",
        "secrets",
        "--promote",
        name,
        "--reason",
        "a \"test\"",
        "--out",
        out,
    ]);
    let effective = json(&[
        "show",
        "--pack",
        "secrets",
        "--pack",
        out,
        "--effective",
        "t.c",
        "--format",
        "json",
    ]);
    let detectors = effective["detectors"].as_array().unwrap();
    let found = detectors
        .iter()
        .find(|detector| detector["detector"] == name)
        .unwrap();
    assert_eq!(found["mode"]["value"], "enforce");
}

#[test]
fn a_live_database_is_scanned_with_its_documents_comments_and_keys() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let url = format!("postgresql://postgres@{}/postgres", cluster.address());
    let table = "create schema shop; create table shop.person (id int primary key, x1 text unique, doc jsonb, flag bool);
        comment on column shop.person.x1 is 'login, wiremask:username';
        insert into shop.person select i, 'canaria' || i,
            jsonb_build_object('user', jsonb_build_object('email', 'canaria' || i || '@mail.example')), true
        from generate_series(1, 100) i; analyze shop.person";
    cluster.sql("postgres", table).unwrap();
    let report = json(&[
        "scan", &url, "--pack", "starter", "--schema", "shop", "--format", "json",
    ]);
    assert_eq!(
        verdict(&report, "x1"),
        ("mask".to_owned(), "USERNAME".to_owned())
    );
    assert_eq!(
        verdict(&report, "doc.$.user.email"),
        ("mask".to_owned(), "EMAIL_ADDRESS".to_owned())
    );
    assert_eq!(verdict(&report, "flag").0, "scan");
    let overlay = wiremask(&["suggest", &url, "--pack", "starter", "--schema", "shop"]);
    let text = String::from_utf8_lossy(&overlay.stdout);
    assert!(
        overlay.status.success() && text.contains("path = \"$.user.email\""),
        "{text}"
    );
    assert!(!text.contains(CANARY), "{text}");
    let warned = String::from_utf8_lossy(&overlay.stderr).into_owned();
    assert!(!warned.contains(CANARY), "{warned}");
}

#[test]
fn masks_of_keys_are_warned_of_and_suggestions_keep_joins() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let url = format!("postgresql://postgres@{}/postgres", cluster.address());
    let tables = "create table patient (ssn text primary key, login text, note text);
        create unique index on patient (login);
        create table visit (id int primary key, who text references patient);
        insert into patient select lpad((100 + i)::text, 3, '0') || '-' || (10 + i % 80) || '-' || (1000 + 7 * i),
            'canaria.' || i, 'x' from generate_series(1, 200) i;
        insert into visit select row_number() over (), ssn from patient; analyze";
    cluster.sql("postgres", tables).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let pack = "[pack]\nname = \"p\"\nversion = \"1\"\n\
        [[dataset]]\nselect = { table = \"patient\", column = \"ssn\" }\nset = { entity = \"US_SSN\", mask = { operator = \"keep-last\", count = 4 } }\n\
        [[dataset]]\nselect = { table = \"patient\", column = \"login\" }\nset = { entity = \"USERNAME\", mask = { operator = \"hash\", key = \"2025\" } }\n";
    fs::write(at("p.toml"), pack).unwrap();
    let lint = |source: &str| {
        json(&[
            "lint",
            "--pack",
            &at("p.toml"),
            "--source",
            source,
            "--format",
            "json",
        ])
    };
    let found = lint(&url);
    let expected = [
        (
            "key-uniqueness",
            4,
            "public.patient.ssn is a primary key, and under `keep-last` uniqueness is lossy",
        ),
        (
            "key-uniqueness",
            7,
            "public.patient.login is a unique index, and under `hash` uniqueness is not guaranteed",
        ),
        (
            "key-join",
            4,
            "public.visit.who refers to public.patient.ssn, which is masked, and shows the same values unmasked",
        ),
    ];
    for (check, line, message) in expected {
        let is = |finding: &&Value| {
            finding["check"] == check
                && finding["line"] == line
                && finding["message"].as_str().unwrap().starts_with(message)
        };
        assert!(
            found.as_array().unwrap().iter().any(|finding| is(&finding)),
            "{message}: {found}"
        );
    }
    let strict = wiremask(&[
        "lint",
        "--pack",
        &at("p.toml"),
        "--source",
        &url,
        "--strict",
    ]);
    assert!(!strict.status.success());

    let scan = told(&["scan", &url, "--pack", &at("p.toml"), "--format", "json"]);
    fs::write(at("scan.json"), &scan).unwrap();
    assert_eq!(lint(&at("scan.json")), found);
    let report: Value = serde_json::from_str(&scan).unwrap();
    // What would be written joins: both columns have one mask, which keeps values different.
    assert_eq!(
        verdict(&report, "who"),
        ("mask".to_owned(), "US_SSN".to_owned())
    );
    let told_of: Vec<&str> = report["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w["message"].as_str().unwrap())
        .collect();
    assert!(
        !told_of.iter().any(|message| message.contains("ssn")),
        "{told_of:?}"
    );

    let suggested = wiremask(&[
        "suggest",
        &url,
        "--pack",
        &at("p.toml"),
        "--name",
        "s",
        "--out",
        &at("s.toml"),
    ]);
    assert!(
        suggested.status.success(),
        "{}",
        String::from_utf8_lossy(&suggested.stderr)
    );
    let overlay = fs::read_to_string(at("s.toml")).unwrap();
    assert!(
        overlay.matches("{ operator = \"fpe\" }").count() >= 2 && !overlay.contains(CANARY),
        "{overlay}"
    );
    let after = json(&[
        "lint",
        "--pack",
        &at("p.toml"),
        "--pack",
        &at("s.toml"),
        "--source",
        &url,
        "--format",
        "json",
    ]);
    assert!(!after.to_string().contains("ssn"), "{after}");
}
