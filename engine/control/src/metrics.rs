//! All counters in Prometheus' text format, version 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
//!
//! Labels are shard numbers, rule names, SQLSTATE codes and reasons of our own: the number of
//! series is bounded by the configuration and never depends on traffic.

use crate::status::Status;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use wiremask_datapath::metrics::{
    Counter, HISTOGRAM_BUCKETS, HandshakeFailure, Histogram, HistogramTotals, ShardCounters,
};

/// The content type of [`render`]'s text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Name, help and place of a counter that each shard has.
type PerShard = (&'static str, &'static str, fn(&ShardCounters) -> &Counter);

const PER_SHARD: [PerShard; 13] = [
    ("sessions_total", "Sessions that became ready.", |c| {
        &c.sessions_started
    }),
    ("bytes_to_client_total", "Bytes written to clients.", |c| {
        &c.bytes_to_client
    }),
    (
        "bytes_to_upstream_total",
        "Bytes written to upstreams.",
        |c| &c.bytes_to_upstream,
    ),
    ("commands_total", "Commands that were allowed.", |c| {
        &c.commands
    }),
    ("rows_total", "Rows relayed to clients.", |c| &c.rows),
    ("cells_masked_total", "Values that left changed.", |c| {
        &c.cells_masked
    }),
    (
        "cells_undecodable_total",
        "Values of protected columns that could not be decoded.",
        |c| &c.cells_undecodable,
    ),
    ("faults_total", "Sessions that ended by a fault.", |c| {
        &c.faults
    }),
    (
        "panics_total",
        "Tripped assertions; anything above 0 is a bug.",
        |c| &c.panics,
    ),
    (
        "cancels_total",
        "Cancel requests that found their session.",
        |c| &c.cancels,
    ),
    ("catalog_loads_total", "Catalogs read.", |c| {
        &c.catalog_loads
    }),
    (
        "catalog_failures_total",
        "Catalogs that could not be read.",
        |c| &c.catalog_failures,
    ),
    (
        "events_lost_total",
        "Events that the event log did not take.",
        |c| &c.events_lost,
    ),
];

/// Everything that is counted, as text.
#[must_use]
pub fn render(shards: &[Arc<ShardCounters>], status: &Status) -> String {
    let mut out = Exposition(String::with_capacity(16 * 1024));
    out.family("build_info", "gauge", "Version of the binary.");
    out.sample(
        "build_info",
        &[("version", env!("CARGO_PKG_VERSION"))],
        &"1",
    );
    out.family("scanner_info", "gauge", "What looks for matches.");
    out.sample("scanner_info", &[("scanner", &status.scanner())], &"1");
    out.single(
        "ready",
        "gauge",
        "1 when sessions are taken.",
        u64::from(status.not_ready_because().is_none()),
    );
    out.single(
        "policy_generation",
        "gauge",
        "Generation of the configuration that every shard enforces.",
        shards
            .iter()
            .map(|c| c.policy_generation.value())
            .min()
            .unwrap_or_default(),
    );
    out.single(
        "reloads_rejected_total",
        "counter",
        "Configurations that were refused.",
        status.reloads_rejected(),
    );
    out.single(
        "events_written_total",
        "counter",
        "Lines written to the event log.",
        status.events_written_total(),
    );
    out.single(
        "event_log_broken",
        "gauge",
        "1 when the event log cannot be written.",
        u64::from(status.event_log_broken()),
    );

    out.family("sessions_active", "gauge", "Sessions that are ready now.");
    for (shard, counters) in shards.iter().enumerate() {
        // Read in this order, so that a session that ends in between cannot make it negative.
        let ended = counters.sessions_ended.value();
        let active = counters.sessions_started.value().saturating_sub(ended);
        out.sample("sessions_active", &[("shard", &shard.to_string())], &active);
    }
    for (name, help, counter) in PER_SHARD {
        out.family(name, "counter", help);
        for (shard, counters) in shards.iter().enumerate() {
            out.sample(
                name,
                &[("shard", &shard.to_string())],
                &counter(counters).value(),
            );
        }
    }

    out.family(
        "handshake_failures_total",
        "counter",
        "Connections that did not become a session.",
    );
    for reason in HandshakeFailure::ALL {
        let failures: u64 = shards.iter().map(|c| c.handshake_failures(reason)).sum();
        out.sample(
            "handshake_failures_total",
            &[("reason", reason.as_str())],
            &failures,
        );
    }

    let mut refusals = BTreeMap::new();
    let mut rules = BTreeMap::new();
    for counters in shards {
        counters.add_refusals_to(&mut refusals);
        counters.add_rules_to(&mut rules);
    }
    out.family(
        "refusals_total",
        "counter",
        "Commands that the gateway refused.",
    );
    for (code, count) in &refusals {
        out.sample("refusals_total", &[("sqlstate", code.as_str())], count);
    }
    out.family("rule_matches_total", "counter", "Matches of each rule.");
    for (rule, totals) in &rules {
        out.sample("rule_matches_total", &[("rule", rule)], &totals.matches);
    }
    out.family(
        "rule_cells_masked_total",
        "counter",
        "Values that left changed because of each rule.",
    );
    for (rule, totals) in &rules {
        out.sample("rule_cells_masked_total", &[("rule", rule)], &totals.cells);
    }

    out.histogram(
        "command_duration_seconds",
        "From a command to its first answer at the client.",
        shards,
        |c| &c.command_duration,
    );
    out.histogram(
        "first_row_delay_seconds",
        "What the gateway adds to the first row of a result.",
        shards,
        |c| &c.first_row_delay,
    );
    out.0
}

/// Text under construction. Every name gets the prefix `wiremask_`.
struct Exposition(String);

impl Exposition {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "# HELP wiremask_{name} {help}");
        let _ = writeln!(self.0, "# TYPE wiremask_{name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: &dyn std::fmt::Display) {
        let _ = write!(self.0, "wiremask_{name}");
        for (at, (label, value)) in labels.iter().enumerate() {
            let open = if at == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{open}{label}=\"");
            escape(value, &mut self.0);
            self.0.push('"');
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.family(name, kind, help);
        self.sample(name, &[], &value);
    }

    fn histogram(
        &mut self,
        name: &str,
        help: &str,
        shards: &[Arc<ShardCounters>],
        histogram: fn(&ShardCounters) -> &Histogram,
    ) {
        let mut totals = HistogramTotals::default();
        for counters in shards {
            histogram(counters).add_to(&mut totals);
        }
        self.family(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        let mut count = 0;
        for (power, in_bucket) in totals.buckets.iter().enumerate() {
            count += in_bucket;
            let bound = if power == HISTOGRAM_BUCKETS {
                "+Inf".to_owned()
            } else {
                seconds(1 << power)
            };
            self.sample(&bucket, &[("le", &bound)], &count);
        }
        self.sample(&format!("{name}_sum"), &[], &seconds(totals.sum_us));
        self.sample(&format!("{name}_count"), &[], &count);
    }
}

/// Microseconds as seconds, exactly.
fn seconds(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

/// Label values escape backslash, quote and line feed.
fn escape(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashSet;
    use wiremask_datapath::event::Sqlstate;

    fn shards() -> Vec<Arc<ShardCounters>> {
        let shards: Vec<Arc<ShardCounters>> = vec![Arc::default(), Arc::default()];
        shards[0].sessions_started.add(3);
        shards[0].sessions_ended.add(1);
        shards[0].rows.add(50);
        shards[0].policy_generation.set(2);
        shards[1].policy_generation.set(1);
        for (counters, n) in shards.iter().zip([2, 5]) {
            counters.handshake_failed(HandshakeFailure::Timeout);
            counters.refused(Sqlstate::new(*b"42501"));
            counters.command_duration.observe_us(n);
            let rules = counters.rules(1, ["e\"mail"].into_iter());
            rules.rule(0).unwrap().matches.add(n);
            rules.rule(0).unwrap().cells.add(1);
        }
        shards
    }

    #[test]
    fn shards_are_told_apart_and_rules_are_summed() {
        let status = Status::default();
        status.set_scanner("windows (avx512-vbmi)".to_owned());
        let text = render(&shards(), &status);
        for line in [
            "wiremask_scanner_info{scanner=\"windows (avx512-vbmi)\"} 1",
            "wiremask_sessions_active{shard=\"0\"} 2",
            "wiremask_sessions_active{shard=\"1\"} 0",
            "wiremask_rows_total{shard=\"0\"} 50",
            "wiremask_handshake_failures_total{reason=\"timeout\"} 2",
            "wiremask_handshake_failures_total{reason=\"tls\"} 0",
            "wiremask_refusals_total{sqlstate=\"42501\"} 2",
            "wiremask_rule_matches_total{rule=\"e\\\"mail\"} 7",
            "wiremask_rule_cells_masked_total{rule=\"e\\\"mail\"} 2",
            "wiremask_command_duration_seconds_bucket{le=\"0.000001\"} 0",
            "wiremask_command_duration_seconds_bucket{le=\"0.000002\"} 1",
            "wiremask_command_duration_seconds_bucket{le=\"0.000008\"} 2",
            "wiremask_command_duration_seconds_bucket{le=\"134.217728\"} 2",
            "wiremask_command_duration_seconds_bucket{le=\"+Inf\"} 2",
            "wiremask_command_duration_seconds_sum 0.000007",
            "wiremask_command_duration_seconds_count 2",
            "wiremask_ready 0",
            "wiremask_policy_generation 1",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn every_sample_belongs_to_the_family_above_it_and_no_series_repeats() {
        let text = render(&shards(), &Status::default());
        let mut family = String::new();
        let mut families = HashSet::new();
        let mut series = HashSet::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                family = rest.split(' ').next().unwrap().to_owned();
                assert!(families.insert(family.clone()), "{family} twice");
            } else if !line.starts_with('#') {
                assert!(line.starts_with(&family), "{line} under {family}");
                let (name, value) = line.rsplit_once(' ').unwrap();
                assert!(series.insert(name.to_owned()), "{name} twice");
                assert!(value.parse::<f64>().is_ok(), "{line}");
            }
        }
        assert!(families.len() > 20);
    }
}
