//! The compiled rules that every shard shares.

use crate::column::{ColumnContext, ColumnName, Selector, TableName, Tokens};
use crate::compile::{self, CompileOptions};
use crate::detect::confirm::Confirm;
use crate::detect::findings::{Findings, Resumed};
#[cfg(feature = "hyperscan")]
use crate::detect::hyperscan::Hyperscan;
use crate::detect::resolve::{Overlaps, Rank, resolve};
use crate::detect::sets::{DetectorSet, Evidence, Sets};
use crate::detect::windows::{self, Windows};
use crate::detect::{
    DetectorPlan, DetectorSetId, FieldRef, Found, Gather, Match, Resume, Scanned, portable,
};
use crate::evidence::DetectorRule;
use crate::examples::StoredExample;
use crate::info::{DetectorInfo, Mode, NameEvidence, RuleId, RuleInfo};
use crate::keys::Keys;
use crate::kin::Kin;
use crate::leaves::{LeafRule, LeafRules};
use crate::operators::Masker;
use crate::pack::{Diagnostics, PackSource};
use crate::scope::{AllowRule, Here, Scope, ScopeRule};
use std::collections::HashMap;
use std::sync::Arc;

/// Compiled rules: immutable, shared by `Arc` over shards.
pub struct Ruleset {
    pub(crate) rules: Vec<RuleInfo>,
    pub(crate) maskers: Vec<Arc<Masker>>,
    /// The first rules, in the same order.
    pub(crate) detectors: Vec<DetectorRule>,
    pub(crate) confirms: Vec<Confirm>,
    /// Of every rule; those of columns are never found.
    pub(crate) ranks: Vec<Rank>,
    pub(crate) scanner: Scanner,
    pub(crate) plan: Vec<DetectorPlan>,
    /// Rules for whole columns, the most exact first.
    pub(crate) columns: Vec<ColumnRule>,
    /// Rules for places in JSON documents, the most exact first.
    pub(crate) leaves: Vec<LeafRule>,
    /// Entries about detectors, the most exact first.
    pub(crate) scopes: Vec<ScopeRule>,
    /// Rules of detectors with another mode or mask.
    pub(crate) variants: HashMap<(u16, Mode, Option<u16>), u16>,
    pub(crate) allows: Vec<AllowRule>,
    pub(crate) examples: Vec<StoredExample>,
    pub(crate) warnings: Diagnostics,
    pub(crate) sets: Sets,
    pub(crate) strictest: Masker,
    pub(crate) content_hash: [u8; 32],
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
            leaves: Vec::new(),
            scopes: Vec::new(),
            variants: HashMap::new(),
            allows: Vec::new(),
            examples: Vec::new(),
            warnings: Diagnostics::default(),
            sets: Sets::new(DetectorSet::default()),
            strictest: Masker::strictest(),
            content_hash: *blake3::hash(b"wiremask empty ruleset").as_bytes(),
        }
    }

    /// No detector and no column rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What somebody should look at, though the packs can be used: allow entries that expired, packs that
    /// are extended without their version.
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// A hash over what the packs say, in their order, and the id of the key; goes into every session's
    /// record. Comments and the way of writing do not count.
    pub fn content_hash(&self) -> [u8; 32] {
        self.content_hash
    }

    /// All rules; a [`RuleId`] indexes them.
    pub fn rules(&self) -> &[RuleInfo] {
        &self.rules
    }

    /// Is there a rule for columns, or for places in them, by their names, or one that asks for their tags?
    pub fn has_column_rules(&self) -> bool {
        let mut scopes = self.scopes.iter();
        let asks_for_tags = |entry: &ScopeRule| entry.selector.asks_for_tags();
        !self.columns.is_empty() || !self.leaves.is_empty() || scopes.any(asks_for_tags)
    }

    /// What a detector, or the detector of a variant, is made of; nothing for a column rule.
    pub fn detector(&self, rule: RuleId) -> Option<DetectorInfo<'_>> {
        let number = match self.detectors.get(rule.index()) {
            Some(_) => rule.0,
            None => self.base_of(rule.0)?,
        };
        let detector = self.detectors.get(usize::from(number))?;
        Some(DetectorInfo {
            class: detector.class,
            validators: &detector.validators,
            columns: &detector.columns,
            not_columns: &detector.not_columns,
            types: &detector.types,
            words: &detector.words,
            required: detector.required,
            threshold: detector.threshold,
            chance: detector.chance,
            priority: detector.priority,
        })
    }

    /// What the name of a column says about a detector, by whole tokens; nothing for other rules.
    pub fn name_evidence(&self, rule: RuleId, column: &str) -> NameEvidence {
        let detector = self.detectors.get(rule.index());
        detector.map_or(NameEvidence::Nothing, |detector| {
            detector.name_evidence(&Tokens::of(column))
        })
    }

    /// The detector of a variant.
    pub(crate) fn base_of(&self, variant: u16) -> Option<u16> {
        let mut variants = self.variants.iter();
        let found = variants.find(|(_, rule)| **rule == variant);
        found.map(|((detector, _, _), _)| *detector)
    }

    pub(crate) fn rank_variants(&mut self, priorities: &HashMap<u16, i64>) {
        let rules = (0u16..).zip(&self.rules).skip(self.ranks.len());
        let ranks = rules.map(|(number, info)| Rank {
            priority: priorities.get(&number).copied().unwrap_or(i64::MIN),
            shadow: info.mode != Mode::Enforce,
        });
        self.ranks.extend(ranks.collect::<Vec<_>>());
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

    /// Does an entry about detectors, or an allow entry for single data sets, select this column, or an entry that
    /// strengthens detectors its kin? Where
    /// none does, [`Ruleset::detector_set`] says the same as [`Ruleset::detector_set_of`].
    pub fn is_scoped(&self, column: &ColumnName<'_>, kin: &Kin<'_>) -> bool {
        let mut allows = self.allows.iter();
        self.scopes.iter().any(|entry| entry.matches(column))
            || self.is_widened(kin)
            || allows.any(|allow| !allow.datasets.is_empty() && allow.is_here(column))
    }

    /// Is there a rule for places in JSON documents?
    pub fn has_leaf_rules(&self) -> bool {
        !self.leaves.is_empty()
    }

    /// The rules for places in the documents of a column of type json or jsonb, the first that covers a
    /// place decides; nothing where there are none. For a column that no column rule decides over.
    /// Allocates: called once per result column.
    pub fn leaf_rules(&self, column: &ColumnName<'_>) -> Option<LeafRules> {
        let selects = |rule: &&LeafRule| rule.selector.matches(column, rule.mode != Mode::Off);
        let selected = self.leaves.iter().filter(selects);
        let rules: Vec<_> = selected.map(|r| (r.path.clone(), r.rule, r.mode)).collect();
        (!rules.is_empty()).then_some(LeafRules(rules))
    }

    /// Could a column of this table, or a place in one, be masked by a rule?
    pub fn table_has_rule(&self, table: &TableName<'_>) -> bool {
        let columns = self.columns.iter().map(|rule| (rule.mode, &rule.selector));
        let leaves = self.leaves.iter().map(|rule| (rule.mode, &rule.selector));
        columns
            .chain(leaves)
            .any(|(mode, selector)| mode == Mode::Enforce && selector.matches_table(table, true))
    }

    /// Which detectors apply to the values of a column whose table is not known; equal answers have equal
    /// ids. What data sets change about detectors is left out. Locks and allocates: called once per result
    /// column, never per row.
    pub fn detector_set(&self, column: &ColumnContext<'_>) -> DetectorSetId {
        self.detector_set_at_home(column, &[])
    }

    /// As [`Ruleset::detector_set`], for a column of a table: with what data sets change about detectors,
    /// and the values that may pass there.
    pub fn detector_set_of(&self, column: &ColumnName<'_>) -> DetectorSetId {
        self.detector_set_of_at_home(column, &Kin::default(), &[])
    }

    fn set_in(
        &self,
        name: &str,
        type_name: &str,
        (here, allows): (&Here<'_>, Vec<u16>),
        at_home: &[RuleId],
    ) -> DetectorSetId {
        if self.detectors.is_empty() {
            return DetectorSetId::NONE;
        }
        let tokens = Tokens::of(name);
        let mut variants = Vec::new();
        let mut by_detector = Vec::with_capacity(self.detectors.len());
        for (number, detector) in (0u16..).zip(&self.detectors) {
            let settings = here.settings(number, detector);
            let (mode, threshold) = (settings.mode.0, settings.threshold.0);
            let evidence = detector.evidence(&tokens, type_name, mode, threshold);
            let variant = self.variant(number, &settings);
            if evidence.is_ok() && variant != number {
                variants.push((number, variant));
            }
            let mut homes = at_home.iter();
            let is_at_home = homes.any(|rule| [number, variant].contains(&rule.0));
            by_detector.push(evidence.ok().map(|evidence| match is_at_home {
                true => Evidence::Column,
                false => evidence,
            }));
        }
        let scope = Scope { variants, allows };
        self.sets.intern(self.set_of(by_detector).scoped(scope))
    }

    /// As [`Ruleset::detector_set`], where these detectors are at home: their form is enough, as if the name of
    /// the column were theirs. Never a smaller set.
    pub fn detector_set_at_home(
        &self,
        column: &ColumnContext<'_>,
        at_home: &[RuleId],
    ) -> DetectorSetId {
        let here = (&Here::default(), Vec::new());
        self.set_in(column.name, column.type_name, here, at_home)
    }

    /// As [`Ruleset::detector_set_of`], with what strengthens detectors where else the values lie, and where
    /// these detectors or their variants are at home.
    pub fn detector_set_of_at_home(
        &self,
        column: &ColumnName<'_>,
        kin: &Kin<'_>,
        at_home: &[RuleId],
    ) -> DetectorSetId {
        let allows = (0u16..).zip(&self.allows);
        let allows = allows.filter(|(_, a)| !a.datasets.is_empty() && a.is_here(column));
        let allows = allows.map(|(number, _)| number).collect();
        let here = (&self.here_with(column, kin), allows);
        self.set_in(column.column, column.type_name, here, at_home)
    }

    /// As [`Ruleset::detector_set`], but of one detector alone: for measuring what it costs. Nothing where
    /// the rule is no detector that applies to the column, or where there is no room for another set.
    pub fn detector_set_alone(
        &self,
        column: &ColumnContext<'_>,
        rule: RuleId,
    ) -> Option<DetectorSetId> {
        let detector = self.detectors.get(rule.index())?;
        let name = Tokens::of(column.name);
        let (mode, threshold) = (detector.mode, detector.threshold);
        let evidence = detector.evidence(&name, column.type_name, mode, threshold);
        let evidence = evidence.ok()?;
        let mut by_detector = vec![None; self.detectors.len()];
        by_detector[rule.index()] = Some(evidence);
        let set = self.set_of(by_detector);
        let id = self.sets.intern(set.clone());
        (self.sets.set(id) == Some(&set)).then_some(id)
    }

    pub(crate) fn set_of(&self, by_detector: Vec<Option<Evidence>>) -> DetectorSet {
        let set = DetectorSet::new(by_detector, |detector| {
            self.confirms[usize::from(detector)].len_min()
        });
        match &self.scanner {
            Scanner::Windows(windows) => set.trying(|detector| windows.is_by_context(detector)),
            _ => set,
        }
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
        let emit = |scanned: Scanned<'_>, found: &mut Vec<Found>| {
            if let Some(set) = self.sets.set(scanned.set)
                && !set.scope().is_empty()
            {
                self.in_scope(set.scope(), scanned.value, found);
            }
            resolve(found, &self.ranks, overlaps);
            matches.extend(found.iter().map(|found| Match {
                field: scanned.owner,
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
        let masker = self.maskers.get(rule.index());
        masker.map_or(&self.strictest, |masker| masker)
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

#[cfg(test)]
mod tests;
