//! A serving gateway and what signals do to it, in front of a real PostgreSQL.
#![allow(clippy::unwrap_used)]

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use wiremask_tests::{Cluster, ClusterOptions, Message, Wire, free_port, frontend};

const CANARY: &str = "ann@planted-canary.de";
const PATIENCE: Duration = Duration::from_secs(20);

/// `wiremask serve` as a child process; killed on drop.
struct Served {
    process: Child,
    address: SocketAddr,
    admin: SocketAddr,
    upstream: SocketAddr,
    folder: TempDir,
}

impl Served {
    /// With these lines under `[rules]`; ready.
    fn start(upstream: SocketAddr, rules: &str) -> Self {
        let mut served = Self::spawn(upstream, |config| config.replace("packs = []", rules));
        served.until("ready", |served| {
            served.get("/health/ready").starts_with("HTTP/1.1 200")
        });
        served
    }

    /// With a changed configuration; perhaps not ready yet.
    fn spawn(upstream: SocketAddr, change: impl Fn(String) -> String) -> Self {
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let (address, admin) = (
            loopback(free_port().unwrap()),
            loopback(free_port().unwrap()),
        );
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        let text = change(configuration(address, admin, upstream, "packs = []"));
        fs::write(path("wiremask.toml"), text).unwrap();
        fs::write(path("password"), "planted-canary-password").unwrap();
        let log = fs::File::create(path("log")).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_wiremask"))
            .args(["serve", "--shards", "1", "-c"])
            .arg(path("wiremask.toml"))
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self {
            process,
            address,
            admin,
            upstream,
            folder,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn configure(&self, rules: &str) {
        let text = configuration(self.address, self.admin, self.upstream, rules);
        fs::write(self.path("wiremask.toml"), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// A page of the admin port; empty while nobody listens.
    fn get(&self, path: &str) -> String {
        let mut answer = String::new();
        if let Ok(mut socket) = TcpStream::connect(self.admin) {
            let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
            let sent = socket.write_all(request.as_bytes());
            let _ = sent.and_then(|()| socket.read_to_string(&mut answer));
        }
        answer
    }

    fn metric(&self, line: &str) -> bool {
        self.get("/metrics").lines().any(|found| found == line)
    }

    fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(self) {
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "{what}: ended\n{}", self.read("log"));
            assert!(
                Instant::now() < deadline,
                "{what}: not yet\n{}",
                self.read("log")
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw);
        kill_process(pid.unwrap(), signal).unwrap();
    }

    fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "still there\n{}",
                self.read("log")
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A ready session.
    fn session(&self) -> Wire {
        let mut wire = Wire::connect(self.address).unwrap();
        wire.start("agent", "postgres", "").unwrap();
        wire
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn configuration(
    address: SocketAddr,
    admin: SocketAddr,
    upstream: SocketAddr,
    rules: &str,
) -> String {
    format!(
        "[listen]\naddress = \"{address}\"\n[admin]\naddress = \"{admin}\"\n\
         [[upstream]]\nname = \"main\"\naddress = \"{upstream}\"\ntls = \"disable\"\nuser = \"postgres\"\n\
         [[user]]\nname = \"agent\"\nauthentication = \"trust\"\n\
         [events]\npath = \"events.jsonl\"\n[limits]\ndrain_timeout_ms = 10000\n\
         [rules]\n{rules}\n"
    )
}

fn cluster() -> Cluster {
    Cluster::start(&ClusterOptions {
        statements: &[
            "create table person (email text)",
            "insert into person values ('ann@planted-canary.de')",
        ],
        ..ClusterOptions::default()
    })
    .unwrap()
}

/// The one value of the one row.
fn value(messages: &[Message]) -> String {
    let row = messages.iter().find(|m| m.tag == b'D').unwrap();
    let fields = row.fields().unwrap();
    String::from_utf8(fields[0].unwrap().to_vec()).unwrap()
}

#[test]
fn a_reload_changes_rules_for_running_sessions_and_a_bad_file_changes_nothing() {
    let cluster = cluster();
    let mut served = Served::start(cluster.address(), "packs = []");
    let mut session = served.session();
    assert_eq!(
        value(&session.query("select email from person").unwrap()),
        CANARY
    );

    served.configure("packs = [\"starter\"]");
    served.signal(Signal::HUP);
    served.until("the new rules", |s| {
        s.metric("wiremask_policy_generation 2")
    });
    let masked = value(&session.query("select email from person").unwrap());
    assert_ne!(masked, CANARY);

    served.configure("packs = [\"starter\"]\nbackend = \"portable\"");
    served.signal(Signal::HUP);
    served.until("the other scanner", |s| {
        s.metric("wiremask_scanner_info{scanner=\"portable\"} 1")
    });
    served.configure("packs = [\"starter\"]\nbackent = \"auto\"");
    served.signal(Signal::HUP);
    served.until("the refusal", |s| {
        s.metric("wiremask_reloads_rejected_total 1")
    });
    assert!(served.metric("wiremask_policy_generation 3"));
    assert_eq!(
        value(&session.query("select email from person").unwrap()),
        masked
    );
    assert_eq!(
        value(&served.session().query("select email from person").unwrap()),
        masked
    );
    let log = served.read("log");
    assert!(
        log.contains("unknown key `backent` (did you mean `backend`?)"),
        "{log}"
    );
    assert!(log.contains("the old one stays in force"), "{log}");

    served.until("the events", |s| {
        s.read("events.jsonl").contains("\"config_rejected\"")
    });
    let events = served.read("events.jsonl");
    for event in [
        "gateway_started",
        "session_started",
        "config_reloaded",
        "result_masked",
    ] {
        assert!(
            events.contains(&format!("\"event\":\"{event}\"")),
            "{event}\n{events}"
        );
    }
    for text in [&events, &log, &served.get("/metrics")] {
        assert!(!text.contains("planted-canary"), "{text}");
    }
}

#[test]
fn a_drain_lets_the_running_command_end_and_says_goodbye() {
    let cluster = cluster();
    let mut served = Served::start(cluster.address(), "packs = []");
    let (mut idle, mut busy) = (served.session(), served.session());
    served.until("two sessions", |s| {
        s.metric("wiremask_sessions_active{shard=\"0\"} 2")
    });
    busy.send(&frontend::query("select 'slow' from pg_sleep(2)"))
        .unwrap();
    served.until("the command", |s| {
        s.metric("wiremask_commands_total{shard=\"0\"} 1")
    });
    served.signal(Signal::TERM);

    let last = idle.read_to_close().unwrap();
    assert_eq!(last.last().unwrap().field(b'C'), Some("57P01"));
    served.until("draining", |s| {
        s.get("/health/ready").contains("not ready: draining")
    });
    let answer = busy.read_to_close().unwrap();
    assert_eq!(value(&answer), "slow");
    assert_eq!(answer.last().unwrap().field(b'C'), Some("57P01"));

    let status = served.ended();
    assert!(status.success(), "{status}\n{}", served.read("log"));
    assert!(TcpStream::connect(served.address).is_err());
    let events = served.read("events.jsonl");
    assert_eq!(
        events.matches("\"event\":\"session_ended\"").count(),
        2,
        "{events}"
    );
    assert!(
        events.contains("\"event\":\"gateway_draining\""),
        "{events}"
    );
}

#[test]
fn a_second_signal_ends_at_once() {
    let cluster = cluster();
    let mut served = Served::start(cluster.address(), "packs = []");
    let mut busy = served.session();
    busy.send(&frontend::query("select pg_sleep(60)")).unwrap();
    served.until("the command", |s| {
        s.metric("wiremask_commands_total{shard=\"0\"} 1")
    });
    served.signal(Signal::TERM);
    served.until("draining", |s| {
        s.get("/health/ready").contains("not ready: draining")
    });
    served.signal(Signal::TERM);
    assert_eq!(served.ended().code(), Some(1));
}

#[test]
fn the_event_log_follows_a_rotation() {
    let cluster = cluster();
    let mut served = Served::start(cluster.address(), "packs = []");
    served.until("an event", |s| {
        s.read("events.jsonl").contains("gateway_started")
    });
    fs::rename(served.path("events.jsonl"), served.path("rotated")).unwrap();
    served.signal(Signal::HUP);
    served.until("a new file", |s| {
        s.read("events.jsonl").contains("config_reloaded")
    });
    assert!(served.read("rotated").contains("gateway_started"));
}

#[test]
fn an_address_in_use_is_named() {
    let cluster = cluster();
    let served = Served::start(cluster.address(), "packs = []");
    let text = served.read("wiremask.toml");
    let config = text.replace(&served.address.to_string(), &cluster.address().to_string());
    let config = config.replace(&served.admin.to_string(), "127.0.0.1:0");
    let other = served.path("other.toml");
    fs::write(&other, config.replace("events.jsonl", "other.jsonl")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_wiremask"))
        .arg("serve")
        .arg("-c")
        .arg(other)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains(&cluster.address().to_string()), "{error}");
}

#[test]
fn a_log_that_cannot_be_written_lets_no_command_pass() {
    let cluster = cluster();
    let mut served = Served::spawn(cluster.address(), |config| {
        config.replace("events.jsonl", "/dev/full")
    });
    served.until("the error", |s| {
        s.get("/health/ready")
            .contains("not ready: the event log cannot be written")
    });
    // Either no session starts, or no command of it passes.
    let mut wire = Wire::connect(served.address).unwrap();
    if wire.start("agent", "postgres", "").is_ok() {
        let answer = wire.query("select email from person").unwrap();
        assert!(answer.iter().any(|message| message.tag == b'E'));
    }
    let transcript = String::from_utf8_lossy(wire.transcript()).into_owned();
    assert!(!transcript.contains(CANARY), "{transcript}");
    served.until("the counter", |s| s.metric("wiremask_event_log_broken 1"));
}

#[test]
fn the_loudest_log_holds_no_value_and_no_password() {
    let cluster = cluster();
    let mut served = Served::spawn(cluster.address(), |config| {
        let user = "password = { file = \"password\" }";
        config.replace("authentication = \"trust\"", user) + "[log]\nlevel = \"trace\"\n"
    });
    served.until("ready", |s| {
        s.get("/health/ready").starts_with("HTTP/1.1 200")
    });
    let mut wire = Wire::connect(served.address).unwrap();
    assert!(
        wire.start("agent", "postgres", "planted-canary-wrong")
            .is_err()
    );
    let mut wire = Wire::connect(served.address).unwrap();
    wire.start("agent", "postgres", "planted-canary-password")
        .unwrap();
    for sql in [
        "select email from person",
        "select 'planted-canary'::int",
        "select 'planted-canary",
        "copy person to stdout",
        "do $$ begin raise warning 'planted-canary'; end $$",
    ] {
        wire.query(sql).unwrap();
        wire.extended(sql, &[], 1).unwrap();
    }
    // A length that lies, with a value behind it: the session ends with a fault.
    wire.send(b"Q\x00\x00\x00\x02planted-canary").unwrap();
    wire.read_to_close().unwrap();
    served.signal(Signal::TERM);
    assert!(served.ended().success());
    for name in ["log", "events.jsonl"] {
        let text = served.read(name);
        assert!(
            text.contains("postgres") || text.contains("serving"),
            "{text}"
        );
        assert!(!text.contains("planted-canary"), "{name}:\n{text}");
    }
}

#[test]
fn too_little_locked_memory_is_told_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let unused = SocketAddr::from(([127, 0, 0, 1], 0));
    let text = configuration(
        unused,
        unused,
        SocketAddr::from(([127, 0, 0, 1], 1)),
        "packs = []",
    );
    fs::write(folder.path().join("wiremask.toml"), text).unwrap();
    let output = Command::new("sh")
        .args(["-c", "ulimit -l 64; exec \"$0\" serve"])
        .arg(env!("CARGO_BIN_EXE_wiremask"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    for part in ["65536", "ulimit -l", "LimitMEMLOCK", "--ulimit memlock"] {
        assert!(error.contains(part), "{part} is not in\n{error}");
    }
    assert_eq!(
        fs::read_to_string(folder.path().join("events.jsonl")).unwrap_or_default(),
        ""
    );
}
