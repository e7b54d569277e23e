//! The keys of live databases, and of those that a scan has reported on.

use super::source::is_url;
use crate::sample::{connect, tell};
use postgres::SimpleQueryMessage;
use serde::Deserialize;
use std::fs;
use std::path::Path;
use wiremask_tuning::keys::{Constraints, KeyColumn, Reference, UniqueKey};

/// Columns of primary keys, unique constraints and unique indexes over whole tables, key by key. Those of
/// partitions repeat their table's.
const UNIQUE: &str = "
select i.indexrelid::text,
       case when i.indisprimary then 'primary key' when con.oid is not null then 'unique constraint'
            else 'unique index' end,
       current_database(), n.nspname, c.relname, a.attname, t.typname,
       coalesce(col_description(c.oid, a.attnum), ''), coalesce(obj_description(c.oid, 'pg_class'), '')
from pg_index i
join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
left join pg_constraint con on con.conindid = i.indexrelid and con.contype = 'u'
cross join lateral unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum and a.attnum > 0
join pg_type t on t.oid = a.atttypid
where i.indisunique and i.indpred is null and k.place <= i.indnkeyatts and not c.relispartition
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_t%'
order by 4, 5, i.indexrelid, k.place";

/// Foreign keys, column by column.
const REFERENCES: &str = "
select current_database(), n.nspname, c.relname, a.attname, t.typname,
       coalesce(col_description(c.oid, a.attnum), ''), coalesce(obj_description(c.oid, 'pg_class'), ''),
       fn.nspname, fc.relname, fa.attname, ft.typname,
       coalesce(col_description(fc.oid, fa.attnum), ''), coalesce(obj_description(fc.oid, 'pg_class'), '')
from pg_constraint con
cross join lateral unnest(con.conkey, con.confkey) with ordinality as k(attnum, referred, place)
join pg_class c on c.oid = con.conrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
join pg_type t on t.oid = a.atttypid
join pg_class fc on fc.oid = con.confrelid
join pg_namespace fn on fn.oid = fc.relnamespace
join pg_attribute fa on fa.attrelid = fc.oid and fa.attnum = k.referred
join pg_type ft on ft.oid = fa.atttypid
where con.contype = 'f' and con.conparentid = 0
order by 2, 3, con.oid, k.place";

/// The keys of a source: a live database, or the report that `rules scan --format json` printed.
///
/// # Errors
/// What cannot be read.
pub fn of(source: &str) -> Result<Constraints, String> {
    if is_url(source) {
        return database(source);
    }
    if source.contains("://") {
        // Not repeated: there may be a password in it.
        return Err("a URL of PostgreSQL begins with postgresql://".to_owned());
    }
    #[derive(Deserialize)]
    struct Report {
        constraints: Constraints,
    }
    let text = fs::read_to_string(Path::new(source))
        .map_err(|error| format!("{source}: {}", error.kind()))?;
    let report: Report = serde_json::from_str(&text)
        .map_err(|_| format!("{source}: not what `rules scan --format json` prints"))?;
    Ok(report.constraints)
}

/// The keys of all live databases among some sources; files have none.
///
/// # Errors
/// What cannot be read.
pub fn of_databases(sources: &[String]) -> Result<Constraints, String> {
    let mut all = Constraints::default();
    for source in sources.iter().filter(|source| is_url(source)) {
        let Constraints { unique, references } = database(source)?;
        all.unique.extend(unique);
        all.references.extend(references);
    }
    Ok(all)
}

fn database(url: &str) -> Result<Constraints, String> {
    let mut client = connect(url)?;
    let mut rows = |sql: &str| -> Result<Vec<Vec<String>>, String> {
        let messages = client.simple_query(sql);
        let messages = messages.map_err(|error| tell("the keys cannot be read", &error))?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|at| row.get(at).unwrap_or_default().to_owned())
                    .collect(),
            ),
            _ => None,
        });
        Ok(rows.collect())
    };
    let mut constraints = Constraints::default();
    let mut last = None;
    for row in rows(UNIQUE)? {
        let Some(([id, kind, database], column)) = row.split_first_chunk() else {
            continue;
        };
        let column = key_column(database, column);
        if last.replace(id.clone()).is_some_and(|last| last == *id)
            && let Some(key) = constraints.unique.last_mut()
        {
            key.columns.extend(column);
        } else {
            constraints.unique.push(UniqueKey {
                kind: kind.clone(),
                columns: column.into_iter().collect(),
            });
        }
    }
    for row in rows(REFERENCES)? {
        if let Some((database, columns)) = row.split_first()
            && let Some((from, to)) = columns.split_at_checked(6)
            && let (Some(from), Some(to)) = (key_column(database, from), key_column(database, to))
        {
            constraints.references.push(Reference { from, to });
        }
    }
    Ok(constraints)
}

/// Schema, table, column, type and two comments.
fn key_column(database: &str, row: &[String]) -> Option<KeyColumn> {
    let [schema, table, column, type_name, comments @ ..] = row else {
        return None;
    };
    Some(KeyColumn {
        database: database.to_owned(),
        schema: schema.clone(),
        table: table.clone(),
        column: column.clone(),
        type_name: type_name.clone(),
        comments: comments
            .iter()
            .filter(|comment| !comment.is_empty())
            .cloned()
            .collect(),
    })
}
