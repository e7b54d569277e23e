//! Queries: WITH, set operations, VALUES, SELECT.

use super::flow::{Field, Flow, Rows, Value};
use super::predicate::{Clause, Form};
use super::scope::{Cte, CteState, Item, Step, path};
use super::{Analyzer, name};
use crate::sql::children::inner;
use crate::sql::literal;
use pg_query::NodeEnum;
use pg_query::protobuf::{self as p, Node, SelectStmt, SetOperation, WithClause, a_const::Val};
use std::rc::Rc;

/// A recursive query is looked at again until nothing new flows, at most this often.
const ROUNDS_MAX: usize = 64;

impl<'a> Analyzer<'a> {
    /// The rows of anything that returns rows.
    pub(super) fn query(&mut self, statement: &'a NodeEnum) -> Rows {
        self.deeper(|this| match statement {
            NodeEnum::SelectStmt(select) => this.select(select),
            NodeEnum::InsertStmt(insert) => this.insert(insert),
            NodeEnum::UpdateStmt(update) => this.update(update),
            NodeEnum::DeleteStmt(delete) => this.delete(delete),
            NodeEnum::MergeStmt(merge) => this.merge(merge),
            _ => Rows::unknown(),
        })
        .unwrap_or_else(Rows::unknown)
    }

    /// The rows of a node that should be a query.
    pub(super) fn subquery(&mut self, node: Option<&'a Node>) -> Rows {
        match node.map(inner) {
            Some(Ok(statement)) => self.query(statement),
            Some(Err(_)) | None => Rows::unknown(),
        }
    }

    fn select(&mut self, select: &'a SelectStmt) -> Rows {
        let seen = self.ctes.len();
        self.with(select.with_clause.as_ref());
        let rows = match select.op() {
            SetOperation::SetopNone if select.values_lists.is_empty() => self.plain(select),
            SetOperation::SetopNone => self.values(select),
            SetOperation::SetopUnion | SetOperation::SetopIntersect | SetOperation::SetopExcept => {
                self.set_operation(select)
            }
            SetOperation::Undefined => Rows::unknown(),
        };
        self.ctes.truncate(seen);
        rows
    }

    /// WITH queries become visible.
    pub(super) fn with(&mut self, clause: Option<&'a WithClause>) {
        let Some(clause) = clause else { return };
        let queries: Vec<&'a p::CommonTableExpr> = clause
            .ctes
            .iter()
            .filter_map(|node| match &node.node {
                Some(NodeEnum::CommonTableExpr(query)) => Some(&**query),
                _ => None,
            })
            .collect();
        let levels = self.levels.len();
        if clause.recursive {
            let ctes = self.ctes.len() + queries.len();
            let first = self.ctes.len();
            self.ctes.extend(queries.iter().map(|query| Cte {
                name: &query.ctename,
                state: CteState::Waiting {
                    query,
                    levels,
                    ctes,
                },
            }));
            for index in first..ctes {
                self.cte_at(index);
            }
        } else {
            for query in queries {
                let rows = self.subquery(query.ctequery.as_deref());
                let rows = finished(query, rows);
                self.ctes.push(Cte {
                    name: &query.ctename,
                    state: CteState::Known(Rc::new(rows)),
                });
            }
        }
    }

    /// The rows of a WITH query that can be seen.
    pub(super) fn cte(&mut self, name: &str) -> Option<Rc<Rows>> {
        let index = self.ctes.iter().rposition(|cte| cte.name == name)?;
        Some(self.cte_at(index))
    }

    fn cte_at(&mut self, index: usize) -> Rc<Rows> {
        match self.ctes[index].state.clone() {
            CteState::Known(rows) | CteState::Growing(rows) => rows,
            CteState::Waiting {
                query,
                levels,
                ctes,
            } => {
                let inner_levels = self.levels.split_off(levels);
                let inner_ctes = self.ctes.split_off(ctes);
                let rows = Rc::new(self.grown(index, query));
                self.ctes[index].state = CteState::Known(Rc::clone(&rows));
                self.levels.extend(inner_levels);
                self.ctes.extend(inner_ctes);
                rows
            }
        }
    }

    /// A query that may name itself: looked at until nothing new flows.
    fn grown(&mut self, index: usize, query: &'a p::CommonTableExpr) -> Rows {
        let statement = query.ctequery.as_deref().map(inner);
        let mut rows = match statement {
            Some(Ok(NodeEnum::SelectStmt(select)))
                if select.op() == SetOperation::SetopUnion && select.larg.is_some() =>
            {
                // What does not name itself comes first, and gives the columns their names.
                let seen = self.ctes.len();
                self.with(select.with_clause.as_ref());
                self.ctes[index].state = CteState::Growing(Rc::new(Rows::unknown()));
                let first = select
                    .larg
                    .as_deref()
                    .and_then(|arm| self.deeper(|this| this.select(arm)))
                    .unwrap_or_else(Rows::unknown);
                self.ctes.truncate(seen);
                finished(query, first)
            }
            Some(Ok(NodeEnum::SelectStmt(_))) => Rows::unknown(),
            Some(Ok(_)) => {
                // It modifies data, and cannot name itself.
                self.ctes[index].state = CteState::Growing(Rc::new(Rows::unknown()));
                let rows = self.subquery(query.ctequery.as_deref());
                return finished(query, rows);
            }
            Some(Err(_)) | None => return Rows::unknown(),
        };
        for _ in 0..ROUNDS_MAX {
            self.ctes[index].state = CteState::Growing(Rc::new(rows.clone()));
            let next = self.subquery(query.ctequery.as_deref());
            let next = finished(query, next);
            let is_same = next == rows;
            rows = next;
            if is_same {
                return rows;
            }
        }
        Rows::unknown()
    }

    fn set_operation(&mut self, select: &'a SelectStmt) -> Rows {
        let mut arms = [&select.larg, &select.rarg].map(|arm| {
            arm.as_deref()
                .and_then(|arm| self.deeper(|this| this.select(arm)))
                .unwrap_or_else(Rows::unknown)
        });
        let is_union_all = select.all && select.op() == SetOperation::SetopUnion;
        if !is_union_all {
            for field in arms.iter().flat_map(|arm| &arm.fields) {
                self.used(
                    &field.value.flow,
                    Clause::SetOperation,
                    Form::of(&field.value.flow),
                );
            }
        }
        let [left, right] = &mut arms;
        let rows = std::mem::replace(left, Rows::none()).or(std::mem::replace(right, Rows::none()));
        self.sorted(&select.sort_clause, &rows, Clause::Order);
        self.limits(select);
        rows
    }

    fn values(&mut self, select: &'a SelectStmt) -> Rows {
        let mut rows: Option<Rows> = None;
        for list in &select.values_lists {
            let Ok(NodeEnum::List(list)) = inner(list) else {
                return Rows::unknown();
            };
            let mut fields = Vec::new();
            for (number, item) in list.items.iter().enumerate() {
                let value = self.value(item);
                fields.push(Field::new(&format!("column{}", number + 1), value));
            }
            let row = Rows { fields, rest: None };
            rows = Some(match rows {
                Some(rows) => rows.or(row),
                None => row,
            });
        }
        let mut rows = rows.unwrap_or_else(Rows::unknown);
        for field in &mut rows.fields {
            field.value.flow.origin = None;
        }
        self.sorted(&select.sort_clause, &rows, Clause::Order);
        self.limits(select);
        rows
    }

    fn plain(&mut self, select: &'a SelectStmt) -> Rows {
        let items = self.items_of(&select.from_clause);
        self.levels.push(items);
        let rows = self.target_list(&select.target_list);
        if let Some(condition) = select.where_clause.as_deref() {
            self.condition(condition, Clause::Where);
        }
        if let Some(condition) = select.having_clause.as_deref() {
            self.condition(condition, Clause::Having);
        }
        self.windows(&select.window_clause);
        for node in &select.group_clause {
            self.grouped(node, &rows);
        }
        match select.distinct_clause.as_slice() {
            [] => {}
            [Node { node: None }] => {
                for field in &rows.fields {
                    self.used(
                        &field.value.flow,
                        Clause::Distinct,
                        Form::of(&field.value.flow),
                    );
                }
            }
            listed => {
                for node in listed {
                    let value = self.sort_key(node, &rows, true);
                    self.used(&value.flow, Clause::Distinct, Form::of(&value.flow));
                }
            }
        }
        self.sorted(&select.sort_clause, &rows, Clause::Order);
        self.limits(select);
        self.levels.pop();
        rows
    }

    /// The columns of a SELECT or a RETURNING list.
    pub(super) fn target_list(&mut self, targets: &'a [Node]) -> Rows {
        let mut rows = Rows::none();
        for target in targets {
            let Ok(NodeEnum::ResTarget(target)) = inner(target) else {
                return Rows::unknown();
            };
            let Some(value) = target.val.as_deref() else {
                return Rows::unknown();
            };
            match self.star(value) {
                Some(star) => {
                    rows.fields.extend(star.fields);
                    if let Some(rest) = star.rest {
                        match &mut rows.rest {
                            Some(all) => all.add(&rest),
                            None => rows.rest = Some(rest),
                        }
                    }
                }
                None => {
                    let given = Some(target.name.as_str()).filter(|name| !name.is_empty());
                    let name = given.map_or_else(|| name::of(value), str::to_owned);
                    let value = self.value(value);
                    rows.fields.push(Field { name, value });
                }
            }
        }
        rows
    }

    /// The columns that a target with a star stands for; `None` if it has none.
    fn star(&mut self, node: &'a Node) -> Option<Rows> {
        match node.node.as_ref()? {
            NodeEnum::ColumnRef(column) => {
                let (last, relation) = column.fields.split_last()?;
                if !matches!(path(std::slice::from_ref(last))?.as_slice(), [Step::Star]) {
                    return None;
                }
                Some(match relation {
                    [] => self.visible(),
                    relation => self.visible_of(relation),
                })
            }
            NodeEnum::AIndirection(indirection) => {
                let (last, steps) = indirection.indirection.split_last()?;
                if !matches!(&last.node, Some(NodeEnum::AStar(_))) {
                    return None;
                }
                let value = indirection.arg.as_deref().map(|arg| self.value(arg));
                let value = value.unwrap_or_else(Value::unknown);
                let value = self.steps_into(value, steps);
                Some(match &value.row {
                    Some(fields) => Rows {
                        fields: fields.to_vec(),
                        rest: None,
                    },
                    None => Rows {
                        fields: Vec::new(),
                        rest: Some(value.changed()),
                    },
                })
            }
            _ => None,
        }
    }

    fn grouped(&mut self, node: &'a Node, rows: &Rows) {
        match inner(node) {
            Ok(NodeEnum::GroupingSet(set)) => {
                for node in &set.content {
                    self.grouped(node, rows);
                }
            }
            Ok(NodeEnum::RowExpr(row)) => {
                for node in &row.args {
                    self.grouped(node, rows);
                }
            }
            _ => {
                let value = self.sort_key(node, rows, false);
                self.used(&value.flow, Clause::Group, Form::of(&value.flow));
            }
        }
    }

    /// ORDER BY.
    pub(super) fn sorted(&mut self, clause: &'a [Node], rows: &Rows, what: Clause) {
        for node in clause {
            let flow = match inner(node) {
                Ok(NodeEnum::SortBy(sort)) => {
                    let by = sort.node.as_deref();
                    let mut flow =
                        by.map_or_else(Flow::unknown, |by| self.sort_key(by, rows, true).flow);
                    if !sort.use_op.is_empty() {
                        flow.understood &= self.is_plain_operator(&sort.use_op);
                    }
                    flow
                }
                _ => Flow::unknown(),
            };
            let form = Form::of(&flow);
            self.used(&flow, what, form);
        }
    }

    /// What is sorted or grouped by: a number or a name may mean a column of the result.
    fn sort_key(&mut self, node: &'a Node, rows: &Rows, output_first: bool) -> Value {
        let of_output = match node.node.as_ref() {
            Some(NodeEnum::AConst(constant)) => match &constant.val {
                Some(Val::Ival(number)) => usize::try_from(number.ival)
                    .ok()
                    .and_then(|number| rows.fields.get(number.checked_sub(1)?)),
                _ => None,
            },
            Some(NodeEnum::ColumnRef(column)) => match literal::parts(&column.fields).as_deref() {
                Some([name]) => rows.fields.iter().find(|field| field.name == *name),
                _ => None,
            },
            _ => None,
        };
        match of_output {
            Some(field) if output_first || matches!(node.node, Some(NodeEnum::AConst(_))) => {
                field.value.clone()
            }
            Some(field) => {
                let value = self.value(node);
                match value.flow.understood {
                    true => value,
                    false => field.value.clone(),
                }
            }
            None => match (&rows.rest, node.node.as_ref()) {
                (Some(rest), Some(NodeEnum::AConst(_))) => rest.clone(),
                _ => self.value(node),
            },
        }
    }

    fn limits(&mut self, select: &'a SelectStmt) {
        for node in [&select.limit_count, &select.limit_offset]
            .into_iter()
            .flatten()
        {
            let value = self.value(node);
            self.used(&value.flow, Clause::Limit, Form::of(&value.flow));
        }
    }

    /// Looks at something while `items` are what the innermost query sees.
    pub(super) fn seeing<T>(
        &mut self,
        items: Vec<Item>,
        work: impl FnOnce(&mut Self) -> T,
    ) -> (T, Vec<Item>) {
        self.levels.push(items);
        let result = work(self);
        (result, self.levels.pop().unwrap_or_default())
    }
}

/// A WITH query under its column names, with the columns of SEARCH and CYCLE.
fn finished(query: &p::CommonTableExpr, rows: Rows) -> Rows {
    let Some(names) = literal::parts(&query.aliascolnames) else {
        return Rows::unknown();
    };
    let mut rows = rows.renamed(&names);
    for field in &mut rows.fields {
        if query.cterecursive {
            field.value.flow.origin = None;
        }
    }
    let of = |rows: &Rows, columns: &[Node]| {
        let mut value = Value::none();
        let names = literal::parts(columns).unwrap_or_default();
        for name in names {
            match rows.fields.iter().find(|field| field.name == name) {
                Some(field) => value.add(&field.value),
                None => value = Value::unknown(),
            }
        }
        value
    };
    if let Some(search) = &query.search_clause {
        let value = of(&rows, &search.search_col_list);
        rows.fields
            .push(Field::new(&search.search_seq_column, value));
    }
    if let Some(cycle) = query.cycle_clause.as_deref() {
        let value = of(&rows, &cycle.cycle_col_list);
        let mut mark = Flow::none();
        mark.influences.clone_from(&value.flow.columns);
        rows.fields
            .push(Field::new(&cycle.cycle_mark_column, Value::of(mark)));
        rows.fields
            .push(Field::new(&cycle.cycle_path_column, value));
    }
    rows
}
