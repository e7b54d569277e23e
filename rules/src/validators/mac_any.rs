//! MAC address (EUI-48) in any notation, except all zeros and all ones.

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let mac = Alnum::<12>::of(span);
    // One separator throughout.
    let separators = span.iter().filter(|byte| !byte.is_ascii_alphanumeric());
    let even = separators
        .clone()
        .all(|byte| separators.clone().next() == Some(byte));
    // Three groups of digits alone are a date or a version.
    let groups = span.contains(&b'.') && span.iter().all(|byte| !byte.is_ascii_alphabetic());
    mac.exact().is_some_and(|mac| {
        mac.iter().all(u8::is_ascii_hexdigit)
            && !mac.iter().all(|byte| *byte == b'0')
            && !mac.iter().all(|byte| *byte == b'F')
            && even
            && !groups
    })
}

#[cfg(test)]
#[test]
fn known_addresses() {
    super::table(
        check,
        &["00:1B:44:11:3A:B7", "001b.4411.3ab7"],
        &[
            "00:00:00:00:00:00",
            "10:2F:33-AC-29-C3",
            "ff-ff-ff-ff-ff-ff",
            "2024.1203.1405",
            "00:1B",
        ],
    );
}
