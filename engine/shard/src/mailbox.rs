//! Directives from the control plane's threads to a shard's.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use wiremask_datapath::link::Directive;

/// A queue with one reader. Senders never wait.
#[derive(Default)]
pub(crate) struct Mailbox(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Directive>,
    reader: Option<Waker>,
}

impl Mailbox {
    /// Puts a directive behind the others and wakes the shard.
    pub fn send(&self, directive: Directive) {
        let mut inner = self.lock();
        inner.waiting.push_back(directive);
        if let Some(reader) = inner.reader.take() {
            reader.wake();
        }
    }

    /// The next directive.
    pub async fn receive(&self) -> Directive {
        poll_fn(|context| {
            let mut inner = self.lock();
            match inner.waiting.pop_front() {
                Some(directive) => Poll::Ready(directive),
                None => {
                    inner.reader = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // The queue is whole between any two statements, so a panic elsewhere spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
