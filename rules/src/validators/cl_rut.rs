//! Chilean RUT: modulo 11 with K.

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let rut = Alnum::<9>::of(span);
    let Some((check, digits)) = rut.as_slice().split_last() else {
        return false;
    };
    if digits.len() < 7 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weights = [2, 3, 4, 5, 6, 7].iter().cycle();
    let sum: u32 = digits
        .iter()
        .rev()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    b"0K987654321"[(sum % 11) as usize] == *check
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["12531909-2", "12.531.909-2", "76086428-5"],
        &["12531909-3", "76086A28-5", "1"],
    );
}
