//! Why a value is masked, and why it is not: every detector that fired and every near miss.
//!
//! Slow and complete: each detector is tried at each position, as the plainest scanner does, and asked
//! what it lacked. An explanation holds places in the value and never anything of the value itself.

use crate::column::{ColumnName, Tokens};
use crate::detect::Found;
use crate::detect::confirm::{Confirm, position};
use crate::detect::resolve::{Overlaps, resolve};
use crate::detect::sets::Evidence;
use crate::effective::{AllowLine, Decision, full_name};
use crate::evidence::{DetectorRule, Silence};
use crate::info::{Mode, Place, RuleId};
use crate::ruleset::{ColumnRule, Ruleset};
use crate::scope::AllowRule;
use crate::validators;
use serde::Serialize;
use std::fmt;

/// Traces of one explanation at most: a long text may hold any number of near misses.
const TRACES_MAX: usize = 1000;

/// Why a value is masked, or is not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// `database.schema.table.column`.
    pub column: String,
    /// What decides over the column. Where that masks it whole or takes it out, the traces say what
    /// detectors would do.
    pub decision: Decision,
    /// By position.
    pub traces: Vec<Trace>,
    /// There are more than 1000 traces; the others are left out.
    pub is_cut: bool,
}

/// What one detector made of one span.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trace {
    /// The detector, or its variant here: for [`Ruleset::rules`].
    #[serde(skip)]
    pub rule: RuleId,
    /// Its name.
    pub detector: String,
    /// What it protects.
    pub entity: String,
    /// First byte of the span.
    pub start: u32,
    /// Behind its last byte.
    pub end: u32,
    /// What became of it.
    pub outcome: Outcome,
    /// Where the detector is written.
    pub place: Place,
}

/// What became of a span that a detector's pattern matches.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Outcome {
    /// It is masked.
    Masked,
    /// It is counted: the detector is in shadow mode here.
    Counted,
    /// Another one took a part of it; the rest is masked or counted.
    LostPart {
        /// The rule that took most of the part.
        to: String,
    },
    /// Another one took all of it.
    LostOverlap {
        /// The rule that took most of it.
        to: String,
    },
    /// An allow entry names it.
    Allowed(AllowLine),
    /// Something touches it that the boundary forbids.
    FailedBoundary {
        /// `digit`, `word` or `whole-field`.
        boundary: String,
    },
    /// A validator refuses it.
    FailedValidator {
        /// The first of them.
        validator: &'static str,
    },
    /// A word is needed near by, and there is none.
    NoWordNear,
    /// The detector is silent in the column.
    Silent {
        /// Why.
        why: Silence,
    },
}

impl Outcome {
    /// Is something of it masked?
    pub fn masks(&self) -> bool {
        matches!(self, Outcome::Masked | Outcome::LostPart { .. })
    }
}

/// A span that a detector accepted, with the number of the allow entry that lets it pass.
struct Fired {
    detector: u16,
    variant: u16,
    start: usize,
    end: usize,
    allowed: Option<usize>,
}

/// A span that it did not.
struct Missed {
    detector: u16,
    start: usize,
    end: usize,
    outcome: Outcome,
}

impl Ruleset {
    /// Why a value of a column is masked or is not. The value is text as detectors see it: a leaf of a
    /// JSON document by itself. For people and tools; slow, allocates.
    pub fn explain(&self, value: &[u8], column: &ColumnName<'_>) -> Explanation {
        let mut missed = Vec::new();
        let fired = self.fire(value, column, &mut |miss| missed.push(miss));
        let mut found: Vec<Found> = fired
            .iter()
            .filter(|fired| fired.allowed.is_none())
            .map(|fired| Found {
                start: position(fired.start),
                end: position(fired.end),
                detector: fired.variant,
            })
            .collect();
        resolve(&mut found, &self.ranks, &mut Overlaps::default());
        let misses = missed.into_iter().filter(|miss| {
            // Within a span that the same detector fired at, a miss is no news.
            let mut own = fired.iter().filter(|f| f.detector == miss.detector);
            !own.any(|f| f.start < miss.end && miss.start < f.end)
        });
        let misses = misses.map(|miss| {
            let span = (miss.start, miss.end);
            self.trace(miss.detector, miss.detector, span, miss.outcome)
        });
        let mut traces: Vec<Trace> = misses.collect();
        traces.extend(fired.iter().map(|fired| {
            let outcome = match fired.allowed {
                Some(entry) => Outcome::Allowed(self.allows[entry].line()),
                None => self.outcome(fired, &found),
            };
            let span = (fired.start, fired.end);
            self.trace(fired.detector, fired.variant, span, outcome)
        }));
        traces.sort_by_key(|trace| (trace.start, trace.end, trace.rule));
        let is_cut = traces.len() > TRACES_MAX;
        traces.truncate(TRACES_MAX);
        let selects = |rule: &&ColumnRule| rule.selector.matches(column, rule.mode != Mode::Off);
        Explanation {
            column: full_name(column),
            decision: self.decision(self.columns.iter().find(selects)),
            traces,
            is_cut,
        }
    }

    /// The numbers of the allow entries, as in [`Ruleset::allow_entries`], that let something pass in a
    /// value: for finding those that nothing needs. Slow, allocates.
    pub fn allowed_by(&self, value: &[u8], column: &ColumnName<'_>) -> Vec<usize> {
        let fired = self.fire(value, column, &mut |_| {});
        let mut entries: Vec<usize> = fired.iter().filter_map(|fired| fired.allowed).collect();
        entries.sort_unstable();
        entries.dedup();
        entries
    }

    /// Every span that a detector accepts, detector by detector; near misses go to `missed`.
    fn fire(
        &self,
        value: &[u8],
        column: &ColumnName<'_>,
        missed: &mut dyn FnMut(Missed),
    ) -> Vec<Fired> {
        let tokens = Tokens::of(column.column);
        let here = self.here(column);
        let mut fired = Vec::new();
        for (detector, rule) in (0u16..).zip(&self.detectors) {
            let settings = here.settings(detector, rule);
            let (mode, threshold) = (settings.mode.0, settings.threshold.0);
            let evidence = rule.evidence(&tokens, column.type_name, mode, threshold);
            let confirm = &self.confirms[usize::from(detector)];
            let (mut at, mut missed_to) = (0, 0);
            while at < value.len() {
                if !confirm.starts_with(value[at]) {
                    at += 1;
                    continue;
                }
                match try_at(confirm, rule, value, at, evidence) {
                    Tried::Fired(end) => {
                        let allows =
                            |entry: &AllowRule| entry.allows(detector, &value[at..end], column);
                        fired.push(Fired {
                            detector,
                            variant: self.variant(detector, &settings),
                            start: at,
                            end,
                            allowed: self.allows.iter().position(allows),
                        });
                        at = end;
                    }
                    Tried::Missed(end, outcome) => {
                        if at >= missed_to {
                            missed_to = end;
                            missed(Missed {
                                detector,
                                start: at,
                                end,
                                outcome,
                            });
                        }
                        at += 1;
                    }
                    Tried::Nothing => at += 1,
                }
            }
        }
        fired
    }

    /// What is left of a span once overlaps are resolved.
    fn outcome(&self, fired: &Fired, found: &[Found]) -> Outcome {
        let (start, end) = (position(fired.start), position(fired.end));
        let inside = |f: &Found| f.end.min(end).saturating_sub(f.start.max(start));
        let own = found.iter().filter(|f| f.detector == fired.variant);
        let kept: u32 = own.map(inside).sum();
        let others = found.iter().filter(|f| f.detector != fired.variant);
        let winner = others.max_by_key(|f| inside(f)).filter(|f| inside(f) > 0);
        let name = |f: &Found| self.rules[usize::from(f.detector)].name.clone();
        let is_shadow = self.rules[usize::from(fired.variant)].mode != Mode::Enforce;
        match winner {
            Some(winner) if kept == 0 => Outcome::LostOverlap { to: name(winner) },
            Some(winner) if kept < end - start => Outcome::LostPart { to: name(winner) },
            _ if is_shadow => Outcome::Counted,
            _ => Outcome::Masked,
        }
    }

    fn trace(
        &self,
        detector: u16,
        rule: u16,
        (start, end): (usize, usize),
        outcome: Outcome,
    ) -> Trace {
        let info = &self.rules[usize::from(detector)];
        Trace {
            rule: RuleId(rule),
            detector: info.name.clone(),
            entity: info.entity.clone(),
            start: position(start),
            end: position(end),
            outcome,
            place: info.place.clone(),
        }
    }
}

/// What a detector makes of one start.
enum Tried {
    Fired(usize),
    Missed(usize, Outcome),
    Nothing,
}

fn try_at(
    confirm: &Confirm,
    rule: &DetectorRule,
    value: &[u8],
    at: usize,
    evidence: Result<Evidence, Silence>,
) -> Tried {
    let Some(longest) = confirm.longest(value, at).filter(|end| *end > at) else {
        return Tried::Nothing;
    };
    let end = |evidence| confirm.end_at(value, at, evidence).map(|end| end.at);
    if let Ok(evidence) = evidence
        && let Some(end) = end(evidence)
    {
        return Tried::Fired(end);
    }
    let Some(formed) = end(Evidence::Column) else {
        let boundary = rule.boundary.to_string();
        return Tried::Missed(longest, Outcome::FailedBoundary { boundary });
    };
    let Some(valid) = end(Evidence::Value) else {
        let span = &value[at..formed];
        let refuses = |name: &&&'static str| {
            validators::find(name).is_some_and(|validator| !(validator.check)(span))
        };
        let refusing = rule.validators.iter().find(refuses);
        let validator = refusing.copied().unwrap_or_default();
        return Tried::Missed(formed, Outcome::FailedValidator { validator });
    };
    match evidence {
        Ok(_) => Tried::Missed(valid, Outcome::NoWordNear),
        Err(why) => Tried::Missed(valid, Outcome::Silent { why }),
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Masked => f.write_str("masked"),
            Outcome::Counted => f.write_str("counted, in shadow mode"),
            Outcome::LostPart { to } => write!(f, "masked but for a part, lost overlap to {to}"),
            Outcome::LostOverlap { to } => write!(f, "matched, lost overlap to {to}"),
            Outcome::Allowed(entry) => {
                write!(f, "matched, allowed by {}: {}", entry.place, entry.reason)
            }
            Outcome::FailedBoundary { boundary } => {
                write!(f, "matched, failed boundary {boundary}")
            }
            Outcome::FailedValidator { validator } => write!(f, "matched, failed {validator}"),
            Outcome::NoWordNear => f.write_str("matched, no word near by"),
            Outcome::Silent { why } => write!(f, "matched, {why}"),
        }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Trace {
            detector,
            entity,
            start,
            end,
            outcome,
            place,
            ..
        } = self;
        write!(
            f,
            "{start}..{end} {detector} ({entity}): {outcome} [{place}]"
        )
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.column, self.decision)?;
        for trace in &self.traces {
            writeln!(f, "  {trace}")?;
        }
        if self.traces.is_empty() {
            writeln!(f, "  no pattern of any detector matches")?;
        }
        if self.is_cut {
            writeln!(f, "  and more than {TRACES_MAX} in all")?;
        }
        Ok(())
    }
}
