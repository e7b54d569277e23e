//! Whole shards over real sockets, in front of an upstream that a test plays.

#![allow(clippy::unwrap_used)]
use super::*;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};
use std::io::{Read, Write};
use std::net::{TcpListener as Server, TcpStream as Socket};
use wiremask_datapath::limits::Limits;
use wiremask_datapath::link::{self, ReportReceiver};
use wiremask_datapath::policy::{
    Authentication, OnUndecodable, TlsMode, Upstream, UpstreamUser, User,
};
use wiremask_protocols::postgres::auth::{ScramVerifier, Secret};
use wiremask_rules::Ruleset;

/// Length, version 3.0, user `ann`.
const STARTUP: &[u8] = b"\0\0\0\x12\0\x03\0\0user\0ann\0\0";
const SSL_REQUEST: &[u8] = b"\0\0\0\x08\x04\xd2\x16\x2f";

struct Bench {
    running: Running,
    upstream: Server,
    reports: ReportReceiver,
    counters: Arc<ShardCounters>,
}

#[derive(Clone, Copy)]
struct Setting {
    limits: Limits,
    tls: bool,
    trust: bool,
}

const SETTING: Setting = Setting {
    limits: Limits::DEFAULT,
    tls: false,
    trust: true,
};

impl Bench {
    fn new(setting: Setting) -> Self {
        let upstream = Server::bind("127.0.0.1:0").unwrap();
        let (sender, reports) = link::reports(64);
        let counters = Arc::new(ShardCounters::default());
        let options = ShardOptions {
            listen: "127.0.0.1:0".parse().unwrap(),
            shards: 1,
            tls: setting.tls.then(server_config),
            tls_required: false,
            counters: vec![Arc::clone(&counters)],
            reports: sender,
        };
        let policy = Arc::new(policy(upstream.local_addr().unwrap(), setting));
        let running = start(options, policy).unwrap();
        Self {
            running,
            upstream,
            reports,
            counters,
        }
    }

    fn connect(&self) -> Socket {
        Socket::connect(self.running.local_addr()).unwrap()
    }

    /// A session that is ready on both sides: (client, upstream, what the client got as cancel key).
    fn session(&self) -> (Socket, Socket, Vec<u8>) {
        let mut client = self.connect();
        client.write_all(STARTUP).unwrap();
        let mut upstream = self.upstream.accept().unwrap().0;
        let len = number(&mut upstream);
        drop(exactly(&mut upstream, len - 4));
        upstream.write_all(b"R\0\0\0\x08\0\0\0\0").unwrap();
        upstream.write_all(b"K\0\0\0\x0c\0\0\0\x07real").unwrap();
        upstream.write_all(b"Z\0\0\0\x05I").unwrap();
        assert_eq!(message(&mut client), (b'R', vec![0; 4]));
        let (tag, body) = message(&mut client);
        assert_eq!((tag, &body[..4]), (b'K', &[0, 0, 0, 7][..]));
        assert_eq!(message(&mut client), (b'Z', b"I".to_vec()));
        (client, upstream, body[4..].to_vec())
    }

    fn drain(self, deadline_ms: u64) -> Vec<Event> {
        self.running.send(&Directive::Drain { deadline_ms });
        self.running.join();
        let mut events = Vec::new();
        while let Some(Report::Event(record)) = self.reports.receive() {
            events.push(record.event);
        }
        events
    }
}

fn policy(upstream: SocketAddr, setting: Setting) -> Policy {
    let verifier = ScramVerifier::from_password(&Secret::new(b"right".to_vec()));
    let verifier = ScramVerifier::parse(&verifier).unwrap();
    Policy {
        generation: 1,
        ruleset: Arc::new(Ruleset::empty()),
        users: vec![User {
            name: "ann".to_owned(),
            authentication: if setting.trust {
                Authentication::Trust
            } else {
                Authentication::Scram(verifier)
            },
            upstream: 0,
            upstream_user: UpstreamUser::Held,
            kind: wiremask_policy::PrincipalKind::Agent,
            groups: vec![],
            purpose: None,
        }],
        upstreams: vec![Upstream {
            name: "main".to_owned(),
            host: "localhost".to_owned(),
            port: upstream.port(),
            addresses: vec![upstream],
            tls: TlsMode::Disable,
            server_name: "localhost".to_owned(),
            ca: None,
            user: "held".to_owned(),
            password: None,
            databases: vec!["ann".to_owned()],
        }],
        on_undecodable: OnUndecodable::Null,
        access: None,
        learn_columns: true,
        limits: setting.limits,
    }
}

fn server_config() -> Arc<ServerConfig> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Arc::new(config)
}

/// Trusts the test's certificate as a browser trusts one it was told to trust.
fn client_config(alpn: Option<&[u8]>) -> Arc<ClientConfig> {
    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::pki_types::{CertificateDer, UnixTime};
    #[derive(Debug)]
    struct Any;
    impl ServerCertVerifier for Any {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, rustls::Error> {
            Ok(ServerCertVerified::assertion())
        }
        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &rustls::DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            Ok(HandshakeSignatureValid::assertion())
        }
        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &rustls::DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            Ok(HandshakeSignatureValid::assertion())
        }
        fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
            vec![rustls::SignatureScheme::ECDSA_NISTP256_SHA256]
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    config.dangerous().set_certificate_verifier(Arc::new(Any));
    config.alpn_protocols = alpn.map(<[u8]>::to_vec).into_iter().collect();
    Arc::new(config)
}

fn tls(socket: Socket, alpn: Option<&[u8]>) -> StreamOwned<ClientConnection, Socket> {
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(
        ClientConnection::new(client_config(alpn), name).unwrap(),
        socket,
    )
}

fn exactly(stream: &mut impl Read, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

fn number(stream: &mut impl Read) -> usize {
    let bytes = exactly(stream, 4).try_into().unwrap();
    u32::from_be_bytes(bytes) as usize
}

fn message(stream: &mut impl Read) -> (u8, Vec<u8>) {
    let tag = exactly(stream, 1)[0];
    let len = number(stream);
    (tag, exactly(stream, len - 4))
}

/// The SQLSTATE of an error that ends the stream.
fn fatal(stream: &mut impl Read) -> String {
    let (tag, body) = message(stream);
    assert_eq!(tag, b'E');
    assert_eq!(closed(stream), b"");
    let text = String::from_utf8_lossy(&body);
    let code = text.split('\0').find_map(|field| field.strip_prefix('C'));
    code.unwrap().to_owned()
}

/// What still comes until the stream is closed; a reset counts as closed.
fn closed(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes));
    bytes
}

#[test]
fn shards_share_a_port_and_end_after_a_drain() {
    let (sender, reports) = link::reports(4);
    let counters: Vec<Arc<ShardCounters>> = vec![Arc::default(), Arc::default()];
    let options = ShardOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        shards: 2,
        tls: None,
        tls_required: false,
        counters: counters.clone(),
        reports: sender,
    };
    let unreachable = "127.0.0.1:1".parse().unwrap();
    let running = start(options, Arc::new(policy(unreachable, SETTING))).unwrap();
    let address = running.local_addr();
    let told = |counters: &[Arc<ShardCounters>]| -> Vec<u64> {
        let failures = counters.iter();
        failures
            .map(|c| c.handshake_failures(HandshakeFailure::Malformed))
            .collect()
    };
    while told(&counters).contains(&0) {
        let mut client = Socket::connect(address).unwrap();
        client.write_all(b"\0\0\0\x08\0\x02\0\0").unwrap();
        assert_eq!(fatal(&mut client), "0A000");
        while reports.try_receive().is_some() {}
    }
    assert!(
        wiremask_coop::cooperative_rings() >= 4,
        "two rings for each shard"
    );
    running.send(&Directive::Drain { deadline_ms: 0 });
    running.join();
    // The kernel gives the port back a moment after the ring that accepted on it.
    while Socket::connect(address).is_ok() {
        std::thread::yield_now();
    }
    while reports.try_receive().is_some() {}
    assert_eq!(reports.receive(), None, "all senders are gone");
}

#[test]
fn a_shard_that_is_gone_is_missed() {
    let bench = Bench::new(SETTING);
    assert!(bench.running.is_whole());
    bench.running.send(&Directive::Drain { deadline_ms: 0 });
    let deadline = Instant::now() + Duration::from_secs(20);
    while bench.running.is_whole() {
        assert!(Instant::now() < deadline, "the shard is still there");
        std::thread::yield_now();
    }
    bench.running.join();
}

#[test]
fn a_port_that_somebody_listens_on_is_not_shared() {
    let bench = Bench::new(SETTING);
    let options = ShardOptions {
        listen: bench.running.local_addr(),
        shards: 1,
        tls: None,
        tls_required: false,
        counters: vec![Arc::default()],
        reports: link::reports(1).0,
    };
    let upstream = bench.upstream.local_addr().unwrap();
    let second = start(options, Arc::new(policy(upstream, SETTING)));
    let Err(StartError::Listen(_, error)) = second else {
        panic!("both listen");
    };
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn a_session_relays_and_leaves_its_events() {
    let bench = Bench::new(SETTING);
    let (mut client, mut upstream, _) = bench.session();
    client.write_all(b"Q\0\0\0\x0dselect 1\0").unwrap();
    assert_eq!(message(&mut upstream).0, b'Q');
    upstream
        .write_all(b"C\0\0\0\x0dSELECT 0\0Z\0\0\0\x05I")
        .unwrap();
    assert_eq!(message(&mut client), (b'C', b"SELECT 0\0".to_vec()));
    assert_eq!(message(&mut client).0, b'Z');
    client.write_all(b"X\0\0\0\x04").unwrap();
    assert_eq!(message(&mut upstream).0, b'X');
    drop(upstream);
    assert_eq!(closed(&mut client), b"");
    let counters = Arc::clone(&bench.counters);
    let events = bench.drain(1000);
    assert!(matches!(events.first(), Some(Event::SessionStarted { .. })));
    let Some(Event::SessionEnded { reason, .. }) = events.last() else {
        panic!("no end in {events:?}");
    };
    assert_eq!(*reason, SessionEnd::Client);
    assert_eq!(
        (
            counters.sessions_started.value(),
            counters.sessions_ended.value()
        ),
        (1, 1)
    );
}

#[test]
fn a_cancellation_reaches_the_upstream_with_the_real_key() {
    let bench = Bench::new(SETTING);
    let (_client, _upstream, key) = bench.session();
    assert_ne!(key, b"real", "the client never has the upstream's key");
    let cancel = |key: &[u8]| {
        let mut canceller = bench.connect();
        canceller
            .write_all(b"\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\x07")
            .unwrap();
        canceller.write_all(key).unwrap();
        canceller
    };
    let mut canceller = cancel(&key);
    let mut taken = bench.upstream.accept().unwrap().0;
    assert_eq!(
        exactly(&mut taken, 16),
        b"\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\x07real"
    );
    // The client learns that it was delivered when the upstream has closed.
    canceller.set_nonblocking(true).unwrap();
    assert!(canceller.read(&mut [0]).is_err());
    canceller.set_nonblocking(false).unwrap();
    drop(taken);
    assert_eq!(closed(&mut canceller), b"");
    assert_eq!(
        closed(&mut cancel(b"real")),
        b"",
        "a wrong key gets no answer"
    );
    assert_eq!(bench.counters.cancels.value(), 1);
    let events = bench.drain(0);
    let found = |e: &Event| {
        if let Event::Cancelled { found } = e {
            Some(*found)
        } else {
            None
        }
    };
    assert_eq!(
        events.iter().filter_map(found).collect::<Vec<_>>(),
        [true, false]
    );
}

#[test]
fn a_probe_and_a_silent_client_cost_their_own_connection_only() {
    let bench = Bench::new(Setting {
        limits: Limits {
            handshake_timeout_ms: 100,
            connect_timeout_ms: 100,
            ..Limits::DEFAULT
        },
        ..SETTING
    });
    drop(bench.connect());
    let mut silent = bench.connect();
    silent.write_all(&STARTUP[..5]).unwrap();
    let (_client, _upstream, _) = bench.session();
    assert_eq!(fatal(&mut silent), "08006");
    while bench
        .counters
        .handshake_failures(HandshakeFailure::ClientGone)
        == 0
    {
        std::thread::yield_now();
    }
    assert_eq!(
        bench.counters.handshake_failures(HandshakeFailure::Timeout),
        1
    );
}

#[test]
fn one_deadline_covers_the_handshake_whatever_trickles_in() {
    let bench = Bench::new(Setting {
        limits: Limits {
            handshake_timeout_ms: 200,
            connect_timeout_ms: 200,
            ..Limits::DEFAULT
        },
        ..SETTING
    });
    let mut client = bench.connect();
    let begun = Instant::now();
    client
        .set_read_timeout(Some(Duration::from_millis(10)))
        .unwrap();
    // A byte of a large packet with every round, for ever.
    client.write_all(b"\0\0\x27\x10").unwrap();
    while client.write_all(b"\0").is_ok() && begun.elapsed() < Duration::from_secs(20) {
        drop(client.read(&mut [0; 512]));
    }
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(
        bench.counters.handshake_failures(HandshakeFailure::Timeout),
        1
    );
}

#[test]
fn who_is_not_known_is_asked_and_fails_like_a_wrong_password() {
    let bench = Bench::new(Setting {
        trust: false,
        ..SETTING
    });
    let salts = [&b"\0\0\0\x12\0\x03\0\0user\0bob\0\0"[..]; 2].map(|startup| {
        let mut client = bench.connect();
        client.write_all(startup).unwrap();
        assert_eq!(message(&mut client).1, b"\0\0\0\x0aSCRAM-SHA-256\0\0");
        let first = b"SCRAM-SHA-256\0\0\0\0\x0dn,,n=,r=nonce";
        client.write_all(b"p\0\0\0\x23").unwrap();
        client.write_all(&first[..]).unwrap();
        let (_, server_first) = message(&mut client);
        let text = String::from_utf8(server_first[4..].to_vec()).unwrap();
        let fields: Vec<&str> = text.split(',').collect();
        let proof = format!("c=biws,{},p={}", fields[0], "A".repeat(43) + "=");
        let len = u32::try_from(proof.len() + 4).unwrap();
        client.write_all(b"p").unwrap();
        client.write_all(&len.to_be_bytes()).unwrap();
        client.write_all(proof.as_bytes()).unwrap();
        assert_eq!(fatal(&mut client), "28P01");
        fields[1].to_owned()
    });
    assert_eq!(
        salts[0], salts[1],
        "a salt that changes tells that nobody is there"
    );
    assert_eq!(
        bench
            .counters
            .handshake_failures(HandshakeFailure::Authentication),
        2
    );
}

#[test]
fn tls_is_started_on_request_and_directly_with_alpn() {
    let bench = Bench::new(Setting {
        tls: true,
        trust: false,
        ..SETTING
    });
    let mut socket = bench.connect();
    socket.write_all(SSL_REQUEST).unwrap();
    assert_eq!(exactly(&mut socket, 1), b"S");
    let mut asked = tls(socket, None);
    let mut direct = tls(bench.connect(), Some(b"postgresql"));
    for client in [&mut asked, &mut direct] {
        client.write_all(STARTUP).unwrap();
        assert_eq!(message(client).1, b"\0\0\0\x0aSCRAM-SHA-256\0\0");
    }
    let mut nameless = tls(bench.connect(), None);
    drop(nameless.write_all(STARTUP));
    assert_eq!(fatal(&mut nameless), "08P01");
    assert_eq!(bench.counters.handshake_failures(HandshakeFailure::Tls), 1);
}

#[test]
fn what_came_before_tls_is_not_taken_for_what_comes_inside() {
    let bench = Bench::new(Setting {
        tls: true,
        ..SETTING
    });
    let mut client = bench.connect();
    client.write_all(&[SSL_REQUEST, STARTUP].concat()).unwrap();
    assert!(
        !closed(&mut client).contains(&b'R'),
        "nobody was authenticated"
    );
    assert_eq!(
        bench
            .counters
            .handshake_failures(HandshakeFailure::Malformed),
        1
    );
}

#[test]
fn a_session_too_many_is_told_so_and_a_place_is_given_back() {
    let bench = Bench::new(Setting {
        limits: Limits {
            sessions_max: 1,
            ..Limits::DEFAULT
        },
        ..SETTING
    });
    let (mut client, upstream, _) = bench.session();
    let mut second = bench.connect();
    second.write_all(STARTUP).unwrap();
    assert_eq!(fatal(&mut second), "53300");
    drop(upstream);
    assert_eq!(fatal(&mut client), "08006");
    while bench.counters.sessions_ended.value() == 0 {
        std::thread::yield_now();
    }
    drop(bench.session());
}

#[test]
fn an_upstream_that_cannot_be_reached_is_told_natively() {
    let Bench {
        upstream,
        running,
        counters,
        reports: _reports,
    } = Bench::new(SETTING);
    drop(upstream);
    let mut client = Socket::connect(running.local_addr()).unwrap();
    client.write_all(STARTUP).unwrap();
    assert_eq!(message(&mut client).0, b'R');
    assert_eq!(fatal(&mut client), "08001");
    assert_eq!(
        counters.handshake_failures(HandshakeFailure::UpstreamConnect),
        1
    );
}

#[test]
fn an_event_log_that_takes_nothing_refuses_sessions() {
    let mut bench = Bench::new(SETTING);
    bench.reports = link::reports(1).1; // the other end is gone
    let mut client = bench.connect();
    client.write_all(STARTUP).unwrap();
    let mut upstream = bench.upstream.accept().unwrap().0;
    upstream
        .write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I")
        .unwrap();
    assert_eq!(message(&mut client).0, b'R');
    assert_eq!(fatal(&mut client), "53000");
    assert_eq!(
        bench
            .counters
            .handshake_failures(HandshakeFailure::EventLog),
        1
    );
    assert_eq!(bench.counters.sessions_started.value(), 0);
}

#[test]
fn a_drain_waits_for_a_command_up_to_its_deadline_and_cuts_handshakes() {
    let bench = Bench::new(SETTING);
    let (mut idle, _idle_upstream, _) = bench.session();
    let (mut busy, mut busy_upstream, _) = bench.session();
    let mut silent = bench.connect();
    silent.write_all(&STARTUP[..5]).unwrap();
    busy.write_all(b"Q\0\0\0\x0dselect 1\0").unwrap();
    assert_eq!(message(&mut busy_upstream).0, b'Q');
    let ended = std::thread::spawn(move || bench.drain(300));
    assert_eq!(fatal(&mut idle), "57P01");
    assert_eq!(fatal(&mut busy), "57P01");
    assert_eq!(fatal(&mut silent), "57P03");
    let ends = |e: &Event| {
        matches!(
            e,
            Event::SessionEnded {
                reason: SessionEnd::Drained,
                ..
            }
        )
    };
    assert_eq!(ended.join().unwrap().iter().filter(|e| ends(e)).count(), 2);
}

#[test]
fn an_upstream_that_dies_in_a_row_closes_the_client_without_a_broken_message() {
    let bench = Bench::new(SETTING);
    let (mut client, mut upstream, _) = bench.session();
    client.write_all(b"Q\0\0\0\x0dselect 1\0").unwrap();
    assert_eq!(message(&mut upstream).0, b'Q');
    // A description, and a row that announces a kilobyte and ends early.
    upstream
        .write_all(b"T\0\0\0\x1a\0\x01a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0")
        .unwrap();
    assert_eq!(message(&mut client).0, b'T');
    upstream
        .write_all(b"D\0\0\x04\x0a\0\x01\0\0\x04\0abc")
        .unwrap();
    drop(upstream);
    let last = closed(&mut client);
    assert!(
        last.is_empty() || last.starts_with(b"E") || last.starts_with(b"D\0\0\x04\x0a"),
        "{last:?}"
    );
    drop(bench.drain(0));
}
