//! The commands that end at once: check, print, verifier, completions.

use crate::cli::{CheckArguments, Cli, Format};
use crate::config::check::{Resolving, Settings};
use crate::config::diagnostic::Diagnostics;
use crate::config::secret::{self, ReadError};
use crate::config::{self, Loaded};
use clap::CommandFactory as _;
use serde::Serialize;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use wiremask_datapath::event::HexHash;
use wiremask_datapath::policy::{Authentication, TlsMode};
use wiremask_protocols::postgres::auth::ScramVerifier;

/// What a command ends with; an error is told on standard error.
pub type Outcome = Result<ExitCode, String>;

/// Prints a text.
pub fn print(text: &str) -> Outcome {
    write_out(text.as_bytes())
}

fn write_out(bytes: &[u8]) -> Outcome {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        // The reader has seen enough, as in `| head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(format!("cannot write to standard output: {}", error.kind())),
    }
}

/// `wiremask completions`
pub fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut script = vec![];
    clap_complete::generate(shell, &mut Cli::command(), "wiremask", &mut script);
    write_out(&script)
}

/// `wiremask verifier`
pub fn verifier() -> Outcome {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(
            "the password would be seen on the screen: give it on standard input, as in\n  \
                    read -rs PASSWORD && printf %s \"$PASSWORD\" | wiremask verifier"
                .to_owned(),
        );
    }
    let password = secret::from_reader(stdin.lock()).map_err(|error| match error {
        ReadError::Io(error) => format!("cannot read standard input: {}", error.kind()),
        ReadError::Secret(error) => error.to_string(),
    })?;
    print(&format!("{}\n", ScramVerifier::from_password(&password)))
}

/// `wiremask check`
pub fn check(arguments: &CheckArguments) -> Outcome {
    let loaded = config::load(&arguments.config.path, 1, Resolving::Tried);
    let (found, summary) = match &loaded {
        Ok(Loaded { settings, warnings }) => (warnings, Some(Summary::of(settings))),
        Err(found) => (found, None),
    };
    match arguments.format {
        Format::Text => {
            tell(found, summary.as_ref())?;
        }
        Format::Json => {
            let report = Report {
                valid: summary.is_some(),
                diagnostics: found,
                summary: summary.as_ref(),
            };
            let json = serde_json::to_string_pretty(&report)
                .map_err(|_| "the findings cannot be written as JSON".to_owned())?;
            print(&format!("{json}\n"))?;
        }
    }
    Ok(if summary.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn tell(found: &Diagnostics, summary: Option<&Summary>) -> Outcome {
    if found.iter().next().is_some() {
        let text = found.render(io::stderr().is_terminal());
        writeln!(io::stderr(), "{text}\n").map_err(|error| error.kind().to_string())?;
    }
    match summary {
        Some(summary) => print(&summary.text()),
        None => {
            let errors = found.errors();
            let s = if errors == 1 { "" } else { "s" };
            Err(format!(
                "{errors} error{s}: the configuration cannot be used"
            ))
        }
    }
}

#[derive(Serialize)]
struct Report<'a> {
    valid: bool,
    diagnostics: &'a Diagnostics,
    summary: Option<&'a Summary>,
}

/// What a right configuration would do.
#[derive(Serialize)]
struct Summary {
    listen: String,
    tls: &'static str,
    admin: Option<String>,
    upstreams: Vec<UpstreamSummary>,
    users: Vec<UserSummary>,
    rules: usize,
    scanner: String,
    ruleset: HexHash,
}

#[derive(Serialize)]
struct UpstreamSummary {
    name: String,
    host: String,
    port: u16,
    tls: &'static str,
    resolved: bool,
}

#[derive(Serialize)]
struct UserSummary {
    name: String,
    authentication: &'static str,
    upstream: String,
}

impl Summary {
    fn of(settings: &Settings) -> Self {
        let policy = &settings.policy;
        Self {
            listen: settings.listen.to_string(),
            tls: match &settings.tls {
                None => "none",
                Some(tls) if tls.required => "required",
                Some(_) => "offered",
            },
            admin: settings.admin.map(|address| address.to_string()),
            upstreams: policy
                .upstreams
                .iter()
                .map(|upstream| UpstreamSummary {
                    name: upstream.name.clone(),
                    host: upstream.host.clone(),
                    port: upstream.port,
                    tls: match upstream.tls {
                        TlsMode::Disable => "disable",
                        TlsMode::Require => "require",
                        TlsMode::VerifyCa => "verify-ca",
                        TlsMode::VerifyFull => "verify-full",
                    },
                    resolved: !upstream.addresses.is_empty(),
                })
                .collect(),
            users: policy
                .users
                .iter()
                .map(|user| UserSummary {
                    name: user.name.clone(),
                    authentication: match user.authentication {
                        Authentication::Trust => "trust",
                        Authentication::Scram(_) => "scram-sha-256",
                    },
                    upstream: policy
                        .upstream_of(user)
                        .map(|upstream| upstream.name.clone())
                        .unwrap_or_default(),
                })
                .collect(),
            rules: policy.ruleset.rules().len(),
            scanner: policy.ruleset.scanner(),
            ruleset: HexHash(policy.ruleset.content_hash()),
        }
    }

    fn text(&self) -> String {
        let admin = self.admin.as_deref().unwrap_or("none");
        let mut text = format!(
            "the configuration can be used\n\n\
             listen    {}, tls {}\n\
             admin     {admin}\n",
            self.listen, self.tls
        );
        for upstream in &self.upstreams {
            let UpstreamSummary {
                name,
                host,
                port,
                tls,
                ..
            } = upstream;
            text += &format!("upstream  {name} at {host} port {port}, tls {tls}\n");
        }
        for user in &self.users {
            let UserSummary {
                name,
                authentication,
                upstream,
            } = user;
            text += &format!("user      {name} by {authentication} to {upstream}\n");
        }
        text += &format!("rules     {}, scanner {}\n", self.rules, self.scanner);
        text
    }
}
