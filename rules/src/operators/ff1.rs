//! FF1 with AES-256: a keyed permutation of all numbers of so many digits.
//! <https://nvlpubs.nist.gov/nistpubs/SpecialPublications/NIST.SP.800-38G.pdf>, algorithms 7 and 8.
//!
//! Both halves of a number stay below 2^96, so each round is one block of AES and 128-bit arithmetic:
//! up to 56 decimal digits, 36 letters or digits of one case, 192 bits. The second draft of revision 1
//! asks for domains of at least a million; smaller ones are refused, because few known pairs betray them.

use aes::Aes256;
use aes::cipher::{BlockEncrypt, KeyInit};
use std::fmt;

/// Values of a domain at least.
pub(super) const DOMAIN_MIN: u128 = 1_000_000;
/// Bytes of a tweak at most.
pub(super) const TWEAK_LEN_MAX: usize = 16;
const ROUNDS: u8 = 10;
/// The bound of both halves.
const HALF_MAX: u128 = 1 << 96;

/// One key and tweak. Wiped when dropped; `Debug` shows neither.
pub(super) struct Ff1 {
    cipher: Aes256,
    tweak: [u8; TWEAK_LEN_MAX],
    tweak_len: usize,
}

impl fmt::Debug for Ff1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ff1([secret])")
    }
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Encrypt,
    Decrypt,
}

/// The numbers of `digits` digits of a radix, cut into halves. Made once per length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Domain {
    radix: u32,
    digits: u8,
    /// radix^(digits / 2) and radix^(digits - digits / 2).
    bounds: [u128; 2],
    /// Bytes of the larger half.
    half_len: usize,
}

impl Domain {
    /// Nothing for a domain below [`DOMAIN_MIN`] or one too large for this implementation.
    pub(super) fn new(radix: u32, digits: usize) -> Option<Domain> {
        let digits = u8::try_from(digits).ok()?;
        let (left, right) = (digits / 2, digits - digits / 2);
        let bound = |digits: u8| {
            let bound = u128::from(radix).checked_pow(u32::from(digits))?;
            (bound <= HALF_MAX).then_some(bound)
        };
        let bounds = [bound(left)?, bound(right)?];
        let size = bounds[0].checked_mul(bounds[1]);
        if radix < 2 || size.is_some_and(|size| size < DOMAIN_MIN) {
            return None;
        }
        let bits = (bounds[1] - 1).checked_ilog2()? + 1;
        Some(Domain {
            radix,
            digits,
            bounds,
            half_len: usize::try_from(bits.div_ceil(8)).ok()?,
        })
    }

    /// Splits a number into halves and joins them again: `left * bounds[1] + right`.
    fn split(&self, number: u128) -> [u128; 2] {
        [number / self.bounds[1], number % self.bounds[1]]
    }
}

impl Ff1 {
    /// `tweak` is public; what is longer than [`TWEAK_LEN_MAX`] is ignored.
    pub(super) fn new(key: &[u8; 32], tweak: &[u8]) -> Ff1 {
        let tweak_len = tweak.len().min(TWEAK_LEN_MAX);
        let mut padded = [0; TWEAK_LEN_MAX];
        padded[..tweak_len].copy_from_slice(&tweak[..tweak_len]);
        Ff1 {
            cipher: Aes256::new(key.into()),
            tweak: padded,
            tweak_len,
        }
    }

    /// Permutes a string of digits, each below the radix and as many as the domain has.
    pub(super) fn digits(&self, way: Way, domain: &Domain, digits: &mut [u8]) {
        let radix = u128::from(domain.radix);
        let (left, right) = digits.split_at_mut(usize::from(domain.digits / 2));
        let number = |digits: &[u8]| {
            let step = |number: u128, digit: &u8| number * radix + u128::from(*digit);
            digits.iter().fold(0, step)
        };
        let [a, b] = self.halves(way, domain, [number(left), number(right)]);
        for (digits, mut number) in [(left, a), (right, b)] {
            for digit in digits.iter_mut().rev() {
                *digit = (number % radix).to_le_bytes()[0];
                number /= radix;
            }
        }
    }

    /// Permutes the numbers of a domain of at most 128 bits.
    pub(super) fn number(&self, way: Way, domain: &Domain, number: u128) -> u128 {
        let [a, b] = self.halves(way, domain, domain.split(number));
        a * domain.bounds[1] + b
    }

    fn halves(&self, way: Way, domain: &Domain, [mut a, mut b]: [u128; 2]) -> [u128; 2] {
        let start = self.start(domain);
        for step in 0..ROUNDS {
            let round = match way {
                Way::Encrypt => step,
                Way::Decrypt => ROUNDS - 1 - step,
            };
            // The half that this round replaces: the left one in even rounds.
            let bound = domain.bounds[usize::from(round % 2)];
            match way {
                Way::Encrypt => {
                    let y = remainder(self.round(domain, start, round, b), bound);
                    (a, b) = (b, reduced(a + y, bound));
                }
                Way::Decrypt => {
                    let y = remainder(self.round(domain, start, round, a), bound);
                    (a, b) = (reduced(b + bound - y, bound), a);
                }
            }
        }
        [a, b]
    }

    /// The state of the CBC-MAC behind the block that names the domain.
    fn start(&self, domain: &Domain) -> [u8; 16] {
        let [_, r0, r1, r2] = domain.radix.to_be_bytes();
        let [t0, t1, t2, t3] = u32::try_from(self.tweak_len).unwrap_or(0).to_be_bytes();
        let (n, u) = (domain.digits, domain.digits / 2);
        let mut block = [1, 2, 1, r0, r1, r2, 10, u, 0, 0, 0, n, t0, t1, t2, t3];
        self.cipher.encrypt_block((&mut block).into());
        block
    }

    /// The round function: 4 * ceil(b / 4) + 4 bytes of the MAC over tweak, round and half.
    fn round(&self, domain: &Domain, mut state: [u8; 16], round: u8, half: u128) -> u128 {
        let b = domain.half_len;
        let mut input = [0u8; 48];
        let len = (self.tweak_len + 1 + b).next_multiple_of(16);
        input[..self.tweak_len].copy_from_slice(&self.tweak[..self.tweak_len]);
        input[len - b - 1] = round;
        input[len - b..len].copy_from_slice(&half.to_be_bytes()[16 - b..]);
        for block in input[..len].chunks_exact(16) {
            state.iter_mut().zip(block).for_each(|(s, b)| *s ^= b);
            self.cipher.encrypt_block((&mut state).into());
        }
        let taken = 4 * b.div_ceil(4) + 4;
        u128::from_be_bytes(state) >> (8 * (16 - taken))
    }
}

/// Division of 64 bits is several times faster than of 128; halves of up to 9 digits need no more.
fn remainder(number: u128, bound: u128) -> u128 {
    match (u64::try_from(number), u64::try_from(bound)) {
        (Ok(number), Ok(bound)) => u128::from(number % bound),
        _ => number % bound,
    }
}

/// A number below twice the bound, less the bound if it reaches it.
fn reduced(number: u128, bound: u128) -> u128 {
    if number >= bound {
        number - bound
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fpe::ff1::{FF1, FlexibleNumeralString};
    use proptest::prelude::*;

    /// The AES-256 samples of <https://csrc.nist.gov/CSRC/media/Projects/Cryptographic-Standards-and-Guidelines/documents/examples/FF1samples.pdf>.
    #[test]
    fn the_published_samples_hold() {
        let key = [
            0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf,
            0x4f, 0x3c, 0xef, 0x43, 0x59, 0xd8, 0xd5, 0x80, 0xaa, 0x4f, 0x7f, 0x03, 0x6d, 0x6f,
            0x04, 0xfc, 0x6a, 0x94,
        ];
        for (radix, tweak, plain, cipher) in [
            (10, "", "0123456789", "6657667009"),
            (10, "9876543210", "0123456789", "1001623463"),
            (
                36,
                "7777pqrs777",
                "0123456789abcdefghi",
                "xs8a0azh2avyalyzuwd",
            ),
        ] {
            let read = |text: &str| -> Vec<u8> {
                let digit = |c: char| u8::try_from(c.to_digit(36).unwrap()).unwrap();
                text.chars().map(digit).collect()
            };
            let domain = Domain::new(radix, plain.len()).unwrap();
            let ff1 = Ff1::new(&key, tweak.as_bytes());
            let mut digits = read(plain);
            ff1.digits(Way::Encrypt, &domain, &mut digits);
            assert_eq!(digits, read(cipher), "{plain}");
            ff1.digits(Way::Decrypt, &domain, &mut digits);
            assert_eq!(digits, read(plain));
        }
    }

    #[test]
    fn small_and_huge_domains_are_refused() {
        for (radix, digits, is_domain) in [
            (10, 5, false),
            (10, 6, true),
            (10, 56, true),
            (10, 57, false),
            (36, 3, false),
            (36, 4, true),
            (2, 19, false),
            (2, 20, true),
            (2, 192, true),
            (2, 193, false),
            (1, 9, false),
            (10, 0, false),
        ] {
            let domain = Domain::new(radix, digits);
            assert_eq!(domain.is_some(), is_domain, "{radix}^{digits}");
        }
    }

    proptest! {
        #[test]
        fn an_independent_implementation_agrees(
            key in any::<[u8; 32]>(),
            tweak in proptest::collection::vec(any::<u8>(), 0..=TWEAK_LEN_MAX),
            radix in 2u32..=62,
            seed in proptest::collection::vec(any::<u8>(), 6..40),
        ) {
            let mut digits: Vec<u8> = seed.iter().map(|n| n % u8::try_from(radix).unwrap()).collect();
            let Some(domain) = Domain::new(radix, digits.len()) else {
                return Ok(());
            };
            let plain = digits.clone();
            let theirs = FF1::<aes::Aes256>::new(&key, radix).unwrap();
            let string = FlexibleNumeralString::from(
                plain.iter().map(|digit| u16::from(*digit)).collect::<Vec<_>>(),
            );
            let theirs: Vec<u16> = theirs.encrypt(&tweak, &string).unwrap().into();
            let ours = Ff1::new(&key, &tweak);
            ours.digits(Way::Encrypt, &domain, &mut digits);
            let wide: Vec<u16> = digits.iter().map(|digit| u16::from(*digit)).collect();
            prop_assert_eq!(wide, theirs);
            ours.digits(Way::Decrypt, &domain, &mut digits);
            prop_assert_eq!(digits, plain);
        }

        #[test]
        fn numbers_are_digits(number in 0u128..10_000_000_000) {
            let ff1 = Ff1::new(&[7; 32], b"t");
            let domain = Domain::new(10, 10).unwrap();
            let mut digits: Vec<u8> = format!("{number:010}").bytes().map(|b| b - b'0').collect();
            ff1.digits(Way::Encrypt, &domain, &mut digits);
            let text: String = digits.iter().map(|d| char::from(b'0' + d)).collect();
            let permuted = ff1.number(Way::Encrypt, &domain, number);
            prop_assert_eq!(text, format!("{permuted:010}"));
            prop_assert_eq!(ff1.number(Way::Decrypt, &domain, permuted), number);
        }
    }
}
