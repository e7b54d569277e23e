//! Personal number of the former Yugoslavia (JMBG, EMSO): birth date, region, modulo 11.

use super::{Digits, date, number, two, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<13>::of(span).exact().is_some_and(|digits| {
        let sum = weighted(digits, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
        let year = match u32::try_from(number(&digits[4..7])) {
            Ok(year @ 850..) => 1000 + year,
            Ok(year) => 2000 + year,
            Err(_) => return false,
        };
        date(year, two(digits, 2), two(digits, 0))
            && (11 - sum % 11) % 11 % 10 == u32::from(digits[12])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["0101006500006", "0710003730015"],
        &["0101006500007", "0113006500006", "1"],
    );
}
