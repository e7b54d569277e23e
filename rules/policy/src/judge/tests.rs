#![allow(clippy::unwrap_used)]
use super::*;
use crate::{PolicySource, VerdictKind, builtin};
use proptest::prelude::*;
use std::sync::LazyLock;

fn load(text: &str) -> PolicySet {
    let source = PolicySource {
        name: "x.cedar".to_owned(),
        text: text.to_owned(),
    };
    PolicySet::load(&[source]).unwrap_or_else(|error| panic!("{error}"))
}

fn command(accesses: Vec<Access>) -> Command {
    let mut command = Command {
        accesses,
        ..Command::default()
    };
    command.context.parsed = true;
    command.context.statements = 1;
    command
}

fn table() -> Object {
    Object::table("c", "d", "s", "t")
}

fn select(columns: &[&str]) -> Command {
    command(vec![Access {
        columns: columns.iter().map(|name| Column::named(name)).collect(),
        ..Access::new(Action::Select, table())
    }])
}

fn approved(mut command: Command, groups: &[&str]) -> Command {
    command.context.approved_by = groups.iter().map(|g| (*g).to_owned()).collect();
    command
}

/// The verdict and the policies behind it: "deny a b".
fn verdict(policies: &PolicySet, command: &Command) -> String {
    let verdict = policies
        .judge(&Principal::user("ann").in_group("g"), command)
        .verdict;
    let mut text = verdict.kind().name().to_owned();
    for reason in verdict.reasons() {
        text.push(' ');
        text.push_str(&reason.rule.id);
    }
    if let Verdict::Hold { approval, .. } = &verdict {
        let join = if approval.every { "&" } else { "|" };
        text = format!("{text} for {}", approval.groups.join(join));
    }
    text
}

#[test]
fn without_a_permit_nothing_is_allowed() {
    let none = PolicySet::load(&[]).unwrap();
    assert_eq!(verdict(&none, &select(&[])), "deny no-permit");
    assert_eq!(verdict(&none, &Command::default()), "deny not-understood");
}

#[test]
fn columns_are_judged_one_by_one_where_policies_tell_them_apart() {
    let some = load(
        r#"@id("a") permit(principal, action == Action::"select", resource == Column::"c.d.s.t.a");"#,
    );
    assert_eq!(verdict(&some, &select(&["a"])), "allow");
    assert_eq!(verdict(&some, &select(&["a", "b"])), "deny no-permit");
    assert_eq!(verdict(&some, &select(&[])), "deny no-permit");
    let all = load(
        r#"@id("t") permit(principal, action == Action::"select", resource in Table::"c.d.s.t");
           @id("b") forbid(principal, action == Action::"select", resource == Column::"c.d.s.t.b");"#,
    );
    assert_eq!(verdict(&all, &select(&["a"])), "allow");
    assert_eq!(verdict(&all, &select(&["a", "b"])), "deny b");
    assert_eq!(verdict(&all, &select(&[])), "allow");
}

#[test]
fn what_is_forbidden_for_a_table_is_forbidden_for_its_columns() {
    let policies = load(
        r#"@id("a") permit(principal, action == Action::"select", resource == Column::"c.d.s.t.a");
           @id("t") forbid(principal, action == Action::"select", resource == Table::"c.d.s.t");"#,
    );
    assert_eq!(verdict(&policies, &select(&["a"])), "deny t");
}

#[test]
fn a_permit_for_the_table_alone_is_none_for_its_columns() {
    let policies = load(
        r#"@id("t") permit(principal, action == Action::"select", resource == Table::"c.d.s.t");"#,
    );
    assert_eq!(verdict(&policies, &select(&[])), "allow");
    assert_eq!(verdict(&policies, &select(&["a"])), "deny no-permit");
}

#[test]
fn names_with_dots_and_quotes_are_no_other_objects() {
    let policies = load(
        r#"@id("t") permit(principal, action == Action::"select", resource in Schema::"c.d.s");"#,
    );
    let odd = |schema: &str, table: &str| {
        command(vec![Access::new(
            Action::Select,
            Object::table("c", "d", schema, table),
        )])
    };
    assert_eq!(verdict(&policies, &odd("s", "x.y")), "allow");
    assert_eq!(verdict(&policies, &odd("s.x", "y")), "deny no-permit");
    assert_eq!(verdict(&policies, &odd("S", "y")), "deny no-permit");
}

const HELD: &str = r#"
    @id("all") permit(principal, action in Action::"statement", resource);
    @id("x") forbid(principal, action == Action::"select", resource)
    unless { context.approved_by.containsAny(["x", "boss"]) };
"#;
const HELD_TOO: &str = r#"
    @id("y") forbid(principal, action == Action::"select", resource)
    unless { context.approved_by.containsAny(["y", "boss"]) };
"#;

#[test]
fn what_approval_would_allow_is_held_for_it() {
    let one = load(HELD);
    assert_eq!(verdict(&one, &select(&[])), "hold x for boss|x");
    assert_eq!(verdict(&one, &approved(select(&[]), &["x"])), "allow");
    assert_eq!(
        verdict(&one, &approved(select(&[]), &["z"])),
        "hold x for boss|x"
    );
    let two = load(&format!("{HELD}{HELD_TOO}"));
    assert_eq!(verdict(&two, &select(&[])), "hold x y for boss");
    assert_eq!(
        verdict(&two, &approved(select(&[]), &["x"])),
        "hold y for boss|y"
    );
    let both = load(&format!("{HELD}{HELD_TOO}").replace(r#", "boss""#, ""));
    assert_eq!(verdict(&both, &select(&[])), "hold x y for x&y");
}

#[test]
fn what_no_approval_would_allow_is_denied_and_told_first() {
    let policies = load(&format!(
        "{HELD} @id(\"wall\") forbid(principal, action == Action::\"select\", resource);"
    ));
    assert_eq!(verdict(&policies, &select(&[])), "deny wall x");
}

#[test]
fn a_permit_can_ask_for_approval_too() {
    let policies = load(
        r#"@id("p") permit(principal, action == Action::"drop", resource)
           when { context.approved_by.contains("dba") };"#,
    );
    let drop = command(vec![Access::new(Action::Drop, table())]);
    assert_eq!(verdict(&policies, &drop), "hold no-permit for dba");
    assert_eq!(verdict(&policies, &approved(drop, &["dba"])), "allow");
}

#[test]
fn every_access_must_be_permitted() {
    let policies =
        load(r#"@id("s") permit(principal in Group::"g", action == Action::"select", resource);"#);
    let mut both = select(&["a"]);
    assert_eq!(verdict(&policies, &both), "allow");
    both.accesses.push(Access::new(Action::Insert, table()));
    assert_eq!(verdict(&policies, &both), "deny no-permit");
}

#[test]
fn filters_belong_to_their_access() {
    let policies = load(
        r#"@id("all") permit(principal, action in Action::"statement", resource);
           @id("where") forbid(principal, action == Action::"delete", resource) unless { context.has_where };"#,
    );
    let mut two = select(&["a"]);
    let filtered = Access {
        filter: Filter::Present,
        ..Access::new(Action::Delete, table())
    };
    two.accesses.push(filtered);
    assert_eq!(verdict(&policies, &two), "allow");
    two.accesses[0].filter = Filter::Present;
    two.accesses[1].filter = Filter::None;
    assert_eq!(verdict(&policies, &two), "deny where");
}

#[test]
fn policies_in_shadow_mode_only_tell() {
    let policies = load(
        r#"@id("all") permit(principal, action in Action::"statement", resource);
           @id("trial") @mode("shadow") forbid(principal, action == Action::"select", resource)
           unless { context.has_where || context.approved_by.contains("dba") };"#,
    );
    let judgement = policies.judge(&Principal::user("ann"), &select(&[]));
    assert!(judgement.is_allowed() && judgement.denial().is_none());
    let would = judgement.shadow.unwrap();
    assert_eq!(would.kind(), VerdictKind::Hold);
    assert_eq!(would.reasons()[0].rule.id, "trial");
    let mut filtered = select(&[]);
    filtered.accesses[0].filter = Filter::Present;
    assert_eq!(
        policies.judge(&Principal::user("ann"), &filtered).shadow,
        None
    );
}

#[test]
fn a_permit_in_shadow_mode_permits_nothing() {
    let policies = load(
        r#"@id("trial") @mode("shadow") permit(principal, action == Action::"select", resource);"#,
    );
    let judgement = policies.judge(&Principal::user("ann"), &select(&[]));
    assert!(!judgement.is_allowed());
    assert_eq!(judgement.shadow.map(|s| s.kind()), Some(VerdictKind::Allow));
    let unmask = load(
        r#"@id("trial") @mode("shadow") permit(principal, action == Action::"unmask", resource);"#,
    );
    assert!(!may_unmask(&unmask, "ann"));
}

fn may_unmask(policies: &PolicySet, name: &str) -> bool {
    let column = Column {
        protected: true,
        ..Column::named("email")
    };
    let nobody = BTreeSet::new();
    policies.may_unmask(
        &Principal::user(name),
        &table(),
        &Traits::default(),
        &column,
        &nobody,
    )
}

#[test]
fn nothing_is_unmasked_without_a_permit_that_says_so() {
    assert!(!may_unmask(&load(builtin("allow-all").unwrap()), "ann"));
    let policies = load(
        r#"@id("u") permit(principal == User::"ann", action == Action::"unmask", resource in Schema::"c.d.s");
           @id("f") forbid(principal, action == Action::"unmask", resource) when { resource.tags.contains("never") };"#,
    );
    assert!(may_unmask(&policies, "ann"));
    assert!(!may_unmask(&policies, "bob"));
}

#[test]
fn objects_that_an_action_is_not_for_are_denied() {
    let policies = load(
        r#"@id("t") permit(principal, action == Action::"notify", resource in Database::"c.d") when { context.parsed };"#,
    );
    let on = |object| command(vec![Access::new(Action::Notify, object)]);
    assert_eq!(verdict(&policies, &on(Object::database("c", "d"))), "allow");
    assert_eq!(
        verdict(&policies, &on(Object::database("c", "e"))),
        "deny no-permit"
    );
}

#[test]
fn commands_on_too_many_objects_are_refused() {
    let policies = load(builtin("allow-all").unwrap());
    let names: Vec<String> = (0..OBJECTS_MAX).map(|n| format!("c{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(verdict(&policies, &select(&names)), "deny too-many-objects");
    assert_eq!(verdict(&policies, &select(&names[1..])), "allow");
}

#[test]
fn reasons_list_a_bounded_number_of_objects() {
    let policies = load(
        r#"@id("t") permit(principal, action == Action::"select", resource == Column::"c.d.s.t.a");"#,
    );
    let names: Vec<String> = (0..100).map(|n| format!("c{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let judged = policies.judge(&Principal::user("ann"), &select(&names));
    let reasons = judged.verdict.reasons();
    assert_eq!(reasons.len(), 1);
    assert_eq!(reasons[0].objects.len(), REASON_OBJECTS_MAX);
}

/// Any command: what is asked of Cedar must fit the schema, or its strict check proves nothing.
fn any_command() -> impl Strategy<Value = Command> {
    let flags = proptest::collection::vec(any::<bool>(), 10);
    let names = proptest::collection::btree_set("[a-z. \"]{0,4}", 0..3);
    let action = proptest::sample::select(&Action::ALL[..24]);
    (flags, names, action, any::<Option<i64>>(), any::<u32>()).prop_map(
        |(flags, names, action, limit, statements)| {
            let mut command = command(vec![Access::new(action, table())]);
            command.accesses[0].traits.tags = names.iter().cloned().collect();
            command.accesses[0].filter = [Filter::None, Filter::Trivial, Filter::Present]
                [usize::from(flags[8]) + usize::from(flags[9])];
            let context = &mut command.context;
            context.statements = statements;
            context.read_only = flags[0];
            context.dynamic_sql = flags[1];
            context.explain_analyze = flags[2];
            context.runs_program = flags[3];
            context.reads_server_files = flags[4];
            context.writes_server_files = flags[5];
            context.large_objects = flags[6];
            context.locks_rows = flags[7];
            for set in [
                &mut context.kinds,
                &mut context.functions,
                &mut context.tables_read,
                &mut context.alterations,
            ] {
                set.clone_from(&names);
            }
            context.limit = limit;
            context.estimated_rows = limit;
            context.client_application = names.first().cloned();
            command
        },
    )
}

fn loaded(names: &[&str]) -> PolicySet {
    let source = |name: &&str| PolicySource {
        name: (*name).to_owned(),
        text: builtin(name).unwrap().to_owned(),
    };
    PolicySet::load(&names.iter().map(source).collect::<Vec<_>>()).unwrap()
}

static BASE: LazyLock<PolicySet> = LazyLock::new(|| loaded(&[]));
static FEW: LazyLock<PolicySet> = LazyLock::new(|| loaded(&["allow-all", "read-only"]));
static MORE: LazyLock<PolicySet> =
    LazyLock::new(|| loaded(&["allow-all", "read-only", "no-server-escape"]));

proptest! {
    #[test]
    fn requests_fit_the_schema(command in any_command(), purpose in any::<Option<bool>>()) {
        let policies = &*BASE;
        let mut principal = Principal::agent("bot").in_group("g");
        principal.purpose = purpose.map(|p| p.to_string());
        let access = &command.accesses[0];
        let empty = BTreeSet::new();
        let context = facts::context(&command.context, access.filter, principal.purpose.as_ref(), &empty, None).unwrap();
        let names = &policies.names;
        let select = names.action(Action::Select).clone();
        let request = Request::new(
            names.principal(&principal),
            select,
            names.object(&access.object),
            context,
            Some(&names.schema),
        );
        prop_assert!(request.is_ok());
        let uid = names.object(&access.object);
        let mut column = Column::named("x");
        column.tags.clone_from(&access.traits.tags);
        let column_uid = names.object(&access.object.column("x"));
        let entities = [
            names.principal_entity(&principal).unwrap(),
            names.object_entity(&uid, &access.object, &access.traits).unwrap(),
            names.column_entity(&column_uid, &access.object, &access.traits, &column).unwrap(),
        ];
        prop_assert!(Entities::from_entities(entities, Some(&names.schema)).is_ok());
    }

    /// More guard packs never allow more.
    #[test]
    fn guard_packs_only_take_away(command in any_command()) {
        let principal = Principal::agent("bot");
        let (few, more) = (FEW.judge(&principal, &command), MORE.judge(&principal, &command));
        prop_assert!(more.verdict.kind() >= few.verdict.kind());
    }
}
