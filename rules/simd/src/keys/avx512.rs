//! The filter with AVX-512 VBMI: 64 positions per turn.
//!
//! Each of five hashes is the XOR of what four tables say to the codes of the four positions; it looks up a byte
//! of eight bits, one for each bucket of keys, and the first code says which bucket is meant. Where all of
//! them have its bit, a key may stand. What passes is written down without a branch, a piece at a time.

use super::super::found::{Classes, LANES, PIECE, TURN};
use super::super::{PADDING, avx512};
use super::{CODES, Exact, KEY, Key, KeyAt, Passed, code, first, scalar};
use std::arch::x86_64::{
    __m512i, _mm512_add_epi16, _mm512_and_si512, _mm512_castsi512_si256, _mm512_cvtepu8_epi16,
    _mm512_extracti64x4_epi64, _mm512_loadu_si512, _mm512_mask_blend_epi8,
    _mm512_maskz_compress_epi8, _mm512_movepi8_mask, _mm512_permutex2var_epi8,
    _mm512_permutexvar_epi8, _mm512_set1_epi16, _mm512_setzero_si512, _mm512_storeu_si512,
    _mm512_test_epi8_mask, _mm512_xor_si512,
};

/// Hashes of a position.
const HASHES: usize = 5;

/// Bytes that are told apart: 0 to 126, and all others as 127.
const BYTES: usize = 128;

/// Positions of a piece; a block of them is written down whole.
type Places = [u16; PIECE + LANES];

/// The tables, and the proof that the machine has the instructions: there is no other way to make one than
/// [`Wide::new`].
#[derive(Clone, Debug)]
pub(super) struct Wide {
    code: Box<[u8; BYTES]>,
    /// By hash, position and code.
    mix: Box<[[[u8; LANES]; KEY]; HASHES]>,
    /// By hash: the buckets whose keys have it.
    known: Box<[[u8; 256]; HASHES]>,
    /// The bucket of a first code, as a bit.
    bucket: Box<[u8; LANES]>,
}

/// What one piece after the other needs.
pub(super) struct Pieces {
    codes: Classes,
    lanes: [u64; PIECE / LANES],
    places: Places,
}

impl Default for Pieces {
    fn default() -> Pieces {
        Pieces {
            codes: [0; PIECE + TURN],
            lanes: [0; PIECE / LANES],
            places: [0; PIECE + LANES],
        }
    }
}

impl Wide {
    /// Whether the machine has the instructions.
    pub(super) fn available() -> bool {
        avx512::Wide::available()
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("popcnt")
            && is_x86_feature_detected!("bmi2")
    }

    /// Nothing when the machine lacks an instruction.
    pub(super) fn new(keys: &[Key]) -> Option<Wide> {
        if !Wide::available() {
            return None;
        }
        let bucket = buckets(keys);
        let mix = mix();
        let mut known = Box::new([[0; 256]; HASHES]);
        for key in keys {
            for (known, mix) in known.iter_mut().zip(&*mix) {
                let parts = mix
                    .iter()
                    .zip(key)
                    .map(|(mix, code)| mix[usize::from(*code)]);
                let hash = parts.fold(0, |hash, part| hash ^ part);
                known[usize::from(hash)] |= bucket[usize::from(key[0])];
            }
        }
        // The last byte stands for all others.
        let code = (0u8..).take(BYTES).map(code).collect::<Vec<u8>>();
        Some(Wide {
            code: code.into_boxed_slice().try_into().ok()?,
            mix,
            known,
            bucket,
        })
    }

    /// Appends the keys in the first `len` bytes of `text`, which has padding behind it.
    pub(super) fn find(
        &self,
        (exact, passed): (&Exact, &mut Vec<Passed>),
        text: &[u8],
        len: usize,
        memory: &mut Pieces,
        found: &mut Vec<KeyAt>,
    ) {
        assert!(text.len() >= len + PADDING, "text without padding");
        passed.resize(PIECE, Passed::default());
        for from in (0..len).step_by(PIECE) {
            let count = (len - from).min(PIECE);
            // SAFETY: `new` saw the instructions on this machine; the text goes on for PADDING bytes behind
            // `from + count`, which is at most `len`, as is asserted above; `count` is at most PIECE.
            let places = unsafe {
                avx512::classify(&self.code, &text[from..], count, &mut memory.codes);
                self.filter(count, memory);
                write_down(&memory.lanes, count, &mut memory.places)
            };
            let mut passing = 0;
            for place in &memory.places[..places] {
                let codes = &memory.codes[usize::from(*place)..];
                let codes = codes.first_chunk().copied().unwrap_or_default();
                let packed = scalar::folded(u32::from_le_bytes(codes));
                // Checked by the caller: the text is shorter than 4 GiB.
                #[allow(clippy::cast_possible_truncation)]
                let at = from as u32 + u32::from(*place);
                passed[passing] = Passed { at, packed };
                // No branch: whether there is a key cannot be guessed.
                passing += usize::from(exact.may_hold(packed));
            }
            exact.look_up(&passed[..passing], found);
        }
    }

    /// Marks the lanes of the first `count` codes where a key may stand. What lies behind them is left over
    /// and does not matter.
    ///
    /// # Safety
    ///
    /// The machine has the instructions, and `count` is at most `PIECE`.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    #[allow(clippy::needless_range_loop)]
    unsafe fn filter(&self, count: usize, memory: &mut Pieces) {
        let zero = _mm512_setzero_si512();
        let mut mix = [[zero; KEY]; HASHES];
        let mut known = [[zero; 4]; HASHES];
        // Plain counted loops: iterator adapters are not always inlined into a function with features.
        for hash in 0..HASHES {
            for offset in 0..KEY {
                mix[hash][offset] = load(&self.mix[hash][offset], 0);
            }
            for quarter in 0..4 {
                known[hash][quarter] = load(&self.known[hash], quarter * LANES);
            }
        }
        let bucket = load(&self.bucket[..], 0);
        let mut at = 0;
        while at < count {
            let mut codes = [zero; KEY];
            for offset in 0..KEY {
                codes[offset] = load(&memory.codes, at + offset);
            }
            let mut bits = _mm512_permutexvar_epi8(codes[0], bucket);
            for hash in 0..HASHES {
                let mut sum = _mm512_permutexvar_epi8(codes[0], mix[hash][0]);
                for offset in 1..KEY {
                    let part = _mm512_permutexvar_epi8(codes[offset], mix[hash][offset]);
                    sum = _mm512_xor_si512(sum, part);
                }
                let [a, b, c, d] = known[hash];
                let (low, high) = (
                    _mm512_permutex2var_epi8(a, sum, b),
                    _mm512_permutex2var_epi8(c, sum, d),
                );
                let there = _mm512_mask_blend_epi8(_mm512_movepi8_mask(sum), low, high);
                bits = _mm512_and_si512(bits, there);
            }
            memory.lanes[at / LANES] = _mm512_test_epi8_mask(bits, bits);
            at += LANES;
        }
    }
}

/// Writes down the marked lanes of the first `count` positions. Returns how many there are.
///
/// # Safety
///
/// The machine has the instructions, and `count` is at most `PIECE`.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt,bmi1,bmi2")]
unsafe fn write_down(lanes: &[u64; PIECE / LANES], count: usize, places: &mut Places) -> usize {
    let mut numbers = [0u8; LANES];
    for (lane, number) in (0u8..).zip(&mut numbers) {
        *number = lane;
    }
    let numbers = load(&numbers, 0);
    let mut written = 0;
    for block in 0..count.div_ceil(LANES) {
        let mut lanes = lanes[block];
        if let Some(beyond) = (LANES * (block + 1)).checked_sub(count) {
            lanes &= u64::MAX >> beyond;
        }
        // A piece has fewer than 32,768 positions.
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
        let base = _mm512_set1_epi16((block * LANES) as i16);
        let marked = _mm512_maskz_compress_epi8(lanes, numbers);
        let low = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(marked));
        store(places, written, _mm512_add_epi16(low, base));
        let there = lanes.count_ones() as usize;
        if there > LANES / 2 {
            let high = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(marked));
            store(places, written + LANES / 2, _mm512_add_epi16(high, base));
        }
        written += there;
    }
    written
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(places: &mut Places, at: usize, register: __m512i) {
    let places = &mut places[at..at + LANES / 2];
    // SAFETY: the slice has the 64 bytes that are written.
    unsafe { _mm512_storeu_si512(places.as_mut_ptr().cast(), register) };
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(bytes: &[u8], at: usize) -> __m512i {
    let bytes = &bytes[at..at + LANES];
    // SAFETY: the slice has the 64 bytes that are read.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

/// A bucket for each first code, so that each has about as many keys.
fn buckets(keys: &[Key]) -> Box<[u8; LANES]> {
    let mut counts = [0usize; CODES];
    for key in keys {
        counts[usize::from(key[0])] += 1;
    }
    let mut order: Vec<usize> = (0..CODES).collect();
    order.sort_by_key(|code| std::cmp::Reverse(counts[*code]));
    let mut filled = [0; 8];
    let mut bucket = Box::new([0; LANES]);
    for code in order {
        let least = (0..8).min_by_key(|bucket| filled[*bucket]).unwrap_or(0);
        filled[least] += counts[code];
        bucket[code] = 1 << least;
    }
    for code in (0u8..).take(CODES) {
        bucket[usize::from(code)] = bucket[usize::from(first(code))];
    }
    bucket
}

/// Random bytes, the same ones each time; of first codes that are one they are one.
fn mix() -> Box<[[[u8; LANES]; KEY]; HASHES]> {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut mix = Box::new([[[0; LANES]; KEY]; HASHES]);
    for hash in &mut *mix {
        for (offset, parts) in hash.iter_mut().enumerate() {
            for part in &mut parts[..CODES] {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                *part = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0];
            }
            if offset == 0 {
                for code in (0u8..).take(CODES) {
                    parts[usize::from(code)] = parts[usize::from(first(code))];
                }
            }
        }
    }
    mix
}
