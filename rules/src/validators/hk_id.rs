//! Hong Kong identity card: one or two letters, six digits, check digit in brackets.

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let id = Alnum::<9>::of(span);
    let id = id.as_slice();
    let letters = id
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    if !matches!(letters, 1 | 2) || id.len() != letters + 7 {
        return false;
    }
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        _ => u32::from(byte - b'A') + 10,
    };
    // A single letter has a space in front, which counts 36.
    let lead = if letters == 1 { 9 * 36 } else { 0 };
    let sum: u32 = lead
        + id.iter()
            .rev()
            .zip(1..)
            .map(|(byte, weight)| value(*byte) * weight)
            .sum::<u32>();
    id[letters..letters + 6].iter().all(u8::is_ascii_digit) && sum.is_multiple_of(11)
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["A123456(3)", "G123456(A)", "AB987654(3)"],
        &["A123456(4)", "1123456(3)", "A"],
    );
}
