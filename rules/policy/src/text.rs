//! Cuts a Cedar text into its policies, so that each is parsed by itself and keeps its place.

use std::ops::Range;

/// Where the policies of a text stand, without the blanks and comments before them.
///
/// A policy ends with a semicolon outside of strings and comments. What is left behind the last one
/// is returned too, for the parser to complain about.
pub(crate) fn policies(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut start = None;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
                continue;
            }
            b'"' => {
                start.get_or_insert(at);
                at = string_end(bytes, at);
                continue;
            }
            b';' => {
                found.push(start.take().unwrap_or(at)..at + 1);
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => {
                start.get_or_insert(at);
            }
        }
        at += 1;
    }
    if let Some(start) = start {
        found.push(start..text.trim_end().len().max(start));
    }
    found
}

/// Behind the string that begins at `at`, or the end of the text.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 2,
            b'"' => return end + 1,
            _ => end += 1,
        }
    }
    bytes.len()
}

/// The place of a string literal in a text, quotes included; of the first line if it is not found.
pub(crate) fn literal(text: &str, value: &str) -> Range<usize> {
    let mut written = String::from("\"");
    for letter in value.chars() {
        if matches!(letter, '"' | '\\') {
            written.push('\\');
        }
        written.push(letter);
    }
    written.push('"');
    match text.find(&written) {
        Some(at) => at..at + written.len(),
        None => first_line(text),
    }
}

/// The place of the first line.
pub(crate) fn first_line(text: &str) -> Range<usize> {
    0..text.find('\n').unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        policies(text)
            .into_iter()
            .map(|range| &text[range])
            .collect()
    }

    #[test]
    fn policies_end_with_semicolons_outside_of_strings_and_comments() {
        let text = "// a; b\n@reason(\"x; \\\" y\") permit(a, // ; \n b);\n\n forbid(c); // end;\n";
        assert_eq!(
            cut(text),
            ["@reason(\"x; \\\" y\") permit(a, // ; \n b);", "forbid(c);"]
        );
    }

    #[test]
    fn what_does_not_end_is_cut_too() {
        assert_eq!(cut("permit(a); forbid(b) \n"), ["permit(a);", "forbid(b)"]);
        assert_eq!(cut(" // nothing\n"), [""; 0]);
        assert_eq!(cut("permit(\"a"), ["permit(\"a"]);
        assert_eq!(cut("permit(\"a\\"), ["permit(\"a\\"]);
    }

    #[test]
    fn a_literal_is_found_as_it_is_written() {
        assert_eq!(literal(r#"x "a\"b" y"#, "a\"b"), 2..8);
        assert_eq!(literal("one\ntwo", "three"), 0..3);
    }
}
