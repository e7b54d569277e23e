//! Payment card: a range of issuers in use, a length that they give out, and Luhn.
//!
//! Narrower than the ranges of the starter pack, because it stands alone: a range counts for a length
//! only where cards of this length are issued, so that at most one in forty random numbers passes.
//! From the issuers' published ranges (ISO/IEC 7812).

use super::{Digits, luhn, number, uniform};

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<19>::of(span);
    let digits = digits.as_slice();
    if digits.len() < 12 || uniform(digits) {
        return false;
    }
    let prefix = number(&digits[..6]);
    let issued = ISSUERS.iter().any(|(first, last, lengths)| {
        (*first..=*last).contains(&prefix) && lengths.contains(&digits.len())
    });
    issued && luhn::sum(digits, 0).is_multiple_of(10)
}

/// First and last six-digit prefix, and the lengths.
const ISSUERS: &[(u64, u64, &[usize])] = &[
    (180_000, 180_099, &[15]),             // JCB, old
    (213_100, 213_199, &[15]),             // JCB, old
    (220_000, 220_499, &[16, 17, 18, 19]), // Mir
    (222_100, 272_099, &[16]),             // Mastercard 2-series
    (300_000, 305_999, &[14]),             // Diners Club
    (309_500, 309_599, &[14]),             // Diners Club
    (340_000, 349_999, &[15]),             // American Express
    (350_000, 359_999, &[16]),             // JCB
    (360_000, 369_999, &[14]),             // Diners Club
    (370_000, 379_999, &[15]),             // American Express
    (380_000, 399_999, &[14]),             // Diners Club
    (400_000, 499_999, &[13, 16, 18, 19]), // Visa
    (501_800, 501_899, MAESTRO),           // Maestro
    (501_900, 501_999, &[16]),             // Dankort
    (502_000, 502_099, MAESTRO),           // Maestro
    (503_800, 503_899, MAESTRO),           // Maestro
    (504_175, 504_175, &[16]),             // Elo
    (506_000, 506_999, &[16, 18, 19]),     // Verve, Elo
    (508_500, 509_999, &[16]),             // RuPay, Elo
    (510_000, 559_999, &[16]),             // Mastercard
    (560_000, 589_999, &[12]),             // Maestro
    (561_000, 561_099, &[16]),             // Bankcard
    (586_800, 586_899, MAESTRO),           // Maestro
    (589_300, 589_399, MAESTRO),           // Maestro
    (601_100, 601_199, &[16, 17, 18, 19]), // Discover
    (603_600, 603_699, &[16]),             // Cabal, Ukrcard
    (604_000, 604_399, &[16]),             // Cabal
    (606_282, 606_282, &[16, 19]),         // Hipercard
    (606_985, 608_999, &[16]),             // RuPay
    (620_000, 629_999, &[16, 17, 18, 19]), // UnionPay
    (630_400, 630_499, MAESTRO),           // Maestro
    (633_400, 633_499, &[16, 18, 19]),     // Solo
    (636_297, 636_297, &[16]),             // Elo
    (636_368, 636_368, &[16]),             // Elo
    (637_000, 639_999, &[16]),             // InstaPayment, Hipercard
    (639_000, 639_099, MAESTRO),           // Maestro
    (644_000, 659_999, &[16, 17, 18, 19]), // Discover, RuPay, Elo, Troy
    (670_300, 670_399, MAESTRO),           // Bancontact
    (675_900, 676_399, MAESTRO),           // Maestro
    (676_700, 677_499, &[16, 18, 19]),     // Solo, Maestro
    (677_500, 677_599, MAESTRO),           // Maestro
    (810_000, 817_199, &[16, 17, 18, 19]), // UnionPay, RuPay
    (979_200, 979_299, &[16]),             // Troy
];

const MAESTRO: &[usize] = &[12, 13, 14, 15, 16, 17, 18, 19];

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &[
            "4111111111111111",
            "2223003122003222",
            "378282246310005",
            "30569309025904",
            "5019717010103742",
            "6759649826438453",
        ],
        &[
            "1748503543012",
            "41111111111111",
            "9999999999999999",
            "4111111111111112",
            "4111",
        ],
    );
}
