//! Croatian OIB: ISO 7064 mod 11,10 over ten digits.

use super::de_tax_id::check_digit;
use super::{Digits, uniform};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span)
        .exact()
        .is_some_and(|digits| !uniform(digits) && check_digit(&digits[..10]) == digits[10])
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["33392005961", "HR 33392005961"],
        &["33392005962", "11111111111", "1"],
    );
}
