//! Reading one pattern: ASCII byte mode, no look-around, never empty.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

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
    match properties.minimum_len() {
        None => Err(("pattern can never match".to_owned(), None)),
        Some(0) => Err((
            "pattern matches the empty text".to_owned(),
            Some("make at least one part of it mandatory".to_owned()),
        )),
        Some(_) => Ok(hir),
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
        ] {
            let (said, _) = parse(pattern).expect_err(pattern);
            assert!(said.contains(message), "{pattern}: {said}");
        }
        assert!(parse(r"\d{3}-\d{4}").is_ok());
    }
}
