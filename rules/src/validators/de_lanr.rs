//! German physician number (LANR): weights 4 and 9.
//! <https://www.kbv.de/html/arztnummern.php>

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<9>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[4, 9, 4, 9, 4, 9]);
        (10 - sum % 10) % 10 == u32::from(digits[6])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["123456601", "987654401", "555555501"],
        &["123456901", "234567601", "1"],
    );
}
