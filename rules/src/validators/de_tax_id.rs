//! German tax identification number: ISO 7064 mod 11,10, and exactly one digit that repeats.
//! <https://www.bzst.de/DE/Privatpersonen/SteuerlicheIdentifikationsnummer>

use super::Digits;

pub(super) fn check(span: &[u8]) -> bool {
    let digits = Digits::<11>::of(span);
    digits.exact().is_some_and(|digits| {
        digits[0] != 0 && one_repeats(&digits[..10]) && check_digit(&digits[..10]) == digits[10]
    })
}

/// One digit stands two or three times among the first ten, every other at most once.
fn one_repeats(digits: &[u8]) -> bool {
    let mut counts = [0u8; 10];
    for digit in digits {
        counts[usize::from(*digit)] += 1;
    }
    counts.iter().filter(|count| **count > 1).count() == 1 && counts.iter().all(|c| *c <= 3)
}

/// The check digit of ISO 7064 mod 11,10.
pub(super) fn check_digit(digits: &[u8]) -> u8 {
    let product = digits.iter().fold(10u8, |product, digit| {
        let sum = match (digit + product) % 10 {
            0 => 10,
            sum => sum,
        };
        sum * 2 % 11
    });
    match 11 - product {
        10 => 0,
        digit => digit,
    }
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &["86095742719", "65929970489", "47036892816"],
        &["86095742718", "01234567890", "12345678901", "1"],
    );
}
