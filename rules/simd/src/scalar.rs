//! The kernel as a plain loop, for machines without the vector instructions.

use super::{Candidate, Tables, WIDTH};

/// Appends the candidates of the first `len` bytes of `text`, which has padding behind it.
pub(super) fn candidates(
    tables: &Tables,
    text: &[u8],
    len: usize,
    candidates: &mut Vec<Candidate>,
) {
    for (at, window) in (0u32..).zip(text.windows(WIDTH)).take(len) {
        let mut buckets = u32::MAX;
        for (table, byte) in tables.iter().zip(window) {
            buckets &= table[usize::from(*byte)];
            if buckets == 0 {
                break;
            }
        }
        if buckets != 0 {
            candidates.push(Candidate { at, buckets });
        }
    }
}
