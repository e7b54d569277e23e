//! UK National Insurance number: prefixes that are in use.
//! <https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110>

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let nino = Alnum::<9>::of(span);
    let nino = nino.as_slice();
    if nino.len() < 8 {
        return false;
    }
    let (first, second) = (nino[0], nino[1]);
    let never: [&[u8]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
    !b"DFIQUV".contains(&first)
        && !b"DFIQUVO".contains(&second)
        && !never.contains(&&nino[..2])
        && nino[2..8].iter().all(u8::is_ascii_digit)
        && nino
            .get(8)
            .is_none_or(|suffix| (b'A'..=b'D').contains(suffix))
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["AA 12 34 56 B", "hh012345d"],
        &["GB123456A", "DA123456A", "AO123456A", "AA123456F"],
    );
}
