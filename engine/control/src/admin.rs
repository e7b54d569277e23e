//! The admin port: health and metrics over HTTP.
//!
//! | path | answer |
//! |---|---|
//! | `/health/live` | 200 while the process runs |
//! | `/health/ready` | 200 when sessions are taken, otherwise 503 with the reason |
//! | `/metrics` | Prometheus text |
//!
//! It runs on one thread with a runtime of its own. It has no secret to show, yet it belongs on a
//! private address: rule names and load are nobody else's business.

use crate::metrics;
use crate::status::Status;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};
use wiremask_datapath::metrics::ShardCounters;

/// Connections at a time; the next one waits in the kernel's queue. Scrapers and probes need few.
const CONNECTIONS_MAX: usize = 64;
/// Time for a request's head, so that a silent client frees its place.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for a whole connection, so that a client that does not read its answer frees its place.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(300);
/// Longest request head, bytes (hyper's least). There are no bodies to read.
const HEAD_LEN_MAX: usize = 8192;
/// Pause after an accept error such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the admin port shows.
#[derive(Clone, Debug)]
pub struct AdminState {
    /// Counters of each shard, by its number.
    pub counters: Arc<[Arc<ShardCounters>]>,
    /// State of the process.
    pub status: Arc<Status>,
}

/// The admin port could not be opened.
#[derive(Debug)]
pub struct AdminError {
    address: SocketAddr,
    source: io::Error,
}

impl std::fmt::Display for AdminError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot listen on the admin address {}", self.address)
    }
}

impl std::error::Error for AdminError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The running admin port. Dropping it stops it.
#[derive(Debug)]
pub struct Admin {
    local_addr: SocketAddr,
    /// Dropped to stop.
    _stop: oneshot::Sender<()>,
    _thread: JoinHandle<()>,
}

impl Admin {
    /// Binds the address and serves it on a thread of its own.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn start(address: SocketAddr, state: AdminState) -> Result<Self, AdminError> {
        let fail = |source| AdminError { address, source };
        let listener = TcpListener::bind(address).map_err(fail)?;
        listener.set_nonblocking(true).map_err(fail)?;
        let local_addr = listener.local_addr().map_err(fail)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(fail)?;
        let listener = {
            let _in_runtime = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(fail)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("admin".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = serve(listener, routes(state)) => {}
                        // An error means that the sender is gone, which is the signal.
                        _ = stopped => {}
                    }
                });
            })
            .map_err(fail)?;
        Ok(Self {
            local_addr,
            _stop: stop,
            _thread: thread,
        })
    }

    /// Where it listens (the configured port may be 0).
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }
}

fn routes(state: AdminState) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(scrape))
        .with_state(state)
}

async fn ready(State(state): State<AdminState>) -> impl IntoResponse {
    match state.status.not_ready_because() {
        None => (StatusCode::OK, "ready\n".to_owned()),
        Some(reason) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {reason}\n"),
        ),
    }
}

async fn scrape(State(state): State<AdminState>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, metrics::CONTENT_TYPE)],
        metrics::render(&state.counters, &state.status),
    )
}

async fn serve(listener: tokio::net::TcpListener, routes: Router) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let socket = match listener.accept().await {
            Ok((socket, _)) => socket,
            Err(error) => {
                tracing::warn!(error = %error.kind(), "the admin port cannot accept");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_LEN_MAX)
            .serve_connection(
                TokioIo::new(socket),
                TowerToHyperService::new(routes.clone()),
            );
        tokio::spawn(async move {
            let end = tokio::time::timeout(CONNECTION_TIMEOUT, connection).await;
            if !matches!(end, Ok(Ok(()))) {
                tracing::debug!("a connection of the admin port ended early");
            }
            drop(place);
        });
    }
}

#[cfg(test)]
#[path = "admin_tests.rs"]
mod tests;
