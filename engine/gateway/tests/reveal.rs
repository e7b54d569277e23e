//! `wiremask rules reveal`: what the gateway's rules masked comes back with the key, and only written down.
#![allow(clippy::unwrap_used)]

use serde_json::Value as Json;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use wiremask_rules::{Backend, Keys, MaskContext, PackSource, Ruleset, Value};

const PACK: &str = r#"
[pack]
name = "shop"
version = "1"

[[dataset]]
select = { database = "shop", schema = "public", table = "payment", column = "card_no" }
set = { entity = "CREDIT_CARD", mask = { operator = "fpe" } }

[[dataset]]
select = { table = "payment", column = "account" }
set = { entity = "ACCOUNT", mask = { operator = "tokenize" } }

[[dataset]]
select = { table = "payment", column = "pinned" }
set = { entity = "ACCOUNT", mask = { operator = "tokenize", key = "2025" } }

[[dataset]]
select = { table = "payment", column = "owner" }
set = { entity = "PERSON", mask = { operator = "hash" } }

[[detector]]
name = "account-number"
entity = "ACCOUNT"
class = "distinctive"
match = ['AC-[0-9]{8}']
boundary = "word"
mask = { operator = "tokenize", prefix = "" }
[detector.examples]
mask = ["AC-12345678"]
pass = ["AC-1234567"]
"#;

const NEW: &str = "a new key, long enough for use";
const OLD: &str = "an old key, long enough for use";
const CARD: &str = "4111 1111 1111 1111";

/// A folder with a configuration as a gateway has it.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Site {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join("shop.toml"), PACK).unwrap();
        fs::write(path.join("new.key"), NEW).unwrap();
        fs::write(path.join("old.key"), format!("{OLD}\n")).unwrap();
        let site = Site { folder };
        site.configure(
            "events = { path = \"events.jsonl\" }",
            "key = { file = \"new.key\" }",
        );
        site
    }

    /// Upstreams and users are there, but their passwords are not: a reveal needs neither.
    fn configure(&self, events: &str, key: &str) {
        let text = format!(
            "{events}\n[[upstream]]\nname = \"db\"\naddress = \"db.invalid\"\nuser = \"u\"\n\
             password = {{ env = \"NOT_SET_ANYWHERE\" }}\n[[user]]\nname = \"agent\"\n\
             password = {{ file = \"missing\" }}\n\
             [rules]\npacks = [\"./shop.toml\"]\n{key}\nkey_id = \"2026\"\ntenant = \"acme\"\nbackend = \"portable\"\n\
             other_keys = [{{ id = \"2025\", key = {{ file = \"old.key\" }} }}]\n"
        );
        fs::write(self.folder.path().join("wiremask.toml"), text).unwrap();
    }

    fn events(&self) -> PathBuf {
        self.folder.path().join("events.jsonl")
    }

    fn reveal(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wiremask"))
            .args(["rules", "reveal", "-c"])
            .arg(self.folder.path().join("wiremask.toml"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A refusal may come before standard input is read.
        drop(child.stdin.take().unwrap().write_all(stdin.as_bytes()));
        child.wait_with_output().unwrap()
    }

    /// What it says where it refuses: nothing is printed and nothing is revealed.
    fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.reveal(arguments, "");
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn log(&self) -> Vec<Json> {
        let text = fs::read_to_string(self.events()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// The rules as the gateway has them, with one of the keys in force.
fn ruleset(current: &str) -> Ruleset {
    let mut keys = Keys::from_secret("2026", NEW.as_bytes());
    keys.add("2025", OLD.as_bytes()).unwrap();
    keys.set_tenant("acme");
    keys.use_key(current).unwrap();
    let pack = PackSource {
        name: "shop".to_owned(),
        text: PACK.to_owned(),
    };
    Ruleset::compile(&[pack], &keys, Backend::Portable).unwrap()
}

/// What the gateway makes of a text.
fn masked(current: &str, entity: &str, operator: &str, text: &str) -> String {
    let rules = ruleset(current);
    let found = (0..).zip(rules.rules()).find(|(id, info)| {
        let masker = rules.masker(wiremask_rules::RuleId(*id));
        info.entity == entity
            && masker.operator() == operator
            && !info.mask.contains("2025")
            && !info.mask.contains("prefix")
    });
    let (id, _) = found.unwrap();
    let mut out = Vec::new();
    let value = Value::Text(text.as_bytes());
    rules
        .masker(wiremask_rules::RuleId(id))
        .mask(value, &MaskContext::default(), &mut out);
    String::from_utf8(out).unwrap()
}

fn stdout(output: &Output) -> &str {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    std::str::from_utf8(&output.stdout).unwrap()
}

fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o077 == 0
}

const COLUMN: [&str; 4] = ["--column", "shop.public.payment.card_no", "--type", "text"];

fn with<'a>(column: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [column, more].concat()
}

#[test]
fn a_column_is_revealed_and_the_event_says_who_when_and_why() {
    let site = Site::new();
    let card = masked("2026", "CREDIT_CARD", "fpe", CARD);
    assert_ne!(card, CARD);
    let output = site.reveal(&with(&COLUMN, &["--reason", "chargeback 7", &card]), "");
    assert_eq!(stdout(&output), format!("{CARD}\n"));
    let log = site.log();
    assert!(log.len() == 1 && is_private(&site.events()));
    let event = &log[0];
    for (key, expect) in [
        ("event", "values_revealed"),
        ("rule", "shop.public.payment.card_no"),
        ("column", "shop.public.payment.card_no"),
        ("operator", "fpe"),
        ("key_id", "2026"),
        ("reason", "chargeback 7"),
    ] {
        assert_eq!(event[key], expect, "{key}: {event}");
    }
    assert_eq!(
        (event["asked"].as_u64(), event["revealed"].as_u64()),
        (Some(1), Some(1))
    );
    assert!(
        event["time"].as_str().unwrap().ends_with('Z')
            && event["uid"].is_u64()
            && event["by"].is_string()
    );
    let text = event.to_string();
    assert!(!text.contains("4111") && !text.contains(&card), "{text}");
}

#[test]
fn tokens_come_from_standard_input_as_json_and_a_strange_one_is_told() {
    let site = Site::new();
    let token = masked("2026", "ACCOUNT", "tokenize", "DE-77");
    let arguments = [
        "--column",
        "shop.public.payment.account",
        "--type",
        "text",
        "--reason",
        "audit",
        "--format",
        "json",
    ];
    let output = site.reveal(&arguments, &format!("{token}\n{token}x\n"));
    assert!(!output.status.success());
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["values"][0]["revealed"], "DE-77");
    assert!(report["values"][1]["error"].is_string());
    assert_eq!(
        (report["asked"].as_u64(), report["revealed"].as_u64()),
        (Some(2), Some(1))
    );
    assert_eq!(site.log()[0]["revealed"].as_u64(), Some(1));
}

#[test]
fn an_older_key_is_named() {
    let site = Site::new();
    let old = masked("2025", "CREDIT_CARD", "fpe", CARD);
    let now = masked("2026", "CREDIT_CARD", "fpe", CARD);
    assert_ne!(old, now);
    let told = |more: &[&str]| {
        let output = site.reveal(&with(&COLUMN, &with(&["--reason", "r"], more)), "");
        stdout(&output).trim_end().to_owned()
    };
    assert_eq!(told(&["--key", "2025", &old]), CARD);
    assert_ne!(told(&[&old]), CARD);
    assert_eq!(site.log()[0]["key_id"], "2025");
    let unknown = site.refusal(&with(&COLUMN, &["--reason", "r", "--key", "2019", &old]));
    assert!(
        unknown.contains("no key has the id `2019`") && unknown.contains("2026, 2025"),
        "{unknown}"
    );
    let pinned = [
        "--column",
        "shop.public.payment.pinned",
        "--type",
        "text",
        "--reason",
        "r",
    ];
    let wrong = site.refusal(&with(&pinned, &["--key", "2026", "tok_x"]));
    assert!(wrong.contains("names the key `2025`"), "{wrong}");
}

#[test]
fn what_a_detector_masked_is_revealed_by_its_name() {
    let site = Site::new();
    let rules = ruleset("2026");
    let mut token = Vec::new();
    rules
        .masker(wiremask_rules::RuleId(0))
        .mask_span(b"AC-12345678", &mut token);
    let token = String::from_utf8(token).unwrap();
    for place in [&[][..], &["--column", "shop.public.payment.note"]] {
        let arguments = [
            "--rule",
            "account-number",
            "--type",
            "text",
            "--reason",
            "r",
            &token,
        ];
        assert_eq!(
            stdout(&site.reveal(&with(&arguments, place), "")),
            "AC-12345678\n"
        );
    }
    let arguments = [
        "--rule",
        "account-numbers",
        "--type",
        "text",
        "--reason",
        "r",
        &token,
    ];
    assert!(
        site.refusal(&arguments)
            .contains("no rule has the name `account-numbers`")
    );
}

#[test]
fn what_cannot_be_undone_and_what_is_not_said_is_refused() {
    let site = Site::new();
    let card = masked("2026", "CREDIT_CARD", "fpe", CARD);
    let hash = [
        "--column",
        "shop.public.payment.owner",
        "--type",
        "text",
        "--reason",
        "r",
        "x",
    ];
    let told = site.refusal(&hash);
    assert!(told.contains("`hash`, which cannot be reversed"), "{told}");
    let told = site.refusal(&with(&COLUMN, &[&card]));
    assert!(told.contains("--reason"), "{told}");
    let told = site.refusal(&with(&COLUMN, &["--reason", " ", &card]));
    assert!(told.contains("is empty"), "{told}");
    let told = site.refusal(&["--type", "text", "--reason", "r", &card]);
    assert!(
        told.contains("--column") && told.contains("--rule"),
        "{told}"
    );
    let told = site.refusal(&[
        "--column",
        "shop.public.payment.note",
        "--type",
        "text",
        "--reason",
        "r",
        "x",
    ]);
    assert!(told.contains("no rule masks"), "{told}");
    for value in [CARD, card.as_str()] {
        let reason = format!("card {value}");
        let told = site.refusal(&with(&COLUMN, &["--reason", &reason, &card]));
        assert!(
            told.contains("the reason holds a value") && !told.contains(value),
            "{told}"
        );
    }
    assert!(!site.events().exists());
}

#[test]
fn what_cannot_be_written_down_is_not_revealed() {
    let site = Site::new();
    let card = masked("2026", "CREDIT_CARD", "fpe", CARD);
    let arguments = with(&COLUMN, &["--reason", "r", &card]);
    let key = "key = { file = \"new.key\" }";
    for path in ["missing/events.jsonl", "/dev/full", "/dev/null"] {
        site.configure(&format!("events = {{ path = \"{path}\" }}"), key);
        let told = site.refusal(&arguments);
        assert!(told.contains("nothing is revealed"), "{told}");
    }
    site.configure("", key);
    let told = site.refusal(&arguments);
    assert!(told.contains("events.path"), "{told}");
    site.configure("events = { path = \"events.jsonl\" }", "");
    let told = site.refusal(&arguments);
    assert!(told.contains("there is no key"), "{told}");
}
