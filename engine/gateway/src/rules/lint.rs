//! `rules lint` and `rules test`.

use super::constraints;
use super::machine::{Case, Finding, json_text, junit, sarif};
use super::packs::{self, Packs};
use super::table::{Align, Table, width};
use crate::commands::{Outcome, print};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write as _};
use std::process::ExitCode;
use wiremask_rules::{
    Backend, Diagnostics, ExampleResult, ExampleWants, Mode, PackSource, RuleKind, Ruleset,
    Severity,
};
use wiremask_tuning::keys::check;

/// Arguments of `rules lint`.
#[derive(Clone, Debug, Args)]
pub struct LintOptions {
    #[command(flatten)]
    packs: Packs,
    /// Also hold the masks against the keys of a database: its URL, or what `rules scan --format json` printed
    #[arg(long, value_name = "URL|SCAN")]
    source: Option<String>,
    /// Fail on warnings as well
    #[arg(long)]
    strict: bool,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t = LintFormat::Text)]
    format: LintFormat,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LintFormat {
    /// For people: file, line, caret and remedy
    Text,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// Arguments of `rules test`.
#[derive(Clone, Debug, Args)]
pub struct TestOptions {
    #[command(flatten)]
    packs: Packs,
    /// How the results are written
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    format: TestFormat,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TestFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// JUnit
    Junit,
}

/// `wiremask rules lint`
pub fn lint(options: &LintOptions) -> Outcome {
    let sources = options.packs.sources()?;
    let (mut findings, mut shown) = (Vec::new(), String::new());
    match packs::try_compile(&sources, Backend::Auto, true) {
        Err(found) => add(&mut findings, &mut shown, &found),
        Ok(rules) => {
            add(&mut findings, &mut shown, rules.warnings());
            let mut more = quality(&rules);
            if let Some(source) = &options.source {
                more.extend(keys(&rules, source)?);
            }
            for finding in more {
                shown += &format!(
                    "{}: {}\n  --> {}:{}\n",
                    finding.level, finding.message, finding.file, finding.line
                );
                if let Some(help) = &finding.help {
                    shown += &format!("  help: {help}\n");
                }
                findings.push(finding);
            }
        }
    }
    let errors = findings
        .iter()
        .filter(|finding| finding.level == "error")
        .count();
    let warnings = findings.len() - errors;
    match options.format {
        LintFormat::Text => {
            // Findings are what the command is for, so they go where reports go.
            let summary = format!(
                "{errors} errors, {warnings} warnings in {}\n",
                options.packs.names().join(", ")
            );
            print(&format!("{shown}{summary}"))?;
        }
        LintFormat::Json => {
            print(&json_text(&findings)?)?;
        }
        LintFormat::Sarif => {
            print(&json_text(&sarif(&findings))?)?;
        }
    }
    let fails = errors > 0 || (options.strict && warnings > 0);
    Ok(if fails {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn add(findings: &mut Vec<Finding>, shown: &mut String, diagnostics: &Diagnostics) {
    if !diagnostics.is_empty() {
        *shown += &format!("{diagnostics}\n\n");
    }
    findings.extend(diagnostics.iter().map(|diagnostic| Finding {
        level: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        check: "pack",
        file: diagnostic.file.clone(),
        line: diagnostic.line,
        column: diagnostic.column,
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
    }));
}

/// Masks that break the keys of a database.
fn keys(rules: &Ruleset, source: &str) -> Result<Vec<Finding>, String> {
    let warnings = check(rules, &constraints::of(source)?, &[]);
    let findings = warnings.into_iter().map(|warning| {
        let place = &rules.rules()[warning.rule.index()].place;
        Finding {
            level: "warning",
            check: warning.check,
            file: place.file.clone(),
            line: place.line,
            column: 1,
            message: warning.message,
            help: Some(warning.help),
        }
    });
    Ok(findings.collect())
}

/// What compiles and is not good all the same: slow detectors, rules that can decide nothing, detectors that
/// say nothing about themselves.
fn quality(rules: &Ruleset) -> Vec<Finding> {
    let mut findings = Vec::new();
    let finding = |index: usize, check, message: String, help: Option<String>| {
        let place = &rules.rules()[index].place;
        Finding {
            level: "warning",
            check,
            file: place.file.clone(),
            line: place.line,
            column: 1,
            message,
            help,
        }
    };
    for (index, plan) in rules.scan_plan().iter().enumerate() {
        if let Some(warning) = &plan.warning {
            findings.push(finding(
                index,
                "slow",
                warning.message.clone(),
                Some(warning.help.clone()),
            ));
        }
    }
    let with_pass: HashSet<String> = (rules.run_examples().into_iter())
        .filter(|example| example.wants == ExampleWants::Pass)
        .map(|example| example.detector)
        .collect();
    let mut selections: HashMap<(&str, &str), usize> = HashMap::new();
    for (index, info) in rules.rules().iter().enumerate() {
        match info.kind {
            RuleKind::Detector if info.mode != Mode::Off && !with_pass.contains(&info.name) => {
                let message = format!("`{}` has no example that must pass", info.name);
                let help = "add `pass = [...]` to its examples: what looks like it and is not";
                findings.push(finding(
                    index,
                    "no-pass-example",
                    message,
                    Some(help.to_owned()),
                ));
            }
            RuleKind::Column => {
                // The later of two equal selections decides.
                if let Some(before) = selections.insert((&info.name, &info.pack), index) {
                    let message = format!(
                        "`{}` decides nothing: a later entry selects the same columns",
                        info.name
                    );
                    findings.push(finding(
                        before,
                        "unreachable",
                        message,
                        Some("delete one of them".to_owned()),
                    ));
                }
            }
            RuleKind::Detector | RuleKind::Variant => {}
        }
    }
    findings
}

/// The results of one scanner.
#[derive(Serialize)]
struct Run {
    scanner: String,
    passed: usize,
    failed: Vec<ExampleResult>,
    skipped: usize,
}

/// `wiremask rules test`
pub fn test(options: &TestOptions) -> Outcome {
    let sources = options.packs.sources()?;
    let (runs, cases) = run_all(&sources)?;
    let failed: usize = runs.iter().map(|run| run.failed.len()).sum();
    match options.format {
        TestFormat::Json => {
            print(&json_text(&runs)?)?;
        }
        TestFormat::Junit => {
            print(&junit("wiremask rules test", &cases))?;
        }
        TestFormat::Text => {
            let mut table = Table::new(&[
                ("scanner", Align::Left),
                ("passed", Align::Right),
                ("failed", Align::Right),
                ("off", Align::Right),
            ]);
            for run in &runs {
                let counts = [run.passed, run.failed.len(), run.skipped];
                table.row(
                    [run.scanner.clone()]
                        .into_iter()
                        .chain(counts.map(|count| count.to_string())),
                );
            }
            let mut text = table.text(width());
            for run in &runs {
                for example in &run.failed {
                    text += &format!("{}: {}: {}\n", example.place, run.scanner, told(example));
                }
            }
            print(&text)?;
        }
    }
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn told(example: &ExampleResult) -> String {
    match example.wants {
        ExampleWants::Mask => format!(
            "`{}` does not find an example that it must find",
            example.detector
        ),
        ExampleWants::Pass => format!("`{}` finds an example that must pass", example.detector),
    }
}

fn run_all(sources: &[PackSource]) -> Result<(Vec<Run>, Vec<Case>), String> {
    let (mut runs, mut cases) = (Vec::new(), Vec::new());
    for backend in [Backend::Auto, Backend::Hyperscan, Backend::Portable] {
        if let Err(missing) = backend.available() {
            // A backend that this machine lacks is told and left out, the others are run.
            let _ = writeln!(io::stderr(), "{missing}");
            continue;
        }
        let rules =
            packs::try_compile(sources, backend, false).map_err(|found| found.to_string())?;
        let scanner = rules.scanner();
        let results = rules.run_examples();
        let mut run = Run {
            scanner: scanner.clone(),
            passed: 0,
            failed: Vec::new(),
            skipped: 0,
        };
        for result in results {
            cases.push(Case {
                class: format!("{scanner}: {}", result.detector),
                name: format!("{} {:?}", result.place, result.wants).to_lowercase(),
                failure: (result.passed == Some(false)).then(|| told(&result)),
                skipped: result.passed.is_none(),
            });
            match result.passed {
                Some(true) => run.passed += 1,
                Some(false) => run.failed.push(result),
                None => run.skipped += 1,
            }
        }
        runs.push(run);
    }
    Ok((runs, cases))
}
