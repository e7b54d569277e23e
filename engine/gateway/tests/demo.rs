//! `wiremask demo --once` is a check: exit code 0 says that no planted value came back.

#![cfg(feature = "demo")]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::process::Command;

#[test]
fn the_demo_ends_well_and_shows_planted_values_on_one_side_only() {
    let demo = Command::new(env!("CARGO_BIN_EXE_wiremask"))
        .args([
            "demo",
            "--once",
            "--listen",
            "127.0.0.1:0",
            "--width",
            "160",
        ])
        .output()
        .unwrap();
    let (shown, errors) = (
        String::from_utf8_lossy(&demo.stdout),
        String::from_utf8_lossy(&demo.stderr),
    );
    println!("{shown}\n{errors}");
    assert!(demo.status.success(), "{:?}", demo.status);
    assert!(shown.contains("   leaks        0 of "), "the check ran");
    let rows = shown.lines().filter_map(|line| line.split_once(" │ "));
    let (before, after): (Vec<_>, Vec<_>) = rows.unzip();
    // The first customer of seed 1.
    assert!(before.iter().any(|line| line.contains("Heike Fröhlich")));
    assert!(
        !after
            .iter()
            .any(|line| line.contains("Heike") || line.contains("Fröhlich"))
    );
}
