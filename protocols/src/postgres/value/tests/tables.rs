//! Texts and what becomes of them, written out.

use super::*;

/// Replaces `secret` inside text leaves by `***`, adds one to numbers, keeps the rest.
fn stars(_: LeafSite<'_>, value: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
    match value {
        Scalar::Text(text) => {
            let text = std::str::from_utf8(text).unwrap();
            if text.contains("secret") {
                out.extend_from_slice(text.replace("secret", "*\"*").as_bytes());
                Masked::Out
            } else {
                Masked::Keep
            }
        }
        Scalar::Int { value, .. } => Masked::Int(value + 1),
        Scalar::Date(days) => Masked::Date(days + 1),
        Scalar::Numeric(_) => {
            out.extend_from_slice(b"0.5");
            Masked::Out
        }
        _ => Masked::Keep,
    }
}

fn rewritten(ty: &Type, value: &str) -> Option<String> {
    let as_sent = (Format::Text, &Settings::default());
    match rewrite_by(ty, as_sent, value.as_bytes(), stars).unwrap() {
        (Rewritten::Unchanged, _) => Some(value.to_owned()),
        (Rewritten::Changed, out) => Some(String::from_utf8(out).unwrap()),
        (Rewritten::Null, _) => None,
    }
}

#[test]
fn texts_of_containers_are_rewritten_leaf_by_leaf() {
    let row = Type::composite([Type::Int4, Type::Text, Type::array(Type::Text)]);
    let table: [(&Type, &str, &str); 22] = [
        (&Type::Text, "a secret b", "a *\"* b"),
        (
            &Type::array(Type::Text),
            "{a,\"secret\",NULL}",
            "{a,\"*\\\"*\",NULL}",
        ),
        (
            &Type::array(Type::Int4),
            "[0:1][1:2]={{1,2},{3,NULL}}",
            "[0:1][1:2]={{2,3},{4,NULL}}",
        ),
        (&Type::array(Type::Int4), "[5:6]={1,2}", "{2,3}"),
        (&Type::array(Type::Text), "{}", "{}"),
        (
            &row,
            "(1,secret,\"{a,\"\"my secret\"\"}\")",
            "(2,\"*\"\"*\",\"{a,\"\"my *\\\\\"\"*\"\"}\")",
        ),
        (&row, "(,\"\",)", "(,\"\",)"),
        (&Type::Record, "(1,secret,)", "(1,\"*\"\"*\",)"),
        (&Type::range(Type::Int4), "[1,5)", "[2,6)"),
        (&Type::range(Type::Int4), "(,5)", "(,6)"),
        (&Type::range(Type::Int4), "empty", "empty"),
        (&Type::range(Type::Numeric), "[1.5,2.5)", "[0.5,0.5]"),
        (
            &Type::multirange(Type::Int4),
            "{[1,2),[5,7)}",
            "{[2,3),[6,8)}",
        ),
        (&Type::multirange(Type::Int4), "{}", "{}"),
        (
            &Type::Json,
            "{ \"a\\u0073ecret\" :[1.0e2 ,true, \"\\u0073ecret\\n\"]}",
            "{ \"a*\\\"*\" :[0.5 ,true, \"*\\\"*\\n\"]}",
        ),
        (&Type::Json, " [ ] ", " [ ] "),
        (
            &Type::Hstore,
            "\"k\"=>\"secret\", \"secret\"=>NULL",
            "\"k\"=>\"*\\\"*\", \"*\\\"*\"=>NULL",
        ),
        (
            &Type::Tsvector,
            "'secret':1A,2 'x''y'",
            "'*\"*':1A,2 'x''y'",
        ),
        (
            &Type::Xml,
            "<a b='x'>s<![CDATA[ecr]]>&#101;t<c/></a>",
            "<a b='x'>*&quot;*<c/></a>",
        ),
        (
            &Type::Xml,
            "<secret x=\"1\">1</secret><!--a secret-->",
            "<masked x=\"1\">1</masked><!--a *\"*-->",
        ),
        (&Type::Xml, "<a>secret</b>", "&lt;a&gt;*&quot;*&lt;/b&gt;"),
        (
            &Type::Vector {
                element: Type::Int2.into(),
            },
            "1 2 3",
            "2 3 4",
        ),
    ];
    for (ty, value, expected) in table {
        assert_eq!(
            rewritten(ty, value).as_deref(),
            Some(expected),
            "{value} as {ty:?}"
        );
    }
}
