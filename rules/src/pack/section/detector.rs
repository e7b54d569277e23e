//! `[[detector]]`: finds one kind of value.

use super::{MODES, Mask, mask, share, threshold, word};
use crate::info::Mode;
use crate::pack::diagnostics::At;
use crate::pack::table::Table;
use serde::Serialize;
use std::fmt;

/// `[[detector]]`.
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
    /// What the evidence of a match has to reach, 0 to 1.
    pub(crate) threshold: f64,
    pub(crate) priority: i64,
    pub(crate) mask: Mask,
    pub(crate) mode: Mode,
    pub(crate) context: Context,
    pub(crate) examples_mask: Vec<Example>,
    pub(crate) examples_pass: Vec<Example>,
}

/// How a value is decidable; orders detectors that overlap unless `priority` says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The form alone is enough: an e-mail address, a token with a prefix.
    Distinctive,
    /// A form with a checksum, which some random values pass.
    Checksum,
    /// A form that says little; needs context.
    Format,
    /// Decided by the column and its neighbours rather than by one value.
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

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = BOUNDARIES.iter().find(|(_, boundary)| boundary == self);
        f.write_str(name.map_or("", |(name, _)| name))
    }
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
    /// The type of the column; `text` unless given.
    pub(crate) type_name: Option<String>,
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
    let chance = share(
        &table,
        "chance",
        "write the share of random values of this shape that pass",
    );
    let threshold = threshold(&table);
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
        threshold: threshold.map_or(0.0, |t| t.value),
        priority: priority.map_or(class.priority(), |p| p.value),
        mask,
        mode,
        context,
        examples_mask,
        examples_pass,
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
                    type_name: None,
                }),
                Err(table) => {
                    let value = table.required_string("value");
                    let column = table.string("column").map(|c| c.value);
                    let type_name = table.string("type").map(|t| t.value);
                    table.finish();
                    examples.extend(value.map(|value| Example {
                        value,
                        column,
                        type_name,
                    }));
                }
            }
        }
        examples
    };
    let both = (read("mask"), read("pass"));
    table.finish();
    both
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
