//! What is written down about a session, never what was in it.
//!
//! An event is a plain struct: a new one is a variant here and nothing else. None has a place for
//! a field value, a literal, a credential or a statement text; what a statement was is told by its
//! kind, its length and a fingerprint that literals do not enter. User and database names come
//! from the client's startup message and are cut at [`LABEL_LEN_MAX`] bytes.
//!
//! The shell adds clock and identity: cores hand it an [`Event`] through [`EventSink`], it makes a
//! [`Record`] of it.

use crate::metrics::HandshakeFailure;
use serde::{Serialize, Serializer};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// Longest user or database name in an event, bytes. PostgreSQL's own names end at 63.
pub const LABEL_LEN_MAX: usize = 128;

/// One line of the event log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// When it happened.
    pub time: UnixMicros,
    /// The shard that saw it; `None` for the control plane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<u16>,
    /// Whose session it was; `None` when there is none (yet).
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionLabel>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Whose session it is. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionLabel {
    /// Unique over restarts.
    pub session: SessionId,
    /// The client's user name.
    pub user: Arc<str>,
    /// The database of the startup message.
    pub database: Arc<str>,
}

impl SessionLabel {
    /// Cuts overlong names at a character boundary.
    #[must_use]
    pub fn new(session: SessionId, user: &str, database: &str) -> Self {
        Self {
            session,
            user: cut(user).into(),
            database: cut(database).into(),
        }
    }
}

fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(LABEL_LEN_MAX)]
}

/// A session, for people: 16 hexadecimal digits. The shell puts randomness into it, so that ids of
/// two runs do not meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u64);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A moment: microseconds since 1970-01-01 00:00 UTC. Written as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixMicros(pub u64);

impl fmt::Display for UnixMicros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let (days, second_of_day) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil_from_days(days);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{micros:06}Z",
            second_of_day / 3600,
            second_of_day / 60 % 60,
            second_of_day % 60,
        )
    }
}

impl Serialize for UnixMicros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Year, month and day of a day count since 1970-01-01, in the Gregorian calendar
/// (<https://howardhinnant.github.io/date_algorithms.html#civil_from_days>).
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The process serves.
    GatewayStarted {
        /// Version of the binary.
        version: &'static str,
        /// Number of shards.
        shards: usize,
        /// Content hash of the rules in force.
        ruleset: HexHash,
    },
    /// The process stops accepting.
    GatewayDraining {
        /// Time until running commands are cut, milliseconds.
        deadline_ms: u64,
    },
    /// A new configuration is in force.
    ConfigReloaded {
        /// Its generation; the first one is 1.
        generation: u64,
        /// Content hash of its rules.
        ruleset: HexHash,
    },
    /// A new configuration was refused; the old one stays in force.
    ConfigRejected {
        /// Number of errors found in it.
        errors: usize,
    },
    /// A client is authenticated and its upstream is ready.
    SessionStarted {
        /// Address of the client.
        client: IpAddr,
        /// Is the client's connection encrypted?
        tls: bool,
        /// Name of the upstream in the configuration.
        upstream: Arc<str>,
        /// Generation of the policy that it starts with.
        generation: u64,
    },
    /// A connection that did not become a session.
    HandshakeFailed {
        /// Address of the client.
        client: IpAddr,
        /// Why.
        reason: HandshakeFailure,
    },
    /// The end of a session.
    SessionEnded {
        /// Why.
        reason: SessionEnd,
        /// From ready to end, milliseconds.
        duration_ms: u64,
        /// Bytes relayed to the client.
        bytes_to_client: u64,
        /// Bytes relayed to the upstream.
        bytes_to_upstream: u64,
    },
    /// A client asked for something and it was allowed.
    Command {
        /// What kind of statement it is, in PostgreSQL's words (`select`, `copy` …).
        kind: &'static str,
        /// Length of the statement text, bytes.
        statement_len: usize,
        /// Equal for statements that differ only in literals.
        #[serde(skip_serializing_if = "Option::is_none")]
        fingerprint: Option<Fingerprint>,
    },
    /// A result set has passed.
    ResultMasked {
        /// Rows of it.
        rows: u64,
        /// Values that left changed.
        cells: u64,
        /// Matches of each rule that had one.
        rules: Vec<RuleCount>,
    },
    /// Most values of a column were what a rule looks for: from now on its form is enough there.
    ColumnLearned {
        /// OID of the relation.
        relation: u32,
        /// Attribute number.
        attribute: i16,
        /// Name of the rule.
        rule: Arc<str>,
    },
    /// A client asked for something and the gateway refused it.
    Refused {
        /// The code that the client saw.
        sqlstate: Sqlstate,
        /// Why, in words that hold nothing of the statement.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'static str>,
        /// The policy that spoke against it.
        #[serde(skip_serializing_if = "Option::is_none")]
        policy: Option<Arc<str>>,
    },
    /// A policy in shadow mode would have refused a command that ran, or refused it for another reason.
    PolicyShadow {
        /// The policy.
        policy: Arc<str>,
        /// Would the command have waited for approval?
        held: bool,
    },
    /// The session broke a rule of its protocol, or a limit, and ends.
    Fault {
        /// The fault: names, values of limits, never data.
        reason: String,
    },
    /// A catalog was read.
    CatalogLoaded {
        /// Name of the upstream.
        upstream: Arc<str>,
        /// Relations that are known by name now.
        relations: usize,
        /// How long it took, milliseconds.
        duration_ms: u64,
    },
    /// A catalog could not be read; sessions that need it fail.
    CatalogFailed {
        /// Name of the upstream.
        upstream: Arc<str>,
    },
    /// A client asked to cancel the running command.
    Cancelled {
        /// Was there such a session?
        found: bool,
    },
    /// Somebody with the key asked what masked values were before (`wiremask rules reveal`).
    ValuesRevealed {
        /// Name of the account that ran the command, or its number; cut as other names are.
        by: Arc<str>,
        /// Number of that account.
        uid: u32,
        /// Number of the account that logged in, where the system knows it: `sudo` does not change it.
        #[serde(skip_serializing_if = "Option::is_none")]
        login_uid: Option<u32>,
        /// Name of the rule whose mask was undone.
        rule: Arc<str>,
        /// The column that was named.
        #[serde(skip_serializing_if = "Option::is_none")]
        column: Option<Arc<str>>,
        /// Its operator.
        operator: &'static str,
        /// Id of the key.
        key_id: Arc<str>,
        /// Values that were given.
        asked: u64,
        /// Values that were revealed.
        revealed: u64,
        /// Why, in that person's words.
        reason: Arc<str>,
        /// Content hash of the rules.
        ruleset: HexHash,
    },
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The client said goodbye or closed its side.
    Client,
    /// The upstream closed its side.
    Upstream,
    /// One side's connection broke.
    Io,
    /// A fault.
    Fault,
    /// Idle for longer than `idle_timeout_ms`.
    IdleTimeout,
    /// The gateway drains.
    Drained,
    /// A tripped assertion inside the gateway.
    Panic,
}

/// How often a rule matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleCount {
    /// Name of the rule.
    pub rule: Arc<str>,
    /// Matches.
    pub matches: u64,
}

/// A five-character code of the SQL standard, made of digits and upper-case letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sqlstate([u8; 5]);

impl Sqlstate {
    /// Stands for codes beyond those that are counted one by one. No server sends it.
    pub const OTHER: Self = Self(*b"OTHER");

    /// Codes that are not well formed (an upstream can send anything) become `XX000`.
    #[must_use]
    pub fn new(code: [u8; 5]) -> Self {
        if code
            .iter()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        {
            Self(code)
        } else {
            Self(*b"XX000")
        }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // `new` lets only ASCII in.
        std::str::from_utf8(&self.0).unwrap_or("XX000")
    }
}

impl fmt::Display for Sqlstate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Sqlstate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A statement without its literals, as a hash: 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub u64);

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:016x}", self.0))
    }
}

/// A 256-bit hash, written as hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HexHash(pub [u8; 32]);

impl fmt::Display for HexHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for HexHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Takes the events of a session. Implemented by the shell, which adds time, shard and session.
pub trait EventSink {
    /// Never blocks.
    ///
    /// # Errors
    /// [`EventLost`] when the event will not be written. A command that cannot be written down
    /// must be refused.
    fn offer(&self, event: Event) -> Result<(), EventLost>;
}

/// The event log took no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventLost {
    /// `events_max` events wait already.
    Full,
    /// The log cannot be written.
    Broken,
}

impl fmt::Display for EventLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the event log is full (events_max)",
            Self::Broken => "the event log cannot be written",
        })
    }
}

impl std::error::Error for EventLost {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn line(record: &Record) -> String {
        serde_json::to_string(record).unwrap()
    }

    #[test]
    fn a_record_is_one_flat_line() {
        let record = Record {
            time: UnixMicros(1_795_255_360_000_001),
            shard: Some(3),
            session: Some(SessionLabel::new(SessionId(0xabc), "ann", "shop")),
            event: Event::ResultMasked {
                rows: 2,
                cells: 1,
                rules: vec![RuleCount {
                    rule: "email".into(),
                    matches: 1,
                }],
            },
        };
        assert_eq!(
            line(&record),
            r#"{"time":"2026-11-21T10:02:40.000001Z","shard":3,"session":"0000000000000abc","user":"ann","database":"shop","event":"result_masked","rows":2,"cells":1,"rules":[{"rule":"email","matches":1}]}"#
        );
    }

    #[test]
    fn a_record_of_the_control_plane_has_no_session() {
        let record = Record {
            time: UnixMicros(0),
            shard: None,
            session: None,
            event: Event::ConfigRejected { errors: 2 },
        };
        assert_eq!(
            line(&record),
            r#"{"time":"1970-01-01T00:00:00.000000Z","event":"config_rejected","errors":2}"#
        );
    }

    #[test]
    fn leap_days_and_ends_of_years_are_right() {
        for (seconds, expect) in [
            (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (951_868_799, "2000-02-29T23:59:59.000000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000000Z"),
            (1_735_689_599, "2024-12-31T23:59:59.000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
        ] {
            assert_eq!(UnixMicros(seconds * 1_000_000).to_string(), expect);
        }
    }

    #[test]
    fn overlong_names_are_cut_at_a_character() {
        let label = SessionLabel::new(SessionId(1), &"é".repeat(100), &"x".repeat(10_000));
        assert_eq!(label.user.len(), 128);
        assert_eq!(label.database.len(), LABEL_LEN_MAX);
        let label = SessionLabel::new(SessionId(1), &format!("x{}", "é".repeat(100)), "");
        assert_eq!(label.user.len(), 127);
    }

    #[test]
    fn a_code_that_an_upstream_made_up_is_not_repeated() {
        assert_eq!(Sqlstate::new(*b"42501").as_str(), "42501");
        assert_eq!(Sqlstate::new(*b"ann@e").as_str(), "XX000");
        assert_eq!(Sqlstate::new([0xff; 5]).as_str(), "XX000");
    }
}
