//! From accept to ReadyForQuery through the real gateway: TLS, credentials, cancel, and who is refused.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use wiremask_tests::{
    Authority, Cluster, ClusterOptions, Gateway, GatewayOptions, Message, Wire, frontend, leaks,
};

const HELD: &str = "held-secret-kestrel-5519";
const OWN: &str = "own-secret-osprey-7723";

/// An upstream where `scram`, `digest` and `clear` log in by their method, with the held password.
fn upstream(authority: &Authority) -> Cluster {
    let role = |name: &str, method: &str| {
        format!("set password_encryption = '{method}'; create role {name} login password '{HELD}'")
    };
    let statements = [
        role("scram", "scram-sha-256"),
        role("digest", "md5"),
        role("clear", "scram-sha-256"),
    ];
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    Cluster::start(&ClusterOptions {
        authority: Some(authority),
        hba: &[
            "host all scram all scram-sha-256",
            "host all digest all md5",
            "host all clear all password",
        ],
        statements: &statements,
        ..ClusterOptions::default()
    })
    .unwrap()
}

/// Passwords as files, certificate of the listener, and the authority as `ca.pem`.
fn files(authority: &Authority) -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("held"), format!("{HELD}\n")).unwrap();
    fs::write(at("own"), format!("{OWN}\n")).unwrap();
    authority.write(&at("ca.pem")).unwrap();
    authority
        .issue(&at("listen.crt"), &at("listen.key"))
        .unwrap();
    folder
}

fn first_value(messages: &[Message]) -> String {
    let row = messages
        .iter()
        .find(|message| message.tag == b'D')
        .expect("a row");
    String::from_utf8(row.fields().unwrap()[0].unwrap().to_vec()).unwrap()
}

fn start_gateway(
    cluster: &Cluster,
    files: &TempDir,
    user: &str,
    tls: &str,
    listen: &str,
) -> Gateway {
    let folder = files.path().display();
    let ca = if tls == "verify-full" {
        format!("ca = \"{folder}/ca.pem\"\n")
    } else {
        String::new()
    };
    let upstream = format!("tls = \"{tls}\"\n{ca}password = {{ file = \"{folder}/held\" }}");
    let users = format!("[[user]]\nname = \"agent\"\npassword = {{ file = \"{folder}/own\" }}");
    Gateway::start(
        cluster.address(),
        &GatewayOptions {
            listen,
            upstream: Some(&upstream),
            upstream_user: Some(user),
            users: Some(&users),
            ..GatewayOptions::default()
        },
    )
    .unwrap()
}

#[test]
fn the_client_proves_its_own_password_and_never_sees_the_held_one() {
    let authority = Authority::new().unwrap();
    let (cluster, files) = (upstream(&authority), files(&authority));
    for (user, tls) in [
        ("scram", "disable"),
        ("scram", "verify-full"),
        ("digest", "disable"),
        ("clear", "verify-full"),
    ] {
        let gateway = start_gateway(&cluster, &files, user, tls, "");
        let mut wire = Wire::connect(gateway.address()).unwrap();
        wire.start("agent", "postgres", OWN)
            .unwrap_or_else(|error| panic!("{user} {tls}: {error}"));
        assert_eq!(
            first_value(&wire.query("select current_user").unwrap()),
            user
        );
        let encrypted = first_value(
            &wire
                .query("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
                .unwrap(),
        );
        assert_eq!(encrypted == "t", tls == "verify-full");
        for (name, password) in [
            ("agent", "wrong-password"),
            ("agent", HELD),
            ("stranger", OWN),
        ] {
            let mut refused = Wire::connect(gateway.address()).unwrap();
            let error = refused
                .start(name, "postgres", password)
                .unwrap_err()
                .to_string();
            assert!(error.contains("28P01"), "{user}: {error}");
            assert_eq!(leaks(refused.transcript(), HELD), Vec::<String>::new());
        }
        for secret in [HELD, OWN] {
            assert_eq!(leaks(wire.transcript(), secret), Vec::<String>::new());
            assert_eq!(
                leaks(gateway.log().as_bytes(), secret),
                Vec::<String>::new()
            );
            assert_eq!(
                leaks(gateway.events().as_bytes(), secret),
                Vec::<String>::new()
            );
        }
    }
}

#[test]
fn a_clear_password_stays_at_home_without_tls() {
    let authority = Authority::new().unwrap();
    let (cluster, files) = (upstream(&authority), files(&authority));
    let gateway = start_gateway(&cluster, &files, "clear", "disable", "");
    let mut wire = Wire::connect(gateway.address()).unwrap();
    assert!(wire.start("agent", "postgres", OWN).is_err());
    assert_eq!(leaks(wire.transcript(), HELD), Vec::<String>::new());
}

#[test]
fn an_upstream_with_a_foreign_certificate_gets_no_credential() {
    let (ours, foreign) = (Authority::new().unwrap(), Authority::new().unwrap());
    let cluster = upstream(&foreign);
    let files = files(&ours);
    let gateway = start_gateway(&cluster, &files, "scram", "verify-full", "");
    let mut wire = Wire::connect(gateway.address()).unwrap();
    assert!(wire.start("agent", "postgres", OWN).is_err());
}

#[test]
fn tls_by_request_and_direct_and_nothing_else_where_it_is_required() {
    let authority = Authority::new().unwrap();
    let (cluster, files) = (upstream(&authority), files(&authority));
    let folder = files.path().display();
    let listen = format!(
        "[listen.tls]\ncertificate = \"{folder}/listen.crt\"\nkey = \"{folder}/listen.key\"\nrequired = true"
    );
    let gateway = start_gateway(&cluster, &files, "scram", "disable", &listen);
    let connect = || Wire::connect(gateway.address()).unwrap();

    let asked = connect()
        .negotiate_tls(&authority.client(&[]).unwrap())
        .unwrap();
    let direct = connect()
        .direct_tls(&authority.client(&["postgresql"]).unwrap())
        .unwrap();
    let mut declined = connect();
    declined.send(&frontend::gssenc_request()).unwrap();
    assert_eq!(declined.byte().unwrap(), b'N');
    let after_gss = declined
        .negotiate_tls(&authority.client(&[]).unwrap())
        .unwrap();
    for mut wire in [asked, direct, after_gss] {
        wire.start("agent", "postgres", OWN).unwrap();
        assert_eq!(
            first_value(&wire.query("select current_user").unwrap()),
            "scram"
        );
    }

    let plain = connect()
        .start("agent", "postgres", OWN)
        .unwrap_err()
        .to_string();
    assert!(plain.contains("28000"), "{plain}");
    let other_alpn = connect().direct_tls(&authority.client(&["http/1.1"]).unwrap());
    assert!(other_alpn.is_err() || other_alpn.unwrap().start("agent", "postgres", OWN).is_err());
    let no_alpn = connect().direct_tls(&authority.client(&[]).unwrap());
    assert!(no_alpn.is_err() || no_alpn.unwrap().start("agent", "postgres", OWN).is_err());

    // Bytes that lie behind the request when TLS starts were injected by somebody.
    let mut injected = TcpStream::connect(gateway.address()).unwrap();
    injected
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let early = frontend::startup(frontend::PROTOCOL_3_0, &[("user", "agent")]);
    injected
        .write_all(&[frontend::ssl_request(), early].concat())
        .unwrap();
    let mut answer = Vec::new();
    let _ = injected.read_to_end(&mut answer);
    let last_words = answer.strip_prefix(b"S").unwrap_or(&answer);
    assert!(last_words.is_empty() || state(last_words).as_deref() == Some("08P01"));
}

/// The SQLSTATE of the one message in `bytes`.
fn state(bytes: &[u8]) -> Option<String> {
    let (message, size) = wiremask_tests::parse(bytes).ok().flatten()?;
    assert_eq!(size, bytes.len(), "bytes behind the last words");
    message.field(b'C').map(str::to_owned)
}

/// Sends bytes, half-closes, and returns all that comes back.
fn probe(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    // A gateway that closed already makes writing and reading fail, which is an answer too.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

#[test]
fn strangers_are_answered_natively_and_others_go_on() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let options = GatewayOptions {
        more: "[limits]\nhandshake_timeout_ms = 1500\nconnect_timeout_ms = 1000",
        ..GatewayOptions::default()
    };
    let mut gateway = Gateway::start(cluster.address(), &options).unwrap();
    let mut other = Wire::connect(gateway.address()).unwrap();
    other.start("postgres", "postgres", "").unwrap();

    let user = ("user", "postgres");
    let cases: Vec<(&str, Vec<u8>, Option<&str>)> = vec![
        ("nothing", Vec::new(), None),
        (
            "web",
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
            Some("08P01"),
        ),
        ("secure shell", b"SSH-2.0-probe\r\n".to_vec(), Some("08P01")),
        ("one byte", vec![0], None),
        ("length of zero", vec![0; 8], Some("08P01")),
        ("length of 4 GiB", vec![0xff; 64], Some("08P01")),
        (
            "ssl twice",
            [frontend::ssl_request(), frontend::ssl_request()].concat(),
            None,
        ),
        (
            "protocol 2",
            frontend::startup(0x0002_0000, &[user]),
            Some("0A000"),
        ),
        (
            "no user",
            frontend::startup(frontend::PROTOCOL_3_0, &[("database", "x")]),
            Some("28000"),
        ),
        (
            "replication",
            frontend::startup(frontend::PROTOCOL_3_0, &[user, ("replication", "true")]),
            Some("0A000"),
        ),
        (
            "replication of a database",
            frontend::startup(frontend::PROTOCOL_3_0, &[user, ("replication", "database")]),
            Some("0A000"),
        ),
        (
            "a packet too long",
            frontend::startup(
                frontend::PROTOCOL_3_0,
                &[user, ("options", &"x".repeat(20_000))],
            ),
            Some("08P01"),
        ),
        (
            "cancel of nobody",
            frontend::cancel_request(1, &[0; 4]),
            None,
        ),
        (
            "a cancel key too long",
            frontend::cancel_request(1, &[0; 300]),
            None,
        ),
    ];
    for (name, bytes, expected) in cases {
        let answer = probe(gateway.address(), &bytes);
        // Direct answers to SSLRequest and GSSENCRequest stand before the message.
        let message = answer
            .iter()
            .position(|byte| *byte == b'E')
            .map_or(&[][..], |at| &answer[at..]);
        let state = state(message);
        if let Some(expected) = expected {
            assert_eq!(state.as_deref(), Some(expected), "{name}");
        }
        assert!(!answer.contains(&b'Z'), "{name} got a session");
        assert_eq!(
            first_value(&other.query("select 7").unwrap()),
            "7",
            "after {name}"
        );
    }

    // A silent client, and one that dribbles: the deadline counts from accept.
    for dribble in [false, true] {
        let started = Instant::now();
        let mut stream = TcpStream::connect(gateway.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        let packet = frontend::startup(frontend::PROTOCOL_3_0, &[user]);
        let mut bytes = packet.iter();
        let mut buffer = [0; 256];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    if dribble && let Some(byte) = bytes.next() {
                        let _ = stream.write_all(&[*byte]);
                    }
                }
                Err(_) => break,
            }
            assert!(
                started.elapsed() < Duration::from_secs(8),
                "dribble {dribble}: still open"
            );
        }
        assert!(
            started.elapsed() > Duration::from_millis(1000),
            "dribble {dribble}: closed early"
        );
    }
    assert_eq!(first_value(&other.query("select 7").unwrap()), "7");
    assert!(gateway.alive());
    assert!(!gateway.log().contains("panicked"), "{}", gateway.log());
}

#[test]
fn a_cancel_hits_its_own_session_only() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let gateway = Gateway::start(cluster.address(), &GatewayOptions::default()).unwrap();
    let user = [("user", "postgres"), ("database", "postgres")];
    for protocol in [frontend::PROTOCOL_3_0, frontend::PROTOCOL_3_2] {
        let mut victim = Wire::connect(gateway.address()).unwrap();
        victim.start_with(protocol, &user, "").unwrap();
        let (pid, key) = victim.cancel.clone().unwrap();
        let real = first_value(&victim.query("select pg_backend_pid()").unwrap());
        assert_eq!(real, pid.to_string(), "the real process id is forwarded");
        let cancel = |pid: u32, key: &[u8]| {
            let mut wire = Wire::connect(gateway.address()).unwrap();
            wire.send(&frontend::cancel_request(pid, key)).unwrap();
            assert!(
                wire.read_to_close().unwrap().is_empty(),
                "a cancel request gets no answer"
            );
        };
        let mut forged = key.clone();
        forged[0] ^= 1;
        victim.send(&frontend::query("select pg_sleep(1)")).unwrap();
        cancel(pid, &forged);
        cancel(pid + 1, &key);
        let messages = victim.until_ready().unwrap();
        assert!(
            messages.iter().all(|message| message.tag != b'E'),
            "a forged key cancelled"
        );

        victim
            .send(&frontend::query("select pg_sleep(15)"))
            .unwrap();
        let started = Instant::now();
        // The request may arrive before the query has begun, hence again until it hits.
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| victim.until_ready().unwrap());
            while !waiting.is_finished() && started.elapsed() < Duration::from_secs(10) {
                cancel(pid, &key);
                std::thread::sleep(Duration::from_millis(50));
            }
            let messages = waiting.join().unwrap();
            assert!(
                messages
                    .iter()
                    .any(|message| message.field(b'C') == Some("57014"))
            );
        });
    }
}
