//! Brazilian RENAVAM (vehicle): weights modulo 11.

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
        !uniform(digits) && sum * 10 % 11 % 10 == u32::from(digits[10])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["00639884962", "0063988496-2"],
        &["00639884961", "11111111111", "1"],
    );
}
