//! A word that announces a secret and a value behind it: the value looks as if a generator made it.

use super::random_looking;

/// Bytes of the value at least.
const VALUE_LEN_MIN: usize = 12;

pub(super) fn check(span: &[u8]) -> bool {
    value(span).is_some_and(|value| value.len() >= VALUE_LEN_MIN && random_looking::check(value))
}

/// What stands behind the last space, quote or bracket, or else behind the first sign of assignment.
fn value(span: &[u8]) -> Option<&[u8]> {
    let opens = |byte: &u8| {
        matches!(
            byte,
            b' ' | b'\t' | b'"' | b'\'' | b'`' | b'(' | b'>' | b','
        )
    };
    let from = match span.iter().rposition(opens) {
        Some(at) => at + 1,
        None => 0,
    };
    let rest = &span[from..];
    let assigns = |byte: &u8| matches!(byte, b'=' | b':');
    // Base64 ends in signs that assign nothing.
    let head = &rest[..rest.len().min(48)];
    match head.iter().position(assigns) {
        Some(at) if from == 0 => rest.get(at + 1..),
        _ => Some(rest),
    }
}

#[cfg(test)]
#[test]
fn known_assignments() {
    super::table(
        check,
        &[
            "api_key=k3Jx9QpLm2Vt7RzW8yBn",
            "token: \"9f86d081884c7d659a2feaa0",
            "secret, '0a1B2c3D4e5F6g7H8i9J==",
        ],
        &["token = your-token-goes-here", "key=value", "key", ""],
    );
}
