//! The plainest backend: every detector of the field's set at every position of the field.
//!
//! It has no idea of its own but the first byte of a match, and serves as the oracle of the
//! faster backends.

use super::confirm::{Confirm, position};
use super::sets::{DetectorSet, Sets};
use super::{FieldRef, Found};

/// Calls `each` with the index of every field that has detectors, and with what they found, before
/// overlaps are resolved.
pub(crate) fn scan(
    detectors: &[Confirm],
    sets: &Sets,
    buffer: &[u8],
    fields: &[FieldRef],
    found: &mut Vec<Found>,
    mut each: impl FnMut(u32, &mut Vec<Found>),
) {
    for (index, field) in (0..).zip(fields) {
        let Some(set) = sets.set(field.set) else {
            continue;
        };
        found.clear();
        scan_field(
            detectors,
            set,
            &buffer[field.start as usize..field.end as usize],
            found,
        );
        each(index, found);
    }
}

/// Appends every span that a detector of `set` accepts in `field`, detector by detector.
fn scan_field(detectors: &[Confirm], set: &DetectorSet, field: &[u8], found: &mut Vec<Found>) {
    for &(detector, evidence) in set.members() {
        let confirm = &detectors[usize::from(detector)];
        let mut at = 0;
        while at < field.len() {
            if !confirm.starts_with(field[at]) {
                at += 1;
                continue;
            }
            match confirm.end_at(field, at, evidence) {
                Some(end) => {
                    if !end.allowed {
                        found.push(Found {
                            start: position(at),
                            end: position(end.at),
                            detector,
                        });
                    }
                    at = end.at;
                }
                None => at += 1,
            }
        }
    }
}
