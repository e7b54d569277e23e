//! US DEA registration: kind of registrant, and twice the second, fourth and sixth digit.
//! <https://www.deadiversion.usdoj.gov>

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let number = Alnum::<9>::of(span);
    let Some(number) = number.exact() else {
        return false;
    };
    if !number[2..].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digit = |at: usize| u32::from(number[2 + at] - b'0');
    let sum = digit(0) + digit(2) + digit(4) + 2 * (digit(1) + digit(3) + digit(5));
    b"ABCDEFGHJKLMPRSTUX".contains(&number[0])
        && (number[1].is_ascii_uppercase() || number[1] == b'9')
        && number[2..].iter().any(|byte| *byte != b'0')
        && sum % 10 == digit(6)
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["GL0285191", "EU4488929", "K92993548"],
        &["BG8207031", "1L0285191", "GL0285192"],
    );
}
