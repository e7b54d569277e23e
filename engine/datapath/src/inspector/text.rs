//! Everything outside rows that can carry data: errors and notices, names, parameters, notifications,
//! function results.
//!
//! Detectors look at all of it. In a command that touches protected columns nothing passes that the
//! client does not know already: of the server's own messages those whose quoted parts and numbers
//! stand in the statement's own text, of everything else nothing.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a batch stays below message_size_max, which is at most 1 GiB"
)]

use super::{Inspector, Owner};
use crate::sqlstate;
use crate::statement::Statement;
use std::rc::Rc;
use wiremask_protocols::session::{Denial, TextEdit, TextSite};
use wiremask_rules::{DetectorSetId, FieldRef};

/// In place of a message that is not shown.
const WITHHELD: &[u8] = b"message withheld by the gateway: the statement touches protected columns";

pub(super) fn catalog_failed() -> Denial {
    Denial {
        sqlstate: *b"58000",
        message: "the gateway could not read the catalog that its rules need".into(),
        detail: None,
        hint: Some(
            "the gateway's own upstream user must be able to connect and read pg_catalog".into(),
        ),
    }
}

impl Inspector {
    pub(super) fn sanitise(
        &mut self,
        site: TextSite,
        facts: Option<&Rc<Statement>>,
        value: &[u8],
        out: &mut Vec<u8>,
    ) -> TextEdit {
        let strict = match facts {
            Some(facts) => self.touches(facts),
            None => self.touched || !self.unjudged.is_empty(),
        };
        match site {
            TextSite::CommandTag => command_tag(value, out),
            TextSite::Error(code) | TextSite::Notice(code) => {
                self.message_field(code, strict, facts, value, out)
            }
            TextSite::ColumnName if strict => {
                let known = facts.is_some_and(|f| f.says(value))
                    || self.is_column_name(value)
                    || self.catalog.borrow().is_function_name(value)
                    || value == b"?column?";
                if known {
                    self.scan_name(value, out)
                } else {
                    TextEdit::Drop
                }
            }
            TextSite::Parameter if strict => {
                if self.current.says(value) || is_plain_setting(value) {
                    self.scan_text(value, out)
                } else {
                    TextEdit::Drop
                }
            }
            // Another session may have sent it from a protected column.
            TextSite::NotificationChannel | TextSite::NotificationPayload
                if self.rules().has_column_rules() && !value.is_empty() =>
            {
                out.extend_from_slice(b"[withheld]");
                TextEdit::Replace
            }
            TextSite::FunctionResult if self.rules().has_column_rules() => TextEdit::Drop,
            TextSite::FunctionResult => match self.scan_text(value, out) {
                TextEdit::Keep => TextEdit::Keep,
                TextEdit::Replace | TextEdit::Drop => TextEdit::Drop, // its type is not known
            },
            TextSite::ColumnName => self.scan_name(value, out),
            TextSite::Parameter | TextSite::NotificationChannel | TextSite::NotificationPayload => {
                self.scan_text(value, out)
            }
        }
    }

    /// One field of an error or notice.
    fn message_field(
        &mut self,
        code: u8,
        strict: bool,
        facts: Option<&Rc<Statement>>,
        value: &[u8],
        out: &mut Vec<u8>,
    ) -> TextEdit {
        match code {
            // Severity, file, line, routine, positions: the server's own, short words and numbers.
            b'S' | b'V' | b'F' | b'L' | b'R' | b'P' | b'p' => {
                if value.len() <= 64 {
                    TextEdit::Keep
                } else {
                    TextEdit::Drop
                }
            }
            b'C' => {
                self.error_code = *b"XX000";
                if sqlstate::is_known(value) || (!strict && value.len() == 5) {
                    self.error_code.copy_from_slice(value);
                    return TextEdit::Keep;
                }
                out.extend_from_slice(b"XX000");
                TextEdit::Replace
            }
            _ if !strict => self.scan_text(value, out),
            b'M' => {
                if facts.is_some_and(|facts| self.client_knows(facts, value)) {
                    return self.scan_text(value, out);
                }
                out.extend_from_slice(WITHHELD);
                TextEdit::Replace
            }
            _ => TextEdit::Drop,
        }
    }

    /// Is this a message of the server's own that says nothing but what stands in the statement?
    fn client_knows(&self, facts: &Statement, message: &[u8]) -> bool {
        let catalog = self.catalog.borrow();
        facts.is_plain(&catalog)
            && quoted_parts(message).all(|part| facts.says(part))
            && numbers(message).all(|number| facts.says(number))
    }

    /// As [`Inspector::scan_text`], for the name of a column. The same few stand in most answers: each is
    /// looked at once.
    fn scan_name(&mut self, value: &[u8], out: &mut Vec<u8>) -> TextEdit {
        let known = self.scratch.borrow_mut().sets.is_clean(self.rules(), value);
        if known {
            return TextEdit::Keep;
        }
        let edit = self.scan_text(value, out);
        let scratch = &mut *self.scratch.borrow_mut();
        if scratch.matches.is_empty() {
            scratch.sets.note_clean(value);
        }
        edit
    }

    /// Masks what detectors find.
    fn scan_text(&mut self, value: &[u8], out: &mut Vec<u8>) -> TextEdit {
        let shared = Rc::clone(&self.scratch);
        let scratch = &mut *shared.borrow_mut();
        let rules = self.rules().clone();
        let set = scratch.sets.of(&rules, "", "text");
        if set == DetectorSetId::NONE {
            return TextEdit::Keep;
        }
        scratch.clear_gathered();
        scratch.gather.extend_from_slice(value);
        scratch.gather.push(0);
        scratch.refs.push(FieldRef {
            start: 0,
            end: value.len() as u32,
            set,
        });
        scratch.owners.push(Owner {
            field: 0,
            active: 0,
            leaf: 0,
        });
        scratch.scan(&rules);
        let mut copied = 0;
        let mut changed = false;
        for found in &scratch.matches {
            self.count(found.rule, 1);
            if !Self::is_enforced(&rules, found.rule) {
                continue;
            }
            let span = found.start as usize..found.end as usize;
            out.extend_from_slice(&value[copied..span.start]);
            rules
                .masker(found.rule)
                .mask_span(&value[span.clone()], out);
            copied = span.end;
            changed = true;
            self.count_cell(Some(found.rule));
        }
        if !changed {
            return TextEdit::Keep;
        }
        out.extend_from_slice(&value[copied..]);
        TextEdit::Replace
    }
}

/// Tags are upper-case words and numbers.
fn command_tag(value: &[u8], out: &mut Vec<u8>) -> TextEdit {
    let fits = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b' ';
    if value.iter().all(fits) {
        return TextEdit::Keep;
    }
    out.extend(value.iter().copied().filter(fits));
    TextEdit::Replace
}

/// Settings of which every value is one of a few words, or a number.
fn is_plain_setting(value: &[u8]) -> bool {
    [&b"on"[..], b"off", b"UTF8", b"", b"true", b"false"].contains(&value)
}

/// What stands between double quotes, single quotes, or French and German ones.
fn quoted_parts(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    // With an odd number of quotes the rest counts as quoted.
    message
        .split(|b| *b == b'"' || *b == b'\'' || *b >= 0x80)
        .enumerate()
        .filter(|(number, part)| number % 2 == 1 && !part.is_empty())
        .map(|(_, part)| part)
}

/// Runs of digits.
fn numbers(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    message
        .split(|b| !b.is_ascii_digit())
        .filter(|run| !run.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_parts_and_numbers_are_found() {
        let parts = |text: &'static str| quoted_parts(text.as_bytes()).collect::<Vec<_>>();
        assert_eq!(parts("column \"a\" of \"b\" is bad"), [&b"a"[..], b"b"]);
        assert_eq!(parts("syntax for \"cut"), [&b"cut"[..]]);
        assert_eq!(parts("plain"), [&b""[..]; 0]);
        let runs: Vec<_> = numbers(b"value 12 of 345").collect();
        assert_eq!(runs, [&b"12"[..], b"345"]);
    }

    #[test]
    fn tags_hold_words_and_numbers() {
        let mut out = Vec::new();
        assert_eq!(command_tag(b"INSERT 0 5", &mut out), TextEdit::Keep);
        assert_eq!(command_tag(b"SELECT ann@x", &mut out), TextEdit::Replace);
        assert_eq!(out, b"SELECT ");
    }
}
