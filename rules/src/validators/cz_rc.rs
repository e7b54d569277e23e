//! Czech and Slovak birth number: date with 50 added for women, modulo 11 from 1954 on.

use super::{Digits, day_of_month, number, two};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<10>::of(span);
    let digits = digits.as_slice();
    if digits.len() < 9 {
        return false;
    }
    // 50 for women, 20 more where a day has no number left.
    let month = match two(digits, 2) {
        month @ 1..=12 => month,
        month @ (21..=32 | 51..=62 | 71..=82) => (month - 1) % 10 + 1 + tens(month),
        _ => return false,
    };
    let checked = digits.len() == 9 || number(&digits[..9]) % 11 % 10 == u64::from(digits[9]);
    checked && day_of_month(month, two(digits, 4)) && (digits.len() == 10 || two(digits, 0) < 54)
}

/// What the tens of a shifted month stand for: 21 to 30 are January to October.
fn tens(month: u32) -> u32 {
    if matches!(month, 31 | 32 | 61 | 62 | 81 | 82) {
        10
    } else {
        0
    }
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["710319/2745", "7103192745", "530101/123"],
        &["7103192746", "711319/2745", "590312/123", "1"],
    );
}
