//! One of the two connections of a session, written to by both flows.
//!
//! The upstream's answers and the gateway's own refusals meet on the client's socket. A *turn* is
//! taken at the moment the session produced the bytes, without waiting in between, and bytes are
//! written in the order of their turns: the order of the advances is the order on the wire.
//!
//! Invariant: `finished <= taken`; the side is settled when they are equal.

use crate::receive::Receiver;
use crate::signal::Signal;
use crate::transport::Transport;
use futures_lite::future::poll_fn;
use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A connection and the order of the writes to it.
pub(crate) struct Side {
    transport: RefCell<Transport>,
    taken: Cell<u64>,
    finished: Signal,
    broken: Cell<bool>,
}

/// The right to write once, behind everything that took its turn earlier.
#[must_use]
pub(crate) struct Turn(u64);

impl Side {
    /// A side nothing was written to yet.
    pub fn new(transport: Transport) -> Self {
        Self {
            transport: RefCell::new(transport),
            taken: Cell::new(0),
            finished: Signal::default(),
            broken: Cell::new(false),
        }
    }

    /// Takes the next turn, if there is anything to write.
    pub fn turn(&self, bytes: &[u8]) -> Option<Turn> {
        if bytes.is_empty() {
            return None;
        }
        Some(Turn(self.taken.replace(self.taken.get() + 1)))
    }

    /// Is everything written that took a turn?
    pub fn settled(&self) -> bool {
        self.finished.count() == self.taken.get()
    }

    /// Did a write fail?
    pub fn is_broken(&self) -> bool {
        self.broken.get()
    }

    /// Ends both directions now.
    pub fn shut(&self) {
        self.transport.borrow_mut().shut();
    }

    /// Receives once; see [`Receiver::poll_receive`].
    pub fn poll_receive(
        &self,
        context: &mut Context<'_>,
        receiver: &mut Receiver,
        need: usize,
    ) -> Poll<io::Result<usize>> {
        let mut transport = self.transport.borrow_mut();
        receiver.poll_receive(context, Pin::new(&mut *transport), need)
    }

    /// Writes all of `bytes` when it is this turn's turn.
    ///
    /// # Errors
    /// Those of the connection; nothing can be written after one.
    pub async fn write(&self, turn: Turn, bytes: &[u8]) -> io::Result<()> {
        self.serve(turn).await?;
        let mut at = 0;
        let result = poll_fn(|cx| {
            let mut transport = self.transport.borrow_mut();
            while at < bytes.len() {
                at += match ready!(transport.poll_write(cx, &bytes[at..]))? {
                    0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    count => count,
                };
            }
            transport.poll_flush(cx)
        });
        let result = result.await;
        self.finish(result)
    }

    /// Says that nothing more will be written.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn close(&self) -> io::Result<()> {
        let turn = Turn(self.taken.replace(self.taken.get() + 1));
        self.serve(turn).await?;
        let result = poll_fn(|cx| self.transport.borrow_mut().poll_close(cx)).await;
        self.finish(result)
    }

    /// Reads and forgets what still comes until the peer closes, at most `limit` bytes: a socket that
    /// is closed with unread input is reset, and the peer could lose our last words.
    pub async fn linger(&self, receiver: &mut Receiver, limit: usize) {
        let mut seen = 0;
        while seen < limit {
            receiver.consume(receiver.len());
            match poll_fn(|cx| self.poll_receive(cx, receiver, 1)).await {
                Ok(count) if count > 0 => seen += count,
                Ok(_) | Err(_) => return,
            }
        }
    }

    async fn serve(&self, turn: Turn) -> io::Result<()> {
        let Turn(number) = turn;
        loop {
            if self.broken.get() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            match self.finished.count() {
                count if count == number => return Ok(()),
                count => self.finished.past(count).await,
            }
        }
    }

    fn finish(&self, result: io::Result<()>) -> io::Result<()> {
        if result.is_err() {
            self.broken.set(true);
        }
        self.finished.raise();
        result
    }
}
