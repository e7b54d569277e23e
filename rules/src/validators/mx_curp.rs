//! Mexican CURP: birth date, sex, state, and a check digit.
//! <https://www.gob.mx/curp>

use super::{Alnum, day_of_month};

pub(super) fn check(span: &[u8]) -> bool {
    let curp = Alnum::<18>::of(span);
    let Some(curp) = curp.exact() else {
        return false;
    };
    let digits = |range: std::ops::Range<usize>| curp[range].iter().all(u8::is_ascii_digit);
    if !digits(4..10) || !curp[17].is_ascii_digit() {
        return false;
    }
    let pair = |at: usize| u32::from(curp[at] - b'0') * 10 + u32::from(curp[at + 1] - b'0');
    // The letter after N stands for the one that ASCII lacks.
    let value = |byte: &u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'N' => u32::from(byte - b'A') + 10,
        _ => u32::from(byte - b'A') + 11,
    };
    let sum: u32 = curp[..17]
        .iter()
        .zip((2..=18).rev())
        .map(|(byte, weight)| value(byte) * weight)
        .sum();
    day_of_month(pair(6), pair(8))
        && matches!(curp[10], b'H' | b'M' | b'X')
        && STATES.contains(&&curp[11..13])
        && (10 - sum % 10) % 10 == u32::from(curp[17] - b'0')
}

/// The states, and NE for those born abroad.
const STATES: [&[u8]; 33] = [
    b"AS", b"BC", b"BS", b"CC", b"CH", b"CL", b"CM", b"CS", b"DF", b"DG", b"GR", b"GT", b"HG",
    b"JC", b"MC", b"MN", b"MS", b"NE", b"NL", b"NT", b"OC", b"PL", b"QR", b"QT", b"SL", b"SP",
    b"SR", b"TC", b"TL", b"TS", b"VZ", b"YN", b"ZS",
];

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["BOXW310820HNERXN09"],
        &[
            "BOXW310820HNERXN08",
            "BOXW311320HNERXN09",
            "BOXW310820HZZRXN09",
        ],
    );
}
