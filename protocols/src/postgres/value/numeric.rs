//! numeric: decimal text and the binary form in base 10,000.
//!
//! <https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/numeric.c>
//! (`numeric_send`): digit count, weight of the first digit, sign, decimals shown, digits.

use std::cmp::Ordering;

use super::Undecodable;
use crate::wire::Cursor;

/// Digits before and after the point that PostgreSQL can hold.
const INTEGER_DIGITS_MAX: usize = 131_072;
const SCALE_MAX: usize = 16_383;

const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;

/// Where finite negative numbers stand in the order of all.
const NEGATIVE_RANK: u8 = 1;

/// A decimal text taken apart.
enum Decimal<'a> {
    Special(&'static str, u16),
    /// `integer` has no leading zeros and may be empty.
    Finite {
        negative: bool,
        integer: &'a [u8],
        fraction: &'a [u8],
    },
}

/// The text, if it is a numeric as PostgreSQL prints it.
pub(super) fn check(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?;
    Decimal::parse(text)?;
    Some(text)
}

/// Appends the text without needless zeros in front; returns whether it is a numeric.
pub(super) fn write_plain(text: &str, out: &mut Vec<u8>) -> bool {
    match Decimal::parse(text) {
        None => return false,
        Some(Decimal::Special(name, _)) => out.extend_from_slice(name.as_bytes()),
        Some(finite @ Decimal::Finite { .. }) => finite.write(out),
    }
    true
}

/// Appends the text if it is finite; returns whether it was.
pub(super) fn write_finite(text: &[u8], out: &mut Vec<u8>) -> bool {
    match std::str::from_utf8(text).ok().and_then(Decimal::parse) {
        Some(finite @ Decimal::Finite { .. }) => {
            finite.write(out);
            true
        }
        _ => false,
    }
}

/// Compares two decimal texts as the server does (NaN above all); `None` if one is not a numeric.
pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Decimal::parse(a)?, Decimal::parse(b)?);
    Some(a.rank().cmp(&b.rank()).then_with(|| {
        let magnitude = a.compare_magnitude(&b);
        if a.rank() == NEGATIVE_RANK {
            magnitude.reverse()
        } else {
            magnitude
        }
    }))
}

/// Appends the decimal text of a binary numeric: at most 131,072 digits before the point and
/// 16,383 behind.
pub(super) fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), Undecodable> {
    let mut cursor = Cursor::new(value);
    let count = usize::from(cursor.u16()?);
    let weight = i64::from(cursor.i16()?);
    let sign = cursor.u16()?;
    let scale = usize::from(cursor.u16()?);
    let digits = cursor.rest();
    if digits.len() != count * 2 {
        return Err(Undecodable::Length);
    }
    match sign {
        0 => {}
        NEGATIVE => out.push(b'-'),
        NAN | INFINITY | NEGATIVE_INFINITY if count == 0 => {
            out.extend_from_slice(special(sign).as_bytes());
            return Ok(());
        }
        _ => return Err(Undecodable::Number),
    }
    if scale > SCALE_MAX {
        return Err(Undecodable::Number);
    }
    // The group of 10,000^-exponent after the first.
    let group = |position: i64| -> Result<u16, Undecodable> {
        let at = usize::try_from(weight - position)
            .ok()
            .filter(|&at| at < count);
        let digit = at.map_or(0, |at| {
            u16::from_be_bytes([digits[2 * at], digits[2 * at + 1]])
        });
        if digit < 10_000 {
            Ok(digit)
        } else {
            Err(Undecodable::Number)
        }
    };
    let start = out.len();
    for position in (0..=weight.max(0)).rev() {
        push_group(group(position)?, out);
    }
    let zeros = out[start..].iter().take_while(|&&b| b == b'0').count();
    let spare = zeros.min(out.len() - start - 1);
    out.drain(start..start + spare);
    if scale > 0 {
        out.push(b'.');
        let point = out.len();
        let mut position = -1;
        while out.len() - point < scale {
            push_group(group(position)?, out);
            position -= 1;
        }
        out.truncate(point + scale);
    }
    Ok(())
}

/// Appends the binary form of a decimal text; returns whether it is a numeric.
pub(super) fn write_binary(text: &str, out: &mut Vec<u8>) -> bool {
    let (negative, integer, fraction) = match Decimal::parse(text) {
        None => return false,
        Some(Decimal::Special(_, sign)) => {
            // The scale of infinity means nothing; the server sends 32.
            let scale = if sign == NAN { 0 } else { 32 };
            for word in [0, 0, sign, scale] {
                out.extend_from_slice(&word.to_be_bytes());
            }
            return true;
        }
        Some(Decimal::Finite {
            negative,
            integer,
            fraction,
        }) => (negative, integer, fraction),
    };
    let head = integer.len() % 4;
    let whole_groups = integer.len().div_ceil(4);
    let leading = (head > 0).then(|| &integer[..head]);
    let groups = leading
        .into_iter()
        .chain(integer[head..].chunks(4))
        .map(value_of)
        .chain(
            fraction
                .chunks(4)
                .map(|chunk| (chunk.len()..4).fold(value_of(chunk), |value, _| value * 10)),
        );

    let header = out.len();
    out.extend_from_slice(&[0; 8]);
    let mut weight = whole_groups.cast_signed() - 1;
    let mut end = out.len();
    for group in groups {
        if group == 0 && out.len() == header + 8 {
            weight -= 1;
            continue;
        }
        out.extend_from_slice(&group.to_be_bytes());
        if group != 0 {
            end = out.len();
        }
    }
    out.truncate(end);
    let count = (out.len() - header - 8) / 2;
    // The digit limits keep all of them within 16 bits.
    let (Ok(count), Ok(weight), Ok(scale)) = (
        u16::try_from(count),
        i16::try_from(weight),
        u16::try_from(fraction.len()),
    ) else {
        return false;
    };
    let zero = count == 0;
    let weight = if zero { 0 } else { weight.cast_unsigned() };
    let sign = if negative && !zero { NEGATIVE } else { 0 };
    for (at, word) in [count, weight, sign, scale].iter().enumerate() {
        out[header + 2 * at..header + 2 * at + 2].copy_from_slice(&word.to_be_bytes());
    }
    true
}

impl<'a> Decimal<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        match text {
            "NaN" => return Some(Self::Special("NaN", NAN)),
            "Infinity" => return Some(Self::Special("Infinity", INFINITY)),
            "-Infinity" => return Some(Self::Special("-Infinity", NEGATIVE_INFINITY)),
            _ => {}
        }
        let magnitude = text.strip_prefix('-');
        let digits = magnitude.unwrap_or(text);
        let (integer, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if integer.is_empty() || (fraction.is_empty() && digits.contains('.')) {
            return None;
        }
        if !all_digits(integer) || !all_digits(fraction) {
            return None;
        }
        let integer = integer.trim_start_matches('0');
        if integer.len() > INTEGER_DIGITS_MAX || fraction.len() > SCALE_MAX {
            return None;
        }
        let zero = integer.is_empty() && fraction.bytes().all(|b| b == b'0');
        let negative = magnitude.is_some() && !zero;
        Some(Self::Finite {
            negative,
            integer: integer.as_bytes(),
            fraction: fraction.as_bytes(),
        })
    }

    /// Negative infinity, negative, positive, infinity, NaN.
    fn rank(&self) -> u8 {
        match self {
            Self::Special(_, NEGATIVE_INFINITY) => 0,
            Self::Finite { negative: true, .. } => NEGATIVE_RANK,
            Self::Finite {
                negative: false, ..
            } => 2,
            Self::Special(_, INFINITY) => 3,
            Self::Special(..) => 4,
        }
    }

    /// Equal if one is not finite.
    fn compare_magnitude(&self, other: &Self) -> Ordering {
        let (
            Self::Finite {
                integer: a,
                fraction: x,
                ..
            },
            Self::Finite {
                integer: b,
                fraction: y,
                ..
            },
        ) = (self, other)
        else {
            return Ordering::Equal;
        };
        let digit = |digits: &[u8], at: usize| digits.get(at).copied().unwrap_or(b'0');
        let decimals = || {
            let length = x.len().max(y.len());
            (0..length)
                .map(|at| digit(x, at))
                .cmp((0..length).map(|at| digit(y, at)))
        };
        a.len()
            .cmp(&b.len())
            .then_with(|| a.cmp(b))
            .then_with(decimals)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let Self::Finite {
            negative,
            integer,
            fraction,
        } = self
        else {
            return;
        };
        if *negative {
            out.push(b'-');
        }
        out.extend_from_slice(if integer.is_empty() { b"0" } else { integer });
        if !fraction.is_empty() {
            out.push(b'.');
            out.extend_from_slice(fraction);
        }
    }
}

fn special(sign: u16) -> &'static str {
    match sign {
        INFINITY => "Infinity",
        NEGATIVE_INFINITY => "-Infinity",
        _ => "NaN",
    }
}

fn push_group(group: u16, out: &mut Vec<u8>) {
    let digit = |unit: u16| b'0' + (group / unit % 10) as u8;
    out.extend_from_slice(&[digit(1000), digit(100), digit(10), digit(1)]);
}

fn value_of(digits: &[u8]) -> u16 {
    digits
        .iter()
        .fold(0, |value, b| value * 10 + u16::from(b - b'0'))
}
