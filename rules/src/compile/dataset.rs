//! `[[dataset]]` entries: rules for columns, for places in their JSON documents, and for detectors there.

use super::Building;
use crate::column::Selector;
use crate::evidence::passes_threshold;
use crate::info::{Mode, RuleInfo, RuleKind};
use crate::leaves::LeafRule;
use crate::operators::Masker;
use crate::pack::diagnostics::{At, Site};
use crate::pack::{self, Class, Dataset, Mask, Pack, unknown};
use crate::ruleset::ColumnRule;
use crate::scope::ScopeRule;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Entries of all packs, in the order of their layers until [`Entries::sort`].
#[derive(Default)]
pub(super) struct Entries {
    pub(super) columns: Vec<ColumnRule>,
    pub(super) leaves: Vec<LeafRule>,
    pub(super) scopes: Vec<ScopeRule>,
    masks: Vec<ScopedMask>,
    /// Entries for whole columns: the pack and the selection, and where that is.
    selected: HashMap<(String, String), Site>,
}

/// The mask of an entry about detectors.
struct ScopedMask {
    mask: Mask,
    /// Of the entry.
    name: String,
}

impl Entries {
    /// The most exact selection first; among equals named detectors before all of them, and the later
    /// entry first, as later packs are overlays.
    pub(super) fn sort(&mut self) {
        let Entries {
            columns,
            leaves,
            scopes,
            ..
        } = self;
        columns.reverse();
        columns.sort_by_key(|rule| std::cmp::Reverse(rule.selector.exactness()));
        leaves.reverse();
        leaves.sort_by_key(|rule| {
            std::cmp::Reverse((rule.selector.exactness(), rule.path.exactness()))
        });
        scopes.reverse();
        scopes.sort_by_key(|rule| {
            std::cmp::Reverse((rule.selector.exactness(), rule.detectors.is_some()))
        });
    }
}

impl Building<'_> {
    pub(super) fn dataset(
        &mut self,
        pack: &Pack,
        dataset: &Dataset,
        by_name: &HashMap<String, usize>,
        entries: &mut Entries,
    ) {
        let selector = || Selector::new(&dataset.select);
        let mode = dataset.mode.unwrap_or(Mode::Enforce);
        let detectors = self.named_detectors(&dataset.detectors, by_name);
        self.refuse_weakening(dataset, mode, detectors.as_deref());
        let masks = dataset.mask.is_some() || dataset.entity.is_some();
        if dataset.select.paths.is_empty() && !dataset.is_about_detectors() {
            self.warn_of_overruled(pack, dataset, entries);
            let rule = self.column_rule(pack, dataset, mode);
            entries.columns.extend(rule.map(|rule| ColumnRule {
                selector: selector(),
                rule,
                mode,
            }));
        }
        if let Some((first, others)) = dataset.select.paths.split_first() {
            let Some(rule) = self.column_rule(pack, dataset, mode) else {
                return;
            };
            for path in std::iter::once(first).chain(others) {
                entries.leaves.push(LeafRule {
                    selector: selector(),
                    path: path.value.clone(),
                    rule,
                    mode,
                });
            }
        } else if dataset.is_about_detectors() || (mode == Mode::Shadow && !masks) {
            let mask = dataset.mask.as_ref().map(|mask| {
                entries.masks.push(ScopedMask {
                    mask: mask.clone(),
                    name: name_of(dataset),
                });
                u16::try_from(entries.masks.len() - 1).unwrap_or(u16::MAX)
            });
            // To name detectors and nothing else is to ask for them.
            let says_mode = dataset.threshold.is_none() && mask.is_none();
            entries.scopes.push(ScopeRule {
                selector: selector(),
                detectors,
                mode: dataset.mode.or(says_mode.then_some(Mode::Enforce)),
                threshold: dataset.threshold.as_ref().map(|t| t.value),
                mask,
                place: dataset.site.place(),
            });
        }
    }

    /// Of two entries of one pack for the same columns the first never decides.
    fn warn_of_overruled(&self, pack: &Pack, dataset: &Dataset, entries: &mut Entries) {
        let key = (pack.name.value.clone(), selection(&dataset.select));
        if let Some(first) = entries.selected.insert(key, dataset.site.clone()) {
            let message = "this entry never decides: a later one selects the same columns";
            let help = format!(
                "remove one of them; the other is at {}",
                dataset.site.place()
            );
            self.errors.warn(&first, message, Some(help));
        }
    }

    /// The rule of an entry that masks.
    fn column_rule(
        &mut self,
        pack: &Pack,
        dataset: &Dataset,
        mode: Mode,
    ) -> Option<crate::info::RuleId> {
        let entity = dataset.entity.clone();
        let entity = entity.unwrap_or_else(|| "COLUMN".to_owned());
        let redact = Mask {
            operator: At {
                value: "redact".to_owned(),
                site: dataset.site.clone(),
            },
            options: Vec::new(),
        };
        let mask = dataset.mask.as_ref().unwrap_or(&redact);
        let masker = self.masker(mask, &entity)?;
        let info = RuleInfo {
            name: name_of(dataset),
            entity,
            kind: RuleKind::Column,
            pack: pack.name.value.clone(),
            mode,
            chance: 0.0,
            mask: mask.to_string(),
            place: dataset.site.place(),
        };
        self.rule(info, Arc::new(masker), &dataset.site)
    }

    fn named_detectors(
        &self,
        names: &[At<String>],
        by_name: &HashMap<String, usize>,
    ) -> Option<Box<[u16]>> {
        let mut found = BTreeSet::new();
        for name in names {
            match by_name.get(&name.value) {
                Some(index) => found.extend(u16::try_from(*index)),
                None => {
                    let mut known: Vec<&str> = by_name.keys().map(String::as_str).collect();
                    known.sort_unstable();
                    unknown(self.errors, name, "detector", &known);
                }
            }
        }
        (!names.is_empty()).then(|| found.into_iter().collect())
    }

    /// An entry for more than single columns does not weaken a distinctive detector, unless it says so.
    fn refuse_weakening(&self, dataset: &Dataset, mode: Mode, named: Option<&[u16]>) {
        let masks = dataset.mask.is_some() || dataset.entity.is_some();
        let silences = match mode {
            Mode::Off => true,
            Mode::Shadow => !masks || named.is_some(),
            Mode::Enforce => false,
        };
        if dataset.force || Selector::new(&dataset.select).is_narrow() {
            return;
        }
        let rules = self.ruleset.detectors.iter().zip(&self.ruleset.rules);
        let mut weakened = (0..).zip(rules).filter(|(index, (rule, info))| {
            let raised = dataset.threshold.as_ref();
            let silenced = silences
                || raised.is_some_and(|raised| {
                    passes_threshold(info.chance, rule.threshold)
                        && !passes_threshold(info.chance, raised.value)
                });
            silenced
                && rule.class == Class::Distinctive
                && rule.mode == Mode::Enforce
                && named.is_none_or(|named| named.contains(index))
        });
        let Some((_, (_, first))) = weakened.next() else {
            return;
        };
        let more = match weakened.count() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        let what = match mode {
            Mode::Enforce => "raises the threshold of",
            Mode::Shadow => "only counts what is found by",
            Mode::Off => "switches off",
        };
        self.errors.add(
            &dataset.site,
            format!(
                "an entry for more than single columns {what} the distinctive `{}`{more}",
                first.name
            ),
            Some(
                "name the tables and columns without patterns, name other `detectors`, or add \
                 `force = true` and `reason = \"...\"`"
                    .to_owned(),
            ),
        );
    }

    /// Makes the variants of detectors that entries ask for.
    pub(super) fn variants(&mut self, packs: &[Pack], entries: &Entries, sites: &[usize]) {
        let detectors: Vec<_> = packs
            .iter()
            .flat_map(|pack| pack.detectors.iter().map(move |d| (pack, d)))
            .collect();
        for (number, index) in (0u16..).zip(sites) {
            let (pack, detector) = detectors[*index];
            let about: Vec<_> = entries
                .scopes
                .iter()
                .filter(|entry| entry.names(number))
                .collect();
            let asked = about.iter().filter_map(|entry| entry.mode);
            let mut modes: BTreeSet<_> = asked.map(|mode| mode == Mode::Shadow).collect();
            modes.insert(detector.mode == Mode::Shadow);
            let masks = about.iter().filter_map(|entry| entry.mask);
            let masks: BTreeSet<_> = masks.map(Some).chain([None]).collect();
            for is_shadow in modes {
                let mode = if is_shadow {
                    Mode::Shadow
                } else {
                    Mode::Enforce
                };
                for mask in &masks {
                    if mask.is_none() && mode == detector.mode {
                        continue;
                    }
                    let masked = mask.map(|mask| &entries.masks[usize::from(mask)]);
                    let masker: Option<Arc<Masker>> = match masked {
                        Some(other) => self.masker(&other.mask, &detector.entity).map(Arc::new),
                        None => self.ruleset.maskers.get(usize::from(number)).cloned(),
                    };
                    let Some(masker) = masker else { continue };
                    let by = match masked {
                        Some(masked) => masked.name.clone(),
                        None => mode.to_string(),
                    };
                    let suffix = match (masked, mode == detector.mode) {
                        (Some(_), false) => format!("{by}/{mode}"),
                        _ => by,
                    };
                    let info = RuleInfo {
                        name: format!("{}/{suffix}", detector.name.value),
                        entity: detector.entity.clone(),
                        kind: RuleKind::Variant,
                        pack: pack.name.value.clone(),
                        mode,
                        chance: detector.chance,
                        mask: masked.map_or_else(
                            || detector.mask.to_string(),
                            |masked| masked.mask.to_string(),
                        ),
                        place: detector.name.site.place(),
                    };
                    if let Some(rule) = self.rule(info, masker, &detector.name.site) {
                        let key = (number, mode, *mask);
                        self.ruleset.variants.insert(key, rule.0);
                        self.priorities.insert(rule.0, detector.priority);
                    }
                }
            }
        }
    }
}

fn name_of(dataset: &Dataset) -> String {
    let name = dataset.name.clone();
    name.unwrap_or_else(|| selection(&dataset.select))
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
    if !select.tags.is_empty() {
        name = format!("{name}#{}", part(&select.tags));
    }
    if !select.paths.is_empty() {
        let paths: Vec<_> = select.paths.iter().map(|p| p.value.as_str()).collect();
        name = format!("{name} {}", paths.join("|"));
    }
    name
}
