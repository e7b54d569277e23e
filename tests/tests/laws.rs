//! The three laws over recorded sessions, and an independent reading of everything that leaves.
//!
//! The recordings under `tests/corpus/sessions` were made by `wiremask-record` from a real server.
//! Each is replayed against the whole data path in memory: chunking invariance, transparency, no
//! leak; see `shared/style.md`.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;

use wiremask_datapath::catalog::Row;
use wiremask_datapath::policy::OnUndecodable;
use wiremask_protocols::postgres::session::SessionLimits;
use wiremask_protocols::session::Flow;
use wiremask_tests::session_file::{Sent, SessionFile, for_each_oid, replay, unescape};
use wiremask_tests::world::{Setup, World, policy};
use wiremask_tests::{leaks, parse, repository};

/// Splits of each piece of a session that are tried one by one: of pieces up to this size, all.
const SPLITS: usize = 150;

/// Every byte of every session is the first byte of a piece of this size once.
const WINDOW: usize = 61;

/// Of sessions with more bytes only every twelfth window is tried.
const LARGE: usize = 50_000;

/// Values of protected columns and findings of the detector, as planted by `setup.sql`.
const CANARIES: [&str; 12] = [
    "kestrel-c_text-5519",
    "kestrel-c_varchar-5519",
    "osprey-c_name-7723",
    "kestrel-c_domain-5519",
    "kestrel-bytea-5519",
    "kestrel-deep-5519",
    "kestrel-composite-5519",
    "kestrel-texts-5519",
    "5519aaaabbbb4ccc8ddd",
    "kestrel.note@example.org",
    "kestrel.large@example.org",
    "osprey.large@example.net",
];

fn folder() -> PathBuf {
    repository().join("tests/corpus/sessions")
}

fn sessions() -> Vec<(String, SessionFile)> {
    let mut all: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "session"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, SessionFile::read(&path).unwrap())
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(all.len() >= 15, "the corpus is gone");
    all
}

fn catalog() -> HashMap<String, Vec<Row>> {
    let mut all = HashMap::new();
    let mut current = String::new();
    for line in fs::read_to_string(folder().join("catalog.txt"))
        .unwrap()
        .lines()
    {
        if let Some(sql) = line.strip_prefix("? ") {
            current = String::from_utf8(unescape(sql).unwrap()).unwrap();
            all.insert(current.clone(), Vec::new());
            continue;
        }
        let cells = line.split('\t');
        let row = cells.map(|cell| cell.strip_prefix('=').map(|text| unescape(text).unwrap()));
        all.get_mut(&current).unwrap().push(row.collect());
    }
    all
}

/// How a session is replayed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rules {
    None,
    NoMatch,
    Protect,
}

fn setup(rules: Rules) -> Setup {
    let pack = |name: &str| fs::read_to_string(folder().join(name)).unwrap();
    let pack = match rules {
        Rules::None => None,
        Rules::NoMatch => Some(pack("nomatch.toml")),
        Rules::Protect => Some(pack("pack.toml")),
    };
    let known = catalog();
    Setup {
        policy: policy(pack.as_deref(), OnUndecodable::Null).unwrap(),
        limits: SessionLimits {
            message_size_max: 40_000,
            ..SessionLimits::default()
        },
        database: "birds".into(),
        parameters: Vec::new(),
        answers: Rc::new(move |sql| {
            let mut rows = Vec::new();
            for sql in for_each_oid(sql) {
                let known = known.get(&sql);
                let known =
                    known.unwrap_or_else(|| panic!("not recorded; run wiremask-record: {sql}"));
                rows.extend_from_slice(known);
            }
            Some(rows)
        }),
    }
}

fn run(setup: &Setup, session: &SessionFile, rules: Rules) -> World {
    let mut setup = setup.clone();
    setup.parameters.clone_from(&session.parameters);
    let mut world = World::new(&setup);
    replay(session, &mut world, rules != Rules::None);
    world
}

/// The same session in other pieces; pieces of both sides keep their order.
fn recut(session: &SessionFile, mut sizes: impl FnMut() -> usize) -> SessionFile {
    let mut pieces = Vec::new();
    for (sent, bytes) in &session.pieces {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(sizes().min(rest.len()));
            pieces.push((*sent, piece.to_vec()));
            rest = after;
        }
    }
    SessionFile {
        parameters: session.parameters.clone(),
        pieces,
    }
}

/// The session in pieces of [`WINDOW`] bytes, the first of each of `phase`: over all phases every byte
/// of the session is the first of a piece.
fn recut_from(session: &SessionFile, phase: usize) -> SessionFile {
    let mut cut = split(session, phase);
    cut = recut(&cut, || WINDOW);
    cut
}

/// The session with every piece cut once, at byte `at` of it. A piece is only fed when the one before
/// has left its output, so this is one split of each piece and not of the whole.
fn split(session: &SessionFile, at: usize) -> SessionFile {
    let mut cut = session.clone();
    cut.pieces = Vec::new();
    for (sent, bytes) in &session.pieces {
        let (head, tail) = bytes.split_at(at.min(bytes.len()));
        let parts = [head, tail].map(|part| (*sent, part.to_vec()));
        cut.pieces
            .extend(parts.into_iter().filter(|(_, part)| !part.is_empty()));
    }
    cut
}

#[track_caller]
fn assert_same(expected: &[u8], found: &[u8], what: &str) {
    if expected != found {
        let at = expected
            .iter()
            .zip(found)
            .take_while(|(a, b)| a == b)
            .count();
        let near = |bytes: &[u8]| {
            let end = bytes.len().min(at + 80);
            bytes[at.saturating_sub(40).min(end)..end]
                .escape_ascii()
                .to_string()
        };
        panic!(
            "{what}: differs at byte {at} of {} and {}\nexpected {}\nfound    {}",
            expected.len(),
            found.len(),
            near(expected),
            near(found)
        );
    }
}

#[test]
fn every_split_gives_the_same_bytes() {
    const PRIMES: [usize; 12] = [2, 3, 5, 7, 13, 31, 61, 127, 251, 509, 1021, 2039];
    for rules in [Rules::None, Rules::NoMatch, Rules::Protect] {
        let setup = setup(rules);
        for (name, session) in sessions() {
            let whole = run(&setup, &session, rules);
            let check = |cut: &SessionFile, how: &str| {
                let world = run(&setup, cut, rules);
                assert_same(
                    whole.to_client(),
                    world.to_client(),
                    &format!("{name} {how} {rules:?}"),
                );
                assert_same(
                    whole.to_upstream(),
                    world.to_upstream(),
                    &format!("{name} {how} {rules:?}"),
                );
            };
            check(&recut(&session, || 1), "in single bytes");
            let mut number = 0;
            let primes = || {
                number += 1;
                PRIMES[number % PRIMES.len()]
            };
            check(&recut(&session, primes), "in pieces of primes");
            if rules == Rules::NoMatch {
                continue; // what it looks at, Protect looks at as well
            }
            let size = session.stream(&[Sent::ByServer]).len();
            for phase in (1..WINDOW).step_by(if size > LARGE { 12 } else { 1 }) {
                check(
                    &recut_from(&session, phase),
                    &format!("in windows from {phase}"),
                );
            }
            let longest = session.pieces.iter().map(|(_, bytes)| bytes.len()).max();
            let longest = longest.unwrap_or(0);
            for at in (1..longest).step_by(longest.div_ceil(SPLITS)) {
                check(&split(&session, at), &format!("split at {at}"));
            }
        }
    }
}

#[test]
fn without_a_match_no_byte_changes() {
    for rules in [Rules::None, Rules::NoMatch] {
        let setup = setup(rules);
        for (name, session) in sessions() {
            let world = run(&setup, &session, rules);
            assert_eq!(world.fault(), None, "{name}");
            let expected = session.stream(&[Sent::ByServer]);
            assert_same(&expected, world.to_client(), &format!("{name} {rules:?}"));
            let sent = session.stream(&[Sent::ByClient]);
            match rules {
                Rules::None => assert_same(&sent, world.to_upstream(), &name),
                _ => assert_same(&sent, &without_questions(&sent, world.to_upstream()), &name),
            }
        }
    }
}

/// What was sent upstream, without the Describes that the client did not send.
fn without_questions(by_client: &[u8], upstream: &[u8]) -> Vec<u8> {
    let message = |bytes: &[u8]| {
        let size = u32::from_be_bytes(bytes[1..5].try_into().unwrap()) as usize + 1;
        bytes[..size].to_vec()
    };
    let (mut kept, mut rest) = (Vec::new(), upstream);
    while !rest.is_empty() {
        let next = message(rest);
        rest = &rest[next.len()..];
        if by_client[kept.len()..].starts_with(&next) {
            kept.extend(next);
            continue;
        }
        assert!(
            next.starts_with(b"D") && next[5] == b'P',
            "not a Describe of a portal"
        );
        let execute = message(rest);
        let portal = &next[6..];
        assert!(
            execute[0] == b'E' && execute[5..].starts_with(portal),
            "not before its Execute"
        );
    }
    kept
}

#[test]
fn no_protected_value_reaches_the_client_in_any_decoding() {
    let setup = setup(Rules::Protect);
    let mut planted = 0;
    for (name, session) in sessions() {
        let world = run(&setup, &session, Rules::Protect);
        assert_eq!(world.fault(), None, "{name}");
        let from_server = session.stream(&[Sent::ByServer]);
        let from_client = session.stream(&[Sent::ByClient]);
        for canary in CANARIES {
            let holds = |bytes: &[u8]| bytes.windows(canary.len()).any(|w| w == canary.as_bytes());
            assert!(!holds(&from_client), "{name}: the client sends {canary}");
            planted += usize::from(holds(&from_server));
            let found = leaks(world.to_client(), canary);
            assert!(found.is_empty(), "{name}: {canary} by {found:?}");
        }
    }
    assert!(
        planted >= 30,
        "only {planted} canaries are in the recordings"
    );
}

#[test]
fn an_independent_parser_reads_everything_that_leaves() {
    for rules in [Rules::None, Rules::NoMatch, Rules::Protect] {
        let setup = setup(rules);
        for (name, session) in sessions() {
            let world = run(&setup, &session, rules);
            for flow in [Flow::ToClient, Flow::ToUpstream] {
                assert_eq!(world.unconsumed(flow), 0, "{name} {rules:?} {flow:?}");
            }
            let mut rest = world.to_client();
            while !rest.is_empty() {
                let (message, size) = parse(rest).unwrap().unwrap();
                assert!(
                    message.tag != b'D' || !message.fields().unwrap().is_empty(),
                    "{name}"
                );
                rest = &rest[size..];
            }
        }
    }
}
