//! What the upstream machine promises.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::postgres::auth::{ScramServer, ScramVerifier};

fn options(tls: bool, password: Option<&str>) -> UpstreamOptions {
    UpstreamOptions {
        user: "held".into(),
        database: "shop".into(),
        parameters: vec![("application_name".into(), "x".into())],
        protocol_minor: 0,
        tls,
        password: password.map(|p| Secret::new(p.into())),
    }
}

fn begun(password: Option<&str>) -> UpstreamStartup {
    let mut machine = UpstreamStartup::new(options(false, password));
    let mut out = Vec::new();
    assert_eq!(machine.advance(b"", &mut out), Ok((0, UpstreamStep::Bytes)));
    assert!(out.ends_with(b"user\0held\0database\0shop\0application_name\0x\0\0"));
    machine
}

fn r(code: u32, rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    message(&mut out, b'R', |out| {
        out.extend_from_slice(&code.to_be_bytes());
        out.extend_from_slice(rest);
    });
    out
}

const SETTLED: &[u8] = b"S\0\0\0\x08a\0b\0K\0\0\0\x0c\0\0\0\x07\x01\x02\x03\x04Z\0\0\0\x05I";

#[test]
fn every_split_of_the_settling_messages_gives_the_same_end() {
    let bytes = [r(0, b""), SETTLED.to_vec()].concat();
    for cut in 0..=bytes.len() {
        let mut machine = begun(None);
        let mut out = Vec::new();
        let (consumed, step) = machine.advance(&bytes[..cut], &mut out).unwrap();
        if step == UpstreamStep::Bytes {
            assert_eq!(
                machine.advance(&bytes[consumed..], &mut out).unwrap().1,
                UpstreamStep::Ready
            );
        }
        let ready = machine.finish();
        assert_eq!(ready.backend_pid, 7);
        assert_eq!(ready.cancel_key, [1, 2, 3, 4]);
        assert_eq!(ready.parameters, [(b"a".to_vec(), b"b".to_vec())]);
        assert_eq!(ready.transaction_status, b'I');
    }
}

#[test]
fn scram_is_answered_with_the_held_password() {
    for (held, ok) in [("right", true), ("wrong", false)] {
        let mut machine = begun(Some(held));
        let mut out = Vec::new();
        machine
            .advance(&r(10, b"SCRAM-SHA-256\0\0"), &mut out)
            .unwrap();
        let mut cursor = Cursor::new(&out[5..]);
        assert_eq!(cursor.c_str(), Ok(&b"SCRAM-SHA-256"[..]));
        let len = cursor.u32().unwrap() as usize;
        let verifier = ScramVerifier::parse(&ScramVerifier::from_password(&Secret::new(
            b"right".to_vec(),
        )));
        let server =
            ScramServer::begin(verifier.unwrap(), cursor.take(len).unwrap(), [9; 18]).unwrap();
        out.clear();
        machine
            .advance(&r(11, server.server_first()), &mut out)
            .unwrap();
        let last = server.finish(&out[5..]);
        assert_eq!(last.is_ok(), ok);
        let Ok(last) = last else { continue };
        let end = [r(12, &last), r(0, b""), SETTLED.to_vec()].concat();
        assert_eq!(
            machine.advance(&end, &mut out).unwrap().1,
            UpstreamStep::Ready
        );
    }
}

#[test]
fn an_upstream_that_skips_its_half_of_scram_is_refused() {
    let mut machine = begun(Some("x"));
    let mut out = Vec::new();
    machine
        .advance(&r(10, b"SCRAM-SHA-256\0\0"), &mut out)
        .unwrap();
    assert_eq!(
        machine.advance(&r(0, b""), &mut out),
        Err(UpstreamError::AuthenticationSkipped)
    );
}

#[test]
fn a_clear_password_is_given_only_inside_tls() {
    let mut machine = begun(Some("x"));
    let mut out = Vec::new();
    assert_eq!(
        machine.advance(&r(3, b""), &mut out),
        Err(UpstreamError::AuthenticationUnsupported)
    );
    assert!(out.is_empty());

    let mut machine = UpstreamStartup::new(options(true, Some("x")));
    machine.advance(b"", &mut out).unwrap();
    assert_eq!(out, [0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]);
    assert_eq!(
        machine.advance(b"S", &mut out),
        Ok((1, UpstreamStep::StartTls))
    );
    machine.tls_started(None, &mut out).unwrap();
    out.clear();
    machine.advance(&r(3, b""), &mut out).unwrap();
    assert_eq!(out, b"p\0\0\0\x06x\0");
}

#[test]
fn md5_is_answered_with_the_salted_hash() {
    let mut machine = begun(Some("x"));
    let mut out = Vec::new();
    machine.advance(&r(5, &[1, 2, 3, 4]), &mut out).unwrap();
    assert!(out.starts_with(b"p\0\0\0\x28md5") && out.len() == 41);
}

#[test]
fn what_has_no_place_in_a_startup_is_refused() {
    use UpstreamError as E;
    let cases: Vec<(&str, Vec<u8>, E)> = vec![
        (
            "row before authentication",
            b"D\0\0\0\x06\0\0".to_vec(),
            E::Protocol,
        ),
        (
            "ready before authentication",
            b"Z\0\0\0\x05I".to_vec(),
            E::Protocol,
        ),
        ("gss", r(7, b""), E::AuthenticationUnsupported),
        ("no password held", r(5, &[0; 4]), E::PasswordMissing),
        (
            "unknown mechanism",
            r(10, b"SCRAM-SHA-512\0\0"),
            E::AuthenticationUnsupported,
        ),
        (
            "final without begin",
            r(12, b"v=x"),
            E::AuthenticationUnsupported,
        ),
        ("length 3", b"R\0\0\0\x03".to_vec(), E::Protocol),
        ("a gigabyte", b"N\x40\0\0\0".to_vec(), E::TooLarge),
        (
            "refusal",
            b"E\0\0\0\x0cC28P01\0\0".to_vec(),
            E::Refused {
                sqlstate: *b"28P01",
            },
        ),
        (
            "made-up sqlstate",
            b"E\0\0\0\x0cCa@b.c\0\0".to_vec(),
            E::Refused {
                sqlstate: *b"XX000",
            },
        ),
        (
            "two ready bytes",
            [r(0, b""), b"Z\0\0\0\x06II".to_vec()].concat(),
            E::Protocol,
        ),
        (
            "a status that does not exist",
            [r(0, b""), b"Z\0\0\0\x05O".to_vec()].concat(),
            E::Protocol,
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(
            begun(None).advance(&bytes, &mut Vec::new()),
            Err(expected),
            "{name}"
        );
    }
    let mut machine = UpstreamStartup::new(options(true, None));
    machine.advance(b"", &mut Vec::new()).unwrap();
    assert_eq!(
        machine.advance(b"N", &mut Vec::new()),
        Err(E::TlsUnavailable)
    );
}
