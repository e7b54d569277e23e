//! Japanese corporate number: the check digit is in front.
//! <https://www.houjin-bangou.nta.go.jp>

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<13>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(&digits[1..], &[2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]);
        9 - sum % 9 == u32::from(digits[0])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["5835678256246", "7000012050002"],
        &["2835678256246", "0000000000000", "1"],
    );
}
