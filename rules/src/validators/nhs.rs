//! UK NHS number: ten digits, modulus 11.
//! <https://www.datadictionary.nhs.uk/attributes/nhs_number.html>

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<10>::of(span);
    digits.exact().is_some_and(|digits| {
        let rest = 11 - weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        !uniform(digits) && rest % 11 == u32::from(digits[9]) && rest != 10
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["943 476 5919", "4010232137"],
        &["943 476 5918", "0000000000", "1"],
    );
}
