//! Both startup machines: chunking invariance, bounded demands, and nothing accepted without proof.

use wiremask_protocols::postgres::auth::{ScramVerifier, Secret};
use wiremask_protocols::postgres::startup::{
    ClientCredential, ClientStartup, ClientStep, StartupOptions,
};
use wiremask_protocols::postgres::upstream::{UpstreamOptions, UpstreamStartup, UpstreamStep};

use super::Input;
use crate::message::parse;

/// A client may send anything; without its password it is never authenticated.
///
/// # Panics
/// When the property does not hold.
pub fn startup_client(data: &[u8]) {
    let mut input = Input(data);
    let options = input.byte();
    let whole = client(options, input.0, usize::MAX);
    assert_eq!(
        whole,
        client(options, input.0, 1),
        "single bytes change the answer"
    );
    assert_eq!(
        whole,
        client(options, input.0, 3),
        "threes change the answer"
    );
}

/// Runs the machine over pieces of `size` bytes; the answers and how it ended.
fn client(options: u8, bytes: &[u8], size: usize) -> (Vec<u8>, String) {
    let mut machine = ClientStartup::new(StartupOptions {
        tls_available: options & 1 != 0,
        tls_required: options & 2 != 0,
    });
    let (mut out, mut received, mut rest) = (Vec::new(), Vec::new(), bytes);
    loop {
        match machine.advance(&received, &mut out) {
            Err(error) => {
                let mut last_words = Vec::new();
                error.write(&mut last_words);
                if !last_words.is_empty() {
                    assert!(
                        matches!(parse(&last_words), Ok(Some((_, n))) if n == last_words.len())
                    );
                }
                return (out, format!("{error:?}"));
            }
            Ok((consumed, step)) => {
                received.drain(..consumed);
                match step {
                    ClientStep::Bytes if consumed > 0 && !received.is_empty() => {}
                    ClientStep::Bytes if rest.is_empty() => return (out, "waits".to_owned()),
                    ClientStep::Bytes => {
                        assert!(
                            consumed > 0 || received.len() <= 10_000,
                            "holds more than a startup packet"
                        );
                        let (piece, after) = rest.split_at(size.min(rest.len()));
                        received.extend_from_slice(piece);
                        rest = after;
                    }
                    ClientStep::StartTls { direct } => {
                        // What follows counts as sent inside TLS; the machine cannot tell.
                        let alpn = (options & 4 != 0).then_some(&b"postgresql"[..]);
                        if machine.tls_started(alpn).is_err() {
                            return (out, "no ALPN".to_owned());
                        }
                        if direct {
                            received.drain(..1); // stands for the ClientHello
                        }
                    }
                    ClientStep::Cancel { pid, key } => return (out, format!("{pid} {key:?}")),
                    ClientStep::Identify => {
                        let info = machine.startup();
                        assert!(!info.user.is_empty() && !info.database.is_empty());
                        let credential = match options & 8 {
                            0 => ClientCredential::Unknown { mock_salt: [7; 16] },
                            _ => ClientCredential::Scram(verifier()),
                        };
                        machine.credential(credential, [9; 18], &mut out);
                    }
                    ClientStep::Authenticated => panic!("authenticated without the password"),
                }
            }
        }
    }
}

/// Of a password that no input knows; parsing it costs no key derivation.
fn verifier() -> ScramVerifier {
    ScramVerifier::mock([3; 16])
}

/// An upstream may send anything; the held password leaves in no other way than SCRAM and md5.
///
/// # Panics
/// When the property does not hold.
pub fn startup_upstream(data: &[u8]) {
    let mut input = Input(data);
    let options = input.byte();
    let whole = upstream(options, input.0, usize::MAX);
    assert_eq!(
        whole.1,
        upstream(options, input.0, 1).1,
        "single bytes change the end"
    );
    assert!(
        !whole.0.windows(HELD.len()).any(|window| window == HELD),
        "the held password was sent in clear"
    );
}

const HELD: &[u8] = b"held-password-5519";

fn upstream(options: u8, bytes: &[u8], size: usize) -> (Vec<u8>, String) {
    let mut machine = UpstreamStartup::new(UpstreamOptions {
        user: "held".into(),
        database: "birds".into(),
        parameters: vec![("application_name".into(), "fuzz".into())],
        protocol_minor: u16::from(options & 1) * 2,
        tls: false,
        password: (options & 2 != 0).then(|| Secret::new(HELD.to_vec())),
    });
    let (mut out, mut received, mut rest) = (Vec::new(), Vec::new(), bytes);
    let mut asked = false;
    loop {
        match machine.advance(&received, &mut out) {
            Err(error) => return (out, error.to_string()),
            Ok((consumed, step)) => {
                received.drain(..consumed);
                match step {
                    UpstreamStep::Bytes if rest.is_empty() && asked => {
                        return (out, "waits".into());
                    }
                    UpstreamStep::Bytes => {
                        asked = true;
                        assert!(received.len() <= 64 * 1024 + 5, "holds more than a message");
                        let (piece, after) = rest.split_at(size.min(rest.len()));
                        received.extend_from_slice(piece);
                        rest = after;
                    }
                    UpstreamStep::StartTls => panic!("starts TLS without having asked"),
                    UpstreamStep::Ready => {
                        let ready = machine.finish();
                        assert!(ready.cancel_key.len() <= 256);
                        assert!(matches!(ready.transaction_status, b'I' | b'T' | b'E'));
                        return (out, format!("ready {:?}", ready.parameters.len()));
                    }
                }
            }
        }
    }
}
