//! Estonian and Lithuanian personal code: sex and century, birth date, two rounds modulo 11.

use super::{Digits, date, two, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        let first = weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
        let second = weighted(digits, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
        let check = if first < 10 { first } else { second % 10 };
        let century = 1800 + u32::from(digits[0].wrapping_sub(1) / 2) * 100;
        matches!(digits[0], 1..=8)
            && date(century + two(digits, 1), two(digits, 3), two(digits, 5))
            && check == u32::from(digits[10])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["36805280109", "33309240064", "38703181745"],
        &["36805280108", "36813280109", "06805280109"],
    );
}
