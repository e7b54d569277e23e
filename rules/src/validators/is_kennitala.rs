//! Icelandic kennitala: birth date, weights modulo 11, century.

use super::{Digits, day_of_month, two, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<10>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[3, 2, 7, 6, 5, 4, 3, 2, 1]);
        // Companies have 40 added to the day.
        day_of_month(two(digits, 2), two(digits, 0) % 40)
            && matches!(digits[9], 8 | 9 | 0)
            && sum.is_multiple_of(11)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["450401-3150", "1201743399"],
        &["4504013153", "1213743399", "1"],
    );
}
