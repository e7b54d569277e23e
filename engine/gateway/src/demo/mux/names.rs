//! Statement names: each session sees its own, although all share one server session.
//!
//! One session at a time is *plain*: its names are passed on as they are, so that SQL which mentions them
//! (`DEALLOCATE s1`) works. The others get a prefix. The unnamed statement becomes a named one for everybody,
//! because any simple query of any session would drop it.

use super::frame::Frame;

/// The names of one session.
#[derive(Debug)]
pub struct Names {
    prefix: String,
    unnamed: Vec<u8>,
    /// Statements that exist on the server, by their server name.
    alive: Vec<Vec<u8>>,
}

impl Names {
    /// Names of session `id`; `plain` passes them on unchanged.
    pub fn new(id: u64, plain: bool) -> Names {
        let prefix = if plain {
            String::new()
        } else {
            format!("wm{id}_")
        };
        Names {
            prefix,
            unnamed: format!("wm{id}_unnamed").into_bytes(),
            alive: Vec::new(),
        }
    }

    /// Statements to close when the session ends.
    pub fn alive(&self) -> &[Vec<u8>] {
        &self.alive
    }

    /// Rewrites the statement name of one message. Returns the frames to send instead: the message itself, and
    /// before a Parse of the unnamed statement the Close of its predecessor, whose answer must be swallowed.
    /// `None`: the message is malformed.
    pub fn translate(&mut self, frame: Frame) -> Option<(Option<Frame>, Frame)> {
        let at = match frame.tag {
            b'P' => 0,
            b'B' => frame.string(0)?.1,
            b'D' | b'C' if frame.body.first() == Some(&b'S') => 1,
            _ => return Some((None, frame)),
        };
        let (name, behind) = frame.string(at)?;
        let server_name = self.server_name(name);
        let mut body = frame.body[..at].to_vec();
        body.extend_from_slice(&server_name);
        body.push(0);
        body.extend_from_slice(&frame.body[behind..]);
        let predecessor =
            (frame.tag == b'P' && name.is_empty()).then(|| close_statement(&server_name));
        match frame.tag {
            b'P' if !self.alive.contains(&server_name) => self.alive.push(server_name),
            b'C' => self.alive.retain(|alive| *alive != server_name),
            _ => {}
        }
        Some((predecessor, Frame::new(frame.tag, body)))
    }

    fn server_name(&self, name: &[u8]) -> Vec<u8> {
        if name.is_empty() {
            return self.unnamed.clone();
        }
        [self.prefix.as_bytes(), name].concat()
    }
}

/// Close of a prepared statement. Closing one that does not exist is no error.
pub fn close_statement(name: &[u8]) -> Frame {
    Frame::new(b'C', [b"S", name, b"\0"].concat())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn frame(tag: u8, body: &[u8]) -> Frame {
        Frame::new(tag, body)
    }

    #[test]
    fn names_get_the_prefix_of_their_session() {
        let mut names = Names::new(7, false);
        let cases: [(u8, &[u8], &[u8]); 5] = [
            (b'P', b"s1\0select 1\0\0\0", b"wm7_s1\0select 1\0\0\0"),
            (b'B', b"portal\0s1\0\0\0", b"portal\0wm7_s1\0\0\0"),
            (b'D', b"Ss1\0", b"Swm7_s1\0"),
            (b'D', b"Pportal\0", b"Pportal\0"),
            (b'E', b"portal\0\0\0\0\0", b"portal\0\0\0\0\0"),
        ];
        for (tag, body, expected) in cases {
            assert_eq!(
                names.translate(frame(tag, body)).unwrap(),
                (None, frame(tag, expected))
            );
        }
        assert_eq!(names.alive(), [b"wm7_s1".to_vec()]);
        names.translate(frame(b'C', b"Ss1\0")).unwrap();
        assert!(names.alive().is_empty());
    }

    #[test]
    fn a_plain_session_keeps_its_names_except_the_unnamed_one() {
        let mut names = Names::new(3, true);
        let named = frame(b'P', b"s1\0select 1\0\0\0");
        assert_eq!(names.translate(named.clone()).unwrap(), (None, named));
        let (predecessor, parse) = names.translate(frame(b'P', b"\0select 2\0\0\0")).unwrap();
        assert_eq!(predecessor, Some(frame(b'C', b"Swm3_unnamed\0")));
        assert_eq!(parse, frame(b'P', b"wm3_unnamed\0select 2\0\0\0"));
        assert_eq!(
            names.translate(frame(b'B', b"\0\0\0\0")).unwrap().1,
            frame(b'B', b"\0wm3_unnamed\0\0\0")
        );
    }

    #[test]
    fn a_name_without_its_end_is_malformed() {
        let mut names = Names::new(1, true);
        for (tag, body) in [(b'P', b"s1".as_slice()), (b'B', b"p\0s"), (b'D', b"Ss1")] {
            assert_eq!(names.translate(frame(tag, body)), None);
        }
    }
}
