//! A private PostgreSQL cluster in a temporary folder, stopped and removed on drop.

use std::fmt::Write as _;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::process::{HarnessError, attempted, end, free_port, wait_until};
use crate::tls::Authority;

/// What a cluster is to be like. The default: every user by trust, no TLS.
#[derive(Default)]
pub struct ClusterOptions<'a> {
    /// Serve TLS with a certificate of this authority for `localhost` and 127.0.0.1.
    pub authority: Option<&'a Authority>,
    /// Lines of pg_hba.conf that stand before `host all all all trust`,
    /// for example `host all alice all scram-sha-256`.
    pub hba: &'a [&'a str],
    /// Lines of postgresql.conf that stand after ours.
    pub settings: &'a [&'a str],
    /// Statements run once as superuser in database `postgres`, each on its own.
    pub statements: &'a [&'a str],
}

/// A running server on 127.0.0.1 with superuser `postgres`.
///
/// Started in about a second. As root the server runs as the operating-system user `postgres`,
/// because PostgreSQL refuses to run as root. Durability is off.
pub struct Cluster {
    server: Child,
    port: u16,
    bindir: PathBuf,
    /// Removed after the server ended.
    folder: TempDir,
}

impl Cluster {
    /// Creates and starts a cluster and waits until it answers.
    ///
    /// # Errors
    /// When no server is installed, or when it does not start within 30 s.
    pub fn start(options: &ClusterOptions<'_>) -> Result<Self, HarnessError> {
        let bindir = bindir()?;
        let folder = attempted(
            "create a folder",
            tempfile::Builder::new()
                .prefix("wiremask-pg-")
                .tempdir_in("/tmp"),
        )?;
        let user = ServerUser::current()?;
        user.own(folder.path())?;
        let data = folder.path().join("data");
        user.run(
            Command::new(bindir.join("initdb"))
                .arg("-D")
                .arg(&data)
                .args([
                    "-U",
                    "postgres",
                    "-A",
                    "trust",
                    "--no-locale",
                    "-E",
                    "UTF8",
                    "--no-sync",
                ])
                .current_dir(folder.path()),
        )?;
        let port = free_port()?;
        configure(folder.path(), &data, port, options, &user)?;
        let log = attempted(
            "create the log",
            fs::File::create(folder.path().join("log")),
        )?;
        let mut command = Command::new(bindir.join("postgres"));
        command.arg("-D").arg(&data).current_dir(folder.path());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        user.apply(&mut command);
        let server = attempted("start postgres", command.spawn())?;
        let mut cluster = Self {
            server,
            port,
            bindir,
            folder,
        };
        cluster.wait()?;
        for statement in options.statements {
            cluster.sql("postgres", statement)?;
        }
        Ok(cluster)
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// The folder with the client programs (`psql`, `pgbench`) of this server.
    #[must_use]
    pub fn bindir(&self) -> &Path {
        &self.bindir
    }

    /// Runs SQL directly as superuser and returns unaligned rows without headers.
    ///
    /// # Errors
    /// When psql fails; the text is psql's own.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String, HarnessError> {
        let mut command = Command::new(self.bindir.join("psql"));
        command.args([
            "-XAtq",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-U",
            "postgres",
        ]);
        command.args(["-p", &self.port.to_string(), "-d", database, "-c", sql]);
        command.env("PGCONNECT_TIMEOUT", "10").stdin(Stdio::null());
        let done = attempted("run psql", command.output())?;
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
        }
        Err(HarnessError(format!(
            "psql: {}",
            String::from_utf8_lossy(&done.stderr).trim()
        )))
    }

    /// What the server logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Kills the server at once, as a crash would, sessions and all.
    pub fn kill(&mut self) {
        end(&mut self.server, Signal::QUIT, Duration::from_secs(10));
    }

    fn wait(&mut self) -> Result<(), HarnessError> {
        let address = self.address();
        let started = wait_until(
            "postgres",
            &mut self.server,
            Duration::from_secs(30),
            || TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok(),
        );
        started.map_err(|error| HarnessError(format!("{error}\n{}", self.log())))?;
        for _ in 0..200 {
            match self.sql("postgres", "select 1") {
                Err(HarnessError(text)) if text.contains("starting up") => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                other => return other.map(drop),
            }
        }
        Err(HarnessError("postgres kept starting up for 4 s".to_owned()))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        end(&mut self.server, Signal::INT, Duration::from_secs(20));
    }
}

/// The newest installed server: `WIREMASK_PGBIN`, /usr/lib/postgresql/*/bin, or a folder of PATH.
fn bindir() -> Result<PathBuf, HarnessError> {
    if let Some(chosen) = std::env::var_os("WIREMASK_PGBIN") {
        return Ok(chosen.into());
    }
    let major = |path: &Path| {
        path.file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.parse::<u32>().ok())
    };
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = installed
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/postgres").exists())
        .max_by_key(|path| major(path));
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
    };
    newest
        .map(|path| path.join("bin"))
        .or_else(on_path)
        .ok_or_else(|| HarnessError("no PostgreSQL server found; run ./setup.sh test".to_owned()))
}

fn configure(
    folder: &Path,
    data: &Path,
    port: u16,
    options: &ClusterOptions<'_>,
    user: &ServerUser,
) -> Result<(), HarnessError> {
    let mut conf = format!(
        "\nport = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\n\
         fsync = off\nfull_page_writes = off\nmax_prepared_transactions = 10\n",
        folder.display()
    );
    if let Some(authority) = options.authority {
        let (certificate, key) = (folder.join("server.crt"), folder.join("server.key"));
        authority.issue(&certificate, &key)?;
        user.own(&certificate)?;
        user.own(&key)?;
        let _ = write!(
            conf,
            "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\n",
            certificate.display(),
            key.display()
        );
    }
    for line in options.settings {
        let _ = writeln!(conf, "{line}");
    }
    append(&data.join("postgresql.conf"), &conf)?;
    let mut hba = options.hba.join("\n");
    hba.push_str("\nlocal all all trust\nhost all all all trust\n");
    attempted(
        "write pg_hba.conf",
        fs::write(data.join("pg_hba.conf"), hba),
    )
}

fn append(path: &Path, text: &str) -> Result<(), HarnessError> {
    let mut whole = attempted("read the configuration", fs::read_to_string(path))?;
    whole.push_str(text);
    attempted("write the configuration", fs::write(path, whole))
}

/// The user that owns the data folder and runs the server: `postgres` when we are root, else ourselves.
struct ServerUser(Option<(u32, u32)>);

impl ServerUser {
    fn current() -> Result<Self, HarnessError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self(None));
        }
        let number = |flag: &str| -> Result<u32, HarnessError> {
            let done = attempted(
                "run id",
                Command::new("id").args([flag, "postgres"]).output(),
            )?;
            let text = String::from_utf8_lossy(&done.stdout).trim().to_owned();
            text.parse().map_err(|_| {
                HarnessError("root needs a user named postgres to run the server as".to_owned())
            })
        };
        Ok(Self(Some((number("-u")?, number("-g")?))))
    }

    fn own(&self, path: &Path) -> Result<(), HarnessError> {
        let Self(Some((uid, gid))) = self else {
            return Ok(());
        };
        attempted(
            "hand over a folder",
            std::os::unix::fs::chown(path, Some(*uid), Some(*gid)),
        )
    }

    fn apply(&self, command: &mut Command) {
        if let Self(Some((uid, gid))) = self {
            command.uid(*uid).gid(*gid);
        }
    }

    fn run(&self, command: &mut Command) -> Result<(), HarnessError> {
        self.apply(command);
        let done = attempted(
            "run a server program",
            command.stdin(Stdio::null()).output(),
        )?;
        if done.status.success() {
            return Ok(());
        }
        Err(HarnessError(
            String::from_utf8_lossy(&done.stderr).into_owned(),
        ))
    }
}
