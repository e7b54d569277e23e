//! Romanian CNP: sex and century, birth date, county, weights modulo 11.

use super::{Digits, day_of_month, two, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<13>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]);
        let check = match sum % 11 {
            10 => 1,
            rest => rest,
        };
        digits[0] != 0
            && day_of_month(two(digits, 3), two(digits, 5))
            && matches!(two(digits, 7), 1..=48 | 51 | 52 | 70 | 80..=83)
            && check == u32::from(digits[12])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["1630615123457"],
        &["1630615123458", "1631315123457", "0630615123457"],
    );
}
