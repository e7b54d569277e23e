//! FROM: relations, subqueries, functions, joins.

use super::flow::{Field, Flow, Rows, Value};
use super::modify::alias_names;
use super::predicate::{Clause, Form};
use super::scope::{Item, table_rows};
use super::{Analyzer, FunctionKind, Resolved, VIEW_DEPTH_MAX, listed, name};
use crate::sql::children::inner;
use crate::sql::{Name, Parsed, literal};
use pg_query::NodeEnum;
use pg_query::protobuf::{self as p, Alias, JoinType, Node};
use std::rc::Rc;

impl<'a> Analyzer<'a> {
    /// The items of a FROM list, each seeing those before it if it may.
    pub(super) fn items_of(&mut self, nodes: &'a [Node]) -> Vec<Item> {
        let mut items = Vec::new();
        for node in nodes {
            let more = self.item_of(node, &items);
            items.extend(more);
        }
        items
    }

    fn item_of(&mut self, node: &'a Node, before: &[Item]) -> Vec<Item> {
        self.deeper(|this| this.items_in(node, before))
            .unwrap_or_else(|| vec![Item::new("", Rows::unknown())])
    }

    fn items_in(&mut self, node: &'a Node, before: &[Item]) -> Vec<Item> {
        let Ok(node) = inner(node) else {
            return vec![Item::new("", Rows::unknown())];
        };
        match node {
            NodeEnum::RangeVar(range) => vec![self.range(range)],
            NodeEnum::JoinExpr(join) => self.join(join, before),
            NodeEnum::RangeSubselect(select) => {
                let query = select.subquery.as_deref();
                let rows = if select.lateral {
                    self.seeing(before.to_vec(), |this| this.subquery(query)).0
                } else {
                    self.subquery(query)
                };
                vec![aliased(select.alias.as_ref(), rows)]
            }
            NodeEnum::RangeFunction(function) => {
                let (item, _) = self.seeing(before.to_vec(), |this| this.range_function(function));
                vec![item]
            }
            NodeEnum::RangeTableFunc(table) => {
                let (rows, _) = self.seeing(before.to_vec(), |this| this.xml_table(table));
                vec![aliased(table.alias.as_ref(), rows)]
            }
            NodeEnum::JsonTable(table) => {
                let (rows, _) = self.seeing(before.to_vec(), |this| this.json_table(table));
                vec![aliased(table.alias.as_ref(), rows)]
            }
            NodeEnum::RangeTableSample(sample) => {
                let Some(relation) = sample.relation.as_deref() else {
                    return vec![Item::new("", Rows::unknown())];
                };
                let (flow, _) = self.seeing(before.to_vec(), |this| {
                    let mut value = this.all_of(&sample.args);
                    if let Some(repeatable) = sample.repeatable.as_deref() {
                        value.add(&this.value(repeatable));
                    }
                    value.flow
                });
                self.used(&flow, Clause::Limit, Form::Other);
                self.items_in(relation, before)
            }
            _ => vec![Item::new("", Rows::unknown())],
        }
    }

    fn range(&mut self, range: &'a p::RangeVar) -> Item {
        let name = literal::relation(range);
        let cte = match name.schema {
            None => self.cte(&name.name),
            Some(_) => None,
        };
        let is_cte = cte.is_some();
        let rows = cte.unwrap_or_else(|| self.relation(&name));
        let mut item = match &range.alias {
            Some(alias) => aliased(Some(alias), (*rows).clone()),
            None => Item::new(&name.name, (*rows).clone()),
        };
        item.has_alias = range.alias.is_some() || is_cte;
        item.schema = name.schema;
        item.is_table = !is_cte;
        item
    }

    /// The columns of a relation, through its query if it is a view.
    pub(super) fn relation(&mut self, name: &Name) -> Rc<Rows> {
        match self.relations.resolve(name) {
            Resolved::Table(relation) => Rc::new(table_rows(&relation)),
            Resolved::View(relation, query) => {
                if let Some(known) = self.views.get(&relation.oid) {
                    return Rc::clone(known);
                }
                let inside = self.view(&query);
                let rows = Rc::new(through(table_rows(&relation), &inside));
                self.views.insert(relation.oid, Rc::clone(&rows));
                rows
            }
            Resolved::Unknown | Resolved::Ambiguous => Rc::new(Rows::unknown()),
        }
    }

    /// What the query of a view returns.
    fn view(&mut self, query: &Parsed) -> Rows {
        if self.view_depth >= VIEW_DEPTH_MAX {
            return Rows::unknown();
        }
        let mut inside = Analyzer::new(self.relations);
        inside.view_depth = self.view_depth + 1;
        inside.depth = self.depth;
        inside.steps = self.steps;
        inside.views = std::mem::take(&mut self.views);
        let mut statements = query.statements();
        let rows = match (statements.next(), statements.next()) {
            (Some(Ok(statement @ NodeEnum::SelectStmt(_))), None) => inside.query(statement),
            (Some(Ok(NodeEnum::ViewStmt(view))), None) => inside.subquery(view.query.as_deref()),
            _ => Rows::unknown(),
        };
        self.steps = inside.steps;
        self.views = inside.views;
        self.uses.extend(inside.uses);
        rows
    }

    fn join(&mut self, join: &'a p::JoinExpr, before: &[Item]) -> Vec<Item> {
        let (Some(left), Some(right)) = (join.larg.as_deref(), join.rarg.as_deref()) else {
            return vec![Item::new("", Rows::unknown())];
        };
        let mut items = self.item_of(left, before);
        let left_count = items.len();
        let mut before_right = before.to_vec();
        before_right.extend(items.iter().cloned());
        items.extend(self.item_of(right, &before_right));
        let (left, right) = items.split_at(left_count);
        let (left, right) = (columns_of(left), columns_of(right));
        let rest = match (&left.rest, &right.rest) {
            (None, None) => None,
            _ => {
                let mut rest = left.rest.clone().unwrap_or_else(Value::none);
                if let Some(other) = &right.rest {
                    rest.add(other);
                }
                Some(rest)
            }
        };
        let using: Vec<String> = if join.is_natural {
            let shared = left.fields.iter().map(|field| field.name.clone());
            shared
                .filter(|name| right.fields.iter().any(|field| field.name == *name))
                .collect()
        } else {
            let names = literal::parts(&join.using_clause).unwrap_or_default();
            names.into_iter().map(str::to_owned).collect()
        };
        let mut merged = Vec::new();
        for name in &using {
            let find = |rows: &Rows| {
                let known = rows.fields.iter().find(|field| field.name == *name);
                known.map_or_else(Value::unknown, |field| field.value.clone())
            };
            let value = self.merged(join.jointype(), find(&left), find(&right));
            merged.push(Field::new(name, value));
        }
        if join.is_natural && rest.is_some() {
            // Columns that are not known may be shared.
            self.used(&Flow::unknown(), Clause::Join, Form::Other);
        }
        if let Some(condition) = join.quals.as_deref() {
            let (_, seen) = self.seeing(items, |this| this.condition(condition, Clause::Join));
            items = seen;
        }
        joined(join, items, merged, &using, &left, &right, rest)
    }

    /// A column of USING: that of the side that has all its rows, or of either.
    fn merged(&mut self, kind: JoinType, left: Value, right: Value) -> Value {
        let is_plain = self.relations.operator(&Name::new(None, "="));
        self.compared_columns(&left.flow, &right.flow, Clause::Join, is_plain);
        let mut value = match kind {
            JoinType::JoinInner | JoinType::JoinLeft => left,
            JoinType::JoinRight => right,
            _ => {
                let mut either = left;
                either.or(&right);
                either
            }
        };
        value.flow.understood &= is_plain;
        value
    }

    fn range_function(&mut self, range: &'a p::RangeFunction) -> Item {
        let mut rows = Rows::none();
        let is_only = range.functions.len() == 1;
        for function in &range.functions {
            let Ok(NodeEnum::List(parts)) = inner(function) else {
                return aliased(range.alias.as_ref(), Rows::unknown());
            };
            let mut parts = parts.items.iter().filter(|node| node.node.is_some());
            let Some(call) = parts.next() else {
                return aliased(range.alias.as_ref(), Rows::unknown());
            };
            let mut defined: Vec<&'a Node> = Vec::new();
            for part in parts {
                match inner(part) {
                    Ok(NodeEnum::List(list)) => defined.extend(&list.items),
                    Ok(NodeEnum::ColumnDef(_)) => defined.push(part),
                    _ => return aliased(range.alias.as_ref(), Rows::unknown()),
                }
            }
            if is_only {
                defined.extend(&range.coldeflist);
            }
            let alias = range.alias.as_ref().filter(|_| is_only);
            let more = self.function_rows(call, &defined, alias);
            rows.fields.extend(more.fields);
            if let Some(rest) = more.rest {
                match &mut rows.rest {
                    Some(all) => all.add(&rest),
                    None => rows.rest = Some(rest),
                }
            }
        }
        if range.ordinality {
            rows.fields.push(Field::new("ordinality", Value::none()));
        }
        let called = range.functions.first().map(name::of_function);
        match &range.alias {
            Some(alias) => aliased(Some(alias), rows),
            None => Item::new(&called.unwrap_or_default(), rows),
        }
    }

    /// The columns of one function in FROM.
    fn function_rows(
        &mut self,
        call: &'a Node,
        defined: &[&'a Node],
        alias: Option<&'a Alias>,
    ) -> Rows {
        let value = self.value(call);
        if !defined.is_empty() {
            let mut fields = Vec::new();
            for node in defined {
                let Ok(NodeEnum::ColumnDef(column)) = inner(node) else {
                    return Rows::unknown();
                };
                let mut value = value.clone().changed();
                value.flow.understood &= self.is_plain_type(column.type_name.as_ref());
                fields.push(Field::new(&column.colname, value));
            }
            return Rows { fields, rest: None };
        }
        let default = name::of(call);
        let only = alias.map_or(default.as_str(), |alias| alias.aliasname.as_str());
        let kind = match inner(call) {
            Ok(NodeEnum::FuncCall(call)) => match listed(&call.funcname) {
                Ok(name) => self.relations.function(&name, call.args.len()),
                Err(_) => FunctionKind::Unknown,
            },
            Ok(
                NodeEnum::SqlvalueFunction(_) | NodeEnum::TypeCast(_) | NodeEnum::CoalesceExpr(_),
            ) => FunctionKind::Plain,
            _ => FunctionKind::Unknown,
        };
        match kind {
            FunctionKind::Plain | FunctionKind::Aggregate => Rows {
                fields: vec![Field::new(only, value)],
                rest: None,
            },
            FunctionKind::Rows(names) => Rows {
                fields: names
                    .iter()
                    .map(|name| Field::new(name, value.clone().changed()))
                    .collect(),
                rest: None,
            },
            FunctionKind::Record => Rows {
                fields: vec![Field::new(only, value.clone())],
                rest: Some(value.changed()),
            },
            FunctionKind::ReadsTables | FunctionKind::Unknown => Rows::unknown(),
        }
    }

    fn xml_table(&mut self, table: &'a p::RangeTableFunc) -> Rows {
        let mut all = self.all_of(&table.namespaces);
        for node in [&table.docexpr, &table.rowexpr].into_iter().flatten() {
            all.add(&self.value(node));
        }
        let mut fields = Vec::new();
        for column in &table.columns {
            let Ok(NodeEnum::RangeTableFuncCol(column)) = inner(column) else {
                return Rows::unknown();
            };
            if column.for_ordinality {
                fields.push(Field::new(&column.colname, Value::none()));
                continue;
            }
            let mut value = all.clone();
            for node in [&column.colexpr, &column.coldefexpr].into_iter().flatten() {
                value.add(&self.value(node));
            }
            value.flow.understood &= self.is_plain_type(column.type_name.as_ref());
            fields.push(Field::new(&column.colname, value));
        }
        Rows { fields, rest: None }
    }

    fn json_table(&mut self, table: &'a p::JsonTable) -> Rows {
        let mut all = self.all_of(&table.passing);
        match table.context_item.as_deref() {
            Some(item) => all.add(&self.json_value(item)),
            None => all = Value::unknown(),
        }
        if let Some(behavior) = table.on_error.as_deref() {
            all.add(&self.json_behavior(behavior));
        }
        let mut rows = Rows::none();
        self.json_columns(&table.columns, &all, &mut rows);
        rows
    }

    fn json_columns(&mut self, columns: &'a [Node], all: &Value, rows: &mut Rows) {
        for column in columns {
            let Ok(NodeEnum::JsonTableColumn(column)) = inner(column) else {
                *rows = Rows::unknown();
                return;
            };
            match column.coltype() {
                p::JsonTableColumnType::JtcForOrdinality => {
                    rows.fields.push(Field::new(&column.name, Value::none()));
                }
                p::JsonTableColumnType::JtcNested => {
                    self.json_columns(&column.columns, all, rows);
                }
                p::JsonTableColumnType::JtcRegular
                | p::JsonTableColumnType::JtcExists
                | p::JsonTableColumnType::JtcFormatted => {
                    let mut value = all.clone();
                    for behavior in [&column.on_empty, &column.on_error].into_iter().flatten() {
                        value.add(&self.json_behavior(behavior));
                    }
                    value.flow.understood &= self.is_plain_type(column.type_name.as_ref());
                    rows.fields.push(Field::new(&column.name, value));
                }
                p::JsonTableColumnType::Undefined => {
                    *rows = Rows::unknown();
                    return;
                }
            }
        }
    }
}

/// The columns of items that can be called without their names.
fn columns_of(items: &[Item]) -> Rows {
    let mut rows = Rows::none();
    for item in items.iter().filter(|item| item.shows_columns) {
        rows.fields.extend(item.fields.iter().cloned());
        if let Some(rest) = &item.rest {
            match &mut rows.rest {
                Some(all) => all.add(rest),
                None => rows.rest = Some(rest.clone()),
            }
        }
    }
    rows
}

/// The items that a join leaves: its sides by their names, itself for its columns.
fn joined(
    join: &p::JoinExpr,
    mut items: Vec<Item>,
    merged: Vec<Field>,
    using: &[String],
    left: &Rows,
    right: &Rows,
    rest: Option<Value>,
) -> Vec<Item> {
    for item in &mut items {
        item.shows_columns = false;
        item.shows_name &= join.alias.is_none();
    }
    if let Some(alias) = &join.join_using_alias {
        let rows = Rows {
            fields: merged.clone(),
            rest: None,
        };
        let mut item = Item::new(&alias.aliasname, rows);
        item.shows_columns = false;
        items.push(item);
    }
    let others = left.fields.iter().chain(&right.fields);
    let others = others.filter(|field| !using.contains(&field.name));
    let fields = merged.iter().chain(others).cloned().collect();
    let rows = Rows { fields, rest };
    items.push(match &join.alias {
        Some(alias) => aliased(Some(alias), rows),
        None => Item {
            name: None,
            shows_name: false,
            ..Item::new("", rows)
        },
    });
    items
}

/// An item under its alias, if it has one.
fn aliased(alias: Option<&Alias>, rows: Rows) -> Item {
    match alias {
        Some(alias) => match alias_names(alias) {
            Some(names) => Item::new(&alias.aliasname, rows.renamed(&names)),
            None => Item::new(&alias.aliasname, Rows::unknown()),
        },
        None => Item {
            name: None,
            shows_name: false,
            ..Item::new("", rows)
        },
    }
}

/// The columns of a view: what flows into them, and the view's own columns.
fn through(mut rows: Rows, inside: &Rows) -> Rows {
    let fits = inside.rest.is_none() && inside.fields.len() == rows.fields.len();
    let all = inside.all();
    for (number, field) in rows.fields.iter_mut().enumerate() {
        let own = field.value.flow.clone();
        let value = match inside.fields.get(number) {
            Some(inner) if fits => inner.value.clone(),
            _ if fits || inside.rest.is_none() => Value::unknown(),
            _ => all.clone(),
        };
        field.value = value;
        field.value.flow.columns.extend(own.columns);
        field.value.flow.origin = own.origin;
    }
    rows
}
