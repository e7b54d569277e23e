//! The sections of a pack: detector, allow, dataset.
//!
//! Each reader takes a table, reports what is wrong with it and answers nothing when a part
//! without which it makes no sense is missing.

mod allow;
mod dataset;
mod detector;

pub(crate) use allow::{Allow, allow};
pub(crate) use dataset::{Dataset, Select, dataset};
pub use detector::Class;
pub(crate) use detector::{Boundary, Detector, Example, detector};

use super::diagnostics::{At, Errors, suggest};
use super::table::{Plain, Table};
use crate::info::Mode;
use std::fmt;

/// `mask = { operator = "...", ... }`.
#[derive(Clone, Debug)]
pub(crate) struct Mask {
    pub(crate) operator: At<String>,
    pub(crate) options: Vec<(At<String>, At<Plain>)>,
}

/// As a pack says it.
impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{ operator = {:?}", self.operator.value)?;
        for (key, value) in &self.options {
            match &value.value {
                Plain::String(text) => write!(f, ", {} = {text:?}", key.value)?,
                Plain::Integer(number) => write!(f, ", {} = {number}", key.value)?,
                Plain::Float(number) => write!(f, ", {} = {number}", key.value)?,
                Plain::Bool(flag) => write!(f, ", {} = {flag}", key.value)?,
                Plain::Datetime(date) => write!(f, ", {} = {date}", key.value)?,
            }
        }
        f.write_str(" }")
    }
}

fn mask(table: &Table<'_>) -> Option<Mask> {
    if !table.has("mask") {
        return None;
    }
    let mask = table.table("mask")?;
    let operator = mask.required_string("operator")?;
    let options = mask
        .plains()
        .into_iter()
        .filter(|(key, _)| key.value != "operator")
        .collect();
    Some(Mask { operator, options })
}

/// A number between 0 and 1.
fn share(table: &Table<'_>, key: &'static str, help: &str) -> Option<At<f64>> {
    let share = table.number(key)?;
    if !(0.0..=1.0).contains(&share.value) {
        table.errors().add(
            &share.site,
            format!("{key} of {} is not between 0 and 1", share.value),
            Some(help.to_owned()),
        );
    }
    Some(share)
}

fn threshold(table: &Table<'_>) -> Option<At<f64>> {
    share(
        table,
        "threshold",
        "write the evidence that a match has to reach: 0 for none, 1 for the column's name",
    )
}

/// A reason that says something, if one is given.
fn reason(table: &Table<'_>) -> Option<At<String>> {
    let reason = table.string("reason")?;
    if reason.value.trim().is_empty() {
        let help = "say why, for whoever reads this in a year";
        table
            .errors()
            .add(&reason.site, "reason is empty", Some(help.to_owned()));
    }
    Some(reason)
}

const MODES: [(&str, Mode); 3] = [
    ("enforce", Mode::Enforce),
    ("shadow", Mode::Shadow),
    ("off", Mode::Off),
];

fn word<T: Copy>(table: &Table<'_>, key: &'static str, words: &[(&str, T)]) -> Option<T> {
    let given = table.string(key)?;
    if let Some((_, value)) = words.iter().find(|(name, _)| *name == given.value) {
        return Some(*value);
    }
    let known: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
    unknown(table.errors(), &given, key, &known);
    None
}

/// Reports that `given` is not one of `known`.
pub(crate) fn unknown(errors: &Errors, given: &At<String>, what: &str, known: &[&str]) {
    errors.add(
        &given.site,
        format!("unknown {what} `{}`", given.value),
        Some(suggest(&given.value, known)),
    );
}
