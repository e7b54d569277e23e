//! Turkish telephone number: a mobile prefix that begins with 5, or an area code in use.

use super::Digits;

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<12>::of(span);
    let digits = match digits.as_slice() {
        [9, 0, rest @ ..] if rest.len() == 10 => rest,
        [0, rest @ ..] if rest.len() == 10 => rest,
        rest if rest.len() == 10 => rest,
        _ => return false,
    };
    match digits[0] {
        5 => matches!(digits[1], 0 | 3..=6),
        2..=4 => matches!(digits[1], 1..=8) && digits[3] >= 1,
        _ => false,
    }
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["+90 (532) 123 45 67", "05321234567", "2121234567"],
        &["1234567890", "6123456789", "532123456", "5921234567"],
    );
}
