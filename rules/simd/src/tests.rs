//! Every kernel of this machine against the plain loop.

#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

/// Bytes of a text at most; an interpreter takes its time.
const TEXT_MAX: usize = if cfg!(miri) { 150 } else { 700 };

/// Every permitted byte of each offset, by window; a window is a bucket.
type Windows = Vec<Vec<Vec<u8>>>;

fn tables(windows: &Windows) -> Box<Tables> {
    let mut tables = Box::new([[0u32; 256]; WIDTH]);
    for (bucket, window) in windows.iter().enumerate() {
        for (offset, class) in window.iter().enumerate() {
            for byte in class {
                tables[offset][usize::from(*byte)] |= 1 << bucket;
            }
        }
    }
    tables
}

/// Windows of these bytes, so many in a class.
fn windows(
    bytes: impl Strategy<Value = u8> + Clone,
    class: std::ops::Range<usize>,
) -> impl Strategy<Value = Windows> {
    use proptest::collection::vec;
    let (class, most) = if cfg!(miri) { (1..4, 4) } else { (class, 32) };
    vec(vec(vec(bytes, class), WIDTH), 1..most)
}

/// Nothing lies behind the padding: a sanitizer sees what is read there.
fn padded(text: &[u8]) -> Box<[u8]> {
    let mut padded = text.to_vec();
    padded.resize(text.len() + PADDING, 0);
    padded.into_boxed_slice()
}

/// The kernels that this machine has, the plain loop last.
fn kernels(tables: &Tables, needs: &[u8], weight: &[u32; 256]) -> Vec<Kernel> {
    let available = Instructions::ALL.into_iter().filter(|i| i.available());
    let made = available.map(|i| Kernel::new(i, tables, needs, weight).unwrap());
    made.collect()
}

fn found(kernel: &Kernel, text: &[u8]) -> Vec<Candidate> {
    // What was there before is replaced.
    let mut found = vec![Candidate { at: 9, buckets: 9 }];
    kernel.candidates(&padded(text), text.len(), &mut found);
    found
}

/// Checks that each kernel finds what the plain loop finds, and at most `excess` times as many buckets.
fn compare(
    (tables, needs, weight): (&Tables, &[u8], &[u32; 256]),
    text: &[u8],
    excess: impl Fn(Instructions) -> Option<usize>,
) -> Result<(), TestCaseError> {
    let kernels = kernels(tables, needs, weight);
    let plain = found(kernels.last().unwrap(), text);
    let stands = |at: usize| {
        (0..WIDTH).fold(u32::MAX, |bits, offset| {
            bits & tables[offset][usize::from(text.get(at + offset).copied().unwrap_or(0))]
        })
    };
    let expected = (0..text.len())
        .filter(|at| stands(*at) != 0)
        .map(|at| Candidate {
            at: u32::try_from(at).unwrap(),
            buckets: stands(at),
        });
    prop_assert_eq!(&plain, &expected.collect::<Vec<_>>());
    let count = |found: &[Candidate]| -> usize {
        let buckets = found
            .iter()
            .map(|found| found.buckets.count_ones() as usize);
        buckets.sum()
    };
    for kernel in &kernels {
        let name = kernel.instructions().name();
        let found = found(kernel, text);
        prop_assert!(
            found.is_sorted_by(|a, b| a.at < b.at),
            "{name}: not in order"
        );
        let within = |found: &Candidate| (found.at as usize) < text.len() && found.buckets != 0;
        prop_assert!(found.iter().all(within), "{name}: not in the text");
        let mut left = found.iter();
        for candidate in &plain {
            let there = left.find(|found| found.at == candidate.at);
            let buckets = there.map_or(0, |found| found.buckets);
            let lacking = candidate.buckets & !buckets;
            prop_assert_eq!(lacking, 0, "{} at {}", name, candidate.at);
        }
        if let Some(times) = excess(kernel.instructions()) {
            prop_assert!(count(&found) <= count(&plain) * times, "{name}: too many");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 3 } else { 300 }))]

    #[test]
    fn vectors_find_what_the_plain_loop_finds_and_no_more_among_few_classes(
        windows in windows(40u8..69, 6..28),
        text in proptest::collection::vec(38u8..71, 0..TEXT_MAX),
        times in 1usize..if cfg!(miri) { 4 } else { 20 },
        needs in proptest::collection::vec(0u8..8, 0..40),
    ) {
        // 29 bytes and all others are 30 classes at most; the text is over several pieces.
        compare((&tables(&windows), &needs, &[1; 256]), &text.repeat(times), |_| Some(1))?;
    }

    #[test]
    fn avx512_finds_no_more_among_64_classes(
        windows in windows(40u8..103, 20..60),
        text in proptest::collection::vec(38u8..105, 0..TEXT_MAX),
        needs in proptest::collection::vec(0u8..8, 0..40),
    ) {
        let exact = |instructions| (instructions != Instructions::Avx2).then_some(1);
        compare((&tables(&windows), &needs, &[1; 256]), &text, exact)?;
    }

    #[test]
    fn vectors_find_at_least_what_the_plain_loop_finds(
        windows in windows(any::<u8>(), 60..200),
        text in proptest::collection::vec(any::<u8>(), 0..TEXT_MAX),
        needs in proptest::collection::vec(any::<u8>(), 0..40),
        weight in proptest::collection::vec(0u32..50, 256),
    ) {
        let weight = std::array::from_fn(|byte| weight[byte]);
        compare((&tables(&windows), &needs, &weight), &text, |_| None)?;
    }
}

#[test]
fn every_length_and_place_is_looked_at() {
    // A window of one text, at every place of texts around the ends of turns and pieces.
    let window = b"abcdefgh".map(|byte| vec![byte]).to_vec();
    let kernels = kernels(&tables(&vec![window]), &[3], &[1; 256]);
    let lengths: &[usize] = if cfg!(miri) {
        &[33, 2049]
    } else {
        &[
            8, 31, 32, 33, 63, 64, 65, 127, 128, 129, 2047, 2048, 2049, 2183,
        ]
    };
    let every = if cfg!(miri) { 1021 } else { 1 };
    for &len in lengths {
        for at in (0..=len - WIDTH).rev().step_by(every) {
            let mut text = vec![b'h'; len];
            text[at..at + WIDTH].copy_from_slice(b"abcdefgh");
            for kernel in &kernels {
                let at = u32::try_from(at).unwrap();
                let expected = [Candidate { at, buckets: 1 }];
                let name = kernel.instructions().name();
                assert_eq!(found(kernel, &text), expected, "{name}, {len} bytes");
            }
        }
    }
}

#[test]
fn folded_classes_still_tell_most_bytes_apart() {
    // 90 classes: each bucket permits three bytes of its own at each offset.
    let window = |bucket: u8| vec![(0..3).map(|each| 33 + bucket * 3 + each).collect(); WIDTH];
    let windows: Windows = (0..30).map(window).collect();
    let mut seed = 7u32;
    let text: Vec<u8> = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        33 + u8::try_from((seed >> 16) % 90).unwrap()
    })
    .take(if cfg!(miri) { 600 } else { 20_000 })
    .collect();
    for kernel in kernels(&tables(&windows), &[], &[1; 256]) {
        let name = kernel.instructions().name();
        assert_eq!(found(&kernel, &text), [], "{name}");
    }
}

#[test]
#[should_panic(expected = "without padding")]
fn text_without_padding_is_refused() {
    let tables = tables(&vec![]);
    let kernel = Kernel::new(Instructions::fastest(), &tables, &[], &[0; 256]).unwrap();
    kernel.candidates(&[0; 3], 0, &mut Vec::new());
}

#[test]
fn the_plain_loop_is_there_and_the_fastest_is_one_of_those_there() {
    assert!(Instructions::Scalar.available());
    assert!(Instructions::fastest().available());
    for instructions in Instructions::ALL {
        let made = Kernel::new(instructions, &tables(&vec![]), &[], &[0; 256]);
        match instructions.available() {
            true => assert_eq!(made.unwrap().instructions(), instructions),
            false => assert_eq!(made.unwrap_err(), Missing(instructions)),
        }
    }
}
