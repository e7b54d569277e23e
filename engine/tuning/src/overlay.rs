//! Decisions as an overlay: a pack that is laid over others, with a reason on each line.

use crate::decide::{Decision, Verdict};
use std::fmt::Write as _;

/// Writes the overlay of some decisions. `extends` names the packs that it lies over; the reasons hold
/// shapes and numbers, never values.
pub fn overlay(name: &str, extends: &[String], decisions: &[Decision]) -> String {
    let mut text = format!(
        "# Written by `wiremask rules suggest`. Read each reason, then keep, change or delete the entry.\n\n\
         [pack]\nname    = {}\nversion = \"1\"\n",
        quoted(name)
    );
    if !extends.is_empty() {
        let packs: Vec<String> = extends.iter().map(|pack| quoted(pack)).collect();
        let _ = writeln!(text, "extends = [{}]", packs.join(", "));
    }
    for decision in decisions {
        match decision.verdict {
            // The packs mask it by its name already.
            Verdict::Mask if !decision.masked_by.is_empty() => {}
            Verdict::Mask => entry(&mut text, decision, ""),
            // Detectors are not switched off for places inside documents.
            Verdict::Clear if path(decision).is_some() => {}
            Verdict::Clear => off(&mut text, decision),
            Verdict::Ask if !decision.masked_by.is_empty() => spare(&mut text, decision),
            Verdict::Ask => entry(&mut text, decision, "# "),
            Verdict::Scan => stub(&mut text, decision),
        }
    }
    text
}

/// A detector for identifiers that none knows, for a person to complete.
fn stub(text: &mut String, decision: &Decision) {
    let Some(grammar) = &decision.grammar else {
        return;
    };
    let entity: String = decision
        .column
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    let name = entity.to_ascii_lowercase().replace('_', "-");
    text.push('\n');
    let _ = writeln!(
        text,
        "# {} has {} distinct values of one form that no detector knows. If they name persons, remove the\n\
         # signs in front and choose a mask.",
        decision.column.replace(['\n', '\r'], " "),
        decision.distinct
    );
    let lines = [
        "[[detector]]".to_owned(),
        format!("name     = {}", quoted(&name)),
        format!("entity   = {}", quoted(&entity)),
        "class    = \"format\"".to_owned(),
        format!("match    = ['{}']", grammar.pattern),
        "boundary = \"word\"".to_owned(),
        "chance   = 0.9".to_owned(),
        "mask     = { operator = \"redact\" }".to_owned(),
        "[detector.context]".to_owned(),
        format!("columns  = [{}]", quoted(&decision.column)),
        "required = true".to_owned(),
        "[detector.examples]".to_owned(),
        format!(
            "mask = [{{ column = {}, value = {} }}]",
            quoted(&decision.column),
            quoted(&grammar.example)
        ),
        format!("pass = [{}]", quoted(&grammar.example)),
    ];
    for line in lines {
        let _ = writeln!(text, "# {line}");
    }
}

/// An entry that masks; behind `comment` one that a person has to switch on.
fn entry(text: &mut String, decision: &Decision, comment: &str) {
    text.push('\n');
    reasons(text, decision);
    if !comment.is_empty() {
        text.push_str(
            "# To be decided: remove the signs in front if these columns are to be masked.\n",
        );
    }
    let _ = writeln!(text, "{comment}[[dataset]]");
    let _ = writeln!(text, "{comment}select = {}", select(decision));
    let _ = writeln!(
        text,
        "{comment}set    = {{ entity = {}, mask = {} }}",
        quoted(&decision.entity),
        decision.mask
    );
}

/// A column that the packs mask although its name and values say otherwise, for a person to spare.
fn spare(text: &mut String, decision: &Decision) {
    text.push('\n');
    reasons(text, decision);
    text.push_str(
        "# To be decided: remove the signs in front if these columns need no protection.\n",
    );
    let _ = writeln!(text, "# [[dataset]]\n# select = {}", select(decision));
    let _ = writeln!(text, "# mode   = \"off\"\n# reason = \"...\"");
}

fn off(text: &mut String, decision: &Decision) {
    text.push('\n');
    reasons(text, decision);
    let reason = decision.reasons.first().map_or("", String::as_str);
    let detectors: Vec<String> = decision
        .found
        .iter()
        .map(|found| quoted(&found.rule))
        .collect();
    let _ = writeln!(text, "[[dataset]]");
    let _ = writeln!(text, "select = {}", select(decision));
    // Without detectors it is the rule for the whole column that is switched off.
    if !detectors.is_empty() {
        let _ = writeln!(
            text,
            "set    = {{ detectors = [{}] }}",
            detectors.join(", ")
        );
    }
    let _ = writeln!(text, "mode   = \"off\"");
    let _ = writeln!(text, "reason = {}", quoted(reason));
}

fn reasons(text: &mut String, decision: &Decision) {
    let _ = write!(text, "# {} distinct values", decision.distinct);
    if let Some(shape) = decision.shapes.first() {
        let _ = write!(text, " like {}", shape.replace(['\n', '\r'], " "));
    }
    let _ = writeln!(text, "; evidence {:+.1}", decision.score);
    for reason in &decision.reasons {
        let _ = writeln!(text, "# {reason}");
    }
}

/// The place inside a document, of a column that is one.
fn path(decision: &Decision) -> Option<&str> {
    let at = decision
        .column
        .find("$.")
        .or_else(|| decision.column.find("$["))?;
    Some(&decision.column[at..])
}

fn select(decision: &Decision) -> String {
    // `doc.$.a.b` is the place `$.a.b` of the column `doc`; a file of documents has no column around them.
    let column = match path(decision) {
        Some(path) => decision.column[..decision.column.len() - path.len()]
            .trim_end_matches('.')
            .to_owned(),
        None => decision.column.clone(),
    };
    let parts = [
        ("database", &decision.database),
        ("schema", &decision.schema),
        ("table", &decision.table),
        ("column", &column),
    ];
    let mut parts: Vec<String> = (parts.iter())
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key} = {}", quoted(value)))
        .collect();
    if let Some(path) = path(decision) {
        parts.push(format!("path = {}", quoted(path)));
    }
    format!("{{ {} }}", parts.join(", "))
}

/// A TOML string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
