//! A statement text and its tree.

use super::children::inner;
use super::limits::{self, Limits, Refused};
use pg_query::{Error, NodeEnum, ParserOptions, protobuf};

/// A text that PostgreSQL's grammar accepts.
#[derive(Clone, Debug)]
pub struct Parsed {
    tree: protobuf::ParseResult,
    text_size: usize,
}

impl Parsed {
    /// Parses a text, as read with `standard_conforming_strings = on`.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn read(text: &str, limits: &Limits) -> Result<Self, Refused> {
        Ok(Self {
            tree: tree(text, limits)?,
            text_size: text.len(),
        })
    }

    /// Number of statements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tree.stmts.len()
    }

    /// Is there no statement?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tree.stmts.is_empty()
    }

    /// Length of the text, bytes.
    #[must_use]
    pub fn text_size(&self) -> usize {
        self.text_size
    }

    /// Its statements, in order.
    pub(super) fn statements(&self) -> impl Iterator<Item = Result<&NodeEnum, Refused>> {
        self.tree
            .stmts
            .iter()
            .map(|raw| inner(raw.stmt.as_deref().ok_or(Refused::Unsupported)?))
    }
}

/// The tree of a text.
///
/// # Errors
/// [`Refused`].
pub fn tree(text: &str, limits: &Limits) -> Result<protobuf::ParseResult, Refused> {
    limits::check(text, limits)?;
    match pg_query::parse(text, ParserOptions::default()) {
        Ok(result) => Ok(result.protobuf),
        Err(Error::Decode(_)) => Err(Refused::TooDeep),
        Err(Error::Parse(message)) if is_depth(&message) => Err(Refused::TooDeep),
        Err(_) => Err(Refused::Syntax),
    }
}

/// Is it what the grammar and libpg_query say when a text nests too deeply?
fn is_depth(message: &str) -> bool {
    ["memory exhausted", "stack depth limit exceeded"]
        .iter()
        .any(|known| message.starts_with(known))
}
