//! Expressions: what flows into their values.
//!
//! Every kind of expression is listed. Most are made of their parts; a kind that is not listed is not
//! understood.

use super::Analyzer;
use super::flow::{Field, Value};
use super::predicate::Clause;
use crate::sql::children::{children, inner};
use crate::sql::{Name, literal};
use pg_query::protobuf::{self as p, AExprKind, Node, SubLinkType};
use pg_query::{NodeEnum, NodeRef};
use std::rc::Rc;

impl<'a> Analyzer<'a> {
    /// The value of an expression.
    pub(super) fn value(&mut self, node: &'a Node) -> Value {
        match inner(node) {
            Ok(node) => self.value_of(node.to_ref()),
            Err(_) => Value::unknown(),
        }
    }

    fn value_of(&mut self, node: NodeRef<'a>) -> Value {
        self.deeper(|this| this.expression(node))
            .unwrap_or_else(Value::unknown)
    }

    /// A value that is made of several.
    pub(super) fn all_of(&mut self, nodes: &'a [Node]) -> Value {
        let mut all = Value::none();
        for node in nodes {
            let value = self.value(node);
            all.add(&value);
        }
        all
    }

    fn some(&mut self, node: Option<&'a Node>) -> Value {
        node.map_or_else(Value::unknown, |node| self.value(node))
    }

    fn expression(&mut self, node: NodeRef<'a>) -> Value {
        match node {
            NodeRef::ColumnRef(column) => self.column_ref(column),
            NodeRef::ParamRef(_)
            | NodeRef::AConst(_)
            | NodeRef::SqlvalueFunction(_)
            | NodeRef::SetToDefault(_)
            | NodeRef::MergeSupportFunc(_)
            | NodeRef::CurrentOfExpr(_)
            | NodeRef::GroupingFunc(_)
            // Names in it, formats.
            | NodeRef::String(_)
            | NodeRef::JsonFormat(_)
            | NodeRef::JsonReturning(_) => Value::none(),
            NodeRef::AExpr(expression) => self.operation(expression),
            NodeRef::TypeCast(cast) => {
                let mut value = self.some(cast.arg.as_deref()).changed();
                value.flow.understood &= self.is_plain_type(cast.type_name.as_ref());
                value
            }
            NodeRef::TypeName(name) => {
                let mut value = Value::none();
                value.flow.understood = self.is_plain_type(Some(name));
                value
            }
            NodeRef::FuncCall(call) => self.call(call),
            NodeRef::AIndirection(indirection) => {
                let value = self.some(indirection.arg.as_deref());
                self.steps_into(value, &indirection.indirection)
            }
            NodeRef::RowExpr(row) => {
                let mut fields = Vec::with_capacity(row.args.len());
                for (number, node) in row.args.iter().enumerate() {
                    fields.push(Field {
                        name: format!("f{}", number + 1),
                        value: self.value(node),
                    });
                }
                Value::row(Rc::new(fields))
            }
            NodeRef::CaseExpr(case) => self.case(case),
            NodeRef::SubLink(link) => self.sub_link(link),
            NodeRef::MultiAssignRef(assigned) => self.assigned(assigned),
            NodeRef::BoolExpr(_)
            | NodeRef::CollateClause(_)
            | NodeRef::AArrayExpr(_)
            | NodeRef::CoalesceExpr(_)
            | NodeRef::MinMaxExpr(_)
            | NodeRef::NullTest(_)
            | NodeRef::BooleanTest(_)
            | NodeRef::XmlExpr(_)
            | NodeRef::XmlSerialize(_)
            | NodeRef::NamedArgExpr(_)
            | NodeRef::List(_)
            | NodeRef::AIndices(_)
            | NodeRef::ResTarget(_)
            | NodeRef::JsonIsPredicate(_)
            | NodeRef::JsonFuncExpr(_)
            | NodeRef::JsonParseExpr(_)
            | NodeRef::JsonScalarExpr(_)
            | NodeRef::JsonSerializeExpr(_)
            | NodeRef::JsonObjectConstructor(_)
            | NodeRef::JsonArrayConstructor(_)
            | NodeRef::JsonKeyValue(_)
            | NodeRef::JsonArgument(_)
            | NodeRef::JsonValueExpr(_)
            | NodeRef::JsonOutput(_)
            | NodeRef::JsonBehavior(_) => self.parts(node),
            NodeRef::JsonArrayQueryConstructor(array) => {
                let rows = self.subquery(array.query.as_deref());
                rows.all()
            }
            NodeRef::JsonObjectAgg(aggregate) => {
                let pair = aggregate.arg.as_deref();
                let pair = pair.map(NodeRef::JsonKeyValue);
                self.json_aggregate(aggregate.constructor.as_deref(), pair)
            }
            NodeRef::JsonArrayAgg(aggregate) => {
                let item = aggregate.arg.as_deref();
                let item = item.map(NodeRef::JsonValueExpr);
                self.json_aggregate(aggregate.constructor.as_deref(), item)
            }
            _ => Value::unknown(),
        }
    }

    /// A value that is made of everything inside a node.
    fn parts(&mut self, node: NodeRef<'a>) -> Value {
        let mut open = Vec::new();
        if children(node, &mut open).is_err() {
            return Value::unknown();
        }
        let mut all = Value::none();
        for part in open {
            let value = self.value_of(part);
            all.add(&value);
        }
        all
    }

    pub(super) fn json_value(&mut self, value: &'a p::JsonValueExpr) -> Value {
        self.value_of(NodeRef::JsonValueExpr(value))
    }

    pub(super) fn json_behavior(&mut self, behavior: &'a p::JsonBehavior) -> Value {
        self.value_of(NodeRef::JsonBehavior(behavior))
    }

    fn json_aggregate(
        &mut self,
        constructor: Option<&'a p::JsonAggConstructor>,
        argument: Option<NodeRef<'a>>,
    ) -> Value {
        let (Some(constructor), Some(argument)) = (constructor, argument) else {
            return Value::unknown();
        };
        let (mut value, decided) = self.deciding(|this| {
            let value = this.value_of(argument);
            this.used(&value.flow, Clause::Aggregate, super::Form::Other);
            if let Some(filter) = constructor.agg_filter.as_deref() {
                this.condition(filter, Clause::Filter);
            }
            this.sorted(&constructor.agg_order, &super::Rows::none(), Clause::Order);
            if let Some(window) = constructor.over.as_deref() {
                this.window(window);
            }
            value.changed()
        });
        if let Some(output) = &constructor.output {
            value.add(&self.value_of(NodeRef::JsonOutput(output)));
        }
        value.decided(&decided);
        value
    }

    fn operation(&mut self, expression: &'a p::AExpr) -> Value {
        let mut value = Value::none();
        let sides = [expression.lexpr.as_deref(), expression.rexpr.as_deref()];
        if expression.kind() == AExprKind::AexprNullif {
            // It is the first, unless it equals the second.
            let tested = self.some(sides[1]);
            self.used(&tested.flow, Clause::Condition, super::Form::Other);
            value.flow.influences.extend(tested.flow.columns);
            value.flow.influences.extend(tested.flow.influences);
            value.flow.understood &= tested.flow.understood;
            value.add(&self.some(sides[0]));
        } else {
            for node in sides.into_iter().flatten() {
                let side = self.value(node);
                value.add(&side);
            }
        }
        value.flow.understood &= self.is_plain_expression(expression);
        value
    }

    fn case(&mut self, case: &'a p::CaseExpr) -> Value {
        let mut value = Value::none();
        let ((), decided) = self.deciding(|this| {
            if let Some(tested) = case.arg.as_deref() {
                let tested = this.value(tested);
                let form = super::Form::of(&tested.flow);
                this.used(&tested.flow, Clause::Condition, form);
            }
            for arm in &case.args {
                match inner(arm) {
                    Ok(NodeEnum::CaseWhen(when)) => {
                        if let Some(condition) = when.expr.as_deref() {
                            this.condition(condition, Clause::Condition);
                        }
                    }
                    _ => value = Value::unknown(),
                }
            }
        });
        for arm in &case.args {
            if let Ok(NodeEnum::CaseWhen(when)) = inner(arm) {
                let result = self.some(when.result.as_deref());
                value.add(&result);
            }
        }
        if let Some(result) = case.defresult.as_deref() {
            let result = self.value(result);
            value.add(&result);
        }
        if case.arg.is_some() {
            value.flow.understood &= self.relations.operator(&Name::new(None, "="));
        }
        value.decided(&decided);
        value
    }

    fn sub_link(&mut self, link: &'a p::SubLink) -> Value {
        let (rows, decided) = self.deciding(|this| this.subquery(link.subselect.as_deref()));
        let mut value = match link.sub_link_type() {
            SubLinkType::ExistsSublink => Value::none(),
            SubLinkType::ExprSublink => match (rows.fields.as_slice(), &rows.rest) {
                ([only], None) => {
                    let mut value = only.value.clone();
                    value.flow.origin = None;
                    value
                }
                _ => rows.all(),
            },
            SubLinkType::ArraySublink => rows.all(),
            SubLinkType::MultiexprSublink => match rows.rest {
                None => Value::row(Rc::new(rows.fields)),
                Some(_) => rows.all(),
            },
            SubLinkType::AnySublink | SubLinkType::AllSublink | SubLinkType::RowcompareSublink => {
                let mut value = rows.all();
                value.add(&self.some(link.testexpr.as_deref()));
                value.flow.understood &= match link.oper_name.as_slice() {
                    [] => self.relations.operator(&Name::new(None, "=")),
                    names => self.is_plain_operator(names),
                };
                value
            }
            SubLinkType::CteSublink | SubLinkType::Undefined => Value::unknown(),
        };
        value.decided(&decided);
        value
    }

    /// One column of `(a, b) = …`.
    fn assigned(&mut self, assigned: &'a p::MultiAssignRef) -> Value {
        let value = match assigned.source.as_deref().map(inner) {
            Some(Ok(NodeEnum::SubLink(link))) => {
                let (rows, decided) =
                    self.deciding(|this| this.subquery(link.subselect.as_deref()));
                let mut row = match rows.rest {
                    None => Value::row(Rc::new(rows.fields)),
                    Some(_) => rows.all(),
                };
                row.flow.influences.extend(decided.influences);
                row.flow.understood &= decided.understood;
                row
            }
            _ => self.some(assigned.source.as_deref()),
        };
        let column = usize::try_from(assigned.colno)
            .ok()
            .and_then(|number| number.checked_sub(1));
        let field = value.row.as_ref().zip(column).and_then(|(row, column)| {
            let is_whole = usize::try_from(assigned.ncolumns) == Ok(row.len());
            row.get(column).filter(|_| is_whole)
        });
        match field {
            Some(field) => {
                let mut one = field.value.clone();
                one.flow
                    .influences
                    .extend(value.flow.influences.iter().copied());
                one
            }
            None => value.changed(),
        }
    }

    /// What `value.field`, `value[1]` and the like are.
    pub(super) fn steps_into(&mut self, mut value: Value, steps: &'a [Node]) -> Value {
        for step in steps {
            value = match inner(step) {
                Ok(NodeEnum::String(name)) => {
                    let known = value.row.as_ref().map(|row| {
                        let mut named = row.iter().filter(|field| field.name == name.sval);
                        (named.next().map(|field| field.value.clone()), named.count())
                    });
                    match known {
                        Some((Some(mut field), 0)) => {
                            field.flow.origin = None;
                            field
                        }
                        Some((Some(_), _)) => Value::unknown(),
                        Some((None, _)) | None => self.called_on(&name.sval, &value, None),
                    }
                }
                Ok(NodeEnum::AIndices(indices)) => {
                    let mut value = value.changed();
                    for node in [&indices.lidx, &indices.uidx].into_iter().flatten() {
                        let index = self.value(node);
                        value.add(&index);
                    }
                    value
                }
                Ok(NodeEnum::AStar(_)) => value,
                _ => Value::unknown(),
            };
        }
        value
    }

    /// Do casts to a type compute from the value alone?
    pub(super) fn is_plain_type(&self, name: Option<&p::TypeName>) -> bool {
        let Some(name) = name else { return false };
        !name.pct_type
            && literal::name(&name.names).is_ok_and(|name| self.relations.type_is_plain(&name))
    }

    /// Do all operators of a name compute from their operands alone?
    pub(super) fn is_plain_operator(&self, names: &[Node]) -> bool {
        literal::name(names).is_ok_and(|name| self.relations.operator(&name))
    }

    pub(super) fn is_plain_expression(&self, expression: &p::AExpr) -> bool {
        let own: &[&str] = match expression.kind() {
            AExprKind::AexprBetween
            | AExprKind::AexprNotBetween
            | AExprKind::AexprBetweenSym
            | AExprKind::AexprNotBetweenSym => &["<", ">", "<=", ">="],
            AExprKind::Undefined => return false,
            AExprKind::AexprOp
            | AExprKind::AexprOpAny
            | AExprKind::AexprOpAll
            | AExprKind::AexprDistinct
            | AExprKind::AexprNotDistinct
            | AExprKind::AexprNullif
            | AExprKind::AexprIn
            | AExprKind::AexprLike
            | AExprKind::AexprIlike
            | AExprKind::AexprSimilar => return self.is_plain_operator(&expression.name),
        };
        own.iter()
            .all(|name| self.relations.operator(&Name::new(None, name)))
    }
}
