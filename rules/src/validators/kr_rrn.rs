//! Korean resident and foreigner registration number: birth date and the digit of sex and century.
//! The checksum is not kept any more since October 2020.

use super::{Digits, day_of_month, two};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<13>::of(span).exact().is_some_and(|digits| {
        matches!(digits[6], 1..=8) && day_of_month(two(digits, 2), two(digits, 4))
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["960121-1234567", "9111245678901"],
        &["0013321234567", "051102-9234110", "1"],
    );
}
