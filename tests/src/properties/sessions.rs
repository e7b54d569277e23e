//! The stateful session in both directions, with rules and a scripted catalog.
//!
//! The input is a script of operations, each one message (or some raw bytes) of one side. The same
//! script is run in whole pieces and in small ones; what both sides got is compared, read by the
//! independent parser, and searched for the canary.

use std::cell::RefCell;
use std::rc::Rc;

use wiremask_datapath::catalog::Row;
use wiremask_datapath::policy::OnUndecodable;
use wiremask_protocols::postgres::session::SessionLimits;
use wiremask_protocols::session::Flow;

use super::Input;
use super::script::{self, CANARY};
use crate::message::parse;
use crate::world::{Setup, World, policy};

const DETECTOR: &str = r#"
[pack]
name = "fuzz"
version = "1.0.0"

[[detector]]
name = "bird"
entity = "BIRD"
class = "distinctive"
match = ['kestrel-[a-z]{2,10}-[0-9]{4}']
boundary = "none"
mask = { operator = "redact" }

[detector.examples]
mask = ["kestrel-canary-5519"]
pass = ["kestrel"]
"#;

const COLUMNS: &str = r#"
[pack]
name = "fuzz"
version = "1.0.0"

[[dataset]]
select = { table = "customer", column = ["name"] }
set = { entity = "NAME", mask = { operator = "redact" } }

[[dataset]]
select = { table = "customer", column = ["salary"] }
set = { entity = "SALARY", mask = { operator = "null" } }
"#;

thread_local! {
    static SETUPS: RefCell<Vec<Setup>> = const { RefCell::new(Vec::new()) };
}

/// No rules, a detector, column rules, both, and column rules with a catalog that cannot be read.
fn setup(number: usize) -> Setup {
    SETUPS.with_borrow_mut(|setups| {
        if setups.is_empty() {
            let both = format!(
                "{DETECTOR}{}",
                &COLUMNS[COLUMNS.find("[[dataset]]").unwrap_or(0)..]
            );
            let packs = [
                None,
                Some(DETECTOR),
                Some(COLUMNS),
                Some(&*both),
                Some(COLUMNS),
            ];
            for (number, pack) in packs.into_iter().enumerate() {
                setups.push(Setup {
                    policy: policy(pack, OnUndecodable::Null).unwrap_or_else(|e| panic!("{e}")),
                    limits: SessionLimits {
                        message_size_max: 2_000,
                        statement_size_max: 2_000,
                        pipeline_max: 16,
                        statements_max: 4,
                    },
                    database: "shop".into(),
                    parameters: vec![(b"client_encoding".to_vec(), b"UTF8".to_vec())],
                    answers: Rc::new(move |sql| (number != 4).then(|| answer(sql))),
                });
            }
        }
        setups[number % setups.len()].clone()
    })
}

/// customer(1 id, 2 name, 3 salary) is 20000, its partition 20001, a view on it 20002, an unrelated
/// table 20003.
fn answer(sql: &str) -> Vec<Row> {
    const RELATIONS: &[&[&str]] = &[
        &["20000", "public", "customer", "p"],
        &["20001", "public", "customer_2026", "r"],
        &["20002", "public", "customer_view", "v"],
        &["20003", "public", "orders", "r"],
    ];
    const ATTRIBUTES: &[&[&str]] = &[
        &["20000", "1", "id", "23", "-1", "f"],
        &["20000", "2", "name", "25", "-1", "f"],
        &["20000", "3", "salary", "1700", "-1", "f"],
        &["20001", "1", "id", "23", "-1", "f"],
        &["20001", "2", "name", "25", "-1", "f"],
        &["20002", "1", "name", "25", "-1", "f"],
        &["20003", "1", "id", "23", "-1", "f"],
        &["20003", "2", "note", "25", "-1", "f"],
    ];
    let named = |row: &&&[&str]| sql.contains(row[0]);
    let table: Vec<&[&str]> = if sql.contains("attgenerated") {
        ATTRIBUTES.iter().filter(named).copied().collect()
    } else if sql.contains("WHERE c.oid IN") {
        RELATIONS.iter().filter(named).copied().collect()
    } else if sql.contains("relkind IN") {
        RELATIONS.to_vec()
    } else if sql.contains("pg_inherits") {
        vec![&["20001", "20000"]]
    } else if sql.contains("pg_proc p") {
        vec![&["upper"], &["count"]]
    } else if sql.contains("refobjid <>") {
        vec![&["20002", "20000"]]
    } else {
        Vec::new()
    };
    let cell = |text: &&str| Some(text.as_bytes().to_vec());
    table
        .iter()
        .map(|row| row.iter().map(cell).collect())
        .collect()
}

/// A script: (flow, bytes) in order.
type Script = Vec<(Flow, Vec<u8>)>;

/// Messages per script; longer ones only make the fuzzer slow.
const MESSAGES_MAX: usize = 48;

fn script(mut input: Input<'_>, world: script::World) -> Script {
    let mut script = Vec::new();
    while !input.0.is_empty() && script.len() < MESSAGES_MAX {
        let flow = input.pick(&[Flow::ToUpstream, Flow::ToClient]);
        script.push(match flow {
            Flow::ToUpstream => (flow, script::from_client(&mut input, world)),
            Flow::ToClient => (flow, script::from_upstream(&mut input, world)),
        });
    }
    script
}

fn run(setup: &Setup, script: &Script, size: usize) -> World {
    let mut world = World::new(setup);
    for (flow, bytes) in script {
        for piece in bytes.chunks(size) {
            world.feed(*flow, piece);
        }
    }
    world
}

/// Runs the script whole and in pieces, and holds what does not depend on the rules.
fn checked(setup: &Setup, script: &Script) -> World {
    let whole = run(setup, script, usize::MAX);
    for size in [1, 5] {
        let pieces = run(setup, script, size);
        assert_eq!(
            whole.fault(),
            pieces.fault(),
            "pieces of {size} bytes change the end"
        );
        if whole.fault().is_none() {
            same(whole.to_client(), pieces.to_client(), "the client");
            same(whole.to_upstream(), pieces.to_upstream(), "the upstream");
        } else {
            // The step that faults drops its output: more pieces, more steps before it.
            assert!(
                pieces
                    .answers_to_client()
                    .starts_with(whole.answers_to_client()),
                "pieces change what the client got before the fault"
            );
            assert!(pieces.to_upstream().starts_with(whole.to_upstream()));
        }
    }
    let mut rest = whole.to_client();
    loop {
        match parse(rest) {
            Ok(Some((_, size))) => rest = &rest[size..],
            Ok(None) => break,
            Err(error) => panic!("the client gets what is no message: {error}"),
        }
    }
    whole
}

fn same(whole: &[u8], pieces: &[u8], who: &str) {
    assert!(
        whole == pieces,
        "pieces change what {who} gets:\n{}\n{}",
        whole.escape_ascii(),
        pieces.escape_ascii()
    );
}

/// Any script of both sides under any of the rules; without rules the bytes pass as they are.
///
/// # Panics
/// When the property does not hold.
pub fn session(data: &[u8]) {
    let mut input = Input(data);
    let rules = usize::from(input.byte() % 5);
    let script = script(input, script::World::Any);
    let raw_parses = script.iter().filter(|(flow, _)| *flow == Flow::ToClient);
    // A raw row of an upstream is relayed as it came where no rule reads it.
    let upstream: Vec<u8> = raw_parses.flat_map(|(_, bytes)| bytes.clone()).collect();
    let setup = setup(rules);
    if !parses(&upstream) {
        run(&setup, &script, usize::MAX);
        return;
    }
    let world = checked(&setup, &script);
    if rules == 0 {
        assert!(upstream.starts_with(world.answers_to_client()) || has_refusal(world.to_client()));
    }
}

/// Refusals that the session answers by itself: too many statements.
fn has_refusal(bytes: &[u8]) -> bool {
    bytes.windows(6).any(|window| window == b"C54000")
}

fn parses(mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let Ok(Some((_, size))) = parse(bytes) else {
            return false;
        };
        bytes = &bytes[size..];
    }
    true
}

/// Every statement reads protected columns and every value holds the canary: whatever the order of
/// messages, the client never sees it.
///
/// # Panics
/// When the property does not hold.
pub fn session_protected(data: &[u8]) {
    let mut input = Input(data);
    let rules = [2, 3, 4][usize::from(input.byte() % 3)];
    // A server that was asked nothing yet has nothing to say but about itself.
    let first = crate::frontend::query("select name, salary from customer");
    let mut script = script(input, script::World::Protected);
    script.insert(0, (Flow::ToUpstream, first));
    let world = checked(&setup(rules), &script);
    let leaked = world.to_client().windows(CANARY.len()).any(|w| w == CANARY);
    assert!(
        !leaked,
        "the client sees {}",
        world.to_client().escape_ascii()
    );
}
