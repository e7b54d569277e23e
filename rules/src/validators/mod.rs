//! Validators confirm a match by its content: check digits, ranges, embedded dates.
//!
//! One per file, one line in [`VALIDATORS`]. A validator gets the matched span with its
//! separators, allocates nothing and answers whether the value can be genuine.

mod aba;
mod base58check;
mod bech32;
mod cnpj;
mod cpf;
mod de_tax_id;
mod email;
mod es_nif;
mod fr_nir;
mod iban;
mod iin;
mod in_pan;
mod ipv4;
mod ipv6;
mod it_cf;
mod itin;
mod jwt;
mod luhn;
mod mac;
mod nanp;
mod nhs;
mod nino;
mod nl_bsn;
mod npi;
mod pesel;
mod phone;
mod ssn;
mod verhoeff;
mod vin;

/// One validator.
#[derive(Debug)]
pub(crate) struct Validator {
    pub(crate) name: &'static str,
    /// Is the span genuine as far as its content tells?
    pub(crate) check: fn(&[u8]) -> bool,
}

macro_rules! validators {
    ($($name:literal => $module:ident),* $(,)?) => {
        /// Every validator, by the name that packs use.
        pub(crate) const VALIDATORS: &[Validator] =
            &[$(Validator { name: $name, check: $module::check }),*];
    };
}

validators! {
    "aba" => aba,
    "base58check" => base58check,
    "bech32" => bech32,
    "cnpj" => cnpj,
    "cpf" => cpf,
    "de-tax-id" => de_tax_id,
    "email" => email,
    "es-nif" => es_nif,
    "fr-nir" => fr_nir,
    "iban" => iban,
    "iin" => iin,
    "in-pan" => in_pan,
    "ipv4" => ipv4,
    "ipv6" => ipv6,
    "it-cf" => it_cf,
    "itin" => itin,
    "jwt" => jwt,
    "luhn" => luhn,
    "mac" => mac,
    "nanp" => nanp,
    "nhs" => nhs,
    "nino" => nino,
    "nl-bsn" => nl_bsn,
    "npi" => npi,
    "pesel" => pesel,
    "phone" => phone,
    "ssn" => ssn,
    "verhoeff" => verhoeff,
    "vin" => vin,
}

/// The validator of a name.
pub(crate) fn find(name: &str) -> Option<&'static Validator> {
    VALIDATORS.iter().find(|validator| validator.name == name)
}

/// The ASCII digits of a span as numbers, at most `N`; a span with more gives none at all.
struct Digits<const N: usize> {
    digits: [u8; N],
    len: usize,
}

impl<const N: usize> Digits<N> {
    fn of(span: &[u8]) -> Digits<N> {
        let mut all = Digits {
            digits: [0; N],
            len: 0,
        };
        for byte in span {
            let digit = byte.wrapping_sub(b'0');
            // Where separators stand cannot be guessed: each byte is written, and counts if it is a digit.
            match all.digits.get_mut(all.len) {
                Some(next) => *next = digit,
                None if digit < 10 => {
                    all.len = 0;
                    return all;
                }
                None => {}
            }
            all.len += usize::from(digit < 10);
        }
        all
    }

    fn as_slice(&self) -> &[u8] {
        &self.digits[..self.len]
    }

    /// All of them, if there are exactly `N`.
    fn exact(&self) -> Option<&[u8; N]> {
        (self.len == N).then_some(&self.digits)
    }
}

/// The letters (upper case) and digits of a span, at most `N`; a span with more gives none.
struct Alnum<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Alnum<N> {
    fn of(span: &[u8]) -> Alnum<N> {
        let mut all = Alnum {
            bytes: [0; N],
            len: 0,
        };
        for byte in span {
            let counts = byte.is_ascii_alphanumeric();
            match all.bytes.get_mut(all.len) {
                Some(next) => *next = byte.to_ascii_uppercase(),
                None if counts => {
                    all.len = 0;
                    return all;
                }
                None => {}
            }
            all.len += usize::from(counts);
        }
        all
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn exact(&self) -> Option<&[u8; N]> {
        (self.len == N).then_some(&self.bytes)
    }
}

/// Are the digits all the same? Such numbers pass many checksums and are never genuine.
fn uniform(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

/// Sum of digit times weight; the shorter of both counts.
fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum()
}

/// Can `day` be a day of `month`? February has 29.
fn day_of_month(month: u32, day: u32) -> bool {
    let last = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// Test values: all of `good` pass and none of `bad`.
#[cfg(test)]
fn table(check: fn(&[u8]) -> bool, good: &[&str], bad: &[&str]) {
    for value in good {
        assert!(check(value.as_bytes()), "{value} must pass");
    }
    for value in bad {
        assert!(!check(value.as_bytes()), "{value} must not pass");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_sorted_and_unique() {
        assert!(
            VALIDATORS
                .windows(2)
                .all(|pair| pair[0].name < pair[1].name)
        );
    }

    proptest! {
        #[test]
        fn no_validator_panics_on_any_bytes(span in proptest::collection::vec(any::<u8>(), 0..80)) {
            for validator in VALIDATORS {
                let _ = (validator.check)(&span);
            }
        }

        #[test]
        fn no_validator_panics_on_digits_and_letters(span in "[0-9A-Za-z .:/-]{0,80}") {
            for validator in VALIDATORS {
                let _ = (validator.check)(span.as_bytes());
            }
        }
    }
}
