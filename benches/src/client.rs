//! A client that drains results as fast as it can and counts what came.

use crate::data::Format;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use wiremask_protocols::wire::message;

/// Received at once, bytes. A larger message than this is skipped in pieces.
const BUFFER: usize = 256 * 1024;
/// Tag and length.
const HEADER: usize = 5;
/// A server that says nothing for so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection after its start.
pub struct Client {
    stream: TcpStream,
    buffer: Box<[u8]>,
}

/// The messages of one command.
#[derive(Clone, Debug)]
pub struct Command(Vec<u8>);

/// What a command was answered with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer {
    /// Rows, or lines of a copy.
    pub rows: u64,
    /// Bytes of their messages.
    pub row_bytes: u64,
    /// All bytes.
    pub bytes: u64,
    /// From the command to the first byte of the first row.
    pub first_row: Duration,
    /// From the command to the end of its answer.
    pub total: Duration,
}

impl Command {
    /// Asks for a table's rows, all of them or some.
    #[must_use]
    pub fn new(table: &str, limit: Option<usize>, format: Format) -> Self {
        let limit = limit.map_or(String::new(), |limit| format!(" LIMIT {limit}"));
        let select = format!("SELECT * FROM {table}{limit}");
        let mut out = Vec::new();
        match format {
            Format::Text => message(&mut out, b'Q', |out| {
                out.extend_from_slice(format!("{select}\0").as_bytes());
            }),
            Format::Copy => message(&mut out, b'Q', |out| {
                let source = match limit.as_str() {
                    "" => table.to_owned(),
                    _ => format!("( {select} )"),
                };
                out.extend_from_slice(format!("COPY {source} TO STDOUT\0").as_bytes());
            }),
            Format::Binary => {
                message(&mut out, b'P', |out| {
                    out.extend_from_slice(format!("\0{select}\0\0\0").as_bytes());
                });
                message(&mut out, b'B', |out| {
                    out.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
                });
                message(&mut out, b'D', |out| out.extend_from_slice(b"P\0"));
                message(&mut out, b'E', |out| out.extend_from_slice(&[0; 5]));
                message(&mut out, b'S', |_| {});
            }
        }
        Self(out)
    }

    /// Its messages.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Client {
    /// Connects as user `bench` to database `bench`, without a password.
    ///
    /// # Errors
    /// Those of the socket, and a refusal.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut client = Self {
            stream,
            buffer: vec![0; BUFFER].into_boxed_slice(),
        };
        let mut startup = vec![0, 0, 0, 0, 0, 3, 0, 0];
        startup.extend_from_slice(b"user\0bench\0database\0bench\0\0");
        let len = startup.len() as u32;
        startup[..4].copy_from_slice(&len.to_be_bytes());
        client.run(&Command(startup), None)?;
        Ok(client)
    }

    /// Sends a command and reads up to ReadyForQuery. `seen` gets all bytes of the answer.
    ///
    /// # Errors
    /// Those of the socket, and an ErrorResponse, which is told by its SQLSTATE only.
    pub fn run(&mut self, command: &Command, mut seen: Option<&mut Vec<u8>>) -> io::Result<Answer> {
        let begin = Instant::now();
        self.stream.write_all(&command.0)?;
        let mut answer = Answer::default();
        let (mut filled, mut skip) = (0, 0);
        loop {
            let count = self.stream.read(&mut self.buffer[filled..]).map_err(told)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(seen) = seen.as_deref_mut() {
                seen.extend_from_slice(&self.buffer[filled..filled + count]);
            }
            filled += count;
            answer.bytes += count as u64;
            let mut at = 0;
            loop {
                let now = skip.min(filled - at);
                skip -= now;
                at += now;
                let Some(&[tag, a, b, c, d]) = self.buffer[at..filled].first_chunk::<HEADER>()
                else {
                    break;
                };
                let size = u32::from_be_bytes([a, b, c, d]) as usize + 1;
                match tag {
                    b'D' | b'd' => {
                        if answer.rows == 0 {
                            answer.first_row = begin.elapsed();
                        }
                        answer.rows += 1;
                        answer.row_bytes += size as u64;
                    }
                    b'Z' => {
                        answer.total = begin.elapsed();
                        return Ok(answer);
                    }
                    b'E' => return Err(refusal(&self.buffer[at..filled])),
                    _ => {}
                }
                skip = size;
            }
            self.buffer.copy_within(at..filled, 0);
            filled -= at;
        }
    }
}

/// A timeout in words; the system calls it a resource that is unavailable.
fn told(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => {
            let seconds = PATIENCE.as_secs();
            let text = format!("nothing came for {seconds} s");
            io::Error::new(io::ErrorKind::TimedOut, text)
        }
        _ => error,
    }
}

/// The SQLSTATE of an ErrorResponse.
fn refusal(received: &[u8]) -> io::Error {
    let mut fields = received[HEADER..].split(|byte| *byte == 0);
    let code = fields.find(|field| field.first() == Some(&b'C'));
    let code = code.map_or("unknown".into(), |c| String::from_utf8_lossy(&c[1..]));
    io::Error::other(format!("the server refused with SQLSTATE {code}"))
}
