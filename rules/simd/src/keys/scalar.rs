//! Keys by a plain loop: the codes of four bytes move on by one, and a bitmap is asked for their hash.

use super::{Exact, KEY, KeyAt, Passed, code, first};

/// Positions that are looked at before any of them is looked up.
const PIECE: usize = 2048;

const CODE: [u8; 256] = codes();

/// The first code of a key, by code.
const FIRST: [u8; 256] = firsts();

const fn codes() -> [u8; 256] {
    let mut codes = [0; 256];
    let mut byte = 0u8;
    loop {
        codes[byte as usize] = code(byte);
        if byte == u8::MAX {
            return codes;
        }
        byte += 1;
    }
}

const fn firsts() -> [u8; 256] {
    let mut firsts = [0; 256];
    let mut code = 0u8;
    loop {
        firsts[code as usize] = first(code);
        if code == u8::MAX {
            return firsts;
        }
        code += 1;
    }
}

/// Appends the keys in the first `len` bytes of `text`, which has padding behind it.
pub(super) fn find(
    exact: &Exact,
    text: &[u8],
    len: usize,
    passed: &mut Vec<Passed>,
    found: &mut Vec<KeyAt>,
) {
    passed.resize(PIECE, Passed::default());
    let mut ahead = 0;
    for byte in &text[..KEY - 1] {
        ahead = next(ahead, *byte);
    }
    for from in (0..len).step_by(PIECE) {
        let count = (len - from).min(PIECE);
        let bytes = &text[from + KEY - 1..from + KEY - 1 + count];
        let mut passing = 0;
        for (at, byte) in (from..).zip(bytes) {
            ahead = next(ahead, *byte);
            let packed = folded(ahead);
            // Checked by the caller: the text is shorter than 4 GiB.
            #[allow(clippy::cast_possible_truncation)]
            let at = at as u32;
            passed[passing] = Passed { at, packed };
            // No branch: whether a position passes cannot be guessed.
            passing += usize::from(exact.may_hold(packed));
        }
        exact.look_up(&passed[..passing], found);
    }
}

/// The codes of four bytes, the first one lowest.
#[inline(always)]
fn next(codes: u32, byte: u8) -> u32 {
    codes >> 8 | u32::from(CODE[usize::from(byte)]) << 24
}

/// With the first one as keys have it.
#[inline(always)]
pub(super) fn folded(codes: u32) -> u32 {
    codes & !0xff | u32::from(FIRST[(codes & 0xff) as usize])
}
