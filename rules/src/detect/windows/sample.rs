//! A sample of ordinary data, by which windows are judged.

use super::bytes::ByteSet;
use std::cell::RefCell;
use std::collections::HashMap;

/// Field values of the kinds that databases are full of, one per line.
const TEXT: &str = include_str!("sample.txt");

/// Words of a bitmap over the positions of the sample.
pub(super) const WORDS: usize = 128;

/// Positions of the sample.
pub(super) const POSITIONS: f32 = 8192.0;

/// A bitmap over the positions of the sample.
pub(super) type Bitmap = [u64; WORDS];

/// The sample, and where each class occurs in it.
pub(crate) struct Sample {
    text: Vec<u8>,
    /// How likely one of some bytes is, also where the sample happens to have none: for each eight neighbours,
    /// by which of them are meant.
    chances: Box<[[f32; 256]; 32]>,
    known: RefCell<HashMap<ByteSet, Bitmap>>,
}

/// Every byte counts as if the sample had this much more of it.
const UNSEEN: f32 = 0.25;

impl Sample {
    pub(crate) fn new() -> Sample {
        let mut text: Vec<u8> = TEXT
            .bytes()
            .map(|byte| if byte == b'\n' { 0 } else { byte })
            .collect();
        text.resize(WORDS * 64, 0);
        let total = POSITIONS + 256.0 * UNSEEN;
        let mut single = [UNSEEN / total; 256];
        for byte in &text {
            single[usize::from(*byte)] += 1.0 / total;
        }
        let mut chances = Box::new([[0.0; 256]; 32]);
        for (single, chances) in single.chunks(8).zip(chances.iter_mut()) {
            for (meant, chance) in chances.iter_mut().enumerate() {
                let meant = single
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| meant >> at & 1 == 1);
                *chance = meant.map(|(_, chance)| chance).sum();
            }
        }
        Sample {
            text,
            chances,
            known: RefCell::default(),
        }
    }

    /// Its values with a NUL behind each.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Its values.
    pub(super) fn values(&self) -> impl Iterator<Item = &[u8]> {
        let values = self.text.split(|byte| *byte == 0);
        values.filter(|value| !value.is_empty())
    }

    /// How often each byte occurs.
    pub(super) fn weights(&self) -> [u32; 256] {
        let mut weights = [0; 256];
        for byte in &self.text {
            weights[usize::from(*byte)] += 1;
        }
        weights
    }

    /// How often neighbouring bytes would be in these classes, in as many positions as the sample
    /// has, if neighbours had nothing to do with each other. Tells windows apart that the sample
    /// holds none of.
    pub(super) fn expected<'c>(&self, classes: impl Iterator<Item = &'c ByteSet>) -> f32 {
        classes.fold(POSITIONS, |rate, class| rate * self.chance(*class))
    }

    pub(super) fn chance(&self, class: ByteSet) -> f32 {
        if class == ByteSet::ALL {
            return 1.0;
        }
        let eights = class.eights();
        let chances = self.chances.iter().zip(eights);
        chances
            .map(|(chances, meant)| chances[usize::from(meant)])
            .sum()
    }

    /// The positions `i` where the byte at `i + offset` is in the class.
    pub(super) fn positions(&self, class: ByteSet, offset: usize) -> Bitmap {
        if class == ByteSet::ALL {
            return [u64::MAX; WORDS];
        }
        let mut known = self.known.borrow_mut();
        let bitmap = known.entry(class).or_insert_with(|| {
            let mut bitmap = [0; WORDS];
            for (at, byte) in self.text.iter().enumerate() {
                bitmap[at / 64] |= u64::from(class.contains(*byte)) << (at % 64);
            }
            bitmap
        });
        shifted(bitmap, offset)
    }
}

/// Every position moved down by `offset`, which is below 64.
fn shifted(bitmap: &Bitmap, offset: usize) -> Bitmap {
    if offset == 0 {
        return *bitmap;
    }
    let mut moved = [0; WORDS];
    for (index, word) in moved.iter_mut().enumerate() {
        let above = bitmap.get(index + 1).copied().unwrap_or(0);
        *word = bitmap[index] >> offset | above << (64 - offset);
    }
    moved
}

/// How many positions are in all of the bitmaps.
pub(super) fn count_all<'b>(bitmaps: impl Iterator<Item = &'b Bitmap>) -> u32 {
    let mut all = [u64::MAX; WORDS];
    for bitmap in bitmaps {
        all.iter_mut()
            .zip(bitmap)
            .for_each(|(all, word)| *all &= word);
    }
    all.iter().map(|word| word.count_ones()).sum()
}
