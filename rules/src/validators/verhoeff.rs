//! Verhoeff check digit: Indian Aadhaar.

use super::{Digits, uniform};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<32>::of(span);
    let digits = digits.as_slice();
    digits.len() >= 2 && !uniform(digits) && sum(digits) == 0
}

/// What the digits fold to, the last one being the check digit: 0 where it is right.
pub(super) fn sum(digits: &[u8]) -> u8 {
    digits
        .iter()
        .rev()
        .enumerate()
        .fold(0u8, |sum, (index, digit)| {
            product(sum, permuted(index % 8, *digit))
        })
}

/// The dihedral group of order ten.
fn product(a: u8, b: u8) -> u8 {
    PRODUCT[usize::from(a % 16)][usize::from(b % 16)]
}

/// Sixteen of each, so that no remainder of ten is taken.
const PRODUCT: [[u8; 16]; 16] = {
    let mut table = [[0; 16]; 16];
    let mut pair = 0;
    while pair < 100 {
        let (a, b) = (pair / 10, pair % 10);
        table[a as usize][b as usize] = match (a < 5, b < 5) {
            (true, true) => (a + b) % 5,
            (true, false) => (a + b - 5) % 5 + 5,
            (false, true) => (a + 5 - b) % 5 + 5,
            (false, false) => (a + 5 - b) % 5,
        };
        pair += 1;
    }
    table
};

/// The permutation (1 5 8 9 4 2 7 0)(3 6), applied `times`, which is below 8.
fn permuted(times: usize, digit: u8) -> u8 {
    PERMUTED[times % 8][usize::from(digit % 16)]
}

/// The powers of the permutation.
const PERMUTED: [[u8; 16]; 8] = {
    const ONCE: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let mut powers = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0]; 8];
    let mut power = 1;
    while power < 8 {
        let mut digit = 0;
        while digit < 10 {
            powers[power][digit] = ONCE[powers[power - 1][digit] as usize];
            digit += 1;
        }
        power += 1;
    }
    powers
};

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["2363", "2345 6789 0124"],
        &["2364", "2345 6789 0123", "0000 0000 0000"],
    );
}
