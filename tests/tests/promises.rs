//! SPECIFICATION.md is true as far as names go: every promise is held by a test that exists, or is pending.
//!
//! A promise is a list item: `- Text. Held by `test_name`, `other_test`.`, or `- Pending: text.` Names with
//! a slash are scripts. What stands under "Residual risks" promises nothing.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use wiremask_tests::repository;

/// The list items of a Markdown text with the line where each begins, continuation lines joined.
fn promises(text: &str) -> Vec<(usize, String)> {
    let mut items: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    let mut counts = true;
    for (index, line) in text.lines().enumerate() {
        if let Some(heading) = line.strip_prefix('#') {
            counts = !heading
                .trim_start_matches('#')
                .trim()
                .eq_ignore_ascii_case("residual risks");
            open = false;
        } else if let Some(item) = line.strip_prefix("- ").filter(|_| counts) {
            items.push((index + 1, item.to_owned()));
            open = true;
        } else if open && line.starts_with("  ") {
            let (_, item) = items.last_mut().unwrap();
            item.push(' ');
            item.push_str(line.trim());
        } else {
            open = false;
        }
    }
    items
}

/// What an item says that it is held by; empty when it says nothing.
fn holders(item: &str) -> Vec<&str> {
    let Some((_, held)) = item.rsplit_once("Held by") else {
        return Vec::new();
    };
    held.split('`').skip(1).step_by(2).collect()
}

/// Names of all functions marked as tests below `folder`.
fn tests(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir()
            && name != "node_modules"
            && !name.starts_with("target")
            && !name.starts_with('.')
        {
            tests(&path, names);
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut marked = false;
            for line in text.lines().map(str::trim) {
                if let Some(rest) = line
                    .strip_prefix("fn ")
                    .or_else(|| line.strip_prefix("async fn "))
                {
                    if marked {
                        names.insert(rest.split(['(', '<']).next().unwrap().to_owned());
                    }
                    marked = false;
                } else if line == "#[test]" {
                    marked = true;
                } else if line.ends_with('}') {
                    marked = false;
                }
            }
        }
    }
}

#[test]
fn every_promise_names_a_test_that_exists_or_is_pending() {
    let text = fs::read_to_string(repository().join("SPECIFICATION.md")).unwrap();
    let mut known = BTreeSet::new();
    tests(&repository(), &mut known);
    let found = promises(&text);
    assert!(
        found.len() > 20,
        "{} promises are too few to be all",
        found.len()
    );
    let mut wrong = Vec::new();
    for (line, item) in &found {
        if item.starts_with("Pending:") {
            continue;
        }
        let holders = holders(item);
        if holders.is_empty() {
            wrong.push(format!(
                "SPECIFICATION.md:{line} names no test and is not pending"
            ));
        }
        for holder in holders {
            let exists = if holder.contains('/') {
                repository().join(holder).exists()
            } else {
                known.contains(holder)
            };
            if !exists {
                wrong.push(format!(
                    "SPECIFICATION.md:{line} names {holder}, which does not exist"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn items_are_read_with_their_continuations_and_holders() {
    let text =
        "# A\n- One. Held by `a`,\n  `b/c`.\n- Pending: two.\n\n## Residual risks\n- Three.\n";
    let items = promises(text);
    assert_eq!(items.len(), 2);
    assert_eq!(holders(&items[0].1), ["a", "b/c"]);
    assert_eq!(holders(&items[1].1), Vec::<&str>::new());
    let mut known = BTreeSet::new();
    tests(&repository().join("tests"), &mut known);
    assert!(known.contains("items_are_read_with_their_continuations_and_holders"));
    assert!(!known.contains("promises"));
}
