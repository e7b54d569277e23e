//! Key material for deterministic operators.
//!
//! A root key is derived from the operator's secret once; every entity gets a key of its own from
//! it, so that the same digits as a card and as an account number mask differently. The input of
//! each MAC starts with a type tag and the canonical form, so `42` and `"42"` differ as well.

use std::fmt;
use zeroize::Zeroizing;

const ROOT_CONTEXT: &str = "wiremask 2026-11 rules root key";

/// The secret behind `hash`, `pseudonym` and `date-shift`. Wiped when dropped; `Debug` shows only
/// the id.
pub struct Keys {
    id: String,
    root: Zeroizing<[u8; 32]>,
}

impl Keys {
    /// Derives the root key from `secret`, which may have any length. `id` names the key in audit
    /// events and is not secret.
    pub fn from_secret(id: &str, secret: &[u8]) -> Keys {
        let root = Zeroizing::new(blake3::derive_key(ROOT_CONTEXT, secret));
        Keys {
            id: id.to_owned(),
            root,
        }
    }

    /// The public name of the key.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key of one entity class.
    pub(crate) fn entity(&self, entity: &str) -> EntityKey {
        EntityKey(Zeroizing::new(
            *blake3::keyed_hash(&self.root, entity.as_bytes()).as_bytes(),
        ))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The key of one entity class. Wiped when dropped.
#[derive(Clone)]
pub(crate) struct EntityKey(Zeroizing<[u8; 32]>);

impl EntityKey {
    /// A MAC over `tag` and `canonical`: 64 pseudo-random bytes.
    pub(crate) fn mac(&self, tag: Tag, canonical: &[u8]) -> [u8; 64] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&[tag as u8]);
        hasher.update(canonical);
        let mut bytes = [0; 64];
        hasher.finalize_xof().fill(&mut bytes);
        bytes
    }
}

impl fmt::Debug for EntityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The kind of value a MAC is taken over; the numbers are part of what a key promises and never
/// change.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(crate) enum Tag {
    Text = 1,
    Int = 2,
    Numeric = 3,
    Float = 4,
    Date = 5,
    Timestamp = 6,
    Time = 7,
    Uuid = 8,
    Inet = 9,
    Mac = 10,
    Bytes = 11,
    Enum = 12,
    Offset = 13,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn debug_output_holds_no_secret() {
        let keys = Keys::from_secret("k1", b"hunter2hunter2");
        let shown = format!("{keys:?} {:?}", keys.entity("EMAIL"));
        assert_eq!(shown, "Keys { id: \"k1\", .. } [secret]");
    }

    #[test]
    fn entity_tag_and_secret_all_separate_macs() {
        let keys = Keys::from_secret("k1", b"secret");
        let email = keys.entity("EMAIL");
        let base = email.mac(Tag::Text, b"42");
        assert_eq!(base, keys.entity("EMAIL").mac(Tag::Text, b"42"));
        assert_ne!(base, email.mac(Tag::Int, b"42"));
        assert_ne!(base, keys.entity("PHONE").mac(Tag::Text, b"42"));
        assert_ne!(
            base,
            Keys::from_secret("k1", b"other")
                .entity("EMAIL")
                .mac(Tag::Text, b"42")
        );
    }
}
