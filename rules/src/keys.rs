//! Key material for deterministic operators.
//!
//! A root key is derived from each of the operator's secrets once; every tenant, and within it every
//! entity, gets a key of its own from it, so that the same digits as a card and as an account number mask differently. The input of
//! each MAC starts with a type tag and the canonical form, so `42` and `"42"` differ as well.

use std::fmt;
use zeroize::Zeroizing;

const ROOT_CONTEXT: &str = "wiremask 2026-11 rules root key";
const TENANT_CONTEXT: &str = "wiremask 2026-11 rules tenant key";

/// The secrets behind the keyed operators: one current key and any number of others by their ids, so
/// that a key can be changed while values that an older one masked can still be compared or revealed.
/// Wiped when dropped; `Debug` shows only the ids.
pub struct Keys {
    keys: Vec<Key>,
    current: usize,
    tenant: String,
}

struct Key {
    id: String,
    root: Zeroizing<[u8; 32]>,
}

/// A key id that names no key, or names two. Holds the id, which is not secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// No key has this id.
    Unknown(String),
    /// Two keys have this id.
    Twice(String),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::Unknown(id) => write!(f, "no key has the id `{id}`"),
            KeyError::Twice(id) => write!(f, "two keys have the id `{id}`"),
        }
    }
}

impl std::error::Error for KeyError {}

impl Keys {
    /// Derives the root key from `secret`, which may have any length. `id` names the key in audit
    /// events and is not secret.
    pub fn from_secret(id: &str, secret: &[u8]) -> Keys {
        Keys {
            keys: vec![Key::new(id, secret)],
            current: 0,
            tenant: String::new(),
        }
    }

    /// Adds a key that only rules with `key = "id"` use.
    ///
    /// # Errors
    /// [`KeyError::Twice`] when a key has this id already.
    pub fn add(&mut self, id: &str, secret: &[u8]) -> Result<(), KeyError> {
        if self.ids().any(|known| known == id) {
            return Err(KeyError::Twice(id.to_owned()));
        }
        self.keys.push(Key::new(id, secret));
        Ok(())
    }

    /// Makes the key of this id the one that rules use which name none.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] when no key has this id.
    pub fn use_key(&mut self, id: &str) -> Result<(), KeyError> {
        let at = self.keys.iter().position(|key| key.id == id);
        self.current = at.ok_or_else(|| KeyError::Unknown(id.to_owned()))?;
        Ok(())
    }

    /// Gives a tenant masks of its own: the same value under the same key masks differently for each
    /// name. The empty name, the default, is a tenant too.
    pub fn set_tenant(&mut self, name: &str) {
        name.clone_into(&mut self.tenant);
    }

    /// The public name of the current key.
    pub fn id(&self) -> &str {
        &self.keys[self.current].id
    }

    /// The public names of all keys.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.id.as_str())
    }

    /// The tenant that masks are made for.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The key of one entity class, from the current key.
    pub(crate) fn entity(&self, entity: &str) -> EntityKey {
        self.derive(&self.keys[self.current], entity)
    }

    /// The key of one entity class, from the key of an id.
    pub(crate) fn entity_of(&self, id: &str, entity: &str) -> Option<EntityKey> {
        let key = self.keys.iter().find(|key| key.id == id)?;
        Some(self.derive(key, entity))
    }

    fn derive(&self, key: &Key, entity: &str) -> EntityKey {
        let tenant = match self.tenant.as_str() {
            "" => key.root.clone(),
            name => Zeroizing::new(blake3::derive_key(
                TENANT_CONTEXT,
                blake3::keyed_hash(&key.root, name.as_bytes()).as_bytes(),
            )),
        };
        EntityKey(Zeroizing::new(
            *blake3::keyed_hash(&tenant, entity.as_bytes()).as_bytes(),
        ))
    }
}

impl Key {
    fn new(id: &str, secret: &[u8]) -> Key {
        Key {
            id: id.to_owned(),
            root: Zeroizing::new(blake3::derive_key(ROOT_CONTEXT, secret)),
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("id", &self.id())
            .field("ids", &self.ids().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The key of one entity class. Wiped when dropped.
#[derive(Clone)]
pub(crate) struct EntityKey(Zeroizing<[u8; 32]>);

impl EntityKey {
    /// A MAC over `tag` and `canonical`: 64 pseudo-random bytes.
    pub(crate) fn mac(&self, tag: Tag, canonical: &[u8]) -> [u8; 64] {
        self.mac_of(tag, |hasher| {
            hasher.update(canonical);
        })
    }

    /// As [`EntityKey::mac`], over what `input` adds.
    pub(crate) fn mac_of(&self, tag: Tag, input: impl FnOnce(&mut blake3::Hasher)) -> [u8; 64] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&[tag as u8]);
        input(&mut hasher);
        let mut bytes = [0; 64];
        hasher.finalize_xof().fill(&mut bytes);
        bytes
    }

    /// Key material of its own for another primitive.
    pub(crate) fn subkey(&self, tag: Tag) -> Zeroizing<[u8; 64]> {
        Zeroizing::new(self.mac(tag, b""))
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
    Encryption = 14,
    Token = 15,
    Row = 16,
    Network = 17,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn debug_output_holds_no_secret() {
        let keys = Keys::from_secret("k1", b"hunter2hunter2");
        let shown = format!("{keys:?} {:?}", keys.entity("EMAIL"));
        assert_eq!(shown, "Keys { id: \"k1\", ids: [\"k1\"], .. } [secret]");
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

    #[test]
    fn an_older_key_stays_within_reach_of_its_id() {
        let old = Keys::from_secret("2025", b"old").entity("EMAIL");
        let mut keys = Keys::from_secret("2026", b"new");
        keys.add("2025", b"old").unwrap();
        assert_eq!(keys.add("2025", b"x"), Err(KeyError::Twice("2025".into())));
        let mac = |key: &EntityKey| key.mac(Tag::Text, b"a");
        assert_eq!(mac(&keys.entity_of("2025", "EMAIL").unwrap()), mac(&old));
        assert_ne!(mac(&keys.entity("EMAIL")), mac(&old));
        assert!(keys.entity_of("2024", "EMAIL").is_none());
        keys.use_key("2025").unwrap();
        assert_eq!((keys.id(), mac(&keys.entity("EMAIL"))), ("2025", mac(&old)));
        assert_eq!(keys.use_key("2024"), Err(KeyError::Unknown("2024".into())));
        assert_eq!(keys.ids().collect::<Vec<_>>(), ["2026", "2025"]);
    }

    #[test]
    fn tenants_are_separate_domains() {
        let of = |tenant: &str| {
            let mut keys = Keys::from_secret("k", b"s");
            keys.set_tenant(tenant);
            keys.entity("EMAIL").mac(Tag::Text, b"a")
        };
        assert_ne!(of("a"), of("b"));
        assert_ne!(of("a"), of(""));
        assert_eq!(
            of(""),
            Keys::from_secret("k", b"s")
                .entity("EMAIL")
                .mac(Tag::Text, b"a")
        );
    }
}
