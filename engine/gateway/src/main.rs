//! The binary `wiremask`: arguments, configuration, wiring.
//!
//! [`cli`] says what can be asked for, [`commands`] answers what ends at once, [`serve`] is the
//! running gateway.

mod bench;
mod cli;
mod commands;
mod config;
#[cfg(feature = "demo")]
mod demo;
mod logging;
mod policy;
mod rules;
mod sample;
mod serve;
mod tls;

use clap::Parser as _;
use cli::{Cli, Command, ConfigCommand};
use std::io::Write as _;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use wiremask_datapath::event::UnixMicros;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Check(arguments) => commands::check(&arguments),
        #[cfg(feature = "demo")]
        Command::Demo(arguments) => serve::demo(&arguments),
        Command::Config(ConfigCommand::Example) => commands::print(config::reference::EXAMPLE),
        Command::Config(ConfigCommand::Reference) => {
            commands::print(&config::reference::markdown())
        }
        Command::Bench(options) => bench::run(&options),
        Command::Rules(command) => rules::run(&command),
        Command::Policy(command) => policy::run(&command),
        Command::Verifier => commands::verifier(),
        Command::Completions { shell } => commands::completions(shell),
    };
    outcome.unwrap_or_else(|error| {
        // When standard error is gone, there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "{error}");
        ExitCode::FAILURE
    })
}

/// The time of events, and of packs whose allowances expire.
fn now() -> UnixMicros {
    // A clock before 1970 is as good as none.
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.unwrap_or_default().as_micros();
    UnixMicros(u64::try_from(micros).unwrap_or(u64::MAX))
}
