//! A set of bytes.

/// One bit for each byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    pub(super) const NONE: ByteSet = ByteSet([0; 4]);
    pub(super) const ALL: ByteSet = ByteSet([u64::MAX; 4]);

    /// The bytes for which `holds`.
    pub(super) fn of(holds: impl Fn(u8) -> bool) -> ByteSet {
        let mut set = ByteSet::NONE;
        (0..=u8::MAX)
            .filter(|byte| holds(*byte))
            .for_each(|byte| set.insert(byte));
        set
    }

    pub(super) fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    #[inline]
    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    pub(super) fn union(self, other: ByteSet) -> ByteSet {
        let mut set = self;
        set.0
            .iter_mut()
            .zip(other.0)
            .for_each(|(word, other)| *word |= other);
        set
    }

    /// Do both have a byte?
    pub(super) fn meets(self, other: ByteSet) -> bool {
        self.0
            .iter()
            .zip(other.0)
            .any(|(word, other)| word & other != 0)
    }

    /// For each eight neighbouring bytes which of them are in the set, the first in the lowest bit.
    pub(super) fn eights(self) -> impl Iterator<Item = u8> {
        self.0.into_iter().flat_map(u64::to_le_bytes)
    }

    pub(super) fn len(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Does every byte hold?
    pub(super) fn all(self, holds: fn(u8) -> bool) -> bool {
        (0..=u8::MAX).all(|byte| !self.contains(byte) || holds(byte))
    }
}
