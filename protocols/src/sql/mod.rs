//! What a statement does: facts from PostgreSQL's own grammar (libpg_query), no policy.
//!
//! [`facts`] tells of every statement of a text what kind it is and what it names; [`StatementFacts`]
//! are per statement, with nested ones flattened. What the grammar does not accept, what is too large
//! or too deep, and what is not understood has no facts, and whoever asks must then assume the worst.

mod alteration;
mod children;
mod classify;
mod collect;
mod copy;
mod definition;
mod kind;
mod limits;
pub mod lineage;
mod literal;
mod parse;
mod statement;
#[cfg(test)]
mod tests;
mod trivial;

pub use copy::{CopyFormat, CopyOptions, CopyOut, CopySource};
pub use kind::{Discarded, End, Kind, Object};
pub use limits::{Limits, Refused};
pub use parse::Parsed;
pub use statement::{
    Body, Call, Columns, Condition, Modes, Place, Setting, StatementFacts, Used, Write, Written,
};

use collect::Collector;

/// A possibly qualified name, folded as PostgreSQL folds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// The schema, if the text names one.
    pub schema: Option<String>,
    /// The name itself.
    pub name: String,
}

impl Name {
    /// A name, with its schema if the text names one.
    #[must_use]
    pub fn new(schema: Option<&str>, name: &str) -> Self {
        Self {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

/// What a statement text does. It may hold several statements.
///
/// The lists of the text as a whole are over-approximations: every relation, function and operator that
/// is named anywhere is in them, whatever its scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Each statement with those inside it, in the order of the text; an outer one comes first.
    pub statements: Vec<StatementFacts>,
    /// What kind the first statement is, in lower case (`select`, `copy`, `create table as`).
    pub kind: &'static str,
    /// Every relation that is named: tables, views, sequences, and names of common table expressions.
    pub relations: Vec<Name>,
    /// Names of common table expressions.
    pub ctes: Vec<String>,
    /// Every function that is called by name, but `current_setting` of a setting that takes few values.
    pub functions: Vec<Name>,
    /// Every operator that is used.
    pub operators: Vec<String>,
    /// Every `COPY … TO STDOUT`, in order.
    pub copies: Vec<CopyOut>,
    /// Opens something that later statements read: a cursor or a prepared statement.
    pub opens: bool,
    /// Reads something that an earlier statement left: FETCH, EXECUTE, SHOW of a setting that takes
    /// any text.
    pub reads_opened: bool,
    /// Runs code that the text does not show: DO, CALL.
    pub runs_code: bool,
    /// Writes what it reads to another relation: CREATE TABLE AS, SELECT INTO, INSERT … SELECT.
    pub copies_rows: bool,
    /// Length of the text, bytes.
    pub len: usize,
}

impl Facts {
    /// Statements that the client sends as such.
    pub fn top(&self) -> impl Iterator<Item = &StatementFacts> {
        self.statements.iter().filter(|s| s.place == Place::Top)
    }

    /// Do all statements leave data, schema and the session's role as they are, those inside them too?
    /// Only what EXPLAIN explains without running it is left out. Functions are not looked at.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.statements
            .iter()
            .enumerate()
            .all(|(index, statement)| statement.is_read_only() || self.is_only_explained(index))
    }

    /// Does the statement stand, at whatever depth, behind an EXPLAIN that does not run it?
    #[must_use]
    pub fn is_only_explained(&self, index: usize) -> bool {
        let mut at = self.statements.get(index);
        while let Some(statement) = at {
            if statement.place == (Place::Explained { analyze: false }) {
                return true;
            }
            at = statement
                .within
                .and_then(|outer| self.statements.get(outer));
        }
        false
    }
}

/// The text has no facts: it does not parse, nests too deeply, or uses an option that is not known.
/// [`Facts::read`] says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unparsed;

/// The facts of a statement text within the usual [`Limits`].
///
/// # Errors
/// [`Unparsed`].
pub fn facts(text: &str) -> Result<Facts, Unparsed> {
    Facts::read(text, &Limits::default()).map_err(|_| Unparsed)
}

impl Facts {
    /// The facts of a statement text, as read with `standard_conforming_strings = on`.
    ///
    /// Costs some microseconds per node; cache by text.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn read(text: &str, limits: &Limits) -> Result<Self, Refused> {
        Self::of(&Parsed::read(text, limits)?, limits)
    }

    /// The facts of a text that was parsed already.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn of(parsed: &Parsed, limits: &Limits) -> Result<Self, Refused> {
        let mut collector = Collector::new(limits);
        for statement in parsed.statements() {
            collector.statement(statement?, Place::Top)?;
        }
        let Collector {
            statements,
            relations,
            ctes,
            ..
        } = collector;
        let any = |test: fn(Kind) -> bool| statements.iter().any(|s| test(s.kind));
        Ok(Self {
            kind: statements.first().map_or("empty", |s| label(s.kind)),
            relations,
            ctes,
            functions: functions(&statements),
            operators: statements
                .iter()
                .flat_map(|s| s.operators.iter().map(|operator| operator.name.clone()))
                .collect(),
            copies: statements.iter().filter_map(|s| s.copy.clone()).collect(),
            opens: any(|kind| matches!(kind, Kind::Declare | Kind::Prepare)),
            reads_opened: any(|kind| matches!(kind, Kind::Fetch | Kind::Execute))
                || statements.iter().any(shows_any_text),
            runs_code: any(|kind| matches!(kind, Kind::Do | Kind::Call)),
            copies_rows: any(|kind| {
                matches!(
                    kind,
                    Kind::Insert
                        | Kind::SelectInto
                        | Kind::CreateTableAs
                        | Kind::Create(Object::MaterializedView)
                )
            }),
            len: parsed.text_size(),
            statements,
        })
    }
}

/// Functions, without what only reads a setting of few values.
fn functions(statements: &[StatementFacts]) -> Vec<Name> {
    let mut names = Vec::new();
    for statement in statements {
        let mut shows = statement.shows.iter();
        for call in &statement.functions {
            let is_plain = call.name.name == "current_setting"
                && matches!(shows.next(), Some(Some(setting)) if !takes_any_text(setting));
            if !is_plain {
                names.push(call.name.clone());
            }
        }
    }
    names
}

fn shows_any_text(statement: &StatementFacts) -> bool {
    statement.kind == Kind::Show
        && statement
            .shows
            .iter()
            .any(|setting| setting.as_deref().is_none_or(takes_any_text))
}

/// Settings that hold whatever text a session puts there, custom ones among them.
fn takes_any_text(setting: &str) -> bool {
    setting.contains('.') || matches!(setting, "all" | "application_name" | "search_path")
}

fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Select | Kind::SelectInto => "select",
        Kind::Insert => "insert",
        Kind::Update => "update",
        Kind::Delete => "delete",
        Kind::Merge => "merge",
        Kind::CopyTo(_) | Kind::CopyFrom(_) => "copy",
        Kind::Explain { .. } => "explain",
        Kind::Begin
        | Kind::Commit
        | Kind::Rollback
        | Kind::Savepoint
        | Kind::Release
        | Kind::RollbackTo
        | Kind::PrepareTransaction
        | Kind::CommitPrepared
        | Kind::RollbackPrepared => "transaction",
        Kind::Set
        | Kind::Reset
        | Kind::SetRole
        | Kind::SetSessionAuthorization
        | Kind::SetTransaction => "set",
        Kind::Show => "show",
        Kind::Declare => "declare",
        Kind::Fetch | Kind::Move => "fetch",
        Kind::Prepare => "prepare",
        Kind::Execute => "execute",
        Kind::Do => "do",
        Kind::Call => "call",
        Kind::CreateTableAs | Kind::Create(Object::MaterializedView) => "create table as",
        _ => "utility",
    }
}
