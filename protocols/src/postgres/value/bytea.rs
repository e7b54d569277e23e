//! bytea texts: `\x` hex and the older escape format, told apart by the text itself.
//!
//! <https://www.postgresql.org/docs/current/datatype-binary.html>

use super::Undecodable;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends the bytes that `value` stands for.
pub(super) fn parse(value: &[u8], out: &mut Vec<u8>) -> Result<(), Undecodable> {
    match value.strip_prefix(b"\\x") {
        Some(hex) => parse_hex(hex, out),
        None => parse_escaped(value, out),
    }
}

/// Appends `bytes` in the format of `original`: hex always shows its `\x`. Returns true.
pub(super) fn write(original: &[u8], bytes: &[u8], out: &mut Vec<u8>) -> bool {
    if original.starts_with(b"\\x") {
        out.extend_from_slice(b"\\x");
        bytes.iter().for_each(|&byte| push_hex(byte, out));
        return true;
    }
    for &byte in bytes {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x20..=0x7e => out.push(byte),
            _ => {
                let digit = |shift: u8| b'0' + (byte >> shift & 7);
                out.extend_from_slice(&[b'\\', digit(6), digit(3), digit(0)]);
            }
        }
    }
    true
}

/// Appends two hex digits.
pub(super) fn push_hex(byte: u8, out: &mut Vec<u8>) {
    out.push(HEX[usize::from(byte >> 4)]);
    out.push(HEX[usize::from(byte & 15)]);
}

/// The value of a hex digit.
pub(super) fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn parse_hex(hex: &[u8], out: &mut Vec<u8>) -> Result<(), Undecodable> {
    let (pairs, rest) = hex.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Undecodable::Bytea);
    }
    for [high, low] in pairs {
        let byte = hex_digit(*high)
            .zip(hex_digit(*low))
            .map(|(high, low)| high << 4 | low);
        out.push(byte.ok_or(Undecodable::Bytea)?);
    }
    Ok(())
}

fn parse_escaped(value: &[u8], out: &mut Vec<u8>) -> Result<(), Undecodable> {
    let mut rest = value;
    loop {
        rest = match rest {
            [] => return Ok(()),
            [b'\\', b'\\', rest @ ..] => {
                out.push(b'\\');
                rest
            }
            [
                b'\\',
                a @ b'0'..=b'3',
                b @ b'0'..=b'7',
                c @ b'0'..=b'7',
                rest @ ..,
            ] => {
                out.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest
            }
            [b'\\', ..] => return Err(Undecodable::Bytea),
            [byte, rest @ ..] => {
                out.push(*byte);
                rest
            }
        };
    }
}
