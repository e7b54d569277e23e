//! Columns that decide about rows, and how.
//!
//! A condition is taken apart at AND, OR and NOT; each comparison of a bare column is listed with its
//! form, so that a policy can tell an equality with a constant from a search by ranges.

use super::flow::{ColumnRef, Flow, Value};
use super::{Analyzer, name};
use crate::sql::children::inner;
use crate::sql::{Name, literal};
use pg_query::NodeEnum;
use pg_query::protobuf::{self as p, AExprKind, Node, SubLinkType, a_const::Val};
use std::collections::BTreeSet;

/// Where a column decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the clauses of SQL")]
pub enum Clause {
    Where,
    Join,
    Group,
    Having,
    Order,
    Distinct,
    /// PARTITION BY and ORDER BY of a window, and its frame.
    Window,
    Filter,
    /// LIMIT, OFFSET, TABLESAMPLE.
    Limit,
    /// The argument of an aggregate.
    Aggregate,
    /// The condition of a CASE, the test of NULLIF.
    Condition,
    /// UNION, INTERSECT and EXCEPT, but UNION ALL.
    SetOperation,
    /// ON CONFLICT.
    Conflict,
    /// WHEN of a MERGE.
    When,
}

/// What a column is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operand {
    /// `$n`.
    Parameter(i32),
    /// A literal.
    Literal {
        /// Where it starts in the text, bytes.
        at: usize,
        /// What it says.
        value: String,
    },
    /// NULL.
    Null,
}

/// How a column decides.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// The column itself, as a key: of a group, an order, a set.
    Bare,
    /// `=`, `<>`, `IN`, `= ANY (ARRAY[…])`, IS DISTINCT FROM and its negation: with constants.
    EqualsConstant(Vec<Operand>),
    /// `=` and its kin with another column.
    EqualsColumn(ColumnRef),
    /// LIKE, ILIKE, SIMILAR TO, regular expressions.
    Like,
    /// `<`, `<=`, `>`, `>=`, BETWEEN.
    Range,
    /// IS NULL, IS NOT NULL.
    NullTest,
    /// Anything else, also an expression over the column.
    Other,
}

impl Form {
    /// The form of a key.
    pub(super) fn of(flow: &Flow) -> Self {
        match flow.exact {
            Some(_) => Self::Bare,
            None => Self::Other,
        }
    }
}

/// Columns that decide about rows, or about values without flowing into them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Use {
    /// The columns.
    pub columns: BTreeSet<ColumnRef>,
    /// Is that all?
    pub understood: bool,
    /// Where they decide.
    pub clause: Clause,
    /// How they decide.
    pub form: Form,
    /// Does it stand in the query of a view, and not in the client's text? Then places of literals are
    /// places in that.
    pub in_view: bool,
}

impl<'a> Analyzer<'a> {
    /// Lists a use, if any column is in it.
    pub(super) fn used(&mut self, flow: &Flow, clause: Clause, form: Form) {
        if flow.understood && flow.columns.is_empty() {
            return;
        }
        self.uses.push(Use {
            columns: flow.columns.clone(),
            understood: flow.understood,
            clause,
            form,
            in_view: self.view_depth > 0,
        });
    }

    /// Looks at something, and tells what decided in it.
    pub(super) fn deciding<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> (T, Flow) {
        let from = self.uses.len();
        let result = work(self);
        let mut flow = Flow::none();
        for used in self.uses.get(from..).unwrap_or_default() {
            flow.influences.extend(used.columns.iter().copied());
            flow.understood &= used.understood;
        }
        (result, flow)
    }

    /// A condition that decides about rows.
    pub(super) fn condition(&mut self, node: &'a Node, clause: Clause) {
        let done = self.deeper(|this| match inner(node) {
            Ok(NodeEnum::BoolExpr(logic)) => {
                for arm in &logic.args {
                    this.condition(arm, clause);
                }
            }
            Ok(NodeEnum::AExpr(expression)) => this.comparison(node, expression, clause),
            Ok(NodeEnum::NullTest(test)) => {
                let value = test.arg.as_deref().map(|arg| this.value(arg));
                let flow = value.map_or_else(Flow::unknown, |value| value.flow);
                let form = match flow.exact {
                    Some(_) => Form::NullTest,
                    None => Form::Other,
                };
                this.used(&flow, clause, form);
            }
            Ok(NodeEnum::SubLink(link)) if link.sub_link_type() == SubLinkType::AnySublink => {
                this.any_of_query(link, clause);
            }
            _ => {
                let value = this.value(node);
                this.used(&value.flow, clause, Form::Other);
            }
        });
        if done.is_none() {
            self.used(&Flow::unknown(), clause, Form::Other);
        }
    }

    fn comparison(&mut self, node: &'a Node, expression: &'a p::AExpr, clause: Clause) {
        let (Some(left), Some(right)) = (expression.lexpr.as_deref(), expression.rexpr.as_deref())
        else {
            let value = self.value(node);
            self.used(&value.flow, clause, Form::Other);
            return;
        };
        if let (Ok(NodeEnum::RowExpr(l)), Ok(NodeEnum::RowExpr(r))) = (inner(left), inner(right))
            && l.args.len() == r.args.len()
            && expression.kind() == AExprKind::AexprOp
            && matches!(form_of(expression), Some(Shape::Equality))
            && self.is_plain_operator(&expression.name)
        {
            for (left, right) in l.args.iter().zip(&r.args) {
                self.compared(left, right, Shape::Equality, clause);
            }
            return;
        }
        let shape = form_of(expression).filter(|_| self.is_plain_expression(expression));
        match shape {
            Some(shape) => self.compared(left, right, shape, clause),
            None => {
                let value = self.value(node);
                self.used(&value.flow, clause, Form::Other);
            }
        }
    }

    fn compared(&mut self, left: &'a Node, right: &'a Node, shape: Shape, clause: Clause) {
        let (l, r) = (self.value(left), self.value(right));
        match shape {
            Shape::Equality => {
                let is_constant = |value: &Value| {
                    value.flow.understood
                        && value.flow.columns.is_empty()
                        && value.flow.influences.is_empty()
                };
                for (one, other, node) in [(&l, &r, right), (&r, &l, left)] {
                    if is_constant(one) {
                        continue;
                    }
                    let form = match (one.flow.exact, other.flow.exact, operands(node)) {
                        (None, _, _) => Form::Other,
                        (Some(_), Some(column), _) => Form::EqualsColumn(column),
                        (Some(_), None, Some(operands)) => Form::EqualsConstant(operands),
                        (Some(_), None, None) => Form::Other,
                    };
                    self.used(&one.flow, clause, form);
                }
            }
            Shape::Like | Shape::Range => {
                for value in [&l, &r] {
                    let form = match (value.flow.exact, shape) {
                        (None, _) | (_, Shape::Equality) => Form::Other,
                        (Some(_), Shape::Like) => Form::Like,
                        (Some(_), Shape::Range) => Form::Range,
                    };
                    self.used(&value.flow, clause, form);
                }
            }
        }
    }

    /// Two columns of a join.
    pub(super) fn compared_columns(
        &mut self,
        left: &Flow,
        right: &Flow,
        clause: Clause,
        is_plain: bool,
    ) {
        for (one, other) in [(left, right), (right, left)] {
            let form = match (one.exact, other.exact) {
                (Some(_), Some(column)) if is_plain => Form::EqualsColumn(column),
                _ => Form::Other,
            };
            self.used(one, clause, form);
        }
    }

    fn any_of_query(&mut self, link: &'a p::SubLink, clause: Clause) {
        let rows = self.subquery(link.subselect.as_deref());
        let test = link.testexpr.as_deref().map(|test| self.value(test));
        let is_equality = match link.oper_name.as_slice() {
            [] => self.relations.operator(&Name::new(None, "=")),
            names => is_equality(names) && self.is_plain_operator(names),
        };
        let all = rows.all().flow;
        match (test, rows.fields.as_slice()) {
            (Some(test), [only]) if is_equality && rows.rest.is_none() => {
                self.compared_columns(&test.flow, &only.value.flow, clause, true);
            }
            (Some(test), _) => {
                self.used(&test.flow, clause, Form::Other);
                self.used(&all, clause, Form::Other);
            }
            (None, _) => self.used(&Flow::unknown(), clause, Form::Other),
        }
    }
}

/// How two sides are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Equality,
    Like,
    Range,
}

fn is_equality(names: &[Node]) -> bool {
    matches!(name::last(names), Some("=" | "<>" | "!="))
}

fn form_of(expression: &p::AExpr) -> Option<Shape> {
    match expression.kind() {
        AExprKind::AexprOp | AExprKind::AexprOpAny | AExprKind::AexprOpAll => {
            match name::last(&expression.name)? {
                "=" | "<>" | "!=" => Some(Shape::Equality),
                "<" | "<=" | ">" | ">=" => Some(Shape::Range),
                "~~" | "!~~" | "~~*" | "!~~*" | "~" | "!~" | "~*" | "!~*" => Some(Shape::Like),
                _ => None,
            }
        }
        AExprKind::AexprIn | AExprKind::AexprDistinct | AExprKind::AexprNotDistinct => {
            Some(Shape::Equality)
        }
        AExprKind::AexprLike | AExprKind::AexprIlike | AExprKind::AexprSimilar => Some(Shape::Like),
        AExprKind::AexprBetween
        | AExprKind::AexprNotBetween
        | AExprKind::AexprBetweenSym
        | AExprKind::AexprNotBetweenSym => Some(Shape::Range),
        AExprKind::AexprNullif | AExprKind::Undefined => None,
    }
}

/// The constants that a side of a comparison is: one, or all of a list; `None` if it is anything else.
fn operands(node: &Node) -> Option<Vec<Operand>> {
    let each = |nodes: &[Node]| -> Option<Vec<Operand>> { nodes.iter().map(operand).collect() };
    match node.node.as_ref()? {
        NodeEnum::List(list) => each(&list.items),
        NodeEnum::AArrayExpr(array) => each(&array.elements),
        NodeEnum::TypeCast(cast) => match cast.arg.as_deref()?.node.as_ref()? {
            NodeEnum::AArrayExpr(array) => each(&array.elements),
            _ => Some(vec![operand(node)?]),
        },
        _ => Some(vec![operand(node)?]),
    }
}

/// The constant that an expression is, also behind a cast.
pub(super) fn operand(node: &Node) -> Option<Operand> {
    match node.node.as_ref()? {
        NodeEnum::ParamRef(parameter) => Some(Operand::Parameter(parameter.number)),
        NodeEnum::AConst(constant) => match &constant.val {
            None => Some(Operand::Null),
            Some(Val::Bsval(_)) => None,
            Some(_) => Some(Operand::Literal {
                at: usize::try_from(constant.location).ok()?,
                value: literal::text(node)?,
            }),
        },
        NodeEnum::TypeCast(cast) => operand(cast.arg.as_deref()?),
        _ => None,
    }
}
