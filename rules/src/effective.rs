//! What holds for one column, all packs taken together, and the line that each part comes from.

use crate::column::{ColumnName, Tokens};
use crate::detect::sets::Evidence;
use crate::evidence::Silence;
use crate::info::{Mode, Place, RuleId};
use crate::leaves::LeafRule;
use crate::ruleset::{ColumnRule, Ruleset};
use crate::scope::{AllowRule, ScopeRule};
use serde::Serialize;
use std::fmt;

/// What holds for one column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effective {
    /// `database.schema.table.column`.
    pub column: String,
    /// The name of its type.
    pub type_name: String,
    /// Its tags and those of its table.
    pub tags: Vec<String>,
    /// What decides over it.
    pub decision: Decision,
    /// Rules that select it too, and that the deciding one is more exact or later than.
    pub overruled: Vec<RuleLine>,
    /// Rules for places in its JSON documents, the first that covers a place decides.
    pub paths: Vec<PathLine>,
    /// Detectors that look at its values, if nothing decides over it.
    pub detectors: Vec<DetectorLine>,
    /// Detectors that do not.
    pub silent: Vec<SilentLine>,
}

/// What decides over a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Decision {
    /// Every value is masked whole.
    Masked(RuleLine),
    /// It would be, and is counted only; detectors look at the values.
    Shadow(RuleLine),
    /// It is neither masked nor scanned.
    Exempt(RuleLine),
    /// No rule selects it: detectors look at the values.
    Scanned,
}

/// A rule that selects a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleLine {
    /// For [`Ruleset::rules`].
    #[serde(skip)]
    pub id: RuleId,
    /// Its name or selection.
    pub rule: String,
    /// What it protects.
    pub entity: String,
    /// What it leads to.
    pub mode: Mode,
    /// How it masks.
    pub mask: String,
    /// Where it is written.
    pub place: Place,
}

/// A rule for places in JSON documents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PathLine {
    /// The places.
    pub path: String,
    /// The rule.
    #[serde(flatten)]
    pub rule: RuleLine,
}

/// A detector that looks at a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DetectorLine {
    /// The detector, or its variant here: for [`Ruleset::rules`].
    #[serde(skip)]
    pub id: RuleId,
    /// Its name.
    pub detector: String,
    /// What it protects.
    pub entity: String,
    /// What its findings lead to.
    pub mode: Setting<Mode>,
    /// How they are masked.
    pub mask: Setting<String>,
    /// What the evidence has to reach.
    pub threshold: Setting<f64>,
    /// What a finding needs.
    pub needs: Needs,
    /// Values that may pass here.
    pub allowed: Vec<AllowLine>,
}

/// A setting, and the line that it comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting<T> {
    /// What holds.
    pub value: T,
    /// Where it is written: the detector itself, or an entry about it.
    pub place: Place,
}

/// What a detector needs to find a value in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    /// The form alone: the name of the column says what the values are.
    Form,
    /// A value that its validators accept.
    ValidValue,
    /// Such a value, and one of its words near by.
    ValidValueAndWord,
}

/// Values that may pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AllowLine {
    /// Why.
    pub reason: String,
    /// The last day, `YYYY-MM-DD`.
    pub expires: Option<String>,
    /// Where it is written.
    pub place: Place,
}

/// A detector that does not look at a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SilentLine {
    /// Its name.
    pub detector: String,
    /// Why.
    pub why: Silence,
    /// Where that is written.
    pub place: Place,
}

impl Ruleset {
    /// What holds for a column, and where each part of it is written. For people and tools; allocates.
    pub fn effective(&self, column: &ColumnName<'_>) -> Effective {
        let selects = |rule: &&ColumnRule| rule.selector.matches(column, rule.mode != Mode::Off);
        let mut selected = self.columns.iter().filter(selects);
        let leaf = |rule: &&LeafRule| rule.selector.matches(column, rule.mode != Mode::Off);
        let paths = self.leaves.iter().filter(leaf).map(|leaf| PathLine {
            path: leaf.path.as_str().to_owned(),
            rule: self.line(leaf.rule),
        });
        let (detectors, silent) = self.lines(column);
        Effective {
            column: full_name(column),
            type_name: column.type_name.to_owned(),
            tags: column.tags.iter().map(|tag| tag.to_string()).collect(),
            decision: self.decision(selected.next()),
            overruled: selected.map(|rule| self.line(rule.rule)).collect(),
            paths: paths.collect(),
            detectors,
            silent,
        }
    }

    pub(crate) fn decision(&self, rule: Option<&ColumnRule>) -> Decision {
        let Some(rule) = rule else {
            return Decision::Scanned;
        };
        let line = self.line(rule.rule);
        match rule.mode {
            Mode::Enforce => Decision::Masked(line),
            Mode::Shadow => Decision::Shadow(line),
            Mode::Off => Decision::Exempt(line),
        }
    }

    fn line(&self, id: RuleId) -> RuleLine {
        let info = &self.rules[id.index()];
        RuleLine {
            id,
            rule: info.name.clone(),
            entity: info.entity.clone(),
            mode: info.mode,
            mask: info.mask.clone(),
            place: info.place.clone(),
        }
    }

    fn lines(&self, column: &ColumnName<'_>) -> (Vec<DetectorLine>, Vec<SilentLine>) {
        let tokens = Tokens::of(column.column);
        let here = self.here(column);
        let (mut looking, mut silent) = (Vec::new(), Vec::new());
        for (number, detector) in (0u16..).zip(&self.detectors) {
            let settings = here.settings(number, detector);
            let info = &self.rules[usize::from(number)];
            let place = |entry: Option<&ScopeRule>| {
                entry.map_or_else(|| info.place.clone(), |entry| entry.place.clone())
            };
            let (mode, threshold) = (settings.mode.0, settings.threshold.0);
            let needs = match detector.evidence(&tokens, column.type_name, mode, threshold) {
                Ok(Evidence::Column) => Needs::Form,
                Ok(Evidence::Value) => Needs::ValidValue,
                Ok(Evidence::Words) => Needs::ValidValueAndWord,
                Err(why) => {
                    silent.push(SilentLine {
                        detector: info.name.clone(),
                        why,
                        place: match why {
                            Silence::Off => place(settings.mode.1),
                            Silence::Threshold => place(settings.threshold.1),
                            Silence::Type | Silence::NameAgainst | Silence::NoName => place(None),
                        },
                    });
                    continue;
                }
            };
            let id = self.variant(number, &settings);
            let allowed = self.allows.iter();
            let allowed = allowed.filter(|allow| allow.names(number) && allow.is_here(column));
            looking.push(DetectorLine {
                id: RuleId(id),
                detector: info.name.clone(),
                entity: info.entity.clone(),
                mode: Setting {
                    value: mode,
                    place: place(settings.mode.1),
                },
                mask: Setting {
                    value: self.rules[usize::from(id)].mask.clone(),
                    place: place(settings.mask.1),
                },
                threshold: Setting {
                    value: threshold,
                    place: place(settings.threshold.1),
                },
                needs,
                allowed: allowed.map(AllowRule::line).collect(),
            });
        }
        (looking, silent)
    }

    /// All allow entries, in the order of the packs, those that expired included.
    pub fn allow_entries(&self) -> impl Iterator<Item = AllowLine> {
        self.allows.iter().map(AllowRule::line)
    }
}

impl AllowRule {
    pub(crate) fn line(&self) -> AllowLine {
        AllowLine {
            reason: self.reason.clone(),
            expires: self.expires.clone(),
            place: self.place.clone(),
        }
    }
}

pub(crate) fn full_name(column: &ColumnName<'_>) -> String {
    let parts = [column.database, column.schema, column.table, column.column];
    let parts: Vec<&str> = parts
        .into_iter()
        .skip_while(|part| part.is_empty())
        .collect();
    parts.join(".")
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Silence::Off => "off here",
            Silence::Type => "does not look at this type",
            Silence::NameAgainst => "the column's name speaks against it",
            Silence::NoName => "no column word",
            Silence::Threshold => "values of its form are too common for the threshold",
        })
    }
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Needs::Form => "the form, as the column's name says what it is",
            Needs::ValidValue => "a valid value",
            Needs::ValidValueAndWord => "a valid value and a word near by",
        })
    }
}

impl fmt::Display for RuleLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RuleLine {
            rule,
            entity,
            mode,
            mask,
            place,
            ..
        } = self;
        write!(f, "`{rule}` ({entity}, {mode}, {mask}) at {place}")
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Decision::Masked(rule) => write!(f, "masked whole by {rule}"),
            Decision::Shadow(rule) => write!(f, "scanned; {rule} only counts"),
            Decision::Exempt(rule) => write!(f, "neither masked nor scanned, by {rule}"),
            Decision::Scanned => f.write_str("scanned: no rule selects it"),
        }
    }
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.column, self.type_name)?;
        for tag in &self.tags {
            write!(f, " #{tag}")?;
        }
        writeln!(f, "\n  {}", self.decision)?;
        for rule in &self.overruled {
            writeln!(f, "  overruled: {rule}")?;
        }
        for PathLine { path, rule } in &self.paths {
            writeln!(f, "  at {path}: {rule}")?;
        }
        if matches!(self.decision, Decision::Masked(_) | Decision::Exempt(_)) {
            return Ok(());
        }
        for line in &self.detectors {
            writeln!(
                f,
                "  {} ({}) needs {}\n    {} at {}, {} at {}",
                line.detector,
                line.entity,
                line.needs,
                line.mode.value,
                line.mode.place,
                line.mask.value,
                line.mask.place,
            )?;
            if line.threshold.value > 0.0 {
                let Setting { value, place } = &line.threshold;
                writeln!(f, "    threshold {value} at {place}")?;
            }
            for allow in &line.allowed {
                let until = allow.expires.as_deref().map(|day| format!(" until {day}"));
                writeln!(
                    f,
                    "    some values may pass{}: {} at {}",
                    until.unwrap_or_default(),
                    allow.reason,
                    allow.place
                )?;
            }
        }
        for line in &self.silent {
            writeln!(
                f,
                "  {} is silent: {}, {}",
                line.detector, line.why, line.place
            )?;
        }
        Ok(())
    }
}
