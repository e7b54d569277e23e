//! Colombian NIT: prime weights modulo 11.

use super::Digits;

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<11>::of(span);
    let Some((check, stem)) = digits.as_slice().split_last() else {
        return false;
    };
    let sum: u32 = stem
        .iter()
        .rev()
        .zip([3, 7, 13, 17, 19, 23, 29, 37, 41, 43])
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum();
    let expected = match sum % 11 {
        rest @ (0 | 1) => rest,
        rest => 11 - rest,
    };
    stem.len() >= 8 && u32::from(*check) == expected
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["213.123.432-1", "2131234321"],
        &["2131234325", "1"],
    );
}
