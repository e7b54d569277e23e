//! One connection to the multiplexer: startup, then batch after batch, on a thread of its own.

use std::io::{self, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::backend::{Client, Request, RunError};
use super::frame::{self, Frame, Opening};
use super::{CATALOG_APPLICATION, Shared};

/// Answers are collected up to this many bytes while the server is held, and written afterwards, so that a client
/// that waits for something else does not hold the server. Longer answers are written as they come.
const COLLECTED_SIZE_MAX: usize = 64 << 20;

/// How long a client may refuse to take an answer. Then its session ends and the server is free again.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// Serves one connection to its end.
pub fn serve(stream: &TcpStream, shared: &Shared, id: u64) {
    // Whatever goes wrong ends this connection and is the peer's to report.
    if let Ok(Some(catalog)) = start(stream, shared, id) {
        let mut names = shared.open(id, catalog);
        let _ = relay(stream, shared, id, catalog, &mut names);
        shared.close(id, catalog, &names);
    }
    let _ = stream.shutdown(Shutdown::Both);
}

/// Answers the startup. Returns whether it is the catalog connection, `None` when there is no session.
fn start(stream: &TcpStream, shared: &Shared, id: u64) -> io::Result<Option<bool>> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let mut stream = stream;
    loop {
        match frame::read_opening(&mut stream)? {
            Opening::Encryption => stream.write_all(b"N")?,
            Opening::Cancel => return Ok(None),
            Opening::Startup { minor, parameters } => {
                let mut out = Vec::new();
                let unknown: Vec<_> = parameters
                    .iter()
                    .map(|(name, _)| name)
                    .filter(|name| name.starts_with("_pq_."))
                    .collect();
                if minor > 0 || !unknown.is_empty() {
                    let mut body = 0x0003_0000_u32.to_be_bytes().to_vec();
                    body.extend_from_slice(
                        &u32::try_from(unknown.len()).unwrap_or(0).to_be_bytes(),
                    );
                    for name in unknown {
                        body.extend_from_slice(name.as_bytes());
                        body.push(0);
                    }
                    Frame::new(b'v', body).write(&mut out);
                }
                Frame::new(b'R', [0; 4]).write(&mut out);
                out.extend_from_slice(&shared.parameters);
                // A process id of the demo's own: the server has one process, and cancel is not supported.
                let pid = u32::try_from(id).unwrap_or(u32::MAX);
                Frame::new(b'K', [pid.to_be_bytes(), [0; 4]].concat()).write(&mut out);
                Frame::new(b'Z', *b"I").write(&mut out);
                stream.write_all(&out)?;
                let catalog = (
                    "application_name".to_owned(),
                    CATALOG_APPLICATION.to_owned(),
                );
                return Ok(Some(parameters.contains(&catalog)));
            }
        }
    }
}

/// Reads batches and relays their answers until the client leaves.
fn relay(
    stream: &TcpStream,
    shared: &Shared,
    id: u64,
    catalog: bool,
    names: &mut super::Names,
) -> io::Result<()> {
    let mut client = Connection {
        reader: BufReader::new(stream),
        writer: stream,
        collected: Vec::new(),
    };
    let mut batch = Vec::new();
    while let Some(frame) = Frame::read(&mut client.reader)? {
        match frame.tag {
            b'X' => break,
            // Left over from a COPY that failed: the server ignores them too.
            b'd' | b'c' | b'f' => continue,
            b'P' | b'B' | b'D' | b'E' | b'C' | b'Q' | b'S' | b'H' | b'F' => {}
            _ => return Err(frame::malformed("unknown message")),
        }
        let asks = matches!(frame.tag, b'Q' | b'S' | b'H' | b'F');
        let (before, frame) = names
            .translate(frame)
            .ok_or_else(|| frame::malformed("malformed message"))?;
        batch.extend(before.map(Request::quiet));
        batch.push(Request {
            frame,
            swallow: false,
        });
        if asks {
            let outcome = shared.run(id, catalog, std::mem::take(&mut batch), &mut client);
            match outcome {
                Ok(()) => client.flush()?,
                Err(RunError::Client(error)) => return Err(error),
                Err(RunError::Server(error)) => {
                    let gone = frame::error("FATAL", "57P01", "the embedded server is gone");
                    gone.write(&mut client.collected);
                    client.flush()?;
                    return Err(error);
                }
            }
        }
    }
    Ok(())
}

/// A session's socket as the backend sees it.
struct Connection<'a> {
    reader: BufReader<&'a TcpStream>,
    writer: &'a TcpStream,
    collected: Vec<u8>,
}

impl Connection<'_> {
    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.writer.write_all(&self.collected);
        self.collected.clear();
        self.collected.shrink_to(1 << 20);
        outcome
    }
}

impl Client for Connection<'_> {
    fn answer(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.collected.extend_from_slice(bytes);
        if self.collected.len() > COLLECTED_SIZE_MAX {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn copy_data(&mut self) -> io::Result<Frame> {
        // The client sends data only after it has seen that the server wants it.
        self.flush()?;
        Frame::read(&mut self.reader)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// Nobody: answers that no client waits for.
pub struct Discard;

impl Client for Discard {
    fn answer(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn copy_data(&mut self) -> io::Result<Frame> {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
