//! The processes of a measurement: the server, the relay and two gateways, all from this binary.
//!
//! With two processors or more the route under test has one for itself.

use super::{Options, table_name};
use crate::commands::Outcome;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use wiremask_benches::data::ResultSet;
use wiremask_benches::upstream::{self, Database, Table};
use wiremask_benches::{cpu, relay};

/// A part that does not listen by then has failed.
const PATIENCE: Duration = Duration::from_secs(30);
const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Everything that is measured, ended when it is dropped.
pub struct Parts {
    pub upstream: Part,
    pub relay: Part,
    pub unruled: Part,
    pub starter: Part,
    _folder: Folder,
}

/// A process that listens.
pub struct Part {
    pub address: SocketAddr,
    process: Child,
}

impl Part {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It fails only when the process has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A folder for the gateways' configurations and events.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("wiremask-bench-{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // what is left is small and holds no secret
    }
}

impl Parts {
    /// Starts all of them; returns when they listen.
    pub fn start(options: &Options) -> Result<Self, String> {
        let folder = Folder::new().map_err(|error| format!("no temporary folder: {error}"))?;
        let processors = cpu::allowed();
        let (tested, server, client) = match processors[..] {
            [] | [_] => (None, None, None),
            [first, second] => (Some(first), Some(second), Some(second)),
            [first, second, third, ..] => (Some(first), Some(second), Some(third)),
        };
        let density: Vec<String> = options.density.iter().map(f64::to_string).collect();
        let server_arguments = [
            "--part=upstream".to_owned(),
            format!("--rows={}", options.rows),
            format!("--columns={}", options.columns),
            format!("--density={}", density.join(",")),
            format!("--format={}", options.format),
        ];
        bind(server)?;
        let upstream = announced(&server_arguments)?;
        bind(tested)?;
        let to = format!("--upstream={}", upstream.address);
        let relay = announced(&["--part=relay".to_owned(), to])?;
        let unruled = gateway(&folder.0, "unruled", upstream.address)?;
        let starter = gateway(&folder.0, "starter", upstream.address)?;
        bind(client)?;
        Ok(Self {
            upstream,
            relay,
            unruled,
            starter,
            _folder: folder,
        })
    }
}

/// Keeps this thread, and the processes that it starts from now on, on one processor.
fn bind(processor: Option<usize>) -> Result<(), String> {
    match processor {
        Some(processor) => cpu::bind(processor)
            .map_err(|error| format!("cannot keep to processor {processor}: {error}")),
        None => Ok(()),
    }
}

fn itself() -> Result<Command, String> {
    let path = std::env::current_exe();
    let path = path.map_err(|error| format!("cannot find this program: {error}"))?;
    Ok(Command::new(path))
}

/// Starts a part that prints its address.
fn announced(arguments: &[String]) -> Result<Part, String> {
    let mut command = itself()?;
    command.arg("bench").args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut process = command
        .spawn()
        .map_err(|error| format!("cannot start a process: {error}"))?;
    let mut line = String::new();
    if let Some(stdout) = process.stdout.take() {
        // A part that says nothing is noticed below.
        let _ = BufReader::new(stdout).read_line(&mut line);
    }
    let mut part = Part {
        address: LOCAL,
        process,
    };
    match line.trim().parse() {
        Ok(address) => part.address = address,
        Err(_) => return Err("a part of the measurement did not start".to_owned()),
    }
    Ok(part)
}

/// Starts a gateway with the starter pack, or without rules, on a free port.
fn gateway(folder: &Path, rules: &str, upstream: SocketAddr) -> Result<Part, String> {
    let free = TcpListener::bind(LOCAL).and_then(|listener| listener.local_addr());
    let address = free.map_err(|error| format!("no free port: {error}"))?;
    let config = configuration(rules, address, upstream);
    let path = folder.join(format!("{rules}.toml"));
    let key = folder.join("key");
    fs::write(&path, config)
        .and_then(|()| fs::write(key, "a key for benchmarks, not a secret"))
        .map_err(|error| format!("cannot write a configuration: {error}"))?;
    let mut command = itself()?;
    command
        .args(["serve", "--shards", "1", "--config"])
        .arg(path);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let process = command
        .spawn()
        .map_err(|error| format!("cannot start a process: {error}"))?;
    let mut part = Part { address, process };
    let begin = Instant::now();
    while TcpStream::connect(address).is_err() {
        let ended = part.process.try_wait().is_ok_and(|status| status.is_some());
        if ended || begin.elapsed() > PATIENCE {
            return Err("a gateway did not start".to_owned());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(part)
}

fn configuration(rules: &str, listen: SocketAddr, upstream: SocketAddr) -> String {
    let packs = match rules {
        "starter" => "[\"starter\"]",
        _ => "[]",
    };
    format!(
        "listen = {{ address = \"{listen}\" }}\n\
         rules = {{ packs = {packs}, key = {{ file = \"key\" }} }}\n\
         events = {{ path = \"{rules}.jsonl\" }}\n\
         log = {{ level = \"warn\" }}\n\
         [[upstream]]\n\
         name = \"bench\"\naddress = \"{upstream}\"\ntls = \"disable\"\nuser = \"bench\"\n\
         [[user]]\n\
         name = \"bench\"\nauthentication = \"trust\"\nupstream = \"bench\"\n"
    )
}

/// Tells the parent process where this one listens.
fn announce(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{address}")?;
    out.flush()
}

/// The server's process.
pub fn serve_results(options: &Options) -> Outcome {
    let tables = options.density.iter().map(|percent| Table {
        name: table_name(*percent),
        rows: ResultSet::new(options.recipe(*percent)),
    });
    let database = Arc::new(Database {
        tables: tables.collect(),
        rows: options.rows as usize,
    });
    let served = TcpListener::bind(LOCAL).and_then(|listener| {
        announce(listener.local_addr()?)?;
        upstream::serve(&listener, database)
    });
    Err(match served {
        Err(error) => format!("the server failed: {error}"),
        Ok(()) => "the server ended".to_owned(),
    })
}

/// The relay's process.
pub fn relay(upstream: Option<SocketAddr>) -> Outcome {
    let upstream = upstream.ok_or("a relay needs --upstream")?;
    let served = relay::serve(LOCAL, upstream, announce);
    Err(match served {
        Err(error) => format!("the relay failed: {error}"),
        Ok(()) => "the relay ended".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::config;
    use crate::config::check::Resolving;

    #[test]
    fn the_configurations_are_valid() {
        let folder = Folder::new().unwrap();
        fs::write(folder.0.join("key"), "a key for benchmarks").unwrap();
        for (rules, any) in [("unruled", false), ("starter", true)] {
            let path = folder.0.join(rules);
            let at = SocketAddr::from(([127, 0, 0, 1], 7777));
            fs::write(&path, configuration(rules, at, at)).unwrap();
            match config::load(&path, 1, Resolving::Needed) {
                Ok(loaded) => assert_eq!(!loaded.settings.policy.ruleset.is_empty(), any),
                Err(found) => panic!("{}", found.render(false)),
            }
        }
    }
}
