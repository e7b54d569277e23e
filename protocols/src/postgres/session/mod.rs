//! A PostgreSQL connection in its relay phase.
//!
//! <https://www.postgresql.org/docs/current/protocol-flow.html>
//!
//! Invariants:
//! - Never a row without a shape: rows pass only behind a description of the very portal or query
//!   that they belong to. If the client executes without describing, the session asks for the
//!   description itself and swallows the answer.
//! - Answers keep their order: a refusal of ours waits for the answers to what came before it, and
//!   after a refusal in the extended protocol the session skips to Sync as the server would.
//! - Every message type is named; what is not listed is a fault.

mod describe;
mod fault;
mod pending;
mod rows;
mod to_client;
mod to_upstream;

#[cfg(test)]
mod tests;

pub use fault::Fault;

use super::error::{Severity, write_error};
use super::upstream::UpstreamReady;
use crate::session::{
    Denial, Edits, Farewell, FieldSpan, Flow, Need, Session, Sink, TextEdit, TextSite, Treatment,
};
use crate::wire::{Tx, message};
use pending::{Name, Queue};
use rows::RowSpan;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Bounds of one session. Sizes are in bytes and count the whole message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Messages up to this size are looked at whole; larger rows and copy data are streamed, larger
    /// messages of other kinds refused.
    pub message_size_max: usize,
    /// Size of a message with a statement text.
    pub statement_size_max: usize,
    /// Answers that may be outstanding; then the client is not read any more.
    pub pipeline_max: usize,
    /// Prepared statements, and portals, per session.
    pub statements_max: usize,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            message_size_max: 1024 * 1024,
            statement_size_max: 16 * 1024 * 1024,
            pipeline_max: 4096,
            statements_max: 10_000,
        }
    }
}

/// What is known of a portal.
struct Portal<S: Sink> {
    facts: S::Facts,
    shape: Option<Shape<S::Shape>>,
}

/// What a description said of the rows behind it.
#[derive(Clone)]
struct Shape<P> {
    columns: usize,
    treatment: Treatment<P>,
}

/// Where the stream from the client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientState {
    Boundary,
    /// In the middle of a message that is relayed unread.
    Passing(usize),
    /// In the middle of a message that is dropped.
    Dropping(usize),
}

/// Where the stream to the client stands.
enum UpstreamState {
    Boundary,
    /// In the middle of a message that is relayed unread.
    Passing(usize),
    /// In the middle of a message that the client does not get.
    Dropping(usize),
    /// In a row that is larger than `message_size_max`.
    Row(to_client::LargeRow),
    /// In a piece of copy data that is larger than `message_size_max`.
    Copy {
        remaining: usize,
        first: bool,
    },
}

/// A copy out in progress.
enum CopyOut<S: Sink> {
    Relay,
    Inspect(S::Copy),
    /// The client got an error instead.
    Swallow,
}

/// One proxied PostgreSQL connection. Holds no receive buffer; scratch is given back when idle.
pub struct PostgresSession<S: Sink> {
    sink: S,
    limits: SessionLimits,
    pending: Queue<S::Facts>,
    statements: HashMap<Name, S::Facts>,
    portals: HashMap<Name, Portal<S>>,

    client: ClientState,
    /// Portals that were described since they were bound, as far as it was forwarded.
    described: HashSet<Name>,
    generation: u64,
    /// A message was refused: everything up to the next Sync is dropped.
    refused_to_sync: bool,
    /// The upstream reported an error and ignores everything up to the next Sync.
    upstream_skips: bool,
    copying_in: bool,
    terminated: bool,

    upstream: UpstreamState,
    /// The shape of the current result of a simple query.
    shape: Option<Shape<S::Shape>>,
    copy_out: Option<CopyOut<S>>,
    /// The client already got an error for the current command: the rest of its answer is dropped.
    swallowing: bool,
    transaction: u8,
    last_words_said: bool,

    fields: Vec<FieldSpan>,
    rows: Vec<RowSpan>,
    bodies: Vec<Range<u32>>,
    edits: Edits,
    text: Vec<u8>,
}

impl<S: Sink> PostgresSession<S> {
    /// A session between an authenticated client and a ready upstream. Writes what the client waits
    /// for behind AuthenticationOk: parameters, the real process id with `cancel_key` (the gateway's
    /// own), notices, ReadyForQuery.
    ///
    /// # Errors
    /// A [`Fault`] if the upstream's startup messages are malformed.
    pub fn new(
        sink: S,
        limits: SessionLimits,
        ready: &UpstreamReady,
        cancel_key: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Self, Fault> {
        let mut session = Self {
            sink,
            limits,
            pending: Queue::new(),
            statements: HashMap::new(),
            portals: HashMap::new(),
            client: ClientState::Boundary,
            described: HashSet::new(),
            generation: 0,
            refused_to_sync: false,
            upstream_skips: false,
            copying_in: false,
            terminated: false,
            upstream: UpstreamState::Boundary,
            shape: None,
            copy_out: None,
            swallowing: false,
            transaction: ready.transaction_status,
            last_words_said: false,
            fields: Vec::new(),
            rows: Vec::new(),
            bodies: Vec::new(),
            edits: Edits::default(),
            text: Vec::new(),
        };
        for notice in &ready.notices {
            session.write_notice(b'N', notice, out)?;
        }
        for (name, value) in &ready.parameters {
            session.write_parameter(name, value, out);
        }
        message(out, b'K', |out| {
            out.extend_from_slice(&ready.backend_pid.to_be_bytes());
            out.extend_from_slice(cancel_key);
        });
        message(out, b'Z', |out| out.push(ready.transaction_status));
        Ok(session)
    }

    /// The sink, for counters.
    pub fn sink(&mut self) -> &mut S {
        &mut self.sink
    }

    /// The facts of the command that the upstream is answering.
    fn current_facts(&mut self) -> Option<S::Facts> {
        use pending::Pending as P;
        match self.pending.front()? {
            P::Query { facts, .. } | P::Parse { facts, .. } => Some(facts.clone()),
            P::Bind {
                statement: name, ..
            }
            | P::DescribeStatement { name } => Some(
                self.statements
                    .get(name)
                    .cloned()
                    .unwrap_or_else(|| self.sink.unknown()),
            ),
            P::DescribePortal { portal, .. } | P::Execute { portal } => {
                let known = self.portals.get(portal).map(|p| p.facts.clone());
                Some(known.unwrap_or_else(|| self.sink.unknown()))
            }
            P::Close { .. } | P::FunctionCall | P::Sync | P::CopyEnd | P::Refused { .. } => None,
        }
    }

    /// Appends refusals whose turn has come.
    fn write_refusals(&mut self, out: &mut Vec<u8>) {
        while let Some(pending::Pending::Refused { denial, ready }) = self.pending.front() {
            write_error(out, Severity::Error, denial);
            if *ready {
                let status = self.transaction;
                message(out, b'Z', |out| out.push(status));
            }
            self.pending.pop();
        }
    }

    /// May a whole message be put between what the upstream sends?
    fn client_at_boundary(&self) -> bool {
        match self.upstream {
            UpstreamState::Boundary | UpstreamState::Dropping(_) => true,
            UpstreamState::Passing(_) | UpstreamState::Row(_) | UpstreamState::Copy { .. } => false,
        }
    }
}

impl<S: Sink> Session for PostgresSession<S> {
    type Fault = Fault;

    fn advance(
        &mut self,
        flow: Flow,
        received: &mut [u8],
        tx: &mut Tx,
    ) -> Result<(usize, Need), Fault> {
        match flow {
            Flow::ToUpstream => self.advance_to_upstream(received, tx),
            Flow::ToClient => self.advance_to_client(received, tx),
        }
    }

    fn closed(&mut self, flow: Flow, tx: &mut Tx) {
        match flow {
            Flow::ToUpstream => {
                if self.client == ClientState::Boundary && !self.terminated {
                    tx.onward.write(&[]).extend_from_slice(b"X\0\0\0\x04");
                    self.terminated = true;
                }
            }
            Flow::ToClient => {
                if !self.terminated {
                    let mut out = Vec::new();
                    self.farewell(Farewell::UpstreamGone, &mut out);
                    tx.onward.write(&[]).extend_from_slice(&out);
                }
            }
        }
    }

    fn fault_message(&mut self, fault: &Fault, out: &mut Vec<u8>) {
        self.last_words(&Denial::new(fault.sqlstate(), fault.to_string()), out);
    }

    fn is_idle(&self) -> bool {
        self.pending.is_empty()
            && self.client == ClientState::Boundary
            && self.client_at_boundary()
            && self.transaction == b'I'
    }

    fn farewell(&mut self, reason: Farewell, out: &mut Vec<u8>) {
        let denial = match reason {
            Farewell::Shutdown => Denial::new(
                b"57P01",
                "terminating connection because the gateway is shutting down",
            ),
            Farewell::UpstreamGone => {
                Denial::new(b"08006", "the upstream closed the connection unexpectedly")
            }
            Farewell::IdleTimeout => {
                Denial::new(b"57P05", "terminating connection due to idle timeout")
            }
            Farewell::CatalogFailed => Denial::new(
                b"58000",
                "the gateway could not read the catalog that its rules need",
            ),
            Farewell::Internal => Denial::new(b"XX000", "internal error of the gateway"),
        };
        self.last_words(&denial, out);
    }
}

impl<S: Sink> PostgresSession<S> {
    fn last_words(&mut self, denial: &Denial, out: &mut Vec<u8>) {
        self.sink.refused(denial);
        if self.client_at_boundary() && !self.last_words_said {
            write_error(out, Severity::Fatal, denial);
            self.last_words_said = true;
        }
    }

    /// Appends a ParameterStatus with what the sink leaves of its value.
    fn write_parameter(&mut self, name: &[u8], value: &[u8], out: &mut Vec<u8>) {
        self.sink.parameter(name, value);
        self.text.clear();
        let edit = if self.sink.inspects() {
            self.sink
                .text(TextSite::Parameter, None, value, &mut self.text)
        } else {
            TextEdit::Keep
        };
        let value = match edit {
            TextEdit::Keep => value,
            TextEdit::Replace => &self.text,
            TextEdit::Drop => return,
        };
        message(out, b'S', |out| {
            for text in [name, value] {
                out.extend_from_slice(text);
                out.push(0);
            }
        });
    }
}
