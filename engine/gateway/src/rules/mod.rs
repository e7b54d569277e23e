//! `wiremask rules`: writing, tuning and proving rule packs.
//!
//! The logic is in `wiremask-tuning`; here files are opened, databases asked, progress shown and
//! reports written. No command prints a value unless `--reveal` asks for it.

mod eval;
mod packs;
mod scan;
mod source;
mod table;

use crate::commands::Outcome;
use clap::{Subcommand, ValueEnum};

/// What can be asked about rules.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Look at samples of a database or of files and say which columns are sensitive
    #[command(after_help = "\
A SOURCE is a URL of PostgreSQL, a .csv, .tsv, .jsonl or .parquet file, or a folder of such files.
Values are looked at in memory; reports hold counts and shapes (`dddd-dd`).

Examples:
  wiremask rules scan postgresql://reader@db.example/shop
  wiremask rules scan export/ --html scan.html
  wiremask rules scan users.parquet --format json | jq '.columns[] | select(.verdict == \"mask\")'")]
    Scan(scan::Options),
    /// Write an overlay for a database or files, with a reason on each line
    #[command(after_help = "\
The overlay masks what is surely sensitive, switches detectors off where they hit by chance, and holds
what a person must decide as comments.

Examples:
  wiremask rules suggest postgresql://reader@db.example/shop --out shop.toml
  wiremask rules suggest export/ --name shop | less")]
    Suggest(scan::SuggestOptions),
    /// Measure rules on labelled columns: leaks, over-masking and type breaks
    #[command(after_help = "\
LABELS is a CSV file with the columns table, column and entity (empty: not sensitive), and perhaps type
and strength (strong, named, weak, none); or a file of JSON lines with `text` and `spans`. Sources are
the files beside it unless others are named.

Examples:
  wiremask rules eval lab/labels.csv
  wiremask rules eval labels.csv export/ --overlay shop.toml --html eval.html
  wiremask rules eval vectors.jsonl --format json")]
    Eval(eval::Options),
    /// Generate a labelled database of invented data to evaluate rules on
    #[command(after_help = "\
Examples:
  wiremask rules lab --out lab && wiremask rules eval lab/labels.csv
  wiremask rules lab --seed 7 --held-out --out kept-back")]
    Lab(eval::LabOptions),
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people
    Text,
    /// One JSON object
    Json,
}

/// Runs a command.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Scan(options) => scan::run(options),
        Command::Suggest(options) => scan::suggest(options),
        Command::Eval(options) => eval::run(options),
        Command::Lab(options) => eval::lab(options),
    }
}
