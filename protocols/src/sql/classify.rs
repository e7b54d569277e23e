//! From a node of the grammar to a [`Kind`].

use super::kind::{Discarded, End};
use super::{Kind, Object, Refused};
use pg_query::NodeEnum;
use pg_query::protobuf::{
    CopyStmt, DefElem, DiscardMode, ExplainStmt, Node, ObjectType, TransactionStmtKind,
    VariableSetKind, VariableSetStmt,
};

/// The kind of a statement.
///
/// # Errors
/// [`Refused::Unsupported`] for what is no statement.
pub fn kind(node: &NodeEnum) -> Result<Kind, Refused> {
    if let Some(kind) = data(node)? {
        return Ok(kind);
    }
    if let Some(kind) = session(node)? {
        return Ok(kind);
    }
    definition(node)?.ok_or(Refused::Unsupported)
}

/// Reads and writes rows.
fn data(node: &NodeEnum) -> Result<Option<Kind>, Refused> {
    Ok(Some(match node {
        NodeEnum::SelectStmt(select) => match into_clause(select) {
            true => Kind::SelectInto,
            false => Kind::Select,
        },
        NodeEnum::InsertStmt(_) => Kind::Insert,
        NodeEnum::UpdateStmt(_) => Kind::Update,
        NodeEnum::DeleteStmt(_) => Kind::Delete,
        NodeEnum::MergeStmt(_) => Kind::Merge,
        NodeEnum::TruncateStmt(_) => Kind::Truncate,
        NodeEnum::CopyStmt(copy) if copy.is_from => Kind::CopyFrom(end(copy)),
        NodeEnum::CopyStmt(copy) => Kind::CopyTo(end(copy)),
        NodeEnum::CreateTableAsStmt(create) if create.is_select_into => Kind::SelectInto,
        NodeEnum::CreateTableAsStmt(create) => match object(create.objtype)? {
            Object::MaterializedView => Kind::Create(Object::MaterializedView),
            _ => Kind::CreateTableAs,
        },
        NodeEnum::RefreshMatViewStmt(_) => Kind::Refresh,
        NodeEnum::ExplainStmt(explain) => Kind::Explain {
            analyze: is_analyze(explain)?,
        },
        NodeEnum::PrepareStmt(_) => Kind::Prepare,
        NodeEnum::ExecuteStmt(_) => Kind::Execute,
        NodeEnum::DeclareCursorStmt(_) => Kind::Declare,
        NodeEnum::FetchStmt(fetch) if fetch.ismove => Kind::Move,
        NodeEnum::FetchStmt(_) => Kind::Fetch,
        NodeEnum::ClosePortalStmt(_) => Kind::Close,
        NodeEnum::DoStmt(_) => Kind::Do,
        NodeEnum::CallStmt(_) => Kind::Call,
        NodeEnum::ReturnStmt(_) => Kind::Return,
        _ => return Ok(None),
    }))
}

/// The INTO of a chain of set operations stands in its leftmost arm.
fn into_clause(select: &pg_query::protobuf::SelectStmt) -> bool {
    let mut arm = Some(select);
    while let Some(select) = arm {
        if select.into_clause.is_some() {
            return true;
        }
        arm = select.larg.as_deref();
    }
    false
}

fn end(copy: &CopyStmt) -> End {
    match (copy.is_program, copy.filename.is_empty()) {
        (true, _) => End::Program,
        (false, true) => End::Client,
        (false, false) => End::File,
    }
}

/// Does EXPLAIN run what it explains? The last option of a name counts; what cannot be read does.
fn is_analyze(explain: &ExplainStmt) -> Result<bool, Refused> {
    let mut analyze = false;
    for option in definitions(&explain.options)? {
        if option.defname == "analyze" {
            analyze |= truth(option).unwrap_or(true);
        }
    }
    Ok(analyze)
}

/// The value of an option that is a switch, as PostgreSQL's `defGetBoolean` reads it.
pub fn truth(option: &DefElem) -> Option<bool> {
    match option.arg.as_ref().map(|arg| arg.node.as_ref()) {
        None => Some(true),
        Some(Some(NodeEnum::Boolean(b))) => Some(b.boolval),
        Some(Some(NodeEnum::Integer(i))) => match i.ival {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        Some(Some(NodeEnum::String(s))) => match s.sval.to_ascii_lowercase().as_str() {
            "true" | "on" => Some(true),
            "false" | "off" => Some(false),
            _ => None,
        },
        Some(_) => None,
    }
}

/// The options of a list that holds only such.
///
/// # Errors
/// [`Refused::Unsupported`].
pub fn definitions(list: &[Node]) -> Result<Vec<&DefElem>, Refused> {
    list.iter()
        .map(|node| match &node.node {
            Some(NodeEnum::DefElem(element)) => Ok(&**element),
            _ => Err(Refused::Unsupported),
        })
        .collect()
}

/// Steers the session, its transactions and the server.
fn session(node: &NodeEnum) -> Result<Option<Kind>, Refused> {
    Ok(Some(match node {
        NodeEnum::VariableSetStmt(set) => variable(set)?,
        NodeEnum::VariableShowStmt(_) => Kind::Show,
        NodeEnum::ConstraintsSetStmt(_) => Kind::SetConstraints,
        NodeEnum::TransactionStmt(transaction) => match transaction.kind() {
            TransactionStmtKind::TransStmtBegin | TransactionStmtKind::TransStmtStart => {
                Kind::Begin
            }
            TransactionStmtKind::TransStmtCommit => Kind::Commit,
            TransactionStmtKind::TransStmtRollback => Kind::Rollback,
            TransactionStmtKind::TransStmtSavepoint => Kind::Savepoint,
            TransactionStmtKind::TransStmtRelease => Kind::Release,
            TransactionStmtKind::TransStmtRollbackTo => Kind::RollbackTo,
            TransactionStmtKind::TransStmtPrepare => Kind::PrepareTransaction,
            TransactionStmtKind::TransStmtCommitPrepared => Kind::CommitPrepared,
            TransactionStmtKind::TransStmtRollbackPrepared => Kind::RollbackPrepared,
            TransactionStmtKind::Undefined => return Err(Refused::Unsupported),
        },
        NodeEnum::DeallocateStmt(_) => Kind::Deallocate,
        NodeEnum::ListenStmt(_) => Kind::Listen,
        NodeEnum::NotifyStmt(_) => Kind::Notify,
        NodeEnum::UnlistenStmt(_) => Kind::Unlisten,
        NodeEnum::LockStmt(_) => Kind::Lock,
        NodeEnum::VacuumStmt(vacuum) if vacuum.is_vacuumcmd => Kind::Vacuum,
        NodeEnum::VacuumStmt(_) => Kind::Analyze,
        NodeEnum::ClusterStmt(_) => Kind::Cluster,
        NodeEnum::ReindexStmt(_) => Kind::Reindex,
        NodeEnum::CheckPointStmt(_) => Kind::Checkpoint,
        NodeEnum::LoadStmt(_) => Kind::Load,
        NodeEnum::AlterSystemStmt(_) => Kind::AlterSystem,
        NodeEnum::DiscardStmt(discard) => Kind::Discard(match discard.target() {
            DiscardMode::DiscardAll => Discarded::All,
            DiscardMode::DiscardPlans => Discarded::Plans,
            DiscardMode::DiscardSequences => Discarded::Sequences,
            DiscardMode::DiscardTemp => Discarded::Temp,
            DiscardMode::Undefined => return Err(Refused::Unsupported),
        }),
        _ => return Ok(None),
    }))
}

fn variable(set: &VariableSetStmt) -> Result<Kind, Refused> {
    let name = set.name.to_ascii_lowercase();
    Ok(match set.kind() {
        VariableSetKind::Undefined => return Err(Refused::Unsupported),
        VariableSetKind::VarSetMulti => Kind::SetTransaction,
        _ if name == "role" => Kind::SetRole,
        _ if name == "session_authorization" => Kind::SetSessionAuthorization,
        VariableSetKind::VarReset | VariableSetKind::VarResetAll => Kind::Reset,
        VariableSetKind::VarSetValue
        | VariableSetKind::VarSetDefault
        | VariableSetKind::VarSetCurrent => Kind::Set,
    })
}

/// Defines objects and rights.
fn definition(node: &NodeEnum) -> Result<Option<Kind>, Refused> {
    let kind = match node {
        NodeEnum::GrantStmt(grant) if grant.is_grant => Some(Kind::Grant),
        NodeEnum::GrantStmt(_) => Some(Kind::Revoke),
        NodeEnum::GrantRoleStmt(grant) if grant.is_grant => Some(Kind::GrantRole),
        NodeEnum::GrantRoleStmt(_) => Some(Kind::RevokeRole),
        NodeEnum::CommentStmt(_) => Some(Kind::Comment),
        NodeEnum::SecLabelStmt(_) => Some(Kind::SecurityLabel),
        NodeEnum::ImportForeignSchemaStmt(_) => Some(Kind::ImportForeignSchema),
        NodeEnum::ReassignOwnedStmt(_) => Some(Kind::ReassignOwned),
        NodeEnum::DropOwnedStmt(_) => Some(Kind::DropOwned),
        _ => None,
    };
    if kind.is_some() {
        return Ok(kind);
    }
    if let Some(made) = created(node)? {
        return Ok(Some(Kind::Create(made)));
    }
    if let Some(changed) = altered(node)? {
        return Ok(Some(Kind::Alter(changed)));
    }
    Ok(dropped(node)?.map(Kind::Drop))
}

fn created(node: &NodeEnum) -> Result<Option<Object>, Refused> {
    Ok(Some(match node {
        NodeEnum::CreateStmt(_) => Object::Table,
        NodeEnum::CreateForeignTableStmt(_) => Object::ForeignTable,
        NodeEnum::ViewStmt(_) => Object::View,
        NodeEnum::IndexStmt(_) => Object::Index,
        NodeEnum::CreateSchemaStmt(_) => Object::Schema,
        NodeEnum::CreateSeqStmt(_) => Object::Sequence,
        NodeEnum::CreateFunctionStmt(create) if create.is_procedure => Object::Procedure,
        NodeEnum::CreateFunctionStmt(_) => Object::Function,
        NodeEnum::CreateTrigStmt(_) => Object::Trigger,
        NodeEnum::CreateEventTrigStmt(_) => Object::EventTrigger,
        NodeEnum::RuleStmt(_) => Object::Rule,
        NodeEnum::CreatePolicyStmt(_) => Object::Policy,
        NodeEnum::CreateRoleStmt(_) => Object::Role,
        NodeEnum::CreatedbStmt(_) => Object::Database,
        NodeEnum::CreateTableSpaceStmt(_) => Object::Tablespace,
        NodeEnum::CreateExtensionStmt(_) => Object::Extension,
        NodeEnum::CreateFdwStmt(_) => Object::ForeignDataWrapper,
        NodeEnum::CreateForeignServerStmt(_) => Object::Server,
        NodeEnum::CreateUserMappingStmt(_) => Object::UserMapping,
        NodeEnum::CreateAmStmt(_) => Object::AccessMethod,
        NodeEnum::CreatePlangStmt(_) => Object::Language,
        NodeEnum::CreateCastStmt(_) => Object::Cast,
        NodeEnum::CreateTransformStmt(_) => Object::Transform,
        NodeEnum::CreateConversionStmt(_) => Object::Conversion,
        NodeEnum::CreateDomainStmt(_) => Object::Domain,
        NodeEnum::CompositeTypeStmt(_)
        | NodeEnum::CreateEnumStmt(_)
        | NodeEnum::CreateRangeStmt(_) => Object::Type,
        NodeEnum::CreateOpClassStmt(_) => Object::OperatorClass,
        NodeEnum::CreateOpFamilyStmt(_) => Object::OperatorFamily,
        NodeEnum::CreateStatsStmt(_) => Object::Statistics,
        NodeEnum::CreatePublicationStmt(_) => Object::Publication,
        NodeEnum::CreateSubscriptionStmt(_) => Object::Subscription,
        NodeEnum::DefineStmt(define) => object(define.kind)?,
        _ => return Ok(None),
    }))
}

fn altered(node: &NodeEnum) -> Result<Option<Object>, Refused> {
    Ok(Some(match node {
        NodeEnum::AlterTableStmt(alter) => object(alter.objtype)?,
        NodeEnum::AlterTableMoveAllStmt(alter) => object(alter.objtype)?,
        NodeEnum::RenameStmt(rename) => object(rename.rename_type)?,
        NodeEnum::AlterObjectSchemaStmt(alter) => object(alter.object_type)?,
        NodeEnum::AlterObjectDependsStmt(alter) => object(alter.object_type)?,
        NodeEnum::AlterOwnerStmt(alter) => object(alter.object_type)?,
        NodeEnum::AlterFunctionStmt(alter) => object(alter.objtype)?,
        NodeEnum::AlterDomainStmt(_) => Object::Domain,
        NodeEnum::AlterDefaultPrivilegesStmt(_) => Object::DefaultPrivileges,
        NodeEnum::AlterSeqStmt(_) => Object::Sequence,
        NodeEnum::AlterTypeStmt(_) | NodeEnum::AlterEnumStmt(_) => Object::Type,
        NodeEnum::AlterCollationStmt(_) => Object::Collation,
        NodeEnum::AlterOperatorStmt(_) => Object::Operator,
        NodeEnum::AlterOpFamilyStmt(_) => Object::OperatorFamily,
        NodeEnum::AlterPolicyStmt(_) => Object::Policy,
        NodeEnum::AlterRoleStmt(_) | NodeEnum::AlterRoleSetStmt(_) => Object::Role,
        NodeEnum::AlterDatabaseStmt(_)
        | NodeEnum::AlterDatabaseSetStmt(_)
        | NodeEnum::AlterDatabaseRefreshCollStmt(_) => Object::Database,
        NodeEnum::AlterTableSpaceOptionsStmt(_) => Object::Tablespace,
        NodeEnum::AlterExtensionStmt(_) | NodeEnum::AlterExtensionContentsStmt(_) => {
            Object::Extension
        }
        NodeEnum::AlterFdwStmt(_) => Object::ForeignDataWrapper,
        NodeEnum::AlterForeignServerStmt(_) => Object::Server,
        NodeEnum::AlterUserMappingStmt(_) => Object::UserMapping,
        NodeEnum::AlterEventTrigStmt(_) => Object::EventTrigger,
        NodeEnum::AlterStatsStmt(_) => Object::Statistics,
        NodeEnum::AlterPublicationStmt(_) => Object::Publication,
        NodeEnum::AlterSubscriptionStmt(_) => Object::Subscription,
        NodeEnum::AlterTsdictionaryStmt(_) | NodeEnum::AlterTsconfigurationStmt(_) => {
            Object::TextSearch
        }
        NodeEnum::ReplicaIdentityStmt(_) => Object::Table,
        _ => return Ok(None),
    }))
}

fn dropped(node: &NodeEnum) -> Result<Option<Object>, Refused> {
    Ok(Some(match node {
        NodeEnum::DropStmt(drop) => object(drop.remove_type)?,
        NodeEnum::DropRoleStmt(_) => Object::Role,
        NodeEnum::DropdbStmt(_) => Object::Database,
        NodeEnum::DropTableSpaceStmt(_) => Object::Tablespace,
        NodeEnum::DropUserMappingStmt(_) => Object::UserMapping,
        NodeEnum::DropSubscriptionStmt(_) => Object::Subscription,
        _ => return Ok(None),
    }))
}

/// The class of an object.
///
/// # Errors
/// [`Refused::Unsupported`] for a number that PostgreSQL does not have.
pub fn object(number: i32) -> Result<Object, Refused> {
    let class = ObjectType::try_from(number).map_err(|_| Refused::Unsupported)?;
    Ok(match class {
        ObjectType::Undefined => return Err(Refused::Unsupported),
        ObjectType::ObjectAccessMethod => Object::AccessMethod,
        ObjectType::ObjectAggregate => Object::Aggregate,
        ObjectType::ObjectAmop | ObjectType::ObjectAmproc | ObjectType::ObjectOpfamily => {
            Object::OperatorFamily
        }
        ObjectType::ObjectAttribute | ObjectType::ObjectColumn => Object::Column,
        ObjectType::ObjectCast => Object::Cast,
        ObjectType::ObjectCollation => Object::Collation,
        ObjectType::ObjectConversion => Object::Conversion,
        ObjectType::ObjectDatabase => Object::Database,
        ObjectType::ObjectDefault => Object::Column,
        ObjectType::ObjectDefacl => Object::DefaultPrivileges,
        ObjectType::ObjectDomain | ObjectType::ObjectDomconstraint => Object::Domain,
        ObjectType::ObjectEventTrigger => Object::EventTrigger,
        ObjectType::ObjectExtension => Object::Extension,
        ObjectType::ObjectFdw => Object::ForeignDataWrapper,
        ObjectType::ObjectForeignServer => Object::Server,
        ObjectType::ObjectForeignTable => Object::ForeignTable,
        ObjectType::ObjectFunction => Object::Function,
        ObjectType::ObjectIndex => Object::Index,
        ObjectType::ObjectLanguage => Object::Language,
        ObjectType::ObjectLargeobject => Object::LargeObject,
        ObjectType::ObjectMatview => Object::MaterializedView,
        ObjectType::ObjectOpclass => Object::OperatorClass,
        ObjectType::ObjectOperator => Object::Operator,
        ObjectType::ObjectParameterAcl => Object::Parameter,
        ObjectType::ObjectPolicy => Object::Policy,
        ObjectType::ObjectProcedure => Object::Procedure,
        ObjectType::ObjectPublication
        | ObjectType::ObjectPublicationNamespace
        | ObjectType::ObjectPublicationRel => Object::Publication,
        ObjectType::ObjectRole => Object::Role,
        ObjectType::ObjectRoutine => Object::Routine,
        ObjectType::ObjectRule => Object::Rule,
        ObjectType::ObjectSchema => Object::Schema,
        ObjectType::ObjectSequence => Object::Sequence,
        ObjectType::ObjectSubscription => Object::Subscription,
        ObjectType::ObjectStatisticExt => Object::Statistics,
        ObjectType::ObjectTabconstraint => Object::Constraint,
        ObjectType::ObjectTable => Object::Table,
        ObjectType::ObjectTablespace => Object::Tablespace,
        ObjectType::ObjectTransform => Object::Transform,
        ObjectType::ObjectTrigger => Object::Trigger,
        ObjectType::ObjectTsconfiguration
        | ObjectType::ObjectTsdictionary
        | ObjectType::ObjectTsparser
        | ObjectType::ObjectTstemplate => Object::TextSearch,
        ObjectType::ObjectType => Object::Type,
        ObjectType::ObjectUserMapping => Object::UserMapping,
        ObjectType::ObjectView => Object::View,
    })
}
