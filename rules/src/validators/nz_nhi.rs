//! New Zealand health index: letters without I and O, old numbers modulo 11, new ones modulo 24.
//! <https://www.tewhatuora.govt.nz>

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let nhi = Alnum::<7>::of(span);
    let Some(nhi) = nhi.exact() else { return false };
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'H' => u32::from(byte - b'A') + 1,
        b'J'..=b'N' => u32::from(byte - b'A'),
        _ => u32::from(byte - b'A').saturating_sub(1),
    };
    let sum: u32 = nhi[..6]
        .iter()
        .zip((2..=7).rev())
        .map(|(byte, weight)| value(*byte) * weight)
        .sum();
    let letters = nhi[..3].iter().all(u8::is_ascii_uppercase);
    let clear = !nhi.iter().any(|byte| matches!(byte, b'I' | b'O'));
    match (nhi[5], nhi[6]) {
        (b'0'..=b'9', check @ b'0'..=b'9') => {
            let old = !sum.is_multiple_of(11) && (11 - sum % 11) % 10 == u32::from(check - b'0');
            letters && clear && nhi[3..].iter().all(u8::is_ascii_digit) && old
        }
        (b'A'..=b'Z', check @ b'A'..=b'Z') => {
            let new = 24 - sum % 24 == value(check);
            letters && clear && nhi[3..5].iter().all(u8::is_ascii_digit) && new
        }
        _ => false,
    }
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["ZZZ0016", "ZZZ0024", "ZZZ00AX"],
        &["ZZZ0044", "ZIZ0016", "ZZZ00AY"],
    );
}
