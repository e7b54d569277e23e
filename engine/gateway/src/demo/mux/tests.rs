//! Sessions that share the embedded server, seen by a real driver and by hand-made messages.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::Duration;

use postgres::{Client as Driver, NoTls};

use super::*;
use crate::demo::database::Embedded;

/// The embedded server with the multiplexer in front. The multiplexer goes first, as in the demo.
struct Bench {
    mux: Mux,
    _embedded: Embedded,
}

impl Bench {
    fn start() -> Bench {
        let embedded = Embedded::start().unwrap();
        let mux = Mux::start(&embedded.socket(), "postgres", "template1").unwrap();
        Bench {
            mux,
            _embedded: embedded,
        }
    }

    fn connect_as(&self, application: &str) -> Driver {
        postgres::Config::new()
            .host("127.0.0.1")
            .port(self.mux.address().port())
            .user("postgres")
            .dbname("template1")
            .application_name(application)
            .connect(NoTls)
            .unwrap()
    }

    fn connect(&self) -> Driver {
        self.connect_as("test")
    }

    fn raw(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.mux.address()).unwrap();
        stream
            .write_all(b"\0\0\0\x17\0\x03\0\0user\0postgres\0\0")
            .unwrap();
        while next(&mut stream).tag != b'Z' {}
        stream
    }
}

fn next(stream: &mut TcpStream) -> Frame {
    Frame::read(stream).unwrap().unwrap()
}

/// The tags of an answer up to `until`, ParameterStatus left out.
fn tags(stream: &mut TcpStream, until: u8) -> String {
    let mut tags = String::new();
    loop {
        let tag = next(stream).tag;
        // The embedded server repeats its parameters now and then, as any server may.
        if tag != b'S' {
            tags.push(char::from(tag));
        }
        if tag == until {
            return tags;
        }
    }
}

fn send(stream: &mut TcpStream, frames: &[(u8, &[u8])]) {
    let mut bytes = Vec::new();
    frames
        .iter()
        .for_each(|(tag, body)| Frame::new(*tag, *body).write(&mut bytes));
    stream.write_all(&bytes).unwrap();
}

fn number(client: &mut Driver, sql: &str) -> i32 {
    client.query_one(sql, &[]).unwrap().get(0)
}

#[test]
fn sessions_take_turns_and_keep_their_statement_names() {
    let bench = Bench::start();
    let (mut first, mut second) = (bench.connect(), bench.connect());
    // Both drivers call their first statement s0.
    let one = first.prepare("select 1").unwrap();
    let two = second.prepare("select 2").unwrap();
    for _ in 0..3 {
        assert_eq!(first.query_one(&one, &[]).unwrap().get::<_, i32>(0), 1);
        assert_eq!(second.query_one(&two, &[]).unwrap().get::<_, i32>(0), 2);
    }
    drop(first);
    assert_eq!(second.query_one(&two, &[]).unwrap().get::<_, i32>(0), 2);
    assert_eq!(number(&mut bench.connect(), "select 3"), 3);
}

#[test]
fn the_unnamed_statement_survives_a_simple_query_of_another_session() {
    let bench = Bench::start();
    let (mut first, mut second) = (bench.raw(), bench.connect());
    send(&mut first, &[(b'P', b"\0select 7\0\0\0"), (b'S', b"")]);
    assert_eq!(tags(&mut first, b'Z'), "1Z");
    second.batch_execute("select 1").unwrap();
    send(&mut first, &[(b'B', &[0; 8]), (b'E', &[0; 5]), (b'S', b"")]);
    assert_eq!(tags(&mut first, b'Z'), "2DCZ");
    send(&mut first, &[(b'P', b"\0select 8\0\0\0"), (b'S', b"")]);
    assert_eq!(tags(&mut first, b'Z'), "1Z");
}

#[test]
fn a_transaction_holds_others_back_but_not_the_catalog() {
    let bench = Bench::start();
    let mut owner = bench.connect();
    owner
        .batch_execute("create table t (a int); begin; insert into t values (1)")
        .unwrap();
    let mut catalog = bench.connect_as(CATALOG_APPLICATION);
    let rows = catalog.simple_query("select count(*) from t").unwrap();
    assert_eq!(
        rows.len(),
        3,
        "description, one row that sees the open transaction, completion"
    );

    let mut other = bench.connect();
    let (sender, receiver) = mpsc::channel();
    let waiting = thread::spawn(move || {
        sender
            .send(number(&mut other, "select count(*)::int from t"))
            .unwrap()
    });
    assert!(
        receiver.recv_timeout(Duration::from_millis(200)).is_err(),
        "it waits"
    );
    owner
        .batch_execute("insert into t values (2); commit")
        .unwrap();
    assert_eq!(receiver.recv().unwrap(), 2);
    waiting.join().unwrap();
}

#[test]
fn the_catalog_is_read_between_parse_and_sync() {
    let bench = Bench::start();
    let mut owner = bench.raw();
    let mut catalog = bench.connect_as(CATALOG_APPLICATION);
    send(
        &mut owner,
        &[(b'P', b"\0select 5\0\0\0"), (b'D', b"S\0"), (b'H', b"")],
    );
    assert_eq!(tags(&mut owner, b'T'), "1tT");
    assert_eq!(
        catalog
            .simple_query("select relname from pg_catalog.pg_class limit 3")
            .unwrap()
            .len(),
        5
    );
    assert!(catalog.simple_query("select no_such_column").is_err());
    // The error of the guest undid the owner's command, as the server sees it; its Sync brings it back.
    send(&mut owner, &[(b'B', &[0; 8]), (b'E', &[0; 5]), (b'S', b"")]);
    assert_eq!(tags(&mut owner, b'Z'), "Z");
    send(&mut owner, &[(b'Q', b"select 6\0")]);
    assert_eq!(tags(&mut owner, b'Z'), "TDCZ");
}

#[test]
fn a_failed_transaction_gives_the_catalog_an_error_and_ends_with_its_session() {
    let bench = Bench::start();
    let mut owner = bench.connect();
    owner.batch_execute("begin").unwrap();
    assert!(owner.batch_execute("select 1/0").is_err());
    let mut catalog = bench.connect_as(CATALOG_APPLICATION);
    let error = catalog.simple_query("select 1").unwrap_err();
    assert_eq!(error.code().unwrap().code(), "25P02");
    drop(owner);
    assert_eq!(number(&mut bench.connect(), "select 4"), 4);
    assert_eq!(catalog.simple_query("select 1").unwrap().len(), 3);
}

#[test]
fn copy_goes_in_and_out_and_a_client_that_leaves_in_between_harms_nobody() {
    let bench = Bench::start();
    let mut client = bench.connect();
    client
        .batch_execute("create table t (a int primary key, b text)")
        .unwrap();
    let mut sink = client.copy_in("copy t from stdin").unwrap();
    (0..20_000).for_each(|row| writeln!(sink, "{row}\trow {row}").unwrap());
    assert_eq!(sink.finish().unwrap(), 20_000);
    let mut copied = Vec::new();
    client
        .copy_out("copy t to stdout")
        .unwrap()
        .read_to_end(&mut copied)
        .unwrap();
    assert_eq!(copied.iter().filter(|byte| **byte == b'\n').count(), 20_000);

    // An error in the data ends the COPY and nothing else.
    let mut sink = client.copy_in("copy t from stdin").unwrap();
    sink.write_all(b"0\tduplicate\n").unwrap();
    assert!(sink.finish().is_err());
    assert_eq!(number(&mut client, "select count(*)::int from t"), 20_000);

    let mut leaving = bench.raw();
    send(
        &mut leaving,
        &[(b'Q', b"copy t from stdin\0"), (b'd', b"20001\tx\n")],
    );
    assert_eq!(next(&mut leaving).tag, b'G');
    drop(leaving);
    assert_eq!(number(&mut client, "select count(*)::int from t"), 20_000);
}

#[test]
fn the_last_session_leaves_no_settings_behind() {
    let bench = Bench::start();
    let mut client = bench.connect();
    client
        .batch_execute("set search_path = pg_catalog; create temp table left_over (a int)")
        .unwrap();
    drop(client);
    // The end of a session is noticed a moment later; until then the next one is not the only one.
    let setting = |client: &mut Driver| -> String {
        client.query_one("show search_path", &[]).unwrap().get(0)
    };
    let fresh = (0..100).find_map(|_| {
        let mut client = bench.connect();
        (setting(&mut client) != "pg_catalog").then_some(client)
    });
    let mut client = fresh.unwrap();
    assert!(client.batch_execute("select * from left_over").is_err());
}

#[test]
fn a_newer_protocol_is_negotiated_down() {
    let bench = Bench::start();
    let mut stream = TcpStream::connect(bench.mux.address()).unwrap();
    let parameters = b"user\0postgres\0_pq_.x\0on\0\0";
    let mut packet = u32::try_from(parameters.len() + 8)
        .unwrap()
        .to_be_bytes()
        .to_vec();
    packet.extend_from_slice(&[0, 3, 0, 2]);
    packet.extend_from_slice(parameters);
    stream.write_all(&packet).unwrap();
    let answer = next(&mut stream);
    assert_eq!(answer, Frame::new(b'v', *b"\0\x03\0\0\0\0\0\x01_pq_.x\0"));
    assert!(tags(&mut stream, b'Z').starts_with('R'));
}

#[test]
fn probes_and_garbage_end_their_own_connection() {
    let bench = Bench::start();
    for probe in [
        b"".as_slice(),
        b"GET / HTTP/1.1\r\n\r\n",
        &[0xFF; 64],
        b"\0\0\0\x08\x04\xD2\x16\x2F",
    ] {
        let mut stream = TcpStream::connect(bench.mux.address()).unwrap();
        stream.write_all(probe).unwrap();
        // The other side may have closed already.
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty() || answer == b"N", "{answer:?}");
    }
    let mut garbage = bench.raw();
    garbage.write_all(&[b'?', 0, 0, 0, 4]).unwrap();
    assert_eq!(garbage.read(&mut [0; 8]).unwrap(), 0);
    assert_eq!(number(&mut bench.connect(), "select 9"), 9);
}
