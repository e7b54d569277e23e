//! What the upstream still owes the client, in order.
//!
//! Each message that the upstream answers leaves an entry here when it is forwarded. Answers are
//! matched with the front entry; what a statement or portal *is* changes only when the upstream has
//! confirmed it, so a failed Parse cannot replace what an earlier one established.

use crate::session::Denial;
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

/// A statement or portal name. The empty one, which is the common case, allocates nothing.
///
/// Its bytes are nowhere, and comparing bytes that are nowhere is slow: `memcmp` with AVX-512 loads none of
/// them under a mask, and the processor takes a hundred nanoseconds to find out that it may.
#[derive(Clone, Debug, Eq)]
pub(super) struct Name(Box<[u8]>);

impl Name {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for Name {
    fn from(name: &[u8]) -> Name {
        Name(name.into())
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.0.len() == other.0.len() && (self.0.is_empty() || self.0 == other.0)
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.hash(hasher);
    }
}

/// One expected answer.
#[derive(Debug)]
pub(super) enum Pending<F> {
    Parse {
        name: Name,
        facts: F,
    },
    Bind {
        portal: Name,
        statement: Name,
    },
    DescribeStatement {
        name: Name,
    },
    /// `injected`: the session asked for it, the client does not see the answer.
    DescribePortal {
        portal: Name,
        injected: bool,
    },
    Execute {
        portal: Name,
    },
    Close {
        kind: u8,
        name: Name,
    },
    /// `copies`: copies out that this text has started so far.
    Query {
        facts: F,
        copies: usize,
    },
    FunctionCall,
    Sync,
    /// The client ended a copy in. Answered only as part of the command that started the copy.
    CopyEnd,
    /// Answered by the gateway. `ready`: followed by ReadyForQuery, else the client skips to Sync.
    Refused {
        denial: Denial,
        ready: bool,
    },
}

impl<F> Pending<F> {
    /// After an error, does the upstream skip to the next Sync?
    pub fn skips_to_sync(&self) -> bool {
        match self {
            Self::Parse { .. }
            | Self::Bind { .. }
            | Self::DescribeStatement { .. }
            | Self::DescribePortal { .. }
            | Self::Execute { .. }
            | Self::Close { .. } => true,
            Self::Query { .. }
            | Self::FunctionCall
            | Self::Sync
            | Self::CopyEnd
            | Self::Refused { .. } => false,
        }
    }
}

/// The queue of expected answers.
#[derive(Debug)]
pub(super) struct Queue<F> {
    entries: VecDeque<Pending<F>>,
}

impl<F> Queue<F> {
    pub fn new() -> Self {
        Self {
            entries: VecDeque::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn push(&mut self, entry: Pending<F>) {
        self.entries.push_back(entry);
    }

    /// The entries, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Pending<F>> {
        self.entries.iter().rev()
    }

    /// The entry that the next answer belongs to. A copy end that nobody waits for is ignored by the
    /// upstream and so by us.
    pub fn front(&mut self) -> Option<&mut Pending<F>> {
        while let Some(Pending::CopyEnd) = self.entries.front() {
            self.entries.pop_front();
        }
        self.entries.front_mut()
    }

    pub fn pop(&mut self) -> Option<Pending<F>> {
        let entry = self.entries.pop_front();
        if self.entries.is_empty() && self.entries.capacity() > 64 {
            self.entries.shrink_to(16); // a burst does not pin memory to an idle session
        }
        entry
    }

    /// Has the client sent a Sync behind what is outstanding?
    pub fn has_sync(&self) -> bool {
        self.entries
            .iter()
            .any(|entry| matches!(entry, Pending::Sync))
    }

    /// Drops everything before the next Sync. False if there is none yet.
    pub fn skip_to_sync(&mut self) -> bool {
        while let Some(entry) = self.entries.front() {
            if let Pending::Sync = entry {
                return true;
            }
            self.entries.pop_front();
        }
        false
    }

    /// A copy in has started on the front entry: the upstream ignores the Syncs that the client sent
    /// before the end of the copy. Returns whether the client has ended the copy already, or the
    /// type of entry that has no place inside a copy.
    pub fn begin_copy_in(&mut self) -> Result<bool, ()> {
        while let Some(entry) = self.entries.get(1) {
            let ended = match entry {
                Pending::Sync => false,
                Pending::CopyEnd => true,
                _ => return Err(()),
            };
            self.entries.remove(1);
            if ended {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn syncs_before_the_end_of_a_copy_are_ignored() {
        let mut queue = Queue::<()>::new();
        for entry in [
            Pending::Execute {
                portal: Name::from(&b""[..]),
            },
            Pending::Sync,
            Pending::CopyEnd,
            Pending::Sync,
        ] {
            queue.push(entry);
        }
        assert_eq!(queue.begin_copy_in(), Ok(true));
        assert!(matches!(queue.pop().unwrap(), Pending::Execute { .. }));
        assert!(matches!(queue.pop().unwrap(), Pending::Sync));
        assert!(queue.is_empty());
    }

    #[test]
    fn a_stray_copy_end_is_no_answer() {
        let mut queue = Queue::<()>::new();
        queue.push(Pending::CopyEnd);
        queue.push(Pending::Sync);
        assert!(matches!(queue.front(), Some(Pending::Sync)));
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn skipping_stops_at_the_next_sync() {
        let mut queue = Queue::<()>::new();
        queue.push(Pending::Query {
            facts: (),
            copies: 0,
        });
        queue.push(Pending::Sync);
        queue.push(Pending::FunctionCall);
        assert!(queue.skip_to_sync());
        assert_eq!(queue.len(), 2);
        queue.pop();
        assert!(!queue.skip_to_sync());
    }
}
