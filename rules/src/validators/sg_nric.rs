//! Singapore NRIC and FIN: series, seven digits, and a letter modulo 11.
//! <https://www.ica.gov.sg>

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let id = Alnum::<9>::of(span);
    let Some(id) = id.exact() else { return false };
    if !id[1..8].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let (start, letters): (u32, &[u8; 11]) = match id[0] {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"KLJNPQRTUWX"),
        _ => return false,
    };
    let sum: u32 = start
        + id[1..8]
            .iter()
            .zip([2, 7, 6, 5, 4, 3, 2])
            .map(|(byte, weight)| u32::from(byte - b'0') * weight)
            .sum::<u32>();
    let at = sum % 11;
    let at = if id[0] == b'M' { 10 - at } else { at };
    letters[at as usize] == id[8]
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["S9108268C", "T7572225C", "F2346401L", "S1234567D"],
        &["S9108268D", "T1234567Z", "1"],
    );
}
