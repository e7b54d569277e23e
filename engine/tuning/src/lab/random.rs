//! Numbers that a seed decides: SplitMix64. Not for secrets.

/// A generator; equal seeds give equal sequences.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Begins at a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number of `low..high`; `low` where that is empty.
    pub fn range(&mut self, low: u64, high: u64) -> u64 {
        match high.saturating_sub(low) {
            0 => low,
            width => low + self.next() % width,
        }
    }

    /// One of some things.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        let at = self.next() % of.len() as u64;
        of[usize::try_from(at).unwrap_or(0)]
    }

    /// Digits after a pattern: `#` is a digit, `%` one from 1 to 9, `?` a letter, `^` a hexadecimal
    /// digit, the rest stays.
    pub fn pattern(&mut self, pattern: &str) -> String {
        let mut one = |c| match c {
            '#' => char::from(b'0' + u8::try_from(self.next() % 10).unwrap_or(0)),
            '%' => char::from(b'1' + u8::try_from(self.next() % 9).unwrap_or(0)),
            '?' => char::from(b'A' + u8::try_from(self.next() % 26).unwrap_or(0)),
            '^' => char::from(b"0123456789abcdef"[usize::try_from(self.next() % 16).unwrap_or(0)]),
            c => c,
        };
        pattern.chars().map(&mut one).collect()
    }
}
