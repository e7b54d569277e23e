//! Records a session between a real client and a real server, as the gateway would have relayed it.
//!
//! The relay in between runs a whole [`World`] whose rules match nothing. So the server is asked
//! what the gateway would ask it, and its answers to that are in the recording, marked.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wiremask_datapath::catalog::Row;
use wiremask_protocols::session::Flow;

use crate::message::parse;
use crate::process::HarnessError;
use crate::session_file::{Sent, SessionFile};
use crate::wire::Wire;
use crate::world::{Answers, Setup, World};

/// How long the recorder sleeps when neither side sends.
const PAUSE: Duration = Duration::from_micros(200);

/// Waits for a client on loopback and records its session until it leaves.
pub struct Recorder {
    address: SocketAddr,
    recording: JoinHandle<io::Result<SessionFile>>,
}

impl Recorder {
    /// Listens; `setup` is built on the recorder's own thread.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(
        server: SocketAddr,
        setup: impl Fn() -> Result<Setup, HarnessError> + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let recording = thread::spawn(move || {
            loop {
                let (client, _) = listener.accept()?;
                let server = TcpStream::connect(server)?;
                let session = record(client, server, setup().map_err(io::Error::other)?)?;
                // pgbench connects once only to see whether it can.
                if session.pieces.len() > 1 {
                    return Ok(session);
                }
            }
        });
        Ok(Self { address, recording })
    }

    /// Where the client connects.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The recording, once the client has left.
    ///
    /// # Errors
    /// When the session faulted or a socket broke.
    pub fn finish(self) -> io::Result<SessionFile> {
        self.recording
            .join()
            .map_err(|_| io::Error::other("the recorder panicked"))?
    }
}

/// Answers of the catalog from a live server.
#[must_use]
pub fn live_answers(server: SocketAddr, database: &str) -> Rc<Answers> {
    let database = database.to_owned();
    Rc::new(move |sql| rows(server, &database, sql).ok())
}

fn rows(server: SocketAddr, database: &str, sql: &str) -> io::Result<Vec<Row>> {
    let mut wire = Wire::connect(server)?;
    wire.start("postgres", database, "")?;
    let mut rows = Vec::new();
    for message in wire.query(sql)? {
        if let Ok(fields) = message.fields() {
            rows.push(fields.iter().map(|v| v.map(<[u8]>::to_vec)).collect());
        }
    }
    Ok(rows)
}

fn record(
    mut client: TcpStream,
    mut server: TcpStream,
    mut setup: Setup,
) -> io::Result<SessionFile> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let parameters = start(&mut client, &mut server)?;
    setup.parameters.clone_from(&parameters);
    let mut world = World::new(&setup);
    let mut pieces = Vec::new();
    let mut relayed = [0, 0];
    client.set_nonblocking(true)?;
    server.set_nonblocking(true)?;
    loop {
        let from_client = read(&mut client)?;
        let from_server = read(&mut server)?;
        let left = matches!(&from_client, Some(bytes) if bytes.is_empty())
            || matches!(&from_server, Some(bytes) if bytes.is_empty());
        let idle = from_client.is_none() && from_server.is_none();
        for (sent, flow, bytes) in [
            (Sent::ByClient, Flow::ToUpstream, from_client),
            (Sent::ByServer, Flow::ToClient, from_server),
        ] {
            let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
                continue;
            };
            world.feed(flow, &bytes);
            pieces.push((sent, bytes));
            if let Some(fault) = world.fault() {
                return Err(io::Error::other(fault.to_string()));
            }
            write(&mut server, &world.to_upstream()[relayed[0]..])?;
            write(&mut client, &world.to_client()[relayed[1]..])?;
            relayed = [world.to_upstream().len(), world.to_client().len()];
        }
        if left {
            let _ = client.shutdown(Shutdown::Both); // it may be gone already
            let _ = server.shutdown(Shutdown::Both);
            let pieces = marked(&pieces, world.to_client()).map_err(io::Error::other)?;
            return Ok(SessionFile { parameters, pieces });
        }
        if idle {
            thread::sleep(PAUSE);
        }
    }
}

/// Carries the startup of a trusted client without TLS; returns what the server announced.
fn start(client: &mut TcpStream, server: &mut TcpStream) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut head = [0; 4];
    client.read_exact(&mut head)?;
    let mut body = vec![0; u32::from_be_bytes(head) as usize - 4];
    client.read_exact(&mut body)?;
    server.write_all(&[&head[..], &body].concat())?;
    let mut parameters = Vec::new();
    loop {
        let mut head = [0; 5];
        server.read_exact(&mut head)?;
        let size = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize - 4;
        let mut body = vec![0; size];
        server.read_exact(&mut body)?;
        client.write_all(&[&head[..], &body].concat())?;
        let mut texts = body.split(|byte| *byte == 0);
        if let (b'S', Some(name), Some(value)) = (head[0], texts.next(), texts.next()) {
            parameters.push((name.to_vec(), value.to_vec()));
        }
        if head[0] == b'Z' {
            return Ok(parameters);
        }
    }
}

/// What can be read now: `None` for nothing yet, empty at the end.
fn read(socket: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut chunk = vec![0; 64 * 1024];
    match socket.read(&mut chunk) {
        Ok(size) => {
            chunk.truncate(size);
            Ok(Some(chunk))
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(Some(Vec::new())),
        Err(error) => Err(error),
    }
}

fn write(socket: &mut TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match socket.write(bytes) {
            Ok(size) => bytes = &bytes[size..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PAUSE),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Cuts what the server sent where its addressee changes: a message that the client did not get was
/// for the gateway.
fn marked(pieces: &[(Sent, Vec<u8>)], to_client: &[u8]) -> Result<Vec<(Sent, Vec<u8>)>, String> {
    let stream: Vec<u8> = pieces
        .iter()
        .filter(|(sent, _)| *sent == Sent::ByServer)
        .flat_map(|(_, bytes)| bytes.clone())
        .collect();
    let mut ends = Vec::new(); // (where a message ends, whose it is)
    let (mut at, mut seen) = (0, to_client);
    while let Some((message, size)) = parse(&stream[at..])? {
        let owner = if let Some(rest) = seen.strip_prefix(&stream[at..at + size]) {
            seen = rest;
            Sent::ByServer
        } else if matches!(message.tag, b'T' | b'n') {
            Sent::ForGateway
        } else {
            return Err(format!(
                "the client did not get a message of type {}",
                message.tag
            ));
        };
        at += size;
        ends.push((at, owner));
    }
    if at != stream.len() || !seen.is_empty() {
        return Err("the session did not end at a message boundary".to_owned());
    }
    let (mut out, mut at, mut next) = (Vec::<(Sent, Vec<u8>)>::new(), 0, 0);
    for (sent, bytes) in pieces {
        if *sent == Sent::ByClient {
            out.push((*sent, bytes.clone()));
            continue;
        }
        let mut rest = &bytes[..];
        let mut joined = None;
        while !rest.is_empty() {
            let (end, owner) = ends[next];
            let (taken, after) = rest.split_at(rest.len().min(end - at));
            match (&joined, out.last_mut()) {
                (Some(before), Some((_, last))) if *before == owner => last.extend(taken),
                _ => out.push((owner, taken.to_vec())),
            }
            joined = Some(owner);
            at += taken.len();
            next += usize::from(at == end);
            rest = after;
        }
    }
    Ok(out)
}
