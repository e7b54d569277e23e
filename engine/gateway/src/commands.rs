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
            if let Some(summary) = summary.as_ref().filter(|_| arguments.rules) {
                print(&summary.detectors_text())?;
            }
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
    detectors: Vec<DetectorSummary>,
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

/// How a detector is scanned for; the numbers are explained at
/// [`DetectorPlan`](wiremask_rules::DetectorPlan).
#[derive(Serialize)]
struct DetectorSummary {
    name: String,
    route: &'static str,
    windows: usize,
    buckets: usize,
    candidates_per_mib: u64,
    starts_per_mib: u64,
    cost_ns_per_kib: u64,
    slow: bool,
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
            detectors: (policy.ruleset.scan_plan().iter())
                .map(|plan| DetectorSummary {
                    name: plan.detector.clone(),
                    route: plan.route.as_str(),
                    windows: plan.windows,
                    buckets: plan.buckets,
                    candidates_per_mib: plan.candidates_per_mib,
                    starts_per_mib: plan.starts_per_mib,
                    cost_ns_per_kib: plan.cost_ns_per_kib,
                    slow: plan.warning.is_some(),
                })
                .collect(),
        }
    }

    /// The table of detectors.
    fn detectors_text(&self) -> String {
        let names = self
            .detectors
            .iter()
            .map(|detector| detector.name.chars().count());
        let width = names.max().unwrap_or_default().max("detector".len());
        let mut text = format!(
            "\n{:width$}  {:9}  {:>7}  {:>14}  {:>10}  {:>9}\n",
            "detector", "route", "windows", "candidates/MiB", "starts/MiB", "ns/KiB"
        );
        for detector in &self.detectors {
            let DetectorSummary {
                name,
                route,
                windows,
                candidates_per_mib,
                starts_per_mib,
                cost_ns_per_kib,
                slow,
                ..
            } = detector;
            let slow = if *slow { "  slow" } else { "" };
            text += &format!(
                "{name:width$}  {route:9}  {windows:7}  {candidates_per_mib:14}  \
                 {starts_per_mib:10}  {cost_ns_per_kib:9}{slow}\n"
            );
        }
        text + "\nCounts are those of a built-in sample of ordinary values, times 128; 0 is fewer than about 128.\n\
                The cost is nominal: 10 ns for a candidate, 40 for a start, 1 for each byte read from there.\n"
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
