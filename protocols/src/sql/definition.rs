//! What definitions and commands are about: the relations and other objects that they name outside of
//! queries and expressions.

use super::children::inner;
use super::classify::object;
use super::literal;
use super::statement::Write;
use super::{Name, Object, Refused};
use pg_query::NodeEnum;
use pg_query::protobuf::{DropBehavior, Node, RangeVar, RoleSpec};

/// A relation that is written.
pub enum Target<'a> {
    /// By a node of the tree.
    Range(&'a RangeVar, Write),
    /// By a list of names.
    Named(Name, Write),
}

/// What a statement is about.
#[derive(Default)]
pub struct About<'a> {
    pub targets: Vec<Target<'a>>,
    pub objects: Vec<Name>,
    pub roles: Vec<String>,
    pub functions: Vec<Name>,
    pub cascades: bool,
    pub handle: Option<String>,
    pub reads_file: bool,
}

impl<'a> About<'a> {
    fn range(&mut self, range: Option<&'a RangeVar>, how: Write) {
        self.targets
            .extend(range.map(|range| Target::Range(range, how)));
    }

    fn ranges(&mut self, list: &'a [Node], how: Write) -> Result<(), Refused> {
        for node in list {
            match inner(node)? {
                NodeEnum::RangeVar(range) => self.range(Some(range), how),
                NodeEnum::VacuumRelation(vacuum) => self.range(vacuum.relation.as_ref(), how),
                _ => return Err(Refused::Unsupported),
            }
        }
        Ok(())
    }

    fn named(&mut self, name: &str) {
        self.objects.push(Name::new(None, name));
    }

    fn listed(&mut self, names: &[Node]) -> Result<(), Refused> {
        self.objects.push(literal::name(names)?);
        Ok(())
    }

    fn role(&mut self, role: Option<&RoleSpec>) {
        self.roles.extend(role.map(|role| role.rolename.clone()));
    }

    fn function(&mut self, names: &[Node]) -> Result<(), Refused> {
        if !names.is_empty() {
            self.functions.push(literal::name(names)?);
        }
        Ok(())
    }

    /// An object of some class: relations and what hangs on them are relations that are written.
    fn object(&mut self, class: Object, node: &'a Node, how: Write) -> Result<(), Refused> {
        let parts = match inner(node)? {
            NodeEnum::RangeVar(range) => {
                self.range(Some(range), how);
                return Ok(());
            }
            NodeEnum::String(name) => {
                self.named(&name.sval);
                return Ok(());
            }
            NodeEnum::ObjectWithArgs(function) => return self.listed(&function.objname),
            NodeEnum::TypeName(name) => return self.listed(&name.names),
            NodeEnum::AccessPriv(role) => {
                self.roles.push(role.priv_name.clone());
                return Ok(());
            }
            NodeEnum::RoleSpec(role) => {
                self.role(Some(role));
                return Ok(());
            }
            NodeEnum::Integer(_) | NodeEnum::Float(_) => return Ok(()),
            NodeEnum::List(list) => match literal::parts(&list.items) {
                Some(parts) => parts,
                // A cast, a transform, an operator class: types and names.
                None => return Ok(()),
            },
            _ => return Err(Refused::Unsupported),
        };
        match class {
            Object::Table
            | Object::View
            | Object::MaterializedView
            | Object::ForeignTable
            | Object::Sequence
            | Object::Index => {
                let name = literal::named(&parts)?;
                self.targets.push(Target::Named(name, how));
            }
            Object::Column
            | Object::Constraint
            | Object::Trigger
            | Object::Rule
            | Object::Policy => {
                let (last, relation) = parts.split_last().ok_or(Refused::Unsupported)?;
                self.named(last);
                if relation.is_empty() {
                    // The relation is named by a node of its own.
                    return Ok(());
                }
                let relation = literal::named(relation)?;
                let how = if how == Write::Drop {
                    Write::Alter
                } else {
                    how
                };
                self.targets.push(Target::Named(relation, how));
            }
            _ => {
                let name = match parts.as_slice() {
                    // `USING method` of an operator class stands in front.
                    [_, rest @ ..] if rest.len() > 2 => literal::named(rest)?,
                    _ => literal::named(&parts)?,
                };
                self.objects.push(name);
            }
        }
        Ok(())
    }
}

fn cascades(behavior: i32) -> bool {
    behavior == DropBehavior::DropCascade as i32
}

/// What a definition or a command is about.
///
/// # Errors
/// [`Refused::Unsupported`] if it names something in a way that is not understood.
pub fn about(node: &NodeEnum) -> Result<About<'_>, Refused> {
    let mut about = About::default();
    if !commands(node, &mut about)? && !definitions(node, &mut about)? {
        others(node, &mut about)?;
    }
    Ok(about)
}

fn commands<'a>(node: &'a NodeEnum, about: &mut About<'a>) -> Result<bool, Refused> {
    match node {
        NodeEnum::TruncateStmt(truncate) => {
            about.ranges(&truncate.relations, Write::Truncate)?;
            about.cascades = cascades(truncate.behavior);
        }
        NodeEnum::LockStmt(lock) => about.ranges(&lock.relations, Write::Lock)?,
        NodeEnum::VacuumStmt(vacuum) => about.ranges(&vacuum.rels, Write::Maintain)?,
        NodeEnum::ClusterStmt(cluster) => about.range(cluster.relation.as_ref(), Write::Maintain),
        NodeEnum::ReindexStmt(reindex) => about.range(reindex.relation.as_ref(), Write::Maintain),
        NodeEnum::RefreshMatViewStmt(refresh) => {
            about.range(refresh.relation.as_ref(), Write::Refresh);
        }
        NodeEnum::GrantStmt(grant) => {
            let class = object(grant.objtype)?;
            let in_schema =
                grant.targtype() == pg_query::protobuf::GrantTargetType::AclTargetAllInSchema;
            let class = if in_schema { Object::Schema } else { class };
            for node in &grant.objects {
                about.object(class, node, Write::Privileges)?;
            }
            about.cascades = cascades(grant.behavior);
        }
        NodeEnum::GrantRoleStmt(grant) => {
            for node in &grant.granted_roles {
                about.object(Object::Role, node, Write::Privileges)?;
            }
        }
        NodeEnum::CommentStmt(comment) => {
            let node = comment.object.as_deref().ok_or(Refused::Unsupported)?;
            about.object(object(comment.objtype)?, node, Write::Describe)?;
        }
        NodeEnum::SecLabelStmt(label) => {
            let node = label.object.as_deref().ok_or(Refused::Unsupported)?;
            about.object(object(label.objtype)?, node, Write::Describe)?;
        }
        NodeEnum::DropOwnedStmt(drop) => about.cascades = cascades(drop.behavior),
        NodeEnum::LoadStmt(_) => about.reads_file = true,
        NodeEnum::ExecuteStmt(execute) => about.handle = Some(execute.name.clone()),
        NodeEnum::DeallocateStmt(deallocate) => about.handle = handle(&deallocate.name),
        NodeEnum::FetchStmt(fetch) => about.handle = Some(fetch.portalname.clone()),
        NodeEnum::ClosePortalStmt(close) => about.handle = handle(&close.portalname),
        NodeEnum::ListenStmt(listen) => about.handle = Some(listen.conditionname.clone()),
        NodeEnum::NotifyStmt(notify) => about.handle = Some(notify.conditionname.clone()),
        NodeEnum::UnlistenStmt(unlisten) => about.handle = handle(&unlisten.conditionname),
        NodeEnum::ImportForeignSchemaStmt(import) => {
            about.named(&import.server_name);
            about.named(&import.local_schema);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn handle(name: &str) -> Option<String> {
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

fn definitions<'a>(node: &'a NodeEnum, about: &mut About<'a>) -> Result<bool, Refused> {
    match node {
        NodeEnum::CreateStmt(create) => about.range(create.relation.as_ref(), Write::Create),
        NodeEnum::CreateForeignTableStmt(create) => {
            let base = create.base_stmt.as_ref().ok_or(Refused::Unsupported)?;
            about.range(base.relation.as_ref(), Write::Create);
            about.named(&create.servername);
        }
        NodeEnum::IndexStmt(index) => about.range(index.relation.as_ref(), Write::Alter),
        NodeEnum::CreateSeqStmt(create) => about.range(create.sequence.as_ref(), Write::Create),
        NodeEnum::AlterSeqStmt(alter) => about.range(alter.sequence.as_ref(), Write::Alter),
        NodeEnum::AlterTableStmt(alter) => {
            about.range(alter.relation.as_ref(), Write::Alter);
            for command in &alter.cmds {
                if let NodeEnum::AlterTableCmd(command) = inner(command)? {
                    about.cascades |= cascades(command.behavior);
                }
            }
        }
        NodeEnum::RenameStmt(rename) => {
            about.range(rename.relation.as_ref(), Write::Alter);
            optional(object(rename.rename_type)?, rename.object.as_deref(), about)?;
        }
        NodeEnum::AlterObjectSchemaStmt(alter) => {
            about.range(alter.relation.as_ref(), Write::Alter);
            optional(object(alter.object_type)?, alter.object.as_deref(), about)?;
        }
        NodeEnum::AlterObjectDependsStmt(alter) => {
            about.range(alter.relation.as_ref(), Write::Alter);
            optional(object(alter.object_type)?, alter.object.as_deref(), about)?;
        }
        NodeEnum::AlterOwnerStmt(alter) => {
            about.range(alter.relation.as_ref(), Write::Alter);
            optional(object(alter.object_type)?, alter.object.as_deref(), about)?;
        }
        NodeEnum::CreateTrigStmt(create) => {
            about.range(create.relation.as_ref(), Write::Alter);
            about.function(&create.funcname)?;
        }
        NodeEnum::CreatePolicyStmt(create) => about.range(create.table.as_ref(), Write::Alter),
        NodeEnum::AlterPolicyStmt(alter) => about.range(alter.table.as_ref(), Write::Alter),
        NodeEnum::CompositeTypeStmt(create) => {
            about.range(create.typevar.as_ref(), Write::Create);
        }
        NodeEnum::DropStmt(drop) => {
            about.cascades = cascades(drop.behavior);
            let class = object(drop.remove_type)?;
            for node in &drop.objects {
                about.object(class, node, Write::Drop)?;
            }
        }
        NodeEnum::AlterFunctionStmt(alter) => {
            let function = alter.func.as_ref().ok_or(Refused::Unsupported)?;
            about.listed(&function.objname)?;
        }
        NodeEnum::DefineStmt(define) => about.listed(&define.defnames)?,
        NodeEnum::CreateDomainStmt(create) => about.listed(&create.domainname)?,
        NodeEnum::AlterDomainStmt(alter) => {
            about.listed(&alter.type_name)?;
            about.cascades = cascades(alter.behavior);
        }
        NodeEnum::CreateEnumStmt(create) => about.listed(&create.type_name)?,
        NodeEnum::AlterEnumStmt(alter) => about.listed(&alter.type_name)?,
        NodeEnum::CreateRangeStmt(create) => about.listed(&create.type_name)?,
        NodeEnum::AlterTypeStmt(alter) => about.listed(&alter.type_name)?,
        NodeEnum::AlterCollationStmt(alter) => about.listed(&alter.collname)?,
        NodeEnum::AlterStatsStmt(alter) => about.listed(&alter.defnames)?,
        NodeEnum::CreateStatsStmt(create) if !create.defnames.is_empty() => {
            about.listed(&create.defnames)?;
        }
        NodeEnum::CreateOpClassStmt(create) => about.listed(&create.opclassname)?,
        NodeEnum::CreateOpFamilyStmt(create) => about.listed(&create.opfamilyname)?,
        NodeEnum::AlterOpFamilyStmt(alter) => about.listed(&alter.opfamilyname)?,
        NodeEnum::AlterTsdictionaryStmt(alter) => about.listed(&alter.dictname)?,
        NodeEnum::AlterTsconfigurationStmt(alter) => about.listed(&alter.cfgname)?,
        NodeEnum::CreateConversionStmt(create) => {
            about.listed(&create.conversion_name)?;
            about.function(&create.func_name)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn optional<'a>(
    class: Object,
    node: Option<&'a Node>,
    about: &mut About<'a>,
) -> Result<(), Refused> {
    node.map_or(Ok(()), |node| about.object(class, node, Write::Alter))
}

/// What is named by one word.
fn others<'a>(node: &'a NodeEnum, about: &mut About<'a>) -> Result<(), Refused> {
    match node {
        NodeEnum::CreateRoleStmt(create) => about.roles.push(create.role.clone()),
        NodeEnum::CreatedbStmt(create) => about.named(&create.dbname),
        NodeEnum::AlterDatabaseStmt(alter) => about.named(&alter.dbname),
        NodeEnum::AlterDatabaseSetStmt(alter) => about.named(&alter.dbname),
        NodeEnum::AlterDatabaseRefreshCollStmt(alter) => about.named(&alter.dbname),
        NodeEnum::DropdbStmt(drop) => about.named(&drop.dbname),
        NodeEnum::CreateTableSpaceStmt(create) => about.named(&create.tablespacename),
        NodeEnum::DropTableSpaceStmt(drop) => about.named(&drop.tablespacename),
        NodeEnum::AlterTableSpaceOptionsStmt(alter) => about.named(&alter.tablespacename),
        NodeEnum::CreateExtensionStmt(create) => about.named(&create.extname),
        NodeEnum::AlterExtensionStmt(alter) => about.named(&alter.extname),
        NodeEnum::AlterExtensionContentsStmt(alter) => {
            about.named(&alter.extname);
            optional(object(alter.objtype)?, alter.object.as_deref(), about)?;
        }
        NodeEnum::CreateFdwStmt(create) => about.named(&create.fdwname),
        NodeEnum::AlterFdwStmt(alter) => about.named(&alter.fdwname),
        NodeEnum::CreateForeignServerStmt(create) => about.named(&create.servername),
        NodeEnum::AlterForeignServerStmt(alter) => about.named(&alter.servername),
        NodeEnum::CreateUserMappingStmt(create) => about.named(&create.servername),
        NodeEnum::AlterUserMappingStmt(alter) => about.named(&alter.servername),
        NodeEnum::DropUserMappingStmt(drop) => about.named(&drop.servername),
        NodeEnum::CreateAmStmt(create) => {
            about.named(&create.amname);
            about.function(&create.handler_name)?;
        }
        NodeEnum::CreateEventTrigStmt(create) => {
            about.named(&create.trigname);
            about.function(&create.funcname)?;
        }
        NodeEnum::AlterEventTrigStmt(alter) => about.named(&alter.trigname),
        NodeEnum::CreatePlangStmt(create) => {
            about.named(&create.plname);
            about.function(&create.plhandler)?;
            about.function(&create.plinline)?;
            about.function(&create.plvalidator)?;
        }
        NodeEnum::CreateCastStmt(create) => {
            if let Some(function) = &create.func {
                about.function(&function.objname)?;
            }
        }
        NodeEnum::CreateTransformStmt(create) => {
            for function in [&create.fromsql, &create.tosql].into_iter().flatten() {
                about.function(&function.objname)?;
            }
        }
        NodeEnum::CreatePublicationStmt(create) => about.named(&create.pubname),
        NodeEnum::AlterPublicationStmt(alter) => about.named(&alter.pubname),
        NodeEnum::CreateSubscriptionStmt(create) => about.named(&create.subname),
        NodeEnum::AlterSubscriptionStmt(alter) => about.named(&alter.subname),
        NodeEnum::DropSubscriptionStmt(drop) => about.named(&drop.subname),
        // These name nothing, or only what the walk over their children finds.
        NodeEnum::VariableSetStmt(_)
        | NodeEnum::ConstraintsSetStmt(_)
        | NodeEnum::CheckPointStmt(_)
        | NodeEnum::AlterSystemStmt(_)
        | NodeEnum::DiscardStmt(_)
        | NodeEnum::ReassignOwnedStmt(_)
        | NodeEnum::AlterRoleStmt(_)
        | NodeEnum::AlterRoleSetStmt(_)
        | NodeEnum::DropRoleStmt(_)
        | NodeEnum::AlterDefaultPrivilegesStmt(_)
        | NodeEnum::AlterTableMoveAllStmt(_)
        | NodeEnum::AlterOperatorStmt(_)
        | NodeEnum::CreateStatsStmt(_)
        | NodeEnum::ReturnStmt(_)
        | NodeEnum::ReplicaIdentityStmt(_) => {}
        _ => return Err(Refused::Unsupported),
    }
    Ok(())
}
