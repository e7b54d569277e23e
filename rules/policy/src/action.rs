//! What policies call the kinds of statements.
//!
//! One action for each group of statements that people tell apart when they write down who may do
//! what. Each is in one action group, and all but [`Action::Unmask`] are in `Action::"statement"`.
//! The schema (`rules/policies/schema.cedarschema`) says which objects each applies to.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A kind of access that is permitted or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// SELECT, TABLE, VALUES, and whatever else reads a table, also inside other statements.
    Select,
    /// COPY … TO, for each table that it reads, instead of `select`.
    CopyTo,
    /// SHOW, and reading settings.
    Show,
    /// EXPLAIN. What it explains is judged besides: with ANALYZE as it is, else as if it only read
    /// (`select` on every table).
    Explain,
    /// DECLARE, FETCH, MOVE, CLOSE. The cursor's query is judged besides, at DECLARE.
    Cursor,
    /// INSERT.
    Insert,
    /// UPDATE, also as `ON CONFLICT DO UPDATE`.
    Update,
    /// DELETE.
    Delete,
    /// MERGE, for the table that it writes.
    Merge,
    /// TRUNCATE, for each table.
    Truncate,
    /// COPY … FROM.
    CopyFrom,
    /// CREATE of anything, SELECT INTO, CREATE TABLE AS, IMPORT FOREIGN SCHEMA.
    Create,
    /// ALTER of anything, COMMENT, SECURITY LABEL; CREATE OR REPLACE where something is replaced.
    Alter,
    /// DROP of anything, DROP OWNED.
    Drop,
    /// GRANT, REVOKE, ALTER DEFAULT PRIVILEGES, REASSIGN OWNED, and roles: CREATE, ALTER, DROP ROLE.
    Grant,
    /// ALTER SYSTEM, LOAD, CHECKPOINT, databases, tablespaces, subscriptions, servers, extensions.
    System,
    /// VACUUM, ANALYZE, CLUSTER, REINDEX, REFRESH MATERIALIZED VIEW.
    Maintain,
    /// SET, RESET, `set_config`, SET ROLE, SET SESSION AUTHORIZATION, SET CONSTRAINTS.
    Set,
    /// BEGIN, COMMIT, ROLLBACK, savepoints, two-phase commit.
    Transaction,
    /// PREPARE, EXECUTE, DEALLOCATE, DISCARD. What runs is judged besides.
    Session,
    /// LOCK TABLE.
    Lock,
    /// CALL, DO, function-call messages, and functions as objects of their own.
    Execute,
    /// LISTEN, UNLISTEN.
    Listen,
    /// NOTIFY, `pg_notify`.
    Notify,
    /// Seeing the values of a protected column as they are. No statement; see
    /// [`crate::PolicySet::may_unmask`].
    Unmask,
}

impl Action {
    /// All of them, in the order of the schema.
    pub const ALL: [Self; 25] = [
        Self::Select,
        Self::CopyTo,
        Self::Show,
        Self::Explain,
        Self::Cursor,
        Self::Insert,
        Self::Update,
        Self::Delete,
        Self::Merge,
        Self::Truncate,
        Self::CopyFrom,
        Self::Create,
        Self::Alter,
        Self::Drop,
        Self::Grant,
        Self::System,
        Self::Maintain,
        Self::Set,
        Self::Transaction,
        Self::Session,
        Self::Lock,
        Self::Execute,
        Self::Listen,
        Self::Notify,
        Self::Unmask,
    ];

    /// Its name in policies: `Action::"copy_to"`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::CopyTo => "copy_to",
            Self::Show => "show",
            Self::Explain => "explain",
            Self::Cursor => "cursor",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Merge => "merge",
            Self::Truncate => "truncate",
            Self::CopyFrom => "copy_from",
            Self::Create => "create",
            Self::Alter => "alter",
            Self::Drop => "drop",
            Self::Grant => "grant",
            Self::System => "system",
            Self::Maintain => "maintain",
            Self::Set => "set",
            Self::Transaction => "transaction",
            Self::Session => "session",
            Self::Lock => "lock",
            Self::Execute => "execute",
            Self::Listen => "listen",
            Self::Notify => "notify",
            Self::Unmask => "unmask",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_serde_and_each_stands_once() {
        let names: std::collections::BTreeSet<_> =
            Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        for action in Action::ALL {
            let written = serde_json::to_value(action).expect("a string");
            assert_eq!(written, action.name());
        }
    }
}
