//! The fast backend: class windows propose starts, automata confirm them.
//!
//! From each pattern's automaton, [`derive`] reads which bytes must stand at eight neighbouring
//! positions near the start of a match (or around a literal inside it), with the alternatives
//! expanded; [`choose`] takes the positions that are rarest in a sample of ordinary data and
//! merges all windows into 32 buckets, which [`arrange`] puts in order. A vector kernel
//! (`wiremask-simd`) scans the gathered fields for buckets, candidates are checked against their exact windows, and what remains is
//! confirmed by [`Confirm`](super::confirm::Confirm) exactly as the portable backend does.
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
use propose::Proposer;
use sample::Sample;
use std::collections::HashSet;
use wiremask_simd::{Candidate, Instructions, Kernel, Memory, Missing, WIDTH};

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

/// The compiled windows of all detectors.
#[derive(Debug)]
pub(crate) struct Windows {
    /// One, or several where there are many windows.
    passes: Vec<Pass>,
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
    /// Numbered from 0 in the windows.
    pivots: Vec<Reverse>,
    way: Way,
}

impl Default for Derived {
    fn default() -> Derived {
        Derived {
            windows: Vec::new(),
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
        let derived = (0u16..).zip(sources);
        let derived = derived.map(|(detector, source)| Derived::new(detector, source, &sample));
        #[cfg_attr(
            not(feature = "hyperscan"),
            expect(unused_mut, reason = "nobody takes any")
        )]
        let mut derived = derived.collect::<Result<Vec<_>, _>>()?;
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
        let (mut windows, mut ways) = (Vec::new(), Vec::new());
        for one in derived {
            let first = u16::try_from(reverses.len()).map_err(|_| "too many pivots".to_owned())?;
            reverses.extend(one.pivots);
            // The last of them must have a number too.
            u16::try_from(reverses.len()).map_err(|_| "too many pivots".to_owned())?;
            windows.extend(one.windows.into_iter().map(|window| window.numbered(first)));
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
        if self.passes.len() > 1 {
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

impl Derived {
    /// Derives the windows of a detector's patterns.
    fn new(detector: u16, source: &Source<'_>, sample: &Sample) -> Result<Derived, String> {
        let mut derived = Derived::default();
        if source.off {
            return Ok(derived);
        }
        if context::is_sought(source) {
            let windows = context::windows(detector, source);
            let work = estimate::of_words(&windows, sample);
            let way = Way {
                windows: windows.len(),
                ..Way::new(Route::Context, work)
            };
            return Ok(Derived {
                windows,
                way,
                ..derived
            });
        }
        let mut known = HashSet::new();
        for pattern in source.patterns {
            let chosen = choose::pattern(pattern, source.boundary, sample)?;
            let pivot =
                u16::try_from(derived.pivots.len()).map_err(|_| "too many pivots".to_owned())?;
            derived.pivots.extend(chosen.pivot);
            for (path, anchor) in chosen.windows {
                let window = Window::new(path, anchor, detector).numbered(pivot);
                if known.insert(window.clone()) {
                    derived.windows.push(window);
                }
            }
        }
        let rule = (source.confirm, source.evidence);
        let work = estimate::of_windows(&derived.windows, &derived.pivots, rule, sample);
        derived.way = Way {
            windows: derived.windows.len(),
            ..Way::new(Route::Windows, work)
        };
        Ok(derived)
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
        let anchor = match self.anchor {
            Anchor::Pivot { skip, pivot } => Anchor::Pivot {
                skip,
                pivot: first + pivot,
            },
            start => start,
        };
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
