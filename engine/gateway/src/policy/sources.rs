//! The policies that a command works with.

use crate::config::check::Resolving;
use clap::Args;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wiremask_datapath::policy::Policy;
use wiremask_policy::{Known, PolicySet, PolicySource, PrincipalKind};

/// Which policies.
#[derive(Clone, Debug, Args)]
pub struct Policies {
    /// Policies: a built-in name, or a Cedar file [default: those of the configuration]
    #[arg(long = "policy", value_name = "NAME|FILE")]
    pub policies: Vec<String>,
    /// The configuration, for its policies, users and connections
    #[arg(short = 'c', long = "config", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What was asked for.
pub struct Chosen {
    /// The policies.
    pub set: Arc<PolicySet>,
    /// What the configuration says, if one was named.
    pub configured: Option<Policy>,
}

impl Policies {
    /// Reads and checks them.
    ///
    /// # Errors
    /// What is wrong with them, or that none is named.
    pub fn load(&self) -> Result<Chosen, String> {
        let configured = self.config.as_deref().map(configuration).transpose()?;
        let set = match &configured {
            _ if !self.policies.is_empty() => Arc::new(load(&self.policies)?),
            None => {
                return Err("name policies with --policy, or a configuration with -c".to_owned());
            }
            Some(policy) => policy.access.clone().ok_or(
                "the configuration names no policies: add [policy], or name some with --policy",
            )?,
        };
        Ok(Chosen { set, configured })
    }
}

impl Chosen {
    /// Who and what the configuration knows.
    pub fn known(&self) -> Option<Known> {
        self.configured.as_ref().map(known)
    }
}

/// Reads and checks policies by name or path.
///
/// # Errors
/// What is wrong with them.
pub fn load(names: &[String]) -> Result<PolicySet, String> {
    let sources: Vec<PolicySource> = names
        .iter()
        .map(|name| source(name))
        .collect::<Result<_, _>>()?;
    PolicySet::load(&sources).map_err(|found| found.to_string())
}

/// A file of policies by its path, or a built-in one by its name.
///
/// # Errors
/// That it is neither.
pub fn source(name: &str) -> Result<PolicySource, String> {
    let text = match wiremask_policy::builtin(name) {
        Some(text) => text.to_owned(),
        None => read(Path::new(name))
            .map_err(|error| format!("{error}; name a built-in policy or a file"))?,
    };
    Ok(PolicySource {
        name: name.to_owned(),
        text,
    })
}

/// The text of a file.
///
/// # Errors
/// Which file cannot be read, and why.
pub fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {}", path.display(), error.kind()))
}

fn configuration(path: &Path) -> Result<Policy, String> {
    match crate::config::load(path, 1, Resolving::Tried) {
        Ok(loaded) => Ok(loaded.settings.policy),
        Err(found) => Err(found.render(std::io::stderr().is_terminal())),
    }
}

fn known(policy: &Policy) -> Known {
    let mut known = Known::default();
    for user in &policy.users {
        let names = match user.kind {
            PrincipalKind::User => &mut known.users,
            PrincipalKind::Agent => &mut known.agents,
        };
        names.insert(user.name.clone());
        known.groups.extend(user.groups.iter().cloned());
        known.purposes.extend(user.purpose.clone());
    }
    let upstreams = policy.upstreams.iter();
    known.connections = upstreams.map(|upstream| upstream.name.clone()).collect();
    known
}
