//! `rules show` and `rules explain`.

use super::Format;
use super::machine::json_text;
use super::packs::{Packs, compile};
use super::table::{Align, Table, width};
use crate::commands::{Outcome, print};
use clap::Args;
use serde::Serialize;
use std::io::{self, IsTerminal as _, Read as _};
use wiremask_rules::{ColumnName, RuleKind, Ruleset};

/// Arguments of `rules show`.
#[derive(Clone, Debug, Args)]
pub struct ShowOptions {
    /// What holds for one column, all packs taken together: [[[DATABASE.]SCHEMA.]TABLE.]COLUMN
    #[arg(long, value_name = "COLUMN")]
    effective: Option<String>,
    /// The type of the column
    #[arg(long = "type", value_name = "NAME", default_value = "text")]
    type_name: String,
    #[command(flatten)]
    packs: Packs,
    /// How the rules are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Arguments of `rules explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainOptions {
    /// The column that the value stands in: [[[DATABASE.]SCHEMA.]TABLE.]COLUMN
    #[arg(long, value_name = "COLUMN", default_value = "")]
    column: String,
    /// The type of the column
    #[arg(long = "type", value_name = "NAME", default_value = "text")]
    type_name: String,
    /// The value; without it, it is read from standard input, where no history of a shell keeps it
    #[arg(value_name = "VALUE")]
    value: Option<String>,
    #[command(flatten)]
    packs: Packs,
    /// How the explanation is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The longest value that is explained, in bytes.
const VALUE_SIZE_MAX: u64 = 1 << 20;

/// `[[[database.]schema.]table.]column`
pub fn column_name<'a>(path: &'a str, type_name: &'a str) -> ColumnName<'a> {
    let mut parts = path.rsplitn(4, '.');
    let mut part = || parts.next().unwrap_or_default();
    ColumnName {
        column: part(),
        table: part(),
        schema: part(),
        database: part(),
        type_name,
        ..ColumnName::default()
    }
}

/// One rule of a list.
#[derive(Serialize)]
struct Line<'r> {
    rule: &'r str,
    kind: RuleKind,
    entity: &'r str,
    mode: String,
    mask: &'r str,
    chance: f64,
    pack: &'r str,
    place: String,
}

/// `wiremask rules show`
pub fn show(options: &ShowOptions) -> Outcome {
    let rules = compile(&options.packs.sources()?)?;
    if let Some(path) = &options.effective {
        let effective = rules.effective(&column_name(path, &options.type_name));
        return match options.format {
            Format::Json => print(&json_text(&effective)?),
            Format::Text => print(&format!("{effective}\n")),
        };
    }
    let lines = lines(&rules);
    if options.format == Format::Json {
        return print(&json_text(&lines)?);
    }
    let mut table = Table::new(&[
        ("rule", Align::Left),
        ("entity", Align::Left),
        ("mode", Align::Left),
        ("chance", Align::Right),
        ("where", Align::Left),
        ("mask", Align::Left),
    ]);
    for line in &lines {
        table.row([
            line.rule.to_owned(),
            line.entity.to_owned(),
            line.mode.clone(),
            format!("{:.2} %", 100.0 * line.chance),
            line.place.clone(),
            line.mask.to_owned(),
        ]);
    }
    let hash: String = rules
        .content_hash()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    print(&format!(
        "{}\n{} rules, content {hash}\n",
        table.text(width()),
        lines.len()
    ))
}

fn lines(rules: &Ruleset) -> Vec<Line<'_>> {
    let rules = rules.rules().iter();
    let lines = rules.map(|info| Line {
        rule: &info.name,
        kind: info.kind,
        entity: &info.entity,
        mode: info.mode.to_string(),
        mask: &info.mask,
        chance: info.chance,
        pack: &info.pack,
        place: info.place.to_string(),
    });
    lines.collect()
}

/// `wiremask rules explain`
pub fn explain(options: &ExplainOptions) -> Outcome {
    let value = match &options.value {
        Some(value) => value.clone().into_bytes(),
        None => read()?,
    };
    let rules = compile(&options.packs.sources()?)?;
    let explanation = rules.explain(&value, &column_name(&options.column, &options.type_name));
    match options.format {
        Format::Json => print(&json_text(&explanation)?),
        Format::Text => print(&format!("{explanation}\n")),
    }
}

fn read() -> Result<Vec<u8>, String> {
    if io::stdin().is_terminal() {
        return Err("give the value as an argument or on standard input".to_owned());
    }
    let mut value = Vec::new();
    let read = io::stdin()
        .lock()
        .take(VALUE_SIZE_MAX + 1)
        .read_to_end(&mut value);
    read.map_err(|error| format!("standard input: {}", error.kind()))?;
    if value.len() as u64 > VALUE_SIZE_MAX {
        return Err(format!("a value of more than {VALUE_SIZE_MAX} bytes"));
    }
    if value.last() == Some(&b'\n') {
        value.pop();
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_from_the_right() {
        let name = column_name("shop.public.customer.email", "text");
        assert_eq!(
            (name.database, name.schema, name.table, name.column),
            ("shop", "public", "customer", "email")
        );
        let name = column_name("email", "text");
        assert_eq!((name.table, name.column), ("", "email"));
    }
}
