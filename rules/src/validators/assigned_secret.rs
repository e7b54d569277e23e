//! A word that announces a secret and a value behind it: the value looks as if a generator made it.
//!
//! Behind a sign of assignment a short mixed value is enough; behind a space, a dash or a dot there
//! must be one long run of letters and digits, or the groups of a UUID.

use super::random_looking;

/// Bytes of a value behind a sign of assignment at least.
const VALUE_LEN_MIN: usize = 12;

/// Bytes of a run of mixed letters and digits at least.
const RUN_LEN_MIN: usize = 14;

/// Bytes of a run without digits, or of digits only, at least.
const PLAIN_LEN_MIN: usize = 20;

/// Bytes of a run of hexadecimal digits at least, and how many different ones.
const HEX_LEN_MIN: usize = 24;
const HEX_KINDS_MIN: usize = 4;

/// Bits for each byte of a run without digits at least: no word is that mixed.
const PLAIN_BITS_MIN: f32 = 3.85;

pub(super) fn check(span: &[u8]) -> bool {
    let (value, assigned) = value(span);
    let short = assigned && value.len() >= VALUE_LEN_MIN && random_looking::check(value);
    short || runs(value).any(is_made) || has_groups(value)
}

/// What stands behind the last space, quote or bracket, or else behind the first sign of assignment;
/// and whether something assigns it.
fn value(span: &[u8]) -> (&[u8], bool) {
    let opens = |byte: &u8| {
        matches!(
            byte,
            b' ' | b'\t' | b'"' | b'\'' | b'`' | b'(' | b'>' | b','
        )
    };
    let assigns = |byte: &u8| matches!(byte, b'=' | b':' | b',' | b'(' | b'>');
    if let Some(at) = span.iter().rposition(opens) {
        return (&span[at + 1..], span[..=at].iter().any(assigns));
    }
    // Base64 ends in signs that assign nothing.
    let head = &span[..span.len().min(48)];
    match head.iter().position(assigns) {
        Some(at) => (&span[at + 1..], true),
        None => (span, false),
    }
}

/// The runs of letters and digits of a value.
fn runs(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value
        .split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|run| run.len() >= RUN_LEN_MIN)
}

fn is_made(run: &[u8]) -> bool {
    let plain = run.len() >= PLAIN_LEN_MIN;
    let digits = run.iter().filter(|byte| byte.is_ascii_digit()).count();
    let kinds = (0..=255).filter(|byte| run.contains(byte)).count();
    let hex = run.iter().all(u8::is_ascii_hexdigit) && kinds >= HEX_KINDS_MIN;
    random_looking::check(run)
        || (hex && run.len() >= HEX_LEN_MIN)
        || (plain && digits == run.len())
        || (plain && random_looking::entropy(run) >= PLAIN_BITS_MIN)
}

/// Four groups or more between dashes, as a UUID has them, with digits and letters.
fn has_groups(value: &[u8]) -> bool {
    let groups = value.split(|byte| *byte == b'-');
    let long =
        groups.filter(|group| group.len() >= 4 && group.iter().all(u8::is_ascii_alphanumeric));
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    long.count() >= 4 && digits >= 6 && value.iter().any(u8::is_ascii_alphabetic)
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
            "SECRET-123456789abcd12ef34gh56ijklm",
            "ACCESS 4a6ca234-afd3-1bc2-cd23-fedc239ead0e",
            "KEY abcdefghijklmnopqrstuvwx",
        ],
        &[
            "token = your-token-goes-here",
            "key=value",
            "key",
            "",
            "secret-santa-2024-spreadsheet",
            "key internationalizations",
            "access 2024-05-12",
        ],
    );
}
