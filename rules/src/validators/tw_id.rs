//! Taiwanese identity number: a letter for the place, sex or kind, weights modulo 10.

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let id = Alnum::<10>::of(span);
    let Some(id) = id.exact() else { return false };
    if !id[1..].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let Some(place) = PLACES.iter().position(|letter| *letter == id[0]) else {
        return false;
    };
    let place = place + 10;
    let head = place / 10 + place % 10 * 9;
    let sum: usize = head
        + id[1..]
            .iter()
            .zip([8, 7, 6, 5, 4, 3, 2, 1, 1])
            .map(|(byte, weight)| usize::from(byte - b'0') * weight)
            .sum::<usize>();
    matches!(id[1], b'1' | b'2' | b'8' | b'9') && sum.is_multiple_of(10)
}

/// The letters in the order of their numbers, from 10 on.
const PLACES: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["A123456789", "A800000014"],
        &["A123456788", "A323456789", "1"],
    );
}
