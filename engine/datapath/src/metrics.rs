//! Counters of one shard.
//!
//! Each shard owns one [`ShardCounters`] and is its only writer, so that counting is a load, an
//! addition and a store on a cache line that nobody else writes: no locked instruction on the hot
//! path. The control plane reads them at any time and sees each counter at most a moment late.
//! Refusals and the tables of rules sit behind a lock that is taken once per refusal and once per
//! session, never per row.
//!
//! Labels are rule names, SQLSTATE codes and reasons of this file, never data.

use crate::event::Sqlstate;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A number that only grows. One writer, any number of readers.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `n`. Only the owning shard may call this: two writers lose counts.
    #[inline]
    pub fn add(&self, n: u64) {
        self.0
            .store(self.value().wrapping_add(n), Ordering::Relaxed);
    }

    /// The count so far.
    #[inline]
    #[must_use]
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that is set. One writer, any number of readers.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    /// Sets it.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// What was set last; 0 at first.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Number of finite buckets: the bounds are 1 µs, 2 µs, 4 µs … 2^27 µs (134 s).
pub const HISTOGRAM_BUCKETS: usize = 28;

/// Durations in buckets of powers of two.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [Counter; HISTOGRAM_BUCKETS + 1],
    sum_us: Counter,
}

impl Histogram {
    /// Counts one duration in microseconds.
    #[inline]
    pub fn observe_us(&self, us: u64) {
        // Bucket n holds what is above 2^(n-1) and at most 2^n.
        let bucket = (u64::BITS - us.saturating_sub(1).leading_zeros()) as usize;
        self.buckets[bucket.min(HISTOGRAM_BUCKETS)].add(1);
        self.sum_us.add(us);
    }

    /// Adds these counts to `totals`.
    pub fn add_to(&self, totals: &mut HistogramTotals) {
        for (total, bucket) in totals.buckets.iter_mut().zip(&self.buckets) {
            *total += bucket.value();
        }
        totals.sum_us += self.sum_us.value();
    }
}

/// The sum of histograms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistogramTotals {
    /// Not cumulative; the last one has no upper bound.
    pub buckets: [u64; HISTOGRAM_BUCKETS + 1],
    /// Sum of the durations, microseconds.
    pub sum_us: u64,
}

/// Why a connection did not become a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HandshakeFailure {
    /// `handshake_timeout_ms` is over.
    Timeout,
    /// The client went away.
    ClientGone,
    /// The client does not speak the protocol, or asks for what is refused.
    Malformed,
    /// The client's TLS handshake failed, or it did not use TLS where it must.
    Tls,
    /// Unknown user or wrong password.
    Authentication,
    /// The user may not reach this database.
    Database,
    /// The policies refuse a setting of the startup message.
    Policy,
    /// `sessions_max` is reached.
    SessionsMax,
    /// The event log takes nothing.
    EventLog,
    /// The gateway drains.
    Draining,
    /// The upstream cannot be reached.
    UpstreamConnect,
    /// The upstream's certificate or TLS handshake is not as configured.
    UpstreamTls,
    /// The upstream does not take the held credential.
    UpstreamAuthentication,
    /// The upstream refused the session or broke the protocol.
    UpstreamRefused,
    /// A tripped assertion inside the gateway.
    Internal,
}

impl HandshakeFailure {
    /// All of them, in the order of the counters.
    pub const ALL: [Self; 15] = [
        Self::Timeout,
        Self::ClientGone,
        Self::Malformed,
        Self::Tls,
        Self::Authentication,
        Self::Database,
        Self::Policy,
        Self::SessionsMax,
        Self::EventLog,
        Self::Draining,
        Self::UpstreamConnect,
        Self::UpstreamTls,
        Self::UpstreamAuthentication,
        Self::UpstreamRefused,
        Self::Internal,
    ];

    /// The label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::ClientGone => "client_gone",
            Self::Malformed => "malformed",
            Self::Tls => "tls",
            Self::Authentication => "authentication",
            Self::Database => "database",
            Self::Policy => "policy",
            Self::SessionsMax => "sessions_max",
            Self::EventLog => "event_log",
            Self::Draining => "draining",
            Self::UpstreamConnect => "upstream_connect",
            Self::UpstreamTls => "upstream_tls",
            Self::UpstreamAuthentication => "upstream_authentication",
            Self::UpstreamRefused => "upstream_refused",
            Self::Internal => "internal",
        }
    }
}

/// Everything that one shard counts.
#[derive(Debug, Default)]
#[repr(align(128))] // two cache lines: the prefetcher fetches neighbours
pub struct ShardCounters {
    /// Generation of the policy that the shard enforces; 0 before it listens.
    pub policy_generation: Gauge,
    /// Sessions that became ready.
    pub sessions_started: Counter,
    /// Sessions that ended. Never above `sessions_started`.
    pub sessions_ended: Counter,
    /// Bytes written to clients.
    pub bytes_to_client: Counter,
    /// Bytes written to upstreams.
    pub bytes_to_upstream: Counter,
    /// Commands that were allowed.
    pub commands: Counter,
    /// Rows relayed to clients, COPY rows included.
    pub rows: Counter,
    /// Values that left changed, by whatever rule.
    pub cells_masked: Counter,
    /// Values of protected columns that could not be decoded.
    pub cells_undecodable: Counter,
    /// Sessions that ended by a fault.
    pub faults: Counter,
    /// Tripped assertions. Anything above 0 is a bug of the gateway.
    pub panics: Counter,
    /// Cancel requests that found their session.
    pub cancels: Counter,
    /// Catalogs read.
    pub catalog_loads: Counter,
    /// Catalogs that could not be read.
    pub catalog_failures: Counter,
    /// Events that the log did not take.
    pub events_lost: Counter,
    /// From a command until its first row or its end was written to the client.
    pub command_duration: Histogram,
    /// What the gateway adds to the first row: from its arrival until it was written.
    pub first_row_delay: Histogram,
    handshake_failures: [Counter; HandshakeFailure::ALL.len()],
    refusals: Mutex<Vec<(Sqlstate, u64)>>,
    rules: Mutex<RuleTables>,
}

/// Codes that get their own count; later ones share one.
const REFUSAL_CODES_MAX: usize = 64;

impl ShardCounters {
    /// Counts a connection that did not become a session.
    pub fn handshake_failed(&self, reason: HandshakeFailure) {
        self.handshake_failures[reason as usize].add(1);
    }

    /// How many failed for this reason.
    #[must_use]
    pub fn handshake_failures(&self, reason: HandshakeFailure) -> u64 {
        self.handshake_failures[reason as usize].value()
    }

    /// Counts a refusal.
    pub fn refused(&self, code: Sqlstate) {
        let mut refusals = lock(&self.refusals);
        let code = if refusals.len() < REFUSAL_CODES_MAX || refusals.iter().any(|r| r.0 == code) {
            code
        } else {
            Sqlstate::OTHER
        };
        match refusals.iter_mut().find(|refusal| refusal.0 == code) {
            Some(refusal) => refusal.1 += 1,
            None => refusals.push((code, 1)),
        }
    }

    /// Adds the refusals to `totals`.
    pub fn add_refusals_to(&self, totals: &mut BTreeMap<Sqlstate, u64>) {
        for &(code, count) in lock(&self.refusals).iter() {
            *totals.entry(code).or_default() += count;
        }
    }

    /// The counters of a policy's rules: the same table for every session of this shard that has
    /// this generation. `names` are the rules in the order of their ids.
    #[must_use]
    pub fn rules<'a>(
        &self,
        generation: u64,
        names: impl ExactSizeIterator<Item = &'a str>,
    ) -> Arc<RuleCounters> {
        lock(&self.rules).table(generation, names)
    }

    /// Adds what each rule did to `totals`.
    pub fn add_rules_to(&self, totals: &mut BTreeMap<Box<str>, RuleTotals>) {
        lock(&self.rules).add_to(totals);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The guarded values are whole between any two statements, so a panic elsewhere spoils nothing.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The counters of one generation's rules on one shard.
#[derive(Debug)]
pub struct RuleCounters {
    generation: u64,
    names: Box<[Box<str>]>,
    counters: Box<[RuleCounter]>,
}

/// What one rule did.
#[derive(Debug, Default)]
pub struct RuleCounter {
    /// Findings of a detector, or values of a protected column.
    pub matches: Counter,
    /// Values that left changed because of it.
    pub cells: Counter,
}

impl RuleCounters {
    /// The counters of the rule with this id, if this generation has one: a running result counts by
    /// the rules that it began with.
    #[inline]
    #[must_use]
    pub fn rule(&self, rule: usize) -> Option<&RuleCounter> {
        self.counters.get(rule)
    }
}

/// What a rule did on all shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleTotals {
    /// See [`RuleCounter::matches`].
    pub matches: u64,
    /// See [`RuleCounter::cells`].
    pub cells: u64,
}

/// Tables of the generations that still have sessions, and the sums of those that have none.
#[derive(Debug, Default)]
struct RuleTables {
    live: Vec<Arc<RuleCounters>>,
    retired: BTreeMap<Box<str>, RuleTotals>,
}

impl RuleTables {
    fn table<'a>(
        &mut self,
        generation: u64,
        names: impl ExactSizeIterator<Item = &'a str>,
    ) -> Arc<RuleCounters> {
        if let Some(table) = self.live.iter().find(|t| t.generation == generation) {
            return Arc::clone(table);
        }
        let retired = &mut self.retired;
        self.live.retain(|table| {
            // Only this list holds it, so nobody can count in it any more.
            let keep = Arc::strong_count(table) > 1;
            if !keep {
                add(table, retired);
            }
            keep
        });
        let names: Box<[Box<str>]> = names.map(Box::from).collect();
        let table = Arc::new(RuleCounters {
            generation,
            counters: names.iter().map(|_| RuleCounter::default()).collect(),
            names,
        });
        self.live.push(Arc::clone(&table));
        table
    }

    fn add_to(&self, totals: &mut BTreeMap<Box<str>, RuleTotals>) {
        for (name, rule) in &self.retired {
            let total = totals.entry(name.clone()).or_default();
            total.matches += rule.matches;
            total.cells += rule.cells;
        }
        for table in &self.live {
            add(table, totals);
        }
    }
}

fn add(table: &RuleCounters, totals: &mut BTreeMap<Box<str>, RuleTotals>) {
    for (name, counter) in table.names.iter().zip(&table.counters) {
        let total = totals.entry(name.clone()).or_default();
        total.matches += counter.matches.value();
        total.cells += counter.cells.value();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_duration_falls_into_the_bucket_whose_bound_it_does_not_exceed() {
        for (us, bucket) in [
            (0, 0),
            (1, 0),
            (2, 1),
            (3, 2),
            (4, 2),
            (5, 3),
            (1 << 27, 27),
            ((1 << 27) + 1, 28),
            (u64::MAX, 28),
        ] {
            let histogram = Histogram::default();
            histogram.observe_us(us);
            let mut totals = HistogramTotals::default();
            histogram.add_to(&mut totals);
            assert_eq!(totals.buckets[bucket], 1, "{us} µs");
            assert_eq!(totals.sum_us, us);
        }
    }

    #[test]
    fn every_handshake_failure_has_its_own_counter_and_label() {
        let counters = ShardCounters::default();
        for reason in HandshakeFailure::ALL {
            assert_eq!(counters.handshake_failures(reason), 0);
            counters.handshake_failed(reason);
            assert_eq!(counters.handshake_failures(reason), 1);
            assert_eq!(
                serde_json::to_value(reason).ok(),
                Some(serde_json::Value::from(reason.as_str()))
            );
        }
    }

    #[test]
    fn refusal_codes_are_bounded() {
        let counters = ShardCounters::default();
        for n in 0..200 {
            let code = format!("{n:05}")
                .into_bytes()
                .try_into()
                .unwrap_or(*b"XX000");
            counters.refused(Sqlstate::new(code));
            counters.refused(Sqlstate::new(*b"00000"));
        }
        let mut totals = BTreeMap::new();
        counters.add_refusals_to(&mut totals);
        assert_eq!(totals.len(), REFUSAL_CODES_MAX + 1);
        assert_eq!(totals.values().sum::<u64>(), 400);
        assert_eq!(totals[&Sqlstate::new(*b"00000")], 201);
    }

    #[test]
    fn counts_survive_reloads_by_name() {
        let counters = ShardCounters::default();
        let totals = || {
            let mut totals = BTreeMap::new();
            counters.add_rules_to(&mut totals);
            totals
                .into_iter()
                .map(|(name, t)| (String::from(name), t.matches, t.cells))
                .collect::<Vec<_>>()
        };
        let first = counters.rules(1, ["email", "card"].into_iter());
        first.rule(0).unwrap().matches.add(2);
        first.rule(0).unwrap().cells.add(1);
        assert!(Arc::ptr_eq(
            &first,
            &counters.rules(1, ["email", "card"].into_iter())
        ));
        // A session of the old generation counts on while the new one is in force.
        let second = counters.rules(2, ["card", "email"].into_iter());
        first.rule(1).unwrap().matches.add(5);
        second.rule(1).unwrap().matches.add(1);
        drop(first);
        let third = counters.rules(3, ["iban"].into_iter());
        third.rule(0).unwrap().cells.add(7);
        let expect = [("card", 5, 0), ("email", 3, 1), ("iban", 0, 7)]
            .map(|(name, matches, cells)| (name.to_owned(), matches, cells));
        assert_eq!(totals(), expect);
        assert_eq!(lock(&counters.rules).live.len(), 2);
        drop((second, third));
        assert_eq!(totals(), expect);
    }
}
