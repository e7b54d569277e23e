//! Batches of values over all backends, and what to say when one finds something else.

use super::packs::Pack;
use super::random::Random;
use super::values::value;
use std::collections::BTreeMap;
use wiremask_rules::{
    Backend, ColumnContext, DetectorSetId, FieldRef, Gather, Match, RuleId, Ruleset, Scratch,
};

/// Those that are compared with the portable one, where the machine has them.
const BACKENDS: [Backend; 4] = [
    Backend::Avx512Windows,
    Backend::Avx2Windows,
    Backend::ScalarWindows,
    Backend::Hyperscan,
];

/// A compiled pack and the memory of its scans.
pub struct Side {
    pub ruleset: Ruleset,
    sets: Vec<DetectorSetId>,
    scratch: Scratch,
    gather: Gather,
}

/// The same pack on every backend, the oracle first.
pub struct Sides<'p> {
    pub pack: &'p Pack,
    pub all: Vec<Side>,
    /// Backends that cannot compile it, and why.
    pub without: Vec<(Backend, String)>,
}

/// A value in a column.
#[derive(Clone)]
pub struct Field {
    pub bytes: Vec<u8>,
    pub column: usize,
    pub seed: u64,
}

/// What was compared.
#[derive(Default)]
pub struct Counts {
    pub fields: u64,
    pub bytes: u64,
    pub matches: u64,
    /// Fields longer than a piece of the kernel.
    pub long: u64,
    /// Matches of each detector; in a column that is named for it, and elsewhere.
    pub by_detector: BTreeMap<(u16, bool), u64>,
}

impl Side {
    pub fn new(pack: &Pack, ruleset: Ruleset) -> Side {
        let context = |(name, type_name): &(String, &'static str)| {
            ruleset.detector_set(&ColumnContext { name, type_name })
        };
        Side {
            sets: pack.columns.iter().map(context).collect(),
            scratch: ruleset.scratch(),
            gather: Gather::default(),
            ruleset,
        }
    }

    /// What is found in a batch that is laid out in one of several ways.
    pub fn matches(&mut self, batch: &[Field], layout: &mut Random) -> Vec<Match> {
        let mut matches = Vec::new();
        if layout.one_in(4) {
            let between = *layout.pick(&[b"".as_slice(), b"\0", b"1", b"\0\0\0\x10"]);
            let (buffer, fields) = self.in_one_buffer(batch, between);
            let scratch = &mut self.scratch;
            self.ruleset.scan(scratch, &buffer, &fields, &mut matches);
            return matches;
        }
        self.gather.clear();
        let mut at = 0;
        for run in batch.chunk_by(|a, b| a.column == b.column) {
            let (set, owner) = (self.sets[run[0].column], u32::try_from(at).unwrap());
            if layout.one_in(8) {
                let mark = self.gather.mark();
                run.iter()
                    .for_each(|field| self.gather.add(&field.bytes, set, 7));
                self.gather.back_to(mark);
            }
            if layout.one_in(2) {
                self.add_together(run, set, owner);
            } else {
                for (owner, field) in (owner..).zip(run) {
                    self.gather.add(&field.bytes, set, owner);
                }
            }
            at += run.len();
        }
        let scratch = &mut self.scratch;
        self.ruleset
            .scan_gathered(scratch, &mut self.gather, &mut matches);
        matches
    }

    fn in_one_buffer(&self, batch: &[Field], between: &[u8]) -> (Vec<u8>, Vec<FieldRef>) {
        let (mut buffer, mut fields) = (Vec::new(), Vec::new());
        let position = |buffer: &Vec<u8>| u32::try_from(buffer.len()).unwrap();
        for field in batch {
            let start = position(&buffer);
            buffer.extend_from_slice(&field.bytes);
            let (end, set) = (position(&buffer), self.sets[field.column]);
            fields.push(FieldRef { start, end, set });
            buffer.extend_from_slice(between);
        }
        (buffer, fields)
    }

    /// As the data path does with a column of rows that lie in a buffer.
    fn add_together(&mut self, run: &[Field], set: DetectorSetId, owner: u32) {
        let (mut buffer, mut spans) = (Vec::new(), Vec::new());
        for field in run {
            buffer.extend_from_slice(b"\0\0\0\x09");
            let len = i32::try_from(field.bytes.len()).unwrap();
            spans.push((u32::try_from(buffer.len()).unwrap(), len));
            buffer.extend_from_slice(&field.bytes);
        }
        let len_min = self.ruleset.match_len_min(set).max(1);
        self.gather
            .add_all(&buffer, spans.into_iter(), (set, len_min), (owner, 1));
    }
}

impl<'p> Sides<'p> {
    /// `None` if even the oracle cannot compile the pack.
    pub fn new(pack: &'p Pack) -> Option<Sides<'p>> {
        let oracle = Side::new(pack, pack.compiled(Backend::Portable).ok()?);
        let mut sides = Sides {
            pack,
            all: vec![oracle],
            without: Vec::new(),
        };
        for backend in BACKENDS.into_iter().filter(|each| each.available().is_ok()) {
            match pack.compiled(backend) {
                Ok(ruleset) => sides.all.push(Side::new(pack, ruleset)),
                Err(reason) => sides.without.push((backend, reason)),
            }
        }
        Some(sides)
    }

    /// Compares the values of so many seeds, in batches of any size.
    ///
    /// # Panics
    /// When a backend finds something else than the oracle.
    pub fn compare(&mut self, seeds: std::ops::Range<u64>, counts: &mut Counts) {
        let mut next = seeds.start;
        while next < seeds.end {
            let random = &mut Random::new(4, next);
            let most = *random.pick(&[1, 3, 30, 300, 300]);
            let count = (random.between(1, most) as u64).min(seeds.end - next);
            let batch = self.batch(next..next + count, random);
            self.compare_batch(&batch, next, counts);
            next += count;
        }
    }

    /// Columns change after some values, as when rows are gathered column by column.
    fn batch(&self, seeds: std::ops::Range<u64>, random: &mut Random) -> Vec<Field> {
        let columns = self.pack.columns.len();
        let (mut column, stay) = (random.below(columns), *random.pick(&[1, 6, 40]));
        let mut field = |seed| {
            if random.one_in(stay) {
                column = random.below(columns);
            }
            let bytes = value(self.pack, seed, column);
            Field {
                bytes,
                column,
                seed,
            }
        };
        seeds.map(&mut field).collect()
    }

    fn compare_batch(&mut self, batch: &[Field], seed: u64, counts: &mut Counts) {
        let [oracle, others @ ..] = &mut self.all[..] else {
            unreachable!("the oracle is the first")
        };
        let expected = oracle.matches(batch, &mut Random::new(5, seed));
        for (number, side) in (6..).zip(others) {
            let found = side.matches(batch, &mut Random::new(number, seed));
            if found != expected {
                panic!(
                    "{}",
                    difference(self.pack, oracle, side, batch, (&expected, &found))
                );
            }
        }
        counts.fields += batch.len() as u64;
        counts.bytes += batch
            .iter()
            .map(|field| field.bytes.len() as u64)
            .sum::<u64>();
        counts.long += batch
            .iter()
            .filter(|field| field.bytes.len() > 2048)
            .count() as u64;
        counts.matches += expected.len() as u64;
        for found in &expected {
            let column = batch[found.field as usize].column;
            let named = self.pack.named[column].contains(&found.rule.index());
            *counts.by_detector.entry((found.rule.0, named)).or_default() += 1;
        }
    }
}

/// Says where two backends differ, with the smallest value found that shows it.
fn difference(
    pack: &Pack,
    oracle: &mut Side,
    side: &mut Side,
    batch: &[Field],
    (expected, found): (&[Match], &[Match]),
) -> String {
    let name = |rule: RuleId| pack.detectors[rule.index()].name.as_str();
    let print = |matches: &[Match]| -> Vec<String> {
        let one = |m: &Match| format!("{} {}..{}", name(m.rule), m.start, m.end);
        matches.iter().map(one).collect()
    };
    let differing = expected.iter().zip(found).find(|(a, b)| a != b);
    let (first, last) = match differing {
        Some((a, b)) => (a.field.min(b.field), a.field.max(b.field)),
        None => {
            let more = expected.get(found.len()).or(found.get(expected.len()));
            more.map_or((0, 0), |m| (m.field, m.field))
        }
    };
    let text = match pack.seed {
        Some(_) => pack.text.as_str(),
        None => "",
    };
    let mut said = format!(
        "{} differs from the oracle\npack {}, detectors {:?}\n",
        side.ruleset.scanner(),
        pack.name,
        pack.detectors
            .iter()
            .map(|each| &each.name)
            .collect::<Vec<_>>(),
    );
    let mut differs = |field: &Field| {
        let alone = std::slice::from_ref(field);
        // A layout that neither forgets nor adds together.
        let [a, b] = [&mut *oracle, &mut *side].map(|side| side.matches_of(alone));
        (a != b).then_some((a, b))
    };
    for index in first..=last {
        let field = &batch[index as usize];
        if differs(field).is_none() {
            continue;
        }
        let small = shrunk(field.clone(), |field| differs(field).is_some());
        let (a, b) = differs(&small).unwrap();
        let column = &pack.columns[field.column];
        said += &format!(
            "value of seed {} in column {column:?}, shrunk: {:?}\nexpected {:?}\nfound    {:?}\n{}",
            field.seed,
            small.bytes.escape_ascii().to_string(),
            print(&a),
            print(&b),
            text,
        );
        return said;
    }
    let seeds: Vec<_> = (first..=last)
        .map(|index| batch[index as usize].seed)
        .collect();
    said + &format!(
        "values of seeds {seeds:?} (values {first} to {last} of {}), not when alone\nexpected {:?}\nfound    {:?}\n{}",
        batch.len(),
        print(expected),
        print(found),
        text,
    )
}

impl Side {
    /// What is found in a batch whose values are gathered one by one.
    pub fn matches_of(&mut self, batch: &[Field]) -> Vec<Match> {
        let (buffer, fields) = self.in_one_buffer(batch, b"");
        let mut matches = Vec::new();
        let scratch = &mut self.scratch;
        self.ruleset.scan(scratch, &buffer, &fields, &mut matches);
        matches
    }
}

/// Values that are tried at most to make one smaller; a long one may take a second each.
const TRIED: usize = 400;

/// The field without most of what is not needed for it to differ.
pub fn shrunk(mut field: Field, mut differs: impl FnMut(&Field) -> bool) -> Field {
    let (mut size, mut tried) = (field.bytes.len() / 2, 0);
    while size > 0 {
        let mut at = 0;
        while at < field.bytes.len() && tried < TRIED {
            tried += 1;
            let mut smaller = field.clone();
            smaller.bytes.drain(at..(at + size).min(field.bytes.len()));
            if differs(&smaller) {
                field = smaller;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    field
}
