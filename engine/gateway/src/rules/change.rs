//! `rules diff` and `rules ratchet`.

use super::Format;
use super::machine::{Case, json_text, junit};
use super::packs::{compile, source};
use super::scan::write_page;
use super::source::Sources;
use super::table::{Align, Table, percent, width};
use crate::commands::{Outcome, print};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use wiremask_tuning::diff::{Change, diff};
use wiremask_tuning::report::Page;

/// Arguments of `rules diff`.
#[derive(Clone, Debug, Args)]
pub struct DiffOptions {
    /// The packs as they are, separated by commas
    #[arg(value_name = "A")]
    old: String,
    /// The packs as they would be
    #[arg(value_name = "B")]
    new: String,
    #[command(flatten)]
    sources: Sources,
    /// Write a page, which needs nothing but a browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// How the report is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// `wiremask rules diff`
pub fn run(options: &DiffOptions) -> Outcome {
    let rules = |names: &str| {
        let packs: Result<Vec<_>, String> = names.split(',').map(source).collect();
        compile(&packs?)
    };
    let (old, new) = (rules(&options.old)?, rules(&options.new)?);
    let changes = diff(&old, &new, &options.sources.read()?);
    if let Some(path) = &options.html {
        let about = format!("From {} to {}.", options.old, options.new);
        let page = Page {
            title: "What changes",
            about: &about,
            changes: &changes,
            ..Page::default()
        };
        write_page(path, &page)?;
    }
    if options.format == Format::Json {
        return print(&json_text(&changes)?);
    }
    if changes.is_empty() {
        return print("nothing changes in this sample\n");
    }
    print(&text(&changes))
}

fn text(changes: &[Change]) -> String {
    let mut table = Table::new(&[
        ("column", Align::Left),
        ("newly masked", Align::Right),
        ("no longer masked", Align::Right),
        ("why", Align::Left),
    ]);
    for change in changes {
        let path = [&change.schema, &change.table, &change.column];
        let path: Vec<&str> = path
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect();
        table.row([
            path.join("."),
            percent(&change.newly),
            percent(&change.no_longer),
            change.reason.clone(),
        ]);
    }
    table.text(width())
}

/// Arguments of `rules ratchet`.
#[derive(Clone, Debug, Args)]
pub struct RatchetOptions {
    /// What `rules eval --format json` printed
    #[arg(value_name = "EVALUATION")]
    evaluation: PathBuf,
    /// The committed counts
    #[arg(long, value_name = "FILE", default_value = "ratchet.json")]
    counts: PathBuf,
    /// Write the counts where they fell, or where there are none yet; never higher ones
    #[arg(long)]
    update: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value_t = RatchetFormat::Text)]
    format: RatchetFormat,
}

/// How the result of a ratchet is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RatchetFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// JUnit
    Junit,
}

/// Counts that may only fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    leaks: u64,
    names_missed: u64,
    over_masked: u64,
    type_breaks: u64,
}

impl Counts {
    fn named(self) -> [(&'static str, u64); 4] {
        [
            ("leaks", self.leaks),
            ("names_missed", self.names_missed),
            ("over_masked", self.over_masked),
            ("type_breaks", self.type_breaks),
        ]
    }

    fn least(self, other: Counts) -> Counts {
        Counts {
            leaks: self.leaks.min(other.leaks),
            names_missed: self.names_missed.min(other.names_missed),
            over_masked: self.over_masked.min(other.over_masked),
            type_breaks: self.type_breaks.min(other.type_breaks),
        }
    }
}

/// What of an evaluation counts.
#[derive(Deserialize)]
struct Evaluated {
    evaluations: Vec<Variant>,
}

#[derive(Deserialize)]
struct Variant {
    variant: String,
    leaks: u64,
    named: Part,
    over_masked: Part,
    type_breaks: u64,
}

#[derive(Deserialize)]
struct Part {
    hits: u64,
    of: u64,
}

/// One count that is compared.
#[derive(Serialize)]
struct Compared {
    variant: String,
    count: &'static str,
    committed: Option<u64>,
    now: u64,
    risen: bool,
}

/// `wiremask rules ratchet`
pub fn ratchet(options: &RatchetOptions) -> Outcome {
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path);
        text.map_err(|error| format!("{}: {}", path.display(), error.kind()))
    };
    let evaluated: Evaluated = serde_json::from_str(&read(&options.evaluation)?).map_err(|_| {
        format!(
            "{}: not what `rules eval --format json` prints",
            options.evaluation.display()
        )
    })?;
    let committed: BTreeMap<String, Counts> = match options.counts.exists() {
        true => serde_json::from_str(&read(&options.counts)?)
            .map_err(|_| format!("{}: not the counts of a ratchet", options.counts.display()))?,
        false if options.update => BTreeMap::new(),
        false => {
            let path = options.counts.display();
            return Err(format!("{path}: not found; `--update` writes it"));
        }
    };
    let mut now: BTreeMap<String, Counts> = BTreeMap::new();
    for Variant {
        variant,
        leaks,
        named,
        over_masked,
        type_breaks,
    } in evaluated.evaluations
    {
        let counts = Counts {
            leaks,
            names_missed: named.of.saturating_sub(named.hits),
            over_masked: over_masked.hits,
            type_breaks,
        };
        now.insert(variant, counts);
    }
    let compared = compare(&committed, &now);
    let risen = compared.iter().filter(|count| count.risen).count();
    if options.update && risen == 0 {
        let mut kept = committed;
        for (variant, counts) in now {
            let least = kept
                .get(&variant)
                .map_or(counts, |known| known.least(counts));
            kept.insert(variant, least);
        }
        fs::write(&options.counts, json_text(&kept)?)
            .map_err(|error| format!("{}: {}", options.counts.display(), error.kind()))?;
    }
    report(options.format, &compared)?;
    Ok(if risen == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn compare(committed: &BTreeMap<String, Counts>, now: &BTreeMap<String, Counts>) -> Vec<Compared> {
    let mut compared = Vec::new();
    for (variant, counts) in now {
        let known = committed.get(variant).map(|counts| counts.named());
        for (at, (count, now)) in counts.named().into_iter().enumerate() {
            let committed = known.map(|known| known[at].1);
            compared.push(Compared {
                variant: variant.clone(),
                count,
                committed,
                now,
                risen: committed.is_some_and(|committed| now > committed),
            });
        }
    }
    // A variant that is no longer evaluated is no fall to zero.
    for (variant, counts) in committed
        .iter()
        .filter(|(variant, _)| !now.contains_key(*variant))
    {
        compared.push(Compared {
            variant: variant.clone(),
            count: "evaluated",
            committed: Some(counts.leaks),
            now: 0,
            risen: true,
        });
    }
    compared
}

fn report(format: RatchetFormat, compared: &[Compared]) -> Outcome {
    let told = |count: &Compared| match count.committed {
        _ if count.count == "evaluated" => "is no longer evaluated".to_owned(),
        Some(committed) => format!("{} rose from {committed} to {}", count.count, count.now),
        None => String::new(),
    };
    match format {
        RatchetFormat::Json => print(&json_text(&compared)?),
        RatchetFormat::Junit => {
            let cases: Vec<Case> = (compared.iter())
                .map(|count| Case {
                    class: count.variant.clone(),
                    name: count.count.to_owned(),
                    failure: count.risen.then(|| told(count)),
                    skipped: count.committed.is_none(),
                })
                .collect();
            print(&junit("wiremask rules ratchet", &cases))
        }
        RatchetFormat::Text => {
            let mut table = Table::new(&[
                ("", Align::Left),
                ("count", Align::Left),
                ("committed", Align::Right),
                ("now", Align::Right),
                ("", Align::Left),
            ]);
            for count in compared {
                table.row([
                    count.variant.clone(),
                    count.count.to_owned(),
                    count
                        .committed
                        .map_or("–".to_owned(), |committed| committed.to_string()),
                    count.now.to_string(),
                    if count.risen {
                        "risen".to_owned()
                    } else {
                        String::new()
                    },
                ]);
            }
            print(&table.text(width()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(leaks: u64, over_masked: u64) -> BTreeMap<String, Counts> {
        let counts = Counts {
            leaks,
            names_missed: 0,
            over_masked,
            type_breaks: 0,
        };
        BTreeMap::from([("packs".to_owned(), counts)])
    }

    #[test]
    fn counts_may_only_fall() {
        let risen = |committed: &BTreeMap<String, Counts>, now: &BTreeMap<String, Counts>| {
            compare(committed, now)
                .iter()
                .filter(|count| count.risen)
                .count()
        };
        assert_eq!(risen(&counts(3, 5), &counts(3, 4)), 0);
        assert_eq!(risen(&counts(3, 5), &counts(2, 6)), 1);
        assert_eq!(risen(&counts(0, 0), &BTreeMap::new()), 1);
        assert_eq!(risen(&BTreeMap::new(), &counts(9, 9)), 0);
    }
}
