//! Windows and aggregates: what decides which rows a value is made of.

use super::flow::{Field, Rows, Value};
use super::predicate::{Clause, Form};
use super::{Analyzer, FunctionKind, listed};
use crate::sql::Name;
use crate::sql::children::inner;
use pg_query::NodeEnum;
use pg_query::protobuf::{self as p, Node};
use std::rc::Rc;

impl<'a> Analyzer<'a> {
    /// WINDOW.
    pub(super) fn windows(&mut self, clause: &'a [Node]) {
        for node in clause {
            match inner(node) {
                Ok(NodeEnum::WindowDef(window)) => self.window(window),
                _ => self.used(&super::Flow::unknown(), Clause::Window, Form::Other),
            }
        }
    }

    /// A window's partition, order and frame.
    pub(super) fn window(&mut self, window: &'a p::WindowDef) {
        for node in &window.partition_clause {
            let value = self.value(node);
            self.used(&value.flow, Clause::Window, Form::of(&value.flow));
        }
        self.sorted(&window.order_clause, &Rows::none(), Clause::Window);
        for node in [&window.start_offset, &window.end_offset]
            .into_iter()
            .flatten()
        {
            let value = self.value(node);
            self.used(&value.flow, Clause::Window, Form::Other);
        }
    }

    /// A function that is called by name.
    pub(super) fn call(&mut self, call: &'a p::FuncCall) -> Value {
        let Ok(name) = listed(&call.funcname) else {
            return Value::unknown();
        };
        let kind = self.relations.function(&name, call.args.len());
        let is_aggregate = kind == FunctionKind::Aggregate || call.agg_filter.is_some();
        let (mut value, decided) = self.deciding(|this| this.arguments(call, is_aggregate));
        if kind == FunctionKind::Aggregate && is_count(&name) {
            let mut counted = Value::none();
            counted.flow.influences.extend(value.flow.columns);
            counted.flow.influences.extend(value.flow.influences);
            counted.flow.understood = value.flow.understood;
            value = counted;
        }
        value.decided(&decided);
        let value = value.changed();
        match kind {
            FunctionKind::Plain | FunctionKind::Aggregate | FunctionKind::Record => value,
            FunctionKind::Rows(names) => {
                let fields = names.iter().map(|name| Field::new(name, value.clone()));
                Value {
                    row: Some(Rc::new(fields.collect())),
                    flow: value.flow,
                }
            }
            FunctionKind::ReadsTables | FunctionKind::Unknown => Value::unknown(),
        }
    }

    /// The arguments of a call, with what decides which rows an aggregate takes.
    fn arguments(&mut self, call: &'a p::FuncCall, is_aggregate: bool) -> Value {
        let mut all = Value::none();
        for node in &call.args {
            let argument = self.value(node);
            if is_aggregate {
                self.used(&argument.flow, Clause::Aggregate, Form::of(&argument.flow));
            }
            all.add(&argument);
        }
        if let Some(filter) = call.agg_filter.as_deref() {
            self.condition(filter, Clause::Filter);
        }
        if call.agg_within_group {
            for node in &call.agg_order {
                let by = match inner(node) {
                    Ok(NodeEnum::SortBy(sort)) => sort.node.as_deref(),
                    _ => None,
                };
                let value = by.map_or_else(Value::unknown, |by| self.value(by));
                all.add(&value);
            }
        }
        self.sorted(&call.agg_order, &Rows::none(), Clause::Order);
        if let Some(window) = call.over.as_deref() {
            self.window(window);
        }
        all
    }
}

fn is_count(name: &Name) -> bool {
    let schema = name.schema.as_deref();
    name.name == "count" && schema.is_none_or(|schema| schema == "pg_catalog")
}
