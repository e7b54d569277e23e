//! Lineage of statements, as tables: `name=flow` for every column of the result.
//!
//! A flow is `users.email!` for the column itself, `users.email+orders.note` for what is made of
//! columns, `-` for constants, `?` for what is not understood; behind `|` stands what decides about it.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::sql::Limits;
use std::collections::BTreeSet;

/// A small shop, with views over it.
struct Shop;

const TABLES: [(&str, u32, &[&str]); 4] = [
    ("users", 100, &["id", "email", "ssn", "name", "city"]),
    ("orders", 200, &["id", "user_id", "total", "note"]),
    ("log", 400, &["at", "what"]),
    ("secret.keys", 500, &["id", "key"]),
];

const VIEWS: [(&str, u32, &[&str], &str); 9] = [
    (
        "people",
        300,
        &["id", "email"],
        "select id, email from users",
    ),
    (
        "renamed",
        301,
        &["a", "b"],
        "select users.email, users.name from users where city = 'x'",
    ),
    ("nested", 302, &["c"], "select a as c from renamed"),
    (
        "mixed",
        303,
        &["d"],
        "select email || ssn from users union all select note from orders",
    ),
    ("loop", 304, &["e"], "select e from loop"),
    (
        "counted",
        305,
        &["city", "n"],
        "select city, count(email) as n from users group by city",
    ),
    ("whole", 306, &["u"], "select u from users u"),
    ("wide", 307, &["id"], "select * from users"),
    ("outer_trap", 308, &["id"], "select id from orders"),
];

fn table(name: &str, oid: u32, columns: &[&str]) -> (String, Relation) {
    let numbered = columns.iter().zip(1..);
    let columns = numbered.map(|(name, attnum)| Column {
        attnum,
        name: (*name).into(),
    });
    let columns = columns.collect();
    (name.to_owned(), Relation { oid, columns })
}

impl Relations for Shop {
    fn resolve(&self, name: &Name) -> Resolved {
        let asked = match name.schema.as_deref() {
            None | Some("public") => name.name.clone(),
            Some(schema) => format!("{schema}.{}", name.name),
        };
        if asked == "twice" {
            return Resolved::Ambiguous;
        }
        for (name, oid, columns) in TABLES {
            if name == asked {
                return Resolved::Table(table(name, oid, columns).1);
            }
        }
        for (name, oid, columns, query) in VIEWS {
            if name == asked {
                let query = Parsed::read(query, &Limits::default()).unwrap();
                return Resolved::View(table(name, oid, columns).1, Arc::new(query));
            }
        }
        Resolved::Unknown
    }

    fn function(&self, name: &Name, _: usize) -> FunctionKind {
        match name.name.as_str() {
            "lower"
            | "upper"
            | "concat"
            | "format"
            | "substr"
            | "length"
            | "row_to_json"
            | "to_jsonb"
            | "generate_series"
            | "encode"
            | "md5"
            | "reverse"
            | "translate"
            | "now"
            | "text"
            | "left"
            | "row_number"
            | "lag"
            | "first_value"
            | "rank"
            | "regexp_split_to_table"
            | "replace"
            | "pg_sleep"
            | "timezone"
            | "extract"
            | "date_trunc"
            | "json_build_object"
            | "ascii"
            | "chr"
            | "concat_ws"
            | "ntile"
            | "convert_to"
            | "overlay"
            | "position"
            | "substring"
            | "btrim"
            | "xmlexists"
            | "normalize"
            | "similar_to_escape" => FunctionKind::Plain,
            "json_each_text" => FunctionKind::Rows(vec!["key".into(), "value".into()]),
            "unnest" | "json_populate_record" | "jsonb_to_record" => FunctionKind::Record,
            "count" | "sum" | "min" | "max" | "avg" | "array_agg" | "string_agg" | "json_agg"
            | "xmlagg" | "percentile_disc" | "mode" | "bool_or" | "jsonb_object_agg" => {
                FunctionKind::Aggregate
            }
            "query_to_xml" | "table_to_xml" | "dblink" => FunctionKind::ReadsTables,
            _ => FunctionKind::Unknown,
        }
    }

    fn operator(&self, name: &Name) -> bool {
        name.name != "===" && name.schema.as_deref() != Some("s")
    }

    fn type_is_plain(&self, name: &Name) -> bool {
        name.name != "evil"
    }

    fn attribute_function(&self, name: &str) -> bool {
        name == "evil"
    }
}

fn label(column: ColumnRef) -> String {
    let tables = TABLES
        .iter()
        .map(|(name, oid, columns)| (name, oid, columns));
    let views = VIEWS
        .iter()
        .map(|(name, oid, columns, _)| (name, oid, columns));
    let (name, _, columns) = tables
        .chain(views)
        .find(|(_, oid, _)| **oid == column.oid)
        .unwrap();
    let number = usize::try_from(column.attnum).unwrap() - 1;
    format!("{name}.{}", columns[number])
}

fn labels(columns: &BTreeSet<ColumnRef>) -> String {
    let labels: Vec<String> = columns.iter().map(|c| label(*c)).collect();
    labels.join("+")
}

fn told(flow: &Flow) -> String {
    let mut told = match (flow.understood, flow.exact) {
        (false, _) => "?".to_owned(),
        (true, Some(column)) => {
            assert!(flow.columns.contains(&column));
            let mut others = flow.columns.clone();
            others.remove(&column);
            // Views that it came through.
            assert!(others.iter().all(|c| c.oid / 100 == 3));
            format!("{}!", label(column))
        }
        (true, None) if flow.columns.is_empty() => "-".to_owned(),
        (true, None) => labels(&flow.columns),
    };
    if flow.understood && !flow.influences.is_empty() {
        told = format!("{told}|{}", labels(&flow.influences));
    }
    told
}

fn lineage(text: &str) -> Lineage {
    let parsed = Parsed::read(text, &Limits::default()).unwrap_or_else(|e| panic!("{e}: {text}"));
    parsed.lineage(0, &Shop)
}

fn outputs(text: &str) -> String {
    let lineage = lineage(text);
    let mut told: Vec<String> = lineage
        .outputs
        .iter()
        .map(|output| format!("{}={}", output.name, told(&output.flow)))
        .collect();
    if !lineage.complete {
        told.push(format!("...={}", super::tests::told(&lineage.rest)));
    }
    told.join(" ")
}

fn check(rows: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (text, expected) in rows {
        let found = outputs(text);
        if found != *expected {
            wrong.push(format!("{text}\n     found {found}\n  expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    for (text, _) in rows {
        wrapping_changes_no_flow(text);
    }
}

/// A query around a query shows what that shows.
fn wrapping_changes_no_flow(text: &str) {
    let words = ["select", "with", "values", "table", "("];
    let is_query = words.iter().any(|word| text.starts_with(word));
    let plain = lineage(text);
    if !is_query || !plain.complete || plain.outputs.is_empty() {
        return;
    }
    for around in [
        format!("select * from ({text}) as around"),
        format!("select around.* from ({text}) as around"),
        format!("with around as ({text}) table around"),
        format!("with recursive around as ({text}) select * from around as a"),
        format!("select a.* from (select * from ({text}) as b) as a"),
        format!("select * from (select 1) as one(one), lateral ({text}) as around"),
        format!("({text}) union all ({text})"),
        format!("prepare p as {text}"),
        format!("copy ({text}) to stdout"),
    ] {
        let Ok(parsed) = Parsed::read(&around, &Limits::default()) else {
            panic!("{around}");
        };
        let mut wrapped = parsed.lineage(0, &Shop);
        if around.contains("(one)") {
            wrapped.outputs.remove(0);
        }
        assert_eq!(wrapped.outputs.len(), plain.outputs.len(), "{around}");
        for (inner, outer) in plain.outputs.iter().zip(&wrapped.outputs) {
            assert!(
                outer.flow.columns.is_superset(&inner.flow.columns),
                "{around}"
            );
            assert!(inner.flow.understood || !outer.flow.understood, "{around}");
            assert_eq!(inner.name, outer.name, "{around}");
        }
    }
}

#[test]
fn columns_flow_through_names() {
    check(&[
        ("select email from users", "email=users.email!"),
        ("select u.email as e from users as u", "e=users.email!"),
        ("select users.email from users", "email=users.email!"),
        ("select public.users.email from users", "email=users.email!"),
        (
            "select public.users.email from public.users",
            "email=users.email!",
        ),
        (
            "select db.public.users.email from public.users",
            "email=users.email!",
        ),
        ("select other.users.email from public.users", "email=?"),
        ("select \"email\" from \"users\"", "email=users.email!"),
        ("select U&\"em\\0061il\" from USERS", "email=users.email!"),
        ("select EMAIL from Users", "email=users.email!"),
        (
            "select * from users",
            "id=users.id! email=users.email! ssn=users.ssn! name=users.name! city=users.city!",
        ),
        ("table log", "at=log.at! what=log.what!"),
        (
            "select u.*, 1 from log u",
            "at=log.at! what=log.what! ?column?=-",
        ),
        ("select a from users as u(i, a)", "a=users.email!"),
        (
            "select u.a, name from users as u(i, a)",
            "a=users.email! name=users.name!",
        ),
        ("select email from users as u(i, a)", "email=?"),
        ("select users.email from users as u", "email=?"),
        ("select x.key from secret.keys x", "key=secret.keys.key!"),
        (
            "select secret.keys.key from secret.keys",
            "key=secret.keys.key!",
        ),
        ("select nothing from users", "nothing=?"),
        ("select email from nowhere", "email=?"),
        ("select * from nowhere", "...=?"),
        ("select * from twice", "...=?"),
        (
            "select n.email, u.email from nowhere n, users u",
            "email=? email=users.email!",
        ),
        ("select ctid, tableoid from users", "ctid=- tableoid=-"),
        ("select u.ctid, u.xmin from users u", "ctid=- xmin=-"),
        (
            "select (select ctid from people) from (select email as ctid from users) q",
            "ctid=users.email",
        ),
        ("select id from users, orders", "id=?"),
        (
            "select email from (select * from users) q",
            "email=users.email!",
        ),
        (
            "select q.z from (select email from users) as q(z)",
            "z=users.email!",
        ),
        (
            "select z from (select y as z from (select email as y from users) a) b",
            "z=users.email!",
        ),
        (
            "select \"lower\" from (select lower(email) from users) q",
            "lower=users.email",
        ),
        ("select email from users limit 1", "email=users.email!"),
        ("(select email from users)", "email=users.email!"),
        ("select all email from only users", "email=users.email!"),
        (
            "select distinct on (id) email from users order by id, name",
            "email=users.email!",
        ),
        (
            "select u.email from users u tablesample system (50)",
            "email=users.email!",
        ),
    ]);
}

#[test]
fn columns_flow_through_expressions() {
    check(&[
        (
            "select 1, 'x', null, $1, now(), current_user from users",
            "?column?=- ?column?=- ?column?=- ?column?=- now=- current_user=-",
        ),
        ("select upper(email) from users", "upper=users.email"),
        (
            "select email || ssn from users",
            "?column?=users.email+users.ssn",
        ),
        ("select email::varchar from users", "email=users.email"),
        ("select cast(email as text) from users", "email=users.email"),
        ("select email::evil from users", "email=?"),
        ("select email collate \"C\" from users", "email=users.email"),
        (
            "select coalesce(email, 'x') from users",
            "coalesce=users.email",
        ),
        ("select coalesce(email) from users", "coalesce=users.email"),
        (
            "select greatest(email, ssn), least(name, 'x') from users",
            "greatest=users.email+users.ssn least=users.name",
        ),
        (
            "select nullif(email, name) from users",
            "nullif=users.email|users.name",
        ),
        (
            "select case when id > 3 then email else 'x' end from users",
            "case=users.email|users.id",
        ),
        (
            "select case email when 'a' then 1 else 2 end from users",
            "case=-|users.email",
        ),
        (
            "select case when email like 'a%' then 1 end from users",
            "case=-|users.email",
        ),
        (
            "select case when true then ssn else email end from users",
            "email=users.email+users.ssn",
        ),
        (
            "select concat('a', email), format('%s', ssn) from users",
            "concat=users.email format=users.ssn",
        ),
        (
            "select array[email, ssn] from users",
            "array=users.email+users.ssn",
        ),
        ("select (array[email])[1] from users", "array=users.email"),
        ("select row(email, 1) from users", "row=users.email"),
        ("select (row(id, email)).f2 from users", "f2=users.email!"),
        ("select (row(id, email)).f1 from users", "f1=users.id!"),
        (
            "select (row(id, email)).f3 from users",
            "f3=users.id+users.email",
        ),
        ("select (row(id, email)).evil from users", "evil=?"),
        ("select email = 'x' from users", "?column?=users.email"),
        (
            "select email is null, email is not distinct from 'x' from users",
            "?column?=users.email ?column?=users.email",
        ),
        (
            "select email in ('a', 'b'), not (email ~ 'x') from users",
            "?column?=users.email ?column?=users.email",
        ),
        (
            "select ssn between 'a' and 'b' from users",
            "?column?=users.ssn",
        ),
        ("select id + 1 from users", "?column?=users.id"),
        ("select id === 1 from users", "?column?=?"),
        ("select id operator(s.+) 1 from users", "?column?=?"),
        ("select - id from users", "?column?=users.id"),
        (
            "select substr(email, 1, 1), substr(email, 2, 1) from users",
            "substr=users.email substr=users.email",
        ),
        (
            "select encode(email::bytea, 'hex') from users",
            "encode=users.email",
        ),
        ("select md5(email || 'salt') from users", "md5=users.email"),
        (
            "select json_build_object('e', email) from users",
            "json_build_object=users.email",
        ),
        (
            "select json_object('e': email) from users",
            "json_object=users.email",
        ),
        (
            "select json_array(email, 1) from users",
            "json_array=users.email",
        ),
        (
            "select json_array(select email from users)",
            "json_array=users.email",
        ),
        (
            "select json_objectagg(id: email) from users",
            "json_objectagg=users.id+users.email|users.id+users.email",
        ),
        (
            "select json_arrayagg(email order by ssn) from users",
            "json_arrayagg=users.email|users.email+users.ssn",
        ),
        (
            "select json_value(email::jsonb, '$') from users",
            "json_value=users.email",
        ),
        (
            "select json_query(email::jsonb, '$' returning evil) from users",
            "json_query=?",
        ),
        ("select email is json from users", "?column?=users.email"),
        (
            "select xmlelement(name a, xmlattributes(ssn as b), email) from users",
            "xmlelement=users.email+users.ssn",
        ),
        (
            "select xmlforest(email) from users",
            "xmlforest=users.email",
        ),
        (
            "select xmlserialize(content email as text) from users",
            "xmlserialize=users.email",
        ),
        (
            "select extract(year from email) from users",
            "extract=users.email",
        ),
        (
            "select overlay(email placing 'x' from 1) from users",
            "overlay=users.email",
        ),
        (
            "select email at time zone 'utc' from users",
            "timezone=users.email",
        ),
        (
            "select secret_function(email) from users",
            "secret_function=?",
        ),
        ("select secret_function() from users", "secret_function=?"),
        (
            "select query_to_xml('select email from users', true, true, '')",
            "query_to_xml=?",
        ),
        (
            "select lower(table_to_xml('users', true, true, '')::text)",
            "lower=?",
        ),
    ]);
}

#[test]
fn columns_flow_through_whole_rows() {
    let all = "users.id+users.email+users.ssn+users.name+users.city";
    let row = format!("u={all}");
    let cast = format!("u={all}");
    let json = format!("row_to_json={all}");
    let agg = format!("json_agg={all}|{all}");
    let concat = format!("?column?={all}");
    let text = format!("text={all}");
    let array = format!("array={all}");
    let field = format!("lower={all}");
    let case = format!("coalesce={all}");
    check(&[
        ("select u from users u", &row),
        ("select u::text from users u", &cast),
        ("select row_to_json(u) from users u", &json),
        ("select row_to_json(u.*) from users u", &json),
        ("select json_agg(u) from users u", &agg),
        ("select u || '' from users u", &concat),
        ("select text(u) from users u", &text),
        ("select array(select u from users u)", &array),
        ("select coalesce(u, null) from users u", &case),
        ("select (u).email from users u", "email=users.email!"),
        ("select (u).* from log u", "at=log.at! what=log.what!"),
        ("select (u.*).what from log u", "what=log.what!"),
        (
            "select (q.w).email from (select u as w from users u) q",
            "email=users.email!",
        ),
        (
            "select (w).email from (select u as w from users u) q",
            "email=users.email!",
        ),
        ("select (select u from log u).what", "what=log.what!"),
        ("select ((select u from log u)).what", "what=log.what!"),
        ("select u.lower from users u", &field),
        ("select u.evil from users u", "evil=?"),
        ("select (u).evil from users u", "evil=?"),
        ("select email(u) from users u", "email=?"),
        ("select q from (select email from users) q", "q=users.email"),
        (
            "select row_to_json(q) from (select email e, id from users) q",
            "row_to_json=users.id+users.email",
        ),
        (
            "select (q).e from (select email e, id from users) q",
            "e=users.email!",
        ),
        ("select users from users", &format!("users={all}")),
        ("select u from whole", &format!("u={all}+whole.u")),
        ("select (u).email from whole", "email=users.email!"),
        (
            "select (array_agg(u))[1] from log u",
            "array_agg=log.at+log.what|log.at+log.what",
        ),
        (
            "select (x.u).what from (values ((select l from log l))) as x(u)",
            "what=log.what!",
        ),
        (
            "select j from (log l join users u on true) as j",
            "j=users.id+users.email+users.ssn+users.name+users.city+log.at+log.what",
        ),
    ]);
}

#[test]
fn columns_flow_through_joins() {
    check(&[
        (
            "select email, note from users u join orders o on u.id = o.user_id",
            "email=users.email! note=orders.note!",
        ),
        (
            "select id from users join orders using (id)",
            "id=users.id!",
        ),
        (
            "select id from users right join orders using (id)",
            "id=orders.id!",
        ),
        (
            "select id from users full join orders using (id)",
            "id=users.id+orders.id",
        ),
        (
            "select users.id, orders.id from users join orders using (id)",
            "id=users.id! id=orders.id!",
        ),
        (
            "select * from log l join (select what, 1 as n from log) m using (what)",
            "what=log.what! at=log.at! n=-",
        ),
        (
            "select * from log natural join (select what, 1 as n from log) m",
            "what=log.what! at=log.at! n=-",
        ),
        (
            "select j.what, j.at from (log l join (select 1 as n) m on true) as j",
            "what=log.what! at=log.at!",
        ),
        (
            "select l.what from (log l join users u on true) as j",
            "what=?",
        ),
        (
            "select j.b from (log l join users u on true) as j(a, b)",
            "b=log.what!",
        ),
        (
            "select x.what from log l join log m using (what) as x",
            "what=log.what!",
        ),
        (
            "select x.at from log l join log m using (what) as x",
            "at=log.what",
        ),
        (
            "select l.at, m.at from log l join log m using (what)",
            "at=log.at! at=log.at!",
        ),
        ("select at from log l join log m using (what)", "at=?"),
        (
            "select o.* from users u left join lateral (select u.email, 1 as one) o on true",
            "email=users.email! one=-",
        ),
        (
            "select o.e from users u, lateral (select email as e) o",
            "e=users.email!",
        ),
        ("select o.e from users u, (select email as e) o", "e=?"),
        (
            "select q.what from users u cross join log q",
            "what=log.what!",
        ),
        (
            "select * from nowhere natural join log",
            "at=log.at! what=log.what! ...=?",
        ),
        (
            "select what from nowhere natural join log",
            "what=log.what!",
        ),
        (
            "select x.email from (users u join log l on true) join users x on x.id = u.id",
            "email=users.email!",
        ),
        (
            "select n from users u, lateral (select ssn as n union select o.note from orders o where o.user_id = u.id) q",
            "n=users.ssn+orders.note",
        ),
    ]);
}

#[test]
fn columns_flow_through_nested_queries() {
    check(&[
        (
            "select (select email from users limit 1)",
            "email=users.email!",
        ),
        (
            "select (select max(email) from users where ssn = 'x')",
            "max=users.email|users.email+users.ssn",
        ),
        ("select array(select email from users)", "array=users.email"),
        (
            "select exists (select 1 from users where email = 'x')",
            "exists=-|users.email",
        ),
        ("select exists (select email from users)", "exists=-"),
        (
            "select 'x' in (select email from users)",
            "?column?=users.email",
        ),
        (
            "select id = any (select user_id from orders) from users",
            "?column?=users.id+orders.user_id",
        ),
        (
            "select id > all (select user_id from orders) from users",
            "?column?=users.id+orders.user_id",
        ),
        ("select (select u.email) from users u", "email=users.email!"),
        ("select (select email) from users u", "email=users.email!"),
        (
            "select (select email from orders) from users u",
            "email=users.email!",
        ),
        (
            "select (select note from orders o where o.user_id = u.id) from users u",
            "note=orders.note!|users.id+orders.user_id",
        ),
        (
            "select (select (select u.ssn)) from users u",
            "ssn=users.ssn!",
        ),
        (
            "values ((select email from users), 1)",
            "column1=users.email! column2=-",
        ),
        (
            "select v from (values (1), ((select ssn from users))) as t(v)",
            "v=users.ssn",
        ),
        (
            "select (values ((select ssn from users)))",
            "column1=users.ssn!",
        ),
        (
            "select (select id, email from users) = (1, 'x')",
            "?column?=users.id+users.email",
        ),
        (
            "select row(1, 'x') = (select id, email from users)",
            "?column?=users.id+users.email",
        ),
        (
            "select q.* from (select email, ssn from users) q",
            "email=users.email! ssn=users.ssn!",
        ),
        (
            "select count(*) from users where email like 'a%'",
            "count=-",
        ),
        (
            "select (select count(*) from users where email like 'a%')",
            "count=-|users.email",
        ),
    ]);
}

#[test]
fn columns_flow_through_with_queries() {
    check(&[
        (
            "with q as (select email from users) select * from q",
            "email=users.email!",
        ),
        (
            "with q(e) as (select email from users) select e from q",
            "e=users.email!",
        ),
        (
            "with q as (select email from users), r as (select email as x from q) select x from r",
            "x=users.email!",
        ),
        (
            "with users as (select note as email from orders) select email from users",
            "email=orders.note!",
        ),
        (
            "with users as (select email from users) select email from users",
            "email=users.email!",
        ),
        (
            "with users as (select 1 as email) select email from public.users",
            "email=users.email!",
        ),
        (
            "with q as (with r as (select ssn from users) select ssn as s from r) select s from q",
            "s=users.ssn!",
        ),
        (
            "select * from (with q as (select ssn from users) table q) x",
            "ssn=users.ssn!",
        ),
        (
            "with q as materialized (table log) select q.what from q as q",
            "what=log.what!",
        ),
        (
            "with recursive q as (select email as e from users union all select e from q) select * from q",
            "e=users.email!",
        ),
        (
            "with recursive q(a, b) as (select id, 'x' from users union select b::int, email from q, users) select * from q",
            "a=users.id+users.email b=users.email",
        ),
        (
            "with recursive q(a, b, c) as (select 'x', 'y', email from users union all select b, c, 'z' from q) select a from q",
            "a=users.email",
        ),
        (
            "with recursive a as (select s from b), b as (select ssn as s from users) select * from a",
            "s=users.ssn!",
        ),
        (
            "with recursive a as (select x from a) select * from a",
            "x=?",
        ),
        (
            "with recursive q(n) as (select 1 union all select n + 1 from q where n < 5) select n from q",
            "n=-",
        ),
        (
            "with recursive q(n) as (select id from users union all select id from users, q) search depth first by n set o \
             cycle n set c using p select * from q",
            "n=users.id! o=users.id c=-|users.id p=users.id",
        ),
        (
            "with q as (select email from users) select (select email from q)",
            "email=users.email!",
        ),
        (
            "with q as (insert into log select 'x', email from users returning what) select * from q",
            "what=users.email+log.what",
        ),
        (
            "with q as (update users set name = ssn returning name, id) select * from q",
            "name=users.ssn+users.name id=users.id!",
        ),
        (
            "with q as (delete from users returning email) select email from q",
            "email=users.email!",
        ),
        (
            "with q as (select 1) select * from q, users where q.nothing = 1",
            "?column?=- id=users.id! email=users.email! ssn=users.ssn! name=users.name! city=users.city!",
        ),
    ]);
}

#[test]
fn columns_flow_through_set_operations() {
    check(&[
        (
            "select email from users union select note from orders",
            "email=users.email+orders.note",
        ),
        (
            "select email from users union all select email from users",
            "email=users.email!",
        ),
        (
            "select 'x' as e union select email from users",
            "e=users.email",
        ),
        (
            "select name from users intersect select email from users",
            "name=users.email+users.name",
        ),
        (
            "select name from users except select email from users",
            "name=users.email+users.name",
        ),
        (
            "(select 1 as a, email as b from users) union all (select 2, 'x' order by 1) limit 3",
            "a=- b=users.email",
        ),
        (
            "select 1 union select 2 union select ssn from users",
            "?column?=users.ssn",
        ),
        (
            "select email from users union select id, email from users",
            "email=? ...=?",
        ),
        (
            "select * from (select email from users union select name from users) q(z)",
            "z=users.email+users.name",
        ),
        ("select * from nowhere union select what from log", "...=?"),
        ("values (1, 'a'), (2, 'b')", "column1=- column2=-"),
    ]);
}

#[test]
fn columns_flow_through_aggregates_and_windows() {
    check(&[
        (
            "select max(email) from users",
            "max=users.email|users.email",
        ),
        ("select count(*) from users", "count=-"),
        ("select count(email) from users", "count=-|users.email"),
        (
            "select count(distinct email) from users",
            "count=-|users.email",
        ),
        (
            "select pg_catalog.count(email) from users",
            "count=-|users.email",
        ),
        (
            "select string_agg(email, ',' order by ssn) from users",
            "string_agg=users.email|users.email+users.ssn",
        ),
        (
            "select sum(total) filter (where note = 'x') from orders",
            "sum=orders.total|orders.total+orders.note",
        ),
        (
            "select percentile_disc(0.5) within group (order by email) from users",
            "percentile_disc=users.email|users.email",
        ),
        (
            "select mode() within group (order by ssn) from users",
            "mode=users.ssn|users.ssn",
        ),
        (
            "select row_number() over (partition by city order by email) from users",
            "row_number=-|users.email+users.city",
        ),
        (
            "select lag(email) over (order by id) from users",
            "lag=users.email|users.id",
        ),
        (
            "select first_value(ssn) over w from users window w as (order by email)",
            "first_value=users.ssn",
        ),
        (
            "select array_agg(email) from users",
            "array_agg=users.email|users.email",
        ),
        (
            "select city, max(ssn) from users group by city",
            "city=users.city! max=users.ssn|users.ssn",
        ),
        (
            "select email from users group by email",
            "email=users.email!",
        ),
        (
            "select grouping(email), email from users group by cube (email)",
            "grouping=- email=users.email!",
        ),
        (
            "select evil_agg(1) filter (where email = 'x') from users",
            "evil_agg=?",
        ),
        (
            "select evil_agg(id) over (order by email) from users",
            "evil_agg=?",
        ),
    ]);
}

#[test]
fn columns_flow_through_functions_in_from() {
    check(&[
        ("select * from generate_series(1, 3)", "generate_series=-"),
        ("select g from generate_series(1, 3) as g", "g=-"),
        ("select n from generate_series(1, 3) as g(n)", "n=-"),
        (
            "select g.n, o from generate_series(1, 3) with ordinality as g(n, o)",
            "n=- o=-",
        ),
        (
            "select p from users, regexp_split_to_table(email, '') as p",
            "p=users.email",
        ),
        (
            "select p from users u, lateral regexp_split_to_table(u.email, '') as p",
            "p=users.email",
        ),
        (
            "select key, value from users, json_each_text(email)",
            "key=users.email value=users.email",
        ),
        (
            "select j.value from users, json_each_text(email) as j",
            "value=users.email",
        ),
        (
            "select x from users, unnest(array[email, ssn]) as x",
            "x=users.email+users.ssn",
        ),
        (
            "select x.email from unnest((select array_agg(u) from users u)) x",
            "email=users.id+users.email+users.ssn+users.name+users.city|users.id+users.email+users.ssn+users.name+users.city",
        ),
        (
            "select a, b from users, jsonb_to_record(email) as r(a int, b text)",
            "a=users.email b=users.email",
        ),
        (
            "select a from users, jsonb_to_record(email) as r(a evil)",
            "a=?",
        ),
        (
            "select * from rows from (generate_series(1, 2), regexp_split_to_table('a', '')) as t(a, b)",
            "a=- b=-",
        ),
        (
            "select * from rows from (jsonb_to_record('{}') as (a int)) as t",
            "a=-",
        ),
        ("select * from dblink('x', 'select 1') as t(a int)", "a=?"),
        ("select * from secret_function()", "...=?"),
        ("select a from secret_function() as f(a)", "a=?"),
        (
            "select * from xmltable('/a' passing ((select email from users)::xml) columns b int path 'x', o for ordinality)",
            "b=users.email o=-",
        ),
        (
            "select * from users u, json_table(u.email, '$' columns (a int path '$.a', nested path '$.b' columns (c text path '$')))",
            "id=users.id! email=users.email! ssn=users.ssn! name=users.name! city=users.city! a=users.email c=users.email",
        ),
        ("select current_date from current_date", "current_date=-"),
        (
            "select (select note from json_populate_record(null, u.ssn)) from orders o, users u",
            "note=users.ssn+orders.note",
        ),
        (
            "select upper(p) from (select unnest(array_agg(email)) as p from users) q",
            "upper=users.email|users.email",
        ),
        (
            "select (json_each_text(email)).value from users",
            "value=users.email",
        ),
        (
            "select (json_each_text(email)).* from users",
            "key=users.email value=users.email",
        ),
    ]);
}

#[test]
fn columns_flow_through_views() {
    check(&[
        ("select email from people", "email=users.email!"),
        ("select * from people", "id=users.id! email=users.email!"),
        ("select a, b from renamed", "a=users.email! b=users.name!"),
        ("select c from nested", "c=users.email!"),
        (
            "select d from mixed",
            "d=users.email+users.ssn+orders.note+mixed.d",
        ),
        ("select e from loop", "e=?"),
        ("select n from counted", "n=counted.n|users.email"),
        ("select id from wide", "id=?"),
        (
            "select p.email || 'x' from people p",
            "?column?=users.email+people.email",
        ),
        (
            "select (select email from outer_trap limit 1) from people",
            "email=users.email!",
        ),
    ]);
    let flow = lineage("select email from people").outputs.remove(0).flow;
    assert_eq!(
        flow.origin,
        Some(ColumnRef {
            oid: 300,
            attnum: 2
        })
    );
    assert_eq!(
        flow.exact,
        Some(ColumnRef {
            oid: 100,
            attnum: 2
        })
    );
    let origin = |text: &str| lineage(text).outputs.remove(0).flow.origin.is_some();
    assert!(origin("select e from (select email as e from users) q"));
    assert!(!origin(
        "select email from users union all select email from users"
    ));
    assert!(!origin("select (select email from users)"));
    assert!(!origin("select lower(email) from users"));
}

#[test]
fn statements_that_write_return_and_tell() {
    check(&[
        ("insert into log values ('a', 'b')", ""),
        (
            "insert into log values ('a', 'b') returning *",
            "at=log.at! what=log.what!",
        ),
        (
            "insert into log (what) select email from users returning what, at",
            "what=users.email+log.what at=log.at!",
        ),
        (
            "update users set name = 'x' where id = 1 returning name, email",
            "name=users.name! email=users.email!",
        ),
        (
            "update users u set name = o.note from orders o returning u.name, o.note",
            "name=users.name+orders.note note=orders.note!",
        ),
        (
            "update users set (name, city) = (ssn, email) returning name, city",
            "name=users.ssn+users.name city=users.email+users.city",
        ),
        (
            "update users set (name, city) = (select note, 'x' from orders) returning name, city",
            "name=users.name+orders.note city=users.city!",
        ),
        ("delete from users returning email", "email=users.email!"),
        (
            "delete from users u using orders o where o.user_id = u.id returning o.note",
            "note=orders.note!",
        ),
        (
            "update users set name = 'x' returning old.email, new.ssn",
            "email=users.email! ssn=users.ssn!",
        ),
        (
            "update users set name = 'x' returning with (old as o) o.email",
            "email=users.email!",
        ),
        (
            "merge into log l using users u on l.at = u.name when matched then update set what = u.email \
             when not matched then insert values (u.ssn, 'x') returning l.*, u.city",
            "at=users.ssn+log.at what=users.email+log.what city=users.city!",
        ),
        (
            "insert into log values ('a', 'b') on conflict (at) do update set what = excluded.at || log.what returning what",
            "what=log.at+log.what",
        ),
        (
            "copy (select email from users) to stdout",
            "email=users.email!",
        ),
        (
            "copy users (name, email) to stdout",
            "name=users.name! email=users.email!",
        ),
        ("copy log to stdout", "at=log.at! what=log.what!"),
        ("copy log from stdin", ""),
        (
            "declare c cursor for select email from users",
            "email=users.email!",
        ),
        (
            "prepare p as select $1, email from users",
            "?column?=- email=users.email!",
        ),
        ("execute p", "...=?"),
        ("fetch c", "...=?"),
        ("show x.y", "...=?"),
        (
            "explain select email from users where ssn = 'x'",
            "QUERY PLAN=-|users.email+users.ssn",
        ),
        ("explain analyze select secret_function()", "QUERY PLAN=?"),
        ("create table t as select email from users", ""),
        ("select email into t from users", ""),
        ("begin", ""),
    ]);
    let writes = |text: &str| {
        let writes = lineage(text).writes;
        let each = writes.iter().map(|w| {
            let target = w
                .target
                .map_or_else(|| format!("{}.{}", w.relation, w.column), label);
            let constant = match &w.constant {
                None => String::new(),
                Some(Operand::Parameter(number)) => format!("${number}"),
                Some(Operand::Literal { value, .. }) => format!("'{value}'"),
                Some(Operand::Null) => "null".to_owned(),
            };
            format!("{target}<{}{constant}", told(&w.flow))
        });
        each.collect::<Vec<_>>().join(" ")
    };
    for (text, expected) in [
        (
            "insert into log values ('a', $1), (null, 'c')",
            "log.at<-null log.what<-'c' log.at<-'a' log.what<-$1",
        ),
        (
            "insert into log (what) select email from users",
            "log.what<users.email!",
        ),
        (
            "insert into nowhere select email from users",
            "nowhere.<users.email",
        ),
        (
            "update users set email = 'tok_1', name = lower(ssn)",
            "users.email<-'tok_1' users.name<users.ssn",
        ),
        ("update people set email = $2", "people.email<-$2"),
        (
            "create temp table t (e) as select email, ssn from users",
            "t.e<users.email! t.ssn<users.ssn!",
        ),
        (
            "select 1 as a into t union select ssn from users",
            "t.a<users.ssn",
        ),
        (
            "create view v (a) as select email from users",
            "v.a<users.email!",
        ),
        (
            "create materialized view v as select email from users",
            "v.email<users.email!",
        ),
        (
            "with q as (insert into log select name, ssn from users) select 1",
            "log.at<users.name! log.what<users.ssn!",
        ),
        (
            "create table t as with q as (delete from users returning ssn) select * from q",
            "t.ssn<users.ssn!",
        ),
    ] {
        assert_eq!(writes(text), expected, "{text}");
    }
}

#[test]
fn what_decides_is_told_with_its_form() {
    let uses = |text: &str| {
        let each = lineage(text).uses;
        let each = each.iter().map(|u| {
            let form = match &u.form {
                Form::EqualsConstant(operands) => {
                    let operands = operands.iter().map(|operand| match operand {
                        Operand::Parameter(number) => format!("${number}"),
                        Operand::Literal { at, value } => {
                            assert!(
                                text[*at..]
                                    .trim_start_matches(['E', '\''])
                                    .starts_with(value.as_str()),
                                "{text} {at}"
                            );
                            format!("'{value}'")
                        }
                        Operand::Null => "null".to_owned(),
                    });
                    format!("={}", operands.collect::<Vec<_>>().join(","))
                }
                Form::EqualsColumn(column) => format!("={}", label(*column)),
                form => format!("{form:?}"),
            };
            let columns = if u.understood {
                labels(&u.columns)
            } else {
                "?".to_owned()
            };
            format!("{:?}:{columns} {form}", u.clause)
        });
        each.collect::<Vec<_>>().join("; ")
    };
    for (text, expected) in [
        (
            "select 1 from users where email = 'x'",
            "Where:users.email ='x'",
        ),
        (
            "select 1 from users where 'x' = email and ssn = $1",
            "Where:users.email ='x'; Where:users.ssn =$1",
        ),
        (
            "select 1 from users where not (email = 'x' or email <> 'y'::text)",
            "Where:users.email ='x'; Where:users.email ='y'",
        ),
        (
            "select 1 from users where email in ('a', $2)",
            "Where:users.email ='a',$2",
        ),
        (
            "select 1 from users where email = any(array['a', 'b'])",
            "Where:users.email ='a','b'",
        ),
        (
            "select 1 from users where email = any($1)",
            "Where:users.email =$1",
        ),
        (
            "select 1 from users where email is not distinct from 'x'",
            "Where:users.email ='x'",
        ),
        (
            "select 1 from users where (email, ssn) = ('x', 'y')",
            "Where:users.email ='x'; Where:users.ssn ='y'",
        ),
        (
            "select 1 from users where email like 'a%'",
            "Where:users.email Like",
        ),
        (
            "select 1 from users where email ~ 'a' or email similar to 'b'",
            "Where:users.email Like",
        ),
        (
            "select 1 from users where ssn > '1' and ssn between '2' and '3'",
            "Where:users.ssn Range",
        ),
        (
            "select 1 from users where email is null",
            "Where:users.email NullTest",
        ),
        (
            "select 1 from users where lower(email) = 'x'",
            "Where:users.email Other",
        ),
        (
            "select 1 from users where email = lower('x')",
            "Where:users.email Other",
        ),
        (
            "select 1 from users where email = name",
            "Where:users.email =users.name; Where:users.name =users.email",
        ),
        (
            "select 1 from users where secret_function(id)",
            "Where:? Other",
        ),
        ("select 1 from users where email === 'x'", "Where:? Other"),
        (
            "select 1 from users u join orders o on u.id = o.user_id",
            "Join:users.id =orders.user_id; Join:orders.user_id =users.id",
        ),
        (
            "select 1 from users join orders using (id)",
            "Join:users.id =orders.id; Join:orders.id =users.id",
        ),
        (
            "select 1 from users natural join (select email from users) q",
            "Join:users.email =users.email",
        ),
        (
            "select 1 from users where email in (select note from orders)",
            "Where:users.email =orders.note; Where:orders.note =users.email",
        ),
        (
            "select 1 from users where exists (select 1 from orders where note = email)",
            "Where:orders.note =users.email; Where:users.email =orders.note",
        ),
        (
            "select 1 from users group by email, lower(ssn) having max(name) > 'x'",
            "Aggregate:users.name Bare; Having:users.name Other; Group:users.email Bare; Group:users.ssn Other",
        ),
        (
            "select email as e from users group by e",
            "Group:users.email Bare",
        ),
        (
            "select email from users order by 1",
            "Order:users.email Bare",
        ),
        (
            "select id from users order by email desc, lower(ssn)",
            "Order:users.email Bare; Order:users.ssn Other",
        ),
        (
            "select id from users order by email using ===",
            "Order:? Bare",
        ),
        (
            "select distinct email from users",
            "Distinct:users.email Bare",
        ),
        (
            "select distinct on (ssn) id from users",
            "Distinct:users.ssn Bare",
        ),
        (
            "select name from users union select email from users",
            "SetOperation:users.name Bare; SetOperation:users.email Bare",
        ),
        (
            "select name from users union all select email from users",
            "",
        ),
        (
            "select rank() over (partition by city order by email) from users",
            "Window:users.city Bare; Window:users.email Bare",
        ),
        (
            "select count(*) filter (where email = 'x') from users",
            "Filter:users.email ='x'",
        ),
        (
            "select count(email) from users",
            "Aggregate:users.email Bare",
        ),
        (
            "select 1 from log limit (select length(email) from users)",
            "Limit:users.email Other",
        ),
        (
            "select case when email = 'x' then pg_sleep(1) end from users",
            "Condition:users.email ='x'",
        ),
        (
            "select case email when 'x' then 1 end from users",
            "Condition:users.email Bare",
        ),
        (
            "delete from users where email = 'x'",
            "Where:users.email ='x'",
        ),
        (
            "update users set name = 'x' where ssn like '1%'",
            "Where:users.ssn Like",
        ),
        (
            "insert into users (email) values ('x') on conflict (email) do nothing",
            "Conflict:users.email Bare",
        ),
        (
            "merge into users u using log l on u.email = l.what when matched and u.ssn = 'x' then delete",
            "Join:users.email =log.what; Join:log.what =users.email; When:users.ssn ='x'",
        ),
        (
            "with q as (select id from users where ssn = 'x') select 1 from q",
            "Where:users.ssn ='x'",
        ),
        (
            "select 1 from generate_series(0, 9) g where exists (select 1 from users where substr(ssn, 1, 1) = g::text)",
            "Where:users.ssn Other",
        ),
        (
            "select e from (select email as e from users) q where e = E'x'",
            "Where:users.email ='x'",
        ),
        (
            "declare c cursor for select 1 from users where email = 'x'",
            "Where:users.email ='x'",
        ),
        (
            "explain analyze select 1 from users where email = 'x'",
            "Where:users.email ='x'",
        ),
        (
            "select 1 from people where email = 'x'",
            "Where:users.email+people.email ='x'",
        ),
    ] {
        assert_eq!(uses(text), expected, "{text}");
    }
    assert!(lineage("select b from renamed").uses[0].in_view);
}

#[test]
fn a_result_of_another_width_is_not_understood() {
    let lineage = super::tests::lineage("select email, id from users");
    assert_eq!(told(&lineage.output(0, 2)), "users.email!");
    assert!(!lineage.output(0, 3).understood);
    assert!(!lineage.output(2, 2).understood);
    let lineage = super::tests::lineage("select * from unnest(array['a'])");
    assert!(!lineage.complete);
    assert_eq!(told(&lineage.output(4, 9)), "-");
}

#[test]
fn many_levels_end_on_the_usual_stack() {
    let run = || {
        let mut text = "select email from users".to_owned();
        for _ in 0..20 {
            text = format!("select (select email from ({text}) q limit 1) as email");
        }
        if let Ok(parsed) = Parsed::read(&text, &Limits::default()) {
            let _ = parsed.lineage(0, &Shop);
        }
        // Each level names the one before twice: the work is bounded.
        let mut text = "with q0 as (select email as e from users)".to_owned();
        for n in 1..40 {
            text = format!(
                "{text}, q{n} as (select a.e || b.e as e from q{m} a, q{m} b)",
                m = n - 1
            );
        }
        let parsed =
            Parsed::read(&format!("{text} select * from q39"), &Limits::default()).unwrap();
        assert_eq!(
            told(&parsed.lineage(0, &Shop).outputs[0].flow),
            "users.email"
        );
        let deep = format!(
            "select {}email{} from users",
            "lower(".repeat(40),
            ")".repeat(40)
        );
        let parsed = Parsed::read(&deep, &Limits::default()).unwrap();
        assert_eq!(
            told(&parsed.lineage(0, &Shop).outputs[0].flow),
            "users.email"
        );
    };
    std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}
