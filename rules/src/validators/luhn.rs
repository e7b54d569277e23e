//! Luhn check digit (ISO/IEC 7812-1): cards, IMEI and many national numbers.

use super::{Digits, uniform};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<32>::of(span);
    let digits = digits.as_slice();
    digits.len() >= 2 && !uniform(digits) && sum(digits, 0).is_multiple_of(10)
}

/// The Luhn sum of `digits`, the last one being the check digit, on top of `start`.
pub(super) fn sum(digits: &[u8], start: u32) -> u32 {
    start
        + digits
            .iter()
            .rev()
            .enumerate()
            .map(|(index, digit)| match (index % 2, u32::from(*digit)) {
                (0, digit) => digit,
                (_, digit) if digit > 4 => 2 * digit - 9,
                (_, digit) => 2 * digit,
            })
            .sum::<u32>()
}

#[cfg(test)]
#[test]
fn known_numbers() {
    let good = [
        "4111 1111 1111 1111",
        "5555-5555-5555-4444",
        "490154203237518",
    ];
    super::table(
        check,
        &good,
        &["4111 1111 1111 1112", "0000 0000 0000 0000", "", "7"],
    );
}
