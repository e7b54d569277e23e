//! Statements that write rows, and COPY: what they read and what they write.

use super::Collector;
use crate::sql::children::inner;
use crate::sql::kind::End;
use crate::sql::statement::{Columns, Place, Setting, Write};
use crate::sql::{Kind, Refused, copy, literal, trivial};
use pg_query::protobuf::{self as p, Node};
use pg_query::{NodeEnum, NodeRef};

impl<'a> Collector<'a> {
    pub(super) fn insert(&mut self, insert: &'a p::InsertStmt) -> Result<(), Refused> {
        let seen = self.scopes.len();
        self.with(insert.with_clause.as_ref())?;
        let columns = match insert.cols.as_slice() {
            [] => Columns::All,
            listed => Columns::Listed(self.targets(listed)?),
        };
        self.written(insert.relation.as_ref(), Write::Insert, columns);
        if let Some(node) = insert.select_stmt.as_deref() {
            self.walk(inner(node)?.to_ref())?;
        }
        if let Some(conflict) = insert.on_conflict_clause.as_deref() {
            if !conflict.target_list.is_empty() {
                let columns = Columns::Listed(self.targets(&conflict.target_list)?);
                self.written(insert.relation.as_ref(), Write::Update, columns);
                self.reads_target(insert.relation.as_ref());
            }
            self.list(&conflict.target_list)?;
            self.optional(conflict.where_clause.as_deref())?;
            if let Some(infer) = conflict.infer.as_deref() {
                self.walk(NodeRef::InferClause(infer))?;
            }
        }
        if let Some(returning) = &insert.returning_clause {
            self.reads_target(insert.relation.as_ref());
            self.walk(NodeRef::ReturningClause(returning))?;
        }
        self.scopes.truncate(seen);
        Ok(())
    }

    pub(super) fn update(&mut self, update: &'a p::UpdateStmt) -> Result<(), Refused> {
        let seen = self.scopes.len();
        self.with(update.with_clause.as_ref())?;
        let columns = Columns::Listed(self.targets(&update.target_list)?);
        self.written(update.relation.as_ref(), Write::Update, columns);
        self.reads_target(update.relation.as_ref());
        if let Some(range) = &update.relation
            && range.relname == "pg_settings"
        {
            // Its rule calls set_config.
            self.now().settings.push(Setting {
                name: None,
                value: None,
                is_local: false,
            });
        }
        self.now().condition = trivial::condition(update.where_clause.as_deref());
        self.list(&update.target_list)?;
        self.list(&update.from_clause)?;
        self.optional(update.where_clause.as_deref())?;
        if let Some(returning) = &update.returning_clause {
            self.walk(NodeRef::ReturningClause(returning))?;
        }
        self.scopes.truncate(seen);
        Ok(())
    }

    pub(super) fn delete(&mut self, delete: &'a p::DeleteStmt) -> Result<(), Refused> {
        let seen = self.scopes.len();
        self.with(delete.with_clause.as_ref())?;
        self.written(delete.relation.as_ref(), Write::Delete, Columns::All);
        self.reads_target(delete.relation.as_ref());
        self.now().condition = trivial::condition(delete.where_clause.as_deref());
        self.list(&delete.using_clause)?;
        self.optional(delete.where_clause.as_deref())?;
        if let Some(returning) = &delete.returning_clause {
            self.walk(NodeRef::ReturningClause(returning))?;
        }
        self.scopes.truncate(seen);
        Ok(())
    }

    pub(super) fn merge(&mut self, merge: &'a p::MergeStmt) -> Result<(), Refused> {
        let seen = self.scopes.len();
        self.with(merge.with_clause.as_ref())?;
        self.written(merge.relation.as_ref(), Write::Merge, Columns::All);
        self.reads_target(merge.relation.as_ref());
        self.optional(merge.source_relation.as_deref())?;
        self.optional(merge.join_condition.as_deref())?;
        for clause in &merge.merge_when_clauses {
            let NodeEnum::MergeWhenClause(when) = inner(clause)? else {
                return Err(Refused::Unsupported);
            };
            let how = match when.command_type() {
                p::CmdType::CmdInsert => Some(Write::Insert),
                p::CmdType::CmdUpdate => Some(Write::Update),
                p::CmdType::CmdDelete => Some(Write::Delete),
                p::CmdType::CmdNothing => None,
                p::CmdType::Undefined
                | p::CmdType::CmdUnknown
                | p::CmdType::CmdSelect
                | p::CmdType::CmdMerge
                | p::CmdType::CmdUtility => return Err(Refused::Unsupported),
            };
            if let Some(how) = how {
                let columns = match when.target_list.as_slice() {
                    [] => Columns::All,
                    listed => Columns::Listed(self.targets(listed)?),
                };
                self.written(merge.relation.as_ref(), how, columns);
            }
            self.walk(NodeRef::MergeWhenClause(when))?;
        }
        if let Some(returning) = &merge.returning_clause {
            self.walk(NodeRef::ReturningClause(returning))?;
        }
        self.scopes.truncate(seen);
        Ok(())
    }

    /// Names of the columns that are assigned to.
    fn targets(&mut self, nodes: &[Node]) -> Result<Vec<String>, Refused> {
        nodes
            .iter()
            .map(|node| match inner(node)? {
                NodeEnum::ResTarget(target) => Ok(target.name.clone()),
                _ => Err(Refused::Unsupported),
            })
            .collect()
    }

    pub(super) fn copy(&mut self, copy: &'a p::CopyStmt) -> Result<(), Refused> {
        let (now_end, columns) = match self.now().kind {
            Kind::CopyTo(end) | Kind::CopyFrom(end) => {
                let listed = literal::parts(&copy.attlist).ok_or(Refused::Unsupported)?;
                (
                    end,
                    listed.into_iter().map(str::to_owned).collect::<Vec<_>>(),
                )
            }
            _ => return Err(Refused::Unsupported),
        };
        match (now_end, copy.is_from) {
            (End::Program, _) => self.now().runs_program = true,
            (End::File, true) => self.now().reads_file = true,
            (End::File, false) => self.now().writes_file = true,
            (End::Client, true) => {}
            (End::Client, false) => self.now().copy = Some(copy::copy_out(copy)?),
        }
        self.list(&copy.options)?;
        match (&copy.relation, copy.is_from) {
            (Some(range), true) => {
                let columns = match columns.is_empty() {
                    true => Columns::All,
                    false => Columns::Listed(columns),
                };
                self.written(Some(range), Write::CopyFrom, columns);
                self.now().condition = trivial::condition(copy.where_clause.as_deref());
                self.optional(copy.where_clause.as_deref())
            }
            (Some(range), false) => self.read(range),
            (None, _) => self.nested(copy.query.as_deref(), Place::Copied),
        }
    }
}
