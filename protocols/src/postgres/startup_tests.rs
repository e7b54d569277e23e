//! What the startup machine promises.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::postgres::auth::Secret;
use crate::postgres::error::Fields;
use postgres_protocol::authentication::sasl::{ChannelBinding, ScramSha256};

const PLAIN: StartupOptions = StartupOptions {
    tls_available: false,
    tls_required: false,
};
const TLS: StartupOptions = StartupOptions {
    tls_available: true,
    tls_required: false,
};

fn packet(code: u32, rest: &[u8]) -> Vec<u8> {
    let mut out = (8 + rest.len() as u32).to_be_bytes().to_vec();
    out.extend_from_slice(&code.to_be_bytes());
    out.extend_from_slice(rest);
    out
}

fn startup(minor: u32, pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut rest = Vec::new();
    for (key, value) in pairs {
        rest.extend_from_slice(format!("{key}\0{value}\0").as_bytes());
    }
    rest.push(0);
    packet(3 << 16 | minor, &rest)
}

fn one(options: StartupOptions, bytes: &[u8]) -> Result<(usize, ClientStep), StartupError> {
    ClientStartup::new(options).advance(bytes, &mut Vec::new())
}

#[test]
fn every_prefix_of_a_startup_packet_waits_for_more() {
    let bytes = startup(
        0,
        &[("user", "ann"), ("database", "shop"), ("options", "-c a=b")],
    );
    for cut in 0..bytes.len() {
        assert_eq!(
            one(PLAIN, &bytes[..cut]),
            Ok((0, ClientStep::Bytes)),
            "cut at {cut}"
        );
    }
    let mut machine = ClientStartup::new(PLAIN);
    assert_eq!(
        machine.advance(&bytes, &mut Vec::new()),
        Ok((bytes.len(), ClientStep::Identify))
    );
    assert_eq!(machine.startup().user, "ann");
    assert_eq!(machine.startup().database, "shop");
    assert_eq!(
        machine.startup().parameters,
        [("options".to_string(), "-c a=b".to_string())]
    );
}

#[test]
fn a_duplicate_key_takes_the_last_value() {
    let mut machine = ClientStartup::new(PLAIN);
    let bytes = startup(
        0,
        &[("user", "ann"), ("user", "bob"), ("a", "1"), ("a", "2")],
    );
    machine.advance(&bytes, &mut Vec::new()).unwrap();
    assert_eq!(machine.startup().user, "bob");
    assert_eq!(machine.startup().database, "bob");
    assert_eq!(
        machine.startup().parameters,
        [("a".to_string(), "2".to_string())]
    );
}

#[test]
fn bad_packets_are_refused_by_rule() {
    use StartupError as E;
    let cases: Vec<(&str, StartupOptions, Vec<u8>, E)> = vec![
        (
            "too short",
            PLAIN,
            vec![0, 0, 0, 7, 0, 0, 0],
            E::PacketLength,
        ),
        ("a gigabyte", PLAIN, vec![0x40, 0, 0, 0], E::PacketLength),
        (
            "http probe",
            PLAIN,
            b"GET / HTTP/1.1\r\n".to_vec(),
            E::PacketLength,
        ),
        (
            "protocol 2",
            PLAIN,
            packet(2 << 16, &[0; 20]),
            E::ProtocolUnsupported,
        ),
        (
            "protocol 4",
            PLAIN,
            packet(4 << 16, b"\0"),
            E::ProtocolUnsupported,
        ),
        (
            "no terminator",
            PLAIN,
            packet(3 << 16, b"user\0ann\0"),
            E::PacketMalformed,
        ),
        (
            "rest behind terminator",
            PLAIN,
            packet(3 << 16, b"user\0ann\0\0x"),
            E::PacketMalformed,
        ),
        (
            "no user",
            PLAIN,
            startup(0, &[("database", "x")]),
            E::UserMissing,
        ),
        (
            "empty user",
            PLAIN,
            startup(0, &[("user", "")]),
            E::UserMissing,
        ),
        (
            "not utf-8",
            PLAIN,
            packet(3 << 16, b"user\0\xff\xfe\0\0"),
            E::ParameterEncoding,
        ),
        (
            "replication",
            PLAIN,
            startup(0, &[("user", "a"), ("replication", "true")]),
            E::Replication,
        ),
        (
            "replication db",
            PLAIN,
            startup(0, &[("user", "a"), ("replication", "database")]),
            E::Replication,
        ),
        (
            "replication empty",
            PLAIN,
            startup(0, &[("user", "a"), ("replication", "")]),
            E::Replication,
        ),
        (
            "cancel without key",
            PLAIN,
            packet(CODE_CANCEL, &[0, 0, 0, 1]),
            E::PacketMalformed,
        ),
        (
            "cancel key too long",
            PLAIN,
            packet(CODE_CANCEL, &[1; 4 + 257]),
            E::PacketMalformed,
        ),
        (
            "tls required",
            StartupOptions {
                tls_available: true,
                tls_required: true,
            },
            startup(0, &[("user", "a")]),
            E::TlsRequired,
        ),
        (
            "direct tls without certificate",
            PLAIN,
            vec![0x16, 3, 1],
            E::TlsUnavailable,
        ),
        (
            "ssl request with a tail",
            PLAIN,
            packet(CODE_SSL, &[0]),
            E::ProtocolUnsupported,
        ),
    ];
    for (name, options, bytes, expected) in cases {
        let mut out = Vec::new();
        let got = ClientStartup::new(options).advance(&bytes, &mut out);
        assert_eq!(got, Err(expected), "{name}");
        expected.write(&mut out);
        assert_eq!(
            Fields::new(&out[5..]).find(b'S'),
            Some(&b"FATAL"[..]),
            "{name}"
        );
    }
}

#[test]
fn replication_off_is_an_ordinary_connection() {
    for off in ["off", "0", "f", "false", "no", "n"] {
        let bytes = startup(0, &[("user", "a"), ("replication", off)]);
        assert_eq!(one(PLAIN, &bytes).unwrap().1, ClientStep::Identify, "{off}");
    }
}

#[test]
fn ssl_and_gss_may_be_asked_once_each() {
    let mut machine = ClientStartup::new(PLAIN);
    let mut out = Vec::new();
    assert_eq!(
        machine.advance(&packet(CODE_GSSENC, b""), &mut out),
        Ok((8, ClientStep::Bytes))
    );
    assert_eq!(
        machine.advance(&packet(CODE_SSL, b""), &mut out),
        Ok((8, ClientStep::Bytes))
    );
    assert_eq!(out, b"NN");
    assert_eq!(
        machine.advance(&packet(CODE_SSL, b""), &mut out),
        Err(StartupError::RepeatedRequest)
    );

    let mut machine = ClientStartup::new(PLAIN);
    machine
        .advance(&packet(CODE_GSSENC, b""), &mut out)
        .unwrap();
    assert_eq!(
        machine.advance(&packet(CODE_GSSENC, b""), &mut out),
        Err(StartupError::RepeatedRequest)
    );
}

#[test]
fn tls_by_request_and_direct() {
    let mut machine = ClientStartup::new(TLS);
    let mut out = Vec::new();
    let step = machine.advance(&packet(CODE_SSL, b""), &mut out).unwrap();
    assert_eq!(
        (step, &out[..]),
        ((8, ClientStep::StartTls { direct: false }), &b"S"[..])
    );
    assert_eq!(machine.tls_started(None), Ok(()));
    assert_eq!(
        machine.advance(&packet(CODE_SSL, b""), &mut out),
        Err(StartupError::NestedTls)
    );

    let mut machine = ClientStartup::new(TLS);
    assert_eq!(
        machine.advance(&[0x16], &mut out),
        Ok((0, ClientStep::StartTls { direct: true }))
    );
    assert_eq!(
        machine.tls_started(Some(b"http/1.1")),
        Err(StartupError::Alpn)
    );
    let mut machine = ClientStartup::new(TLS);
    machine.advance(&[0x16], &mut out).unwrap();
    assert_eq!(machine.tls_started(Some(ALPN)), Ok(()));
    assert!(machine.is_tls());
}

#[test]
fn newer_minors_and_options_are_negotiated_down() {
    let cases = [
        (startup(0, &[("user", "a")]), 0, None),
        (startup(2, &[("user", "a")]), 2, None),
        (startup(9999, &[("user", "a")]), 2, Some((3 << 16 | 2, 0))),
        (
            startup(0, &[("user", "a"), ("_pq_.x", "1")]),
            0,
            Some((3 << 16, 1)),
        ),
    ];
    for (bytes, minor, negotiation) in cases {
        let mut machine = ClientStartup::new(PLAIN);
        let mut out = Vec::new();
        machine.advance(&bytes, &mut out).unwrap();
        assert_eq!(machine.startup().protocol_minor, minor);
        assert_eq!(
            machine.startup().cancel_key_len(),
            if minor == 2 { 32 } else { 4 }
        );
        let seen = (!out.is_empty()).then(|| {
            assert_eq!(out[0], b'v');
            let mut cursor = Cursor::new(&out[5..]);
            (cursor.u32().unwrap(), cursor.u32().unwrap())
        });
        assert_eq!(seen, negotiation);
    }
}

fn log_in(credential: ClientCredential, password: &[u8]) -> Result<Vec<u8>, StartupError> {
    let mut machine = ClientStartup::new(PLAIN);
    let mut out = Vec::new();
    machine.advance(&startup(0, &[("user", "ann")]), &mut out)?;
    machine.credential(credential, [3; 18], &mut out);
    let mut client = ScramSha256::new(password, ChannelBinding::unsupported());
    let mut first = Vec::new();
    message(&mut first, b'p', |out| {
        out.extend_from_slice(b"SCRAM-SHA-256\0");
        out.extend_from_slice(&(client.message().len() as u32).to_be_bytes());
        out.extend_from_slice(client.message());
    });
    for cut in 0..first.len() {
        assert_eq!(
            machine.advance(&first[..cut], &mut out),
            Ok((0, ClientStep::Bytes))
        );
    }
    out.clear();
    machine.advance(&first, &mut out)?;
    client.update(&out[9..]).unwrap();
    let mut last = Vec::new();
    message(&mut last, b'p', |out| {
        out.extend_from_slice(client.message())
    });
    out.clear();
    let (_, step) = machine.advance(&last, &mut out)?;
    assert_eq!(step, ClientStep::Authenticated);
    Ok(out)
}

#[test]
fn scram_lets_in_who_knows_the_password() {
    let text = ScramVerifier::from_password(&Secret::new(b"pass".to_vec()));
    let verifier = ScramVerifier::parse(&text).unwrap();
    let last = log_in(ClientCredential::Scram(verifier.clone()), b"pass").unwrap();
    assert!(last.ends_with(b"R\0\0\0\x08\0\0\0\0"));
    assert_eq!(
        log_in(ClientCredential::Scram(verifier), b"pasS"),
        Err(StartupError::Denied)
    );
    assert_eq!(
        log_in(ClientCredential::Unknown { mock_salt: [1; 16] }, b"pass"),
        Err(StartupError::Denied)
    );
}

#[test]
fn only_password_messages_are_read_before_authentication() {
    for bytes in [
        &b"Q\0\0\0\x0bselect 1"[..],
        b"p\x7f\xff\xff\xff",
        b"p\0\0\0\x03",
    ] {
        let mut machine = ClientStartup::new(PLAIN);
        let mut out = Vec::new();
        machine
            .advance(&startup(0, &[("user", "ann")]), &mut out)
            .unwrap();
        machine.credential(
            ClientCredential::Unknown { mock_salt: [0; 16] },
            [3; 18],
            &mut out,
        );
        assert_eq!(
            machine.advance(bytes, &mut out),
            Err(StartupError::AuthenticationMessage)
        );
        assert!(
            machine.advance(bytes, &mut out).is_err(),
            "a failed machine stays failed"
        );
    }
}
