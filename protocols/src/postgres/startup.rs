//! The client side, from accept to authenticated.
//!
//! <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP>
//!
//! Before the startup packet a client may ask once for TLS and once for GSS encryption; nothing it
//! sends here is larger than [`STARTUP_PACKET_MAX`] and no buffer is sized from what it announces.

#![expect(
    clippy::cast_possible_truncation,
    reason = "offsets and lengths stay below message_size_max, which is at most 1 GiB"
)]

use super::auth::{ScramServer, ScramVerifier};
use super::error::{Severity, write_error};
use crate::session::Denial;
use crate::wire::{Cursor, Truncated, message};
use std::fmt;

/// Bytes of one packet or message before authentication, as in PostgreSQL's MAX_STARTUP_PACKET_LENGTH.
pub const STARTUP_PACKET_MAX: usize = 10_000;

const CODE_CANCEL: u32 = 0x04d2_162e;
const CODE_SSL: u32 = 0x04d2_162f;
const CODE_GSSENC: u32 = 0x04d2_1630;
const TLS_HANDSHAKE_RECORD: u8 = 0x16;
const PROTOCOL_MAJOR: u16 = 3;
/// The newest minor version that the gateway speaks.
pub const PROTOCOL_MINOR_MAX: u16 = 2;
/// The longest cancel key of protocol 3.2.
pub const CANCEL_KEY_MAX: usize = 256;
/// The ALPN name that PostgreSQL registered.
pub const ALPN: &[u8] = b"postgresql";

/// What the listener offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartupOptions {
    /// Has the listener a certificate?
    pub tls_available: bool,
    /// Are clients without TLS refused?
    pub tls_required: bool,
}

/// What the machine wants from the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientStep {
    /// Write the output, then read more.
    Bytes,
    /// Write the output, then accept TLS. `direct`: nothing was consumed, the received bytes are the
    /// ClientHello. Otherwise bytes that are already received were injected: close.
    StartTls {
        /// Did the client start TLS without asking?
        direct: bool,
    },
    /// Forward a cancellation and close. The client gets no answer.
    Cancel {
        /// Process id as the client knows it.
        pid: u32,
        /// Cancel key as the client knows it, 4 to 256 bytes.
        key: Vec<u8>,
    },
    /// Call [`ClientStartup::credential`] with what the policy knows of [`ClientStartup::startup`].
    Identify,
    /// The client is authenticated. Connect to the upstream; nothing more is read until then.
    Authenticated,
}

/// The validated startup packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartupInfo {
    /// The user that the client names.
    pub user: String,
    /// The database, which defaults to the user.
    pub database: String,
    /// Everything else in order of first appearance, `options` included; a duplicate key has its last value.
    pub parameters: Vec<(String, String)>,
    /// Negotiated minor version of protocol 3.
    pub protocol_minor: u16,
}

impl StartupInfo {
    /// Length of the cancel key that this protocol version takes, in bytes.
    #[must_use]
    pub fn cancel_key_len(&self) -> usize {
        if self.protocol_minor >= 2 { 32 } else { 4 }
    }
}

/// What the policy knows about the user.
#[derive(Clone, Debug)]
pub enum ClientCredential {
    /// No proof is asked.
    Trust,
    /// Proof by SCRAM-SHA-256.
    Scram(ScramVerifier),
    /// Nobody of that name: the exchange is played to its end and fails.
    Unknown {
        /// Must be the same for the same name, so that it cannot be told from a real salt.
        mock_salt: [u8; 16],
    },
}

/// Why a client did not get in. One variant per broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartupError {
    /// The announced length is below 8 or above the limit.
    PacketLength,
    /// The packet is not what its length announces.
    PacketMalformed,
    /// Neither TLS, GSS, cancel nor protocol 3.
    ProtocolUnsupported,
    /// TLS or GSS asked twice, or after the other was granted.
    RepeatedRequest,
    /// TLS inside TLS.
    NestedTls,
    /// Direct TLS without the ALPN name `postgresql`.
    Alpn,
    /// Direct TLS to a listener without a certificate.
    TlsUnavailable,
    /// A client without TLS where it is required.
    TlsRequired,
    /// No user in the startup packet.
    UserMissing,
    /// A parameter is not UTF-8.
    ParameterEncoding,
    /// Replication mode.
    Replication,
    /// A message that is not a password message, or too long.
    AuthenticationMessage,
    /// The client chose another mechanism than SCRAM-SHA-256.
    Mechanism,
    /// Wrong password or unknown user.
    Denied,
}

impl StartupError {
    fn sqlstate(self) -> &'static [u8; 5] {
        match self {
            Self::PacketLength
            | Self::PacketMalformed
            | Self::RepeatedRequest
            | Self::NestedTls
            | Self::Alpn
            | Self::AuthenticationMessage
            | Self::Mechanism => b"08P01",
            Self::ProtocolUnsupported | Self::Replication => b"0A000",
            Self::TlsUnavailable | Self::TlsRequired | Self::UserMissing => b"28000",
            Self::ParameterEncoding => b"22021",
            Self::Denied => b"28P01",
        }
    }

    /// Appends the native fatal error.
    pub fn write(self, out: &mut Vec<u8>) {
        write_error(
            out,
            Severity::Fatal,
            &Denial::new(self.sqlstate(), self.to_string()),
        );
    }
}

impl fmt::Display for StartupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PacketLength => "invalid length of startup packet",
            Self::PacketMalformed => "invalid startup packet layout",
            Self::ProtocolUnsupported => {
                "unsupported frontend protocol: the gateway speaks 3.0 to 3.2"
            }
            Self::RepeatedRequest => "encryption was requested more than once",
            Self::NestedTls => "TLS was requested inside TLS",
            Self::Alpn => "direct TLS needs the ALPN protocol postgresql",
            Self::TlsUnavailable => "this listener has no TLS certificate",
            Self::TlsRequired => "this listener requires TLS: use sslmode=require or stronger",
            Self::UserMissing => "no PostgreSQL user name specified in startup packet",
            Self::ParameterEncoding => "a startup parameter is not valid UTF-8",
            Self::Replication => "replication connections are not supported by the gateway",
            Self::AuthenticationMessage => "invalid authentication message",
            Self::Mechanism => "the client chose a SASL mechanism that was not offered",
            Self::Denied => "authentication failed",
        })
    }
}

impl From<Truncated> for StartupError {
    fn from(_: Truncated) -> Self {
        Self::PacketMalformed
    }
}

enum State {
    Packet,
    TlsPending {
        direct: bool,
    },
    Identify,
    ScramFirst {
        verifier: ScramVerifier,
        nonce: [u8; 18],
    },
    ScramFinal(Box<ScramServer>),
    Done,
    Failed,
}

/// The machine. Feed it what was received; it never holds a receive buffer of its own.
pub struct ClientStartup {
    options: StartupOptions,
    state: State,
    tls: bool,
    ssl_asked: bool,
    gss_asked: bool,
    info: StartupInfo,
}

impl ClientStartup {
    /// A machine for a connection that was just accepted.
    #[must_use]
    pub fn new(options: StartupOptions) -> Self {
        Self {
            options,
            state: State::Packet,
            tls: false,
            ssl_asked: false,
            gss_asked: false,
            info: StartupInfo::default(),
        }
    }

    /// Reads `received`, writes answers to `out`, and returns how many bytes are consumed and the
    /// next step.
    ///
    /// # Errors
    /// A [`StartupError`] ends the connection; [`StartupError::write`] makes the last words.
    pub fn advance(
        &mut self,
        received: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(usize, ClientStep), StartupError> {
        let result = match self.state {
            State::Packet => self.packet(received, out),
            State::ScramFirst { .. } | State::ScramFinal(_) => self.scram(received, out),
            State::Identify => Ok((0, ClientStep::Identify)),
            State::Done => Ok((0, ClientStep::Authenticated)),
            State::TlsPending { .. } | State::Failed => Err(StartupError::PacketMalformed),
        };
        if result.is_err() {
            self.state = State::Failed;
        }
        result
    }

    /// TLS is established. `alpn` is the negotiated protocol, if any.
    ///
    /// # Errors
    /// [`StartupError::Alpn`] for direct TLS without it.
    pub fn tls_started(&mut self, alpn: Option<&[u8]>) -> Result<(), StartupError> {
        let State::TlsPending { direct } = self.state else {
            return Err(StartupError::NestedTls);
        };
        if direct && alpn != Some(ALPN) {
            return Err(StartupError::Alpn);
        }
        self.tls = true;
        self.state = State::Packet;
        Ok(())
    }

    /// The startup packet, once [`ClientStep::Identify`] was returned.
    #[must_use]
    pub fn startup(&self) -> &StartupInfo {
        &self.info
    }

    /// Is the client's connection encrypted?
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// Answers [`ClientStep::Identify`]. `nonce` is random. Call `advance` afterwards.
    pub fn credential(&mut self, credential: ClientCredential, nonce: [u8; 18], out: &mut Vec<u8>) {
        let verifier = match credential {
            ClientCredential::Trust => {
                write_authentication(out, 0, b"");
                self.state = State::Done;
                return;
            }
            ClientCredential::Scram(verifier) => verifier,
            ClientCredential::Unknown { mock_salt } => ScramVerifier::mock(mock_salt),
        };
        write_authentication(out, 10, b"SCRAM-SHA-256\0\0");
        self.state = State::ScramFirst { verifier, nonce };
    }

    fn packet(
        &mut self,
        received: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(usize, ClientStep), StartupError> {
        match received.first() {
            None => return Ok((0, ClientStep::Bytes)),
            Some(&TLS_HANDSHAKE_RECORD) => return self.direct_tls(),
            Some(_) => {}
        }
        if received.len() < 4 {
            return Ok((0, ClientStep::Bytes));
        }
        let len = Cursor::new(received).u32()? as usize;
        if !(8..=STARTUP_PACKET_MAX).contains(&len) {
            return Err(StartupError::PacketLength);
        }
        let Some(packet) = received.get(4..len) else {
            return Ok((0, ClientStep::Bytes));
        };
        let mut cursor = Cursor::new(packet);
        match cursor.u32()? {
            CODE_CANCEL => {
                let pid = cursor.u32()?;
                let key = cursor.rest();
                if !(4..=CANCEL_KEY_MAX).contains(&key.len()) {
                    return Err(StartupError::PacketMalformed);
                }
                Ok((
                    len,
                    ClientStep::Cancel {
                        pid,
                        key: key.to_vec(),
                    },
                ))
            }
            CODE_SSL if len == 8 => self.ssl_request(out).map(|step| (len, step)),
            CODE_GSSENC if len == 8 => {
                if self.gss_asked || self.tls {
                    return Err(StartupError::RepeatedRequest);
                }
                self.gss_asked = true;
                out.push(b'N');
                Ok((len, ClientStep::Bytes))
            }
            version if (version >> 16) as u16 == PROTOCOL_MAJOR => {
                self.startup_packet(version as u16, cursor, out)?;
                Ok((len, ClientStep::Identify))
            }
            _ => Err(StartupError::ProtocolUnsupported),
        }
    }

    fn direct_tls(&mut self) -> Result<(usize, ClientStep), StartupError> {
        if self.tls {
            return Err(StartupError::NestedTls);
        }
        if self.ssl_asked || self.gss_asked {
            return Err(StartupError::RepeatedRequest);
        }
        if !self.options.tls_available {
            return Err(StartupError::TlsUnavailable);
        }
        self.state = State::TlsPending { direct: true };
        Ok((0, ClientStep::StartTls { direct: true }))
    }

    fn ssl_request(&mut self, out: &mut Vec<u8>) -> Result<ClientStep, StartupError> {
        if self.tls {
            return Err(StartupError::NestedTls);
        }
        if self.ssl_asked {
            return Err(StartupError::RepeatedRequest);
        }
        self.ssl_asked = true;
        if !self.options.tls_available {
            out.push(b'N');
            return Ok(ClientStep::Bytes);
        }
        out.push(b'S');
        self.state = State::TlsPending { direct: false };
        Ok(ClientStep::StartTls { direct: false })
    }

    fn startup_packet(
        &mut self,
        minor: u16,
        mut cursor: Cursor<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), StartupError> {
        if self.options.tls_required && !self.tls {
            return Err(StartupError::TlsRequired);
        }
        let mut unknown_options: Vec<&[u8]> = Vec::new();
        let mut parameters: Vec<(String, String)> = Vec::new();
        loop {
            let key = cursor.c_str()?;
            if key.is_empty() {
                break;
            }
            let value = cursor.c_str()?;
            if key.starts_with(b"_pq_.") {
                unknown_options.push(key);
                continue;
            }
            let key = utf8(key)?;
            let value = utf8(value)?;
            match parameters.iter_mut().find(|(known, _)| *known == key) {
                Some((_, old)) => *old = value,
                None => parameters.push((key, value)),
            }
        }
        if !cursor.is_empty() {
            return Err(StartupError::PacketMalformed);
        }
        if minor > PROTOCOL_MINOR_MAX || !unknown_options.is_empty() {
            message(out, b'v', |out| {
                let version =
                    u32::from(PROTOCOL_MAJOR) << 16 | u32::from(minor.min(PROTOCOL_MINOR_MAX));
                out.extend_from_slice(&version.to_be_bytes());
                // At most 10,000 bytes of startup packet hold at most 1,250 options.
                out.extend_from_slice(&(unknown_options.len() as u32).to_be_bytes());
                for option in &unknown_options {
                    out.extend_from_slice(option);
                    out.push(0);
                }
            });
        }
        let mut take = |name: &str| {
            let at = parameters.iter().position(|(key, _)| key == name)?;
            Some(parameters.remove(at).1)
        };
        if take("replication").is_some_and(|value| !is_false(&value)) {
            return Err(StartupError::Replication);
        }
        let user = take("user")
            .filter(|u| !u.is_empty())
            .ok_or(StartupError::UserMissing)?;
        let database = take("database")
            .filter(|d| !d.is_empty())
            .unwrap_or_else(|| user.clone());
        self.info = StartupInfo {
            user,
            database,
            parameters,
            protocol_minor: minor.min(PROTOCOL_MINOR_MAX),
        };
        self.state = State::Identify;
        Ok(())
    }

    fn scram(
        &mut self,
        received: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(usize, ClientStep), StartupError> {
        let Some(&tag) = received.first() else {
            return Ok((0, ClientStep::Bytes));
        };
        if tag != b'p' {
            return Err(StartupError::AuthenticationMessage);
        }
        if received.len() < 5 {
            return Ok((0, ClientStep::Bytes));
        }
        let len = Cursor::new(&received[1..]).u32()? as usize;
        if !(4..=STARTUP_PACKET_MAX).contains(&len) {
            return Err(StartupError::AuthenticationMessage);
        }
        let Some(body) = received.get(5..len + 1) else {
            return Ok((0, ClientStep::Bytes));
        };
        match std::mem::replace(&mut self.state, State::Failed) {
            State::ScramFirst { verifier, nonce } => {
                let mut cursor = Cursor::new(body);
                if cursor.c_str()? != b"SCRAM-SHA-256" {
                    return Err(StartupError::Mechanism);
                }
                let first_len = cursor.u32()? as usize;
                let first = cursor.take(first_len)?;
                if !cursor.is_empty() {
                    return Err(StartupError::AuthenticationMessage);
                }
                let server = ScramServer::begin(verifier, first, nonce)
                    .map_err(|_| StartupError::AuthenticationMessage)?;
                write_authentication(out, 11, server.server_first());
                self.state = State::ScramFinal(Box::new(server));
                Ok((len + 1, ClientStep::Bytes))
            }
            State::ScramFinal(server) => {
                let last = server.finish(body).map_err(|_| StartupError::Denied)?;
                write_authentication(out, 12, &last);
                write_authentication(out, 0, b"");
                self.state = State::Done;
                Ok((len + 1, ClientStep::Authenticated))
            }
            _ => Err(StartupError::AuthenticationMessage),
        }
    }
}

/// Appends an Authentication message.
fn write_authentication(out: &mut Vec<u8>, code: u32, body: &[u8]) {
    message(out, b'R', |out| {
        out.extend_from_slice(&code.to_be_bytes());
        out.extend_from_slice(body);
    });
}

fn utf8(bytes: &[u8]) -> Result<String, StartupError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| StartupError::ParameterEncoding)
}

/// PostgreSQL's spellings of false (`parse_bool`), for the `replication` key.
fn is_false(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    match value.as_str() {
        "" => false,
        "0" | "of" | "off" => true,
        _ => "false".starts_with(&value) || "no".starts_with(&value),
    }
}

#[cfg(test)]
#[path = "startup_tests.rs"]
mod tests;
