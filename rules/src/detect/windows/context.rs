//! Detectors that need a word near by, or the name of their column.
//!
//! Their forms are common: nine digits, five letters. In most columns they have nothing to say, and with
//! hundreds of them every number would be a candidate of dozens. So it is their words that windows look
//! for; around each one that stands somewhere, as far as it counts, every position is tried. In columns
//! with their names every position is tried.

use super::Anchor;
use super::bytes::ByteSet;
use crate::detect::MATCH_LEN_MAX;
use crate::detect::batch::Hit;
use crate::detect::confirm::{Confirm, position};
use crate::detect::gather::{Cursor, Gather};
use crate::detect::plan::Source;
use crate::detect::sets::{Evidence, Sets};

/// Letters of a word that a window looks at, at most.
const LETTERS_MAX: usize = 24;

/// Where starts of one detector are tried in one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Try {
    piece: u32,
    detector: u16,
    /// Inside the value.
    from: u32,
    /// Behind the last one.
    to: u32,
}

/// Is it looked for by its context? Not where a match may be longer than is followed: such a match needs no
/// word.
pub(super) fn is_sought(source: &Source<'_>) -> bool {
    source.evidence != Some(Evidence::Value) && source.confirm.len_max() < MATCH_LEN_MAX
}

/// What the words of a detector look like, with the byte before each and the one behind; none where only its name
/// counts. They are there whatever speaks for it in a column of text: it may need a word in columns of another type,
/// or where a data set has another threshold.
pub(super) fn words(source: &Source<'_>) -> impl Iterator<Item = (Vec<ByteSet>, Anchor)> {
    let words = source.confirm.words().iter();
    words.filter(|word| !word.is_empty()).map(|word| {
        let edge = |letter: Option<&u8>| match letter {
            Some(letter) if letter.is_ascii_alphabetic() => {
                ByteSet::of(|byte| !byte.is_ascii_alphabetic())
            }
            _ => ByteSet::ALL,
        };
        let letters = &word[..word.len().min(LETTERS_MAX)];
        let either = |letter: &u8| {
            let (lower, upper) = (letter.to_ascii_lowercase(), letter.to_ascii_uppercase());
            ByteSet::of(|byte| byte == lower || byte == upper)
        };
        let mut path = vec![edge(word.first())];
        path.extend(letters.iter().map(either));
        if letters.len() == word.len() {
            path.push(edge(word.last()));
        }
        let len = u8::try_from(word.len()).unwrap_or(u8::MAX);
        (path, Anchor::Word { len })
    })
}

/// Where a match can begin to which a word counts that stands at `at` of a value of `len` bytes.
pub(super) fn around(confirm: &Confirm, at: usize, word: usize, len: usize) -> (u32, u32) {
    let (before, after) = confirm.words_reach();
    // A word of more than 255 bytes counts as one of 255: what is tried once more does no harm.
    let from = match after {
        0 => at + word,
        _ => (at + word).saturating_sub(after + confirm.len_max()),
    };
    (position(from), position(len.min(at + before + 1)))
}

/// Replaces `tried` by the starts that are tried, in order: those of `tries`, and of the values in columns
/// that have the names of detectors.
pub(super) fn expand(
    (detectors, sets): (&[Confirm], &Sets),
    gather: &Gather,
    tries: &mut Vec<Try>,
    tried: &mut Vec<Hit>,
) {
    tried.clear();
    let mut cursor = Cursor::default();
    let mut named = false;
    for (set, pieces) in gather.runs() {
        let Some(set) = sets.set(set).filter(|set| !set.tried().is_empty()) else {
            continue;
        };
        named = true;
        for piece in pieces {
            let at = gather.piece(piece);
            for &(detector, evidence) in set.tried() {
                let whole = Try {
                    piece: position(piece),
                    detector,
                    from: 0,
                    to: at.end - at.at,
                };
                whole.starts((detectors, evidence), gather, tried);
            }
        }
    }
    if tries.is_empty() && !named {
        return;
    }
    tries.sort_unstable();
    // Of one detector in one value each position is tried once.
    tries.dedup_by(|next, last| {
        let same = (next.piece, next.detector) == (last.piece, last.detector);
        let meets = same && next.from <= last.to;
        if meets {
            last.to = last.to.max(next.to);
        }
        meets
    });
    for one in &*tries {
        let set = sets.set(gather.set(&mut cursor, one.piece as usize));
        if let Some(evidence) = set.and_then(|set| set.evidence(one.detector)) {
            one.starts((detectors, evidence), gather, tried);
        }
    }
    tried.sort_unstable();
    tried.dedup();
}

impl Try {
    /// Around a word of a detector in a value.
    pub(super) fn new(piece: usize, detector: u16, (from, to): (u32, u32)) -> Try {
        Try {
            piece: position(piece),
            detector,
            from,
            to,
        }
    }

    /// Appends the starts that are worth confirming.
    fn starts(
        &self,
        (detectors, evidence): (&[Confirm], Evidence),
        gather: &Gather,
        tried: &mut Vec<Hit>,
    ) {
        let field = gather.piece(self.piece as usize).of(gather.text());
        let confirm = &detectors[usize::from(self.detector)];
        let (from, to) = (self.from as usize, field.len().min(self.to as usize));
        for start in from..to {
            if confirm.may_start(field, start) && confirm.has_room(evidence, start, field.len()) {
                tried.push(Hit {
                    piece: self.piece,
                    start: position(start),
                    detector: self.detector,
                    evidence,
                    reverse: None,
                });
            }
        }
    }
}
