//! US bank routing number: Federal Reserve prefix and the 3-7-1 checksum.

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<9>::of(span);
    digits.exact().is_some_and(|digits| {
        let prefix = digits[0] * 10 + digits[1];
        matches!(prefix, 1..=12 | 21..=32 | 61..=72 | 80)
            && weighted(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["121042882", "021000021"],
        &["421042111", "121042883", "000000000"],
    );
}
