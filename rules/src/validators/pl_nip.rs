//! Polish tax number (NIP): weights modulo 11.

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<10>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[6, 5, 7, 2, 3, 4, 5, 6, 7]);
        !uniform(digits) && sum % 11 == u32::from(digits[9])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["8567346215", "856-734-62-15"],
        &["8567346216", "0000000000", "1"],
    );
}
