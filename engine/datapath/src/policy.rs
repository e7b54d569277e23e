//! What a gateway enforces, as plain data.
//!
//! One [`Policy`] is built and checked from the configuration, then handed to every shard behind
//! an `Arc` and replaced as a whole. A session takes the newest one at its next command boundary.

use crate::limits::Limits;
use std::net::SocketAddr;
use std::sync::Arc;
use wiremask_policy::{PolicySet, Principal, PrincipalKind};
use wiremask_protocols::postgres::auth::{ScramVerifier, Secret};
use wiremask_rules::Ruleset;

/// Users, upstreams, rules and limits of one configuration.
#[derive(Debug)]
pub struct Policy {
    /// Counts up with every reload, starting at 1.
    pub generation: u64,
    /// What is sensitive and how it is masked.
    pub ruleset: Arc<Ruleset>,
    /// Who may do what. Without it whoever may connect may do whatever the upstream's role may.
    pub access: Option<Arc<PolicySet>>,
    /// Who may connect. Names are unique.
    pub users: Vec<User>,
    /// Where to. Names are unique.
    pub upstreams: Vec<Upstream>,
    /// What happens to a protected value that cannot be decoded.
    pub on_undecodable: OnUndecodable,
    /// May what a column has shown widen what is looked for in it? See [`crate::learning`].
    pub learn_columns: bool,
    /// What nobody may exceed.
    pub limits: Limits,
}

/// Somebody who may connect.
#[derive(Clone, Debug)]
pub struct User {
    /// The name in the startup message, or `*` for every name that has no entry of its own.
    pub name: String,
    /// How the client proves it.
    pub authentication: Authentication,
    /// Index into [`Policy::upstreams`].
    pub upstream: usize,
    /// As whom the gateway connects.
    pub upstream_user: UpstreamUser,
    /// A person or a program, for the policies.
    pub kind: PrincipalKind,
    /// The groups it is in, for the policies.
    pub groups: Vec<String>,
    /// What it works on, for the policies.
    pub purpose: Option<String>,
}

/// How a client proves who it is.
#[derive(Clone, Debug)]
pub enum Authentication {
    /// Not at all; only for clients of the same machine.
    Trust,
    /// SCRAM-SHA-256 against this verifier.
    Scram(ScramVerifier),
}

/// As whom the gateway connects upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamUser {
    /// [`Upstream::user`], whoever the client is.
    Held,
    /// The client's own name, with the upstream's held password.
    Same,
}

/// A server that the gateway protects.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Its name in the configuration and in events.
    pub name: String,
    /// Host name or address as configured.
    pub host: String,
    /// Port as configured.
    pub port: u16,
    /// `host` and `port` resolved when the policy was built, so that no shard waits for a resolver.
    /// Never empty.
    pub addresses: Vec<SocketAddr>,
    /// How the connection is protected.
    pub tls: TlsMode,
    /// The name that the certificate must carry under [`TlsMode::VerifyFull`].
    pub server_name: String,
    /// Trusted roots as PEM; `None` trusts the system's.
    pub ca: Option<Arc<[u8]>>,
    /// The held user.
    pub user: String,
    /// The held password.
    pub password: Option<Secret>,
    /// Databases that clients may reach; `*` is all of them.
    pub databases: Vec<String>,
}

/// How the connection to an upstream is protected, named as in libpq.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// Plain text.
    Disable,
    /// Encrypted, the certificate is not verified.
    Require,
    /// Encrypted, the certificate must come from a trusted root.
    VerifyCa,
    /// Encrypted, trusted, and issued for `server_name`.
    VerifyFull,
}

/// What happens to a value of a protected column whose type has no codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUndecodable {
    /// It becomes NULL.
    Null,
    /// The command fails.
    Error,
}

impl Policy {
    /// The entry that applies to this name: its own, or else `*`.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users
            .iter()
            .find(|user| user.name == name)
            .or_else(|| self.users.iter().find(|user| user.name == User::ANY))
    }

    /// Whoever connects by this name, as the policies see it. Who has no entry any more is in no group.
    #[must_use]
    pub fn principal(&self, name: &str) -> Principal {
        let user = self.user(name);
        Principal {
            kind: user.map_or(PrincipalKind::Agent, |user| user.kind),
            name: name.to_owned(),
            groups: user.map(|user| user.groups.clone()).unwrap_or_default(),
            purpose: user.and_then(|user| user.purpose.clone()),
        }
    }

    /// The upstream of this user.
    #[must_use]
    pub fn upstream_of(&self, user: &User) -> Option<&Upstream> {
        self.upstreams.get(user.upstream)
    }
}

impl User {
    /// The name that stands for everybody else.
    pub const ANY: &str = "*";
}

impl Upstream {
    /// May clients reach this database?
    #[must_use]
    pub fn serves(&self, database: &str) -> bool {
        self.databases
            .iter()
            .any(|pattern| pattern == "*" || pattern == database)
    }
}

impl UpstreamUser {
    /// The user name for the upstream, for a client with this name.
    #[must_use]
    pub fn resolve<'a>(self, upstream: &'a Upstream, client: &'a str) -> &'a str {
        match self {
            Self::Held => &upstream.user,
            Self::Same => client,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(names: &[&str]) -> Policy {
        Policy {
            generation: 1,
            ruleset: Arc::new(Ruleset::empty()),
            access: None,
            users: names
                .iter()
                .map(|name| User {
                    name: (*name).to_owned(),
                    authentication: Authentication::Trust,
                    upstream: 0,
                    upstream_user: UpstreamUser::Held,
                    kind: PrincipalKind::Agent,
                    groups: vec![],
                    purpose: None,
                })
                .collect(),
            upstreams: vec![Upstream {
                name: "main".to_owned(),
                host: "localhost".to_owned(),
                port: 5432,
                addresses: vec![],
                tls: TlsMode::VerifyFull,
                server_name: "localhost".to_owned(),
                ca: None,
                user: "held".to_owned(),
                password: Some(Secret::new(b"hunter2".to_vec())),
                databases: vec!["shop".to_owned()],
            }],
            on_undecodable: OnUndecodable::Null,
            learn_columns: true,
            limits: Limits::DEFAULT,
        }
    }

    #[test]
    fn the_own_entry_wins_over_the_star() {
        let policy = policy(&["*", "ann"]);
        assert_eq!(policy.user("ann").map(|u| &*u.name), Some("ann"));
        assert_eq!(policy.user("bob").map(|u| &*u.name), Some("*"));
    }

    #[test]
    fn without_a_star_unknown_names_have_no_entry() {
        assert!(policy(&["ann"]).user("bob").is_none());
    }

    #[test]
    fn only_listed_databases_are_served() {
        let policy = policy(&["ann"]);
        let upstream = policy.upstream_of(&policy.users[0]).expect("index 0");
        assert!(upstream.serves("shop"));
        assert!(!upstream.serves("postgres"));
        assert_eq!(UpstreamUser::Held.resolve(upstream, "ann"), "held");
        assert_eq!(UpstreamUser::Same.resolve(upstream, "ann"), "ann");
    }

    #[test]
    fn debug_output_holds_no_credential() {
        assert!(!format!("{:?}", policy(&["ann"])).contains("hunter2"));
    }
}
