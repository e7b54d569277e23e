//! Indonesian NIK: province, and the birth date with 40 added to the day for women.

use super::{Digits, day_of_month, two};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<16>::of(span).exact().is_some_and(|digits| {
        let day = two(digits, 6);
        matches!(two(digits, 0), 11..=21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=97)
            && two(digits, 2) > 0
            && two(digits, 4) > 0
            && day_of_month(two(digits, 8), if day > 40 { day - 40 } else { day })
            && two(digits, 12) + two(digits, 14) > 0
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["3171011708450001", "3171015708450002"],
        &["3171011713450001", "0071011708450001", "1"],
    );
}
