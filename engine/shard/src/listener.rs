//! Shards: one thread, one executor, one listener each.

use crate::cancel::Registry;
use crate::handshake::{self, Ready, fill_random};
use crate::mailbox::Mailbox;
use crate::orders::Orders;
use crate::panics;
use crate::pool::Pool;
use crate::reader::Readers;
use crate::relay::{End, Ended, Relay, Surroundings};
use crate::signal::Signal;
use crate::timing::within;
use crate::transport::Transport;
use crate::upstream::TlsClients;
use futures_lite::FutureExt;
use futures_lite::future::or;
use glommio::net::{TcpListener, TcpStream};
use glommio::timer::Timer;
use glommio::{LocalExecutorBuilder, Placement};
use socket2::{Domain, Protocol, Socket, Type};
use std::cell::{Cell, RefCell};
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fmt, io};
use wiremask_datapath::event::{
    Event, EventLost, EventSink, Record, SessionEnd, SessionLabel, UnixMicros,
};
use wiremask_datapath::inspector::{PolicyCell, ShardScratch};
use wiremask_datapath::link::{Directive, Report, ReportSender};
use wiremask_datapath::metrics::{HandshakeFailure, ShardCounters};
use wiremask_datapath::policy::Policy;

/// After an accept that failed (no file descriptors left, say) the shard waits so long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Connections above `sessions_max` that are refused in their own protocol. Those above these are
/// closed unheard, so that a flood costs no memory.
const REFUSED_POLITELY_MAX: usize = 64;
/// An accept that was given up is cancelled well within this time.
const ACCEPT_CANCELLED: Duration = Duration::from_millis(1);
/// Whoever listens on the gateway's own address answers within this time.
const PROBE_TIMEOUT: Duration = Duration::from_millis(500);
/// Sessions that are cut have this long to write what they have begun.
const CUT_PATIENCE: Duration = Duration::from_secs(7);
/// A busy session lets others of its shard have their turn after this time.
const TURN: Duration = Duration::from_millis(5);
/// The longest sleep of a shard that has connections: glommio may sleep over a task that is ready, see
/// [`wiremask_coop`].
const SLEEP_MAX: Duration = Duration::from_millis(10);
/// The longest sleep of one that has none.
const SLEEP_MAX_EMPTY: Duration = Duration::from_millis(100);
/// Memory that glommio takes for file I/O, of which there is none here. Its least.
const IO_MEMORY: usize = 64 * 1024;
/// Stack of a shard's thread, bytes. A statement is read by recursion: its tree may be 100 messages deep, which
/// takes 1.75 MiB without optimisation, and a thread without room ends the whole process. Untouched pages cost
/// nothing.
const STACK_SIZE: usize = 16 * 1024 * 1024;
/// Locked memory that a ring needs.
const MEMLOCK_MIN: u64 = 512 * 1024;

/// What the shards are started with.
pub struct ShardOptions {
    /// Where clients connect. Port 0 takes a free one, the same for all shards.
    pub listen: SocketAddr,
    /// Number of shards, at least 1.
    pub shards: usize,
    /// The listener's TLS, if it has a certificate.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Are clients without TLS refused?
    pub tls_required: bool,
    /// Counters, one for each shard.
    pub counters: Vec<Arc<ShardCounters>>,
    /// Where events go.
    pub reports: ReportSender,
}

/// Why the shards did not start.
#[derive(Debug)]
pub enum StartError {
    /// io_uring does not work on this machine.
    IoUring(String),
    /// Not enough locked memory, bytes.
    Memlock(u64),
    /// The address cannot be listened on.
    Listen(SocketAddr, io::Error),
    /// An executor did not start.
    Executor(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IoUring(error) => write!(
                f,
                "io_uring is not available: {error}\n\
                 Wiremask needs Linux 5.11 or newer with io_uring allowed. Remedies: `sysctl \
                 kernel.io_uring_disabled` must be 0; in a container the default seccomp profile blocks \
                 io_uring, so run it with `--security-opt seccomp=deploy/seccomp.json`"
            ),
            Self::Memlock(limit) => write!(
                f,
                "only {limit} bytes of memory may be locked, a shard needs {MEMLOCK_MIN}\n\
                 Remedies: `ulimit -l 8192`; in systemd `LimitMEMLOCK=64M`; for a container \
                 `--ulimit memlock=67108864`"
            ),
            Self::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            Self::Executor(error) => write!(f, "a shard did not start: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

/// Running shards.
pub struct Running {
    address: SocketAddr,
    mailboxes: Vec<Arc<Mailbox>>,
    threads: Vec<JoinHandle<()>>,
}

impl Running {
    /// Where clients connect.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Tells every shard.
    pub fn send(&self, directive: &Directive) {
        for mailbox in &self.mailboxes {
            mailbox.send(directive.clone());
        }
    }

    /// Do all shards run? One that ended without a drain was ended by a bug, and its clients find
    /// nobody.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        // A shard holds its mailbox until its thread ends, however it ends.
        self.mailboxes
            .iter()
            .all(|mailbox| Arc::strong_count(mailbox) > 1)
    }

    /// Waits until every shard has ended, which [`Directive::Drain`] makes them do.
    pub fn join(self) {
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a shard ended badly");
            }
        }
    }
}

/// Can shards run here? Finds out by setting a ring up.
///
/// # Errors
/// [`StartError`] with the remedy.
pub fn preflight() -> Result<(), StartError> {
    if let Some(limit) = memlock_limit()
        && limit < MEMLOCK_MIN
    {
        return Err(StartError::Memlock(limit));
    }
    // glommio panics on the thread of an executor whose ring is refused; the error below says it.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let ring = LocalExecutorBuilder::new(Placement::Unbound)
        .io_memory(IO_MEMORY)
        .spawn(|| async {})
        .and_then(|handle| handle.join());
    std::panic::set_hook(hook);
    ring.map_err(|_| StartError::IoUring(why_no_ring()))
}

/// What the system tells about a ring that it refused.
fn why_no_ring() -> String {
    let read = |name: &str| {
        let text = std::fs::read_to_string(format!("/proc/sys/kernel/{name}"));
        text.unwrap_or_default().trim().to_owned()
    };
    match read("io_uring_disabled").as_str() {
        switch @ ("1" | "2") => {
            format!("it is switched off (kernel.io_uring_disabled is {switch})")
        }
        _ => format!(
            "Linux {} refuses a ring, or a seccomp profile does",
            read("osrelease")
        ),
    }
}

/// `ulimit -l` in bytes; `None` if unlimited or not told.
fn memlock_limit() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max locked memory"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

/// Starts the shards; returns when all of them listen.
///
/// # Errors
/// [`StartError`]; shards that had started are ended again.
pub fn start(options: ShardOptions, policy: Arc<Policy>) -> Result<Running, StartError> {
    let listen = |error| StartError::Listen(options.listen, error);
    // Shards share the port with each other, which lets them share it with another gateway, too: each
    // would get some of the clients.
    if options.listen.port() != 0 && somebody_listens(options.listen) {
        return Err(listen(io::ErrorKind::AddrInUse.into()));
    }
    // Holds the port until all shards listen on it.
    let reserved = Socket::new(
        Domain::for_address(options.listen),
        Type::STREAM,
        Some(Protocol::TCP),
    )
    .map_err(listen)?;
    reserved.set_reuse_port(true).map_err(listen)?;
    reserved.set_reuse_address(true).map_err(listen)?;
    reserved.bind(&options.listen.into()).map_err(listen)?;
    let address = reserved
        .local_addr()
        .map_err(listen)?
        .as_socket()
        .ok_or_else(|| listen(io::Error::from(io::ErrorKind::AddrNotAvailable)))?;
    panics::tell_places_only();
    let registry = Arc::new(Registry::default());
    let mut mock_key = [0; 32];
    fill_random(&mut mock_key);
    let (started, all_started) = channel();
    let mut running = Running {
        address,
        mailboxes: Vec::new(),
        threads: Vec::new(),
    };
    let placements = placements(options.shards);
    for (number, placement) in placements.into_iter().enumerate() {
        let mailbox = Arc::new(Mailbox::default());
        let seed = Seed {
            number,
            address,
            tls: options.tls.clone(),
            tls_required: options.tls_required,
            counters: options.counters.get(number).cloned().unwrap_or_default(),
            reports: options.reports.clone(),
            registry: Arc::clone(&registry),
            mailbox: Arc::clone(&mailbox),
            mock_key,
            policy: Arc::clone(&policy),
        };
        let started = started.clone();
        let thread = std::thread::Builder::new()
            .name(format!("shard-{number}"))
            .stack_size(STACK_SIZE)
            .spawn(move || {
                let executor = LocalExecutorBuilder::new(placement)
                    .io_memory(IO_MEMORY)
                    .preempt_timer(TURN)
                    .make();
                match executor {
                    Ok(executor) => executor.run(seed.run(started)),
                    // Nobody listens to the answer only if the start was given up.
                    Err(error) => drop(started.send(Err(io::Error::other(error.to_string())))),
                }
            });
        running.mailboxes.push(mailbox);
        match thread {
            Ok(thread) => running.threads.push(thread),
            Err(error) => {
                running.send(&Directive::Drain { deadline_ms: 0 });
                return Err(StartError::Executor(error.to_string()));
            }
        }
    }
    drop(started);
    for _ in 0..running.threads.len() {
        let result = all_started
            .recv()
            .unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
        if let Err(error) = result {
            running.send(&Directive::Drain { deadline_ms: 0 });
            return Err(StartError::Listen(address, error));
        }
    }
    let cooperative_rings = wiremask_coop::cooperative_rings();
    tracing::debug!(%address, cooperative_rings, "shards listen");
    Ok(running)
}

/// Does a connection to this address succeed?
fn somebody_listens(address: SocketAddr) -> bool {
    Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )
    .and_then(|probe| probe.connect_timeout(&address.into(), PROBE_TIMEOUT))
    .is_ok()
}

/// One processor for each shard if there are as many of both, else wherever the system puts them.
fn placements(shards: usize) -> Vec<Placement> {
    let allowed = allowed_processors();
    if allowed.len() == shards && shards > 2 {
        return allowed.into_iter().map(Placement::Fixed).collect();
    }
    (0..shards).map(|_| Placement::Unbound).collect()
}

/// The processors that this process may use; empty if the system does not tell.
fn allowed_processors() -> Vec<usize> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let list = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let range = |range: &str| -> Option<std::ops::RangeInclusive<usize>> {
        let (first, last) = range
            .trim()
            .split_once('-')
            .unwrap_or((range.trim(), range.trim()));
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    list.unwrap_or_default()
        .split(',')
        .filter_map(range)
        .flatten()
        .collect()
}

/// What a shard's thread is given.
struct Seed {
    number: usize,
    address: SocketAddr,
    tls: Option<Arc<rustls::ServerConfig>>,
    tls_required: bool,
    counters: Arc<ShardCounters>,
    reports: ReportSender,
    registry: Arc<Registry>,
    mailbox: Arc<Mailbox>,
    mock_key: [u8; 32],
    policy: Arc<Policy>,
}

/// What the sessions of a shard share.
pub(crate) struct Shard {
    number: u16,
    pub policy: Rc<PolicyCell>,
    pub tls: Option<Arc<rustls::ServerConfig>>,
    pub tls_required: bool,
    pub counters: Arc<ShardCounters>,
    reports: ReportSender,
    pub registry: Arc<Registry>,
    pub clients: Rc<TlsClients>,
    pub pool: Rc<Pool>,
    pub readers: Rc<Readers>,
    pub scratch: Rc<RefCell<ShardScratch>>,
    pub orders: Rc<Orders>,
    /// Keys the salts of users that do not exist.
    pub mock_key: [u8; 32],
    /// Connections of clients, sessions or not yet.
    pub connections: Cell<usize>,
    left: Signal,
}

impl Seed {
    async fn run(self, started: Sender<io::Result<()>>) {
        panics::enter_shard();
        wiremask_coop::bound_sleeps(SLEEP_MAX_EMPTY);
        let listener = match TcpListener::bind(self.address) {
            Ok(listener) => listener,
            Err(error) => {
                // Nobody listens to the answer only if the start was given up.
                drop(started.send(Err(error.into())));
                return;
            }
        };
        self.counters.policy_generation.set(self.policy.generation);
        drop(started.send(Ok(())));
        let limits = self.policy.limits;
        let pool = Rc::new(Pool::new(limits.buffer_size, limits.buffers_kept));
        let clients = Rc::new(TlsClients::default());
        let number = u16::try_from(self.number).unwrap_or(u16::MAX);
        let readers = Readers::new(
            Rc::clone(&pool),
            Rc::clone(&clients),
            Arc::clone(&self.counters),
            SessionEvents {
                reports: self.reports.clone(),
                shard: number,
                label: None,
            },
        );
        let shard = Rc::new(Shard {
            number,
            policy: Rc::new(PolicyCell::new(self.policy)),
            tls: self.tls,
            tls_required: self.tls_required,
            counters: self.counters,
            reports: self.reports,
            registry: self.registry,
            clients,
            pool,
            readers: Rc::new(readers),
            scratch: Rc::new(RefCell::new(ShardScratch::new())),
            orders: Rc::new(Orders::default()),
            mock_key: self.mock_key,
            connections: Cell::new(0),
            left: Signal::default(),
        });
        shard.serve_until_drained(listener, &self.mailbox).await;
    }
}

impl Shard {
    /// Takes clients.
    async fn accept(self: &Rc<Self>, listener: TcpListener) -> u64 {
        loop {
            match listener.accept().await {
                Ok(stream) => self.admit(stream),
                Err(error) => {
                    tracing::warn!(%error, "a client could not be accepted");
                    Timer::new(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn admit(self: &Rc<Self>, stream: TcpStream) {
        let Ok(address) = stream.peer_addr() else {
            return; // it has gone already
        };
        let peer = address.ip().to_canonical();
        let sessions_max = self.policy.get().limits.sessions_max;
        if self.connections.get() >= sessions_max.saturating_add(REFUSED_POLITELY_MAX) {
            self.counters
                .handshake_failed(HandshakeFailure::SessionsMax);
            return;
        }
        let Ok(transport) = Transport::new(stream) else {
            return;
        };
        self.connections.set(self.connections.get() + 1);
        wiremask_coop::bound_sleeps(SLEEP_MAX);
        let place = Place(Rc::clone(self));
        glommio::spawn_local(async move {
            // The relay catches what trips inside a session; this catches the rest of the shell.
            let served = AssertUnwindSafe(place.0.serve(transport, peer)).catch_unwind();
            if served.await.is_err() {
                place.0.counters.panics.add(1);
            }
        })
        .detach();
    }

    /// Does what the control plane says until it says to drain, and gives the deadline of that in
    /// milliseconds.
    async fn obey(&self, mailbox: &Mailbox) -> u64 {
        loop {
            match mailbox.receive().await {
                Directive::Policy(policy) => {
                    let generation = policy.generation;
                    self.policy.set(policy);
                    self.counters.policy_generation.set(generation);
                }
                Directive::Drain { deadline_ms } => return deadline_ms,
            }
        }
    }

    async fn serve_until_drained(self: &Rc<Self>, listener: TcpListener, mailbox: &Mailbox) {
        let deadline_ms = or(self.accept(listener), self.obey(mailbox)).await;
        // The accept that was just dropped is cancelled with the next submission to the ring; only then
        // is the port closed.
        Timer::new(ACCEPT_CANCELLED).await;
        self.orders.drain();
        let deadline = Duration::from_millis(deadline_ms);
        if within(deadline, self.emptied()).await.is_none() {
            self.orders.cut();
            within(CUT_PATIENCE, self.emptied()).await;
        }
    }

    /// Resolves when nobody is connected any more.
    async fn emptied(&self) {
        while self.connections.get() > 0 {
            self.left.past(self.left.count()).await;
        }
    }

    async fn serve(self: &Rc<Self>, transport: Transport, peer: IpAddr) {
        let Some(ready) = handshake::shake(self, transport, peer).await else {
            return;
        };
        let Ready {
            session,
            client,
            client_receiver,
            upstream,
            upstream_receiver,
            policy,
            upstream_index,
            reader,
            label,
            registration,
        } = ready;
        let begun = Instant::now();
        let _live = Live::new(&self.counters);
        let idle_ms = policy.limits.idle_timeout_ms;
        let readers = Rc::clone(&self.readers);
        let around = Surroundings {
            pool: Rc::clone(&self.pool),
            orders: Rc::clone(&self.orders),
            counters: Arc::clone(&self.counters),
            lookup: Box::new(move || {
                let (readers, reader, policy) =
                    (Rc::clone(&readers), Rc::clone(&reader), Arc::clone(&policy));
                Box::pin(async move { readers.read(&reader, &policy, upstream_index).await })
            }),
            idle_timeout: (idle_ms > 0).then(|| Duration::from_millis(idle_ms)),
        };
        let relay = Relay::new(session, client, upstream, around);
        let Ended {
            end,
            to_client,
            to_upstream,
        } = relay.run(client_receiver, upstream_receiver).await;
        drop(registration);
        let events = self.events_of(label);
        let reason = match end {
            End::Client => SessionEnd::Client,
            End::Upstream => SessionEnd::Upstream,
            End::ClientBroken => SessionEnd::Io,
            End::Fault(fault) => {
                self.counters.faults.add(1);
                tracing::info!(%fault, client = %peer, "a session ended with a fault");
                self.note(
                    &events,
                    Event::Fault {
                        reason: fault.to_string(),
                    },
                );
                SessionEnd::Fault
            }
            End::Catalog => SessionEnd::Fault,
            End::Idle => SessionEnd::IdleTimeout,
            End::Drained => SessionEnd::Drained,
            End::Internal => SessionEnd::Panic,
        };
        let ended = Event::SessionEnded {
            reason,
            duration_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            bytes_to_client: to_client,
            bytes_to_upstream: to_upstream,
        };
        self.note(&events, ended);
    }

    /// The events of one session.
    pub fn events_of(&self, label: SessionLabel) -> SessionEvents {
        SessionEvents {
            reports: self.reports.clone(),
            shard: self.number,
            label: Some(label),
        }
    }

    /// Writes down an event that belongs to no session.
    pub fn offer(&self, event: Event) {
        let events = SessionEvents {
            reports: self.reports.clone(),
            shard: self.number,
            label: None,
        };
        self.note(&events, event);
    }

    fn note(&self, events: &SessionEvents, event: Event) {
        if events.offer(event).is_err() {
            self.counters.events_lost.add(1);
        }
    }
}

/// Counts a session, and its end however it ends.
struct Live(Arc<ShardCounters>);

impl Live {
    fn new(counters: &Arc<ShardCounters>) -> Self {
        counters.sessions_started.add(1);
        Self(Arc::clone(counters))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.sessions_ended.add(1);
    }
}

/// A client's place among the connections of its shard.
struct Place(Rc<Shard>);

impl Drop for Place {
    fn drop(&mut self) {
        let left = self.0.connections.get() - 1;
        self.0.connections.set(left);
        if left == 0 {
            wiremask_coop::bound_sleeps(SLEEP_MAX_EMPTY);
        }
        self.0.left.raise();
    }
}

/// Adds clock and identity to events.
pub(crate) struct SessionEvents {
    reports: ReportSender,
    shard: u16,
    label: Option<SessionLabel>,
}

impl EventSink for SessionEvents {
    fn offer(&self, event: Event) -> Result<(), EventLost> {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.reports.try_send(Report::Event(Record {
            time: UnixMicros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX)),
            shard: Some(self.shard),
            session: self.label.clone(),
            event,
        }))
    }
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
