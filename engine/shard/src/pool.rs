//! What sessions of one shard borrow while they have something to do.
//!
//! An idle session owns neither a receive buffer nor output vectors: both are taken here when bytes
//! are there and given back when they are written. The pool works as a stack, so that a shard that
//! serves one busy session after the other touches the same, cached memory.

use std::cell::RefCell;
use wiremask_protocols::wire::Tx;

/// Buffers and outputs for reuse. Single-threaded.
pub(crate) struct Pool {
    buffer_size: usize,
    kept: usize,
    buffers: RefCell<Vec<Box<[u8]>>>,
    outputs: RefCell<Vec<Tx>>,
}

impl Pool {
    /// A pool for buffers of `buffer_size` bytes that keeps at most `kept` of them, and as many outputs.
    pub fn new(buffer_size: usize, kept: usize) -> Self {
        Self {
            buffer_size,
            kept,
            buffers: RefCell::default(),
            outputs: RefCell::default(),
        }
    }

    /// Bytes of a pooled buffer.
    pub fn buffer_size(&self) -> usize {
        self.buffer_size
    }

    /// A buffer of [`Pool::buffer_size`] bytes with arbitrary old content: whoever takes it looks only
    /// at what was received into it.
    pub fn buffer(&self) -> Box<[u8]> {
        let kept = self.buffers.borrow_mut().pop();
        kept.unwrap_or_else(|| vec![0; self.buffer_size].into_boxed_slice())
    }

    /// Takes a buffer back. One of another size is freed.
    pub fn give_buffer(&self, buffer: Box<[u8]>) {
        let mut buffers = self.buffers.borrow_mut();
        if buffer.len() == self.buffer_size && buffers.len() < self.kept {
            buffers.push(buffer);
        }
    }

    /// An empty output.
    pub fn output(&self) -> Tx {
        self.outputs.borrow_mut().pop().unwrap_or_default()
    }

    /// Takes an output back and forgets what it held.
    pub fn give_output(&self, mut output: Tx) {
        let mut outputs = self.outputs.borrow_mut();
        if outputs.len() < self.kept {
            output.clear();
            outputs.push(output);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_buffer_given_is_the_next_one_taken() {
        let pool = Pool::new(64, 2);
        let (a, b) = (pool.buffer(), pool.buffer());
        let (a_at, b_at) = (a.as_ptr(), b.as_ptr());
        pool.give_buffer(a);
        pool.give_buffer(b);
        let (first, second) = (pool.buffer(), pool.buffer());
        assert_eq!((first.as_ptr(), second.as_ptr()), (b_at, a_at));
    }

    #[test]
    fn no_more_than_so_many_are_kept_and_none_of_another_size() {
        let pool = Pool::new(64, 1);
        pool.give_buffer(vec![0; 65].into_boxed_slice());
        assert!(pool.buffers.borrow().is_empty());
        pool.give_buffer(vec![0; 64].into_boxed_slice());
        pool.give_buffer(vec![0; 64].into_boxed_slice());
        assert_eq!(pool.buffers.borrow().len(), 1);
    }

    #[test]
    fn an_output_comes_back_empty() {
        let pool = Pool::new(64, 1);
        let mut output = pool.output();
        output.onward.write(&[]).extend_from_slice(b"secret");
        output.reply.extend_from_slice(b"secret");
        pool.give_output(output);
        let mut output = pool.output();
        assert!(output.forward(&[]).is_empty() && output.reply().is_empty());
    }
}
