//! The import table of ARCHITECTURE.md, held against every manifest and every source file.
//!
//! "No I/O here" must be a fact and not a comment: a core crate that names a socket, a file, a clock,
//! randomness, a thread or a runtime fails here, as does a crate that depends on one it may not know.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wiremask_tests::repository;

/// What a crate may be.
struct Rule {
    folder: &'static str,
    /// Workspace crates it may depend on, build and test dependencies included.
    may_import: &'static [&'static str],
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Sans-io and without unsafe code: bytes in, decisions out.
    Core,
    /// The same, but allowed to be unsafe behind a safe interface.
    UnsafeCore,
    /// The data plane's shell: glommio, never tokio.
    Shard,
    /// The control plane: tokio, never glommio.
    Control,
    /// Binds everything.
    Outer,
}

const TABLE: &[Rule] = &[
    Rule {
        folder: "protocols",
        may_import: &["wiremask-lines"],
        kind: Kind::Core,
    },
    Rule {
        folder: "protocols/lines",
        may_import: &[],
        kind: Kind::UnsafeCore,
    },
    Rule {
        folder: "rules",
        may_import: &["wiremask-hyperscan", "wiremask-simd"],
        kind: Kind::Core,
    },
    Rule {
        folder: "rules/hyperscan",
        may_import: &[],
        kind: Kind::UnsafeCore,
    },
    Rule {
        folder: "rules/simd",
        may_import: &[],
        kind: Kind::UnsafeCore,
    },
    Rule {
        folder: "rules/policy",
        may_import: &["wiremask-rules"],
        kind: Kind::Core,
    },
    Rule {
        folder: "engine/datapath",
        may_import: &["wiremask-protocols", "wiremask-rules", "wiremask-policy"],
        kind: Kind::Core,
    },
    Rule {
        folder: "engine/shard/coop",
        may_import: &[],
        kind: Kind::UnsafeCore,
    },
    Rule {
        folder: "engine/shard",
        may_import: &[
            "wiremask-protocols",
            "wiremask-rules",
            "wiremask-policy",
            "wiremask-datapath",
            "wiremask-record",
            "wiremask-coop",
        ],
        kind: Kind::Shard,
    },
    Rule {
        folder: "engine/control",
        may_import: &[
            "wiremask-rules",
            "wiremask-policy",
            "wiremask-record",
            "wiremask-datapath",
        ],
        kind: Kind::Control,
    },
    Rule {
        folder: "engine/tuning",
        may_import: &["wiremask-rules"],
        kind: Kind::Core,
    },
    Rule {
        folder: "engine/gateway",
        may_import: &["*"],
        kind: Kind::Outer,
    },
    Rule {
        folder: "benches",
        may_import: &["*"],
        kind: Kind::Outer,
    },
    Rule {
        folder: "tests",
        may_import: &["*"],
        kind: Kind::Outer,
    },
];

/// Paths that no core names, outside its tests. Each is looked for as it would be written.
/// Addresses of `std::net` are plain values and allowed; sockets are not.
const CORE_FORBIDDEN: &[&str] = &[
    "std::net::*",
    "std::fs",
    "std::process",
    "std::thread",
    "std::env",
    "std::io::stdin",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "SystemTime::UNIX_EPOCH",
    "std::os::",
    "tokio::",
    "glommio::",
    "async_std::",
    "smol::",
    "mio::",
    "rustls::",
    "getrandom::",
    "rand::",
    "println!",
    "eprintln!",
    "File::open",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "UnixStream",
    "thread::spawn",
    "thread::sleep",
];

/// Crates that no core depends on, outside its tests.
const CORE_FORBIDDEN_CRATES: &[&str] = &[
    "tokio",
    "glommio",
    "rustls",
    "futures-rustls",
    "tokio-postgres",
    "mio",
    "socket2",
    "async-std",
    "rand",
    "getrandom",
    "chrono",
    "time",
    "reqwest",
    "hyper",
    "tracing",
    "tracing-subscriber",
    "log",
    "rustix",
    "libc",
    "nix",
    "tempfile",
    "crossbeam",
    "rayon",
];

fn forbidden_crates(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Core | Kind::UnsafeCore => CORE_FORBIDDEN_CRATES,
        Kind::Shard => &[
            "tokio",
            "tokio-rustls",
            "tokio-postgres",
            "async-std",
            "smol",
        ],
        Kind::Control => &["glommio", "futures-rustls", "async-std", "smol"],
        Kind::Outer => &[],
    }
}

fn forbidden_paths(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Core | Kind::UnsafeCore => CORE_FORBIDDEN,
        Kind::Shard => &["tokio::", "std::net::TcpStream", "std::net::TcpListener"],
        Kind::Control => &["glommio::"],
        Kind::Outer => &[],
    }
}

fn manifest(folder: &str) -> Option<toml::Table> {
    let text = fs::read_to_string(repository().join(folder).join("Cargo.toml")).ok()?;
    Some(text.parse().unwrap())
}

/// Names in one dependency table, of all targets.
fn dependencies(manifest: &toml::Table, section: &str) -> BTreeSet<String> {
    let mut tables = vec![manifest.get(section)];
    for target in manifest
        .get("target")
        .and_then(toml::Value::as_table)
        .into_iter()
        .flatten()
    {
        tables.push(target.1.get(section));
    }
    let names = tables
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_table)
        .flatten();
    names
        .map(
            |(name, value)| match value.get("package").and_then(toml::Value::as_str) {
                Some(package) => package.to_owned(),
                None => name.clone(),
            },
        )
        .collect()
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The code of a file that is not test code, without comments, with its line numbers.
///
/// Test modules stand last by our style, so everything from the first `#[cfg(test)]` of a module with
/// a body on is test code; files named tests.rs or *_tests.rs are.
fn code(path: &Path) -> Vec<(usize, String)> {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    if name == "tests"
        || name.ends_with("_tests")
        || path.components().any(|c| c.as_os_str() == "tests")
    {
        return Vec::new();
    }
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let is_test_module = |index: usize| {
        lines[index].trim() == "#[cfg(test)]"
            && lines[index + 1..]
                .iter()
                .find(|line| !line.trim().starts_with("#["))
                .is_some_and(|line| line.trim().starts_with("mod ") && line.trim().ends_with('{'))
    };
    let end = (0..lines.len())
        .find(|index| is_test_module(*index))
        .unwrap_or(lines.len());
    let code = lines[..end].iter().enumerate();
    code.map(|(index, line)| {
        (
            index + 1,
            line.split("//").next().unwrap_or_default().to_owned(),
        )
    })
    .collect()
}

/// Whether `needle` stands in `line` as a path of its own, not as the end of a longer name.
fn names(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    })
}

/// `use std::{net::…, fs}` hides a path from the search above.
fn grouped_std(line: &str) -> Option<&'static str> {
    let inside = line.trim().strip_prefix("use std::{")?;
    ["fs", "process", "thread", "env", "os", "time"]
        .into_iter()
        .find(|module| {
            inside
                .split([',', '{', '}', ' ', ';'])
                .any(|item| item.split("::").next() == Some(module))
        })
}

#[test]
fn every_workspace_crate_stands_in_the_table() {
    let root = manifest("").unwrap();
    let members = root["workspace"]["members"].as_array().unwrap();
    for member in members {
        let member = member.as_str().unwrap();
        assert!(
            TABLE.iter().any(|rule| rule.folder == member),
            "{member} has no row in the table"
        );
    }
}

#[test]
fn crates_depend_only_on_what_the_table_allows() {
    let mut wrong = Vec::new();
    for rule in TABLE {
        let Some(manifest) = manifest(rule.folder) else {
            continue;
        };
        for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
            for name in dependencies(&manifest, section) {
                let ours = name.starts_with("wiremask-");
                let allowed = rule.may_import.contains(&"*")
                    || rule.may_import.contains(&name.as_str())
                    || (section == "dev-dependencies" && name == "wiremask-tests");
                if ours && !allowed {
                    wrong.push(format!(
                        "{} must not depend on {name} ({section})",
                        rule.folder
                    ));
                }
                if section == "dependencies" && forbidden_crates(rule.kind).contains(&name.as_str())
                {
                    wrong.push(format!("{} must not depend on {name}", rule.folder));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sources_name_nothing_that_the_table_forbids() {
    let mut wrong = Vec::new();
    for rule in TABLE {
        let mut files = Vec::new();
        sources(&repository().join(rule.folder).join("src"), &mut files);
        for file in files {
            for (number, line) in code(&file) {
                let found = forbidden_paths(rule.kind)
                    .iter()
                    .find(|path| names(&line, path))
                    .copied();
                let hidden = grouped_std(&line).filter(|_| {
                    matches!(rule.kind, Kind::Core | Kind::UnsafeCore)
                        && !line.contains("time::Duration")
                });
                if let Some(path) = found.or(hidden) {
                    wrong.push(format!("{}:{number} names {path}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_is_allowed_only_where_the_table_says() {
    let mut wrong = Vec::new();
    for rule in TABLE {
        let Some(manifest) = manifest(rule.folder) else {
            continue;
        };
        let inherits = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .and_then(toml::Value::as_bool)
            == Some(true);
        if rule.kind == Kind::UnsafeCore {
            continue;
        }
        if !inherits {
            wrong.push(format!(
                "{} does not inherit the workspace lints",
                rule.folder
            ));
        }
        let mut files = Vec::new();
        sources(&repository().join(rule.folder), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            if text.contains(concat!("allow(unsafe", "_code)")) {
                wrong.push(format!("{} allows unsafe code", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let root = manifest("").unwrap();
    assert_eq!(
        root["workspace"]["lints"]["rust"]["unsafe_code"].as_str(),
        Some("forbid")
    );
}

#[test]
fn the_search_finds_what_it_looks_for() {
    assert!(names("use std::net::TcpStream;", "TcpStream"));
    assert!(names("let now = Instant::now();", "Instant::now"));
    assert!(!names("let x = operand::new();", "rand::"));
    assert_eq!(grouped_std("use std::{fmt, fs::File};"), Some("fs"));
    assert_eq!(grouped_std("use std::{fmt, sync::Arc};"), None);
}
