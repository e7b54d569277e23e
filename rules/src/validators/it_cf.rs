//! Italian codice fiscale: month letter, day, and the check letter.

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let code = Alnum::<16>::of(span);
    let Some(code) = code.exact() else {
        return false;
    };
    let sum: u32 = code[..15]
        .iter()
        .enumerate()
        .map(|(index, byte)| match (index % 2, byte) {
            (0, b'0'..=b'9') => ODD[usize::from(byte - b'0')],
            (0, _) => ODD[usize::from(byte - b'A')],
            (_, b'0'..=b'9') => u32::from(byte - b'0'),
            (_, _) => u32::from(byte - b'A'),
        })
        .sum();
    b"ABCDEHLMPRST".contains(&code[8]) && u32::from(code[15]) == u32::from(b'A') + sum % 26
}

/// Values at odd positions (counted from 1) of A to Z; digits 0 to 9 have those of A to J.
const ODD: [u32; 26] = [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["RSSMRA85T10A562S", "rssmra85t10a562s"],
        &["RSSMRA85T10A562T", "RSSMRA85Z10A562S"],
    );
}
