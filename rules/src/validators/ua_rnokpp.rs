//! Ukrainian tax number (RNOKPP): weights modulo 11.

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<10>::of(span).exact().is_some_and(|digits| {
        // The first weight is -1.
        let sum = weighted(&digits[1..], &[5, 7, 9, 4, 6, 10, 5, 7]) + 11 - u32::from(digits[0]);
        !uniform(digits) && sum % 11 % 10 == u32::from(digits[9])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(check, &["1759013776"], &["1759013770", "0000000000", "1"]);
}
