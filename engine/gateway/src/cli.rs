//! What `wiremask` can be asked for. The help texts are meant to teach: each ends with examples.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::num::NonZeroU16;
use std::path::PathBuf;

/// A masking front proxy for PostgreSQL
#[derive(Debug, Parser)]
#[command(
    name = "wiremask",
    version,
    max_term_width = 100,
    after_help = "\
Start here:
  wiremask config example > wiremask.toml     a commented configuration
  wiremask check -c wiremask.toml             finds mistakes in it, and in rule packs
  wiremask serve -c wiremask.toml             serves until SIGTERM
  psql 'host=127.0.0.1 port=6432 user=agent'  any PostgreSQL client connects as usual"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve clients in front of the configured upstreams
    #[command(after_help = "\
Signals:
  SIGHUP            reads the configuration again; one with a mistake changes nothing and is logged.
                    Opens the event log's file again.
  SIGTERM, SIGINT   takes no new session and ends each one after its running command; after
                    `limits.drain_timeout_ms` the rest is cut. A second one ends at once.

Examples:
  wiremask serve -c /etc/wiremask/wiremask.toml
  wiremask serve --shards 2
  kill -HUP $(pidof wiremask)")]
    Serve(ServeArguments),
    /// Check a configuration and its rule packs without serving
    #[command(after_help = "\
Exit code 0 means that `serve` would take it; warnings do not change that. Secrets and certificates
that it names are read too, so run it where `serve` will run.

Examples:
  wiremask check -c wiremask.toml
  wiremask check -c wiremask.toml --format json | jq '.diagnostics[] | .message'")]
    Check(CheckArguments),
    /// Show the gateway at work on a real PostgreSQL with sample data, without any set-up
    #[cfg(feature = "demo")]
    Demo(crate::demo::Options),
    /// Measure on this machine what the gateway costs
    #[command(after_help = "\
Everything runs on the loopback interface and is invented: a server, a byte relay on the same
runtime, gateways without rules and with the starter pack, and a client. No configuration is read.
Compare numbers of one run only.

Examples:
  wiremask bench
  wiremask bench --format binary --density 0,5 --rounds 3
  wiremask bench --seconds 5 --json > bench.json")]
    Bench(crate::bench::Options),
    /// Write, tune and prove rule packs
    #[command(subcommand)]
    Rules(crate::rules::Command),
    /// Write, test and compare policies: who may do what
    #[command(subcommand)]
    Policy(crate::policy::Command),
    /// Print an example configuration, or the reference of all keys
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Make a SCRAM verifier from a password on standard input
    #[command(after_help = "\
A verifier proves a password but cannot be used as one, so it may stand in the configuration:

  [[user]]
  name = \"agent\"
  password = { scram = \"SCRAM-SHA-256$4096:...\" }

Examples:
  wiremask verifier < password-file
  read -rs PASSWORD && printf %s \"$PASSWORD\" | wiremask verifier")]
    Verifier,
    /// Print the completions for a shell
    #[command(after_help = "\
Examples:
  wiremask completions bash > /etc/bash_completion.d/wiremask
  wiremask completions fish > ~/.config/fish/completions/wiremask.fish
  wiremask completions zsh > \"${fpath[1]}/_wiremask\"")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Where the configuration is.
#[derive(Clone, Debug, Args)]
pub struct ConfigFile {
    /// The configuration file
    #[arg(
        short = 'c',
        long = "config",
        value_name = "FILE",
        env = "WIREMASK_CONFIG",
        default_value = "wiremask.toml"
    )]
    pub path: PathBuf,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// The configuration file.
    #[command(flatten)]
    pub config: ConfigFile,
    /// Threads that carry sessions [default: `shards.count`, or one for each core]
    #[arg(long, value_name = "NUMBER")]
    pub shards: Option<NonZeroU16>,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The configuration file.
    #[command(flatten)]
    pub config: ConfigFile,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Also list how each detector is scanned for, and what that costs in ordinary data
    ///
    /// One line for each: what finds it, its class windows, how many candidates and starts 1 MiB of
    /// ordinary data has, and their nominal cost. JSON always has them.
    #[arg(long)]
    pub rules: bool,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: file, line, caret and remedy
    Text,
    /// One JSON object
    Json,
}

/// What to print about the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// A commented file to start from
    Example,
    /// Every key with its type, default and meaning, as Markdown
    Reference,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_argument_is_explained() {
        for command in Cli::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                let name = format!("{} {}", command.get_name(), argument.get_id());
                assert!(argument.get_help().is_some(), "{name}");
            }
        }
    }

    #[test]
    fn serve_needs_no_argument_and_at_least_one_shard() {
        let parsed = Cli::try_parse_from(["wiremask", "serve"]);
        assert!(matches!(
            parsed.map(|cli| cli.command),
            Ok(Command::Serve(ServeArguments { shards: None, .. }))
        ));
        assert!(Cli::try_parse_from(["wiremask", "serve", "--shards", "0"]).is_err());
        assert!(Cli::try_parse_from(["wiremask"]).is_err());
    }
}
