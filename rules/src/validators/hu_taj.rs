//! Hungarian health insurance number (TAJ): weights 3 and 7.

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<9>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[3, 7, 3, 7, 3, 7, 3, 7]);
        !uniform(digits) && sum % 10 == u32::from(digits[8])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["111111110", "123 456 788"],
        &["123456789", "000000000", "1"],
    );
}
