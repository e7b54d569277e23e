//! JSON lines: one object a line; nested members are columns named by their path.

use super::{PROGRESS_EVERY, Progress, SourceError};
use crate::sample::{Column, ColumnFacts, Table};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, Read as _};

/// Bytes of one line at most.
const LINE_SIZE_MAX: u64 = 16 << 20;

/// Paths of one file at most: a map with data as keys must not make a column of each.
const PATHS_MAX: usize = 4096;

/// Samples up to `rows` lines. A member at the top is a column by its own name; a nested one is
/// `$.a.b`, the elements of an array are `$.a[*]`.
///
/// # Errors
/// Which line is no JSON object, or too long.
pub fn json_lines(
    mut input: impl BufRead,
    table: &ColumnFacts,
    (rows, distinct): (u64, usize),
    progress: Progress<'_>,
) -> Result<Table, SourceError> {
    let mut columns = Columns {
        table,
        distinct,
        times: 1,
        by_path: HashMap::new(),
        sample: Table::default(),
    };
    let mut line = Vec::new();
    let mut count = 0_u64;
    while count < rows {
        line.clear();
        let read = input
            .by_ref()
            .take(LINE_SIZE_MAX + 1)
            .read_until(b'\n', &mut line)
            .map_err(|error| SourceError::new(count + 1, error.kind().to_string()))?
            as u64;
        if read == 0 {
            break;
        }
        if read > LINE_SIZE_MAX {
            return Err(SourceError::new(
                count + 1,
                format!("a line of more than {LINE_SIZE_MAX} bytes"),
            ));
        }
        count += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let value: Value = serde_json::from_slice(&line)
            .map_err(|_| SourceError::new(count, "not a line of JSON"))?;
        columns.add(&value, "");
        if count.is_multiple_of(PROGRESS_EVERY) {
            progress(count);
        }
    }
    progress(count);
    Ok(columns.sample)
}

/// Adds a column for each place in the documents of columns of type json and jsonb: `doc.$.user.email`. A
/// document that was cut, because it is long, is left out.
pub fn expand_documents(table: &mut Table, distinct: usize) {
    let mut found = Vec::new();
    for column in &table.columns {
        if !matches!(column.facts.type_name.as_str(), "json" | "jsonb") {
            continue;
        }
        let mut columns = Columns {
            table: &column.facts,
            distinct,
            times: 1,
            by_path: HashMap::new(),
            sample: Table::default(),
        };
        let path = format!("{}.$", column.facts.column);
        for (document, count) in column.values() {
            columns.times = count;
            if let Ok(value) = serde_json::from_slice(document) {
                columns.add(&value, &path);
            }
        }
        found.extend(columns.sample.columns);
    }
    table.columns.extend(found);
}

struct Columns<'t> {
    table: &'t ColumnFacts,
    distinct: usize,
    /// Rows that the document stands in.
    times: u64,
    by_path: HashMap<String, usize>,
    sample: Table,
}

impl Columns<'_> {
    fn add(&mut self, value: &Value, path: &str) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let path = match path {
                        "" if !(member.is_object() || member.is_array()) => name.clone(),
                        "" => format!("$.{name}"),
                        path => format!("{path}.{name}"),
                    };
                    self.add(member, &path);
                }
            }
            Value::Array(elements) => {
                let path = format!("{}[*]", if path.is_empty() { "$" } else { path });
                elements.iter().for_each(|element| self.add(element, &path));
            }
            Value::Null => self.push(path, "text", None),
            Value::Bool(flag) => {
                self.push(path, "bool", Some(if *flag { "true" } else { "false" }))
            }
            Value::Number(number) => {
                let type_name = if number.is_f64() { "float8" } else { "int8" };
                self.push(path, type_name, Some(&number.to_string()));
            }
            Value::String(text) => self.push(path, "text", Some(text)),
        }
    }

    fn push(&mut self, path: &str, type_name: &str, value: Option<&str>) {
        let index = match self.by_path.get(path) {
            Some(index) => *index,
            None if self.by_path.len() >= PATHS_MAX => return,
            None => {
                let facts = ColumnFacts {
                    column: path.to_owned(),
                    type_name: type_name.to_owned(),
                    comment: String::new(),
                    ..self.table.clone()
                };
                self.sample.columns.push(Column::new(facts, self.distinct));
                let index = self.by_path.len();
                self.by_path.insert(path.to_owned(), index);
                index
            }
        };
        let column = &mut self.sample.columns[index];
        // Text among numbers makes the column one of text.
        if type_name == "text" && value.is_some() {
            column.facts.type_name = "text".to_owned();
        }
        column.push_times(value.map(str::as_bytes), self.times);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<Table, SourceError> {
        json_lines(
            text.as_bytes(),
            &ColumnFacts::default(),
            (1000, 100),
            &mut |_| {},
        )
    }

    #[test]
    fn nested_members_are_columns_by_path() {
        let table = read("{\"id\": 1, \"user\": {\"email\": \"a@b.example\", \"tags\": [\"x\", \"y\"]}}\n{\"id\": 2}\n").unwrap();
        let names: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.facts.column.as_str())
            .collect();
        assert_eq!(names, ["id", "$.user.email", "$.user.tags[*]"]);
        assert_eq!(table.columns[0].facts.type_name, "int8");
        assert_eq!(table.columns[2].kept(), 2);
    }

    #[test]
    fn documents_in_columns_become_columns_of_their_places() {
        let facts = ColumnFacts {
            column: "doc".to_owned(),
            type_name: "jsonb".to_owned(),
            ..ColumnFacts::default()
        };
        let mut column = Column::new(facts, 100);
        column.push(Some(b"{\"user\": {\"email\": \"a@b.example\"}}"));
        column.push(Some(b"{\"user\": {\"email\": \"a@b.exam"));
        let mut table = Table {
            columns: vec![column],
        };
        expand_documents(&mut table, 100);
        assert_eq!(table.columns.len(), 2);
        assert_eq!(table.columns[1].facts.column, "doc.$.user.email");
        assert_eq!(table.columns[1].kept(), 1);
    }

    #[test]
    fn what_is_no_json_is_told_without_its_text() {
        assert_eq!(
            read("{}\nsecret\n").err().unwrap().to_string(),
            "line 2: not a line of JSON"
        );
    }
}
