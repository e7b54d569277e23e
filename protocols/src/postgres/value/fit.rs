//! Cutting masked text to the declared length of its column.

/// What a type modifier counts above its length: `character varying(n)` has `atttypmod` n + 4.
const HEADER: i32 = 4;

/// The longest `character(n)` that a server declares.
const BPCHAR_MAX: usize = 10_485_760;

/// Makes `text` (UTF-8) fit a column with the type modifier `typmod` (from RowDescription, -1 for
/// none): cuts after n characters, and pads with blanks if the column is `character(n)`
/// (`blank_padded`). Other bytes than UTF-8 are counted as characters of one byte.
pub fn fit(typmod: i32, blank_padded: bool, text: &mut Vec<u8>) {
    let Some(length) = typmod
        .checked_sub(HEADER)
        .and_then(|n| usize::try_from(n).ok())
    else {
        return;
    };
    if blank_padded {
        resize(text, 0, length.min(BPCHAR_MAX));
    } else {
        truncate(text, 0, length);
    }
}

/// Characters of a UTF-8 text.
pub(super) fn characters(text: &[u8]) -> usize {
    starts(text).count()
}

/// Cuts what lies behind `start`, or pads it with blanks, to `length` characters.
pub(super) fn resize(out: &mut Vec<u8>, start: usize, length: usize) {
    truncate(out, start, length);
    let has = characters(&out[start..]);
    out.resize(out.len() + length.saturating_sub(has), b' ');
}

fn truncate(out: &mut Vec<u8>, start: usize, length: usize) {
    let end = starts(&out[start..]).nth(length).map(|(at, _)| start + at);
    out.truncate(end.unwrap_or(out.len()));
}

/// Cuts what lies behind `start` to at most `max` bytes, never inside a character.
pub(super) fn truncate_bytes(out: &mut Vec<u8>, start: usize, max: usize) {
    if out.len() - start > max {
        let end = starts(&out[start..])
            .map(|(at, _)| at)
            .take_while(|&at| at <= max)
            .last()
            .unwrap_or(0);
        out.truncate(start + end);
    }
}

/// The first bytes of the characters of a text.
fn starts(text: &[u8]) -> impl Iterator<Item = (usize, &u8)> {
    text.iter()
        .enumerate()
        .filter(|(_, byte)| **byte & 0xC0 != 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_characters_and_padded_only_for_bpchar() {
        let table: [(i32, bool, &str, &str); 7] = [
            (-1, true, "as long as it likes", "as long as it likes"),
            (4, false, "abc", ""),
            (7, false, "abcd", "abc"),
            (7, false, "ééé€", "ééé"),
            (9, true, "éé", "éé   "),
            (9, false, "éé", "éé"),
            (7, true, "abc", "abc"),
        ];
        for (typmod, blank_padded, text, fitted) in table {
            let mut buffer = text.as_bytes().to_vec();
            fit(typmod, blank_padded, &mut buffer);
            assert_eq!(buffer, fitted.as_bytes(), "{text} in {typmod}");
        }
    }

    #[test]
    fn names_are_cut_at_63_bytes_and_never_inside_a_character() {
        let mut out = b"x".to_vec();
        out.extend_from_slice("é".repeat(40).as_bytes());
        truncate_bytes(&mut out, 1, 63);
        assert_eq!(out.len(), 1 + 62);
    }
}
