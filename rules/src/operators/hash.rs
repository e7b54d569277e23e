//! `hash`: a keyed hash (BLAKE3) that joins across tables and cannot be guessed without the key.
//!
//! Text becomes `length` hexadecimal characters (default 16, at most 64), of the value without
//! white space around it, and of its fold to lower case where the entity is an e-mail address, of
//! its letters and digits where it is a number with a checksum. Every other kind gets a value of
//! its own type; see `keyed`.

use super::{Operator, Options, keyed};
use crate::canonical::Canonical;
use crate::keys::{EntityKey, Tag};
use crate::value::{MaskContext, Masked, Value};

pub(super) fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let length = options.integer("length", 16, 8, 64);
    Box::new(Hash {
        key: options.key.clone(),
        canonical: Canonical::of_entity(options.entity),
        length: usize::try_from(length).unwrap_or(16),
    })
}

#[derive(Debug)]
struct Hash {
    key: EntityKey,
    canonical: Canonical,
    length: usize,
}

impl Operator for Hash {
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let Value::Text(text) = value else {
            return keyed::replace(&self.key, value, cx, out);
        };
        // `out` doubles as scratch for the canonical form, so that nothing is allocated.
        let from = out.len();
        self.canonical.push(text, out);
        let mac = self.key.mac(Tag::Text, &out[from..]);
        out.truncate(from);
        let digits = mac.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        out.extend(
            digits
                .take(self.length)
                .map(|digit| HEX[usize::from(digit)]),
        );
        Masked::Out
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";
