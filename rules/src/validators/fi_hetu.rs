//! Finnish personal identity code: birth date, century sign, and modulo 31.
//! <https://dvv.fi/en/personal-identity-code>

use super::date;

pub(super) fn check(span: &[u8]) -> bool {
    let Ok(code): Result<&[u8; 11], _> = span.try_into() else {
        return false;
    };
    let digits = code[..6].iter().chain(&code[7..10]);
    if !digits.clone().all(u8::is_ascii_digit) {
        return false;
    }
    let number = digits.fold(0u32, |number, byte| number * 10 + u32::from(byte - b'0'));
    let century = match code[6] {
        b'+' => 1800,
        b'-' | b'U'..=b'Y' => 1900,
        b'A'..=b'F' => 2000,
        _ => return false,
    };
    let (day, month, year) = (
        number / 10_000_000,
        number / 100_000 % 100,
        number / 1000 % 100,
    );
    let letter = b"0123456789ABCDEFHJKLMNPRSTUVWXY"[(number % 31) as usize];
    number % 1000 >= 2
        && date(century + year, month, day)
        && letter == code[10].to_ascii_uppercase()
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["131052-308T", "010594Y9032", "020504B904H"],
        &["131052-308U", "131352-308T", "111111+110G", "1"],
    );
}
