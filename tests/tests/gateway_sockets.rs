//! What sessions cost the real gateway in sockets and memory, in front of an upstream that a test plays.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use wiremask_tests::{Authority, Gateway, GatewayOptions, Wire, frontend};

/// Bytes of the one value of a row; larger than a receive buffer.
const VALUE: usize = 150_000;

/// An upstream that lets everybody in and answers every query with one large row that holds an address.
fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::Builder::new()
                .stack_size(256 * 1024)
                .spawn(move || drop(answer(stream.unwrap())))
                .unwrap();
        }
    });
    address
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut len = [0; 4];
    stream.read_exact(&mut len)?;
    stream.read_exact(&mut vec![0; u32::from_be_bytes(len) as usize - 4])?;
    stream.write_all(b"R\0\0\0\x08\0\0\0\0K\0\0\0\x0c\0\0\0\x07real")?;
    stream.write_all(b"Z\0\0\0\x05I")?;
    let mut text = b"ann@example.org ".repeat(VALUE / 16);
    text.resize(VALUE, b' ');
    let mut row =
        b"T\0\0\0\x1a\0\x01a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0D".to_vec();
    row.extend_from_slice(&u32::try_from(VALUE + 10).unwrap().to_be_bytes());
    row.extend_from_slice(&[0, 1]);
    row.extend_from_slice(&u32::try_from(VALUE).unwrap().to_be_bytes());
    row.extend_from_slice(&text);
    row.extend_from_slice(b"C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I");
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head)?;
        let len = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        stream.read_exact(&mut vec![0; len - 4])?;
        match head[0] {
            b'Q' => stream.write_all(&row)?,
            _ => return Ok(()),
        }
    }
}

/// Resident memory of the gateway with this configuration, bytes.
fn resident(gateway: &Gateway) -> u64 {
    let config = gateway.config();
    let config = config.to_str().unwrap();
    let processes = fs::read_dir("/proc").unwrap();
    let own = processes.filter_map(|entry| {
        let path = entry.ok()?.path();
        let command = fs::read_to_string(path.join("cmdline")).ok()?;
        let is_gateway = command.split('\0').any(|argument| argument == config);
        is_gateway.then(|| fs::read_to_string(path.join("status")).ok())?
    });
    let status = own.last().expect("the gateway runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: u64 = line
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    kib * 1024
}

/// Memory that each of 300 sessions keeps after it had a large masked row and fell idle.
fn kept_by_an_idle_session(gateway: &Gateway, open: impl Fn() -> Wire) -> u64 {
    let session = || {
        let mut wire = open();
        wire.start("agent", "postgres", "").unwrap();
        let row = wire.query("select a").unwrap();
        assert!(
            row.iter()
                .any(|message| message.tag == b'D' && message.body.len() > VALUE / 2)
        );
        wire
    };
    // What the first sessions make grow stays for all others.
    let _first: Vec<Wire> = (0..20).map(|_| session()).collect();
    let before = resident(gateway);
    let _idle: Vec<Wire> = (0..300).map(|_| session()).collect();
    resident(gateway).saturating_sub(before) / 300
}

#[test]
fn an_idle_session_keeps_less_than_64_kib() {
    let gateway = Gateway::start(
        upstream(),
        &GatewayOptions {
            starter: true,
            ..GatewayOptions::default()
        },
    )
    .unwrap();
    let kept = kept_by_an_idle_session(&gateway, || Wire::connect(gateway.address()).unwrap());
    assert!(kept < 64 * 1024, "{kept} bytes");
}

#[test]
fn an_idle_session_over_tls_keeps_less_than_64_kib() {
    let authority = Authority::new().unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let (certificate, key) = (folder.path().join("crt"), folder.path().join("key"));
    authority.issue(&certificate, &key).unwrap();
    let listen = format!(
        "[listen.tls]\ncertificate = \"{}\"\nkey = \"{}\"",
        certificate.display(),
        key.display()
    );
    let gateway = Gateway::start(
        upstream(),
        &GatewayOptions {
            starter: true,
            listen: &listen,
            ..GatewayOptions::default()
        },
    )
    .unwrap();
    let client = authority.client(&[]).unwrap();
    let kept = kept_by_an_idle_session(&gateway, || {
        let wire = Wire::connect(gateway.address()).unwrap();
        wire.negotiate_tls(&client).unwrap()
    });
    assert!(kept < 64 * 1024, "{kept} bytes");
}

#[test]
fn a_slow_client_slows_nobody_else() {
    let gateway = Gateway::start(
        upstream(),
        &GatewayOptions {
            more: "[shards]\ncount = 1",
            ..GatewayOptions::default()
        },
    )
    .unwrap();
    let connect = || {
        let mut wire = Wire::connect(gateway.address()).unwrap();
        wire.start("agent", "postgres", "").unwrap();
        wire
    };
    // Asks for 30 MB and reads nothing of it.
    let mut slow = connect();
    for _ in 0..200 {
        slow.send(&frontend::query("select a")).unwrap();
    }
    let mut fast = connect();
    let begun = Instant::now();
    for _ in 0..20 {
        fast.query("select a").unwrap();
    }
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    for _ in 0..200 {
        slow.until_ready().unwrap();
    }
}
