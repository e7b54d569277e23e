//! A running gateway: shards, event log and admin port, and what signals do to them.
//!
//! Start order: what can fail without a trace comes first (configuration, preflight), then the
//! event log, the admin port (not ready yet), the shards. The end goes the other way: shards first,
//! so that their last events are written.

use crate::cli::ServeArguments;
use crate::commands::Outcome;
use crate::config::check::{Log, Resolving, Settings};
use crate::config::diagnostic::Diagnostics;
use crate::config::{self, Loaded};
use crate::logging;
use crate::now;
use crate::tls::Certificate;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wiremask_control::admin::{Admin, AdminState};
use wiremask_control::event_log::{Destination, EventLog};
use wiremask_control::status::{Phase, Status};
use wiremask_datapath::event::{Event, HexHash, Record};
use wiremask_datapath::link::{self, Directive, Report, ReportSender};
use wiremask_datapath::metrics::ShardCounters;
use wiremask_datapath::policy::Policy;
use wiremask_shard::{Running, ShardOptions};

/// How long the end waits for an event log that cannot be written.
const EVENT_LOG_PATIENCE: Duration = Duration::from_secs(5);

/// Why a gateway did not start.
#[derive(Debug)]
pub enum ServeError {
    /// The configuration is wrong.
    Config(Diagnostics),
    /// A part of it could not be started.
    Part(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(found) => write!(
                f,
                "{found}\n\nthe configuration cannot be used; `wiremask check` checks it without serving"
            ),
            Self::Part(error) => {
                write!(f, "{error}")?;
                let mut source = error.source();
                while let Some(cause) = source {
                    write!(f, ": {cause}")?;
                    source = cause.source();
                }
                Ok(())
            }
        }
    }
}

impl Error for ServeError {}

fn part(error: impl Error + Send + Sync + 'static) -> ServeError {
    ServeError::Part(Box::new(error))
}

/// How often signals and shards are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A running gateway.
pub struct Gateway {
    config_path: PathBuf,
    settings: Fixed,
    policy: Arc<Policy>,
    certificate: Option<Arc<Certificate>>,
    running: Running,
    events: EventLog,
    reports: ReportSender,
    status: Arc<Status>,
    counters: Arc<[Arc<ShardCounters>]>,
    admin: Option<Admin>,
}

/// Settings that only a restart changes.
#[derive(Debug, PartialEq, Eq)]
struct Fixed {
    listen: SocketAddr,
    tls_required: Option<bool>,
    admin: Option<SocketAddr>,
    shards: Option<usize>,
    events: Destination,
    events_max: usize,
    log: Log,
}

impl Fixed {
    fn of(settings: &Settings) -> Self {
        Self {
            listen: settings.listen,
            tls_required: settings.tls.as_ref().map(|tls| tls.required),
            admin: settings.admin,
            shards: settings.shards,
            events: settings.events.clone(),
            events_max: settings.policy.limits.events_max,
            log: settings.log,
        }
    }

    /// The keys in which two of them differ.
    fn differences(&self, other: &Self) -> Vec<&'static str> {
        [
            (self.listen != other.listen, "listen.address"),
            (self.tls_required != other.tls_required, "listen.tls"),
            (self.admin != other.admin, "admin.address"),
            (self.shards != other.shards, "shards.count"),
            (self.events != other.events, "events.path"),
            (self.events_max != other.events_max, "limits.events_max"),
            (self.log != other.log, "log"),
        ]
        .into_iter()
        .filter_map(|(differs, key)| differs.then_some(key))
        .collect()
    }
}

impl Gateway {
    /// Starts a gateway and returns once it takes clients.
    ///
    /// # Errors
    /// [`ServeError`], with everything that was started stopped again.
    pub fn start(config_path: &Path, shards: Option<usize>) -> Result<Self, ServeError> {
        let Loaded { settings, warnings } =
            config::load(config_path, 1, Resolving::Needed).map_err(ServeError::Config)?;
        logging::start(settings.log);
        for warning in warnings.iter() {
            tracing::warn!("{warning}");
        }
        wiremask_shard::preflight().map_err(part)?;

        let fixed = Fixed::of(&settings);
        let shards = shards
            .or(settings.shards)
            .or_else(|| std::thread::available_parallelism().ok().map(Into::into))
            .unwrap_or(1);
        let counters: Arc<[Arc<ShardCounters>]> = (0..shards).map(|_| Arc::default()).collect();
        let status = Arc::new(Status::default());
        status.set_scanner(settings.policy.ruleset.scanner());
        let (certificate, tls) = match &settings.tls {
            Some(tls) => {
                let certificate = Certificate::new(Arc::clone(&tls.key));
                let config = certificate.server_config().map_err(part)?;
                (Some(certificate), Some(config))
            }
            None => (None, None),
        };
        let (reports, receiver) = link::reports(settings.policy.limits.events_max);
        let events =
            EventLog::start(&settings.events, receiver, Arc::clone(&status)).map_err(part)?;
        let policy = Arc::new(settings.policy);
        let options = ShardOptions {
            listen: settings.listen,
            shards,
            tls,
            tls_required: fixed.tls_required == Some(true),
            counters: counters.to_vec(),
            reports: reports.clone(),
        };
        let admin = match settings.admin {
            Some(address) => {
                let state = AdminState {
                    counters: Arc::clone(&counters),
                    status: Arc::clone(&status),
                };
                Some(Admin::start(address, state).map_err(part)?)
            }
            None => None,
        };
        let running = wiremask_shard::start(options, Arc::clone(&policy)).map_err(part)?;
        let gateway = Self {
            config_path: config_path.to_owned(),
            settings: fixed,
            policy,
            certificate,
            running,
            events,
            reports,
            status,
            counters,
            admin,
        };
        gateway.status.enter(Phase::Serving);
        gateway.record(Event::GatewayStarted {
            version: env!("CARGO_PKG_VERSION"),
            shards,
            ruleset: HexHash(gateway.policy.ruleset.content_hash()),
        });
        tracing::info!(
            address = %gateway.local_addr(),
            admin = gateway.admin.as_ref().map(|admin| admin.local_addr().to_string()),
            shards,
            rules = gateway.policy.ruleset.rules().len(),
            scanner = gateway.policy.ruleset.scanner(),
            "serving"
        );
        Ok(gateway)
    }

    /// Where clients connect (the configured port may be 0).
    pub fn local_addr(&self) -> SocketAddr {
        self.running.local_addr()
    }

    /// Reads the configuration again. One with a mistake changes nothing.
    pub fn reload(&mut self) {
        self.events.reopen();
        let generation = self.policy.generation + 1;
        let Loaded { settings, warnings } =
            match config::load(&self.config_path, generation, Resolving::Needed) {
                Ok(loaded) => loaded,
                Err(found) => {
                    for diagnostic in found.iter() {
                        tracing::error!("{diagnostic}");
                    }
                    tracing::error!(
                        errors = found.errors(),
                        generation = self.policy.generation,
                        "the new configuration has mistakes; the old one stays in force"
                    );
                    self.status.reload_rejected();
                    self.record(Event::ConfigRejected {
                        errors: found.errors(),
                    });
                    return;
                }
            };
        for warning in warnings.iter() {
            tracing::warn!("{warning}");
        }
        for key in self.settings.differences(&Fixed::of(&settings)) {
            tracing::warn!(key, "this change needs a restart");
        }
        if let (Some(certificate), Some(tls)) = (&self.certificate, &settings.tls) {
            certificate.replace(Arc::clone(&tls.key));
        }
        self.policy = Arc::new(settings.policy);
        self.status.set_scanner(self.policy.ruleset.scanner());
        self.running
            .send(&Directive::Policy(Arc::clone(&self.policy)));
        self.record(Event::ConfigReloaded {
            generation,
            ruleset: HexHash(self.policy.ruleset.content_hash()),
        });
        tracing::info!(
            generation,
            rules = self.policy.ruleset.rules().len(),
            "the new configuration is in force"
        );
    }

    /// Takes no new session, lets running commands end, and ends.
    pub fn drain(self) {
        let deadline_ms = self.policy.limits.drain_timeout_ms;
        self.status.enter(Phase::Draining);
        self.record(Event::GatewayDraining { deadline_ms });
        tracing::info!(deadline_ms, "draining");
        self.running.send(&Directive::Drain { deadline_ms });
        self.running.join();
        drop(self.reports);
        self.events.join(EVENT_LOG_PATIENCE);
        let sessions: u64 = self
            .counters
            .iter()
            .map(|shard| shard.sessions_started.value())
            .sum();
        tracing::info!(sessions, "ended");
    }

    fn record(&self, event: Event) {
        let report = Report::Event(Record {
            time: now(),
            shard: None,
            session: None,
            event,
        });
        if let Err(error) = self.reports.try_send(report) {
            tracing::warn!(%error, "an event of the gateway is lost");
        }
    }
}

/// Signals, taken from the moment of construction.
pub struct Asked {
    signals: Signals,
    /// Once set, the next SIGTERM or SIGINT ends the process at once.
    impatient: Arc<AtomicBool>,
}

impl Asked {
    /// Takes over SIGHUP, SIGTERM and SIGINT.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub fn new() -> Result<Self, ServeError> {
        let impatient = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT] {
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&impatient))
                .map_err(part)?;
        }
        Ok(Self {
            signals: Signals::new([SIGHUP, SIGTERM, SIGINT]).map_err(part)?,
            impatient,
        })
    }

    /// Obeys signals until the gateway has ended. A failure means that it ended by itself, so that
    /// whoever supervises it starts it again.
    pub fn obey(mut self, mut gateway: Gateway) -> ExitCode {
        loop {
            for signal in self.signals.pending() {
                if signal == SIGHUP {
                    gateway.reload();
                    continue;
                }
                self.impatient.store(true, Ordering::Relaxed);
                gateway.drain();
                return ExitCode::SUCCESS;
            }
            if !gateway.running.is_whole() {
                tracing::error!("a shard has ended by itself, so the gateway ends");
                self.impatient.store(true, Ordering::Relaxed);
                gateway.drain();
                return ExitCode::FAILURE;
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

/// `wiremask serve`
pub fn run(arguments: &ServeArguments) -> Outcome {
    let shards = arguments.shards.map(|count| usize::from(count.get()));
    let asked = Asked::new().map_err(|error| error.to_string())?;
    let gateway =
        Gateway::start(&arguments.config.path, shards).map_err(|error| error.to_string())?;
    Ok(asked.obey(gateway))
}

/// `wiremask demo`
#[cfg(feature = "demo")]
pub fn demo(options: &crate::demo::Options) -> Outcome {
    use std::collections::BTreeMap;

    crate::demo::run(options, |config| {
        let asked = Asked::new().map_err(|error| error.to_string())?;
        let gateway = Gateway::start(config, None).map_err(|error| error.to_string())?;
        let counters = Arc::clone(&gateway.counters);
        Ok(crate::demo::Gateway {
            address: gateway.local_addr(),
            counts: Box::new(move || {
                let mut totals = BTreeMap::new();
                for shard in counters.iter() {
                    shard.add_rules_to(&mut totals);
                }
                let counts = totals.into_iter();
                counts.map(|(rule, t)| (rule.into(), t.matches)).collect()
            }),
            wait: Box::new(move || {
                asked.obey(gateway);
            }),
        })
    })
    .map_err(|error| error.to_string())
}
