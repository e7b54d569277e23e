//! Brazilian health card (CNS): weights 15 to 1, modulo 11.

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<15>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
        matches!(digits[0], 1 | 2 | 7..=9) && sum.is_multiple_of(11)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["700 0000 0000 0005", "700000000000005"],
        &["700000000000006", "300000000000000", "1"],
    );
}
