//! The pack language: TOML text to a checked tree.
//!
//! This module knows what a pack may say; what a pattern or an operator means is decided where
//! the tree is compiled (`crate::ruleset`). Sections: `[pack]`, `[[detector]]`, `[[allow]]`,
//! `[[dataset]]`. Everything carries its place in the file, so that later checks can point at it.

mod canonical;
pub(crate) mod diagnostics;
mod reference;
mod section;
pub(crate) mod table;

pub use diagnostics::{Diagnostic, Diagnostics, Severity};
pub use reference::pack_reference;
pub use section::Class;
pub(crate) use section::{Allow, Boundary, Dataset, Detector, Example, Mask, Select, unknown};

use diagnostics::{At, Errors, Site, Source};
use std::sync::Arc;
use table::Table;
use toml::de::DeTable;

/// The text of one pack and where it came from.
#[derive(Clone, Debug)]
pub struct PackSource {
    /// A file path, or the name of a built-in pack; shown in diagnostics.
    pub name: String,
    /// TOML.
    pub text: String,
}

/// Size of a pack at most, in bytes: 4 MiB hold more than 10,000 detectors.
pub const PACK_SIZE_MAX: usize = 4 << 20;

/// The built-in packs: name and text.
const BUILTIN: [(&str, &str); 12] = [
    ("starter", include_str!("../../packs/starter.toml")),
    ("pii-core", include_str!("../../packs/pii-core.toml")),
    ("pii-us", include_str!("../../packs/pii-us.toml")),
    ("pii-eu", include_str!("../../packs/pii-eu.toml")),
    ("pii-in", include_str!("../../packs/pii-in.toml")),
    ("pii-br", include_str!("../../packs/pii-br.toml")),
    ("pii-world", include_str!("../../packs/pii-world.toml")),
    ("pci", include_str!("../../packs/pci.toml")),
    ("phi", include_str!("../../packs/phi.toml")),
    ("secrets", include_str!("../../packs/secrets.toml")),
    ("network", include_str!("../../packs/network.toml")),
    ("free-text", include_str!("../../packs/free-text.toml")),
];

/// The names of the built-in packs. They are made to be loaded together, in any choice.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name)
}

/// The text of a built-in pack, by its name.
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILTIN
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

/// One pack, read.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) name: At<String>,
    pub(crate) version: String,
    /// Packs that must be loaded before this one: `name` or `name@version`.
    pub(crate) extends: Vec<At<String>>,
    pub(crate) detectors: Vec<Detector>,
    pub(crate) allows: Vec<Allow>,
    pub(crate) datasets: Vec<Dataset>,
    /// A hash of what it says, whatever its comments, white space and the order of its keys.
    pub(crate) digest: [u8; 32],
}

/// Reads one pack. Mistakes go to `errors`; what could be read is returned all the same.
pub(crate) fn read(source: &PackSource, errors: &Errors) -> Option<Pack> {
    let kept = Arc::new(Source {
        name: source.name.clone(),
        text: source.text.clone(),
    });
    let whole = Site {
        source: Arc::clone(&kept),
        span: 0..0,
    };
    if source.text.len() > PACK_SIZE_MAX {
        let message = format!(
            "pack of {} bytes exceeds {PACK_SIZE_MAX} bytes",
            source.text.len()
        );
        errors.add(
            &whole,
            message,
            Some("split it into several packs".to_owned()),
        );
        return None;
    }
    let (root, faults) = DeTable::parse_recoverable(&source.text);
    for fault in &faults {
        let span = fault.span().unwrap_or(0..0);
        errors.add(
            &Site {
                source: Arc::clone(&kept),
                span,
            },
            fault.message(),
            None,
        );
    }
    if !faults.is_empty() {
        return None;
    }
    let digest = canonical::digest(root.get_ref());
    let span = root.span();
    let root = Table::new(root.get_ref(), span.start..span.start, &kept, errors);
    let header = root.table("pack");
    if header.is_none() && !root.has("pack") {
        root.missing(
            "pack",
            "begin the file with `[pack]`, `name = \"...\"`, `version = \"...\"`",
        );
    }
    let detectors = root
        .tables("detector")
        .into_iter()
        .filter_map(section::detector)
        .collect();
    let allows = root
        .tables("allow")
        .into_iter()
        .filter_map(section::allow)
        .collect();
    let datasets = root
        .tables("dataset")
        .into_iter()
        .filter_map(section::dataset)
        .collect();
    root.finish();
    let header = header?;
    let name = header.required_string("name");
    let version = header.required_string("version");
    let extends = header.strings("extends");
    let parts = name.iter().chain(&version);
    for part in parts.filter(|part| !is_plain(&part.value)) {
        let help = "use letters, digits, `-`, `_`, `.` and `+`";
        errors.add(
            &part.site,
            format!("`{}` cannot be pinned by `extends`", part.value),
            Some(help.to_owned()),
        );
    }
    header.finish();
    Some(Pack {
        name: name?,
        version: version?.value,
        extends,
        detectors,
        allows,
        datasets,
        digest,
    })
}

/// May a name or a version stand in `name@version`?
fn is_plain(text: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    !text.is_empty() && text.chars().all(is_plain)
}
