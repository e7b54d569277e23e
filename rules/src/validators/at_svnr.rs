//! Austrian social security number: a check digit in the middle, then the birth date.
//! <https://www.sozialversicherung.at>

use super::{Digits, day_of_month, two, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<10>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
        // Months 13 to 15 are given out where a day has no number left.
        let (day, month) = (two(digits, 4), two(digits, 6));
        digits[0] != 0
            && sum % 11 == u32::from(digits[3])
            && (day_of_month(month, day) || (matches!(month, 13..=15) && matches!(day, 1..=31)))
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["1237 010180", "1237010180"],
        &["2237010180", "1237013280", "0000010180", "1"],
    );
}
