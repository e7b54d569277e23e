//! Writing length-prefixed messages. The one place where a length becomes 32 bits: a length that
//! overflows would smuggle bytes past the client's framing, so it is a checked conversion.

/// Appends one message: tag, 32-bit length (of itself and the body), then what `body` writes.
///
/// # Panics
/// If the body reaches 2 GiB, which the limits on whole messages exclude.
pub fn message(out: &mut Vec<u8>, tag: u8, body: impl FnOnce(&mut Vec<u8>)) {
    out.push(tag);
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    body(out);
    patch_length(out, at);
}

/// Writes the number of bytes from `at` to the end of `out` at `at`, big-endian.
///
/// # Panics
/// If that number does not fit a 32-bit signed integer.
pub fn patch_length(out: &mut [u8], at: usize) {
    let len = i32::try_from(out.len() - at).expect("whole messages are limited far below 2 GiB");
    out[at..at + 4].copy_from_slice(&len.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_counts_itself_and_the_body() {
        let mut out = vec![b'x'];
        message(&mut out, b'Z', |out| out.push(b'I'));
        assert_eq!(out, b"xZ\0\0\0\x05I");
    }
}
