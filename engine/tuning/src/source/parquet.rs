//! Parquet files, by rows and without arrow.

use super::{PROGRESS_EVERY, Progress, SourceError};
use crate::sample::{Column, ColumnFacts, Table};
use parquet::file::reader::{ChunkReader, FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use std::collections::HashMap;

/// Samples up to `rows` rows, spread over all row groups. Nested members are columns by their path.
///
/// # Errors
/// When the file is no Parquet, or is damaged.
pub fn parquet<R: ChunkReader + 'static>(
    input: R,
    table: &ColumnFacts,
    (rows, distinct): (u64, usize),
    progress: Progress<'_>,
) -> Result<Table, SourceError> {
    let broken = |_| SourceError::new(0, "not readable as Parquet");
    let reader = SerializedFileReader::new(input).map_err(broken)?;
    let groups = reader.num_row_groups();
    let each = rows.div_ceil(u64::try_from(groups.max(1)).unwrap_or(1));
    let mut columns = Columns {
        table,
        distinct,
        by_path: HashMap::new(),
        sample: Table::default(),
    };
    let mut count = 0_u64;
    for group in 0..groups {
        let group = reader.get_row_group(group).map_err(broken)?;
        let iterator = group.get_row_iter(None).map_err(broken)?;
        for row in iterator.take(usize::try_from(each).unwrap_or(usize::MAX)) {
            columns.row(&row.map_err(broken)?, "");
            count += 1;
            if count.is_multiple_of(PROGRESS_EVERY) {
                progress(count);
            }
        }
    }
    progress(count);
    Ok(columns.sample)
}

struct Columns<'t> {
    table: &'t ColumnFacts,
    distinct: usize,
    by_path: HashMap<String, usize>,
    sample: Table,
}

impl Columns<'_> {
    fn row(&mut self, row: &Row, path: &str) {
        for (name, field) in row.get_column_iter() {
            let nested = matches!(
                field,
                Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_)
            );
            let path = match path {
                "" if nested => format!("$.{name}"),
                "" => name.clone(),
                path => format!("{path}.{name}"),
            };
            self.field(field, &path);
        }
    }

    fn field(&mut self, field: &Field, path: &str) {
        match field {
            Field::Group(row) => self.row(row, path),
            Field::ListInternal(list) => {
                let path = format!("{path}[*]");
                list.elements()
                    .iter()
                    .for_each(|element| self.field(element, &path));
            }
            Field::MapInternal(map) => {
                let path = format!("{path}[*]");
                map.entries()
                    .iter()
                    .for_each(|(_, value)| self.field(value, &path));
            }
            Field::Null => self.push(path, "text", None),
            Field::Bool(flag) => self.push(path, "bool", Some(flag.to_string().as_bytes())),
            Field::Str(text) => self.push(path, "text", Some(text.as_bytes())),
            Field::Bytes(bytes) => self.push(path, "bytea", Some(bytes.data())),
            Field::Float16(_) | Field::Float(_) | Field::Double(_) => {
                self.push(path, "float8", Some(field.to_string().as_bytes()));
            }
            Field::Decimal(_) => self.push(path, "numeric", Some(field.to_string().as_bytes())),
            Field::Date(_) => self.push(path, "date", Some(field.to_string().as_bytes())),
            Field::TimeMillis(_) | Field::TimeMicros(_) => {
                self.push(path, "time", Some(field.to_string().as_bytes()));
            }
            Field::TimestampMillis(_) | Field::TimestampMicros(_) => {
                self.push(path, "timestamp", Some(field.to_string().as_bytes()));
            }
            Field::Byte(_)
            | Field::Short(_)
            | Field::Int(_)
            | Field::Long(_)
            | Field::UByte(_)
            | Field::UShort(_)
            | Field::UInt(_)
            | Field::ULong(_) => self.push(path, "int8", Some(field.to_string().as_bytes())),
        }
    }

    fn push(&mut self, path: &str, type_name: &str, value: Option<&[u8]>) {
        let index = *self.by_path.entry(path.to_owned()).or_insert_with(|| {
            let facts = ColumnFacts {
                column: path.to_owned(),
                type_name: type_name.to_owned(),
                ..self.table.clone()
            };
            self.sample.columns.push(Column::new(facts, self.distinct));
            self.sample.columns.len() - 1
        });
        let column = &mut self.sample.columns[index];
        if value.is_some() && column.rows == column.nulls {
            type_name.clone_into(&mut column.facts.type_name);
        }
        column.push(value);
    }
}
