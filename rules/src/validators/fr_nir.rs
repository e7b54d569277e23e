//! French NIR (social security number): sex, month, and the key 97 - n mod 97.

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let nir = Alnum::<15>::of(span);
    let Some(nir) = nir.exact() else { return false };
    let mut number = 0u64;
    for (index, byte) in nir[..13].iter().enumerate() {
        let digit = match (index, byte) {
            (_, b'0'..=b'9') => byte - b'0',
            // Corsica: 2A counts as 19, 2B as 18.
            (6, b'A' | b'B') => 0,
            _ => return false,
        };
        number = number * 10 + u64::from(digit);
    }
    number -= match nir[6] {
        b'A' => 1_000_000,
        b'B' => 2_000_000,
        _ => 0,
    };
    let month = (nir[3].wrapping_sub(b'0')) * 10 + nir[4].wrapping_sub(b'0');
    let key = &nir[13..];
    key.iter().all(u8::is_ascii_digit)
        && matches!(nir[0], b'1' | b'2')
        && matches!(month, 1..=12 | 20..=42 | 50..=99)
        && 97 - number % 97 == u64::from(key[0] - b'0') * 10 + u64::from(key[1] - b'0')
}

#[cfg(test)]
#[test]
fn known_numbers() {
    let good = [
        "2 55 08 14 168 025 38",
        "255081416802538",
        "184127645108946",
    ];
    super::table(
        check,
        &good,
        &["255081416802539", "355081416802538", "255131416802538", "1"],
    );
}
