//! Numbers with a right checksum, made at random from test ranges.

use super::random::Random;

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

fn digit(number: u32) -> char {
    char::from_digit(number % 10, 10).unwrap_or('0')
}

/// `body` with the digit that Luhn wants behind it.
pub fn luhn(body: &str) -> String {
    let sum: u32 = (digits(body).iter().rev().enumerate())
        .map(|(at, d)| match at % 2 {
            0 => (2 * d) / 10 + (2 * d) % 10,
            _ => *d,
        })
        .sum();
    format!("{body}{}", digit((10 - sum % 10) % 10))
}

/// A card of one of four brands, plain or in groups.
pub fn card(random: &mut Random) -> String {
    let pattern = random.pick(&[
        "4##############",
        "51#############",
        "54#############",
        "2223###########",
        "37############",
    ]);
    let card = luhn(&random.pattern(pattern));
    match (card.len(), random.next() % 3) {
        (16, 0) => format!(
            "{} {} {} {}",
            &card[..4],
            &card[4..8],
            &card[8..12],
            &card[12..]
        ),
        _ => card,
    }
}

/// An IBAN of a country, by the pattern of what follows its check digits.
pub fn iban(random: &mut Random) -> String {
    let (country, pattern) = [
        ("DE", "##################"),
        ("FR", "#######################"),
        ("NL", "ABNA##########"),
        ("GB", "NWBK##############"),
        ("ES", "####################"),
    ][usize::try_from(random.next() % 5).unwrap_or(0)];
    let body = random.pattern(pattern);
    let remainder =
        format!("{body}{country}00")
            .chars()
            .fold(0_u64, |sum, c| match c.to_digit(36) {
                Some(value) if value < 10 => (sum * 10 + u64::from(value)) % 97,
                Some(value) => (sum * 100 + u64::from(value)) % 97,
                None => sum,
            });
    format!("{country}{:02}{body}", 98 - remainder)
}

/// A weighted sum of digits.
fn weighted(body: &str, weights: &[u32]) -> u32 {
    digits(body).iter().zip(weights).map(|(d, w)| d * w).sum()
}

/// Tries until a body has a check digit.
fn until(random: &mut Random, pattern: &str, check: impl Fn(&str) -> Option<String>) -> String {
    loop {
        let body = random.pattern(pattern);
        if let Some(number) = check(&body) {
            return number;
        }
    }
}

/// A number of the British health service.
pub fn nhs(random: &mut Random) -> String {
    until(random, "4########", |body| {
        let rest = 11 - weighted(body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        (rest != 10).then(|| format!("{body}{}", rest % 11))
    })
}

/// A Brazilian taxpayer's number with its dots.
pub fn cpf(random: &mut Random) -> String {
    let check = |body: &str, from: u32| {
        let count = digits(body).len();
        let weights: Vec<u32> = (0..).take(count).map(|at: u32| from - at).collect();
        let rest = weighted(body, &weights) * 10 % 11;
        format!("{body}{}", rest % 10)
    };
    let body = random.pattern("%########");
    let full = check(&check(&body, 10), 11);
    format!(
        "{}.{}.{}-{}",
        &full[..3],
        &full[3..6],
        &full[6..9],
        &full[9..]
    )
}

/// A Polish personal number with its birth date.
pub fn pesel(random: &mut Random) -> String {
    let body = format!(
        "{:02}{:02}{:02}{}",
        random.range(40, 99),
        random.range(1, 13),
        random.range(1, 29),
        random.pattern("####")
    );
    let sum = weighted(&body, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// A Spanish tax number.
pub fn nif(random: &mut Random) -> String {
    let number = random.range(10_000_000, 99_999_999);
    let letter = "TRWAGMYFPDXBNJZSQVHLCKE"
        .chars()
        .nth(usize::try_from(number % 23).unwrap_or(0));
    format!("{number}{}", letter.unwrap_or('T'))
}

/// A Dutch citizen's number.
pub fn bsn(random: &mut Random) -> String {
    until(random, "%#######", |body| {
        let rest = weighted(body, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        (rest < 10).then(|| format!("{body}{rest}"))
    })
}

/// A French social security number, without Corsica.
pub fn nir(random: &mut Random) -> String {
    let body = format!(
        "{}{:02}{:02}{:02}{}",
        random.range(1, 3),
        random.range(40, 99),
        random.range(1, 13),
        random.range(1, 95),
        random.pattern("1##1##")
    );
    let key = 97 - body.parse::<u64>().unwrap_or(0) % 97;
    format!("{body}{key:02}")
}

/// A US social security number with its dashes.
pub fn ssn(random: &mut Random) -> String {
    format!(
        "{:03}-{:02}-{:04}",
        random.range(101, 665),
        random.range(1, 99),
        random.range(1, 9999)
    )
}

/// A US bank's routing number.
pub fn aba(random: &mut Random) -> String {
    let body = format!("{:02}{}", random.range(1, 13), random.pattern("######"));
    let sum = weighted(&body, &[3, 7, 1, 3, 7, 1, 3, 7]);
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// A US provider's number.
pub fn npi(random: &mut Random) -> String {
    luhn(&random.pattern("808401########"))[5..].to_owned()
}

/// An Indian identity number in groups, by Verhoeff's scheme.
pub fn aadhaar(random: &mut Random) -> String {
    const PERMUTE: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let multiply = |a: u8, b: u8| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a - 5 + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let permuted = |times: usize, digit: u8| (0..times).fold(digit, |d, _| PERMUTE[usize::from(d)]);
    let valid = |number: &str| {
        let ends = number.bytes().rev().map(|byte| byte - b'0').enumerate();
        ends.fold(0, |sum, (at, d)| multiply(sum, permuted(at % 8, d))) == 0
    };
    until(random, "3##########", |body| {
        let full = (0..10)
            .map(|check| format!("{body}{check}"))
            .find(|number| valid(number))?;
        Some(format!("{} {} {}", &full[..4], &full[4..8], &full[8..]))
    })
}

/// A vehicle's number with the check digit at its ninth place.
pub fn vin(random: &mut Random) -> String {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |c: char| match c {
        '0'..='9' => c.to_digit(10).unwrap_or(0),
        'A'..='H' => u32::from(c) - u32::from('A') + 1,
        'J'..='N' => u32::from(c) - u32::from('J') + 1,
        'P' => 7,
        'R' => 9,
        'S'..='Z' => u32::from(c) - u32::from('S') + 2,
        _ => 0,
    };
    let body = random.pattern("WVWZZZ1K0%W######");
    let sum: u32 = body
        .chars()
        .zip(WEIGHTS)
        .map(|(c, weight)| value(c) * weight)
        .sum();
    let check = match sum % 11 {
        10 => 'X',
        rest => digit(rest),
    };
    format!("{}{check}{}", &body[..8], &body[9..])
}

/// An article number: the same checksum as in shops, at 8, 12, 13 or 14 digits.
pub fn gtin(random: &mut Random, length: usize) -> String {
    let body = random.pattern(&"#".repeat(length - 1));
    let sum: u32 = (digits(&body).iter().rev().enumerate())
        .map(|(at, d)| if at.is_multiple_of(2) { 3 * d } else { *d })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// A book's number of ten digits, of which the last may be an X.
pub fn isbn10(random: &mut Random) -> String {
    let body = random.pattern("%########");
    match (11 - weighted(&body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 {
        10 => format!("{body}X"),
        check => format!("{body}{check}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_check_digits() {
        assert_eq!(luhn("411111111111111"), "4111111111111111");
        let mut random = Random::new(1);
        for _ in 0..50 {
            let nif = nif(&mut random);
            assert_eq!(nif.len(), 9);
            assert_eq!(gtin(&mut random, 14).len(), 14);
            assert_eq!(digits(&aadhaar(&mut random)).len(), 12);
            assert_eq!(vin(&mut random).len(), 17);
        }
    }
}
