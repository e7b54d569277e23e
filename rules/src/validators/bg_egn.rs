//! Bulgarian EGN: birth date with the century in the month, weights modulo 11.

use super::{Digits, day_of_month, two, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<10>::of(span).exact().is_some_and(|digits| {
        let month = two(digits, 2);
        let sum = weighted(digits, &[2, 4, 8, 5, 10, 9, 7, 3, 6]);
        month <= 52
            && day_of_month(month % 20, two(digits, 4))
            && sum % 11 % 10 == u32::from(digits[9])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["7523169263", "8032056031"],
        &["7552A10004", "8019010008", "7523169262"],
    );
}
