//! Hardware address of a device: neither all zero nor all ones, one kind of separator.

pub(super) fn check(span: &[u8]) -> bool {
    let hex = || span.iter().filter(|byte| byte.is_ascii_hexdigit());
    let separators = || span.iter().filter(|byte| !byte.is_ascii_hexdigit());
    hex().count() == 12
        && !hex().all(|byte| *byte == b'0')
        && !hex().all(|byte| byte.eq_ignore_ascii_case(&b'f'))
        && separators().all(|byte| Some(byte) == separators().next())
}

#[cfg(test)]
#[test]
fn known_addresses() {
    super::table(
        check,
        &["00:1B:44:11:3A:B7", "00-1b-44-11-3a-b7"],
        &[
            "00:00:00:00:00:00",
            "ff:ff:ff:ff:ff:ff",
            "00:1B-44:11:3A:B7",
            "ab",
        ],
    );
}
