//! Statements that write: what flows into the columns that are written, and what RETURNING returns.

use super::flow::{Field, Flow, Rows, Value};
use super::predicate::{self, Clause, Form};
use super::scope::{Item, table_rows};
use super::{Analyzer, Operand, Resolved, WriteFlow};
use crate::sql::children::inner;
use crate::sql::{Name, literal};
use pg_query::NodeEnum;
use pg_query::protobuf::{
    self as p, Alias, CmdType, Node, RangeVar, ReturningClause, ReturningOptionKind,
};

/// The relation that is written.
struct Target {
    name: Name,
    rows: Rows,
    item: Item,
}

/// A column that is assigned to: its name, what flows into it, the constant that it is.
type Assigned = (String, Value, Option<Operand>);

impl<'a> Analyzer<'a> {
    pub(super) fn insert(&mut self, insert: &'a p::InsertStmt) -> Rows {
        let seen = self.ctes.len();
        self.with(insert.with_clause.as_ref());
        let mut target = self.target(insert.relation.as_ref());
        let source = match insert.select_stmt.as_deref() {
            Some(_) => self.subquery(insert.select_stmt.as_deref()),
            None => Rows::none(),
        };
        let columns: Vec<String> = match insert.cols.as_slice() {
            [] => target.rows.fields.iter().map(|f| f.name.clone()).collect(),
            listed => listed.iter().map(target_name).collect(),
        };
        let constants = constant_rows(insert.select_stmt.as_deref());
        let mut assigned: Vec<Assigned> = Vec::new();
        if let Some(rest) = &source.rest {
            let mut all = source.all();
            all.add(rest);
            assigned.extend(columns.into_iter().map(|name| (name, all.clone(), None)));
        } else if source.fields.len() > columns.len() {
            // The table is not known, or PostgreSQL refuses it.
            let all = source.all();
            assigned.push((String::new(), all, None));
        } else {
            for (number, (name, field)) in columns.into_iter().zip(&source.fields).enumerate() {
                let of_row = |row: &Vec<Option<Operand>>| row.get(number).and_then(Clone::clone);
                let mut constants = constants.iter().map(of_row);
                let first = constants.next().flatten();
                for constant in constants.filter(Option::is_some) {
                    // Each further row of VALUES writes its own.
                    let more = (name.clone(), Value::none(), constant);
                    self.wrote(&target, std::slice::from_ref(&more));
                }
                assigned.push((name, field.value.clone(), first));
            }
        }
        self.wrote(&target, &assigned);
        let excluded = Item {
            shows_columns: false,
            ..Item::new("excluded", mixed(&target.rows, &assigned))
        };
        if let Some(conflict) = insert.on_conflict_clause.as_deref() {
            let items = vec![target.item.clone(), excluded];
            let (updated, _) = self.seeing(items, |this| this.conflict(conflict, &assigned));
            self.wrote(&target, &updated);
            assigned.extend(updated);
        }
        target.item.fields = std::rc::Rc::new(mixed(&target.rows, &assigned).fields);
        let rows = self.returned(insert.returning_clause.as_ref(), target.item, Vec::new());
        self.ctes.truncate(seen);
        rows
    }

    /// ON CONFLICT: whether a row exists decides. Without columns, any that is written may be unique.
    fn conflict(
        &mut self,
        conflict: &'a p::OnConflictClause,
        inserted: &[Assigned],
    ) -> Vec<Assigned> {
        let infer = conflict.infer.as_deref();
        for element in infer.into_iter().flat_map(|infer| &infer.index_elems) {
            let value = match inner(element) {
                Ok(NodeEnum::IndexElem(element)) => match element.expr.as_deref() {
                    Some(expression) => self.value(expression),
                    None => self.column_named(&element.name),
                },
                _ => Value::unknown(),
            };
            self.used(&value.flow, Clause::Conflict, Form::of(&value.flow));
        }
        if infer.is_none_or(|infer| infer.index_elems.is_empty()) {
            for (name, _, _) in inserted {
                let value = self.column_named(name);
                self.used(&value.flow, Clause::Conflict, Form::Other);
            }
        }
        if let Some(condition) = infer.and_then(|infer| infer.where_clause.as_deref()) {
            self.condition(condition, Clause::Conflict);
        }
        let assigned = self.assignments(&conflict.target_list);
        if let Some(condition) = conflict.where_clause.as_deref() {
            self.condition(condition, Clause::Where);
        }
        assigned
    }

    pub(super) fn update(&mut self, update: &'a p::UpdateStmt) -> Rows {
        let seen = self.ctes.len();
        self.with(update.with_clause.as_ref());
        let mut target = self.target(update.relation.as_ref());
        let others = self.items_of(&update.from_clause);
        let mut items = vec![target.item.clone()];
        items.extend(others.iter().cloned());
        let (assigned, _) = self.seeing(items, |this| {
            let assigned = this.assignments(&update.target_list);
            if let Some(condition) = update.where_clause.as_deref() {
                this.condition(condition, Clause::Where);
            }
            assigned
        });
        self.wrote(&target, &assigned);
        target.item.fields = std::rc::Rc::new(mixed(&target.rows, &assigned).fields);
        let rows = self.returned(update.returning_clause.as_ref(), target.item, others);
        self.ctes.truncate(seen);
        rows
    }

    pub(super) fn delete(&mut self, delete: &'a p::DeleteStmt) -> Rows {
        let seen = self.ctes.len();
        self.with(delete.with_clause.as_ref());
        let target = self.target(delete.relation.as_ref());
        let others = self.items_of(&delete.using_clause);
        let mut items = vec![target.item.clone()];
        items.extend(others.iter().cloned());
        self.seeing(items, |this| {
            if let Some(condition) = delete.where_clause.as_deref() {
                this.condition(condition, Clause::Where);
            }
        });
        let rows = self.returned(delete.returning_clause.as_ref(), target.item, others);
        self.ctes.truncate(seen);
        rows
    }

    pub(super) fn merge(&mut self, merge: &'a p::MergeStmt) -> Rows {
        let seen = self.ctes.len();
        self.with(merge.with_clause.as_ref());
        let mut target = self.target(merge.relation.as_ref());
        let source = self.items_of(
            merge
                .source_relation
                .as_deref()
                .map_or(&[], std::slice::from_ref),
        );
        let mut items = vec![target.item.clone()];
        items.extend(source.iter().cloned());
        let ((assigned, unnamed), _) = self.seeing(items, |this| {
            if let Some(condition) = merge.join_condition.as_deref() {
                this.condition(condition, Clause::Join);
            }
            let mut assigned = Vec::new();
            let mut unnamed = Vec::new();
            for clause in &merge.merge_when_clauses {
                let Ok(NodeEnum::MergeWhenClause(when)) = inner(clause) else {
                    assigned.push((String::new(), Value::unknown(), None));
                    continue;
                };
                if let Some(condition) = when.condition.as_deref() {
                    this.condition(condition, Clause::When);
                }
                match when.command_type() {
                    CmdType::CmdUpdate => assigned.extend(this.assignments(&when.target_list)),
                    CmdType::CmdInsert => {
                        for (number, node) in when.values.iter().enumerate() {
                            let value = this.value(node);
                            let constant = predicate::operand(node);
                            match when.target_list.get(number) {
                                Some(target) => {
                                    assigned.push((target_name(target), value, constant));
                                }
                                None => unnamed.push((number, value, constant)),
                            }
                        }
                    }
                    _ => {}
                }
            }
            (assigned, unnamed)
        });
        let mut assigned: Vec<Assigned> = assigned;
        for (number, value, constant) in unnamed {
            let name = target.rows.fields.get(number).map(|f| f.name.clone());
            assigned.push((name.unwrap_or_default(), value, constant));
        }
        self.wrote(&target, &assigned);
        target.item.fields = std::rc::Rc::new(mixed(&target.rows, &assigned).fields);
        let rows = self.returned(merge.returning_clause.as_ref(), target.item, source);
        self.ctes.truncate(seen);
        rows
    }

    /// A relation is made of rows: CREATE TABLE AS, SELECT INTO, CREATE VIEW.
    pub(super) fn made(&mut self, range: Option<&RangeVar>, names: &[Node], rows: &Rows) {
        let Some(range) = range else { return };
        let rows = match literal::parts(names) {
            Some(names) => rows.clone().renamed(&names),
            None => Rows::unknown(),
        };
        let relation = literal::relation(range);
        let rest = rows.rest.map(|rest| Field::new("", rest));
        for field in rows.fields.into_iter().chain(rest) {
            self.writes.push(WriteFlow {
                relation: relation.clone(),
                target: None,
                column: field.name,
                flow: field.value.flow,
                constant: None,
            });
        }
    }

    fn target(&mut self, range: Option<&'a RangeVar>) -> Target {
        let Some(range) = range else {
            return Target {
                name: Name::new(None, ""),
                rows: Rows::unknown(),
                item: Item::new("", Rows::unknown()),
            };
        };
        // What is written is never a WITH query. The columns are those of the relation itself: what is
        // written to a view is written to its columns.
        let name = literal::relation(range);
        let own = match self.relations.resolve(&name) {
            Resolved::Table(relation) | Resolved::View(relation, _) => table_rows(&relation),
            Resolved::Unknown | Resolved::Ambiguous => Rows::unknown(),
        };
        let seen = (*self.relation(&name)).clone();
        let alias = range.alias.as_ref().map(|alias| &alias.aliasname);
        let mut item = Item::new(alias.unwrap_or(&range.relname), seen.clone());
        item.has_alias = alias.is_some();
        item.schema.clone_from(&name.schema);
        item.is_table = true;
        let fields = own.fields.iter().zip(&seen.fields).map(|(own, seen)| {
            let mut value = seen.value.clone();
            value.flow.origin = own.value.flow.origin;
            Field::new(&own.name, value)
        });
        let rows = Rows {
            fields: fields.collect(),
            rest: own.rest,
        };
        Target { name, rows, item }
    }

    fn assignments(&mut self, targets: &'a [Node]) -> Vec<Assigned> {
        targets
            .iter()
            .map(|node| match inner(node) {
                Ok(NodeEnum::ResTarget(target)) => {
                    let value = target.val.as_deref();
                    let is_whole = target.indirection.is_empty();
                    let constant = value.filter(|_| is_whole).and_then(predicate::operand);
                    let mut value = value.map_or_else(Value::unknown, |node| self.value(node));
                    for step in &target.indirection {
                        if let Ok(NodeEnum::AIndices(indices)) = inner(step) {
                            for node in [&indices.lidx, &indices.uidx].into_iter().flatten() {
                                value.add(&self.value(node));
                            }
                        }
                    }
                    (target.name.clone(), value, constant)
                }
                _ => (String::new(), Value::unknown(), None),
            })
            .collect()
    }

    fn wrote(&mut self, target: &Target, assigned: &[Assigned]) {
        for (column, value, constant) in assigned {
            let known = target.rows.fields.iter().find(|f| f.name == *column);
            self.writes.push(WriteFlow {
                relation: target.name.clone(),
                target: known.and_then(|field| field.value.flow.origin),
                column: column.clone(),
                flow: value.flow.clone(),
                constant: constant.clone(),
            });
        }
    }

    fn column_named(&mut self, name: &str) -> Value {
        let level = self.levels.last().and_then(|items| items.first());
        let field = level.and_then(|item| item.fields.iter().find(|f| f.name == name));
        field.map_or_else(Value::unknown, |field| field.value.clone())
    }

    /// RETURNING: sees the target, what stands in FROM, and the row before and after.
    fn returned(
        &mut self,
        clause: Option<&'a ReturningClause>,
        target: Item,
        others: Vec<Item>,
    ) -> Rows {
        let Some(clause) = clause else {
            return Rows::none();
        };
        let (mut old, mut new) = ("old", "new");
        for option in &clause.options {
            match inner(option) {
                Ok(NodeEnum::ReturningOption(option)) => match option.option() {
                    ReturningOptionKind::ReturningOptionOld => old = &option.value,
                    ReturningOptionKind::ReturningOptionNew => new = &option.value,
                    ReturningOptionKind::Undefined => return Rows::unknown(),
                },
                _ => return Rows::unknown(),
            }
        }
        let mut items = vec![target.clone()];
        items.extend(others);
        for name in [old, new] {
            if !items.iter().any(|item| item.name.as_deref() == Some(name)) {
                items.push(Item {
                    name: Some(name.to_owned()),
                    has_alias: true,
                    shows_columns: false,
                    ..target.clone()
                });
            }
        }
        self.seeing(items, |this| this.target_list(&clause.exprs)).0
    }
}

/// The columns of a relation after they were assigned to: what was there, or what flows in.
fn mixed(rows: &Rows, assigned: &[Assigned]) -> Rows {
    let mut rows = rows.clone();
    for (name, value, _) in assigned {
        let is_constant = value.flow == Flow::none();
        let mut into: Vec<&mut Value> = match rows.fields.iter_mut().find(|f| f.name == *name) {
            Some(field) => vec![&mut field.value],
            // It is not known which.
            None => rows
                .fields
                .iter_mut()
                .map(|field| &mut field.value)
                .collect(),
        };
        for field in into.iter_mut().filter(|_| !is_constant) {
            let origin = field.flow.origin;
            field.add(value);
            field.flow.origin = origin;
        }
    }
    rows
}

fn target_name(node: &Node) -> String {
    match inner(node) {
        Ok(NodeEnum::ResTarget(target)) => target.name.clone(),
        _ => String::new(),
    }
}

/// The constants of INSERT … VALUES, row by row.
fn constant_rows(source: Option<&Node>) -> Vec<Vec<Option<Operand>>> {
    let Some(Ok(NodeEnum::SelectStmt(select))) = source.map(inner) else {
        return Vec::new();
    };
    if select.values_lists.is_empty() {
        let targets = select.target_list.iter().map(|node| match inner(node) {
            Ok(NodeEnum::ResTarget(target)) => target.val.as_deref().and_then(predicate::operand),
            _ => None,
        });
        return vec![targets.collect()];
    }
    let rows = select.values_lists.iter().map(|row| match inner(row) {
        Ok(NodeEnum::List(list)) => list.items.iter().map(predicate::operand).collect(),
        _ => Vec::new(),
    });
    rows.collect()
}

/// The column names of an alias; `None` if they are not understood.
pub fn alias_names(alias: &Alias) -> Option<Vec<&str>> {
    literal::parts(&alias.colnames)
}
