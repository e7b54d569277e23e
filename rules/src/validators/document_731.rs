//! Machine readable document number (ICAO 9303): weights 7, 3, 1 over digits and letters.
//! <https://www.icao.int/publications/doc-series/doc-9303>

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let number = Alnum::<10>::of(span);
    let Some((check, stem)) = number.as_slice().split_last() else {
        return false;
    };
    let value = |byte: &u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        _ => u32::from(byte - b'A') + 10,
    };
    let sum: u32 = stem
        .iter()
        .zip([7, 3, 1].iter().cycle())
        .map(|(byte, weight)| value(byte) * weight)
        .sum();
    stem.len() >= 8 && check.is_ascii_digit() && sum % 10 == u32::from(check - b'0')
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["L01X00T44", "C01234565"],
        &["L01X00T47", "T2200012", "1"],
    );
}
