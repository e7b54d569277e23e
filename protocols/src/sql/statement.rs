//! What one statement does, as far as its own text says it.
//!
//! Statements inside statements (a DELETE in a WITH, what EXPLAIN explains, what a cursor opens) have
//! entries of their own, with their [`Place`] and the entry they stand in. Plain subqueries belong to
//! the statement they stand in.

use super::{CopyOut, Kind, Name};

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The client sends it as such.
    Top,
    /// In a WITH query: a statement that modifies data.
    Cte,
    /// Behind EXPLAIN.
    Explained {
        /// Is it run?
        analyze: bool,
    },
    /// Behind PREPARE: it runs with EXECUTE.
    Prepared,
    /// In the brackets of a COPY.
    Copied,
    /// Behind DECLARE: it runs with FETCH.
    Cursor,
    /// Behind CREATE TABLE AS or CREATE MATERIALIZED VIEW.
    CreatedAs,
    /// The query of a view: it runs when the view is read.
    View,
    /// The action of a rule: it runs when the rule fires.
    RuleAction,
    /// In the body of a function or a procedure: it runs when that is called.
    FunctionBody,
    /// In a CREATE SCHEMA.
    SchemaElement,
}

impl Place {
    /// Does a statement at this place run when the statement around it runs?
    #[must_use]
    pub const fn runs_now(self) -> bool {
        match self {
            Self::Top
            | Self::Cte
            | Self::Explained { analyze: true }
            | Self::Copied
            | Self::Cursor
            | Self::CreatedAs
            | Self::SchemaElement => true,
            Self::Explained { analyze: false }
            | Self::Prepared
            | Self::View
            | Self::RuleAction
            | Self::FunctionBody => false,
        }
    }
}

/// What is done to a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the commands of SQL")]
pub enum Write {
    Insert,
    Update,
    Delete,
    Merge,
    Truncate,
    CopyFrom,
    Create,
    Alter,
    Drop,
    Refresh,
    /// GRANT and REVOKE.
    Privileges,
    /// LOCK TABLE.
    Lock,
    /// VACUUM, ANALYZE, CLUSTER, REINDEX.
    Maintain,
    /// COMMENT, SECURITY LABEL.
    Describe,
}

/// The columns that are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Columns {
    /// All of them, or it does not matter.
    All,
    /// Those that are named.
    Listed(Vec<String>),
}

/// A relation that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The relation.
    pub name: Name,
    /// What is done to it.
    pub how: Write,
    /// Which columns.
    pub columns: Columns,
}

/// How a function is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Used {
    /// Called in an expression; without a catalog an aggregate looks the same.
    Plain,
    /// Called as only an aggregate can be.
    Aggregate,
    /// Called over a window.
    Window,
    /// Called in FROM.
    Table,
    /// Called by CALL.
    Procedure,
    /// Named by a definition (a trigger, a cast, an operator, a language): it is called later.
    Definition,
}

/// A function that is called by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The function.
    pub name: Name,
    /// Number of arguments.
    pub arguments: usize,
    /// How it is used.
    pub used: Used,
}

/// A setting that is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name in lower case; `None` if it is computed, or if all of them change.
    pub name: Option<String>,
    /// The value, if it is a single literal. Computed values, lists and DEFAULT have none.
    pub value: Option<String>,
    /// Is it put back at the end of the transaction?
    pub is_local: bool,
}

/// The condition of a SELECT, UPDATE or DELETE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// There is none.
    None,
    /// There is one that keeps every row, as far as its text tells: a constant, `x = x`, `… or true`.
    Trivial,
    /// There is one.
    Real,
}

/// The modes of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    /// READ ONLY (`true`) or READ WRITE.
    pub read_only: Option<bool>,
    /// The isolation level, lower case.
    pub isolation: Option<String>,
    /// DEFERRABLE.
    pub deferrable: Option<bool>,
    /// AND CHAIN.
    pub chain: bool,
    /// For all later transactions of the session.
    pub session: bool,
    /// An imported snapshot.
    pub snapshot: bool,
}

/// The body of a function, a procedure or a DO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// SQL that was parsed; its statements follow.
    Parsed,
    /// Text in a language, lower case, that is not read here.
    Opaque {
        /// The language.
        language: String,
    },
}

/// What one statement does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementFacts {
    /// Its kind.
    pub kind: Kind,
    /// Where it stands.
    pub place: Place,
    /// Index of the statement that it stands in.
    pub within: Option<usize>,
    /// Relations that it reads. Names of WITH queries are resolved: none is listed.
    pub reads: Vec<Name>,
    /// Relations that it writes, defines or changes.
    pub writes: Vec<Written>,
    /// Other objects that are defined, changed, dropped, commented on: functions, types, schemas, roles ….
    pub objects: Vec<Name>,
    /// Functions that are called or named.
    pub functions: Vec<Call>,
    /// Names behind a dot (`t.x`, `(e).x`): columns, unless there are none such; then PostgreSQL calls
    /// a function of that name with the row.
    pub attributes: Vec<String>,
    /// Operators.
    pub operators: Vec<Name>,
    /// Types that are named: casts, columns, parameters.
    pub types: Vec<Name>,
    /// Collations that are named.
    pub collations: Vec<Name>,
    /// The condition of a SELECT, UPDATE, DELETE or COPY FROM.
    pub condition: Condition,
    /// Locks rows: FOR UPDATE and its kin, anywhere in it.
    pub locks_rows: bool,
    /// Has a LIMIT or FETCH FIRST of its own.
    pub has_limit: bool,
    /// Settings that it changes: SET, RESET, set_config, SET clauses of functions and roles.
    pub settings: Vec<Setting>,
    /// Settings that it shows: SHOW, current_setting. `None` if computed, or all.
    pub shows: Vec<Option<String>>,
    /// Roles that are named: created, granted, assumed, given ownership.
    pub roles: Vec<String>,
    /// Runs a program on the server.
    pub runs_program: bool,
    /// Reads a file of the server.
    pub reads_file: bool,
    /// Writes a file of the server.
    pub writes_file: bool,
    /// The body, if it has one.
    pub body: Option<Body>,
    /// Is a function defined to run with its owner's rights?
    pub security_definer: bool,
    /// The name of the cursor, the prepared statement, the savepoint, the channel.
    pub handle: Option<String>,
    /// Is a cursor declared WITH HOLD?
    pub holds: bool,
    /// Is a temporary object made?
    pub is_temporary: bool,
    /// How a COPY … TO STDOUT is encoded.
    pub copy: Option<CopyOut>,
    /// The modes, if it steers transactions.
    pub modes: Option<Modes>,
    /// CASCADE.
    pub cascades: bool,
    /// What an ALTER, or a CREATE OR REPLACE, does to what is there: `drop column`, `rename`, `replace` ….
    pub alterations: Vec<String>,
}

impl StatementFacts {
    pub(super) fn new(kind: Kind, place: Place, within: Option<usize>) -> Self {
        Self {
            kind,
            place,
            within,
            reads: Vec::new(),
            writes: Vec::new(),
            objects: Vec::new(),
            functions: Vec::new(),
            attributes: Vec::new(),
            operators: Vec::new(),
            types: Vec::new(),
            collations: Vec::new(),
            condition: Condition::None,
            locks_rows: false,
            has_limit: false,
            settings: Vec::new(),
            shows: Vec::new(),
            roles: Vec::new(),
            runs_program: false,
            reads_file: false,
            writes_file: false,
            body: None,
            security_definer: false,
            handle: None,
            holds: false,
            is_temporary: false,
            copy: None,
            modes: None,
            cascades: false,
            alterations: Vec::new(),
        }
    }

    /// Does it leave data, schema and the session's role as they are, by itself? Functions that it
    /// calls and statements nested in it are not looked at.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.kind.is_read_only() && !self.locks_rows && !self.changes_identity()
    }

    /// Does it change who the session is, or a setting that it does not name?
    #[must_use]
    pub fn changes_identity(&self) -> bool {
        matches!(self.kind, Kind::SetRole | Kind::SetSessionAuthorization)
            || self
                .settings
                .iter()
                .any(|setting| match setting.name.as_deref() {
                    None => self.kind != Kind::Reset,
                    Some(name) => matches!(name, "role" | "session_authorization"),
                })
    }
}
