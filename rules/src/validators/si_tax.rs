//! Slovenian tax number: weights 8 to 2, modulo 11.

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<8>::of(span).exact().is_some_and(|digits| {
        let check = 11 - weighted(digits, &[8, 7, 6, 5, 4, 3, 2]) % 11;
        digits[0] != 0 && check != 11 && check % 10 == u32::from(digits[7])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["50223054", "SI 5022 3054"],
        &["50223055", "09999990", "1"],
    );
}
