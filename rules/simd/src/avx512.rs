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

use super::{Candidate, GROUP, Tables, WIDTH};
use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_loadu_si512, _mm512_min_epu8, _mm512_or_si512,
    _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_set1_epi8, _mm512_setzero_si512,
    _mm512_storeu_si512, _mm512_test_epi8_mask,
};

const GROUPS: usize = 4;
const CLASSES: usize = 64;
const LANES: usize = 64;

/// Bytes that are told apart: 0 to 126, and all others as 127.
const BYTES: usize = 128;

/// Positions whose classes are kept at a time, a multiple of `2 * LANES`.
const PIECE: usize = 4096;

/// The classes of a piece, and of what its last window and the last turn read behind it.
type Piece = [u8; PIECE + 2 * LANES];

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
    /// Nothing when the machine lacks an instruction. `weight` says how often a byte is met.
    pub(super) fn new(tables: &Tables, needs: &[u8], weight: &[u32; 256]) -> Option<Wide> {
        let able = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi");
        if !able {
            return None;
        }
        let (class, columns) = fold(tables, weight);
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
            needs: needed(&columns, needs),
            tables: narrow,
        })
    }

    /// Appends the candidates of the first `len` bytes of `text`, which has padding behind it.
    pub(super) fn candidates(&self, text: &[u8], len: usize, candidates: &mut Vec<Candidate>) {
        assert!(text.len() >= len + super::PADDING, "text without padding");
        let mut piece: Piece = [0; PIECE + 2 * LANES];
        let mut from = 0;
        while from < len {
            let count = (len - from).min(PIECE);
            // SAFETY: `new` saw the instructions on this machine; the text goes on for PADDING bytes
            // behind `from + count`, as is asserted above.
            unsafe {
                classify(&self.class, &text[from..], count, &mut piece);
                scan(
                    (&self.tables, &self.needs),
                    &piece,
                    (from, count),
                    candidates,
                );
            }
            from += count;
        }
    }
}

/// What each bucket permits of a class, by offset.
type Column = [u32; WIDTH];

/// The groups, as bits, that need each class: what a bucket permits at the offset that it needs.
fn needed(columns: &[Column], needs: &[u8]) -> Box<[u8; CLASSES]> {
    let mut needed = Box::new([0; CLASSES]);
    for bucket in 0..GROUPS * GROUP {
        let offset = needs
            .get(bucket)
            .map_or(0, |offset| usize::from(*offset) % WIDTH);
        for (class, column) in columns.iter().enumerate() {
            needed[class] |= u8::from(column[offset] >> bucket & 1 == 1) << (bucket / GROUP);
        }
    }
    needed
}

/// The class of each byte, and the column of each class, at most [`CLASSES`].
fn fold(tables: &Tables, weight: &[u32; 256]) -> (Box<[u8; BYTES]>, Vec<Column>) {
    let mut class = Box::new([0u8; BYTES]);
    let mut columns: Vec<Column> = Vec::new();
    let mut weights: Vec<u64> = Vec::new();
    for byte in 0..BYTES {
        let bytes = byte..if byte + 1 == BYTES { 256 } else { byte + 1 };
        let column: Column = std::array::from_fn(|offset| {
            let words = tables[offset][bytes.clone()].iter();
            words.fold(0, |union, word| union | word)
        });
        let mass = weight[bytes].iter().map(|w| u64::from(*w)).sum::<u64>();
        let known = columns.iter().position(|known| *known == column);
        let index = known.unwrap_or(columns.len());
        if known.is_none() {
            columns.push(column);
            weights.push(0);
        }
        weights[index] += mass;
        // There are at most 128 of them.
        class[byte] = u8::try_from(index).unwrap_or(u8::MAX);
    }
    while columns.len() > CLASSES {
        let (a, b) = nearest(&columns, &weights);
        // `a` is below `b`: the last class takes the place of `b`.
        let last = columns.len() - 1;
        let (column, mass) = (columns[b], weights[b]);
        columns.swap_remove(b);
        weights.swap_remove(b);
        columns[a] = std::array::from_fn(|offset| columns[a][offset] | column[offset]);
        weights[a] += mass;
        for index in class.iter_mut() {
            *index = match usize::from(*index) {
                old if old == b => u8::try_from(a).unwrap_or(u8::MAX),
                old if old == last => u8::try_from(b).unwrap_or(u8::MAX),
                _ => *index,
            };
        }
    }
    (class, columns)
}

/// The two classes whose union permits least that neither permits now, by how often they are met.
fn nearest(columns: &[Column], weights: &[u64]) -> (usize, usize) {
    let added = |from: &Column, to: &Column| -> u64 {
        let new = from.iter().zip(to).map(|(from, to)| from & !to);
        new.map(|word| u64::from(word.count_ones())).sum()
    };
    let cost = |a: usize, b: usize| {
        // A byte that the weights say is never met costs a little too.
        added(&columns[b], &columns[a]) * (weights[a] * 16 + 1)
            + added(&columns[a], &columns[b]) * (weights[b] * 16 + 1)
    };
    let pairs = (0..columns.len()).flat_map(|a| (a + 1..columns.len()).map(move |b| (a, b)));
    pairs.min_by_key(|(a, b)| cost(*a, *b)).unwrap_or((0, 1))
}

/// Writes the classes of the first `count` bytes of `text` and of those behind that windows reach.
///
/// # Safety
///
/// The machine has the instructions, `count` is at most `PIECE`, and `text` is at least
/// `count + PADDING` long.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
unsafe fn classify(class: &[u8; BYTES], text: &[u8], count: usize, piece: &mut Piece) {
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
        // PIECE + 2 * LANES, as PIECE is a multiple of LANES.
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
    piece: &Piece,
    (from, count): (usize, usize),
    candidates: &mut Vec<Candidate>,
) {
    let zero = _mm512_setzero_si512();
    // SAFETY: a table holds one register.
    let needs = unsafe { _mm512_loadu_si512(needs.as_ptr().cast()) };
    // What a group that was left out has here is left over.
    let mut bits = [[[0u8; LANES]; GROUPS]; 2];
    let mut at = 0;
    // Plain counted loops: iterator adapters are not always inlined into a function with features.
    while at < count {
        let mut classes = [[zero; 2]; WIDTH];
        for offset in 0..WIDTH {
            // SAFETY: `at` is a multiple of 2 * LANES below PIECE, hence at most PIECE - 2 * LANES,
            // and the last byte read is at most at + WIDTH - 1 + 2 * LANES - 1 < PIECE + 2 * LANES.
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
        let (mut any, mut active) = ([zero; 2], 0);
        for group in 0..GROUPS {
            if _mm512_test_epi8_mask(needed, _mm512_set1_epi8(1 << group)) != 0 {
                let found = look_up(&tables[group], &classes);
                for block in 0..2 {
                    any[block] = _mm512_or_si512(any[block], found[block]);
                    // SAFETY: the array holds one register.
                    unsafe {
                        _mm512_storeu_si512(bits[block][group].as_mut_ptr().cast(), found[block])
                    };
                }
                active |= 0xff << (GROUP * group);
            }
        }
        for block in 0..2 {
            let base = at + block * LANES;
            let lanes = _mm512_test_epi8_mask(any[block], any[block]) & lanes_below(count, base);
            if lanes != 0 {
                report(lanes, from + base, (&bits[block], active), candidates);
            }
        }
        at += 2 * LANES;
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

/// One bit for each lane of a block at `base` that lies before `len`.
#[inline]
fn lanes_below(len: usize, base: usize) -> u64 {
    match len.saturating_sub(base) {
        0 => 0,
        count if count >= LANES => u64::MAX,
        count => (1 << count) - 1,
    }
}

/// Appends the candidates of one block, given by the buckets of each lane and which of them count.
#[inline]
fn report(
    mut lanes: u64,
    base: usize,
    (bits, active): (&[[u8; LANES]; GROUPS], u32),
    candidates: &mut Vec<Candidate>,
) {
    candidates.reserve(LANES);
    while lanes != 0 {
        let lane = lanes.trailing_zeros() as usize;
        lanes &= lanes - 1;
        let buckets =
            u32::from_le_bytes([bits[0][lane], bits[1][lane], bits[2][lane], bits[3][lane]]);
        // Checked by the caller of the crate: the text is shorter than 4 GiB.
        #[allow(clippy::cast_possible_truncation)]
        candidates.push(Candidate {
            at: (base + lane) as u32,
            buckets: buckets & active,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn folded_tables_permit_what_the_tables_permit(
            entries in proptest::collection::vec((0..WIDTH, any::<u8>(), any::<u32>()), 0..900),
            weights in proptest::collection::vec(0u32..50, 256),
        ) {
            let mut tables = Box::new([[0u32; 256]; WIDTH]);
            for (offset, byte, word) in entries {
                tables[offset][usize::from(byte)] |= word;
            }
            let weights: [u32; 256] = std::array::from_fn(|byte| weights[byte]);
            let (class, columns) = fold(&tables, &weights);
            prop_assert!(columns.len() <= CLASSES);
            for byte in 0..256 {
                let column = &columns[usize::from(class[byte.min(BYTES - 1)])];
                for offset in 0..WIDTH {
                    let word = tables[offset][byte];
                    prop_assert_eq!(column[offset] & word, word);
                }
            }
        }
    }
}
