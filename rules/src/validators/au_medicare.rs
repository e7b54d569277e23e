//! Australian Medicare card: first digit 2 to 6, weights 1, 3, 7, 9.
//! <https://meteor.aihw.gov.au/content/270101>

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<11>::of(span);
    let digits = digits.as_slice();
    digits.len() >= 10
        && matches!(digits[0], 2..=6)
        && weighted(&digits[..8], &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == u32::from(digits[8])
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["2123 45670 1", "2428 77813 2"],
        &["2123258701", "1123456701", "2"],
    );
}
