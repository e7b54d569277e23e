//! The kernel with AVX-512 VBMI: 128 positions per turn.
//!
//! The 32 buckets are four groups of eight. A look-up is one `vpermi2b` over two registers that
//! hold the group's byte for each of 128 classes; class 127 stands for all bytes from 127 on.

use super::{Candidate, Tables, WIDTH};
use std::arch::x86_64::{
    _mm512_and_si512, _mm512_loadu_si512, _mm512_min_epu8, _mm512_or_si512,
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
#[allow(clippy::needless_range_loop)]
unsafe fn scan(
    tables: &[[[u8; CLASSES]; WIDTH]],
    text: &[u8],
    len: usize,
    candidates: &mut Vec<Candidate>,
) {
    let top = _mm512_set1_epi8(127);
    let zero = _mm512_setzero_si512();
    let mut at = 0;
    // Plain counted loops: iterator adapters are not always inlined into a function with features.
    while at < len {
        let mut first = [zero; WIDTH];
        let mut second = [zero; WIDTH];
        for offset in 0..WIDTH {
            // SAFETY: `at` is below `len`, and the last byte read is at most
            // at + WIDTH - 1 + 2 * LANES - 1 < len + PADDING.
            let (a, b) = unsafe {
                let from = text.as_ptr().add(at + offset);
                (
                    _mm512_loadu_si512(from.cast()),
                    _mm512_loadu_si512(from.add(LANES).cast()),
                )
            };
            first[offset] = _mm512_min_epu8(a, top);
            second[offset] = _mm512_min_epu8(b, top);
        }
        let mut groups = [[zero; 2]; GROUPS];
        let mut any = [zero; 2];
        for group in 0..tables.len().min(GROUPS) {
            let mut bits = [_mm512_set1_epi8(-1); 2];
            for offset in 0..WIDTH {
                let table = tables[group][offset].as_ptr();
                // SAFETY: a table holds two registers.
                let (low, high) = unsafe {
                    (
                        _mm512_loadu_si512(table.cast()),
                        _mm512_loadu_si512(table.add(LANES).cast()),
                    )
                };
                let a = _mm512_permutex2var_epi8(low, first[offset], high);
                let b = _mm512_permutex2var_epi8(low, second[offset], high);
                bits = [_mm512_and_si512(bits[0], a), _mm512_and_si512(bits[1], b)];
            }
            any = [
                _mm512_or_si512(any[0], bits[0]),
                _mm512_or_si512(any[1], bits[1]),
            ];
            groups[group] = bits;
        }
        for block in 0..2 {
            let base = at + block * LANES;
            let lanes = _mm512_test_epi8_mask(any[block], any[block]) & lanes_below(len, base);
            if lanes != 0 {
                let mut stored = [[0u8; LANES]; GROUPS];
                for group in 0..GROUPS {
                    // SAFETY: the array holds one register.
                    unsafe {
                        _mm512_storeu_si512(
                            stored[group].as_mut_ptr().cast(),
                            groups[group][block],
                        );
                    }
                }
                report(lanes, base, &stored, candidates);
            }
        }
        at += 2 * LANES;
    }
}

/// One bit for each lane of a block at `base` that lies before `len`.
#[inline]
fn lanes_below(len: usize, base: usize) -> u64 {
    match len.saturating_sub(base) {
        0 => 0,
        count if count >= LANES => u64::MAX,
        count => (1 << count) - 1,
    }
}

/// Appends the candidates of one block.
#[inline]
fn report(
    mut lanes: u64,
    base: usize,
    bits: &[[u8; LANES]; GROUPS],
    candidates: &mut Vec<Candidate>,
) {
    while lanes != 0 {
        let lane = lanes.trailing_zeros() as usize;
        lanes &= lanes - 1;
        let buckets =
            u32::from_le_bytes([bits[0][lane], bits[1][lane], bits[2][lane], bits[3][lane]]);
        // Checked by the caller of the crate: the text is shorter than 4 GiB.
        #[allow(clippy::cast_possible_truncation)]
        candidates.push(Candidate {
            at: (base + lane) as u32,
            buckets,
        });
    }
}
