//! Korean business registration number: weights, and the tens of the last product.

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<10>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + u32::from(digits[8]) * 5 / 10;
        !uniform(digits) && (10 - sum % 10) % 10 == u32::from(digits[9])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["104-82-13138", "116-82-00276"],
        &["104-86-56658", "123-45-67890", "1"],
    );
}
