//! `[[allow]]`: values that detectors find and that may pass.

use super::reason;
use crate::pack::diagnostics::At;
use crate::pack::table::Table;

/// `[[allow]]`.
#[derive(Debug)]
pub(crate) struct Allow {
    /// Detectors that the entry speaks about.
    pub(crate) detectors: Vec<At<String>>,
    pub(crate) values: Vec<At<String>>,
    pub(crate) suffixes: Vec<At<String>>,
    pub(crate) prefixes: Vec<At<String>>,
    /// `table`, `schema.table`, `database.schema.table` or `database.schema.table.column`; empty is
    /// everywhere.
    pub(crate) datasets: Vec<At<String>>,
    pub(crate) reason: String,
    /// `YYYY-MM-DD`, the last day on which the entry holds.
    pub(crate) expires: Option<At<String>>,
}

pub(crate) fn allow(table: Table<'_>) -> Option<Allow> {
    if !table.has("detector") {
        table.missing("detector", "add `detector = \"...\"`");
    }
    let detectors = table.strings("detector");
    let values = table.strings("values");
    let suffixes = table.strings("suffix");
    let prefixes = table.strings("prefix");
    let datasets = table.strings("datasets");
    if !table.has("reason") {
        table.missing("reason", "add `reason = \"...\"`");
    }
    let reason = reason(&table);
    let expires = table.date("expires");
    if values.is_empty() && suffixes.is_empty() && prefixes.is_empty() {
        table.missing(
            "values",
            "add `values`, `suffix` or `prefix`: what may pass",
        );
    }
    for part in suffixes.iter().chain(&prefixes).chain(&values) {
        if part.value.trim().is_empty() {
            table
                .errors()
                .add(&part.site, "an empty text would allow every value", None);
        }
    }
    for dataset in &datasets {
        let parts = dataset.value.split('.');
        if parts.clone().any(str::is_empty) || parts.count() > 4 {
            let help =
                "write `table`, `schema.table`, `database.schema.table`, or that and `.column`";
            table.errors().add(
                &dataset.site,
                format!("`{}` names no data set", dataset.value),
                Some(help.to_owned()),
            );
        }
    }
    if let Some(date) = &expires
        && date.value.len() != "2027-06-30".len()
    {
        table.errors().add(
            &date.site,
            "`expires` is not a day alone",
            Some("write `expires = 2027-06-30`, the last day on which the entry holds".to_owned()),
        );
    }
    table.finish();
    (!detectors.is_empty()).then_some(Allow {
        detectors,
        values,
        suffixes,
        prefixes,
        datasets,
        reason: reason.map_or_else(String::new, |reason| reason.value),
        expires,
    })
}
