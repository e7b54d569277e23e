//! The packs that a command works with.

use clap::Args;
use std::path::Path;
use wiremask_rules::{Backend, CompileOptions, Diagnostics, Keys, PackSource, Ruleset};

/// Which packs.
#[derive(Clone, Debug, Args)]
pub struct Packs {
    /// Rule packs in layers: a built-in name, or a TOML file [default: all that are built in but starter and free-text]
    #[arg(long = "pack", value_name = "NAME|FILE")]
    pub packs: Vec<String>,
}

impl Packs {
    /// Their names; the built-in ones where none is named.
    pub fn names(&self) -> Vec<String> {
        if !self.packs.is_empty() {
            return self.packs.clone();
        }
        // `starter` holds what the others hold as well; `free-text` masks every column of notes whole, which is
        // for a person to choose.
        let all: Vec<&str> = wiremask_rules::builtin_names().collect();
        let chosen = |name: &&&str| !matches!(**name, "starter" | "free-text") || all.len() == 1;
        let others = all.iter().filter(chosen);
        others.map(|name| (*name).to_owned()).collect()
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
pub fn compile(packs: &[PackSource]) -> Result<Ruleset, String> {
    try_compile(packs, Backend::Auto, false).map_err(|found| found.to_string())
}

/// The same with a scanner, and perhaps with the examples of the packs.
///
/// # Errors
/// The diagnostics of the packs.
pub fn try_compile(
    packs: &[PackSource],
    backend: Backend,
    examples: bool,
) -> Result<Ruleset, Diagnostics> {
    let mut keys = Keys::from_secret("tuning", b"a key for tuning, not a secret");
    for id in packs.iter().flat_map(key_ids) {
        // Named twice is no mistake of a pack.
        drop(keys.add(&id, format!("a key for tuning {id}").as_bytes()));
    }
    let options = CompileOptions {
        backend,
        today: crate::now().to_string().get(..10).map(str::to_owned),
        examples,
        ..CompileOptions::default()
    };
    Ruleset::compile(packs, &keys, options)
}

/// The ids of the keys that the masks of a pack name.
fn key_ids(pack: &PackSource) -> Vec<String> {
    fn walk(value: &toml::Value, ids: &mut Vec<String>) {
        match value {
            toml::Value::Table(table) => {
                if table.contains_key("operator")
                    && let Some(id) = table.get("key").and_then(toml::Value::as_str)
                {
                    ids.push(id.to_owned());
                }
                table.values().for_each(|value| walk(value, ids));
            }
            toml::Value::Array(values) => values.iter().for_each(|value| walk(value, ids)),
            _ => {}
        }
    }
    let mut ids = Vec::new();
    // What is not TOML is told where the pack is compiled.
    if let Ok(table) = pack.text.parse::<toml::Table>() {
        walk(&toml::Value::Table(table), &mut ids);
    }
    ids
}

/// What an overlay over these packs extends: `name@version` of each.
pub fn pinned(packs: &[PackSource]) -> Vec<String> {
    let pin = |pack: &PackSource| {
        let table: toml::Table = pack.text.parse().ok()?;
        let header = table.get("pack")?;
        let text = |key| header.get(key).and_then(toml::Value::as_str);
        Some(format!("{}@{}", text("name")?, text("version")?))
    };
    packs.iter().filter_map(pin).collect()
}
