//! From packs to a ruleset: everything that needs to know what names mean.
//!
//! All mistakes are collected; only when there is none are the examples run, because they need a
//! ruleset that works.

mod dataset;

use crate::column::{Selector, Tokens};
use crate::detect::confirm::{Allowed, Confirm, Words};
#[cfg(feature = "hyperscan")]
use crate::detect::hyperscan::Hyperscan;
use crate::detect::plan::{self, Way};
use crate::detect::resolve::Rank;
use crate::detect::sets::{DetectorSet, Evidence, Sets};
use crate::detect::windows::Windows;
use crate::detect::{Backend, pattern, portable};
use crate::evidence::DetectorRule;
use crate::examples::StoredExample;
use crate::info::{Mode, RuleId, RuleInfo, RuleKind};
use crate::keys::Keys;
use crate::layers;
use crate::operators::{Masker, OPERATORS, Options};
use crate::pack::diagnostics::{At, Diagnostics, Errors, Site, Source};
use crate::pack::{Allow, Boundary, Class, Detector, Mask, Pack, PackSource, unknown};
use crate::ruleset::{Ruleset, Scanner};
use crate::scope::{AllowRule, Scope};
use crate::validators::{self, VALIDATORS, Validator};
use dataset::Entries;
use regex_syntax::hir::Hir;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Rules of one ruleset at most.
const RULES_MAX: usize = 16_384;

/// How a ruleset is compiled.
#[derive(Clone, Debug)]
pub struct CompileOptions {
    /// Which scanner.
    pub backend: Backend,
    /// Today as `YYYY-MM-DD`. Without it, allow entries that expire are not applied.
    pub today: Option<String>,
    /// Run every detector's own examples.
    pub examples: bool,
    /// Class windows at most, which numbers of 16 bits name. Packs with more of them are scanned by Hyperscan, or
    /// without it by the portable scanner, where [`Backend::Auto`] may choose; else they are an error.
    pub windows_max: u16,
}

impl Default for CompileOptions {
    fn default() -> Self {
        CompileOptions {
            backend: Backend::Auto,
            today: None,
            examples: true,
            windows_max: u16::MAX - 1,
        }
    }
}

impl From<Backend> for CompileOptions {
    fn from(backend: Backend) -> Self {
        CompileOptions {
            backend,
            ..CompileOptions::default()
        }
    }
}

/// Compiles packs; see [`Ruleset::compile`].
pub(crate) fn compile(
    sources: &[PackSource],
    keys: &Keys,
    options: &CompileOptions,
) -> Result<Ruleset, Diagnostics> {
    let errors = Errors::default();
    let packs = layers::order(sources, &errors);
    let mut building = Building {
        keys,
        errors: &errors,
        ruleset: Ruleset::empty(),
        patterns: Vec::new(),
        priorities: HashMap::new(),
        names: HashSet::new(),
    };
    let mut by_name: HashMap<String, usize> = HashMap::new();
    // The number of each compiled detector among those of the packs.
    let mut compiled = Vec::new();
    let written = packs
        .iter()
        .flat_map(|pack| pack.detectors.iter().map(move |d| (pack, d)));
    for (number, (pack, detector)) in written.enumerate() {
        if building.detector(pack, detector, &mut by_name) {
            compiled.push(number);
        }
    }
    for allow in packs.iter().flat_map(|pack| &pack.allows) {
        building.allow(allow, &by_name, options);
    }
    let mut entries = Entries::default();
    for pack in &packs {
        for dataset in &pack.datasets {
            building.dataset(pack, dataset, &by_name, &mut entries);
        }
    }
    building.variants(&packs, &entries, &compiled);
    building.revive(&entries);
    let (scanner, ways) = building.scanner(options, sources);
    let Building {
        mut ruleset,
        priorities,
        ..
    } = building;
    ruleset.rank_variants(&priorities);
    ruleset.scanner = scanner;
    let named = ruleset.rules.iter().zip(ways);
    let forced = matches!(options.backend, Backend::Hyperscan | Backend::Portable);
    let plan = named.map(|(rule, way)| way.plan(&rule.name, forced));
    ruleset.plan = plan.collect();
    entries.sort();
    ruleset.columns = entries.columns;
    ruleset.leaves = entries.leaves;
    ruleset.scopes = entries.scopes;
    ruleset.sets = Sets::new(widest(&ruleset));
    ruleset.content_hash = content_hash(&packs, keys);
    if errors.is_empty() && options.examples {
        ruleset.report_examples(&errors);
        // The sets of the examples make room for those of columns.
        ruleset.sets = Sets::new(widest(&ruleset));
    }
    ruleset.warnings = errors.into_result()?;
    Ok(ruleset)
}

struct Building<'b> {
    keys: &'b Keys,
    errors: &'b Errors,
    ruleset: Ruleset,
    /// The patterns and the boundary of each detector.
    patterns: Vec<(Vec<Hir>, Boundary)>,
    /// Of the variants of detectors.
    priorities: HashMap<u16, i64>,
    /// Of the rules that are no detectors.
    names: HashSet<String>,
}

impl Building<'_> {
    /// Compiles a detector, unless something is wrong with it.
    fn detector(
        &mut self,
        pack: &Pack,
        detector: &Detector,
        by_name: &mut HashMap<String, usize>,
    ) -> bool {
        let name = &detector.name;
        if by_name
            .insert(name.value.clone(), self.ruleset.detectors.len())
            .is_some()
        {
            let message = format!("detector `{}` exists already", name.value);
            self.errors
                .add(&name.site, message, Some("give it another name".to_owned()));
        }
        if detector.class == Class::Format && !detector.context.required {
            self.errors.add(
                &name.site,
                format!(
                    "`{}` is of class format and fires on a value alone",
                    name.value
                ),
                Some("add `required = true` with `columns` or `words` to its context".to_owned()),
            );
        }
        let confirm = self.confirm(detector);
        let masker = self.masker(&detector.mask, &detector.entity);
        let (Some((confirm, patterns)), Some(masker)) = (confirm, masker) else {
            return false;
        };
        self.patterns.push((patterns, detector.boundary));
        let context = &detector.context;
        let joined = |names: &[At<String>]| {
            names
                .iter()
                .map(|n| Tokens::of(&n.value).joined())
                .filter(|n| !n.is_empty())
                .collect()
        };
        let own = |names: &[At<String>]| names.iter().map(|n| n.value.clone()).collect();
        self.ruleset.detectors.push(DetectorRule {
            site: name.site.clone(),
            class: detector.class,
            boundary: detector.boundary,
            validators: self.validator_names(&detector.validators),
            chance: detector.chance,
            threshold: detector.threshold,
            priority: detector.priority,
            words: own(&context.words),
            columns: joined(&context.columns),
            not_columns: joined(&context.not_columns),
            types: own(&context.types),
            has_words: !context.words.is_empty(),
            required: context.required,
            mode: detector.mode,
            is_scanned_for: true,
        });
        self.ruleset.confirms.push(confirm);
        let shadow = detector.mode != Mode::Enforce;
        self.ruleset.ranks.push(Rank {
            priority: detector.priority,
            shadow,
        });
        let info = RuleInfo {
            name: name.value.clone(),
            entity: detector.entity.clone(),
            kind: RuleKind::Detector,
            pack: pack.name.value.clone(),
            mode: detector.mode,
            chance: detector.chance,
            mask: detector.mask.to_string(),
            place: name.site.place(),
        };
        let rule = self.rule(info, Arc::new(masker), &name.site);
        if let Some(rule) = rule {
            self.ruleset
                .examples
                .extend(StoredExample::all(rule, detector));
        }
        true
    }

    /// Adds a rule. Its name becomes one of its own: counters are told apart by it.
    fn rule(&mut self, mut info: RuleInfo, masker: Arc<Masker>, site: &Site) -> Option<RuleId> {
        let name = info.name.clone();
        let mut number = 1;
        while info.kind != RuleKind::Detector && !self.names.insert(info.name.clone()) {
            number += 1;
            info.name = format!("{name} #{number}");
        }
        let id = u16::try_from(self.ruleset.rules.len()).ok();
        let id = id.filter(|id| usize::from(*id) < RULES_MAX);
        if id.is_none() {
            self.errors
                .add(site, format!("more than {RULES_MAX} rules"), None);
        }
        self.ruleset.rules.push(info);
        self.ruleset.maskers.push(masker);
        id.map(RuleId)
    }

    fn confirm(&self, detector: &Detector) -> Option<(Confirm, Vec<Hir>)> {
        let mut patterns = Vec::new();
        let mut sound = true;
        for text in &detector.patterns {
            match pattern::parse(&text.value) {
                Ok(hir) => patterns.push(hir),
                Err((message, help)) => {
                    self.errors.add(&text.site, message, help);
                    sound = false;
                }
            }
        }
        if sound && patterns.is_empty() {
            let message = "detector has no pattern";
            self.errors.add(
                &detector.name.site,
                message,
                Some("add `match = ['...']`".to_owned()),
            );
            sound = false;
        }
        let validators = self.validators(&detector.validators);
        if !sound {
            return None;
        }
        let context = &detector.context;
        let any = context
            .words
            .iter()
            .map(|w| w.value.to_lowercase().into_bytes().into());
        let words = Words::new(any.collect(), context.words_before, context.words_after);
        match Confirm::new(&patterns, detector.boundary, validators, words) {
            Ok(confirm) => Some((confirm, patterns)),
            Err(reason) => {
                let site = detector
                    .patterns
                    .first()
                    .map_or(&detector.name.site, |p| &p.site);
                let help = "bound its repetitions, or split it into several detectors";
                self.errors.add(
                    site,
                    format!("pattern is too large: {reason}"),
                    Some(help.to_owned()),
                );
                None
            }
        }
    }

    fn validator_names(&self, names: &[At<String>]) -> Vec<&'static str> {
        let known = names
            .iter()
            .filter_map(|name| validators::find(&name.value));
        known.map(|validator| validator.name).collect()
    }

    /// A detector that is off and wanted in some data set is scanned for.
    fn revive(&mut self, entries: &Entries) {
        for (number, rule) in (0..).zip(&mut self.ruleset.detectors) {
            let wanted = |mode| !matches!(mode, None | Some(Mode::Off));
            let mut about = entries.scopes.iter().filter(|entry| entry.names(number));
            rule.is_scanned_for = rule.mode != Mode::Off || about.any(|entry| wanted(entry.mode));
        }
    }

    fn validators(&self, names: &[At<String>]) -> Vec<&'static Validator> {
        let mut found = Vec::new();
        for name in names {
            match validators::find(&name.value) {
                Some(validator) => found.push(validator),
                None => {
                    let known: Vec<&str> = VALIDATORS.iter().map(|v| v.name).collect();
                    unknown(self.errors, name, "validator", &known);
                }
            }
        }
        found
    }

    /// The scanner over all detectors, and how it finds each. Patterns that are too large for it are an
    /// error of the first pack.
    fn scanner(&self, options: &CompileOptions, sources: &[PackSource]) -> (Scanner, Vec<Way>) {
        let backend = options.backend;
        let detectors = self.sources();
        let available = backend.available().map_err(|missing| missing.to_string());
        let scanner = available.and_then(|()| match backend.instructions() {
            Some(instructions) => {
                let beside = backend == Backend::Auto;
                Windows::new(&detectors, instructions, beside, options.windows_max)
                    .map(|(windows, ways)| (Scanner::Windows(Box::new(windows)), ways))
            }
            #[cfg(feature = "hyperscan")]
            None if backend == Backend::Hyperscan => Hyperscan::new(&detectors)
                .map(|(scanner, ways)| (Scanner::Hyperscan(Box::new(scanner)), ways)),
            None => Ok((Scanner::Portable, portable::ways(&detectors))),
        });
        let scanner = match scanner {
            // What may choose has to scan any pack.
            Err(_) if backend == Backend::Auto => Ok(Self::without_windows(&detectors)),
            scanner => scanner,
        };
        scanner.unwrap_or_else(|reason| {
            if let Some(source) = sources.first() {
                let source = Source {
                    name: source.name.clone(),
                    text: source.text.clone(),
                };
                let site = Site {
                    source: Arc::new(source),
                    span: 0..0,
                };
                self.errors.add(
                    &site,
                    format!("the scanner cannot be built: {reason}"),
                    None,
                );
            }
            (Scanner::Portable, Vec::new())
        })
    }

    fn without_windows(detectors: &[plan::Source<'_>]) -> (Scanner, Vec<Way>) {
        #[cfg(feature = "hyperscan")]
        if let Ok((scanner, ways)) = Hyperscan::new(detectors) {
            return (Scanner::Hyperscan(Box::new(scanner)), ways);
        }
        (Scanner::Portable, portable::ways(detectors))
    }

    /// The detectors as scanners are built from them.
    fn sources(&self) -> Vec<plan::Source<'_>> {
        let ruleset = &self.ruleset;
        let rules = ruleset.confirms.iter().zip(&ruleset.detectors);
        let sources = self.patterns.iter().zip(rules);
        let sources = sources.map(|((patterns, boundary), (confirm, rule))| plan::Source {
            patterns,
            boundary: *boundary,
            confirm,
            evidence: rule.evidence_without_name(),
            off: !rule.is_scanned_for,
        });
        sources.collect()
    }

    fn masker(&self, mask: &Mask, entity: &str) -> Option<Masker> {
        let options = Options {
            given: &mask.options,
            site: &mask.operator.site,
            errors: self.errors,
            entity,
            keys: self.keys,
            asked: Vec::new(),
            key_id: None,
        };
        let masker = Masker::new(&mask.operator.value, options);
        if masker.is_none() {
            let known: Vec<&str> = OPERATORS.iter().map(|operator| operator.name).collect();
            unknown(self.errors, &mask.operator, "operator", &known);
        }
        masker
    }

    fn allow(&mut self, allow: &Allow, by_name: &HashMap<String, usize>, options: &CompileOptions) {
        let mut detectors = BTreeSet::new();
        for name in &allow.detectors {
            match by_name.get(&name.value) {
                Some(index) => detectors.extend(u16::try_from(*index)),
                None => {
                    let mut known: Vec<&str> = by_name.keys().map(String::as_str).collect();
                    known.sort_unstable();
                    unknown(self.errors, name, "detector", &known);
                }
            }
        }
        let Some(first) = allow.detectors.first() else {
            return;
        };
        let holds = self.has_not_expired(allow, options);
        let bytes = |text: &At<String>| text.value.as_bytes().into();
        let values = allow.values.iter().map(|v| Allowed::Value(bytes(v)));
        let prefixes = allow.prefixes.iter().map(|p| Allowed::Prefix(bytes(p)));
        let suffixes = allow.suffixes.iter().map(|s| Allowed::Suffix(bytes(s)));
        let what: Vec<Allowed> = values.chain(prefixes).chain(suffixes).collect();
        if holds && allow.datasets.is_empty() {
            for detector in &detectors {
                if let Some(confirm) = self.ruleset.confirms.get_mut(usize::from(*detector)) {
                    what.iter().for_each(|one| confirm.allow(one.clone()));
                }
            }
        }
        let datasets = allow.datasets.iter().map(|d| Selector::of_dotted(&d.value));
        self.ruleset.allows.push(AllowRule {
            detectors: detectors.into_iter().collect(),
            what,
            datasets: datasets.collect(),
            reason: allow.reason.clone(),
            expires: allow.expires.as_ref().map(|date| date.value.clone()),
            holds,
            place: first.site.place(),
        });
    }

    /// Does an entry still hold? One that does not is not applied, and somebody is told.
    fn has_not_expired(&self, allow: &Allow, options: &CompileOptions) -> bool {
        let Some(last) = &allow.expires else {
            return true;
        };
        let (message, help) = match &options.today {
            Some(today) if today.as_str() <= last.value.as_str() => return true,
            Some(_) => (
                format!("this entry expired on {} and is not applied", last.value),
                "remove it, or look at its reason again and give it a later day",
            ),
            None => (
                format!(
                    "this entry holds until {}, and is not applied where the day is not known",
                    last.value
                ),
                "compile with today's date",
            ),
        };
        self.errors.warn(&last.site, message, Some(help.to_owned()));
        false
    }
}

/// Everything that is not off everywhere, enforced where that is wanted anywhere, with the most evidence:
/// the fallback that masks most.
fn widest(ruleset: &Ruleset) -> DetectorSet {
    let evidence = |rule: &DetectorRule| rule.is_scanned_for.then_some(Evidence::Column);
    let enforced = (0..ruleset.detectors.len()).filter_map(|number| {
        let number = u16::try_from(number).ok()?;
        let variant = ruleset.variants.get(&(number, Mode::Enforce, None))?;
        Some((number, *variant))
    });
    let scope = Scope {
        variants: enforced.collect(),
        allows: Vec::new(),
    };
    let by_detector = ruleset.detectors.iter().map(evidence).collect();
    ruleset.set_of(by_detector).scoped(scope)
}

/// Over what the packs say, in their order, built-in ones included.
fn content_hash(packs: &[Pack], keys: &Keys) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    };
    add(keys.tenant().as_bytes());
    add(keys.id().as_bytes());
    keys.ids().for_each(|id| add(id.as_bytes()));
    add(env!("CARGO_PKG_VERSION").as_bytes());
    packs.iter().for_each(|pack| add(&pack.digest));
    *hasher.finalize().as_bytes()
}
