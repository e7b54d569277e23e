//! A pattern's syntax tree as PCRE text in plain bytes, which is what Hyperscan reads.
//!
//! Everything outside letters and digits is written as `\xHH`, so no syntax of either side can
//! leak into the other. Greed and captures do not matter: every end is reported.

use regex_syntax::hir::{Class, Hir, HirKind};
use std::fmt::Write;

/// Prints a pattern without look-around.
pub(super) fn print(pattern: &Hir) -> String {
    let mut out = String::new();
    write(pattern, &mut out);
    out
}

fn write(hir: &Hir, out: &mut String) {
    match hir.kind() {
        // Look-around is refused when patterns are read.
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => literal.0.iter().for_each(|byte| push(*byte, out)),
        HirKind::Class(Class::Bytes(class)) => {
            let ranges = class
                .ranges()
                .iter()
                .map(|range| (range.start(), range.end()));
            push_class(ranges, out);
        }
        HirKind::Class(Class::Unicode(class)) => {
            // Patterns are read in byte mode: what is left of Unicode is ASCII.
            let byte = |c: char| u8::try_from(u32::from(c)).unwrap_or(0x7f);
            let ranges = class
                .ranges()
                .iter()
                .map(|range| (byte(range.start()), byte(range.end())));
            push_class(ranges, out);
        }
        HirKind::Repetition(repetition) => {
            group(&repetition.sub, out);
            let min = repetition.min;
            match repetition.max {
                Some(max) => push_fmt(out, format_args!("{{{min},{max}}}")),
                None => push_fmt(out, format_args!("{{{min},}}")),
            }
        }
        HirKind::Capture(capture) => group(&capture.sub, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, out)),
        HirKind::Alternation(parts) => {
            out.push_str("(?:");
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    out.push('|');
                }
                write(part, out);
            }
            out.push(')');
        }
    }
}

fn group(hir: &Hir, out: &mut String) {
    out.push_str("(?:");
    write(hir, out);
    out.push(')');
}

fn push(byte: u8, out: &mut String) {
    if byte.is_ascii_alphanumeric() {
        out.push(char::from(byte));
    } else {
        push_fmt(out, format_args!("\\x{byte:02x}"));
    }
}

fn push_class(ranges: impl Iterator<Item = (u8, u8)>, out: &mut String) {
    out.push('[');
    for (start, end) in ranges {
        push(start, out);
        out.push('-');
        push(end, out);
    }
    out.push(']');
}

fn push_fmt(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_become_plain_text() {
        for (pattern, text) in [
            (r"a.b", r"a[\x00-\x09\x0b-\xff]b"),
            (r"(?i:x)-", r"[X-Xx-x]\x2d"),
            (r"(?:ab|c{2,}?)+", r"(?:(?:ab|(?:c){2,})){1,}"),
            (r"\d{3}(@)", r"(?:[0-9]){3,3}(?:\x40)"),
        ] {
            let hir = crate::detect::pattern::parse(pattern).expect(pattern);
            assert_eq!(print(&hir), text, "{pattern}");
        }
    }
}
