//! Italian codice fiscale: the day in its month, and the check letter.

use super::{Alnum, day_of_month};

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
    // Of two people with the same code one has letters for digits; a woman's day is 40 higher.
    let digit = |at: usize| match b"LMNPQRSTUV".iter().position(|letter| *letter == code[at]) {
        Some(digit) => u32::try_from(digit).ok(),
        None => char::from(code[at]).to_digit(10),
    };
    let (Some(tens), Some(ones)) = (digit(9), digit(10)) else {
        return false;
    };
    let month = b"ABCDEHLMPRST".iter().position(|letter| *letter == code[8]);
    let day = tens * 10 + ones;
    let dated = (1..).zip(0..12usize).any(|(number, at)| {
        month == Some(at) && day_of_month(number, if day > 40 { day - 40 } else { day })
    });
    dated && u32::from(code[15]) == u32::from(b'A') + sum % 26
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
        &["RSSMRA85T42A562S", "RSSMRA85T10A562T", "RSSMRA85Z10A562S"],
    );
}
