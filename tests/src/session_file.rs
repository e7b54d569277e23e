//! Recorded sessions: what both sides sent, in order, as text that can be read and compared.
//!
//! One line each, bytes escaped as in Rust literals (`\0`, `\n`, `\xff`):
//!
//! ```text
//! parameter DateStyle=ISO, MDY    what the server announced at startup
//! > Q\x00\x00\x00\rselect 1\x00      the client sent this
//! < T...                          the server sent this
//! ! T...                          the server sent this, but only because the gateway had asked
//! ```
//!
//! Consecutive lines of one mark are separate reads. Without rules the gateway asks nothing of its
//! own, so a replay without rules leaves the `!` lines out.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use wiremask_protocols::session::Flow;

use crate::world::World;

/// Who sent a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The client.
    ByClient,
    /// The server, for the client.
    ByServer,
    /// The server, as an answer to the gateway's own question.
    ForGateway,
}

impl Sent {
    const ALL: [(Self, &'static str); 3] = [
        (Self::ByClient, "> "),
        (Self::ByServer, "< "),
        (Self::ForGateway, "! "),
    ];
}

/// One recorded session, without its startup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFile {
    /// Parameters as announced at startup.
    pub parameters: Vec<(Vec<u8>, Vec<u8>)>,
    /// The pieces in order.
    pub pieces: Vec<(Sent, Vec<u8>)>,
}

impl SessionFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or a line is not as the module says.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut file = Self::default();
        for (number, line) in fs::read_to_string(path)?.lines().enumerate() {
            let wrong = || io::Error::other(format!("{}:{}", path.display(), number + 1));
            if let Some(text) = line.strip_prefix("parameter ") {
                let (name, value) = text.split_once('=').ok_or_else(wrong)?;
                let pair = (unescape(name), unescape(value));
                file.parameters
                    .push((pair.0.ok_or_else(wrong)?, pair.1.ok_or_else(wrong)?));
            } else if !line.is_empty() && !line.starts_with('#') {
                let known = Sent::ALL.iter().find(|(_, mark)| line.starts_with(mark));
                let (sent, mark) = known.ok_or_else(wrong)?;
                let bytes = unescape(&line[mark.len()..]).ok_or_else(wrong)?;
                file.pieces.push((*sent, bytes));
            }
        }
        Ok(file)
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.parameters {
            let _ = writeln!(
                out,
                "parameter {}={}",
                name.escape_ascii(),
                value.escape_ascii()
            );
        }
        for (sent, bytes) in &self.pieces {
            let mark = Sent::ALL.iter().find(|(known, _)| known == sent);
            let mark = mark.map_or("", |(_, mark)| mark);
            let _ = writeln!(out, "{mark}{}", bytes.escape_ascii());
        }
        out
    }

    /// All bytes of one kind, in order.
    #[must_use]
    pub fn stream(&self, kinds: &[Sent]) -> Vec<u8> {
        let of_kind = self.pieces.iter().filter(|(sent, _)| kinds.contains(sent));
        of_kind.flat_map(|(_, bytes)| bytes.clone()).collect()
    }
}

/// Feeds a recording to a session, piece by piece; `asks` tells whether the session asks the server
/// questions of its own.
pub fn replay(file: &SessionFile, world: &mut World, asks: bool) {
    for (sent, bytes) in &file.pieces {
        match sent {
            Sent::ByClient => world.feed(Flow::ToUpstream, bytes),
            Sent::ByServer => world.feed(Flow::ToClient, bytes),
            Sent::ForGateway if asks => world.feed(Flow::ToClient, bytes),
            Sent::ForGateway => {}
        }
    }
}

/// The catalog's SQL for each OID of its list alone: what is asked together is no matter of the
/// recording.
#[must_use]
pub fn for_each_oid(sql: &str) -> Vec<String> {
    let list = sql.split_once(" IN (").and_then(|(before, rest)| {
        let (list, after) = rest.split_once(')')?;
        let oids: Vec<&str> = list.split(", ").collect();
        let numbers = oids
            .iter()
            .all(|oid| oid.bytes().all(|b| b.is_ascii_digit()));
        numbers.then_some((before, oids, after))
    });
    match list {
        None => vec![sql.to_owned()],
        Some((before, oids, after)) => oids
            .iter()
            .map(|oid| format!("{before} IN ({oid}){after}"))
            .collect(),
    }
}

/// The bytes of a text that `escape_ascii` made.
#[must_use]
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        match rest {
            [] => return Some(out),
            [b'\\', b'x', high, low, after @ ..] => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                out.push(u8::try_from(digit(high)? * 16 + digit(low)?).ok()?);
                rest = after;
            }
            [b'\\', letter, after @ ..] => {
                out.push(match letter {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'\\' | b'\'' | b'"' => *letter,
                    _ => return None,
                });
                rest = after;
            }
            [b'\\'] => return None,
            [byte, after @ ..] => {
                out.push(*byte);
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_byte_survives_the_text() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unescape(&all.escape_ascii().to_string()).unwrap(), all);
        let file = SessionFile {
            parameters: vec![(b"a".to_vec(), all.clone())],
            pieces: vec![(Sent::ByClient, all.clone()), (Sent::ForGateway, all)],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.session");
        std::fs::write(&path, file.text()).unwrap();
        assert_eq!(SessionFile::read(&path).unwrap(), file);
    }
}
