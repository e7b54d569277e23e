//! The kernel with AVX-512 VBMI: 128 positions per turn.
//!
//! The 32 buckets are four groups of eight. A look-up is one `vpermi2b` over two registers that
//! hold the group's byte for each of 128 classes; class 127 stands for all bytes from 127 on.

use super::{Candidate, Tables, WIDTH};
use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_loadu_si512, _mm512_min_epu8, _mm512_or_si512,
    _mm512_permutex2var_epi8, _mm512_set1_epi8, _mm512_setzero_si512, _mm512_storeu_si512,
    _mm512_test_epi8_mask,
};

const GROUPS: usize = 4;
const CLASSES: usize = 128;
const LANES: usize = 64;

/// Tables by group and offset, and the proof that the machine has the instructions: there is no
/// other way to make one than [`Wide::new`].
#[derive(Clone, Debug)]
pub(super) struct Wide {
    tables: Box<[[[u8; CLASSES]; WIDTH]; GROUPS]>,
    /// Groups that hold a bucket.
    groups: usize,
}

impl Wide {
    /// Nothing when the machine lacks an instruction.
    pub(super) fn new(tables: &Tables) -> Option<Wide> {
        let able = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi");
        if !able {
            return None;
        }
        let mut narrow = Box::new([[[0u8; CLASSES]; WIDTH]; GROUPS]);
        let mut used = 0;
        for (offset, table) in tables.iter().enumerate() {
            for (byte, word) in table.iter().enumerate() {
                for (group, bits) in word.to_le_bytes().into_iter().enumerate() {
                    narrow[group][offset][byte.min(CLASSES - 1)] |= bits;
                }
                used |= word;
            }
        }
        let groups = (u32::BITS - used.leading_zeros()).div_ceil(8);
        Some(Wide {
            tables: narrow,
            groups: groups as usize,
        })
    }

    /// Appends the candidates of the first `len` bytes of `text`, which has padding behind it.
    pub(super) fn candidates(&self, text: &[u8], len: usize, candidates: &mut Vec<Candidate>) {
        assert!(text.len() >= len + super::PADDING, "text without padding");
        // SAFETY: `new` saw the instructions on this machine; the padding is asserted above.
        unsafe { scan(&self.tables[..self.groups], text, len, candidates) }
    }
}

/// Two blocks of positions at a time, so that a table is loaded once for both.
///
/// # Safety
///
/// The machine has the instructions, and `text` is at least `len + PADDING` long.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
unsafe fn scan(
    tables: &[[[u8; CLASSES]; WIDTH]],
    text: &[u8],
    len: usize,
    candidates: &mut Vec<Candidate>,
) {
    let top = _mm512_set1_epi8(127);
    let mut at = 0;
    while at < len {
        let mut index = [[_mm512_setzero_si512(); 2]; WIDTH];
        for (offset, pair) in index.iter_mut().enumerate() {
            for (block, bytes) in pair.iter_mut().enumerate() {
                // SAFETY: `at` is below `len`, and the last byte read is at most
                // at + WIDTH - 1 + 2 * LANES - 1 < len + PADDING.
                let loaded = unsafe {
                    _mm512_loadu_si512(text.as_ptr().add(at + block * LANES + offset).cast())
                };
                *bytes = _mm512_min_epu8(loaded, top);
            }
        }
        let mut groups = [[_mm512_setzero_si512(); 2]; GROUPS];
        let mut any = [_mm512_setzero_si512(); 2];
        for (group, tables) in groups.iter_mut().zip(tables) {
            let mut bits = [_mm512_set1_epi8(-1); 2];
            for (table, index) in tables.iter().zip(&index) {
                // SAFETY: a table holds two registers.
                let (low, high) = unsafe { (load(&table[..LANES]), load(&table[LANES..])) };
                for (bits, index) in bits.iter_mut().zip(index) {
                    *bits = _mm512_and_si512(*bits, _mm512_permutex2var_epi8(low, *index, high));
                }
            }
            for ((any, group), bits) in any.iter_mut().zip(group).zip(bits) {
                *any = _mm512_or_si512(*any, bits);
                *group = bits;
            }
        }
        for (block, any) in any.iter().enumerate() {
            let base = at + block * LANES;
            let lanes = _mm512_test_epi8_mask(*any, *any) & lanes_below(len, base);
            if lanes != 0 {
                let bits = groups.map(|group| group[block]);
                report(lanes, base, &bits, candidates);
            }
        }
        at += 2 * LANES;
    }
}

/// # Safety
///
/// The machine has AVX-512, and `bytes` holds at least one register.
#[target_feature(enable = "avx512f")]
unsafe fn load(bytes: &[u8]) -> __m512i {
    // SAFETY: the caller gives at least 64 bytes.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

/// One bit for each lane of a block at `base` that lies before `len`.
fn lanes_below(len: usize, base: usize) -> u64 {
    match len.saturating_sub(base) {
        0 => 0,
        count if count >= LANES => u64::MAX,
        count => (1 << count) - 1,
    }
}

/// Appends the candidates of one block.
#[target_feature(enable = "avx512f")]
fn report(mut lanes: u64, base: usize, bits: &[__m512i; GROUPS], candidates: &mut Vec<Candidate>) {
    let mut stored = [[0u8; LANES]; GROUPS];
    for (bytes, bits) in stored.iter_mut().zip(bits) {
        // SAFETY: the array holds one register.
        unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), *bits) };
    }
    candidates.reserve(lanes.count_ones() as usize);
    while lanes != 0 {
        let lane = lanes.trailing_zeros() as usize;
        lanes &= lanes - 1;
        let buckets = u32::from_le_bytes(stored.each_ref().map(|bytes| bytes[lane]));
        // Checked by the caller of the crate: the text is shorter than 4 GiB.
        #[allow(clippy::cast_possible_truncation)]
        candidates.push(Candidate {
            at: (base + lane) as u32,
            buckets,
        });
    }
}
