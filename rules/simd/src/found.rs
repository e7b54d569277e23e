//! What is found in a piece of text, by block of 64 positions.
//!
//! A kernel goes through a piece before anything of it is looked at: no look-up waits for the guess
//! whether there is something.

use super::{Candidate, GROUPS};

/// Positions whose candidates are kept at a time.
pub(super) const PIECE: usize = 2048;
/// Positions of a block.
pub(super) const LANES: usize = 64;
/// Positions that a kernel looks at together: what lacks there is not looked up for any of them.
pub(super) const TURN: usize = 2 * LANES;
const BLOCKS: usize = PIECE / LANES;

/// The classes of a piece, and of what its last window and the last turn read behind it.
pub(super) type Classes = [u8; PIECE + TURN];

/// What a kernel needs for one piece after the other.
pub(super) struct Pieces {
    pub(super) classes: Classes,
    /// The same as other indices, where a kernel wants them.
    pub(super) others: Classes,
    pub(super) found: Found,
}

impl Default for Pieces {
    fn default() -> Pieces {
        Pieces {
            classes: [0; PIECE + TURN],
            others: [0; PIECE + TURN],
            found: Found {
                lanes: [0; BLOCKS],
                bits: [[[0; LANES]; GROUPS]; BLOCKS],
            },
        }
    }
}

/// Positions and their buckets.
pub(super) struct Found {
    /// Positions at which a window may begin.
    pub(super) lanes: [u64; BLOCKS],
    /// The buckets of each position, by group.
    pub(super) bits: [[[u8; LANES]; GROUPS]; BLOCKS],
}

impl Found {
    /// Appends the candidates among the first `count` positions of a piece that begins at `from`.
    /// Inlined into functions that may use the instructions that look for a bit.
    #[inline(always)]
    pub(super) fn report(&self, from: usize, count: usize, candidates: &mut Vec<Candidate>) {
        for block in 0..count.div_ceil(LANES) {
            let mut lanes = self.lanes[block] & lanes_below(count, block * LANES);
            let bits = &self.bits[block];
            while lanes != 0 {
                let lane = lanes.trailing_zeros() as usize;
                lanes &= lanes - 1;
                let buckets = [bits[0][lane], bits[1][lane], bits[2][lane], bits[3][lane]];
                // Checked by the caller of the crate: the text is shorter than 4 GiB.
                #[allow(clippy::cast_possible_truncation)]
                candidates.push(Candidate {
                    at: (from + block * LANES + lane) as u32,
                    buckets: u32::from_le_bytes(buckets),
                });
            }
        }
    }
}

/// One bit for each lane of a block at `base` that lies before `len`.
#[inline(always)]
fn lanes_below(len: usize, base: usize) -> u64 {
    match len.saturating_sub(base) {
        0 => 0,
        count if count >= LANES => u64::MAX,
        count => (1 << count) - 1,
    }
}
