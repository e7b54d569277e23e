//! Brazilian CNPJ: two check digits, modulus 11.

use super::cpf::check_digit;
use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<14>::of(span);
    digits.exact().is_some_and(|digits| {
        !uniform(digits)
            && check_digit(weighted(digits, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) == digits[12]
            && check_digit(weighted(digits, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) == digits[13]
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["11.222.333/0001-81", "11444777000161"],
        &["11.222.333/0001-82", "00000000000000"],
    );
}
