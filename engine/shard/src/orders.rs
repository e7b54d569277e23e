//! What the control plane told this shard and every session of it must obey.

use crate::signal::{Past, Signal};
use std::cell::Cell;

/// Shared by all sessions of one shard.
#[derive(Default)]
pub(crate) struct Orders {
    draining: Cell<bool>,
    cut: Cell<bool>,
    changed: Signal,
}

impl Orders {
    /// Sessions end at their next command boundary.
    pub fn drain(&self) {
        self.draining.set(true);
        self.changed.raise();
    }

    /// Sessions end now.
    pub fn cut(&self) {
        self.draining.set(true);
        self.cut.set(true);
        self.changed.raise();
    }

    /// Was [`Orders::drain`] called?
    pub fn draining(&self) -> bool {
        self.draining.get()
    }

    /// Must a session end now that is between commands (`idle`) or not?
    pub fn end_now(&self, idle: impl FnOnce() -> bool) -> bool {
        self.cut.get() || (self.draining.get() && idle())
    }

    /// Resolves with the next order.
    pub fn next(&self) -> Past<'_> {
        self.changed.past(self.changed.count())
    }
}
