//! Luxembourg personal number: birth date, then a Luhn and a Verhoeff digit.
//! <https://guichet.public.lu>

use super::{Digits, date, luhn, number, two, verhoeff};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<13>::of(span).exact().is_some_and(|digits| {
        let Ok(year) = u32::try_from(number(&digits[..4])) else {
            return false;
        };
        let mut second = [0u8; 12];
        second[..11].copy_from_slice(&digits[..11]);
        second[11] = digits[12];
        matches!(year, 1850..=2100)
            && date(year, two(digits, 4), two(digits, 6))
            && luhn::sum(&digits[..12], 0).is_multiple_of(10)
            && verhoeff::sum(&second) == 0
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["1893120105732"],
        &["1893120105733", "1893130105732", "1"],
    );
}
