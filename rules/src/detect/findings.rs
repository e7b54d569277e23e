//! What the detectors find in one value, and from where on they look in one that comes piece by piece.

use super::Found;

/// The findings of the value at hand.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Before overlaps are resolved.
    pub(crate) found: Vec<Found>,
    pub(crate) resumed: Option<Resumed>,
}

/// A scan that goes on where earlier ones stopped.
#[derive(Debug, Default)]
pub(crate) struct Resumed {
    /// By the caller's number of a value: where it begins in the caller's buffer.
    pub(crate) begins: Vec<u32>,
    pub(crate) resume: Resume,
}

/// How far detectors have come in a value that is scanned piece by piece, each piece shown with some of what
/// came before: offsets into the buffer with the piece.
///
/// A detector's matches do not overlap, so where it goes on depends on its matches so far. With this, and with
/// [`hold_back`](crate::Ruleset::hold_back) bytes behind `until`, a value has the matches that it has as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// By detector: where its last match ended.
    next: Vec<u32>,
    decided: u32,
    until: u32,
}

impl Resume {
    /// The next scan decides over the starts of matches up to `until`; those behind it come again.
    pub fn decide(&mut self, until: u32) {
        self.until = until;
    }

    /// What was decided is, and the first `len` bytes of the buffer are gone.
    pub fn forget(&mut self, len: u32) {
        self.decided = self.until.max(self.decided).saturating_sub(len);
        for next in &mut self.next {
            *next = next.saturating_sub(len);
        }
    }
}

impl Findings {
    /// From where in a value a detector's matches may begin.
    #[inline]
    pub(crate) fn from(&self, owner: impl FnOnce() -> u32, detector: u16) -> u32 {
        match &self.resumed {
            None => 0,
            Some(Resumed { begins, resume }) => {
                let next = resume.next.get(usize::from(detector)).copied();
                let from = next.unwrap_or(0).max(resume.decided);
                from.saturating_sub(begins[owner() as usize])
            }
        }
    }

    /// A detector has a match there.
    #[inline]
    pub(crate) fn ended(
        &mut self,
        owner: impl FnOnce() -> u32,
        detector: u16,
        (start, end): (u32, u32),
    ) {
        let Some(Resumed { begins, resume }) = &mut self.resumed else {
            return;
        };
        let begins = begins[owner() as usize];
        if begins + start < resume.until {
            let detector = usize::from(detector);
            if resume.next.len() <= detector {
                resume.next.resize(detector + 1, 0);
            }
            resume.next[detector] = begins + end;
        }
    }
}
