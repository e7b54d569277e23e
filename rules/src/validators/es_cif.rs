//! Spanish CIF (companies): kind, digits, and a check digit or letter.

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let cif = Alnum::<9>::of(span);
    let Some(cif) = cif.exact() else { return false };
    if !cif[1..8].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = cif[1..8]
        .iter()
        .enumerate()
        .map(|(at, byte)| match (at % 2, u32::from(byte - b'0') * 2) {
            (0, double) => double / 10 + double % 10,
            (_, double) => double / 2,
        })
        .sum();
    let check = (10 - sum % 10) % 10;
    b"ABCDEFGHJNPQRSUVW".contains(&cif[0])
        && (u32::from(cif[8]) == u32::from(b'0') + check || b"JABCDEFGHI"[check as usize] == cif[8])
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["A13585625", "J99216582", "B64717838"],
        &["A13585626", "M13585625", "A"],
    );
}
