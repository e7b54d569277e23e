//! Australian company number: weights 8 to 1, modulo 10.
//! <https://asic.gov.au/for-business/registering-a-company/steps-to-register-a-company/australian-company-numbers/australian-company-number-digit-check/>

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<9>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[8, 7, 6, 5, 4, 3, 2, 1]);
        digits.iter().any(|digit| *digit > 0) && (10 - sum % 10) % 10 == u32::from(digits[8])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["000 000 019", "005499981", "006249976"],
        &["824753557", "000000000", "1"],
    );
}
