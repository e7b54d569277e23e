//! Where samples come from: files, folders, live databases.

use crate::sample::{connect, tell};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use postgres::{Client, SimpleQueryMessage};
use std::fs::{self, File};
use std::io::{self, BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};
use wiremask_tuning::sample::{Column, ColumnFacts, DISTINCT_DEFAULT, Key, Table};
use wiremask_tuning::source::{expand_documents, json_lines, parquet, separated};

/// What to look at, and how much of it.
#[derive(Clone, Debug, Args)]
pub struct Sources {
    /// URLs of PostgreSQL, files, or folders of files
    #[arg(value_name = "SOURCE", required = true)]
    pub sources: Vec<String>,
    /// How much is looked at.
    #[command(flatten)]
    pub sampling: Sampling,
}

/// How much is looked at.
#[derive(Clone, Debug, Args)]
pub struct Sampling {
    /// Rows of each table that are looked at, at most [default: 1,000,000 of a file, 20,000 of a live table in
    /// random blocks]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub rows: Option<u64>,
    /// Distinct values of each column that are kept to decide on
    #[arg(long, value_name = "NUMBER", default_value_t = DISTINCT_DEFAULT,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(20..=100_000))]
    pub distinct: usize,
    /// Also look at views of a database
    #[arg(long)]
    pub views: bool,
    /// Only these schemas of a database
    #[arg(long = "schema", value_name = "NAME")]
    pub schemas: Vec<String>,
}

/// Rows of a file that are looked at, unless said otherwise.
const FILE_ROWS: u64 = 1_000_000;

/// Rows of a live table that are looked at, unless said otherwise: more than enough for 200 distinct values.
const TABLE_ROWS: u64 = 20_000;

impl Sources {
    /// Samples all tables of all sources.
    ///
    /// # Errors
    /// What cannot be read; never what stands there.
    pub fn read(&self) -> Result<Vec<Table>, String> {
        let bar = bar();
        let mut tables = Vec::new();
        for source in &self.sources {
            if is_url(source) {
                tables.extend(database(source, &self.sampling, &bar)?);
            } else if source.contains("://") {
                // Not repeated: there may be a password in it.
                return Err("a URL of PostgreSQL begins with postgresql://".to_owned());
            } else {
                for path in files(Path::new(source))? {
                    tables.push(file(&path, &self.sampling, &bar)?);
                }
            }
        }
        bar.finish_and_clear();
        Ok(tables)
    }
}

/// A bar on standard error, if that is a terminal.
pub fn bar() -> ProgressBar {
    let target = match io::stderr().is_terminal() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let bar = ProgressBar::with_draw_target(None, target);
    let style = ProgressStyle::with_template("{spinner} {elapsed_precise} {pos}/{len} {wide_msg}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

/// Is a source a live database?
pub fn is_url(source: &str) -> bool {
    source.starts_with("postgresql://") || source.starts_with("postgres://")
}

const ENDINGS: [&str; 5] = ["csv", "tsv", "jsonl", "ndjson", "parquet"];

fn ending(path: &Path) -> String {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.unwrap_or_default().to_ascii_lowercase()
}

/// A file, or the files of a folder in the order of their names.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let told = |error: io::Error| format!("{}: {}", path.display(), error.kind());
    if !fs::metadata(path).map_err(told)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(told)? {
        let path = entry.map_err(told)?.path();
        if ENDINGS.contains(&ending(&path).as_str())
            && path.file_stem().is_some_and(|stem| stem != "labels")
        {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(format!(
            "{}: holds none of {}",
            path.display(),
            ENDINGS.join(", ")
        ));
    }
    Ok(files)
}

/// The table that a file holds.
pub fn table_of(path: &Path) -> String {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    stem.unwrap_or("table").to_owned()
}

fn file(path: &Path, sampling: &Sampling, bar: &ProgressBar) -> Result<Table, String> {
    let name = path.display().to_string();
    let open = File::open(path).map_err(|error| format!("{name}: {}", error.kind()))?;
    let facts = ColumnFacts {
        table: table_of(path),
        ..ColumnFacts::default()
    };
    bar.set_message(name.clone());
    let mut progress = |rows| bar.set_position(rows);
    let much = (sampling.rows.unwrap_or(FILE_ROWS), sampling.distinct);
    let buffered = |file| BufReader::with_capacity(1 << 18, file);
    let read = match ending(path).as_str() {
        "tsv" => separated(buffered(open), b'\t', &facts, much, &mut progress),
        "jsonl" | "ndjson" => json_lines(buffered(open), &facts, much, &mut progress),
        "parquet" => parquet(open, &facts, much, &mut progress),
        _ => separated(buffered(open), b',', &facts, much, &mut progress),
    };
    read.map_err(|error| format!("{name}: {error}"))
}

/// What the catalog says about the columns of ordinary tables, materialised views and partitioned tables.
const COLUMNS: &str = "
select n.nspname, c.relname, a.attname, t.typname, coalesce(col_description(c.oid, a.attnum), ''),
       case when exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indpred is null
                           and a.attnum = any (i.indkey)) then 2
            when exists (select from pg_constraint i where i.conrelid = c.oid and i.contype = 'f'
                           and a.attnum = any (i.conkey)) then 1
            else 0 end,
       greatest(c.reltuples, 0)::int8, c.relkind
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
where c.relkind in ('r', 'm', 'p', 'f', 'v') and not c.relispartition
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_toast%'
order by 1, 2, a.attnum";

struct Relation {
    schema: String,
    name: String,
    rows: u64,
    blocks: bool,
    columns: Vec<ColumnFacts>,
}

fn database(url: &str, sampling: &Sampling, bar: &ProgressBar) -> Result<Vec<Table>, String> {
    let mut client = connect(url)?;
    let refused = "the server refuses a read-only transaction";
    client
        .batch_execute("begin transaction isolation level repeatable read read only")
        .map_err(|error| tell(refused, &error))?;
    let database = first(&mut client, "select current_database()")?;
    let relations = relations(&mut client, &database, sampling)?;
    bar.set_length(relations.len() as u64);
    let mut tables = Vec::new();
    for (done, relation) in (0..).zip(relations) {
        bar.set_position(done);
        bar.set_message(format!("{}.{}", relation.schema, relation.name));
        let mut table = rows(&mut client, relation, sampling)?;
        expand_documents(&mut table, sampling.distinct);
        tables.push(table);
    }
    Ok(tables)
}

fn first(client: &mut Client, sql: &str) -> Result<String, String> {
    let messages = client
        .simple_query(sql)
        .map_err(|error| tell("the catalog cannot be read", &error))?;
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    row.ok_or_else(|| "the catalog cannot be read".to_owned())
}

fn relations(
    client: &mut Client,
    database: &str,
    sampling: &Sampling,
) -> Result<Vec<Relation>, String> {
    let messages = client
        .simple_query(COLUMNS)
        .map_err(|error| tell("the catalog cannot be read", &error))?;
    let mut relations: Vec<Relation> = Vec::new();
    for message in messages {
        let SimpleQueryMessage::Row(row) = message else {
            continue;
        };
        let text = |at| row.get(at).unwrap_or_default().to_owned();
        let (schema, name) = (text(0), text(1));
        let other = !sampling.schemas.is_empty() && !sampling.schemas.contains(&schema);
        if other || (text(7) == "v" && !sampling.views) {
            continue;
        }
        if !relations
            .last()
            .is_some_and(|last| last.schema == schema && last.name == name)
        {
            relations.push(Relation {
                schema: schema.clone(),
                name: name.clone(),
                rows: text(6).parse().unwrap_or(0),
                blocks: matches!(text(7).as_str(), "r" | "m"),
                columns: Vec::new(),
            });
        }
        if let Some(relation) = relations.last_mut() {
            relation.columns.push(ColumnFacts {
                database: database.to_owned(),
                schema,
                table: name,
                column: text(2),
                type_name: text(3),
                comment: text(4),
                key: match text(5).as_str() {
                    "2" => Key::Unique,
                    "1" => Key::Foreign,
                    _ => Key::None,
                },
            });
        }
    }
    Ok(relations)
}

/// Bytes of a value that are fetched.
const VALUE_LEN_MAX: u32 = 2000;

/// A sample of one relation: random blocks of a large one, so that neither the server nor the wire
/// carries all of it.
fn rows(client: &mut Client, relation: Relation, sampling: &Sampling) -> Result<Table, String> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let columns: Vec<String> = (relation.columns.iter())
        .map(|facts| format!("left({}::text, {VALUE_LEN_MAX})", quoted(&facts.column)))
        .collect();
    let from = format!("{}.{}", quoted(&relation.schema), quoted(&relation.name));
    let wanted = sampling.rows.unwrap_or(TABLE_ROWS);
    let share = percent(wanted, relation.rows);
    let sample = match relation.blocks && share < 50.0 {
        true => format!(" tablesample system ({share:.4}) repeatable (1)"),
        false => String::new(),
    };
    let select = |sample: &str| {
        format!(
            "select {} from {from}{sample} limit {wanted}",
            columns.join(", ")
        )
    };
    let table = Table {
        columns: (relation.columns.into_iter())
            .map(|facts| Column::new(facts, sampling.distinct))
            .collect(),
    };
    if columns.is_empty() {
        return Ok(table);
    }
    let mut table = fill(client, &select(&sample), table, &from)?;
    // Blocks may hold nothing where rows were deleted or estimates are old.
    if !sample.is_empty() && table.columns.iter().all(|column| column.rows < 200) {
        for column in &mut table.columns {
            *column = Column::new(column.facts.clone(), sampling.distinct);
        }
        table = fill(client, &select(""), table, &from)?;
    }
    Ok(table)
}

fn fill(client: &mut Client, sql: &str, mut table: Table, from: &str) -> Result<Table, String> {
    let messages = client
        .simple_query("savepoint sample")
        .and_then(|_| client.simple_query(sql));
    let messages = match messages {
        Ok(messages) => messages,
        Err(error) => {
            let told = tell(&format!("{from} cannot be read"), &error);
            client
                .batch_execute("rollback to sample")
                .map_err(|_| told.clone())?;
            return Err(told);
        }
    };
    for message in messages {
        if let SimpleQueryMessage::Row(row) = message {
            for (at, column) in table.columns.iter_mut().enumerate() {
                column.push(row.get(at).map(str::as_bytes));
            }
        }
    }
    Ok(table)
}

#[allow(clippy::cast_precision_loss)]
fn percent(wanted: u64, rows: u64) -> f64 {
    if rows == 0 {
        100.0
    } else {
        (120.0 * wanted as f64 / rows as f64).min(100.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn folders_give_their_files_in_order_and_leave_labels_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.jsonl", "labels.csv", "notes.md"] {
            fs::write(folder.path().join(name), "x\n").unwrap();
        }
        let names: Vec<String> = files(folder.path())
            .unwrap()
            .iter()
            .map(|path| table_of(path))
            .collect();
        assert_eq!(names, ["a", "b"]);
        assert!(
            files(Path::new("/nowhere"))
                .unwrap_err()
                .contains("not found")
        );
    }

    #[test]
    fn large_tables_are_sampled_by_blocks() {
        assert!((percent(20_000, 1_000_000) - 2.4).abs() < 1e-9);
        assert!((percent(20_000, 0) - 100.0).abs() < 1e-9);
    }
}
