//! The exact check of a candidate: which windows of its buckets really begin there.
//!
//! Bytes that no window tells apart share a class, which keeps the tables small enough for the
//! first caches. A table look-up for each position gives the windows of a bucket that permit the
//! byte there, 32 at a time; their AND is the answer. First come the positions of the windows, which
//! most candidates do not survive, then those around them.

use super::{Anchor, ByteSet, Window};
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
    class: Box<[u8; 256]>,
    /// Classes in use.
    classes: usize,
    /// For each bucket its first and behind its last chunk.
    buckets: Vec<(usize, usize)>,
    /// 32 members per chunk; the last ones of a bucket may stand for nothing.
    members: Vec<Member>,
    /// By chunk, offset and class: which members permit it.
    tables: Vec<u32>,
    /// For each chunk its first and behind its last place outside the windows.
    around: Vec<(usize, usize)>,
    /// Distance from the window's first position of each such place.
    distances: Vec<i8>,
    /// By place and class: which members permit it.
    around_tables: Vec<u32>,
}

/// Members of a chunk.
const CHUNK: usize = 32;

impl Exact {
    pub(super) fn new(windows: &[Window], buckets: &[Vec<u16>]) -> Exact {
        let (class, representatives) = classes(windows);
        let mut exact = Exact {
            class,
            classes: representatives.len(),
            buckets: Vec::new(),
            members: Vec::new(),
            tables: Vec::new(),
            around: Vec::new(),
            distances: Vec::new(),
            around_tables: Vec::new(),
        };
        for bucket in buckets {
            let first = exact.members.len() / CHUNK;
            for chunk in bucket.chunks(CHUNK) {
                let windows: Vec<&Window> = chunk
                    .iter()
                    .map(|index| &windows[usize::from(*index)])
                    .collect();
                exact.chunk(&windows, &representatives);
            }
            exact.buckets.push((first, exact.members.len() / CHUNK));
        }
        exact
    }

    fn chunk(&mut self, windows: &[&Window], representatives: &[u8]) {
        self.members.extend(windows.iter().map(|window| Member {
            anchor: window.anchor,
            detector: window.detector,
        }));
        let anchor = Anchor::Start { lead: 0 };
        let nobody = Member {
            anchor,
            detector: 0,
        };
        let members = self.members.len().next_multiple_of(CHUNK);
        self.members.resize(members, nobody);
        for offset in 0..WIDTH {
            let permits = |window: &Window, byte| window.classes[offset].contains(byte);
            row(windows, representatives, permits, &mut self.tables);
        }
        let places = windows.iter().flat_map(|window| &window.beyond);
        let mut distances: Vec<i8> = places.map(|(distance, _)| *distance).collect();
        distances.sort_unstable();
        distances.dedup();
        // What stands behind a match is what its start most often lacks.
        distances.reverse();
        for &distance in &distances {
            let permits = |window: &Window, byte| {
                let mut there = window.beyond.iter().filter(|(at, _)| *at == distance);
                there.all(|(_, class)| class.contains(byte))
            };
            row(windows, representatives, permits, &mut self.around_tables);
        }
        let first = self.distances.len();
        self.distances.extend(distances);
        self.around.push((first, self.distances.len()));
    }

    /// Those of the members of a chunk that hold outside their windows, which begin at `at`.
    #[inline]
    fn hold_around(&self, chunk: usize, mut bits: u32, text: &[u8], at: usize) -> u32 {
        let (first, last) = self.around[chunk];
        for place in first..last {
            let distance = isize::from(self.distances[place]);
            // Outside the text nothing stands, as behind a value.
            let byte = text.get(at.wrapping_add_signed(distance));
            let class = self.class[usize::from(byte.copied().unwrap_or(0))];
            bits &= self.around_tables[place * self.classes + usize::from(class)];
            if bits == 0 {
                break;
            }
        }
        bits
    }

    /// Calls `each` for every window of the candidate's buckets that stands at its place in `text`.
    #[inline]
    pub(super) fn check(&self, candidate: Candidate, text: &[u8], mut each: impl FnMut(Member)) {
        let at = candidate.at as usize;
        let Some(bytes) = text[at..].first_chunk::<WIDTH>() else {
            return;
        };
        let class = bytes.map(|byte| usize::from(self.class[usize::from(byte)]));
        let mut buckets = candidate.buckets;
        while buckets != 0 {
            let bucket = buckets.trailing_zeros() as usize;
            buckets &= buckets - 1;
            let Some(&(first, last)) = self.buckets.get(bucket) else {
                continue;
            };
            for chunk in first..last {
                let mut row = chunk * WIDTH * self.classes;
                let mut bits = u32::MAX;
                for class in class {
                    bits &= self.tables[row + class];
                    row += self.classes;
                }
                if bits != 0 {
                    bits = self.hold_around(chunk, bits, text, at);
                }
                while bits != 0 {
                    let member = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    each(self.members[chunk * CHUNK + member]);
                }
            }
        }
    }
}

/// Appends for a byte of each class which of the windows permit it.
fn row(
    windows: &[&Window],
    representatives: &[u8],
    permits: impl Fn(&Window, u8) -> bool,
    table: &mut Vec<u32>,
) {
    table.extend(representatives.iter().map(|byte| {
        let permitting = (0..)
            .zip(windows)
            .filter(|(_, window)| permits(window, *byte));
        permitting.fold(0u32, |bits, (bit, _): (u32, _)| bits | 1 << bit)
    }));
}

/// The class of each byte, and a byte of each class.
fn classes(windows: &[Window]) -> (Box<[u8; 256]>, Vec<u8>) {
    let inside = windows.iter().flat_map(|window| window.classes);
    let around = windows.iter().flat_map(|window| &window.beyond);
    let mut sets: Vec<ByteSet> = inside.chain(around.map(|(_, class)| *class)).collect();
    sets.sort_unstable();
    sets.dedup();
    let mut class = Box::new([0; 256]);
    let mut representatives: Vec<u8> = Vec::new();
    for byte in 0..=u8::MAX {
        let alike = |other: &u8| {
            sets.iter()
                .all(|set| set.contains(byte) == set.contains(*other))
        };
        let index = representatives
            .iter()
            .position(alike)
            .unwrap_or(representatives.len());
        if index == representatives.len() {
            representatives.push(byte);
        }
        // At most 256 classes: the last one is 255.
        class[usize::from(byte)] = u8::try_from(index).unwrap_or(u8::MAX);
    }
    (class, representatives)
}
