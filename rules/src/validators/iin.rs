//! Card number: an issuer range that is in use, with the lengths of that issuer.
//!
//! Ranges as published by the schemes; a prefix that is not listed is no card, which keeps epoch
//! milliseconds and trade item numbers out.

use super::Digits;

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<19>::of(span);
    let digits = digits.as_slice();
    if digits.len() < 12 {
        return false;
    }
    let prefix = digits[..6]
        .iter()
        .fold(0u32, |number, digit| number * 10 + u32::from(*digit));
    ISSUERS.iter().any(|(first, last, lengths)| {
        (*first..=*last).contains(&prefix) && lengths.contains(&digits.len())
    })
}

/// First and last six-digit prefix, and the lengths.
const ISSUERS: &[(u32, u32, &[usize])] = &[
    (222_100, 272_099, &[16]),                     // Mastercard 2-series
    (300_000, 305_999, &[14, 16, 17, 18, 19]),     // Diners Club
    (309_500, 309_599, &[14, 16, 17, 18, 19]),     // Diners Club
    (340_000, 349_999, &[15]),                     // American Express
    (352_800, 358_999, &[16, 17, 18, 19]),         // JCB
    (360_000, 369_999, &[14, 15, 16, 17, 18, 19]), // Diners Club
    (370_000, 379_999, &[15]),                     // American Express
    (380_000, 399_999, &[14, 16, 17, 18, 19]),     // Diners Club
    (400_000, 499_999, &[13, 16, 18, 19]),         // Visa
    (500_000, 509_999, &[12, 13, 14, 15, 16, 17, 18, 19]), // Maestro, Elo, Verve
    (510_000, 559_999, &[16]),                     // Mastercard
    (560_000, 599_999, &[12, 13, 14, 15, 16, 17, 18, 19]), // Maestro
    (600_000, 600_999, &[16]),                     // store cards
    (601_100, 601_199, &[16, 17, 18, 19]),         // Discover
    (606_282, 606_282, &[13, 16, 19]),             // Hipercard
    (607_000, 609_999, &[16]),                     // RuPay
    (620_000, 629_999, &[16, 17, 18, 19]),         // UnionPay
    (630_000, 639_999, &[12, 13, 14, 15, 16, 17, 18, 19]), // Maestro, InstaPayment
    (644_000, 659_999, &[16, 17, 18, 19]),         // Discover, RuPay, Elo
    (670_000, 679_999, &[12, 13, 14, 15, 16, 17, 18, 19]), // Maestro
    (810_000, 819_999, &[16, 17, 18, 19]),         // UnionPay, RuPay
];

#[cfg(test)]
#[test]
fn known_numbers() {
    let good = [
        "4111111111111111",
        "2223003122003222",
        "378282246310005",
        "30569309025904",
    ];
    super::table(
        check,
        &good,
        &[
            "1748503543012",
            "41111111111111",
            "9999999999999999",
            "4111",
        ],
    );
}
