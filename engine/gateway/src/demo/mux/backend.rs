//! The one connection to the embedded server, driven a batch at a time.
//!
//! A batch is what a client sends up to and including a message that asks for an answer (Query, Sync, Flush,
//! FunctionCall). The answer is read completely before anything else is sent, so between two batches the server
//! is at rest and the connection may serve another session.

use std::collections::VecDeque;
use std::io::{self, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::frame::{Frame, malformed};

/// The server's connection and what is known of its state.
#[derive(Debug)]
pub struct Backend {
    stream: BufReader<UnixStream>,
    /// ParameterStatus messages of the startup, as they came.
    parameters: Vec<u8>,
    /// Transaction status of the last ReadyForQuery: `I`, `T` or `E`.
    status: u8,
    /// Messages were sent after the last Sync, so the server is not at a command boundary.
    mid_batch: bool,
    /// The server failed within a batch and ignores everything up to the next Sync.
    skipping: bool,
}

/// Where answers go and, during COPY FROM STDIN, where the data comes from.
pub trait Client {
    /// Takes the bytes of whole messages.
    fn answer(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// The client's next message while the server waits for COPY data.
    fn copy_data(&mut self) -> io::Result<Frame>;
}

/// A message to the server, and whether its answer is for the client or to be dropped.
#[derive(Debug)]
pub struct Request {
    /// The message.
    pub frame: Frame,
    /// The client did not send it, so it must not see the answer.
    pub swallow: bool,
}

impl Request {
    /// A message that no client sent.
    pub fn quiet(frame: Frame) -> Request {
        Request {
            frame,
            swallow: true,
        }
    }
}

impl Backend {
    /// Connects and logs in as `user` to `database`, without password.
    pub fn connect(socket: &Path, user: &str, database: &str) -> io::Result<Backend> {
        let stream = UnixStream::connect(socket)?;
        let mut body = 0x0003_0000_u32.to_be_bytes().to_vec();
        for text in [
            "user",
            user,
            "database",
            database,
            "application_name",
            "wiremask demo",
        ] {
            body.extend_from_slice(text.as_bytes());
            body.push(0);
        }
        body.push(0);
        let mut packet = u32::try_from(body.len() + 4)
            .unwrap_or(u32::MAX)
            .to_be_bytes()
            .to_vec();
        packet.extend_from_slice(&body);
        let mut backend = Backend {
            stream: BufReader::new(stream),
            parameters: Vec::new(),
            status: b'I',
            mid_batch: false,
            skipping: false,
        };
        backend.send(&packet)?;
        loop {
            let frame = backend.receive()?;
            match frame.tag {
                b'S' => frame.write(&mut backend.parameters),
                b'R' if frame.body == [0, 0, 0, 0] => {}
                b'R' => return Err(malformed("the embedded server asks for a password")),
                b'K' | b'N' => {}
                b'Z' => return Ok(backend),
                b'E' => return Err(malformed("the embedded server refused the connection")),
                _ => return Err(malformed("the embedded server sent an unexpected message")),
            }
        }
    }

    /// ParameterStatus messages to repeat to each new session.
    pub fn parameters(&self) -> &[u8] {
        &self.parameters
    }

    /// Transaction status of the last ReadyForQuery.
    pub fn status(&self) -> u8 {
        self.status
    }

    /// Whether the server is outside a transaction and at a command boundary: another session may use it.
    pub fn is_idle(&self) -> bool {
        self.status == b'I' && !self.mid_batch
    }

    /// Whether a statement could run now: not in a failed transaction, not skipping to Sync.
    pub fn can_run(&self) -> bool {
        self.status != b'E' && !self.skipping
    }

    /// Whether a Sync is owed before the next simple query.
    pub fn is_mid_batch(&self) -> bool {
        self.mid_batch
    }

    /// Sends a batch and passes its complete answer to `client`. When the client fails in the middle, the rest of
    /// the answer is read and dropped, and the server stays usable.
    pub fn run(&mut self, batch: Vec<Request>, client: &mut impl Client) -> Result<(), RunError> {
        let mut bytes = Vec::new();
        let mut owed = VecDeque::new();
        let mut end = b'H';
        for request in batch {
            request.frame.write(&mut bytes);
            end = request.frame.tag;
            if let Some(answer) = Answer::of(&request.frame) {
                owed.push_back((answer, request.swallow));
            }
        }
        self.mid_batch = true;
        self.send(&bytes)?;
        if end != b'S' && self.skipping {
            return Ok(());
        }
        let mut client = Guarded {
            client,
            failure: None,
        };
        while end != b'H' || !owed.is_empty() {
            let frame = self.receive()?;
            let swallow = settle(&mut owed, &frame);
            if !swallow {
                client.answer(&frame);
            }
            match frame.tag {
                b'G' => self.copy_in(end == b'S', &mut client)?,
                b'E' if end == b'H' => {
                    self.skipping = true;
                    break;
                }
                b'Z' => {
                    self.status = frame.body.first().copied().unwrap_or(b'I');
                    (self.mid_batch, self.skipping) = (false, false);
                    break;
                }
                _ => {}
            }
        }
        client
            .failure
            .map_or(Ok(()), |failure| Err(RunError::Client(failure)))
    }

    /// Relays COPY data until CopyDone or CopyFail. In the extended protocol the server ignored the Sync that
    /// came before the data, so the client sends another one behind it.
    fn copy_in<C: Client>(
        &mut self,
        extended: bool,
        client: &mut Guarded<'_, C>,
    ) -> io::Result<()> {
        let mut out = Vec::new();
        let mut done = false;
        loop {
            // Without a client the COPY is ended for it.
            let frame = client.copy_data(done);
            let relayed = match frame.tag {
                b'd' | b'c' | b'f' => !done,
                b'S' => extended && done,
                _ => false,
            };
            if relayed {
                out.clear();
                frame.write(&mut out);
                self.send(&out)?;
            }
            done |= matches!(frame.tag, b'c' | b'f');
            if done && (!extended || frame.tag == b'S') {
                return Ok(());
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    fn receive(&mut self) -> io::Result<Frame> {
        Frame::read(&mut self.stream)?
            .ok_or_else(|| malformed("the embedded server closed the connection"))
    }
}

/// Why a batch was not answered.
#[derive(Debug)]
pub enum RunError {
    /// The server's connection broke: nothing can be asked any more.
    Server(io::Error),
    /// The client's connection broke: the server is fine.
    Client(io::Error),
}

impl From<io::Error> for RunError {
    fn from(error: io::Error) -> RunError {
        RunError::Server(error)
    }
}

/// A client that is asked nothing more once it has failed.
struct Guarded<'a, C> {
    client: &'a mut C,
    failure: Option<io::Error>,
}

impl<C: Client> Guarded<'_, C> {
    fn answer(&mut self, frame: &Frame) {
        if self.failure.is_none() {
            let mut out = Vec::with_capacity(frame.body.len() + 5);
            frame.write(&mut out);
            self.failure = self.client.answer(&out).err();
        }
    }

    /// The next message of a COPY; from a client that failed, the ones that end it.
    fn copy_data(&mut self, done: bool) -> Frame {
        if self.failure.is_none() {
            match self.client.copy_data() {
                Ok(frame) => return frame,
                Err(failure) => self.failure = Some(failure),
            }
        }
        if done {
            Frame::new(b'S', [])
        } else {
            Frame::new(b'f', *b"the client is gone\0")
        }
    }
}

/// The answer that one message of the extended protocol owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Parsed,
    Bound,
    Described,
    Executed,
    Closed,
}

impl Answer {
    fn of(frame: &Frame) -> Option<Answer> {
        match frame.tag {
            b'P' => Some(Answer::Parsed),
            b'B' => Some(Answer::Bound),
            b'D' => Some(Answer::Described),
            b'E' => Some(Answer::Executed),
            b'C' => Some(Answer::Closed),
            _ => None,
        }
    }

    /// Whether a message with `tag` completes this answer. Rows and parameter descriptions come before the last one.
    fn is_complete_with(self, tag: u8) -> bool {
        match self {
            Answer::Parsed => tag == b'1',
            Answer::Bound => tag == b'2',
            Answer::Described => matches!(tag, b'T' | b'n'),
            Answer::Executed => matches!(tag, b'C' | b's' | b'I'),
            Answer::Closed => tag == b'3',
        }
    }
}

/// Crosses `frame` off the owed answers. Returns whether it belongs to a request whose answer is swallowed.
fn settle(owed: &mut VecDeque<(Answer, bool)>, frame: &Frame) -> bool {
    if frame.tag == b'E' {
        owed.clear();
        return false;
    }
    let Some((answer, swallow)) = owed.front().copied() else {
        return false;
    };
    if answer.is_complete_with(frame.tag) {
        owed.pop_front();
        return swallow;
    }
    // What may come at any time (notices, parameters, notifications) belongs to nobody's answer.
    swallow && !matches!(frame.tag, b'N' | b'S' | b'A')
}
