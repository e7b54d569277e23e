//! Packs of any size: the starter pack, and detectors that an organisation adds to it.
//!
//! What is added is what large packs are made of: tokens of services by their prefixes, numbers of
//! customers, contracts and devices with letters and check digits, assignments to names of secrets,
//! addresses of hooks, and national numbers. One in twenty begins with text that is everywhere, as
//! people write patterns who do not think of the scanner.

use std::fmt::Write as _;
use wiremask_rules::PackSource;

/// The starter pack and as many further detectors as make `detectors` of them.
#[must_use]
pub fn pack(detectors: usize) -> Vec<PackSource> {
    let starter = wiremask_rules::builtin("starter").unwrap_or_default();
    let more = detectors.saturating_sub(starter.matches("[[detector]]").count());
    let mut text = "[pack]\nname = 'more'\nversion = '1'\nextends = ['starter']\n".to_owned();
    for number in 0..more {
        detector(number, &mut text);
    }
    vec![PackSource {
        name: "more".to_owned(),
        text,
    }]
}

/// Appends the detector of this number.
fn detector(number: usize, text: &mut String) {
    let name = name(number);
    let lower = name.to_ascii_lowercase();
    let (pattern, rest) = match number % 20 {
        0 | 10 => (format!("{lower}_[A-Za-z0-9]{{36}}"), ""),
        1 | 11 => (format!("{lower}_(?:live|test)_[A-Za-z0-9]{{16,64}}"), ""),
        2 | 12 => (format!("{name}[0-9]{{8}}"), "validate = ['luhn']\n"),
        3 | 13 => (format!("{}-[0-9]{{6}}-[0-9]{{2}}", &name[..3]), ""),
        4 => (format!("{}[0-9]{{7}}[A-HJ-NP-Z]", &name[1..3]), ""),
        5 | 15 => (
            format!(
                "(?i:{lower}[_-]?(?:api[_-]?)?(?:key|secret|token))[\"']? ?[=:>] ?[\"']?[A-Za-z0-9/+_-]{{32}}"
            ),
            "",
        ),
        6 | 16 => (
            format!("https://hooks\\.{lower}\\.example/[A-Za-z0-9/]{{20,60}}"),
            "",
        ),
        7 | 17 => (
            format!("[A-Z]{{2}}[0-9]{{2}}-{}-[0-9]{{5}}", &name[..3]),
            "",
        ),
        8 | 18 => (format!("{}[0-9a-f]{{32}}", &lower[..3]), ""),
        9 => (
            format!("[0-9]{{{}}}/{}[0-9]{{2}}", 4 + number / 20 % 5, &name[..2]),
            "",
        ),
        14 => (
            format!(
                "[A-Za-z]{{2,12}}[._-][0-9]{{3,6}}(?:{}|{})",
                &name[..2],
                &name[1..3]
            ),
            "",
        ),
        _ => (format!("[0-9]{{{}}}", 6 + number / 20 % 9), "WORDS"),
    };
    let class = if rest == "WORDS" {
        "format"
    } else {
        "distinctive"
    };
    let _ = write!(
        text,
        "\n[[detector]]\nname = 'more-{number}'\nentity = 'MORE_{number}'\nclass = '{class}'\n\
         match = ['''{pattern}''']\nboundary = 'word'\nmask = {{ operator = 'redact' }}\n"
    );
    if rest == "WORDS" {
        let _ = write!(
            text,
            "[detector.context]\ncolumns = ['{lower}']\nrequired = true\n\
             words = {{ any = ['{lower}'], before = 20, after = 10 }}\n"
        );
    } else {
        text.push_str(rest);
    }
}

/// Four letters, different for each of the first 26^3 numbers.
fn name(number: usize) -> String {
    let letter = |number: usize| char::from(b'A' + (number % 26) as u8);
    [number * 7, number / 26 + number, number / 676 + 3, number]
        .map(letter)
        .iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wiremask_rules::{CompileOptions, Keys, Ruleset};

    #[test]
    fn packs_have_as_many_detectors_as_asked_for() {
        let options = CompileOptions {
            examples: false,
            ..CompileOptions::default()
        };
        for detectors in [60, 250] {
            let keys = Keys::from_secret("bench", b"a key for benchmarks, not a secret");
            let rules = Ruleset::compile(&pack(detectors), &keys, options.clone());
            assert_eq!(rules.map(|rules| rules.rules().len()).ok(), Some(detectors));
        }
    }

    #[test]
    fn names_differ() {
        let names: std::collections::HashSet<String> = (0..2000).map(name).collect();
        assert_eq!(names.len(), 2000);
    }
}
