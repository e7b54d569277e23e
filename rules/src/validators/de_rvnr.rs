//! German pension insurance number: area, birth date, a letter as two digits, check digit.
//! <https://www.gesetze-im-internet.de/vkvv/__4.html>

use super::{Alnum, day_of_month};

pub(super) fn check(span: &[u8]) -> bool {
    let number = Alnum::<12>::of(span);
    let Some(number) = number.exact() else {
        return false;
    };
    let digits = number[..8].iter().chain(&number[9..]);
    if !digits.clone().all(u8::is_ascii_digit) || !number[8].is_ascii_uppercase() {
        return false;
    }
    let pair = |at: usize| u32::from(number[at] - b'0') * 10 + u32::from(number[at + 1] - b'0');
    let letter = number[8] - b'A' + 1;
    let stem = number[..8].iter().map(|byte| byte - b'0');
    let serial = number[9..11].iter().map(|byte| byte - b'0');
    let sum: u32 = stem
        .chain([letter / 10, letter % 10])
        .chain(serial)
        .zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(digit, weight)| digit * weight)
        .map(|product| u32::from(product / 10 + product % 10))
        .sum();
    // 50 is added to the day where two people would have the same number.
    day_of_month(pair(4), pair(2) % 50) && pair(2) < 82 && sum % 10 == u32::from(number[11] - b'0')
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["15070649C103", "20151090B023"],
        &["65070803A012", "15071349C103", "150706491103"],
    );
}
