//! The commands that end at once, run as a user runs them.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the binary in `folder` with this on standard input.
fn wiremask(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wiremask"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("WIREMASK_CONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The example with its secrets in place.
fn example() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let printed = wiremask(folder.path(), &["config", "example"], "");
    assert!(printed.status.success());
    fs::write(folder.path().join("wiremask.toml"), &printed.stdout).unwrap();
    fs::create_dir(folder.path().join("secrets")).unwrap();
    for name in ["upstream-password", "agent-password", "pseudonym-key"] {
        let path = folder.path().join("secrets").join(name);
        fs::write(path, "planted-canary-7f3a\n").unwrap();
    }
    folder
}

#[test]
fn the_printed_example_passes_check_without_its_secrets_in_the_output() {
    let folder = example();
    let checked = wiremask(folder.path(), &["check"], "");
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    let out = text(&checked.stdout);
    assert!(out.starts_with("the configuration can be used\n"), "{out}");
    assert!(out.contains("agent by scram-sha-256 to main"), "{out}");
    let json = wiremask(folder.path(), &["check", "--format", "json"], "");
    for bytes in [&checked.stdout, &checked.stderr, &json.stdout, &json.stderr] {
        assert!(!text(bytes).contains("planted-canary"), "{}", text(bytes));
    }
}

#[test]
fn check_lists_how_detectors_are_scanned_for_and_warns_of_slow_ones() {
    let folder = tempfile::tempdir().unwrap();
    let mut pack = "[pack]\nname = 'own'\nversion = '1'\n".to_owned();
    for (name, pattern, example) in [
        ("everywhere", "[a-z ]{3,60}", "abc"),
        ("number", "[0-9]{3}-[0-9]{2}-[0-9]{4}", "123-45-6789"),
    ] {
        pack += &format!(
            "[[detector]]\nname = '{name}'\nentity = 'X'\nclass = 'distinctive'\n\
             match = ['{pattern}']\nboundary = 'none'\nmask = {{ operator = 'redact' }}\n\
             examples = {{ mask = ['{example}'] }}\n"
        );
    }
    fs::write(folder.path().join("own.toml"), pack).unwrap();
    let config = "[[upstream]]\nname = 'main'\naddress = '127.0.0.1'\ntls = 'disable'\n\
                  user = 'postgres'\n[[user]]\nname = 'a'\nauthentication = 'trust'\n\
                  [rules]\npacks = ['own.toml']\n";
    fs::write(folder.path().join("wiremask.toml"), config).unwrap();

    let checked = wiremask(folder.path(), &["check"], "");
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    let (out, error) = (text(&checked.stdout), text(&checked.stderr));
    assert!(error.contains("`everywhere` is slow"), "{error}");
    assert!(error.contains("rarer"), "{error}");
    assert!(!out.contains("candidates/MiB"), "{out}");

    let checked = wiremask(folder.path(), &["check", "--rules"], "");
    let out = text(&checked.stdout);
    let row = |name: &str| {
        let row = out.lines().find(|line| line.starts_with(name));
        row.unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
    };
    let [_, route, .., slow] = row("everywhere ")[..] else {
        panic!("{out}")
    };
    assert_eq!((route, slow), ("windows", "slow"), "{out}");
    assert_eq!(row("number ")[1], "windows", "{out}");

    let json = wiremask(folder.path(), &["check", "--format", "json"], "");
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let detectors = report["summary"]["detectors"].as_array().unwrap();
    let slow = detectors.iter().filter(|detector| detector["slow"] == true);
    let names: Vec<_> = slow.map(|detector| detector["name"].clone()).collect();
    assert_eq!(names, ["everywhere"]);
    let diagnostics = report["diagnostics"].as_array().unwrap();
    let said = |diagnostic: &serde_json::Value| {
        let message = diagnostic["message"].as_str().unwrap_or_default();
        diagnostic["severity"] == "warning" && message.contains("`everywhere`")
    };
    assert!(diagnostics.iter().any(said), "{diagnostics:?}");
}

#[test]
fn check_fails_with_a_caret_and_as_json() {
    let folder = example();
    let path = folder.path().join("wiremask.toml");
    let broken = fs::read_to_string(&path)
        .unwrap()
        .replace("upstream = \"main\"", "upstream = \"mian\"");
    fs::write(&path, broken).unwrap();
    let checked = wiremask(folder.path(), &["check"], "");
    assert_eq!(checked.status.code(), Some(1));
    assert_eq!(text(&checked.stdout), "");
    let error = text(&checked.stderr);
    for part in [
        "error: there is no upstream of this name",
        "wiremask.toml:23:12",
        "^^^^^^",
        "did you mean `main`?",
        "1 error: the configuration cannot be used",
    ] {
        assert!(error.contains(part), "{part} is not in\n{error}");
    }
    let checked = wiremask(folder.path(), &["check", "--format", "json"], "");
    assert_eq!(checked.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(report["valid"], false);
    assert_eq!(report["diagnostics"][0]["line"], 23);
    assert_eq!(report["diagnostics"][0]["column"], 12);
    assert_eq!(report["diagnostics"][0]["severity"], "error");
}

#[test]
fn serve_refuses_a_wrong_configuration() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("w.toml"), "[listen]\nadress = \"x\"\n").unwrap();
    let served = wiremask(folder.path(), &["serve", "-c", "w.toml"], "");
    assert_eq!(served.status.code(), Some(1));
    let error = text(&served.stderr);
    assert!(error.contains("did you mean `address`?"), "{error}");
    let served = wiremask(folder.path(), &["serve", "-c", "missing.toml"], "");
    assert_eq!(served.status.code(), Some(1));
    let error = text(&served.stderr);
    assert!(
        error.contains("cannot be read: entity not found"),
        "{error}"
    );
}

#[test]
fn a_verifier_from_the_command_line_is_accepted_by_check() {
    let folder = tempfile::tempdir().unwrap();
    let made = wiremask(folder.path(), &["verifier"], "hunter2\n");
    assert!(made.status.success());
    let verifier = text(&made.stdout).trim_end();
    assert!(verifier.starts_with("SCRAM-SHA-256$4096:"), "{verifier}");
    let config = format!(
        "[[upstream]]\nname = \"main\"\naddress = \"127.0.0.1\"\ntls = \"disable\"\nuser = \"u\"\n\
         [[user]]\nname = \"agent\"\npassword = {{ scram = \"{verifier}\" }}\n[rules]\npacks = []\n"
    );
    fs::write(folder.path().join("wiremask.toml"), config).unwrap();
    let checked = wiremask(folder.path(), &["check"], "");
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert_eq!(
        wiremask(folder.path(), &["verifier"], "").status.code(),
        Some(1)
    );
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let made = wiremask(Path::new("/"), &["completions", shell], "");
        assert!(made.status.success(), "{shell}");
        assert!(text(&made.stdout).contains("verifier"), "{shell}");
    }
}

#[test]
fn help_of_every_command_ends_with_what_to_type() {
    for (arguments, part) in [
        (&["--help"][..], "wiremask config example > wiremask.toml"),
        (&["serve", "--help"], "kill -HUP"),
        (&["check", "--help"], "--format json"),
        (&["verifier", "--help"], "wiremask verifier < password-file"),
        (&["completions", "--help"], "/etc/bash_completion.d"),
    ] {
        let help = wiremask(Path::new("/"), arguments, "");
        assert!(text(&help.stdout).contains(part), "{arguments:?}");
    }
}
