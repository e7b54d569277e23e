//! Searches what a client received for a canary value and for every decodable transform of it.
//!
//! A protected value leaks in any form that its reader can turn back. So the capture is read in
//! several ways (as it lies, rows concatenated over columns, columns concatenated over rows), each
//! reading is decoded up to twice (hex, base64, escapes, code points), and each result is compared
//! with separators, case, full-width and zero-width characters taken out, forwards and backwards.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::message::parse;

/// Fewer letters and digits than this would match by chance.
const CANARY_SIZE_MIN: usize = 7;

/// How `canary` can be recovered from `capture`, one line per way; empty when it cannot.
///
/// The capture is the stream to the client, or any other text (a log, an event file). The canary
/// needs at least 7 letters or digits.
///
/// # Panics
/// When the canary is too short to be told from chance.
#[must_use]
pub fn leaks(capture: &[u8], canary: &str) -> Vec<String> {
    let wanted = squash(canary.as_bytes());
    assert!(
        wanted.len() >= CANARY_SIZE_MIN,
        "a canary needs {CANARY_SIZE_MIN} letters or digits"
    );
    let backwards: Vec<u8> = wanted.iter().rev().copied().collect();
    let mut found = Vec::new();
    let mut queue: Vec<(String, Vec<u8>, u8)> = readings(capture)
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), bytes, 0))
        .collect();
    while let Some((name, bytes, depth)) = queue.pop() {
        let squashed = squash(&bytes);
        if contains(&squashed, &wanted) {
            found.push(name.clone());
        }
        if contains(&squashed, &backwards) {
            found.push(format!("{name}, reversed"));
        }
        if depth < 2 {
            for (decoder, decode) in DECODERS {
                let decoded = decode(&bytes);
                if decoded.len() >= CANARY_SIZE_MIN && decoded != bytes {
                    queue.push((format!("{name}, {decoder}"), decoded, depth + 1));
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

type Decoder = fn(&[u8]) -> Vec<u8>;

const DECODERS: [(&str, Decoder); 5] = [
    ("hex", hex),
    ("base64", |bytes| base64_runs(bytes, &alphabet::STANDARD)),
    ("base64 for URLs", |bytes| {
        base64_runs(bytes, &alphabet::URL_SAFE)
    }),
    ("escapes", escapes),
    ("code points", code_points),
];

/// The stream as it lies, and its rows read across and down.
fn readings(capture: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut rows: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut rest = capture;
    while let Ok(Some((message, size))) = parse(rest) {
        rest = &rest[size..];
        if let Ok(fields) = message.fields() {
            rows.push(
                fields
                    .iter()
                    .map(|field| field.unwrap_or_default().to_vec())
                    .collect(),
            );
        }
    }
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let across: Vec<u8> = rows.iter().flatten().flatten().copied().collect();
    let across_back: Vec<u8> = rows
        .iter()
        .flat_map(|row| row.iter().rev())
        .flatten()
        .copied()
        .collect();
    let down: Vec<u8> = (0..width)
        .flat_map(|column| rows.iter().filter_map(move |row| row.get(column)))
        .flatten()
        .copied()
        .collect();
    vec![
        ("as it lies", capture.to_vec()),
        ("over columns", across),
        ("over columns from the right", across_back),
        ("over rows", down),
    ]
}

/// Letters and digits only, in lower case; full-width forms become ASCII, everything else goes.
fn squash(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let full_width = match bytes[index..] {
            // U+FF01..=U+FF3F and U+FF40..=U+FF5E stand for U+0021..=U+007E.
            [0xef, 0xbc, last, ..] => Some(last.wrapping_sub(0x60)),
            [0xef, 0xbd, last, ..] => Some(last.wrapping_sub(0x20)),
            _ => None,
        };
        let byte = full_width.unwrap_or(bytes[index]);
        if byte.is_ascii_alphanumeric() {
            out.push(byte.to_ascii_lowercase());
        }
        index += if full_width.is_some() { 3 } else { 1 };
    }
    out
}

/// Every run of hexadecimal digits, decoded; separators inside pairs (`31 32`, `31:32`) are ignored.
fn hex(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for offset in 0..2 {
        for run in runs(bytes, |byte| {
            byte.is_ascii_hexdigit() || b" :-\n".contains(&byte)
        }) {
            let digits: Vec<u8> = run
                .iter()
                .filter_map(|byte| char::from(*byte).to_digit(16))
                .map(low_byte)
                .collect();
            let aligned = digits.get(offset..).unwrap_or_default();
            out.extend(aligned.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]));
            out.push(b'\n');
        }
    }
    out
}

/// Every run of a base64 alphabet, decoded from each of its four possible starts.
fn base64_runs(bytes: &[u8], letters: &alphabet::Alphabet) -> Vec<u8> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(letters, config);
    let alphabet = letters.as_str().as_bytes();
    let mut out = Vec::new();
    for run in runs(bytes, |byte| alphabet.contains(&byte)) {
        for offset in 0..4 {
            let aligned = run.get(offset..).unwrap_or_default();
            let usable = aligned.len() - usize::from(aligned.len() % 4 == 1);
            if let Ok(decoded) = engine.decode(&aligned[..usable]) {
                out.extend(decoded);
                out.push(b'\n');
            }
        }
    }
    out
}

/// `\u0041`, `\x41`, `\101`, `%41`, `&#65;` and `=41` become what they stand for.
fn escapes(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let (value, size) = match rest {
            [b'\\', b'u' | b'U', digits @ ..] => (number(digits, 4, 16), 6),
            [b'\\', b'+', digits @ ..] => (number(digits, 6, 16), 8),
            [b'\\', b'x' | b'X', digits @ ..] => (number(digits, 2, 16), 4),
            [b'\\', digits @ ..] => (number(digits, 3, 8).or(number(digits, 4, 16)), 4),
            [b'%' | b'=', digits @ ..] => (number(digits, 2, 16), 3),
            _ => (None, 1),
        };
        match value.and_then(char::from_u32) {
            Some(letter) => {
                out.extend(letter.encode_utf8(&mut [0; 4]).bytes());
                rest = &rest[size..];
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

/// Lists of decimal code points (`65,66`, `&#65;&#66;`, one per row), as the text they spell.
fn code_points(bytes: &[u8]) -> Vec<u8> {
    bytes
        .split(|byte| !byte.is_ascii_digit())
        .filter(|digits| (2..=6).contains(&digits.len()))
        .filter_map(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
        .filter_map(char::from_u32)
        .flat_map(|letter| letter.to_string().into_bytes())
        .collect()
}

fn number(digits: &[u8], count: usize, radix: u32) -> Option<u32> {
    let text = std::str::from_utf8(digits.get(..count)?).ok()?;
    u32::from_str_radix(text, radix).ok()
}

fn low_byte(digit: u32) -> u8 {
    digit.to_le_bytes()[0]
}

fn runs(bytes: &[u8], mut inside: impl FnMut(u8) -> bool) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(move |byte| !inside(*byte))
        .filter(|run| run.len() >= CANARY_SIZE_MIN)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    const CANARY: &str = "912-83-7741-kestrel@example.org";

    fn hexed(text: &[u8]) -> String {
        text.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn row(fields: &[&str]) -> Vec<u8> {
        let mut body = u16::try_from(fields.len()).unwrap().to_be_bytes().to_vec();
        for field in fields {
            body.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
            body.extend(field.as_bytes());
        }
        crate::frontend::message(b'D', &body)
    }

    #[test]
    fn every_transform_is_seen_through() {
        let letters = || CANARY.chars();
        let cases: Vec<(&str, Vec<u8>)> = vec![
            ("plain", CANARY.into()),
            ("upper case", CANARY.to_uppercase().into()),
            ("reversed", letters().rev().collect::<String>().into()),
            (
                "separators changed",
                CANARY.replace(['-', '@', '.'], "/ ").into(),
            ),
            (
                "separators stripped",
                CANARY.replace(['-', '@', '.'], "").into(),
            ),
            ("hex", hexed(CANARY.as_bytes()).into()),
            (
                "bytea hex",
                format!("\\x{}", hexed(CANARY.as_bytes())).into(),
            ),
            ("base64", STANDARD.encode(CANARY).into()),
            (
                "base64, shifted by one",
                STANDARD.encode(format!("x{CANARY}")).into(),
            ),
            (
                "base64, shifted by two",
                STANDARD.encode(format!("xy{CANARY}")).into(),
            ),
            ("base64 for URLs", URL_SAFE_NO_PAD.encode(CANARY).into()),
            (
                "base64 of hex",
                STANDARD.encode(hexed(CANARY.as_bytes())).into(),
            ),
            (
                "full width",
                letters()
                    .map(|c| char::from_u32(c as u32 + 0xfee0).unwrap())
                    .collect::<String>()
                    .into(),
            ),
            (
                "zero width",
                letters()
                    .map(|c| format!("{c}\u{200b}"))
                    .collect::<String>()
                    .into(),
            ),
            (
                "JSON escapes",
                letters()
                    .map(|c| format!("\\u{:04x}", c as u32))
                    .collect::<String>()
                    .into(),
            ),
            (
                "octal escapes",
                letters()
                    .map(|c| format!("\\{:03o}", c as u32))
                    .collect::<String>()
                    .into(),
            ),
            (
                "percent",
                letters()
                    .map(|c| format!("%{:02X}", c as u32))
                    .collect::<String>()
                    .into(),
            ),
            (
                "code points",
                letters()
                    .map(|c| (c as u32).to_string())
                    .collect::<Vec<_>>()
                    .join(",")
                    .into(),
            ),
            (
                "character references",
                letters()
                    .map(|c| format!("&#{};", c as u32))
                    .collect::<String>()
                    .into(),
            ),
            (
                "over columns",
                row(&["912-83", "-7741-kes", "trel@exam", "ple.org"]),
            ),
            (
                "over rows",
                letters()
                    .flat_map(|c| row(&["same", &c.to_string()]))
                    .collect(),
            ),
            (
                "code points over rows",
                letters()
                    .flat_map(|c| row(&[&format!("{}.", c as u32)]))
                    .collect(),
            ),
        ];
        for (name, capture) in cases {
            let padded = [&b"noise 0123 "[..], &capture, b" noise"].concat();
            let whole = if capture.starts_with(b"D\0") {
                capture
            } else {
                padded
            };
            assert!(!leaks(&whole, CANARY).is_empty(), "{name} was not found");
        }
    }

    #[test]
    fn a_masked_stream_holds_nothing() {
        let masked = [
            row(&["***-**-7741", "k***@e***.org"]),
            row(&["0", "[REDACTED]"]),
        ]
        .concat();
        assert_eq!(leaks(&masked, CANARY), Vec::<String>::new());
    }
}
