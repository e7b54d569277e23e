//! Swedish personal number: birth date (60 added to the day for coordination numbers) and Luhn.
//! <https://www.skatteverket.se>

use super::{Digits, day_of_month, luhn, two};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<12>::of(span);
    let digits = match digits.as_slice() {
        [1, 8 | 9, rest @ ..] | [2, 0, rest @ ..] if rest.len() == 10 => rest,
        rest if rest.len() == 10 => rest,
        _ => return false,
    };
    day_of_month(two(digits, 2), two(digits, 4) % 60)
        && two(digits, 6) + two(digits, 8) > 0
        && luhn::sum(digits, 0).is_multiple_of(10)
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["880320-0016", "19910924-2397", "189004119807"],
        &["880320-0018", "19000309-3393", "200504422381"],
    );
}
