//! Australian business number: modulo 89 with 1 taken from the first digit.
//! <https://abr.business.gov.au/Help/AbnFormat>

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
        digits[0] > 0 && (sum - 10).is_multiple_of(89)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["51 824 753 556", "83914571673"],
        &["52 824 753 556", "51824753557", "00000000000"],
    );
}
