//! The packs that a command works with.

use clap::Args;
use std::path::Path;
use wiremask_rules::{Backend, CompileOptions, Keys, PackSource, Ruleset};

/// Built-in packs that tuning works with unless others are named: all of them.
const DEFAULT: &[&str] = &[
    "pii-core",
    "pii-us",
    "pii-eu",
    "pii-in",
    "pii-br",
    "pii-world",
    "pci",
    "phi",
    "secrets",
    "network",
    "free-text",
];

/// Which packs.
#[derive(Clone, Debug, Args)]
pub struct Packs {
    /// Rule packs in layers: a built-in name, or a TOML file [default: all that are built in]
    #[arg(long = "pack", value_name = "NAME|FILE")]
    pub packs: Vec<String>,
}

impl Packs {
    /// Their names, the default ones where none is named.
    pub fn names(&self) -> Vec<String> {
        if !self.packs.is_empty() {
            return self.packs.clone();
        }
        let there = |name: &&&str| wiremask_rules::builtin(name).is_some();
        let names: Vec<String> = DEFAULT
            .iter()
            .filter(there)
            .map(|name| (*name).to_owned())
            .collect();
        if names.is_empty() {
            vec!["starter".to_owned()]
        } else {
            names
        }
    }

    /// Their texts.
    ///
    /// # Errors
    /// Which one is neither built in nor a file.
    pub fn sources(&self) -> Result<Vec<PackSource>, String> {
        self.names().iter().map(|name| source(name)).collect()
    }
}

/// A pack by its name or path.
///
/// # Errors
/// That it is neither built in nor a file that can be read.
pub fn source(pack: &str) -> Result<PackSource, String> {
    let text = match wiremask_rules::builtin(pack) {
        Some(text) => Ok(text.to_owned()),
        None => std::fs::read_to_string(Path::new(pack)),
    };
    let text = text.map_err(|error| {
        format!(
            "pack {pack}: {}; name a built-in one or a file",
            error.kind()
        )
    })?;
    Ok(PackSource {
        name: pack.to_owned(),
        text,
    })
}

/// Compiles packs for looking at data; what it masks with nobody sees.
///
/// # Errors
/// The diagnostics of the packs.
pub fn compile(packs: &[PackSource], examples: bool) -> Result<Ruleset, String> {
    let keys = Keys::from_secret("tuning", b"a key for tuning, not a secret");
    let options = CompileOptions {
        backend: Backend::Auto,
        today: None,
        examples,
    };
    Ruleset::compile(packs, &keys, options).map_err(|found| found.to_string())
}
