//! Constants and names as they stand in the tree.

use super::{Name, Refused};
use pg_query::NodeEnum;
use pg_query::protobuf::{Node, RangeVar, TypeName, a_const::Val};

/// The text of a literal, if a node is one: also behind casts to text and its kin, which leave it alone.
pub fn text(node: &Node) -> Option<String> {
    match node.node.as_ref()? {
        NodeEnum::AConst(constant) => match constant.val.as_ref()? {
            Val::Sval(s) => Some(s.sval.clone()),
            Val::Ival(i) => Some(i.ival.to_string()),
            Val::Fval(f) => Some(f.fval.clone()),
            Val::Boolval(b) => Some(b.boolval.to_string()),
            Val::Bsval(_) => None,
        },
        NodeEnum::TypeCast(cast) if is_text(cast.type_name.as_ref()?) => text(cast.arg.as_deref()?),
        NodeEnum::String(s) => Some(s.sval.clone()),
        NodeEnum::Integer(i) => Some(i.ival.to_string()),
        NodeEnum::Float(f) => Some(f.fval.clone()),
        NodeEnum::Boolean(b) => Some(b.boolval.to_string()),
        _ => None,
    }
}

fn is_text(name: &TypeName) -> bool {
    name.typmods.is_empty()
        && name.array_bounds.is_empty()
        && match parts(&name.names).as_deref() {
            Some([one]) => matches!(*one, "text" | "varchar"),
            Some(["pg_catalog", one]) => matches!(*one, "text" | "varchar"),
            _ => false,
        }
}

/// The strings of a list that holds only such.
pub fn parts(list: &[Node]) -> Option<Vec<&str>> {
    list.iter()
        .map(|node| match node.node.as_ref()? {
            NodeEnum::String(s) => Some(s.sval.as_str()),
            _ => None,
        })
        .collect()
}

/// A name of one, two or three parts; the first of three is a database, and can only be this one.
///
/// # Errors
/// [`Refused::Unsupported`] for anything else.
pub fn name(list: &[Node]) -> Result<Name, Refused> {
    named(&parts(list).ok_or(Refused::Unsupported)?)
}

/// As [`name`], of strings.
///
/// # Errors
/// [`Refused::Unsupported`] for none, and for more than three.
pub fn named(parts: &[&str]) -> Result<Name, Refused> {
    match parts {
        [name] => Ok(Name::new(None, name)),
        [schema, name] | [_, schema, name] => Ok(Name::new(Some(schema), name)),
        _ => Err(Refused::Unsupported),
    }
}

/// The name of a relation.
pub fn relation(range: &RangeVar) -> Name {
    Name::new(
        Some(range.schemaname.as_str()).filter(|schema| !schema.is_empty()),
        &range.relname,
    )
}
