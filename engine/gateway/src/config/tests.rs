//! Mistakes in configurations and what is said about them, as data.
#![allow(clippy::unwrap_used)]

use super::check::{Resolving, Settings};
use super::diagnostic::Diagnostics;
use super::load_text;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use tempfile::TempDir;
use wiremask_datapath::policy::{Authentication, TlsMode};

/// A folder with the files that the configurations below name.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    for (name, content) in [
        ("password", "hunter2\n".to_owned()),
        ("key", "0123456789abcdef".to_owned()),
        ("short-key", "0123456789abcde".to_owned()),
        ("cert.pem", made.cert.pem()),
        ("cert.key", made.signing_key.serialize_pem()),
        ("other.key", other.signing_key.serialize_pem()),
        ("empty", String::new()),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn load(text: &str) -> Result<(Settings, Diagnostics), Diagnostics> {
    let folder = folder();
    load_in(folder.path(), text)
}

fn load_in(folder: &Path, text: &str) -> Result<(Settings, Diagnostics), Diagnostics> {
    load_text(&folder.join("w.toml"), text, 1, Resolving::Needed)
        .map(|loaded| (loaded.settings, loaded.warnings))
}

/// A right configuration without its first section.
const REST: &str = r#"
[[upstream]]
name = "main"
address = "127.0.0.1"
tls = "disable"
user = "postgres"
[[user]]
name = "ann"
authentication = "trust"
[rules]
packs = []
"#;

/// What is said about a text: `line:column message | help`, one finding a line.
fn said(found: &Diagnostics) -> String {
    let lines: Vec<String> = found
        .iter()
        .map(|d| {
            let help = d.help.as_deref().unwrap_or("-");
            let folder = Path::new(&d.file).parent().unwrap().display();
            let message = d.message.replace(&format!("{folder}/"), "");
            format!("{}:{} {message} | {help}", d.line, d.column)
        })
        .collect();
    lines.join("\n")
}

/// The text must be refused with exactly these findings, and no secret may show up.
fn refuse(text: &str, expect: &str) {
    let found = load(text).map(|_| ()).expect_err(text);
    assert_eq!(said(&found), expect.trim(), "for\n{text}");
    let all = format!(
        "{found} {:?} {} {}",
        found,
        found.render(true),
        serde_json::to_string(&found).unwrap()
    );
    // Debug output holds the quoted source, which is starred out.
    assert!(!all.contains("hunter2"), "{all}");
}

#[test]
fn a_small_configuration_is_enough() {
    let (settings, warnings) = load(REST).unwrap();
    assert_eq!(said(&warnings), "");
    assert_eq!(settings.listen, SocketAddr::from(([127, 0, 0, 1], 6432)));
    assert!(settings.tls.is_none() && settings.admin.is_none() && settings.shards.is_none());
    let policy = settings.policy;
    assert_eq!(
        policy.upstreams[0].addresses,
        [SocketAddr::from(([127, 0, 0, 1], 5432))]
    );
    assert_eq!(policy.upstreams[0].tls, TlsMode::Disable);
    assert_eq!(policy.upstreams[0].databases, ["*"]);
    assert!(matches!(
        policy.users[0].authentication,
        Authentication::Trust
    ));
    assert!(policy.ruleset.is_empty());
}

#[test]
fn unknown_keys_are_all_told_at_once_with_the_nearest_known_one() {
    refuse(
        r#"
[listen]
adress = "hunter2"
[[upstream]]
name = "main"
pasword = "hunter2"
[usr]
[rules]
key = { path = "hunter2" }
[limits]
zzzzzzzzzzzz = 1
"#,
        "\
3:1 unknown key `adress` | did you mean `address`?
6:1 unknown key `pasword` | did you mean `password`?
7:2 unknown key `usr` | did you mean `user`?
9:9 unknown key `path` | known here: env, file
11:1 unknown key `zzzzzzzzzzzz` | known here: message_size_max, \
statement_size_max, buffer_size, buffers_kept, sessions_max, statements_max, \
pipeline_max, handshake_timeout_ms, connect_timeout_ms, idle_timeout_ms, drain_timeout_ms, \
catalog_timeout_ms, catalog_idle_ms, events_max",
    );
}

#[test]
fn a_secret_in_the_file_is_an_error_that_does_not_repeat_it() {
    for line in [
        "password = \"hunter2\"",
        "password = ['hunter2']",
        "password = { env = ['hunter2'] }",
        "password = '''\nhunter2'''",
    ] {
        let text = format!("[[user]]\nname = \"ann\"\n{line} # hunter2");
        let found = load(&text).map(|_| ()).unwrap_err();
        let shown = format!("{found} {found:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert_eq!(found.errors(), 1, "{shown}");
    }
    refuse(
        "[[user]]\nname = \"ann\"\npassword = \"hunter2\"",
        "3:12 a secret is named here, not written | write `{ env = \"...\" }` or \
         `{ file = \"...\" }` or `{ scram = \"...\" }`",
    );
}

#[test]
fn broken_toml_is_told_without_its_values() {
    refuse(
        "[[user]]\npassword = hunter2\n",
        "2:12 not TOML | string values must be quoted, expected literal string",
    );
    let found = load("[listen\naddress = 'a'\n").map(|_| ()).unwrap_err();
    assert!(said(&found).starts_with("1:8 not TOML"), "{found}");
    let found = load("a = 1\na = 'hunter2'\n").map(|_| ()).unwrap_err();
    assert!(!found.to_string().contains("hunter2"), "{found}");
}

#[test]
fn wrong_types_and_words_say_what_would_be_right() {
    refuse(
        "[listen]\naddress = 6432",
        "2:11 this is text | put it in quotes",
    );
    refuse(
        "[shards]\ncount = \"2\"",
        "2:9 this is a whole number, at least 0 and not larger than its kind allows | -",
    );
    refuse(
        "[shards]\ncount = -1",
        "2:9 this is a whole number, at least 0 and not larger than its kind allows | -",
    );
    refuse(
        "[[upstream]]\nname = \"a\"\naddress = \"b\"\nuser = \"c\"\ntls = \"verify\"",
        "5:7 not one of the words that are known here | write \"disable\", \"require\", \"verify-ca\", \"verify-full\"",
    );
    refuse(
        "[user]\nname = \"a\"",
        "1:1 `user` is a list | write `[[user]]`: there may be several",
    );
    refuse(
        "[[upstream]]\nname = \"a\"",
        "1:1 `address` is missing | `address`: `host:port`; without a port 5432. Resolved when the configuration is read.",
    );
}

#[test]
fn every_mistake_of_meaning_has_its_place() {
    refuse(
        r#"
[listen]
address = "0.0.0.0"
tls = { certificate = "cert.pem", key = "other.key" }
[admin]
address = "localhost"
[shards]
count = 0
[[upstream]]
name = "main"
address = "127.0.0.1:0"
user = ""
ca = "empty"
databases = []
[[upstream]]
name = "main"
address = "no-such-host.invalid"
user = "postgres"
password = { file = "missing" }
[[user]]
name = "ann"
[[user]]
name = "ann"
upstream = "mian"
authentication = "trust"
password = { env = "WIREMASK_NO_SUCH_VARIABLE" }
[[user]]
name = "bob"
upstream = "main"
password = { scram = "hunter2" }
[rules]
packs = ["starer"]
key = { file = "short-key" }
[limits]
statement_size_max = 999999999
"#,
        "\
3:11 not an address with a port | write `127.0.0.1:6432`, `0.0.0.0:6432` or `[::]:6432`
4:41 the private key does not belong to the certificate | -
6:11 not an address with a port | write `127.0.0.1:6432`, `0.0.0.0:6432` or `[::]:6432`
8:9 there must be at least one shard | leave the key out for one per core
11:11 the port is not a number from 1 to 65535 | write `host:port`
12:8 a name has at least one character and no NUL | -
13:6 the file holds no PEM certificate | -
14:13 no database can be reached | write `[\"*\"]` for all of them
16:8 there is another upstream of this name | -
17:11 the host cannot be resolved | -
19:12 cannot read missing: entity not found | -
20:1 there are several upstreams: this user must name one | `upstream` is one of main, main
20:1 this user has no password | add `password = { env = \"NAME\" }`, or a verifier from `wiremask verifier`
23:8 there is another user of this name | -
24:12 there is no upstream of this name | did you mean `main`?
26:12 with `authentication = \"trust\"` no password is asked for | leave one of them out
30:12 not of the form SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key> | `wiremask verifier` makes one from a password
32:10 there is no built-in pack of this name | built in are starter, pii-core, pii-us, pii-eu, pii-in, pii-br, pii-world, pci, phi, secrets, network, free-text; a file is named by its path, such as `packs/shop.toml`
33:7 the key has 15 bytes, fewer than 16 | `openssl rand -base64 32` makes a good one
34:1 message_size_max is 16777216, but must be at least 999999999 (statement_size_max) | the default is 16777216",
    );
}

#[test]
fn trust_is_for_loopback_only() {
    let at = |address: &str| format!("[listen]\naddress = \"{address}\"{REST}");
    for address in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1"] {
        assert!(load(&at(address)).is_ok(), "{address}");
    }
    for address in ["0.0.0.0:1", "10.0.0.1:1", "[::]:1", "[::ffff:127.0.0.1]:1"] {
        let found = load(&at(address)).map(|_| ()).unwrap_err();
        assert!(
            said(&found).contains("`trust` lets everybody in"),
            "{address}"
        );
    }
}

#[test]
fn plain_text_between_machines_is_a_warning() {
    let text = REST
        .replace(
            "authentication = \"trust\"",
            "password = { file = \"password\" }",
        )
        .replace("127.0.0.1", "192.0.2.1");
    let (_, warnings) = load(&format!("[listen]\naddress = \"0.0.0.0:1\"{text}")).unwrap();
    assert_eq!(
        said(&warnings),
        "\
2:11 other machines can connect, but without TLS everybody in between reads along | add `tls = { certificate = \"...\", key = \"...\" }`
6:7 the connection to another machine is plain text | choose `tls = \"verify-full\"`"
    );
}

#[test]
fn a_limit_that_contradicts_another_is_named() {
    refuse(
        &format!("[limits]\nsessions_max = 0{REST}"),
        "2:16 sessions_max is 0, but must be at least 1 (none would work) | the default is 10000",
    );
}

#[test]
fn a_pack_that_is_wrong_is_told_with_its_own_file_and_line() {
    let folder = folder();
    fs::write(
        folder.path().join("bad.toml"),
        "[pack]\nname = \"bad\"\nversion = \"1\"\nnonsense = 1\n",
    )
    .unwrap();
    let text = REST.replace("packs = []", "packs = [\"bad.toml\"]");
    let found = load_in(folder.path(), &text).map(|_| ()).unwrap_err();
    let first = found.iter().next().unwrap();
    assert!(first.file.ends_with("bad.toml"), "{}", first.file);
    assert_eq!(first.line, 4, "{found}");
    assert!(found.to_string().contains("nonsense"), "{found}");
}

#[test]
fn a_scanner_that_is_asked_for_scans_or_is_an_error_with_a_remedy() {
    use wiremask_rules::Backend;
    for (word, backend, name) in [
        ("auto", Backend::Auto, "windows ("),
        ("windows", Backend::Windows, "windows ("),
        (
            "windows-avx512",
            Backend::Avx512Windows,
            "windows (avx512-vbmi)",
        ),
        ("windows-avx2", Backend::Avx2Windows, "windows (avx2)"),
        ("windows-scalar", Backend::ScalarWindows, "windows (scalar)"),
        ("hyperscan", Backend::Hyperscan, "hyperscan"),
        ("portable", Backend::Portable, "portable"),
    ] {
        let text = REST.replace("[rules]\n", &format!("[rules]\nbackend = \"{word}\"\n"));
        let text = text.replace(
            "packs = []",
            "packs = [\"starter\"]\nkey = { file = \"key\" }",
        );
        match backend.available() {
            Ok(()) => {
                let (settings, _) = load(&text).unwrap_or_else(|found| panic!("{found}"));
                let scanner = settings.policy.ruleset.scanner();
                assert!(scanner.starts_with(name), "{word}: {scanner}");
            }
            Err(missing) => {
                let found = load(&text).map(|_| ()).expect_err(word);
                let expected =
                    format!("{missing} | `auto` takes the fastest that this machine has");
                assert!(said(&found).contains(&expected), "{word}: {found}");
            }
        }
    }
}

#[test]
fn a_keyed_operator_without_a_key_is_a_warning() {
    let folder = folder();
    let pack = "[pack]\nname = \"shop\"\nversion = \"1\"\n[[dataset]]\n\
                select = { column = \"email\" }\nset = { entity = \"EMAIL\", mask = { operator = \"hash\" } }\n";
    fs::write(folder.path().join("shop.toml"), pack).unwrap();
    let text = REST.replace("packs = []", "packs = [\"shop.toml\"]");
    let (_, warnings) = load_in(folder.path(), &text).unwrap();
    assert!(
        said(&warnings).contains("uses `hash` with a key that is made up at each start"),
        "{warnings}"
    );
    let text = text.replace("[rules]\n", "[rules]\nkey = { file = \"key\" }\n");
    let (_, warnings) = load_in(folder.path(), &text).unwrap();
    assert_eq!(said(&warnings), "");
}

#[test]
fn masks_take_older_keys_by_their_ids() {
    let folder = folder();
    let pack = "[pack]\nname = \"shop\"\nversion = \"1\"\n[[dataset]]\n\
                select = { column = \"email\" }\n\
                set = { entity = \"EMAIL\", mask = { operator = \"hash\", key = \"2025\" } }\n";
    fs::write(folder.path().join("shop.toml"), pack).unwrap();
    fs::write(folder.path().join("old"), "another key of enough bytes\n").unwrap();
    let rules = "[rules]\nkey = { file = \"key\" }\nkey_id = \"2026\"\n";
    let with = |rest: &str| {
        REST.replace("packs = []", "packs = [\"shop.toml\"]")
            .replace("[rules]\n", &format!("{rules}{rest}"))
    };
    let other = "other_keys = [{ id = \"2025\", key = { file = \"old\" } }]\ntenant = \"acme\"\n";
    let (settings, warnings) = load_in(folder.path(), &with(other)).unwrap();
    assert_eq!(said(&warnings), "");
    let masker = settings.policy.ruleset.masker(wiremask_rules::RuleId(0));
    assert_eq!(masker.key_id(), Some("2025"));

    for (rest, message) in [
        ("", "no key has the id `2025`"),
        (
            &*other.replace("\"2025\"", "\"2026\""),
            "two keys have the id `2026`",
        ),
        (&*other.replace("\"old\"", "\"none\""), "cannot read"),
    ] {
        let found = load_in(folder.path(), &with(rest)).err().unwrap();
        assert!(said(&found).contains(message), "{found}");
    }
}

#[test]
fn the_example_is_accepted_once_its_secrets_are_there() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("secrets")).unwrap();
    for name in ["upstream-password", "agent-password", "pseudonym-key"] {
        fs::write(
            folder.path().join("secrets").join(name),
            "0123456789abcdef\n",
        )
        .unwrap();
    }
    let loaded = load_in(folder.path(), super::reference::EXAMPLE);
    let (settings, warnings) = loaded.unwrap_or_else(|found| panic!("{found}"));
    assert_eq!(said(&warnings), "");
    assert!(!settings.policy.ruleset.is_empty());
    assert!(matches!(
        settings.policy.users[0].authentication,
        Authentication::Scram(_)
    ));
}

#[test]
fn the_line_is_quoted_with_a_caret() {
    let found = load("[listen]\nadress = \"hunter2\" # hunter2\n")
        .map(|_| ())
        .unwrap_err();
    let text = found.render(false);
    assert!(text.contains("error: unknown key `adress`"), "{text}");
    assert!(text.contains("w.toml:2:1"), "{text}");
    assert!(text.contains("adress = \"*******\""), "{text}");
    assert!(text.contains("^^^^^^"), "{text}");
    assert!(text.contains("did you mean `address`?"), "{text}");
}

/// Every place where somebody may put a secret by mistake, and some where it belongs.
const FULL_OF_SECRETS: &str = r#"
# hunter2
[listen]
address = "127.0.0.1:6432" # hunter2
[[upstream]]
name = "main"
address = "127.0.0.1"
user = "postgres"
password = "hunter2"
[[user]]
name = "ann"
password = { scram = 'hunter2' }
[[user]]
name = "bob"
password = """
hunter2
hunter2"""
[rules]
key = ["hunter2", { file = "key" }]
"#;

proptest::proptest! {
    /// Whatever one slip of the hand makes of the file, reading it ends, and no secret is shown.
    #[test]
    fn a_slip_of_the_hand_shows_no_secret(
        at in 0..FULL_OF_SECRETS.len(),
        removed in 0_usize..12,
        inserted in "[\"'=#\\[\\]{}\n ,.a1]{0,3}",
    ) {
        let end = (at + removed).min(FULL_OF_SECRETS.len());
        let text = [&FULL_OF_SECRETS[..at], &inserted, &FULL_OF_SECRETS[end..]].concat();
        let Err(found) = load_in(Path::new("/nonexistent"), &text).map(|_| ()) else {
            return Ok(());
        };
        let all = format!("{found}{found:?}{}", said(&found));
        proptest::prop_assert!(!all.contains("hunter2"), "{all}");
    }
}
