//! Which detectors apply to a column, interned.
//!
//! A plan asks once per result column and keeps the small id; scanning reads the set by the id
//! without a lock. At most [`SETS_MAX`] different sets are kept, fewer of large packs: a client that
//! invents columns to make more gets the set of everything, which masks more, never less.

use crate::scope::Scope;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Different sets of one ruleset at most.
pub(crate) const SETS_MAX: usize = 4096;

/// Bytes of all sets of one ruleset at most; some dozens are kept in any case.
const SETS_SIZE_MAX: usize = 16 << 20;

/// Sets that are kept however large they are.
const SETS_MIN: usize = 64;

/// Names an interned set of detectors of one ruleset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DetectorSetId(u16);

impl DetectorSetId {
    /// Nothing applies: such a field need not be scanned.
    pub const NONE: DetectorSetId = DetectorSetId(0);
}

/// What, besides the value, speaks for a detector in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Evidence {
    /// Nothing; the value must be valid.
    Value,
    /// Nothing, and the detector needs a word near by.
    Words,
    /// The name of the column; the form of the value is enough.
    Column,
}

/// The detectors that apply to a column, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct DetectorSet {
    members: Vec<(u16, Evidence)>,
    /// Evidence by detector, `None` for one that does not apply.
    by_detector: Vec<Option<Evidence>>,
    /// Bytes of the shortest match.
    len_min: usize,
    /// Those that are tried at every position of a value.
    tried: Vec<(u16, Evidence)>,
    /// What is different about them in the column.
    scope: Scope,
}

impl DetectorSet {
    /// For each detector whether it applies, and the bytes of its shortest match.
    pub(crate) fn new(
        by_detector: Vec<Option<Evidence>>,
        len_min: impl Fn(u16) -> usize,
    ) -> DetectorSet {
        let members: Vec<_> = (0..)
            .zip(&by_detector)
            .filter_map(|(detector, evidence)| evidence.map(|e| (detector, e)))
            .collect();
        let shortest = members.iter().map(|(detector, _)| len_min(*detector)).min();
        DetectorSet {
            members,
            by_detector,
            len_min: shortest.unwrap_or(usize::MAX),
            tried: Vec::new(),
            scope: Scope::default(),
        }
    }

    /// With what is different about its detectors.
    pub(crate) fn scoped(self, scope: Scope) -> DetectorSet {
        DetectorSet { scope, ..self }
    }

    /// With those that the scanner does not look for by their form: where it is enough, they are tried.
    pub(crate) fn trying(self, is_tried: impl Fn(u16) -> bool) -> DetectorSet {
        let members = self.members.iter().copied();
        let tried = members
            .filter(|(detector, evidence)| *evidence != Evidence::Words && is_tried(*detector));
        let tried = tried.collect();
        DetectorSet { tried, ..self }
    }

    /// The detectors that are tried at every position of a value.
    #[inline]
    pub(crate) fn tried(&self) -> &[(u16, Evidence)] {
        &self.tried
    }

    /// What is different about its detectors.
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Bytes of the shortest match of any of its detectors.
    pub(crate) fn len_min(&self) -> usize {
        self.len_min
    }

    /// Bytes that it takes.
    fn size(&self) -> usize {
        size_of::<DetectorSet>()
            + size_of_val(self.members.as_slice())
            + size_of_val(self.by_detector.as_slice())
            + size_of_val(self.tried.as_slice())
            + size_of_val(self.scope.variants.as_slice())
            + size_of_val(self.scope.allows.as_slice())
    }

    pub(crate) fn members(&self) -> &[(u16, Evidence)] {
        &self.members
    }

    #[inline]
    pub(crate) fn evidence(&self, detector: u16) -> Option<Evidence> {
        self.by_detector
            .get(usize::from(detector))
            .copied()
            .flatten()
    }
}

/// The interned sets. Slot 0 is the empty set, slot 1 the widest.
#[derive(Debug)]
pub(crate) struct Sets {
    slots: Box<[OnceLock<Arc<DetectorSet>>]>,
    ids: Mutex<HashMap<Arc<DetectorSet>, u16>>,
}

impl Sets {
    /// `widest` is handed out when there is no room for another set.
    pub(crate) fn new(widest: DetectorSet) -> Sets {
        let most = (SETS_SIZE_MAX / widest.size().max(1)).clamp(SETS_MIN, SETS_MAX);
        let sets = Sets {
            slots: (0..most).map(|_| OnceLock::new()).collect(),
            ids: Mutex::default(),
        };
        sets.intern(DetectorSet::default());
        sets.intern(widest);
        sets
    }

    pub(crate) fn intern(&self, set: DetectorSet) -> DetectorSetId {
        if set.members.is_empty() && self.slots[0].get().is_some() {
            return DetectorSetId::NONE;
        }
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = ids.get(&set) {
            return DetectorSetId(*id);
        }
        let next = ids.len();
        match u16::try_from(next) {
            Ok(id) if next < self.slots.len() => {
                let set = Arc::new(set);
                self.slots[next].get_or_init(|| Arc::clone(&set));
                ids.insert(set, id);
                DetectorSetId(id)
            }
            _ => DetectorSetId(1),
        }
    }

    /// The set of an id of this ruleset; an id of another ruleset may give the widest set.
    #[inline]
    pub(crate) fn set(&self, id: DetectorSetId) -> Option<&DetectorSet> {
        self.slots
            .get(usize::from(id.0))
            .and_then(OnceLock::get)
            .or_else(|| self.slots[1].get())
            .map(|set| &**set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(bits: u16) -> DetectorSet {
        let member = |bit: u16| (bits >> bit & 1 == 1).then_some(Evidence::Value);
        DetectorSet::new((0..16).map(member).collect(), |detector| {
            9 + usize::from(detector)
        })
    }

    #[test]
    fn equal_sets_have_equal_ids_and_the_empty_one_is_none() {
        let sets = Sets::new(set(u16::MAX));
        assert_eq!(sets.intern(set(0)), DetectorSetId::NONE);
        assert_eq!(sets.intern(set(5)), sets.intern(set(5)));
        assert_ne!(sets.intern(set(5)), sets.intern(set(6)));
        let id = sets.intern(set(5));
        assert_eq!(
            sets.set(id).map(DetectorSet::members).map(<[_]>::len),
            Some(2)
        );
        assert_eq!(sets.set(id).map(DetectorSet::len_min), Some(9));
    }

    #[test]
    fn more_sets_than_fit_become_the_widest() {
        let sets = Sets::new(set(u16::MAX));
        let ids: Vec<_> = (1..=u16::try_from(SETS_MAX).expect("small") + 9)
            .map(|b| sets.intern(set(b)))
            .collect();
        let last = ids.last().copied().expect("not empty");
        assert_eq!(sets.set(last), Some(&set(u16::MAX)));
    }

    #[test]
    fn large_sets_are_fewer() {
        let every = |evidence| DetectorSet::new(vec![Some(evidence); 16_384], |_| 9);
        let sets = Sets::new(every(Evidence::Column));
        assert!(
            (SETS_MIN..400).contains(&sets.slots.len()),
            "{}",
            sets.slots.len()
        );
        assert_eq!(Sets::new(set(u16::MAX)).slots.len(), SETS_MAX);
    }
}
