//! The plainest backend: every detector of the field's set at every position of the field.
//!
//! It has no idea of its own but the first byte of a match, and serves as the oracle of the
//! faster backends.

use super::confirm::{Confirm, position};
use super::findings::Findings;
use super::gather::{Cursor, Gather};
use super::plan::{Route, Source, Way, Work};
use super::sets::{DetectorSet, Sets};
use super::windows::{estimate, sample::Sample};
use super::{Found, Scanned};

/// What each detector makes of ordinary data.
pub(crate) fn ways(sources: &[Source<'_>]) -> Vec<Way> {
    let sample = Sample::new();
    let ways = sources.iter().map(|source| match source.off {
        true => Way::new(Route::Off, Work::default()),
        false => {
            let rule = (source.confirm, source.evidence);
            Way::new(Route::Portable, estimate::of_every_position(rule, &sample))
        }
    });
    ways.collect()
}

/// Calls `each` with every value that has detectors, and with what they found, before overlaps are
/// resolved.
pub(crate) fn scan(
    detectors: &[Confirm],
    sets: &Sets,
    gather: &Gather,
    findings: &mut Findings,
    mut each: impl FnMut(Scanned<'_>, &mut Vec<Found>),
) {
    let mut cursor = Cursor::default();
    for index in 0..gather.len() {
        let scanned = gather.scanned(&mut cursor, index);
        let Some(set) = sets.set(scanned.set) else {
            continue;
        };
        findings.found.clear();
        scan_field(detectors, set, (scanned.owner, scanned.value), findings);
        each(scanned, &mut findings.found);
    }
}

/// Appends every span that a detector of `set` accepts in a field, detector by detector.
fn scan_field(
    detectors: &[Confirm],
    set: &DetectorSet,
    (owner, field): (u32, &[u8]),
    findings: &mut Findings,
) {
    for &(detector, evidence) in set.members() {
        let confirm = &detectors[usize::from(detector)];
        let mut at = findings.from(|| owner, detector) as usize;
        while at < field.len() {
            if !confirm.starts_with(field[at]) {
                at += 1;
                continue;
            }
            match confirm.end_at(field, at, evidence) {
                Some(end) => {
                    let span = (position(at), position(end.at));
                    findings.ended(|| owner, detector, span);
                    if !end.allowed {
                        findings.found.push(Found {
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
