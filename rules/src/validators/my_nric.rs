//! Malaysian identity card: birth date and the code of the place of birth.

use super::{Digits, day_of_month, two};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<12>::of(span).exact().is_some_and(|digits| {
        day_of_month(two(digits, 2), two(digits, 4))
            && !matches!(two(digits, 6), 0 | 17..=20 | 69 | 70 | 73 | 80 | 81 | 94..=97)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["770305-02-1234", "770305021234"],
        &["771305-02-1234", "770305-17-1234", "1"],
    );
}
