//! Base58Check: Bitcoin addresses of the first two kinds.
//! <https://en.bitcoin.it/wiki/Base58Check_encoding>

use sha2::{Digest, Sha256};

pub(super) fn check(span: &[u8]) -> bool {
    let Some(bytes) = decode(span) else {
        return false;
    };
    let (payload, sum) = bytes.split_at(21);
    Sha256::digest(Sha256::digest(payload))[..4] == *sum
}

/// 25 bytes, if the text stands for exactly as many.
fn decode(text: &[u8]) -> Option<[u8; 25]> {
    let mut bytes = [0u8; 25];
    for byte in text {
        let mut carry = ALPHABET.iter().position(|letter| letter == byte)?;
        for slot in bytes.iter_mut().rev() {
            carry += usize::from(*slot) * 58;
            *slot = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(bytes)
}

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

#[cfg(test)]
#[test]
fn known_addresses() {
    super::table(
        check,
        &[
            "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
            "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        ],
        &["1BoatSLRHtKNngkdXEeobR76b53LETtpyU", "l", "1"],
    );
}
