//! What judging a command costs that nobody judged before: `cargo bench -p wiremask-policy`.
//!
//! Verdicts are remembered with their statement by the guard, so this is paid once for each text,
//! identity, policy and state of the catalog. Each case checks its verdict before it is measured.
#![allow(missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use wiremask_policy::{
    Access, Action, Column, Command, Filter, Object, PolicySet, PolicySource, Principal,
    VerdictKind, builtin,
};

const GUARDS: [&str; 7] = [
    "allow-all",
    "read-only",
    "no-destructive-ddl",
    "no-unbounded-write",
    "no-server-escape",
    "no-identity-change",
    "one-statement",
];

fn load(names: &[&str]) -> PolicySet {
    let source = |name: &&str| PolicySource {
        name: (*name).to_owned(),
        text: builtin(name).expect("a built-in name").to_owned(),
    };
    PolicySet::load(&names.iter().map(source).collect::<Vec<_>>()).expect("they are tested")
}

fn command(action: Action, tables: &[&str], columns: &[&str]) -> Command {
    let access = |table: &&str| Access {
        columns: columns.iter().map(|name| Column::named(name)).collect(),
        filter: Filter::Present,
        ..Access::new(action, Object::table("main", "shop", "public", table))
    };
    let mut command = Command {
        accesses: tables.iter().map(access).collect(),
        ..Command::default()
    };
    command.context.parsed = true;
    command.context.statements = 1;
    command.context.read_only = action == Action::Select;
    command.context.kinds.insert(action.name().to_owned());
    command.context.functions = ["count", "lower", "sum"].map(str::to_owned).into();
    command
}

fn judge(c: &mut Criterion) {
    let principal = Principal::agent("bot")
        .in_group("shop")
        .in_group("analysts");
    let (guards, shop) = (load(&GUARDS), load(&["sample-shop", "one-statement"]));
    let columns = ["id", "city", "email", "phone"];
    let cases = [
        (
            "guards, a query on one table",
            &guards,
            Action::Select,
            &["customer"][..],
            VerdictKind::Allow,
        ),
        (
            "guards, a query on three tables",
            &guards,
            Action::Select,
            &["customer", "orders", "item"],
            VerdictKind::Allow,
        ),
        (
            "guards, a denied update",
            &guards,
            Action::Update,
            &["customer"],
            VerdictKind::Deny,
        ),
        (
            "by column, a query on one table",
            &shop,
            Action::Select,
            &["customer"],
            VerdictKind::Allow,
        ),
    ];
    for (name, policies, action, tables, expected) in cases {
        let command = command(action, tables, &columns);
        let verdict = policies.judge(&principal, &command).verdict;
        assert_eq!(verdict.kind(), expected, "{name}: {verdict:?}");
        c.bench_function(name, |b| {
            b.iter(|| policies.judge(black_box(&principal), black_box(&command)));
        });
    }
}

criterion_group!(benches, judge);
criterion_main!(benches);
