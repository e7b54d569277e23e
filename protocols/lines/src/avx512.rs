//! AVX-512: a comparison gives the bits of a block, a compression their numbers.

use crate::{BLOCK, Machine, Splitter, Starts};
use std::arch::x86_64::{
    __m128i, __m512i, _mm512_add_epi32, _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask,
    _mm512_cvtepu8_epi32, _mm512_extracti32x4_epi32, _mm512_loadu_si512,
    _mm512_maskz_compress_epi8, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_storeu_si512,
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
/// [`Able::new`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Able(());

impl Able {
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
    fn places<const N: usize>(block: &[u8; BLOCK], bytes: [u8; N]) -> u64 {
        // SAFETY: the only caller has the instructions; a block is as long as what is loaded.
        unsafe {
            let block = _mm512_loadu_si512(block.as_ptr().cast());
            let mut places = 0;
            // No closures: they would not have the instructions.
            for byte in bytes {
                places |= _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(byte.cast_signed()));
            }
            places
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
            write(_mm512_castsi512_si128(packed), base, &mut groups[0]);
            if bits.count_ones() as usize > GROUP {
                write(_mm512_extracti32x4_epi32::<1>(packed), base, &mut groups[1]);
                write(_mm512_extracti32x4_epi32::<2>(packed), base, &mut groups[2]);
                write(_mm512_extracti32x4_epi32::<3>(packed), base, &mut groups[3]);
            }
        }
    }
}

/// Writes a group of places plus `base`.
#[target_feature(enable = "avx512f")]
#[inline]
fn write(places: __m128i, base: __m512i, group: &mut [u32; GROUP]) {
    let numbers = _mm512_add_epi32(_mm512_cvtepu8_epi32(places), base);
    // SAFETY: a group is as long as what is stored.
    unsafe { _mm512_storeu_si512(group.as_mut_ptr().cast(), numbers) }
}
