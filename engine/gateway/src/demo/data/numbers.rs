//! Numbers with checksums: the planted cards, accounts and national ids are valid, as real ones are.
//!
//! A detector that validates would rightly ignore random digits, so each function here ends by computing
//! the check digits of its scheme. The tests verify them with separately written validators.

use super::random::Random;

/// A card number of one of the schemes in use: Visa, Mastercard (both series), American Express.
/// Luhn-valid, digits only.
pub fn card(random: &mut Random) -> String {
    let (prefix, len) = match random.below(10) {
        0..=4 => ("4".to_owned(), 16),
        5..=7 => (format!("5{}", random.between(1, 5)), 16),
        8 => (random.between(2221, 2720).to_string(), 16),
        _ => ((*random.pick(&["34", "37"])).to_owned(), 15),
    };
    let mut number = prefix;
    while number.len() < len - 1 {
        number.push_str(&random.below(10).to_string());
    }
    let check = (10 - luhn_sum(&number, true) % 10) % 10;
    number + &check.to_string()
}

/// Groups a card number as it is printed: 4-4-4-4, or 4-6-5 for fifteen digits.
pub fn card_grouped(card: &str, separator: char) -> String {
    let cuts: &[usize] = if card.len() == 15 {
        &[4, 10]
    } else {
        &[4, 8, 12]
    };
    let mut grouped = String::with_capacity(card.len() + cuts.len());
    for (at, digit) in card.chars().enumerate() {
        if cuts.contains(&at) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

/// The Luhn sum (ISO/IEC 7812-1 annex B). `partial`: the check digit is still missing.
pub fn luhn_sum(digits: &str, partial: bool) -> u32 {
    digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(digit - b'0');
            let doubled = (at % 2 == 0) == partial;
            if doubled {
                value * 2 / 10 + value * 2 % 10
            } else {
                value
            }
        })
        .sum()
}

/// An IBAN of `country` (ISO 13616), upper case, without blanks. The inner account number has the country's
/// length and alphabet; its own national check digits, where a country has them, are random.
pub fn iban(random: &mut Random, country: &str) -> String {
    let inner = match country {
        "GB" => (*random.pick(&["NWBK", "BARC", "LOYD", "HBUK"])).to_owned() + &random.digits(14),
        "NL" => (*random.pick(&["ABNA", "INGB", "RABO"])).to_owned() + &random.digits(10),
        "FR" => random.digits(23),
        "ES" => random.digits(20),
        "IT" => "X".to_owned() + &random.digits(22),
        "PL" => random.digits(24),
        _ => random.digits(18),
    };
    let country = if matches!(country, "GB" | "NL" | "FR" | "ES" | "IT" | "PL") {
        country
    } else {
        "DE"
    };
    let check = 98 - iban_remainder(&format!("{inner}{country}00"));
    format!("{country}{check:02}{inner}")
}

/// The remainder modulo 97 of an IBAN whose first four characters were moved to the end (ISO 7064).
pub fn iban_remainder(rearranged: &str) -> u32 {
    rearranged.bytes().fold(0, |remainder, byte| match byte {
        b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
        _ => (remainder * 100 + u32::from(byte - b'A') + 10) % 97,
    })
}

/// Groups an IBAN by four as it is printed.
pub fn iban_grouped(iban: &str) -> String {
    let chars: Vec<char> = iban.chars().collect();
    chars
        .chunks(4)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A personal number of `country` in the form its holders write it.
/// US social security, UK national insurance, DE tax id, FR NIR, ES NIF, PL PESEL, NL BSN, BR CPF, IN Aadhaar.
pub fn national_id(random: &mut Random, country: &str, birth: (u32, u32, u32)) -> String {
    let (year, month, day) = birth;
    match country {
        "US" => us_ssn(random),
        "GB" => {
            let prefix = random.pick(&["AB", "CE", "HK", "JN", "LM", "PR", "ST", "WX"]);
            format!(
                "{prefix}{:06}{}",
                random.below(1_000_000),
                random.pick(&['A', 'B', 'C', 'D'])
            )
        }
        "FR" => {
            let department = random.between(1, 19);
            let body = format!(
                "{}{:02}{month:02}{department:02}{:03}{:03}",
                random.between(1, 2),
                year % 100,
                random.between(1, 600),
                random.between(1, 990)
            );
            let remainder = body
                .bytes()
                .fold(0, |left, digit| (left * 10 + u32::from(digit - b'0')) % 97);
            format!("{body}{:02}", 97 - remainder)
        }
        "ES" => {
            let number = random.between(10_000_000, 99_999_999);
            let letter = b"TRWAGMYFPDXBNJZSQVHLCKE"[(number % 23) as usize];
            format!("{number}{}", char::from(letter))
        }
        "PL" => {
            let coded_month = if year >= 2000 { month + 20 } else { month };
            let body = format!(
                "{:02}{coded_month:02}{day:02}{:04}",
                year % 100,
                random.below(10_000)
            );
            let sum = weighted(&body, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
            format!("{body}{}", (10 - sum % 10) % 10)
        }
        "NL" => loop {
            let body = random.digits(8);
            let check = weighted(&body, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
            if check < 10 {
                return format!("{body}{check}");
            }
        },
        "BR" => {
            let body = random.digits(9);
            let first = weighted(&body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10;
            let second =
                (weighted(&body, &[11, 10, 9, 8, 7, 6, 5, 4, 3]) + first * 2) * 10 % 11 % 10;
            format!(
                "{}.{}.{}-{first}{second}",
                &body[..3],
                &body[3..6],
                &body[6..]
            )
        }
        "IN" => {
            let body = random.between(2, 9).to_string() + &random.digits(10);
            format!("{body}{}", verhoeff_check(&body))
        }
        _ => german_tax_id(random),
    }
}

/// A US social security number that the administration could have issued before 2011.
pub fn us_ssn(random: &mut Random) -> String {
    let area = match random.between(1, 898) {
        666 => 665,
        area => area,
    };
    format!(
        "{area:03}-{:02}-{:04}",
        random.between(1, 99),
        random.between(1, 9_999)
    )
}

/// German tax id: ten digits with exactly one digit twice and one missing, then an ISO 7064 mod 11,10 check digit.
fn german_tax_id(random: &mut Random) -> String {
    let mut digits: Vec<u8> = (0..10).collect();
    for at in (1..digits.len()).rev() {
        digits.swap(
            at,
            random.below(u32::try_from(at).unwrap_or(0) + 1) as usize,
        );
    }
    let (twice, missing) = (random.between(1, 4) as usize, random.between(5, 9) as usize);
    digits[missing] = digits[twice];
    if digits[0] == 0 {
        // A leading zero is not issued: another digit comes first.
        let other = digits.iter().position(|digit| *digit != 0).unwrap_or(0);
        digits.swap(0, other);
    }
    let body: String = digits
        .iter()
        .map(|digit| char::from(b'0' + digit))
        .collect();
    let product = digits.iter().fold(10, |product, digit| {
        let sum = (u32::from(*digit) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    format!("{body}{}", (11 - product) % 10)
}

fn weighted(digits: &str, weights: &[u32]) -> u32 {
    digits
        .bytes()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum()
}

/// The Verhoeff check digit (dihedral group D5), as on Indian Aadhaar numbers.
fn verhoeff_check(body: &str) -> u32 {
    const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let folded = body
        .bytes()
        .rev()
        .enumerate()
        .fold(0, |folded, (at, digit)| {
            let mut value = u32::from(digit - b'0');
            for _ in 0..=(at % 8) {
                value = PERMUTATION[value as usize];
            }
            dihedral(folded, value)
        });
    (0..10)
        .find(|check| dihedral(folded, *check) == 0)
        .unwrap_or(0)
}

/// The product in D5: rotations are 0 to 4, reflections are 5 to 9.
fn dihedral(left: u32, right: u32) -> u32 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => (left + right - 5) % 5 + 5,
        (false, true) => (left - 5 + 5 - right) % 5 + 5,
        (false, false) => (left + 5 - right) % 5,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cards_pass_luhn_and_have_the_length_of_their_scheme() {
        let mut random = Random::new(1);
        for _ in 0..5_000 {
            let card = card(&mut random);
            assert_eq!(luhn_sum(&card, false) % 10, 0, "{card}");
            assert_eq!(
                card.len(),
                if card.starts_with('3') { 15 } else { 16 },
                "{card}"
            );
        }
    }

    #[test]
    fn ibans_leave_one_modulo_97_and_have_the_length_of_their_country() {
        let mut random = Random::new(2);
        for (country, len) in [
            ("DE", 22),
            ("GB", 22),
            ("NL", 18),
            ("FR", 27),
            ("ES", 24),
            ("IT", 27),
            ("PL", 28),
        ] {
            for _ in 0..500 {
                let iban = iban(&mut random, country);
                assert_eq!(iban.len(), len, "{iban}");
                assert!(iban.starts_with(country));
                assert_eq!(
                    iban_remainder(&format!("{}{}", &iban[4..], &iban[..4])),
                    1,
                    "{iban}"
                );
            }
        }
    }

    #[test]
    fn national_ids_carry_their_check_digits() {
        let mut random = Random::new(4);
        let birth = (1984, 11, 3);
        for _ in 0..2_000 {
            let bsn = national_id(&mut random, "NL", birth);
            let sum: i64 = bsn
                .bytes()
                .zip([9, 8, 7, 6, 5, 4, 3, 2, -1])
                .map(|(d, w)| i64::from(d - b'0') * w)
                .sum();
            assert_eq!(sum % 11, 0, "{bsn}");

            let nir: u64 = national_id(&mut random, "FR", birth).parse().unwrap();
            assert_eq!((nir / 100 + nir % 100) % 97, 0, "{nir}");

            let pesel = national_id(&mut random, "PL", birth);
            assert_eq!(
                weighted(&pesel, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10,
                0,
                "{pesel}"
            );

            let tax_id = national_id(&mut random, "DE", birth);
            let mut counts = [0; 10];
            tax_id[..10]
                .bytes()
                .for_each(|digit| counts[usize::from(digit - b'0')] += 1);
            assert_eq!(tax_id.len(), 11);
            assert_eq!(
                counts.iter().filter(|count| **count == 2).count(),
                1,
                "{tax_id}"
            );
            assert!(!tax_id.starts_with('0'), "{tax_id}");

            let ssn = national_id(&mut random, "US", birth);
            assert!(
                !ssn.starts_with("000") && !ssn.starts_with("666") && !ssn.starts_with('9'),
                "{ssn}"
            );
        }
    }

    #[test]
    fn published_examples_are_reproduced() {
        assert_eq!(luhn_sum("4111111111111111", false) % 10, 0);
        assert_eq!(iban_remainder("370400440532013000DE89"), 1);
        assert_eq!(verhoeff_check("236"), 3);
        assert_eq!(
            weighted("529982247", &[10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10,
            2
        ); // CPF 529.982.247-25
    }

    #[test]
    fn grouping_keeps_the_digits() {
        assert_eq!(card_grouped("4111111111111111", ' '), "4111 1111 1111 1111");
        assert_eq!(card_grouped("378282246310005", '-'), "3782-822463-10005");
        assert_eq!(
            iban_grouped("DE89370400440532013000"),
            "DE89 3704 0044 0532 0130 00"
        );
    }
}
