//! Every limit of a running gateway, with unit and reason, in one place.
//!
//! A limit that nobody can exceed is what keeps a session's memory bounded: nothing in the data
//! path is sized from a number that a peer sent. Relations between limits are one table
//! ([`Limits::broken_relation`]) which holds at compile time for [`Limits::DEFAULT`] and at load
//! time for configured values.

use std::fmt;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The limits of a gateway. Sizes are bytes, times are milliseconds, counts are counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest message that is ever held whole in memory, bytes. A data row above it streams; any
    /// other message above it ends the session.
    pub message_size_max: usize,
    /// Longest statement text, bytes. Parsing costs memory and time in proportion to it.
    pub statement_size_max: usize,
    /// Size of a pooled receive buffer, bytes. One socket read of 64 KiB is batch enough; more is
    /// no faster.
    pub buffer_size: usize,
    /// Receive buffers that a shard keeps for reuse. Further ones are given back to the system.
    pub buffers_kept: usize,
    /// Sessions per shard. The next client is refused with SQLSTATE 53300.
    pub sessions_max: usize,
    /// Prepared statements, and as many portals, per session; each keeps its facts in memory.
    pub statements_max: usize,
    /// Commands in flight per session before the gateway stops reading from that client.
    pub pipeline_max: usize,
    /// Time from accept until the session is ready, milliseconds. One deadline: progress does not
    /// extend it.
    pub handshake_timeout_ms: u64,
    /// Time to connect to the upstream and to become ready there, milliseconds. Runs inside
    /// `handshake_timeout_ms`.
    pub connect_timeout_ms: u64,
    /// A session without a command for this long is ended, milliseconds. 0 means never.
    pub idle_timeout_ms: u64,
    /// How long a drain waits for running commands before it ends their sessions, milliseconds.
    pub drain_timeout_ms: u64,
    /// Time to read the catalog of one database, milliseconds. Sessions that wait get an error
    /// afterwards.
    pub catalog_timeout_ms: u64,
    /// An unused catalog connection is closed after this time, milliseconds.
    pub catalog_idle_ms: u64,
    /// Events that may wait for the event log. When it is full, commands are refused.
    pub events_max: usize,
}

/// Two limits contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenRelation {
    /// The limit that is too small.
    pub limit: &'static str,
    /// Its value.
    pub value: u64,
    /// What it must at least be.
    pub least: u64,
    /// Where that comes from: another limit, or a reason.
    pub because: &'static str,
}

impl fmt::Display for BrokenRelation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            limit,
            value,
            least,
            because,
        } = self;
        write!(
            f,
            "{limit} is {value}, but must be at least {least} ({because})"
        )
    }
}

impl Limits {
    /// The limits of a gateway whose configuration says nothing.
    pub const DEFAULT: Self = Self {
        message_size_max: 16 * MIB,
        statement_size_max: MIB,
        buffer_size: 64 * KIB,
        buffers_kept: 256,
        sessions_max: 10_000,
        statements_max: 4096,
        pipeline_max: 1024,
        handshake_timeout_ms: 30_000,
        connect_timeout_ms: 10_000,
        idle_timeout_ms: 0,
        drain_timeout_ms: 30_000,
        catalog_timeout_ms: 10_000,
        catalog_idle_ms: 60_000,
        events_max: 65_536,
    };

    /// The smallest limits that still work, for tests that want every limit to be met.
    pub const TINY: Self = Self {
        message_size_max: 4 * KIB,
        statement_size_max: 2 * KIB,
        buffer_size: 512,
        buffers_kept: 1,
        sessions_max: 2,
        statements_max: 2,
        pipeline_max: 2,
        handshake_timeout_ms: 1000,
        connect_timeout_ms: 1000,
        idle_timeout_ms: 0,
        drain_timeout_ms: 500,
        catalog_timeout_ms: 1000,
        catalog_idle_ms: 100,
        events_max: 4,
    };

    /// The first relation that these limits break, if there is one.
    #[must_use]
    pub const fn broken_relation(&self) -> Option<BrokenRelation> {
        const A_READ: &str = "an error message of a server must fit";
        const ONE: &str = "none would work";
        let relations: [(&str, u64, u64, &str); 10] = [
            ("buffer_size", self.buffer_size as u64, 512, A_READ),
            (
                "message_size_max",
                self.message_size_max as u64,
                self.buffer_size as u64,
                "buffer_size",
            ),
            (
                "message_size_max",
                self.message_size_max as u64,
                self.statement_size_max as u64,
                "statement_size_max",
            ),
            ("statement_size_max", self.statement_size_max as u64, 1, ONE),
            ("sessions_max", self.sessions_max as u64, 1, ONE),
            ("statements_max", self.statements_max as u64, 1, ONE),
            ("pipeline_max", self.pipeline_max as u64, 1, ONE),
            ("events_max", self.events_max as u64, 1, ONE),
            (
                "handshake_timeout_ms",
                self.handshake_timeout_ms,
                self.connect_timeout_ms,
                "connect_timeout_ms",
            ),
            ("catalog_timeout_ms", self.catalog_timeout_ms, 1, ONE),
        ];
        let mut at = 0;
        while at < relations.len() {
            let (limit, value, least, because) = relations[at];
            if value < least {
                return Some(BrokenRelation {
                    limit,
                    value,
                    least,
                    because,
                });
            }
            at += 1;
        }
        None
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

const _: () = assert!(Limits::DEFAULT.broken_relation().is_none());
const _: () = assert!(Limits::TINY.broken_relation().is_none());
// Lengths travel as i32 in the protocol and as u32 inside a batch.
const _: () = assert!(Limits::DEFAULT.message_size_max <= 1 << 30);
const _: () = assert!(usize::BITS == 64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_must_hold_a_statement() {
        let limits = Limits {
            statement_size_max: 17 * MIB,
            ..Limits::DEFAULT
        };
        let broken = limits.broken_relation().expect("the relation is broken");
        assert_eq!(
            broken.to_string(),
            "message_size_max is 16777216, but must be at least 17825792 (statement_size_max)"
        );
    }

    #[test]
    fn a_zero_count_is_refused() {
        let limits = Limits {
            sessions_max: 0,
            ..Limits::DEFAULT
        };
        assert_eq!(
            limits.broken_relation().map(|b| b.limit),
            Some("sessions_max")
        );
    }
}
