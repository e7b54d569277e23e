//! The values of one scan, laid out as the scanner reads them.
//!
//! All values lie in one text, with NULs around each, so that a window never sees a length byte or a
//! neighbour as context. Whoever has values writes them here and nowhere else: the data path while
//! it walks over the columns of a batch, [`Ruleset::scan`](crate::Ruleset::scan) from a buffer.
//! Correctness rests on offsets only, a NUL inside a value does no harm.

use super::DetectorSetId;
use super::confirm::position;
use std::ops::Range;
use wiremask_simd::PADDING;

/// NULs in front of the first value and behind the last one: a window may begin so far outside.
const MARGIN: usize = 16;

/// A value up to this length is copied as so many bytes, whatever its length.
const SHORT: usize = 64;

/// Values to scan. Reused over batches, so that gathering allocates nothing once it has grown.
#[derive(Debug, Default)]
pub struct Gather {
    /// What lies behind `end` is left over from other batches.
    text: Vec<u8>,
    /// Behind the NUL of the last value; 0 before the first one.
    end: usize,
    pieces: Vec<Piece>,
}

/// A value in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// Its first byte.
    pub(crate) at: u32,
    /// Behind its last byte.
    pub(crate) end: u32,
    /// The caller's number.
    owner: u32,
    /// The detectors that apply.
    pub(crate) set: DetectorSetId,
}

/// How much was gathered, to go back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    end: usize,
    pieces: usize,
}

impl Gather {
    /// Forgets all values.
    pub fn clear(&mut self) {
        self.pieces.clear();
        self.end = 0;
    }

    /// Is there nothing to scan?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// How many values were added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// The number that the caller gave the value.
    ///
    /// # Panics
    /// When there are fewer values.
    #[inline]
    #[must_use]
    pub fn owner(&self, value: usize) -> u32 {
        self.pieces[value].owner
    }

    /// The state of now, for [`Gather::back_to`].
    #[must_use]
    pub fn mark(&self) -> Mark {
        let (end, pieces) = (self.end, self.pieces.len());
        Mark { end, pieces }
    }

    /// Forgets what was added since.
    pub fn back_to(&mut self, mark: Mark) {
        self.end = mark.end;
        self.pieces.truncate(mark.pieces);
    }

    /// Adds a value with the detectors that apply to it and a number of the caller.
    pub fn add(&mut self, value: &[u8], set: DetectorSetId, owner: u32) {
        self.add_from(value, 0..value.len(), set, owner);
    }

    /// Adds `buffer[range]`. The same as [`Gather::add`]; a short value is copied faster when
    /// something lies behind it.
    ///
    /// # Panics
    /// When the range does not lie in the buffer, or what was gathered exceeds 4 GiB.
    #[inline]
    pub fn add_from(&mut self, buffer: &[u8], range: Range<usize>, set: DetectorSetId, owner: u32) {
        let value = &buffer[range.start..range.end];
        let (at, len) = (self.end.max(MARGIN), value.len());
        let from = buffer[range.start..].first_chunk::<SHORT>();
        let to = self
            .text
            .get_mut(at..)
            .and_then(|text| text.first_chunk_mut::<{ SHORT + 1 }>());
        match (from, to) {
            (Some(from), Some(to)) if len <= SHORT => {
                to[..SHORT].copy_from_slice(from);
                to[len] = 0;
            }
            _ => self.copy(value, at),
        }
        self.pieces.push(Piece {
            at: position(at),
            end: position(at + len),
            owner,
            set,
        });
        self.end = at + len + 1;
    }

    /// Copies any value, with room for a short one behind it.
    #[cold]
    fn copy(&mut self, value: &[u8], at: usize) {
        let behind = at + value.len();
        assert!(
            behind < u32::MAX as usize - MARGIN - PADDING,
            "gathered text of {behind} bytes exceeds 32 bits"
        );
        self.grow(behind + SHORT + 1);
        self.text[at..behind].copy_from_slice(value);
        self.text[behind] = 0;
    }

    fn grow(&mut self, len: usize) {
        if self.text.len() < len {
            self.text.resize(len.next_power_of_two(), 0);
        }
    }

    /// Puts the NULs behind the last value. The text with its padding, and its length without.
    pub(crate) fn finish(&mut self) -> (&[u8], usize) {
        let len = self.end.max(MARGIN) + MARGIN;
        self.grow(len + PADDING);
        self.text[self.end.max(MARGIN)..len + PADDING].fill(0);
        (&self.text[..len + PADDING], len)
    }

    /// The text; padding and margin are there after [`Gather::finish`].
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

impl Piece {
    /// The value.
    #[inline]
    pub(crate) fn of<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.at as usize..self.end as usize]
    }
}

/// The index of the value that holds the byte at `at`, near the last one asked for.
#[inline]
pub(crate) fn locate(pieces: &[Piece], cursor: &mut usize, at: u32) -> Option<usize> {
    while pieces.get(*cursor).is_some_and(|piece| piece.at > at) {
        *cursor = cursor.checked_sub(1)?;
    }
    while pieces.get(*cursor + 1).is_some_and(|next| next.at <= at) {
        *cursor += 1;
    }
    pieces
        .get(*cursor)
        .filter(|piece| piece.at <= at && at < piece.end)
        .map(|_| *cursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn values_lie_whole_between_nuls(
            batches in proptest::collection::vec(
                proptest::collection::vec(proptest::collection::vec(1u8.., 0..150), 0..9), 1..4),
            behind in 0usize..70,
        ) {
            let mut gather = Gather::default();
            for values in batches {
                gather.clear();
                for (number, value) in (0u32..).zip(&values) {
                    let mut buffer = value.clone();
                    buffer.resize(value.len() + behind, b'x');
                    gather.add_from(&buffer, 0..value.len(), DetectorSetId::NONE, number);
                }
                let expected = values.iter().fold(vec![0; MARGIN], |mut text, value| {
                    text.extend_from_slice(value);
                    text.push(0);
                    text
                });
                let (text, len) = gather.finish();
                prop_assert_eq!(&text[..expected.len()], &expected[..]);
                prop_assert_eq!(len, expected.len() + MARGIN);
                prop_assert!(text[expected.len()..].iter().all(|byte| *byte == 0));
                prop_assert_eq!(text.len(), len + PADDING);
                for (number, value) in values.iter().enumerate() {
                    let piece = gather.pieces()[number];
                    prop_assert_eq!(piece.of(gather.text()), &value[..]);
                    prop_assert_eq!(gather.owner(number) as usize, number);
                }
            }
        }
    }

    #[test]
    fn a_mark_forgets_what_came_later() {
        let mut gather = Gather::default();
        gather.add(b"one", DetectorSetId::NONE, 1);
        let mark = gather.mark();
        gather.add(b"two", DetectorSetId::NONE, 2);
        gather.back_to(mark);
        gather.add(b"three", DetectorSetId::NONE, 3);
        assert_eq!((gather.len(), gather.owner(1)), (2, 3));
        let (text, _) = gather.finish();
        assert_eq!(&text[MARGIN..MARGIN + 11], b"one\0three\0\0");
    }
}
