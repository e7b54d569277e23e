//! Guard packs on a real PostgreSQL: sequences of statements of which most really destroy a table's rows.
//!
//! Judged by the table's contents and not by error texts. Each sequence is first played directly, where it
//! must do what the corpus says of it: otherwise it shows nothing.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::net::SocketAddr;

use serde::Deserialize;
use wiremask_tests::frontend::{bind, execute, function_call, parse, query, sync};
use wiremask_tests::{Cluster, ClusterOptions, Gateway, GatewayOptions, Wire, repository};

const GUARDS: &str = r#"
[policy]
policies = ["allow-all", "read-only", "no-destructive-ddl", "no-unbounded-write", "no-server-escape", "no-identity-change", "one-statement"]
"#;

/// Sequences of the corpus that destroy nothing here: a text that lost its bytes on the way into JSON (ours
/// below have them), and a program that would look for a server at its usual place.
const HARMLESS_HERE: [&str; 2] = [
    "GBK client: 0x5c trail byte",
    "copy from program (superuser)",
];

#[derive(Deserialize)]
struct Case {
    name: String,
    steps: Vec<Step>,
    destroys: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Step {
    Simple(String),
    By(String, String),
}

fn corpus(file: &str) -> Vec<Case> {
    let path = repository().join("tests/corpus/guardrails").join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Makes the table anew and takes away what a sequence left.
fn reset(cluster: &Cluster) {
    let mut wire = Wire::connect(cluster.address()).unwrap();
    wire.start("postgres", "postgres", "").unwrap();
    let made = wire.query(
        "drop schema if exists sh cascade; drop table if exists victim, v9 cascade; \
         drop function if exists public.fc; drop role if exists throwaway; \
         create table victim (id int); insert into victim select generate_series(1, 10)",
    );
    assert!(made.unwrap().iter().all(|message| message.tag != b'E'));
}

/// Is the table as it was?
fn is_whole(cluster: &Cluster) -> bool {
    let mut wire = Wire::connect(cluster.address()).unwrap();
    wire.start("postgres", "postgres", "").unwrap();
    let answer = wire.query("select count(*) = 10 and sum(id) = 55 from public.victim");
    answer.unwrap().iter().any(|message| {
        message.tag == b'D'
            && message
                .fields()
                .is_ok_and(|fields| fields == [Some(&b"t"[..])])
    })
}

/// Plays a sequence in one session. Returns the SQLSTATEs of its errors; `closed` if the session was ended.
fn play(address: SocketAddr, steps: &[Vec<u8>], readies: &[usize]) -> Vec<String> {
    let mut wire = Wire::connect(address).unwrap();
    wire.start("postgres", "postgres", "").unwrap();
    let mut errors = Vec::new();
    for (bytes, readies) in steps.iter().zip(readies) {
        if wire.send(bytes).is_err() {
            errors.push("closed".to_owned());
            return errors;
        }
        for _ in 0..*readies {
            let Ok(answer) = wire.until_ready() else {
                errors.push("closed".to_owned());
                return errors;
            };
            let failed = answer.iter().filter(|message| message.tag == b'E');
            errors.extend(failed.map(|m| m.field(b'C').unwrap_or_default().to_owned()));
        }
    }
    errors
}

/// The bytes of a step, and how many times the server gets ready for another one behind it.
fn bytes_of(step: &Step, cluster: &Cluster) -> (Vec<u8>, usize) {
    let extended = |name: &str, sql: &str| {
        [
            parse(name, sql),
            bind("", name, &[], &[]),
            execute("", 0),
            sync(),
        ]
        .concat()
    };
    match step {
        Step::Simple(sql) => (query(sql.trim_end_matches('\0')), 1),
        Step::By(how, sql) => match how.as_str() {
            "ext" => (extended("", sql), 1),
            "extnamed" => (
                [
                    parse("n", sql),
                    sync(),
                    bind("", "n", &[], &[]),
                    execute("", 0),
                    sync(),
                ]
                .concat(),
                2,
            ),
            "pipe" => (
                [
                    extended("", "select 1"),
                    query(sql),
                    extended("", "select 2"),
                ]
                .concat(),
                3,
            ),
            "fcall" => (function_call(oid_of(cluster, sql), &[]), 1),
            other => panic!("the corpus has a new kind of step: {other}"),
        },
    }
}

/// The OID of a function, or 1 where a guard kept it from being made.
fn oid_of(cluster: &Cluster, function: &str) -> u32 {
    let mut wire = Wire::connect(cluster.address()).unwrap();
    wire.start("postgres", "postgres", "").unwrap();
    let answer = wire
        .query(&format!("select to_regproc('{function}')::oid"))
        .unwrap();
    let row = answer.iter().find(|message| message.tag == b'D').unwrap();
    let value = row.fields().unwrap()[0].map(|text| String::from_utf8(text.to_vec()).unwrap());
    value.map_or(1, |text| text.parse().unwrap())
}

#[test]
fn nothing_is_destroyed_under_the_guard_packs() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let options = GatewayOptions {
        more: GUARDS,
        ..GatewayOptions::default()
    };
    let gateway = Gateway::start(cluster.address(), &options).unwrap();
    let mut wrong = Vec::new();
    let cases: Vec<Case> = ["shared.json", "ours.json"]
        .into_iter()
        .flat_map(corpus)
        .collect();
    for case in &cases {
        let steps = || case.steps.iter().map(|step| bytes_of(step, &cluster));
        reset(&cluster);
        // Step by step, for the OID of a function is known only once it is made.
        for step in &case.steps {
            let (bytes, readies) = bytes_of(step, &cluster);
            if case.steps.len() == 1 {
                play(cluster.address(), &[bytes], &[readies]);
            }
        }
        if case.steps.len() > 1 {
            let (bytes, readies): (Vec<_>, Vec<_>) = if case.steps.iter().any(is_call) {
                play(
                    cluster.address(),
                    &[bytes_of(&case.steps[0], &cluster).0],
                    &[1],
                );
                steps().skip(1).unzip()
            } else {
                steps().unzip()
            };
            play(cluster.address(), &bytes, &readies);
        }
        let harmless = HARMLESS_HERE.contains(&case.name.as_str());
        if is_whole(&cluster) == (case.destroys && !harmless) {
            wrong.push(format!("{}: the corpus is wrong about it", case.name));
        }
        reset(&cluster);
        let (bytes, readies): (Vec<_>, Vec<_>) = steps().unzip();
        let errors = play(gateway.address(), &bytes, &readies);
        if !is_whole(&cluster) {
            wrong.push(format!("{}: DESTROYED, errors {errors:?}", case.name));
        }
        if !errors
            .iter()
            .any(|code| code == "42501" || code == "closed")
        {
            wrong.push(format!("{}: ALLOWED, errors {errors:?}", case.name));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

fn is_call(step: &Step) -> bool {
    matches!(step, Step::By(how, _) if how == "fcall")
}

#[test]
fn text_that_another_encoding_reads_otherwise_destroys_nothing() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let options = GatewayOptions {
        more: GUARDS,
        ..GatewayOptions::default()
    };
    let gateway = Gateway::start(cluster.address(), &options).unwrap();
    // The second byte of each character is a backslash, which the server does not take for one.
    for (encoding, lead) in [("sjis", 0x83_u8), ("gbk", 0xbf), ("big5", 0xa5)] {
        let raw = [
            &b"select E'"[..],
            &[lead],
            b"\\'; delete from victim; --'\0",
        ]
        .concat();
        let steps = [
            query(&format!("set client_encoding = {encoding}")),
            wiremask_tests::frontend::message(b'Q', &raw),
        ];
        // In one go, so that nobody has been told of the new encoding when the text comes.
        let at_once = [steps.concat()];
        for address in [cluster.address(), gateway.address()] {
            for (steps, readies) in [(&steps[..], &[1, 1][..]), (&at_once[..], &[2][..])] {
                reset(&cluster);
                let errors = play(address, steps, readies);
                assert_eq!(
                    is_whole(&cluster),
                    address == gateway.address(),
                    "{encoding}: {errors:?}"
                );
            }
        }
    }
}

#[test]
fn texts_without_measure_are_refused_and_end_nothing() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let options = GatewayOptions {
        more: GUARDS,
        ..GatewayOptions::default()
    };
    let mut gateway = Gateway::start(cluster.address(), &options).unwrap();
    reset(&cluster);
    let nested = |open: &str, close: &str, depth: usize| {
        format!("select {}1{}", open.repeat(depth), close.repeat(depth))
    };
    let texts = [
        nested("(", ")", 100_000),
        nested("(select ", ")", 90),
        nested("case when true then ", " end", 90),
        nested("not ", "", 50_000),
        nested("array[", "]", 95),
        format!("select 1{}", " union select 1".repeat(99)),
        format!("select 'a'{}", " || 'a'".repeat(95)),
        format!("select 1 where {}", vec!["1 = 1"; 20_000].join(" and ")),
        format!("/*{}*/ drop table victim", " ".repeat(2_000_000)),
        format!("{} drop table victim", "/*".repeat(50_000)),
        format!("{}drop table victim", ";".repeat(200_000)),
    ];
    for text in &texts {
        let answered = play(gateway.address(), &[query(text)], &[1]);
        assert!(gateway.alive(), "{}…", &text[..40]);
        assert!(is_whole(&cluster), "{}…: {answered:?}", &text[..40]);
    }
    let fine = play(
        gateway.address(),
        &[query("select count(*) from victim")],
        &[1],
    );
    assert!(fine.is_empty(), "{fine:?}");
}
