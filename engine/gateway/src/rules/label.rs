//! `rules label`: y, n or skip for each column, by shapes.

use super::packs::{Packs, compile};
use super::scan::{Deciding, decided, path};
use super::source::Sources;
use crate::commands::{Outcome, print};
use clap::Args;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use wiremask_tuning::labels::{Label, Labels, Strength, write_labels};
use wiremask_tuning::{Decision, Verdict};

/// Arguments of `rules label`.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    packs: Packs,
    #[command(flatten)]
    deciding: Deciding,
    /// Where the labels are written; columns that it has already are not asked about again
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Show three values of each column as they are instead of their shapes
    #[arg(long)]
    reveal: bool,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    /// It is what it was taken for, or what was written.
    Yes(String),
    No,
    Skip,
    Quit,
}

/// `wiremask rules label`
pub fn run(options: &Options) -> Outcome {
    let mut labels: Vec<Label> = match File::open(&options.out) {
        Ok(file) => {
            let known = Labels::read(BufReader::new(file));
            let known = known.map_err(|error| format!("{}: {error}", options.out.display()))?;
            known.iter().cloned().collect()
        }
        Err(_) => Vec::new(),
    };
    let rules = compile(&options.packs.sources()?)?;
    let tables = options.sources.read()?;
    let mut decisions = decided(&rules, &tables, &options.deciding);
    if options.reveal {
        let columns = tables.iter().flat_map(|table| &table.columns);
        for (decision, column) in decisions.iter_mut().zip(columns) {
            let values = column.values().take(3);
            decision.shapes = values
                .map(|(value, _)| String::from_utf8_lossy(value).chars().take(60).collect())
                .collect();
        }
    }
    let known = |decision: &&Decision, labels: &[Label]| {
        labels
            .iter()
            .any(|label| label.table == decision.table && label.column == decision.column)
    };
    let mut asked: Vec<&Decision> = decisions
        .iter()
        .filter(|decision| !known(decision, &labels))
        .collect();
    // What is doubtful first: there an answer is worth the most.
    asked.sort_by_key(|decision| match decision.verdict {
        Verdict::Ask => 0,
        Verdict::Mask => 1,
        Verdict::Clear => 2,
        Verdict::Scan => 3,
    });
    let total = asked.len();
    for (number, decision) in (1..).zip(asked) {
        match ask(decision, number, total)? {
            Answer::Quit => break,
            Answer::Skip => {}
            Answer::No => labels.push(label(decision, String::new())),
            Answer::Yes(entity) => labels.push(label(decision, entity)),
        }
    }
    fs::write(&options.out, write_labels(&labels))
        .map_err(|error| format!("{}: {}", options.out.display(), error.kind()))?;
    print(&format!(
        "{}: {} labels\n",
        options.out.display(),
        labels.len()
    ))
}

fn label(decision: &Decision, entity: String) -> Label {
    let text = format!(
        "table,column,entity\nt,c,{}\n",
        entity.replace([',', '"', '\n'], "")
    );
    // The same reading that eval does weighs the entity.
    let strength = Labels::read(text.as_bytes())
        .ok()
        .and_then(|labels| labels.iter().next().map(|label| label.strength));
    Label {
        table: decision.table.clone(),
        column: decision.column.clone(),
        type_name: decision.type_name.clone(),
        strength: strength.unwrap_or(Strength::Strong),
        entity,
    }
}

fn ask(decision: &Decision, number: usize, total: usize) -> Result<Answer, String> {
    let entity = if decision.entity.is_empty() {
        "sensitive"
    } else {
        &decision.entity
    };
    let told = |error: io::Error| format!("cannot ask: {}", error.kind());
    let mut out = io::stderr().lock();
    let place = format!(
        "{number}/{total} {} ({}, {} distinct)",
        path(decision),
        decision.type_name,
        decision.distinct
    );
    writeln!(out, "\n{place}\n  {}", decision.shapes.join("  ")).map_err(told)?;
    if let Some(reason) = decision.reasons.first() {
        writeln!(out, "  {reason}").map_err(told)?;
    }
    loop {
        write!(
            out,
            "  {entity}? [y]es, [n]o, [s]kip, [q]uit, or another entity: "
        )
        .map_err(told)?;
        out.flush().map_err(told)?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line).map_err(told)? == 0 {
            return Ok(Answer::Quit);
        }
        if let Some(answer) = answer(line.trim(), entity) {
            return Ok(answer);
        }
    }
}

fn answer(line: &str, entity: &str) -> Option<Answer> {
    let known = match entity {
        "sensitive" => "SENSITIVE",
        entity => entity,
    };
    match line {
        "y" | "yes" => Some(Answer::Yes(known.to_owned())),
        "n" | "no" => Some(Answer::No),
        "s" | "skip" | "" => Some(Answer::Skip),
        "q" | "quit" => Some(Answer::Quit),
        other
            if other.len() > 2 && other.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') =>
        {
            Some(Answer::Yes(other.to_ascii_uppercase()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_letters_words_or_entities() {
        for (line, want) in [
            ("y", Some(Answer::Yes("EMAIL".to_owned()))),
            ("no", Some(Answer::No)),
            ("", Some(Answer::Skip)),
            ("q", Some(Answer::Quit)),
            ("iban_code", Some(Answer::Yes("IBAN_CODE".to_owned()))),
            ("z", None),
        ] {
            assert_eq!(answer(line, "EMAIL"), want, "{line}");
        }
    }
}
