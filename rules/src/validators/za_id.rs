//! South African identity number: birth date, citizenship, and Luhn.

use super::{Digits, day_of_month, luhn, two};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<13>::of(span).exact().is_some_and(|digits| {
        let (year, month, day) = (two(digits, 0), two(digits, 2), two(digits, 4));
        let leap = year.is_multiple_of(4) || (month, day) != (2, 29);
        digits[10] <= 2
            && leap
            && day_of_month(month, day)
            && luhn::sum(digits, 0).is_multiple_of(10)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["8001015009087", "0002294321191", "9912316789285"],
        &["8001015009086", "9902294321191", "9913326789285"],
    );
}
