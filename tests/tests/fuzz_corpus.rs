//! Replays on stable what the fuzzers found: the corpus of every target, with the same properties.
//! A crash is a file of the corpus from then on.
#![allow(clippy::unwrap_used)]

use std::fs;

use wiremask_tests::properties::{ALL, canary};
use wiremask_tests::repository;

#[test]
fn the_corpus_of_every_target_holds_its_property() {
    let mut failed = Vec::new();
    for (name, property) in ALL {
        let folder = repository().join("fuzz/corpus").join(name);
        let mut files: Vec<_> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        assert!(
            files.len() >= 3,
            "{name} has a corpus of {} files",
            files.len()
        );
        for file in files {
            let data = fs::read(&file).unwrap();
            let result = std::panic::catch_unwind(|| property(&data));
            if result.is_err() {
                failed.push(file);
            }
        }
        property(b"");
    }
    assert!(failed.is_empty(), "the properties fail for {failed:?}");
}

#[test]
fn every_target_is_built_and_listed() {
    let manifest = fs::read_to_string(repository().join("fuzz/Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let mut built: Vec<_> = manifest["bin"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bin| bin["name"].as_str().unwrap().to_owned())
        .collect();
    let mut listed: Vec<_> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    listed.push("canary".to_owned());
    built.sort();
    listed.sort();
    assert_eq!(built, listed);
}

#[test]
fn the_canary_fails_where_it_must() {
    canary(b"masc");
    assert!(std::panic::catch_unwind(|| canary(b"masks")).is_err());
}
