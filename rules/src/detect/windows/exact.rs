//! The exact check of candidates: which windows of their buckets really begin there.
//!
//! A table look-up for each position gives the windows of a bucket that permit the byte there, 32 at a
//! time; their AND is the answer. First come the positions of the windows, which most candidates do not
//! survive: all candidates go through them before one survivor is looked at further, so that nothing
//! waits for a guess. Then come the positions around the windows.

use super::bytes::ByteSet;
use super::{Anchor, Window};
use wiremask_simd::{Candidate, WIDTH};

/// What a window proposes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) anchor: Anchor,
    pub(super) detector: u16,
}

/// The windows of all buckets.
#[derive(Debug)]
pub(super) struct Exact {
    /// For each bucket its first and behind its last chunk.
    buckets: Vec<(usize, usize)>,
    /// 32 members per chunk; the last ones of a bucket may stand for nothing.
    members: Vec<Member>,
    /// By chunk, offset and byte: which members permit it.
    chunks: Vec<[Permits; WIDTH]>,
    /// For each chunk its first and behind its last place outside the windows.
    around: Vec<(usize, usize)>,
    /// Distance of such a place from the window's first position, and which members permit a byte.
    places: Vec<(i8, Permits)>,
}

/// One bit for each member of a chunk, by byte.
type Permits = [u32; 256];

/// Members of a chunk.
pub(super) const CHUNK: usize = 32;

/// Windows of one chunk that stand at a place of the text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Survivor {
    /// Where they begin.
    pub(super) at: u32,
    pub(super) pass: u16,
    chunk: u16,
    /// One bit for each member.
    bits: u32,
}

impl Survivor {
    /// What one key stands for, by its number.
    pub(super) fn new(at: u32, pass: u16, number: u16) -> Survivor {
        Survivor {
            at,
            pass,
            chunk: number,
            bits: 1,
        }
    }

    /// The number of a key's meaning, or of a chunk.
    pub(super) fn number(self) -> usize {
        usize::from(self.chunk)
    }
}

impl Exact {
    pub(super) fn new(windows: &[Window], buckets: &[Vec<u16>]) -> Exact {
        let mut exact = Exact {
            buckets: Vec::new(),
            members: Vec::new(),
            chunks: Vec::new(),
            around: Vec::new(),
            places: Vec::new(),
        };
        for bucket in buckets {
            let first = exact.chunks.len();
            for chunk in bucket.chunks(CHUNK) {
                let windows = chunk.iter().map(|index| &windows[usize::from(*index)]);
                exact.chunk(&windows.collect::<Vec<_>>());
            }
            exact.buckets.push((first, exact.chunks.len()));
        }
        exact
    }

    fn chunk(&mut self, windows: &[&Window]) {
        self.members.extend(windows.iter().map(|window| Member {
            anchor: window.anchor,
            detector: window.detector,
        }));
        let nobody = Member {
            anchor: Anchor::Start { lead: 0 },
            detector: 0,
        };
        let members = self.members.len().next_multiple_of(CHUNK);
        self.members.resize(members, nobody);
        self.chunks.push(std::array::from_fn(|offset| {
            permits(windows, |window| window.classes[offset])
        }));
        let places = windows.iter().flat_map(|window| &window.beyond);
        let mut distances: Vec<i8> = places.map(|(distance, _)| *distance).collect();
        distances.sort_unstable();
        distances.dedup();
        let first = self.places.len();
        // What stands behind a match is what its start most often lacks.
        for &distance in distances.iter().rev() {
            let permitted = |window: &Window| {
                let there = window.beyond.iter().find(|(at, _)| *at == distance);
                there.map_or(ByteSet::ALL, |(_, class)| *class)
            };
            self.places.push((distance, permits(windows, permitted)));
        }
        self.around.push((first, self.places.len()));
    }

    /// Adds to `survivors` what stands at the candidates' places in `text`, which goes on for at
    /// least a window behind each; only the windows' own positions are looked at.
    pub(super) fn survivors(
        &self,
        candidates: &[Candidate],
        pass: u16,
        text: &[u8],
        survivors: &mut Vec<Survivor>,
    ) {
        let mut count = survivors.len();
        for candidate in candidates {
            let Some(bytes) = text[candidate.at as usize..].first_chunk::<WIDTH>() else {
                continue;
            };
            let mut buckets = candidate.buckets;
            while buckets != 0 {
                let bucket = buckets.trailing_zeros() as usize;
                buckets &= buckets - 1;
                let Some(&(first, last)) = self.buckets.get(bucket) else {
                    continue;
                };
                if survivors.len() < count + last - first {
                    survivors.resize(
                        (count + last - first).next_power_of_two(),
                        Survivor::default(),
                    );
                }
                for (chunk, tables) in (first..last).zip(&self.chunks[first..last]) {
                    let found = tables.iter().zip(bytes);
                    let bits = found.fold(u32::MAX, |bits, (table, byte)| {
                        bits & table[usize::from(*byte)]
                    });
                    survivors[count] = Survivor {
                        at: candidate.at,
                        pass,
                        chunk: number(chunk),
                        bits,
                    };
                    // No branch: whether a candidate survives cannot be guessed.
                    count += usize::from(bits != 0);
                }
            }
        }
        survivors.truncate(count);
    }

    /// Calls `each` for every window of a survivor that also holds around its positions.
    #[inline]
    pub(super) fn check(&self, survivor: Survivor, text: &[u8], mut each: impl FnMut(Member)) {
        let (chunk, mut bits) = (usize::from(survivor.chunk), survivor.bits);
        let (first, last) = self.around[chunk];
        for (distance, permits) in &self.places[first..last] {
            let at = (survivor.at as usize).wrapping_add_signed(isize::from(*distance));
            // Outside the text nothing stands, as behind a value.
            let byte = text.get(at).copied().unwrap_or(0);
            bits &= permits[usize::from(byte)];
            if bits == 0 {
                return;
            }
        }
        while bits != 0 {
            let member = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            each(self.members[chunk * CHUNK + member]);
        }
    }
}

/// Which of the windows permit each byte.
fn permits(windows: &[&Window], permitted: impl Fn(&Window) -> ByteSet) -> Permits {
    let mut permits = [0; 256];
    for (bit, window) in windows.iter().enumerate() {
        let class = permitted(window);
        for byte in 0..=u8::MAX {
            permits[usize::from(byte)] |= u32::from(class.contains(byte)) << bit;
        }
    }
    permits
}

/// There are at most 65,535 windows.
#[allow(clippy::cast_possible_truncation)]
fn number(chunk: usize) -> u16 {
    chunk as u16
}
