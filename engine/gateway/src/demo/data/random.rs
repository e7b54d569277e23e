//! A small seeded generator, so that two runs of the demo load the same rows on every machine.
//!
//! xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled").
//! It is not for secrets: the sample data is public by construction.

/// A stream of numbers that depends on its seed only.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A stream for `seed`. Any seed works, zero included.
    pub fn new(seed: u64) -> Random {
        // One round of SplitMix64: neighbouring seeds give unrelated streams, and the state is never zero.
        let mut state = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Random {
            state: (state ^ (state >> 31)) | 1,
        }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number in `0..limit`. `limit` must not be zero.
    pub fn below(&mut self, limit: u32) -> u32 {
        // The upper 32 bits, scaled: no division and no visible bias for these small limits.
        let scaled = (self.bits() >> 32) * u64::from(limit);
        u32::try_from(scaled >> 32).unwrap_or(0)
    }

    /// A number in `low..=high`.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// True in `percent` of 100 calls.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One element of a list that is not empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(u32::try_from(list.len()).unwrap_or(u32::MAX)) as usize]
    }

    /// One word of a list whose words are separated by `|`.
    pub fn pick_word<'a>(&mut self, list: &'a str) -> &'a str {
        let count = list.split('|').count();
        let at = self.below(u32::try_from(count).unwrap_or(u32::MAX)) as usize;
        list.split('|').nth(at).unwrap_or(list)
    }

    /// `count` decimal digits; the first one is not zero.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|at| char::from(b'0' + self.digit(u32::from(at == 0))))
            .collect()
    }

    fn digit(&mut self, low: u32) -> u8 {
        u8::try_from(self.between(low, 9)).unwrap_or(9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_stream() {
        let (mut left, mut right) = (Random::new(7), Random::new(7));
        let mut other = Random::new(8);
        let streams: Vec<_> = (0..64)
            .map(|_| (left.bits(), right.bits(), other.bits()))
            .collect();
        assert!(streams.iter().all(|(a, b, _)| a == b));
        assert!(streams.iter().all(|(a, _, c)| a != c));
    }

    #[test]
    fn below_reaches_every_value_and_no_more() {
        let mut random = Random::new(0);
        let mut seen = [0_u32; 10];
        for _ in 0..10_000 {
            seen[random.below(10) as usize] += 1;
        }
        assert!(
            seen.iter().all(|count| (800..1200).contains(count)),
            "{seen:?}"
        );
    }

    #[test]
    fn digits_never_start_with_zero() {
        let mut random = Random::new(3);
        for count in 1..30 {
            let digits = random.digits(count);
            assert_eq!(digits.len(), count);
            assert!(!digits.starts_with('0'));
        }
    }
}
