//! A street as English writes it: a number, then words, the last of which says that it is a street.

/// In lower case.
const WORDS: [&str; 48] = [
    "alley",
    "ave",
    "avenue",
    "blvd",
    "boulevard",
    "causeway",
    "circle",
    "cir",
    "close",
    "court",
    "cove",
    "crescent",
    "crest",
    "ct",
    "dr",
    "drive",
    "expressway",
    "freeway",
    "gardens",
    "grove",
    "heights",
    "highway",
    "hwy",
    "lane",
    "ln",
    "loop",
    "mews",
    "parkway",
    "pass",
    "path",
    "pike",
    "pkwy",
    "pl",
    "place",
    "plaza",
    "point",
    "rd",
    "road",
    "row",
    "square",
    "st",
    "street",
    "terrace",
    "trail",
    "turnpike",
    "walk",
    "way",
    "wharf",
];

pub(super) fn check(span: &[u8]) -> bool {
    let mut words = span.split(|byte| *byte == b' ');
    words.next_back().is_some_and(|last| {
        let last = last.strip_suffix(b".").unwrap_or(last);
        WORDS
            .iter()
            .any(|word| last.eq_ignore_ascii_case(word.as_bytes()))
    })
}

#[cfg(test)]
#[test]
fn known_streets() {
    super::table(
        check,
        &["742 Evergreen Terrace", "12 Main St.", "1 Long Winding Rd"],
        &["3 Easy Ways", "12 Angry Men", ""],
    );
}
