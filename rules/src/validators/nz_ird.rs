//! New Zealand IRD number: two rounds of weights modulo 11.

use super::{Digits, number, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<9>::of(span);
    let given = digits.as_slice();
    if given.len() < 8 {
        return false;
    }
    let mut padded = [0u8; 9];
    padded[9 - given.len()..].copy_from_slice(given);
    let rest = |weights: &[u32]| match weighted(&padded[..8], weights) % 11 {
        0 => 0,
        rest => 11 - rest,
    };
    let check = match rest(&[3, 2, 7, 6, 5, 4, 3, 2]) {
        10 => rest(&[7, 4, 3, 2, 5, 2, 7, 6]),
        check => check,
    };
    matches!(number(given), 10_000_000..=150_000_000) && check == u32::from(padded[8])
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["49-091-850", "136-410-132"],
        &["49091851", "123456789", "1"],
    );
}
