//! Thai identity number: place of registration and modulo 11.

use super::{Digits, two, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<13>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
        let place = two(digits, 1);
        digits[0] != 0
            && !uniform(digits)
            && matches!(place, 10..=27 | 30..=49 | 50..=58 | 60..=67 | 70..=77 | 80..=86 | 90..=96)
            && (11 - sum % 11) % 10 == u32::from(digits[12])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["1234567890121", "3456789012347", "1580000000004"],
        &["1234567890123", "1304567890124", "0234567890124"],
    );
}
