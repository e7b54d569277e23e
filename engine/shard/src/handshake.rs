//! From accept to a session that is ready, on both sides, under one deadline.

use crate::cancel::{Registration, Target};
use crate::listener::Shard;
use crate::receive::Receiver;
use crate::timing::within;
use crate::transport::Transport;
use crate::upstream::{self, ConnectError, Connected, Login};
use futures_lite::future::{or, poll_fn};
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use wiremask_datapath::event::{Event, EventSink as _, SessionId, SessionLabel};
use wiremask_datapath::guard::{self, Admission, Identity};
use wiremask_datapath::inspector::{Inspector, InspectorOptions};
use wiremask_datapath::metrics::HandshakeFailure;
use wiremask_datapath::policy::{Authentication, Policy};
use wiremask_protocols::postgres::error::{Severity, write_error};
use wiremask_protocols::postgres::session::{PostgresSession, SessionLimits};
use wiremask_protocols::postgres::startup::{
    ClientCredential, ClientStartup, ClientStep, StartupError, StartupOptions,
};
use wiremask_protocols::postgres::upstream::UpstreamError;
use wiremask_protocols::session::Denial;

/// A peer has this long to take the error that ends its handshake.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A session that is ready to be relayed.
pub(crate) struct Ready {
    pub session: PostgresSession<Inspector>,
    pub client: Transport,
    pub client_receiver: Receiver,
    pub upstream: Transport,
    pub upstream_receiver: Receiver,
    pub policy: Arc<Policy>,
    /// Index into the policy's upstreams.
    pub upstream_index: usize,
    pub reader: Rc<crate::reader::Reader>,
    pub label: SessionLabel,
    /// Takes the session out of the cancel registry when it ends.
    pub registration: Registration,
}

/// A handshake that ended without a session.
struct Refused {
    reason: HandshakeFailure,
    /// The native error, if the client can be told.
    words: Option<Denial>,
}

impl Refused {
    fn silent(reason: HandshakeFailure) -> Self {
        Self {
            reason,
            words: None,
        }
    }

    fn saying(reason: HandshakeFailure, sqlstate: &[u8; 5], message: impl Into<String>) -> Self {
        Self {
            reason,
            words: Some(Denial::new(sqlstate, message)),
        }
    }
}

impl From<StartupError> for Refused {
    fn from(error: StartupError) -> Self {
        let reason = match error {
            StartupError::Denied => HandshakeFailure::Authentication,
            StartupError::TlsRequired | StartupError::TlsUnavailable | StartupError::Alpn => {
                HandshakeFailure::Tls
            }
            _ => HandshakeFailure::Malformed,
        };
        let mut message = Vec::new();
        error.write(&mut message);
        let fields = wiremask_protocols::postgres::error::Fields::new(&message[5..]);
        let sqlstate = fields
            .clone()
            .find(b'C')
            .and_then(|c| c.try_into().ok())
            .unwrap_or(*b"08P01");
        Self {
            reason,
            words: Some(Denial::new(&sqlstate, error.to_string())),
        }
    }
}

impl From<ConnectError> for Refused {
    fn from(error: ConnectError) -> Self {
        let reason = match &error {
            ConnectError::Unreachable(_) | ConnectError::Broken => {
                HandshakeFailure::UpstreamConnect
            }
            ConnectError::Tls(_) | ConnectError::TlsConfig(_) => HandshakeFailure::UpstreamTls,
            ConnectError::Startup(UpstreamError::Refused { sqlstate })
                if !sqlstate.starts_with(b"28") =>
            {
                HandshakeFailure::UpstreamRefused
            }
            ConnectError::Startup(UpstreamError::TlsUnavailable) => HandshakeFailure::UpstreamTls,
            ConnectError::Startup(UpstreamError::Protocol | UpstreamError::TooLarge) => {
                HandshakeFailure::UpstreamRefused
            }
            ConnectError::Startup(_) => HandshakeFailure::UpstreamAuthentication,
        };
        Self::saying(reason, &error.sqlstate(), told(&error))
    }
}

/// What the client is told: nothing about the gateway's credential or where the upstream is.
fn told(error: &ConnectError) -> String {
    match error {
        ConnectError::Startup(UpstreamError::Refused { sqlstate }) => match sqlstate {
            b"3D000" => "the database does not exist".to_owned(),
            b"53300" => "the upstream has no connections left".to_owned(),
            b"57P03" => "the upstream is starting up or shutting down".to_owned(),
            code if code.starts_with(b"28") => {
                "the gateway could not log in to the upstream".to_owned()
            }
            _ => "the upstream refused the session".to_owned(),
        },
        ConnectError::Unreachable(_) | ConnectError::Broken => {
            "the gateway could not connect to the upstream".to_owned()
        }
        ConnectError::Tls(_) | ConnectError::TlsConfig(_) => {
            "the gateway could not establish TLS with the upstream".to_owned()
        }
        ConnectError::Startup(_) => "the gateway could not log in to the upstream".to_owned(),
    }
}

/// The client's end while it is shaking hands.
struct Client {
    transport: Transport,
    receiver: Receiver,
    /// In the middle of a TLS handshake there is no place for an error.
    speakable: bool,
}

impl Client {
    async fn receive(&mut self) -> Result<(), Refused> {
        let need = self.receiver.len() + 1;
        let (receiver, transport) = (&mut self.receiver, &mut self.transport);
        match poll_fn(|cx| receiver.poll_receive(cx, Pin::new(transport), need)).await {
            Ok(count) if count > 0 => Ok(()),
            Ok(_) | Err(_) => Err(Refused::silent(HandshakeFailure::ClientGone)),
        }
    }

    async fn send(&mut self, out: &mut Vec<u8>) -> Result<(), Refused> {
        let written = upstream::write_all(&mut self.transport, out).await;
        out.clear();
        written.map_err(|_| Refused::silent(HandshakeFailure::ClientGone))
    }
}

/// Shakes hands with a client that was just accepted. `None`: there is no session, and everything
/// about it is counted and told.
pub(crate) async fn shake(shard: &Rc<Shard>, transport: Transport, peer: IpAddr) -> Option<Ready> {
    let deadline = Duration::from_millis(shard.policy.get().limits.handshake_timeout_ms);
    let mut client = Client {
        transport,
        receiver: Receiver::new(Rc::clone(&shard.pool)),
        speakable: true,
    };
    let cut = async {
        while !shard.orders.end_now(|| false) {
            shard.orders.next().await;
        }
        Err(shutting_down())
    };
    let shaken = within(deadline, or(Box::pin(drive(shard, &mut client, peer)), cut)).await;
    let refused = match shaken {
        Some(Ok(Some(unfinished))) => return Some(unfinished.with(client)),
        Some(Ok(None)) => return None, // a cancellation
        Some(Err(refused)) => refused,
        None => Refused::saying(
            HandshakeFailure::Timeout,
            b"08006",
            "the connection was not established within handshake_timeout_ms",
        ),
    };
    shard.counters.handshake_failed(refused.reason);
    shard.offer(Event::HandshakeFailed {
        client: peer,
        reason: refused.reason,
    });
    tracing::debug!(client = %peer, reason = refused.reason.as_str(), "no session");
    if let Some(words) = refused.words.filter(|_| client.speakable) {
        let mut out = Vec::new();
        write_error(&mut out, Severity::Fatal, &words);
        within(LAST_WORDS, client.send(&mut out)).await;
        drop(within(LAST_WORDS, poll_fn(|cx| client.transport.poll_close(cx))).await);
    }
    None
}

/// A session that lacks its client's connection.
struct Unfinished {
    session: PostgresSession<Inspector>,
    upstream: Connected,
    policy: Arc<Policy>,
    upstream_index: usize,
    reader: Rc<crate::reader::Reader>,
    label: SessionLabel,
    registration: Registration,
}

impl Unfinished {
    fn with(self, client: Client) -> Ready {
        Ready {
            session: self.session,
            client: client.transport,
            client_receiver: client.receiver,
            upstream: self.upstream.transport,
            upstream_receiver: self.upstream.receiver,
            policy: self.policy,
            upstream_index: self.upstream_index,
            reader: self.reader,
            label: self.label,
            registration: self.registration,
        }
    }
}

async fn drive(
    shard: &Rc<Shard>,
    client: &mut Client,
    peer: IpAddr,
) -> Result<Option<Unfinished>, Refused> {
    let mut startup = ClientStartup::new(StartupOptions {
        tls_available: shard.tls.is_some(),
        tls_required: shard.tls_required,
    });
    let mut policy = shard.policy.get();
    let mut out = Vec::new();
    loop {
        let (consumed, step) = match startup.advance(client.receiver.unconsumed(), &mut out) {
            Ok(advanced) => advanced,
            Err(error) => {
                client.send(&mut out).await?;
                return Err(error.into());
            }
        };
        client.receiver.consume(consumed);
        match step {
            ClientStep::Bytes => {
                client.send(&mut out).await?;
                client.receive().await?;
            }
            ClientStep::StartTls { direct } => {
                client.send(&mut out).await?;
                accept_tls(shard, client, direct).await?;
                startup.tls_started(client.transport.alpn())?;
            }
            ClientStep::Cancel { pid, key } => {
                let found = shard.registry.find(pid, &key);
                if found.is_some() {
                    shard.counters.cancels.add(1);
                }
                shard.offer(Event::Cancelled {
                    found: found.is_some(),
                });
                if let Some(target) = found
                    && let Err(error) = upstream::cancel(&target, &shard.clients).await
                {
                    tracing::warn!(%error, "a cancellation could not be delivered");
                }
                return Ok(None);
            }
            ClientStep::Identify => {
                policy = shard.policy.get();
                admit(shard)?;
                let credential = credential(shard, &policy, &startup.startup().user, peer);
                startup.credential(credential, random(), &mut out);
            }
            ClientStep::Authenticated => break,
        }
    }
    client.send(&mut out).await?;
    let unfinished = log_in(shard, policy, &startup, peer, &mut out).await?;
    client.send(&mut out).await?;
    Ok(Some(unfinished))
}

async fn accept_tls(shard: &Shard, client: &mut Client, direct: bool) -> Result<(), Refused> {
    if !direct && client.receiver.len() > 0 {
        // Bytes that arrived before TLS would be taken for bytes inside it (CVE-2021-23214).
        return Err(Refused::saying(
            HandshakeFailure::Malformed,
            b"08P01",
            "received unencrypted data after the request for TLS",
        ));
    }
    let Some(config) = shard.tls.clone() else {
        return Err(Refused::silent(HandshakeFailure::Tls));
    };
    client.speakable = false;
    let received = client.receiver.take();
    let accepted = client.transport.accept_tls(config, received).await;
    accepted.map_err(|_| Refused::silent(HandshakeFailure::Tls))?;
    client.speakable = true;
    Ok(())
}

/// Is there room for another session?
fn admit(shard: &Shard) -> Result<(), Refused> {
    if shard.orders.draining() {
        return Err(shutting_down());
    }
    // This connection is counted already.
    if shard.connections.get() > shard.policy.get().limits.sessions_max {
        let words = "the gateway has no sessions left (limits.sessions_max)";
        return Err(Refused::saying(
            HandshakeFailure::SessionsMax,
            b"53300",
            words,
        ));
    }
    Ok(())
}

fn shutting_down() -> Refused {
    Refused::saying(
        HandshakeFailure::Draining,
        b"57P03",
        "the gateway is shutting down",
    )
}

/// What the policy asks of this user. Who may not come is asked like everybody else, and fails.
fn credential(shard: &Shard, policy: &Policy, user: &str, peer: IpAddr) -> ClientCredential {
    match policy.user(user).map(|user| &user.authentication) {
        Some(Authentication::Trust) if peer.is_loopback() => ClientCredential::Trust,
        Some(Authentication::Scram(verifier)) => ClientCredential::Scram(verifier.clone()),
        Some(Authentication::Trust) | None => {
            let hash = blake3::keyed_hash(&shard.mock_key, user.as_bytes());
            let mut mock_salt = [0; 16];
            mock_salt.copy_from_slice(&hash.as_bytes()[..16]);
            ClientCredential::Unknown { mock_salt }
        }
    }
}

/// Connects the authenticated client to its upstream and writes what it waits for.
async fn log_in(
    shard: &Rc<Shard>,
    policy: Arc<Policy>,
    startup: &ClientStartup,
    peer: IpAddr,
    out: &mut Vec<u8>,
) -> Result<Unfinished, Refused> {
    let info = startup.startup();
    let Some(user) = policy.user(&info.user) else {
        return Err(StartupError::Denied.into());
    };
    let Some(target) = policy
        .upstream_of(user)
        .filter(|u| u.serves(&info.database))
    else {
        let words = "the database does not exist, or this user may not reach it";
        return Err(Refused::saying(HandshakeFailure::Database, b"3D000", words));
    };
    let identity = Identity {
        principal: policy.principal(&info.user),
        connection: target.name.as_str().into(),
        database: info.database.as_str().into(),
    };
    let parameters = info.parameters.clone();
    let admission = match &policy.access {
        Some(policies) => guard::admit(policies, &identity, parameters).map_err(|denial| {
            let hint = denial
                .hint
                .map(|hint| format!(" ({hint})"))
                .unwrap_or_default();
            let words = format!("{}{hint}", denial.message);
            Refused::saying(HandshakeFailure::Policy, &denial.sqlstate, words)
        })?,
        None => Admission {
            parameters,
            is_walled: false,
        },
    };
    let login = Login {
        upstream: target,
        user: user.upstream_user.resolve(target, &info.user),
        database: &info.database,
        parameters: admission.parameters,
        protocol_minor: info.protocol_minor,
    };
    let connected = upstream::connect(&policy, login, &shard.clients, &shard.pool)
        .await
        .inspect_err(|error| tracing::warn!(upstream = %target.name, %error, "no session"))?;
    let mut key = vec![0; info.cancel_key_len()];
    fill_random(&mut key);
    let registration = shard.registry.register(
        &key,
        Target {
            policy: Arc::clone(&policy),
            upstream: user.upstream,
            address: connected.address,
            pid: connected.ready.backend_pid,
            key: connected.ready.cancel_key.clone(),
        },
    );
    let label = SessionLabel::new(
        SessionId(u64::from_ne_bytes(random())),
        &info.user,
        &info.database,
    );
    let events = Rc::new(shard.events_of(label.clone()));
    let started = Event::SessionStarted {
        client: peer,
        tls: startup.is_tls(),
        upstream: target.name.as_str().into(),
        generation: policy.generation,
    };
    if let Err(lost) = events.offer(started) {
        return Err(Refused::saying(
            HandshakeFailure::EventLog,
            b"53000",
            lost.to_string(),
        ));
    }
    let reader = shard.readers.of(&target.name, &info.database);
    let needs_catalog =
        |policy: &Policy| policy.ruleset.reads_statements() || policy.access.is_some();
    if needs_catalog(&shard.policy.get()) {
        reader.catalog().borrow_mut().want_global_once();
        if reader.catalog().borrow().wanted() {
            shard.readers.read(&reader, &policy, user.upstream).await;
        }
    }
    let inspector = Inspector::new(InspectorOptions {
        policy: Rc::clone(&shard.policy),
        catalog: reader.catalog(),
        scratch: Rc::clone(&shard.scratch),
        counters: Arc::clone(&shard.counters),
        events,
        identity,
        is_walled: admission.is_walled,
    });
    let limits = SessionLimits {
        message_size_max: policy.limits.message_size_max,
        statement_size_max: policy.limits.statement_size_max,
        pipeline_max: policy.limits.pipeline_max,
        statements_max: policy.limits.statements_max,
    };
    let session =
        PostgresSession::new(inspector, limits, &connected.ready, &key, out).map_err(|fault| {
            Refused::saying(
                HandshakeFailure::UpstreamRefused,
                b"08P01",
                fault.to_string(),
            )
        })?;
    Ok(Unfinished {
        session,
        upstream: connected,
        upstream_index: user.upstream,
        reader,
        label,
        registration,
        policy: Arc::clone(&policy),
    })
}

/// Random bytes from the system.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill_random(&mut bytes);
    bytes
}

/// # Panics
/// If the system has no randomness: then there are no secrets either.
pub(crate) fn fill_random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system gives randomness");
}
