//! US Individual Taxpayer Identification Number: begins with 9, group 50-65, 70-88, 90-92, 94-99.
//! <https://www.irs.gov/irm/part3/irm_03-021-263r>

use super::Digits;

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<9>::of(span);
    let Some(digits) = digits.exact() else {
        return false;
    };
    let group = digits[3] * 10 + digits[4];
    digits[0] == 9 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["912-70-1234", "999-94-1234"],
        &["912-69-1234", "812-70-1234", "912-93-1234"],
    );
}
