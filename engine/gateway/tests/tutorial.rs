//! Every command of `docs/tuning.md`, in its order.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::{Command, Stdio};
use wiremask_tests::repository;

/// The commands of the page: lines in blocks of `sh`.
fn commands() -> Vec<String> {
    let page = fs::read_to_string(repository().join("docs/tuning.md")).unwrap();
    let blocks = page.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    lines.map(str::to_owned).collect()
}

#[test]
fn the_tutorial_works_from_data_to_ratchet() {
    let folder = tempfile::tempdir().unwrap();
    let commands = commands();
    assert!(commands.len() >= 10, "{commands:?}");
    for line in &commands {
        let (line, to) = line
            .split_once(" > ")
            .map_or((line.as_str(), None), |(line, to)| (line, Some(to)));
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some("wiremask"), "{line}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_wiremask"));
        command
            .args(words)
            .current_dir(folder.path())
            .stderr(Stdio::piped());
        let output = command.output().unwrap();
        let (text, errors) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{line}\n{text}\n{errors}");
        if let Some(to) = to {
            fs::write(folder.path().join(to), &output.stdout).unwrap();
        }
    }
    let overlay = fs::read_to_string(folder.path().join("shop.toml")).unwrap();
    assert!(
        overlay.contains("[[dataset]]") && overlay.contains("pii-core@"),
        "{overlay}"
    );
    for page in ["scan.html", "eval.html"] {
        assert!(
            fs::read_to_string(folder.path().join(page))
                .unwrap()
                .contains("<svg")
        );
    }
}
