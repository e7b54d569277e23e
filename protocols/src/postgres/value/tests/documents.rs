//! JSON against an independent reader (serde_json): what comes out is the document that a mask of
//! its tree gives, and everything is asked about under the right key.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn documents() -> impl Strategy<Value = Value> {
    let text = "[a-z\"\\\\/\u{8}\u{c}\n\r\t\u{1}é€💶 ]{0,8}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e300..1e300_f64).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(text, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Marks text and keys, replaces numbers, flips booleans; NULL under a key that has an `n`.
fn mark(site: LeafSite<'_>, leaf: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
    if !site.is_key && site.key.is_some_and(|key| key.contains(&b'n')) {
        return Masked::Null;
    }
    match leaf {
        Scalar::Text(text) => {
            out.extend_from_slice(text);
            out.extend_from_slice(b"\"\\\n\x01!");
            Masked::Out
        }
        Scalar::Numeric(_) => {
            out.extend_from_slice(b"-0012.50");
            Masked::Out
        }
        Scalar::Bool(value) => Masked::Bool(!value),
        _ => Masked::Null,
    }
}

fn marked(value: &Value, key: Option<&str>) -> Value {
    let gone = key.is_some_and(|key| key.contains('n'));
    match value {
        Value::Null => Value::Null,
        Value::Array(items) => items.iter().map(|item| marked(item, key)).collect(),
        Value::Object(map) => {
            let pairs = map
                .iter()
                .map(|(key, item)| (key.clone() + "\"\\\n\u{1}!", marked(item, Some(key))));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        _ if gone => Value::Null,
        Value::Bool(value) => Value::Bool(!value),
        Value::Number(_) => json!(-12.5),
        Value::String(text) => Value::String(text.clone() + "\"\\\n\u{1}!"),
    }
}

/// The same document with every character outside ASCII, and each `a`, as an escape.
fn escaped(json: &str) -> String {
    let mut out = String::new();
    let mut in_string = false;
    let mut characters = json.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.extend(['\\', characters.next().unwrap()]),
            '"' => {
                in_string = !in_string;
                out.push('"');
            }
            'a' if in_string => out.push_str("\\u0061"),
            other if !other.is_ascii() => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04X}"));
                }
            }
            other => out.push(other),
        }
    }
    out
}

proptest! {
    #[test]
    fn a_masked_document_is_the_mask_of_its_tree(document in documents()) {
        let compact = document.to_string();
        let pretty = serde_json::to_string_pretty(&document).unwrap();
        let expected = marked(&document, None);
        for (text, ty) in [
            (compact.clone(), Type::Json),
            (pretty, Type::Jsonb),
            (escaped(&compact), Type::Json),
        ] {
            for format in [Format::Text, Format::Binary] {
                let versioned = format == Format::Binary && ty == Type::Jsonb;
                let value = [if versioned { &b"\x01"[..] } else { b"" }, text.as_bytes()].concat();
                let as_sent = (format, &Settings::default());
                let (rewritten, out) = rewrite_by(&ty, as_sent, &value, mark).unwrap();
                let out = if rewritten == Rewritten::Unchanged { value } else { out };
                let out = if versioned { out.strip_prefix(b"\x01").unwrap() } else { &out };
                let found: Value = serde_json::from_slice(out).unwrap();
                prop_assert_eq!(&found, &expected, "{}", text);
            }
        }
    }
}

#[test]
fn numbers_are_given_in_plain_decimals() {
    let table = [
        ("0", "0"),
        ("-1.50", "-1.50"),
        ("4.111111111111111e15", "4111111111111111"),
        ("4.111111111111111E+15", "4111111111111111"),
        ("1e3", "1000"),
        ("-1.5e1", "-15"),
        ("1.25e1", "12.5"),
        ("125e-2", "1.25"),
        ("1e-3", "0.001"),
        ("0e5", "0"),
        ("0.00125e2", "0.125"),
    ];
    for (number, decimals) in table {
        let found = leaves(
            &Type::Json,
            (Format::Text, &Settings::default()),
            number.as_bytes(),
        );
        assert_eq!(
            found,
            Ok(vec![format!("None false 0 Numeric(\"{decimals}\")")]),
            "{number}"
        );
    }
    let found = leaves(
        &Type::Json,
        (Format::Text, &Settings::default()),
        b"[1e401]",
    );
    assert_eq!(found, Ok(vec!["None false 1 Text(1e401)".to_owned()]));
}

#[test]
fn halves_of_surrogate_pairs_and_nul_are_read() {
    let found = leaves(
        &Type::Json,
        (Format::Text, &Settings::default()),
        br#"["\ud83d", "\udcb6\ud83d\udcb6", "\ud83d\u0041", "\u0000", "\ud83dx"]"#,
    );
    let texts = ["\u{FFFD}", "\u{FFFD}💶", "\u{FFFD}A", "\0", "\u{FFFD}x"];
    assert_eq!(
        found,
        Ok(texts
            .map(|text| format!("None false 1 Text({text})"))
            .to_vec())
    );
}

#[test]
fn leaves_know_the_nearest_key_and_their_depth() {
    let json = br#"{"a": [1, {"b": "x", "c": {}}, "y"], "d": true}"#;
    let found = leaves(&Type::Json, (Format::Text, &Settings::default()), json).unwrap();
    let expected = [
        "None true 1 Text(a)",
        "Some(\"a\") false 2 Numeric(\"1\")",
        "Some(\"a\") true 3 Text(b)",
        "Some(\"b\") false 3 Text(x)",
        "Some(\"a\") true 3 Text(c)",
        "Some(\"a\") false 2 Text(y)",
        "None true 1 Text(d)",
        "Some(\"d\") false 1 Bool(true)",
    ];
    assert_eq!(found, expected);
}

/// Every leaf of a document with the way to it; keys with that to their object.
fn places(value: &Value, way: &str, out: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{way}[{index}]"), out);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                out.push(format!("{way} key"));
                places(item, &format!("{way}[{key:?}]"), out);
            }
        }
        _ => out.push(format!("{way} leaf")),
    }
}

proptest! {
    #[test]
    fn the_way_to_every_leaf_is_told(document in documents()) {
        let (mut expected, mut told) = (Vec::new(), Vec::new());
        places(&document, "", &mut expected);
        let text = document.to_string();
        let settings = Settings::default();
        let sent = (Format::Text, &settings);
        rewrite_by(&Type::Json, sent, text.as_bytes(), |site, _, _| {
            let mut way = String::new();
            for step in site.place.steps() {
                way += &match step {
                    Step::Key(key) => format!("[{:?}]", std::str::from_utf8(key).unwrap()),
                    Step::Index(index) => format!("[{index}]"),
                };
            }
            told.push(way + if site.is_key { " key" } else { " leaf" });
            Masked::Keep
        })
        .unwrap();
        prop_assert_eq!(told, expected);
    }
}
