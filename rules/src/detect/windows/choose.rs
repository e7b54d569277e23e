//! Which windows a pattern gets, and which windows share a bucket.

use super::bytes::ByteSet;
use super::derive::{self, Path};
use super::exact::CHUNK;
use super::pivot;
use super::sample::{Bitmap, Sample, WORDS, count_all};
use super::{Anchor, Window};
use crate::detect::confirm::{forward_automaton, position};
use crate::detect::plan::SAMPLE_KIB;
use crate::detect::reverse::Reverse;
use crate::pack::Boundary;
use regex_syntax::hir::Hir;
use std::collections::HashMap;
use wiremask_simd::{Tables, WIDTH};

/// How far behind the byte before the start a window may begin.
const LEAD_MAX: usize = 9;

/// Buckets of one pass of the kernel.
pub(super) const BUCKETS: usize = 32;

// Nominal nanoseconds, rounded from measurements as those of `detect::plan` are.

/// A place where the kernel has a candidate for a bucket.
const BUCKET_NS: u32 = 2;

/// The exact check of up to 32 windows of a bucket.
const CHUNK_NS: u32 = 3;

/// Buckets that are compared with each other while windows are added.
const MERGED_MAX: usize = 256;

/// Positions of the sample that a pattern may hit before a literal inside it is tried: 1 in 400.
const HITS_MAX: u32 = 20;

/// A path and the position in it where a window begins.
pub(super) type Place = (Vec<ByteSet>, usize);

/// The windows of one pattern.
pub(super) struct Chosen {
    /// A pivot anchor's number is still 0.
    pub(super) windows: Vec<(Place, Anchor)>,
    pub(super) pivot: Option<Reverse>,
}

/// Chooses the windows of a pattern.
pub(super) fn pattern(
    pattern: &Hir,
    boundary: Boundary,
    sample: &Sample,
) -> Result<Chosen, String> {
    let automaton = forward_automaton(std::slice::from_ref(pattern))?;
    let paths = derive::from_start(&automaton, boundary, LEAD_MAX + WIDTH);
    let mut windows = Vec::new();
    let mut hits = 0;
    for path in &paths {
        let (lead, count) = rarest(&path.classes, sample);
        let anchor = Anchor::Start {
            lead: u8::try_from(lead).unwrap_or(0),
        };
        hits += count;
        windows.push(((path.classes.clone(), lead), anchor));
    }
    let mut chosen = Chosen {
        windows,
        pivot: None,
    };
    if hits <= HITS_MAX {
        return Ok(chosen);
    }
    for cut in pivot::cuts(pattern, boundary, WIDTH)? {
        let (windows, count) = around(&cut.before, &cut.paths, sample);
        // Growing to the left costs more than a start that is known.
        if count < hits / 2 {
            hits = count;
            chosen = Chosen {
                windows,
                pivot: Some(cut.left),
            };
        }
    }
    Ok(chosen)
}

/// The windows around a literal: some bytes in front of it, as many as are rarest.
fn around(before: &[ByteSet], paths: &[Path], sample: &Sample) -> (Vec<(Place, Anchor)>, u32) {
    let mut windows = Vec::new();
    let mut hits = 0;
    for path in paths {
        let whole: Vec<ByteSet> = before
            .iter()
            .rev()
            .copied()
            .chain(path.classes.iter().copied())
            .collect();
        let last = before.len();
        let (from, count) = (0..=last)
            .map(|from| (from, hits_of(&whole[from..], sample)))
            .min_by_key(|(from, count)| (*count, *from))
            .unwrap_or((last, u32::MAX));
        hits += count;
        let skip = u8::try_from(last - from).unwrap_or(0);
        windows.push(((whole, from), Anchor::Pivot { skip, pivot: 0 }));
    }
    (windows, hits)
}

/// The offset whose window is rarest in the sample, and how often it occurs. Of windows that occur
/// equally often the one that is least likely, then the first.
fn rarest(path: &[ByteSet], sample: &Sample) -> (usize, u32) {
    let expected = |lead: usize| sample.expected(path[lead..].iter().take(WIDTH));
    (0..=LEAD_MAX)
        .map(|lead| (lead, hits_of(&path[lead..], sample)))
        .min_by(|(a, hits_a), (b, hits_b)| {
            let chance = || expected(*a).total_cmp(&expected(*b));
            hits_a.cmp(hits_b).then_with(chance).then(a.cmp(b))
        })
        .unwrap_or((0, u32::MAX))
}

pub(super) fn hits_of(path: &[ByteSet], sample: &Sample) -> u32 {
    count_all(bitmaps(path, sample).iter())
}

/// For each position of a window the places of the sample that permit it there.
fn bitmaps(path: &[ByteSet], sample: &Sample) -> Vec<Bitmap> {
    let positions = path.iter().take(WIDTH).enumerate();
    positions
        .map(|(offset, class)| sample.positions(*class, offset))
        .collect()
}

/// Where in the sample a window stands.
pub(super) fn places(classes: &[ByteSet; WIDTH], sample: &Sample) -> Vec<usize> {
    let bitmaps = bitmaps(classes, sample);
    let mut places = Vec::new();
    for word in 0..WORDS {
        let mut held = bitmaps
            .iter()
            .fold(u64::MAX, |held, bitmap| held & bitmap[word]);
        while held != 0 {
            places.push(word * 64 + held.trailing_zeros() as usize);
            held &= held - 1;
        }
    }
    places
}

/// Of each bucket the bytes that one of its windows permits at each offset, and its windows.
pub(super) type Buckets = Vec<([ByteSet; WIDTH], Vec<u16>)>;

/// A bucket while buckets are merged.
struct Bucket {
    members: Vec<u16>,
    /// Windows that differ within their eight positions.
    distinct: u16,
    classes: [ByteSet; WIDTH],
    positions: [Bitmap; WIDTH],
    cost: f32,
}

/// Merges windows until they fit the kernel: always the two buckets whose union adds least work,
/// where work is the number of candidates times the windows that each must be checked against.
/// Candidates are those of the sample, and those that are to be expected of data it is too small for.
///
/// Many windows make the unions of 32 buckets so wide that candidates are everywhere: the kernel then makes up
/// to eight passes with other buckets, each of which costs `pass_ns` in 1 KiB.
///
/// Windows are added one by one, and of more than [`MERGED_MAX`] buckets two are merged at once: the
/// time is linear in the windows.
pub(super) fn buckets(windows: &[Window], pass_ns: u32, sample: &Sample) -> Buckets {
    // Windows that differ only beyond their eight positions cost the kernel nothing.
    let mut distinct: Vec<([ByteSet; WIDTH], Vec<u16>)> = Vec::new();
    let mut known: HashMap<[ByteSet; WIDTH], usize> = HashMap::new();
    for (index, window) in (0u16..).zip(windows) {
        let next = distinct.len();
        let place = *known.entry(window.classes).or_insert(next);
        if place == next {
            distinct.push((window.classes, Vec::new()));
        }
        distinct[place].1.push(index);
    }
    let mut merging = Merging {
        sample,
        buckets: Vec::new(),
        growth: Vec::new(),
    };
    for (classes, members) in distinct {
        merging.add(Bucket::new(classes, members, sample));
        merging.shrink_to(MERGED_MAX);
    }
    let passes = MERGED_MAX / BUCKETS;
    let fewer = std::iter::successors(Some(passes), |passes| Some(passes / 2));
    let mut best: Option<(u32, Buckets)> = None;
    for passes in fewer.take_while(|passes| *passes > 0) {
        merging.shrink_to(passes * BUCKETS);
        let buckets = merging.buckets.iter();
        let buckets: Buckets = buckets.map(|b| (b.classes, b.members.clone())).collect();
        let cost = cost(&buckets, pass_ns, sample);
        if best.as_ref().is_none_or(|(least, _)| cost <= *least) {
            best = Some((cost, buckets));
        }
    }
    best.map(|(_, buckets)| buckets).unwrap_or_default()
}

/// What the kernel and its candidates cost in 1 KiB.
pub(super) fn cost(buckets: &Buckets, pass_ns: u32, sample: &Sample) -> u32 {
    let checks = buckets.iter().map(|(classes, members)| {
        let chunks = position(members.len().div_ceil(CHUNK));
        hits_of(classes, sample) * (BUCKET_NS + chunks * CHUNK_NS)
    });
    let passes = position(buckets.len().div_ceil(BUCKETS));
    checks.sum::<u32>() / SAMPLE_KIB + passes * pass_ns
}

/// Buckets that are compared with each other.
struct Merging<'s> {
    sample: &'s Sample,
    buckets: Vec<Bucket>,
    /// For each bucket the work that merging it with each one before it adds.
    growth: Vec<Vec<f32>>,
}

impl Merging<'_> {
    fn add(&mut self, bucket: Bucket) {
        let others = self.buckets.iter();
        let row = others.map(|other| grown(&bucket, other, self.sample));
        self.growth.push(row.collect());
        self.buckets.push(bucket);
    }

    fn shrink_to(&mut self, most: usize) {
        while self.buckets.len() > most {
            let rows = self.growth.iter().enumerate();
            let pairs = rows.flat_map(|(i, row)| {
                let row = row.iter().enumerate();
                row.map(move |(j, grown)| (*grown, i, j))
            });
            let least = pairs.min_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
            let Some((_, i, j)) = least else { return };
            self.merge(i, j);
        }
    }

    /// `j` is below `i`: the merged bucket takes the place of `j`, the last one that of `i`.
    fn merge(&mut self, i: usize, j: usize) {
        let last = self.buckets.len() - 1;
        let second = self.buckets.swap_remove(i);
        self.buckets[j] = union(&self.buckets[j], &second, self.sample);
        let moved = self.growth.pop().unwrap_or_default();
        if i < last {
            self.growth[i] = moved[..i].to_vec();
            for (other, grown) in moved.iter().enumerate().skip(i + 1) {
                self.growth[other][i] = *grown;
            }
        }
        for other in 0..self.buckets.len() {
            let (high, low) = (j.max(other), j.min(other));
            if high != low {
                let (high_bucket, low_bucket) = (&self.buckets[high], &self.buckets[low]);
                self.growth[high][low] = grown(high_bucket, low_bucket, self.sample);
            }
        }
    }
}

impl Bucket {
    fn new(classes: [ByteSet; WIDTH], members: Vec<u16>, sample: &Sample) -> Bucket {
        let mut positions = [[0; WORDS]; WIDTH];
        for (offset, class) in classes.iter().enumerate() {
            positions[offset] = sample.positions(*class, offset);
        }
        let hits = count_all(positions.iter());
        Bucket {
            members,
            distinct: 1,
            classes,
            cost: work(hits, sample.expected(classes.iter()), 1),
            positions,
        }
    }
}

fn union(a: &Bucket, b: &Bucket, sample: &Sample) -> Bucket {
    let mut positions = a.positions;
    for (mine, theirs) in positions.iter_mut().zip(&b.positions) {
        mine.iter_mut()
            .zip(theirs)
            .for_each(|(mine, theirs)| *mine |= theirs);
    }
    let classes = union_of(a, b);
    let distinct = a.distinct + b.distinct;
    let expected = sample.expected(classes.iter());
    Bucket {
        members: [a.members.as_slice(), &b.members].concat(),
        distinct,
        classes,
        cost: work(count_all(positions.iter()), expected, distinct),
        positions,
    }
}

fn union_of(a: &Bucket, b: &Bucket) -> [ByteSet; WIDTH] {
    std::array::from_fn(|offset| a.classes[offset].union(b.classes[offset]))
}

/// The work that a bucket makes. Each window costs a little even where nothing is expected.
fn work(hits: u32, expected: f32, distinct: u16) -> f32 {
    // A sample has few positions: the counts are exact.
    #[allow(clippy::cast_precision_loss)]
    let candidates = hits as f32 + expected;
    (candidates + 0.001) * f32::from(distinct)
}

/// The work that merging adds.
fn grown(a: &Bucket, b: &Bucket, sample: &Sample) -> f32 {
    let distinct = a.distinct + b.distinct;
    let hits: u32 = (0..WORDS)
        .map(|word| {
            let either = |offset: usize| a.positions[offset][word] | b.positions[offset][word];
            (0..WIDTH)
                .fold(u64::MAX, |all, offset| all & either(offset))
                .count_ones()
        })
        .sum();
    let expected = sample.expected(union_of(a, b).iter());
    work(hits, expected, distinct) - a.cost - b.cost
}

/// The tables of the kernel: for each offset and byte the buckets that permit it.
pub(super) fn tables(windows: &[Window], buckets: &[Vec<u16>]) -> Box<Tables> {
    let mut tables = Box::new([[0u32; 256]; WIDTH]);
    for (bucket, members) in buckets.iter().enumerate() {
        for member in members {
            let window = &windows[usize::from(*member)];
            for (table, class) in tables.iter_mut().zip(&window.classes) {
                for byte in (0..=u8::MAX).filter(|byte| class.contains(*byte)) {
                    table[usize::from(byte)] |= 1 << bucket;
                }
            }
        }
    }
    tables
}
