//! money: a locale's text around a 64-bit number of minor units.
//!
//! The text depends on `lc_monetary`, which no client is told. All digits together are the minor
//! units, whatever stands between them; writing follows the pattern of the text that is replaced.

use super::Undecodable;
use super::calendar::push_padded;

/// Minor units (cents) of `$1,234.56`, `-1.234,56 €`, `($0.10)`.
pub(super) fn parse(value: &[u8]) -> Result<i64, Undecodable> {
    let negative = is_negative(value);
    let mut digits = value.iter().filter(|b| b.is_ascii_digit()).peekable();
    digits.peek().ok_or(Undecodable::Number)?;
    let magnitude = digits.try_fold(0_i128, |sum, b| {
        let sum = sum * 10 + i128::from(b - b'0');
        (sum <= i128::from(u64::MAX)).then_some(sum)
    });
    let signed = magnitude.map(|sum| if negative { -sum } else { sum });
    signed
        .and_then(|sum| i64::try_from(sum).ok())
        .ok_or(Undecodable::Number)
}

/// Returns whether `original` is a money text to follow.
pub(super) fn write(original: &[u8], value: i64, out: &mut Vec<u8>) -> bool {
    let Some(pattern) = Pattern::of(original) else {
        return false;
    };
    let keeps_sign = is_negative(original) == (value < 0);
    if !keeps_sign && value < 0 {
        out.push(b'-');
    }
    let is_sign = |b: &u8| matches!(b, b'-' | b'(' | b')');
    let dressing = |part: &[u8], out: &mut Vec<u8>| {
        out.extend(part.iter().filter(|b| keeps_sign || !is_sign(b)));
    };
    dressing(pattern.before, out);
    pattern.push_digits(value.unsigned_abs(), out);
    dressing(pattern.after, out);
    true
}

fn is_negative(value: &[u8]) -> bool {
    value.iter().any(|b| matches!(b, b'-' | b'('))
}

struct Pattern<'a> {
    before: &'a [u8],
    after: &'a [u8],
    /// Empty if no thousands separator was seen.
    group: &'a [u8],
    point: &'a [u8],
    fraction_digits: usize,
}

impl<'a> Pattern<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        let first = text.iter().position(u8::is_ascii_digit)?;
        let last = text.iter().rposition(u8::is_ascii_digit)?;
        let number = &text[first..=last];
        let separators = || {
            number
                .split(u8::is_ascii_digit)
                .filter(|run| !run.is_empty())
        };
        let earlier = separators().next().unwrap_or_default();
        let latest = separators().next_back().unwrap_or_default();
        let behind = number
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_digit())
            .count();
        // The last separator is a decimal point unless it groups thousands like those before it.
        let several = separators().count() > 1;
        let groups_thousands =
            behind == 3 && !number.starts_with(b"0") && (!several || earlier == latest);
        let has_point = !latest.is_empty() && !groups_thousands;
        Some(Self {
            before: &text[..first],
            after: &text[last + 1..],
            group: if several || !has_point { earlier } else { b"" },
            point: if has_point { latest } else { b"" },
            fraction_digits: if has_point { behind } else { 0 },
        })
    }

    fn push_digits(&self, value: u64, out: &mut Vec<u8>) {
        let digits = u32::try_from(self.fraction_digits).unwrap_or(u32::MAX);
        let unit = 10_u64.checked_pow(digits).unwrap_or(u64::MAX);
        let (whole, fraction) = (value / unit, value % unit);
        self.push_whole(whole, out);
        if self.fraction_digits > 0 {
            out.extend_from_slice(self.point);
            push_padded(fraction, self.fraction_digits, out);
        }
    }

    fn push_whole(&self, whole: u64, out: &mut Vec<u8>) {
        let mut unit = 1;
        while !self.group.is_empty() && whole / unit >= 1000 {
            unit *= 1000;
        }
        push_padded(
            if self.group.is_empty() {
                whole
            } else {
                whole / unit
            },
            1,
            out,
        );
        while unit > 1 {
            unit /= 1000;
            out.extend_from_slice(self.group);
            push_padded(whole / unit % 1000, 3, out);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn texts_of_many_locales_follow_their_pattern() {
        let table: [(&str, i64, i64, &str); 10] = [
            ("$1,234.56", 123_456, 98_765_432, "$987,654.32"),
            ("-$1,234.56", -123_456, 5, "$0.05"),
            ("$0.10", 10, -123_456, "-$1234.56"),
            ("1.234,56 €", 123_456, 100_000_000, "1.000.000,00 €"),
            ("￥1,234", 1234, 7, "￥7"),
            ("￥1,234,567", 1_234_567, 7_654_321, "￥7,654,321"),
            ("0.123", 123, 4567, "4.567"),
            ("($1.00)", -100, 100, "$1.00"),
            ("$12,345,678.90", 1_234_567_890, -1, "-$0.01"),
            ("12", 12, 3456, "3456"),
        ];
        for (text, units, new, written) in table {
            assert_eq!(parse(text.as_bytes()), Ok(units), "{text}");
            let mut out = Vec::new();
            assert!(write(text.as_bytes(), new, &mut out));
            assert_eq!(std::str::from_utf8(&out).unwrap(), written);
        }
    }
}
