//! Columns as rules see them: names, types, tokens and selectors.

use crate::pack::Select;

/// A column of a table, as the catalog names it.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColumnName<'a> {
    /// The database.
    pub database: &'a str,
    /// The schema.
    pub schema: &'a str,
    /// The table, view or other relation.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The name of the type: `text`, `int8`, `_text`.
    pub type_name: &'a str,
    /// Tags of the column and its table, in lower case: see [`tags_of_comment`](crate::tags_of_comment).
    pub tags: &'a [Box<str>],
}

/// A table, as the catalog names it.
#[derive(Clone, Copy, Debug, Default)]
pub struct TableName<'a> {
    /// The database.
    pub database: &'a str,
    /// The schema.
    pub schema: &'a str,
    /// The table, view or other relation.
    pub table: &'a str,
    /// Has it a column whose values are JSON documents, or one of a type that is not built in?
    pub may_hold_json: bool,
    /// Tags of the table and of any of its columns, in lower case.
    pub tags: &'a [Box<str>],
}

/// A column of a result, for choosing detectors.
///
/// The name is evidence for and against detectors. Give the name that the catalog has for the
/// column; give an empty one where only the client's own alias is known, because a client must not
/// be able to switch a detector off.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColumnContext<'a> {
    /// The name of the column, or empty.
    pub name: &'a str,
    /// The name of the type: `text`, `int8`, `_text`.
    pub type_name: &'a str,
}

/// The tokens of a column name, lower case: `cardNo2` and `card_no_2` are `card`, `no`, `2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tokens(Vec<String>);

impl Tokens {
    pub(crate) fn of(name: &str) -> Tokens {
        let mut tokens: Vec<String> = Vec::new();
        let mut previous = ' ';
        let mut characters = name.chars().peekable();
        while let Some(c) = characters.next() {
            if c.is_alphanumeric() {
                let next_lower = characters.peek().is_some_and(|n| n.is_lowercase());
                let camel = c.is_uppercase() && (previous.is_lowercase() || next_lower);
                let digit = c.is_ascii_digit() != previous.is_ascii_digit();
                if !previous.is_alphanumeric() || camel || digit {
                    tokens.push(String::new());
                }
                if let Some(token) = tokens.last_mut() {
                    token.extend(c.to_lowercase());
                }
            }
            previous = c;
        }
        Tokens(tokens)
    }

    /// Do some neighbouring tokens, written together, spell `wanted`, written together? Whole
    /// tokens only: `pan` is in `card_pan`, not in `company`.
    pub(crate) fn hold(&self, wanted: &str) -> bool {
        (0..self.0.len()).any(|first| {
            let mut rest = wanted;
            for token in &self.0[first..] {
                match rest.strip_prefix(token.as_str()) {
                    Some("") => return true,
                    Some(shorter) => rest = shorter,
                    None => return false,
                }
            }
            false
        })
    }

    /// All tokens written together, as [`Tokens::hold`] wants it.
    pub(crate) fn joined(&self) -> String {
        self.0.concat()
    }
}

/// The family of a type that decides whether a detector without a list of types looks at it.
pub(crate) fn holds_text(type_name: &str) -> bool {
    !NOT_TEXT.contains(&element(type_name))
}

/// Does a detector's list of types name this one? A type that is not built in counts as text.
pub(crate) fn type_listed(types: &[String], type_name: &str) -> bool {
    let name = element(type_name);
    let listed = |wanted: &str| types.iter().any(|t| element(t) == wanted);
    listed(name) || (!BUILT_IN_TEXT.contains(&name) && holds_text(name) && listed("text"))
}

/// The element type of an array (`_int4`, `int4[]`), and SQL spellings in PostgreSQL's own names.
fn element(type_name: &str) -> &str {
    let name = type_name.trim_end_matches("[]");
    let name = name.strip_prefix('_').unwrap_or(name);
    match name {
        "smallint" => "int2",
        "integer" | "int" => "int4",
        "bigint" => "int8",
        "decimal" => "numeric",
        "real" => "float4",
        "double precision" => "float8",
        "boolean" => "bool",
        "character varying" => "varchar",
        "character" => "bpchar",
        "timestamp without time zone" => "timestamp",
        "timestamp with time zone" => "timestamptz",
        name => name,
    }
}

const NOT_TEXT: [&str; 31] = [
    "int2",
    "int4",
    "int8",
    "numeric",
    "float4",
    "float8",
    "money",
    "bool",
    "oid",
    "xid",
    "xid8",
    "cid",
    "tid",
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "inet",
    "cidr",
    "macaddr",
    "macaddr8",
    "int4range",
    "int8range",
    "numrange",
    "tsrange",
    "tstzrange",
    "daterange",
    "pg_lsn",
];

/// Types with text of their own that a detector may leave out of its list on purpose.
const BUILT_IN_TEXT: [&str; 8] = [
    "text", "varchar", "bpchar", "json", "jsonb", "xml", "bytea", "hstore",
];

/// A compiled selector of columns.
#[derive(Debug)]
pub(crate) struct Selector {
    database: Vec<Glob>,
    schema: Vec<Glob>,
    table: Vec<Glob>,
    column: Vec<Glob>,
    types: Vec<String>,
    tags: Vec<Glob>,
    /// It is about places inside JSON documents.
    in_json: bool,
}

/// How exactly a selector names columns; see [`Selector::exactness`].
pub(crate) type Exactness = [u8; 7];

impl Selector {
    pub(crate) fn new(select: &Select) -> Selector {
        let globs = |parts: &[crate::pack::diagnostics::At<String>]| {
            parts.iter().map(|part| Glob::new(&part.value)).collect()
        };
        Selector {
            database: globs(&select.database),
            schema: globs(&select.schema),
            table: globs(&select.table),
            column: globs(&select.column),
            types: select.types.iter().map(|t| t.value.clone()).collect(),
            tags: globs(&select.tags),
            in_json: !select.paths.is_empty(),
        }
    }

    /// From `table`, `schema.table`, `database.schema.table` or that and `.column`.
    pub(crate) fn of_dotted(text: &str) -> Selector {
        let mut parts: Vec<&str> = text.split('.').collect();
        let column = if parts.len() > 3 { parts.pop() } else { None };
        let mut next = || parts.pop().map(Glob::new).into_iter().collect();
        Selector {
            table: next(),
            schema: next(),
            database: next(),
            column: column.map(Glob::new).into_iter().collect(),
            types: Vec::new(),
            tags: Vec::new(),
            in_json: false,
        }
    }

    /// Does it select a column? Folding case selects more; see [`Glob::matches`].
    pub(crate) fn matches(&self, column: &ColumnName<'_>, fold: bool) -> bool {
        any(&self.database, column.database, fold)
            && any(&self.schema, column.schema, fold)
            && any(&self.table, column.table, fold)
            && any(&self.column, column.column, fold)
            && self.has_type(column.type_name)
            && self.has_tag(column.tags)
    }

    /// Could it select a column of this table?
    pub(crate) fn matches_table(&self, table: &TableName<'_>, fold: bool) -> bool {
        any(&self.database, table.database, fold)
            && any(&self.schema, table.schema, fold)
            && any(&self.table, table.table, fold)
            && self.has_tag(table.tags)
            && (table.may_hold_json || !self.in_json)
    }

    fn has_type(&self, type_name: &str) -> bool {
        let mut types = self.types.iter();
        self.types.is_empty() || types.any(|t| element(t) == element(type_name))
    }

    fn has_tag(&self, tags: &[Box<str>]) -> bool {
        self.tags.is_empty() || tags.iter().any(|tag| any(&self.tags, tag, true))
    }

    /// How exactly columns are named, compared part by part; the more exact of two rules decides: a
    /// column by its name, then by a tag, by a pattern; the table, the schema, the database, the type.
    pub(crate) fn exactness(&self) -> Exactness {
        let part = |globs: &[Glob]| {
            if globs.is_empty() || globs.iter().any(Glob::is_any) {
                0
            } else if globs.iter().all(Glob::is_exact) {
                2
            } else {
                1
            }
        };
        let column = part(&self.column);
        [
            column / 2,
            part(&self.tags),
            column,
            part(&self.table),
            part(&self.schema),
            part(&self.database),
            u8::from(!self.types.is_empty()),
        ]
    }

    pub(crate) fn asks_for_tags(&self) -> bool {
        !self.tags.is_empty()
    }

    /// Does it name its tables and its columns, all of them without patterns?
    pub(crate) fn is_narrow(&self) -> bool {
        let named = |globs: &[Glob]| !globs.is_empty() && globs.iter().all(Glob::is_exact);
        named(&self.table) && named(&self.column)
    }
}

fn any(globs: &[Glob], name: &str, fold: bool) -> bool {
    globs.is_empty() || globs.iter().any(|glob| glob.matches(name, fold))
}

/// A byte of a name where nothing depends on how words are set apart: `First Name` is `first_name`.
fn folded(byte: u8) -> u8 {
    match byte {
        b' ' | b'-' => b'_',
        byte => byte.to_ascii_lowercase(),
    }
}

/// A name where `*` stands for any characters.
#[derive(Debug)]
struct Glob(Vec<String>);

impl Glob {
    fn new(text: &str) -> Glob {
        Glob(text.split('*').map(str::to_owned).collect())
    }

    fn is_exact(&self) -> bool {
        self.0.len() == 1
    }

    fn is_any(&self) -> bool {
        self.0.len() > 1 && self.0.iter().all(String::is_empty)
    }

    /// With `fold`, ASCII letters match in either case, and a blank and a hyphen match `_`.
    fn matches(&self, name: &str, fold: bool) -> bool {
        let same = |a: &[u8], b: &[u8]| {
            if fold {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| folded(*a) == folded(*b))
            } else {
                a == b
            }
        };
        let name = name.as_bytes();
        let (Some(head), Some(tail)) = (self.0.first(), self.0.last()) else {
            return false;
        };
        if self.is_exact() {
            return same(name, head.as_bytes());
        }
        if name.len() < head.len() + tail.len()
            || !same(&name[..head.len()], head.as_bytes())
            || !same(&name[name.len() - tail.len()..], tail.as_bytes())
        {
            return false;
        }
        let mut rest = &name[head.len()..name.len() - tail.len()];
        self.0[1..self.0.len() - 1].iter().all(|part| {
            let part = part.as_bytes();
            let found = (0..=rest.len().saturating_sub(part.len()))
                .find(|at| rest.len() >= part.len() && same(&rest[*at..at + part.len()], part));
            rest = found.map_or(rest, |at| &rest[at + part.len()..]);
            found.is_some()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_into_whole_tokens() {
        for (name, tokens) in [
            ("card_no", vec!["card", "no"]),
            ("cardNumber2", vec!["card", "number", "2"]),
            ("SSNNumber", vec!["ssn", "number"]),
            ("E-Mail", vec!["e", "mail"]),
            ("ts_ms", vec!["ts", "ms"]),
        ] {
            assert_eq!(Tokens::of(name).0, tokens, "{name}");
        }
    }

    #[test]
    fn a_name_is_found_in_whole_tokens_only() {
        for (name, wanted, found) in [
            ("customer_card_no", "card_no", true),
            ("cardno", "card_no", true),
            ("company", "pan", false),
            ("card_pan", "pan", true),
            ("emailAddress", "email_address", true),
            ("discard_note", "card_no", false),
        ] {
            assert_eq!(
                Tokens::of(name).hold(&Tokens::of(wanted).joined()),
                found,
                "{name}"
            );
        }
    }

    #[test]
    fn globs() {
        for (glob, name, matches) in [
            ("email", "EMAIL", true),
            ("*", "", true),
            ("card_*", "card_no", true),
            ("*_no", "card_nos", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyc", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(
                Glob::new(glob).matches(name, true),
                matches,
                "{glob} {name}"
            );
        }
        assert!(!Glob::new("email").matches("EMAIL", false));
    }

    #[test]
    fn types_by_list_and_by_default() {
        let listed = |types: &[&str], name| {
            let types: Vec<String> = types.iter().map(ToString::to_string).collect();
            type_listed(&types, name)
        };
        assert!(listed(&["text", "int8"], "_int8"));
        assert!(listed(&["text"], "my_domain"));
        assert!(!listed(&["text"], "jsonb"));
        assert!(!listed(&["text"], "int8"));
        assert!(holds_text("citext") && !holds_text("bigint") && !holds_text("_int4"));
    }
}
