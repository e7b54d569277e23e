//! Classes of bytes: fewer of them than the tables of a vector instruction have places.
//!
//! Bytes that the tables treat alike are one class, and all bytes from 127 on are one. Tables that tell
//! more classes apart than an instruction can are *folded*: the classes that are least in the way share
//! one. That may report more, never less.

use super::{GROUP, GROUPS, Tables, WIDTH};

/// Bytes that are told apart: 0 to 126, and all others as 127.
pub(super) const BYTES: usize = 128;

/// How often a byte is met at least, however seldom the weights say: once in a thousand.
const SHARE_MIN: f64 = 0.001;

/// What each bucket permits of a class, by offset.
pub(super) type Column = [u32; WIDTH];

/// The class of each byte, and the column of each class, at most `classes`. `weight` says how often a
/// byte is met.
pub(super) fn fold(
    tables: &Tables,
    weight: &[u32; 256],
    classes: usize,
) -> (Box<[u8; BYTES]>, Vec<Column>) {
    let total: f64 = weight.iter().map(|weight| f64::from(*weight)).sum();
    let mut class = Box::new([0u8; BYTES]);
    let mut folding = Folding::default();
    for byte in 0..BYTES {
        let bytes = byte..if byte + 1 == BYTES { 256 } else { byte + 1 };
        let column: Column = std::array::from_fn(|offset| {
            let words = tables[offset][bytes.clone()].iter();
            words.fold(0, |union, word| union | word)
        });
        let mass: f64 = weight[bytes].iter().map(|weight| f64::from(*weight)).sum();
        let share = mass / total.max(1.0) + SHARE_MIN;
        class[byte] = index(folding.add(column, share));
    }
    folding.compare_all();
    while folding.columns.len() > classes {
        let (a, b) = folding.nearest();
        folding.unite(a, b);
        // The last class took the place of `b`.
        let last = folding.columns.len();
        for class in class.iter_mut() {
            *class = match usize::from(*class) {
                old if old == b => index(a),
                old if old == last => index(b),
                _ => *class,
            };
        }
    }
    (class, folding.columns)
}

/// There are at most 128 classes.
fn index(class: usize) -> u8 {
    u8::try_from(class).unwrap_or(u8::MAX)
}

/// Classes while they are folded.
#[derive(Default)]
struct Folding {
    columns: Vec<Column>,
    /// How often each is met.
    shares: Vec<f64>,
    /// How often each bucket permits what is met, by offset.
    permitted: [[f64; WIDTH]; GROUPS * GROUP],
    /// What it costs when two share one, by the later and the earlier one. Where neither of them was
    /// united it may be as old as the first comparison: that is good enough.
    costs: Vec<Vec<f64>>,
}

impl Folding {
    /// The class of bytes with this column.
    fn add(&mut self, column: Column, share: f64) -> usize {
        let known = self.columns.iter().position(|known| *known == column);
        let class = known.unwrap_or(self.columns.len());
        if known.is_none() {
            self.columns.push(column);
            self.shares.push(0.0);
        }
        self.shares[class] += share;
        self.permit(&column, share);
        class
    }

    fn permit(&mut self, column: &Column, share: f64) {
        for (offset, word) in column.iter().enumerate() {
            for bucket in ones(*word) {
                self.permitted[bucket][offset] += share;
            }
        }
    }

    fn compare_all(&mut self) {
        let likely = self.likely();
        let costs = |b: usize| (0..b).map(|a| self.cost(a, b, &likely)).collect();
        self.costs = (0..self.columns.len()).map(costs).collect();
    }

    /// How likely a window of each bucket is. Bytes depend on their neighbours: by measurement, eight of
    /// them tell as much as two that do not.
    fn likely(&self) -> [f64; GROUPS * GROUP] {
        let product = |shares: [f64; WIDTH]| shares.iter().product::<f64>();
        self.permitted.map(|shares| product(shares).sqrt().sqrt())
    }

    /// By how much buckets become more likely when two classes share one.
    fn cost(&self, a: usize, b: usize, likely: &[f64; GROUPS * GROUP]) -> f64 {
        let mut grown = [1.0; GROUPS * GROUP];
        let mut differing = 0;
        for offset in 0..WIDTH {
            let (one, other) = (self.columns[a][offset], self.columns[b][offset]);
            differing |= one ^ other;
            for (new, share) in [
                (one & !other, self.shares[b]),
                (other & !one, self.shares[a]),
            ] {
                for bucket in ones(new) {
                    grown[bucket] *= 1.0 + share / self.permitted[bucket][offset];
                }
            }
        }
        let costs = ones(differing).map(|bucket| likely[bucket] * (grown[bucket] - 1.0));
        costs.sum()
    }

    /// The two classes that share one at the least cost, the earlier one first.
    fn nearest(&self) -> (usize, usize) {
        let rows = self.costs.iter().enumerate();
        let pairs = rows.flat_map(|(b, row)| (0..).zip(row).map(move |(a, cost)| (a, b, cost)));
        let least = pairs.min_by(|x, y| x.2.total_cmp(y.2));
        least.map_or((0, 1), |(a, b, _)| (a, b))
    }

    /// Makes `a` both, and the last class `b`; `a` is below `b`.
    fn unite(&mut self, a: usize, b: usize) {
        let (column, share) = (self.columns.swap_remove(b), self.shares.swap_remove(b));
        let (one, one_share) = (self.columns[a], self.shares[a]);
        let new = |from: Column, to: Column| std::array::from_fn(|at| from[at] & !to[at]);
        self.permit(&new(one, column), share);
        self.permit(&new(column, one), one_share);
        self.columns[a] = std::array::from_fn(|offset| one[offset] | column[offset]);
        self.shares[a] += share;
        self.costs.truncate(self.columns.len());
        let likely = self.likely();
        for changed in [a, b] {
            for other in 0..self.columns.len() {
                let (low, high) = (changed.min(other), changed.max(other));
                if low != high && high < self.columns.len() {
                    self.costs[high][low] = self.cost(low, high, &likely);
                }
            }
        }
    }
}

/// The places of the ones.
fn ones(mut word: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = word.trailing_zeros() as usize;
        word &= word.wrapping_sub(1);
        (place < 32).then_some(place)
    })
}

/// The groups, as bits, that need each class: what a bucket permits at the offset that it needs.
pub(super) fn needed<const CLASSES: usize>(columns: &[Column], needs: &[u8]) -> [u8; CLASSES] {
    let mut needed = [0; CLASSES];
    for bucket in 0..GROUPS * GROUP {
        let offset = needs
            .get(bucket)
            .map_or(0, |offset| usize::from(*offset) % WIDTH);
        for (class, column) in columns.iter().enumerate() {
            needed[class] |= u8::from(column[offset] >> bucket & 1 == 1) << (bucket / GROUP);
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 60 }))]

        #[test]
        fn folded_tables_permit_what_the_tables_permit(
            entries in proptest::collection::vec((0..WIDTH, any::<u8>(), any::<u32>()), 0..if cfg!(miri) { 40 } else { 900 }),
            weights in proptest::collection::vec(0u32..50, 256),
            classes in proptest::sample::select(vec![32usize, 64]),
        ) {
            let mut tables = Box::new([[0u32; 256]; WIDTH]);
            for (offset, byte, word) in entries {
                tables[offset][usize::from(byte)] |= word;
            }
            let weights: [u32; 256] = std::array::from_fn(|byte| weights[byte]);
            let (class, columns) = fold(&tables, &weights, classes);
            prop_assert!(columns.len() <= classes);
            for byte in 0..256 {
                let column = &columns[usize::from(class[byte.min(BYTES - 1)])];
                for offset in 0..WIDTH {
                    let word = tables[offset][byte];
                    prop_assert_eq!(column[offset] & word, word);
                }
            }
        }
    }
}
