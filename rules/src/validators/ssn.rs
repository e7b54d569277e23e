//! US Social Security number: area, group and serial that can have been issued.
//! <https://www.ssa.gov/employer/randomization.html>

use super::Digits;

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<9>::of(span);
    let Some(digits) = digits.exact() else {
        return false;
    };
    let area = number(&digits[..3]);
    let advertised = ADVERTISED.contains(&number(digits));
    area != 0
        && area != 666
        && area < 900
        && number(&digits[3..5]) != 0
        && number(&digits[5..]) != 0
        && !advertised
}

fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + u32::from(*digit))
}

/// Numbers that were printed in advertisements and belong to nobody.
const ADVERTISED: [u32; 2] = [78_051_120, 219_099_999];

#[cfg(test)]
#[test]
fn known_numbers() {
    let bad = [
        "000-12-3456",
        "666-12-3456",
        "900-12-3456",
        "536-00-4399",
        "536-90-0000",
        "078-05-1120",
        "1",
    ];
    super::table(check, &["536-90-4399", "219 09 9998", "123456789"], &bad);
}
