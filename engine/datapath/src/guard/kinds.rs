//! What policies call the kinds of statements that the grammar knows.

use wiremask_policy::Action;
use wiremask_protocols::sql::{Discarded, Kind, Object, Write};

/// The action of a statement that touches no relation, or of one as a whole.
pub(super) fn action(kind: Kind) -> Action {
    match kind {
        Kind::Select | Kind::Return => Action::Select,
        Kind::CopyTo(_) => Action::CopyTo,
        Kind::Show => Action::Show,
        Kind::Explain { .. } => Action::Explain,
        Kind::Declare | Kind::Fetch | Kind::Move | Kind::Close => Action::Cursor,
        Kind::Insert => Action::Insert,
        Kind::Update => Action::Update,
        Kind::Delete => Action::Delete,
        Kind::Merge => Action::Merge,
        Kind::Truncate => Action::Truncate,
        Kind::CopyFrom(_) => Action::CopyFrom,
        Kind::Create(object) => definition(object, Action::Create),
        Kind::Alter(object) => definition(object, Action::Alter),
        Kind::Drop(object) => definition(object, Action::Drop),
        Kind::SelectInto | Kind::CreateTableAs | Kind::ImportForeignSchema => Action::Create,
        Kind::Comment | Kind::SecurityLabel => Action::Alter,
        Kind::DropOwned => Action::Drop,
        Kind::Grant | Kind::Revoke | Kind::GrantRole | Kind::RevokeRole | Kind::ReassignOwned => {
            Action::Grant
        }
        Kind::Set
        | Kind::Reset
        | Kind::SetRole
        | Kind::SetSessionAuthorization
        | Kind::SetConstraints => Action::Set,
        Kind::SetTransaction
        | Kind::Begin
        | Kind::Commit
        | Kind::Rollback
        | Kind::Savepoint
        | Kind::Release
        | Kind::RollbackTo
        | Kind::PrepareTransaction
        | Kind::CommitPrepared
        | Kind::RollbackPrepared => Action::Transaction,
        Kind::Do | Kind::Call => Action::Execute,
        Kind::Prepare | Kind::Execute | Kind::Deallocate | Kind::Discard(_) => Action::Session,
        Kind::Listen | Kind::Unlisten => Action::Listen,
        Kind::Notify => Action::Notify,
        Kind::Lock => Action::Lock,
        Kind::Refresh | Kind::Vacuum | Kind::Analyze | Kind::Cluster | Kind::Reindex => {
            Action::Maintain
        }
        Kind::Checkpoint | Kind::Load | Kind::AlterSystem => Action::System,
    }
}

fn definition(object: Object, otherwise: Action) -> Action {
    match object {
        Object::Role | Object::DefaultPrivileges => Action::Grant,
        Object::Database
        | Object::Extension
        | Object::ForeignDataWrapper
        | Object::Language
        | Object::Parameter
        | Object::Publication
        | Object::Server
        | Object::Subscription
        | Object::Tablespace
        | Object::UserMapping
        | Object::AccessMethod
        | Object::EventTrigger => Action::System,
        _ => otherwise,
    }
}

/// The action of a write to a relation.
pub(super) fn write_action(write: Write) -> Action {
    match write {
        Write::Insert => Action::Insert,
        Write::Update => Action::Update,
        Write::Delete => Action::Delete,
        Write::Merge => Action::Merge,
        Write::Truncate => Action::Truncate,
        Write::CopyFrom => Action::CopyFrom,
        Write::Create => Action::Create,
        Write::Alter | Write::Describe => Action::Alter,
        Write::Drop => Action::Drop,
        Write::Refresh | Write::Maintain => Action::Maintain,
        Write::Privileges => Action::Grant,
        Write::Lock => Action::Lock,
    }
}

/// The kind in words, as `context.kinds` has it.
pub(super) fn words(kind: Kind) -> String {
    let fixed = match kind {
        Kind::Create(object) => return format!("create {}", object_words(object)),
        Kind::Alter(object) => return format!("alter {}", object_words(object)),
        Kind::Drop(object) => return format!("drop {}", object_words(object)),
        Kind::Select | Kind::Return => "select",
        Kind::SelectInto => "select into",
        Kind::Insert => "insert",
        Kind::Update => "update",
        Kind::Delete => "delete",
        Kind::Merge => "merge",
        Kind::Truncate => "truncate table",
        Kind::CopyTo(_) => "copy to",
        Kind::CopyFrom(_) => "copy from",
        Kind::CreateTableAs => "create table as",
        Kind::Refresh => "refresh materialized view",
        Kind::Grant => "grant",
        Kind::Revoke => "revoke",
        Kind::GrantRole => "grant role",
        Kind::RevokeRole => "revoke role",
        Kind::Set => "set",
        Kind::Reset => "reset",
        Kind::Show => "show",
        Kind::SetRole => "set role",
        Kind::SetSessionAuthorization => "set session authorization",
        Kind::SetTransaction => "set transaction",
        Kind::SetConstraints => "set constraints",
        Kind::Begin => "begin",
        Kind::Commit => "commit",
        Kind::Rollback | Kind::RollbackTo => "rollback",
        Kind::Savepoint => "savepoint",
        Kind::Release => "release",
        Kind::PrepareTransaction => "prepare transaction",
        Kind::CommitPrepared => "commit prepared",
        Kind::RollbackPrepared => "rollback prepared",
        Kind::Do => "do",
        Kind::Call => "call",
        Kind::Prepare => "prepare",
        Kind::Execute => "execute",
        Kind::Deallocate => "deallocate",
        Kind::Declare => "declare cursor",
        Kind::Fetch => "fetch",
        Kind::Move => "move",
        Kind::Close => "close cursor",
        Kind::Explain { .. } => "explain",
        Kind::Listen => "listen",
        Kind::Notify => "notify",
        Kind::Unlisten => "unlisten",
        Kind::Lock => "lock table",
        Kind::Vacuum => "vacuum",
        Kind::Analyze => "analyze",
        Kind::Cluster => "cluster",
        Kind::Reindex => "reindex",
        Kind::Checkpoint => "checkpoint",
        Kind::Load => "load",
        Kind::AlterSystem => "alter system",
        Kind::Discard(
            Discarded::All | Discarded::Plans | Discarded::Sequences | Discarded::Temp,
        ) => "discard",
        Kind::Comment => "comment",
        Kind::SecurityLabel => "security label",
        Kind::ImportForeignSchema => "import foreign schema",
        Kind::ReassignOwned => "reassign owned",
        Kind::DropOwned => "drop owned",
    };
    fixed.to_owned()
}

fn object_words(object: Object) -> &'static str {
    match object {
        Object::AccessMethod => "access method",
        Object::Aggregate => "aggregate",
        Object::Cast => "cast",
        Object::Collation => "collation",
        Object::Column | Object::Table => "table",
        Object::Constraint => "constraint",
        Object::Conversion => "conversion",
        Object::Database => "database",
        Object::DefaultPrivileges => "default privileges",
        Object::Domain => "domain",
        Object::EventTrigger => "event trigger",
        Object::Extension => "extension",
        Object::ForeignDataWrapper => "foreign data wrapper",
        Object::ForeignTable => "foreign table",
        Object::Function => "function",
        Object::Index => "index",
        Object::Language => "language",
        Object::LargeObject => "large object",
        Object::MaterializedView => "materialized view",
        Object::Operator => "operator",
        Object::OperatorClass => "operator class",
        Object::OperatorFamily => "operator family",
        Object::Parameter => "system",
        Object::Policy => "policy",
        Object::Procedure => "procedure",
        Object::Publication => "publication",
        Object::Role => "role",
        Object::Routine => "routine",
        Object::Rule => "rule",
        Object::Schema => "schema",
        Object::Sequence => "sequence",
        Object::Server => "server",
        Object::Statistics => "statistics",
        Object::Subscription => "subscription",
        Object::Tablespace => "tablespace",
        Object::TextSearch => "text search configuration",
        Object::Transform => "transform",
        Object::Trigger => "trigger",
        Object::Type => "type",
        Object::UserMapping => "user mapping",
        Object::View => "view",
    }
}
