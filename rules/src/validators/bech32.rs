//! Bech32 and Bech32m: Bitcoin addresses of the third kind.
//! <https://github.com/bitcoin/bips/blob/master/bip-0350.mediawiki>

pub(super) fn check(span: &[u8]) -> bool {
    let Some(separator) = memchr::memrchr(b'1', span) else {
        return false;
    };
    let (prefix, data) = (&span[..separator], &span[separator + 1..]);
    let mixed = span.iter().any(u8::is_ascii_lowercase) && span.iter().any(u8::is_ascii_uppercase);
    if prefix.is_empty() || data.len() < 6 || span.len() > 90 || mixed {
        return false;
    }
    let mut sum = 1u32;
    prefix
        .iter()
        .for_each(|byte| sum = step(sum, u32::from(byte.to_ascii_lowercase() >> 5)));
    sum = step(sum, 0);
    prefix
        .iter()
        .for_each(|byte| sum = step(sum, u32::from(byte.to_ascii_lowercase() & 31)));
    for byte in data {
        let lower = byte.to_ascii_lowercase();
        let Some(value) = (0u32..).zip(CHARSET).find(|(_, letter)| **letter == lower) else {
            return false;
        };
        sum = step(sum, value.0);
    }
    matches!(sum, 1 | 0x2bc8_30a3)
}

fn step(sum: u32, value: u32) -> u32 {
    let top = sum >> 25;
    let shifted = (sum & 0x1ff_ffff) << 5 ^ value;
    (0..5)
        .filter(|bit| top >> bit & 1 == 1)
        .fold(shifted, |sum, bit| sum ^ GENERATOR[bit])
}

const GENERATOR: [u32; 5] = [
    0x3b6a_57b2,
    0x2650_8e6d,
    0x1ea1_19fa,
    0x3d42_33dd,
    0x2a14_62b3,
];
const CHARSET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

#[cfg(test)]
#[test]
fn known_addresses() {
    let good = [
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
    ];
    super::table(
        check,
        &good,
        &["bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp", "bc1", "x"],
    );
}
