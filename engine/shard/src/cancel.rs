//! Cancellation: from the key that a client was given to the session that it belongs to.
//!
//! A CancelRequest comes on a connection of its own, on any shard, so the registry is shared by all of
//! them. It is touched when a session starts, ends, or is cancelled, never on the data path.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use subtle::ConstantTimeEq;
use wiremask_datapath::policy::Policy;
use wiremask_protocols::wire::patch_length;

/// Where a cancellation goes, with the upstream's own key.
#[derive(Clone)]
pub(crate) struct Target {
    /// The policy under which the session connected.
    pub policy: Arc<Policy>,
    /// Index of the upstream in that policy.
    pub upstream: usize,
    /// The address that the session is connected to.
    pub address: SocketAddr,
    /// The backend's process id, which the client knows too.
    pub pid: u32,
    /// The backend's cancel key, which it does not.
    pub key: Vec<u8>,
}

/// All sessions that may be cancelled.
#[derive(Default)]
pub(crate) struct Registry(Mutex<Sessions>);

#[derive(Default)]
struct Sessions {
    by_pid: HashMap<u32, Vec<Entry>>,
    next: u64,
}

struct Entry {
    id: u64,
    key: Vec<u8>,
    target: Target,
}

/// A session's place in the registry; dropping it takes the session out.
pub(crate) struct Registration {
    registry: Arc<Registry>,
    pid: u32,
    id: u64,
}

impl Registry {
    /// Registers a session under the process id and the key that its client is given.
    pub fn register(self: &Arc<Self>, key: &[u8], target: Target) -> Registration {
        let mut sessions = self.lock();
        let (pid, id) = (target.pid, sessions.next);
        sessions.next += 1;
        sessions.by_pid.entry(pid).or_default().push(Entry {
            id,
            key: key.to_vec(),
            target,
        });
        Registration {
            registry: Arc::clone(self),
            pid,
            id,
        }
    }

    /// The session that a client means, if it knows its key. Takes the same time for every wrong key
    /// of the right length.
    pub fn find(&self, pid: u32, key: &[u8]) -> Option<Target> {
        let sessions = self.lock();
        let entries = sessions.by_pid.get(&pid)?;
        entries
            .iter()
            .find(|entry| entry.key.ct_eq(key).into())
            .map(|entry| entry.target.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        // The map is whole between any two statements, so a panic elsewhere spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut sessions = self.registry.lock();
        if let Some(entries) = sessions.by_pid.get_mut(&self.pid) {
            entries.retain(|entry| entry.id != self.id);
            if entries.is_empty() {
                sessions.by_pid.remove(&self.pid);
            }
        }
    }
}

/// The message that cancels at the upstream.
pub(crate) fn request(target: &Target) -> Vec<u8> {
    let mut out = vec![0; 4];
    out.extend_from_slice(&0x04d2_162e_u32.to_be_bytes());
    out.extend_from_slice(&target.pid.to_be_bytes());
    out.extend_from_slice(&target.key);
    patch_length(&mut out, 0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use wiremask_datapath::limits::Limits;
    use wiremask_datapath::policy::OnUndecodable;
    use wiremask_rules::Ruleset;

    fn target(pid: u32, key: &[u8]) -> Target {
        let policy = Policy {
            generation: 1,
            ruleset: Arc::new(Ruleset::empty()),
            users: vec![],
            upstreams: vec![],
            on_undecodable: OnUndecodable::Null,
            access: None,
            learn_columns: true,
            limits: Limits::DEFAULT,
        };
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        Target {
            policy: Arc::new(policy),
            upstream: 0,
            address,
            pid,
            key: key.to_vec(),
        }
    }

    #[test]
    fn only_the_right_key_finds_the_session() {
        let registry = Arc::new(Registry::default());
        // Two upstreams may have backends with the same process id.
        let a = registry.register(b"ours-a", target(7, b"real-a"));
        let _b = registry.register(b"ours-b", target(7, b"real-b"));
        let found = |key: &[u8]| registry.find(7, key).map(|t| t.key);
        assert_eq!(found(b"ours-a"), Some(b"real-a".to_vec()));
        assert_eq!(found(b"ours-b"), Some(b"real-b".to_vec()));
        for wrong in [&b"real-a"[..], b"ours-", b"", b"ours-aa"] {
            assert_eq!(found(wrong), None);
        }
        assert!(registry.find(8, b"ours-a").is_none());
        drop(a);
        assert_eq!(found(b"ours-a"), None);
    }

    #[test]
    fn the_request_has_the_real_key() {
        let long = [9; 32];
        let bytes = request(&target(7, &long));
        assert_eq!(bytes[..12], [0, 0, 0, 44, 4, 0xd2, 0x16, 0x2e, 0, 0, 0, 7]);
        assert_eq!(bytes[12..], long);
    }
}
