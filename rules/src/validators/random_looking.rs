//! A text that somebody's generator made: many different characters, digits among letters.
//!
//! An estimate of entropy over the characters of the span; words, repetitions and placeholders fail.

/// Bits for each character at least.
const BITS_MIN: f32 = 3.0;

pub(super) fn check(span: &[u8]) -> bool {
    let digits = span.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = span
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count();
    digits >= 2 && letters >= 2 && entropy(span) >= BITS_MIN
}

/// Shannon entropy of the bytes, in bits for each byte.
#[allow(clippy::cast_precision_loss, reason = "a span is at most some KiB")]
pub(super) fn entropy(span: &[u8]) -> f32 {
    let mut counts = [0u16; 256];
    for byte in span {
        let count = &mut counts[usize::from(*byte)];
        *count = count.saturating_add(1);
    }
    let len = span.len().max(1) as f32;
    let shares = counts.iter().filter(|count| **count > 0);
    shares
        .map(|count| f32::from(*count) / len)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["k3Jx9QpLm2Vt7RzW", "9f86d081884c7d659a2feaa0"],
        &[
            "xxxxxxxxxxxxxxxx",
            "your-api-key-here",
            "1234567890123456",
            "aaaaaaaa11111111",
        ],
    );
}
