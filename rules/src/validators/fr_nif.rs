//! French tax number (SPI): the first ten digits modulo 511.

use super::{Digits, number};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<13>::of(span).exact().is_some_and(|digits| {
        matches!(digits[0], 0..=3)
            && number(&digits[..10]) > 0
            && number(&digits[..10]) % 511 == number(&digits[10..])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["30 23 217 600 053"],
        &["3023217600054", "9023217600053", "1"],
    );
}
