//! Loads policies: cuts, parses, checks against the schema, and sorts them for judging.
//!
//! Checking goes on after a mistake, so that one run reports all of them, each with its place and what
//! would be right.

pub(crate) mod checks;

use crate::action::Action;
use crate::builtin::BASE;
use crate::judgement::Rule;
use crate::mentions::Mentions;
use crate::names::Names;
use crate::text;
use cedar_policy::{Effect, Policy, PolicyId};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;
use wiremask_rules::diagnostics::{Diagnostics, Errors, Site, Source};

/// A text with policies and where it came from.
#[derive(Clone, Debug)]
pub struct PolicySource {
    /// A file path, or the name of a built-in file; shown in diagnostics.
    pub name: String,
    /// Cedar.
    pub text: String,
}

/// Size of one source at most, in bytes: 1 MiB holds some 4,000 policies.
pub const POLICY_SIZE_MAX: usize = 1 << 20;

/// Checked policies, sorted for judging. Immutable; made to be shared behind an `Arc`.
#[derive(Debug)]
pub struct PolicySet {
    pub(crate) names: Names,
    /// In the order of the sources; those that are always there come first.
    pub(crate) entries: Vec<Entry>,
    pub(crate) rules: HashMap<PolicyId, Arc<Rule>>,
    /// Those that act.
    pub(crate) acting: Compiled,
    /// All of them, if any is in shadow mode.
    pub(crate) shadowed: Option<Compiled>,
    /// Facts that some policy asks for; `None` if all may matter.
    pub(crate) facts: Option<BTreeSet<String>>,
    approvers: Vec<String>,
    warnings: Diagnostics,
    content_hash: String,
}

/// One policy.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) rule: Arc<Rule>,
    pub(crate) policy: Policy,
    pub(crate) mentions: Mentions,
    /// Its text in its source.
    pub(crate) site: Site,
    /// The actions that its scope admits.
    pub(crate) actions: BTreeSet<Action>,
    /// Always there, not from a source.
    pub(crate) is_base: bool,
}

/// Policies by the action that they may apply to, so that others are not looked at.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// In the order of [`Action::ALL`].
    by_action: Vec<Applicable>,
}

/// The policies that may apply to one action.
#[derive(Debug, Default)]
pub(crate) struct Applicable {
    pub(crate) policies: cedar_policy::PolicySet,
    /// Can some of them decide otherwise for a column than for its table?
    pub(crate) tells_columns_apart: bool,
}

impl PolicySet {
    /// Reads policies and checks them.
    ///
    /// # Errors
    /// Everything that is wrong with them, with places and remedies.
    pub fn load(sources: &[PolicySource]) -> Result<Self, Diagnostics> {
        let errors = Errors::default();
        let base = Arc::new(Source {
            name: "base".to_owned(),
            text: BASE.to_owned(),
        });
        let start = Site {
            source: Arc::clone(&base),
            span: 0..0,
        };
        let names = Names::new().map_err(|error| failed(&start, error))?;
        let mut entries = Vec::new();
        read(&base, true, &names, &mut entries, &errors);
        let mut hasher = blake3::Hasher::new();
        for source in sources {
            hasher.update(&(source.text.len() as u64).to_le_bytes());
            hasher.update(source.text.as_bytes());
            let source = Arc::new(Source {
                name: source.name.clone(),
                text: source.text.clone(),
            });
            read(&source, false, &names, &mut entries, &errors);
        }
        checks::duplicates(&entries, &errors);
        checks::against_schema(&entries, &names, &errors);
        let warnings = errors.into_result()?;
        let by_id = |entry: &Entry| (entry.policy.id().clone(), Arc::clone(&entry.rule));
        let has_shadow = entries.iter().any(|entry| entry.rule.shadow);
        let compile = |shadow: bool| {
            Compiled::new(entries.iter().filter(|entry| shadow || !entry.rule.shadow))
                .map_err(|error| failed(&start, error))
        };
        let acting = compile(false)?;
        let shadowed = if has_shadow {
            Some(compile(true)?)
        } else {
            None
        };
        let approvers: BTreeSet<&String> = entries
            .iter()
            .flat_map(|entry| &entry.mentions.approvers)
            .collect();
        let all_facts = entries.iter().any(|entry| entry.mentions.whole_context);
        let facts = entries
            .iter()
            .flat_map(|entry| entry.mentions.facts.clone());
        Ok(Self {
            rules: entries.iter().map(by_id).collect(),
            acting,
            shadowed,
            facts: (!all_facts).then(|| facts.collect()),
            approvers: approvers.into_iter().cloned().collect(),
            warnings,
            content_hash: hasher.finalize().to_hex().to_string(),
            names,
            entries,
        })
    }

    /// What is no mistake and yet should be looked at.
    #[must_use]
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// A hash over the texts of the sources in their order: 64 hexadecimal digits.
    #[must_use]
    pub fn content_hash(&self) -> &str {
        &self.content_hash
    }

    /// Can some policy decide otherwise for a column than for its table? Then commands have to list columns.
    #[must_use]
    pub fn asks_for_columns(&self) -> bool {
        let sets = std::iter::once(&self.acting).chain(&self.shadowed);
        sets.flat_map(|set| &set.by_action)
            .any(|applicable| applicable.tells_columns_apart)
    }

    /// The groups whose approval some policy asks for, sorted.
    #[must_use]
    pub fn approvers(&self) -> &[String] {
        &self.approvers
    }

    /// The policies in the order of the sources; those that are always there come first.
    pub fn list(&self) -> impl Iterator<Item = Listed<'_>> {
        self.entries.iter().map(|entry| Listed {
            file: &entry.site.source.name,
            rule: &entry.rule,
            forbids: entry.policy.effect() == Effect::Forbid,
        })
    }
}

/// A policy in a list.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// The name of its source.
    pub file: &'a str,
    /// What it says about itself.
    pub rule: &'a Rule,
    /// Does it forbid? Otherwise it permits.
    pub forbids: bool,
}

impl Compiled {
    fn new<'a>(entries: impl Iterator<Item = &'a Entry>) -> Result<Self, String> {
        let mut by_action: Vec<Applicable> = Vec::new();
        by_action.resize_with(Action::ALL.len(), Applicable::default);
        for entry in entries {
            for action in &entry.actions {
                let applicable = &mut by_action[*action as usize];
                let added = applicable.policies.add(entry.policy.clone());
                added.map_err(|error| error.to_string())?;
                applicable.tells_columns_apart |= entry.mentions.tells_columns_apart;
            }
        }
        Ok(Self { by_action })
    }

    /// The same, as if all policies told columns apart, so that columns are described.
    pub(crate) fn every_column(other: &Self) -> Self {
        let by_action = other.by_action.iter().map(|applicable| Applicable {
            policies: applicable.policies.clone(),
            tells_columns_apart: true,
        });
        Self {
            by_action: by_action.collect(),
        }
    }

    pub(crate) fn of(&self, action: Action) -> &Applicable {
        &self.by_action[action as usize]
    }
}

impl Entry {
    /// A place inside the policy.
    pub(crate) fn at(&self, span: Range<usize>) -> Site {
        let start = self.site.span.start;
        Site {
            source: Arc::clone(&self.site.source),
            span: start + span.start..start + span.end,
        }
    }

    /// Its text.
    pub(crate) fn text(&self) -> &str {
        self.site
            .source
            .text
            .get(self.site.span.clone())
            .unwrap_or_default()
    }

    /// The place of its first line that is no annotation, up to the end of that line.
    pub(crate) fn head(&self) -> Site {
        let text = self.text();
        let word = if self.policy.effect() == Effect::Permit {
            "permit"
        } else {
            "forbid"
        };
        let mut line_start = 0;
        for line in text.split_inclusive('\n') {
            let blank = line.len() - line.trim_start().len();
            if line.trim_start().starts_with(word) {
                return self.at(line_start + blank..line_start + line.trim_end().len());
            }
            line_start += line.len();
        }
        self.at(text::first_line(text))
    }

    /// The place of a string literal.
    pub(crate) fn literal(&self, value: &str) -> Site {
        self.at(text::literal(self.text(), value))
    }
}

/// Adds the policies of one source.
fn read(
    source: &Arc<Source>,
    is_base: bool,
    names: &Names,
    entries: &mut Vec<Entry>,
    errors: &Errors,
) {
    let site = |span: Range<usize>| Site {
        source: Arc::clone(source),
        span,
    };
    if source.text.len() > POLICY_SIZE_MAX {
        let size = source.text.len();
        let message = format!("{size} bytes of policies exceed the limit of {POLICY_SIZE_MAX}");
        errors.add(&site(0..0), message, Some("split the file".to_owned()));
        return;
    }
    for span in text::policies(&source.text) {
        let site = site(span.clone());
        match Policy::parse(None, &source.text[span]) {
            Err(mistakes) => checks::unparsed(&site, &mistakes, errors),
            Ok(policy) => entries.extend(checks::entry(site, &policy, is_base, names, errors)),
        }
    }
}

/// Something that cannot happen with the files that are built in.
fn failed(site: &Site, error: String) -> Diagnostics {
    let errors = Errors::default();
    errors.add(site, error, None);
    errors.into_result().err().unwrap_or_default()
}

#[cfg(test)]
mod tests;
