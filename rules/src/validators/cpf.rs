//! Brazilian CPF: two check digits, modulus 11.

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<11>::of(span);
    digits.exact().is_some_and(|digits| {
        !uniform(digits)
            && check_digit(weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2])) == digits[9]
            && check_digit(weighted(digits, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) == digits[10]
    })
}

/// The check digit of a weighted sum; CNPJ uses the same.
pub(super) fn check_digit(sum: u32) -> u8 {
    match sum % 11 {
        0 | 1 => 0,
        rest => u8::try_from(11 - rest).unwrap_or(u8::MAX),
    }
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["529.982.247-25", "11144477735"],
        &["529.982.247-26", "11111111111", "1"],
    );
}
