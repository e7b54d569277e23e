//! Belgian national number: birth date, and 97 minus the rest; a 2 stands in front from 2000 on.
//! <https://www.ibz.rrn.fgov.be>

use super::{Digits, day_of_month, number, two};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        let (month, day) = (two(digits, 2), two(digits, 4));
        // Foreigners have 20 or 40 added to the month; unknown parts of the date are zero.
        let month = month % 20;
        let dated = match (month, day) {
            (0, _) => day <= 31,
            (_, 0) => month <= 12,
            _ => day_of_month(month, day),
        };
        let stem = number(&digits[..9]);
        let rest = u64::from(two(digits, 9));
        two(digits, 2) < 53
            && dated
            && number(digits) > 0
            && [stem, stem + 2_000_000_000]
                .iter()
                .any(|stem| 97 - stem % 97 == rest)
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["85.07.30-033 28", "17073003384"],
        &["85073003329", "85133003328", "1"],
    );
}
