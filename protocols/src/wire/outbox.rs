//! What one `advance` wants written.
//!
//! Most bytes of a result leave as they came. An [`Outbox`] therefore remembers a *run*: a range of
//! the receive buffer that is to be sent unchanged. As long as everything that leaves is one
//! contiguous run, nothing is copied and the shell writes straight from the receive buffer. As soon
//! as something else has to be written, the run is copied behind what was gathered so far.
//!
//! Invariant: the bytes to send are `gathered` followed by `received[run]`.

use std::ops::Range;

/// Bytes for one destination, built over one receive buffer.
#[derive(Debug, Default)]
pub struct Outbox {
    gathered: Vec<u8>,
    run: Range<usize>,
}

impl Outbox {
    /// Sends `received[range]` after everything so far. Ranges that continue the last one cost nothing.
    pub fn relay(&mut self, received: &[u8], range: Range<usize>) {
        if self.run.end == range.start && !self.run.is_empty() {
            self.run.end = range.end;
            return;
        }
        self.gather(received);
        self.run = range;
    }

    /// A vector to append new bytes to, after everything so far. Bytes are owned by the outbox until
    /// it is cleared.
    pub fn write(&mut self, received: &[u8]) -> &mut Vec<u8> {
        self.gather(received);
        &mut self.gathered
    }

    /// The one slice to send: in `received` if nothing but one run leaves, else gathered.
    pub fn bytes<'a>(&'a mut self, received: &'a [u8]) -> &'a [u8] {
        if self.gathered.is_empty() {
            return &received[self.run.clone()];
        }
        self.gather(received);
        &self.gathered
    }

    /// Is there nothing to send?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gathered.is_empty() && self.run.is_empty()
    }

    fn gather(&mut self, received: &[u8]) {
        self.gathered.extend_from_slice(&received[self.run.clone()]);
        self.run = 0..0;
    }

    fn clear(&mut self, keep: usize) {
        self.gathered.clear();
        self.gathered.shrink_to(keep);
        self.run = 0..0;
    }
}

/// The output of one `advance`: onward, and back to where the input came from.
#[derive(Debug, Default)]
pub struct Tx {
    /// For the flow's own destination.
    pub onward: Outbox,
    /// For the flow's source: refusals and the like, always whole messages.
    pub reply: Vec<u8>,
}

impl Tx {
    /// Bytes of capacity kept by [`Tx::clear`], so that a burst does not pin memory to a session.
    pub const CAPACITY_KEPT: usize = 128 * 1024;

    /// An empty output.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The one slice to write to the flow's destination; it may lie in `received`, the buffer that
    /// the last `advance` was given.
    pub fn forward<'a>(&'a mut self, received: &'a [u8]) -> &'a [u8] {
        self.onward.bytes(received)
    }

    /// What to write back to the flow's source.
    #[must_use]
    pub fn reply(&self) -> &[u8] {
        &self.reply
    }

    /// Forgets what was written.
    pub fn clear(&mut self) {
        self.onward.clear(Self::CAPACITY_KEPT);
        self.reply.clear();
        self.reply.shrink_to(Self::CAPACITY_KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contiguous_runs_leave_without_a_copy() {
        let received = *b"abcdef";
        let mut tx = Tx::new();
        tx.onward.relay(&received, 1..3);
        tx.onward.relay(&received, 3..6);
        let sent = tx.forward(&received);
        assert_eq!(sent, b"bcdef");
        assert_eq!(sent.as_ptr(), received[1..].as_ptr());
    }

    #[test]
    fn order_is_kept_when_runs_and_writes_alternate() {
        let received = *b"abcdef";
        let mut tx = Tx::new();
        tx.onward.relay(&received, 0..2);
        tx.onward.write(&received).extend_from_slice(b"--");
        tx.onward.relay(&received, 3..4);
        tx.onward.relay(&received, 5..6);
        assert_eq!(tx.forward(&received), b"ab--df");
        tx.clear();
        assert!(tx.onward.is_empty());
        assert_eq!(tx.forward(&received), b"");
    }
}
