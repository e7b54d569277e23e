//! Many connections over the one that the embedded server has.
//!
//! PGlite runs one PostgreSQL session: a second connection is accepted and then waits until the first one ends.
//! The gateway needs more (one upstream connection for each session, one for its catalog reader), so the demo
//! puts this multiplexer between them. It works as a transaction pooler does: a session owns the server from its
//! first message to the next ReadyForQuery outside a transaction; others wait meanwhile. Limits of the approach,
//! acceptable for sample data: `SET` is shared by sessions that are open at the same time, and there is no cancel.
//!
//! The gateway's catalog connection (known by its `application_name`) never waits for a session: that session may
//! itself be waiting for the catalog. Its queries run in the middle of the owner's command, see `guest`.

mod backend;
mod frame;
mod names;
mod session;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use backend::{Backend, Client, Request, RunError};
use frame::Frame;
use names::{Names, close_statement};
use session::Discard;

/// `application_name` of the gateway's catalog connection.
pub const CATALOG_APPLICATION: &str = "wiremask catalog";

/// The running multiplexer. It serves until the process ends.
#[derive(Debug)]
pub struct Mux {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Mux {
    /// Takes over the server at the socket `server` as `user` and listens on a free loopback port.
    pub fn start(server: &Path, user: &str, database: &str) -> io::Result<Mux> {
        let backend = Backend::connect(server, user, database)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let parameters = backend.parameters().to_vec();
        let state = State {
            backend: Some(backend),
            owner: None,
            sessions: 0,
            plain: None,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            turn: Condvar::new(),
            parameters,
        });
        let accepting = Arc::clone(&shared);
        thread::Builder::new()
            .name("demo-mux".to_owned())
            .spawn(move || accept(&listener, &accepting))?;
        Ok(Mux { address, shared })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Mux {
    /// Gives the server's connection back, so that the server can shut down. Waits for a running batch.
    fn drop(&mut self) {
        self.shared.lock().backend = None;
        self.shared.turn.notify_all();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for id in 1_u64.. {
        let Ok((stream, _)) = listener.accept() else {
            // Out of descriptors, most likely: let sessions end before trying again.
            thread::sleep(std::time::Duration::from_millis(50));
            continue;
        };
        let shared = Arc::clone(shared);
        let session = thread::Builder::new().name(format!("demo-mux-{id}"));
        // A session that cannot have a thread is dropped, which closes its connection.
        drop(session.spawn(move || session::serve(&stream, &shared, id)));
    }
}

/// What all sessions share.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Signalled whenever the owner changes.
    turn: Condvar,
    parameters: Vec<u8>,
}

#[derive(Debug)]
struct State {
    /// None once the server is gone.
    backend: Option<Backend>,
    /// Session in a transaction or between two batches of one command.
    owner: Option<u64>,
    /// Open sessions other than the catalog's.
    sessions: usize,
    /// The session whose statement names are passed on unchanged.
    plain: Option<u64>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A session that panicked in the middle of an answer leaves the backend out of step: `run` took it away.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers session `id` and gives it its names.
    fn open(&self, id: u64, catalog: bool) -> Names {
        let mut state = self.lock();
        if catalog {
            return Names::new(id, false);
        }
        state.sessions += 1;
        let plain = *state.plain.get_or_insert(id) == id;
        Names::new(id, plain)
    }

    /// Runs one batch of session `id` as soon as it may. The whole answer goes to `client`.
    fn run(
        &self,
        id: u64,
        catalog: bool,
        batch: Vec<Request>,
        client: &mut impl Client,
    ) -> Result<(), RunError> {
        let mut state = self.lock();
        while !catalog && state.backend.is_some() && state.owner.is_some_and(|owner| owner != id) {
            state = self
                .turn
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let is_guest = state.owner.is_some_and(|owner| owner != id);
        // Taken out while in use: after a failure in the middle of an answer nobody uses it again.
        let mut backend = state
            .backend
            .take()
            .ok_or_else(|| frame::malformed("the embedded server is gone"))?;
        let outcome = if is_guest {
            guest(&mut backend, &batch, client)
        } else {
            backend.run(batch, client)
        };
        if !is_guest {
            state.owner = (!backend.is_idle()).then_some(id);
        }
        if !matches!(outcome, Err(RunError::Server(_))) {
            state.backend = Some(backend);
        }
        drop(state);
        self.turn.notify_all();
        outcome
    }

    /// Ends session `id`: its transaction is rolled back and its statements are closed.
    fn close(&self, id: u64, catalog: bool, names: &Names) {
        let mut state = self.lock();
        while state.backend.is_some()
            && state.owner.is_some_and(|owner| owner != id)
            && !names.alive().is_empty()
        {
            state = self
                .turn
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if !catalog {
            state.sessions -= 1;
        }
        if state.plain == Some(id) {
            state.plain = None;
        }
        let last = state.sessions == 0 && !catalog;
        if state.owner.is_none_or(|owner| owner == id)
            && let Some(mut backend) = state.backend.take()
        {
            if clean(&mut backend, last, names).is_ok() {
                state.backend = Some(backend);
            }
            state.owner = None;
        }
        drop(state);
        self.turn.notify_all();
    }
}

/// Leaves nothing of a session behind. The server is the session's own or idle.
fn clean(backend: &mut Backend, last: bool, names: &Names) -> Result<(), RunError> {
    if backend.is_mid_batch() {
        backend.run(vec![quiet(b'S', [])], &mut Discard)?;
    }
    if backend.status() != b'I' {
        backend.run(vec![quiet(b'Q', *b"ROLLBACK\0")], &mut Discard)?;
    }
    if last {
        return backend.run(vec![quiet(b'Q', *b"DISCARD ALL\0")], &mut Discard);
    }
    let mut batch: Vec<_> = names
        .alive()
        .iter()
        .map(|name| Request::quiet(close_statement(name)))
        .collect();
    if batch.is_empty() {
        return Ok(());
    }
    batch.push(quiet(b'S', []));
    backend.run(batch, &mut Discard)
}

/// Runs a simple query of the catalog connection inside another session's transaction or command.
///
/// As a simple query it would end that command, so it is asked through the extended protocol, with a statement and
/// a portal of its own and a Flush where a Sync would end the command.
fn guest(
    backend: &mut Backend,
    batch: &[Request],
    client: &mut impl Client,
) -> Result<(), RunError> {
    const NAME: &[u8] = b"wiremask_catalog";
    let mut answer = Vec::new();
    let [
        Request {
            frame: Frame { tag: b'Q', body },
            ..
        },
    ] = batch
    else {
        let reason = frame::malformed("the catalog connection asks simple queries only");
        return Err(RunError::Client(reason));
    };
    if backend.can_run() {
        let between_commands = !backend.is_mid_batch();
        let names = [NAME, b"\0", NAME, b"\0"].concat();
        let asked = vec![
            // A query that failed left them behind.
            Request::quiet(close_statement(NAME)),
            quiet(b'C', [b"P", NAME, b"\0"].concat()),
            quiet(b'P', [NAME, b"\0", body.as_slice(), b"\0\0"].concat()),
            quiet(b'B', [names.as_slice(), &[0; 6]].concat()),
            Request {
                frame: Frame::new(b'D', [b"P", NAME, b"\0"].concat()),
                swallow: false,
            },
            Request {
                frame: Frame::new(b'E', [NAME, &[0; 5]].concat()),
                swallow: false,
            },
            Request::quiet(close_statement(NAME)),
            quiet(b'H', []),
        ];
        let outcome = backend.run(asked, client);
        if between_commands {
            // Inside an explicit transaction a Sync ends nothing and brings the server back to where it was.
            backend.run(vec![quiet(b'S', [])], &mut Discard)?;
        }
        outcome?;
    } else {
        let message = "another session of the demo is in a failed transaction";
        frame::error("ERROR", "25P02", message).write(&mut answer);
    }
    Frame::new(b'Z', *b"I").write(&mut answer);
    client.answer(&answer).map_err(RunError::Client)
}

/// A message of the multiplexer itself.
fn quiet(tag: u8, body: impl Into<Vec<u8>>) -> Request {
    Request::quiet(Frame::new(tag, body))
}

#[cfg(test)]
mod tests;
