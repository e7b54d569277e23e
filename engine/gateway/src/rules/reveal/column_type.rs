//! The type of a column as people write it: `varchar(40)`, `numeric(12,2)`, `int8[]`, `_uuid`.
//!
//! Only types that hold something reversible are known: the others are masked for good.

use wiremask_protocols::postgres::value::{Type, builtin};
use wiremask_rules::MaskContext;

/// PostgreSQL's own names, and those of SQL, with the OIDs.
const TYPES: &[(&str, u32)] = &[
    ("text", 25),
    ("citext", 25),
    ("varchar", 1043),
    ("character varying", 1043),
    ("bpchar", 1042),
    ("char", 1042),
    ("character", 1042),
    ("int4", 23),
    ("integer", 23),
    ("int", 23),
    ("int8", 20),
    ("bigint", 20),
    ("numeric", 1700),
    ("decimal", 1700),
    ("uuid", 2950),
    ("inet", 869),
    ("cidr", 650),
    ("macaddr", 829),
    ("macaddr8", 774),
    ("json", 114),
    ("jsonb", 3802),
    ("xml", 142),
];

/// What a type modifier counts above its length.
const MODIFIER_HEADER: i32 = 4;

/// A type with its modifier.
pub struct ColumnType {
    name: String,
    shape: Type,
    modifier: i32,
}

impl ColumnType {
    /// Reads it.
    ///
    /// # Errors
    /// Which types there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let unknown = || {
            let names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
            format!(
                "no type `{text}` holds values that can be revealed; types are {}, with a length or precision, and \
                 arrays of them",
                names.join(", ")
            )
        };
        let text = text.trim().to_ascii_lowercase();
        let (text, is_array) = match (text.strip_suffix("[]"), text.strip_prefix('_')) {
            (Some(element), _) | (None, Some(element)) => (element, true),
            (None, None) => (text.as_str(), false),
        };
        let (name, arguments) = match text.split_once('(') {
            Some((name, rest)) => (
                name.trim(),
                Some(rest.strip_suffix(')').ok_or_else(unknown)?),
            ),
            None => (text, None),
        };
        let known = TYPES.iter().find(|(known, _)| *known == name);
        let (name, oid) = known.ok_or_else(unknown)?;
        let element = builtin(*oid).ok_or_else(unknown)?;
        let modifier = match arguments {
            Some(arguments) => modifier(*oid, arguments).ok_or_else(unknown)?,
            None if matches!(*name, "char" | "character") => 1 + MODIFIER_HEADER,
            None => -1,
        };
        Ok(Self {
            name: if is_array {
                format!("_{name}")
            } else {
                (*name).to_owned()
            },
            shape: if is_array {
                Type::array(element)
            } else {
                element
            },
            modifier,
        })
    }

    /// As selectors know it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its values look like.
    pub fn shape(&self) -> &Type {
        &self.shape
    }

    /// What a masker may know.
    pub fn context(&self) -> MaskContext<'static> {
        MaskContext {
            type_modifier: self.modifier,
            ..MaskContext::default()
        }
    }
}

/// The modifier as the server sends it: a length, or precision and scale.
fn modifier(oid: u32, arguments: &str) -> Option<i32> {
    let mut numbers = arguments
        .split(',')
        .map(|number| number.trim().parse::<u16>());
    let first = i32::from(numbers.next()?.ok()?);
    let second = match numbers.next() {
        Some(scale) => i32::from(scale.ok()?),
        None => 0,
    };
    if numbers.next().is_some() {
        return None;
    }
    match oid {
        1700 => Some((first << 16 | second).checked_add(MODIFIER_HEADER)?),
        1042 | 1043 if second == 0 => Some(first + MODIFIER_HEADER),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_lengths_and_arrays_are_read() {
        for (text, name, modifier) in [
            ("text", "text", -1),
            (" VARCHAR(40) ", "varchar", 44),
            ("char", "char", 5),
            ("numeric(12, 2)", "numeric", (12 << 16 | 2) + 4),
            ("bigint[]", "_bigint", -1),
            ("_uuid", "_uuid", -1),
        ] {
            let read = ColumnType::parse(text).unwrap();
            assert_eq!((read.name(), read.modifier), (name, modifier), "{text}");
        }
        assert_eq!(
            ColumnType::parse("int8[]").unwrap().shape(),
            &Type::array(Type::Int8)
        );
        for bad in [
            "",
            "date",
            "varchar(",
            "varchar(x)",
            "text(4)",
            "numeric(1,2,3)",
            "varchar(4,2)",
        ] {
            assert!(ColumnType::parse(bad).is_err(), "{bad}");
        }
    }
}
