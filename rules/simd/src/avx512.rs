//! The kernel with AVX-512 VBMI: 128 positions per turn.
//!
//! Bytes are first mapped to at most 64 classes, 127 and above to one. The 32 buckets are four groups
//! of eight; a look-up is one `vpermb` over a register that holds the group's byte for each class.
//! A window of a bucket needs a byte at each of its offsets; the caller says at which one it is least
//! likely to be there. A turn in which nothing stands that a group's buckets need leaves the group out:
//! words without a digit are scanned with few look-ups.
//!
//! A look-up of 128 classes needs two registers and takes twice as long: tables that tell more than 64
//! classes apart are *folded*, the classes that are least in the way share one. That may report more,
//! never less.

use super::fold::{BYTES, fold, needed};
use super::found::{Classes, Found, LANES, PIECE, Pieces, TURN};
use super::{Candidate, GROUPS, PADDING, Tables, WIDTH};
use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_loadu_si512, _mm512_min_epu8, _mm512_or_si512,
    _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_set1_epi8, _mm512_setzero_si512,
    _mm512_storeu_si512, _mm512_test_epi8_mask,
};

/// Of what a register looks up.
const CLASSES: usize = 64;

/// Tables by group and offset, and the proof that the machine has the instructions: there is no
/// other way to make one than [`Wide::new`].
#[derive(Clone, Debug)]
pub(super) struct Wide {
    class: Box<[u8; BYTES]>,
    tables: Box<[[[u8; CLASSES]; WIDTH]; GROUPS]>,
    /// For each class the groups, as bits, that need it.
    needs: Box<[u8; CLASSES]>,
}

impl Wide {
    /// Whether the machine has the instructions.
    pub(super) fn available() -> bool {
        is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("bmi1")
    }

    /// Nothing when the machine lacks an instruction. `weight` says how often a byte is met.
    pub(super) fn new(tables: &Tables, needs: &[u8], weight: &[u32; 256]) -> Option<Wide> {
        if !Wide::available() {
            return None;
        }
        let (class, columns) = fold(tables, weight, CLASSES);
        let mut narrow = Box::new([[[0u8; CLASSES]; WIDTH]; GROUPS]);
        for (class, column) in columns.iter().enumerate() {
            for (offset, word) in column.iter().enumerate() {
                for (group, bits) in word.to_le_bytes().into_iter().enumerate() {
                    narrow[group][offset][class] = bits;
                }
            }
        }
        Some(Wide {
            class,
            needs: Box::new(needed(&columns, needs)),
            tables: narrow,
        })
    }

    /// Appends the candidates of the first `len` bytes of `text`, which has padding behind it.
    pub(super) fn candidates(
        &self,
        text: &[u8],
        len: usize,
        memory: &mut Pieces,
        candidates: &mut Vec<Candidate>,
    ) {
        assert!(text.len() >= len + PADDING, "text without padding");
        // SAFETY: `new` saw the instructions on this machine; the text goes on for PADDING bytes behind
        // `len`, as is asserted above.
        unsafe { self.pieces(text, len, memory, candidates) };
    }

    /// # Safety
    ///
    /// The machine has the instructions, and `text` is at least `len + PADDING` long.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,bmi1")]
    unsafe fn pieces(
        &self,
        text: &[u8],
        len: usize,
        Pieces { classes, found, .. }: &mut Pieces,
        candidates: &mut Vec<Candidate>,
    ) {
        for from in (0..len).step_by(PIECE) {
            let count = (len - from).min(PIECE);
            // SAFETY: the text goes on for PADDING bytes behind `from + count`, which is at most `len`.
            unsafe {
                classify(&self.class, &text[from..], count, classes);
                scan((&self.tables, &self.needs), classes, count, found);
            }
            found.report(from, count, candidates);
        }
    }
}

/// Writes the classes of the first `count` bytes of `text` and of those behind that windows reach.
///
/// # Safety
///
/// The machine has the instructions, `count` is at most `PIECE`, and `text` is at least
/// `count + PADDING` long.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub(super) unsafe fn classify(class: &[u8; BYTES], text: &[u8], count: usize, piece: &mut Classes) {
    let top = _mm512_set1_epi8(127);
    // SAFETY: the map has two registers.
    let (low, high) = unsafe {
        (
            _mm512_loadu_si512(class.as_ptr().cast()),
            _mm512_loadu_si512(class.as_ptr().add(LANES).cast()),
        )
    };
    let mut at = 0;
    while at < count + WIDTH {
        // SAFETY: `at` is a multiple of LANES below `count + WIDTH`; the last byte read is before
        // count + WIDTH + LANES, which is at most count + PADDING; the last one written is before
        // PIECE + TURN, as PIECE is a multiple of LANES.
        unsafe {
            let bytes = _mm512_min_epu8(_mm512_loadu_si512(text.as_ptr().add(at).cast()), top);
            let classes = _mm512_permutex2var_epi8(low, bytes, high);
            _mm512_storeu_si512(piece.as_mut_ptr().add(at).cast(), classes);
        }
        at += LANES;
    }
}

/// Two blocks of positions at a time, so that a table is loaded once for both. What lies in the piece
/// behind `count + WIDTH` classes is left over and does not matter: those positions are not reported.
///
/// # Safety
///
/// The machine has the instructions, and `count` is at most `PIECE`.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
#[allow(clippy::needless_range_loop)]
unsafe fn scan(
    (tables, needs): (&[[[u8; CLASSES]; WIDTH]; GROUPS], &[u8; CLASSES]),
    piece: &Classes,
    count: usize,
    found: &mut Found,
) {
    let zero = _mm512_setzero_si512();
    // SAFETY: a table holds one register.
    let needs = unsafe { _mm512_loadu_si512(needs.as_ptr().cast()) };
    let mut at = 0;
    // Plain counted loops: iterator adapters are not always inlined into a function with features.
    while at < count {
        let mut classes = [[zero; 2]; WIDTH];
        for offset in 0..WIDTH {
            // SAFETY: `at` is a multiple of TURN below PIECE, hence at most PIECE - TURN, and the last byte
            // read is at most at + WIDTH - 1 + TURN - 1 < PIECE + TURN.
            unsafe {
                let from = piece.as_ptr().add(at + offset);
                classes[offset] = [
                    _mm512_loadu_si512(from.cast()),
                    _mm512_loadu_si512(from.add(LANES).cast()),
                ];
            }
        }
        // Together these three are all that the windows of the turn cover.
        let needed = _mm512_or_si512(
            _mm512_permutexvar_epi8(classes[0][0], needs),
            _mm512_or_si512(
                _mm512_permutexvar_epi8(classes[0][1], needs),
                _mm512_permutexvar_epi8(classes[WIDTH - 1][1], needs),
            ),
        );
        let mut any = [zero; 2];
        for group in 0..GROUPS {
            let permitted = if _mm512_test_epi8_mask(needed, _mm512_set1_epi8(1 << group)) != 0 {
                look_up(&tables[group], &classes)
            } else {
                [zero; 2]
            };
            for block in 0..2 {
                any[block] = _mm512_or_si512(any[block], permitted[block]);
                let bits = &mut found.bits[at / LANES + block][group];
                // SAFETY: the array holds one register.
                unsafe { _mm512_storeu_si512(bits.as_mut_ptr().cast(), permitted[block]) };
            }
        }
        for block in 0..2 {
            found.lanes[at / LANES + block] = _mm512_test_epi8_mask(any[block], any[block]);
        }
        at += TURN;
    }
}

/// The buckets of one group that permit the classes of two blocks, by offset.
#[inline]
#[allow(clippy::needless_range_loop)]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn look_up(table: &[[u8; CLASSES]; WIDTH], classes: &[[__m512i; 2]; WIDTH]) -> [__m512i; 2] {
    let mut bits = [_mm512_set1_epi8(-1); 2];
    for offset in 0..WIDTH {
        // SAFETY: a table holds one register.
        let table = unsafe { _mm512_loadu_si512(table[offset].as_ptr().cast()) };
        for block in 0..2 {
            let permitted = _mm512_permutexvar_epi8(classes[offset][block], table);
            bits[block] = _mm512_and_si512(bits[block], permitted);
        }
    }
    bits
}
