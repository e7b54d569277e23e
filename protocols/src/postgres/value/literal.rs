//! Pieces of text that arrays, rows and ranges share: quoted fields.
//!
//! Rows and ranges double `"` and `\` inside quotes; arrays put a backslash before them. Reading
//! accepts what the server's own input functions accept, writing does what its output functions do.

/// Reads a row field or range bound that begins at `at`, up to an unquoted byte that `ends`.
/// Appends the decoded text and returns the offset of that byte; `None` if the value ends first.
pub(super) fn read_field(
    value: &[u8],
    at: usize,
    ends: fn(u8) -> bool,
    decoded: &mut Vec<u8>,
) -> Option<usize> {
    let mut at = at;
    let mut quoted = false;
    loop {
        match *value.get(at)? {
            b'\\' => {
                decoded.push(*value.get(at + 1)?);
                at += 1;
            }
            b'"' if quoted && value.get(at + 1) == Some(&b'"') => {
                decoded.push(b'"');
                at += 1;
            }
            b'"' => quoted = !quoted,
            byte if !quoted && ends(byte) => return Some(at),
            byte => decoded.push(byte),
        }
        at += 1;
    }
}

/// Appends a row field or range bound, quoted if `special` says so of any byte or if it is empty.
pub(super) fn push_field(text: &[u8], special: fn(u8) -> bool, out: &mut Vec<u8>) {
    let quoted = text.is_empty()
        || text
            .iter()
            .any(|&b| special(b) || is_space(b) || matches!(b, b'"' | b'\\'));
    push_quoted_if(quoted, text, |byte| byte, out);
}

/// Appends an array element, quoted where the server would.
pub(super) fn push_element(text: &[u8], delimiter: u8, out: &mut Vec<u8>) {
    let quoted = text.is_empty()
        || text.eq_ignore_ascii_case(b"null")
        || text
            .iter()
            .any(|&b| b == delimiter || is_space(b) || matches!(b, b'"' | b'\\' | b'{' | b'}'));
    push_quoted_if(quoted, text, |_| b'\\', out);
}

/// `escape` gives the byte that goes before a `"` or `\`.
fn push_quoted_if(quoted: bool, text: &[u8], escape: fn(u8) -> u8, out: &mut Vec<u8>) {
    if !quoted {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for &byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(escape(byte));
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// What `isspace` means to the server in any locale it supports.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Appends a length word and the bytes; `None` if they exceed what a length word can say.
pub(super) fn push_sized(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let len = i32::try_from(bytes.len()).ok()?;
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(bytes);
    Some(())
}

/// Takes a length word and that many bytes; `None` inside is NULL (-1).
pub(super) fn take_sized<'a>(
    cursor: &mut crate::wire::Cursor<'a>,
) -> Result<Option<&'a [u8]>, super::Undecodable> {
    match cursor.i32()? {
        -1 => Ok(None),
        len => {
            let len = usize::try_from(len).map_err(|_| super::Undecodable::Length)?;
            Ok(Some(cursor.take(len)?))
        }
    }
}
