//! The values of one scan, laid out as the scanner reads them.
//!
//! All values lie in one text, with NULs around each, so that a window never sees a length byte or a
//! neighbour as context. Whoever has values writes them here and nowhere else: the data path while
//! it walks over the columns of a batch, [`Ruleset::scan`](crate::Ruleset::scan) from a buffer.
//! Correctness rests on offsets only, a NUL inside a value does no harm.

use super::confirm::position;
use super::{DetectorSetId, Scanned};
use wiremask_simd::PADDING;

/// NULs in front of the first value and behind the last one: a window may begin so far outside.
const MARGIN: usize = 16;

/// A value up to this length is copied as so many bytes, whatever its length.
const SHORT: usize = 32;

/// Bytes of text that are kept from batch to batch; one value may need far more.
const KEPT: usize = 4 << 20;

/// Values to scan. Reused over batches, so that gathering allocates nothing once it has grown.
#[derive(Clone, Debug, Default)]
pub struct Gather {
    /// What lies behind the last value is left over from other batches.
    text: Vec<u8>,
    /// Behind the last byte of each value; its NUL is there, and behind that the next value begins.
    /// What lies behind `len` is left over.
    ends: Vec<u32>,
    /// Number of values.
    len: usize,
    /// Values that follow each other and have all but their bytes in common.
    runs: Vec<Run>,
}

/// Values in a row that have the same detectors, and numbers with the same step from one to the next.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Its first value.
    first: usize,
    /// The caller's number of the first value.
    owner: u32,
    step: u32,
    set: DetectorSetId,
}

/// A value in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// Its first byte.
    pub(crate) at: u32,
    /// Behind its last byte.
    pub(crate) end: u32,
}

/// Where one looks for values: near the last one that was found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cursor {
    value: usize,
    run: usize,
}

/// How much was gathered, to go back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

impl Gather {
    /// Forgets all values, and gives back memory that only an unusual batch needs.
    pub fn clear(&mut self) {
        self.back_to(Mark(0));
        if self.text.len() > KEPT {
            (self.text, self.ends) = (Vec::new(), Vec::new());
        }
    }

    /// Is there nothing to scan?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many values were added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The state of now, for [`Gather::back_to`].
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.len)
    }

    /// Forgets what was added since.
    pub fn back_to(&mut self, mark: Mark) {
        self.len = mark.0;
        let kept = self.runs.partition_point(|run| run.first < self.len);
        self.runs.truncate(kept);
    }

    /// Adds a value with the detectors that apply to it and a number of the caller.
    ///
    /// # Panics
    /// When what was gathered exceeds 4 GiB.
    pub fn add(&mut self, value: &[u8], set: DetectorSetId, owner: u32) {
        let next = self.len;
        match self.runs.last_mut() {
            Some(run) if run.set == set && next == run.first + 1 => {
                run.step = owner.wrapping_sub(run.owner);
            }
            Some(run) if run.set == set && run.owner_of(next) == owner => {}
            _ => self.runs.push(Run {
                first: next,
                owner,
                step: 0,
                set,
            }),
        }
        let at = self.end();
        let end = at + value.len();
        self.reserve(end + 1, 1);
        self.text[at..end].copy_from_slice(value);
        self.text[end] = 0;
        self.ends[self.len] = position(end);
        self.len += 1;
    }

    /// Adds values in `buffer`, each given by its first byte and its length. One that is shorter than
    /// `len_min`, which is at least 1, or that is none (a negative length), counts as empty. The
    /// caller's numbers begin with `owner` and grow by `step`.
    ///
    /// # Panics
    /// When a value does not lie in the buffer, when they overlap, or when what was gathered exceeds
    /// 4 GiB.
    pub fn add_all(
        &mut self,
        buffer: &[u8],
        values: impl ExactSizeIterator<Item = (u32, i32)>,
        (set, len_min): (DetectorSetId, usize),
        (owner, step): (u32, u32),
    ) {
        let count = values.len();
        if count == 0 {
            return;
        }
        self.runs.push(Run {
            first: self.len,
            owner,
            step,
            set,
        });
        let mut at = self.end();
        self.reserve(at + buffer.len() + count + SHORT, count);
        let len_min = i32::try_from(len_min).unwrap_or(i32::MAX);
        let (text, ends) = (&mut self.text[..], &mut self.ends[self.len..]);
        for ((start, len), end) in values.zip(ends) {
            let len = if len < len_min {
                0
            } else {
                len.unsigned_abs() as usize
            };
            let (start, to) = (start as usize, &mut text[at..]);
            match (
                buffer[start..].first_chunk::<SHORT>(),
                to.first_chunk_mut::<SHORT>(),
            ) {
                (Some(from), Some(to)) if len < SHORT => {
                    *to = *from;
                    to[len] = 0;
                }
                _ => {
                    to[..len].copy_from_slice(&buffer[start..start + len]);
                    to[len] = 0;
                }
            }
            at += len;
            *end = position(at);
            at += 1;
        }
        self.len += count;
    }

    /// Where the next value begins.
    fn end(&self) -> usize {
        match self.len {
            0 => MARGIN,
            len => self.ends[len - 1] as usize + 1,
        }
    }

    /// Makes room for a text of `len` bytes and for so many more values.
    fn reserve(&mut self, len: usize, values: usize) {
        assert!(
            len < u32::MAX as usize - MARGIN - PADDING,
            "gathered text of {len} bytes exceeds 32 bits"
        );
        if self.text.len() < len {
            self.text.resize(len.next_power_of_two(), 0);
        }
        if self.ends.len() < self.len + values {
            self.ends.resize((self.len + values).next_power_of_two(), 0);
        }
    }

    /// A value.
    ///
    /// # Panics
    /// When there are fewer.
    #[inline]
    pub(crate) fn piece(&self, value: usize) -> Piece {
        let at = if value == 0 {
            position(MARGIN)
        } else {
            self.ends[value - 1] + 1
        };
        Piece {
            at,
            end: self.ends[..self.len][value],
        }
    }

    /// Values in a row to which the same detectors apply.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (DetectorSetId, std::ops::Range<usize>)> {
        let ends = self.runs.iter().skip(1).map(|run| run.first);
        let ends = ends.chain([self.len]);
        let runs = self.runs.iter().zip(ends);
        runs.map(|(run, end)| (run.set, run.first..end))
    }

    /// The detectors that apply to a value.
    #[inline]
    pub(crate) fn set(&self, cursor: &mut Cursor, value: usize) -> DetectorSetId {
        self.run(cursor, value).set
    }

    /// The number that the caller gave a value.
    #[inline]
    pub(crate) fn owner(&self, cursor: &mut Cursor, value: usize) -> u32 {
        self.run(cursor, value).owner_of(value)
    }

    /// A value with its number and its detectors.
    #[inline]
    pub(crate) fn scanned(&self, cursor: &mut Cursor, value: usize) -> Scanned<'_> {
        let run = self.run(cursor, value);
        Scanned {
            owner: run.owner_of(value),
            set: run.set,
            value: self.piece(value).of(self.text()),
        }
    }

    #[inline]
    fn run(&self, Cursor { run, .. }: &mut Cursor, value: usize) -> &Run {
        while self.runs[*run].first > value {
            *run -= 1;
        }
        while self
            .runs
            .get(*run + 1)
            .is_some_and(|next| next.first <= value)
        {
            *run += 1;
        }
        &self.runs[*run]
    }

    /// Puts the NULs behind the last value. The text with its padding, and its length without.
    pub(crate) fn finish(&mut self) -> (&[u8], usize) {
        let end = self.end();
        let len = end + MARGIN;
        self.reserve(len + PADDING, 0);
        self.text[end..len + PADDING].fill(0);
        (&self.text[..len + PADDING], len)
    }

    /// The text; padding and margin are there after [`Gather::finish`].
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The value that holds the byte at `at`.
    #[inline]
    pub(crate) fn locate(&self, cursor: &mut Cursor, at: u32) -> Option<usize> {
        let (ends, value) = (&self.ends[..self.len], &mut cursor.value);
        while *value > 0 && ends[*value - 1] > at {
            *value -= 1;
        }
        while ends.get(*value).is_some_and(|end| *end <= at) {
            *value += 1;
        }
        (*value < ends.len() && self.piece(*value).at <= at).then_some(*value)
    }
}

impl Run {
    /// The caller's number of a value of the run. Any two numbers have a step, modulo 32 bits.
    fn owner_of(&self, value: usize) -> u32 {
        let step = self.step.wrapping_mul(position(value - self.first));
        self.owner.wrapping_add(step)
    }
}

impl Piece {
    /// The value.
    #[inline]
    pub(crate) fn of<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.at as usize..self.end as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Adds values to a gather, one by one or together, which lie `behind` bytes before a buffer's end.
    fn add(gather: &mut Gather, values: &[Vec<u8>], together: bool, behind: usize, owner: u32) {
        if !together {
            for (number, value) in (0u32..).zip(values) {
                gather.add(value, DetectorSetId::NONE, owner + 3 * number);
            }
            return;
        }
        let mut buffer = values.concat();
        let spans = values.iter().scan(0, |at, value| {
            let start = *at;
            *at += value.len();
            Some((position(start), i32::try_from(value.len()).expect("short")))
        });
        let spans: Vec<_> = spans.collect();
        buffer.resize(buffer.len() + behind, b'x');
        let all = (DetectorSetId::NONE, 1);
        gather.add_all(&buffer, spans.into_iter(), all, (owner, 3));
    }

    proptest! {
        #[test]
        fn values_lie_whole_between_nuls(
            batches in proptest::collection::vec(
                proptest::collection::vec((
                    proptest::collection::vec(proptest::collection::vec(1u8.., 0..90), 0..9),
                    any::<bool>(),
                    0u32..50,
                ), 0..4), 1..4),
            behind in 0usize..70,
        ) {
            let mut gather = Gather::default();
            for runs in batches {
                gather.clear();
                let mut expected = vec![0; MARGIN];
                let mut owners = Vec::new();
                let mut all = Vec::new();
                for (values, together, owner) in &runs {
                    add(&mut gather, values, *together, behind, *owner);
                    for (number, value) in (0u32..).zip(values) {
                        expected.extend_from_slice(value);
                        expected.push(0);
                        owners.push(owner + 3 * number);
                        all.push(value);
                    }
                }
                let (text, len) = gather.finish();
                prop_assert_eq!(&text[..expected.len()], &expected[..]);
                prop_assert_eq!(len, expected.len() + MARGIN);
                prop_assert!(text[expected.len()..].iter().all(|byte| *byte == 0));
                prop_assert_eq!(text.len(), len + PADDING);
                prop_assert_eq!(gather.len(), all.len());
                let mut cursor = Cursor::default();
                for (number, value) in all.into_iter().enumerate() {
                    let piece = gather.piece(number);
                    prop_assert_eq!(piece.of(gather.text()), &value[..]);
                    prop_assert_eq!(gather.scanned(&mut cursor, number).owner, owners[number]);
                    for at in piece.at..piece.end {
                        prop_assert_eq!(gather.locate(&mut cursor, at), Some(number));
                    }
                    prop_assert_eq!(gather.locate(&mut cursor, piece.end), None);
                    if number % 3 == 2 {
                        // Back to the first one and forth again.
                        prop_assert_eq!(gather.locate(&mut cursor, 0), None);
                    }
                }
            }
        }
    }

    #[test]
    fn short_values_and_none_count_as_empty() {
        let mut gather = Gather::default();
        let spans = [(0, 3), (3, -1), (3, 5)];
        gather.add_all(
            b"onethree",
            spans.into_iter(),
            (DetectorSetId::NONE, 4),
            (7, 2),
        );
        let values = [0, 1, 2].map(|value| gather.piece(value).of(gather.text()).to_vec());
        assert_eq!(values, [&b""[..], b"", b"three"]);
        let mut cursor = Cursor::default();
        assert_eq!(
            [2, 0, 1].map(|value| gather.scanned(&mut cursor, value).owner),
            [11, 7, 9]
        );
    }

    #[test]
    fn what_one_large_value_needed_is_given_back() {
        let mut gather = Gather::default();
        gather.add(&vec![b'x'; KEPT], DetectorSetId::NONE, 0);
        gather.clear();
        assert_eq!((gather.text.capacity(), gather.ends.capacity()), (0, 0));
        gather.add(b"one", DetectorSetId::NONE, 0);
        assert_eq!(gather.piece(0).of(gather.text()), b"one");
    }

    #[test]
    fn a_mark_forgets_what_came_later() {
        let mut gather = Gather::default();
        gather.add(b"one", DetectorSetId::NONE, 1);
        let mark = gather.mark();
        gather.add(b"two", DetectorSetId::NONE, 7);
        gather.back_to(mark);
        gather.add(b"three", DetectorSetId::NONE, 3);
        let owners = [0, 1].map(|value| gather.scanned(&mut Cursor::default(), value).owner);
        assert_eq!((gather.len(), owners), (2, [1, 3]));
        let (text, _) = gather.finish();
        assert_eq!(&text[MARGIN..MARGIN + 11], b"one\0three\0\0");
    }
}
