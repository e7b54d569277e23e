//! Properties of the parsers and of whole sessions: each is a fuzz target, and a test on stable.
//!
//! A property takes any bytes and panics when it does not hold. `fuzz/fuzz_targets` hands it what
//! libFuzzer invents; `tests/tests/fuzz_corpus.rs` replays what was found, crashes first.

mod backends;
mod content;
mod framing;
mod script;
mod sessions;
mod startup;

pub use backends::backends;
pub use content::{copy, error_fields, packs, sql_facts, value, value_window};
pub use framing::{backend, frontend};
pub use sessions::{session, session_protected};
pub use startup::{startup_client, startup_upstream};

/// A property.
pub type Property = fn(&[u8]);

/// Every target by its name; the corpus lies in a folder of that name.
pub const ALL: [(&str, Property); 13] = [
    ("startup_client", startup_client),
    ("startup_upstream", startup_upstream),
    ("frontend", frontend),
    ("backend", backend),
    ("session", session),
    ("session_protected", session_protected),
    ("value", value),
    ("value_window", value_window),
    ("copy", copy),
    ("error_fields", error_fields),
    ("packs", packs),
    ("backends", backends),
    ("sql_facts", sql_facts),
];

/// Must fail: it holds that nobody finds these four bytes. A fuzzer that passes it proves nothing.
///
/// # Panics
/// When `data` begins with `mask`.
pub fn canary(data: &[u8]) {
    let planted = b"mask";
    let found = data.iter().zip(planted).take_while(|(a, b)| a == b).count();
    assert!(found < planted.len(), "the planted bug was found");
}

/// Takes arguments from the front of the input; an exhausted input gives zeros.
pub(crate) struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    pub(crate) fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()]
    }
}
