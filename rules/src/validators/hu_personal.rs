//! Hungarian personal number: sex and century, birth date, weights modulo 11.

use super::{Digits, day_of_month, two, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        // Ascending for those born up to 1996, descending after that.
        let up = weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        let down = weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
        matches!(digits[0], 1..=8)
            && day_of_month(two(digits, 3), two(digits, 5))
            && [up, down]
                .iter()
                .any(|sum| sum % 11 == u32::from(digits[10]))
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["2-720216-1673", "27202161673"],
        &["27202161675", "07202161673", "1"],
    );
}
