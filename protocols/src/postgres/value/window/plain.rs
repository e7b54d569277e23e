//! Text as it is.

use std::ops::Range;

use super::{STAR, Undecodable, Window, character_start, whole_characters, widen};

/// A window over text: decoded is as received, and there is one leaf.
#[derive(Default)]
pub struct PlainWindow {
    context: usize,
    bytes: Vec<u8>,
    /// `open <= whole <= bytes.len()`: released, and ends with a whole character.
    open: usize,
    whole: usize,
}

impl PlainWindow {
    /// An empty window that shows up to `context` bytes before the open ones.
    #[must_use]
    pub fn new(context: usize) -> Self {
        Self {
            context,
            ..Self::default()
        }
    }
}

impl Window for PlainWindow {
    fn push(&mut self, chunk: &[u8]) -> Result<(), Undecodable> {
        self.bytes.extend_from_slice(chunk);
        self.whole = whole_characters(&self.bytes, self.whole);
        Ok(())
    }

    fn decoded(&self) -> &[u8] {
        &self.bytes[..self.whole]
    }

    fn open(&self) -> usize {
        self.open
    }

    fn settled(&self) -> usize {
        0
    }

    fn mask(&mut self, span: Range<usize>) {
        let span = widen(self.decoded(), span, self.open);
        self.bytes[span].fill(STAR);
    }

    fn release(&mut self, until: usize, out: &mut Vec<u8>) {
        let until = character_start(self.decoded(), until, self.open);
        out.extend_from_slice(&self.bytes[self.open..until]);
        let forgotten = until.saturating_sub(self.context);
        self.bytes.drain(..forgotten);
        self.open = until - forgotten;
        self.whole -= forgotten;
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Undecodable> {
        out.extend_from_slice(&self.bytes[self.open..]);
        *self = Self::new(self.context);
        Ok(())
    }
}
