//! The kernel with AVX2: 32 positions per look-up.
//!
//! `vpshufb` looks up 16 classes, so bytes are mapped to at most 32 of them and each look-up is done in
//! both halves: a class is kept as an index to which one half answers with what it forbids, and the
//! other one, for which its highest bit is set, with nothing. What is forbidden is combined by OR, so
//! the halves are not brought together before: the tables of one half of a group fill eight registers,
//! and with these the whole piece is gone through.
//!
//! As in the wider kernel, a group is left out of a turn in which nothing stands that its buckets need.

use super::fold::{BYTES, Column, fold, needed};
use super::found::{Classes, LANES, PIECE, Pieces, TURN};
use super::{Candidate, GROUPS, PADDING, Tables, WIDTH};
use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_add_epi8, _mm256_blendv_epi8, _mm256_broadcastsi128_si256,
    _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi16,
    _mm256_storeu_si256, _mm256_testz_si256, _mm256_xor_si256,
};

/// Classes of a table.
const HALF: usize = 16;
const CLASSES: usize = 2 * HALF;
/// Positions of a register.
const STEP: usize = 32;

/// Makes an index of the lower half from a class: 16 and above, the highest bit becomes one.
const LOWER: i8 = 0x70;
/// Makes an index of the upper half from one of the lower half: that bit turned round.
const UPPER: i8 = i8::MIN;

/// What a look-up answers by the low four bits of an index without its highest bit.
type Table = [u8; HALF];

/// The tables, and the proof that the machine has the instructions: there is no other way to make one
/// than [`Wide::new`].
#[derive(Clone, Debug)]
pub(super) struct Wide {
    /// The class of each byte, by its high bits.
    rows: [Table; BYTES / HALF],
    /// What each offset of a group forbids, by half.
    forbidden: Box<[[[Table; WIDTH]; 2]; GROUPS]>,
    /// For each class the groups, as bits, that need it.
    needs: [Table; 2],
}

impl Wide {
    /// Whether the machine has the instructions.
    pub(super) fn available() -> bool {
        is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1")
    }

    /// Nothing when the machine lacks an instruction. `weight` says how often a byte is met.
    pub(super) fn new(tables: &Tables, needs: &[u8], weight: &[u32; 256]) -> Option<Wide> {
        if !Wide::available() {
            return None;
        }
        let (class, columns) = fold(tables, weight, CLASSES);
        let needs = needed::<CLASSES>(&columns, needs);
        Some(Wide {
            rows: std::array::from_fn(|row| std::array::from_fn(|at| class[row * HALF + at])),
            forbidden: forbidden(&columns),
            needs: std::array::from_fn(|half| std::array::from_fn(|at| needs[half * HALF + at])),
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
        // SAFETY: `new` saw the instructions on this machine.
        unsafe { self.pieces(text, len, memory, candidates) };
    }

    #[target_feature(enable = "avx2,bmi1")]
    fn pieces(
        &self,
        text: &[u8],
        len: usize,
        memory: &mut Pieces,
        candidates: &mut Vec<Candidate>,
    ) {
        for from in (0..len).step_by(PIECE) {
            let count = (len - from).min(PIECE);
            self.classify(&text[from..], count, memory);
            self.scan(count.div_ceil(TURN), memory);
            memory.found.report(from, count, candidates);
        }
    }

    /// Writes the classes of the first `count` bytes of `text`, and of those behind that windows reach.
    #[target_feature(enable = "avx2")]
    fn classify(&self, text: &[u8], count: usize, memory: &mut Pieces) {
        let rows = registers(&self.rows);
        let top = _mm256_set1_epi8(127);
        for at in (0..count + WIDTH).step_by(STEP) {
            let bytes = _mm256_min_epu8(load(text, at), top);
            let lower = _mm256_add_epi8(class(&rows, bytes), _mm256_set1_epi8(LOWER));
            store(&mut memory.classes, at, lower);
            let upper = _mm256_xor_si256(lower, _mm256_set1_epi8(UPPER));
            store(&mut memory.others, at, upper);
        }
    }

    /// Finds what there is in the first `turns` turns. What lies behind the classes that were written is
    /// left over and does not matter: those positions are not reported.
    #[target_feature(enable = "avx2")]
    fn scan(&self, turns: usize, memory: &mut Pieces) {
        let Pieces {
            classes: lower,
            others: upper,
            found,
        } = memory;
        let mut needed = [0; PIECE / TURN];
        for (turn, needed) in needed.iter_mut().enumerate().take(turns) {
            *needed = self.needed(turn, lower, upper);
        }
        for (group, halves) in self.forbidden.iter().enumerate() {
            let has = |turn: &usize| needed[*turn] >> group & 1 != 0;
            let tables = registers(&halves[0]);
            for turn in (0..turns).filter(has) {
                for step in 0..TURN / STEP {
                    let at = turn * TURN + step * STEP;
                    let forbidden = look_up(&tables, lower, at);
                    store(&mut found.bits[at / LANES][group], at % LANES, forbidden);
                }
            }
            let tables = registers(&halves[1]);
            for turn in 0..turns {
                for step in 0..TURN / STEP {
                    let at = turn * TURN + step * STEP;
                    let bits = &mut found.bits[at / LANES][group];
                    let permitted = if has(&turn) {
                        let forbidden = look_up(&tables, upper, at);
                        not(_mm256_or_si256(forbidden, load(bits, at % LANES)))
                    } else {
                        _mm256_setzero_si256()
                    };
                    store(bits, at % LANES, permitted);
                }
            }
        }
        for block in 0..turns * (TURN / LANES) {
            found.lanes[block] = lanes(&found.bits[block]);
        }
    }

    /// The groups, as bits, that have what they need in a turn and where its windows reach behind it.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn needed(&self, turn: usize, lower: &Classes, upper: &Classes) -> u8 {
        let needs = registers(&self.needs);
        let mut needed = _mm256_setzero_si256();
        for at in (turn * TURN..(turn + 1) * TURN + WIDTH).step_by(STEP) {
            for (needs, classes) in [(needs[0], lower), (needs[1], upper)] {
                needed = _mm256_or_si256(needed, _mm256_shuffle_epi8(needs, load(classes, at)));
            }
        }
        let mut bits = 0;
        for group in 0..GROUPS {
            let lacks = _mm256_testz_si256(needed, _mm256_set1_epi8(1 << group));
            bits |= u8::from(lacks == 0) << group;
        }
        bits
    }
}

/// What each offset of a group forbids, by half. Classes that do not exist are not met.
fn forbidden(columns: &[Column]) -> Box<[[[Table; WIDTH]; 2]; GROUPS]> {
    let mut forbidden = Box::new([[[[u8::MAX; HALF]; WIDTH]; 2]; GROUPS]);
    for (class, column) in columns.iter().enumerate() {
        for (offset, word) in column.iter().enumerate() {
            for (group, bits) in word.to_le_bytes().into_iter().enumerate() {
                forbidden[group][class / HALF][offset][class % HALF] = !bits;
            }
        }
    }
    forbidden
}

/// The classes of bytes below 128. A row answers by a byte's low four bits; the three above them, each
/// shifted to where a blend looks for it, say which row.
#[inline]
#[target_feature(enable = "avx2")]
fn class(rows: &[__m256i; BYTES / HALF], bytes: __m256i) -> __m256i {
    let row = |row: usize| _mm256_shuffle_epi8(rows[row], bytes);
    let by = _mm256_slli_epi16::<3>(bytes);
    let (a, b) = (
        _mm256_blendv_epi8(row(0), row(1), by),
        _mm256_blendv_epi8(row(2), row(3), by),
    );
    let (c, d) = (
        _mm256_blendv_epi8(row(4), row(5), by),
        _mm256_blendv_epi8(row(6), row(7), by),
    );
    let by = _mm256_slli_epi16::<2>(bytes);
    let (a, c) = (_mm256_blendv_epi8(a, b, by), _mm256_blendv_epi8(c, d, by));
    _mm256_blendv_epi8(a, c, _mm256_slli_epi16::<1>(bytes))
}

/// What one half of a group forbids at the positions from `at` on.
#[inline]
#[target_feature(enable = "avx2")]
fn look_up(tables: &[__m256i; WIDTH], classes: &Classes, at: usize) -> __m256i {
    let mut forbidden = _mm256_setzero_si256();
    for (offset, table) in tables.iter().enumerate() {
        let found = _mm256_shuffle_epi8(*table, load(classes, at + offset));
        forbidden = _mm256_or_si256(forbidden, found);
    }
    forbidden
}

/// The lanes of a block that have a bit in some group.
#[inline]
#[target_feature(enable = "avx2")]
fn lanes(bits: &[[u8; LANES]; GROUPS]) -> u64 {
    let mut lanes = 0;
    for at in (0..LANES).step_by(STEP) {
        let mut any = _mm256_setzero_si256();
        for group in bits {
            any = _mm256_or_si256(any, load(group, at));
        }
        let none = _mm256_cmpeq_epi8(any, _mm256_setzero_si256());
        lanes |= u64::from(!_mm256_movemask_epi8(none).cast_unsigned()) << at;
    }
    lanes
}

#[inline]
#[target_feature(enable = "avx2")]
fn not(bits: __m256i) -> __m256i {
    _mm256_xor_si256(bits, _mm256_set1_epi8(-1))
}

/// Each table in both halves of a register.
#[inline]
#[target_feature(enable = "avx2")]
fn registers<const N: usize>(tables: &[Table; N]) -> [__m256i; N] {
    let mut registers = [_mm256_setzero_si256(); N];
    for (register, table) in registers.iter_mut().zip(tables) {
        // SAFETY: a table has the 16 bytes that are read.
        let table = unsafe { _mm_loadu_si128(table.as_ptr().cast()) };
        *register = _mm256_broadcastsi128_si256(table);
    }
    registers
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8], at: usize) -> __m256i {
    let bytes = &bytes[at..at + STEP];
    // SAFETY: the slice has the 32 bytes that are read.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(bytes: &mut [u8], at: usize, register: __m256i) {
    let bytes = &mut bytes[at..at + STEP];
    // SAFETY: the slice has the 32 bytes that are written.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), register) };
}
