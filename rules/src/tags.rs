//! Tags of columns, as a database carries them.
//!
//! # Grammar
//!
//! In a comment (`COMMENT ON COLUMN`, `COMMENT ON TABLE`), anywhere in its text: the word `wiremask:`
//! and behind it, without a blank, tags separated by commas.
//!
//! ```text
//! COMMENT ON COLUMN person.mail IS 'where the bill goes, wiremask:pii,email';   -- pii, email
//! ```
//!
//! A security label of the provider `wiremask` is a list of tags, separated by commas or white space.
//! A label of any other provider gives the tag `label:` and the provider's name, so that what
//! another tool protects can be selected; `wiremask:` inside its text is read as in a comment.
//!
//! A tag has letters, digits, `_`, `-` and `.`; it is compared in lower case. A tag of a table is one of
//! each of its columns.

const MARK: &[u8] = b"wiremask:";

/// Adds the tags of a comment to `out`, in lower case, each once.
pub fn tags_of_comment(comment: &str, out: &mut Vec<Box<str>>) {
    let lower = comment.to_ascii_lowercase();
    let mut rest = lower.as_str();
    let mut before = None;
    while let Some(at) = memchr::memmem::find(rest.as_bytes(), MARK) {
        let previous = rest[..at].chars().next_back().or(before);
        rest = &rest[at + MARK.len()..];
        before = Some(':');
        if previous.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
            continue;
        }
        let list_end = rest.find(|c: char| !is_tag_char(c) && c != ',');
        let list = &rest[..list_end.unwrap_or(rest.len())];
        list.split(',').for_each(|tag| add(tag, out));
    }
}

/// Adds the tags of a security label to `out`, in lower case, each once.
pub fn tags_of_label(provider: &str, label: &str, out: &mut Vec<Box<str>>) {
    if provider.eq_ignore_ascii_case("wiremask") {
        let label = label.to_ascii_lowercase();
        let tags = label.split(|c: char| c == ',' || c.is_ascii_whitespace());
        tags.for_each(|tag| add(tag.trim_start_matches("wiremask:"), out));
    } else {
        let provider = provider.to_ascii_lowercase();
        if provider.chars().all(is_tag_char) {
            add_once(format!("label:{provider}").into(), out);
        }
        tags_of_comment(label, out);
    }
}

/// May a selection hold this as a part of a tag?
pub(crate) fn may_be_part(text: &str) -> bool {
    text.chars().all(|c| is_tag_char(c) || c == ':')
}

fn is_tag_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Adds a tag; a full stop or dash behind it belongs to the sentence.
fn add(tag: &str, out: &mut Vec<Box<str>>) {
    let tag = tag.trim_end_matches(['.', '-']);
    if !tag.is_empty() && tag.chars().all(is_tag_char) {
        add_once(tag.into(), out);
    }
}

fn add_once(tag: Box<str>, out: &mut Vec<Box<str>>) {
    if !out.contains(&tag) {
        out.push(tag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment(text: &str) -> Vec<Box<str>> {
        let mut tags = Vec::new();
        tags_of_comment(text, &mut tags);
        tags
    }

    #[test]
    fn a_comment_holds_tags_behind_a_mark() {
        for (text, tags) in [
            ("wiremask:pii", &["pii"][..]),
            (
                "where the bill goes. Wiremask:PII,E-Mail.",
                &["pii", "e-mail"],
            ),
            ("(wiremask:a) and wiremask:b,a", &["a", "b"]),
            ("no tag: wiremask", &[]),
            ("nowiremask:pii", &[]),
            ("wiremask: pii", &[]),
            ("wiremask:,", &[]),
            ("ärger, wiremask:pii ü", &["pii"]),
            ("wiremask:wiremask:pii", &["wiremask", "pii"]),
        ] {
            let found: Vec<_> = comment(text);
            assert_eq!(
                found.iter().map(|t| &**t).collect::<Vec<_>>(),
                tags,
                "{text}"
            );
        }
    }

    #[test]
    fn a_label_holds_tags_or_names_its_provider() {
        for (provider, label, tags) in [
            (
                "wiremask",
                "PII email,secret",
                &["pii", "email", "secret"][..],
            ),
            ("anon", "MASKED WITH VALUE NULL", &["label:anon"]),
            ("anon", "wiremask:pii", &["label:anon", "pii"]),
            ("odd name", "x", &[]),
        ] {
            let mut found = Vec::new();
            tags_of_label(provider, label, &mut found);
            assert_eq!(
                found.iter().map(|t| &**t).collect::<Vec<_>>(),
                tags,
                "{label}"
            );
        }
    }
}
