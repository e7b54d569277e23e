//! Brazilian PIS, PASEP and NIT: weights modulo 11.

use super::cpf::check_digit;
use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        !uniform(digits)
            && check_digit(weighted(digits, &[3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) == digits[10]
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["120.64142.47-0", "12064142470"],
        &["12064142475", "11111111111", "1"],
    );
}
