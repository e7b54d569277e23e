//! One whole session of the data path in memory: protocol, rules and a scripted catalog, no socket.
//!
//! A [`World`] obeys the law of the loop as the shell does (`engine/shard/src/relay.rs`), but takes
//! its input from the test in pieces of any size. Everything that would have been written is kept,
//! so that two runs can be compared byte by byte.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use wiremask_datapath::catalog::{Catalog, Row};
use wiremask_datapath::event::{Event, EventLost, EventSink};
use wiremask_datapath::guard::Identity;
use wiremask_datapath::inspector::{Inspector, InspectorOptions, PolicyCell, ShardScratch};
use wiremask_datapath::limits::Limits;
use wiremask_datapath::metrics::ShardCounters;
use wiremask_datapath::policy::{OnUndecodable, Policy};
use wiremask_policy::Principal;
use wiremask_protocols::postgres::session::{Fault, PostgresSession, SessionLimits};
use wiremask_protocols::postgres::upstream::UpstreamReady;
use wiremask_protocols::session::{Flow, Need, Session};
use wiremask_protocols::wire::Tx;
use wiremask_rules::{Backend, Keys, PackSource, Ruleset};

/// Answers the catalog's SQL; `None` means that it cannot be read now.
pub type Answers = dyn Fn(&str) -> Option<Vec<Row>>;

/// What a world is made of; the same setup may serve many worlds.
#[derive(Clone)]
pub struct Setup {
    /// The rules in force.
    pub policy: Arc<Policy>,
    /// The bounds of the session.
    pub limits: SessionLimits,
    /// The database that the client is connected to.
    pub database: Rc<str>,
    /// What the server announced before it was ready.
    pub parameters: Vec<(Vec<u8>, Vec<u8>)>,
    /// The catalog's other side.
    pub answers: Rc<Answers>,
}

/// A policy with this pack, or without rules.
///
/// # Errors
/// The pack's mistakes, as the gateway would print them.
pub fn policy(pack: Option<&str>, on_undecodable: OnUndecodable) -> Result<Arc<Policy>, String> {
    let ruleset = match pack {
        None => Ruleset::empty(),
        Some(text) => {
            let source = PackSource {
                name: "world.toml".into(),
                text: text.into(),
            };
            let keys = Keys::from_secret("k1", b"a secret of at least thirty-two bytes");
            Ruleset::compile(&[source], &keys, Backend::Portable).map_err(|e| e.to_string())?
        }
    };
    Ok(Arc::new(Policy {
        generation: 1,
        ruleset: Arc::new(ruleset),
        users: Vec::new(),
        upstreams: Vec::new(),
        on_undecodable,
        access: None,
        learn_columns: true,
        limits: Limits::DEFAULT,
    }))
}

/// Events carry no values, which the type of each event says; they are dropped here.
struct Dropped;

impl EventSink for Dropped {
    fn offer(&self, _event: Event) -> Result<(), EventLost> {
        Ok(())
    }
}

/// A session with what it has received, and all that it has sent.
pub struct World {
    session: PostgresSession<Inspector>,
    catalog: Rc<RefCell<Catalog>>,
    answers: Rc<Answers>,
    largest_need: usize,
    sides: [Side; 2],
    fault: Option<Fault>,
    /// Bytes that the client had got when the fault came; the last words stand behind them.
    before_last_words: Option<usize>,
    closed: bool,
}

/// One flow.
struct Side {
    received: Vec<u8>,
    need: Need,
    sent: Vec<u8>,
}

/// Catalog reads in a row for one message; the shell gives up there as well.
const LOOKUPS_MAX: usize = 16;

impl World {
    /// A session that is ready for its first command.
    ///
    /// # Panics
    /// If the parameters are refused.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let catalog = Rc::new(RefCell::new(Catalog::new()));
        let inspector = Inspector::new(InspectorOptions {
            policy: Rc::new(PolicyCell::new(Arc::clone(&setup.policy))),
            catalog: Rc::clone(&catalog),
            scratch: Rc::new(RefCell::new(ShardScratch::new())),
            counters: Arc::new(ShardCounters::default()),
            events: Rc::new(Dropped),
            identity: Identity {
                principal: Principal::agent("tests"),
                connection: "main".into(),
                database: Rc::clone(&setup.database),
            },
            is_walled: false,
        });
        let ready = UpstreamReady {
            backend_pid: 1,
            transaction_status: b'I',
            parameters: setup.parameters.clone(),
            ..UpstreamReady::default()
        };
        let mut greeting = Vec::new();
        let session = PostgresSession::new(inspector, setup.limits, &ready, &[0; 4], &mut greeting)
            .expect("parameters come from a server or from this file");
        let side = || Side {
            received: Vec::new(),
            need: Need::Bytes(1),
            sent: Vec::new(),
        };
        Self {
            session,
            catalog,
            answers: Rc::clone(&setup.answers),
            largest_need: setup
                .limits
                .message_size_max
                .max(setup.limits.statement_size_max)
                .max(16 * 1024),
            sides: [side(), side()],
            fault: None,
            before_last_words: None,
            closed: false,
        }
    }

    /// Receives `bytes` on `flow` and advances both flows as far as they go.
    ///
    /// # Panics
    /// If the session breaks the law of the loop: it asks again for what it has, for more than its
    /// limits allow, or both flows wait for each other with nothing to come.
    pub fn feed(&mut self, flow: Flow, bytes: &[u8]) {
        self.sides[index(flow)].received.extend_from_slice(bytes);
        self.turn(flow, false);
        let (mut next, mut advanced) = (opposite(flow), true);
        while advanced && !self.has_ended() {
            advanced = self.turn(next, true);
            next = opposite(next);
        }
    }

    /// The source of `flow` closed its side.
    pub fn close(&mut self, flow: Flow) {
        if self.has_ended() {
            return;
        }
        let mut tx = Tx::new();
        self.session.closed(flow, &mut tx);
        let bytes = tx.forward(&[]).to_vec();
        self.sides[index(flow)].sent.extend_from_slice(&bytes);
        self.closed = true;
    }

    /// Everything that was written to the client.
    #[must_use]
    pub fn to_client(&self) -> &[u8] {
        &self.sides[index(Flow::ToClient)].sent
    }

    /// Everything that was written to the client before the last words of a fault.
    #[must_use]
    pub fn answers_to_client(&self) -> &[u8] {
        let all = self.to_client();
        &all[..self.before_last_words.unwrap_or(all.len())]
    }

    /// Everything that was written to the upstream.
    #[must_use]
    pub fn to_upstream(&self) -> &[u8] {
        &self.sides[index(Flow::ToUpstream)].sent
    }

    /// Bytes of `flow` that wait for more.
    #[must_use]
    pub fn unconsumed(&self, flow: Flow) -> usize {
        self.sides[index(flow)].received.len()
    }

    /// Why the session ended, if by a fault.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Will nothing more be relayed?
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.fault.is_some() || self.closed
    }

    /// Advances one flow until it waits. Tells whether anything was consumed or written.
    fn turn(&mut self, flow: Flow, after_peer: bool) -> bool {
        let (mut advanced, mut lookups, mut peer) = (false, 0, after_peer);
        while !self.has_ended() {
            let side = &self.sides[index(flow)];
            match side.need {
                Need::Bytes(least) if side.received.len() < least => break,
                Need::Peer if !std::mem::take(&mut peer) => break,
                Need::Lookup if lookups == LOOKUPS_MAX => panic!("lookups do not end"),
                Need::Lookup => {
                    lookups += 1;
                    self.look_up();
                }
                Need::Close => break,
                Need::Bytes(_) | Need::Peer => {}
            }
            let progress = self.advance(flow);
            let side = &self.sides[index(flow)];
            if let Need::Bytes(least) = side.need
                && !self.has_ended()
            {
                assert!(
                    progress || least > side.received.len(),
                    "asks for {least} bytes and has them"
                );
                assert!(
                    least <= self.largest_need,
                    "asks for {least} bytes, above every limit"
                );
            }
            if side.need != Need::Lookup {
                lookups = 0;
            }
            advanced |= progress;
        }
        advanced
    }

    /// One step of the loop.
    fn advance(&mut self, flow: Flow) -> bool {
        let mut tx = Tx::new();
        let received = &mut self.sides[index(flow)].received;
        // Exactly what there is: a read or write behind it is then seen by the sanitizer.
        let mut lying = std::mem::take(received).into_boxed_slice();
        let result = self.session.advance(flow, &mut lying, &mut tx);
        let (consumed, need) = match result {
            Ok(step) => step,
            Err(fault) => {
                self.faulted(fault);
                return true;
            }
        };
        let onward = tx.forward(&lying).to_vec();
        let reply = tx.reply().to_vec();
        let progress = consumed > 0 || !onward.is_empty() || !reply.is_empty();
        self.sides[index(opposite(flow))].sent.extend(reply);
        let side = &mut self.sides[index(flow)];
        side.received = lying[consumed..].to_vec();
        side.sent.extend(onward);
        side.need = need;
        self.closed |= need == Need::Close;
        progress
    }

    /// What the shell does: the output of the failed step is dropped, the client gets last words.
    fn faulted(&mut self, fault: Fault) {
        let out = &mut self.sides[index(Flow::ToClient)].sent;
        self.before_last_words = Some(out.len());
        self.session.fault_message(&fault, out);
        self.fault = Some(fault);
    }

    fn look_up(&mut self) {
        let mut catalog = self.catalog.borrow_mut();
        while let Some(sql) = catalog.query() {
            match (self.answers)(&sql) {
                Some(rows) => catalog.answer(&rows),
                None => return catalog.failed(),
            }
        }
    }
}

fn index(flow: Flow) -> usize {
    match flow {
        Flow::ToUpstream => 0,
        Flow::ToClient => 1,
    }
}

fn opposite(flow: Flow) -> Flow {
    match flow {
        Flow::ToUpstream => Flow::ToClient,
        Flow::ToClient => Flow::ToUpstream,
    }
}
