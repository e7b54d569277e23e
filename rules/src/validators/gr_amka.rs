//! Greek AMKA: birth date, then Luhn.
//! <https://www.amka.gr/tieinai.html>

use super::{Digits, day_of_month, luhn, two};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        day_of_month(two(digits, 2), two(digits, 0)) && luhn::sum(digits, 0).is_multiple_of(10)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["01013099997"],
        &["01013099999", "01133099997", "1"],
    );
}
