//! The names that PostgreSQL gives to columns without one (`FigureColname` of its parse_target.c).

use crate::sql::literal;
use pg_query::NodeEnum;
use pg_query::protobuf::{
    AExprKind, JsonExprOp, MinMaxOp, Node, SqlValueFunctionOp, SubLinkType, XmlExprOp,
};

/// The name of the column that an expression makes.
pub fn of(node: &Node) -> String {
    match figure(node) {
        Figured::Good(name) | Figured::Weak(name) => name,
        Figured::None => "?column?".to_owned(),
    }
}

/// The name of a function in FROM: the first of its list.
pub fn of_function(node: &Node) -> String {
    match node.node.as_ref() {
        Some(NodeEnum::List(list)) => list.items.first().map(of).unwrap_or_default(),
        _ => of(node),
    }
}

/// The last name of a list.
pub fn last(names: &[Node]) -> Option<&str> {
    literal::parts(names)?.last().copied()
}

enum Figured {
    None,
    /// A name that a better one replaces.
    Weak(String),
    Good(String),
}

fn good(name: &str) -> Figured {
    Figured::Good(name.to_owned())
}

fn inside(node: Option<&Node>) -> Figured {
    node.map_or(Figured::None, figure)
}

fn last_string(nodes: &[Node]) -> Option<&str> {
    nodes
        .iter()
        .rev()
        .find_map(|node| match node.node.as_ref()? {
            NodeEnum::String(name) => Some(name.sval.as_str()),
            _ => None,
        })
}

fn figure(node: &Node) -> Figured {
    let Some(inner) = node.node.as_ref() else {
        return Figured::None;
    };
    match inner {
        NodeEnum::ColumnRef(column) => last_string(&column.fields).map_or(Figured::None, good),
        NodeEnum::AIndirection(indirection) => match last_string(&indirection.indirection) {
            Some(name) => good(name),
            None => inside(indirection.arg.as_deref()),
        },
        NodeEnum::FuncCall(call) => last(&call.funcname).map_or(Figured::None, good),
        NodeEnum::AExpr(expression) if expression.kind() == AExprKind::AexprNullif => {
            good("nullif")
        }
        NodeEnum::TypeCast(cast) => match inside(cast.arg.as_deref()) {
            Figured::Good(name) => Figured::Good(name),
            weaker => match cast.type_name.as_ref().and_then(|name| last(&name.names)) {
                Some(name) => Figured::Weak(name.to_owned()),
                None => weaker,
            },
        },
        NodeEnum::CollateClause(collate) => inside(collate.arg.as_deref()),
        NodeEnum::GroupingFunc(_) => good("grouping"),
        NodeEnum::MergeSupportFunc(_) => good("merge_action"),
        NodeEnum::SubLink(link) => match link.sub_link_type() {
            SubLinkType::ExistsSublink => good("exists"),
            SubLinkType::ArraySublink => good("array"),
            SubLinkType::ExprSublink => first_target(link.subselect.as_deref()),
            _ => Figured::None,
        },
        NodeEnum::CaseExpr(case) => match inside(case.defresult.as_deref()) {
            Figured::Good(name) => Figured::Good(name),
            _ => Figured::Weak("case".to_owned()),
        },
        NodeEnum::AArrayExpr(_) => good("array"),
        NodeEnum::RowExpr(_) => good("row"),
        NodeEnum::CoalesceExpr(_) => good("coalesce"),
        NodeEnum::MinMaxExpr(minmax) => match minmax.op() {
            MinMaxOp::IsGreatest => good("greatest"),
            MinMaxOp::IsLeast => good("least"),
            MinMaxOp::Undefined => Figured::None,
        },
        NodeEnum::SqlvalueFunction(function) => value_function(function.op()),
        NodeEnum::XmlExpr(xml) => xml_function(xml.op()),
        NodeEnum::XmlSerialize(_) => good("xmlserialize"),
        NodeEnum::JsonParseExpr(_) => good("json"),
        NodeEnum::JsonScalarExpr(_) => good("json_scalar"),
        NodeEnum::JsonSerializeExpr(_) => good("json_serialize"),
        NodeEnum::JsonObjectConstructor(_) => good("json_object"),
        NodeEnum::JsonArrayConstructor(_) | NodeEnum::JsonArrayQueryConstructor(_) => {
            good("json_array")
        }
        NodeEnum::JsonObjectAgg(_) => good("json_objectagg"),
        NodeEnum::JsonArrayAgg(_) => good("json_arrayagg"),
        NodeEnum::JsonFuncExpr(function) => match function.op() {
            JsonExprOp::JsonExistsOp => good("json_exists"),
            JsonExprOp::JsonQueryOp => good("json_query"),
            JsonExprOp::JsonValueOp => good("json_value"),
            JsonExprOp::JsonTableOp | JsonExprOp::Undefined => Figured::None,
        },
        _ => Figured::None,
    }
}

/// The name of the first column of a scalar subquery.
fn first_target(query: Option<&Node>) -> Figured {
    let Some(NodeEnum::SelectStmt(select)) = query.and_then(|node| node.node.as_ref()) else {
        return Figured::None;
    };
    let mut arm = &**select;
    while let Some(left) = arm.larg.as_deref() {
        arm = left;
    }
    if !arm.values_lists.is_empty() {
        return good("column1");
    }
    match arm.target_list.first().and_then(|node| node.node.as_ref()) {
        Some(NodeEnum::ResTarget(target)) if !target.name.is_empty() => good(&target.name),
        Some(NodeEnum::ResTarget(target)) => match inside(target.val.as_deref()) {
            Figured::Good(name) | Figured::Weak(name) => Figured::Good(name),
            Figured::None => good("?column?"),
        },
        _ => Figured::None,
    }
}

fn value_function(op: SqlValueFunctionOp) -> Figured {
    use SqlValueFunctionOp as Op;
    good(match op {
        Op::SqlvalueFunctionOpUndefined => return Figured::None,
        Op::SvfopCurrentDate => "current_date",
        Op::SvfopCurrentTime | Op::SvfopCurrentTimeN => "current_time",
        Op::SvfopCurrentTimestamp | Op::SvfopCurrentTimestampN => "current_timestamp",
        Op::SvfopLocaltime | Op::SvfopLocaltimeN => "localtime",
        Op::SvfopLocaltimestamp | Op::SvfopLocaltimestampN => "localtimestamp",
        Op::SvfopCurrentRole => "current_role",
        Op::SvfopCurrentUser => "current_user",
        Op::SvfopUser => "user",
        Op::SvfopSessionUser => "session_user",
        Op::SvfopCurrentCatalog => "current_catalog",
        Op::SvfopCurrentSchema => "current_schema",
    })
}

fn xml_function(op: XmlExprOp) -> Figured {
    good(match op {
        XmlExprOp::IsXmlconcat => "xmlconcat",
        XmlExprOp::IsXmlelement => "xmlelement",
        XmlExprOp::IsXmlforest => "xmlforest",
        XmlExprOp::IsXmlparse => "xmlparse",
        XmlExprOp::IsXmlpi => "xmlpi",
        XmlExprOp::IsXmlroot => "xmlroot",
        XmlExprOp::IsXmlserialize => "xmlserialize",
        XmlExprOp::IsDocument | XmlExprOp::Undefined => return Figured::None,
    })
}
