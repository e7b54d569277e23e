//! Portuguese citizen card: Luhn over digits and letters, from the right.

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let card = Alnum::<12>::of(span);
    let Some(card) = card.exact() else {
        return false;
    };
    let value = |byte: &u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        _ => u32::from(byte - b'A') + 10,
    };
    let sum: u32 = card
        .iter()
        .enumerate()
        .map(|(at, byte)| match (at % 2, value(byte)) {
            (0, value) if value >= 5 => value * 2 - 9,
            (0, value) => value * 2,
            (_, value) => value,
        })
        .sum();
    card[..9].iter().all(u8::is_ascii_digit)
        && card[9..11].iter().all(u8::is_ascii_alphanumeric)
        && card[11].is_ascii_digit()
        && sum.is_multiple_of(10)
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["00000000 0 ZZ4", "000000000ZZ4"],
        &["000000000ZZ3", "1"],
    );
}
