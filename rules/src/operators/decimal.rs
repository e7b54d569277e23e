//! Decimal text as PostgreSQL prints numerics: sign, whole digits, fraction digits.

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
