//! Decimal text as PostgreSQL prints numerics: sign, whole digits, fraction digits.

use std::io::Write as _;

/// A finite decimal, split. Neither part holds a sign; `fraction` is empty for scale 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    pub(super) negative: bool,
    pub(super) whole: &'a [u8],
    pub(super) fraction: &'a [u8],
}

/// Splits plain decimal text; nothing for `NaN`, the infinities and exponents.
pub(super) fn split(text: &str) -> Option<Decimal<'_>> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (!whole.is_empty() && digits(whole) && digits(fraction)).then_some(Decimal {
        negative,
        whole: whole.as_bytes(),
        fraction: fraction.as_bytes(),
    })
}

/// Appends a decimal in the form PostgreSQL prints: no leading zeros, no negative zero.
pub(super) fn push(
    negative: bool,
    whole: impl Iterator<Item = u8>,
    fraction: impl Iterator<Item = u8>,
    out: &mut Vec<u8>,
) {
    let from = out.len();
    if negative {
        out.push(b'-');
    }
    let first = out.len();
    for digit in whole {
        if out.len() > first || digit != b'0' {
            out.push(digit);
        }
    }
    if out.len() == first {
        out.push(b'0');
    }
    let point = out.len();
    out.push(b'.');
    out.extend(fraction);
    if out.len() == point + 1 {
        out.pop();
    }
    if negative && !out[first..].iter().any(|byte| matches!(byte, b'1'..=b'9')) {
        out.remove(from);
    }
}

/// Appends all digits of a number with its last `scale` behind a point.
pub(super) fn push_scaled(negative: bool, magnitude: u128, scale: usize, out: &mut Vec<u8>) {
    if negative && magnitude > 0 {
        out.push(b'-');
    }
    // Writing to a vector cannot fail.
    drop(write!(out, "{magnitude:0width$}", width = scale + 1));
    if scale > 0 {
        out.insert(out.len() - scale, b'.');
    }
}

/// All digits as one number; nothing above 38 of them.
pub(super) fn magnitude(number: &Decimal<'_>) -> Option<u128> {
    number
        .whole
        .iter()
        .chain(number.fraction)
        .try_fold(0u128, |n, digit| {
            n.checked_mul(10)?.checked_add(u128::from(digit - b'0'))
        })
}

/// The digits of a number in a buffer.
pub(super) fn digits(number: u64, buffer: &mut [u8; 20]) -> Option<&[u8]> {
    let mut rest = &mut buffer[..];
    write!(rest, "{number}").ok()?;
    let used = 20 - rest.len();
    Some(&buffer[..used])
}

/// The largest integer of a width in bytes.
pub(super) fn int_max(width: u8) -> u64 {
    match width {
        2 => i16::MAX.unsigned_abs().into(),
        4 => i32::MAX.unsigned_abs().into(),
        _ => i64::MAX.unsigned_abs(),
    }
}

/// A number as its width holds it, 0 where it would not be finite.
pub(super) fn float(number: f64, width: u8) -> f64 {
    #[allow(clippy::cast_possible_truncation)]
    let number = match width {
        4 => f64::from(number as f32),
        _ => number,
    };
    if number.is_finite() { number } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_drops_leading_zeros_and_negative_zero() {
        for (negative, whole, fraction, printed) in [
            (false, "0012", "50", "12.50"),
            (true, "000", "00", "0.00"),
            (true, "0", "01", "-0.01"),
            (false, "", "", "0"),
        ] {
            let mut out = Vec::new();
            push(negative, whole.bytes(), fraction.bytes(), &mut out);
            assert_eq!(out, printed.as_bytes());
        }
    }

    #[test]
    fn only_finite_plain_decimals_split() {
        assert!(
            split("-12.50").is_some_and(|d| d.negative && d.whole == b"12" && d.fraction == b"50")
        );
        for text in ["NaN", "Infinity", "-Infinity", "1e5", "", "-", ".5"] {
            assert_eq!(split(text), None, "{text}");
        }
    }
}
