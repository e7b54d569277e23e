//! Turkish identity number: two check digits from odd and even places.

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        let odd = weighted(digits, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
        let even = weighted(digits, &[0, 1, 0, 1, 0, 1, 0, 1]);
        let tenth = (odd * 7 + 10 * even - even) % 10;
        digits[0] != 0
            && tenth == u32::from(digits[9])
            && (odd + even + u32::from(digits[9])) % 10 == u32::from(digits[10])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["10000000146", "36493665440", "53857632436"],
        &["10000000145", "02531814694", "1"],
    );
}
