//! Something changed: wakes every task of this shard that waits for it.
//!
//! A [`Signal`] is a number that only grows. Whoever waits says which number it has seen, so a change
//! between looking and waiting is never missed. Single-threaded; the other side of a thread uses
//! [`crate::mailbox`].

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A counter that tasks can wait for.
#[derive(Default)]
pub(crate) struct Signal {
    count: Cell<u64>,
    waiter_next: Cell<u64>,
    waiting: RefCell<BTreeMap<u64, Waker>>,
}

impl Signal {
    /// How often it was raised.
    pub fn count(&self) -> u64 {
        self.count.get()
    }

    /// Counts up and wakes everybody who waits.
    pub fn raise(&self) {
        self.count.set(self.count.get() + 1);
        // Taken first: a waker may run code that waits again.
        let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        waiting.into_values().for_each(Waker::wake);
    }

    /// Resolves once [`Signal::count`] differs from `seen`.
    pub fn past(&self, seen: u64) -> Past<'_> {
        Past {
            signal: self,
            seen,
            registered: None,
        }
    }
}

/// See [`Signal::past`].
pub(crate) struct Past<'a> {
    signal: &'a Signal,
    seen: u64,
    registered: Option<(u64, Waker)>,
}

impl Future for Past<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.signal.count() != self.seen {
            return Poll::Ready(());
        }
        let known = match &self.registered {
            Some((_, waker)) => waker.will_wake(context.waker()),
            None => false,
        };
        if !known {
            let id = match &self.registered {
                Some((id, _)) => *id,
                None => self
                    .signal
                    .waiter_next
                    .replace(self.signal.waiter_next.get() + 1),
            };
            let waker = context.waker().clone();
            self.signal.waiting.borrow_mut().insert(id, waker.clone());
            self.registered = Some((id, waker));
        }
        Poll::Pending
    }
}

impl Drop for Past<'_> {
    fn drop(&mut self) {
        if let Some((id, _)) = &self.registered {
            self.signal.waiting.borrow_mut().remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::{block_on, poll_once, zip};

    #[test]
    fn a_change_before_waiting_is_not_missed() {
        let signal = Signal::default();
        let seen = signal.count();
        signal.raise();
        block_on(signal.past(seen));
    }

    #[test]
    fn everybody_who_waits_is_woken() {
        let signal = Signal::default();
        let (a, b) = (signal.past(0), signal.past(0));
        block_on(zip(zip(a, b), async { signal.raise() }));
        assert!(signal.waiting.borrow().is_empty());
    }

    #[test]
    fn who_stops_waiting_leaves_nothing_behind() {
        let signal = Signal::default();
        assert_eq!(block_on(poll_once(signal.past(0))), None);
        assert!(signal.waiting.borrow().is_empty());
    }
}
