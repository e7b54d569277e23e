//! The kernel as a plain loop, for machines without the vector instructions.
//!
//! Each byte is met once by all eight offsets: what they permit is one row of the table, and the windows
//! that have held so far move on by one offset. There is no branch but for candidates.

use super::{Candidate, Tables, WIDTH};

/// What each offset permits, by byte.
#[derive(Clone, Debug)]
pub(super) struct Rows(Box<[[u32; WIDTH]; 256]>);

impl Rows {
    pub(super) fn new(tables: &Tables) -> Rows {
        let row = |byte: usize| std::array::from_fn(|offset| tables[offset][byte]);
        Rows(Box::new(std::array::from_fn(row)))
    }

    /// Appends the candidates of the first `len` bytes of `text`, which has padding behind it.
    pub(super) fn candidates(&self, text: &[u8], len: usize, candidates: &mut Vec<Candidate>) {
        // The buckets of the windows that have come to each offset.
        let mut held = [0u32; WIDTH];
        for byte in &text[..WIDTH - 1] {
            self.step(&mut held, *byte);
        }
        for (at, byte) in (0..).zip(&text[WIDTH - 1..len + WIDTH - 1]) {
            self.step(&mut held, *byte);
            let buckets = held[WIDTH - 1];
            if buckets != 0 {
                candidates.push(Candidate { at, buckets });
            }
        }
    }

    #[inline(always)]
    fn step(&self, held: &mut [u32; WIDTH], byte: u8) {
        let row = &self.0[usize::from(byte)];
        let before = *held;
        held[0] = row[0];
        for offset in 1..WIDTH {
            held[offset] = before[offset - 1] & row[offset];
        }
    }
}
