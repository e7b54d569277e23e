//! JSON: what is shown and what was received differ, runs tell where one lies in the other.

use std::ops::Range;

use super::super::{calendar::Scan, json_string};
use super::{STAR, Undecodable, Window, character_start, whole_characters, widen};

/// A window over a JSON document (json, or jsonb without its version byte): strings with escapes
/// decoded, keys too, and numbers are leaves.
///
/// A masked string keeps its quotes, and an escape is overwritten whole; a masked number has nines
/// for digits (zeros in its exponent), so it stays a number.
#[derive(Default)]
pub struct JsonWindow {
    context: usize,
    decoded: Vec<u8>,
    open: usize,
    /// Bytes of the value that are not released; `raw[..seen]` is decoded.
    raw: Vec<u8>,
    seen: usize,
    /// Where pieces of `decoded` lie in `raw`, in order, from the first that is open.
    runs: Vec<Run>,
    place: Place,
}

/// Bytes of one kind; they end where the next run begins.
#[derive(Clone, Copy, Debug)]
struct Run {
    decoded: usize,
    raw: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Decoded as it stands.
    Text,
    /// One escape, or two that are a surrogate pair.
    Escape,
    /// A number up to its exponent.
    Mantissa,
    /// `e` and what follows.
    Exponent,
    /// Anything between leaves, quotes included; shown as one NUL.
    Separator,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Between,
    String,
    Mantissa,
    Exponent,
}

impl JsonWindow {
    /// An empty window that shows up to `context` bytes before the open ones.
    #[must_use]
    pub fn new(context: usize) -> Self {
        Self {
            context,
            ..Self::default()
        }
    }

    /// Decodes one step of what was received; `false` if that takes more bytes.
    fn step(&mut self) -> Result<bool, Undecodable> {
        let Some(&byte) = self.raw.get(self.seen) else {
            return Ok(false);
        };
        match self.place {
            Place::Between => self.step_between(byte),
            Place::String => return self.step_string(byte),
            Place::Mantissa if matches!(byte, b'e' | b'E') => self.place = Place::Exponent,
            Place::Mantissa => self.step_number(Kind::Mantissa),
            Place::Exponent => self.step_number(Kind::Exponent),
        }
        Ok(true)
    }

    fn step_between(&mut self, byte: u8) {
        match byte {
            b'-' | b'0'..=b'9' => {
                self.place = Place::Mantissa;
                return;
            }
            b'"' => self.place = Place::String,
            _ => {}
        }
        self.append(Kind::Separator, 1);
    }

    fn step_string(&mut self, byte: u8) -> Result<bool, Undecodable> {
        let rest = &self.raw[self.seen..];
        match byte {
            b'"' => {
                self.place = Place::Between;
                self.append(Kind::Separator, 1);
            }
            b'\\' => {
                let Some(escape) = whole_escape(rest) else {
                    return Ok(false);
                };
                let (decoded, raw) = (self.decoded.len(), self.seen);
                let len = json_string::decode_escape(escape, &mut self.decoded);
                self.seen += len.ok_or(Undecodable::Json)?;
                self.runs.push(Run {
                    decoded,
                    raw,
                    kind: Kind::Escape,
                });
            }
            _ => {
                let end = memchr::memchr2(b'"', b'\\', rest);
                // A character may go on in the next chunk.
                let len = end.unwrap_or_else(|| whole_characters(rest, 0));
                if len == 0 {
                    return Ok(false);
                }
                self.append(Kind::Text, len);
            }
        }
        Ok(true)
    }

    fn step_number(&mut self, kind: Kind) {
        let rest = &self.raw[self.seen..];
        let mut scan = Scan(rest);
        // The `e` was seen before the exponent was entered.
        while scan.eat(b'-') || scan.eat(b'+') || scan.eat(b'.') || !scan.digits().is_empty() {}
        let mut len = rest.len() - scan.0.len();
        if len == 0 && kind == Kind::Exponent && matches!(rest[0], b'e' | b'E') {
            len = 1;
        }
        if len == 0 {
            self.place = Place::Between;
        } else {
            self.append(kind, len);
        }
    }

    /// Decodes the next `len` bytes as they are, or as nothing more than a NUL.
    fn append(&mut self, kind: Kind, len: usize) {
        if kind == Kind::Separator {
            if self
                .runs
                .last()
                .is_none_or(|run| run.kind != Kind::Separator)
            {
                self.begin(kind);
                self.decoded.push(0);
            }
        } else {
            self.begin(kind);
            self.decoded
                .extend_from_slice(&self.raw[self.seen..self.seen + len]);
        }
        self.seen += len;
    }

    /// A run begins here, unless one of its kind goes on.
    fn begin(&mut self, kind: Kind) {
        if self.runs.last().is_none_or(|run| run.kind != kind) {
            self.runs.push(Run {
                decoded: self.decoded.len(),
                raw: self.seen,
                kind,
            });
        }
    }

    /// The end of run `at`, in decoded and raw bytes.
    fn end_of(&self, at: usize) -> (usize, usize) {
        self.runs
            .get(at + 1)
            .map_or((self.decoded.len(), self.seen), |run| {
                (run.decoded, run.raw)
            })
    }
}

impl Window for JsonWindow {
    fn push(&mut self, chunk: &[u8]) -> Result<(), Undecodable> {
        self.raw.extend_from_slice(chunk);
        while self.step()? {}
        Ok(())
    }

    fn decoded(&self) -> &[u8] {
        &self.decoded
    }

    fn open(&self) -> usize {
        self.open
    }

    fn settled(&self) -> usize {
        let separator = memchr::memrchr(0, &self.decoded);
        separator.map_or(0, |at| at + 1)
    }

    fn mask(&mut self, span: Range<usize>) {
        let span = widen(&self.decoded, span, self.open);
        let first = self
            .runs
            .partition_point(|run| run.decoded <= span.start)
            .saturating_sub(1);
        for at in first..self.runs.len() {
            let run = self.runs[at];
            let (decoded_end, raw_end) = self.end_of(at);
            let from = run.decoded.max(span.start);
            let until = decoded_end.min(span.end);
            if run.decoded >= span.end {
                break;
            }
            if from >= until || run.kind == Kind::Separator {
                continue;
            }
            // One to one, except for an escape, which is taken whole.
            let raw = match run.kind {
                Kind::Escape => run.raw..raw_end,
                _ => run.raw + (from - run.decoded)..run.raw + (until - run.decoded),
            };
            let number = match run.kind {
                Kind::Mantissa => Some(b'9'),
                Kind::Exponent => Some(b'0'),
                _ => None,
            };
            for byte in self.raw[raw].iter_mut() {
                match number {
                    Some(digit) if byte.is_ascii_digit() => *byte = digit,
                    Some(_) => {}
                    None => *byte = STAR,
                }
            }
        }
    }

    fn release(&mut self, until: usize, out: &mut Vec<u8>) {
        let mut until = character_start(&self.decoded, until, self.open);
        let mut raw = self.seen;
        let mut kept = self.runs.len();
        if until < self.decoded.len() {
            // The run that `until` lies in stays, what is left of it.
            kept = self
                .runs
                .partition_point(|run| run.decoded <= until)
                .saturating_sub(1);
            let run = &mut self.runs[kept];
            if matches!(run.kind, Kind::Escape | Kind::Separator) {
                until = run.decoded;
            }
            run.raw += until - run.decoded;
            run.decoded = until;
            raw = run.raw;
        }
        out.extend_from_slice(&self.raw[..raw]);
        self.raw.drain(..raw);
        self.seen -= raw;
        let forgotten = until.saturating_sub(self.context);
        self.decoded.drain(..forgotten);
        self.open = until - forgotten;
        // An open separator goes on and shows no second NUL.
        let goes_on = kept == self.runs.len()
            && self
                .runs
                .last()
                .is_some_and(|run| run.kind == Kind::Separator);
        self.runs.drain(..if goes_on { kept - 1 } else { kept });
        for run in &mut self.runs {
            run.decoded = run.decoded.saturating_sub(forgotten);
            run.raw = run.raw.saturating_sub(raw);
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Undecodable> {
        let complete = self.place != Place::String && self.seen == self.raw.len();
        if !complete {
            return Err(Undecodable::Json);
        }
        out.extend_from_slice(&self.raw);
        *self = Self::new(self.context);
        Ok(())
    }
}

/// The escape in front of `text` as far as it must be known to be decoded; `None` if bytes are
/// missing. After a high surrogate the next escape belongs to it.
fn whole_escape(text: &[u8]) -> Option<&[u8]> {
    if *text.get(1)? != b'u' {
        return Some(&text[..2]);
    }
    let high = matches!(
        text.get(..6)?,
        [
            _,
            _,
            b'd' | b'D',
            b'8' | b'9' | b'a' | b'b' | b'A' | b'B',
            ..
        ]
    );
    if !high || *text.get(6)? != b'\\' || *text.get(7)? != b'u' {
        return Some(&text[..6]);
    }
    text.get(..12)
}
