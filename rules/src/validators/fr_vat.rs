//! French VAT number: key from the SIREN modulo 97.

use super::{Digits, luhn, number, two};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        let siren = number(&digits[2..]);
        luhn::sum(&digits[2..], 0).is_multiple_of(10)
            && siren > 0
            && (12 + 3 * (siren % 97)) % 97 == u64::from(two(digits, 0))
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["FR40303265045", "FR 83 404 833 048"],
        &["FR84323140391", "FR41303265045", "1"],
    );
}
