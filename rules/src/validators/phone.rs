//! International telephone number (E.164): a country calling code in use, 8 to 15 digits.

use super::Digits;

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<15>::of(span);
    let digits = digits.as_slice();
    if digits.len() < 8 {
        return false;
    }
    match digits {
        [1, rest @ ..] => rest.len() == 10 && rest[0] >= 2 && rest[3] >= 2,
        [7, rest @ ..] => rest.len() == 10,
        [2, 0 | 7, ..] | [3, 0..=4 | 6 | 9, ..] | [4, 0 | 1 | 3..=9, ..] => true,
        [5, 1..=8, ..] | [6, 0..=6, ..] | [8, 1 | 2 | 4 | 6, ..] | [9, 0..=5 | 8, ..] => true,
        [2, 1..=6 | 8 | 9, ..] | [3, 5 | 7 | 8, ..] | [4, 2, ..] => digits.len() >= 9,
        [5, 0 | 9, ..] | [6, 7..=9, ..] | [8, 0 | 5 | 7 | 8, ..] | [9, 6 | 7 | 9, ..] => {
            digits.len() >= 9
        }
        _ => false,
    }
}

#[cfg(test)]
#[test]
fn known_numbers() {
    let good = [
        "+1 415 555 0132",
        "+44 20 7946 0958",
        "+49 30 901820",
        "+353 1 234 5678",
    ];
    super::table(
        check,
        &good,
        &["+1 015 555 0132", "+1234567", "+0 30 901820 11"],
    );
}
