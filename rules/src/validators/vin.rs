//! Vehicle identification number (ISO 3779): letters and digits, and the check digit at
//! position 9 that North American numbers have.

use super::{Alnum, uniform};

pub(super) fn check(span: &[u8]) -> bool {
    let vin = Alnum::<17>::of(span);
    let Some(vin) = vin.exact() else { return false };
    let mut sum = 0;
    for (byte, weight) in vin.iter().zip(WEIGHTS) {
        let Some(value) = value(*byte) else {
            return false;
        };
        sum += value * weight;
    }
    let expected = match sum % 11 {
        10 => b'X',
        rest => b"0123456789"[rest as usize],
    };
    vin[8] == expected && !uniform(vin) && vin.iter().any(u8::is_ascii_alphabetic)
}

const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

fn value(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'H' => Some(u32::from(byte - b'A') + 1),
        b'J'..=b'N' => Some(u32::from(byte - b'J') + 1),
        b'P' => Some(7),
        b'R' => Some(9),
        b'S'..=b'Z' => Some(u32::from(byte - b'S') + 2),
        _ => None,
    }
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["1HGCM82633A004352", "1M8GDM9AXKP042788"],
        &[
            "1HGCM82633A004353",
            "11111111111111111",
            "1HGCM8263IA004352",
        ],
    );
}
