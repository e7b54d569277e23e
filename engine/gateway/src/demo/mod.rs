//! `wiremask demo`: what the gateway does, on a real PostgreSQL with sample data, in five seconds and without set-up.
//!
//! It starts an embedded server, loads about 50,000 rows with planted and labelled values, starts the gateway in
//! front, asks the same questions on both sides, then reads every table through the gateway and looks for every
//! planted value. It stays up for `psql`; with `--once` it ends, and its exit code is the result of the check.
//!
//! The gateway is started by a function that the caller gives, from a configuration file as `wiremask serve` reads
//! it: what the demo shows is what a user gets.

mod data;
mod database;
mod mux;
mod question;
mod show;
mod verdict;

use std::fmt::Display;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use data::Sample;
use database::{DATABASE, Database};
use question::QUESTIONS;
use show::Screen;
use verdict::Verdict;

/// Arguments of `wiremask demo`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// End after the show: exit code 0 if no planted value came back, 1 otherwise
    #[arg(long)]
    pub once: bool,
    /// Where the gateway listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:6432")]
    pub listen: SocketAddr,
    /// Seed of the sample data: the same seed gives the same rows
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// Width of the output in characters [default: the terminal's]
    #[arg(long, value_name = "COLUMNS")]
    pub width: Option<usize>,
}

/// A gateway that the caller has started. Dropping it stops it.
pub struct Gateway {
    /// Where clients connect.
    pub address: SocketAddr,
    /// Findings per rule so far, summed over all shards: values of a protected column, matches of a detector.
    pub counts: Box<dyn Fn() -> Vec<(String, u64)>>,
    /// Returns when the user or the system asked the process to end.
    pub wait: Box<dyn FnOnce()>,
}

/// Why the demo could not be shown.
#[derive(Debug)]
pub struct DemoError {
    attempted: &'static str,
    reason: String,
}

impl DemoError {
    fn new(attempted: &'static str, reason: impl Display) -> DemoError {
        DemoError {
            attempted,
            reason: reason.to_string(),
        }
    }
}

impl Display for DemoError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} failed: {}", self.attempted, self.reason)
    }
}

impl std::error::Error for DemoError {}

impl From<io::Error> for DemoError {
    fn from(error: io::Error) -> DemoError {
        DemoError::new("writing to standard output", error)
    }
}

/// Names what was attempted.
fn attempt<T, E: Display>(attempted: &'static str, outcome: Result<T, E>) -> Result<T, DemoError> {
    outcome.map_err(|error| DemoError::new(attempted, error))
}

/// Runs the demo. `start` starts a gateway from the configuration file it is given.
pub fn run(
    options: &Options,
    start: impl FnOnce(&Path) -> Result<Gateway, String>,
) -> Result<ExitCode, DemoError> {
    let began = Instant::now();
    let screen = Screen::detect(options.width);
    let out = &mut io::stdout();

    let seed = options.seed;
    let generating = thread::spawn(move || Sample::generate(seed));
    let database = Database::start()?;
    let sample = generating
        .join()
        .map_err(|_| DemoError::new("generating the sample", "it panicked"))?;

    // Removed with its content when the demo ends.
    let folder = tempfile::Builder::new().prefix("wiremask-demo-").tempdir();
    let folder = attempt("creating a temporary folder", folder)?;
    let configuration = configure(folder.path(), options.listen, database.address())?;
    // Compiling the rules and loading the tables take about half a second each.
    let (loaded, gateway) = thread::scope(|scope| {
        let loading = scope.spawn(|| database.load(&sample));
        let gateway = attempt("starting the gateway", start(&configuration));
        (loading.join(), gateway)
    });
    loaded.map_err(|_| DemoError::new("loading the sample", "it panicked"))??;
    let gateway = gateway?;
    let seconds = began.elapsed().as_secs_f64();
    writeln!(
        out,
        "{}  PostgreSQL 17 runs inside this process",
        screen.bold("wiremask demo")
    )?;
    let (rows, tables, planted) = (sample.rows(), sample.tables.len(), sample.planted());
    writeln!(
        out,
        "{rows} rows in {tables} tables, {planted} planted values, after {seconds:.1} s"
    )?;

    let clean_show = show(out, screen, &database, &gateway, &sample, began)?;
    let events = folder.path().join(EVENTS);
    let verdict = check(out, screen, &database, &gateway, &sample, &events)?;
    let clean = clean_show && verdict.is_clean();
    if options.once {
        return Ok(if clean {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    invite(
        out,
        screen,
        gateway.address,
        database.address(),
        &configuration,
    )?;
    (gateway.wait)();
    Ok(ExitCode::SUCCESS)
}

/// Asks every question on both sides. Returns whether no planted value of the answers came through.
fn show(
    out: &mut impl Write,
    screen: Screen,
    database: &Database,
    gateway: &Gateway,
    sample: &Sample,
    began: Instant,
) -> Result<bool, DemoError> {
    let mut direct = database.connect()?;
    let mut masked = database::connect(gateway.address, CLIENT, DATABASE)?;
    let mut counted = (gateway.counts)();
    let mut clean = true;
    for (at, question) in QUESTIONS.iter().enumerate() {
        let before = question::ask(&mut direct, question.sql)?;
        let after = question::ask(&mut masked, question.sql)?;
        if at == 0 {
            writeln!(
                out,
                "first rows after {:.1} s",
                began.elapsed().as_secs_f64()
            )?;
        }
        show::side_by_side(out, screen, at + 1, question, &before, &after)?;
        let (exposed, leaked) = verdict::shown(sample, &before, &after);
        clean &= leaked == 0;
        let now = (gateway.counts)();
        let rules = difference(&counted, &now);
        counted = now;
        let rules = if rules.is_empty() {
            "no rule applied".to_owned()
        } else {
            rules
        };
        writeln!(
            out,
            "   {}",
            screen.dim(&format!(
                "{exposed} planted values before, {leaked} after; {rules}"
            ))
        )?;
        out.flush()?;
    }
    Ok(clean)
}

/// What was counted since, as `rule 5, rule 3`, most first.
fn difference(before: &[(String, u64)], now: &[(String, u64)]) -> String {
    let earlier = |rule: &str| {
        before
            .iter()
            .find(|(name, _)| name == rule)
            .map_or(0, |(_, count)| *count)
    };
    let mut grown: Vec<_> = now
        .iter()
        .map(|(rule, count)| (rule, count.saturating_sub(earlier(rule))))
        .filter(|(_, count)| *count > 0)
        .collect();
    grown.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(right.0)));
    grown
        .iter()
        .map(|(rule, count)| format!("{rule} {count}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Reads everything through the gateway and prints what the labels say about it.
fn check(
    out: &mut impl Write,
    screen: Screen,
    database: &Database,
    gateway: &Gateway,
    sample: &Sample,
    events: &Path,
) -> Result<Verdict, DemoError> {
    let began = Instant::now();
    let mut direct = database.connect()?;
    let mut masked = database::connect(gateway.address, CLIENT, DATABASE)?;
    let mut verdict = verdict::compare(&mut direct, &mut masked, sample)?;
    let logged = attempt("reading the event log", std::fs::read_to_string(events))?;
    verdict.logged = verdict::occurring(sample, &[logged.to_lowercase()]).len();
    let seconds = began.elapsed().as_secs_f64();
    let head = "All tables through the gateway, as text, in binary and by COPY";
    writeln!(out, "\n{} ({seconds:.1} s)", screen.bold(head))?;
    let leaks = format!(
        "{} of {} planted values came back ({} without the gateway)",
        verdict.leaked(),
        verdict.planted,
        verdict.planted_seen_directly
    );
    writeln!(
        out,
        "   leaks        {}",
        if verdict.is_clean() {
            screen.green(&leaks)
        } else {
            screen.red(&leaks)
        }
    )?;
    for ((place, entity), count) in &verdict.leaks {
        writeln!(out, "                {place} {entity} {count}")?;
    }
    writeln!(
        out,
        "   over-masked  {} of {} other values changed",
        verdict.over_masked, verdict.harmless
    )?;
    writeln!(
        out,
        "   type breaks  {} values could not be decoded",
        verdict.type_breaks
    )?;
    writeln!(
        out,
        "   event log    {} planted values in {} lines",
        verdict.logged,
        logged.lines().count()
    )?;
    writeln!(
        out,
        "   per rule     {}",
        difference(&[], &(gateway.counts)())
    )?;
    out.flush()?;
    Ok(verdict)
}

fn invite(
    out: &mut impl Write,
    screen: Screen,
    gateway: SocketAddr,
    direct: SocketAddr,
    configuration: &Path,
) -> io::Result<()> {
    let line = |user: &str, address: SocketAddr| {
        format!(
            "psql \"host={} port={} user={user} dbname={DATABASE}\"",
            address.ip(),
            address.port()
        )
    };
    writeln!(out, "\n{}", screen.bold("Try it yourself"))?;
    writeln!(
        out,
        "   through the gateway   {}",
        screen.green(&line(CLIENT, gateway))
    )?;
    writeln!(
        out,
        "   directly              {}",
        screen.red(&line(database::OWNER, direct))
    )?;
    writeln!(out, "   configuration         {}", configuration.display())?;
    writeln!(out, "   what is planted       SELECT * FROM pii_labels")?;
    writeln!(
        out,
        "The embedded server has one role, and it may write: what a session copies into another table"
    )?;
    writeln!(
        out,
        "is no longer protected. Give agents a role that cannot write (SECURITY.md)."
    )?;
    writeln!(out, "Ctrl-C ends the demo and removes everything.")?;
    out.flush()
}

/// The gateway's event log in the demo's folder, as `wiremask.toml` names it.
const EVENTS: &str = "events.jsonl";

/// The client's user in the demo. The gateway connects as another one.
const CLIENT: &str = "agent";

/// Writes the configuration, the rules and the key into `folder`; returns the path of the configuration.
fn configure(
    folder: &Path,
    listen: SocketAddr,
    upstream: SocketAddr,
) -> Result<PathBuf, DemoError> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        attempt("writing the configuration", std::fs::write(&path, text)).map(|()| path)
    };
    write("demo.toml", include_str!("demo.toml"))?;
    write(
        "key",
        "the key of the wiremask demo, which protects nothing",
    )?;
    let configuration = include_str!("wiremask.toml")
        .replace("{listen}", &listen.to_string())
        .replace("{upstream}", &upstream.to_string());
    write("wiremask.toml", &configuration)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use wiremask_rules::{Backend, Keys, PackSource, Ruleset, builtin};

    #[test]
    fn counts_are_differences_and_the_largest_comes_first() {
        let count = |rule: &str, count| (rule.to_owned(), count);
        let before = [count("email", 3), count("iban", 1)];
        let now = [
            count("email", 5),
            count("iban", 1),
            count("names", 7),
            count("card", 2),
        ];
        assert_eq!(difference(&before, &now), "names 7, card 2, email 2");
        assert_eq!(difference(&now, &now), "");
    }

    #[test]
    fn the_rules_compile_and_protect_every_labelled_column() {
        let pack = |name: &str, text: &str| PackSource {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        let packs = [
            pack("starter", builtin("starter").unwrap()),
            pack("demo.toml", include_str!("demo.toml")),
        ];
        let keys = Keys::from_secret(
            "demo",
            b"the key of the wiremask demo, which protects nothing",
        );
        let rules = Ruleset::compile(&packs, &keys, Backend::Portable).unwrap();
        for table in &Sample::generate(1).tables {
            for column in table.columns {
                let name = wiremask_rules::ColumnName {
                    database: DATABASE,
                    schema: "public",
                    table: table.name,
                    column: column.name,
                    type_name: "text",
                    tags: &[],
                };
                let whole = column
                    .entity
                    .is_some_and(|entity| entity != data::Entity::FreeText);
                let is_protected = rules.column_rule(&name).is_some();
                assert_eq!(is_protected, whole, "{}.{}", table.name, column.name);
            }
        }
    }

    #[test]
    fn the_configuration_names_its_neighbours() {
        let folder = tempfile::tempdir().unwrap();
        let (listen, upstream) = (
            "127.0.0.1:1".parse().unwrap(),
            "127.0.0.1:2".parse().unwrap(),
        );
        let path = configure(folder.path(), listen, upstream).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("\"127.0.0.1:1\"") && text.contains("\"127.0.0.1:2\""),
            "{text}"
        );
        assert!(
            !text.contains("{listen}") && !text.contains("{upstream}"),
            "{text}"
        );
        assert!(text.contains(EVENTS), "{text}");
        for name in ["demo.toml", "key"] {
            assert!(
                text.contains(name) && path.with_file_name(name).exists(),
                "{name}"
            );
        }
    }
}
