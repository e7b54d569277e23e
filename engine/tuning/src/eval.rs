//! How well rules do on labelled columns: leaks, over-masking and type breaks, always together.

use crate::apply::{Applier, Outcome, Treatment};
use crate::decide::{Decision, Verdict};
use crate::labels::{Labels, Strength};
use crate::sample::ColumnFacts;
use crate::stats::{Scores, Share};
use crate::text::shape;
use serde::Serialize;
use wiremask_rules::Ruleset;

/// What rules did to one column.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnResult {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// What it is, by the labels; empty for nothing sensitive.
    pub entity: String,
    /// How much that weighs.
    pub strength: Strength,
    /// Cells that are not empty.
    pub cells: u64,
    /// Of which changed.
    pub changed: u64,
    /// Of which masked as far as it matters.
    pub caught: u64,
    /// Values that no client could decode.
    pub type_breaks: u64,
    /// The rule that changed the most cells.
    pub rule: String,
    /// Shapes of cells that came through though sensitive, or were changed though not.
    pub confusion: Vec<String>,
}

/// What one rule did.
#[derive(Clone, Debug, Serialize)]
pub struct RuleResult {
    /// Its name.
    pub rule: String,
    /// Cells that it changed and that are sensitive.
    pub right: u64,
    /// Cells that it changed and that are not.
    pub wrong: u64,
    /// Precision and recall over the cells of columns labelled with its entity.
    pub scores: Scores,
}

/// All of it.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// What was evaluated: `packs`, `packs and decisions`, each with or without names.
    pub variant: String,
    /// Labelled strong cells that came through; those of [`Strength::Format`] too where columns have their names.
    pub leaks: u64,
    /// Strong cells caught; those of [`Strength::Format`] are among them where columns have their names.
    pub strong: Share,
    /// Cells of [`Strength::Format`] caught in columns without their names.
    pub format: Share,
    /// Cells with names and addresses caught.
    pub named: Share,
    /// Cells that only narrow down, caught.
    pub weak: Share,
    /// Cells that are not sensitive, changed.
    pub over_masked: Share,
    /// Values that no client could decode.
    pub type_breaks: u64,
    /// Precision, recall and F2 over cells, weak ones left out.
    pub scores: Scores,
    /// Column by column.
    pub columns: Vec<ColumnResult>,
    /// Rule by rule.
    pub rules: Vec<RuleResult>,
}

/// Counts the cells of one table, row by row.
pub struct Evaluator<'r> {
    rules: &'r Ruleset,
    applier: Applier<'r>,
    columns: Vec<Counting>,
    by_rule: Vec<(u64, u64)>,
}

struct Counting {
    treatment: Treatment,
    facts: ColumnFacts,
    result: ColumnResult,
    by_rule: Vec<u64>,
}

/// Shapes kept of what went wrong in a column.
const CONFUSION_MAX: usize = 3;

impl<'r> Evaluator<'r> {
    /// Counts what a ruleset does.
    pub fn new(rules: &'r Ruleset) -> Self {
        Self {
            rules,
            applier: Applier::new(rules),
            columns: Vec::new(),
            by_rule: vec![(0, 0); rules.rules().len()],
        }
    }

    /// Adds a column and returns its number; `facts` is what the rules see, the label is found by
    /// `table` and `column`. Nothing for a column without a label.
    pub fn column(
        &mut self,
        labels: &Labels,
        table: &str,
        column: &str,
        facts: ColumnFacts,
    ) -> Option<usize> {
        let label = labels.of(table, column)?;
        let has_name = facts.column == column;
        self.columns.push(Counting {
            treatment: self.applier.treatment(&facts),
            facts,
            result: ColumnResult {
                table: table.to_owned(),
                column: column.to_owned(),
                entity: label.entity.clone(),
                strength: match label.strength {
                    Strength::Format if has_name => Strength::Strong,
                    strength => strength,
                },
                cells: 0,
                changed: 0,
                caught: 0,
                type_breaks: 0,
                rule: String::new(),
                confusion: Vec::new(),
            },
            by_rule: vec![0; self.rules.rules().len()],
        });
        Some(self.columns.len() - 1)
    }

    /// Takes in a value that stands in `count` cells.
    pub fn cell(&mut self, column: usize, value: &[u8], count: u64) {
        let Some(counting) = self.columns.get_mut(column) else {
            return;
        };
        if value.is_empty() || count == 0 {
            return;
        }
        let outcome = self.applier.outcome(counting.treatment, value);
        let result = &mut counting.result;
        let sensitive = result.strength != Strength::None;
        result.cells += count;
        result.caught += count * u64::from(outcome.caught());
        if let Outcome::Whole(rule) | Outcome::Spans(rule, _) = outcome {
            result.changed += count;
            counting.by_rule[rule.index()] += count;
            let counts = &mut self.by_rule[rule.index()];
            match sensitive {
                true => counts.0 += count,
                false => counts.1 += count,
            }
            let decodable = self
                .applier
                .stays_decodable(rule, &counting.facts.type_name, value);
            result.type_breaks += count * u64::from(!decodable);
        }
        let confused = match result.strength {
            Strength::None => outcome.changed(),
            Strength::Strong | Strength::Named => !outcome.caught(),
            Strength::Format | Strength::Weak => false,
        };
        if confused && result.confusion.len() < CONFUSION_MAX {
            let shape = shape(&String::from_utf8_lossy(value));
            if !result.confusion.contains(&shape) {
                result.confusion.push(shape);
            }
        }
    }

    /// The counts as an evaluation.
    pub fn finish(self, variant: &str) -> Evaluation {
        let rules = self.rules;
        let columns: Vec<ColumnResult> = (self.columns.into_iter())
            .map(|counting| {
                let most = counting
                    .by_rule
                    .iter()
                    .enumerate()
                    .max_by_key(|(_, count)| **count);
                let mut result = counting.result;
                if let Some((rule, 1..)) = most {
                    result.rule = rules.rules()[rule].name.clone();
                }
                result
            })
            .collect();
        let share = |strength: Strength, part: fn(&ColumnResult) -> u64| {
            let of = || columns.iter().filter(|column| column.strength == strength);
            Share::new(of().map(part).sum(), of().map(|column| column.cells).sum())
        };
        let strong = share(Strength::Strong, |column| column.caught);
        let named = share(Strength::Named, |column| column.caught);
        let over_masked = share(Strength::None, |column| column.changed);
        let missed = strong.of - strong.hits + named.of - named.hits;
        let by_rule = rules.rules().iter().zip(&self.by_rule);
        let by_rule = by_rule.filter(|(_, (right, wrong))| right + wrong > 0);
        let rules = by_rule.map(|(info, (right, wrong))| {
            let of_entity = columns.iter().filter(|column| column.entity == info.entity);
            let missed = of_entity.map(|column| column.cells - column.caught).sum();
            RuleResult {
                rule: info.name.clone(),
                right: *right,
                wrong: *wrong,
                scores: Scores::new(*right, *wrong, missed),
            }
        });
        Evaluation {
            variant: variant.to_owned(),
            leaks: strong.of - strong.hits,
            strong,
            named,
            format: share(Strength::Format, |column| column.caught),
            weak: share(Strength::Weak, |column| column.caught),
            over_masked,
            type_breaks: columns.iter().map(|column| column.type_breaks).sum(),
            scores: Scores::new(strong.hits + named.hits, over_masked.hits, missed),
            rules: rules.collect(),
            columns,
        }
    }
}

/// One point of the threshold curve.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Point {
    /// Evidence from which a column is masked.
    pub threshold: f64,
    /// Columns masked of those that are sensitive, weak ones left out.
    pub recall: Share,
    /// Sensitive ones of those masked.
    pub precision: Share,
}

/// Precision and recall over columns for each threshold of evidence.
pub fn curve(decisions: &[Decision], labels: &Labels) -> Vec<Point> {
    let judged: Vec<(f64, bool)> = (decisions.iter())
        .filter_map(|decision| {
            let label = labels.of(&decision.table, &decision.column)?;
            let candidate = decision.verdict == Verdict::Mask || !decision.mask.is_empty();
            let score = if candidate { decision.score } else { f64::MIN };
            (label.strength != Strength::Weak).then_some((score, label.strength != Strength::None))
        })
        .collect();
    let sensitive = judged.iter().filter(|(_, sensitive)| *sensitive).count() as u64;
    let at = |threshold: f64| {
        let masked = || judged.iter().filter(|(score, _)| *score >= threshold);
        let right = masked().filter(|(_, sensitive)| *sensitive).count() as u64;
        Point {
            threshold,
            recall: Share::new(right, sensitive),
            precision: Share::new(right, masked().count() as u64),
        }
    };
    (-8..=24).map(|half| at(f64::from(half) / 2.0)).collect()
}
