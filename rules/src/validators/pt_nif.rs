//! Portuguese tax number (NIF): kind, weights modulo 11.

use super::{Digits, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<9>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
        let check = match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        };
        matches!(digits[0], 1..=3 | 5..=9) && check == u32::from(digits[8])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["501964843", "PT 501 964 843"],
        &["501964842", "401964843", "1"],
    );
}
