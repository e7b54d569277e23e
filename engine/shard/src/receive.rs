//! Bytes that were received and are not consumed yet.
//!
//! glommio polls a socket for readiness and then receives into the caller's buffer, so nothing has to
//! be lent to the kernel while nothing comes. A [`Receiver`] therefore takes a buffer from the pool
//! at the moment of receiving and gives it back when it is empty, or when what is left in it is small
//! enough to be set aside. An idle session holds no buffer.
//!
//! Invariants: the unconsumed bytes are `buffer[start..end]`, or `aside` when there is no buffer;
//! `buffer.len() <= max(pool.buffer_size(), 2 * need)`, where `need` is what the session asked for. A
//! buffer above the pool's size grows by doubling as bytes really arrive: it is never sized from what
//! a peer announces.

use crate::pool::Pool;
use futures_lite::AsyncRead;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

/// A message that is begun and whose rest does not come is set aside up to this size, bytes. Above
/// it, copying would cost more than the buffer.
const ASIDE_MAX: usize = 4096;

/// The receiving end of one flow.
pub(crate) struct Receiver {
    pool: Rc<Pool>,
    buffer: Option<Box<[u8]>>,
    start: usize,
    end: usize,
    aside: Vec<u8>,
}

impl Receiver {
    /// An empty one.
    pub fn new(pool: Rc<Pool>) -> Self {
        Self {
            pool,
            buffer: None,
            start: 0,
            end: 0,
            aside: Vec::new(),
        }
    }

    /// What is received and not consumed.
    pub fn unconsumed(&mut self) -> &mut [u8] {
        match &mut self.buffer {
            Some(buffer) => &mut buffer[self.start..self.end],
            None => &mut self.aside,
        }
    }

    /// Number of unconsumed bytes.
    pub fn len(&self) -> usize {
        match self.buffer {
            Some(_) => self.end - self.start,
            None => self.aside.len(),
        }
    }

    /// Releases the first `count` unconsumed bytes.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn consume(&mut self, count: usize) {
        assert!(
            count <= self.len(),
            "a session consumed more than it was given"
        );
        match self.buffer.take() {
            None => drop(self.aside.drain(..count)),
            Some(buffer) => {
                self.start += count;
                if self.start == self.end {
                    self.pool.give_buffer(buffer);
                } else {
                    self.buffer = Some(buffer);
                }
            }
        }
    }

    /// Everything that is unconsumed, leaving this empty.
    pub fn take(&mut self) -> Vec<u8> {
        let bytes = self.unconsumed().to_vec();
        self.consume(bytes.len());
        bytes
    }

    /// Receives once from `source` behind the unconsumed bytes, so that at least `need` of them can
    /// come to lie contiguously. Returns how many bytes came; 0 means that the source is closed.
    ///
    /// # Errors
    /// Those of the source.
    pub fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        source: Pin<&mut impl AsyncRead>,
        need: usize,
    ) -> Poll<io::Result<usize>> {
        let mut buffer = self.buffer_with_room(need);
        match source.poll_read(context, &mut buffer[self.end..]) {
            Poll::Pending => {
                self.set_aside(buffer);
                Poll::Pending
            }
            result => {
                self.buffer = Some(buffer);
                let count = ready!(result)?;
                self.end += count;
                Poll::Ready(Ok(count))
            }
        }
    }

    /// The buffer with the unconsumed bytes at its front and room behind them.
    fn buffer_with_room(&mut self, need: usize) -> Box<[u8]> {
        let Some(mut buffer) = self.buffer.take() else {
            let mut buffer = self.pool.buffer();
            if self.aside.len() >= buffer.len() {
                buffer = grown(self.aside.len(), need);
            }
            buffer[..self.aside.len()].copy_from_slice(&self.aside);
            (self.start, self.end) = (0, self.aside.len());
            self.aside.clear();
            return buffer;
        };
        let left = self.start..self.end;
        if left.len() == buffer.len() {
            let mut larger = grown(buffer.len(), need);
            larger[..buffer.len()].copy_from_slice(&buffer);
            self.pool.give_buffer(buffer);
            return larger;
        }
        (self.start, self.end) = (0, left.len());
        if buffer.len() > self.pool.buffer_size()
            && left.len().max(need) <= self.pool.buffer_size() / 2
        {
            let mut pooled = self.pool.buffer();
            pooled[..left.len()].copy_from_slice(&buffer[left]);
            return pooled;
        }
        buffer.copy_within(left, 0);
        buffer
    }

    /// Nothing comes for now.
    fn set_aside(&mut self, buffer: Box<[u8]>) {
        let left = self.start..self.end;
        if left.len() > ASIDE_MAX {
            self.buffer = Some(buffer);
            return;
        }
        self.aside.extend_from_slice(&buffer[left]);
        self.pool.give_buffer(buffer);
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(buffer) = self.buffer.take() {
            self.pool.give_buffer(buffer);
        }
    }
}

/// A buffer with more room than `full`, and at most twice as much. The last step of a growth takes
/// exactly what is needed.
fn grown(full: usize, need: usize) -> Box<[u8]> {
    let double = full * 2;
    let size = if need < full + full / 8 {
        double
    } else {
        need.min(double)
    };
    vec![0; size].into_boxed_slice()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures_lite::future::{block_on, poll_fn};
    use std::collections::VecDeque;

    /// Gives one chunk per readiness; `None` stands for a moment in which nothing comes.
    struct Script(VecDeque<Option<Vec<u8>>>);

    impl AsyncRead for Script {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _context: &mut Context<'_>,
            buffer: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            match self.0.pop_front() {
                None => Poll::Ready(Ok(0)),
                Some(None) => Poll::Pending,
                Some(Some(mut chunk)) => {
                    let count = chunk.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&chunk[..count]);
                    let rest = chunk.split_off(count);
                    if !rest.is_empty() {
                        self.0.push_front(Some(rest));
                    }
                    Poll::Ready(Ok(count))
                }
            }
        }
    }

    fn receive(receiver: &mut Receiver, script: &mut Script, need: usize) -> Poll<usize> {
        block_on(poll_fn(|cx| {
            Poll::Ready(
                receiver
                    .poll_receive(cx, Pin::new(script), need)
                    .map(Result::unwrap),
            )
        }))
    }

    #[test]
    fn nothing_is_held_while_nothing_comes() {
        let pool = Rc::new(Pool::new(64, 4));
        let mut receiver = Receiver::new(Rc::clone(&pool));
        let mut script = Script([Some(b"abc".to_vec()), None, Some(b"def".to_vec())].into());
        assert_eq!(receive(&mut receiver, &mut script, 1), Poll::Ready(3));
        receiver.consume(1);
        assert_eq!(receive(&mut receiver, &mut script, 6), Poll::Pending);
        assert!(receiver.buffer.is_none());
        assert_eq!(receiver.unconsumed(), b"bc");
        assert_eq!(receive(&mut receiver, &mut script, 6), Poll::Ready(3));
        assert_eq!(receiver.unconsumed(), b"bcdef");
        receiver.consume(5);
        assert!(receiver.buffer.is_none());
        assert_eq!(receive(&mut receiver, &mut script, 1), Poll::Ready(0));
    }

    #[test]
    fn a_large_need_grows_with_what_arrives_and_shrinks_afterwards() {
        let pool = Rc::new(Pool::new(64, 4));
        let mut receiver = Receiver::new(pool);
        let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        let mut script = Script([Some(bytes.clone())].into());
        let mut sizes = Vec::new();
        while receiver.len() < 5_000 {
            let Poll::Ready(_) = receive(&mut receiver, &mut script, 5_000) else {
                panic!("the script never waits");
            };
            sizes.push(receiver.buffer.as_ref().map_or(0, |b| b.len()));
        }
        assert_eq!(sizes, [64, 128, 256, 512, 1024, 2048, 4096, 5000]);
        assert_eq!(receiver.unconsumed(), &bytes[..5_000]);
        receiver.consume(4_990);
        assert_eq!(receive(&mut receiver, &mut script, 1), Poll::Ready(54));
        assert_eq!(receiver.buffer.as_ref().unwrap().len(), 64);
        assert_eq!(receiver.unconsumed(), &bytes[4_990..5_054]);
    }

    #[test]
    fn bytes_survive_every_split_and_every_pause() {
        let bytes: Vec<u8> = (0..=255).cycle().take(700).collect();
        for chunk in 1..70 {
            let script = bytes.chunks(chunk).flat_map(|c| [Some(c.to_vec()), None]);
            let mut script = Script(script.collect());
            let mut receiver = Receiver::new(Rc::new(Pool::new(32, 1)));
            let mut seen = Vec::new();
            loop {
                let before = receiver.len();
                match receive(&mut receiver, &mut script, before + 1) {
                    Poll::Ready(0) => break,
                    Poll::Ready(_) | Poll::Pending => {}
                }
                // Consumes in pieces of 50, so that something is always left over.
                while receiver.len() >= 50 {
                    seen.extend_from_slice(&receiver.unconsumed()[..50]);
                    receiver.consume(50);
                }
            }
            seen.extend_from_slice(receiver.unconsumed());
            assert_eq!(seen, bytes, "chunks of {chunk}");
        }
    }
}
