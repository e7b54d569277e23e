//! Keys: short literals, thousands at once.
//!
//! A *key* is what stands at [`KEY`] neighbouring positions when bytes are told apart by their codes alone
//! ([`code`]): letters are folded, digits are one code, and so are bytes that literals hardly have. Class
//! windows of hundreds of literals fill every bucket of the window kernel, so that it needs one pass after the
//! other; keys are found in one, however many there are, by what they hash to.
//!
//! A filter passes every position where a key stands and a few others: with AVX-512 five hashes of the four
//! codes look up bits in tables that registers hold, else one hash of them in a bitmap. What passes is
//! looked up exactly, so that all forms find the same.

#[cfg(target_arch = "x86_64")]
mod avx512;
mod scalar;

use super::{Instructions, Missing, PADDING};

/// Positions that a key covers.
pub const KEY: usize = 4;

/// The codes at the positions of a key, the first one by [`first`].
pub type Key = [u8; KEY];

/// Keys of one set at most.
pub const KEYS_MAX: usize = 8192;

/// Codes of bytes.
pub const CODES: usize = 32;

/// Bytes that keys hardly have, among them spaces and what stands between values.
const OTHER: u8 = 0;

/// Code of `z`; those of letters begin with 1.
const LAST_LETTER: u8 = 26;

/// A key at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyAt {
    /// Offset in the text.
    pub at: u32,
    /// Index of the key in the list that the set was made of.
    pub key: u16,
}

/// The code of a byte, below [`CODES`].
#[must_use]
pub const fn code(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => byte - b'a' + 1,
        b'A'..=b'Z' => byte - b'A' + 1,
        b'0'..=b'9' => 27,
        b'_' => 28,
        b'-' => 29,
        b'.' => 30,
        b'/' | b':' | b'=' | b'$' | b'~' | b'|' | b'%' | b'+' | b'"' | b'\'' | b'@' => 31,
        _ => OTHER,
    }
}

/// The code at the first position of a key: all but letters are one, so that a word is one key with whatever
/// stands in front of it.
#[must_use]
pub const fn first(code: u8) -> u8 {
    if code > LAST_LETTER { OTHER } else { code }
}

/// A compiled set of keys.
#[derive(Clone, Debug)]
pub struct Keys {
    exact: Exact,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Wide),
    Scalar,
}

/// The memory of a search. The caller keeps it; what lies in it has no meaning from one search to the next.
#[derive(Default)]
pub struct KeyMemory {
    #[cfg(target_arch = "x86_64")]
    pieces: Box<avx512::Pieces>,
    /// Where the filter says that a key may stand, and the codes there.
    passed: Vec<Passed>,
}

impl std::fmt::Debug for KeyMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyMemory").finish_non_exhaustive()
    }
}

impl Keys {
    /// Compiles different keys for these instructions; with AVX2 alone, and without AVX-512 VBMI2,
    /// it is the plain loop.
    ///
    /// # Errors
    ///
    /// When the machine lacks the instructions.
    ///
    /// # Panics
    ///
    /// When there are more than [`KEYS_MAX`] keys, or one with something else than a code.
    pub fn new(instructions: Instructions, keys: &[Key]) -> Result<Keys, Missing> {
        assert!(
            keys.len() <= KEYS_MAX,
            "{} keys exceed {KEYS_MAX}",
            keys.len()
        );
        let codes = |key: &Key| {
            first(key[0]) == key[0] && key.iter().all(|code| usize::from(*code) < CODES)
        };
        assert!(keys.iter().all(codes), "a key without codes");
        let form = match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 if avx512::Wide::available() => {
                avx512::Wide::new(keys).map(Form::Avx512)
            }
            _ => instructions.available().then_some(Form::Scalar),
        };
        match form {
            Some(form) => Ok(Keys {
                exact: Exact::new(keys),
                form,
            }),
            None => Err(Missing(instructions)),
        }
    }

    /// Replaces `found` by the keys in the first `len` bytes of `text`, in ascending order. The [`PADDING`]
    /// bytes behind them must be there.
    ///
    /// # Panics
    ///
    /// When `text` is shorter than `len + PADDING`, or `len` does not fit 32 bits.
    pub fn find(&self, text: &[u8], len: usize, memory: &mut KeyMemory, found: &mut Vec<KeyAt>) {
        assert!(
            len < u32::MAX as usize,
            "text of {len} bytes exceeds 32 bits"
        );
        assert!(text.len() >= len + PADDING, "text without padding");
        found.clear();
        match &self.form {
            #[cfg(target_arch = "x86_64")]
            Form::Avx512(wide) => {
                let KeyMemory { pieces, passed } = memory;
                wide.find((&self.exact, passed), text, len, pieces, found);
            }
            Form::Scalar => scalar::find(&self.exact, text, len, &mut memory.passed, found),
        }
    }
}

/// A position that the filter passes.
#[derive(Clone, Copy, Debug, Default)]
struct Passed {
    at: u32,
    packed: u32,
}

/// The keys by their hash.
#[derive(Clone, Debug)]
struct Exact {
    /// One bit for each hash of [`BITMAP_BITS`] bits.
    bitmap: Box<[u64; 1 << (BITMAP_BITS - 6)]>,
    /// By a hash, or as near behind it as there is room: a key and its index.
    slots: Box<[(u32, u16)]>,
    /// What a hash is shifted by to become the number of a slot.
    shift: u32,
}

/// Bits of a hash that the bitmap is asked for.
const BITMAP_BITS: u32 = 15;

/// No key: codes are below [`CODES`].
const EMPTY: u32 = u32::MAX;

impl Exact {
    fn new(keys: &[Key]) -> Exact {
        let count = (4 * keys.len()).next_power_of_two().max(64);
        let mut exact = Exact {
            bitmap: Box::new([0; _]),
            slots: vec![(EMPTY, 0); count].into(),
            shift: 32 - count.trailing_zeros(),
        };
        for (index, key) in (0u16..).zip(keys) {
            let packed = u32::from_le_bytes(*key);
            let bit = hash(packed) >> (32 - BITMAP_BITS);
            exact.bitmap[(bit >> 6) as usize] |= 1 << (bit & 63);
            let mut slot = (hash(packed) >> exact.shift) as usize;
            while exact.slots[slot].0 != EMPTY {
                slot = (slot + 1) % count;
            }
            exact.slots[slot] = (packed, index);
        }
        exact
    }

    /// May the codes be those of a key?
    #[inline(always)]
    fn may_hold(&self, packed: u32) -> bool {
        let bit = hash(packed) >> (32 - BITMAP_BITS);
        self.bitmap[(bit >> 6) as usize] >> (bit & 63) & 1 == 1
    }

    /// Appends the keys among the positions.
    fn look_up(&self, passed: &[Passed], found: &mut Vec<KeyAt>) {
        for Passed { at, packed } in passed {
            let mut slot = (hash(*packed) >> self.shift) as usize;
            loop {
                let (known, key) = self.slots[slot];
                if known == *packed {
                    found.push(KeyAt { at: *at, key });
                }
                if known == *packed || known == EMPTY {
                    break;
                }
                slot = (slot + 1) % self.slots.len();
            }
        }
    }
}

/// Multiplicative; the upper bits are the good ones.
#[inline(always)]
fn hash(packed: u32) -> u32 {
    packed.wrapping_mul(0x9e37_79b1)
}

#[cfg(test)]
mod tests;
