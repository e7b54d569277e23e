//! Brazilian driving licence (CNH): two check digits that depend on each other.

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    Digits::<11>::of(span).exact().is_some_and(|digits| {
        let first = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11;
        let less = if first > 9 { 2 } else { 0 };
        let second = (weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 + 11 - less) % 11;
        let digit = |rest: u32| if rest > 9 { 0 } else { rest };
        !uniform(digits)
            && digit(first) == u32::from(digits[9])
            && digit(second) == u32::from(digits[10])
    })
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["97625655678", "18820839790"],
        &["97625655679", "11111111111", "1"],
    );
}
