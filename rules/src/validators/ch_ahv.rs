//! Swiss AHV number: the country 756 and the check digit of EAN-13.
//! <https://www.zas.admin.ch>

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<13>::of(span).exact().is_some_and(|digits| {
        digits[..3] == [7, 5, 6]
            && weighted(digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["756.1234.5678.97", "7569217076985"],
        &["756.1234.5678.98", "7551234567897", "1"],
    );
}
