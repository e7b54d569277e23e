//! What a statement does: facts from PostgreSQL's own grammar (libpg_query), no policy.
//!
//! The facts are an over-approximation: every relation, function and operator that is named anywhere
//! in the text is listed, whatever its scope. What the grammar does not accept has no facts, and
//! whoever asks must then assume the worst.

use pg_query::protobuf::{CopyStmt, DefElem};
use pg_query::{NodeEnum, ParserOptions};
use serde_json::Value;

/// A possibly qualified name, folded as PostgreSQL folds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The schema, if the text names one.
    pub schema: Option<String>,
    /// The name itself.
    pub name: String,
}

/// What a statement text does. It may hold several statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// What kind the first statement is, in lower case (`select`, `copy`, `create table as`).
    pub kind: &'static str,
    /// Every relation that is named: tables, views, sequences, and names of common table expressions.
    pub relations: Vec<Name>,
    /// Names of common table expressions.
    pub ctes: Vec<String>,
    /// Every function that is called by name.
    pub functions: Vec<Name>,
    /// Every operator that is used.
    pub operators: Vec<String>,
    /// Every `COPY … TO STDOUT`, in order.
    pub copies: Vec<CopyOut>,
    /// Opens something that later statements read: a cursor or a prepared statement.
    pub opens: bool,
    /// Reads something that an earlier statement left: FETCH, EXECUTE, SHOW of a setting that takes
    /// any text.
    pub reads_opened: bool,
    /// Runs code that the text does not show: DO, CALL.
    pub runs_code: bool,
    /// Writes what it reads to another relation: CREATE TABLE AS, SELECT INTO, INSERT … SELECT.
    pub copies_rows: bool,
    /// Length of the text, bytes.
    pub len: usize,
}

/// One `COPY … TO STDOUT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyOut {
    /// What is copied.
    pub source: CopySource,
    /// How it is encoded.
    pub options: CopyOptions,
}

/// What a copy copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopySource {
    /// A table, with the columns that are listed (none listed: all).
    Table {
        /// The table.
        name: Name,
        /// The listed columns.
        columns: Vec<String>,
    },
    /// A query.
    Query,
}

/// The encoding of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyFormat {
    /// Tab-separated with backslash escapes, by default.
    Text,
    /// Comma-separated with quotes, by default.
    Csv,
    /// PGCOPY.
    Binary,
}

/// How a copy is encoded; defaults are those of the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyOptions {
    /// Text, csv or binary.
    pub format: CopyFormat,
    /// Separates values.
    pub delimiter: u8,
    /// What stands for NULL.
    pub null: Vec<u8>,
    /// Quotes a csv value.
    pub quote: u8,
    /// Escapes a quote inside a csv value.
    pub escape: u8,
    /// Is the first line a header?
    pub header: bool,
}

impl CopyOptions {
    /// What PostgreSQL assumes when nothing is said.
    #[must_use]
    pub fn defaults(format: CopyFormat) -> Self {
        let csv = format == CopyFormat::Csv;
        Self {
            format,
            delimiter: if csv { b',' } else { b'\t' },
            null: if csv { Vec::new() } else { b"\\N".to_vec() },
            quote: b'"',
            escape: b'"',
            header: false,
        }
    }
}

/// The text has no facts: it does not parse, nests too deeply, or uses an option that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unparsed;

/// The facts of a statement text, as read with `standard_conforming_strings = on`.
///
/// Costs some microseconds per node; cache by text.
///
/// # Errors
/// [`Unparsed`].
pub fn facts(text: &str) -> Result<Facts, Unparsed> {
    let parsed = pg_query::parse(text, ParserOptions::default()).map_err(|_| Unparsed)?;
    let mut facts = Facts {
        kind: "empty",
        len: text.len(),
        ..Facts::default()
    };
    for (number, raw) in parsed.protobuf.stmts.iter().enumerate() {
        let node = raw
            .stmt
            .as_ref()
            .and_then(|n| n.node.as_ref())
            .ok_or(Unparsed)?;
        if number == 0 {
            facts.kind = kind(node);
        }
        statement(node, &mut facts)?;
    }
    let tree = serde_json::to_value(&parsed.protobuf.stmts).map_err(|_| Unparsed)?;
    collect(&tree, &mut facts)?;
    Ok(facts)
}

fn kind(node: &NodeEnum) -> &'static str {
    match node {
        NodeEnum::SelectStmt(_) => "select",
        NodeEnum::InsertStmt(_) => "insert",
        NodeEnum::UpdateStmt(_) => "update",
        NodeEnum::DeleteStmt(_) => "delete",
        NodeEnum::MergeStmt(_) => "merge",
        NodeEnum::CopyStmt(_) => "copy",
        NodeEnum::ExplainStmt(_) => "explain",
        NodeEnum::TransactionStmt(_) => "transaction",
        NodeEnum::VariableSetStmt(_) => "set",
        NodeEnum::VariableShowStmt(_) => "show",
        NodeEnum::DeclareCursorStmt(_) => "declare",
        NodeEnum::FetchStmt(_) => "fetch",
        NodeEnum::PrepareStmt(_) => "prepare",
        NodeEnum::ExecuteStmt(_) => "execute",
        NodeEnum::DoStmt(_) => "do",
        NodeEnum::CallStmt(_) => "call",
        NodeEnum::CreateTableAsStmt(_) => "create table as",
        _ => "utility",
    }
}

fn statement(node: &NodeEnum, facts: &mut Facts) -> Result<(), Unparsed> {
    match node {
        NodeEnum::DeclareCursorStmt(_) | NodeEnum::PrepareStmt(_) => facts.opens = true,
        NodeEnum::FetchStmt(_) | NodeEnum::ExecuteStmt(_) => facts.reads_opened = true,
        NodeEnum::VariableShowStmt(show) if takes_any_text(&show.name) => facts.reads_opened = true,
        NodeEnum::DoStmt(_) | NodeEnum::CallStmt(_) => facts.runs_code = true,
        NodeEnum::CopyStmt(copy)
            if !copy.is_from && !copy.is_program && copy.filename.is_empty() =>
        {
            facts.copies.push(copy_out(copy)?);
        }
        _ => {}
    }
    Ok(())
}

/// Settings that hold whatever text a session puts there, custom ones among them.
fn takes_any_text(setting: &str) -> bool {
    setting.contains('.') || matches!(setting, "all" | "application_name" | "search_path")
}

fn copy_out(copy: &CopyStmt) -> Result<CopyOut, Unparsed> {
    let source = match &copy.relation {
        Some(relation) => CopySource::Table {
            name: Name {
                schema: Some(relation.schemaname.clone()).filter(|s| !s.is_empty()),
                name: relation.relname.clone(),
            },
            columns: copy
                .attlist
                .iter()
                .map(|node| match &node.node {
                    Some(NodeEnum::String(s)) => Ok(s.sval.clone()),
                    _ => Err(Unparsed),
                })
                .collect::<Result<_, _>>()?,
        },
        None => CopySource::Query,
    };
    let options: Vec<&DefElem> = copy
        .options
        .iter()
        .map(|node| match &node.node {
            Some(NodeEnum::DefElem(element)) => Ok(&**element),
            _ => Err(Unparsed),
        })
        .collect::<Result<_, _>>()?;
    Ok(CopyOut {
        source,
        options: copy_options(&options)?,
    })
}

fn copy_options(elements: &[&DefElem]) -> Result<CopyOptions, Unparsed> {
    let text = |element: &DefElem| match element.arg.as_ref().and_then(|a| a.node.as_ref()) {
        Some(NodeEnum::String(s)) => Ok(s.sval.clone()),
        _ => Err(Unparsed),
    };
    let byte = |element: &DefElem| match text(element)?.as_bytes() {
        &[byte] => Ok(byte),
        _ => Err(Unparsed),
    };
    let mut format = CopyFormat::Text;
    for element in elements.iter().filter(|e| e.defname == "format") {
        format = match text(element)?.as_str() {
            "text" => CopyFormat::Text,
            "csv" => CopyFormat::Csv,
            "binary" => CopyFormat::Binary,
            _ => return Err(Unparsed),
        };
    }
    let mut options = CopyOptions::defaults(format);
    let mut escape = None;
    for element in elements {
        match element.defname.as_str() {
            "format" => {}
            "delimiter" => options.delimiter = byte(element)?,
            "null" => options.null = text(element)?.into_bytes(),
            "quote" => options.quote = byte(element)?,
            "escape" => escape = Some(byte(element)?),
            "header" => options.header = header(element)?,
            "encoding" if is_ascii_safe(&text(element)?) => {}
            // This changes nothing about how a row is read: quotes are read wherever they stand.
            "force_quote" => {}
            _ => return Err(Unparsed),
        }
    }
    options.escape = escape.unwrap_or(options.quote);
    Ok(options)
}

/// Encodings in which a byte of the ASCII range is always that character, so that rows can be split.
fn is_ascii_safe(encoding: &str) -> bool {
    let name: String = encoding
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    [
        "utf", "unicode", "sqlascii", "latin", "iso8859", "win", "koi8", "euc", "alt", "tcvn",
        "abc",
    ]
    .iter()
    .any(|safe| name.starts_with(safe))
}

fn header(element: &DefElem) -> Result<bool, Unparsed> {
    match element.arg.as_ref().and_then(|a| a.node.as_ref()) {
        None => Ok(true),
        Some(NodeEnum::Boolean(b)) => Ok(b.boolval),
        Some(NodeEnum::Integer(i)) => Ok(i.ival != 0),
        Some(NodeEnum::String(s)) => match s.sval.to_ascii_lowercase().as_str() {
            "true" | "on" => Ok(true),
            "false" | "off" => Ok(false),
            _ => Err(Unparsed),
        },
        Some(_) => Err(Unparsed),
    }
}

/// Walks the whole tree, whatever the node types are, so that no place can be forgotten.
fn collect(tree: &Value, facts: &mut Facts) -> Result<(), Unparsed> {
    let mut open = vec![tree];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => {
                object(fields, facts)?;
                open.extend(fields.values());
            }
            _ => {}
        }
    }
    Ok(())
}

fn object(fields: &serde_json::Map<String, Value>, facts: &mut Facts) -> Result<(), Unparsed> {
    let string = |key: &str| fields.get(key).and_then(Value::as_str);
    if let (Some(name), Some(schema)) = (string("relname"), string("schemaname")) {
        facts.relations.push(Name {
            schema: Some(schema.to_owned()).filter(|s| !s.is_empty()),
            name: name.to_owned(),
        });
    }
    if let Some(name) = string("ctename") {
        facts.ctes.push(name.to_owned());
    }
    if let Some(parts) = fields.get("funcname").and_then(Value::as_array) {
        let mut parts = strings(parts).ok_or(Unparsed)?;
        let name = parts.pop().ok_or(Unparsed)?;
        if name == "current_setting" && reads_plain_setting(fields) {
            return Ok(());
        }
        facts.functions.push(Name {
            schema: parts.pop(),
            name,
        });
    }
    if let Some(expression) = fields.get("AExpr")
        && let Some(parts) = expression.get("name").and_then(Value::as_array)
    {
        facts
            .operators
            .extend(strings(parts).ok_or(Unparsed)?.pop());
    }
    for key in ["oper_name", "use_op"] {
        if let Some(parts) = fields.get(key).and_then(Value::as_array) {
            facts
                .operators
                .extend(strings(parts).ok_or(Unparsed)?.pop());
        }
    }
    if fields.contains_key("InsertStmt") || fields.contains_key("CreateTableAsStmt") {
        facts.copies_rows = true;
    }
    if fields
        .get("into_clause")
        .is_some_and(|into| !into.is_null())
    {
        facts.copies_rows = true;
    }
    Ok(())
}

/// Is this a call of `current_setting` for a setting that cannot hold any text?
fn reads_plain_setting(call: &serde_json::Map<String, Value>) -> bool {
    let setting = call
        .get("args")
        .and_then(|args| {
            args.get(0)?
                .get("node")?
                .get("AConst")?
                .get("val")?
                .get("Sval")?
                .get("sval")
        })
        .and_then(Value::as_str);
    setting.is_some_and(|setting| !takes_any_text(&setting.to_ascii_lowercase()))
}

/// The strings of a list of String nodes.
fn strings(list: &[Value]) -> Option<Vec<String>> {
    list.iter()
        .map(|item| {
            Some(
                item.get("node")?
                    .get("String")?
                    .get("sval")?
                    .as_str()?
                    .to_owned(),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn relations(text: &str) -> Vec<String> {
        let mut names: Vec<_> = facts(text)
            .unwrap()
            .relations
            .into_iter()
            .map(|n| {
                n.schema
                    .map_or_else(|| n.name.clone(), |s| format!("{s}.{}", n.name))
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    #[test]
    fn relations_are_found_wherever_they_stand() {
        for (text, expected) in [
            ("select 1", ""),
            ("select * from a, b.c as d", "a b.c"),
            (
                "select (select max(x) from a) from b where exists (table c)",
                "a b c",
            ),
            (
                "with x as (delete from a returning *) select * from x",
                "a x",
            ),
            ("select * from \"A b\"", "A b"),
            ("select * from U&\"\\0061\"", "a"),
            ("select 1; select * from a", "a"),
            ("explain analyze select * from a", "a"),
            ("declare c cursor for select * from a", "a"),
            ("prepare p as select * from a", "a"),
            ("create table t as select * from a", "a t"),
            ("select * into t from a", "a t"),
            ("insert into t select * from a", "a t"),
            ("copy (select * from a) to stdout", "a"),
            ("copy s.a (x) to stdout", "s.a"),
            (
                "merge into a using b on true when matched then delete",
                "a b",
            ),
            (
                "select * from lateral (select * from a) q, rows from (f(1)) r",
                "a",
            ),
            ("values ((select x from a))", "a"),
            ("update a set x = (select y from b)", "a b"),
            ("create view v as select * from a", "a v"),
            (
                "select x from a tablesample system (1) order by (select 1 from b)",
                "a b",
            ),
        ] {
            assert_eq!(relations(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn functions_and_operators_are_found() {
        let facts = facts("select lower(a), s.f(b) over (), x === y, sum(z) filter (where g() ~~ any (h())) from t order by 1 using <<<").unwrap();
        let names: Vec<_> = facts.functions.iter().map(|f| f.name.as_str()).collect();
        for name in ["lower", "f", "sum", "g", "h"] {
            assert!(names.contains(&name), "{name}");
        }
        for operator in ["===", "~~", "<<<"] {
            assert!(facts.operators.iter().any(|o| o == operator), "{operator}");
        }
    }

    #[test]
    fn a_setting_of_few_values_may_be_read() {
        let reads = |text: &str| facts(text).unwrap().functions.len();
        assert_eq!(
            reads("select current_setting('jit') as cur, set_config('jit', 'off', false)"),
            1
        );
        assert_eq!(reads("select current_setting('my.secret')"), 1);
        assert_eq!(reads("select current_setting('application_name')"), 1);
        assert_eq!(reads("select current_setting('my' || '.secret')"), 1);
    }

    #[test]
    fn kinds_and_flags() {
        let check = |text: &str| {
            let f = facts(text).unwrap();
            (f.kind, f.opens, f.reads_opened, f.runs_code, f.copies_rows)
        };
        assert_eq!(check("select 1"), ("select", false, false, false, false));
        assert_eq!(check(""), ("empty", false, false, false, false));
        assert_eq!(
            check("declare c cursor for select 1"),
            ("declare", true, false, false, false)
        );
        assert_eq!(
            check("begin; fetch c"),
            ("transaction", false, true, false, false)
        );
        assert_eq!(
            check("show my.setting"),
            ("show", false, true, false, false)
        );
        assert_eq!(
            check("show transaction_isolation"),
            ("show", false, false, false, false)
        );
        assert_eq!(check("execute p"), ("execute", false, true, false, false));
        assert_eq!(check("do $$begin end$$"), ("do", false, false, true, false));
        assert_eq!(
            check("select 1 into t"),
            ("select", false, false, false, true)
        );
        assert_eq!(
            check("with x as (insert into t select 1 returning 1) select 1"),
            ("select", false, false, false, true)
        );
    }

    #[test]
    fn copies_out_have_their_options() {
        let copies = facts("copy t to stdout; copy t from stdin; copy u (a, \"B\") to stdout (format csv, header, delimiter ';', quote '''', null 'x', force_quote *); copy t to '/tmp/x'; copy (select 1) to stdout with binary").unwrap().copies;
        assert_eq!(copies.len(), 3);
        assert_eq!(copies[0].options, CopyOptions::defaults(CopyFormat::Text));
        assert_eq!(
            copies[1].options,
            CopyOptions {
                format: CopyFormat::Csv,
                delimiter: b';',
                null: b"x".to_vec(),
                quote: b'\'',
                escape: b'\'',
                header: true,
            }
        );
        assert_eq!(
            copies[1].source,
            CopySource::Table {
                name: Name {
                    schema: None,
                    name: "u".into()
                },
                columns: vec!["a".into(), "B".into()],
            }
        );
        assert_eq!(copies[2].source, CopySource::Query);
        assert_eq!(copies[2].options.format, CopyFormat::Binary);
        assert!(facts("copy t to stdout (encoding 'sql_ascii')").is_ok());
        assert!(facts("copy t to stdout (encoding 'sjis')").is_err());
        let old = facts("copy t to stdout with csv header").unwrap().copies;
        assert!(old[0].options.header && old[0].options.format == CopyFormat::Csv);
    }

    #[test]
    fn what_does_not_parse_has_no_facts() {
        for text in [
            "selec 1",
            "select '",
            "copy t to stdout (format csv, frobnicate)",
            "\0",
        ] {
            assert_eq!(facts(text), Err(Unparsed), "{text}");
        }
        let deep = format!("select {}1{}", "(".repeat(5000), ")".repeat(5000));
        assert!(facts(&deep).is_err() || facts(&deep).unwrap().relations.is_empty());
    }
}
