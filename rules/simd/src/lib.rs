//! Class windows: the vector kernel of the scanner.
//!
//! A *window* says which bytes may stand at each of [`WIDTH`] neighbouring positions; windows are
//! merged into 32 *buckets*. For every position of a text the kernel answers in which buckets a
//! window may begin there: for each of the eight offsets one table look-up gives a word of bucket
//! bits, and the words are combined by AND. Positions without a bit, nearly all of ordinary text,
//! are never looked at again.
//!
//! The AVX-512 form tells at most 64 classes of bytes apart (`vpermb`), one of them for all bytes from
//! 127 on: it may report more than [`scalar`], never less. The caller checks candidates exactly. This
//! crate is the place for vector instructions, so that `wiremask-rules` has no unsafe code.

#[cfg(target_arch = "x86_64")]
mod avx512;
mod scalar;

/// Neighbouring buckets that the kernel leaves out together.
pub const GROUP: usize = 8;

/// Positions that a window covers.
pub const WIDTH: usize = 8;

/// Bytes that must be readable behind the text: the last block and its window.
pub const PADDING: usize = 128 + WIDTH;

/// For each offset and byte the buckets whose windows permit the byte there.
pub type Tables = [[u32; 256]; WIDTH];

/// A position where a window of some buckets may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Offset in the text.
    pub at: u32,
    /// One bit per bucket; never 0.
    pub buckets: u32,
}

/// A compiled set of windows.
#[derive(Clone, Debug)]
pub struct Kernel {
    tables: Box<Tables>,
    #[cfg(target_arch = "x86_64")]
    wide: Option<avx512::Wide>,
}

impl Kernel {
    /// Compiles for this machine. `needs` names for each bucket an offset at which it permits bytes
    /// that are seldom met: where none of them stands, [`GROUP`] buckets are left out together. Without
    /// a name it is offset 0. `weight` says how often each byte is met in ordinary data; where bytes
    /// cannot be told apart, it decides which. Neither changes what windows are found.
    pub fn new(tables: Box<Tables>, needs: &[u8], weight: &[u32; 256]) -> Kernel {
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (needs, weight);
        Kernel {
            #[cfg(target_arch = "x86_64")]
            wide: avx512::Wide::new(&tables, needs, weight),
            tables,
        }
    }

    /// The same windows without vector instructions.
    pub fn scalar(tables: Box<Tables>) -> Kernel {
        Kernel {
            tables,
            #[cfg(target_arch = "x86_64")]
            wide: None,
        }
    }

    /// The instructions in use, for reports: `avx512-vbmi` or `scalar`.
    pub fn name(&self) -> &'static str {
        #[cfg(target_arch = "x86_64")]
        if self.wide.is_some() {
            return "avx512-vbmi";
        }
        "scalar"
    }

    /// Replaces `candidates` by those of the first `len` bytes of `text`, in ascending order.
    /// The [`PADDING`] bytes behind them must be there, should be zero, and hold no candidates.
    ///
    /// # Panics
    ///
    /// When `text` is shorter than `len + PADDING`, or `len` does not fit 32 bits.
    pub fn candidates(&self, text: &[u8], len: usize, candidates: &mut Vec<Candidate>) {
        assert!(
            len < u32::MAX as usize,
            "text of {len} bytes exceeds 32 bits"
        );
        assert!(text.len() >= len + PADDING, "text without padding");
        candidates.clear();
        #[cfg(target_arch = "x86_64")]
        if let Some(wide) = &self.wide {
            return wide.candidates(text, len, candidates);
        }
        scalar::candidates(&self.tables, text, len, candidates);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tables(windows: &[Vec<Vec<u8>>]) -> Box<Tables> {
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

    fn padded(text: &[u8]) -> Vec<u8> {
        let mut padded = text.to_vec();
        padded.resize(text.len() + PADDING, 0);
        padded
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn vectors_find_what_the_plain_loop_finds_and_no_more_among_few_classes(
            windows in proptest::collection::vec(
                proptest::collection::vec(proptest::collection::vec(40u8..103, 20..60), WIDTH), 1..32),
            text in proptest::collection::vec(38u8..105, 0..700),
            times in 1usize..20,
            needs in proptest::collection::vec(0u8..8, 0..40),
        ) {
            let tables = tables(&windows);
            let (mut plain, mut wide) = (Vec::new(), Vec::new());
            let text = text.repeat(times); // over several pieces
            let text_padded = padded(&text);
            Kernel::scalar(tables.clone()).candidates(&text_padded, text.len(), &mut plain);
            Kernel::new(tables, &needs, &[1; 256]).candidates(&text_padded, text.len(), &mut wide);
            prop_assert_eq!(plain, wide);
        }

        #[test]
        fn vectors_find_at_least_what_the_plain_loop_finds(
            windows in proptest::collection::vec(
                proptest::collection::vec(proptest::collection::vec(any::<u8>(), 60..200), WIDTH), 1..32),
            text in proptest::collection::vec(any::<u8>(), 0..700),
            needs in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let tables = tables(&windows);
            let (mut plain, mut wide) = (Vec::new(), Vec::new());
            let text_padded = padded(&text);
            Kernel::scalar(tables.clone()).candidates(&text_padded, text.len(), &mut plain);
            Kernel::new(tables, &needs, &[1; 256]).candidates(&text_padded, text.len(), &mut wide);
            for candidate in plain {
                let found = wide.iter().find(|w| w.at == candidate.at);
                prop_assert!(found.is_some_and(|w| w.buckets & candidate.buckets == candidate.buckets));
            }
        }
    }

    #[test]
    #[should_panic(expected = "without padding")]
    fn text_without_padding_is_refused() {
        let kernel = Kernel::new(tables(&[]), &[], &[0; 256]);
        kernel.candidates(&[0; 3], 0, &mut Vec::new());
    }
}
