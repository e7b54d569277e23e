//! Spanish NIF and NIE: the letter is the number modulo 23.

use super::Alnum;

const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

pub(super) fn check(span: &[u8]) -> bool {
    let nif = Alnum::<9>::of(span);
    let nif = nif.as_slice();
    let Some((letter, rest)) = nif.split_last() else {
        return false;
    };
    let (lead, digits) = match rest.split_first() {
        Some((b'X', digits)) => (0u32, digits),
        Some((b'Y', digits)) => (1, digits),
        Some((b'Z', digits)) => (2, digits),
        _ => (0, rest),
    };
    if digits.len() < 7 || digits.len() > 8 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = digits
        .iter()
        .fold(lead, |number, digit| number * 10 + u32::from(digit - b'0'));
    LETTERS[(number % 23) as usize] == *letter
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["12345678Z", "X1234567L", "Z1234567-R", "55555555-K"],
        &["12345678A", "X1234567Z", "K"],
    );
}
