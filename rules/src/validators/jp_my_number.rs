//! Japanese individual number (My Number): weights modulo 11.

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<12>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
        let check = match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        };
        !uniform(digits) && check == u32::from(digits[11])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["6214 9832 0257"],
        &["621498320256", "000000000000", "1"],
    );
}
