//! Does a condition keep every row, as far as its text tells?
//!
//! A condition that mentions no column is the same for every row; one that compares an expression with
//! itself is true but for NULLs. Neither bounds what a statement touches. `false` is no such condition.

use super::literal;
use super::statement::Condition;
use pg_query::NodeEnum;
use pg_query::NodeRef;
use pg_query::protobuf::{AExpr, AExprKind, BoolExprType, Node, NullTestType, a_const::Val};

/// What a WHERE is worth.
#[must_use]
pub fn condition(clause: Option<&Node>) -> Condition {
    match clause {
        None => Condition::None,
        Some(node) => match truth(node) {
            Truth::Always => Condition::Trivial,
            Truth::Never | Truth::Depends => Condition::Real,
        },
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Truth {
    /// The same for all rows, and not known to be false.
    Always,
    /// False, or NULL.
    Never,
    Depends,
}

fn truth(node: &Node) -> Truth {
    let Some(inner) = node.node.as_ref() else {
        return Truth::Depends;
    };
    match inner {
        NodeEnum::BoolExpr(logic) => {
            let mut arms = logic.args.iter().map(truth);
            match logic.boolop() {
                BoolExprType::AndExpr => {
                    if arms.clone().any(|arm| arm == Truth::Never) {
                        Truth::Never
                    } else if arms.all(|arm| arm == Truth::Always) {
                        Truth::Always
                    } else {
                        Truth::Depends
                    }
                }
                BoolExprType::OrExpr => {
                    if arms.clone().any(|arm| arm == Truth::Always) || has_complement(&logic.args) {
                        Truth::Always
                    } else if arms.all(|arm| arm == Truth::Never) {
                        Truth::Never
                    } else {
                        Truth::Depends
                    }
                }
                BoolExprType::NotExpr => match arms.next() {
                    Some(Truth::Never) => Truth::Always,
                    Some(Truth::Always) if is_literal(&logic.args[0]) => Truth::Never,
                    Some(Truth::Always) => Truth::Always,
                    Some(Truth::Depends) | None => Truth::Depends,
                },
                BoolExprType::Undefined => Truth::Depends,
            }
        }
        NodeEnum::AConst(constant) => match &constant.val {
            None => Truth::Never,
            Some(Val::Boolval(b)) if !b.boolval => Truth::Never,
            Some(Val::Sval(s)) if is_false(&s.sval) => Truth::Never,
            Some(_) => Truth::Always,
        },
        NodeEnum::TypeCast(cast) => cast.arg.as_deref().map_or(Truth::Depends, truth),
        NodeEnum::AExpr(expression) => compared(expression),
        NodeEnum::CurrentOfExpr(_) => Truth::Depends,
        _ if mentions_columns(inner) => Truth::Depends,
        _ => Truth::Always,
    }
}

fn is_false(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    !text.is_empty()
        && (["false", "no"].iter().any(|word| word.starts_with(&text))
            || matches!(text.as_str(), "off" | "of" | "0"))
}

/// A literal truth value, whose negation is then known.
fn is_literal(node: &Node) -> bool {
    match node.node.as_ref() {
        Some(NodeEnum::AConst(_)) => true,
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().is_some_and(is_literal),
        _ => false,
    }
}

/// `x is null or x is not null`.
fn has_complement(arms: &[Node]) -> bool {
    let tests: Vec<_> = arms
        .iter()
        .filter_map(|arm| match arm.node.as_ref()? {
            NodeEnum::NullTest(test) => Some((test.nulltesttype(), test.arg.as_deref()?)),
            _ => None,
        })
        .collect();
    tests.iter().any(|(kind, is_null)| {
        *kind == NullTestType::IsNull
            && tests
                .iter()
                .any(|(kind, is_not)| *kind == NullTestType::IsNotNull && same(is_null, is_not))
    })
}

fn compared(expression: &AExpr) -> Truth {
    let (Some(left), Some(right)) = (expression.lexpr.as_deref(), expression.rexpr.as_deref())
    else {
        return unless_columns(expression);
    };
    let operator = literal::parts(&expression.name).and_then(|parts| parts.last().copied());
    if let (Some(l), Some(r)) = (literal::text(left), literal::text(right)) {
        let equal = l == r;
        return match (expression.kind(), operator) {
            (AExprKind::AexprOp | AExprKind::AexprNotDistinct, Some("=")) if !equal => Truth::Never,
            (AExprKind::AexprOp, Some("<>" | "!=" | "<" | ">")) if equal => Truth::Never,
            _ => Truth::Always,
        };
    }
    let reflexive = matches!(operator, Some("=" | "<=" | ">=" | "~~" | "~~*"))
        || matches!(
            expression.kind(),
            AExprKind::AexprBetween | AExprKind::AexprBetweenSym
        );
    let has_itself = same(left, right)
        || match right.node.as_ref() {
            Some(NodeEnum::List(list)) if expression.kind() == AExprKind::AexprIn => {
                list.items.iter().any(|item| same(left, item))
            }
            Some(NodeEnum::List(list)) => list.items.iter().all(|item| same(left, item)),
            Some(NodeEnum::AArrayExpr(array)) if expression.kind() == AExprKind::AexprOpAny => {
                array.elements.iter().any(|item| same(left, item))
            }
            _ => false,
        };
    let all_match = matches!(
        expression.kind(),
        AExprKind::AexprLike | AExprKind::AexprIlike
    ) && operator.is_some_and(|name| name.starts_with('~'))
        && literal::text(right)
            .is_some_and(|pattern| !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'%'));
    if (has_itself && (reflexive || expression.kind() == AExprKind::AexprNotDistinct)) || all_match
    {
        return Truth::Always;
    }
    unless_columns(expression)
}

fn unless_columns(expression: &AExpr) -> Truth {
    let sides = [&expression.lexpr, &expression.rexpr];
    let mentions = sides
        .into_iter()
        .flatten()
        .any(|node| node.node.as_ref().is_none_or(mentions_columns));
    if mentions {
        Truth::Depends
    } else {
        Truth::Always
    }
}

/// Does it mention a column anywhere? What is not understood does.
fn mentions_columns(node: &NodeEnum) -> bool {
    let mut open = vec![node.to_ref()];
    while let Some(node) = open.pop() {
        if matches!(node, NodeRef::ColumnRef(_))
            || super::children::children(node, &mut open).is_err()
        {
            return true;
        }
    }
    false
}

/// Are two expressions the same but for where they stand? A name with and one without its table count
/// as the same. What is compared by no rule here is different.
fn same(one: &Node, other: &Node) -> bool {
    let all = |one: &[Node], other: &[Node]| {
        one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same(a, b))
    };
    match (one.node.as_ref(), other.node.as_ref()) {
        (Some(NodeEnum::ColumnRef(a)), Some(NodeEnum::ColumnRef(b))) => {
            let (Some(a), Some(b)) = (literal::parts(&a.fields), literal::parts(&b.fields)) else {
                return false;
            };
            a.ends_with(&b) || b.ends_with(&a)
        }
        (Some(NodeEnum::AConst(a)), Some(NodeEnum::AConst(b))) => {
            a.isnull == b.isnull && a.val == b.val
        }
        (Some(NodeEnum::ParamRef(a)), Some(NodeEnum::ParamRef(b))) => a.number == b.number,
        (Some(NodeEnum::TypeCast(a)), Some(NodeEnum::TypeCast(b))) => {
            matches!((&a.arg, &b.arg), (Some(a), Some(b)) if same(a, b))
        }
        (Some(NodeEnum::FuncCall(a)), Some(NodeEnum::FuncCall(b))) => {
            literal::parts(&a.funcname) == literal::parts(&b.funcname) && all(&a.args, &b.args)
        }
        (Some(NodeEnum::AExpr(a)), Some(NodeEnum::AExpr(b))) => {
            let side = |a: &Option<Box<Node>>, b: &Option<Box<Node>>| match (a, b) {
                (Some(a), Some(b)) => same(a, b),
                (None, None) => true,
                _ => false,
            };
            a.kind == b.kind
                && literal::parts(&a.name) == literal::parts(&b.name)
                && side(&a.lexpr, &b.lexpr)
                && side(&a.rexpr, &b.rexpr)
        }
        (Some(NodeEnum::RowExpr(a)), Some(NodeEnum::RowExpr(b))) => all(&a.args, &b.args),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::statement::Condition;

    #[test]
    fn conditions_that_keep_every_row_are_told() {
        let check = |condition: &str, expected: Condition| {
            let text = format!("delete from t where {condition}");
            let facts = super::super::facts(&text).unwrap();
            assert_eq!(facts.statements[0].condition, expected, "{condition}");
        };
        for condition in [
            "true",
            "1=1",
            "'t'::bool",
            "'a' = 'a'",
            "id = id",
            "t.id = id",
            "id = id or x = 3",
            "id = 3 or true",
            "true and 1 = 1",
            "not false",
            "not (1 = 2)",
            "id is null or id is not null",
            "id >= id",
            "name like '%'",
            "name like '%%'",
            "id in (1, id)",
            "id = any(array[2, id])",
            "exists (select 1)",
            "(select true)",
            "random() >= 0",
            "$1",
            "$1 = $1",
            "now() is not null",
            "id between id and id",
            "lower(name) = lower(name)",
            "2 > 1",
            "coalesce(null, true)",
            "id is not distinct from id",
            "case when true then true end",
            "id + 1 = id + 1",
            "id::text = id::text",
        ] {
            check(condition, Condition::Trivial);
        }
        for condition in [
            "id = 3",
            "id = $1",
            "false",
            "1 = 0",
            "1 = 2 or id = 3",
            "a.id = b.id",
            "id is not null",
            "name like 'a%'",
            "exists (select 1 from u where u.id = t.id)",
            "id in (1, 2)",
            "null",
            "not true",
            "current of c",
            "id = 3 and true",
            "id <> id",
            "'f'",
            "'no'",
            "id between 1 and 2",
            "id < 3 or false",
        ] {
            check(condition, Condition::Real);
        }
        assert_eq!(
            super::super::facts("delete from t").unwrap().statements[0].condition,
            Condition::None
        );
    }
}
