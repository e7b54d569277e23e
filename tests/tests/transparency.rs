//! With an empty policy, and with a rule that matches nothing, a client cannot tell the gateway from the server.
//!
//! One script of raw bytes is played directly and through the gateway, whole and in 1-byte pieces on both
//! sides; apart from process id and cancel key every byte that comes back must be the same.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use wiremask_tests::frontend::{
    bind, close, describe, execute, flush, message, parse, query, sync,
};
use wiremask_tests::{
    Chunks, Cluster, ClusterOptions, Forwarder, Gateway, GatewayOptions, Wire, parse as read,
};

const NOTHING: &str = r#"
[pack]
name = "nothing"
version = "1.0.0"

[[detector]]
name = "nothing"
entity = "NOTHING"
class = "distinctive"
match = ['wiremask-never-[0-9]{20}']
mask = { operator = "redact" }

[detector.examples]
mask = ["wiremask-never-01234567890123456789"]
pass = ["wiremask"]
"#;

/// What the client sends, and how many ReadyForQuery it then waits for.
fn script() -> Vec<(&'static str, Vec<u8>, usize)> {
    let copy_row = |text: &str| message(b'd', text.as_bytes());
    vec![
        (
            "types",
            query(
                "select 1, 'text', null::int, 1.5::numeric, '{1,null}'::int[], '{\"a\":[1]}'::jsonb, now() is null",
            ),
            1,
        ),
        ("empty query", query(""), 1),
        (
            "several statements",
            query("select 1; select 2 where false; set application_name to 'a'; select 3"),
            1,
        ),
        ("syntax error", query("selec 1"), 1),
        (
            "error in the middle",
            query("select 1; select 1/0; select 3"),
            1,
        ),
        (
            "notice",
            query("do $$ begin raise notice 'n %', 1 using hint = 'h', detail = 'd'; end $$"),
            1,
        ),
        (
            "many rows",
            query("select g, repeat('x', g % 300), g::text::bytea from generate_series(1, 3000) g"),
            1,
        ),
        (
            "wide row",
            query(&format!(
                "select {}",
                (0..1600)
                    .map(|n| n.to_string())
                    .collect::<Vec<_>>()
                    .join(",")
            )),
            1,
        ),
        ("large value", query("select repeat('abc', 1000000)"), 1),
        (
            "table",
            query("truncate t; insert into t values (1, 'x'), (2, null)"),
            1,
        ),
        (
            "copy in",
            [
                query("copy t from stdin"),
                copy_row("3\tthree\n"),
                copy_row("4\t\\N\n"),
                message(b'c', b""),
            ]
            .concat(),
            1,
        ),
        (
            "copy in that fails",
            [
                query("copy t from stdin"),
                copy_row("5\tx\n"),
                message(b'f', b"enough\0"),
            ]
            .concat(),
            1,
        ),
        ("copy out", query("copy t to stdout"), 1),
        (
            "copy out csv",
            query("copy t to stdout (format csv, header, force_quote *)"),
            1,
        ),
        (
            "copy out binary",
            query("copy t to stdout (format binary)"),
            1,
        ),
        (
            "extended",
            [
                parse("", "select $1::int + 1, a from t"),
                bind("", "", &[Some("4")], &[1]),
                describe(b'P', ""),
                execute("", 0),
                sync(),
            ]
            .concat(),
            1,
        ),
        (
            "named and suspended",
            [
                parse("s", "select * from t order by a"),
                bind("p", "s", &[], &[]),
                execute("p", 1),
                execute("p", 2),
                execute("p", 0),
                sync(),
            ]
            .concat(),
            1,
        ),
        (
            "described statement",
            [describe(b'S', "s"), sync()].concat(),
            1,
        ),
        (
            "again without describe",
            [
                bind("", "s", &[], &[0, 1]),
                execute("", 0),
                sync(),
                bind("", "s", &[], &[1]),
                execute("", 0),
                sync(),
            ]
            .concat(),
            2,
        ),
        (
            "pipeline with an error",
            [
                parse("", "select 1/a from t"),
                bind("", "", &[], &[]),
                execute("", 0),
                parse("", "select 7"),
                bind("", "", &[], &[]),
                execute("", 0),
                sync(),
                query("select 8"),
            ]
            .concat(),
            2,
        ),
        (
            "flush",
            [
                parse("f", "select 5"),
                flush(),
                bind("", "f", &[], &[]),
                execute("", 0),
                flush(),
                sync(),
            ]
            .concat(),
            1,
        ),
        (
            "close",
            [close(b'S', "f"), close(b'P', "none"), sync()].concat(),
            1,
        ),
        ("unknown portal", [execute("nobody", 0), sync()].concat(), 1),
        (
            "cursor",
            query(
                "begin; declare c scroll cursor for select * from t; fetch 2 from c; fetch backward 1 from c; commit",
            ),
            1,
        ),
        (
            "failed transaction",
            [
                query("begin"),
                query("select 1/0"),
                query("select 1"),
                query("rollback"),
            ]
            .concat(),
            4,
        ),
        ("listen", query("listen here; notify here, 'payload'"), 1),
        (
            "parameter status",
            query("set datestyle to 'SQL, DMY'; set client_encoding to 'LATIN1'; reset all"),
            1,
        ),
        (
            "function call",
            wiremask_tests::frontend::function_call(1610, &[]),
            1,
        ),
        (
            "stray copy data",
            [message(b'd', b"stray"), message(b'c', b""), sync()].concat(),
            1,
        ),
        ("explain", query("explain (costs off) select * from t"), 1),
    ]
}

/// Plays the script and returns what came back for each entry.
fn play(address: SocketAddr) -> Vec<(&'static str, Vec<u8>)> {
    let mut wire = Wire::connect(address).unwrap();
    wire.start("postgres", "postgres", "").unwrap();
    let mut answers = Vec::new();
    for (name, bytes, readies) in script() {
        let before = wire.transcript().len();
        wire.send(&bytes).unwrap();
        for _ in 0..readies {
            wire.until_ready()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        answers.push((name, without_process_id(&wire.transcript()[before..])));
    }
    answers
}

/// A notification carries the process id of its sender, which differs from session to session.
fn without_process_id(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut at = 0;
    while let Ok(Some((message, size))) = read(&bytes[at..]) {
        if message.tag == b'A' {
            out[at + 5..at + 9].fill(0);
        }
        at += size;
    }
    out
}

fn through(
    gateway: &GatewayOptions<'_>,
    cluster: &Cluster,
    chunks: Chunks,
) -> Vec<(&'static str, Vec<u8>)> {
    let any = "127.0.0.1:0".parse().unwrap();
    let behind = Forwarder::start(any, cluster.address(), chunks, false).unwrap();
    let gateway = Gateway::start(behind.address(), gateway).unwrap();
    let before = Forwarder::start(any, gateway.address(), chunks, false).unwrap();
    play(before.address())
}

/// The table has one OID for all sessions, which row descriptions tell.
fn cluster() -> Cluster {
    let statements = &["create table t (a int primary key, b text)"];
    Cluster::start(&ClusterOptions {
        statements,
        ..ClusterOptions::default()
    })
    .unwrap()
}

#[test]
fn every_answer_is_byte_identical_at_any_chunking_with_and_without_scanning() {
    let cluster = cluster();
    let direct = play(cluster.address());
    let nothing = GatewayOptions {
        pack: Some(NOTHING),
        ..GatewayOptions::default()
    };
    for (label, options) in [
        ("no rules", GatewayOptions::default()),
        ("no match", nothing),
    ] {
        for chunks in [Chunks::Whole, Chunks::Size(1), Chunks::Primes] {
            let through = through(&options, &cluster, chunks);
            for ((name, expected), (_, found)) in direct.iter().zip(&through) {
                // Under rules the session describes first, so the server's error names another of its
                // routines.
                if label == "no match" && *name == "unknown portal" {
                    continue;
                }
                let differs = expected.iter().zip(found).position(|(a, b)| a != b);
                assert!(
                    expected == found,
                    "{name} ({label}, {chunks:?}): {} bytes where {} are expected, first difference at {differs:?}",
                    found.len(),
                    expected.len(),
                );
            }
        }
    }
}

#[test]
fn startup_settings_reach_the_server_and_its_status_the_client() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let gateway = Gateway::start(cluster.address(), &GatewayOptions::default()).unwrap();
    let parameters = [
        ("user", "postgres"),
        ("database", "postgres"),
        ("application_name", "first"),
        ("options", "-c work_mem=1234kB -c geqo=off"),
        ("DateStyle", "German"),
        ("application_name", "last"),
    ];
    let mut greetings = Vec::new();
    for address in [cluster.address(), gateway.address()] {
        let mut wire = Wire::connect(address).unwrap();
        let greeting = wire.start_with(196_608, &parameters, "").unwrap();
        let mut status: Vec<Vec<u8>> = greeting
            .into_iter()
            .filter(|message| message.tag == b'S')
            .map(|message| message.body)
            .collect();
        status.sort();
        let shown = wire.query("select current_setting('work_mem'), current_setting('geqo'), current_setting('application_name')").unwrap();
        greetings.push((status, shown));
    }
    assert_eq!(greetings[0], greetings[1]);
}
