//! A password that a sentence tells: the last word has a digit or a sign in it, or stands in quotes.

pub(super) fn check(span: &[u8]) -> bool {
    let quotes = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`');
    let from = span
        .iter()
        .rposition(|byte| *byte == b' ')
        .map_or(0, |at| at + 1);
    let said = &span[from..];
    let strange = |byte: &u8| !byte.is_ascii_alphabetic() && !matches!(byte, b'.' | b'?' | b'!');
    said.first().is_some_and(quotes) || said.iter().filter(|byte| !quotes(byte)).any(strange)
}

#[cfg(test)]
#[test]
fn known_sentences() {
    super::table(
        check,
        &["the password is 'centipede", "password: hunter2"],
        &["the password is required", "password is not set.", ""],
    );
}
