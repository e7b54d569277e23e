//! Did a planted value come back? The labels of the sample decide, not the rules.
//!
//! Every table is read through the gateway in three ways (text, binary, COPY) and compared with the labels, and with
//! the same table read directly. Three numbers belong together: *leaks* (a planted value came back), *over-masked*
//! (something else changed) and *type breaks* (a value that no driver could decode). The direct rows go through the
//! same check first: a check that cannot find the planted values there proves nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::io::Read as _;

use postgres::Client;
use postgres::types::{FromSql, Kind, Type};

use super::data::{Entity, Sample, Table};
use super::question::{self, Answer};
use super::{DemoError, attempt};

/// What the comparison found, over all tables and ways of reading.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Planted values looked for.
    pub planted: usize,
    /// Planted values that the same check found without the gateway. Equal to `planted`, or the check is broken.
    pub planted_seen_directly: usize,
    /// Planted values that came back, by `table.column` and entity.
    pub leaks: BTreeMap<(String, &'static str), usize>,
    /// Cells without a planted value.
    pub harmless: usize,
    /// Cells without a planted value that changed.
    pub over_masked: usize,
    /// Values whose binary form does not fit their type.
    pub type_breaks: usize,
    /// Planted values in the gateway's own event log.
    pub logged: usize,
}

impl Verdict {
    /// Nothing planted came back, every value can be decoded, and the check itself works.
    pub fn is_clean(&self) -> bool {
        self.leaks.is_empty()
            && self.logged == 0
            && self.type_breaks == 0
            && self.planted_seen_directly == self.planted
    }

    /// Number of leaked values.
    pub fn leaked(&self) -> usize {
        self.leaks.values().sum()
    }

    fn leak(&mut self, table: &Table, column: usize, entity: Entity) {
        let name = table.columns.get(column).map_or("?", |column| column.name);
        *self
            .leaks
            .entry((format!("{}.{name}", table.name), entity.name()))
            .or_default() += 1;
    }
}

/// Text rows of a table in primary key order.
type TextRows = Vec<Vec<Option<String>>>;

/// Compares all tables in all ways of reading.
pub fn compare(
    direct: &mut Client,
    gateway: &mut Client,
    sample: &Sample,
) -> Result<Verdict, DemoError> {
    let distinct = distinct_values(sample);
    let mut verdict = Verdict::default();
    for table in &sample.tables {
        let (before, after) = (select(direct, table)?, select(gateway, table)?);
        text(&mut verdict, &distinct, table, &before, &after);
        let (before, after) = (copy_out(direct, table)?, copy_out(gateway, table)?);
        text(&mut verdict, &distinct, table, &before, &after);
        binary(&mut verdict, table, direct, gateway)?;
    }
    Ok(verdict)
}

/// How many distinct planted values of the whole sample are in the direct answer, and how many of those are in the
/// other one too. The comparison ignores case.
pub fn shown(sample: &Sample, before: &Answer, after: &Answer) -> (usize, usize) {
    let after: Vec<_> = after.texts().collect();
    let exposed = occurring(sample, &before.texts().collect::<Vec<_>>());
    let leaked = exposed
        .iter()
        .filter(|value| after.iter().any(|text| text.contains(*value)));
    (exposed.len(), leaked.count())
}

/// The distinct planted values that occur in one of the texts, which are in lower case. Each value once.
pub fn occurring(sample: &Sample, texts: &[String]) -> BTreeSet<String> {
    let planted = sample.tables.iter().flat_map(|table| &table.planted);
    planted
        .filter(|planted| planted.entity.is_distinct())
        .map(|planted| planted.value.to_lowercase())
        .filter(|value| texts.iter().any(|text| text.contains(value)))
        .collect()
}

fn distinct_values(sample: &Sample) -> HashMap<&str, Entity> {
    let planted = sample.tables.iter().flat_map(|table| &table.planted);
    planted
        .filter(|planted| planted.entity.is_distinct())
        .map(|planted| (planted.value.as_str(), planted.entity))
        .collect()
}

fn select(client: &mut Client, table: &Table) -> Result<TextRows, DemoError> {
    let sql = format!("SELECT * FROM {} ORDER BY id", table.name);
    match question::ask(client, &sql)? {
        Answer::Rows { rows, .. } => complete(table, rows),
        Answer::Error(lines) => Err(DemoError::new("reading a table", lines.join(" "))),
    }
}

fn copy_out(client: &mut Client, table: &Table) -> Result<TextRows, DemoError> {
    let sql = format!("COPY {} TO STDOUT", table.name);
    let mut copied = Vec::new();
    let mut reader = attempt("copying a table", client.copy_out(&sql))?;
    attempt("copying a table", reader.read_to_end(&mut copied))?;
    let rows = String::from_utf8_lossy(&copied)
        .lines()
        .map(copy_line)
        .collect();
    complete(table, rows)
}

/// The cells of one line of COPY text.
fn copy_line(line: &str) -> Vec<Option<String>> {
    let unescape = |cell: &str| {
        let mut text = String::with_capacity(cell.len());
        let mut letters = cell.chars();
        while let Some(letter) = letters.next() {
            text.push(match letter {
                '\\' => match letters.next() {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some(other) => other,
                    None => '\\',
                },
                other => other,
            });
        }
        text
    };
    line.split('\t')
        .map(|cell| (cell != "\\N").then(|| unescape(cell)))
        .collect()
}

fn complete<T>(table: &Table, rows: Vec<T>) -> Result<Vec<T>, DemoError> {
    if rows.len() == table.rows {
        return Ok(rows);
    }
    Err(DemoError::new(
        "reading a table",
        format!("{} rows instead of {}", rows.len(), table.rows),
    ))
}

/// Judges text rows by the labels.
fn text(
    verdict: &mut Verdict,
    distinct: &HashMap<&str, Entity>,
    table: &Table,
    before: &TextRows,
    after: &TextRows,
) {
    let contains = |rows: &TextRows, row: usize, column: usize, value: &str| {
        rows.get(row)
            .and_then(|row| row.get(column)?.as_deref())
            .is_some_and(|cell| cell.contains(value))
    };
    for planted in &table.planted {
        verdict.planted += 1;
        verdict.planted_seen_directly += usize::from(contains(
            before,
            planted.row,
            planted.column,
            &planted.value,
        ));
        if contains(after, planted.row, planted.column, &planted.value) {
            verdict.leak(table, planted.column, planted.entity);
        }
    }
    let mut planted = table
        .planted
        .iter()
        .map(|planted| (planted.row, planted.column))
        .peekable();
    for (at, (before, after)) in before.iter().zip(after).enumerate() {
        for (column, (before, after)) in before.iter().zip(after).enumerate() {
            let mut has_planted = false;
            while planted.next_if_eq(&(at, column)).is_some() {
                has_planted = true;
            }
            if has_planted {
                continue;
            }
            verdict.harmless += 1;
            verdict.over_masked += usize::from(before != after);
            // A planted value of another place, for instance one that a pseudonym happened to take.
            if let Some(entity) = after.as_deref().and_then(|cell| distinct.get(cell)) {
                verdict.leak(table, column, *entity);
            }
        }
    }
}

/// Judges the binary form by the extended protocol: planted cells must differ, and every value must fit its type.
fn binary(
    verdict: &mut Verdict,
    table: &Table,
    direct: &mut Client,
    gateway: &mut Client,
) -> Result<(), DemoError> {
    let sql = format!("SELECT * FROM {} ORDER BY id", table.name);
    let before = complete(
        table,
        attempt("reading a table in binary", direct.query(&sql, &[]))?,
    )?;
    let after = complete(
        table,
        attempt("reading a table in binary", gateway.query(&sql, &[]))?,
    )?;
    let cell =
        |row: &postgres::Row, column: usize| row.try_get::<_, Option<Raw>>(column).ok().flatten();
    for planted in &table.planted {
        let before = cell(&before[planted.row], planted.column)
            .unwrap_or_default()
            .0;
        let after = cell(&after[planted.row], planted.column)
            .unwrap_or_default()
            .0;
        verdict.planted += 1;
        let whole = table.columns[planted.column].entity == Some(planted.entity);
        let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(&planted.value);
        let seen = holds(&before) || whole && !before.is_empty();
        let leaked = holds(&after) || whole && before == after;
        verdict.planted_seen_directly += usize::from(seen);
        if leaked {
            verdict.leak(table, planted.column, planted.entity);
        }
    }
    for row in &after {
        for (column, description) in row.columns().iter().enumerate() {
            let fits = match row.try_get::<_, Option<Raw>>(column) {
                Ok(value) => value.is_none_or(|value| fits(description.type_(), &value.0)),
                Err(_) => false,
            };
            verdict.type_breaks += usize::from(!fits);
        }
    }
    Ok(())
}

/// The bytes of a value in binary form, whatever its type.
#[derive(Debug, Default)]
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Raw, Box<dyn Error + Sync + Send>> {
        Ok(Raw(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Whether the binary form has the shape of its type.
/// <https://www.postgresql.org/docs/17/protocol-message-formats.html>, the `*recv` functions of the server.
fn fits(kind: &Type, raw: &[u8]) -> bool {
    if let Kind::Enum(labels) = kind.kind() {
        return labels.iter().any(|label| label.as_bytes() == raw);
    }
    if let Kind::Array(element) = kind.kind() {
        return array_fits(element, raw).is_some();
    }
    match *kind {
        Type::BOOL => raw.len() == 1 && raw[0] <= 1,
        Type::INT4 | Type::DATE => raw.len() == 4,
        Type::INT8 | Type::TIMESTAMPTZ => raw.len() == 8,
        Type::UUID => raw.len() == 16,
        Type::INET => inet_fits(raw),
        Type::NUMERIC => numeric_fits(raw),
        Type::JSONB => raw
            .split_first()
            .is_some_and(|(version, json)| *version == 1 && is_text(json)),
        Type::TEXT | Type::BPCHAR | Type::VARCHAR | Type::NAME => is_text(raw),
        _ => false,
    }
}

fn is_text(raw: &[u8]) -> bool {
    std::str::from_utf8(raw).is_ok_and(|text| !text.contains('\0'))
}

/// Family, prefix, cidr flag, length, address. The family is the `AF_INET` of the server's platform, and IPv6 the
/// next number: 2 and 3 on Linux, 1 and 2 in WebAssembly.
fn inet_fits(raw: &[u8]) -> bool {
    match raw {
        [1 | 2, bits, 0 | 1, 4, address @ ..] => *bits <= 32 && address.len() == 4,
        [2 | 3, bits, 0 | 1, 16, address @ ..] => *bits <= 128 && address.len() == 16,
        _ => false,
    }
}

fn numeric_fits(raw: &[u8]) -> bool {
    let Some((head, digits)) = raw.split_at_checked(8) else {
        return false;
    };
    let count = usize::from(u16::from_be_bytes([head[0], head[1]]));
    let digit = |pair: &[u8]| u16::from_be_bytes([pair[0], pair[1]]) < 10_000;
    digits.len() == count * 2 && digits.chunks_exact(2).all(digit)
}

/// `Some` when a one-dimensional array consists of elements that fit.
fn array_fits(element: &Type, raw: &[u8]) -> Option<()> {
    let word =
        |at: usize| -> Option<i32> { raw.get(at..at + 4)?.try_into().ok().map(i32::from_be_bytes) };
    if word(0)? == 0 {
        return (raw.len() == 12).then_some(());
    }
    if word(0)? != 1 || u32::try_from(word(8)?).ok()? != element.oid() {
        return None;
    }
    let mut at = 20;
    for _ in 0..word(12)? {
        let len = word(at)?;
        at += 4;
        if let Ok(len) = usize::try_from(len) {
            fits(element, raw.get(at..at + len)?).then_some(())?;
            at += len;
        }
    }
    (at == raw.len()).then_some(())
}

#[cfg(test)]
mod tests;
