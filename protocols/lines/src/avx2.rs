//! AVX2: a comparison and its sign bits give the bits of half a block.

use crate::{BLOCK, Machine, Splitter, Starts};
use std::arch::x86_64::{
    _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    _mm256_setzero_si256,
};
use std::ops::Range;

const LANES: usize = 32;

/// Numbers that are written without a branch.
const GROUP: usize = 8;

/// The proof that the machine has the instructions: there is no other way to make one than
/// [`Able::new`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Able(());

impl Able {
    /// Nothing when the machine lacks an instruction.
    pub(crate) fn new() -> Option<Self> {
        let able = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("popcnt");
        able.then_some(Self(()))
    }

    /// [`Splitter::split`].
    pub(crate) fn split(
        self,
        splitter: &Splitter,
        data: &[u8],
        lines: &[Range<u32>],
        columns: usize,
        starts: &mut Starts,
        hiding: &mut Vec<u32>,
    ) -> usize {
        // SAFETY: `new` saw the instructions on this machine.
        unsafe { split(splitter, data, lines, columns, starts, hiding) }
    }
}

#[target_feature(enable = "avx2,bmi1,popcnt")]
fn split(
    splitter: &Splitter,
    data: &[u8],
    lines: &[Range<u32>],
    columns: usize,
    starts: &mut Starts,
    hiding: &mut Vec<u32>,
) -> usize {
    splitter.split_with::<Avx2>(data, lines, columns, starts, hiding)
}

/// Used by [`split`] alone.
struct Avx2;

impl Machine for Avx2 {
    #[inline(always)]
    fn places<const N: usize>(block: &[u8; BLOCK], bytes: [u8; N]) -> u64 {
        let (halves, _) = block.as_chunks::<LANES>();
        half(&halves[0], bytes) | half(&halves[1], bytes) << LANES
    }

    #[inline(always)]
    fn numbers(mut bits: u64, base: u32, out: &mut [u32; BLOCK]) {
        let (groups, _) = out.as_chunks_mut::<GROUP>();
        for group in groups {
            for number in group {
                *number = base + bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
            }
            if bits == 0 {
                break;
            }
        }
    }
}

/// The places in half a block.
#[inline(always)]
fn half<const N: usize>(half: &[u8; LANES], bytes: [u8; N]) -> u64 {
    // SAFETY: as for `places`; a half is as long as what is loaded.
    let places = unsafe {
        let half = _mm256_loadu_si256(half.as_ptr().cast());
        let mut any = _mm256_setzero_si256();
        // No closures: they would not have the instructions.
        for byte in bytes {
            let equal = _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte.cast_signed()));
            any = _mm256_or_si256(any, equal);
        }
        _mm256_movemask_epi8(any)
    };
    u64::from(places.cast_unsigned())
}
