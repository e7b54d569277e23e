//! Chinese resident identity number: province, birth date, and ISO 7064 mod 11-2 (GB 11643).

use super::{Alnum, date, weighted};

pub(super) fn check(span: &[u8]) -> bool {
    let id = Alnum::<18>::of(span);
    let Some(id) = id.exact() else { return false };
    if !id[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digits: [u8; 17] = std::array::from_fn(|at| id[at] - b'0');
    let part = |from: usize, to: usize| {
        digits[from..to]
            .iter()
            .fold(0u32, |number, digit| number * 10 + u32::from(*digit))
    };
    let sum = weighted(
        &digits,
        &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2],
    );
    matches!(part(0, 2), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
        && matches!(part(6, 10), 1850..=2100)
        && date(part(6, 10), part(10, 12), part(12, 14))
        && b"10X98765432"[(sum % 11) as usize] == id[17]
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["11010519491231002X", "360426199101010071"],
        &["110105194912310021", "360426199113010071", "1"],
    );
}
