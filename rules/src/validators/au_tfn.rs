//! Australian tax file number: weights modulo 11.
//! <https://www.ato.gov.au>

use super::{Digits, uniform, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<9>::of(span);
    match digits.as_slice() {
        all @ ([_, _, _, _, _, _, _, _] | [_, _, _, _, _, _, _, _, _]) => {
            // Numbers of eight digits leave out the weight before the last one.
            let weights: &[u32] = match all.len() {
                8 => &[10, 7, 8, 4, 6, 3, 5, 1],
                _ => &[1, 4, 3, 7, 5, 8, 6, 9, 10],
            };
            !uniform(all) && weighted(all, weights).is_multiple_of(11)
        }
        _ => false,
    }
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["876 543 210", "123 456 782"],
        &["824 753 557", "876543211", "1"],
    );
}
