//! What the columns of a database have shown so far, and what follows from it.
//!
//! A detector whose findings are most of a column's values is *at home* there: then its form is enough, as
//! if the column had its name. A number that a mistyped digit keeps from being a valid card is masked in a
//! column of cards. What is learned only ever widens what is looked for; it is forgotten with the rules that
//! it was learned under, and each shard learns for itself.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use wiremask_rules::{RuleId, Ruleset};

/// Columns of one database that are watched at most; the others stay as their names and values say.
const COLUMNS_MAX: usize = 16_384;

/// Values of a column that are looked at before anything follows, and between two looks at the counts.
const VALUES_MIN: u64 = 256;

/// The columns of one database.
#[derive(Debug, Default)]
pub struct Learning {
    rules: Option<Arc<Ruleset>>,
    /// By relation and attribute.
    columns: HashMap<(u32, i16), Rc<Sightings>>,
}

/// What one column has shown.
#[derive(Debug)]
pub struct Sightings {
    /// OID of its relation.
    pub relation: u32,
    /// Its number there.
    pub attribute: i16,
    /// Values that detectors looked at.
    values: Cell<u64>,
    /// How many of them were wholly what a rule looks for.
    found: RefCell<Vec<(RuleId, u64)>>,
    at_home: RefCell<Vec<RuleId>>,
    next_look: Cell<u64>,
}

impl Learning {
    /// What a column has shown under these rules; nothing where too many columns are watched.
    pub fn column(
        &mut self,
        rules: &Arc<Ruleset>,
        relation: u32,
        attribute: i16,
    ) -> Option<Rc<Sightings>> {
        let current = self.rules.as_ref();
        if !current.is_some_and(|current| Arc::ptr_eq(current, rules)) {
            self.columns.clear();
            self.rules = Some(Arc::clone(rules));
        }
        let known = self.columns.get(&(relation, attribute));
        if known.is_none() && self.columns.len() >= COLUMNS_MAX {
            return None;
        }
        let column = self.columns.entry((relation, attribute));
        let column = column.or_insert_with(|| Rc::new(Sightings::new(relation, attribute)));
        Some(Rc::clone(column))
    }
}

impl Sightings {
    fn new(relation: u32, attribute: i16) -> Self {
        Self {
            relation,
            attribute,
            values: Cell::default(),
            found: RefCell::default(),
            at_home: RefCell::default(),
            next_look: Cell::new(VALUES_MIN),
        }
    }

    /// A value was wholly what this rule looks for.
    pub fn found(&self, rule: RuleId) {
        let mut found = self.found.borrow_mut();
        match found.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, count)) => *count += 1,
            None => found.push((rule, 1)),
        }
    }

    /// Detectors looked at so many values. Answers a rule that has just been seen to be at home here.
    pub fn looked_at(&self, values: usize) -> Option<RuleId> {
        let seen = self.values.get() + values as u64;
        self.values.set(seen);
        if seen < self.next_look.get() {
            return None;
        }
        self.next_look.set(seen + VALUES_MIN);
        let (found, mut at_home) = (self.found.borrow(), self.at_home.borrow_mut());
        let new = |rule: &RuleId| !at_home.contains(rule);
        let rule = found
            .iter()
            .filter(|(_, count)| most(*count, seen))
            .map(|(rule, _)| *rule)
            .find(new)?;
        at_home.push(rule);
        Some(rule)
    }

    /// The rules that are at home here.
    pub fn at_home(&self) -> Vec<RuleId> {
        self.at_home.borrow().clone()
    }
}

/// Are `count` of `all` more than half, and not by chance: is the lower end of the Wilson interval at 3
/// standard deviations above a half? (E. B. Wilson, 1927.)
#[allow(clippy::cast_precision_loss)]
fn most(count: u64, all: u64) -> bool {
    let (n, z) = (all as f64, 3.0f64);
    let p = (count as f64 / n).min(1.0);
    let centre = p + z * z / (2.0 * n);
    let margin = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    (centre - margin) / (1.0 + z * z / n) > 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: RuleId = RuleId(3);

    fn after(values: usize, found: usize) -> Option<RuleId> {
        let column = Sightings::new(1, 1);
        (0..found).for_each(|_| column.found(RULE));
        column.looked_at(values)
    }

    #[test]
    fn most_of_enough_values_have_to_be_what_a_rule_looks_for() {
        assert_eq!(after(255, 255), None);
        assert_eq!(after(256, 256), Some(RULE));
        assert_eq!(after(256, 140), None, "a half, and some by chance");
        assert_eq!(after(256, 160), Some(RULE));
        assert_eq!(after(100_000, 50_100), None);
        assert_eq!(after(100_000, 51_000), Some(RULE));
    }

    #[test]
    fn each_rule_comes_to_be_at_home_once() {
        let column = Sightings::new(1, 1);
        (0..600).for_each(|_| column.found(RULE));
        assert_eq!(column.looked_at(300), Some(RULE));
        assert_eq!(column.looked_at(300), None);
        assert_eq!(column.at_home(), [RULE]);
    }

    #[test]
    fn what_was_learned_is_forgotten_with_its_rules_and_columns_are_limited() {
        let mut learning = Learning::default();
        let rules = Arc::new(Ruleset::empty());
        let column = learning.column(&rules, 1, 1).expect("there is room");
        column.found(RULE);
        let again = learning.column(&rules, 1, 1).expect("it is known");
        assert!(Rc::ptr_eq(&column, &again));
        let others = (2..).take(COLUMNS_MAX);
        let watched = others.filter_map(|oid| learning.column(&rules, oid, 1));
        assert_eq!(watched.count(), COLUMNS_MAX - 1);
        let reloaded = Arc::new(Ruleset::empty());
        let column = learning.column(&reloaded, 1, 1).expect("there is room");
        assert!(column.found.borrow().is_empty());
    }
}
