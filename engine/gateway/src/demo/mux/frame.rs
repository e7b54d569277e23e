//! Protocol units as the multiplexer needs them: read one, take its names apart, write a few.
//!
//! This is the demo's own small reader over blocking sockets. It relays sample data between the embedded
//! server and the gateway and is no part of the gateway.
//! <https://www.postgresql.org/docs/17/protocol-message-formats.html>

use std::io::{self, Read};

/// Longest message either side may send, in bytes. The embedded server is a 32-bit program; larger values
/// do not fit into it anyway.
pub const MESSAGE_SIZE_MAX: usize = 64 << 20;

/// Longest startup packet, in bytes: the limit of PostgreSQL itself (`MAX_STARTUP_PACKET_LENGTH`).
const STARTUP_SIZE_MAX: usize = 10_000;

/// A message after the startup: its tag and everything behind its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// First byte of the message.
    pub tag: u8,
    /// Payload without tag and length.
    pub body: Vec<u8>,
}

/// The first packet of a connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Opening {
    /// SSLRequest or GSSENCRequest: answered with one byte, then another opening follows.
    Encryption,
    /// CancelRequest: the embedded server cannot cancel.
    Cancel,
    /// StartupMessage of protocol 3: its minor version and its parameters.
    Startup {
        /// Minor protocol version that was asked for.
        minor: u16,
        /// Names and values in their order.
        parameters: Vec<(String, String)>,
    },
}

impl Frame {
    /// A message with `tag` and `body`.
    pub fn new(tag: u8, body: impl Into<Vec<u8>>) -> Frame {
        Frame {
            tag,
            body: body.into(),
        }
    }

    /// Reads one message. `None`: the peer closed the connection between two messages.
    pub fn read(stream: &mut impl Read) -> io::Result<Option<Frame>> {
        let mut head = [0; 5];
        if stream.read(&mut head[..1])? == 0 {
            return Ok(None);
        }
        stream.read_exact(&mut head[1..])?;
        let len = body_len(&head[1..], MESSAGE_SIZE_MAX)?;
        let mut body = Vec::new();
        // Grows with what arrives and not with what the length claims.
        if stream.take(len as u64).read_to_end(&mut body)? < len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some(Frame { tag: head[0], body }))
    }

    /// Appends the message to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(self.tag);
        let len = u32::try_from(self.body.len() + 4).unwrap_or(u32::MAX);
        out.extend_from_slice(&len.to_be_bytes());
        out.extend_from_slice(&self.body);
    }

    /// The NUL-terminated string at `from` and the offset behind it.
    pub fn string(&self, from: usize) -> Option<(&[u8], usize)> {
        let rest = self.body.get(from..)?;
        let len = rest.iter().position(|byte| *byte == 0)?;
        Some((&rest[..len], from + len + 1))
    }
}

/// Reads the first packet of a connection.
pub fn read_opening(stream: &mut impl Read) -> io::Result<Opening> {
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    let len = body_len(&head, STARTUP_SIZE_MAX)?;
    let mut body = vec![0; len];
    stream.read_exact(&mut body)?;
    let (code, rest) = body
        .split_first_chunk::<4>()
        .ok_or_else(|| malformed("startup packet is too short"))?;
    match u32::from_be_bytes(*code) {
        80_877_103 | 80_877_104 => Ok(Opening::Encryption),
        80_877_102 => Ok(Opening::Cancel),
        version if version >> 16 == 3 => {
            let mut strings = rest
                .split(|byte| *byte == 0)
                .map(|text| String::from_utf8_lossy(text).into_owned());
            let mut parameters = Vec::new();
            while let Some(name) = strings.next().filter(|name| !name.is_empty()) {
                parameters.push((name, strings.next().unwrap_or_default()));
            }
            Ok(Opening::Startup {
                minor: u16::try_from(version & 0xFFFF).unwrap_or(0),
                parameters,
            })
        }
        _ => Err(malformed("unknown startup packet")),
    }
}

/// An ErrorResponse with the fields that every client expects.
pub fn error(severity: &str, sqlstate: &str, message: &str) -> Frame {
    let mut body = Vec::new();
    for (field, text) in [
        (b'S', severity),
        (b'V', severity),
        (b'C', sqlstate),
        (b'M', message),
    ] {
        body.push(field);
        body.extend_from_slice(text.as_bytes());
        body.push(0);
    }
    body.push(0);
    Frame::new(b'E', body)
}

/// An error of the connection itself.
pub fn malformed(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn body_len(head: &[u8], limit: usize) -> io::Result<usize> {
    let len = <[u8; 4]>::try_from(head)
        .map(u32::from_be_bytes)
        .map_err(|_| malformed("message has no length"))?;
    (len as usize)
        .checked_sub(4)
        .filter(|len| *len <= limit)
        .ok_or_else(|| malformed("message length is out of bounds"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_frame_survives_writing_and_reading() {
        let frame = Frame::new(b'Q', *b"select 1\0");
        let mut bytes = Vec::new();
        frame.write(&mut bytes);
        assert_eq!(Frame::read(&mut bytes.as_slice()).unwrap(), Some(frame));
        assert_eq!(Frame::read(&mut [].as_slice()).unwrap(), None);
        assert!(Frame::read(&mut &bytes[..7]).is_err());
    }

    #[test]
    fn lengths_out_of_bounds_are_refused() {
        for len in [0_u32, 3, 0x7FFF_FFFF, u32::MAX] {
            let mut bytes = vec![b'Q'];
            bytes.extend_from_slice(&len.to_be_bytes());
            assert!(Frame::read(&mut bytes.as_slice()).is_err(), "{len}");
            assert!(read_opening(&mut &bytes[1..]).is_err(), "{len}");
        }
    }

    #[test]
    fn openings_are_told_apart() {
        let packet = |code: u32, rest: &[u8]| {
            let mut bytes = u32::try_from(rest.len() + 8)
                .unwrap()
                .to_be_bytes()
                .to_vec();
            bytes.extend_from_slice(&code.to_be_bytes());
            bytes.extend_from_slice(rest);
            bytes
        };
        let open = |bytes: Vec<u8>| read_opening(&mut bytes.as_slice());
        assert_eq!(open(packet(80_877_103, b"")).unwrap(), Opening::Encryption);
        assert_eq!(open(packet(80_877_102, &[0; 8])).unwrap(), Opening::Cancel);
        let parameters = vec![
            ("user".to_owned(), "agent".to_owned()),
            ("options".to_owned(), String::new()),
        ];
        assert_eq!(
            open(packet(0x0003_0002, b"user\0agent\0options\0\0\0")).unwrap(),
            Opening::Startup {
                minor: 2,
                parameters
            }
        );
        assert!(open(packet(0x0002_0000, b"")).is_err());
    }
}
