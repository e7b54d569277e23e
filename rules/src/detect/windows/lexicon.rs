//! The keys of all detectors, and what stands around them.
//!
//! One search finds the keys of hundreds of tokens and words (`wiremask_simd::Keys`); what else must stand around
//! a key, in the right case, is checked byte by byte. What remains is a survivor as those of the
//! windows are.

use super::bytes::ByteSet;
use super::exact::{Member, Survivor};
use super::keys::Keyed;
use crate::detect::confirm::position;
use std::collections::BTreeMap;
use wiremask_simd::{Instructions, Key, KeyAt, KeyMemory, Keys};

/// The number of the pass that survivors of keys have.
pub(super) const PASS: u16 = u16::MAX;

/// The keys of all detectors.
#[derive(Debug)]
pub(super) struct Lexicon {
    keys: Keys,
    /// For each key its first and behind its last entry.
    lists: Vec<(u32, u32)>,
    /// What a key may stand for.
    entries: Vec<Entry>,
    members: Vec<Member>,
    places: Vec<(u8, ByteSet)>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    member: u16,
    /// Where the key begins, counted from the byte before what it stands for.
    from: u8,
    /// First and behind the last place that is checked.
    around: (u32, u32),
}

/// Reusable memory of a search.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    memory: KeyMemory,
    found: Vec<KeyAt>,
}

impl Lexicon {
    /// Of these, each with its detector; the keys of all are at most [`KEYS_MAX`](wiremask_simd::KEYS_MAX). The error
    /// names the instructions that the machine lacks.
    pub(super) fn new(
        instructions: Instructions,
        keyed: &[(Keyed, u16)],
    ) -> Result<Lexicon, String> {
        let mut by_key: BTreeMap<Key, Vec<Entry>> = BTreeMap::new();
        let (mut members, mut places) = (Vec::new(), Vec::new());
        for (one, detector) in keyed {
            let first = position(places.len());
            places.extend_from_slice(&one.around);
            let member = u16::try_from(members.len()).map_err(|_| "too many keys".to_owned())?;
            let entry = Entry {
                member,
                from: one.from,
                around: (first, position(places.len())),
            };
            members.push(Member {
                anchor: one.anchor,
                detector: *detector,
            });
            for key in &one.keys {
                by_key.entry(*key).or_default().push(entry);
            }
        }
        let mut entries = Vec::new();
        let mut lists = Vec::new();
        for list in by_key.values() {
            let first = position(entries.len());
            entries.extend_from_slice(list);
            lists.push((first, position(entries.len())));
        }
        let keys: Vec<Key> = by_key.into_keys().collect();
        let keys = Keys::new(instructions, &keys).map_err(|missing| missing.to_string())?;
        Ok(Lexicon {
            keys,
            lists,
            entries,
            members,
            places,
        })
    }

    /// Adds to `survivors` what keys stand for in the first `len` bytes of `text`.
    pub(super) fn survivors(
        &self,
        text: &[u8],
        len: usize,
        Scratch { memory, found }: &mut Scratch,
        survivors: &mut Vec<Survivor>,
    ) {
        self.keys.find(text, len, memory, found);
        for found in &*found {
            let (first, last) = self.lists[usize::from(found.key)];
            for entry in &self.entries[first as usize..last as usize] {
                let Some(at) = found.at.checked_sub(u32::from(entry.from)) else {
                    continue;
                };
                let (first, last) = entry.around;
                let places = &self.places[first as usize..last as usize];
                let holds = places.iter().all(|(distance, class)| {
                    // Outside the text nothing stands, as behind a value.
                    let byte = text.get(at as usize + usize::from(*distance));
                    class.contains(byte.copied().unwrap_or(0))
                });
                if holds {
                    survivors.push(Survivor::new(at, PASS, entry.member));
                }
            }
        }
    }

    /// What a survivor stands for.
    pub(super) fn member(&self, survivor: Survivor) -> Member {
        self.members[survivor.number()]
    }
}
