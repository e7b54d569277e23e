//! What a statement text does, as far as policy is concerned: accesses and facts.
//!
//! The SQL reader of the protocol and the catalog make a [`Command`] of a text; policies see nothing
//! else. Everything in it is names and numbers of the statement, never a value of a row. What the
//! reader is not sure of, it states so that it cannot be to the client's advantage: a name that may
//! mean several tables is listed once for each; a function that nobody knows is an unknown one; a
//! text that was not understood has `parsed = false` and is refused.

use crate::action::Action;
use crate::object::Object;
use crate::written::WrittenAccess;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a statement text does. A text of several statements is one command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// What it touches and how; each must be permitted. A statement that touches no object of its
    /// own (`SELECT 1`, `BEGIN`) accesses the database.
    #[serde(rename = "access")]
    pub accesses: Vec<Access>,
    /// What else is known of it.
    #[serde(default)]
    pub context: Context,
}

/// One kind of access to one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenAccess", into = "WrittenAccess")]
pub struct Access {
    /// How.
    pub action: Action,
    /// What.
    pub object: Object,
    /// What policies may ask about the object.
    pub traits: Traits,
    /// The columns that are read (in results, conditions, or anywhere) or written; then each must be
    /// permitted, else the object. Empty: none in particular (`count(*)`, DELETE, DDL). `t.*` and whole
    /// rows list all columns. What a DELETE or UPDATE reads is a `select` of its own.
    pub columns: Vec<Column>,
    /// Does a condition limit which rows are touched?
    pub filter: Filter,
}

impl Access {
    /// Access to an object as a whole, without a condition.
    #[must_use]
    pub fn new(action: Action, object: Object) -> Self {
        Self {
            action,
            object,
            traits: Traits::default(),
            columns: Vec::new(),
            filter: Filter::None,
        }
    }
}

/// What is known of an object besides its name: `resource.system` and so on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Tags from comments and security labels: `resource.tags.contains("pii")`. Tables only.
    pub tags: Vec<String>,
    /// In a temporary schema of this session, or about to be made there: `resource.temporary`.
    pub temporary: bool,
    /// Of PostgreSQL's own catalogs: `resource.system`.
    pub system: bool,
}

/// A column of an access.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Tags from comments and security labels: `resource.tags.contains("pii")`.
    pub tags: Vec<String>,
    /// Do rules mask it? `resource.protected`.
    pub protected: bool,
}

impl Column {
    /// A column of which only the name is known.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }
}

/// Does a condition limit which rows of a table are touched? Told for each access:
/// `context.has_where`, `context.where_is_trivial`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// No condition. Also for what has none by nature: TRUNCATE, DROP.
    #[default]
    None,
    /// One that every row may pass: `true`, `1 = 1`, `x = x`, `x IS NOT NULL OR true`,
    /// `WHERE CURRENT OF`, `ON true` of a MERGE; anything that does not name a column of the table.
    Trivial,
    /// A condition over columns of the table; also `ON CONFLICT DO UPDATE`, which conflicts limit.
    Present,
}

/// What is known of a command as a whole: the `context` of policies.
///
/// Names of tables are `database.schema.table`, of columns `database.schema.table.column`, each part
/// quoted as in SQL where it must be ([`crate::quoted_path`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Context {
    /// Number of statements in the text; empty ones do not count. A single one with others inside
    /// (EXPLAIN, PREPARE, CTEs) is one.
    pub statements: u32,
    /// Was every statement understood? If not, the command is denied whatever policies say.
    pub parsed: bool,
    /// What kinds of statements it holds, inner ones included: PostgreSQL's command tags in lower
    /// case, as [`crate::KINDS`] lists them.
    pub kinds: BTreeSet<String>,
    /// Does it leave alone what others see: rows, definitions, settings of the server, locks that
    /// last, sequences, files? SELECT … FOR UPDATE does not. What functions do is told apart.
    pub read_only: bool,
    /// Has it effects inside that its text does not show: DO, EXECUTE of a string, SQL in an argument
    /// (`query_to_xml`), bodies in languages that are not read?
    pub dynamic_sql: bool,
    /// EXPLAIN with ANALYZE: what it explains runs.
    pub explain_analyze: bool,
    /// Functions that it calls, each by its bare name; those that are not PostgreSQL's own also as
    /// `schema.function`. Functions of operators and casts are included where those are not
    /// PostgreSQL's own.
    pub functions: BTreeSet<String>,
    /// Those of which the gateway does not know what they do; `schema.function`, or the bare name if
    /// it was not found.
    pub unknown_functions: BTreeSet<String>,
    /// Those that may change something or read what differs each time, apart from harmless ones
    /// (`now`, `random` …).
    pub volatile_functions: BTreeSet<String>,
    /// Tables and views that it reads, those under views included.
    pub tables_read: BTreeSet<String>,
    /// Tables that it writes, makes, changes or removes.
    pub tables_written: BTreeSet<String>,
    /// Columns that it writes, where they are named.
    pub columns_written: BTreeSet<String>,
    /// What ALTER does, in lower case: `drop column`, `rename`, `set schema`, `owner to`,
    /// `alter column type`, `detach partition`, `disable trigger`, `replace` (of CREATE OR REPLACE) …
    pub alterations: BTreeSet<String>,
    /// Does it start a program on the server (COPY … PROGRAM, languages without bounds)?
    pub runs_program: bool,
    /// Does it read files of the server?
    pub reads_server_files: bool,
    /// Does it write files of the server?
    pub writes_server_files: bool,
    /// Does it use large objects?
    pub large_objects: bool,
    /// Does it act as somebody else from now on (SET ROLE, SET SESSION AUTHORIZATION,
    /// `set_config('role', …)`)?
    pub changes_role: bool,
    /// Settings that it changes, in lower case; `*` for RESET ALL, DISCARD ALL and names that are
    /// computed. BEGIN READ WRITE and SET TRANSACTION READ WRITE change `transaction_read_only`.
    pub changes_settings: BTreeSet<String>,
    /// Those whose new value breaks what the gateway relies on (encoding, string syntax, read-only
    /// transactions). Never allowed.
    pub unsafe_settings: BTreeSet<String>,
    /// Does it lock rows or tables longer than it runs (FOR UPDATE, FOR SHARE, LOCK, advisory locks)?
    pub locks_rows: bool,
    /// LIMIT of the outermost query, if it is a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// How many rows PostgreSQL expects, if it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_rows: Option<i64>,
    /// Groups that have approved this very command. Set by the approval desk only.
    pub approved_by: BTreeSet<String>,
    /// `application_name` as the client states it; it can state anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_application: Option<String>,
}
