//! Russian SNILS: weights 9 to 1, modulo 101.

use super::{Digits, number, two, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 1]);
        number(&digits[..9]) > 1_001_998 && sum % 101 % 100 == two(digits, 9)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["112-233-445 95", "087-654-303 00"],
        &["112-233-445 96", "000-000-000 00", "1"],
    );
}
