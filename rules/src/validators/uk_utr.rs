//! UK unique taxpayer reference: the check digit is in front.

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<10>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(&digits[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2]);
        b"21987654321"[(sum % 11) as usize] - b'0' == digits[0]
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(check, &["1955839661", "2000000000"], &["2955839661", "1"]);
}
