//! Brazilian voter number (titulo de eleitor): state code and two check digits.

use super::{Digits, two, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<12>::of(span).exact().is_some_and(|digits| {
        let state = two(digits, 8);
        // Sao Paulo and Minas Gerais count a rest of 0 as 1.
        let digit = |sum: u32| match (sum % 11, state) {
            (10, _) => 0,
            (0, 1 | 2) => 1,
            (rest, _) => rest,
        };
        let first = digit(weighted(digits, &[2, 3, 4, 5, 6, 7, 8, 9]));
        let second = digit(weighted(&digits[8..10], &[7, 8]) + first * 9);
        matches!(state, 1..=28) && first == u32::from(digits[10]) && second == u32::from(digits[11])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["1023 8501 0671", "010644340124"],
        &["010644340192", "010644349991", "1"],
    );
}
