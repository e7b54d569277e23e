//! The relay: two flows of one session in one task, under the law of the loop.
//!
//! ```text
//! receive → advance until Need → write everything → release what was consumed → receive
//! ```
//!
//! A flow that is blocked in a write receives nothing, so a slow client slows its own upstream and
//! nobody else; the other flow goes on. What one advance produced is written at once and never held
//! back for more. The first reason to end is recorded in `end`; both flows then finish the writes they
//! have begun, the client gets its last words behind them, and both sides are closed.

use crate::orders::Orders;
use crate::pool::Pool;
use crate::receive::Receiver;
use crate::side::{Side, Turn};
use crate::signal::Signal;
use crate::timing::within;
use crate::transport::Transport;
use futures_lite::future::{or, pending, poll_fn, yield_now, zip};
use glommio::timer::Timer;
use std::cell::{Cell, OnceCell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use wiremask_datapath::metrics::ShardCounters;
use wiremask_protocols::session::{Farewell, Flow, Need, Session};
use wiremask_protocols::wire::Tx;

/// A peer has this long to take what is still written when the session ends.
const LAST_WRITES: Duration = Duration::from_secs(5);
/// A client that still sends has this long to notice the end, and this many bytes to send.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;
/// An idle timeout is looked at this often within its time.
const IDLE_CHECKS: u32 = 8;
/// Catalog reads that may pass without progress before the session gives up.
const LOOKUPS_MAX: usize = 16;

/// Why a relay ended.
#[derive(Debug)]
pub(crate) enum End<Fault> {
    /// The client said goodbye or closed its side.
    Client,
    /// The upstream closed its side.
    Upstream,
    /// The client's connection broke.
    ClientBroken,
    /// The session refused to go on.
    Fault(Fault),
    /// The catalog could not be read.
    Catalog,
    /// No command for too long.
    Idle,
    /// The shard drains.
    Drained,
    /// A tripped assertion, or both flows waiting for each other.
    Internal,
}

/// Reads what the sink waits for. Never fails: the catalog itself remembers a failure.
pub(crate) type Lookup = dyn Fn() -> Pin<Box<dyn Future<Output = ()>>>;

/// What a relay borrows from its shard.
pub(crate) struct Surroundings {
    pub pool: Rc<Pool>,
    pub orders: Rc<Orders>,
    pub counters: Arc<ShardCounters>,
    pub lookup: Box<Lookup>,
    /// No limit if `None`.
    pub idle_timeout: Option<Duration>,
}

/// How a relay went.
pub(crate) struct Ended<Fault> {
    /// Why it ended.
    pub end: End<Fault>,
    /// Bytes written to the client.
    pub to_client: u64,
    /// Bytes written to the upstream.
    pub to_upstream: u64,
}

/// One session and its two sides.
pub(crate) struct Relay<S: Session> {
    session: RefCell<S>,
    client: Side,
    upstream: Side,
    around: Surroundings,
    end: OnceCell<End<S::Fault>>,
    ended: Signal,
    to_upstream: Progress,
    to_client: Progress,
    /// The client closed its side, or said goodbye.
    client_left: Cell<bool>,
    /// When the command arrived that nothing was answered to yet, and when its answer arrived.
    command_at: Cell<Option<Instant>>,
    answer_at: Cell<Option<Instant>>,
}

/// How far one flow came.
#[derive(Default)]
struct Progress {
    advanced: Signal,
    /// The other flow's count while this one waits for it.
    waits_past: Cell<Option<u64>>,
    left: Cell<bool>,
    written: Cell<u64>,
}

/// What one advance decided, and the places of its output in the order of writes.
struct Step {
    consumed: usize,
    need: Need,
    onward: Option<Turn>,
    reply: Option<Turn>,
    /// How far the other flow was at that moment.
    peer_seen: u64,
}

impl<S: Session> Relay<S> {
    /// A relay between two connected sides.
    pub fn new(session: S, client: Transport, upstream: Transport, around: Surroundings) -> Self {
        Self {
            session: RefCell::new(session),
            client: Side::new(client),
            upstream: Side::new(upstream),
            around,
            end: OnceCell::new(),
            ended: Signal::default(),
            to_upstream: Progress::default(),
            to_client: Progress::default(),
            client_left: Cell::new(false),
            command_at: Cell::new(None),
            answer_at: Cell::new(None),
        }
    }

    /// Relays until one side ends, a fault, or an order. `client` and `upstream` may hold bytes that
    /// were received earlier. Both connections are closed when it returns.
    pub async fn run(self, mut client: Receiver, mut upstream: Receiver) -> Ended<S::Fault> {
        let flows = async {
            zip(
                self.flow(Flow::ToUpstream, &mut client),
                self.flow(Flow::ToClient, &mut upstream),
            )
            .await;
        };
        let limits = async {
            let told = or(self.ordered(), self.idle_for_too_long());
            or(told, self.ended.past(0)).await;
            yield_now().await; // so that the flows see the end as well
            Timer::new(LAST_WRITES).await;
        };
        or(flows, limits).await;
        self.close(&mut client).await;
        Ended {
            to_client: self.to_client.written.get(),
            to_upstream: self.to_upstream.written.get(),
            end: self.end.into_inner().unwrap_or(End::Internal),
        }
    }

    /// The law of the loop.
    async fn flow(&self, flow: Flow, receiver: &mut Receiver) {
        let (mut need, mut peer_seen, mut lookups) = (Need::Bytes(1), 0, 0);
        loop {
            match need {
                Need::Bytes(least) => {
                    if !self.receive(flow, receiver, least).await {
                        break self.source_closed(flow).await;
                    }
                }
                Need::Peer => self.wait_for_peer(flow, peer_seen).await,
                Need::Lookup if lookups == LOOKUPS_MAX => self.end(End::Catalog),
                Need::Lookup => or((self.around.lookup)(), self.ended.past(0)).await,
                Need::Close => break self.goodbye(flow).await,
            }
            if self.has_ended() {
                break;
            }
            let mut tx = self.around.pool.output();
            let Some(step) = self.advance(flow, receiver.unconsumed(), &mut tx) else {
                break;
            };
            (need, peer_seen) = (step.need, step.peer_seen);
            lookups = if need == Need::Lookup { lookups + 1 } else { 0 };
            let consumed = step.consumed;
            let written = self.write(flow, step, receiver.unconsumed(), &mut tx).await;
            self.around.pool.give_output(tx);
            if !written || self.has_ended() {
                break;
            }
            receiver.consume(consumed);
            glommio::executor().yield_if_needed().await;
        }
        let (own, _) = self.progress(flow);
        own.left.set(true);
        own.advanced.raise();
    }

    /// Advances the session and takes the turns for its output, with nothing in between.
    fn advance(&self, flow: Flow, received: &mut [u8], tx: &mut Tx) -> Option<Step> {
        let advanced = self.guarded(|session| session.advance(flow, received, tx))?;
        let (own, other) = self.progress(flow);
        let (source, destination) = self.sides(flow);
        let onward = destination.turn(tx.forward(received));
        let reply = source.turn(tx.reply());
        let (consumed, need) = match advanced {
            Ok(advanced) => advanced,
            Err(fault) => {
                // What was decided before the fault still goes out: it may end a message that is begun.
                self.end(End::Fault(fault));
                (0, Need::Close)
            }
        };
        if consumed > 0 || onward.is_some() || reply.is_some() {
            own.advanced.raise();
        } else if matches!(need, Need::Bytes(least) if least <= received.len()) {
            self.end(End::Internal); // it would ask again for ever
        }
        Some(Step {
            consumed,
            need,
            onward,
            reply,
            peer_seen: other.advanced.count(),
        })
    }

    /// Writes what an advance left, onward first. Every turn is served even if another one failed.
    async fn write(&self, flow: Flow, step: Step, received: &[u8], tx: &mut Tx) -> bool {
        let (source, destination) = self.sides(flow);
        let mut written = true;
        if let Some(turn) = step.onward {
            let bytes = tx.forward(received);
            written &= destination.write(turn, bytes).await.is_ok();
            self.count(flow, bytes.len());
        }
        if let Some(turn) = step.reply {
            written &= source.write(turn, tx.reply()).await.is_ok();
            self.count(opposite(flow), tx.reply().len());
        }
        if self.client.is_broken() {
            self.end(if self.client_left.get() {
                End::Client
            } else {
                End::ClientBroken
            });
        }
        // A broken upstream may still have said why: its flow goes on until it is closed.
        written
    }

    /// Receives until `least` bytes are unconsumed. `false`: the source is closed, or the relay ended.
    async fn receive(&self, flow: Flow, receiver: &mut Receiver, least: usize) -> bool {
        let (source, _) = self.sides(flow);
        while receiver.len() < least {
            let received = poll_fn(|context| {
                if self.has_ended() {
                    return Poll::Ready(Ok(0));
                }
                source.poll_receive(context, receiver, least)
            });
            match received.await {
                Ok(count) if count > 0 => self.note_arrival(flow),
                Ok(_) | Err(_) => return false,
            }
        }
        true
    }

    /// Waits until the other flow has advanced. Two flows that wait for each other would wait for ever.
    async fn wait_for_peer(&self, flow: Flow, seen: u64) {
        let (own, other) = self.progress(flow);
        own.waits_past.set(Some(seen));
        let other_waits = other.waits_past.get() == Some(own.advanced.count());
        if other.advanced.count() == seen && (other_waits || other.left.get()) {
            self.end(End::Internal);
        }
        or(other.advanced.past(seen), self.ended.past(0)).await;
        own.waits_past.set(None);
    }

    /// The source of `flow` will send nothing more: last words, then the same to its destination. The
    /// answers to what a client asked before it closed its side are still relayed.
    async fn source_closed(&self, flow: Flow) {
        if self.has_ended() {
            return;
        }
        let mut tx = self.around.pool.output();
        if self
            .guarded(|session| session.closed(flow, &mut tx))
            .is_some()
        {
            let (source, destination) = self.sides(flow);
            let step = Step {
                consumed: 0,
                need: Need::Close,
                onward: destination.turn(tx.forward(&[])),
                reply: source.turn(tx.reply()),
                peer_seen: 0,
            };
            self.write(flow, step, &[], &mut tx).await;
        }
        self.around.pool.give_output(tx);
        self.goodbye(flow).await;
    }

    /// Nothing more comes through `flow`.
    async fn goodbye(&self, flow: Flow) {
        match flow {
            Flow::ToUpstream => {
                self.client_left.set(true);
                // If it fails, the upstream is gone and its flow sees that.
                drop(self.upstream.close().await);
            }
            Flow::ToClient if self.client_left.get() => self.end(End::Client),
            Flow::ToClient => self.end(End::Upstream),
        }
    }

    /// Closes both sides, the client's with its last words.
    async fn close(&self, client: &mut Receiver) {
        let farewell = async {
            if self.client.settled() {
                let mut words = Vec::new();
                self.last_words(&mut words);
                if let Some(turn) = self.client.turn(&words) {
                    self.client.write(turn, &words).await?;
                    self.count(Flow::ToClient, words.len());
                }
                self.client.close().await?;
            }
            std::io::Result::Ok(())
        };
        let said = within(LAST_WRITES, farewell)
            .await
            .is_some_and(|said| said.is_ok());
        self.upstream.shut();
        if said && !self.client_left.get() {
            within(LINGER, self.client.linger(client, LINGER_BYTES)).await;
        }
        self.client.shut();
    }

    fn last_words(&self, words: &mut Vec<u8>) {
        let farewell = match self.end.get() {
            Some(End::Fault(fault)) => {
                self.guarded(|session| session.fault_message(fault, words));
                return;
            }
            // The upstream's end was told when it was noticed.
            Some(End::Client | End::ClientBroken | End::Upstream) => return,
            Some(End::Catalog) => Farewell::CatalogFailed,
            Some(End::Idle) => Farewell::IdleTimeout,
            Some(End::Drained) => Farewell::Shutdown,
            Some(End::Internal) | None => Farewell::Internal,
        };
        self.guarded(|session| session.farewell(farewell, words));
    }

    /// Calls the session. A tripped assertion ends it, and nothing else.
    fn guarded<T>(&self, call: impl FnOnce(&mut S) -> T) -> Option<T> {
        let session = &mut *self.session.borrow_mut();
        let result = catch_unwind(AssertUnwindSafe(|| call(session)));
        if result.is_err() {
            self.around.counters.panics.add(1);
            self.end(End::Internal);
        }
        result.ok()
    }

    /// Resolves when the shard's orders end this session.
    async fn ordered(&self) {
        let orders = &self.around.orders;
        let mut next = pin!(orders.next());
        poll_fn(|context| {
            loop {
                // Asked with every wake of this task: the session may have become idle.
                if orders.end_now(|| self.is_idle()) {
                    return Poll::Ready(());
                }
                if next.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                next.set(orders.next());
            }
        })
        .await;
        self.end(End::Drained);
    }

    /// Resolves when the client has asked nothing for the configured time.
    async fn idle_for_too_long(&self) {
        let Some(time) = self.around.idle_timeout else {
            return pending().await;
        };
        let activity = || self.to_client.advanced.count() + self.to_upstream.advanced.count();
        let (mut seen, mut quiet) = (activity(), 0);
        while quiet < IDLE_CHECKS {
            Timer::new(time / IDLE_CHECKS).await;
            quiet = if activity() == seen && self.is_idle() {
                quiet + 1
            } else {
                0
            };
            seen = activity();
        }
        self.end(End::Idle);
    }

    fn is_idle(&self) -> bool {
        self.client.settled() && self.upstream.settled() && self.session.borrow().is_idle()
    }

    /// The first reason stays.
    fn end(&self, end: End<S::Fault>) {
        if self.end.set(end).is_ok() {
            self.ended.raise();
        }
    }

    fn has_ended(&self) -> bool {
        self.end.get().is_some()
    }

    /// (source, destination)
    fn sides(&self, flow: Flow) -> (&Side, &Side) {
        match flow {
            Flow::ToUpstream => (&self.client, &self.upstream),
            Flow::ToClient => (&self.upstream, &self.client),
        }
    }

    /// (of this flow, of the other one)
    fn progress(&self, flow: Flow) -> (&Progress, &Progress) {
        match flow {
            Flow::ToUpstream => (&self.to_upstream, &self.to_client),
            Flow::ToClient => (&self.to_client, &self.to_upstream),
        }
    }

    /// The clock is read when a command begins and when its answer begins, not for every batch.
    fn note_arrival(&self, flow: Flow) {
        match flow {
            Flow::ToUpstream if self.command_at.get().is_none() => {
                self.command_at.set(Some(Instant::now()));
            }
            Flow::ToClient if self.command_at.get().is_some() && self.answer_at.get().is_none() => {
                self.answer_at.set(Some(Instant::now()));
            }
            Flow::ToUpstream | Flow::ToClient => {}
        }
    }

    /// Bytes left through `flow`.
    fn count(&self, flow: Flow, bytes: usize) {
        let (own, _) = self.progress(flow);
        let bytes = bytes as u64;
        own.written.set(own.written.get() + bytes);
        let counters = &self.around.counters;
        match flow {
            Flow::ToUpstream => counters.bytes_to_upstream.add(bytes),
            Flow::ToClient => {
                counters.bytes_to_client.add(bytes);
                if let (Some(command), Some(answer)) =
                    (self.command_at.take(), self.answer_at.take())
                {
                    let now = Instant::now();
                    counters.command_duration.observe_us(micros(now - command));
                    counters.first_row_delay.observe_us(micros(now - answer));
                }
            }
        }
    }
}

fn opposite(flow: Flow) -> Flow {
    match flow {
        Flow::ToUpstream => Flow::ToClient,
        Flow::ToClient => Flow::ToUpstream,
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "relay_tests.rs"]
mod tests;
