//! The compiled rules that every shard shares.

use crate::column::{ColumnContext, ColumnName, Selector, Tokens, holds_text, type_listed};
use crate::compile::{self, CompileOptions};
use crate::detect::confirm::Confirm;
use crate::detect::findings::{Findings, Resumed};
#[cfg(feature = "hyperscan")]
use crate::detect::hyperscan::Hyperscan;
use crate::detect::resolve::{Overlaps, Rank, resolve};
use crate::detect::sets::{DetectorSet, Evidence, Sets};
use crate::detect::windows::{self, Windows};
use crate::detect::{
    DetectorPlan, DetectorSetId, FieldRef, Found, Gather, Match, Resume, portable,
};
use crate::keys::Keys;
use crate::operators::Masker;
use crate::pack::{Diagnostics, PackSource};

/// Index into [`Ruleset::rules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(pub u16);

impl RuleId {
    /// As an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What a rule is called and does; nothing in it is secret.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleInfo {
    /// The detector's name, or the name or selection of a column rule.
    pub name: String,
    /// What it protects: `EMAIL_ADDRESS`.
    pub entity: String,
    /// Detector or column rule.
    pub kind: RuleKind,
    /// The pack it comes from.
    pub pack: String,
    /// What its findings lead to.
    pub mode: Mode,
    /// The share of random values of its shape that pass, 0 to 1; 0 for a column rule.
    pub chance: f64,
}

/// The two kinds of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// Finds spans by their content.
    Detector,
    /// Protects columns by their names.
    Column,
}

/// What a finding leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It is masked.
    Enforce,
    /// It is counted only.
    Shadow,
    /// Columns of such a rule are neither masked nor scanned. A detector that is off finds
    /// nothing.
    Off,
}

/// Compiled rules: immutable, shared by `Arc` over shards.
pub struct Ruleset {
    pub(crate) rules: Vec<RuleInfo>,
    pub(crate) maskers: Vec<Masker>,
    /// The first rules, in the same order.
    pub(crate) detectors: Vec<DetectorRule>,
    pub(crate) confirms: Vec<Confirm>,
    pub(crate) ranks: Vec<Rank>,
    pub(crate) scanner: Scanner,
    pub(crate) plan: Vec<DetectorPlan>,
    /// The rules behind the detectors, the most exact first.
    pub(crate) columns: Vec<ColumnRule>,
    pub(crate) sets: Sets,
    pub(crate) strictest: Masker,
    pub(crate) content_hash: [u8; 32],
}

/// When a detector applies to a column. Names are joined tokens.
#[derive(Debug)]
pub(crate) struct DetectorRule {
    pub(crate) columns: Vec<String>,
    pub(crate) not_columns: Vec<String>,
    pub(crate) types: Vec<String>,
    pub(crate) has_words: bool,
    pub(crate) required: bool,
    pub(crate) mode: Mode,
}

/// A compiled column rule.
#[derive(Debug)]
pub(crate) struct ColumnRule {
    pub(crate) selector: Selector,
    pub(crate) rule: RuleId,
    pub(crate) mode: Mode,
}

/// Reusable memory of one shard's scans; grows to the largest batch.
#[derive(Debug, Default)]
pub struct Scratch {
    findings: Findings,
    overlaps: Overlaps,
    windows: windows::Scratch,
    gather: Gather,
}

impl Scratch {
    /// The detectors of the starts that the last scan went through, one by one, in the order of the
    /// values. There are none after a scan by the portable backend, which goes through all of them.
    pub fn starts(&self) -> impl Iterator<Item = RuleId> + '_ {
        self.windows
            .batch
            .hits
            .iter()
            .map(|hit| RuleId(hit.detector))
    }
}

/// What proposes starts.
#[derive(Debug)]
pub(crate) enum Scanner {
    Portable,
    Windows(Box<Windows>),
    #[cfg(feature = "hyperscan")]
    Hyperscan(Box<Hyperscan>),
}

impl Ruleset {
    /// Compiles packs, in layers: a later pack may add to an earlier one. Every mistake of every
    /// pack is reported in one go; each detector's own examples are run as well.
    pub fn compile(
        packs: &[PackSource],
        keys: &Keys,
        options: impl Into<CompileOptions>,
    ) -> Result<Ruleset, Diagnostics> {
        compile::compile(packs, keys, &options.into())
    }

    /// A ruleset that protects nothing.
    pub fn empty() -> Ruleset {
        Ruleset {
            rules: Vec::new(),
            maskers: Vec::new(),
            detectors: Vec::new(),
            confirms: Vec::new(),
            ranks: Vec::new(),
            scanner: Scanner::Portable,
            plan: Vec::new(),
            columns: Vec::new(),
            sets: Sets::new(DetectorSet::default()),
            strictest: Masker::strictest(),
            content_hash: *blake3::hash(b"wiremask empty ruleset").as_bytes(),
        }
    }

    /// No detector and no column rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// A hash over the packs and the id of the key; goes into every session's record.
    pub fn content_hash(&self) -> [u8; 32] {
        self.content_hash
    }

    /// All rules; a [`RuleId`] indexes them.
    pub fn rules(&self) -> &[RuleInfo] {
        &self.rules
    }

    /// Is there a rule for columns by their names?
    pub fn has_column_rules(&self) -> bool {
        !self.columns.is_empty()
    }

    /// Is there a detector?
    pub fn has_detectors(&self) -> bool {
        !self.detectors.is_empty()
    }

    /// The rule that decides over a column; nothing where none selects it. The most exact
    /// selection wins, then the rule of the later pack. A rule may be in shadow mode (count, but
    /// do not mask) or off (neither mask nor scan): see [`RuleInfo::mode`].
    pub fn column_rule(&self, column: &ColumnName<'_>) -> Option<RuleId> {
        let selects = |rule: &&ColumnRule| rule.selector.matches(column, rule.mode != Mode::Off);
        self.columns.iter().find(selects).map(|rule| rule.rule)
    }

    /// Could a column of this table be masked by a column rule?
    pub fn table_has_rule(&self, database: &str, schema: &str, table: &str) -> bool {
        self.columns.iter().any(|rule| {
            rule.mode == Mode::Enforce && rule.selector.matches_table(database, schema, table, true)
        })
    }

    /// Which detectors apply to the values of a column; equal answers have equal ids. Locks and
    /// allocates: called once per result column, never per row.
    pub fn detector_set(&self, column: &ColumnContext<'_>) -> DetectorSetId {
        if self.detectors.is_empty() {
            return DetectorSetId::NONE;
        }
        let tokens = Tokens::of(column.name);
        let evidence = |detector: &DetectorRule| detector.evidence(&tokens, column.type_name);
        let by_detector = self.detectors.iter().map(evidence).collect();
        self.sets.intern(self.set_of(by_detector))
    }

    /// As [`Ruleset::detector_set`], where these detectors are at home: their form is enough, as if the name of
    /// the column were theirs. Never a smaller set.
    pub fn detector_set_at_home(
        &self,
        column: &ColumnContext<'_>,
        at_home: &[RuleId],
    ) -> DetectorSetId {
        let tokens = Tokens::of(column.name);
        let evidence = |(id, detector): (u16, &DetectorRule)| {
            let evidence = detector.evidence(&tokens, column.type_name)?;
            Some(match at_home.contains(&RuleId(id)) {
                true => Evidence::Column,
                false => evidence,
            })
        };
        let by_detector = (0..).zip(&self.detectors).map(evidence).collect();
        self.sets.intern(self.set_of(by_detector))
    }

    /// As [`Ruleset::detector_set`], but of one detector alone: for measuring what it costs. Nothing where
    /// the rule is no detector that applies to the column, or where there is no room for another set.
    pub fn detector_set_alone(
        &self,
        column: &ColumnContext<'_>,
        rule: RuleId,
    ) -> Option<DetectorSetId> {
        let detector = self.detectors.get(rule.index())?;
        let evidence = detector.evidence(&Tokens::of(column.name), column.type_name)?;
        let mut by_detector = vec![None; self.detectors.len()];
        by_detector[rule.index()] = Some(evidence);
        let set = self.set_of(by_detector);
        let id = self.sets.intern(set.clone());
        (self.sets.set(id) == Some(&set)).then_some(id)
    }

    pub(crate) fn set_of(&self, by_detector: Vec<Option<Evidence>>) -> DetectorSet {
        DetectorSet::new(by_detector, |detector| {
            self.confirms[usize::from(detector)].len_min()
        })
    }

    /// Bytes of the shortest match of the detectors of a set: a shorter value need not be scanned.
    pub fn match_len_min(&self, set: DetectorSetId) -> usize {
        self.sets.set(set).map_or(0, DetectorSet::len_min)
    }

    /// Memory for scans; one per shard.
    pub fn scratch(&self) -> Scratch {
        Scratch::default()
    }

    /// Scans many fields at once. `fields` are ranges of `buffer`. Appends exact matches that do
    /// not overlap, ordered by field and start; the rules are given in the documentation of the
    /// scanner. Copies the fields; [`Ruleset::scan_gathered`] scans what lies right already.
    ///
    /// # Panics
    ///
    /// When a field does not lie in the buffer.
    pub fn scan(
        &self,
        scratch: &mut Scratch,
        buffer: &[u8],
        fields: &[FieldRef],
        matches: &mut Vec<Match>,
    ) {
        let mut gather = std::mem::take(&mut scratch.gather);
        gather.clear();
        for (index, field) in (0..).zip(fields) {
            if field.set != DetectorSetId::NONE {
                let range = field.start as usize..field.end as usize;
                gather.add(&buffer[range], field.set, index);
            }
        }
        self.scan_gathered(scratch, &mut gather, matches);
        scratch.gather = gather;
    }

    /// As [`Ruleset::scan`], of a piece of a value: goes on where `resume` says and notes there how far it came.
    ///
    /// # Panics
    /// When a field does not lie in the buffer.
    pub fn scan_on(
        &self,
        scratch: &mut Scratch,
        (buffer, fields): (&[u8], &[FieldRef]),
        resume: &mut Resume,
        matches: &mut Vec<Match>,
    ) {
        scratch.findings.resumed = Some(Resumed {
            begins: fields.iter().map(|field| field.start).collect(),
            resume: std::mem::take(resume),
        });
        self.scan(scratch, buffer, fields, matches);
        if let Some(resumed) = scratch.findings.resumed.take() {
            *resume = resumed.resume;
        }
    }

    /// Scans values that were gathered for it. Appends matches as [`Ruleset::scan`] does; their
    /// fields are the numbers that the caller gave the values. Allocates nothing once `scratch` and `matches` have grown.
    pub fn scan_gathered(
        &self,
        scratch: &mut Scratch,
        gather: &mut Gather,
        matches: &mut Vec<Match>,
    ) {
        scratch.windows.batch.hits.clear();
        if gather.is_empty() {
            return;
        }
        let (findings, overlaps) = (&mut scratch.findings, &mut scratch.overlaps);
        let windows = &mut scratch.windows;
        let emit = |field: u32, found: &mut Vec<Found>| {
            resolve(found, &self.ranks, overlaps);
            matches.extend(found.iter().map(|found| Match {
                field,
                start: found.start,
                end: found.end,
                rule: RuleId(found.detector),
            }));
        };
        let rules = (self.confirms.as_slice(), &self.sets);
        match &self.scanner {
            Scanner::Windows(scanner) => scanner.scan(rules, gather, windows, findings, emit),
            #[cfg(feature = "hyperscan")]
            Scanner::Hyperscan(scanner) => {
                let scratch = (&mut windows.batch, &mut windows.hyperscan);
                scanner.scan(rules, gather, scratch, findings, emit);
            }
            Scanner::Portable => {
                portable::scan(&self.confirms, &self.sets, gather, findings, emit);
            }
        }
    }

    /// What scans: `windows (avx512-vbmi)`, `windows (avx2)`, `windows (scalar)`, `hyperscan`,
    /// `portable`; behind windows ` and hyperscan` where it finds some of the detectors.
    pub fn scanner(&self) -> String {
        match &self.scanner {
            Scanner::Windows(windows) => {
                let beside = if windows.has_beside() {
                    " and hyperscan"
                } else {
                    ""
                };
                format!("windows ({}){beside}", windows.kernel())
            }
            #[cfg(feature = "hyperscan")]
            Scanner::Hyperscan(_) => "hyperscan".to_owned(),
            Scanner::Portable => "portable".to_owned(),
        }
    }

    /// How each detector is scanned for and what it costs, in the order of [`Ruleset::rules`]. Made
    /// when the packs were compiled, from a built-in sample of ordinary data.
    pub fn scan_plan(&self) -> &[DetectorPlan] {
        &self.plan
    }

    /// How many bytes a caller that scans a stream holds back: from the start of a match that far, with the word
    /// behind it that it may need, all is decided. Follows from the packs.
    pub fn hold_back(&self) -> usize {
        let behind = self.confirms.iter().map(|confirm| confirm.reach().1);
        behind.max().unwrap_or(0)
    }

    /// How many bytes in front of what is new such a caller shows again, for boundaries and words.
    pub fn look_back(&self) -> usize {
        let before = self.confirms.iter().map(|confirm| confirm.reach().0);
        before.max().unwrap_or(0)
    }

    /// The masker of a rule of this ruleset; the strictest one for any other id.
    pub fn masker(&self, rule: RuleId) -> &Masker {
        self.maskers.get(rule.index()).unwrap_or(&self.strictest)
    }

    /// Redacts whole values: for what cannot be attributed to a column.
    pub fn strictest(&self) -> &Masker {
        &self.strictest
    }
}

impl std::fmt::Debug for Ruleset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ruleset")
            .field("rules", &self.rules.len())
            .finish_non_exhaustive()
    }
}

impl DetectorRule {
    /// What speaks for it in a column of text whose name says nothing about it.
    pub(crate) fn evidence_without_name(&self) -> Option<Evidence> {
        self.evidence(&Tokens::of(""), "text")
    }

    fn evidence(&self, name: &Tokens, type_name: &str) -> Option<Evidence> {
        let type_fits = match self.types.as_slice() {
            [] => holds_text(type_name),
            types => type_listed(types, type_name),
        };
        let named = |names: &[String]| names.iter().any(|wanted| name.hold(wanted));
        if self.mode == Mode::Off || !type_fits || named(&self.not_columns) {
            None
        } else if named(&self.columns) {
            Some(Evidence::Column)
        } else if !self.required {
            Some(Evidence::Value)
        } else {
            (self.has_words && holds_text(type_name)).then_some(Evidence::Words)
        }
    }
}

#[cfg(test)]
mod tests;
