//! The values that are scanned, each made from a pack and a seed.
//!
//! Neighbouring seeds belong to a group: in many groups one near-match is cut, changed or repeated at one
//! place after the other, so that every place of it has its turn.

use super::packs::{Detector, Pack};
use super::random::Random;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Seeds of one group.
const GROUP: u64 = 32;

/// Repetitions beyond the least that a sample has at most.
const MORE: usize = 12;

/// Ordinary text, of which pieces are cut at any byte.
const TEXTS: &[&str] = &[
    include_str!("../../src/detect/windows/sample.txt"),
    include_str!("../../packs/starter.toml"),
    include_str!("../../src/detect/mod.rs"),
    "Grüße aus München, übrigens: 名前 山田太郎、電話 03-1234-5678。Здравствуйте, мир! שלום 😀 é\u{301}",
    r#"{"id": 17, "mail": "ann\u0040shop.example", "tags": ["a", "b-1"], "at": "2024-05-12T10:00:00Z"}"#,
    "2024-05-12 10:00:00.123 UTC [4711] LOG:  connection from 10.0.0.1:5432 key=0xdeadbeef x=1.5e-7\n",
];

/// What may touch a match, or not.
const EDGES: &[u8] = b"0123456789abzAZ_ -.,:;@/+=\"'()<>#\t\n\0\x01\x7e\x7f\x80\x81\xc3\xa9\xff";

/// The value of a seed in a column; often one of a detector that the column is named for.
pub fn value(pack: &Pack, seed: u64, column: usize) -> Vec<u8> {
    let from = &Source {
        pack,
        named: &pack.named[column],
    };
    let group = &mut Random::new(2, seed / GROUP);
    if group.one_in(3) {
        let base = near(from, group);
        let kind = group.below(6);
        let at = group.below(base.len().max(1)) + usize::try_from(seed % GROUP).unwrap();
        return changed(base, kind, at, *group.pick(EDGES));
    }
    let random = &mut Random::new(3, seed);
    match random.below(40) {
        0..=13 => {
            let mut value = near(from, random);
            for _ in 0..random.below(3) {
                let (kind, at) = (random.below(6), random.below(value.len().max(1)));
                value = changed(value, kind, at, *random.pick(EDGES));
            }
            value
        }
        14..=19 => surrounded(from, random),
        20..=22 => [near(from, random), near(from, random)].concat(),
        23..=25 => bytes(random, 60, Random::byte),
        26..=27 => bytes(random, 40, |random| *random.pick(EDGES)),
        28..=30 => bytes(random, 40, |random| {
            *random.pick(b"0123456789012345678901234567 -./:+")
        }),
        31..=32 => bytes(random, 30, |random| *random.pick(b"\0\0\0\0\x01a0")),
        33..=38 => {
            let len = random.below(90);
            excerpt(random, len)
        }
        _ if random.one_in(6) => long(from, random),
        _ => Vec::new(),
    }
}

/// A text that the pattern matches, unless it has a class without bytes. `more` says how often something is
/// repeated beyond the least.
pub fn matching(random: &mut Random, pattern: &Hir, more: usize, out: &mut Vec<u8>) {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(Class::Bytes(class)) => {
            if !class.ranges().is_empty() {
                let range = random.pick(class.ranges());
                out.push(one_of(random, range.start(), range.end()));
            }
        }
        HirKind::Class(Class::Unicode(class)) => {
            // In byte mode what is left of characters is ASCII.
            if !class.ranges().is_empty() {
                let range = random.pick(class.ranges());
                let ends = [range.start(), range.end()].map(|c| u8::try_from(c).unwrap());
                out.push(one_of(random, ends[0], ends[1]));
            }
        }
        HirKind::Repetition(repetition) => {
            let least = repetition.min as usize;
            let most = repetition.max.map_or(usize::MAX, |most| most as usize);
            let most = most.min(least.saturating_add(more));
            let times = match random.below(4) {
                0 => least,
                1 => most,
                _ => random.between(least, most),
            };
            for _ in 0..times {
                matching(random, &repetition.sub, more, out);
            }
        }
        HirKind::Capture(capture) => matching(random, &capture.sub, more, out),
        HirKind::Concat(parts) => {
            for part in parts {
                matching(random, part, more, out);
            }
        }
        HirKind::Alternation(parts) => {
            let part = random.pick(parts);
            matching(random, part, more, out);
        }
    }
}

/// A byte of a range, its ends more often than others.
fn one_of(random: &mut Random, start: u8, end: u8) -> u8 {
    match random.below(8) {
        0 => start,
        1 => end,
        _ => u8::try_from(random.between(start.into(), end.into())).unwrap(),
    }
}

/// Where near matches come from.
struct Source<'p> {
    pack: &'p Pack,
    /// The detectors that the column is named for.
    named: &'p [usize],
}

impl Source<'_> {
    fn detector(&self, random: &mut Random) -> &Detector {
        let all = &self.pack.detectors;
        if self.named.is_empty() || random.one_in(2) {
            return random.pick(all);
        }
        &all[*random.pick(self.named)]
    }
}

/// What a detector matches, or one of its examples.
fn near(from: &Source<'_>, random: &mut Random) -> Vec<u8> {
    let detector = from.detector(random);
    near_match(detector, random, MORE)
}

fn near_match(detector: &Detector, random: &mut Random, more: usize) -> Vec<u8> {
    if !detector.examples.is_empty() && random.one_in(2) {
        return random.pick(&detector.examples).clone();
    }
    let mut value = Vec::new();
    let pattern = random.pick(&detector.patterns);
    matching(random, pattern, more, &mut value);
    value
}

/// A near match with bytes and words around it.
fn surrounded(from: &Source<'_>, random: &mut Random) -> Vec<u8> {
    let detector = from.detector(random);
    let mut value = Vec::new();
    let beside = |random: &mut Random, value: &mut Vec<u8>| match random.below(4) {
        0 => value.extend(bytes(random, 4, |random| *random.pick(EDGES))),
        1 => value.extend(excerpt(random, 12)),
        2 if !detector.words.is_empty() => {
            let word = random.pick(&detector.words);
            value.extend_from_slice(
                match random.below(3) {
                    0 => word.to_uppercase().into_bytes(),
                    _ => word.clone().into_bytes(),
                }
                .as_slice(),
            );
            value.extend(bytes(random, 3, |random| *random.pick(b"  :=x_")));
        }
        _ => {}
    };
    beside(random, &mut value);
    value.extend(near_match(detector, random, MORE));
    beside(random, &mut value);
    value
}

/// A value changed in one of six ways at a place.
fn changed(mut value: Vec<u8>, kind: usize, at: usize, byte: u8) -> Vec<u8> {
    if value.is_empty() {
        return value;
    }
    let at = at % value.len();
    match kind {
        0 => value[at] = byte,
        1 => drop(value.remove(at)),
        2 => value.insert(at, value[at]),
        3 => value.truncate(at),
        4 => drop(value.drain(..at)),
        _ => value.insert(if at.is_multiple_of(2) { 0 } else { value.len() }, byte),
    }
    value
}

fn bytes(random: &mut Random, most: usize, byte: impl Fn(&mut Random) -> u8) -> Vec<u8> {
    (0..random.between(0, most)).map(|_| byte(random)).collect()
}

/// So many bytes of ordinary text, or less.
fn excerpt(random: &mut Random, len: usize) -> Vec<u8> {
    let text = random.pick(TEXTS).as_bytes();
    let from = random.below(text.len());
    text[from..text.len().min(from + len)].to_vec()
}

/// A value over several pieces of the kernel, with near matches where one piece ends and the next begins,
/// or one that is longer than a match may be.
fn long(from: &Source<'_>, random: &mut Random) -> Vec<u8> {
    let len = random.between(1500, 9000);
    let mut value = Vec::new();
    match random.below(8) {
        0 => {
            let detector = from.detector(random);
            value.extend(near_match(detector, random, len));
            value.truncate(3 * len);
            value
        }
        1 => vec![*random.pick(EDGES); len],
        _ => {
            while value.len() < len {
                match random.below(4) {
                    0 => value.extend(near(from, random)),
                    1 => value.extend(surrounded(from, random)),
                    _ => {
                        // Up to some bytes before the end of a piece.
                        let gap = 2048 - value.len() % 2048 + 16;
                        let most = [40, 400, gap][random.below(3)];
                        let text = excerpt(random, most.min(gap));
                        let less = random.below(24).min(text.len());
                        value.extend_from_slice(&text[less..]);
                    }
                }
            }
            value
        }
    }
}
