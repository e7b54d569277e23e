//! German postal code: 01001 to 99998.

use super::{Digits, number};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<5>::of(span)
        .exact()
        .is_some_and(|digits| matches!(number(digits), 1001..=99_998))
}

#[cfg(test)]
#[test]
fn known_codes() {
    super::table(
        check,
        &["10115", "01001", "99998"],
        &["00000", "99999", "01000", "1"],
    );
}
