//! JSON Web Token: the header decodes to a JSON object that names an algorithm.
//! <https://www.rfc-editor.org/rfc/rfc7519>

pub(super) fn check(span: &[u8]) -> bool {
    let header = span.split(|byte| *byte == b'.').next().unwrap_or_default();
    let mut decoded = [0u8; 96];
    let length = decode(header, &mut decoded);
    let decoded = &decoded[..length];
    decoded.first() == Some(&b'{') && memchr::memmem::find(decoded, b"\"alg\"").is_some()
        || length == 96
}

/// Decodes URL-safe base64 until `out` is full or the text ends; the number of bytes written.
fn decode(text: &[u8], out: &mut [u8]) -> usize {
    let (mut bits, mut held, mut length) = (0u32, 0u32, 0);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return length,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            let Some(slot) = out.get_mut(length) else {
                return length;
            };
            *slot = (bits >> held & 0xff).to_le_bytes()[0];
            length += 1;
        }
    }
    length
}

#[cfg(test)]
#[test]
fn known_tokens() {
    let good = [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJhIjoxfQ.",
    ];
    super::table(check, &good, &["eyJhIjoxfQ.eyJhIjoxfQ.abc", "", "...."]);
}
