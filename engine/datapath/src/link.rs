//! What the two planes say to each other: [`Directive`] down, [`Report`] up.
//!
//! Reports go through one bounded queue for all shards. Sending never blocks a shard; a full queue
//! or a log that cannot be written is an answer, so that the shard can refuse commands that would
//! go unrecorded.

use crate::event::{EventLost, Record};
use crate::policy::Policy;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

/// From the control plane to each shard.
#[derive(Clone, Debug)]
pub enum Directive {
    /// Enforce this from now on; a session takes it at its next command boundary.
    Policy(Arc<Policy>),
    /// Stop accepting; end each session at its next command boundary, and all of them after the
    /// deadline.
    Drain {
        /// Milliseconds from now.
        deadline_ms: u64,
    },
}

/// From a shard to the control plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// A line for the event log.
    Event(Record),
}

/// A queue for at most `events_max` reports.
#[must_use]
pub fn reports(events_max: usize) -> (ReportSender, ReportReceiver) {
    let (sender, receiver) = sync_channel(events_max);
    let broken = Arc::new(AtomicBool::new(false));
    (
        ReportSender {
            queue: sender,
            broken: Arc::clone(&broken),
        },
        ReportReceiver {
            queue: receiver,
            broken,
        },
    )
}

/// The shards' end.
#[derive(Clone, Debug)]
pub struct ReportSender {
    queue: SyncSender<Report>,
    broken: Arc<AtomicBool>,
}

impl ReportSender {
    /// Never blocks.
    ///
    /// # Errors
    /// [`EventLost`] when nobody will write it down.
    pub fn try_send(&self, report: Report) -> Result<(), EventLost> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(EventLost::Broken);
        }
        self.queue.try_send(report).map_err(|error| match error {
            TrySendError::Full(_) => EventLost::Full,
            TrySendError::Disconnected(_) => EventLost::Broken,
        })
    }

    /// Would a report be taken, as far as one can know? For refusing early.
    ///
    /// # Errors
    /// [`EventLost::Broken`].
    pub fn check(&self) -> Result<(), EventLost> {
        if self.broken.load(Ordering::Relaxed) {
            Err(EventLost::Broken)
        } else {
            Ok(())
        }
    }
}

/// The writer's end.
#[derive(Debug)]
pub struct ReportReceiver {
    queue: Receiver<Report>,
    broken: Arc<AtomicBool>,
}

impl ReportReceiver {
    /// The next report, or `None` when all senders are gone and the queue is empty.
    #[must_use]
    pub fn receive(&self) -> Option<Report> {
        self.queue.recv().ok()
    }

    /// The next report within this time; the error tells a quiet queue from a finished one.
    ///
    /// # Errors
    /// [`RecvTimeoutError`].
    pub fn receive_within(&self, time: Duration) -> Result<Report, RecvTimeoutError> {
        self.queue.recv_timeout(time)
    }

    /// The next report if one waits.
    #[must_use]
    pub fn try_receive(&self) -> Option<Report> {
        self.queue.try_recv().ok()
    }

    /// Tells all shards whether the log can be written.
    pub fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, UnixMicros};

    fn report() -> Report {
        Report::Event(Record {
            time: UnixMicros(0),
            shard: Some(0),
            session: None,
            event: Event::Cancelled { found: false },
        })
    }

    #[test]
    fn a_full_queue_is_an_answer_and_not_a_wait() {
        let (sender, receiver) = reports(2);
        assert_eq!(sender.try_send(report()), Ok(()));
        assert_eq!(sender.try_send(report()), Ok(()));
        assert_eq!(sender.try_send(report()), Err(EventLost::Full));
        assert_eq!(receiver.receive(), Some(report()));
        assert_eq!(sender.try_send(report()), Ok(()));
    }

    #[test]
    fn a_broken_log_takes_nothing_until_it_is_mended() {
        let (sender, receiver) = reports(2);
        receiver.set_broken(true);
        assert_eq!(sender.try_send(report()), Err(EventLost::Broken));
        assert_eq!(sender.check(), Err(EventLost::Broken));
        receiver.set_broken(false);
        assert_eq!(sender.try_send(report()), Ok(()));
    }

    #[test]
    fn a_writer_that_is_gone_is_a_broken_log() {
        let (sender, receiver) = reports(2);
        drop(receiver);
        assert_eq!(sender.try_send(report()), Err(EventLost::Broken));
    }

    #[test]
    fn the_queue_is_emptied_after_the_last_sender_is_gone() {
        let (sender, receiver) = reports(2);
        assert_eq!(sender.try_send(report()), Ok(()));
        drop(sender);
        assert_eq!(receiver.receive(), Some(report()));
        assert_eq!(receiver.receive(), None);
    }
}
