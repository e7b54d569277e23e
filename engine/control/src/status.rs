//! What the process as a whole is doing, for health checks and metrics.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The life of a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not all shards listen yet.
    Starting,
    /// Sessions are taken.
    Serving,
    /// No new session is taken.
    Draining,
}

/// Shared by the main thread, the event log and the admin port.
#[derive(Debug, Default)]
pub struct Status {
    phase: AtomicU8,
    reloads_rejected: AtomicU64,
    events_written: AtomicU64,
    event_log_broken: AtomicBool,
    scanner: Mutex<String>,
}

impl Status {
    /// The current phase.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Starting,
            1 => Phase::Serving,
            _ => Phase::Draining,
        }
    }

    /// Enters a phase.
    pub fn enter(&self, phase: Phase) {
        let phase = match phase {
            Phase::Starting => 0,
            Phase::Serving => 1,
            Phase::Draining => 2,
        };
        self.phase.store(phase, Ordering::Relaxed);
    }

    /// A new configuration was refused.
    pub fn reload_rejected(&self) {
        self.reloads_rejected.fetch_add(1, Ordering::Relaxed);
    }

    /// How many configurations were refused.
    #[must_use]
    pub fn reloads_rejected(&self) -> u64 {
        self.reloads_rejected.load(Ordering::Relaxed)
    }

    /// Lines went into the event log.
    pub fn events_written(&self, lines: u64) {
        self.events_written.fetch_add(lines, Ordering::Relaxed);
    }

    /// How many lines went into the event log.
    #[must_use]
    pub fn events_written_total(&self) -> u64 {
        self.events_written.load(Ordering::Relaxed)
    }

    /// Whether the event log can be written.
    pub fn set_event_log_broken(&self, broken: bool) {
        self.event_log_broken.store(broken, Ordering::Relaxed);
    }

    /// Can the event log not be written?
    #[must_use]
    pub fn event_log_broken(&self) -> bool {
        self.event_log_broken.load(Ordering::Relaxed)
    }

    /// What looks for matches from now on, as the ruleset calls it.
    pub fn set_scanner(&self, scanner: String) {
        *self.scanner.lock().unwrap_or_else(PoisonError::into_inner) = scanner;
    }

    /// What looks for matches; empty before there are rules.
    #[must_use]
    pub fn scanner(&self) -> String {
        let scanner = self.scanner.lock();
        scanner.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why no session should be sent here, if there is a reason.
    #[must_use]
    pub fn not_ready_because(&self) -> Option<&'static str> {
        match self.phase() {
            Phase::Starting => Some("starting"),
            Phase::Draining => Some("draining"),
            Phase::Serving if self.event_log_broken() => Some("the event log cannot be written"),
            Phase::Serving => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_serving_gateway_with_a_working_log_is_ready() {
        let status = Status::default();
        assert_eq!(status.not_ready_because(), Some("starting"));
        status.enter(Phase::Serving);
        assert_eq!(status.not_ready_because(), None);
        status.set_event_log_broken(true);
        assert_eq!(
            status.not_ready_because(),
            Some("the event log cannot be written")
        );
        status.set_event_log_broken(false);
        status.enter(Phase::Draining);
        assert_eq!(status.not_ready_because(), Some("draining"));
    }
}
