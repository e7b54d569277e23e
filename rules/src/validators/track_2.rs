//! Magnetic track 2 (ISO/IEC 7813): a card number, a separator, then the month of expiry.

use super::card_number;

pub(super) fn check(span: &[u8]) -> bool {
    let span = span.strip_prefix(b";").unwrap_or(span);
    let Some(at) = span.iter().position(|byte| matches!(byte, b'=' | b'D')) else {
        return false;
    };
    let (number, rest) = (&span[..at], &span[at + 1..]);
    let month = rest.get(2..4);
    card_number::check(number)
        && month.is_some_and(|month| matches!(month, [b'0', b'1'..=b'9'] | [b'1', b'0'..=b'2']))
}

#[cfg(test)]
#[test]
fn known_tracks() {
    super::table(
        check,
        &[
            ";4111111111111111=29121010000?",
            "4111111111111111D29121011234567",
        ],
        &[
            "4111111111111112=2912101",
            "4111111111111111=29131010000",
            "=",
        ],
    );
}
