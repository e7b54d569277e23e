//! The exact check of a candidate: which windows of its buckets really begin there.
//!
//! Bytes that no window tells apart share a class, which keeps the tables small enough for the
//! first caches. A table look-up for each position gives the windows of a bucket that permit the
//! byte there, 32 at a time; their AND is the answer.

use super::{Anchor, ByteSet, Window};
use crate::detect::confirm::position;
use wiremask_simd::{Candidate, WIDTH};

/// What a window proposes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) anchor: Anchor,
    pub(super) detector: u16,
    /// Its classes outside the window, first and behind the last.
    beyond: (u32, u32),
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
    /// The classes outside the windows of all members: distance from the window and set.
    beyond: Vec<(i8, u16)>,
    /// The sets of those classes, each once.
    sets: Vec<ByteSet>,
    /// By chunk, offset and class: which members permit it.
    tables: Vec<u32>,
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
            beyond: Vec::new(),
            sets: Vec::new(),
            tables: Vec::new(),
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
        for window in windows {
            let first = position(self.beyond.len());
            for (distance, class) in &window.beyond {
                let set = self.set(*class);
                self.beyond.extend(set.map(|set| (*distance, set)));
            }
            let beyond = (first, position(self.beyond.len()));
            let Window {
                anchor, detector, ..
            } = **window;
            self.members.push(Member {
                anchor,
                detector,
                beyond,
            });
        }
        let anchor = Anchor::Start { lead: 0 };
        let nobody = Member {
            anchor,
            detector: 0,
            beyond: (0, 0),
        };
        self.members
            .resize(self.members.len().next_multiple_of(CHUNK), nobody);
        for offset in 0..WIDTH {
            self.tables.extend(representatives.iter().map(|byte| {
                let permits = |window: &&Window| window.classes[offset].contains(*byte);
                (0..)
                    .zip(windows)
                    .filter(|(_, window)| permits(window))
                    .fold(0u32, |bits, (bit, _): (u32, _)| bits | 1 << bit)
            }));
        }
    }

    /// The number of a set; nothing when there are too many, then the class is not checked.
    fn set(&mut self, class: ByteSet) -> Option<u16> {
        let known = self.sets.iter().position(|set| *set == class);
        let number = u16::try_from(known.unwrap_or(self.sets.len())).ok()?;
        if known.is_none() {
            self.sets.push(class);
        }
        Some(number)
    }

    /// Do the classes outside a window at `at` hold?
    #[inline]
    fn holds_beyond(&self, member: Member, text: &[u8], at: usize) -> bool {
        let (first, last) = member.beyond;
        self.beyond[first as usize..last as usize]
            .iter()
            .all(|(distance, set)| {
                let byte = text.get(at.wrapping_add_signed(isize::from(*distance)));
                byte.is_some_and(|byte| self.sets[usize::from(*set)].contains(*byte))
            })
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
                while bits != 0 {
                    let member = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    let member = self.members[chunk * CHUNK + member];
                    if self.holds_beyond(member, text, at) {
                        each(member);
                    }
                }
            }
        }
    }
}

/// The class of each byte, and a byte of each class.
fn classes(windows: &[Window]) -> (Box<[u8; 256]>, Vec<u8>) {
    let mut sets: Vec<ByteSet> = windows.iter().flat_map(|window| window.classes).collect();
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
