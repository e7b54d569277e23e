//! Hungarian tax identification number: begins with 8, weights 1 to 9 modulo 11.

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<10>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        digits[0] == 8 && sum % 11 == u32::from(digits[9])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(check, &["8071592153"], &["8071592154", "7071592153", "1"]);
}
