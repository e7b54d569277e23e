//! Any machine. Written so that it becomes vector instructions where there are some.

use crate::{BLOCK, Machine};

pub(crate) struct Portable;

impl Machine for Portable {
    #[inline(always)]
    fn places<const N: usize>(block: &[u8; BLOCK], bytes: [u8; N]) -> u64 {
        let is_one = |other| {
            bytes
                .iter()
                .fold(0, |any, byte| any | u8::from(other == *byte))
        };
        let equal = block.map(is_one);
        let (words, _) = equal.as_chunks::<8>();
        // The product moves the lowest bit of each of eight bytes into the highest byte.
        (0..).zip(words).fold(0, |bits, (number, word): (u32, _)| {
            let word = u64::from_le_bytes(*word);
            bits | (word.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * number)
        })
    }

    #[inline(always)]
    fn numbers(mut bits: u64, base: u32, out: &mut [u32; BLOCK]) {
        let mut out = out.iter_mut();
        while bits != 0 {
            if let Some(out) = out.next() {
                *out = base + bits.trailing_zeros();
            }
            bits &= bits - 1;
        }
    }
}
