//! Dutch BSN: the eleven test.

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<9>::of(span);
    digits.exact().is_some_and(|digits| {
        let sum = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]) + 10 * u32::from(digits[8]);
        !uniform(digits) && sum.is_multiple_of(11)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["111222333", "123456782"],
        &["123456789", "000000000", "12345678"],
    );
}
