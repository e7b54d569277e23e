//! Everything that can carry data, through the real gateway: no canary comes back in any kind of message.
//!
//! Each attempt is made directly first, where the canary must be seen; otherwise it shows nothing.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use wiremask_tests::frontend::{self, bind, describe, execute, parse, query, sync};
use wiremask_tests::{Cluster, ClusterOptions, Gateway, GatewayOptions, Wire, leaks};

const CANARY: &str = "kestrel-4417-marsh-93";

const PACK: &str = r#"
[pack]
name = "messages"
version = "1.0.0"

[[dataset]]
select = { table = "person", column = ["secret", "doc", "tags"] }
set = { entity = "SECRET", mask = { operator = "redact" } }

[[detector]]
name = "kestrel"
entity = "KESTREL"
class = "distinctive"
match = ['kestrel-[0-9]{4}-[a-z]+-[0-9]{2}']
mask = { operator = "redact" }

[detector.examples]
mask = ["kestrel-1234-reed-56"]
pass = ["kestrel"]
"#;

/// The protected column alone, so that no detector can help.
const COLUMN_PACK: &str = r#"
[pack]
name = "messages"
version = "1.0.0"

[[dataset]]
select = { table = "person", column = ["secret", "doc", "tags"] }
set = { entity = "SECRET", mask = { operator = "redact" } }
"#;

fn cluster() -> Cluster {
    let insert = format!(
        "insert into person values (1, '{CANARY}', '{{\"k\": {{\"deep\": \"{CANARY}\"}}}}', array['{CANARY}', 'x'])"
    );
    Cluster::start(&ClusterOptions {
        statements: &[
            "create table person (id int primary key, secret text unique, doc jsonb, tags text[])",
            &insert,
            "create table plain (note text)",
            "create view person_view as select id, secret as renamed from person",
            "create function inner_secret(int) returns text language sql as 'select secret from person where id = $1'",
        ],
        ..ClusterOptions::default()
    })
    .unwrap()
}

/// Attempts of a client to see the secret, as bytes, with the number of ReadyForQuery to wait for.
fn attempts() -> Vec<(&'static str, Vec<u8>, usize)> {
    let extended = |sql: &str, formats: &[u16]| {
        let all = [
            parse("", sql),
            bind("", "", &[], formats),
            describe(b'P', ""),
            execute("", 0),
            sync(),
        ];
        (all.concat(), 1)
    };
    let blind = |sql: &str, formats: &[u16]| {
        let first = [parse("b", sql), sync()].concat();
        let again = [bind("", "b", &[], formats), execute("", 0), sync()].concat();
        let close = [frontend::close(b'S', "b"), sync()].concat();
        ([first, again.clone(), again, close].concat(), 4)
    };
    let plain = [
        ("star", "select * from person"),
        ("alias", "select p.secret as harmless from person as p"),
        (
            "subquery",
            "select * from (select secret as s from person) as t",
        ),
        (
            "cte",
            "with w as (select secret from person) select * from w",
        ),
        ("view", "select * from person_view"),
        ("cast", "select secret::varchar from person"),
        ("collate", "select secret collate \"C\" from person"),
        ("upper", "select upper(secret) from person"),
        ("reverse", "select reverse(secret) from person"),
        ("concatenation", "select 'a' || secret || 'b' from person"),
        ("union", "select secret from person union select 'x'"),
        (
            "recursive",
            "with recursive r(s) as (select secret from person union select s from r) select * from r",
        ),
        (
            "scalar subquery",
            "select (select secret from person limit 1)",
        ),
        (
            "lateral",
            "select l.* from person p, lateral (select p.secret as s) l",
        ),
        ("window", "select first_value(secret) over () from person"),
        ("whole row", "select person from person"),
        ("row as text", "select person::text from person"),
        ("row to json", "select row_to_json(person) from person"),
        ("json aggregate", "select json_agg(person) from person"),
        ("array aggregate", "select array_agg(secret) from person"),
        (
            "string aggregate",
            "select string_agg(secret, ',') from person",
        ),
        ("json operator", "select doc->'k'->>'deep' from person"),
        (
            "json path",
            "select jsonb_path_query(doc, '$.k.deep') from person",
        ),
        ("array element", "select tags[1] from person"),
        ("unnest", "select unnest(tags) from person"),
        ("hex", "select encode(secret::bytea, 'hex') from person"),
        (
            "base64",
            "select encode(secret::bytea, 'base64') from person",
        ),
        ("bytea", "select secret::bytea from person"),
        (
            "characters",
            "select regexp_split_to_table(secret, '') from person",
        ),
        (
            "code points",
            "select ascii(c) from person, regexp_split_to_table(secret, '') c",
        ),
        (
            "substrings",
            "select substr(secret, 1, 7), substr(secret, 8, 7), substr(secret, 15) from person",
        ),
        (
            "quoted name",
            "select \"secret\" from \"public\".\"person\"",
        ),
        ("unicode name", "select U&\"\\0073ecret\" from person"),
        (
            "returning",
            "begin; update person set id = id returning secret; rollback",
        ),
        (
            "returning in cte",
            "begin; with u as (update person set id = id returning *) select * from u; rollback",
        ),
        (
            "cursor",
            "begin; declare c cursor for select secret from person; fetch all from c; commit",
        ),
        (
            "prepared",
            "prepare q as select secret from person; execute q; deallocate q",
        ),
        ("cast error", "select secret::int from person"),
        (
            "unique violation",
            "insert into person select 2, secret from person",
        ),
        (
            "raise",
            "do $$ begin raise exception '%', (select secret from person) using hint = (select secret from person), detail = (select secret from person); end $$",
        ),
        (
            "raise fields",
            "do $$ begin raise exception 'x' using table = (select secret from person), column = (select secret from person), constraint = (select secret from person); end $$",
        ),
        (
            "notice",
            "do $$ begin raise notice '%', (select secret from person); end $$",
        ),
        (
            "dynamic SQL",
            "do $$ begin execute 'selec ' || (select secret from person); end $$",
        ),
        (
            "column name",
            "do $$ begin execute format('create temp view named as select 1 as %I', (select secret from person)); end $$; select * from named",
        ),
        (
            "query to xml",
            "select query_to_xml('select secret from person', true, false, '')",
        ),
        (
            "table to xml",
            "select table_to_xml('person', true, false, '')",
        ),
        ("copy", "copy person to stdout"),
        (
            "copy csv",
            "copy person (secret) to stdout (format csv, force_quote *)",
        ),
        ("copy query", "copy (select secret from person) to stdout"),
        ("copy binary", "copy person to stdout (format binary)"),
        (
            "several statements",
            "select 1; select secret from person; select 2",
        ),
        (
            "comment before",
            "/* select */ -- x\nselect /* */ secret from person",
        ),
        (
            "application name",
            "select set_config('application_name', secret, false) is null from person",
        ),
        (
            "renamed table in an open transaction",
            "begin; alter table person rename to x; select reverse(reverse(secret)) from x; rollback",
        ),
        (
            "renamed table behind a CTE of its name",
            "begin; alter table person rename to x; with x as (select secret as s from x) select reverse(reverse(s)) from x; rollback",
        ),
        (
            "renamed schema",
            "begin; alter schema public rename to p; select reverse(reverse(secret)) from p.person; rollback",
        ),
        (
            "tables that change names",
            "begin; alter table plain rename to p; alter table person rename to plain; alter table plain rename secret to note; select reverse(reverse(note)) from plain; rollback",
        ),
        (
            "replaced view",
            "create or replace view tame as select 'x'::text as note; begin; create or replace view tame as select secret as note from person; select note from tame; select reverse(reverse(note)) from tame; rollback",
        ),
        (
            "notification",
            "listen c; select pg_notify('c', secret) from person",
        ),
        ("values of a domain", "select secret::name from person"),
        ("xml", "select xmlelement(name x, secret) from person"),
        (
            "order by itself",
            "select secret from person order by secret",
        ),
    ];
    let mut all: Vec<(&'static str, Vec<u8>, usize)> = Vec::new();
    all.extend(plain.map(|(name, sql)| (name, query(sql), 1)));
    for (name, (bytes, readies)) in [
        ("extended text", extended("select * from person", &[0])),
        ("extended binary", extended("select * from person", &[1])),
        (
            "mixed formats",
            extended("select secret, doc, tags from person", &[1, 0, 1]),
        ),
        (
            "execute without describe",
            blind("select secret, tags from person", &[1]),
        ),
        (
            "binary expression",
            extended("select array[secret], row(secret, 1) from person", &[1]),
        ),
    ] {
        all.push((name, bytes, readies));
    }
    all
}

/// Plays one attempt on a connection of its own and returns what came back.
fn play(address: SocketAddr, name: &str, bytes: &[u8], readies: usize) -> Vec<u8> {
    let mut wire = Wire::connect(address).unwrap();
    wire.start("postgres", "postgres", "").unwrap();
    let greeting = wire.transcript().len();
    wire.send(bytes).unwrap();
    for _ in 0..readies {
        if let Err(error) = wire.until_ready() {
            // A session may be ended, though never by bytes that are no message.
            assert_ne!(
                error.kind(),
                std::io::ErrorKind::InvalidData,
                "{name}: {error}"
            );
            assert_ne!(
                error.kind(),
                std::io::ErrorKind::WouldBlock,
                "{name}: no answer"
            );
            break;
        }
    }
    wire.transcript()[greeting..].to_vec()
}

#[test]
fn no_attempt_brings_the_secret_back() {
    let cluster = cluster();
    let mut wrong = Vec::new();
    let attempts = attempts();
    for (name, bytes, readies) in &attempts {
        let direct = play(cluster.address(), name, bytes, *readies);
        assert!(
            !leaks(&direct, CANARY).is_empty(),
            "{name} does not even betray directly"
        );
    }
    for (label, pack) in [
        ("column rule", COLUMN_PACK),
        ("column rule and detector", PACK),
    ] {
        let options = GatewayOptions {
            pack: Some(pack),
            ..GatewayOptions::default()
        };
        let mut gateway = Gateway::start(cluster.address(), &options).unwrap();
        for (name, bytes, readies) in &attempts {
            let masked = play(gateway.address(), name, bytes, *readies);
            let found = leaks(&masked, CANARY);
            if !found.is_empty() {
                wrong.push(format!("{name} ({label}): {found:?}"));
            }
        }
        assert!(gateway.alive(), "the gateway died: {}", gateway.log());
        for (place, text) in [
            ("log", gateway.log()),
            ("events", gateway.events()),
            ("metrics", gateway.admin("/metrics").unwrap()),
        ] {
            assert_eq!(
                leaks(text.as_bytes(), CANARY),
                Vec::<String>::new(),
                "in the {place}"
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "{} attempts of {}:\n{}",
        wrong.len(),
        2 * attempts.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_detector_reaches_values_errors_and_notices_without_a_column_rule() {
    const DETECTOR: &str = r#"
[pack]
name = "detector"
version = "1.0.0"

[[detector]]
name = "kestrel"
entity = "KESTREL"
class = "distinctive"
match = ['kestrel-[0-9]{4}-[a-z]+-[0-9]{2}']
mask = { operator = "redact" }

[detector.examples]
mask = ["kestrel-1234-reed-56"]
pass = ["kestrel"]
"#;
    let cluster = cluster();
    let options = GatewayOptions {
        pack: Some(DETECTOR),
        ..GatewayOptions::default()
    };
    let gateway = Gateway::start(cluster.address(), &options).unwrap();
    for (name, sql) in [
        (
            "text inside text",
            format!("select 'before {CANARY} after', 7"),
        ),
        (
            "json with escapes",
            format!("select '{{\"a\": [\"\\u006b{}\"]}}'::json, 7", &CANARY[1..]),
        ),
        ("array", format!("select array['x', '{CANARY}'], 7")),
        ("error text", format!("select '{CANARY}'::int")),
        (
            "notice",
            format!("do $$ begin raise notice '{CANARY}'; end $$"),
        ),
        ("column name", format!("select 1 as \"{CANARY}\"")),
        ("notification", format!("listen n; notify n, '{CANARY}'")),
        (
            "parameter status",
            format!("set application_name = '{CANARY}'"),
        ),
        (
            "copy",
            format!("copy (select '{CANARY}') to stdout (format csv)"),
        ),
    ] {
        let bytes = query(&sql);
        let masked = play(gateway.address(), name, &bytes, 1);
        assert!(
            !leaks(&play(cluster.address(), name, &bytes, 1), CANARY).is_empty(),
            "{name}"
        );
        assert_eq!(leaks(&masked, CANARY), Vec::<String>::new(), "{name}");
    }
    let kept = play(
        gateway.address(),
        "around",
        &query(&format!("select 'before {CANARY} after', 7")),
        1,
    );
    let kept = String::from_utf8_lossy(&kept).into_owned();
    assert!(
        kept.contains("before ") && kept.contains(" after"),
        "what is around a match stays"
    );
}

#[test]
fn what_touches_nothing_protected_stays_as_it_is() {
    let cluster = cluster();
    let options = GatewayOptions {
        pack: Some(COLUMN_PACK),
        ..GatewayOptions::default()
    };
    let gateway = Gateway::start(cluster.address(), &options).unwrap();
    for (name, sql) in [
        ("expression", "select 1 + 1 as two, count(*) from plain"),
        (
            "after DDL in an open transaction",
            "begin; create table mine (a int); select 1 + 1 as two, count(*) from mine; select upper('x') as u; rollback",
        ),
        (
            "catalog",
            "select format_type(23, -1), relkind::text from pg_class where relname = 'plain'",
        ),
    ] {
        let bytes = query(sql);
        assert_eq!(
            play(gateway.address(), name, &bytes, 1),
            play(cluster.address(), name, &bytes, 1),
            "{name}"
        );
    }
}
