//! Reading one pattern: ASCII byte mode, no look-around, never empty.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Parses a pattern; the error says what is wrong and what to do.
pub(crate) fn parse(pattern: &str) -> Result<Hir, (String, Option<String>)> {
    let hir = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .nest_limit(64)
        .build()
        .parse(pattern)
        .map_err(|error| (format!("pattern does not parse: {}", reason(&error)), None))?;
    let properties = hir.properties();
    if !properties.look_set().is_empty() {
        return Err((
            "pattern looks around".to_owned(),
            Some("state what may not touch the match by `boundary`".to_owned()),
        ));
    }
    if !is_bytes(&hir) {
        return Err((
            "pattern has a class of characters beyond ASCII".to_owned(),
            Some(
                "classes are of bytes: `[\\x80-\\xff]` is any byte of such a character".to_owned(),
            ),
        ));
    }
    match properties.minimum_len() {
        None => Err(("pattern can never match".to_owned(), None)),
        Some(0) => Err((
            "pattern matches the empty text".to_owned(),
            Some("make at least one part of it mandatory".to_owned()),
        )),
        Some(_) => Ok(hir),
    }
}

/// Are all classes of bytes? A flag inside a pattern can switch to characters.
fn is_bytes(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => class.is_ascii(),
        HirKind::Repetition(repetition) => is_bytes(&repetition.sub),
        HirKind::Capture(capture) => is_bytes(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().all(is_bytes),
        HirKind::Class(Class::Bytes(_))
        | HirKind::Empty
        | HirKind::Literal(_)
        | HirKind::Look(_) => true,
    }
}

fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "unsupported".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_around_empty_matches_and_bad_syntax_are_refused() {
        for (pattern, message) in [
            (r"\bfoo", "looks around"),
            ("a*", "empty text"),
            ("[a", "does not parse"),
            (r"\p{Greek}", "does not parse"),
            (r"[a&&b]", "can never match"),
            ("x(?u:.)+", "beyond ASCII"),
            ("(?:a|(?iu:\u{e9}))", "beyond ASCII"),
        ] {
            let (said, _) = parse(pattern).expect_err(pattern);
            assert!(said.contains(message), "{pattern}: {said}");
        }
        for pattern in [r"\d{3}-\d{4}", r"(?u:[a-z])[\x80-\xff]", "\u{e9}"] {
            assert!(parse(pattern).is_ok(), "{pattern}");
        }
    }
}
