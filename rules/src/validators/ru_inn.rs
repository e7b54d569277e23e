//! Russian INN: 10 digits with one check digit or 12 with two.

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<12>::of(span);
    let digits = digits.as_slice();
    let holds =
        |at: usize, weights: &[u32]| weighted(digits, weights) % 11 % 10 == u32::from(digits[at]);
    match digits.len() {
        10 => !uniform(digits) && holds(9, &[2, 4, 10, 3, 5, 9, 4, 6, 8]),
        12 => {
            !uniform(digits)
                && holds(10, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
                && holds(11, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
        }
        _ => false,
    }
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["7707083893", "500100732259"],
        &["7707083894", "500100732250", "1"],
    );
}
