//! Greek AFM (tax number): powers of two, modulo 11.

use super::{Digits, uniform};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<9>::of(span).exact().is_some_and(|digits| {
        let sum = digits[..8]
            .iter()
            .fold(0u32, |sum, digit| 2 * (sum + u32::from(*digit)));
        !uniform(digits) && sum % 11 % 10 == u32::from(digits[8])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["094259216", "094 259 216"],
        &["123456781", "000000000", "1"],
    );
}
