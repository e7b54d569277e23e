//! German VAT number: ISO 7064 mod 11,10 over eight digits.

use super::Digits;
use super::de_tax_id::check_digit;

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<9>::of(span)
        .exact()
        .is_some_and(|digits| digits[0] != 0 && check_digit(&digits[..8]) == digits[8])
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["DE136695976", "de 129 273 398", "DE111111117"],
        &["DE123456789", "DE100000001", "DE1"],
    );
}
