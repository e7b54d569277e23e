//! Argentine CUIT and CUIL: kind, number, and weights modulo 11.
//! <https://www.afip.gob.ar>

use super::{Digits, two, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
        matches!(two(digits, 0), 20 | 23 | 24 | 25 | 26 | 27 | 30 | 33 | 34 | 50 | 51 | 55)
            // Where 10 would be the check digit, 9 is given.
            && b"09987654321"[(sum % 11) as usize] - b'0' == digits[10]
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["20-05536168-2", "20267565393"],
        &["20267565392", "10267565393", "1"],
    );
}
