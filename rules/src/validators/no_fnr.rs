//! Norwegian national identity number: birth date and two check digits.
//! <https://www.skatteetaten.no>

use super::{Digits, day_of_month, two, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        // D numbers have 40 added to the day, H and synthetic numbers 40, 65 or 80 to the month.
        let month = match two(digits, 2) {
            month @ 1..=12 => month,
            month @ 41..=52 => month - 40,
            month @ 66..=77 => month - 65,
            month @ 81..=92 => month - 80,
            _ => return false,
        };
        day_of_month(month, two(digits, 0) % 40)
            && weighted(digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).is_multiple_of(11)
            && weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["151086 95088", "15108695088"],
        &["15108695077", "15138695088", "1"],
    );
}
