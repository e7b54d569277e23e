//! Text as it is.

use std::ops::Range;

use super::{STAR, Undecodable, Window, character_start, whole_characters, widen};

/// A window over text: decoded is as received, and there is one leaf.
#[derive(Default)]
pub struct PlainWindow {
    context: usize,
    shown: Vec<u8>,
    /// From `open` on: what is released.
    masked: Vec<u8>,
    /// `open <= whole <= shown.len()`: released, and ends with a whole character.
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
        self.shown.extend_from_slice(chunk);
        self.masked.extend_from_slice(chunk);
        self.whole = whole_characters(&self.shown, self.whole);
        Ok(())
    }

    fn decoded(&self) -> &[u8] {
        &self.shown[..self.whole]
    }

    fn open(&self) -> usize {
        self.open
    }

    fn settled(&self) -> usize {
        0
    }

    fn mask(&mut self, span: Range<usize>) {
        let span = widen(self.decoded(), span, self.open);
        self.masked[span.start - self.open..span.end - self.open].fill(STAR);
    }

    fn release(&mut self, until: usize, out: &mut Vec<u8>) {
        let until = character_start(self.decoded(), until, self.open);
        out.extend(self.masked.drain(..until - self.open));
        let forgotten = until.saturating_sub(self.context);
        self.shown.drain(..forgotten);
        self.open = until - forgotten;
        self.whole -= forgotten;
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Undecodable> {
        out.extend_from_slice(&self.masked);
        *self = Self::new(self.context);
        Ok(())
    }
}
