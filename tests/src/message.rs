//! An independent reader of backend messages: written apart from the gateway's own parser, and strict.
//!
//! Every message is also read by `postgres-protocol`; where the two disagree the bytes are wrong.
//! See <https://www.postgresql.org/docs/current/protocol-message-formats.html>.

use bytes::BytesMut;
use postgres_protocol::message::backend;

/// One complete message of a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The type byte.
    pub tag: u8,
    /// What follows the length.
    pub body: Vec<u8>,
}

impl Message {
    /// The fields of a DataRow, `None` for null.
    ///
    /// # Errors
    /// When this is no DataRow or its lengths do not add up.
    pub fn fields(&self) -> Result<Vec<Option<&[u8]>>, String> {
        self.expect(b'D', "DataRow")?;
        let mut reader = Reader(&self.body);
        let count = reader.u16()?;
        let mut fields = Vec::new();
        for _ in 0..count {
            let length = reader.u32()?.cast_signed();
            fields.push(match length {
                -1 => None,
                _ => {
                    let length = usize::try_from(length)
                        .map_err(|_| format!("field length {length} is negative"))?;
                    Some(reader.take(length)?)
                }
            });
        }
        reader.end()?;
        Ok(fields)
    }

    /// Names of a RowDescription's columns with type OID and format code.
    ///
    /// # Errors
    /// When this is no RowDescription or its lengths do not add up.
    pub fn columns(&self) -> Result<Vec<(String, u32, u16)>, String> {
        self.expect(b'T', "RowDescription")?;
        let mut reader = Reader(&self.body);
        let count = reader.u16()?;
        let mut columns = Vec::new();
        for _ in 0..count {
            let name = String::from_utf8_lossy(reader.text()?).into_owned();
            let (_table, _attribute) = (reader.u32()?, reader.u16()?);
            let kind = reader.u32()?;
            let (_size, _modifier) = (reader.u16()?, reader.u32()?);
            columns.push((name, kind, reader.u16()?));
        }
        reader.end()?;
        Ok(columns)
    }

    /// The field `code` of an ErrorResponse or NoticeResponse, `C` for the SQLSTATE.
    #[must_use]
    pub fn field(&self, code: u8) -> Option<&str> {
        if !matches!(self.tag, b'E' | b'N') {
            return None;
        }
        let mut reader = Reader(&self.body);
        loop {
            let found = reader.u8().ok().filter(|byte| *byte != 0)?;
            let text = reader.text().ok()?;
            if found == code {
                return std::str::from_utf8(text).ok();
            }
        }
    }

    fn expect(&self, tag: u8, name: &str) -> Result<(), String> {
        if self.tag == tag {
            return Ok(());
        }
        Err(format!(
            "expected {name}, read a message of type {:?}",
            char::from(self.tag)
        ))
    }
}

/// Reads one message from the front of `bytes`. `Ok(None)` means that more bytes are needed.
///
/// # Errors
/// When the bytes cannot be a backend message, by this parser or by `postgres-protocol`.
pub fn parse(bytes: &[u8]) -> Result<Option<(Message, usize)>, String> {
    let Some((head, rest)) = bytes.split_first_chunk::<5>() else {
        return Ok(None);
    };
    let tag = head[0];
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    if !b"1239AcCDEGHIKNnRSsTtVvWZd".contains(&tag) {
        return Err(format!("message type {tag:#04x} does not exist"));
    }
    if !(4..=0x7fff_ffff).contains(&length) {
        return Err(format!("message length {length} is outside 4..=2147483647"));
    }
    let body_size = length as usize - 4;
    if rest.len() < body_size {
        return Ok(None);
    }
    let message = Message {
        tag,
        body: rest[..body_size].to_vec(),
    };
    let size = body_size + 5;
    strict(&message)?;
    second_opinion(&bytes[..size])?;
    Ok(Some((message, size)))
}

/// Checks inside the message what the outer frame cannot tell.
fn strict(message: &Message) -> Result<(), String> {
    match message.tag {
        b'D' => message.fields().map(drop),
        b'T' => message.columns().map(drop),
        b'K' if !(8..=260).contains(&message.body.len()) => {
            Err("BackendKeyData with a key outside 4..=256 bytes".to_owned())
        }
        b'Z' if !matches!(message.body[..], [b'I' | b'T' | b'E']) => {
            Err("ReadyForQuery without a transaction status".to_owned())
        }
        b'E' | b'N' => {
            let mut reader = Reader(&message.body);
            while reader.u8()? != 0 {
                reader.text()?;
            }
            reader.end()
        }
        _ => Ok(()),
    }
}

/// What `postgres-protocol` makes of the same bytes. It does not know NegotiateProtocolVersion,
/// FunctionCallResponse, CopyBothResponse and the long cancel keys of protocol 3.2, which stay with
/// the check above.
fn second_opinion(whole: &[u8]) -> Result<(), String> {
    let long_key = whole[0] == b'K' && whole.len() > 13;
    if matches!(whole[0], b'v' | b'V' | b'W') || long_key {
        return Ok(());
    }
    let mut buffer = BytesMut::from(whole);
    match backend::Message::parse(&mut buffer) {
        Ok(Some(_)) if buffer.is_empty() => Ok(()),
        Ok(_) => Err(format!(
            "postgres-protocol left {} bytes of a message",
            buffer.len()
        )),
        Err(error) => Err(format!("postgres-protocol: {error}")),
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, size: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(size).ok_or_else(|| {
            format!(
                "{size} bytes declared, {} left in the message",
                self.0.len()
            )
        })?;
        self.0 = rest;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, String> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn u32(&mut self) -> Result<u32, String> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn text(&mut self) -> Result<&'a [u8], String> {
        let end = self
            .0
            .iter()
            .position(|byte| *byte == 0)
            .ok_or("text without its end")?;
        let text = self.take(end)?;
        self.take(1)?;
        Ok(text)
    }

    fn end(&self) -> Result<(), String> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(format!("{} bytes too many in a message", self.0.len()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[tag], &length.to_be_bytes()[..], body].concat()
    }

    #[test]
    fn a_row_is_read_with_its_nulls() {
        let bytes = frame(b'D', b"\0\x03\0\0\0\x02ab\xff\xff\xff\xff\0\0\0\0");
        let (message, size) = parse(&bytes).unwrap().unwrap();
        assert_eq!(size, bytes.len());
        assert_eq!(
            message.fields().unwrap(),
            [Some(&b"ab"[..]), None, Some(&b""[..])]
        );
    }

    #[test]
    fn a_partial_message_asks_for_more_at_every_split() {
        let bytes = frame(b'D', b"\0\x01\0\0\0\x02ab");
        for end in 0..bytes.len() {
            assert_eq!(parse(&bytes[..end]), Ok(None), "split at {end}");
        }
    }

    #[test]
    fn lying_lengths_are_errors() {
        for (name, bytes) in [
            (
                "field beyond the message",
                frame(b'D', b"\0\x01\0\0\0\x09ab"),
            ),
            (
                "bytes after the last field",
                frame(b'D', b"\0\x01\0\0\0\x01ab"),
            ),
            ("negative field", frame(b'D', b"\0\x01\xff\xff\xff\xfe")),
            ("status missing", frame(b'Z', b"")),
            ("error without end", frame(b'E', b"Mtext\0")),
            ("unknown type", frame(b'!', b"")),
            ("length below four", vec![b'Z', 0, 0, 0, 3]),
        ] {
            assert!(parse(&bytes).is_err(), "{name}");
        }
    }

    #[test]
    fn error_fields_are_found_by_their_code() {
        let (message, _) = parse(&frame(b'E', b"SERROR\0C42P01\0Mno such\0\0"))
            .unwrap()
            .unwrap();
        assert_eq!(message.field(b'C'), Some("42P01"));
        assert_eq!(message.field(b'D'), None);
    }
}
