//! An entry that strengthens a detector in one table, on a real server: whatever shows the table's values is
//! masked as well, and what has nothing to do with it is not.
#![allow(clippy::unwrap_used)]

use wiremask_tests::{Cluster, ClusterOptions, Gateway, GatewayOptions, Message, Wire};

const VALUE: &str = "kestrel-4417-marsh-93";

/// The detector only counts, but masks in `log.body`.
const PACK: &str = r#"
[pack]
name = "strengthened"
version = "1.0.0"

[[detector]]
name = "kestrel"
entity = "KESTREL"
class = "distinctive"
match = ['kestrel-[0-9]{4}-[a-z]+-[0-9]{2}']
mode = "shadow"
mask = { operator = "redact" }

[detector.examples]
mask = ["kestrel-1234-reed-56"]
pass = ["kestrel"]

[[dataset]]
select = { table = ["log", "parent"], column = "body", detectors = "kestrel" }
mode = "enforce"
"#;

fn cluster() -> Cluster {
    let values = format!("'2026-05-01', '{VALUE}'");
    let insert = format!(
        "insert into log values ({values}); insert into child values ('{VALUE}', 1);
        insert into free values ('{VALUE}'); refresh materialized view log_kept"
    );
    Cluster::start(&ClusterOptions {
        statements: &[
            "create table log (at date, body text) partition by range (at)",
            "create table log_2026 partition of log for values from ('2026-01-01') to ('2027-01-01') partition by range (at)",
            "create table log_2026_h1 partition of log_2026 for values from ('2026-01-01') to ('2026-07-01')",
            "create table parent (body text)",
            "create table child (more int) inherits (parent)",
            "create table free (body text)",
            "create view log_view as select * from log",
            "create view log_renamed as select body as what from log_2026_h1",
            "create view log_twice as select what as again from log_renamed",
            "create materialized view log_kept as select body from log",
            "create view free_view as select body from free",
            &insert,
        ],
        ..ClusterOptions::default()
    })
    .unwrap()
}

/// Does the value come back?
fn shows(wire: &mut Wire, sql: &str) -> bool {
    let answer = wire.query(sql).unwrap();
    assert!(
        !answer.iter().any(|message| message.tag == b'E'),
        "{sql}: {answer:?}"
    );
    let has = |message: &Message| {
        message
            .body
            .windows(VALUE.len())
            .any(|window| window == VALUE.as_bytes())
    };
    answer.iter().any(has)
}

#[test]
fn what_strengthens_in_a_table_does_so_on_a_real_server() {
    let cluster = cluster();
    let options = GatewayOptions {
        pack: Some(PACK),
        ..GatewayOptions::default()
    };
    let gateway = Gateway::start(cluster.address(), &options).unwrap();
    let connect = |address| {
        let mut wire = Wire::connect(address).unwrap();
        wire.start("postgres", "postgres", "").unwrap();
        wire
    };
    let (mut direct, mut masked) = (connect(cluster.address()), connect(gateway.address()));
    let hidden = [
        "select body from log",
        "select body from log_2026",
        "select * from log_2026_h1",
        "select body from child",
        "select * from log_view",
        "select what from log_renamed",
        "select again from log_twice",
        "select body from log_kept",
        "select body || '' from log_2026_h1",
        "select concat(what, '') from log_renamed",
        "select max(body) from child",
        "select row_to_json(l)->>'body' from log_2026 l",
        "copy log_2026_h1 to stdout",
        "copy child (body) to stdout",
        "copy (select what || '' from log_renamed) to stdout",
        "begin; declare c cursor for select body || '' from log; fetch all from c; commit",
        "prepare p as select body || '' from log_2026_h1; execute p; deallocate p",
        "begin; create view fresh as select body || '' as b from log_2026; select b from fresh; rollback",
        "begin; create or replace view free_view as select body from log; select body from free_view; rollback",
    ];
    let shown = [
        "select body from free",
        "select body from free_view",
        "select body || '' from free",
        "copy free to stdout",
        "copy (select body from free) to stdout",
        "with log as (select body from free) select body from log",
    ];
    for sql in hidden.iter().chain(&shown) {
        assert!(shows(&mut direct, sql), "{sql} shows nothing in itself");
    }
    for sql in hidden {
        assert!(!shows(&mut masked, sql), "{sql}");
    }
    for sql in shown {
        assert!(shows(&mut masked, sql), "{sql}");
    }
}
