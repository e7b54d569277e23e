//! Verhoeff check digit: Indian Aadhaar.

use super::{Digits, uniform};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<32>::of(span);
    let digits = digits.as_slice();
    let folded = digits
        .iter()
        .rev()
        .enumerate()
        .fold(0u8, |sum, (index, digit)| {
            product(sum, permuted(index % 8, *digit))
        });
    digits.len() >= 2 && !uniform(digits) && folded == 0
}

/// The dihedral group of order ten.
fn product(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// The permutation (1 5 8 9 4 2 7 0)(3 6), applied `times`.
fn permuted(times: usize, digit: u8) -> u8 {
    const ONCE: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    (0..times).fold(digit, |digit, _| ONCE[usize::from(digit)])
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["2363", "2345 6789 0124"],
        &["2364", "2345 6789 0123", "0000 0000 0000"],
    );
}
