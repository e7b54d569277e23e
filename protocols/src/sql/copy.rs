//! COPY … TO STDOUT: what is copied, and how it is encoded.

use super::{Name, Refused};
use pg_query::NodeEnum;
use pg_query::protobuf::{CopyStmt, DefElem};

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

pub(super) fn copy_out(copy: &CopyStmt) -> Result<CopyOut, Refused> {
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
                    _ => Err(Refused::Unsupported),
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
            _ => Err(Refused::Unsupported),
        })
        .collect::<Result<_, _>>()?;
    Ok(CopyOut {
        source,
        options: copy_options(&options)?,
    })
}

fn copy_options(elements: &[&DefElem]) -> Result<CopyOptions, Refused> {
    let text = |element: &DefElem| match element.arg.as_ref().and_then(|a| a.node.as_ref()) {
        Some(NodeEnum::String(s)) => Ok(s.sval.clone()),
        _ => Err(Refused::Unsupported),
    };
    let byte = |element: &DefElem| match text(element)?.as_bytes() {
        &[byte] => Ok(byte),
        _ => Err(Refused::Unsupported),
    };
    let mut format = CopyFormat::Text;
    for element in elements.iter().filter(|e| e.defname == "format") {
        format = match text(element)?.as_str() {
            "text" => CopyFormat::Text,
            "csv" => CopyFormat::Csv,
            "binary" => CopyFormat::Binary,
            _ => return Err(Refused::Unsupported),
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
            _ => return Err(Refused::Unsupported),
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

fn header(element: &DefElem) -> Result<bool, Refused> {
    match element.arg.as_ref().and_then(|a| a.node.as_ref()) {
        None => Ok(true),
        Some(NodeEnum::Boolean(b)) => Ok(b.boolval),
        Some(NodeEnum::Integer(i)) => Ok(i.ival != 0),
        Some(NodeEnum::String(s)) => match s.sval.to_ascii_lowercase().as_str() {
            "true" | "on" => Ok(true),
            "false" | "off" => Ok(false),
            _ => Err(Refused::Unsupported),
        },
        Some(_) => Err(Refused::Unsupported),
    }
}
