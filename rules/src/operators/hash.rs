//! `hash`: a keyed hash (BLAKE3) that joins across tables and cannot be guessed without the key.

use super::entry::{CANONICAL, Entry, Example, KEY, Kind, OptionDoc, Properties, Uniqueness};
use super::{Operator, Options, keyed};
use crate::canonical::Canonical;
use crate::keys::{EntityKey, Tag};
use crate::value::{MaskContext, Masked, Value};

pub(super) static ENTRY: Entry = Entry {
    name: "hash",
    summary: "A keyed hash (BLAKE3) that joins across tables and cannot be guessed without the key.",
    details: "Text becomes hexadecimal characters, whole numbers a number of the same width and sign, a UUID a UUID of\n\
     version 8, bytes 32 bytes, an address a private one. Hashes of n characters meet among about 4^n values.",
    properties: Properties {
        keyed: true,
        deterministic: true,
        joinable: true,
        uniqueness: Uniqueness::NotGuaranteed,
        reversible: false,
        length_kept: false,
    },
    kinds: &[
        Kind::Text,
        Kind::Int,
        Kind::Numeric,
        Kind::Float,
        Kind::Date,
        Kind::Timestamp,
        Kind::Time,
        Kind::Uuid,
        Kind::Inet,
        Kind::Mac,
        Kind::Bytes,
        Kind::Enum,
    ],
    options: &[
        OptionDoc {
            name: "length",
            default: "16",
            about: "Hexadecimal characters of a text, 8 to 64.",
        },
        CANONICAL,
        KEY,
    ],
    examples: &[
        Example::text(
            "EMAIL_ADDRESS",
            r#"operator = "hash""#,
            " Jo@Example.COM",
            "72e637451e803493",
        ),
        Example::text(
            "EMAIL_ADDRESS",
            r#"operator = "hash""#,
            "jo@example.com",
            "72e637451e803493",
        ),
        Example::text(
            "CREDIT_CARD",
            r#"operator = "hash", length = 32"#,
            "4111 1111 1111 1111",
            "0a02b3b146d45b1e19a3a3a2cc3f7158",
        ),
        Example::of(
            r#"operator = "hash""#,
            Value::Int {
                value: 42,
                width: 4,
            },
            "1205496133",
        ),
    ],
    build,
};

pub(super) fn build(options: &mut Options<'_>) -> Box<dyn Operator> {
    let length = options.integer("length", 16, 8, 64);
    Box::new(Hash {
        key: options.key(),
        canonical: options.canonical(),
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
        keyed::hex(&mac, self.length, out);
        Masked::Out
    }
}
