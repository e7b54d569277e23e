//! What the guard says to statements, with the policies that are built in and a catalog that was answered.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::inspector::tests::catalog_answer;
use wiremask_policy::{PolicySource, builtin};
use wiremask_rules::{Backend, Keys, PackSource};

fn catalog() -> Catalog {
    let mut catalog = Catalog::new();
    catalog.want_global_once();
    read(&mut catalog);
    catalog
}

fn read(catalog: &mut Catalog) {
    while let Some(sql) = catalog.query() {
        catalog.answer(&catalog_answer(&sql));
    }
}

/// Names of customers are protected.
fn rules() -> Ruleset {
    let pack = PackSource {
        name: "test.toml".into(),
        text: r#"
            [pack]
            name = "test"
            version = "1"
            [[dataset]]
            select = { table = "customer", column = ["name"] }
            set = { entity = "PERSON", mask = { operator = "redact" } }"#
            .into(),
    };
    let keys = Keys::from_secret("k1", b"a secret of at least thirty-two bytes");
    Ruleset::compile(&[pack], &keys, Backend::Portable).unwrap_or_else(|e| panic!("{e}"))
}

fn policies(names: &[&str], own: &str) -> PolicySet {
    let mut sources: Vec<PolicySource> = names
        .iter()
        .map(|name| PolicySource {
            name: (*name).to_owned(),
            text: builtin(name).unwrap().to_owned(),
        })
        .collect();
    sources.push(PolicySource {
        name: "own.cedar".to_owned(),
        text: own.to_owned(),
    });
    PolicySet::load(&sources).unwrap_or_else(|errors| panic!("{errors}"))
}

fn identity() -> Identity {
    Identity {
        principal: Principal::agent("reporter").in_group("analysts"),
        connection: "main".into(),
        database: "shop".into(),
    }
}

/// The policy that speaks against a text, or `allowed`.
fn judged(policies: &PolicySet, text: &str) -> String {
    let mut catalog = catalog();
    let mut guard = Guard::new(identity(), &mut Identities::default(), true);
    let statement = Statement::read(text.as_bytes(), true);
    for _ in 0..8 {
        match guard.judge(policies, 1, &statement, &mut catalog, &rules()) {
            Ok(outcome) => {
                assert_eq!(outcome.denial.is_some(), outcome.rule.is_some(), "{text}");
                return outcome.rule.as_deref().unwrap_or("allowed").to_owned();
            }
            Err(Lookup) => read(&mut catalog),
        }
    }
    panic!("lookups do not end: {text}");
}

#[test]
fn under_read_only_nothing_that_may_write_is_allowed() {
    let policies = policies(&["allow-all", "read-only"], "");
    for text in [
        "select 1",
        "select upper(name), count(*) from customer group by 1 order by 2 limit 5",
        "with w as (select * from public.orders) select * from w",
        "explain select * from orders",
        "explain (analyze) select * from orders",
        "explain delete from orders",
        "show work_mem",
        "set work_mem = '64MB'",
        "begin read only",
        "begin; select 1; commit",
        "declare c cursor for select * from orders",
        "fetch 10 from c",
        "prepare p as select * from orders where id = $1",
        "execute p(1)",
        "copy orders to stdout",
        "copy (select * from orders) to stdout (format csv)",
        "values (1), (2)",
        "table orders",
        "select o.id, o.note from orders o",
        "select current_setting('jit')",
        "",
        "-- nothing",
    ] {
        assert_eq!(judged(&policies, text), "allowed", "{text}");
    }
    for text in [
        "insert into orders values (1)",
        "select 1; delete from orders",
        "with d as (delete from orders returning *) select * from d",
        "explain analyze delete from orders",
        "prepare p as delete from orders",
        "declare c cursor for select f(1)",
        "select * from orders for update",
        "select * into t from orders",
        "create temp table t as select 1",
        "copy orders from stdin",
        "copy orders to '/tmp/x'",
        "copy orders to program 'x'",
        "do $$begin end$$",
        "call p()",
        "select pg_temp.f()",
        "select public.upper('x')",
        "select nobody_knows(1)",
        "select set_config('work_mem', '1', false)",
        "select 1 operator(public.###) 2",
        "begin read write",
        "set transaction read write",
        "set default_transaction_read_only = off",
        "set session characteristics as transaction read write",
        "reset all",
        "set client_encoding = 'sjis'",
        "set names 'gbk'",
        "set standard_conforming_strings = off",
        "lock table orders",
        "vacuum orders",
        "truncate orders",
        "drop table orders",
        "notify c, 'x'",
        "grant select on orders to public",
        "explain analyze delete from orders",
        "alter system set work_mem = '1MB'",
        "refresh materialized view v",
        "selec 1",
    ] {
        assert_ne!(judged(&policies, text), "allowed", "{text}");
    }
}

#[test]
fn a_name_without_a_schema_is_every_relation_of_that_name() {
    let policies = policies(
        &[],
        r#"@id("orders") @reason("these may be read")
        permit (principal, action == Action::"select", resource in Table::"main.shop.public.orders");
        @id("nothing") @reason("statements without a table")
        permit (principal, action in Action::"statement", resource == Database::"main.shop");"#,
    );
    assert_eq!(judged(&policies, "select * from orders"), "allowed");
    assert_eq!(
        judged(&policies, "select * from PUBLIC.orders o"),
        "allowed"
    );
    assert_eq!(
        judged(&policies, "with x as (table orders) table x"),
        "allowed"
    );
    assert_eq!(judged(&policies, "select 1"), "allowed");
    for text in [
        "select * from customer",
        "select * from orders, customer",
        "select * from orders where exists (table customer)",
        "select * from sh.orders",
        "select * from unknown_to_the_catalog",
        "with orders as (table customer) table orders",
        "copy orders to stdout",
        "delete from orders",
        "select * from pg_catalog.pg_stats",
    ] {
        assert_eq!(judged(&policies, text), "no-permit", "{text}");
    }
}

#[test]
fn columns_are_judged_where_policies_tell_them_apart() {
    let policies = policies(
        &["allow-all"],
        r#"@id("no-salary") @reason("salaries are not for analysts") @instead("leave the column out")
        forbid (principal in Group::"analysts", action, resource == Column::"main.shop.public.customer.salary");"#,
    );
    assert_eq!(judged(&policies, "select * from orders"), "allowed");
    assert_eq!(judged(&policies, "select * from customer"), "no-salary");
    for text in [
        "select id from customer",
        "select id, upper(name) from customer c where id > 5 order by name",
        "select count(*) from customer",
    ] {
        assert_eq!(judged(&policies, text), "allowed", "{text}");
    }
    for text in [
        "select c from customer c",
        "select id from customer where salary > 5",
        "select 1 from customer order by salary",
        "select (c).salary from customer c",
        "select salary(c) from customer c",
        "select count(salary) from customer",
        "with x as (select * from customer) select x.salary from x",
        "select id from customer group by id having max(salary) > 1",
        "select id from customer; select salary from customer",
        "insert into orders (id) select salary from customer",
    ] {
        assert_eq!(judged(&policies, text), "no-salary", "{text}");
    }
    assert_eq!(
        judged(&policies, "update customer set salary = 1"),
        "no-salary"
    );
}

#[test]
fn policies_may_ask_whether_a_column_is_protected() {
    let policies = policies(
        &["allow-all"],
        r#"@id("no-protected") @reason("protected columns are not for agents")
        forbid (principal, action in Action::"statement", resource)
        when { resource has protected && resource.protected };"#,
    );
    assert_eq!(judged(&policies, "select * from orders"), "allowed");
    assert_eq!(
        judged(&policies, "update customer set salary = 1 where false"),
        "allowed"
    );
    for text in [
        "select name from customer",
        "select id from customer where name = 'x'",
        "select * from customer_2026",
        "select * from customer_view",
        "update customer set name = 'x'",
        "insert into customer (id, name) values (1, 'x')",
    ] {
        assert_eq!(judged(&policies, text), "no-protected", "{text}");
    }
}

#[test]
fn what_another_policy_let_open_has_to_be_opened_again() {
    let policies = policies(&["allow-all"], "");
    let mut catalog = catalog();
    let mut guard = Guard::new(identity(), &mut Identities::default(), false);
    let mut judge = |text: &str, generation| {
        let statement = Statement::read(text.as_bytes(), true);
        let outcome = guard.judge(&policies, generation, &statement, &mut catalog, &rules());
        outcome.unwrap().rule.as_deref().map(str::to_owned)
    };
    assert_eq!(judge("declare c cursor with hold for select 1", 1), None);
    assert_eq!(judge("fetch c", 1), None);
    assert_eq!(judge("fetch c", 2).as_deref(), Some("policy-changed"));
    assert_eq!(judge("execute p", 2).as_deref(), Some("policy-changed"));
    let nested = judge("explain analyze execute p", 2);
    assert_eq!(nested.as_deref(), Some("policy-changed"));
    assert_eq!(judge("select 1", 2), None);
}

#[test]
fn a_verdict_is_remembered_for_its_identity_only() {
    let policies = policies(
        &["allow-all"],
        r#"@id("not-bob") @reason("bob may not")
        forbid (principal == Agent::"bob", action, resource);"#,
    );
    let mut numbers = Identities::default();
    let mut catalog = catalog();
    let statement = Statement::read(b"select 1", true);
    for name in ["ann", "bob", "ann", "bob"] {
        let identity = Identity {
            principal: Principal::agent(name),
            ..identity()
        };
        let mut guard = Guard::new(identity, &mut numbers, false);
        let outcome = guard
            .judge(&policies, 1, &statement, &mut catalog, &rules())
            .unwrap();
        assert_eq!(outcome.denial.is_some(), name == "bob", "{name}");
    }
}

#[test]
fn who_may_not_write_gets_read_only_transactions() {
    let read_only = policies(&["allow-all", "read-only"], "");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let begun = |policies: &PolicySet, parameters: &[(&str, &str)]| {
        let parameters = parameters.iter().map(|(n, v)| pair(n, v)).collect();
        admit(policies, &identity(), parameters)
    };
    let asked = [
        ("options", "-c default_transaction_read_only=on"),
        ("DEFAULT_transaction_read_only", "on"),
        ("TimeZone", "UTC"),
    ];
    let admission = begun(&read_only, &asked).unwrap();
    assert!(admission.is_walled);
    let last = admission.parameters.last().unwrap();
    assert_eq!(*last, pair("default_transaction_read_only", "on"));
    assert_eq!(admission.parameters.len(), 3);
    for wrong in [
        [("options", "-c default_transaction_read_only=off")],
        [("options", "-cdefault-transaction-read-only=false")],
        [("options", "-c standard_conforming_strings=off")],
        [("default_transaction_read_only", "no")],
        [("standard_conforming_strings", "off")],
        [("options", "-E sjis")],
    ] {
        assert!(begun(&read_only, &wrong).is_err(), "{wrong:?}");
    }
    let all = policies(&["allow-all"], "");
    let admission = begun(&all, &[("options", "-c work_mem=1MB")]).unwrap();
    assert!(!admission.is_walled);
    assert_eq!(admission.parameters, [pair("options", "-c work_mem=1MB")]);
    let same = policies(&["allow-all", "no-identity-change"], "");
    assert!(begun(&same, &[("role", "postgres")]).is_err());
    assert!(begun(&same, &[("options", "-c role=postgres")]).is_err());
}
