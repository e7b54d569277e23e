//! `wiremask policy`: writing, testing and comparing policies.
//!
//! The logic is in `wiremask-policy`; here files are opened and reports written. SQL is read with the
//! catalog of a live PostgreSQL, for only that knows what names mean; without one, commands are given
//! written out.

mod diff;
mod explain;
mod lint;
mod show;
mod sources;
mod sql;
mod test;

use crate::commands::Outcome;
use clap::Subcommand;

/// What can be asked about policies.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run the examples beside policies: what must be allowed, denied or held
    #[command(after_help = "\
The examples of policies/shop.cedar are in policies/shop.examples.toml. Examples that are given as SQL
only need a --database whose catalog says what names mean; nothing is run there.

Examples:
  wiremask policy test
  wiremask policy test policies/shop.cedar --format junit > policy.xml
  wiremask policy test policies/shop.cedar --database postgresql://reader@db.example/shop")]
    Test(test::Options),
    /// Say what each policy makes of one command
    #[command(after_help = "\
Examples:
  wiremask policy explain --policy allow-all --policy read-only \\
      --database postgresql://reader@db.example/shop 'DELETE FROM customer'
  wiremask policy explain -c wiremask.toml --agent reporter --written command.json")]
    Explain(explain::Options),
    /// Find mistakes in policies, and policies that can never act
    #[command(after_help = "\
With a configuration, names of users, groups and connections that nobody has are found too.

Examples:
  wiremask policy lint --policy policies/shop.cedar
  wiremask policy lint -c wiremask.toml --strict --format sarif > lint.sarif")]
    Lint(lint::Options),
    /// Say what other policies would change, over recorded commands
    #[command(after_help = "\
Each line of RECORDED is a JSON object with `principal` and `command`, or `sql` if --database is given.

Examples:
  wiremask policy diff allow-all allow-all,read-only recorded.jsonl
  wiremask policy diff old.cedar new.cedar recorded.jsonl --format json")]
    Diff(diff::Options),
    /// List policies, or print a built-in file or the schema
    #[command(after_help = "\
Examples:
  wiremask policy show
  wiremask policy show --text sample-shop > policies/shop.cedar
  wiremask policy show --schema")]
    Show(show::Options),
}

/// Runs a command.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Test(options) => test::run(options),
        Command::Explain(options) => explain::run(options),
        Command::Lint(options) => lint::run(options),
        Command::Diff(options) => diff::run(options),
        Command::Show(options) => show::run(options),
    }
}
