//! One route: check it once, then measure it in turns with the others.

use super::table_name;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use wiremask_benches::client::{Client, Command};
use wiremask_benches::cpu;
use wiremask_benches::data::{BLOCK_ROWS, Format, ResultSet};

/// Queries for one row in each round at most; there is also a limit of time.
const SMALL_QUERIES: usize = 400;

/// How long and how much.
pub struct Plan {
    pub rounds: usize,
    /// For each route in each round.
    pub time: Duration,
    /// Of a whole result.
    pub rows: usize,
}

/// What stands between client and server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Direct,
    Relay,
    WithoutRules,
    Starter,
}

/// A way from the client to the server, and what was measured on it.
pub struct Route {
    pub kind: Kind,
    /// Sensitive fields of its rows, percent.
    pub percent: f64,
    address: SocketAddr,
    /// The process between client and server.
    between: Option<u32>,
    client: Option<Client>,
    whole: Command,
    small: Command,
    /// Bytes of a whole result as the server sends them.
    result_bytes: usize,
    pub rounds: Vec<Round>,
    /// Of all rounds.
    pub first_rows: Vec<Duration>,
    /// Of all rounds: whole queries for one row.
    pub small_queries: Vec<Duration>,
}

/// What one round has shown.
pub struct Round {
    pub rows_per_second: f64,
    /// As the server sends them.
    pub bytes_per_second: f64,
    /// Of the process between, in seconds.
    pub cpu_per_gib: Option<f64>,
}

impl Route {
    /// A route that nothing is known of.
    pub fn new(kind: Kind, percent: f64, address: SocketAddr, between: Option<u32>) -> Self {
        Self {
            kind,
            percent,
            address,
            between,
            client: None,
            whole: Command::new("", None, Format::Text),
            small: Command::new("", None, Format::Text),
            result_bytes: 0,
            rounds: Vec::new(),
            first_rows: Vec::new(),
            small_queries: Vec::new(),
        }
    }

    /// What it is called.
    pub fn name(&self) -> String {
        match self.kind {
            Kind::Direct => "direct".to_owned(),
            Kind::Relay => "byte relay".to_owned(),
            Kind::WithoutRules => "gateway, no rules".to_owned(),
            Kind::Starter => format!("gateway, starter, {} %", self.percent),
        }
    }

    /// Connects, and holds one answer against the rows that the server has: the same bytes where
    /// nothing is to be masked, else as many rows and no planted value.
    pub fn check(&mut self, rows: &ResultSet, plan: &Plan) -> Result<(), String> {
        let table = table_name(self.percent);
        self.whole = Command::new(&table, None, rows.format);
        self.small = Command::new(&table, Some(1), rows.format);
        self.result_bytes = rows.bytes(plan.rows);
        let block = Command::new(&table, Some(BLOCK_ROWS), rows.format);
        let mut seen = Vec::new();
        let client = Client::connect(self.address).map_err(|error| self.failed(&error))?;
        let client = self.client.insert(client);
        let answer = client.run(&block, Some(&mut seen));
        let answer = answer.map_err(|error| self.failed(&error))?;
        let name = self.name();
        if answer.rows != BLOCK_ROWS as u64 {
            return Err(format!("{name}: {} rows of {BLOCK_ROWS} came", answer.rows));
        }
        if self.kind == Kind::Starter && self.percent > 0.0 {
            let visible = rows.visible(&seen);
            let visible = visible.map_err(|error| format!("{name}: {error}"))?;
            if visible.is_some() {
                return Err(format!("{name}: a planted value reached the client"));
            }
        } else if find(&seen, rows.block()).is_none() {
            return Err(format!("{name}: the rows were changed"));
        }
        Ok(())
    }

    /// One round.
    pub fn measure(&mut self, plan: &Plan) -> Result<(), String> {
        let Some(mut client) = self.client.take() else {
            return Err(format!("{}: not connected", self.name()));
        };
        let measured = self.round(&mut client, plan);
        self.client = Some(client);
        measured.map_err(|error| self.failed(&error))
    }

    fn round(&mut self, client: &mut Client, plan: &Plan) -> io::Result<()> {
        let used = |between: Option<u32>| between.map(cpu::used).transpose();
        let (begin, before) = (Instant::now(), used(self.between)?);
        let mut results = 0;
        let mut rows = 0;
        while results == 0 || begin.elapsed() < plan.time {
            let answer = client.run(&self.whole, None)?;
            self.first_rows.push(answer.first_row);
            rows += answer.rows;
            results += 1;
        }
        let seconds = begin.elapsed().as_secs_f64();
        let bytes = (results * self.result_bytes) as f64;
        let after = used(self.between)?;
        let cpu = after
            .zip(before)
            .map(|(after, before)| after.saturating_sub(before));
        if rows != (results * plan.rows) as u64 {
            return Err(io::Error::other("a result had too few rows"));
        }
        self.rounds.push(Round {
            rows_per_second: rows as f64 / seconds,
            bytes_per_second: bytes / seconds,
            cpu_per_gib: cpu.map(|cpu| cpu.as_secs_f64() / (bytes / f64::from(1 << 30))),
        });
        let begin = Instant::now();
        for _ in 0..SMALL_QUERIES {
            if begin.elapsed() > plan.time {
                break;
            }
            let answer = client.run(&self.small, None)?;
            self.small_queries.push(answer.total);
        }
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> String {
        format!("{}: {error}", self.name())
    }
}

/// Where `wanted` begins in `bytes`. It begins early, if at all: behind the head of the answer.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
