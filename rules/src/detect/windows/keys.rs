//! Keys: four neighbouring bytes that every match has at a known place.
//!
//! Tokens begin with letters of their own, and words near by are letters only: with such a detector there are few
//! ways to fill four places once bytes are told apart by their *codes* alone (`wiremask_simd::code`). A *key* is
//! four codes. The keys of all detectors are found in one search, where the windows of hundreds of tokens would take
//! pass after pass.
//!
//! Keys come from the automaton itself: all sequences of codes with which it can go on from the states that it
//! may be in at a place, as long as no match can be over before the key is. So every match has one of them there.

use super::Anchor;
use super::bytes::ByteSet;
use super::derive::{beside, byte_classes};
use super::sample::{POSITIONS, Sample};
use crate::detect::confirm::forward_automaton;
use crate::detect::reverse::Reverse;
use crate::pack::Boundary;
use regex_automata::dfa::Automaton;
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::{Hir, HirKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wiremask_simd::{CODES, KEY, Key, code, first};

/// Keys of one place at most.
const KEYS_MAX: usize = 26;

/// Positions of a match that are looked at.
const DEPTH: usize = 12;

/// States of the automaton in front of one position at most.
const STATES_MAX: usize = 256;

/// Positions of the sample at which keys of one place may stand.
const HITS_MAX: usize = 1;

/// Positions of it at which they would be expected if neighbours had nothing to do with each other.
const EXPECTED_MAX: f32 = 1.5;

/// What a key costs although it stands nowhere in the sample, as a part of a position: it makes the filter
/// pass more.
const KEY_COST: f32 = 0.02;

/// How often a split alternative is split again.
const SPLITS_MAX: usize = 2;

/// What every match has at one place.
#[derive(Debug)]
pub(super) struct Keyed {
    pub(super) keys: Vec<Key>,
    /// Where they begin, counted from the byte before the match, the word or the literal.
    pub(super) from: u8,
    /// What else must stand there, by its distance from that byte.
    pub(super) around: Vec<(u8, ByteSet)>,
    pub(super) anchor: Anchor,
}

impl Keyed {
    /// Where the byte before it stands in the sample.
    pub(super) fn places(&self, grams: &Grams) -> impl Iterator<Item = usize> {
        let places = self.keys.iter().flat_map(|key| grams.places(key));
        places.filter_map(|at| (*at as usize).checked_sub(usize::from(self.from)))
    }

    /// Is every byte permitted, if that byte stands at `at`?
    pub(super) fn holds_around(&self, at: usize, text: &[u8]) -> bool {
        self.around.iter().all(|(distance, class)| {
            let byte = text.get(at + usize::from(*distance));
            class.contains(byte.copied().unwrap_or(0))
        })
    }

    /// With the numbers of pivots moved up.
    pub(super) fn numbered(self, first: u16) -> Keyed {
        let anchor = self.anchor.numbered(first);
        Keyed { anchor, ..self }
    }
}

/// What became of a pattern.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// With what stands in front of its literal where the key is behind one; such an anchor's number is 0.
    pub(super) keyed: Vec<(Keyed, Option<Reverse>)>,
    /// Alternatives without keys.
    pub(super) left: Vec<Hir>,
}

/// Common words of English text, of programs and of databases: what stands inside them is no good key, and the sample
/// is too small to tell.
const WORDS: &str = include_str!("words.txt");

/// Where keys stand in the sample, and how likely they are elsewhere.
pub(super) struct Grams {
    places: HashMap<Key, Vec<u32>>,
    /// In how many common words.
    common: HashMap<Key, f32>,
    chances: [f32; CODES],
}

/// How likely bytes that are not letters are at least: text of another kind than the sample is full of them.
const CHANCE_MIN: [(u8, f32); 6] = [
    (b' ', 0.2),
    (b'0', 0.15),
    (b'/', 0.06),
    (b'_', 0.02),
    (b'-', 0.02),
    (b'.', 0.02),
];

/// How often a common word stands in as much text as the sample is.
const COMMON: f32 = 0.5;

/// How likely something else than a letter stands somewhere.
const NO_LETTER: f32 = 0.4;

impl Grams {
    pub(super) fn new(sample: &Sample) -> Grams {
        let mut places: HashMap<Key, Vec<u32>> = HashMap::new();
        let codes: Vec<u8> = sample.text().iter().map(|byte| code(*byte)).collect();
        for (at, codes) in (0..).zip(codes.windows(KEY)) {
            let key: Key = [first(codes[0]), codes[1], codes[2], codes[3]];
            places.entry(key).or_default().push(at);
        }
        let mut chances = [0.0; CODES];
        for byte in 0..=u8::MAX {
            let set = ByteSet::of(|other| other == byte);
            chances[usize::from(code(byte))] += sample.chance(set);
        }
        for (byte, least) in CHANCE_MIN {
            let chance = &mut chances[usize::from(code(byte))];
            *chance = chance.max(least);
        }
        let mut common: HashMap<Key, f32> = HashMap::new();
        let codes: Vec<u8> = WORDS.bytes().map(code).collect();
        for codes in codes.windows(KEY) {
            let key: Key = [first(codes[0]), codes[1], codes[2], codes[3]];
            *common.entry(key).or_default() += 1.0;
        }
        Grams {
            places,
            common,
            chances,
        }
    }

    /// Where a key stands.
    pub(super) fn places(&self, key: &Key) -> &[u32] {
        self.places.get(key).map_or(&[], Vec::as_slice)
    }

    fn hits(&self, keys: &BTreeSet<Key>) -> usize {
        keys.iter().map(|key| self.places(key).len()).sum()
    }

    /// How often the keys are to be expected in as many positions as the sample has, if neighbours had nothing
    /// to do with each other.
    fn expected(&self, keys: &BTreeSet<Key>) -> f32 {
        let chance = |code: &u8| self.chances[usize::from(*code)];
        let each = keys.iter().map(|key| {
            let front = match key[0] {
                0 => NO_LETTER,
                letter => chance(&letter),
            };
            let behind: f32 = key[1..].iter().map(chance).product();
            let common = self.common.get(key).copied().unwrap_or_default();
            front * behind * POSITIONS + common * COMMON
        });
        each.sum()
    }
}

/// The keys of a pattern's alternatives.
pub(super) fn of_pattern(
    pattern: &Hir,
    boundary: Boundary,
    grams: &Grams,
) -> Result<Chosen, String> {
    let mut chosen = Chosen::default();
    choose((pattern, boundary), grams, SPLITS_MAX, &mut chosen)?;
    Ok(chosen)
}

fn choose(
    (pattern, boundary): (&Hir, Boundary),
    grams: &Grams,
    splits: usize,
    chosen: &mut Chosen,
) -> Result<(), String> {
    if let Some(keyed) = from_start(pattern, boundary, grams)? {
        chosen.keyed.push((keyed, None));
        return Ok(());
    }
    let alternatives = alternatives(pattern);
    if splits > 0 && alternatives.len() > 1 {
        for alternative in &alternatives {
            choose((alternative, boundary), grams, splits - 1, chosen)?;
        }
        return Ok(());
    }
    match from_inside(pattern, grams)? {
        Some((keyed, left)) => chosen.keyed.push((keyed, Some(left))),
        None => chosen.left.push(pattern.clone()),
    }
    Ok(())
}

/// A pattern as alternatives, by its first part that has some.
fn alternatives(pattern: &Hir) -> Vec<Hir> {
    match pattern.kind() {
        HirKind::Alternation(parts) => parts.clone(),
        HirKind::Capture(capture) => alternatives(&capture.sub),
        HirKind::Concat(parts) => match parts.split_first() {
            Some((first, rest)) => {
                let with_rest = |one: Hir| Hir::concat([&[one], rest].concat());
                alternatives(first).into_iter().map(with_rest).collect()
            }
            None => Vec::new(),
        },
        _ => vec![pattern.clone()],
    }
}

/// Keys near the start of every match.
fn from_start(pattern: &Hir, boundary: Boundary, grams: &Grams) -> Result<Option<Keyed>, String> {
    let Some(walk) = Walk::new(pattern)? else {
        return Ok(None);
    };
    let first = walk.classes.first().copied().unwrap_or(ByteSet::ALL);
    let before = beside(boundary, first);
    let rarest = walk.rarest(Some(before), grams);
    let around = [before].into_iter().chain(walk.classes);
    Ok(rarest.map(|rarest| rarest.keyed(around, Anchor::Start { lead: 0 })))
}

/// Keys at the place inside a pattern where they are rarest, and what stands in front of it.
fn from_inside(pattern: &Hir, grams: &Grams) -> Result<Option<(Keyed, Reverse)>, String> {
    let HirKind::Concat(parts) = pattern.kind() else {
        return Ok(None);
    };
    let mut best: Option<(Rarest, Walk, usize)> = None;
    for (index, part) in parts.iter().enumerate().skip(1) {
        if !matches!(part.kind(), HirKind::Literal(_) | HirKind::Alternation(_)) {
            continue;
        }
        let walk = Walk::new(&Hir::concat(parts[index..].to_vec()))?;
        if let Some(walk) = walk
            && let Some(rarest) = walk.rarest(None, grams)
            && best
                .as_ref()
                .is_none_or(|(known, ..)| rarest.is_less(known))
        {
            best = Some((rarest, walk, index));
        }
    }
    let Some((rarest, walk, index)) = best else {
        return Ok(None);
    };
    let around = [ByteSet::ALL].into_iter().chain(walk.classes);
    let anchor = Anchor::Pivot { skip: 1, pivot: 0 };
    let left = Reverse::new(&[Hir::concat(parts[..index].to_vec())])?;
    Ok(Some((rarest.keyed(around, anchor), left)))
}

/// Keys in a path: the bytes that may stand at each of its places, the first one before what it stands for.
pub(super) fn of_path(path: &[ByteSet], anchor: Anchor, grams: &Grams) -> Option<Keyed> {
    let codes: Vec<Vec<u8>> = path.iter().map(|class| codes(*class)).collect();
    let places = (0u8..).zip(codes.windows(KEY));
    let all = places.filter_map(|(from, codes)| Some((product(codes)?, from)));
    let rarest = rarest(all, grams)?;
    Some(rarest.keyed(path.iter().copied(), anchor))
}

/// All keys of these codes.
fn product(codes: &[Vec<u8>]) -> Option<BTreeSet<Key>> {
    let mut keys = BTreeSet::from([[0; KEY]]);
    for (at, codes) in codes.iter().enumerate() {
        let with = |mut key: Key, code: u8| {
            key[at] = if at == 0 { first(code) } else { code };
            key
        };
        let longer = |key: Key| codes.iter().map(move |code| with(key, *code));
        keys = keys.into_iter().flat_map(longer).collect();
        if keys.len() > KEYS_MAX {
            return None;
        }
    }
    Some(keys)
}

/// The codes of some bytes.
fn codes(class: ByteSet) -> Vec<u8> {
    let bytes = (0..=u8::MAX).filter(|byte| class.contains(*byte));
    bytes
        .map(code)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// The place with the rarest keys.
struct Rarest {
    keys: BTreeSet<Key>,
    from: u8,
    hits: usize,
    /// How often they are to be expected, and what they cost even where they are not.
    expected: f32,
}

fn rarest(all: impl Iterator<Item = (BTreeSet<Key>, u8)>, grams: &Grams) -> Option<Rarest> {
    let judged = all.map(|(keys, from)| {
        // There are few of them.
        #[allow(clippy::cast_precision_loss)]
        let expected = grams.expected(&keys) + KEY_COST * keys.len() as f32;
        Rarest {
            hits: grams.hits(&keys),
            expected,
            keys,
            from,
        }
    });
    let best = judged.reduce(|best, next| if next.is_less(&best) { next } else { best });
    best.filter(|best| best.hits <= HITS_MAX && best.expected <= EXPECTED_MAX)
}

impl Rarest {
    fn is_less(&self, other: &Rarest) -> bool {
        let expected = || self.expected.total_cmp(&other.expected);
        self.hits.cmp(&other.hits).then_with(expected).is_lt()
    }

    /// With what stands at each place from the byte before on.
    fn keyed(self, around: impl Iterator<Item = ByteSet>, anchor: Anchor) -> Keyed {
        let around = (0u8..).zip(around);
        let mut around: Vec<_> = around.filter(|(_, class)| *class != ByteSet::ALL).collect();
        // What permits least is lacking most often.
        around.sort_by_key(|(_, class)| class.len());
        Keyed {
            keys: self.keys.into_iter().collect(),
            from: self.from,
            around,
            anchor,
        }
    }
}

/// An automaton, position by position.
struct Walk {
    automaton: regex_automata::dfa::dense::DFA<Vec<u32>>,
    /// One byte of each class, and the codes of all.
    bytes: Vec<(u8, ByteSet, Vec<u8>)>,
    /// The states in front of each position that every match has.
    states: Vec<Vec<StateID>>,
    /// What may stand there.
    classes: Vec<ByteSet>,
    /// How many codes that are.
    codes: Vec<usize>,
}

impl Walk {
    fn new(pattern: &Hir) -> Result<Option<Walk>, String> {
        let automaton = forward_automaton(std::slice::from_ref(pattern))?;
        let Some(start) = automaton.universal_start_state(regex_automata::Anchored::Yes) else {
            return Ok(None);
        };
        let bytes = byte_classes(&automaton);
        let bytes = bytes.into_iter().map(|(byte, set)| (byte, set, codes(set)));
        let mut walk = Walk {
            bytes: bytes.collect(),
            automaton,
            states: Vec::new(),
            classes: Vec::new(),
            codes: Vec::new(),
        };
        let mut states = vec![start];
        for _ in 0..DEPTH {
            let ends = |state: &StateID| {
                let end = walk.automaton.next_eoi_state(*state);
                walk.automaton.is_match_state(end)
            };
            if states.is_empty() || states.len() > STATES_MAX || states.iter().any(ends) {
                break;
            }
            let mut class = ByteSet::NONE;
            let mut next = Vec::new();
            for (byte, set, _) in &walk.bytes {
                let before = next.len();
                next.extend(walk.step(&states, *byte));
                if next.len() > before {
                    class = class.union(*set);
                }
            }
            next.sort_unstable();
            next.dedup();
            walk.states.push(std::mem::replace(&mut states, next));
            walk.classes.push(class);
            walk.codes.push(codes(class).len());
        }
        Ok(Some(walk))
    }

    fn step(&self, states: &[StateID], byte: u8) -> impl Iterator<Item = StateID> {
        let next = states
            .iter()
            .map(move |state| self.automaton.next_state(*state, byte));
        next.filter(|state| !self.automaton.is_dead_state(*state))
    }

    /// The rarest keys at one place, counted from the byte before the first position; what may stand there.
    fn rarest(&self, before: Option<ByteSet>, grams: &Grams) -> Option<Rarest> {
        let in_front = before.and_then(|before| {
            let behind = self.sequences(0, KEY - 1)?;
            let fronts = codes(before).into_iter().map(first);
            let keys: BTreeSet<Key> = fronts
                .flat_map(|front| {
                    behind
                        .iter()
                        .map(move |key| [front, key[0], key[1], key[2]])
                })
                .collect();
            (keys.len() <= KEYS_MAX).then_some((keys, 0))
        });
        let leads = (0..self.states.len()).filter_map(|lead| {
            let keys = self.sequences(lead, KEY)?;
            let keys = keys.into_iter().map(|[a, b, c, d]| [first(a), b, c, d]);
            Some((keys.collect(), u8::try_from(lead + 1).ok()?))
        });
        rarest(in_front.into_iter().chain(leads), grams)
    }

    /// All sequences of codes of so many positions; nothing where a match may be over before, or where they are
    /// many.
    fn sequences(&self, lead: usize, len: usize) -> Option<BTreeSet<Key>> {
        if self.states.len() < lead + len {
            return None;
        }
        // There are at least as many as one position has codes.
        if self.codes[lead..lead + len]
            .iter()
            .any(|codes| *codes > KEYS_MAX)
        {
            return None;
        }
        let mut known = BTreeMap::from([([0; KEY], self.states[lead].clone())]);
        for at in 0..len {
            let mut longer: BTreeMap<Key, Vec<StateID>> = BTreeMap::new();
            for (key, states) in &known {
                for (byte, _, codes) in &self.bytes {
                    let next: Vec<StateID> = self.step(states, *byte).collect();
                    if next.is_empty() {
                        continue;
                    }
                    for code in codes {
                        let mut key = *key;
                        key[at] = *code;
                        longer.entry(key).or_default().extend(&next);
                    }
                }
                if longer.len() > KEYS_MAX {
                    return None;
                }
            }
            for states in longer.values_mut() {
                states.sort_unstable();
                states.dedup();
            }
            known = longer;
        }
        Some(known.into_keys().collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::detect::pattern::parse;
    use proptest::prelude::*;

    fn chosen(pattern: &str) -> Chosen {
        let grams = Grams::new(&Sample::new());
        of_pattern(&parse(pattern).unwrap(), Boundary::Word, &grams).unwrap()
    }

    /// Patterns that have keys, with what no alternative may lack.
    const KEYED: [&str; 9] = [
        "ghp_[A-Za-z0-9]{36}",
        "(?i:x-api-key): ?[a-z]{4,9}",
        "gh[pousr]_[A-Za-z0-9]{4,}",
        "(?:AKIA|ASIA|ABIA)[A-Z0-9]{6}",
        "SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}",
        "[A-Za-z0-9]{9}AZDO[A-Za-z0-9]{4}",
        "[0-9]{6,21}-[a-z0-9_]{6}\\.apps\\.example\\.com",
        "(?:wiz|orca)_[a-z0-9]{8}|xox[bp]-[0-9]{4,9}",
        "[a-z]{3,9}(?:NRAL|nrqz)x",
    ];

    /// Has a match that begins at `start` one of the keys at their place, with what stands around?
    fn has_key(chosen: &Chosen, text: &[u8], start: usize) -> bool {
        let code_at = |at: usize| code(text.get(at).copied().unwrap_or(0));
        let stands = |keyed: &Keyed, at: usize| {
            let from = at + usize::from(keyed.from);
            let key = [
                first(code_at(from)),
                code_at(from + 1),
                code_at(from + 2),
                code_at(from + 3),
            ];
            keyed.keys.contains(&key) && keyed.holds_around(at, text)
        };
        chosen.keyed.iter().any(|(keyed, left)| match left {
            None => stands(keyed, start - 1),
            Some(left) => (start..text.len()).any(|at| {
                let mut starts = Vec::new();
                left.starts(text, at, &mut starts);
                stands(keyed, at - 1) && starts.contains(&u32::try_from(start).unwrap())
            }),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn every_match_has_one_of_its_keys(
            (pattern, text) in proptest::sample::select(&KEYED[..]).prop_flat_map(|pattern| {
                let texts = proptest::string::bytes_regex(&format!("(?-u){pattern}")).unwrap();
                (Just(pattern), texts)
            }),
            before in "[ .:\\x00-]",
        ) {
            let chosen = chosen(pattern);
            prop_assert!(chosen.left.is_empty(), "{}", pattern);
            let mut padded = before.into_bytes();
            padded.extend_from_slice(&text);
            padded.resize(padded.len() + 32, 0);
            prop_assert!(has_key(&chosen, &padded, 1), "{} lacks its key", pattern);
        }
    }

    #[test]
    fn alternatives_without_keys_are_left() {
        let chosen = chosen("ghp_[a-z]{9}|[0-9]{3}-[0-9]{4}");
        assert_eq!((chosen.keyed.len(), chosen.left.len()), (1, 1));
        assert_eq!(chosen.left[0], parse("[0-9]{3}-[0-9]{4}").unwrap());
    }

    #[test]
    fn what_may_be_over_too_soon_or_is_common_has_no_keys() {
        for pattern in [
            "zqx?",
            "[0-9]{9}",
            "[a-z]{8}",
            "the[a-z]{2}",
            "(?:zqxj)?[0-9]{4}",
        ] {
            let chosen = chosen(pattern);
            assert!(chosen.keyed.is_empty(), "{pattern} has keys");
            assert!(!chosen.left.is_empty(), "{pattern} is lost");
        }
    }

    #[test]
    fn a_place_has_few_keys() {
        for pattern in KEYED {
            for (keyed, _) in chosen(pattern).keyed {
                assert!((1..=KEYS_MAX).contains(&keyed.keys.len()), "{pattern}");
            }
        }
    }
}
