//! json and jsonb: every string, number, boolean and object key is a leaf.
//!
//! The document is walked with an explicit stack, so its depth costs memory (bounded by
//! [`JSON_DEPTH_MAX`]) and never the thread's stack. What is not changed stays byte for byte, white
//! space and escapes included. A value that becomes NULL is `null`; a key becomes the empty key.
//!
//! <https://www.rfc-editor.org/rfc/rfc8259>; jsonb in binary is a version byte 1 and the text.

use std::ops::Range;

use super::leaf::make_text;
use super::scalar::{Masked, Scalar};
use super::scratch::Splice;
use super::walk::{TextAnswer, Walker};
use super::{JSON_DEPTH_MAX, LeafMasker, LeafSite, Rewritten, Undecodable, json_string, numeric};

/// A number with an exponent is expanded to at most this many digits before it is given to the
/// masker (float8 needs 325); a longer one is given as text.
const EXPANDED_MAX: usize = 400;

/// The way from the root of a document to a place in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    frames: &'a [Frame],
    keys: &'a [u8],
}

/// One step of the way to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The member of an object with this key, without escapes.
    Key(&'a [u8]),
    /// An element of an array, counted from 0.
    Index(u32),
}

impl<'a> Place<'a> {
    /// The steps, from the root.
    pub fn steps(self) -> impl Iterator<Item = Step<'a>> + Clone {
        let Place { frames, keys } = self;
        frames.iter().map(move |frame| match frame.object {
            true => Step::Key(&keys[frame.key_start..frame.key_end]),
            false => Step::Index(frame.index),
        })
    }
}

/// An array or object that is open. The key that names it lies in the key buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    object: bool,
    /// Of the element of an array that is being read.
    index: u32,
    /// Is there a key yet, its own or that of an object around?
    keyed: bool,
    key_start: usize,
    key_end: usize,
}

/// What a document is walked with, apart from the walker itself.
struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    splice: Splice<'a>,
    stack: Vec<Frame>,
    /// Decoded keys of the open objects, one behind the other.
    keys: Vec<u8>,
    decoded: Vec<u8>,
    answer: Vec<u8>,
}

pub(super) fn rewrite<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let mut walk = Walk {
        text: value,
        at: 0,
        splice: Splice::new(value, out),
        stack: walker.scratch.take_json(),
        keys: walker.scratch.take(),
        decoded: walker.scratch.take(),
        answer: walker.scratch.take(),
    };
    walk.document(walker, site, out)?;
    walker.scratch.put(walk.answer);
    walker.scratch.put(walk.decoded);
    walker.scratch.put(walk.keys);
    walker.scratch.put_json(walk.stack);
    Ok(if walk.splice.finish(out) {
        Rewritten::Changed
    } else {
        Rewritten::Unchanged
    })
}

/// jsonb in binary.
pub(super) fn rewrite_versioned<M: LeafMasker>(
    walker: &mut Walker<'_, M>,
    site: LeafSite<'_>,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<Rewritten, Undecodable> {
    let [version @ 1, text @ ..] = value else {
        return Err(Undecodable::Version);
    };
    out.push(*version);
    rewrite(walker, site, text, out)
}

impl Walk<'_> {
    fn document<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        site: LeafSite<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Undecodable> {
        loop {
            // A value begins here. An opened container that is not empty comes back for its first.
            self.skip_space();
            match self.peek()? {
                open @ (b'{' | b'[') => {
                    self.open(open == b'{')?;
                    if !self.closes()? {
                        self.key_if_object(walker, site, out)?;
                        continue;
                    }
                }
                b'"' => self.string(walker, site, out)?,
                b'-' | b'0'..=b'9' => self.number(walker, site, out)?,
                b't' => self.word(walker, site, b"true", Some(true), out)?,
                b'f' => self.word(walker, site, b"false", Some(false), out)?,
                b'n' => self.word(walker, site, b"null", None, out)?,
                _ => return Err(Undecodable::Json),
            }
            // A value ends here, and with it any number of containers.
            loop {
                self.skip_space();
                if self.stack.is_empty() {
                    return if self.at == self.text.len() {
                        Ok(())
                    } else {
                        Err(Undecodable::Json)
                    };
                }
                if !self.closes()? {
                    break;
                }
            }
            if self.peek()? != b',' {
                return Err(Undecodable::Json);
            }
            self.at += 1;
            if let Some(frame) = self.stack.last_mut() {
                frame.index = frame.index.saturating_add(1);
            }
            self.skip_space();
            self.key_if_object(walker, site, out)?;
        }
    }

    fn open(&mut self, object: bool) -> Result<(), Undecodable> {
        if self.stack.len() == usize::from(JSON_DEPTH_MAX) {
            return Err(Undecodable::Depth);
        }
        // An array is named by the key of the object around it; so is an object, until its own.
        let outer = Frame {
            object,
            index: 0,
            keyed: false,
            key_start: 0,
            key_end: 0,
        };
        let named = self.stack.last().map_or(outer, |frame| Frame {
            object,
            index: 0,
            ..*frame
        });
        self.stack.push(named);
        self.at += 1;
        Ok(())
    }

    /// Closes the innermost container if its bracket is next.
    #[inline]
    fn closes(&mut self) -> Result<bool, Undecodable> {
        self.skip_space();
        let close = match self.stack.last() {
            Some(Frame { object: true, .. }) => b'}',
            _ => b']',
        };
        if self.peek()? != close {
            return Ok(false);
        }
        self.at += 1;
        self.stack.pop();
        Ok(true)
    }

    /// Reads `"key":` if the innermost container is an object.
    fn key_if_object<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        site: LeafSite<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Undecodable> {
        if !self.stack.last().is_some_and(|frame| frame.object) {
            return Ok(());
        }
        self.skip_space();
        if self.peek()? != b'"' {
            return Err(Undecodable::Json);
        }
        let token = self.read_string()?;
        // The key around this object is that of the frame below.
        let (_, below) = self.stack.split_last().ok_or(Undecodable::Json)?;
        let key_start = below.last().map_or(0, |frame| frame.key_end);
        let depth = self.stack.len();
        let site = leaf_site(
            below,
            &self.keys,
            LeafSite {
                is_key: true,
                ..site
            },
            depth,
        );
        let key = content(self.text, &self.decoded, &token);
        match walker.text(site, key, &mut self.answer) {
            TextAnswer::Keep => {}
            TextAnswer::Replace => {
                self.splice.cut(token.content.clone(), out);
                json_string::escape(&self.answer, out);
            }
            TextAnswer::Null => self.splice.cut(token.content.clone(), out),
        }
        self.keys.truncate(key_start);
        self.keys.extend_from_slice(key);
        if let Some(frame) = self.stack.last_mut() {
            *frame = Frame {
                object: true,
                index: frame.index,
                keyed: true,
                key_start,
                key_end: self.keys.len(),
            };
        }
        self.skip_space();
        if self.peek()? != b':' {
            return Err(Undecodable::Json);
        }
        self.at += 1;
        Ok(())
    }

    fn string<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        site: LeafSite<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Undecodable> {
        let token = self.read_string()?;
        let site = leaf_site(&self.stack, &self.keys, site, self.stack.len());
        let text = content(self.text, &self.decoded, &token);
        match walker.text(site, text, &mut self.answer) {
            TextAnswer::Keep => {}
            TextAnswer::Replace => {
                self.splice.cut(token.content, out);
                json_string::escape(&self.answer, out);
            }
            TextAnswer::Null => {
                self.splice
                    .cut(token.content.start - 1..token.content.end + 1, out);
                out.extend_from_slice(b"null");
            }
        }
        Ok(())
    }

    fn number<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        site: LeafSite<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Undecodable> {
        let start = self.at;
        let rest = &self.text[start..];
        let part_of_number = |b: &&u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let token = &rest[..rest.iter().take_while(part_of_number).count()];
        self.at += token.len();
        self.decoded.clear();
        let expanded = expand(token, &mut self.decoded).ok_or(Undecodable::Json)?;
        let leaf = match expanded {
            Expanded::Plain => numeric::check(token),
            Expanded::Decoded => numeric::check(&self.decoded),
            Expanded::TooLong => None,
        };
        let leaf = leaf.map_or(Scalar::Text(token), Scalar::Numeric);
        let site = leaf_site(&self.stack, &self.keys, site, self.stack.len());
        self.answer.clear();
        let answer = walker.masker.leaf(site, leaf, &mut self.answer);
        if answer == Masked::Keep {
            return Ok(());
        }
        self.splice.cut(start..self.at, out);
        let given = answer == Masked::Out;
        match leaf {
            Scalar::Numeric(_) if given && numeric::write_finite(&self.answer, out) => {}
            Scalar::Text(_) if given && make_text(walker.encoding, &mut self.answer, 0) => {
                out.push(b'"');
                json_string::escape(&self.answer, out);
                out.push(b'"');
            }
            _ => out.extend_from_slice(b"null"),
        }
        Ok(())
    }

    /// `true`, `false`, or `null`, which is no leaf.
    fn word<M: LeafMasker>(
        &mut self,
        walker: &mut Walker<'_, M>,
        site: LeafSite<'_>,
        word: &[u8],
        value: Option<bool>,
        out: &mut Vec<u8>,
    ) -> Result<(), Undecodable> {
        let start = self.at;
        if !self.text[start..].starts_with(word) {
            return Err(Undecodable::Json);
        }
        self.at += word.len();
        let Some(value) = value else { return Ok(()) };
        let site = leaf_site(&self.stack, &self.keys, site, self.stack.len());
        self.answer.clear();
        let new: &[u8] = match walker
            .masker
            .leaf(site, Scalar::Bool(value), &mut self.answer)
        {
            Masked::Keep => return Ok(()),
            Masked::Bool(true) => b"true",
            Masked::Bool(false) => b"false",
            _ => b"null",
        };
        self.splice.cut(start..self.at, out);
        out.extend_from_slice(new);
        Ok(())
    }

    /// Reads the string whose opening quote is next.
    #[inline]
    fn read_string(&mut self) -> Result<StringToken, Undecodable> {
        let start = self.at + 1;
        let (end, escaped) = json_string::end(self.text, start).ok_or(Undecodable::Json)?;
        self.at = end + 1;
        if escaped {
            self.decoded.clear();
            json_string::decode(&self.text[start..end], &mut self.decoded)
                .ok_or(Undecodable::Json)?;
        }
        Ok(StringToken {
            content: start..end,
            escaped,
        })
    }

    #[inline]
    fn peek(&self) -> Result<u8, Undecodable> {
        self.text.get(self.at).copied().ok_or(Undecodable::Json)
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
    }
}

/// A string: its content lies in the text, or decoded in the buffer for that if it is escaped.
struct StringToken {
    content: Range<usize>,
    escaped: bool,
}

#[inline]
fn content<'t>(text: &'t [u8], decoded: &'t [u8], token: &StringToken) -> &'t [u8] {
    if token.escaped {
        decoded
    } else {
        &text[token.content.clone()]
    }
}

/// The site of a leaf named by the innermost of `frames`, in so many open containers.
#[inline]
fn leaf_site<'k>(
    frames: &'k [Frame],
    keys: &'k [u8],
    outer: LeafSite<'k>,
    depth: usize,
) -> LeafSite<'k> {
    let named = frames.last().filter(|frame| frame.keyed);
    let key = named.map(|frame| &keys[frame.key_start..frame.key_end]);
    LeafSite {
        key: key.or(outer.key),
        place: Place { frames, keys },
        ..outer
    }
    .deeper(depth)
}

/// What is to be given for a number.
enum Expanded {
    /// The number as it is: it has no exponent.
    Plain,
    /// The decimal text that was appended.
    Decoded,
    /// The number as text.
    TooLong,
}

/// Appends a number with an exponent as plain decimals. `None` if it is not a JSON number.
fn expand(token: &[u8], out: &mut Vec<u8>) -> Option<Expanded> {
    let mut scan = super::calendar::Scan(token);
    let negative = scan.eat(b'-');
    let integer = scan.digits();
    if integer.is_empty() || (integer.len() > 1 && integer[0] == b'0') {
        return None;
    }
    let mut fraction: &[u8] = &[];
    if scan.eat(b'.') {
        fraction = scan.digits();
        if fraction.is_empty() {
            return None;
        }
    }
    if scan.is_empty() {
        return Some(Expanded::Plain);
    }
    if !scan.eat(b'e') {
        scan.expect(b'E')?;
    }
    let exponent_negative = scan.sign() == Some(true);
    let digits = scan.digits();
    if digits.is_empty() || !scan.is_empty() {
        return None;
    }
    let exponent = super::calendar::number(digits).and_then(|e| usize::try_from(e).ok());
    let exponent = exponent.filter(|e| e + integer.len() + fraction.len() <= EXPANDED_MAX);
    let Some(exponent) = exponent else {
        return Some(Expanded::TooLong);
    };
    // Digits of the whole number, and how many of them stand before the point.
    let point = if exponent_negative {
        integer.len() as i64 - exponent as i64
    } else {
        (integer.len() + exponent) as i64
    };
    let digit = |at: i64| match usize::try_from(at) {
        Ok(at) if at < integer.len() => integer[at],
        Ok(at) => fraction.get(at - integer.len()).copied().unwrap_or(b'0'),
        Err(_) => b'0',
    };
    if negative {
        out.push(b'-');
    }
    let first = (0..point).find(|&at| digit(at) != b'0').unwrap_or(point);
    if first == point {
        out.push(b'0');
    }
    out.extend((first..point).map(digit));
    let end = (integer.len() + fraction.len()) as i64;
    if point < end {
        out.push(b'.');
        out.extend((point..end).map(digit));
    }
    Some(Expanded::Decoded)
}
