//! What kind of statement a statement is.
//!
//! One variant per kind that a policy may want to tell apart; objects of data definition are named by
//! [`Object`]. [`Kind::is_read_only`] says whether the kind by itself leaves data, schema and the
//! session's role alone; what it calls and what is nested in it is judged on its own.

/// Classes of objects that data definition speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are PostgreSQL's own")]
pub enum Object {
    AccessMethod,
    Aggregate,
    Cast,
    Collation,
    Column,
    Constraint,
    Conversion,
    Database,
    DefaultPrivileges,
    Domain,
    EventTrigger,
    Extension,
    ForeignDataWrapper,
    ForeignTable,
    Function,
    Index,
    Language,
    LargeObject,
    MaterializedView,
    Operator,
    OperatorClass,
    OperatorFamily,
    Parameter,
    Policy,
    Procedure,
    Publication,
    Role,
    Routine,
    Rule,
    Schema,
    Sequence,
    Server,
    Statistics,
    Subscription,
    Table,
    Tablespace,
    TextSearch,
    Transform,
    Trigger,
    Type,
    UserMapping,
    View,
}

/// The other end of a COPY.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// The client: STDIN, STDOUT.
    Client,
    /// A file of the server.
    File,
    /// A program on the server.
    Program,
}

/// What a DISCARD discards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are PostgreSQL's own")]
pub enum Discarded {
    All,
    Plans,
    Sequences,
    Temp,
}

/// What kind of statement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// SELECT, VALUES, TABLE.
    Select,
    /// SELECT … INTO.
    SelectInto,
    /// INSERT.
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
    /// MERGE.
    Merge,
    /// TRUNCATE.
    Truncate,
    /// COPY … TO.
    CopyTo(End),
    /// COPY … FROM.
    CopyFrom(End),
    /// CREATE of an object, also CREATE OR REPLACE and IMPORT FOREIGN SCHEMA's kin.
    Create(Object),
    /// ALTER of an object: also renaming, a new schema, a new owner.
    Alter(Object),
    /// DROP of an object.
    Drop(Object),
    /// CREATE TABLE AS.
    CreateTableAs,
    /// REFRESH MATERIALIZED VIEW.
    Refresh,
    /// GRANT on objects.
    Grant,
    /// REVOKE on objects.
    Revoke,
    /// GRANT of roles.
    GrantRole,
    /// REVOKE of roles.
    RevokeRole,
    /// SET of a setting.
    Set,
    /// RESET of a setting, or of all.
    Reset,
    /// SHOW.
    Show,
    /// SET ROLE, RESET ROLE.
    SetRole,
    /// SET SESSION AUTHORIZATION, RESET SESSION AUTHORIZATION.
    SetSessionAuthorization,
    /// SET TRANSACTION, SET SESSION CHARACTERISTICS.
    SetTransaction,
    /// SET CONSTRAINTS.
    SetConstraints,
    /// BEGIN, START TRANSACTION.
    Begin,
    /// COMMIT, END.
    Commit,
    /// ROLLBACK, ABORT.
    Rollback,
    /// SAVEPOINT.
    Savepoint,
    /// RELEASE SAVEPOINT.
    Release,
    /// ROLLBACK TO SAVEPOINT.
    RollbackTo,
    /// PREPARE TRANSACTION.
    PrepareTransaction,
    /// COMMIT PREPARED.
    CommitPrepared,
    /// ROLLBACK PREPARED.
    RollbackPrepared,
    /// DO.
    Do,
    /// CALL.
    Call,
    /// PREPARE.
    Prepare,
    /// EXECUTE.
    Execute,
    /// DEALLOCATE.
    Deallocate,
    /// DECLARE of a cursor.
    Declare,
    /// FETCH.
    Fetch,
    /// MOVE.
    Move,
    /// CLOSE.
    Close,
    /// EXPLAIN.
    Explain {
        /// Does it run what it explains?
        analyze: bool,
    },
    /// LISTEN.
    Listen,
    /// NOTIFY.
    Notify,
    /// UNLISTEN.
    Unlisten,
    /// LOCK TABLE.
    Lock,
    /// VACUUM.
    Vacuum,
    /// ANALYZE.
    Analyze,
    /// CLUSTER.
    Cluster,
    /// REINDEX.
    Reindex,
    /// CHECKPOINT.
    Checkpoint,
    /// LOAD.
    Load,
    /// ALTER SYSTEM.
    AlterSystem,
    /// DISCARD.
    Discard(Discarded),
    /// COMMENT.
    Comment,
    /// SECURITY LABEL.
    SecurityLabel,
    /// IMPORT FOREIGN SCHEMA.
    ImportForeignSchema,
    /// REASSIGN OWNED.
    ReassignOwned,
    /// DROP OWNED.
    DropOwned,
    /// RETURN, of a function's body.
    Return,
}

impl Kind {
    /// Does it leave data, schema and the session's role as they are, by itself? What it names
    /// (functions, nested statements, a prepared statement) is not looked at: EXPLAIN is read-only, and
    /// what EXPLAIN ANALYZE runs is a statement of its own.
    #[must_use]
    pub const fn is_read_only(self) -> bool {
        match self {
            Self::Select
            | Self::CopyTo(End::Client)
            | Self::Set
            | Self::Reset
            | Self::Show
            | Self::SetTransaction
            | Self::SetConstraints
            | Self::Begin
            | Self::Commit
            | Self::Rollback
            | Self::Savepoint
            | Self::Release
            | Self::RollbackTo
            | Self::Prepare
            | Self::Deallocate
            | Self::Declare
            | Self::Fetch
            | Self::Move
            | Self::Close
            | Self::Explain { .. }
            | Self::Listen
            | Self::Unlisten
            | Self::Discard(Discarded::Plans | Discarded::Sequences)
            | Self::Return => true,
            Self::SelectInto
            | Self::Insert
            | Self::Update
            | Self::Delete
            | Self::Merge
            | Self::Truncate
            | Self::CopyTo(End::File | End::Program)
            | Self::CopyFrom(_)
            | Self::Create(_)
            | Self::Alter(_)
            | Self::Drop(_)
            | Self::CreateTableAs
            | Self::Refresh
            | Self::Grant
            | Self::Revoke
            | Self::GrantRole
            | Self::RevokeRole
            | Self::SetRole
            | Self::SetSessionAuthorization
            | Self::PrepareTransaction
            | Self::CommitPrepared
            | Self::RollbackPrepared
            | Self::Do
            | Self::Call
            | Self::Execute
            | Self::Notify
            | Self::Lock
            | Self::Vacuum
            | Self::Analyze
            | Self::Cluster
            | Self::Reindex
            | Self::Checkpoint
            | Self::Load
            | Self::AlterSystem
            | Self::Discard(Discarded::All | Discarded::Temp)
            | Self::Comment
            | Self::SecurityLabel
            | Self::ImportForeignSchema
            | Self::ReassignOwned
            | Self::DropOwned => false,
        }
    }

    /// Does it only steer transactions?
    #[must_use]
    pub const fn is_transaction_control(self) -> bool {
        matches!(
            self,
            Self::SetTransaction
                | Self::Begin
                | Self::Commit
                | Self::Rollback
                | Self::Savepoint
                | Self::Release
                | Self::RollbackTo
                | Self::PrepareTransaction
                | Self::CommitPrepared
                | Self::RollbackPrepared
        )
    }
}
