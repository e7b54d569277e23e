//! Credentials and the server side of SCRAM-SHA-256 (RFC 5802, RFC 7677).
//!
//! The client side, towards the upstream, is `postgres-protocol`'s.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A secret that is wiped from memory when dropped and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of the bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for the one place that needs them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// What the gateway keeps of a user's password: enough to verify, not enough to log in elsewhere.
#[derive(Clone, PartialEq, Eq)]
pub struct ScramVerifier {
    iterations: u32,
    salt: Vec<u8>,
    stored_key: [u8; 32],
    server_key: [u8; 32],
}

impl fmt::Debug for ScramVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[scram verifier]")
    }
}

/// The text is not `SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAVerifier;

impl fmt::Display for NotAVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not of the form SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>")
    }
}

impl ScramVerifier {
    /// Reads the form that PostgreSQL keeps in `pg_authid.rolpassword`.
    ///
    /// # Errors
    /// [`NotAVerifier`].
    pub fn parse(text: &str) -> Result<Self, NotAVerifier> {
        let rest = text.strip_prefix("SCRAM-SHA-256$").ok_or(NotAVerifier)?;
        let (head, keys) = rest.split_once('$').ok_or(NotAVerifier)?;
        let (iterations, salt) = head.split_once(':').ok_or(NotAVerifier)?;
        let (stored, server) = keys.split_once(':').ok_or(NotAVerifier)?;
        let key = |text: &str| -> Result<[u8; 32], NotAVerifier> {
            let bytes = BASE64.decode(text).map_err(|_| NotAVerifier)?;
            bytes.try_into().map_err(|_| NotAVerifier)
        };
        let iterations = iterations.parse().map_err(|_| NotAVerifier)?;
        let salt = BASE64.decode(salt).map_err(|_| NotAVerifier)?;
        if iterations == 0 || salt.is_empty() {
            return Err(NotAVerifier);
        }
        Ok(Self {
            iterations,
            salt,
            stored_key: key(stored)?,
            server_key: key(server)?,
        })
    }

    /// A verifier for a plain password, with a fresh random salt and PostgreSQL's iteration count.
    #[must_use]
    pub fn from_password(password: &Secret) -> String {
        postgres_protocol::password::scram_sha_256(password.expose())
    }

    /// A verifier that no password matches, so that an unknown user cannot be told from a known one.
    #[must_use]
    pub fn mock(salt: [u8; 16]) -> Self {
        Self {
            iterations: 4096,
            salt: salt.to_vec(),
            stored_key: [0; 32],
            server_key: [0; 32],
        }
    }
}

/// Why a SCRAM exchange failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScramError {
    /// A message does not follow the grammar of RFC 5802.
    Malformed,
    /// The client asks for channel binding, which was not offered.
    ChannelBinding,
    /// The nonce is not ours.
    Nonce,
    /// The proof is wrong: wrong password or unknown user.
    Proof,
}

/// The server's half of one exchange, after the client's first message.
pub struct ScramServer {
    verifier: ScramVerifier,
    gs2_header: Vec<u8>,
    client_first_bare: Vec<u8>,
    nonce: Vec<u8>,
    server_first: Vec<u8>,
}

impl ScramServer {
    /// Reads the client's first message. `nonce` is 18 random bytes from the shell.
    ///
    /// # Errors
    /// [`ScramError::Malformed`] or [`ScramError::ChannelBinding`].
    pub fn begin(
        verifier: ScramVerifier,
        client_first: &[u8],
        nonce: [u8; 18],
    ) -> Result<Self, ScramError> {
        let text = std::str::from_utf8(client_first).map_err(|_| ScramError::Malformed)?;
        let bare_at = match text.as_bytes().first() {
            Some(b'n' | b'y') => {
                let (_, after_flag) = text.split_once(',').ok_or(ScramError::Malformed)?;
                // An authorization identity is never used with PostgreSQL.
                let bare = after_flag.strip_prefix(',').ok_or(ScramError::Malformed)?;
                text.len() - bare.len()
            }
            Some(b'p') => return Err(ScramError::ChannelBinding),
            _ => return Err(ScramError::Malformed),
        };
        if bare_at != 3 {
            return Err(ScramError::Malformed);
        }
        let (gs2_header, bare) = text.split_at(bare_at);
        let mut attributes = bare.split(',');
        // PostgreSQL takes the user from the startup message and ignores n=.
        attributes
            .next()
            .filter(|a| a.starts_with("n="))
            .ok_or(ScramError::Malformed)?;
        let client_nonce = attributes
            .next()
            .and_then(|a| a.strip_prefix("r="))
            .filter(|r| !r.is_empty() && r.bytes().all(|b| (0x21..=0x7e).contains(&b)))
            .ok_or(ScramError::Malformed)?;
        let nonce = format!("{client_nonce}{}", BASE64.encode(nonce)).into_bytes();
        let mut server_first = b"r=".to_vec();
        server_first.extend_from_slice(&nonce);
        server_first.extend_from_slice(
            format!(
                ",s={},i={}",
                BASE64.encode(&verifier.salt),
                verifier.iterations
            )
            .as_bytes(),
        );
        Ok(Self {
            verifier,
            gs2_header: gs2_header.as_bytes().to_vec(),
            client_first_bare: bare.as_bytes().to_vec(),
            nonce,
            server_first,
        })
    }

    /// The server's first message.
    #[must_use]
    pub fn server_first(&self) -> &[u8] {
        &self.server_first
    }

    /// Checks the client's final message and gives the server's final one.
    ///
    /// # Errors
    /// Any [`ScramError`].
    pub fn finish(self, client_final: &[u8]) -> Result<Vec<u8>, ScramError> {
        let text = std::str::from_utf8(client_final).map_err(|_| ScramError::Malformed)?;
        let (without_proof, proof) = text.rsplit_once(",p=").ok_or(ScramError::Malformed)?;
        let mut attributes = without_proof.split(',');
        let binding = attributes
            .next()
            .and_then(|a| a.strip_prefix("c="))
            .ok_or(ScramError::Malformed)?;
        let nonce = attributes
            .next()
            .and_then(|a| a.strip_prefix("r="))
            .ok_or(ScramError::Malformed)?;
        if BASE64.decode(binding).map_err(|_| ScramError::Malformed)? != self.gs2_header {
            return Err(ScramError::ChannelBinding);
        }
        if nonce.as_bytes() != self.nonce {
            return Err(ScramError::Nonce);
        }
        let proof = BASE64.decode(proof).map_err(|_| ScramError::Malformed)?;
        let proof: [u8; 32] = proof.try_into().map_err(|_| ScramError::Malformed)?;

        let auth_message = [
            &self.client_first_bare[..],
            b",",
            &self.server_first,
            b",",
            without_proof.as_bytes(),
        ]
        .concat();
        let signature = hmac(&self.verifier.stored_key, &auth_message);
        let mut client_key = proof;
        client_key
            .iter_mut()
            .zip(signature)
            .for_each(|(k, s)| *k ^= s);
        let stored: [u8; 32] = Sha256::digest(client_key).into();
        if !bool::from(stored.ct_eq(&self.verifier.stored_key)) {
            return Err(ScramError::Proof);
        }
        let server_signature = hmac(&self.verifier.server_key, &auth_message);
        Ok(format!("v={}", BASE64.encode(server_signature)).into_bytes())
    }
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use postgres_protocol::authentication::sasl::{ChannelBinding, ScramSha256};

    fn exchange(password: &[u8], tried: &[u8]) -> Result<(), ScramError> {
        let verifier = ScramVerifier::parse(&ScramVerifier::from_password(&Secret::new(
            password.to_vec(),
        )))
        .unwrap();
        let mut client = ScramSha256::new(tried, ChannelBinding::unsupported());
        let server = ScramServer::begin(verifier, client.message(), [7; 18])?;
        client.update(server.server_first()).unwrap();
        let last = server.finish(client.message())?;
        client.finish(&last).unwrap();
        Ok(())
    }

    #[test]
    fn the_right_password_passes_and_a_wrong_one_does_not() {
        assert_eq!(exchange(b"secret", b"secret"), Ok(()));
        assert_eq!(exchange(b"secret", b"Secret"), Err(ScramError::Proof));
    }

    #[test]
    fn a_mock_verifier_fails_at_the_proof_and_no_earlier() {
        let mut client = ScramSha256::new(b"x", ChannelBinding::unsupported());
        let server =
            ScramServer::begin(ScramVerifier::mock([1; 16]), client.message(), [7; 18]).unwrap();
        client.update(server.server_first()).unwrap();
        assert_eq!(server.finish(client.message()), Err(ScramError::Proof));
    }

    #[test]
    fn malformed_first_messages_are_refused() {
        let cases: [(&[u8], ScramError); 6] = [
            (b"", ScramError::Malformed),
            (
                b"p=tls-server-end-point,,n=,r=abc",
                ScramError::ChannelBinding,
            ),
            (b"n,a=admin,n=,r=abc", ScramError::Malformed),
            (b"n,,r=abc", ScramError::Malformed),
            (b"n,,n=,r=", ScramError::Malformed),
            (b"nx,,n=,r=abc", ScramError::Malformed),
        ];
        for (first, expected) in cases {
            let got = ScramServer::begin(ScramVerifier::mock([1; 16]), first, [0; 18]);
            assert_eq!(
                got.err(),
                Some(expected),
                "{}",
                String::from_utf8_lossy(first)
            );
        }
    }

    #[test]
    fn secrets_do_not_print() {
        assert_eq!(
            format!("{:?}", Secret::new(b"hunter2".to_vec())),
            "[secret]"
        );
        assert_eq!(
            format!("{:?}", ScramVerifier::mock([1; 16])),
            "[scram verifier]"
        );
    }
}
