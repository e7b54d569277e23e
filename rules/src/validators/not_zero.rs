//! A number that is not all zeros: for numbers without a check digit.

pub(super) fn check(span: &[u8]) -> bool {
    span.iter().any(|byte| matches!(byte, b'1'..=b'9'))
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(check, &["021234568", "1"], &["000000000", "0", ""]);
}
