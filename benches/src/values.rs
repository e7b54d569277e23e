//! Invented values: ordinary ones that no detector of the starter pack finds, and sensitive ones that
//! are valid down to their check digits.

use std::fmt::Write as _;

/// A small generator of reproducible numbers (xorshift64*).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Equal seeds give equal sequences.
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `bound`, which is above 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) % bound
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        const STEPS: u64 = 1 << 32;
        (self.below(STEPS) as f64) < probability * STEPS as f64
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }

    fn digits(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.below(10) as u8).collect()
    }
}

const WORDS: [&str; 24] = [
    "blue", "garden", "invoice", "pending", "north", "wooden", "table", "weekly", "report",
    "summer", "large", "paper", "returned", "shipment", "copper", "kettle", "mountain", "bicycle",
    "harvest", "window", "silver", "quiet", "morning", "delivery",
];
const CITIES: [&str; 8] = [
    "Hamburg", "Lisbon", "Nairobi", "Kyoto", "Montreal", "Valencia", "Aarhus", "Cork",
];
const STATES: [&str; 5] = ["open", "shipped", "returned", "cancelled", "on hold"];
const NAMES: [&str; 8] = [
    "ann", "jonas", "mei", "carlos", "fatima", "olga", "pierre", "ravi",
];

/// One word.
pub(crate) fn word(random: &mut Random) -> String {
    random.pick(&WORDS).to_owned()
}

/// Words up to about `len` bytes.
pub(crate) fn phrase(random: &mut Random, len: usize) -> String {
    let mut text = word(random);
    while text.len() < len {
        text.push(' ');
        text.push_str(random.pick(&WORDS));
    }
    text
}

/// A city.
pub(crate) fn city(random: &mut Random) -> String {
    random.pick(&CITIES).to_owned()
}

/// The state of an order.
pub(crate) fn state(random: &mut Random) -> String {
    random.pick(&STATES).to_owned()
}

/// The number of an article.
pub(crate) fn article(random: &mut Random) -> String {
    let letter = char::from(b'A' + random.below(26) as u8);
    format!("{letter}{}-{:03}-X", random.below(10), random.below(1000))
}

/// Something sensitive: the kinds take turns.
pub(crate) fn sensitive(random: &mut Random) -> String {
    match random.below(6) {
        0 => {
            let (first, second) = (random.pick(&NAMES), random.pick(&WORDS));
            format!("{first}.{second}{}@mail.example", random.below(100_000))
        }
        1 => format!("+4420{:08}", 10_000_000 + random.below(80_000_000)),
        2 => card(random),
        3 => {
            let (area, group) = (101 + random.below(500), 10 + random.below(80));
            format!("{area}-{group}-{:04}", 1000 + random.below(8000))
        }
        4 => {
            let (c, d) = (1 + random.below(254), 1 + random.below(254));
            format!("93.184.{c}.{d}")
        }
        _ => iban(random),
    }
}

/// A card number with its Luhn digit, in groups of four.
fn card(random: &mut Random) -> String {
    let mut digits = vec![4];
    digits.extend(random.digits(14));
    let sum: u32 = (0..).zip(&digits).map(|(at, digit)| luhn(at, *digit)).sum();
    digits.push(((10 - sum % 10) % 10) as u8);
    let mut text = String::new();
    for (at, digit) in digits.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push(' ');
        }
        text.push(char::from(b'0' + digit));
    }
    text
}

/// What the digit at this place of a 16-digit number adds to the Luhn sum.
fn luhn(at: usize, digit: u8) -> u32 {
    let doubled = u32::from(digit) * if at.is_multiple_of(2) { 2 } else { 1 };
    doubled / 10 + doubled % 10
}

/// A German IBAN with its check digits.
fn iban(random: &mut Random) -> String {
    let mut account = String::new();
    for digit in random.digits(18) {
        account.push(char::from(b'0' + digit));
    }
    // The account, then `DE00` with letters as numbers, modulo 97.
    let mut rest = 0;
    for digit in account.bytes().chain(*b"131400") {
        rest = (rest * 10 + u32::from(digit - b'0')) % 97;
    }
    let mut text = String::new();
    let _ = write!(text, "DE{:02}{account}", 98 - rest); // writing to a string cannot fail
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_right() {
        let mut random = Random::new(7);
        for _ in 0..100 {
            let digits = card(&mut random).replace(' ', "").into_bytes();
            let sum: u32 = (0..).zip(&digits).map(|(at, d)| luhn(at, d - b'0')).sum();
            assert_eq!(sum % 10, 0);
            let text = iban(&mut random);
            let moved = format!("{}1314{}", &text[4..], &text[2..4]);
            let rest = moved
                .bytes()
                .fold(0, |rest, d| (rest * 10 + u32::from(d - b'0')) % 97);
            assert_eq!(rest, 1, "{text}");
        }
    }

    #[test]
    fn equal_seeds_give_equal_values() {
        let (mut a, mut b) = (Random::new(3), Random::new(3));
        for _ in 0..50 {
            assert_eq!(sensitive(&mut a), sensitive(&mut b));
        }
    }
}
