//! What a statement text may cost before anybody parses it, and why a text has no facts.
//!
//! The grammar itself runs without recursion, but its trees are written and read recursively.
//! libpg_query watches its stack, and the reader of its trees goes at most 100 messages deep; the scan
//! here is a third, cheap wall in front of both, in time linear in the text.

/// Limits of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest text, bytes.
    pub text_size_max: usize,
    /// Deepest nesting of brackets, CASE and prefix NOT, levels.
    pub depth_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_size_max: 1024 * 1024,
            depth_max: 256,
        }
    }
}

/// Why a text has no facts. Never says what the text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The text is longer than [`Limits::text_size_max`].
    TooLarge,
    /// It nests deeper than [`Limits::depth_max`], or than its tree may be.
    TooDeep,
    /// PostgreSQL's grammar does not accept it.
    Syntax,
    /// The grammar accepts it, but something in it is not understood here.
    Unsupported,
}

impl Refused {
    /// The reason, for people: no word of the text.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::TooLarge => "statement text is longer than the limit",
            Self::TooDeep => "statement nests deeper than the limit",
            Self::Syntax => "statement is not accepted by the grammar",
            Self::Unsupported => "statement holds something that is not understood",
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for Refused {}

/// Refuses a text that is too long or nests too deeply.
///
/// # Errors
/// [`Refused::TooLarge`], [`Refused::TooDeep`].
pub fn check(text: &str, limits: &Limits) -> Result<(), Refused> {
    if text.len() > limits.text_size_max {
        return Err(Refused::TooLarge);
    }
    if depth(text.as_bytes()) > limits.depth_max {
        return Err(Refused::TooDeep);
    }
    Ok(())
}

/// How deeply brackets, CASE and runs of NOT nest outside strings, quoted names and comments.
fn depth(text: &[u8]) -> usize {
    let (mut at, mut now, mut deepest, mut nots) = (0, 0usize, 0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let len = match rest[0] {
            b'(' | b'[' => {
                now += 1;
                1
            }
            b')' | b']' => {
                now = now.saturating_sub(1);
                1
            }
            b'\'' => quoted(rest, b'\'', false),
            b'"' => quoted(rest, b'"', false),
            b'$' => dollar(rest),
            b'-' if rest.starts_with(b"--") => {
                memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
            }
            b'/' if rest.starts_with(b"/*") => comment(rest),
            byte if is_word(byte) => {
                let len = word(rest);
                match &rest[..len] {
                    w if w.eq_ignore_ascii_case(b"case") => now += 1,
                    w if w.eq_ignore_ascii_case(b"end") => now = now.saturating_sub(1),
                    w if w.eq_ignore_ascii_case(b"not") => nots += 2,
                    _ => {}
                }
                nots = usize::saturating_sub(nots, 1);
                match (&rest[..len], rest.get(len)) {
                    (b"e" | b"E", Some(b'\'')) => len + quoted(&rest[len..], b'\'', true),
                    _ => len,
                }
            }
            _ => 1,
        };
        deepest = deepest.max(now + nots);
        at += len;
    }
    deepest
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn word(text: &[u8]) -> usize {
    text.iter()
        .position(|b| !is_word(*b) && *b != b'$')
        .unwrap_or(text.len())
}

/// Length of a quoted token that starts here. A doubled quote reads as two tokens, which is as good.
fn quoted(text: &[u8], quote: u8, backslash: bool) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' if backslash => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// Length of a dollar-quoted string that starts here, or of a lone dollar sign.
fn dollar(text: &[u8]) -> usize {
    let tag = 1 + text[1..]
        .iter()
        .position(|b| !is_word(*b))
        .unwrap_or(text.len() - 1);
    if text.get(tag) != Some(&b'$') || text[1].is_ascii_digit() {
        return 1;
    }
    let tag = &text[..=tag];
    memchr::memmem::find(&text[tag.len()..], tag).map_or(text.len(), |found| found + 2 * tag.len())
}

/// Length of a comment that starts here; they nest.
fn comment(text: &[u8]) -> usize {
    let (mut at, mut open) = (2, 1usize);
    while open > 0 && at < text.len() {
        match &text[at..] {
            [b'/', b'*', ..] => {
                open += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                open -= 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_outside_what_is_quoted() {
        for (text, expected) in [
            ("", 0),
            ("select (1)", 1),
            ("select ((a[1]))", 3),
            (
                "select '((((', \"((((\", $$((((($$, $x$(($$(($x$ -- ((((",
                0,
            ),
            ("/* (((( /* ((( */ ((( */ select (1)", 1),
            ("select e'\\'((((', 'a''((('", 0),
            ("select case when case x when 1 then 2 end then 3 end", 2),
            ("select not not not a", 3),
            ("select not a and not b and not c", 1),
            ("select $1(", 1),
            ("select 1)))))((", 2),
            ("-- x\r(", 1),
            ("'", 0),
            ("/*", 0),
            ("$", 0),
            ("$a", 0),
            ("e'\\", 0),
        ] {
            assert_eq!(depth(text.as_bytes()), expected, "{text}");
        }
    }
}
