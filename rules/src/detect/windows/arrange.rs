//! Which buckets are neighbours.
//!
//! The kernel leaves out a group of neighbouring buckets in a stretch of text that lacks what their
//! windows need. What a bucket needs is the set of bytes that it permits at one of its offsets; here
//! the offsets and the groups are chosen so that as few stretches as possible have what a group needs.

use super::bytes::ByteSet;
use super::choose::Buckets;
use super::sample::Sample;
use wiremask_simd::GROUP;

/// Values of a column that the kernel sees at a time.
const NEIGHBOURS: i32 = 8;

/// Buckets in their final order.
pub(super) struct Arranged {
    /// The windows of each.
    pub(super) members: Vec<Vec<u16>>,
    /// For each the offset at which it needs a byte.
    pub(super) needs: Vec<u8>,
}

/// Puts buckets, given by what they permit at each offset and by their windows, in order.
pub(super) fn arrange(buckets: Buckets, sample: &Sample) -> Arranged {
    let kinds = Kinds::of(sample);
    let mut left = buckets;
    let mut arranged = Arranged {
        members: Vec::new(),
        needs: Vec::new(),
    };
    while !left.is_empty() {
        let mut needed = ByteSet::NONE;
        for _ in 0..GROUP.min(left.len()) {
            let choices = left.iter().enumerate().flat_map(|(bucket, (classes, _))| {
                (0u8..)
                    .zip(classes)
                    .map(move |(offset, class)| (bucket, offset, *class))
            });
            let common = |class: ByteSet| kinds.common(needed.union(class));
            let best = choices.min_by(|a, b| common(a.2).total_cmp(&common(b.2)));
            let Some((bucket, offset, class)) = best else {
                break;
            };
            needed = needed.union(class);
            arranged.needs.push(offset);
            arranged.members.push(left.remove(bucket).1);
        }
    }
    arranged
}

/// The bytes of each value of the sample, by kind: neighbours in a column are of one kind.
struct Kinds([Vec<ByteSet>; 2]);

impl Kinds {
    fn of(sample: &Sample) -> Kinds {
        let mut kinds = [Vec::new(), Vec::new()];
        for value in sample.values() {
            let mut bytes = ByteSet::NONE;
            value.iter().for_each(|byte| bytes.insert(*byte));
            kinds[usize::from(value.iter().any(u8::is_ascii_digit))].push(bytes);
        }
        Kinds(kinds)
    }

    /// How likely it is that a stretch of neighbours has a byte of the set; 1 for one between values.
    #[allow(
        clippy::cast_precision_loss,
        reason = "the sample has some hundred values"
    )]
    fn common(&self, set: ByteSet) -> f32 {
        if set.contains(0) {
            return 1.0;
        }
        let total: usize = self.0.iter().map(Vec::len).sum();
        let of_kind = |values: &Vec<ByteSet>| {
            let lacking = values.iter().filter(|value| !value.meets(set)).count();
            let rate = lacking as f32 / values.len().max(1) as f32;
            (1.0 - rate.powi(NEIGHBOURS)) * values.len() as f32 / total as f32
        };
        // Of sets that no value has, the smaller one.
        self.0.iter().map(of_kind).sum::<f32>() + set.len() as f32 * 1e-6
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wiremask_simd::WIDTH;

    #[test]
    fn buckets_that_need_the_same_bytes_become_neighbours() {
        let digit = ByteSet::of(|byte| byte.is_ascii_digit());
        let letter = ByteSet::of(|byte| byte.is_ascii_lowercase());
        let bucket = |at: usize, class, number| {
            let mut classes = [ByteSet::ALL; WIDTH];
            classes[at] = class;
            (classes, vec![number])
        };
        let numbers = (0u16..).take(2 * GROUP);
        let mixed = numbers.map(|number| match number % 2 {
            0 => bucket(3, letter, number),
            _ => bucket(5, digit, number),
        });
        let arranged = arrange(mixed.collect(), &Sample::new());
        let (first, second) = arranged.members.split_at(GROUP);
        assert!(
            first.iter().all(|members| members[0] % 2 == 1),
            "digits are rarer"
        );
        assert!(second.iter().all(|members| members[0] % 2 == 0));
        assert_eq!(arranged.needs, [[5; GROUP], [3; GROUP]].concat());
    }
}
