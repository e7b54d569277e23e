//! What a configuration means: checks across keys, opens what it names, and builds the settings.
//!
//! Every check goes on after a mistake, so that one run tells all of them. Nothing is repaired or
//! guessed: a configuration is right, or it is not used.

use super::Loaded;
use super::diagnostic::{Diagnostics, Severity, suggest};
use super::model::{self, PasswordSource, SecretSource};
use super::read::Read;
use super::secret::{self, SecretError};
use super::source::{self, Step};
use crate::tls::{self, certified_key};
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use std::fmt::Display;
use std::fs;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use wiremask_control::event_log::Destination;
use wiremask_datapath::limits::Limits;
use wiremask_datapath::policy::{
    Authentication, OnUndecodable, Policy, TlsMode, Upstream, UpstreamUser, User,
};
use wiremask_policy::{PolicySet, PolicySource, PrincipalKind};
use wiremask_protocols::postgres::auth::{ScramVerifier, Secret};
use wiremask_rules::{Backend, CompileOptions, Keys, PackSource, RuleId, Ruleset};

/// PostgreSQL's own port.
const PORT: u16 = 5432;
/// Longest certificate file or pack, bytes.
const FILE_LEN_MAX: u64 = 16 * 1024 * 1024;
/// Shortest key for pseudonyms, bytes: less can be tried out.
const KEY_LEN_MIN: usize = 16;
/// The id of a key that is made up where the configuration has none.
const RANDOM_KEY: &str = "random";

/// What it means when the host of an upstream cannot be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolving {
    /// An error: one is about to connect there.
    Needed,
    /// A warning: the file may be checked on another machine.
    Tried,
}

/// What a gateway runs with.
pub struct Settings {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// TLS towards clients.
    pub tls: Option<ListenTls>,
    /// The admin port.
    pub admin: Option<SocketAddr>,
    /// Number of shards; `None` for one per core.
    pub shards: Option<usize>,
    /// Where events go.
    pub events: Destination,
    /// The gateway's own messages.
    pub log: Log,
    /// What is enforced.
    pub policy: Policy,
}

/// What is needed to undo a mask.
pub struct RulesInForce {
    /// The rules.
    pub ruleset: Ruleset,
    /// The event log, unless events go to standard output.
    pub events: Option<PathBuf>,
}

/// TLS towards clients.
pub struct ListenTls {
    /// The certificate with its key.
    pub key: Arc<CertifiedKey>,
    /// Refuse clients without TLS.
    pub required: bool,
}

/// How the gateway's own messages look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// How they look.
    pub format: model::LogFormat,
    /// How much is said.
    pub level: model::LogLevel,
}

/// Checks one configuration.
pub struct Checker<'r> {
    read: &'r Read<'r>,
    folder: &'r Path,
    resolving: Resolving,
    found: Diagnostics,
}

impl<'r> Checker<'r> {
    /// Relative paths start at `folder`.
    pub fn new(read: &'r Read<'r>, folder: &'r Path, resolving: Resolving) -> Self {
        Self {
            read,
            folder,
            resolving,
            found: Diagnostics::default(),
        }
    }

    /// All checks.
    ///
    /// # Errors
    /// Everything that is wrong, warnings included.
    pub fn check(mut self, generation: u64) -> Result<Loaded, Diagnostics> {
        let config = &self.read.config;
        let listen = self.address(&config.listen.address, &["listen".into(), "address".into()]);
        let tls = self.listen_tls(listen);
        let admin = config.admin.as_ref().and_then(|admin| {
            let path = ["admin".into(), "address".into()];
            let address = self.address(&admin.address, &path)?;
            if Some(address) == listen && address.port() != 0 {
                self.error(
                    &path,
                    "this is also the address for clients",
                    "choose another port".to_owned(),
                );
            }
            Some(address)
        });
        if config.shards.count == Some(0) {
            self.error(
                &["shards".into(), "count".into()],
                "there must be at least one shard",
                "leave the key out for one per core".to_owned(),
            );
        }
        let limits = self.limits();
        let upstreams = self.upstreams();
        let users = self.users(listen);
        let ruleset = self.ruleset(None);
        let access = self.access();
        let events = match &config.events.path {
            Some(path) => Destination::File(self.path(path)),
            None => Destination::Stdout,
        };
        let found = (listen, ruleset, access, self.found.errors());
        let (Some(listen), Some(ruleset), Some(access), 0) = found else {
            return Err(self.found);
        };
        let settings = Settings {
            listen,
            tls,
            admin,
            shards: config.shards.count.map(usize::from),
            events,
            log: Log {
                format: config.log.format,
                level: config.log.level,
            },
            policy: Policy {
                generation,
                ruleset: Arc::new(ruleset),
                access: access.map(Arc::new),
                users,
                upstreams,
                on_undecodable: match config.rules.on_undecodable {
                    model::OnUndecodable::Null => OnUndecodable::Null,
                    model::OnUndecodable::Error => OnUndecodable::Error,
                },
                learn_columns: config.rules.learn_columns,
                limits,
            },
        };
        Ok(Loaded {
            settings,
            warnings: self.found,
        })
    }

    /// What is needed to undo a mask: the rules, with the key of `key_id` (or the configured one) as the
    /// one that masks use which name none, and where events go. Nothing else is looked at.
    ///
    /// # Errors
    /// Everything that is wrong with these.
    pub fn check_rules(mut self, key_id: Option<&str>) -> Result<RulesInForce, Diagnostics> {
        let config = &self.read.config;
        if config.rules.key.is_none() {
            self.error(
                &["rules".into()],
                "there is no key: masks were made with keys that were made up at each start",
                "give the key that the gateway runs with, in `key`".to_owned(),
            );
        }
        let ruleset = self.ruleset(key_id);
        let (Some(ruleset), 0) = (ruleset, self.found.errors()) else {
            return Err(self.found);
        };
        Ok(RulesInForce {
            ruleset,
            events: config.events.path.as_ref().map(|path| self.path(path)),
        })
    }

    fn error(
        &mut self,
        at: &[Step<'_>],
        message: impl Into<String>,
        help: impl Into<Option<String>>,
    ) {
        self.note(Severity::Error, at, message, help);
    }

    fn note(
        &mut self,
        severity: Severity,
        at: &[Step<'_>],
        message: impl Into<String>,
        help: impl Into<Option<String>>,
    ) {
        let span = source::span(&self.read.tree, at);
        self.found
            .at(severity, &self.read.source, span, message, help);
    }

    /// The value, or an error at this place.
    fn or_error<T, E: Display>(
        &mut self,
        result: Result<T, E>,
        at: &[Step<'_>],
        help: impl Into<Option<String>>,
    ) -> Option<T> {
        result
            .map_err(|error| self.error(at, error.to_string(), help))
            .ok()
    }

    fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    fn file(&mut self, path: &Path, at: &[Step<'_>]) -> Option<Vec<u8>> {
        let path = self.path(path);
        let content = fs::metadata(&path).and_then(|file| {
            if file.len() > FILE_LEN_MAX {
                return Err(std::io::ErrorKind::FileTooLarge.into());
            }
            fs::read(&path)
        });
        let content =
            content.map_err(|error| format!("cannot read {}: {}", path.display(), error.kind()));
        self.or_error(
            content,
            at,
            "relative paths start at the folder of this file".to_owned(),
        )
    }

    fn address(&mut self, text: &str, at: &[Step<'_>]) -> Option<SocketAddr> {
        let address = text
            .parse()
            .map_err(|_| "not an address with a port".to_owned());
        self.or_error(
            address,
            at,
            "write `127.0.0.1:6432`, `0.0.0.0:6432` or `[::]:6432`".to_owned(),
        )
    }

    fn listen_tls(&mut self, listen: Option<SocketAddr>) -> Option<ListenTls> {
        let config = &self.read.config.listen;
        let Some(tls) = &config.tls else {
            if listen.is_some_and(|address| !address.ip().is_loopback()) {
                self.note(
                    Severity::Warning,
                    &["listen".into(), "address".into()],
                    "other machines can connect, but without TLS everybody in between reads along",
                    "add `tls = { certificate = \"...\", key = \"...\" }`".to_owned(),
                );
            }
            return None;
        };
        let at = |key: &'static str| ["listen".into(), "tls".into(), key.into()];
        let certificate = self.file(&tls.certificate, &at("certificate"));
        let key = self.file(&tls.key, &at("key")).map(Secret::new);
        let (certificate, key) = (certificate?, key?);
        let place = |error| match error {
            tls::CertificateError::NoCertificate => at("certificate"),
            _ => at("key"),
        };
        match certified_key(&certificate, key.expose()) {
            Ok(key) => Some(ListenTls {
                key,
                required: tls.required,
            }),
            Err(error) => {
                self.error(&place(error), error.to_string(), None);
                None
            }
        }
    }

    fn limits(&mut self) -> Limits {
        let limits = self.read.config.limits.limits();
        if let Some(broken) = limits.broken_relation() {
            self.error(
                &["limits".into(), broken.limit.into()],
                broken.to_string(),
                format!("the default is {}", default_limit(broken.limit)),
            );
        }
        limits
    }

    fn upstreams(&mut self) -> Vec<Upstream> {
        let config = &self.read.config;
        if config.upstreams.is_empty() {
            self.error(
                &[],
                "there is no upstream",
                "add `[[upstream]]` with `name`, `address` and `user`".to_owned(),
            );
        }
        let mut upstreams = vec![];
        for (index, upstream) in config.upstreams.iter().enumerate() {
            if config.upstreams[..index]
                .iter()
                .any(|earlier| earlier.name == upstream.name)
            {
                self.error(
                    &["upstream".into(), index.into(), "name".into()],
                    "there is another upstream of this name",
                    None,
                );
            }
            upstreams.extend(self.upstream(index, upstream));
        }
        upstreams
    }

    fn upstream(&mut self, index: usize, upstream: &model::Upstream) -> Option<Upstream> {
        let at = |key: &'static str| ["upstream".into(), index.into(), key.into()];
        self.name(&upstream.name, &at("name"));
        self.name(&upstream.user, &at("user"));
        if upstream.databases.is_empty() {
            self.error(
                &at("databases"),
                "no database can be reached",
                "write `[\"*\"]` for all of them".to_owned(),
            );
        }
        let split = split_address(&upstream.address);
        let address = self.or_error(split, &at("address"), "write `host:port`".to_owned());
        let addresses = address
            .as_ref()
            .map(|(host, port)| self.resolve(host, *port, &at("address")));
        let ca = match &upstream.ca {
            None => None,
            Some(_) if matches!(upstream.tls, model::Tls::Disable | model::Tls::Require) => {
                self.error(
                    &at("ca"),
                    "with this `tls` no certificate is verified, so `ca` has no use",
                    "choose `tls = \"verify-full\"`, or leave `ca` out".to_owned(),
                );
                None
            }
            Some(path) => self.roots(path, &at("ca")),
        };
        let password = upstream
            .password
            .as_ref()
            .and_then(|source| self.secret(source, &at("password")));
        let (host, port) = address?;
        let addresses = addresses?;
        let server_name = upstream.server_name.clone().unwrap_or_else(|| host.clone());
        if upstream.tls == model::Tls::VerifyFull
            && ServerName::try_from(server_name.as_str()).is_err()
        {
            let key = match upstream.server_name {
                Some(_) => "server_name",
                None => "address",
            };
            self.error(
                &at(key),
                "a certificate cannot be issued for this name",
                "set `server_name` to the name in the certificate".to_owned(),
            );
        }
        if upstream.tls == model::Tls::Disable && !addresses.iter().all(|a| a.ip().is_loopback()) {
            self.note(
                Severity::Warning,
                &at("tls"),
                "the connection to another machine is plain text",
                "choose `tls = \"verify-full\"`".to_owned(),
            );
        }
        Some(Upstream {
            name: upstream.name.clone(),
            host,
            port,
            addresses,
            tls: match upstream.tls {
                model::Tls::Disable => TlsMode::Disable,
                model::Tls::Require => TlsMode::Require,
                model::Tls::VerifyCa => TlsMode::VerifyCa,
                model::Tls::VerifyFull => TlsMode::VerifyFull,
            },
            server_name,
            ca,
            user: upstream.user.clone(),
            password,
            databases: upstream.databases.clone(),
        })
    }

    fn name(&mut self, name: &str, at: &[Step<'_>]) {
        if name.is_empty() || name.contains('\0') {
            self.error(at, "a name has at least one character and no NUL", None);
        }
    }

    fn resolve(&mut self, host: &str, port: u16, at: &[Step<'_>]) -> Vec<SocketAddr> {
        match (host, port).to_socket_addrs() {
            Ok(addresses) => addresses.collect(),
            Err(_) => {
                let severity = match self.resolving {
                    Resolving::Needed => Severity::Error,
                    Resolving::Tried => Severity::Warning,
                };
                self.note(severity, at, "the host cannot be resolved", None);
                vec![]
            }
        }
    }

    fn roots(&mut self, path: &Path, at: &[Step<'_>]) -> Option<Arc<[u8]>> {
        let pem = self.file(path, at)?;
        match tls::count_certificates(&pem) {
            Ok(1..) => Some(pem.into()),
            _ => {
                self.error(at, tls::CertificateError::NoCertificate.to_string(), None);
                None
            }
        }
    }

    fn secret(&mut self, source: &SecretSource, at: &[Step<'_>]) -> Option<Secret> {
        let secret = match source {
            SecretSource::Env(name) => secret::from_env(name),
            SecretSource::File(path) => secret::from_file(&self.path(path)),
        };
        self.checked_secret(secret, at)
    }

    fn checked_secret(
        &mut self,
        secret: Result<Secret, SecretError>,
        at: &[Step<'_>],
    ) -> Option<Secret> {
        let secret = self.or_error(secret, at, None)?;
        if secret.expose().contains(&0) {
            self.error(
                at,
                "the secret contains NUL, which no protocol carries",
                None,
            );
        }
        Some(secret)
    }

    fn users(&mut self, listen: Option<SocketAddr>) -> Vec<User> {
        let config = &self.read.config;
        if config.users.is_empty() {
            self.error(
                &[],
                "there is no user, so nobody could connect",
                "add `[[user]]` with `name` and `password`".to_owned(),
            );
        }
        let mut users = vec![];
        for (index, user) in config.users.iter().enumerate() {
            if config.users[..index]
                .iter()
                .any(|earlier| earlier.name == user.name)
            {
                self.error(
                    &["user".into(), index.into(), "name".into()],
                    "there is another user of this name",
                    None,
                );
            }
            users.extend(self.user(index, user, listen));
        }
        users
    }

    fn user(
        &mut self,
        index: usize,
        user: &model::User,
        listen: Option<SocketAddr>,
    ) -> Option<User> {
        let at = |key: &'static str| ["user".into(), index.into(), key.into()];
        self.name(&user.name, &at("name"));
        let upstream = self.upstream_of(user, &at("upstream"));
        let authentication = match (user.authentication, &user.password) {
            (model::Authentication::Trust, password) => {
                if password.is_some() {
                    self.error(
                        &at("password"),
                        "with `authentication = \"trust\"` no password is asked for",
                        "leave one of them out".to_owned(),
                    );
                }
                if listen.is_some_and(|address| !address.ip().is_loopback()) {
                    self.error(
                        &at("authentication"),
                        "`trust` lets everybody in who reaches `listen.address`, which is not a \
                         loopback address",
                        "choose `scram-sha-256`, or listen on 127.0.0.1".to_owned(),
                    );
                }
                Some(Authentication::Trust)
            }
            (model::Authentication::ScramSha256, None) => {
                self.error(
                    &at("password"),
                    "this user has no password",
                    "add `password = { env = \"NAME\" }`, or a verifier from `wiremask verifier`"
                        .to_owned(),
                );
                None
            }
            (model::Authentication::ScramSha256, Some(password)) => self
                .verifier(password, &at("password"))
                .map(Authentication::Scram),
        };
        Some(User {
            name: user.name.clone(),
            authentication: authentication?,
            upstream: upstream?,
            upstream_user: match user.upstream_user {
                model::UpstreamUser::Held => UpstreamUser::Held,
                model::UpstreamUser::Same => UpstreamUser::Same,
            },
            kind: match user.kind {
                model::PrincipalKind::Agent => PrincipalKind::Agent,
                model::PrincipalKind::User => PrincipalKind::User,
            },
            groups: user.groups.clone(),
            purpose: user.purpose.clone(),
        })
    }

    /// The policies, if there are to be any.
    fn access(&mut self) -> Option<Option<PolicySet>> {
        let Some(access) = &self.read.config.policy else {
            return Some(None);
        };
        if access.policies.is_empty() {
            self.error(
                &["policy".into(), "policies".into()],
                "without a policy that permits something nothing is permitted",
                "`allow-all` permits everything that no other policy forbids".to_owned(),
            );
            return None;
        }
        let sources: Vec<Option<PolicySource>> = access
            .policies
            .iter()
            .enumerate()
            .map(|(index, policy)| self.policy(index, policy))
            .collect();
        let sources: Vec<PolicySource> = sources.into_iter().collect::<Option<_>>()?;
        match PolicySet::load(&sources) {
            Ok(policies) => Some(Some(policies)),
            Err(errors) => {
                self.found.packs(&errors);
                None
            }
        }
    }

    fn policy(&mut self, index: usize, policy: &str) -> Option<PolicySource> {
        let at = ["policy".into(), "policies".into(), index.into()];
        if let Some(text) = wiremask_policy::builtin(policy) {
            return Some(PolicySource {
                name: policy.to_owned(),
                text: text.to_owned(),
            });
        }
        if !policy.contains(['/', '.']) {
            let names: Vec<_> = wiremask_policy::builtin_names().collect();
            self.error(
                &at,
                "there is no built-in policy of this name",
                format!(
                    "built in are {}; a file is named by its path, such as `policies/shop.cedar`",
                    names.join(", ")
                ),
            );
            return None;
        }
        let text = self.file(Path::new(policy), &at)?;
        let text = String::from_utf8(text).map_err(|_| "the policy is not UTF-8".to_owned());
        Some(PolicySource {
            name: self.path(Path::new(policy)).display().to_string(),
            text: self.or_error(text, &at, None)?,
        })
    }

    fn upstream_of(&mut self, user: &model::User, at: &[Step<'_>]) -> Option<usize> {
        let upstreams = &self.read.config.upstreams;
        match &user.upstream {
            Some(name) => {
                let index = upstreams.iter().position(|u| u.name == *name);
                if index.is_none() {
                    let help = suggest(name, upstreams.iter().map(|u| u.name.as_str()));
                    self.error(at, "there is no upstream of this name", help);
                }
                index
            }
            None if upstreams.len() > 1 => {
                let names: Vec<&str> = upstreams.iter().map(|u| u.name.as_str()).collect();
                self.error(
                    at,
                    "there are several upstreams: this user must name one",
                    format!("`upstream` is one of {}", names.join(", ")),
                );
                None
            }
            None => (upstreams.len() == 1).then_some(0),
        }
    }

    fn verifier(&mut self, password: &PasswordSource, at: &[Step<'_>]) -> Option<ScramVerifier> {
        let text = match password {
            PasswordSource::Scram(text) => text.clone(),
            PasswordSource::Env(name) => {
                let password = self.checked_secret(secret::from_env(name), at)?;
                ScramVerifier::from_password(&password)
            }
            PasswordSource::File(path) => {
                let password = self.checked_secret(secret::from_file(&self.path(path)), at)?;
                ScramVerifier::from_password(&password)
            }
        };
        self.or_error(
            ScramVerifier::parse(&text),
            at,
            "`wiremask verifier` makes one from a password".to_owned(),
        )
    }

    fn ruleset(&mut self, key_id: Option<&str>) -> Option<Ruleset> {
        let rules = &self.read.config.rules;
        let keys = self.keys(key_id);
        let packs: Vec<Option<PackSource>> = rules
            .packs
            .iter()
            .enumerate()
            .map(|(index, pack)| self.pack(index, pack))
            .collect();
        let packs: Vec<PackSource> = packs.into_iter().collect::<Option<_>>()?;
        let keys = keys?;
        let backend = match rules.backend {
            model::Backend::Auto => Backend::Auto,
            model::Backend::Windows => Backend::Windows,
            model::Backend::WindowsAvx512 => Backend::Avx512Windows,
            model::Backend::WindowsAvx2 => Backend::Avx2Windows,
            model::Backend::WindowsScalar => Backend::ScalarWindows,
            model::Backend::Hyperscan => Backend::Hyperscan,
            model::Backend::Portable => Backend::Portable,
        };
        self.or_error(
            backend.available(),
            &["rules".into(), "backend".into()],
            "`auto` takes the fastest that this machine has".to_owned(),
        )?;
        let options = CompileOptions {
            backend,
            today: crate::now().to_string().get(..10).map(str::to_owned),
            examples: true,
            ..CompileOptions::default()
        };
        match Ruleset::compile(&packs, &keys, options) {
            Ok(ruleset) => {
                if rules.key.is_none() {
                    self.warn_of_random_key(&ruleset);
                }
                self.warn_of_slow_detectors(&ruleset);
                self.warn_of_packs(&ruleset);
                Some(ruleset)
            }
            Err(errors) => {
                self.found.packs(&errors);
                None
            }
        }
    }

    /// The key of an id, or else the configured one, as the current key, and the others, for the tenant.
    fn keys(&mut self, key_id: Option<&str>) -> Option<Keys> {
        let rules = &self.read.config.rules;
        let mut keys = match &rules.key {
            Some(source) => {
                let key = self.key(source, &["rules".into(), "key".into()])?;
                Keys::from_secret(&rules.key_id, key.expose())
            }
            None => {
                let key = random_key().ok_or("the system gives no random numbers for a key");
                let key = self.or_error(key, &["rules".into()], None)?;
                Keys::from_secret(RANDOM_KEY, key.expose())
            }
        };
        for (index, other) in rules.other_keys.iter().enumerate() {
            let at = |key: &'static str| {
                let entry = ["rules".into(), "other_keys".into(), index.into()];
                [entry.as_slice(), &[key.into()]].concat()
            };
            let key = self.key(&other.key, &at("key"))?;
            let added = keys.add(&other.id, key.expose());
            self.or_error(
                added,
                &at("id"),
                "give each key an id of its own".to_owned(),
            )?;
        }
        keys.set_tenant(&rules.tenant);
        if let Some(id) = key_id {
            let known: Vec<&str> = keys.ids().collect();
            let help = format!("the configuration has {}", known.join(", "));
            let used = keys.use_key(id);
            self.or_error(used, &["rules".into(), "other_keys".into()], help)?;
        }
        Some(keys)
    }

    /// A key for masks, which has to be long enough.
    fn key(&mut self, source: &SecretSource, at: &[Step<'_>]) -> Option<Secret> {
        let secret = match source {
            SecretSource::Env(name) => secret::from_env(name),
            SecretSource::File(path) => secret::from_file(&self.path(path)),
        };
        let key = self.or_error(secret, at, None)?;
        if key.expose().len() < KEY_LEN_MIN {
            let len = key.expose().len();
            self.error(
                at,
                format!("the key has {len} bytes, fewer than {KEY_LEN_MIN}"),
                "`openssl rand -base64 32` makes a good one".to_owned(),
            );
        }
        Some(key)
    }

    fn pack(&mut self, index: usize, pack: &str) -> Option<PackSource> {
        let at = ["rules".into(), "packs".into(), index.into()];
        if let Some(text) = wiremask_rules::builtin(pack) {
            return Some(PackSource {
                name: pack.to_owned(),
                text: text.to_owned(),
            });
        }
        let is_path = pack.contains(['/', '.']);
        if !is_path {
            self.error(
                &at,
                "there is no built-in pack of this name",
                format!(
                    "built in are {}; a file is named by its path, such as `packs/shop.toml`",
                    wiremask_rules::builtin_names()
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            );
            return None;
        }
        let text = self.file(Path::new(pack), &at)?;
        let text = String::from_utf8(text).map_err(|_| "the pack is not UTF-8".to_owned());
        Some(PackSource {
            name: self.path(Path::new(pack)).display().to_string(),
            text: self.or_error(text, &at, None)?,
        })
    }

    fn warn_of_slow_detectors(&mut self, ruleset: &Ruleset) {
        let plans = ruleset.scan_plan().iter();
        for warning in plans.filter_map(|plan| plan.warning.as_ref()) {
            let at = ["rules".into(), "packs".into()];
            let (message, help) = (warning.message.clone(), warning.help.clone());
            self.note(Severity::Warning, &at, message, help);
        }
    }

    /// What packs themselves warn about, such as allow entries that expired.
    fn warn_of_packs(&mut self, ruleset: &Ruleset) {
        for warning in ruleset.warnings().iter() {
            let at = ["rules".into(), "packs".into()];
            let message = format!("{}:{}: {}", warning.file, warning.line, warning.message);
            self.note(Severity::Warning, &at, message, warning.help.clone());
        }
    }

    fn warn_of_random_key(&mut self, ruleset: &Ruleset) {
        let keyed = (0_u16..).zip(ruleset.rules()).find_map(|(id, rule)| {
            let masker = ruleset.masker(RuleId(id));
            (masker.key_id() == Some(RANDOM_KEY)).then_some((rule, masker.operator()))
        });
        if let Some((rule, operator)) = keyed {
            self.note(
                Severity::Warning,
                &["rules".into()],
                format!(
                    "rule `{}` of pack `{}` uses `{operator}` with a key that is made up at each \
                     start: the same value masks differently afterwards",
                    rule.name, rule.pack
                ),
                "add `key = { file = \"...\" }` or `key = { env = \"...\" }` to `[rules]`"
                    .to_owned(),
            );
        }
    }
}

/// Where the configuration has no key: one for the life of this process, so that a reload keeps
/// pseudonyms. `None` when the system has no randomness.
fn random_key() -> Option<Secret> {
    static KEY: OnceLock<Option<Secret>> = OnceLock::new();
    let made = KEY.get_or_init(|| {
        let mut key = vec![0; 32];
        getrandom::fill(&mut key).ok()?;
        Some(Secret::new(key))
    });
    made.clone()
}

/// Host and port of `host`, `host:port`, `1.2.3.4:port`, `[::1]:port` or `::1`.
fn split_address(text: &str) -> Result<(String, u16), &'static str> {
    const BAD_PORT: &str = "the port is not a number from 1 to 65535";
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or("`[` without `]`")?;
            let port = match rest {
                "" => None,
                rest => Some(rest.strip_prefix(':').ok_or(BAD_PORT)?),
            };
            (host, port)
        }
        None => match text.split_once(':') {
            Some((_, rest)) if rest.contains(':') => (text, None),
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        None => PORT,
        Some(port) => match port.parse() {
            Ok(port) if port != 0 => port,
            _ => return Err(BAD_PORT),
        },
    };
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c == '/' || c == '\0') {
        return Err("not a host");
    }
    Ok((host.to_owned(), port))
}

/// The default of a limit, by its name.
fn default_limit(name: &str) -> String {
    serde_json::to_value(model::LimitsSection::default())
        .ok()
        .and_then(|limits| limits.get(name).map(ToString::to_string))
        .unwrap_or_default()
}
