//! Reused buffers, and the splice that copies a source only from its first change on.

use std::ops::Range;

/// Buffers that [`rewrite`](super::rewrite) needs; keep one per shard and pass it to every call.
///
/// After the first few values of a shape no call allocates. Buffers keep the capacity of the
/// largest value seen; [`Scratch::shrink`] gives memory back.
#[derive(Debug, Default)]
pub struct Scratch {
    pool: Vec<Vec<u8>>,
    json: Vec<super::json::Frame>,
    xml: Vec<super::xml::Open>,
}

impl Scratch {
    /// Empty scratch: nothing is allocated yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Drops buffers larger than `limit` bytes, so that one huge value does not pin its size.
    pub fn shrink(&mut self, limit: usize) {
        self.pool.retain(|buffer| buffer.capacity() <= limit);
        if self.json.capacity() * size_of::<super::json::Frame>() > limit {
            self.json = Vec::new();
        }
        if self.xml.capacity() * size_of::<super::xml::Open>() > limit {
            self.xml = Vec::new();
        }
    }

    /// An empty buffer, to be handed back by [`put`](Self::put). One that is lost on an error path
    /// costs an allocation later and nothing else.
    #[inline]
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.pool.pop().unwrap_or_default()
    }

    #[inline]
    pub(super) fn put(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.pool.push(buffer);
    }

    pub(super) fn take_json(&mut self) -> Vec<super::json::Frame> {
        std::mem::take(&mut self.json)
    }

    pub(super) fn put_json(&mut self, mut stack: Vec<super::json::Frame>) {
        stack.clear();
        self.json = stack;
    }

    pub(super) fn take_xml(&mut self) -> Vec<super::xml::Open> {
        std::mem::take(&mut self.xml)
    }

    pub(super) fn put_xml(&mut self, mut stack: Vec<super::xml::Open>) {
        stack.clear();
        self.xml = stack;
    }
}

/// Replaces ranges of `source`, in order, while what lies between is copied byte by byte.
///
/// Nothing is copied before the first replacement. Invariant: `copied <= source.len()`, and the
/// output from `start` on is the rewritten form of `source[..copied]`.
pub(super) struct Splice<'a> {
    source: &'a [u8],
    copied: usize,
    start: usize,
    changed: bool,
}

impl<'a> Splice<'a> {
    /// A splice of `source` that appends to `out`.
    pub fn new(source: &'a [u8], out: &[u8]) -> Self {
        Self {
            source,
            copied: 0,
            start: out.len(),
            changed: false,
        }
    }

    /// Where in the output the rewritten value begins.
    pub fn start(&self) -> usize {
        self.start
    }

    /// Copies what lies before `range`, skips `range`, and lets the caller append in its place.
    /// Ranges come in order and do not overlap.
    pub fn cut(&mut self, range: Range<usize>, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.source[self.copied..range.start]);
        self.copied = range.end;
        self.changed = true;
    }

    /// Copies the rest if anything changed; tells whether it did.
    pub fn finish(self, out: &mut Vec<u8>) -> bool {
        if self.changed {
            out.extend_from_slice(&self.source[self.copied..]);
        }
        self.changed
    }
}
