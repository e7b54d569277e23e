//! The fast backend: class windows propose starts, automata confirm them.
//!
//! From each pattern's automaton, [`derive`] reads which bytes must stand at eight neighbouring
//! positions near the start of a match (or around a literal inside it), with the alternatives
//! expanded; [`choose`] takes the positions that are rarest in a sample of ordinary data and
//! merges all windows into 32 buckets, which [`arrange`] puts in order. A vector kernel
//! (`wiremask-simd`) scans the gathered fields for buckets, candidates are checked against their exact windows, and what remains is
//! confirmed by [`Confirm`](super::confirm::Confirm) exactly as the portable backend does.
//!
//! Of many detectors most have a literal: these are found by [`keys`] in one search, and the others keep the
//! buckets.
//!
//! Values are gathered with NULs around each ([`Gather`]): behind a match a window permits NUL
//! wherever a value may end.

mod arrange;
#[cfg(feature = "hyperscan")]
pub(crate) mod beside;
mod bytes;
mod choose;
mod context;
mod derive;
pub(crate) mod estimate;
mod exact;
mod keys;
mod lexicon;
#[cfg(feature = "hyperscan")]
mod literal;
mod pivot;
mod propose;
pub(crate) mod sample;

use super::batch::{Batch, Hit};
use super::confirm::Confirm;
use super::findings::Findings;
use super::gather::Gather;
#[cfg(feature = "hyperscan")]
use super::hyperscan::{self, Finder};
use super::plan::{Route, Source, Way, Work};
#[cfg(feature = "hyperscan")]
use super::portable;
use super::reverse::Reverse;
use super::sets::Sets;
use super::{Found, Scanned};
use arrange::Arranged;
use bytes::ByteSet;
use context::Try;
use exact::{Exact, Survivor};
use keys::{Grams, Keyed};
use lexicon::Lexicon;
use propose::Proposer;
use sample::Sample;
use std::collections::HashSet;
use wiremask_simd::{Candidate, Instructions, KEYS_MAX, Kernel, Memory, Missing, WIDTH};

/// Patterns and words from which on keys are used; the starter pack has half of them.
const MANY: usize = 200;

/// Necessary byte classes at neighbouring positions, and what they say about a match.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Window {
    classes: [ByteSet; WIDTH],
    /// Classes outside the window, by their distance from its first position.
    beyond: Vec<(i8, ByteSet)>,
    anchor: Anchor,
    detector: u16,
}

/// Where a match may start, given where a window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Anchor {
    /// `lead` bytes before the byte behind the window's first: at `window + 1 - lead`.
    Start { lead: u8 },
    /// Where the reverse automaton of the pattern's left part says, from `window + skip`.
    Pivot { skip: u8, pivot: u16 },
    /// Around the word of this length that stands behind the window's first byte.
    Word { len: u8 },
}

impl Anchor {
    /// With the number of a pivot moved up.
    fn numbered(self, first: u16) -> Anchor {
        match self {
            Anchor::Pivot { skip, pivot } => Anchor::Pivot {
                skip,
                pivot: first + pivot,
            },
            known => known,
        }
    }
}

/// The compiled windows of all detectors.
#[derive(Debug)]
pub(crate) struct Windows {
    /// One, or several where there are many windows.
    passes: Vec<Pass>,
    /// Where there are many, what windows are not needed for.
    lexicon: Option<Lexicon>,
    instructions: Instructions,
    /// By detector: is it looked for by its words and the names of its columns?
    by_context: Vec<bool>,
    /// Those of the detectors beside come first.
    reverses: Vec<Reverse>,
    /// Finds the other detectors.
    #[cfg(feature = "hyperscan")]
    beside: Option<Finder>,
}

/// The buckets that the kernel looks for at once.
#[derive(Debug)]
struct Pass {
    kernel: Kernel,
    exact: Exact,
}

/// The windows of one detector, and its way.
#[derive(Debug)]
struct Derived {
    windows: Vec<Window>,
    /// What it needs no windows for.
    keyed: Vec<Keyed>,
    /// Numbered from 0 in the windows and the keys.
    pivots: Vec<Reverse>,
    way: Way,
}

impl Default for Derived {
    fn default() -> Derived {
        Derived {
            windows: Vec::new(),
            keyed: Vec::new(),
            pivots: Vec::new(),
            way: Way::new(Route::Off, Work::default()),
        }
    }
}

/// Reusable memory of one shard.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) batch: Batch,
    memory: Memory,
    candidates: Vec<Candidate>,
    lexicon: lexicon::Scratch,
    survivors: Vec<Survivor>,
    tries: Vec<Try>,
    tried: Vec<Hit>,
    #[cfg(feature = "hyperscan")]
    pub(crate) hyperscan: hyperscan::Scratch,
}

impl Windows {
    /// Compiles the windows of all detectors, in their order, and says how each is found; the
    /// error names what is too large, or the instructions that the machine lacks. With `beside`,
    /// Hyperscan takes the detectors whose windows are too common, where it is built in.
    pub(crate) fn new(
        sources: &[Source<'_>],
        instructions: Instructions,
        beside: bool,
        windows_max: u16,
    ) -> Result<(Windows, Vec<Way>), String> {
        let sample = Sample::new();
        let pass_ns = pass_ns(instructions);
        let grams = are_many(sources).then(|| Grams::new(&sample));
        let mut derived = derive_all(sources, grams.as_ref(), &sample)?;
        let keyed = derived.iter().flat_map(|one| &one.keyed);
        if keyed.map(|keyed| keyed.keys.len()).sum::<usize>() > KEYS_MAX {
            derived = derive_all(sources, None, &sample)?;
        }
        let count: usize = derived.iter().map(|one| one.windows.len()).sum();
        if count > usize::from(windows_max) {
            return Err(format!("{count} class windows exceed {windows_max}"));
        }
        #[cfg(not(feature = "hyperscan"))]
        let (mut reverses, buckets, _) = (Vec::new(), None, beside);
        #[cfg(feature = "hyperscan")]
        let (beside, mut reverses, buckets) = if beside {
            let chosen = beside::choose(sources, &mut derived, pass_ns, &sample);
            let (finder, reverses) = chosen.finder.unzip();
            (finder, reverses.unwrap_or_default(), Some(chosen.buckets))
        } else {
            (None, Vec::new(), None)
        };
        let (mut windows, mut keyed, mut ways) = (Vec::new(), Vec::new(), Vec::new());
        for (detector, one) in (0u16..).zip(derived) {
            let first = u16::try_from(reverses.len()).map_err(|_| "too many pivots".to_owned())?;
            reverses.extend(one.pivots);
            // The last of them must have a number too.
            u16::try_from(reverses.len()).map_err(|_| "too many pivots".to_owned())?;
            windows.extend(one.windows.into_iter().map(|window| window.numbered(first)));
            let numbered = one.keyed.into_iter().map(|keyed| keyed.numbered(first));
            keyed.extend(numbered.map(|keyed| (keyed, detector)));
            ways.push(one.way);
        }
        let buckets = buckets.unwrap_or_else(|| choose::buckets(&windows, pass_ns, &sample));
        let Arranged { members, needs } = arrange::arrange(buckets, &sample);
        for bucket in &members {
            let detectors = bucket
                .iter()
                .map(|member| windows[usize::from(*member)].detector);
            for detector in detectors.collect::<HashSet<_>>() {
                ways[usize::from(detector)].buckets += 1;
            }
        }
        let weights = sample.weights();
        let parts = members.chunks(choose::BUCKETS);
        let parts = parts.zip(needs.chunks(choose::BUCKETS));
        let passes = parts.map(|(members, needs)| {
            let tables = choose::tables(&windows, members);
            Ok(Pass {
                kernel: Kernel::new(instructions, &tables, needs, &weights)?,
                exact: Exact::new(&windows, members),
            })
        });
        let passes: Result<Vec<_>, Missing> = passes.collect();
        let windows = Windows {
            passes: passes.map_err(|missing| missing.to_string())?,
            lexicon: match keyed.is_empty() {
                true => None,
                false => Some(Lexicon::new(instructions, &keyed)?),
            },
            instructions,
            by_context: sources.iter().map(context::is_sought).collect(),
            reverses,
            #[cfg(feature = "hyperscan")]
            beside,
        };
        Ok((windows, ways))
    }

    /// Does Hyperscan find some of the detectors?
    pub(crate) fn has_beside(&self) -> bool {
        #[cfg(feature = "hyperscan")]
        let beside = self.beside.is_some();
        #[cfg(not(feature = "hyperscan"))]
        let beside = false;
        beside
    }

    /// Is a detector looked for by its words and the names of its columns, and not by its form?
    pub(crate) fn is_by_context(&self, detector: u16) -> bool {
        let by_context = self.by_context.get(usize::from(detector));
        by_context.copied().unwrap_or_default()
    }

    /// The instructions in use.
    pub(crate) fn kernel(&self) -> &'static str {
        self.instructions.name()
    }

    /// Calls `each` with every value in which something may be, and with what its detectors found, before overlaps are resolved.
    pub(crate) fn scan(
        &self,
        (detectors, sets): (&[Confirm], &Sets),
        gather: &mut Gather,
        scratch: &mut Scratch,
        findings: &mut Findings,
        each: impl FnMut(Scanned<'_>, &mut Vec<Found>),
    ) {
        let Scratch {
            batch,
            memory,
            candidates,
            lexicon,
            survivors,
            tries,
            tried,
            #[cfg(feature = "hyperscan")]
            hyperscan,
        } = scratch;
        let (text, len) = gather.finish();
        #[cfg(feature = "hyperscan")]
        if let Some(finder) = &self.beside
            && !finder.ends(&text[..len], hyperscan)
        {
            // Out of memory or a fault of the library: slow, and nothing is missed.
            return portable::scan(detectors, sets, gather, findings, each);
        }
        survivors.clear();
        for (number, pass) in (0u16..).zip(&self.passes) {
            pass.kernel.candidates(text, len, memory, candidates);
            pass.exact.survivors(candidates, number, text, survivors);
        }
        if let Some(keys) = &self.lexicon {
            keys.survivors(text, len, lexicon, survivors);
        }
        if self.passes.len() > 1 || self.lexicon.is_some() {
            // Runs in order, which a stable sort merges.
            survivors.sort_by_key(|survivor| survivor.at);
        }
        tries.clear();
        Proposer::new(self, detectors, sets, gather).propose(batch, survivors, tries);
        #[cfg(feature = "hyperscan")]
        if let Some(finder) = &self.beside {
            finder.propose(
                (detectors, sets),
                gather,
                &self.reverses,
                (batch, hyperscan),
            );
        }
        context::expand((detectors, sets), gather, tries, tried);
        batch.add(tried);
        batch.confirm(gather, detectors, &self.reverses, findings, each);
    }
}

/// What one pass of the kernel takes for 1 KiB, in nominal nanoseconds.
fn pass_ns(instructions: Instructions) -> u32 {
    match instructions {
        Instructions::Avx512 => 170,
        Instructions::Avx2 => 350,
        Instructions::Scalar => 1300,
    }
}

/// What each detector is found by; with `grams` by keys where there are some.
fn derive_all(
    sources: &[Source<'_>],
    grams: Option<&Grams>,
    sample: &Sample,
) -> Result<Vec<Derived>, String> {
    let each = (0u16..).zip(sources);
    let each = each.map(|(detector, source)| Derived::new(detector, source, grams, sample));
    each.collect()
}

/// Are there so many patterns and words that those with keys should not fill the buckets of windows?
fn are_many(sources: &[Source<'_>]) -> bool {
    let wanted = sources.iter().filter(|source| !source.off);
    let each = wanted.map(|source| match context::is_sought(source) {
        true => source.confirm.words().len(),
        false => source.patterns.len(),
    });
    each.sum::<usize>() > MANY
}

impl Derived {
    /// Derives the windows of a detector's patterns, or of its words. With `grams` keys take the place of windows
    /// where there are some.
    fn new(
        detector: u16,
        source: &Source<'_>,
        grams: Option<&Grams>,
        sample: &Sample,
    ) -> Result<Derived, String> {
        let mut derived = Derived::default();
        if source.off {
            return Ok(derived);
        }
        let rule = (source.confirm, source.evidence);
        if context::is_sought(source) {
            for (path, anchor) in context::words(source) {
                match grams.and_then(|grams| keys::of_path(&path, anchor, grams)) {
                    Some(keyed) => derived.keyed.push(keyed),
                    None => {
                        let window = Window::new((path, 0), anchor, detector);
                        derived.windows.push(window);
                    }
                }
            }
            let work = estimate::of_words(&derived.windows, (&derived.keyed, grams), sample);
            derived.way = Way {
                windows: derived.windows.len(),
                ..Way::new(Route::Context, work)
            };
            return Ok(derived);
        }
        let mut known = HashSet::new();
        for pattern in source.patterns {
            let mut left = Vec::new();
            match grams {
                None => left.push(pattern.clone()),
                Some(grams) => {
                    let chosen = keys::of_pattern(pattern, source.boundary, grams)?;
                    left = chosen.left;
                    for (keyed, reverse) in chosen.keyed {
                        let pivot = derived.next_pivot()?;
                        derived.pivots.extend(reverse);
                        derived.keyed.push(keyed.numbered(pivot));
                    }
                }
            }
            for pattern in left {
                let chosen = choose::pattern(&pattern, source.boundary, sample)?;
                let pivot = derived.next_pivot()?;
                derived.pivots.extend(chosen.pivot);
                for (path, anchor) in chosen.windows {
                    let window = Window::new(path, anchor, detector).numbered(pivot);
                    if known.insert(window.clone()) {
                        derived.windows.push(window);
                    }
                }
            }
        }
        let Derived {
            windows,
            keyed,
            pivots,
            ..
        } = &derived;
        let work = estimate::of_windows(windows, (keyed, grams), pivots, rule, sample);
        let route = match windows.is_empty() && !keyed.is_empty() {
            true => Route::Keys,
            false => Route::Windows,
        };
        derived.way = Way {
            windows: windows.len(),
            ..Way::new(route, work)
        };
        Ok(derived)
    }

    /// The number of the next pivot.
    fn next_pivot(&self) -> Result<u16, String> {
        u16::try_from(self.pivots.len()).map_err(|_| "too many pivots".to_owned())
    }
}

impl Window {
    fn new((path, from): (Vec<ByteSet>, usize), anchor: Anchor, detector: u16) -> Window {
        let mut classes = [ByteSet::ALL; WIDTH];
        let mut beyond = Vec::new();
        for (at, class) in path.into_iter().enumerate() {
            match at.checked_sub(from) {
                Some(inside) if inside < WIDTH => classes[inside] = class,
                _ if class == ByteSet::ALL => {}
                _ => beyond.push((distance(at, from), class)),
            }
        }
        Window {
            classes,
            beyond,
            anchor,
            detector,
        }
    }

    /// With the numbers of pivots moved up.
    fn numbered(self, first: u16) -> Window {
        let anchor = self.anchor.numbered(first);
        Window { anchor, ..self }
    }

    /// Is every byte around the window's own positions permitted, if it begins at `at`?
    fn holds_around(&self, at: usize, text: &[u8]) -> bool {
        self.beyond.iter().all(|(distance, class)| {
            let at = at.wrapping_add_signed(isize::from(*distance));
            class.contains(text.get(at).copied().unwrap_or(0))
        })
    }
}

/// Paths have far fewer than 128 positions.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
fn distance(at: usize, from: usize) -> i8 {
    at as i8 - from as i8
}

#[cfg(test)]
mod tests;
