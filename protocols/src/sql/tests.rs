//! Facts of texts, as tables.

#![allow(clippy::unwrap_used)]
use super::children::children;
use super::*;
use pg_query::NodeRef;

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

fn list<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    items
        .into_iter()
        .map(|item| item.to_string())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Kind, place, what is read and what is written of every statement.
fn told(text: &str) -> String {
    let facts = Facts::read(text, &Limits::default()).unwrap_or_else(|e| panic!("{e}: {text}"));
    let lines = facts.statements.iter().map(|s| {
        let place = match s.place {
            Place::Top => String::new(),
            place => format!("@{place:?}{}", s.within.unwrap()),
        };
        let writes = s.writes.iter().map(|w| match &w.columns {
            Columns::All => format!("{:?}:{}", w.how, w.name),
            Columns::Listed(columns) => format!("{:?}:{}({})", w.how, w.name, columns.join(",")),
        });
        let writes = list(writes);
        format!("{:?}{place} [{}] [{writes}]", s.kind, list(&s.reads))
    });
    list(lines)
}

#[test]
fn statements_say_what_they_read_and_write() {
    for (text, expected) in [
        ("select 1", "Select [] []"),
        ("table a", "Select [a] []"),
        ("values (1)", "Select [] []"),
        ("select 1 into t", "SelectInto [] [Create:t]"),
        ("select 1 into t union select 2", "SelectInto [] [Create:t]"),
        (
            "insert into a (x, y) select * from b",
            "Insert [b] [Insert:a(x,y)]",
        ),
        (
            "insert into a values (1) on conflict (x) do update set y = 1 returning *",
            "Insert [a a] [Insert:a Update:a(y)]",
        ),
        (
            "update s.a set (x, y) = (1, 2), z[1] = 3 from b",
            "Update [s.a b] [Update:s.a(x,y,z)]",
        ),
        ("delete from only a as v using b", "Delete [a b] [Delete:a]"),
        (
            "merge into a using b on true when matched then delete when not matched then insert (x) values (1)",
            "Merge [a b] [Merge:a Delete:a Insert:a(x)]",
        ),
        (
            "truncate a, s.b cascade",
            "Truncate [] [Truncate:a Truncate:s.b]",
        ),
        ("copy a to stdout", "CopyTo(Client) [a] []"),
        ("copy a to '/x'", "CopyTo(File) [a] []"),
        ("copy a to program 'x'", "CopyTo(Program) [a] []"),
        (
            "copy a (x) from stdin",
            "CopyFrom(Client) [] [CopyFrom:a(x)]",
        ),
        (
            "copy a from program 'x'",
            "CopyFrom(Program) [] [CopyFrom:a]",
        ),
        (
            "copy (delete from a returning *) to stdout",
            "CopyTo(Client) [] [] Delete@Copied0 [a] [Delete:a]",
        ),
        (
            "create table t (like a, x int references b)",
            "Create(Table) [a b] [Create:t]",
        ),
        (
            "create temp table t as select * from a",
            "CreateTableAs [] [Create:t] Select@CreatedAs0 [a] []",
        ),
        (
            "create materialized view m as select * from a",
            "Create(MaterializedView) [] [Create:m] Select@CreatedAs0 [a] []",
        ),
        (
            "create table t as execute p",
            "CreateTableAs [] [Create:t] Execute@CreatedAs0 [] []",
        ),
        (
            "create view v as select * from a",
            "Create(View) [] [Create:v] Select@View0 [a] []",
        ),
        ("refresh materialized view m", "Refresh [] [Refresh:m]"),
        (
            "drop table if exists public.victim, b",
            "Drop(Table) [] [Drop:public.victim Drop:b]",
        ),
        ("drop view v", "Drop(View) [] [Drop:v]"),
        ("drop trigger t on a", "Drop(Trigger) [] [Alter:a]"),
        ("drop function f(int), g", "Drop(Function) [] []"),
        ("drop owned by x", "DropOwned [] []"),
        ("reassign owned by x to y", "ReassignOwned [] []"),
        ("alter table a rename to b", "Alter(Table) [] [Alter:a]"),
        (
            "alter table a rename column x to y",
            "Alter(Column) [] [Alter:a]",
        ),
        ("alter table a drop column x", "Alter(Table) [] [Alter:a]"),
        (
            "alter table a attach partition b for values in (1)",
            "Alter(Table) [b] [Alter:a]",
        ),
        ("alter view v set schema s", "Alter(View) [] [Alter:v]"),
        (
            "create index i on a (f(x)) where y = (z)",
            "Create(Index) [] [Alter:a]",
        ),
        (
            "grant select on a, b to public",
            "Grant [] [Privileges:a Privileges:b]",
        ),
        (
            "revoke all on all tables in schema s from x",
            "Revoke [] []",
        ),
        ("grant x to y", "GrantRole [] []"),
        ("lock table a", "Lock [] [Lock:a]"),
        ("vacuum full a", "Vacuum [] [Maintain:a]"),
        ("analyze a (x)", "Analyze [] [Maintain:a]"),
        ("cluster a using i", "Cluster [] [Maintain:a]"),
        ("reindex table a", "Reindex [] [Maintain:a]"),
        (
            "comment on column s.a.x is 'x'",
            "Comment [] [Describe:s.a]",
        ),
        (
            "security label on table a is 'x'",
            "SecurityLabel [] [Describe:a]",
        ),
        (
            "explain select * from a",
            "Explain { analyze: false } [] [] Select@Explained { analyze: false }0 [a] []",
        ),
        (
            "explain (analyze, verbose) delete from a",
            "Explain { analyze: true } [] [] Delete@Explained { analyze: true }0 [a] [Delete:a]",
        ),
        (
            "explain (analyze off) table a",
            "Explain { analyze: false } [] [] Select@Explained { analyze: false }0 [a] []",
        ),
        (
            "prepare p as delete from a",
            "Prepare [] [] Delete@Prepared0 [a] [Delete:a]",
        ),
        (
            "declare c cursor for table a",
            "Declare [] [] Select@Cursor0 [a] []",
        ),
        (
            "create rule r as on update to v do instead delete from a",
            "Create(Rule) [] [Alter:v] Delete@RuleAction0 [a] [Delete:a]",
        ),
        (
            "create rule r as on update to v do instead nothing",
            "Create(Rule) [] [Alter:v]",
        ),
        (
            "create rule r as on update to v do also (delete from a; notify n)",
            "Create(Rule) [] [Alter:v] Delete@RuleAction0 [a] [Delete:a] Notify@RuleAction0 [] []",
        ),
        (
            "create trigger t before insert on a for each row execute function f()",
            "Create(Trigger) [] [Alter:a]",
        ),
        (
            "create schema s create table t (x int) create view v as table a",
            "Create(Schema) [] [] Create(Table)@SchemaElement0 [] [Create:t] \
             Create(View)@SchemaElement0 [] [Create:v] Select@View2 [a] []",
        ),
        (
            "create procedure p() begin atomic delete from a; insert into b table c; end",
            "Create(Procedure) [] [] Delete@FunctionBody0 [a] [Delete:a] Insert@FunctionBody0 [c] [Insert:b]",
        ),
        (
            "create function f() returns int return (select x from a)",
            "Create(Function) [] [] Return@FunctionBody0 [a] []",
        ),
        (
            "create function f() returns int language sql as 'delete from a; with q as (delete from b) select 1'",
            "Create(Function) [] [] Delete@FunctionBody0 [a] [Delete:a] Select@FunctionBody0 [] [] Delete@Cte2 [b] [Delete:b]",
        ),
        (
            "create function f() returns int language plpgsql as 'begin end'",
            "Create(Function) [] []",
        ),
        ("create type c as (x int)", "Create(Type) [] [Create:c]"),
        (
            "create policy p on a using (x in (table b))",
            "Create(Policy) [b] [Alter:a]",
        ),
        (
            "create statistics s on x, y from a",
            "Create(Statistics) [a] []",
        ),
        (
            "create publication p for table a",
            "Create(Publication) [a] []",
        ),
        (
            "create sequence s owned by a.x",
            "Create(Sequence) [] [Create:s]",
        ),
        (
            "create foreign table t (x int) server s",
            "Create(ForeignTable) [] [Create:t]",
        ),
        (
            "delete from a; ; drop table b",
            "Delete [a] [Delete:a] Drop(Table) [] [Drop:b]",
        ),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

#[test]
fn names_of_with_queries_are_resolved_by_scope() {
    for (text, expected) in [
        ("with q as (select 1) select * from q", "Select [] []"),
        (
            "with q as (select * from q) select * from q",
            "Select [q] []",
        ),
        (
            "with recursive q as (select 1 union select * from q) select * from q",
            "Select [] []",
        ),
        (
            "with a as (table b), b as (table a) select * from a, b",
            "Select [b] []",
        ),
        (
            "with recursive a as (table b), b as (select 1) select * from a, b",
            "Select [] []",
        ),
        (
            "with q as (select 1) select * from public.q",
            "Select [public.q] []",
        ),
        (
            "select * from (with q as (select 1) table q) x, q",
            "Select [q] []",
        ),
        (
            "with q as (select 1) select (with q as (table q) select 1 from q), * from q",
            "Select [] []",
        ),
        (
            "(with q as (select 1) table q) union table q",
            "Select [q] []",
        ),
        ("with q as (select 1) table q union table q", "Select [] []"),
        (
            "with v as (select 1) delete from v using v as w",
            "Delete [v] [Delete:v]",
        ),
        (
            "with x as (delete from v returning *), y as (insert into w table x) table y",
            "Select [] [] Delete@Cte0 [v] [Delete:v] Insert@Cte0 [] [Insert:w]",
        ),
        (
            "with q as (select 1) insert into t with q as (table q) table q",
            "Insert [] [Insert:t]",
        ),
        (
            "create view v as with q as (select 1) select * from q, r",
            "Create(View) [] [Create:v] Select@View0 [r] []",
        ),
        ("select 1 from a for update of a", "Select [a] []"),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

fn first(text: &str) -> StatementFacts {
    facts(text).unwrap().statements.remove(0)
}

#[test]
fn calls_are_told_with_how_they_are_used() {
    let calls = |text: &str| {
        list(
            first(text)
                .functions
                .iter()
                .map(|c| format!("{:?}:{}/{}", c.used, c.name, c.arguments)),
        )
    };
    for (text, expected) in [
        ("select f(1, 2), s.g()", "Plain:f/2 Plain:s.g/0"),
        (
            "select count(*), sum(x) filter (where y), max(x) over ()",
            "Aggregate:count/0 Aggregate:sum/1 Window:max/1",
        ),
        (
            "select * from f(g(1)), rows from (h(), k())",
            "Table:f/1 Plain:g/1 Table:h/0 Table:k/0",
        ),
        ("call p(f())", "Procedure:p/1 Plain:f/0"),
        (
            "create trigger t before insert on a execute function s.f()",
            "Definition:s.f/0",
        ),
        (
            "create event trigger t on ddl_command_start execute function f()",
            "Definition:f/0",
        ),
        ("create cast (a as b) with function f(a)", "Definition:f/0"),
        ("select 1 from a tablesample system (1)", "Table:system/1"),
        (
            "delete from a where f(x) returning g(y)",
            "Plain:f/1 Plain:g/1",
        ),
        (
            "select string_agg(distinct x, ',' order by y)",
            "Aggregate:string_agg/2",
        ),
        ("create index on a (f(x))", "Plain:f/1"),
        (
            "create table t (x int default f() check (g(x)))",
            "Plain:f/0 Plain:g/1",
        ),
        ("alter table t alter x type int using f(x)", "Plain:f/1"),
        ("execute p(f())", "Plain:f/0"),
        (
            "select xmlelement(name a, f(x)), json_object('a': g(y)), coalesce(h(1))",
            "Plain:f/1 Plain:g/1 Plain:h/1",
        ),
        (
            "select * from json_table(f(), '$' columns (a int path '$'))",
            "Plain:f/0",
        ),
        (
            "select * from xmltable('/a' passing f() columns a int default g())",
            "Plain:f/0 Plain:g/0",
        ),
        (
            "select extract(year from f()), x at time zone 'utc'",
            "Plain:pg_catalog.extract/2 Plain:f/0 Plain:pg_catalog.timezone/2",
        ),
    ] {
        assert_eq!(calls(text), expected, "{text}");
    }
    let s = first("select u.email, (f()).x, (u).y.z, a.b.c.d from u");
    assert_eq!(s.attributes, ["email", "x", "y", "z", "d"]);
}

#[test]
fn operators_types_and_collations_are_told() {
    let s = first(
        "select a operator(s.+) b, c between 1 and 2, d in (1), case e when 1 then 2 end, \
         f::s.t, cast(g as text) collate \"C\", h < any (select 1), i not like 'x' from t natural join u order by j using >",
    );
    for operator in ["s.+", ">=", "<=", "=", "<", "!~~", ">"] {
        assert!(
            s.operators.iter().any(|o| o.to_string() == operator),
            "{operator}"
        );
    }
    assert_eq!(list(&s.types), "s.t text");
    assert_eq!(list(&s.collations), "C");
    assert_eq!(
        list(&first("create function f(a t.x%type) returns setof v").reads),
        "t"
    );
}

#[test]
fn settings_and_identity_are_told() {
    for (text, expected, identity) in [
        ("set search_path = a", "search_path=a", false),
        ("set search_path = a, b", "search_path=?", false),
        ("set local \"Work_Mem\" to 1", "work_mem=1", false),
        ("set x.y to default", "x.y=?", false),
        ("set role bob", "role=bob", true),
        ("set local role none", "role=none", true),
        ("set \"ROLE\" = 'bob'", "role=bob", true),
        ("reset role", "role=?", true),
        (
            "set session authorization bob",
            "session_authorization=bob",
            true,
        ),
        (
            "reset session authorization",
            "session_authorization=?",
            true,
        ),
        ("reset all", "*=?", false),
        ("select set_config('ROLE', 'bob', false)", "role=bob", true),
        (
            "select pg_catalog.set_config('role'::text, current_user, true)",
            "role=?",
            true,
        ),
        ("select set_config('ro' || 'le', 'x', false)", "*=x", true),
        (
            "select set_config(new_value => 'x', setting_name => 'role', is_local => true)",
            "*=?",
            true,
        ),
        ("update pg_settings set setting = 'x'", "*=?", true),
        ("alter role bob set work_mem = 1", "work_mem=1", false),
        ("alter database d set role = 'x'", "role=x", true),
        ("alter system set work_mem = 1", "work_mem=1", false),
        (
            "create function f() returns int language c set role = 'x' as 'a'",
            "role=x",
            true,
        ),
        ("set time zone 'utc'", "timezone=utc", false),
        ("set names 'sjis'", "client_encoding=sjis", false),
        (
            "set standard_conforming_strings = off",
            "standard_conforming_strings=off",
            false,
        ),
    ] {
        let s = first(text);
        let settings = s.settings.iter().map(|s| {
            let name = s.name.as_deref().unwrap_or("*");
            format!("{name}={}", s.value.as_deref().unwrap_or("?"))
        });
        assert_eq!(list(settings), expected, "{text}");
        assert_eq!(s.changes_identity(), identity, "{text}");
    }
    assert!(first("set local a.b = 1").settings[0].is_local);
    assert_eq!(first("show all").shows, [None]);
    assert_eq!(first("show \"X.Y\"").shows, [Some("x.y".to_owned())]);
    assert_eq!(first("select current_setting('X.' || y)").shows, [None]);
}

#[test]
fn kinds_are_told() {
    use Kind as K;
    for (text, kind, read_only) in [
        ("select 1", K::Select, true),
        ("select 1 from t for update", K::Select, false),
        (
            "select * from (select 1 from t for share) q",
            K::Select,
            false,
        ),
        ("explain delete from t", K::Explain { analyze: false }, true),
        (
            "explain analyze delete from t",
            K::Explain { analyze: true },
            false,
        ),
        (
            "explain analyze select 1",
            K::Explain { analyze: true },
            true,
        ),
        (
            "explain (analyze false, analyze true) delete from t",
            K::Explain { analyze: true },
            false,
        ),
        ("begin read only", K::Begin, true),
        (
            "start transaction isolation level serializable",
            K::Begin,
            true,
        ),
        ("commit", K::Commit, true),
        ("end", K::Commit, true),
        ("abort", K::Rollback, true),
        ("savepoint a", K::Savepoint, true),
        ("release a", K::Release, true),
        ("rollback to a", K::RollbackTo, true),
        ("prepare transaction 'x'", K::PrepareTransaction, false),
        ("commit prepared 'x'", K::CommitPrepared, false),
        ("set transaction read write", K::SetTransaction, true),
        (
            "set session characteristics as transaction read write",
            K::SetTransaction,
            true,
        ),
        ("set constraints all deferred", K::SetConstraints, true),
        ("set role x", K::SetRole, false),
        (
            "set session authorization x",
            K::SetSessionAuthorization,
            false,
        ),
        ("reset role", K::SetRole, false),
        ("reset x", K::Reset, true),
        ("show x", K::Show, true),
        ("do $$ begin end $$", K::Do, false),
        ("call p()", K::Call, false),
        ("prepare p as select 1", K::Prepare, true),
        ("prepare p as delete from t", K::Prepare, false),
        ("execute p", K::Execute, false),
        ("deallocate all", K::Deallocate, true),
        ("declare c cursor for select 1", K::Declare, true),
        ("fetch all from c", K::Fetch, true),
        ("move c", K::Move, true),
        ("close c", K::Close, true),
        ("listen x", K::Listen, true),
        ("notify x, 'y'", K::Notify, false),
        ("unlisten *", K::Unlisten, true),
        ("load 'x'", K::Load, false),
        ("checkpoint", K::Checkpoint, false),
        ("alter system reset all", K::AlterSystem, false),
        ("discard all", K::Discard(Discarded::All), false),
        ("discard plans", K::Discard(Discarded::Plans), true),
        (
            "import foreign schema a from server b into c",
            K::ImportForeignSchema,
            false,
        ),
        ("create extension x", K::Create(Object::Extension), false),
        ("create language x", K::Create(Object::Extension), false),
        ("create role x", K::Create(Object::Role), false),
        ("create user x", K::Create(Object::Role), false),
        ("alter role x superuser", K::Alter(Object::Role), false),
        ("drop role x", K::Drop(Object::Role), false),
        ("create database x", K::Create(Object::Database), false),
        ("drop database x", K::Drop(Object::Database), false),
        (
            "create tablespace x location '/'",
            K::Create(Object::Tablespace),
            false,
        ),
        (
            "create subscription x connection 'y' publication z",
            K::Create(Object::Subscription),
            false,
        ),
        ("drop subscription x", K::Drop(Object::Subscription), false),
        (
            "create event trigger x on y execute function z()",
            K::Create(Object::EventTrigger),
            false,
        ),
        (
            "alter event trigger x disable",
            K::Alter(Object::EventTrigger),
            false,
        ),
        (
            "create user mapping for x server y",
            K::Create(Object::UserMapping),
            false,
        ),
        (
            "drop user mapping for x server y",
            K::Drop(Object::UserMapping),
            false,
        ),
        (
            "create server x foreign data wrapper y",
            K::Create(Object::Server),
            false,
        ),
        ("drop server x", K::Drop(Object::Server), false),
        (
            "alter default privileges grant select on tables to x",
            K::Alter(Object::DefaultPrivileges),
            false,
        ),
        (
            "create aggregate a(int) (sfunc = f, stype = int)",
            K::Create(Object::Aggregate),
            false,
        ),
        (
            "create operator + (function = f, leftarg = int)",
            K::Create(Object::Operator),
            false,
        ),
        (
            "drop operator +(int, int)",
            K::Drop(Object::Operator),
            false,
        ),
        (
            "drop operator class x using btree",
            K::Drop(Object::OperatorClass),
            false,
        ),
        (
            "drop operator family s.x using btree",
            K::Drop(Object::OperatorFamily),
            false,
        ),
        ("drop cast (a as b)", K::Drop(Object::Cast), false),
        (
            "drop transform for a language b",
            K::Drop(Object::Transform),
            false,
        ),
        ("drop aggregate a(*)", K::Drop(Object::Aggregate), false),
        ("drop schema a, b cascade", K::Drop(Object::Schema), false),
        ("comment on schema a is 'x'", K::Comment, false),
        ("comment on large object 1 is 'x'", K::Comment, false),
        ("comment on cast (a as b) is 'x'", K::Comment, false),
        (
            "comment on operator class x using btree is 'x'",
            K::Comment,
            false,
        ),
        ("comment on domain d is 'x'", K::Comment, false),
        (
            "comment on constraint c on domain d is 'x'",
            K::Comment,
            false,
        ),
        ("comment on trigger t on s.a is 'x'", K::Comment, false),
        ("grant select on large object 1 to x", K::Grant, false),
        ("grant set on parameter work_mem to x", K::Grant, false),
        ("grant usage on foreign server x to y", K::Grant, false),
        ("grant execute on function f(int) to y", K::Grant, false),
        (
            "alter function f(int) owner to x",
            K::Alter(Object::Function),
            false,
        ),
        (
            "alter function f(int) immutable",
            K::Alter(Object::Function),
            false,
        ),
        (
            "alter operator + (int, int) set (restrict = none)",
            K::Alter(Object::Operator),
            false,
        ),
        (
            "alter text search configuration c add mapping for a with b",
            K::Alter(Object::TextSearch),
            false,
        ),
        ("alter type t add value 'x'", K::Alter(Object::Type), false),
        (
            "alter type t add attribute x int",
            K::Alter(Object::Type),
            false,
        ),
        (
            "alter domain d drop constraint c",
            K::Alter(Object::Domain),
            false,
        ),
        (
            "alter extension x add table t",
            K::Alter(Object::Extension),
            false,
        ),
        (
            "alter index i attach partition j",
            K::Alter(Object::Index),
            false,
        ),
        (
            "alter table all in tablespace x set tablespace y",
            K::Alter(Object::Table),
            false,
        ),
        (
            "alter publication p add table t",
            K::Alter(Object::Publication),
            false,
        ),
        (
            "alter trigger t on a depends on extension e",
            K::Alter(Object::Trigger),
            false,
        ),
        (
            "alter rule r on a rename to b",
            K::Alter(Object::Rule),
            false,
        ),
        (
            "alter operator class x using btree rename to y",
            K::Alter(Object::OperatorClass),
            false,
        ),
        (
            "alter large object 1 owner to x",
            K::Alter(Object::LargeObject),
            false,
        ),
        (
            "alter operator family x using btree add operator 1 < (int, int)",
            K::Alter(Object::OperatorFamily),
            false,
        ),
        (
            "create operator class x for type int using btree as operator 1 <, function 1 f(int, int)",
            K::Create(Object::OperatorClass),
            false,
        ),
        (
            "create access method x type index handler h",
            K::Create(Object::AccessMethod),
            false,
        ),
        (
            "create conversion c for 'a' to 'b' from f",
            K::Create(Object::Conversion),
            false,
        ),
        (
            "create transform for a language b (from sql with function f(internal), to sql with function g(internal))",
            K::Create(Object::Transform),
            false,
        ),
        (
            "create collation c from \"C\"",
            K::Create(Object::Collation),
            false,
        ),
        (
            "create text search dictionary d (template = t)",
            K::Create(Object::TextSearch),
            false,
        ),
        (
            "create domain d as int check (value > 0)",
            K::Create(Object::Domain),
            false,
        ),
        (
            "create type t as enum ('a')",
            K::Create(Object::Type),
            false,
        ),
        (
            "create type t as range (subtype = int)",
            K::Create(Object::Type),
            false,
        ),
        ("create type t", K::Create(Object::Type), false),
        (
            "create type t (input = f, output = g)",
            K::Create(Object::Type),
            false,
        ),
        (
            "create or replace trusted language l handler h inline i validator v",
            K::Create(Object::Language),
            false,
        ),
        ("create group x", K::Create(Object::Role), false),
        (
            "security label for p on role x is 'y'",
            K::SecurityLabel,
            false,
        ),
        ("reindex database d", K::Reindex, false),
        ("vacuum", K::Vacuum, false),
        ("cluster", K::Cluster, false),
    ] {
        let facts = Facts::read(text, &Limits::default()).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert_eq!(facts.statements[0].kind, kind, "{text}");
        assert_eq!(facts.is_read_only(), read_only, "{text}");
    }
}

#[test]
fn what_else_statements_carry() {
    assert_eq!(
        first("begin isolation level repeatable read, read write, not deferrable").modes,
        Some(Modes {
            read_only: Some(false),
            isolation: Some("repeatable read".into()),
            deferrable: Some(false),
            ..Modes::default()
        })
    );
    let modes = first("set session characteristics as transaction read only")
        .modes
        .unwrap();
    assert!(modes.session && modes.read_only == Some(true));
    assert!(first("commit and chain").modes.unwrap().chain);
    assert!(
        first("set transaction snapshot 'x'")
            .modes
            .unwrap()
            .snapshot
    );
    assert!(first("copy a from program 'x'").runs_program);
    assert!(first("copy a from '/x'").reads_file);
    assert!(first("copy a to '/x'").writes_file);
    assert!(first("declare c cursor with hold for select 1").holds);
    assert!(first("select 1 limit 5").has_limit);
    assert!(first("select 1 fetch first row only").has_limit);
    assert!(!first("select 1 limit all").has_limit);
    assert!(first("create temp table t (x int)").is_temporary);
    assert!(first("select 1 into temp t").is_temporary);
    assert!(first("create temp view v as select 1").is_temporary);
    assert!(first("drop table t cascade").cascades);
    assert_eq!(first("savepoint \"A\"").handle.as_deref(), Some("A"));
    assert_eq!(first("fetch c").handle.as_deref(), Some("c"));
    assert_eq!(list(first("drop function s.f(int), g").objects), "s.f g");
    assert_eq!(list(first("grant a to b").roles), "a b");
    let function =
        first("create function f() returns int language PlPgSQL security definer as 'x'");
    assert_eq!(
        function.body,
        Some(Body::Opaque {
            language: "plpgsql".into()
        })
    );
    assert!(function.security_definer);
    assert_eq!(
        first("create function f() returns int language sql as 'selec'").body,
        Some(Body::Opaque {
            language: "sql".into()
        })
    );
    assert_eq!(
        first("do 'x'").body,
        Some(Body::Opaque {
            language: "plpgsql".into()
        })
    );
    assert_eq!(
        first("do language sql 'x'").body,
        Some(Body::Opaque {
            language: "sql".into()
        })
    );
}

/// Every message of the tree in its JSON form: what the table of children must reach.
fn messages(tree: &serde_json::Value, count: &mut usize) {
    match tree {
        serde_json::Value::Array(items) => items.iter().for_each(|i| messages(i, count)),
        serde_json::Value::Object(fields) => {
            let is_wrapper = fields.len() == 1 && fields.contains_key("node");
            *count += usize::from(!is_wrapper && !is_oneof(fields));
            fields.values().for_each(|i| messages(i, count));
        }
        _ => {}
    }
}

/// A variant in a oneof: its only field is the message itself.
fn is_oneof(fields: &serde_json::Map<String, serde_json::Value>) -> bool {
    fields.len() == 1
        && fields.iter().all(|(name, value)| {
            name.starts_with(|c: char| c.is_ascii_uppercase()) && value.is_object()
        })
}

#[test]
fn the_table_of_children_reaches_every_message() {
    for text in [
        "with q (a) as materialized (select 1) select distinct on (a) a::int[3], array[1, 2], row(1), (select 1), \
         f(x => 1 order by y) filter (where z) over (partition by b order by c rows between 1 preceding and 2 following) \
         from a as t (u) left join lateral (select 1) s using (k) as j, f(1) with ordinality as g(h int) \
         where case when x then 1 else 2 end and a[1:2] is null and b is true and not c in (1, 2) \
         group by grouping sets ((a), cube (b)) having count(*) > 1 window w as (order by 1) order by 1 desc limit 1 offset 2 for update of a",
        "insert into t (a[1], b.c) overriding user value values (default, $1) on conflict (lower(a) collate \"C\" o) \
         where x do update set y = excluded.y where z returning with (old as o, new as n) *",
        "merge into a using b on x when matched and y then update set (c, d) = (select 1, 2) when not matched by source then do nothing",
        "create table t (a numeric(3, 2) collate \"C\" default 1 check (a > 0) references b (c) on delete set null (d), \
         generated int generated always as (a + 1) stored, id int generated always as identity (start 3), \
         exclude using gist (c with &&) where (d)) inherits (u) partition by range (lower(a) o) with (x = 1)",
        "create table p partition of q for values from (1, minvalue) to (2, maxvalue)",
        "alter table t add column x int, alter y type int using z, add constraint c primary key using index i, owner to current_user",
        "create function f(a int default 1, variadic b text[]) returns table (c int) language sql set x = 1 begin atomic select 1; end",
        "select * from xmltable(xmlnamespaces('a' as b), '/x' passing y columns c int path 'd' default 1 not null, o for ordinality)",
        "select xmlelement(name a, xmlattributes(b as c), d), xmlserialize(content e as text), json_object('a': b absent on null returning text), \
         json_arrayagg(a order by b), json_value(a, '$' passing b as c returning int default 1 on empty), a is json object, \
         json_array(select 1), json_query(a, '$' with wrapper), json_scalar(1), json_serialize(a), json(b)",
        "select * from json_table(a, '$' as p passing 1 as x columns (b int path '$.b', nested path '$.c' columns (d text)) error on error) t",
        "create operator class c for type int using btree family f as operator 1 < (int, int) for order by g, function 1 h(int), storage int",
        "create publication p for table a (b) where (c > 1), tables in schema s",
        "alter role r in database d set x to 1, 2",
        "create aggregate a(order by int) (sfunc = f, stype = int[], initcond = '{}')",
        "grant select (a), update on t to public, current_user with grant option granted by x",
        "with recursive q as (select 1 union all select 2) search depth first by a set b cycle c set d to true default false using e select 1",
        "explain (format json, analyze) execute p(1, 'x')",
        "create statistics s (ndistinct) on a, (b + 1) from t",
        "copy t (a) from stdin with (format csv, force_null (b)) where c > 1",
        "select 1 from t tablesample bernoulli (1) repeatable (2) union (select 2 except all select 3)",
    ] {
        let tree =
            super::parse::tree(text, &Limits::default()).unwrap_or_else(|e| panic!("{e}: {text}"));
        let mut expected = 0;
        messages(&serde_json::to_value(&tree.stmts).unwrap(), &mut expected);
        let mut open: Vec<_> = tree.stmts.iter().map(NodeRef::RawStmt).collect();
        let mut reached = 0;
        while let Some(node) = open.pop() {
            // A constant holds its value in a message of its own, which is no node.
            reached += 1 + usize::from(matches!(node, NodeRef::AConst(c) if c.val.is_some()));
            children(node, &mut open).unwrap();
        }
        assert_eq!(reached, expected, "{text}");
        assert!(facts(text).is_ok(), "{text}");
    }
}

#[test]
fn deep_and_large_texts_are_refused_on_the_usual_stack() {
    let texts = [
        (
            "parens",
            format!("select {}1{}", "(".repeat(500_000), ")".repeat(500_000)),
        ),
        (
            "case",
            format!(
                "select {}1{}",
                "case when true then ".repeat(10_000),
                " end".repeat(10_000)
            ),
        ),
        ("not", format!("select {}true", "not ".repeat(50_000))),
        ("minus", format!("select {}1", "- ".repeat(50_000))),
        ("plus", format!("select 1{}", " + 1".repeat(50_000))),
        ("concat", format!("select 'a'{}", "||'a'".repeat(50_000))),
        (
            "union",
            format!("select 1{}", " union select 1".repeat(20_000)),
        ),
        (
            "join",
            format!("select 1 from a{}", " natural join a".repeat(20_000)),
        ),
        ("cast", format!("select 1{}", "::int".repeat(50_000))),
        ("is null", format!("select 1{}", " is null".repeat(100_000))),
        ("brackets", "[".repeat(1_000_000)),
        (
            "subquery",
            format!(
                "{}select 1{}",
                "select * from (".repeat(60),
                ") q".repeat(60)
            ),
        ),
        (
            "with",
            format!(
                "{}select 1{}",
                "with q as (".repeat(60),
                ") select 1".repeat(60)
            ),
        ),
        ("explain", format!("{}select 1", "explain ".repeat(100_000))),
    ];
    let run = move || {
        for (what, text) in &texts {
            let refused = Facts::read(text, &Limits::default());
            assert!(
                matches!(
                    refused,
                    Err(Refused::TooDeep | Refused::Syntax | Refused::TooLarge)
                ),
                "{what}: {:?}",
                refused.map(|f| f.statements.len())
            );
        }
        // A list is no nesting, however long.
        let long = format!("select 1 where true{}", " and true or false".repeat(10_000));
        assert!(Facts::read(&long, &Limits::default()).is_ok());
        let small = Limits {
            text_size_max: 8,
            ..Limits::default()
        };
        assert_eq!(Facts::read("select 123", &small), Err(Refused::TooLarge));
    };
    std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}
