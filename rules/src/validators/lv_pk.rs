//! Latvian personal code: birth date and modulo 11, or 32 to 39 in front and no date.
//! <https://www.pmlp.gov.lv>

use super::{Digits, day_of_month, two, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9]);
        let dated = day_of_month(two(digits, 2), two(digits, 0))
            && digits[6] <= 2
            && (1 + sum) % 11 % 10 == u32::from(digits[10]);
        dated || matches!(two(digits, 0), 32..=39)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["161175-19997", "321175-19997"],
        &["161175-19998", "161375-19997", "1"],
    );
}
