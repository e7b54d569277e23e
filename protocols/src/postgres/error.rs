//! ErrorResponse and NoticeResponse: reading their fields, writing our own.
//!
//! <https://www.postgresql.org/docs/current/protocol-error-fields.html>

use crate::session::Denial;
use crate::wire::{Cursor, Truncated, message};

/// The fields of an ErrorResponse or NoticeResponse body, as (code, value) without NULs.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    cursor: Cursor<'a>,
}

impl<'a> Fields<'a> {
    /// Reads `body`, which the caller keeps alive.
    #[must_use]
    pub fn new(body: &'a [u8]) -> Self {
        Self {
            cursor: Cursor::new(body),
        }
    }

    /// The next field, or `None` after the terminator.
    ///
    /// # Errors
    /// [`Truncated`] if the body ends early or bytes follow the terminator.
    pub fn next_field(&mut self) -> Result<Option<(u8, &'a [u8])>, Truncated> {
        match self.cursor.u8()? {
            0 if self.cursor.is_empty() => Ok(None),
            0 => Err(Truncated),
            code => Ok(Some((code, self.cursor.c_str()?))),
        }
    }

    /// The value of the first field with this code, if the body is well formed up to it.
    #[must_use]
    pub fn find(mut self, wanted: u8) -> Option<&'a [u8]> {
        while let Ok(Some((code, value))) = self.next_field() {
            if code == wanted {
                return Some(value);
            }
        }
        None
    }
}

/// Does an error of ours end the command or the connection?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The command.
    Error,
    /// The connection.
    Fatal,
}

impl Severity {
    fn text(self) -> &'static [u8] {
        match self {
            Self::Error => b"ERROR",
            Self::Fatal => b"FATAL",
        }
    }
}

/// Appends an ErrorResponse of the gateway's own.
pub fn write_error(out: &mut Vec<u8>, severity: Severity, denial: &Denial) {
    message(out, b'E', |out| {
        for (code, value) in [
            (b'S', severity.text()),
            (b'V', severity.text()),
            (b'C', &denial.sqlstate[..]),
            (b'M', denial.message.as_bytes()),
        ] {
            write_field(out, code, value);
        }
        if let Some(detail) = &denial.detail {
            write_field(out, b'D', detail.as_bytes());
        }
        if let Some(hint) = &denial.hint {
            write_field(out, b'H', hint.as_bytes());
        }
        out.push(0);
    });
}

/// Appends one field. A NUL inside `value` would end the field early, so it is cut there.
pub fn write_field(out: &mut Vec<u8>, code: u8, value: &[u8]) {
    out.push(code);
    let len = memchr::memchr(0, value).unwrap_or(value.len());
    out.extend_from_slice(&value[..len]);
    out.push(0);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn our_own_error_reads_back() {
        let mut out = Vec::new();
        let denial = Denial {
            sqlstate: *b"42501",
            message: "not allowed".into(),
            detail: None,
            hint: Some("ask".into()),
        };
        write_error(&mut out, Severity::Error, &denial);
        assert_eq!(out[0], b'E');
        let mut fields = Fields::new(&out[5..]);
        let mut seen = Vec::new();
        while let Some((code, value)) = fields.next_field().unwrap() {
            seen.push((code as char, String::from_utf8(value.to_vec()).unwrap()));
        }
        let expected = [
            ('S', "ERROR"),
            ('V', "ERROR"),
            ('C', "42501"),
            ('M', "not allowed"),
            ('H', "ask"),
        ];
        assert!(seen.iter().map(|(c, v)| (*c, v.as_str())).eq(expected));
    }

    #[test]
    fn bytes_behind_the_terminator_are_a_fault() {
        let mut fields = Fields::new(b"Mx\0\0y");
        assert_eq!(fields.next_field(), Ok(Some((b'M', &b"x"[..]))));
        assert_eq!(fields.next_field(), Err(Truncated));
        assert_eq!(Fields::new(b"Mx").next_field(), Err(Truncated));
    }
}
