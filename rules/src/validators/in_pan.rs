//! Indian PAN: the fourth letter is the kind of holder, and the serial is not zero.

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let pan = Alnum::<10>::of(span);
    pan.exact()
        .is_some_and(|pan| b"ABCFGHJLPT".contains(&pan[3]) && &pan[5..9] != b"0000")
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["ABCPE1234F", "AAACR5055K"],
        &["ABCXE1234F", "ABCPE0000F", "A"],
    );
}
