//! Polish PESEL: birth date with the century in the month, and the 1-3-7-9 checksum.

use super::{Digits, day_of_month, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<11>::of(span);
    digits.exact().is_some_and(|digits| {
        let month = u32::from(digits[2] % 2 * 10 + digits[3]);
        let day = u32::from(digits[4] * 10 + digits[5]);
        day_of_month(month, day)
            && weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["44051401359", "02070803628"],
        &["44051401358", "44131401359", "1"],
    );
}
