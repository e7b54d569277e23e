//! The real `wiremask serve` as a child process, stopped on drop.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::process::{HarnessError, attempted, end, free_port, wait_until};

/// What the gateway is to be like. The default passes every user through by trust, without rules.
#[derive(Default)]
pub struct GatewayOptions<'a> {
    /// Whole text of a rule pack; it is written beside the configuration and loaded.
    pub pack: Option<&'a str>,
    /// Also load the built-in starter pack.
    pub starter: bool,
    /// `[listen.tls]` and other lines put behind `[listen]`.
    pub listen: &'a str,
    /// Replaces `tls = "disable"` of the upstream.
    pub upstream: Option<&'a str>,
    /// The user that the gateway holds a credential for, in place of `postgres`.
    pub upstream_user: Option<&'a str>,
    /// Replaces the one `[[user]]` table.
    pub users: Option<&'a str>,
    /// Lines put behind `packs` in `[rules]`.
    pub rules: &'a str,
    /// Whole sections put at the end.
    pub more: &'a str,
}

/// A running gateway in front of one upstream.
pub struct Gateway {
    process: Child,
    address: SocketAddr,
    admin: SocketAddr,
    /// Holds configuration, pack, event log and what the process printed.
    folder: TempDir,
}

impl Gateway {
    /// Starts `wiremask serve` in front of `upstream` and waits until it is ready.
    ///
    /// # Errors
    /// When the binary is not built, refuses its configuration, or is not ready within 30 s.
    pub fn start(upstream: SocketAddr, options: &GatewayOptions<'_>) -> Result<Self, HarnessError> {
        let (address, admin) = (loopback(free_port()?), loopback(free_port()?));
        let folder = attempted(
            "create a folder",
            tempfile::Builder::new()
                .prefix("wiremask-gw-")
                .tempdir_in("/tmp"),
        )?;
        let text = configuration(folder.path(), address, admin, upstream, options)?;
        Self::start_with(folder, address, admin, &text)
    }

    /// Starts with a whole configuration text that names these two addresses; `folder` keeps its files.
    ///
    /// # Errors
    /// As [`Gateway::start`].
    pub fn start_with(
        folder: TempDir,
        address: SocketAddr,
        admin: SocketAddr,
        text: &str,
    ) -> Result<Self, HarnessError> {
        let config = folder.path().join("wiremask.toml");
        attempted("write the configuration", fs::write(&config, text))?;
        let log = attempted(
            "create the log",
            fs::File::create(folder.path().join("log")),
        )?;
        let copy = attempted("share the log", log.try_clone())?;
        let mut command = Command::new(binary()?);
        command
            .arg("serve")
            .arg("-c")
            .arg(&config)
            .current_dir(folder.path());
        command.stdin(Stdio::null()).stdout(copy).stderr(log);
        let process = attempted("start wiremask", command.spawn())?;
        let mut gateway = Self {
            process,
            address,
            admin,
            folder,
        };
        let ready = wait_until(
            "wiremask",
            &mut gateway.process,
            Duration::from_secs(30),
            || matches!(http_get(admin, "/health/ready"), Ok(answer) if answer.starts_with("HTTP/1.1 200")),
        );
        match ready {
            Ok(()) => Ok(gateway),
            Err(error) => Err(HarnessError(format!("{error}\n{}", gateway.log()))),
        }
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The configuration file, to be rewritten before [`Gateway::reload`].
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("wiremask.toml")
    }

    /// What the process printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The event log so far; empty unless the configuration names `events.jsonl`.
    #[must_use]
    pub fn events(&self) -> String {
        fs::read_to_string(self.folder.path().join("events.jsonl")).unwrap_or_default()
    }

    /// A page of the admin port: status line, headers and body.
    ///
    /// # Errors
    /// When the admin port does not answer.
    pub fn admin(&self, path: &str) -> Result<String, HarnessError> {
        attempted("ask the admin port", http_get(self.admin, path))
    }

    /// Sends SIGHUP.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn reload(&self) -> Result<(), HarnessError> {
        self.signal(Signal::HUP)
    }

    /// Sends SIGTERM and waits for the end of the process.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn drain(mut self) -> Result<ExitStatus, HarnessError> {
        self.signal(Signal::TERM)?;
        attempted("wait for wiremask", self.process.wait())
    }

    /// Whether the process still lives.
    pub fn alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    fn signal(&self, signal: Signal) -> Result<(), HarnessError> {
        let pid = i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| HarnessError("wiremask has no process id".to_owned()))?;
        attempted("signal wiremask", kill_process(pid, signal))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        end(&mut self.process, Signal::TERM, Duration::from_secs(5));
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn configuration(
    folder: &Path,
    address: SocketAddr,
    admin: SocketAddr,
    upstream: SocketAddr,
    options: &GatewayOptions<'_>,
) -> Result<String, HarnessError> {
    let mut packs = Vec::new();
    if options.starter {
        packs.push("\"starter\"".to_owned());
    }
    if let Some(pack) = options.pack {
        let path = folder.join("pack.toml");
        attempted("write the pack", fs::write(&path, pack))?;
        packs.push(format!("\"{}\"", path.display()));
    }
    let user = "[[user]]\nname = \"*\"\nauthentication = \"trust\"\nupstream_user = \"same\"";
    Ok(format!(
        "[listen]\naddress = \"{address}\"\n{}\n\n[admin]\naddress = \"{admin}\"\n\n\
         [[upstream]]\nname = \"main\"\naddress = \"{upstream}\"\nuser = \"{}\"\n{}\n\n{}\n\n\
         [rules]\npacks = [{}]\n{}\n\n[events]\npath = \"{}\"\n\n{}\n",
        options.listen,
        options.upstream_user.unwrap_or("postgres"),
        options.upstream.unwrap_or("tls = \"disable\""),
        options.users.unwrap_or(user),
        packs.join(", "),
        options.rules,
        folder.join("events.jsonl").display(),
        options.more,
    ))
}

/// `WIREMASK_BIN`, else the binary that cargo put beside the running test.
fn binary() -> Result<PathBuf, HarnessError> {
    if let Some(chosen) = std::env::var_os("WIREMASK_BIN") {
        return Ok(chosen.into());
    }
    let test = attempted("find the running test", std::env::current_exe())?;
    let beside = test
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("wiremask"));
    beside
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| {
            HarnessError(
                "wiremask is not built; run cargo build -p wiremask-gateway or set WIREMASK_BIN"
                    .to_owned(),
            )
        })
}

fn http_get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes(),
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
