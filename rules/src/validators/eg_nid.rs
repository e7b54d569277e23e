//! Egyptian national identity number: century, birth date, governorate.

use super::{Digits, date, two};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<14>::of(span).exact().is_some_and(|digits| {
        let century = match digits[0] {
            2 => 1900,
            3 => 2000,
            _ => return false,
        };
        date(century + two(digits, 1), two(digits, 3), two(digits, 5))
            && matches!(two(digits, 7), 1..=4 | 11..=19 | 21..=29 | 31..=35 | 88)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["29001011234567", "30501230101234"],
        &["29013011234567", "19001011234567", "29001019934567", "1"],
    );
}
