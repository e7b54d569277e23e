//! A byte forwarder on loopback that can cut what it carries into small writes and record it.
//!
//! Two threads per connection; half-closes are passed on. With [`Chunks::Size`] of 1 every byte is
//! its own write with TCP_NODELAY, so that the receiver meets almost every split point.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// How a forwarder cuts what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunks {
    /// As it was received.
    Whole,
    /// Pieces of this many bytes, at least 1.
    Size(usize),
    /// Pieces whose sizes walk through prime numbers from 2 to 8,191.
    Primes,
}

impl Chunks {
    const PRIMES: [usize; 14] = [
        2, 3, 5, 7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191,
    ];

    /// The size of piece `number`.
    #[must_use]
    pub fn size(self, number: usize) -> usize {
        match self {
            Self::Whole => usize::MAX,
            Self::Size(size) => size.max(1),
            Self::Primes => Self::PRIMES[number % Self::PRIMES.len()],
        }
    }
}

impl std::str::FromStr for Chunks {
    type Err = String;

    /// `whole`, `prime`, or a number of bytes.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "whole" => Ok(Self::Whole),
            "prime" => Ok(Self::Primes),
            number => match number.parse() {
                Ok(size) if size > 0 => Ok(Self::Size(size)),
                _ => Err("chunks are `whole`, `prime`, or a positive number of bytes".to_owned()),
            },
        }
    }
}

/// What passed through one connection, in each flow.
#[derive(Clone, Default)]
pub struct Recording {
    flows: Arc<[Mutex<Vec<u8>>; 2]>,
}

impl Recording {
    /// Bytes sent by the client so far.
    #[must_use]
    pub fn to_upstream(&self) -> Vec<u8> {
        locked(&self.flows[0]).clone()
    }

    /// Bytes sent by the server so far.
    #[must_use]
    pub fn to_client(&self) -> Vec<u8> {
        locked(&self.flows[1]).clone()
    }
}

/// A listening forwarder; it stops on drop. Connections that are open then end with their sockets.
pub struct Forwarder {
    address: SocketAddr,
    recordings: Arc<Mutex<Vec<Recording>>>,
    stopping: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl Forwarder {
    /// Listens at `listen` (port 0: any) and carries every connection to `upstream`.
    /// With `record` everything is kept in memory.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn start(
        listen: SocketAddr,
        upstream: SocketAddr,
        chunks: Chunks,
        record: bool,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        let address = listener.local_addr()?;
        let recordings = Arc::new(Mutex::new(Vec::new()));
        let stopping = Arc::new(AtomicBool::new(false));
        let (kept, stop) = (Arc::clone(&recordings), Arc::clone(&stopping));
        let handle = thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if stop.load(Ordering::Acquire) {
                    return;
                }
                let recording = record.then(Recording::default);
                if let Some(recording) = &recording {
                    locked(&kept).push(recording.clone());
                }
                carry(client, upstream, chunks, recording);
            }
        });
        Ok(Self {
            address,
            recordings,
            stopping,
            listener: Some(handle),
        })
    }

    /// Where to connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What passed through each connection so far, in the order of accepting.
    #[must_use]
    pub fn recordings(&self) -> Vec<Recording> {
        locked(&self.recordings).clone()
    }

    /// Blocks until the forwarder ends, which it does not do by itself.
    pub fn join(mut self) {
        if let Some(handle) = self.listener.take() {
            let _ = handle.join();
        }
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Release);
        // Wakes the accepting thread; when this fails the thread is gone already.
        let _ = TcpStream::connect(self.address);
        if let Some(handle) = self.listener.take() {
            let _ = handle.join();
        }
    }
}

/// Two threads that end when their reader does. An upstream that refuses closes the client.
fn carry(client: TcpStream, upstream: SocketAddr, chunks: Chunks, recording: Option<Recording>) {
    thread::spawn(move || {
        let Ok(server) = TcpStream::connect(upstream) else {
            return;
        };
        let pair = (client.try_clone(), server.try_clone());
        let (Ok(client_copy), Ok(server_copy)) = pair else {
            return;
        };
        let other = recording.clone();
        thread::spawn(move || pump(server_copy, client_copy, chunks, other.map(|r| (r, 1))));
        pump(client, server, chunks, recording.map(|r| (r, 0)));
    });
}

fn pump(mut from: TcpStream, mut to: TcpStream, chunks: Chunks, keep: Option<(Recording, usize)>) {
    let _ = to.set_nodelay(true);
    let mut buffer = vec![0; 64 * 1024];
    let mut number = 0;
    loop {
        let size = match from.read(&mut buffer) {
            Ok(size) if size > 0 => size,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            _ => break,
        };
        let mut rest = &buffer[..size];
        if let Some((recording, flow)) = &keep {
            locked(&recording.flows[*flow]).extend_from_slice(rest);
        }
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(chunks.size(number).min(rest.len()));
            number += 1;
            rest = more;
            if to.write_all(piece).is_err() {
                let _ = from.shutdown(Shutdown::Both);
                return;
            }
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Answers every byte with its successor until the client half-closes, then says `end`.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut all = Vec::new();
            socket.read_to_end(&mut all).unwrap();
            all.iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
            all.extend_from_slice(b"end");
            socket.write_all(&all).unwrap();
        });
        address
    }

    #[test]
    fn every_mode_carries_all_bytes_and_half_closes() {
        let sent: Vec<u8> = (0..20_000_u32)
            .map(|number| number.to_le_bytes()[0])
            .collect();
        let mut expected: Vec<u8> = sent.iter().map(|byte| byte.wrapping_add(1)).collect();
        expected.extend_from_slice(b"end");
        for chunks in [
            Chunks::Whole,
            Chunks::Size(1),
            Chunks::Size(7),
            Chunks::Primes,
        ] {
            let any = "127.0.0.1:0".parse().unwrap();
            let forwarder = Forwarder::start(any, echo(), chunks, true).unwrap();
            let mut client = TcpStream::connect(forwarder.address()).unwrap();
            client.write_all(&sent).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let mut received = Vec::new();
            client.read_to_end(&mut received).unwrap();
            assert!(received == expected, "{chunks:?}");
            let recording = forwarder.recordings().pop().unwrap();
            assert!(recording.to_upstream() == sent, "{chunks:?}");
            assert!(recording.to_client() == expected, "{chunks:?}");
        }
    }

    #[test]
    fn chunks_are_read_from_their_names() {
        for (text, expected) in [
            ("whole", Ok(Chunks::Whole)),
            ("prime", Ok(Chunks::Primes)),
            ("1", Ok(Chunks::Size(1))),
        ] {
            assert_eq!(text.parse::<Chunks>(), expected);
        }
        assert!("0".parse::<Chunks>().is_err());
        assert!("many".parse::<Chunks>().is_err());
    }
}
