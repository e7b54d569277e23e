//! The sections of a pack: detector, allow, dataset.
//!
//! Each reader takes a table, reports what is wrong with it and answers nothing when a part
//! without which it makes no sense is missing.

use super::diagnostics::{At, Errors, Site, suggest};
use super::table::{Plain, Table};
use crate::ruleset::Mode;

/// `[[detector]]`: finds one kind of value.
#[derive(Debug)]
pub(crate) struct Detector {
    pub(crate) name: At<String>,
    pub(crate) entity: String,
    pub(crate) class: Class,
    pub(crate) patterns: Vec<At<String>>,
    pub(crate) boundary: Boundary,
    pub(crate) validators: Vec<At<String>>,
    /// Share of random values of this shape that pass, 0 to 1.
    pub(crate) chance: f64,
    pub(crate) priority: i64,
    pub(crate) mask: Mask,
    pub(crate) mode: Mode,
    pub(crate) context: Context,
    pub(crate) examples_mask: Vec<Example>,
    pub(crate) examples_pass: Vec<Example>,
}

/// How a value is decidable; orders detectors that overlap unless `priority` says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Distinctive,
    Checksum,
    Format,
    Semantic,
}

impl Class {
    fn priority(self) -> i64 {
        match self {
            Class::Distinctive => 400,
            Class::Checksum => 300,
            Class::Format => 200,
            Class::Semantic => 100,
        }
    }
}

/// What may not touch a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Boundary {
    None,
    /// No digit next to a digit at the edge of the match.
    Digit,
    /// No letter, digit or underscore next to one at the edge of the match.
    Word,
    /// Nothing but ASCII white space around the match in its field.
    WholeField,
}

/// `[detector.context]`.
#[derive(Debug, Default)]
pub(crate) struct Context {
    pub(crate) columns: Vec<At<String>>,
    pub(crate) not_columns: Vec<At<String>>,
    pub(crate) types: Vec<At<String>>,
    pub(crate) words: Vec<At<String>>,
    /// Bytes before the match that are searched for a word.
    pub(crate) words_before: usize,
    /// Bytes after the match that are searched for a word.
    pub(crate) words_after: usize,
    pub(crate) required: bool,
}

/// One value of `[detector.examples]`.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) value: At<String>,
    pub(crate) column: Option<String>,
}

/// `mask = { operator = "...", ... }`.
#[derive(Clone, Debug)]
pub(crate) struct Mask {
    pub(crate) operator: At<String>,
    pub(crate) options: Vec<(At<String>, At<Plain>)>,
}

/// `[[allow]]`: values that a detector finds and that may pass.
#[derive(Debug)]
pub(crate) struct Allow {
    pub(crate) detector: At<String>,
    pub(crate) values: Vec<At<String>>,
    pub(crate) suffixes: Vec<At<String>>,
    pub(crate) prefixes: Vec<At<String>>,
    /// `database.schema.table`, parts from the right; empty is everywhere.
    pub(crate) datasets: Vec<At<String>>,
    /// `YYYY-MM-DD`, the last day on which the entry holds.
    pub(crate) expires: Option<At<String>>,
}

/// `[[dataset]]`: a rule for columns by their names.
#[derive(Debug)]
pub(crate) struct Dataset {
    pub(crate) site: Site,
    pub(crate) name: Option<String>,
    pub(crate) select: Select,
    pub(crate) entity: Option<String>,
    pub(crate) mask: Option<Mask>,
    pub(crate) mode: Mode,
}

/// `select = { ... }`: every part that is given must match; `*` stands for any characters.
#[derive(Debug, Default)]
pub(crate) struct Select {
    pub(crate) database: Vec<At<String>>,
    pub(crate) schema: Vec<At<String>>,
    pub(crate) table: Vec<At<String>>,
    pub(crate) column: Vec<At<String>>,
    pub(crate) types: Vec<At<String>>,
}

/// Bytes of context before and after a match at most.
pub(crate) const WORDS_REACH_MAX: usize = 256;

pub(crate) fn detector(table: Table<'_>) -> Option<Detector> {
    let name = table.required_string("name");
    let entity = table.required_string("entity");
    if !table.has("class") {
        table.missing(
            "class",
            "add `class = \"distinctive\"`, \"checksum\", \"format\" or \"semantic\"",
        );
    }
    let class = word(&table, "class", &CLASSES);
    if !table.has("match") {
        table.missing("match", "add `match = ['...']`");
    }
    let patterns = table.strings("match");
    let boundary = word(&table, "boundary", &BOUNDARIES).unwrap_or(Boundary::None);
    let validators = table.strings("validate");
    let chance = table.number("chance");
    if let Some(chance) = &chance
        && !(0.0..=1.0).contains(&chance.value)
    {
        table.errors().add(
            &chance.site,
            format!("chance of {} is not between 0 and 1", chance.value),
            Some("write the share of random values of this shape that pass".to_owned()),
        );
    }
    let priority = table.integer("priority");
    let mask = mask(&table).unwrap_or_else(|| Mask {
        operator: At {
            value: "redact".to_owned(),
            site: table.site.clone(),
        },
        options: Vec::new(),
    });
    let mode = word(&table, "mode", &MODES).unwrap_or(Mode::Enforce);
    let context = table.table("context").map(context).unwrap_or_default();
    let (examples_mask, examples_pass) = table.table("examples").map(examples).unwrap_or_default();
    table.finish();
    let class = class?;
    Some(Detector {
        name: name?,
        entity: entity?.value,
        class,
        patterns,
        boundary,
        validators,
        chance: chance.map_or(0.0, |c| c.value),
        priority: priority.map_or(class.priority(), |p| p.value),
        mask,
        mode,
        context,
        examples_mask,
        examples_pass,
    })
}

pub(crate) fn allow(table: Table<'_>) -> Option<Allow> {
    let detector = table.required_string("detector");
    let values = table.strings("values");
    let suffixes = table.strings("suffix");
    let prefixes = table.strings("prefix");
    let datasets = table.strings("datasets");
    let reason = table.required_string("reason");
    let expires = table.date("expires");
    if values.is_empty() && suffixes.is_empty() && prefixes.is_empty() {
        table.missing(
            "values",
            "add `values`, `suffix` or `prefix`: what may pass",
        );
    }
    if let Some(reason) = reason
        && reason.value.trim().is_empty()
    {
        table.errors().add(
            &reason.site,
            "reason is empty",
            Some("say why this may pass".to_owned()),
        );
    }
    for part in suffixes.iter().chain(&prefixes).chain(&values) {
        if part.value.trim().is_empty() {
            table
                .errors()
                .add(&part.site, "an empty text would allow every value", None);
        }
    }
    table.finish();
    Some(Allow {
        detector: detector?,
        values,
        suffixes,
        prefixes,
        datasets,
        expires,
    })
}

pub(crate) fn dataset(table: Table<'_>) -> Option<Dataset> {
    let name = table.string("name").map(|n| n.value);
    let select = table.table("select").map(select);
    if select.is_none() && !table.has("select") {
        table.missing(
            "select",
            "add `select = { table = \"...\", column = \"...\" }`",
        );
    }
    let mode = word(&table, "mode", &MODES).unwrap_or(Mode::Enforce);
    let set = table.table("set").map(|set| {
        let entity = set.string("entity").map(|e| e.value);
        let mask = mask(&set);
        set.finish();
        (entity, mask)
    });
    if set.is_none() && mode == Mode::Enforce && !table.has("set") {
        table.missing(
            "set",
            "add `set = { entity = \"...\", mask = { operator = \"redact\" } }`",
        );
    }
    let reason = table.string("reason");
    if mode == Mode::Off && reason.is_none() {
        table.missing(
            "reason",
            "say why these columns need no protection: `reason = \"...\"`",
        );
    }
    let site = table.site.clone();
    table.finish();
    let (entity, mask) = set.unwrap_or_default();
    Some(Dataset {
        site,
        name,
        select: select?,
        entity,
        mask,
        mode,
    })
}

fn context(table: Table<'_>) -> Context {
    let columns = table.strings("columns");
    let not_columns = table.strings("not_columns");
    let types = table.strings("types");
    let required = table.bool("required").is_some_and(|r| r.value);
    let mut context = Context {
        columns,
        not_columns,
        types,
        required,
        ..Context::default()
    };
    if let Some(words) = table.table("words") {
        context.words = words.strings("any");
        context.words_before = reach(&words, "before", 40);
        context.words_after = reach(&words, "after", 10);
        words.finish();
    }
    if required && context.columns.is_empty() && context.words.is_empty() {
        table.missing(
            "columns",
            "`required = true` needs `columns` or `words` to be met",
        );
    }
    table.finish();
    context
}

fn reach(table: &Table<'_>, key: &'static str, default: usize) -> usize {
    let Some(bytes) = table.integer(key) else {
        return default;
    };
    if let Ok(reach @ 0..=WORDS_REACH_MAX) = usize::try_from(bytes.value) {
        return reach;
    }
    table.errors().add(
        &bytes.site,
        format!(
            "`{key}` of {} bytes is not between 0 and {WORDS_REACH_MAX}",
            bytes.value
        ),
        None,
    );
    default
}

fn examples(table: Table<'_>) -> (Vec<Example>, Vec<Example>) {
    let read = |key| {
        let mut examples = Vec::new();
        for item in table.strings_or_tables(key) {
            match item {
                Ok(value) => examples.push(Example {
                    value,
                    column: None,
                }),
                Err(nested) => {
                    let value = nested.required_string("value");
                    let column = nested.string("column").map(|c| c.value);
                    nested.finish();
                    examples.extend(value.map(|value| Example { value, column }));
                }
            }
        }
        examples
    };
    let both = (read("mask"), read("pass"));
    table.finish();
    both
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

fn select(table: Table<'_>) -> Select {
    let select = Select {
        database: table.strings("database"),
        schema: table.strings("schema"),
        table: table.strings("table"),
        column: table.strings("column"),
        types: table.strings("type"),
    };
    if select.table.is_empty() && select.column.is_empty() && select.types.is_empty() {
        table.missing(
            "column",
            "select at least a `table`, a `column` or a `type`",
        );
    }
    table.finish();
    select
}

const CLASSES: [(&str, Class); 4] = [
    ("distinctive", Class::Distinctive),
    ("checksum", Class::Checksum),
    ("format", Class::Format),
    ("semantic", Class::Semantic),
];

const BOUNDARIES: [(&str, Boundary); 4] = [
    ("none", Boundary::None),
    ("digit", Boundary::Digit),
    ("word", Boundary::Word),
    ("whole-field", Boundary::WholeField),
];

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
