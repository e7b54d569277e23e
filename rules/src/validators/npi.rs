//! US National Provider Identifier: Luhn over the number with the prefix 80840.
//! <https://www.cms.gov/Regulations-and-Guidance/Administrative-Simplification/NationalProvIdentStand>

use super::{Digits, luhn};

/// The Luhn sum of the prefix 80840 in front of ten digits.
const PREFIX_SUM: u32 = 24;

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<10>::of(span);
    digits.exact().is_some_and(|digits| {
        matches!(digits[0], 1 | 2) && luhn::sum(digits, PREFIX_SUM).is_multiple_of(10)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["1234567893", "1245319599"],
        &["1234567890", "3234567893", "123456789"],
    );
}
