//! float4 and float8 texts, written as the server writes them (shortest digits that read back).
//!
//! <https://github.com/postgres/postgres/blob/master/src/common/d2s.c>: plain decimals for exponents
//! from -4 up to 15 digits (6 for float4), otherwise `1.5e+20`.

use std::fmt::Write;

use super::Undecodable;

pub(super) fn parse8(value: &[u8]) -> Result<f64, Undecodable> {
    std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or(Undecodable::Number)
}

pub(super) fn parse4(value: &[u8]) -> Result<f64, Undecodable> {
    let text = std::str::from_utf8(value).map_err(|_| Undecodable::Number)?;
    text.parse::<f32>()
        .map(f64::from)
        .map_err(|_| Undecodable::Number)
}

/// Returns true: every float8 can be written.
pub(super) fn write8(value: f64, out: &mut Vec<u8>) -> bool {
    if push_special(value, out) {
        return true;
    }
    let mut buffer = Buffer::default();
    write!(buffer, "{value:e}").is_ok() && buffer.lay_out(15, out)
}

/// Returns whether the value fits a float4.
pub(super) fn write4(value: f64, out: &mut Vec<u8>) -> bool {
    let Some(narrow) = narrow(value) else {
        return false;
    };
    if push_special(value, out) {
        return true;
    }
    let mut buffer = Buffer::default();
    write!(buffer, "{narrow:e}").is_ok() && buffer.lay_out(6, out)
}

/// Appends the name of a value that is not finite; tells whether it did.
fn push_special(value: f64, out: &mut Vec<u8>) -> bool {
    let name: &[u8] = match value {
        f64::INFINITY => b"Infinity",
        f64::NEG_INFINITY => b"-Infinity",
        _ if value.is_nan() => b"NaN",
        _ => return false,
    };
    out.extend_from_slice(name);
    true
}

/// The nearest float4, unless a finite value would become infinite.
pub(super) fn narrow(value: f64) -> Option<f32> {
    #[allow(clippy::cast_possible_truncation)] // rounding to the nearest float4 is the point
    let narrow = value as f32;
    (narrow.is_finite() || !value.is_finite()).then_some(narrow)
}

/// The longest is `-1.2345678901234567e-308`.
#[derive(Default)]
struct Buffer {
    bytes: [u8; 32],
    len: usize,
}

impl Write for Buffer {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        self.bytes
            .get_mut(self.len..end)
            .ok_or(std::fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

impl Buffer {
    /// Lays out `-1.25e-7`, as Rust prints, the way the server does. Returns whether it could.
    fn lay_out(&self, plain_digits: i32, out: &mut Vec<u8>) -> bool {
        let text = &self.bytes[..self.len];
        let (text, negative) = text
            .strip_prefix(b"-")
            .map_or((text, false), |text| (text, true));
        let Some(e) = memchr::memchr(b'e', text) else {
            return false;
        };
        let exponent = std::str::from_utf8(&text[e + 1..])
            .ok()
            .and_then(|e| e.parse().ok());
        let Some(exponent) = exponent else {
            return false;
        };
        let mut digits = [0; 32];
        let mut len = 0;
        for &byte in text[..e].iter().filter(|b| b.is_ascii_digit()) {
            digits[len] = byte;
            len += 1;
        }
        if negative {
            out.push(b'-');
        }
        push_laid_out(&digits[..len], exponent, plain_digits, out);
        true
    }
}

fn push_laid_out(digits: &[u8], exponent: i32, plain_digits: i32, out: &mut Vec<u8>) {
    if digits == b"0" {
        out.push(b'0');
    } else if !(-4..plain_digits).contains(&exponent) {
        out.push(digits[0]);
        if digits.len() > 1 {
            out.push(b'.');
            out.extend_from_slice(&digits[1..]);
        }
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        super::calendar::push_padded(u64::from(exponent.unsigned_abs()), 2, out);
    } else if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.extend((1..-exponent).map(|_| b'0'));
        out.extend_from_slice(digits);
    } else {
        let whole = exponent.unsigned_abs() as usize + 1;
        out.extend_from_slice(&digits[..whole.min(digits.len())]);
        out.extend((digits.len()..whole).map(|_| b'0'));
        if digits.len() > whole {
            out.push(b'.');
            out.extend_from_slice(&digits[whole..]);
        }
    }
}
