//! Every form of this machine against the plainest reading.

#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Bytes of a text at most; an interpreter takes its time.
const TEXT_MAX: usize = if cfg!(miri) { 150 } else { 700 };

/// Nothing lies behind the padding: a sanitizer sees what is read there.
fn padded(text: &[u8]) -> Box<[u8]> {
    let mut padded = text.to_vec();
    padded.resize(text.len() + PADDING, 0);
    padded.into_boxed_slice()
}

fn key_of(bytes: &[u8]) -> Key {
    let codes = |at: usize| code(bytes.get(at).copied().unwrap_or(0));
    [first(codes(0)), codes(1), codes(2), codes(3)]
}

/// The forms that this machine has.
fn forms(keys: &[Key]) -> Vec<(Instructions, Keys)> {
    let available = Instructions::ALL.into_iter().filter(|i| i.available());
    available
        .map(|i| (i, Keys::new(i, keys).unwrap()))
        .collect()
}

fn found(keys: &Keys, text: &[u8], memory: &mut KeyMemory) -> Vec<KeyAt> {
    // What was there before is replaced.
    let mut found = vec![KeyAt { at: 9, key: 9 }];
    keys.find(&padded(text), text.len(), memory, &mut found);
    found
}

fn expected(keys: &[Key], text: &[u8]) -> Vec<KeyAt> {
    let there = |at: usize| {
        let key = keys.iter().position(|key| *key == key_of(&text[at..]))?;
        Some(KeyAt {
            at: u32::try_from(at).unwrap(),
            key: u16::try_from(key).unwrap(),
        })
    };
    (0..text.len()).filter_map(there).collect()
}

/// Different keys of texts of these bytes.
fn keys(bytes: impl Strategy<Value = u8>, most: usize) -> impl Strategy<Value = Vec<Key>> {
    let texts = proptest::collection::vec(bytes, 4..most);
    texts.prop_map(|text| {
        let keys: BTreeSet<Key> = text.windows(KEY).map(key_of).collect();
        keys.into_iter().collect()
    })
}

fn compare(keys: &[Key], text: &[u8]) -> Result<(), TestCaseError> {
    let expected = expected(keys, text);
    let mut memory = KeyMemory::default();
    for (instructions, form) in forms(keys) {
        // Twice: what an earlier text left does not matter.
        for _ in 0..2 {
            let found = found(&form, text, &mut memory);
            prop_assert_eq!(&found, &expected, "{}", instructions.name());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 3 } else { 200 }))]

    #[test]
    fn all_forms_find_every_key_among_few_bytes(
        keys in keys(prop_oneof![0x61u8..0x68, 0x30u8..0x3f, Just(b'_')], 60),
        text in proptest::collection::vec(prop_oneof![0x61u8..0x68, 0x41u8..0x48, 0x30u8..0x3f, Just(b'_')], 0..TEXT_MAX),
        times in 1usize..if cfg!(miri) { 4 } else { 20 },
    ) {
        compare(&keys, &text.repeat(times))?;
    }

    #[test]
    fn all_forms_find_every_key_among_any_bytes(
        keys in keys(any::<u8>(), if cfg!(miri) { 60 } else { 2000 }),
        text in proptest::collection::vec(any::<u8>(), 0..TEXT_MAX),
    ) {
        compare(&keys, &text)?;
    }
}

#[test]
fn every_length_and_place_is_looked_at() {
    let keys = [key_of(b"ghp_"), key_of(b"hp_x"), key_of(b" key")];
    let lengths: &[usize] = if cfg!(miri) {
        &[33, 2049]
    } else {
        &[4, 8, 63, 64, 65, 127, 128, 129, 2047, 2048, 2049, 2183]
    };
    let every = if cfg!(miri) { 1021 } else { 1 };
    let mut memory = KeyMemory::default();
    for &len in lengths {
        for at in (0..=len - KEY).rev().step_by(every) {
            // In either case, and at the end of the text.
            for token in [*b"ghp_", *b"GhP_", *b"\0kEy", *b"-KEY"] {
                let mut text = vec![b'#'; len];
                text[at..at + KEY].copy_from_slice(&token);
                let expected = expected(&keys, &text);
                assert_eq!(expected.len(), 1);
                for (instructions, form) in forms(&keys) {
                    let found = found(&form, &text, &mut memory);
                    assert_eq!(found, expected, "{}, {len} bytes", instructions.name());
                }
            }
        }
    }
}

#[test]
fn keys_that_overlap_are_all_found() {
    let text = b"xoxb-sk_live_ghp_AKIA";
    let keys: Vec<Key> = text.windows(KEY).map(key_of).collect();
    for (instructions, form) in forms(&keys) {
        let found = found(&form, text, &mut KeyMemory::default());
        let places: Vec<u32> = found.iter().map(|found| found.at).collect();
        let all: Vec<u32> = (0..u32::try_from(keys.len()).unwrap()).collect();
        assert_eq!(places, all, "{}", instructions.name());
    }
}

#[test]
fn a_key_may_reach_over_the_end_of_the_text_into_its_padding() {
    let keys = [key_of(b"ke\0\0")];
    for (_, form) in forms(&keys) {
        let found = found(&form, b"a ke", &mut KeyMemory::default());
        assert_eq!(found, [KeyAt { at: 2, key: 0 }]);
    }
}

#[test]
fn as_many_keys_as_there_may_be_are_all_found() {
    let count = if cfg!(miri) { 200 } else { KEYS_MAX };
    let letters = [b'a', b'q', b'z', b'e', b'.', b'-', b'_', b'5', b' ', b'x'];
    let text: Vec<u8> = (0..count * 4)
        .map(|at| letters[(at * at / 3 + at / 7) % letters.len()])
        .collect();
    let keys: BTreeSet<Key> = text.windows(KEY).map(key_of).collect();
    let keys: Vec<Key> = keys.into_iter().take(KEYS_MAX).collect();
    for (instructions, form) in forms(&keys) {
        let found = found(&form, &text, &mut KeyMemory::default());
        assert_eq!(found, expected(&keys, &text), "{}", instructions.name());
    }
}

#[test]
#[should_panic(expected = "without codes")]
fn a_key_that_is_none_is_refused() {
    let _ = Keys::new(Instructions::Scalar, &[[28, 1, 1, 1]]);
}

#[test]
#[should_panic(expected = "without padding")]
fn text_without_padding_is_refused() {
    let keys = Keys::new(Instructions::fastest(), &[]).unwrap();
    keys.find(&[0; 3], 0, &mut KeyMemory::default(), &mut Vec::new());
}
