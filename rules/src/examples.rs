//! The examples of detectors: values that they must find, and values that they must not.
//!
//! They are run whenever packs are compiled, and again by whoever wants to see each result.

use crate::column::{ColumnContext, ColumnName};
use crate::detect::FieldRef;
use crate::explain::{Outcome, Trace};
use crate::info::{Mode, Place, RuleId};
use crate::pack::Detector;
use crate::pack::diagnostics::{Errors, Site};
use crate::ruleset::{Ruleset, Scratch};
use serde::Serialize;
use std::collections::HashSet;

/// What an example asks of its detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExampleWants {
    /// To find it, whole or in part.
    Mask,
    /// To let it pass.
    Pass,
}

/// What became of an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExampleResult {
    /// The detector.
    #[serde(skip)]
    pub rule: RuleId,
    /// Its name.
    pub detector: String,
    /// Where the example is written.
    pub place: Place,
    /// What it asks.
    pub wants: ExampleWants,
    /// Did the detector do so? `None` if it is off.
    pub passed: Option<bool>,
}

/// An example, kept for running.
#[derive(Debug)]
pub(crate) struct StoredExample {
    rule: RuleId,
    wants: ExampleWants,
    value: String,
    column: String,
    type_name: String,
    site: Site,
}

impl StoredExample {
    /// Those of a detector.
    pub(crate) fn all(rule: RuleId, detector: &Detector) -> impl Iterator<Item = Self> {
        let of = move |wants| {
            move |example: &crate::pack::Example| StoredExample {
                rule,
                wants,
                value: example.value.value.clone(),
                column: example.column.clone().unwrap_or_default(),
                type_name: example
                    .type_name
                    .clone()
                    .unwrap_or_else(|| "text".to_owned()),
                site: example.value.site.clone(),
            }
        };
        let mask = detector.examples_mask.iter().map(of(ExampleWants::Mask));
        mask.chain(detector.examples_pass.iter().map(of(ExampleWants::Pass)))
    }
}

impl Ruleset {
    /// Runs every detector's examples, in the order of the packs.
    pub fn run_examples(&self) -> Vec<ExampleResult> {
        let mut scratch = self.scratch();
        let examples = self.examples.iter();
        let results = examples.map(|example| ExampleResult {
            rule: example.rule,
            detector: self.rules[example.rule.index()].name.clone(),
            place: example.site.place(),
            wants: example.wants,
            passed: self.run_example(example, &mut scratch),
        });
        results.collect()
    }

    fn run_example(&self, example: &StoredExample, scratch: &mut Scratch) -> Option<bool> {
        if self.rules[example.rule.index()].mode == Mode::Off {
            return None;
        }
        let context = ColumnContext {
            name: &example.column,
            type_name: &example.type_name,
        };
        let value = example.value.as_bytes();
        let field = FieldRef {
            start: 0,
            end: u32::try_from(value.len()).unwrap_or(u32::MAX),
            set: self.detector_set(&context),
        };
        let mut matches = Vec::new();
        self.scan(scratch, value, &[field], &mut matches);
        let finds = matches.iter().any(|found| found.rule == example.rule);
        Some(match example.wants {
            ExampleWants::Mask => finds || self.is_outdone(example),
            ExampleWants::Pass => !finds,
        })
    }

    /// Does its detector fire, and lose the value to another pack or to an allow entry? An overlay may
    /// change what becomes of a value; the detector is still as its author wants it.
    fn is_outdone(&self, example: &StoredExample) -> bool {
        let pack = |name: &str| {
            let mut rules = self.rules.iter();
            rules.find(|info| info.name == name).map(|info| &info.pack)
        };
        let own = &self.rules[example.rule.index()];
        let mut traces = self.traces(example);
        traces.any(|trace| match trace.outcome {
            Outcome::Allowed(_) => true,
            Outcome::LostOverlap { to } => pack(&to).is_some_and(|other| *other != own.pack),
            _ => false,
        })
    }

    /// What the detector of an example makes of it.
    fn traces(&self, example: &StoredExample) -> impl Iterator<Item = Trace> {
        let column = ColumnName {
            column: &example.column,
            type_name: &example.type_name,
            ..ColumnName::default()
        };
        let rule = example.rule;
        let traces = self.explain(example.value.as_bytes(), &column).traces;
        traces.into_iter().filter(move |trace| trace.rule == rule)
    }

    /// Reports the examples that fail, and detectors without any that they must find.
    pub(crate) fn report_examples(&self, errors: &Errors) {
        let mut scratch = self.scratch();
        for example in &self.examples {
            if self.run_example(example, &mut scratch) == Some(false) {
                self.report(example, errors);
            }
        }
        let asking = self
            .examples
            .iter()
            .filter(|e| e.wants == ExampleWants::Mask);
        let asking: HashSet<RuleId> = asking.map(|example| example.rule).collect();
        for ((number, rule), detector) in (0u16..).zip(&self.rules).zip(&self.detectors) {
            if rule.mode != Mode::Off && !asking.contains(&RuleId(number)) {
                errors.add(
                    &detector.site,
                    format!("`{}` has no example that it must find", rule.name),
                    Some("add `[detector.examples]` with `mask = [\"...\"]`".to_owned()),
                );
            }
        }
    }

    fn report(&self, example: &StoredExample, errors: &Errors) {
        let name = &self.rules[example.rule.index()].name;
        let (message, help) = match example.wants {
            ExampleWants::Mask => {
                let causes: Vec<String> = self
                    .traces(example)
                    .map(|trace| format!("it {} at byte {}", trace.outcome, trace.start))
                    .collect();
                let help = match causes.as_slice() {
                    [] => "its pattern matches nothing of it".to_owned(),
                    causes => causes.join("; "),
                };
                (format!("example is not found by `{name}`"), help)
            }
            ExampleWants::Pass => (
                format!("example must pass, but `{name}` finds it"),
                "narrow the pattern, or add a validator or a column to `not_columns`".to_owned(),
            ),
        };
        errors.add(&example.site, message, Some(help));
    }
}
