//! Ethereum address: letters in both cases carry a checksum (EIP-55) over Keccak-256.
//! <https://eips.ethereum.org/EIPS/eip-55>

pub(super) fn check(span: &[u8]) -> bool {
    let Some((b"0x", address)) = span.split_first_chunk::<2>() else {
        return false;
    };
    let Ok(address): Result<[u8; 40], _> = address.try_into() else {
        return false;
    };
    if !address.iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let upper = address.iter().any(u8::is_ascii_uppercase);
    let lower = address.iter().any(u8::is_ascii_lowercase);
    // In one case only it carries no checksum.
    !(upper && lower) || cased(&address)
}

/// Is each letter in the case that the hash of the address in lower case asks for?
fn cased(address: &[u8; 40]) -> bool {
    let hash = keccak(&address.to_ascii_lowercase());
    address.iter().enumerate().all(|(at, byte)| {
        let nibble = hash[at / 2] >> (4 * (1 - at % 2)) & 15;
        !byte.is_ascii_alphabetic() || byte.is_ascii_uppercase() == (nibble >= 8)
    })
}

/// Keccak-256 of a text shorter than one block of 136 bytes.
/// <https://keccak.team/keccak_specs_summary.html>
fn keccak(text: &[u8]) -> [u8; 32] {
    let mut block = [0u8; 136];
    for (to, from) in block.iter_mut().zip(text) {
        *to = *from;
    }
    if let Some(end) = block.get_mut(text.len()) {
        *end ^= 0x01;
    }
    block[135] ^= 0x80;
    let mut state = [0u64; 25];
    for (lane, bytes) in state.iter_mut().zip(block.as_chunks::<8>().0) {
        *lane = u64::from_le_bytes(*bytes);
    }
    for round in ROUNDS {
        permute(&mut state, round);
    }
    let mut hash = [0u8; 32];
    for (bytes, lane) in hash.as_chunks_mut::<8>().0.iter_mut().zip(state) {
        *bytes = lane.to_le_bytes();
    }
    hash
}

fn permute(state: &mut [u64; 25], round: u64) {
    let column = |state: &[u64; 25], x: usize| (0..5).fold(0, |all, y| all ^ state[x + 5 * y]);
    let columns: [u64; 5] = std::array::from_fn(|x| column(state, x));
    for (at, lane) in state.iter_mut().enumerate() {
        *lane ^= columns[(at + 4) % 5] ^ columns[(at + 1) % 5].rotate_left(1);
    }
    let mut moved = state[1];
    for (to, turn) in MOVES {
        let here = state[to];
        state[to] = moved.rotate_left(turn);
        moved = here;
    }
    for row in state.as_chunks_mut::<5>().0 {
        let old = *row;
        for (x, lane) in row.iter_mut().enumerate() {
            *lane = old[x] ^ (!old[(x + 1) % 5] & old[(x + 2) % 5]);
        }
    }
    state[0] ^= round;
}

/// Where each lane goes and how far it turns, in the order of the cycle.
const MOVES: [(usize, u32); 24] = [
    (10, 1),
    (7, 3),
    (11, 6),
    (17, 10),
    (18, 15),
    (3, 21),
    (5, 28),
    (16, 36),
    (8, 45),
    (21, 55),
    (24, 2),
    (4, 14),
    (15, 27),
    (23, 41),
    (19, 56),
    (13, 8),
    (12, 25),
    (2, 43),
    (20, 62),
    (14, 18),
    (22, 39),
    (9, 61),
    (6, 20),
    (1, 44),
];

const ROUNDS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &[
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae",
        ],
        &[
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
            "0x",
        ],
    );
}
