//! UK driving licence: five letters of the surname, and the birth date with 50 added to the month
//! for women.

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let licence = Alnum::<18>::of(span);
    let licence = licence.as_slice();
    if licence.len() < 16 || !licence[5..11].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let pair = |at: usize| u32::from(licence[at] - b'0') * 10 + u32::from(licence[at + 1] - b'0');
    let letters = licence[..5]
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase());
    let padding = licence[..5].iter().skip(letters.clone().count());
    letters.count() > 0
        && padding.clone().all(|byte| *byte == b'9')
        && super::day_of_month(pair(6) % 50, pair(8))
        && pair(6) < 63
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["MORGA657054SM9IJ", "FO999512018AA1AB", "MORGA657054SM9IJ35"],
        &["MORGA600054SM9IJ", "MORGA601324SM9IJ", "MO9G9657054SM9IJ"],
    );
}
