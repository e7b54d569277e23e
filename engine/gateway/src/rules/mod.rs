//! `wiremask rules`: writing, tuning and proving rule packs.
//!
//! The logic is in `wiremask-tuning`; here files are opened, databases asked, progress shown and
//! reports written. No command prints a value unless `--reveal` asks for it.

mod change;
mod constraints;
mod eval;
mod label;
mod lint;
pub(crate) mod machine;
mod packs;
mod promote;
mod reveal;
mod scan;
mod shadow;
mod show;
mod source;
pub(crate) mod table;

use crate::commands::Outcome;
use clap::{Subcommand, ValueEnum};

/// What can be asked about rules.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Find mistakes in packs, and what is not good in them
    #[command(after_help = "\
Exit code 0 means that the packs can be used; with --strict, that there is no warning either.
With --source, masks are held against the primary, unique and foreign keys of a database.

Examples:
  wiremask rules lint --pack shop.toml
  wiremask rules lint --pack pii-core --pack shop.toml --format sarif > lint.sarif
  wiremask rules lint --pack shop.toml --source postgresql://reader@db.example/shop")]
    Lint(lint::LintOptions),
    /// Run the examples of every detector through every scanner
    #[command(after_help = "\
Examples:
  wiremask rules test
  wiremask rules test --pack shop.toml --format junit > rules.xml")]
    Test(lint::TestOptions),
    /// Print the rules of packs, or what holds for one column
    #[command(after_help = "\
Examples:
  wiremask rules show --pack shop.toml
  wiremask rules show --pack shop.toml --effective shop.public.customer.email")]
    Show(show::ShowOptions),
    /// Say why a value of a column is masked, and why it is not
    #[command(after_help = "\
The explanation names places in the value, never the value.

Examples:
  wiremask rules explain --column shop.public.payment.card_no '4111 1111 1111 1111'
  wiremask rules explain --column notes < note.txt")]
    Explain(show::ExplainOptions),
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
and strength (strong, format, named, weak, none); or a file of JSON lines with `text` and `spans`. Sources are
the files beside it unless others are named.

Examples:
  wiremask rules eval lab/labels.csv
  wiremask rules eval labels.csv export/ --overlay shop.toml --html eval.html
  wiremask rules eval vectors.jsonl --format json")]
    Eval(eval::Options),
    /// Ask about columns, by shapes, and write labels for `eval`
    #[command(after_help = "\
Examples:
  wiremask rules label postgresql://reader@db.example/shop --out labels.csv
  wiremask rules label export/ --out labels.csv")]
    Label(label::Options),
    /// Say what other packs would mask and no longer mask, column by column
    #[command(after_help = "\
Examples:
  wiremask rules diff shop.toml shop-new.toml export/
  wiremask rules diff pii-core,shop.toml pii-core,pci,shop.toml postgresql://reader@db.example/shop")]
    Diff(change::DiffOptions),
    /// Say what rules in shadow mode would have masked in production
    #[command(after_help = "\
Events tell rules, counts and databases. With --promote the change of the pack is printed as a diff.

Examples:
  wiremask rules shadow /var/log/wiremask/events.jsonl --pack shop.toml
  wiremask rules shadow events.jsonl --pack shop.toml --promote notes --reason 'a week without complaint' \\
      | patch -p0
  wiremask rules shadow events.jsonl --pack shop.toml --promote notes --reason 'as above' --out shop.toml")]
    Shadow(shadow::ShadowOptions),
    /// Undo reversible masks (`fpe`, `tokenize`, `ip-permute`) with the key, and write down who did it and why
    #[command(after_help = "\
Takes the rules and keys of the configuration. The event (who, when, which rule and key, how many values,
the reason; no value) is on the disk before anything is printed; where it cannot be written, nothing is.

FF1 has no check sum: a value that `fpe` did not make becomes another value of its form. Name the type of
the column as the table has it, and the key that was in force (`--key`) when the value was masked.

Examples:
  wiremask rules reveal -c wiremask.toml --column shop.public.payment.card_no --type text \\
      --reason 'chargeback 4711' '3686 4370 4014 6241'
  wiremask rules reveal --rule account --type text --key 2025 --reason 'audit Q3' \\
      --format json < tokens.txt")]
    Reveal(reveal::Options),
    /// Hold leaks, misses, over-masking and type breaks: they may only fall
    #[command(after_help = "\
Example, in continuous integration:
  wiremask rules eval labels.csv --format json > eval.json
  wiremask rules ratchet eval.json --counts ratchet.json --format junit > ratchet.xml")]
    Ratchet(change::RatchetOptions),
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
        Command::Lint(options) => lint::lint(options),
        Command::Test(options) => lint::test(options),
        Command::Show(options) => show::show(options),
        Command::Explain(options) => show::explain(options),
        Command::Label(options) => label::run(options),
        Command::Diff(options) => change::run(options),
        Command::Shadow(options) => shadow::shadow(options),
        Command::Reveal(options) => reveal::run(options),
        Command::Ratchet(options) => change::ratchet(options),
        Command::Scan(options) => scan::run(options),
        Command::Suggest(options) => scan::suggest(options),
        Command::Eval(options) => eval::run(options),
        Command::Lab(options) => eval::lab(options),
    }
}
