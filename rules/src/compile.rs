//! From packs to a ruleset: everything that needs to know what names mean.
//!
//! All mistakes are collected; only when there is none are the examples run, because they need a
//! ruleset that works.

use crate::column::{ColumnContext, Selector, Tokens};
use crate::detect::confirm::{Allowed, Confirm, Words};
#[cfg(feature = "hyperscan")]
use crate::detect::hyperscan::Hyperscan;
use crate::detect::plan::{self, Way};
use crate::detect::resolve::Rank;
use crate::detect::sets::{DetectorSet, Evidence, Sets};
use crate::detect::windows::Windows;
use crate::detect::{Backend, FieldRef, pattern, portable};
use crate::keys::Keys;
use crate::operators::{Masker, OPERATORS, Options};
use crate::pack::diagnostics::{At, Diagnostics, Errors, Site, Source};
use crate::pack::{
    self, Allow, Boundary, Class, Dataset, Detector, Mask, Pack, PackSource, unknown,
};
use crate::ruleset::{
    ColumnRule, DetectorRule, Mode, RuleId, RuleInfo, RuleKind, Ruleset, Scanner, Scratch,
};
use crate::validators::{self, VALIDATORS, Validator};
use regex_syntax::hir::Hir;
use std::collections::HashMap;
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
}

impl Default for CompileOptions {
    fn default() -> Self {
        CompileOptions {
            backend: Backend::Auto,
            today: None,
            examples: true,
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
    let packs = layers(sources, &errors);
    let mut building = Building {
        keys,
        errors: &errors,
        ruleset: Ruleset::empty(),
        patterns: Vec::new(),
    };
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for pack in &packs {
        for detector in &pack.detectors {
            building.detector(pack, detector, &mut by_name);
        }
    }
    for allow in packs.iter().flat_map(|pack| &pack.allows) {
        building.allow(allow, &by_name, options);
    }
    let mut datasets = Vec::new();
    for pack in &packs {
        for dataset in &pack.datasets {
            datasets.extend(building.dataset(pack, dataset));
        }
    }
    let (scanner, ways) = building.scanner(options.backend, sources);
    let mut ruleset = building.ruleset;
    ruleset.scanner = scanner;
    let named = ruleset.rules.iter().zip(ways);
    let forced = matches!(options.backend, Backend::Hyperscan | Backend::Portable);
    let plan = named.map(|(rule, way)| way.plan(&rule.name, forced));
    ruleset.plan = plan.collect();
    // The most exact selection first; among equals the later one, as later packs are overlays.
    datasets.reverse();
    datasets.sort_by_key(|rule| std::cmp::Reverse(rule.selector.exactness()));
    ruleset.columns = datasets;
    ruleset.sets = Sets::new(widest(&ruleset));
    ruleset.content_hash = content_hash(sources, keys);
    if errors.is_empty() && options.examples {
        let mut scratch = ruleset.scratch();
        for (index, detector) in packs.iter().flat_map(|pack| &pack.detectors).enumerate() {
            run_examples(&ruleset, &mut scratch, (index, detector), &errors);
        }
    }
    errors.into_result()?;
    Ok(ruleset)
}

/// The packs in the order of their layers, with the built-in ones that they extend in front.
fn layers(sources: &[PackSource], errors: &Errors) -> Vec<Pack> {
    let mut packs: Vec<Pack> = Vec::new();
    for source in sources {
        let Some(pack) = pack::read(source, errors) else {
            continue;
        };
        for base in &pack.extends {
            let (name, version) = match base.value.split_once('@') {
                Some((name, version)) => (name, Some(version)),
                None => (base.value.as_str(), None),
            };
            if !packs.iter().any(|pack| pack.name.value == name)
                && let Some(text) = pack::builtin(name)
            {
                let text = text.to_owned();
                packs.extend(pack::read(
                    &PackSource {
                        name: name.to_owned(),
                        text,
                    },
                    errors,
                ));
            }
            match packs.iter().find(|pack| pack.name.value == name) {
                None => errors.add(
                    &base.site,
                    format!("pack `{name}` is not loaded before this one"),
                    Some("list its file in front of this one; `starter` is built in".to_owned()),
                ),
                Some(found) if version.is_some_and(|version| version != found.version) => {
                    let message = format!("pack `{name}` has version {}", found.version);
                    let help =
                        format!("write `{name}@{}` after reading its changes", found.version);
                    errors.add(&base.site, message, Some(help));
                }
                Some(_) => {}
            }
        }
        if packs
            .iter()
            .any(|other| other.name.value == pack.name.value)
        {
            let message = format!("pack `{}` is loaded twice", pack.name.value);
            errors.add(&pack.name.site, message, None);
            continue;
        }
        packs.push(pack);
    }
    packs
}

struct Building<'b> {
    keys: &'b Keys,
    errors: &'b Errors,
    ruleset: Ruleset,
    /// The patterns and the boundary of each detector.
    patterns: Vec<(Vec<Hir>, Boundary)>,
}

impl Building<'_> {
    fn detector(&mut self, pack: &Pack, detector: &Detector, by_name: &mut HashMap<String, usize>) {
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
            return;
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
        self.ruleset.detectors.push(DetectorRule {
            columns: joined(&context.columns),
            not_columns: joined(&context.not_columns),
            types: context.types.iter().map(|t| t.value.clone()).collect(),
            has_words: !context.words.is_empty(),
            required: context.required,
            mode: detector.mode,
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
        };
        self.rule(info, masker, &name.site);
    }

    fn rule(&mut self, info: RuleInfo, masker: Masker, site: &Site) -> Option<RuleId> {
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
    fn scanner(&self, backend: Backend, sources: &[PackSource]) -> (Scanner, Vec<Way>) {
        let detectors = self.sources();
        let available = backend.available().map_err(|missing| missing.to_string());
        let scanner = available.and_then(|()| match backend.instructions() {
            Some(instructions) => {
                let beside = backend == Backend::Auto;
                Windows::new(&detectors, instructions, beside)
                    .map(|(windows, ways)| (Scanner::Windows(Box::new(windows)), ways))
            }
            #[cfg(feature = "hyperscan")]
            None if backend == Backend::Hyperscan => Hyperscan::new(&detectors)
                .map(|(scanner, ways)| (Scanner::Hyperscan(Box::new(scanner)), ways)),
            None => Ok((Scanner::Portable, portable::ways(&detectors))),
        });
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
            off: rule.mode == Mode::Off,
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
        let Some(index) = by_name.get(&allow.detector.value) else {
            let known: Vec<&str> = by_name.keys().map(String::as_str).collect();
            unknown(self.errors, &allow.detector, "detector", &known);
            return;
        };
        if let Some(dataset) = allow.datasets.first() {
            let message = "an allow entry for single data sets is not possible yet";
            let help = "remove `datasets`, or switch the column off by a `[[dataset]]`";
            self.errors
                .add(&dataset.site, message, Some(help.to_owned()));
        }
        let holds = match (&allow.expires, &options.today) {
            (None, _) => true,
            (Some(last), Some(today)) => today.as_str() <= last.value.as_str(),
            (Some(_), None) => false,
        };
        let Some(confirm) = self.ruleset.confirms.get_mut(*index).filter(|_| holds) else {
            return;
        };
        let bytes = |text: &At<String>| text.value.as_bytes().into();
        allow
            .values
            .iter()
            .for_each(|v| confirm.allow(Allowed::Value(bytes(v))));
        allow
            .prefixes
            .iter()
            .for_each(|p| confirm.allow(Allowed::Prefix(bytes(p))));
        allow
            .suffixes
            .iter()
            .for_each(|s| confirm.allow(Allowed::Suffix(bytes(s))));
    }

    fn dataset(&mut self, pack: &Pack, dataset: &Dataset) -> Option<ColumnRule> {
        let entity = dataset
            .entity
            .clone()
            .unwrap_or_else(|| "COLUMN".to_owned());
        let redact = Mask {
            operator: At {
                value: "redact".to_owned(),
                site: dataset.site.clone(),
            },
            options: Vec::new(),
        };
        let masker = self.masker(dataset.mask.as_ref().unwrap_or(&redact), &entity)?;
        let info = RuleInfo {
            name: dataset
                .name
                .clone()
                .unwrap_or_else(|| selection(&dataset.select)),
            entity,
            kind: RuleKind::Column,
            pack: pack.name.value.clone(),
            mode: dataset.mode,
            chance: 0.0,
        };
        let rule = self.rule(info, masker, &dataset.site)?;
        Some(ColumnRule {
            selector: Selector::new(&dataset.select),
            rule,
            mode: dataset.mode,
        })
    }
}

/// A selection as a name: `shop.*.customer.first_name|last_name`.
fn selection(select: &pack::Select) -> String {
    let part = |names: &[At<String>]| match names {
        [] => "*".to_owned(),
        names => names
            .iter()
            .map(|n| n.value.as_str())
            .collect::<Vec<_>>()
            .join("|"),
    };
    let mut name = format!(
        "{}.{}.{}.{}",
        part(&select.database),
        part(&select.schema),
        part(&select.table),
        part(&select.column)
    );
    if !select.types.is_empty() {
        name = format!("{name}:{}", part(&select.types));
    }
    name
}

/// Everything that is not off, with the most evidence: the fallback that masks most.
fn widest(ruleset: &Ruleset) -> DetectorSet {
    let evidence = |rule: &DetectorRule| (rule.mode != Mode::Off).then_some(Evidence::Column);
    ruleset.set_of(ruleset.detectors.iter().map(evidence).collect())
}

fn content_hash(sources: &[PackSource], keys: &Keys) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    };
    add(keys.tenant().as_bytes());
    add(keys.id().as_bytes());
    keys.ids().for_each(|id| add(id.as_bytes()));
    add(env!("CARGO_PKG_VERSION").as_bytes());
    for source in sources {
        add(source.text.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// A detector must find its own `mask` examples whole or in part, and not its `pass` examples.
fn run_examples(
    ruleset: &Ruleset,
    scratch: &mut Scratch,
    (index, detector): (usize, &Detector),
    errors: &Errors,
) {
    if detector.mode == Mode::Off {
        return;
    }
    let mut finds = |example: &pack::Example| {
        let column = example.column.as_deref().unwrap_or("");
        let context = ColumnContext {
            name: column,
            type_name: "text",
        };
        let value = example.value.value.as_bytes();
        let end = u32::try_from(value.len()).unwrap_or(u32::MAX);
        let field = FieldRef {
            start: 0,
            end,
            set: ruleset.detector_set(&context),
        };
        let mut matches = Vec::new();
        ruleset.scan(scratch, value, &[field], &mut matches);
        matches.iter().any(|found| found.rule.index() == index)
    };
    for example in detector
        .examples_mask
        .iter()
        .filter(|example| !finds(example))
    {
        errors.add(
            &example.value.site,
            format!("example is not found by `{}`", detector.name.value),
            Some("check pattern, boundary, validators, required context and overlaps".to_owned()),
        );
    }
    for example in detector
        .examples_pass
        .iter()
        .filter(|example| finds(example))
    {
        errors.add(
            &example.value.site,
            format!("example must pass, but `{}` finds it", detector.name.value),
            Some("narrow the pattern, or add a validator or a column to `not_columns`".to_owned()),
        );
    }
    if detector.examples_mask.is_empty() {
        errors.add(
            &detector.name.site,
            format!("`{}` has no example that it must find", detector.name.value),
            Some("add `[detector.examples]` with `mask = [\"...\"]`".to_owned()),
        );
    }
}
