//! IBAN (ISO 13616): country, its length, and 97-10 (ISO 7064).

use super::Alnum;

pub(super) fn check(span: &[u8]) -> bool {
    let iban = Alnum::<34>::of(span);
    let iban = iban.as_slice();
    if iban.len() < 15 {
        return false;
    }
    let Ok(country) = COUNTRIES.binary_search_by(|(code, _)| code[..].cmp(&iban[..2])) else {
        return false;
    };
    if iban.len() != COUNTRIES[country].1 || !iban[2].is_ascii_digit() || !iban[3].is_ascii_digit()
    {
        return false;
    }
    let rearranged = iban[4..].iter().chain(&iban[..4]);
    // The rest is taken only where the next letter might not fit any more.
    let number = rearranged.fold(0u64, |number, byte| {
        let number = if number > u64::MAX / 1000 {
            number % 97
        } else {
            number
        };
        match byte {
            b'0'..=b'9' => number * 10 + u64::from(byte - b'0'),
            _ => number * 100 + u64::from(byte - b'A') + 10,
        }
    });
    number % 97 == 1
}

/// The IBAN registry: country code, ascending, and total length.
const COUNTRIES: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

#[cfg(test)]
#[test]
fn countries_are_sorted() {
    assert!(COUNTRIES.is_sorted_by(|(a, _), (b, _)| a < b));
}

#[cfg(test)]
#[test]
fn known_numbers() {
    let good = [
        "DE89 3704 0044 0532 0130 00",
        "gb29nwbk60161331926819",
        "NO9386011117947",
    ];
    let bad = [
        "DE89370400440532013001",
        "ZZ89370400440532013000",
        "DE8937040044053201300",
        "DE",
    ];
    super::table(check, &good, &bad);
}
