//! The configuration file as types.
//!
//! The documentation of each type and field is the text of `docs/configuration.md`; a key that is
//! not here is an error. Values are checked in [`super::check`], which also opens what they name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use wiremask_datapath::limits::Limits;

/// Everything in `wiremask.toml`. Relative paths start at the folder of that file.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where clients connect.
    #[serde(default)]
    pub listen: Listen,
    /// The admin port: `/health/live`, `/health/ready` and `/metrics` over HTTP. Without this
    /// section there is none.
    pub admin: Option<Admin>,
    /// The threads that carry sessions.
    #[serde(default)]
    pub shards: Shards,
    /// The servers to protect. At least one.
    #[serde(default, rename = "upstream")]
    pub upstreams: Vec<Upstream>,
    /// Who may connect. At least one.
    #[serde(default, rename = "user")]
    pub users: Vec<User>,
    /// What is sensitive and how it is masked.
    #[serde(default)]
    pub rules: Rules,
    /// Who may do what. Without this section whoever connects may do whatever the upstream's role may.
    pub policy: Option<Access>,
    /// What nobody may exceed. Sizes are bytes, times are milliseconds.
    #[serde(default)]
    pub limits: LimitsSection,
    /// The event log: one JSON line for each session, command, masked result and refusal. It never
    /// holds a value. When it cannot be written, commands are refused.
    #[serde(default)]
    pub events: Events,
    /// The gateway's own messages, on standard error.
    #[serde(default)]
    pub log: Log,
}

/// Where clients connect.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Address and port. Every shard listens on it; the kernel spreads the clients.
    pub address: String,
    /// TLS towards clients. Without it connections are plain text.
    pub tls: Option<ListenTls>,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:6432".to_owned(),
            tls: None,
        }
    }
}

/// TLS towards clients.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenTls {
    /// PEM file with the certificate, followed by the ones that lead to the root.
    pub certificate: PathBuf,
    /// PEM file with its private key.
    pub key: PathBuf,
    /// Refuse clients that do not use TLS.
    #[serde(default = "yes")]
    pub required: bool,
}

fn yes() -> bool {
    true
}

/// The admin port.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    /// Address and port. Keep it private: it tells rule names and load.
    pub address: String,
}

/// The threads that carry sessions.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Shards {
    /// How many. One for each core when it is not given; `--shards` goes before it.
    pub count: Option<u16>,
}

/// A server to protect.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Its name in this file and in events.
    pub name: String,
    /// `host:port`; without a port 5432. Resolved when the configuration is read.
    pub address: String,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: Tls,
    /// PEM file with the roots to trust. Without it the system's roots are trusted.
    pub ca: Option<PathBuf>,
    /// The name that the certificate must carry. Without it the host of `address`.
    pub server_name: Option<String>,
    /// The databases that clients may reach; `*` is all of them.
    #[serde(default = "all")]
    pub databases: Vec<String>,
    /// The user as whom the gateway connects. Clients never learn its password.
    pub user: String,
    /// The password of that user, if it has one: `{ env = "NAME" }` or `{ file = "path" }`.
    pub password: Option<SecretSource>,
}

fn all() -> Vec<String> {
    vec!["*".to_owned()]
}

/// How the connection to an upstream is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// Plain text. For servers on the same machine.
    Disable,
    /// Encrypted, but anybody may be at the other end.
    Require,
    /// The certificate must come from a trusted root.
    VerifyCa,
    /// The certificate must come from a trusted root and carry the server's name.
    #[default]
    VerifyFull,
}

/// Who may connect.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The name that the client gives, or `*` for every name without an entry of its own.
    pub name: String,
    /// How the client proves it.
    #[serde(default)]
    pub authentication: Authentication,
    /// The client's password, or a verifier of it: `{ env = "NAME" }`, `{ file = "path" }` or
    /// `{ scram = "SCRAM-SHA-256$..." }` as `wiremask verifier` prints it.
    pub password: Option<PasswordSource>,
    /// The name of the upstream that this user reaches. May be left out when there is only one.
    pub upstream: Option<String>,
    /// As whom the gateway connects for this user.
    #[serde(default)]
    pub upstream_user: UpstreamUser,
    /// What policies call this user: `Agent::"name"` or `User::"name"`.
    #[serde(default)]
    pub kind: PrincipalKind,
    /// The groups that this user is in: `principal in Group::"name"` in policies.
    #[serde(default)]
    pub groups: Vec<String>,
    /// What this user works on: `context.purpose` in policies.
    pub purpose: Option<String>,
}

/// What policies call a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PrincipalKind {
    /// A program that acts by itself.
    #[default]
    Agent,
    /// A person.
    User,
}

/// Who may do what, in Cedar. A command runs if a policy permits each of its accesses, and none forbids one.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Policies: each is one that is built in, such as `allow-all` and `read-only`, or the path of a Cedar
    /// file. What none of them permits is refused.
    pub policies: Vec<String>,
}

/// How a client proves who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Authentication {
    /// By its password, which never crosses the wire.
    #[default]
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// Not at all. Only where `listen.address` is a loopback address.
    Trust,
}

/// As whom the gateway connects upstream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UpstreamUser {
    /// As the upstream's `user`, whoever the client is.
    #[default]
    Held,
    /// Under the client's own name, with the upstream's `password`.
    Same,
}

/// Where a secret is found. Secrets are not written into this file.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecretSource {
    /// In this environment variable.
    Env(String),
    /// In this file; one line end at its end is not part of the secret.
    File(PathBuf),
}

/// Where a client's password is found.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PasswordSource {
    /// In this environment variable.
    Env(String),
    /// In this file; one line end at its end is not part of the password.
    File(PathBuf),
    /// A verifier, as PostgreSQL keeps it. It proves a password but cannot be used as one.
    Scram(String),
}

impl fmt::Debug for PasswordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => f.debug_tuple("Env").field(name).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Scram(_) => f.write_str("Scram([secret])"),
        }
    }
}

/// What is sensitive and how it is masked.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Rule packs in layers: each is `starter`, which is built in, or the path of a TOML file. An
    /// empty list masks nothing.
    pub packs: Vec<String>,
    /// The secret behind keyed masks such as `hash`, `pseudonym` and `fpe`: `{ env = "NAME" }` or
    /// `{ file = "path" }`, at least 16 bytes. The same key gives the same pseudonyms; without one
    /// a key is made up at each start.
    pub key: Option<SecretSource>,
    /// A public name for the key, so that one can tell which key made a pseudonym.
    pub key_id: String,
    /// Further keys, such as those of before a rotation. A mask takes one of them when it names it:
    /// `mask = { operator = "hash", key = "2025" }`.
    pub other_keys: Vec<OtherKey>,
    /// Whose masks these are. Under one key each name masks the same value differently.
    pub tenant: String,
    /// The scanner that looks for matches.
    pub backend: Backend,
    /// What happens to a value of a protected column whose type cannot be decoded.
    pub on_undecodable: OnUndecodable,
    /// Where most values of a column are wholly what a detector looks for, its form alone is enough from
    /// then on, as if the column had its name: what is mistyped is masked too. Never masks less.
    pub learn_columns: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            packs: vec!["starter".to_owned()],
            key: None,
            key_id: "default".to_owned(),
            other_keys: vec![],
            tenant: String::new(),
            backend: Backend::default(),
            on_undecodable: OnUndecodable::default(),
            learn_columns: true,
        }
    }
}

/// A key beside the current one.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherKey {
    /// Its public name, which masks and records know it by.
    pub id: String,
    /// Where the secret is: `{ env = "NAME" }` or `{ file = "path" }`, at least 16 bytes.
    pub key: SecretSource,
}

/// The scanner that looks for matches. All of them find the same; one that this machine lacks is an
/// error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// The fastest that this machine has.
    #[default]
    Auto,
    /// Class windows, with the fastest instructions that the processor has.
    Windows,
    /// Class windows with AVX-512 VBMI.
    WindowsAvx512,
    /// Class windows with AVX2.
    WindowsAvx2,
    /// Class windows without vector instructions.
    WindowsScalar,
    /// Hyperscan or Vectorscan, where it is built in.
    Hyperscan,
    /// Runs everywhere; by far the slowest.
    Portable,
}

/// What happens to a protected value that cannot be decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnUndecodable {
    /// It becomes NULL.
    #[default]
    Null,
    /// The command fails.
    Error,
}

/// What nobody may exceed.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsSection {
    /// Largest message that is held whole in memory, bytes. A row above it streams; any other
    /// message above it ends the session.
    pub message_size_max: usize,
    /// Longest statement text, bytes.
    pub statement_size_max: usize,
    /// Size of a receive buffer, bytes. An idle session has none.
    pub buffer_size: usize,
    /// Receive buffers that each shard keeps for reuse.
    pub buffers_kept: usize,
    /// Sessions per shard. The next client is refused.
    pub sessions_max: usize,
    /// Prepared statements, and as many portals, per session.
    pub statements_max: usize,
    /// Commands in flight per session before the gateway stops reading from that client.
    pub pipeline_max: usize,
    /// Time from accept until a session is ready, milliseconds. Progress does not extend it.
    pub handshake_timeout_ms: u64,
    /// Time to connect to the upstream and to become ready there, milliseconds.
    pub connect_timeout_ms: u64,
    /// A session without a command for this long is ended, milliseconds. 0 means never.
    pub idle_timeout_ms: u64,
    /// How long running commands may go on after SIGTERM, milliseconds.
    pub drain_timeout_ms: u64,
    /// Time to read the catalog of a database, milliseconds.
    pub catalog_timeout_ms: u64,
    /// An unused catalog connection is closed after this time, milliseconds.
    pub catalog_idle_ms: u64,
    /// Events that may wait for the event log. When it is full, commands are refused.
    pub events_max: usize,
}

impl Default for LimitsSection {
    fn default() -> Self {
        let Limits {
            message_size_max,
            statement_size_max,
            buffer_size,
            buffers_kept,
            sessions_max,
            statements_max,
            pipeline_max,
            handshake_timeout_ms,
            connect_timeout_ms,
            idle_timeout_ms,
            drain_timeout_ms,
            catalog_timeout_ms,
            catalog_idle_ms,
            events_max,
        } = Limits::DEFAULT;
        Self {
            message_size_max,
            statement_size_max,
            buffer_size,
            buffers_kept,
            sessions_max,
            statements_max,
            pipeline_max,
            handshake_timeout_ms,
            connect_timeout_ms,
            idle_timeout_ms,
            drain_timeout_ms,
            catalog_timeout_ms,
            catalog_idle_ms,
            events_max,
        }
    }
}

impl LimitsSection {
    /// The limits as the data path takes them. Not checked.
    pub fn limits(&self) -> Limits {
        let &Self {
            message_size_max,
            statement_size_max,
            buffer_size,
            buffers_kept,
            sessions_max,
            statements_max,
            pipeline_max,
            handshake_timeout_ms,
            connect_timeout_ms,
            idle_timeout_ms,
            drain_timeout_ms,
            catalog_timeout_ms,
            catalog_idle_ms,
            events_max,
        } = self;
        Limits {
            message_size_max,
            statement_size_max,
            buffer_size,
            buffers_kept,
            sessions_max,
            statements_max,
            pipeline_max,
            handshake_timeout_ms,
            connect_timeout_ms,
            idle_timeout_ms,
            drain_timeout_ms,
            catalog_timeout_ms,
            catalog_idle_ms,
            events_max,
        }
    }
}

/// The event log.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Events {
    /// The file that events are appended to. It is opened again on SIGHUP, for rotation. Without it
    /// events go to standard output.
    pub path: Option<PathBuf>,
}

/// The gateway's own messages.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How they look.
    pub format: LogFormat,
    /// How much is said.
    pub level: LogLevel,
}

/// How messages look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// What needs somebody.
    Error,
    /// What may need somebody.
    Warn,
    /// Starts, stops and reloads.
    #[default]
    Info,
    /// Every session.
    Debug,
    /// Everything.
    Trace,
}
