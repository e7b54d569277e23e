//! `rules shadow`: what rules in shadow mode would have masked in production, and one of them promoted.
//!
//! The events of a gateway tell rules, counts and databases; which columns the values stood in they do not
//! tell. A promotion is an edit of the pack that holds the rule, shown as a diff or written to a file, and
//! compiled before it is shown.

use super::Format;
use super::machine::json_text;
use super::packs::{compile, pinned, source};
use super::promote::{diff, enforce, overlay};
use super::reveal::reason;
use super::table::{Align, Table, width};
use crate::commands::{Outcome, print};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use wiremask_rules::{Mode, PackSource, RuleInfo, RuleKind, Ruleset};

/// Arguments of `rules shadow`.
#[derive(Clone, Debug, Args)]
pub struct ShadowOptions {
    /// Event logs of a gateway, lines of JSON
    #[arg(value_name = "EVENTS", required = true)]
    events: Vec<PathBuf>,
    /// The packs in force there, separated by commas
    #[arg(
        long = "pack",
        value_name = "NAME|FILE",
        value_delimiter = ',',
        required = true
    )]
    packs: Vec<String>,
    /// Set this rule to `enforce`: the change of its pack as a diff
    #[arg(long, value_name = "RULE", requires = "reason")]
    promote: Option<String>,
    /// Why it is promoted; a comment in the pack says so
    #[arg(long, value_name = "TEXT", requires = "promote")]
    reason: Option<String>,
    /// Write the changed pack to this file, which may be the pack itself
    #[arg(long, value_name = "FILE", requires = "promote")]
    out: Option<PathBuf>,
    /// How the report is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What a rule did in production.
#[derive(Clone, Debug, Default, Serialize)]
struct Observed {
    rule: String,
    matches: u64,
    results: u64,
    databases: BTreeMap<String, u64>,
}

/// What of an event counts here; the rest is left alone.
#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    event: String,
    #[serde(default)]
    database: String,
    #[serde(default)]
    rules: Vec<Counted>,
}

#[derive(Deserialize)]
struct Counted {
    rule: String,
    matches: u64,
}

/// `wiremask rules shadow`
pub fn shadow(options: &ShadowOptions) -> Outcome {
    let packs: Result<Vec<_>, String> = options.packs.iter().map(|name| source(name)).collect();
    let packs = packs?;
    let rules = compile(&packs)?;
    let observed = observed(&rules, &options.events)?;
    if let (Some(name), Some(why)) = (&options.promote, &options.reason) {
        return promote(options, &packs, &rules, &observed, (name, reason(why)?));
    }
    if options.format == Format::Json {
        return print(&json_text(&observed)?);
    }
    let mut table = Table::new(&[
        ("rule in shadow mode", Align::Left),
        ("would have masked", Align::Right),
        ("results", Align::Right),
        ("databases", Align::Left),
    ]);
    for rule in &observed {
        let databases: Vec<String> = rule
            .databases
            .iter()
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        table.row([
            rule.rule.clone(),
            rule.matches.to_string(),
            rule.results.to_string(),
            databases.join(", "),
        ]);
    }
    if table.is_empty() {
        return print("no rule in shadow mode matched\n");
    }
    print(&format!(
        "{}\nto promote one: `--promote RULE --reason TEXT`\n",
        table.text(width())
    ))
}

/// What the rules in shadow mode did in the events of some files.
fn observed(rules: &Ruleset, files: &[PathBuf]) -> Result<Vec<Observed>, String> {
    let mut observed: BTreeMap<String, Observed> = BTreeMap::new();
    for path in files {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| format!("{name}: {}", error.kind()))?;
        for (number, line) in (1..).zip(BufReader::new(file).lines()) {
            let line = line.map_err(|error| format!("{name}:{number}: {}", error.kind()))?;
            let Ok(event) = serde_json::from_str::<Event>(&line) else {
                return Err(format!("{name}:{number}: not a line of an event log"));
            };
            if event.event != "result_masked" {
                continue;
            }
            for counted in event
                .rules
                .iter()
                .filter(|counted| in_shadow(rules, &counted.rule).next().is_some())
            {
                let rule = observed.entry(counted.rule.clone()).or_default();
                rule.rule.clone_from(&counted.rule);
                rule.matches += counted.matches;
                rule.results += 1;
                *rule.databases.entry(event.database.clone()).or_default() += counted.matches;
            }
        }
    }
    Ok(observed.into_values().collect())
}

/// The rules of a name that only count.
fn in_shadow<'r>(rules: &'r Ruleset, name: &str) -> impl Iterator<Item = &'r RuleInfo> {
    let rules = rules.rules().iter();
    rules.filter(move |info| info.name == name && info.mode == Mode::Shadow)
}

/// A promotion.
#[derive(Serialize)]
struct Promotion<'a> {
    rule: &'a str,
    /// The file that changes, or the one to be written.
    file: &'a str,
    matches: u64,
    diff: &'a str,
}

fn promote(
    options: &ShadowOptions,
    packs: &[PackSource],
    rules: &Ruleset,
    observed: &[Observed],
    (name, reason): (&str, &str),
) -> Outcome {
    let mut entries = in_shadow(rules, name);
    let entry = entries
        .next()
        .ok_or_else(|| format!("no rule `{name}` is in shadow mode"))?;
    if let Some(other) = entries.find(|other| other.place.file != entry.place.file) {
        return Err(format!(
            "`{name}` is in shadow mode at {} and at {}: promote it by hand",
            entry.place, other.place
        ));
    }
    let day = crate::now().to_string();
    let matches = observed
        .iter()
        .find(|seen| seen.rule == name)
        .map_or(0, |seen| seen.matches);
    let comment = format!(
        "promoted on {}, after {matches} matches in shadow mode: {reason}",
        day.get(..10).unwrap_or_default()
    );
    if matches == 0 {
        writeln!(
            io::stderr(),
            "warning: `{name}` matched nothing in these events"
        )
        .map_err(|error| error.kind().to_string())?;
    }
    let file = entry.place.file.as_str();
    let old = packs
        .iter()
        .find(|pack| pack.name == file)
        .map(|pack| pack.text.as_str());
    let built_in = wiremask_rules::builtin(file).is_some();
    let (before, after) = match (old, built_in) {
        (Some(old), false) => {
            let lines = in_shadow(rules, name).map(|info| info.place.line);
            let new = enforce(old, lines, &comment);
            (
                old,
                new.ok_or_else(|| {
                    format!(
                        "the mode of `{name}` at {} has to be changed by hand",
                        entry.place
                    )
                })?,
            )
        }
        _ if entry.kind == RuleKind::Detector => {
            ("", overlay(&pinned(packs), name, (&comment, reason)))
        }
        _ => {
            return Err(format!(
                "`{name}` is part of the built-in pack {file}: lay an entry of your own over it"
            ));
        }
    };
    check(packs, name, (before, &after))?;
    let target = if before.is_empty() {
        "promoted.toml"
    } else {
        file
    };
    let diff = diff(target, before, &after);
    if let Some(path) = &options.out {
        fs::write(path, &after).map_err(|error| format!("{}: {}", path.display(), error.kind()))?;
    }
    match (options.format, &options.out) {
        (Format::Json, _) => print(&json_text(&Promotion {
            rule: name,
            file: target,
            matches,
            diff: &diff,
        })?),
        (Format::Text, Some(path)) => print(&format!(
            "{}: `{name}` is enforced; run `wiremask check` and reload\n",
            path.display()
        )),
        (Format::Text, None) => print(&diff),
    }
}

/// The changed packs compile, and the rule masks.
fn check(packs: &[PackSource], name: &str, (before, after): (&str, &str)) -> Result<(), String> {
    let mut packs = packs.to_vec();
    match packs
        .iter_mut()
        .find(|pack| !before.is_empty() && pack.text == before)
    {
        Some(pack) => after.clone_into(&mut pack.text),
        None => packs.push(PackSource {
            name: "promoted".to_owned(),
            text: after.to_owned(),
        }),
    }
    let rules = compile(&packs)?;
    let masks = |info: &RuleInfo| {
        let of_overlay = info
            .name
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('/'));
        info.mode == Mode::Enforce && (info.name == name || of_overlay)
    };
    match rules.rules().iter().any(masks) {
        true => Ok(()),
        false => Err(format!(
            "the change would not make `{name}` mask: promote it by hand"
        )),
    }
}
