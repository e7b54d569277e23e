//! A session without sockets: what the gateway does with the bytes of a result, and nothing else.
//!
//! Bytes come in pieces of one receive buffer, as a shard receives them; the copy into the buffer
//! stands for the kernel's.

use crate::client::Command;
use crate::data::{Format, ResultSet};
use crate::sinks::OnRows;
use crate::upstream::{Database, Table};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use wiremask_datapath::catalog::Catalog;
use wiremask_datapath::event::{Event, EventLost, EventSink};
use wiremask_datapath::guard::Identity;
use wiremask_datapath::inspector::{Inspector, InspectorOptions, PolicyCell, ShardScratch};
use wiremask_datapath::limits::Limits;
use wiremask_datapath::metrics::ShardCounters;
use wiremask_datapath::policy::{OnUndecodable, Policy};
use wiremask_policy::Principal;
use wiremask_protocols::postgres::session::{PostgresSession, SessionLimits};
use wiremask_protocols::postgres::upstream::UpstreamReady;
use wiremask_protocols::session::{Flow, Need, RowBatch, Session as _, Sink};
use wiremask_protocols::wire::Tx;
use wiremask_rules::{CompileOptions, Keys, PackSource, Ruleset};

/// The rules of the starter pack.
///
/// # Panics
/// When the built-in pack does not compile.
#[must_use]
pub fn starter() -> Arc<Ruleset> {
    let pack = PackSource {
        name: "starter".to_owned(),
        text: wiremask_rules::builtin("starter")
            .unwrap_or_default()
            .to_owned(),
    };
    let keys = Keys::from_secret("bench", b"a key for benchmarks, not a secret");
    let rules = Ruleset::compile(&[pack], &keys, CompileOptions::default());
    Arc::new(rules.unwrap_or_else(|found| panic!("{found}")))
}

/// Takes every event.
struct Unwritten;

impl EventSink for Unwritten {
    fn offer(&self, _: Event) -> Result<(), EventLost> {
        Ok(())
    }
}

/// A session in the middle of a result.
pub struct Stream<S: Sink> {
    session: PostgresSession<S>,
    lookup: Box<dyn FnMut()>,
    buffer: Vec<u8>,
    filled: usize,
    tx: Tx,
}

impl Stream<Inspector> {
    /// A session with these rules that has just asked for the rows of the table.
    ///
    /// # Panics
    /// When the session refuses what a well-behaved client and upstream send.
    #[must_use]
    pub fn inspected(rules: &Arc<Ruleset>, database: Arc<Database>, table: usize) -> Self {
        let policy = Policy {
            generation: 1,
            ruleset: Arc::clone(rules),
            users: vec![],
            upstreams: vec![],
            on_undecodable: OnUndecodable::Null,
            access: None,
            learn_columns: true,
            limits: Limits::DEFAULT,
        };
        let catalog = Rc::new(RefCell::new(Catalog::new()));
        let inspector = Inspector::new(InspectorOptions {
            policy: Rc::new(PolicyCell::new(Arc::new(policy))),
            catalog: Rc::clone(&catalog),
            scratch: Rc::new(RefCell::new(ShardScratch::new())),
            counters: Arc::new(ShardCounters::default()),
            events: Rc::new(Unwritten),
            identity: Identity {
                principal: Principal::agent("bench"),
                connection: "bench".into(),
                database: "bench".into(),
            },
            is_walled: false,
        });
        let asked = Arc::clone(&database);
        let lookup = move || {
            let mut catalog = catalog.borrow_mut();
            while let Some(sql) = catalog.query() {
                let rows = asked.catalog(&sql).into_iter();
                let values = |row: Vec<String>| row.into_iter().map(|v| Some(v.into())).collect();
                catalog.answer(&rows.map(values).collect::<Vec<_>>());
            }
        };
        Self::new(inspector, Box::new(lookup), &database, table)
    }
}

impl<S: Sink> Stream<S> {
    /// A session with this sink that has just asked for the rows of the table. `lookup` is called when
    /// the sink waits for the catalog.
    ///
    /// # Panics
    /// When the session refuses what a well-behaved client and upstream send.
    #[must_use]
    pub fn new(sink: S, lookup: Box<dyn FnMut()>, database: &Database, table: usize) -> Self {
        let parameters = [
            ("client_encoding", "UTF8"),
            ("DateStyle", "ISO, MDY"),
            ("standard_conforming_strings", "on"),
        ];
        let ready = UpstreamReady {
            backend_pid: 1,
            transaction_status: b'I',
            parameters: parameters.map(|(k, v)| (k.into(), v.into())).into(),
            ..UpstreamReady::default()
        };
        let limits = SessionLimits {
            message_size_max: Limits::DEFAULT.message_size_max,
            ..SessionLimits::default()
        };
        let session = PostgresSession::new(sink, limits, &ready, &[0; 4], &mut Vec::new())
            .unwrap_or_else(|fault| panic!("{fault}"));
        let mut stream = Self {
            session,
            lookup,
            buffer: vec![0; Limits::DEFAULT.buffer_size],
            filled: 0,
            tx: Tx::new(),
        };
        let (oid, table) = database.table(table);
        stream.ask(&Command::new(&table.name, None, table.rows.format));
        stream.receive(&before_rows(table, oid), |_| {});
        stream
    }

    /// Asks and takes the answer, once the result that the session began with is over. Tells how many bytes
    /// the client gets.
    ///
    /// # Panics
    /// When the session refuses them.
    pub fn exchange(&mut self, exchange: &Exchange) -> usize {
        self.ask(&exchange.command);
        let mut count = 0;
        self.receive(&exchange.answer, |bytes| count += bytes.len());
        count
    }

    fn ask(&mut self, command: &Command) {
        let mut bytes = command.bytes().to_vec();
        let mut at = 0;
        while at < bytes.len() {
            let advanced = self
                .session
                .advance(Flow::ToUpstream, &mut bytes[at..], &mut self.tx);
            let (consumed, need) = advanced.unwrap_or_else(|fault| panic!("{fault}"));
            at += consumed;
            self.tx.clear();
            if need == Need::Lookup {
                (self.lookup)();
            }
        }
    }

    /// Takes bytes of the upstream, and gives `seen` what the client gets.
    ///
    /// # Panics
    /// When the session refuses them.
    pub fn receive(&mut self, mut bytes: &[u8], mut seen: impl FnMut(&[u8])) {
        while !bytes.is_empty() {
            let room = (self.buffer.len() - self.filled).min(bytes.len());
            self.buffer[self.filled..self.filled + room].copy_from_slice(&bytes[..room]);
            self.filled += room;
            bytes = &bytes[room..];
            let mut need = Need::Lookup;
            while need == Need::Lookup {
                let received = &mut self.buffer[..self.filled];
                let advanced = self.session.advance(Flow::ToClient, received, &mut self.tx);
                let consumed;
                (consumed, need) = advanced.unwrap_or_else(|fault| panic!("{fault}"));
                seen(self.tx.forward(received));
                self.tx.clear();
                self.buffer.copy_within(consumed..self.filled, 0);
                self.filled -= consumed;
                if need == Need::Lookup {
                    (self.lookup)();
                }
            }
        }
    }

    /// Takes a block of rows and tells how many bytes the client gets.
    ///
    /// # Panics
    /// When the session refuses them.
    pub fn drain(&mut self, rows: &ResultSet) -> usize {
        let mut count = 0;
        self.receive(rows.block(), |bytes| count += bytes.len());
        count
    }
}

impl<F: FnMut(&RowBatch<'_>)> Stream<OnRows<F>> {
    /// A session that gives batches of rows to a function, and has just asked for the rows of the table.
    #[must_use]
    pub fn on_rows(database: &Database, table: usize, look: F) -> Self {
        Self::new(OnRows(look), Box::new(|| {}), database, table)
    }

    /// Takes a block of rows as [`Stream::drain`] does, but from where it lies: nothing is copied. Tells
    /// how many bytes the client gets.
    ///
    /// # Panics
    /// When the session refuses them, or when the block ends within a row.
    pub fn pass(&mut self, block: &mut [u8]) -> usize {
        let (mut at, mut count) = (0, 0);
        while at < block.len() {
            let end = block.len().min(at + self.buffer.len());
            let received = &mut block[at..end];
            let advanced = self.session.advance(Flow::ToClient, received, &mut self.tx);
            let (consumed, _) = advanced.unwrap_or_else(|fault| panic!("{fault}"));
            assert_ne!(consumed, 0, "the block ends within a row");
            count += self.tx.forward(received).len();
            self.tx.clear();
            at += consumed;
        }
        count
    }
}

/// A command, and everything that an upstream says to it.
pub struct Exchange {
    command: Command,
    answer: Vec<u8>,
}

impl Exchange {
    /// Asks for the first rows of a table, at most as many as were invented.
    #[must_use]
    pub fn new(database: &Database, table: usize, rows: usize) -> Self {
        let (oid, table) = database.table(table);
        let mut answer = before_rows(table, oid);
        table
            .rows
            .pieces(rows)
            .for_each(|piece| answer.extend_from_slice(piece));
        answer.extend(Self::rest(table, rows));
        Self {
            command: Command::new(&table.name, Some(rows), table.rows.format),
            answer,
        }
    }

    /// What ends a result after so many rows.
    #[must_use]
    pub fn rest(table: &Table, rows: usize) -> Vec<u8> {
        [&table.rows.tail(rows)[..], b"Z\0\0\0\x05I"].concat()
    }
}

/// What an upstream says before it sends rows.
fn before_rows(table: &Table, oid: u32) -> Vec<u8> {
    let confirmed: &[u8] = match table.rows.format {
        Format::Binary => b"1\0\0\0\x042\0\0\0\x04",
        Format::Text | Format::Copy => b"",
    };
    [confirmed, &table.rows.head(oid)].concat()
}

/// A session without rules.
#[must_use]
pub fn unruled(database: Arc<Database>, table: usize) -> Stream<Inspector> {
    Stream::inspected(&Arc::new(Ruleset::empty()), database, table)
}
