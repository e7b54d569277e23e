//! Danish CPR number: birth date; the checksum is not kept any more since 2007.
//! <https://cpr.dk/cpr-systemet/opbygning-af-cpr-nummeret>

use super::{Digits, day_of_month, two};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<10>::of(span).exact().is_some_and(|digits| {
        // Numbers with 60 added to the day are given for one visit only.
        day_of_month(two(digits, 2), two(digits, 0) % 60) && two(digits, 6) + two(digits, 8) > 0
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["211062-5629", "070761-4285"],
        &["311162-5629", "2113625629", "1"],
    );
}
