//! German health insurance number (KVNR): a letter as two digits, then weights 1 and 2.
//! <https://www.gkv-datenaustausch.de>

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let number = Alnum::<10>::of(span);
    let Some(number) = number.exact() else {
        return false;
    };
    if !number[0].is_ascii_uppercase() || !number[1..].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let letter = number[0] - b'A' + 1;
    let digits = [letter / 10, letter % 10]
        .into_iter()
        .chain(number[1..9].iter().map(|byte| byte - b'0'));
    let sum: u32 = digits
        .zip([1, 2].iter().cycle())
        .map(|(digit, weight)| digit * weight)
        .map(|product| u32::from(product / 10 + product % 10))
        .sum();
    sum % 10 == u32::from(number[9] - b'0')
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["A123456780", "M123456785", "c000500021"],
        &["A123456781", "1123456780", "A1"],
    );
}
