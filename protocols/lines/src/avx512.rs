//! AVX-512: a comparison gives the bits of a block, a compression their numbers.

use crate::{BLOCK, Machine, Splitter, Starts};
use std::arch::x86_64::{
    _mm512_add_epi32, _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask, _mm512_cvtepu8_epi32,
    _mm512_extracti32x4_epi32, _mm512_loadu_si512, _mm512_maskz_compress_epi8, _mm512_set1_epi8,
    _mm512_set1_epi32, _mm512_storeu_si512,
};
use std::ops::Range;

/// Numbers that are written together.
const GROUP: usize = 16;

/// The numbers of all places.
const PLACES: [u8; BLOCK] = {
    let mut places = [0; BLOCK];
    let mut place = 0u8;
    while (place as usize) < BLOCK {
        places[place as usize] = place;
        place += 1;
    }
    places
};

/// The proof that the machine has the instructions: there is no other way to make one than
/// [`Wide::new`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wide(());

impl Wide {
    /// Nothing when the machine lacks an instruction.
    pub(crate) fn new() -> Option<Self> {
        let able = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi2")
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

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,bmi1,popcnt")]
fn split(
    splitter: &Splitter,
    data: &[u8],
    lines: &[Range<u32>],
    columns: usize,
    starts: &mut Starts,
    hiding: &mut Vec<u32>,
) -> usize {
    splitter.split_with::<Avx512>(data, lines, columns, starts, hiding)
}

/// Used by [`split`] alone.
struct Avx512;

impl Machine for Avx512 {
    #[inline(always)]
    fn places(block: &[u8; BLOCK], byte: u8) -> u64 {
        // SAFETY: the only caller has the instructions; a block is as long as what is loaded.
        unsafe {
            let block = _mm512_loadu_si512(block.as_ptr().cast());
            _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(byte.cast_signed()))
        }
    }

    #[inline(always)]
    fn numbers(bits: u64, base: u32, out: &mut [u32; BLOCK]) {
        let (groups, _) = out.as_chunks_mut::<GROUP>();
        // SAFETY: the only caller has the instructions; a group is as long as what is stored.
        unsafe {
            let places = _mm512_loadu_si512(PLACES.as_ptr().cast());
            let packed = _mm512_maskz_compress_epi8(bits, places);
            let base = _mm512_set1_epi32(base.cast_signed());
            let write = |part, group: &mut [u32; GROUP]| {
                let numbers = _mm512_add_epi32(_mm512_cvtepu8_epi32(part), base);
                _mm512_storeu_si512(group.as_mut_ptr().cast(), numbers);
            };
            write(_mm512_castsi512_si128(packed), &mut groups[0]);
            if bits.count_ones() as usize > GROUP {
                write(_mm512_extracti32x4_epi32::<1>(packed), &mut groups[1]);
                write(_mm512_extracti32x4_epi32::<2>(packed), &mut groups[2]);
                write(_mm512_extracti32x4_epi32::<3>(packed), &mut groups[3]);
            }
        }
    }
}
