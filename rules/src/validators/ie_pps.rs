//! Irish PPS number: weights, and a letter modulo 23; a second letter counts nine times.
//! <https://www.revenue.ie>

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let pps = Alnum::<9>::of(span);
    let pps = pps.as_slice();
    if pps.len() < 8 || !pps[..7].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = (2..=8)
        .rev()
        .zip(pps)
        .map(|(weight, byte)| weight * u32::from(byte - b'0'))
        .sum();
    let second = match pps.get(8) {
        None => 0,
        Some(b'W' | b'T') => 0,
        Some(letter @ b'A'..=b'I') => 9 * (u32::from(letter - b'A') + 1),
        Some(_) => return false,
    };
    b"WABCDEFGHIJKLMNOPQRSTUV"[((sum + second) % 23) as usize] == pps[7]
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["6433435F", "6433435FT", "6433435FW", "6433435OA"],
        &["6433435E", "6433435VH", "1"],
    );
}
