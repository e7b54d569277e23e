//! Reports for machines: JSON, JUnit, SARIF.

use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A report as one JSON object.
///
/// # Errors
/// When it cannot be written.
pub fn json_text(report: &impl Serialize) -> Result<String, String> {
    let text = serde_json::to_string_pretty(report);
    text.map(|text| text + "\n")
        .map_err(|_| "the report cannot be written as JSON".to_owned())
}

/// One test of a suite.
pub struct Case {
    /// What it belongs to.
    pub class: String,
    /// Its name.
    pub name: String,
    /// What went wrong.
    pub failure: Option<String>,
    /// It was not run.
    pub skipped: bool,
}

/// A suite as JUnit writes it.
pub fn junit(suite: &str, cases: &[Case]) -> String {
    let failures = cases.iter().filter(|case| case.failure.is_some()).count();
    let skipped = cases.iter().filter(|case| case.skipped).count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  \
         <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{skipped}\">\n",
        escaped(suite),
        cases.len()
    );
    for case in cases {
        let _ = write!(
            text,
            "    <testcase classname=\"{}\" name=\"{}\"",
            escaped(&case.class),
            escaped(&case.name)
        );
        let _ = match (&case.failure, case.skipped) {
            (Some(failure), _) => writeln!(
                text,
                "><failure message=\"{}\"/></testcase>",
                escaped(failure)
            ),
            (None, true) => writeln!(text, "><skipped/></testcase>"),
            (None, false) => writeln!(text, "/>"),
        };
    }
    text + "  </testsuite>\n</testsuites>\n"
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// One finding in a file.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// `error`, `warning` or `note`.
    pub level: &'static str,
    /// A name for this kind of finding.
    pub check: &'static str,
    /// The file, or the name of a built-in pack.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

/// Findings as SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/>).
pub fn sarif(findings: &[Finding]) -> Value {
    let mut checks: Vec<&str> = findings.iter().map(|finding| finding.check).collect();
    checks.sort_unstable();
    checks.dedup();
    let results = findings.iter().map(|finding| {
        let message = match &finding.help {
            Some(help) => format!("{}; {help}", finding.message),
            None => finding.message.clone(),
        };
        json!({
            "ruleId": finding.check,
            "level": finding.level,
            "message": { "text": message },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": finding.file },
                "region": { "startLine": finding.line.max(1), "startColumn": finding.column.max(1) },
            }}],
        })
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "wiremask rules lint",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": checks.iter().map(|check| json!({ "id": check })).collect::<Vec<_>>(),
            }},
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn junit_counts_and_escapes() {
        let case = |failure: Option<&str>, skipped| Case {
            class: "pack \"a\"".to_owned(),
            name: "x<y".to_owned(),
            failure: failure.map(str::to_owned),
            skipped,
        };
        let text = junit(
            "rules",
            &[
                case(None, false),
                case(Some("a & b"), false),
                case(None, true),
            ],
        );
        assert!(
            text.contains("tests=\"3\" failures=\"1\" skipped=\"1\""),
            "{text}"
        );
        assert!(
            text.contains("x&lt;y")
                && text.contains("a &amp; b")
                && text.contains("pack &quot;a&quot;"),
            "{text}"
        );
    }

    #[test]
    fn sarif_has_a_place_for_each_finding() {
        let finding = Finding {
            level: "warning",
            check: "slow",
            file: "a.toml".to_owned(),
            line: 3,
            column: 0,
            message: "m".to_owned(),
            help: None,
        };
        let sarif = sarif(&[finding]);
        let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
        assert_eq!(
            (region["startLine"].as_u64(), region["startColumn"].as_u64()),
            (Some(3), Some(1))
        );
    }
}
