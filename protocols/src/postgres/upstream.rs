//! The upstream side, from connected to ReadyForQuery, with the credential that the gateway holds.
//!
//! <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP>
//!
//! The held password is answered only to SCRAM, to md5, and in clear only inside TLS. Nothing of the
//! exchange is ever shown to the client.

#![expect(
    clippy::cast_possible_truncation,
    reason = "offsets and lengths stay below message_size_max, which is at most 1 GiB"
)]

use super::auth::Secret;
use super::error::Fields;
use super::startup::CANCEL_KEY_MAX;
use crate::wire::{Cursor, Truncated, message};
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, ScramSha256};
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::fmt;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// Bytes of one message from the upstream during startup.
pub const MESSAGE_MAX: usize = 64 * 1024;
/// Messages that the upstream may send between authentication and ReadyForQuery.
const MESSAGES_MAX: usize = 1_000;

/// What to say to the upstream.
#[derive(Clone, Debug)]
pub struct UpstreamOptions {
    /// The held user.
    pub user: String,
    /// The database.
    pub database: String,
    /// Further startup parameters.
    pub parameters: Vec<(String, String)>,
    /// Minor version to ask for.
    pub protocol_minor: u16,
    /// Ask for TLS first, and refuse to go on without it?
    pub tls: bool,
    /// The held password.
    pub password: Option<Secret>,
}

/// What the machine wants from the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamStep {
    /// Write the output, then read more.
    Bytes,
    /// Start TLS, then call [`UpstreamStartup::tls_started`]. Bytes already received behind this
    /// step were injected: close.
    StartTls,
    /// The upstream is ready: call [`UpstreamStartup::finish`].
    Ready,
}

/// Why the upstream did not let us in, or what it did wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpstreamError {
    /// The upstream answered with an error. Only its SQLSTATE is kept: the text may name the held user.
    Refused {
        /// As sent, or `XX000` if that was not a SQLSTATE.
        sqlstate: [u8; 5],
    },
    /// TLS is configured and the upstream has none.
    TlsUnavailable,
    /// An authentication method that the gateway does not speak, or not without TLS.
    AuthenticationUnsupported,
    /// The upstream asks for a password and none is held.
    PasswordMissing,
    /// The upstream's half of SCRAM is wrong.
    Scram,
    /// The upstream skipped to the end of an authentication that had begun.
    AuthenticationSkipped,
    /// A message that has no place here, or is malformed.
    Protocol,
    /// A message above [`MESSAGE_MAX`], or too many of them.
    TooLarge,
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused { sqlstate } => {
                return write!(f, "the upstream refused the connection with SQLSTATE {}", String::from_utf8_lossy(sqlstate));
            }
            Self::TlsUnavailable => "the upstream offers no TLS",
            Self::AuthenticationUnsupported => "the upstream asks for an authentication method that is not supported (or, for a clear password, not without TLS)",
            Self::PasswordMissing => "the upstream asks for a password and none is configured",
            Self::Scram => "the upstream failed its half of the SCRAM exchange",
            Self::AuthenticationSkipped => "the upstream ended the SCRAM exchange early",
            Self::Protocol => "the upstream sent a message that has no place in a startup",
            Self::TooLarge => "the upstream sent too much during startup",
        })
    }
}

impl From<Truncated> for UpstreamError {
    fn from(_: Truncated) -> Self {
        Self::Protocol
    }
}

/// Where the upstream stands when it is ready.
#[derive(Clone, Debug, Default)]
pub struct UpstreamReady {
    /// The real process id of the backend.
    pub backend_pid: u32,
    /// The real cancel key; empty if the upstream gave none.
    pub cancel_key: Vec<u8>,
    /// Reported parameters in order.
    pub parameters: Vec<(Vec<u8>, Vec<u8>)>,
    /// Bodies of notices that came during startup.
    pub notices: Vec<Vec<u8>>,
    /// Transaction status of the first ReadyForQuery.
    pub transaction_status: u8,
}

enum State {
    Begin,
    TlsAnswer,
    TlsPending,
    Authentication,
    Scram(Box<ScramSha256>),
    ScramDone,
    Settling,
    Ready,
}

/// The machine.
pub struct UpstreamStartup {
    options: UpstreamOptions,
    state: State,
    tls: bool,
    certificate_hash: Option<Vec<u8>>,
    ready: UpstreamReady,
    messages: usize,
}

impl UpstreamStartup {
    /// A machine for a connection that was just made. Call `advance` with no bytes first.
    #[must_use]
    pub fn new(options: UpstreamOptions) -> Self {
        Self {
            options,
            state: State::Begin,
            tls: false,
            certificate_hash: None,
            ready: UpstreamReady::default(),
            messages: 0,
        }
    }

    /// Reads `received`, writes to `out`, and returns how many bytes are consumed and what is next.
    ///
    /// # Errors
    /// An [`UpstreamError`] ends the connection.
    pub fn advance(
        &mut self,
        received: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(usize, UpstreamStep), UpstreamError> {
        match self.state {
            State::Begin if self.options.tls => {
                out.extend_from_slice(&[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
                self.state = State::TlsAnswer;
                return Ok((0, UpstreamStep::Bytes));
            }
            State::Begin => {
                self.write_startup(out);
                return Ok((0, UpstreamStep::Bytes));
            }
            State::TlsAnswer => {
                return match received.first() {
                    None => Ok((0, UpstreamStep::Bytes)),
                    Some(b'S') => {
                        self.state = State::TlsPending;
                        Ok((1, UpstreamStep::StartTls))
                    }
                    Some(_) => Err(UpstreamError::TlsUnavailable),
                };
            }
            State::TlsPending => return Err(UpstreamError::Protocol),
            State::Ready => return Ok((0, UpstreamStep::Ready)),
            State::Authentication | State::Scram(_) | State::ScramDone | State::Settling => {}
        }
        let mut consumed = 0;
        while let Some((tag, body)) = next_message(&received[consumed..])? {
            consumed += body.len() + 5;
            self.messages += 1;
            if self.messages > MESSAGES_MAX {
                return Err(UpstreamError::TooLarge);
            }
            self.message(tag, body, out)?;
            if let State::Ready = self.state {
                return Ok((consumed, UpstreamStep::Ready));
            }
        }
        Ok((consumed, UpstreamStep::Bytes))
    }

    /// TLS is established; writes the startup packet. The certificate is for channel binding.
    ///
    /// # Errors
    /// [`UpstreamError::Protocol`] if no TLS was asked for.
    pub fn tls_started(
        &mut self,
        certificate_der: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<(), UpstreamError> {
        if !matches!(self.state, State::TlsPending) {
            return Err(UpstreamError::Protocol);
        }
        self.tls = true;
        self.certificate_hash = certificate_der.and_then(server_end_point);
        self.write_startup(out);
        Ok(())
    }

    /// What the upstream said.
    #[must_use]
    pub fn finish(self) -> UpstreamReady {
        self.ready
    }

    fn write_startup(&mut self, out: &mut Vec<u8>) {
        let at = out.len();
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&(3u32 << 16 | u32::from(self.options.protocol_minor)).to_be_bytes());
        let own = [
            ("user", self.options.user.as_str()),
            ("database", self.options.database.as_str()),
        ];
        let given = self
            .options
            .parameters
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()));
        for (key, value) in own.into_iter().chain(given) {
            out.extend_from_slice(key.as_bytes());
            out.push(0);
            out.extend_from_slice(value.as_bytes());
            out.push(0);
        }
        out.push(0);
        crate::wire::patch_length(out, at);
        self.state = State::Authentication;
    }

    fn message(&mut self, tag: u8, body: &[u8], out: &mut Vec<u8>) -> Result<(), UpstreamError> {
        match (tag, &self.state) {
            (b'E', _) => Err(refused(body)),
            (b'N', _) => {
                self.ready.notices.push(body.to_vec());
                Ok(())
            }
            (b'v', State::Authentication) => Ok(()), // the upstream speaks an older minor; nothing here depends on it
            (b'R', State::Authentication | State::Scram(_) | State::ScramDone) => {
                self.authentication(body, out)
            }
            (b'S', State::Settling) => {
                let mut cursor = Cursor::new(body);
                let name = cursor.c_str()?.to_vec();
                self.ready.parameters.push((name, cursor.c_str()?.to_vec()));
                Ok(())
            }
            (b'K', State::Settling) => {
                let mut cursor = Cursor::new(body);
                self.ready.backend_pid = cursor.u32()?;
                if cursor.rest().len() > CANCEL_KEY_MAX {
                    return Err(UpstreamError::Protocol);
                }
                self.ready.cancel_key = cursor.rest().to_vec();
                Ok(())
            }
            (b'Z', State::Settling) => {
                let [status @ (b'I' | b'T' | b'E')] = *body else {
                    return Err(UpstreamError::Protocol);
                };
                self.ready.transaction_status = status;
                self.state = State::Ready;
                Ok(())
            }
            _ => Err(UpstreamError::Protocol),
        }
    }

    fn authentication(&mut self, body: &[u8], out: &mut Vec<u8>) -> Result<(), UpstreamError> {
        let mut cursor = Cursor::new(body);
        let code = cursor.u32()?;
        match (
            code,
            std::mem::replace(&mut self.state, State::Authentication),
        ) {
            (0, State::Authentication | State::ScramDone) => {
                self.state = State::Settling;
                Ok(())
            }
            (0, _) => Err(UpstreamError::AuthenticationSkipped),
            (3, State::Authentication) if self.tls => {
                let password = self.password()?;
                message(out, b'p', |out| {
                    out.extend_from_slice(password.expose());
                    out.push(0);
                });
                Ok(())
            }
            (5, State::Authentication) => {
                let mut salt = [0; 4];
                salt.copy_from_slice(cursor.take(4)?);
                let password = self.password()?;
                let hash = md5_hash(self.options.user.as_bytes(), password.expose(), salt);
                message(out, b'p', |out| {
                    out.extend_from_slice(hash.as_bytes());
                    out.push(0);
                });
                Ok(())
            }
            (10, State::Authentication) => self.scram_begin(cursor, out),
            (11, State::Scram(mut scram)) => {
                scram
                    .update(cursor.rest())
                    .map_err(|_| UpstreamError::Scram)?;
                message(out, b'p', |out| out.extend_from_slice(scram.message()));
                self.state = State::Scram(scram);
                Ok(())
            }
            (12, State::Scram(mut scram)) => {
                scram
                    .finish(cursor.rest())
                    .map_err(|_| UpstreamError::Scram)?;
                self.state = State::ScramDone;
                Ok(())
            }
            _ => Err(UpstreamError::AuthenticationUnsupported),
        }
    }

    fn scram_begin(
        &mut self,
        mut cursor: Cursor<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), UpstreamError> {
        let (mut plain, mut plus) = (false, false);
        loop {
            match cursor.c_str()? {
                b"" => break,
                b"SCRAM-SHA-256" => plain = true,
                b"SCRAM-SHA-256-PLUS" => plus = true,
                _ => {}
            }
        }
        let (mechanism, binding): (&[u8], _) = match (&self.certificate_hash, plus, plain) {
            (Some(hash), true, _) => (
                b"SCRAM-SHA-256-PLUS\0",
                ChannelBinding::tls_server_end_point(hash.clone()),
            ),
            // We could have bound, but the server does not offer it: say so, so that a stripped
            // offer is noticed (RFC 5802, section 6).
            (Some(_), false, true) => (b"SCRAM-SHA-256\0", ChannelBinding::unrequested()),
            (None, _, true) => (b"SCRAM-SHA-256\0", ChannelBinding::unsupported()),
            _ => return Err(UpstreamError::AuthenticationUnsupported),
        };
        let scram = ScramSha256::new(self.password()?.expose(), binding);
        message(out, b'p', |out| {
            out.extend_from_slice(mechanism);
            out.extend_from_slice(&(scram.message().len() as u32).to_be_bytes());
            out.extend_from_slice(scram.message());
        });
        self.state = State::Scram(Box::new(scram));
        Ok(())
    }

    fn password(&self) -> Result<&Secret, UpstreamError> {
        self.options
            .password
            .as_ref()
            .ok_or(UpstreamError::PasswordMissing)
    }
}

fn refused(body: &[u8]) -> UpstreamError {
    let sqlstate = Fields::new(body)
        .find(b'C')
        .and_then(|code| <[u8; 5]>::try_from(code).ok())
        .filter(|code| {
            code.iter()
                .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        })
        .unwrap_or(*b"XX000");
    UpstreamError::Refused { sqlstate }
}

/// The first whole message of `received` as (tag, body), or `None` if more bytes are needed.
///
/// # Errors
/// A length below 4 or above [`MESSAGE_MAX`].
pub fn next_message(received: &[u8]) -> Result<Option<(u8, &[u8])>, UpstreamError> {
    let Some(&[tag, a, b, c, d]) = received.first_chunk() else {
        return Ok(None);
    };
    let len = u32::from_be_bytes([a, b, c, d]) as usize;
    if len < 4 {
        return Err(UpstreamError::Protocol);
    }
    if len > MESSAGE_MAX {
        return Err(UpstreamError::TooLarge);
    }
    Ok(received.get(5..len + 1).map(|body| (tag, body)))
}

/// The hash of RFC 5929, section 4.1: the certificate's own signature hash, or SHA-256 where that is
/// MD5 or SHA-1. `None` for signature algorithms without one.
fn server_end_point(der: &[u8]) -> Option<Vec<u8>> {
    let certificate = Certificate::from_der(der).ok()?;
    match certificate.signature_algorithm.oid.to_string().as_str() {
        // md5, sha1 and sha256 with RSA; ECDSA with SHA-1 and SHA-256
        "1.2.840.113549.1.1.4"
        | "1.2.840.113549.1.1.5"
        | "1.2.840.113549.1.1.11"
        | "1.2.840.10045.4.1"
        | "1.2.840.10045.4.3.2" => Some(Sha256::digest(der).to_vec()),
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => Some(Sha384::digest(der).to_vec()),
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => Some(Sha512::digest(der).to_vec()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "upstream_tests.rs"]
mod tests;
