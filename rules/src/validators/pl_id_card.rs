//! Polish identity card: three letters, a check digit, five digits.

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let id = Alnum::<9>::of(span);
    let Some(id) = id.exact() else { return false };
    let value = |byte: &u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        _ => u32::from(byte - b'A') + 10,
    };
    let sum: u32 = id
        .iter()
        .zip([7, 3, 1, 0, 7, 3, 1, 7, 3])
        .map(|(byte, weight)| value(byte) * weight)
        .sum();
    id[..3].iter().all(u8::is_ascii_uppercase)
        && id[3..].iter().all(u8::is_ascii_digit)
        && sum % 10 == u32::from(id[3] - b'0')
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(check, &["ABA300000"], &["ABA400000", "A3A300000", "1"]);
}
