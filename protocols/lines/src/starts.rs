//! Offsets, with room behind them so that a block's may be written at once.

use crate::{BLOCK, Machine};
use std::ops::{Deref, DerefMut};

/// Offsets. Reused over batches, so that splitting allocates nothing once it has grown.
#[derive(Debug, Default)]
pub struct Starts {
    /// What lies behind `len` is left over from other batches.
    room: Vec<u32>,
    len: usize,
}

impl Starts {
    /// Forgets all offsets.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Forgets all but the first `len` offsets.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Offsets that there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.room.len()
    }

    /// Adds an offset.
    #[inline]
    pub fn push(&mut self, start: u32) {
        if self.len == self.room.len() {
            self.grow();
        }
        self.room[self.len] = start;
        self.len += 1;
    }

    /// Adds the offset behind each of the bits of a block at `at`.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the caller's ranges are of 32 bits"
    )]
    #[inline(always)]
    pub(crate) fn push_behind<M: Machine>(&mut self, bits: u64, at: usize) {
        if self.room.len() - self.len < BLOCK {
            self.grow();
        }
        if let Some(out) = self.room[self.len..].first_chunk_mut::<BLOCK>() {
            M::numbers(bits, at as u32 + 1, out);
            self.len += bits.count_ones() as usize;
        }
    }

    #[cold]
    fn grow(&mut self) {
        self.room.resize((2 * self.room.len()).max(8 * BLOCK), 0);
    }
}

impl Deref for Starts {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        &self.room[..self.len]
    }
}

impl DerefMut for Starts {
    fn deref_mut(&mut self) -> &mut [u32] {
        &mut self.room[..self.len]
    }
}
