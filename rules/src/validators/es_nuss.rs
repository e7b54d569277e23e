//! Spanish social security number: province, number, and the rest modulo 97.

use super::{Digits, number, two};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<12>::of(span).exact().is_some_and(|digits| {
        let (province, serial) = (u64::from(two(digits, 0)), number(&digits[2..10]));
        // A serial below ten million is written with a zero that does not count.
        let stem = match serial {
            0..10_000_000 => province * 10_000_000 + serial,
            _ => province * 100_000_000 + serial,
        };
        matches!(province, 1..=53 | 66) && serial > 0 && stem % 97 == u64::from(two(digits, 10))
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["281234567840", "28 12345678 40"],
        &["281234567841", "991234567840", "1"],
    );
}
