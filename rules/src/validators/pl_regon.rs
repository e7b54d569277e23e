//! Polish business number (REGON): 9 or 14 digits, weights modulo 11.

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<14>::of(span);
    let digits = digits.as_slice();
    let short = |digits: &[u8]| {
        weighted(&digits[..8], &[8, 9, 2, 3, 4, 5, 6, 7]) % 11 % 10 == u32::from(digits[8])
    };
    let long = |digits: &[u8]| {
        let sum = weighted(&digits[..13], &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8]);
        sum % 11 % 10 == u32::from(digits[13])
    };
    match digits.len() {
        9 => !uniform(digits) && short(digits),
        14 => !uniform(digits) && short(digits) && long(digits),
        _ => false,
    }
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["192598184", "12345678512347"],
        &["192598183", "000000000", "1"],
    );
}
