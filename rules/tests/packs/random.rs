//! Values that nobody meant: from a fixed seed, so that a failure comes again.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub(crate) fn digits(&mut self, len: usize) -> String {
        (0..len)
            .map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap()))
            .collect()
    }

    /// A value that a pattern matches, each choice as likely as the others.
    pub(crate) fn value(&mut self, pattern: &str) -> Vec<u8> {
        let hir = ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(pattern)
            .unwrap();
        let mut value = Vec::new();
        self.push(&hir, &mut value);
        value
    }

    fn push(&mut self, hir: &Hir, out: &mut Vec<u8>) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
            HirKind::Class(Class::Bytes(class)) => {
                let bytes: Vec<u8> = class
                    .ranges()
                    .iter()
                    .flat_map(|r| r.start()..=r.end())
                    .collect();
                let at = usize::try_from(self.below(bytes.len() as u64)).unwrap();
                out.push(bytes[at]);
            }
            HirKind::Class(Class::Unicode(class)) => {
                let ranges = class.ranges();
                let at = usize::try_from(self.below(ranges.len() as u64)).unwrap();
                out.extend_from_slice(ranges[at].start().to_string().as_bytes());
            }
            HirKind::Repetition(repetition) => {
                let least = u64::from(repetition.min);
                let most = repetition.max.map_or(least + 12, u64::from);
                for _ in 0..least + self.below(most - least + 1) {
                    self.push(&repetition.sub, out);
                }
            }
            HirKind::Capture(capture) => self.push(&capture.sub, out),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.push(part, out)),
            HirKind::Alternation(parts) => {
                let at = usize::try_from(self.below(parts.len() as u64)).unwrap();
                self.push(&parts[at], out);
            }
        }
    }
}
