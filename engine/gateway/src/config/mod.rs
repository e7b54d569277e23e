//! `wiremask.toml`: read, checked, and turned into what the gateway runs with.
//!
//! [`read`] knows TOML and types, [`check`] knows meaning; [`model`] is the one place where a key is
//! defined, and [`reference`] writes the documentation from it.

pub mod check;
pub mod diagnostic;
pub mod model;
pub mod read;
pub mod reference;
mod schema;
pub mod secret;
mod source;

use check::{Checker, Resolving, RulesInForce, Settings};
use diagnostic::Diagnostics;
use std::path::Path;

/// Longest configuration file, bytes. A larger one is another file by mistake.
const FILE_LEN_MAX: u64 = 4 * 1024 * 1024;

/// What a configuration file says, and what is doubtful about it.
pub struct Loaded {
    /// What to run with.
    pub settings: Settings,
    /// Warnings only.
    pub warnings: Diagnostics,
}

/// Reads and checks the file and everything that it names. `generation` is that of the policy.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(path: &Path, generation: u64, resolving: Resolving) -> Result<Loaded, Diagnostics> {
    load_text(path, &text(path)?, generation, resolving)
}

/// Reads the rules of the file and what they need; the key of `key_id`, if one is given, is the one that
/// masks use which name none.
///
/// # Errors
/// Everything that is wrong with these.
pub fn load_rules(path: &Path, key_id: Option<&str>) -> Result<RulesInForce, Diagnostics> {
    let name = path.display().to_string();
    let folder = path.parent().unwrap_or(Path::new(""));
    read::read(&name, &text(path)?)
        .and_then(|read| Checker::new(&read, folder, Resolving::Tried).check_rules(key_id))
}

/// [`load`] for a text that is read already.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load_text(
    path: &Path,
    text: &str,
    generation: u64,
    resolving: Resolving,
) -> Result<Loaded, Diagnostics> {
    let name = path.display().to_string();
    let folder = path.parent().unwrap_or(Path::new(""));
    read::read(&name, text)
        .and_then(|read| Checker::new(&read, folder, resolving).check(generation))
        .map(|mut loaded| {
            loaded.warnings.sort();
            loaded
        })
        .map_err(|mut found| {
            found.sort();
            found
        })
}

fn text(path: &Path) -> Result<String, Diagnostics> {
    read_text(path).map_err(|reason| {
        let mut found = Diagnostics::default();
        found.file_error(
            &path.display().to_string(),
            format!("the configuration cannot be read: {reason}"),
            "`wiremask config example` prints one to start from".to_owned(),
        );
        found
    })
}

fn read_text(path: &Path) -> Result<String, String> {
    let len = std::fs::metadata(path)
        .map_err(|e| e.kind().to_string())?
        .len();
    if len > FILE_LEN_MAX {
        return Err(format!("it has {len} bytes, more than {FILE_LEN_MAX}"));
    }
    let bytes = std::fs::read(path).map_err(|e| e.kind().to_string())?;
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        format!("it is not UTF-8 (byte {at})")
    })
}

#[cfg(test)]
mod tests;
