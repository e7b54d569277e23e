//! `wiremask-record`: records the corpus of sessions anew, from a real PostgreSQL.
//!
//! Runs every scenario through [`Recorder`] and writes `tests/corpus/sessions/*.session`, then the
//! answers that the gateway's catalog needed for them, in `catalog.txt`. The laws are held against
//! these files by `tests/tests/laws.rs`.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use wiremask_datapath::catalog::Row;
use wiremask_datapath::policy::OnUndecodable;
use wiremask_protocols::postgres::session::SessionLimits;
use wiremask_tests::frontend as f;
use wiremask_tests::session_file::{Sent, SessionFile, for_each_oid, replay};
use wiremask_tests::world::{Setup, World, policy};
use wiremask_tests::{
    Cluster, ClusterOptions, HarnessError, Recorder, Wire, live_answers, repository,
};

const DATABASE: &str = "birds";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[allow(clippy::print_stderr, reason = "this program's only way to speak")]
            {
                eprintln!("wiremask-record: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let folder = repository().join("tests/corpus/sessions");
    let cluster = Cluster::start(&ClusterOptions::default())?;
    cluster.sql("postgres", &format!("create database {DATABASE}"))?;
    cluster.sql(DATABASE, &fs::read_to_string(folder.join("setup.sql"))?)?;
    let mut recorded = Vec::new();
    for name in ["simple", "copy", "cursors", "notify", "styles"] {
        let file = folder.join(format!("psql/{name}.sql"));
        let run = |address| psql(address, &file);
        recorded.push((format!("psql-{name}"), record(&cluster, &folder, run)?));
    }
    for (mode, statements) in [("simple", "s"), ("extended", "e"), ("prepared", "p")] {
        let run = |address| pgbench(address, mode);
        recorded.push((
            format!("pgbench-{statements}"),
            record(&cluster, &folder, run)?,
        ));
    }
    for (name, batches) in raw() {
        let run = |address| raw_client(address, &batches);
        recorded.push((name.to_owned(), record(&cluster, &folder, run)?));
    }
    for (name, session) in &recorded {
        fs::write(folder.join(format!("{name}.session")), session.text())?;
    }
    let answers = answers(&cluster, &folder, &recorded)?;
    fs::write(folder.join("catalog.txt"), answers)?;
    Ok(())
}

/// Records what `client` does with the address that it is given.
fn record(
    cluster: &Cluster,
    folder: &Path,
    client: impl FnOnce(SocketAddr) -> Result<(), Box<dyn Error>>,
) -> Result<SessionFile, Box<dyn Error>> {
    let (server, folder) = (cluster.address(), PathBuf::from(folder));
    let recorder = Recorder::start(server, move || {
        let pack = fs::read_to_string(folder.join("nomatch.toml"));
        let pack = pack.map_err(|error| HarnessError(error.to_string()))?;
        setup(server, &pack)
    })?;
    client(recorder.address())?;
    Ok(recorder.finish()?)
}

fn setup(server: SocketAddr, pack: &str) -> Result<Setup, HarnessError> {
    Ok(Setup {
        policy: policy(Some(pack), OnUndecodable::Null).map_err(HarnessError)?,
        limits: SessionLimits::default(),
        database: DATABASE.into(),
        parameters: Vec::new(),
        answers: live_answers(server, DATABASE),
    })
}

/// SQL with its rows, in the order in which it was asked.
type Asked = Arc<Mutex<Vec<(String, Vec<Row>)>>>;

/// Everything that the catalog asks while the sessions are replayed under the rules.
fn answers(
    cluster: &Cluster,
    folder: &Path,
    recorded: &[(String, SessionFile)],
) -> Result<String, Box<dyn Error>> {
    let asked: Asked = Arc::default();
    for pack in ["nomatch.toml", "pack.toml"] {
        let pack = fs::read_to_string(folder.join(pack))?;
        let mut setup = setup(cluster.address(), &pack)?;
        let (live, kept) = (Rc::clone(&setup.answers), Arc::clone(&asked));
        setup.answers = Rc::new(move |sql| {
            let mut all = Vec::new();
            let mut kept = kept.lock().ok()?;
            for sql in for_each_oid(sql) {
                let rows = live(&sql)?;
                if !kept.iter().any(|(known, _)| *known == sql) {
                    kept.push((sql, rows.clone()));
                }
                all.extend(rows);
            }
            Some(all)
        });
        for (_, session) in recorded {
            setup.parameters.clone_from(&session.parameters);
            let mut world = World::new(&setup);
            replay(session, &mut world, true);
        }
    }
    // Of three thousand function names only those matter that a client may have meant.
    let sent = |(_, session): &(String, SessionFile)| session.stream(&[Sent::ByClient]);
    let texts = recorded.iter().flat_map(sent).collect::<Vec<u8>>();
    let texts = String::from_utf8_lossy(&texts).into_owned();
    let matters = |sql: &str, row: &Row| {
        let name = row.first().cloned().flatten().unwrap_or_default();
        !sql.contains("proname") || texts.contains(&*String::from_utf8_lossy(&name))
    };
    let mut out = String::new();
    for (sql, rows) in asked.lock().map_err(|error| error.to_string())?.iter() {
        writeln!(out, "? {}", sql.escape_default())?;
        for row in rows.iter().filter(|row| matters(sql, row)) {
            let cells = row.iter().map(|cell| match cell {
                Some(text) => format!("={}", text.escape_ascii()),
                None => "-".to_owned(),
            });
            writeln!(out, "{}", cells.collect::<Vec<_>>().join("\t"))?;
        }
    }
    Ok(out)
}

fn psql(address: SocketAddr, file: &Path) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new("psql");
    command.args([
        "-X",
        "-q",
        "-h",
        "127.0.0.1",
        "-U",
        "postgres",
        "-d",
        DATABASE,
    ]);
    command
        .args(["-p", &address.port().to_string()])
        .arg("-f")
        .arg(file);
    finish(command)
}

fn pgbench(address: SocketAddr, mode: &str) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("script.sql");
    fs::write(
        &script,
        "\\set n 1\nselect id, c_text, c_int4 from vault where id = :n;\n\
         update plain set amount = amount + 1 where id = :n returning note;\n",
    )?;
    let mut command = Command::new("pgbench");
    command.args([
        "-n",
        "-t",
        "3",
        "-M",
        mode,
        "-h",
        "127.0.0.1",
        "-U",
        "postgres",
    ]);
    command
        .args(["-p", &address.port().to_string()])
        .arg("-f")
        .arg(script)
        .arg(DATABASE);
    finish(command)
}

/// Runs a client without TLS and GSS. Errors of statements are part of a session.
fn finish(mut command: Command) -> Result<(), Box<dyn Error>> {
    command
        .env("PGSSLMODE", "disable")
        .env("PGGSSENCMODE", "disable");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status()?;
    Ok(())
}

/// Sends batches of messages, each with the number of messages that must come before the next.
fn raw_client(address: SocketAddr, batches: &[(Vec<u8>, Until)]) -> Result<(), Box<dyn Error>> {
    let mut wire = Wire::connect(address)?;
    wire.start("postgres", DATABASE, "")?;
    for (bytes, until) in batches {
        wire.send(bytes)?;
        match *until {
            Until::Ready(times) => {
                for _ in 0..times {
                    wire.until_ready()?;
                }
            }
            Until::Tag(tag) => while wire.message()?.tag != tag {},
        }
    }
    wire.send(&f::terminate())?;
    wire.read_to_close()?;
    Ok(())
}

#[derive(Clone, Copy)]
enum Until {
    /// So many ReadyForQuery.
    Ready(usize),
    /// A message of this type.
    Tag(u8),
}

type Batches = Vec<(Vec<u8>, Until)>;

/// What no ordinary client does, or not on demand.
fn raw() -> Vec<(&'static str, Batches)> {
    const ALL: &str = "select * from vault order by id";
    let ready = |messages: &[Vec<u8>]| (messages.concat(), Until::Ready(1));
    let run = |sql: &str, format: u16, described: bool| {
        let mut messages = vec![f::parse("", sql), f::bind("", "", &[], &[format])];
        if described {
            messages.push(f::describe(b'P', ""));
        }
        messages.extend([f::execute("", 0), f::sync()]);
        ready(&messages)
    };
    let named = |name: &str| f::parse(name, "select id, c_text, c_float8 from vault order by id");
    vec![
        (
            "described",
            vec![
                run(ALL, 0, true),
                run(ALL, 1, true),
                run("select 1 where false", 0, true),
            ],
        ),
        (
            "undescribed",
            vec![
                run(ALL, 0, false),
                run(ALL, 1, false),
                run("update plain set note = note where id = 1", 0, false),
                run("select c_text::int from vault", 1, false),
                ready(&[f::parse("s", ALL), f::describe(b'S', "s"), f::sync()]),
                ready(&[f::bind("", "s", &[], &[1]), f::execute("", 0), f::sync()]),
                ready(&[f::bind("", "s", &[], &[0]), f::execute("", 0), f::sync()]),
                run(
                    "select o_money, o_varbit, o_point, o_lsn, o_jsonpath from oddities order by id",
                    1,
                    false,
                ),
            ],
        ),
        (
            "pipeline",
            vec![(
                [
                    named("a"),
                    f::bind("", "a", &[], &[]),
                    f::execute("", 0),
                    f::sync(),
                    f::parse("", "select 1 / 0"),
                    f::bind("", "", &[], &[]),
                    f::execute("", 0),
                    named("never"),
                    f::bind("", "never", &[], &[]),
                    f::execute("", 0),
                    f::sync(),
                    f::bind("", "a", &[], &[0, 1, 0]),
                    f::execute("", 0),
                    f::parse("", "select broken syntax from"),
                    f::sync(),
                    f::query("select note from vault; select 2"),
                    f::bind("", "a", &[], &[1]),
                    f::execute("", 0),
                    f::sync(),
                ]
                .concat(),
                Until::Ready(5),
            )],
        ),
        (
            "portals",
            vec![
                ready(&[f::query("begin")]),
                (
                    [
                        named("a"),
                        f::bind("p", "a", &[], &[1]),
                        f::execute("p", 1),
                        f::flush(),
                    ]
                    .concat(),
                    Until::Tag(b's'),
                ),
                ([f::execute("p", 1), f::flush()].concat(), Until::Tag(b's')),
                (
                    [
                        f::bind("q", "a", &[], &[]),
                        f::describe(b'P', "q"),
                        f::execute("q", 2),
                        f::execute("p", 0),
                        f::flush(),
                    ]
                    .concat(),
                    Until::Tag(b'C'),
                ),
                ready(&[
                    f::execute("q", 0),
                    f::close(b'P', "p"),
                    f::close(b'S', "a"),
                    f::sync(),
                ]),
                ready(&[f::query("commit")]),
                ready(&[f::execute("q", 0), f::sync()]),
            ],
        ),
        (
            "functions",
            vec![
                // abs(int4), upper(text), and one that does not exist.
                ready(&[f::function_call(1397, &["-7"])]),
                ready(&[f::function_call(871, &["lower"])]),
                ready(&[f::function_call(4_000_000, &[])]),
                ready(&[f::query("select 1")]),
            ],
        ),
        (
            "copies",
            vec![
                ready(&[f::query(
                    "copy vault (id, c_text, c_numeric, c_people) to stdout (format binary)",
                )]),
                run("copy vault (id, c_email, note) to stdout", 0, false),
                ready(&[f::query(
                    "copy plain (id) to stdout; select note from vault; copy vault (c_text) to stdout (format csv)",
                )]),
                (
                    f::query("copy plain (id, note) from stdin (format csv)"),
                    Until::Tag(b'G'),
                ),
                ready(&[
                    f::message(b'd', b"201,a\n202,"),
                    f::message(b'd', b"b\n"),
                    f::message(b'c', b""),
                ]),
                (
                    f::query("copy plain (id, note) from stdin"),
                    Until::Tag(b'G'),
                ),
                ready(&[
                    f::message(b'd', b"203\tc\n"),
                    f::message(b'f', b"changed my mind\0"),
                ]),
                ready(&[
                    f::parse("", "copy plain (id) from stdin"),
                    f::bind("", "", &[], &[]),
                    f::execute("", 0),
                    f::sync(),
                    f::message(b'd', b"204\n"),
                    f::message(b'c', b""),
                    f::sync(),
                ]),
                (
                    f::query("copy plain (id, note) from stdin (format binary)"),
                    Until::Tag(b'G'),
                ),
                ready(&[
                    f::message(b'd', b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0"),
                    f::message(b'd', b"\0\x02\0\0\0\x04\0\0\0\xcd\0\0\0\x01z\xff\xff"),
                    f::message(b'c', b""),
                ]),
            ],
        ),
        (
            "large",
            vec![
                ready(&[f::query("select id, body from ticket order by id")]),
                run("select body, id from ticket order by id", 1, false),
                ready(&[f::query("copy ticket to stdout")]),
            ],
        ),
    ]
}
