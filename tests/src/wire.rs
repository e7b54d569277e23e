//! A raw PostgreSQL client: sends any bytes and reads messages with the harness's own strict parser.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, ScramSha256};
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;

use crate::frontend;
use crate::message::{Message, parse};

const TIMEOUT: Duration = Duration::from_secs(20);

/// One connection. Every read and write ends within 20 s, or fails with `WouldBlock` or `TimedOut`.
pub struct Wire {
    stream: Stream,
    /// Received and not yet returned as a message.
    received: Vec<u8>,
    /// Every byte the server ever sent, for byte-exact comparison and leak search.
    transcript: Vec<u8>,
    /// From BackendKeyData once it came: the backend's PID and the cancel key.
    pub cancel: Option<(u32, Vec<u8>)>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Wire {
    /// Connects and sends nothing.
    ///
    /// # Errors
    /// When nothing listens at `address`.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        let stream = Stream::Plain(stream);
        Ok(Self {
            stream,
            received: Vec::new(),
            transcript: Vec::new(),
            cancel: None,
        })
    }

    /// Asks for TLS by SSLRequest and completes the handshake.
    ///
    /// # Errors
    /// When the server answers other than `S` or the handshake fails.
    pub fn negotiate_tls(mut self, config: &Arc<ClientConfig>) -> io::Result<Self> {
        self.send(&frontend::ssl_request())?;
        let answer = self.byte()?;
        if answer != b'S' {
            return Err(io::Error::other(format!(
                "answer to SSLRequest: {:?}",
                char::from(answer)
            )));
        }
        self.direct_tls(config)
    }

    /// Starts TLS at once, without SSLRequest.
    ///
    /// # Errors
    /// When the handshake fails.
    pub fn direct_tls(self, config: &Arc<ClientConfig>) -> io::Result<Self> {
        let Stream::Plain(mut socket) = self.stream else {
            return Err(io::Error::other("TLS was started before"));
        };
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let mut session =
            ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        let stream = Stream::Tls(Box::new(StreamOwned::new(session, socket)));
        Ok(Self { stream, ..self })
    }

    /// Starts a session of protocol 3.0 and returns all messages up to ReadyForQuery.
    /// The password serves cleartext, md5 and SCRAM-SHA-256, whichever the server asks for.
    ///
    /// # Errors
    /// When the server refuses (the text carries its SQLSTATE) or falls silent.
    pub fn start(
        &mut self,
        user: &str,
        database: &str,
        password: &str,
    ) -> io::Result<Vec<Message>> {
        self.start_with(
            frontend::PROTOCOL_3_0,
            &[("user", user), ("database", database)],
            password,
        )
    }

    /// As [`Wire::start`], with any protocol version and parameters; `user` must be among them.
    ///
    /// # Errors
    /// As [`Wire::start`].
    pub fn start_with(
        &mut self,
        protocol: u32,
        parameters: &[(&str, &str)],
        password: &str,
    ) -> io::Result<Vec<Message>> {
        self.send(&frontend::startup(protocol, parameters))?;
        let user = parameters
            .iter()
            .rev()
            .find(|(key, _)| *key == "user")
            .map_or("", |pair| pair.1);
        let mut scram = None;
        let mut messages = Vec::new();
        loop {
            let message = self.message()?;
            match message.tag {
                b'R' => self.authenticate(&message.body, user, password, &mut scram)?,
                b'E' => {
                    let state = message.field(b'C').unwrap_or("none").to_owned();
                    let text = message.field(b'M').unwrap_or_default();
                    return Err(io::Error::other(format!(
                        "refused with SQLSTATE {state}: {text}"
                    )));
                }
                _ => {}
            }
            let ready = message.tag == b'Z';
            messages.push(message);
            if ready {
                return Ok(messages);
            }
        }
    }

    fn authenticate(
        &mut self,
        body: &[u8],
        user: &str,
        password: &str,
        scram: &mut Option<ScramSha256>,
    ) -> io::Result<()> {
        let (kind, rest) = body
            .split_first_chunk::<4>()
            .ok_or(io::ErrorKind::InvalidData)?;
        let answer = match u32::from_be_bytes(*kind) {
            0 => return Ok(()),
            3 => [password.as_bytes(), b"\0"].concat(),
            5 => {
                let salt = rest.try_into().map_err(io::Error::other)?;
                let hash = md5_hash(user.as_bytes(), password.as_bytes(), salt);
                [hash.as_bytes(), b"\0"].concat()
            }
            10 => {
                let started = scram.insert(ScramSha256::new(
                    password.as_bytes(),
                    ChannelBinding::unsupported(),
                ));
                let first = started.message();
                let size = u32::try_from(first.len()).map_err(io::Error::other)?;
                [b"SCRAM-SHA-256\0", &size.to_be_bytes()[..], first].concat()
            }
            11 => {
                let state = scram
                    .as_mut()
                    .ok_or_else(|| io::Error::other("SASL out of order"))?;
                state.update(rest)?;
                state.message().to_vec()
            }
            12 => {
                let state = scram
                    .as_mut()
                    .ok_or_else(|| io::Error::other("SASL out of order"))?;
                return state.finish(rest);
            }
            other => return Err(io::Error::other(format!("authentication request {other}"))),
        };
        self.send(&frontend::message(b'p', &answer))
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// When the connection is closed or full for 20 s.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// One byte outside of any message, as the answer to SSLRequest and GSSENCRequest.
    ///
    /// # Errors
    /// When nothing comes.
    pub fn byte(&mut self) -> io::Result<u8> {
        let mut answer = [0];
        self.stream.read_exact(&mut answer)?;
        Ok(answer[0])
    }

    /// The next message.
    ///
    /// # Errors
    /// `UnexpectedEof` at the end of the stream, `InvalidData` for bytes that no backend sends.
    pub fn message(&mut self) -> io::Result<Message> {
        let mut chunk = [0; 16 * 1024];
        loop {
            let parsed = parse(&self.received)
                .map_err(|text| io::Error::new(io::ErrorKind::InvalidData, text))?;
            if let Some((message, size)) = parsed {
                self.received.drain(..size);
                if message.tag == b'K'
                    && let Some((pid, key)) = message.body.split_first_chunk::<4>()
                {
                    self.cancel = Some((u32::from_be_bytes(*pid), key.to_vec()));
                }
                return Ok(message);
            }
            let size = self.stream.read(&mut chunk)?;
            if size == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.received.extend_from_slice(&chunk[..size]);
            self.transcript.extend_from_slice(&chunk[..size]);
        }
    }

    /// Messages up to and with ReadyForQuery.
    ///
    /// # Errors
    /// As [`Wire::message`].
    pub fn until_ready(&mut self) -> io::Result<Vec<Message>> {
        let mut messages = Vec::new();
        loop {
            let message = self.message()?;
            let ready = message.tag == b'Z';
            messages.push(message);
            if ready {
                return Ok(messages);
            }
        }
    }

    /// Runs a simple query and returns its messages up to ReadyForQuery.
    ///
    /// # Errors
    /// As [`Wire::message`]. An ErrorResponse is a message, not an error.
    pub fn query(&mut self, sql: &str) -> io::Result<Vec<Message>> {
        self.send(&frontend::query(sql))?;
        self.until_ready()
    }

    /// Runs one statement in the extended protocol, all results in `format` (0 text, 1 binary).
    ///
    /// # Errors
    /// As [`Wire::message`]. An ErrorResponse is a message, not an error.
    pub fn extended(
        &mut self,
        sql: &str,
        parameters: &[Option<&str>],
        format: u16,
    ) -> io::Result<Vec<Message>> {
        let whole = [
            frontend::parse("", sql),
            frontend::bind("", "", parameters, &[format]),
            frontend::describe(b'P', ""),
            frontend::execute("", 0),
            frontend::sync(),
        ];
        self.send(&whole.concat())?;
        self.until_ready()
    }

    /// Whether the server has closed the stream; reads and keeps what it sent before.
    ///
    /// # Errors
    /// When the server neither sends nor closes within 20 s.
    pub fn read_to_close(&mut self) -> io::Result<Vec<Message>> {
        let mut messages = Vec::new();
        loop {
            match self.message() {
                Ok(message) => messages.push(message),
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::UnexpectedEof
                            | io::ErrorKind::ConnectionReset
                            | io::ErrorKind::BrokenPipe
                    ) =>
                {
                    return Ok(messages);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Every byte received so far (under TLS: the plain text).
    #[must_use]
    pub fn transcript(&self) -> &[u8] {
        &self.transcript
    }

    /// Closes our sending side only.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn shutdown_write(&mut self) -> io::Result<()> {
        match &self.stream {
            Stream::Plain(socket) => socket.shutdown(std::net::Shutdown::Write),
            Stream::Tls(stream) => stream.sock.shutdown(std::net::Shutdown::Write),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
