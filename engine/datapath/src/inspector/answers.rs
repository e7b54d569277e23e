//! Descriptions of results that were planned before.
//!
//! Most answers are described by the very bytes of an earlier one. While neither the rules nor the catalog
//! nor what is known of the statement and its session have changed, their plan is the same, and their names
//! were looked at already: planning anew costs ten times what a scan of a few values does.

use super::Inspector;
use crate::catalog::{Catalog, Moment};
use crate::plan::Plan;
use crate::statement::Statement;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use wiremask_protocols::session::{Column, Treatment};
use wiremask_rules::Ruleset;

/// Bytes that descriptions take with their plans and statements; then it starts anew.
const KEPT_MAX: usize = 4 << 20;

/// Answers with the same description at most, of different statements.
const SAME_MAX: usize = 16;

/// How many times the bytes of a description a plan takes.
const PLAN_FACTOR: usize = 4;

/// What a statement takes that is kept for an answer, at most: twice the text of the statement cache.
const STATEMENT_SIZE: usize = 8 * 1024;

/// Bytes of a description that is kept, a few hundred columns.
const DESCRIPTION_MAX: usize = 8 * 1024;

/// The descriptions that a shard has planned under one set of rules.
#[derive(Default)]
pub(super) struct Answers {
    rules: Option<Arc<Ruleset>>,
    /// By the body of the description.
    pub(super) known: HashMap<Box<[u8]>, Vec<Answer>>,
    /// Bytes of all of them, estimated.
    size: usize,
}

pub(super) struct Answer {
    basis: Basis,
    plan: Option<Rc<Plan>>,
}

/// Everything besides the description that its plan was made of.
struct Basis {
    catalog: Weak<RefCell<Catalog>>,
    moment: Moment,
    /// Where columns have rules: the statement, whether its session touched protected columns before,
    /// and whether it is unsure of what relations are.
    statement: Option<(Rc<Statement>, bool, bool)>,
}

impl Basis {
    fn is(&self, other: &Basis) -> bool {
        let same_statement = match (&self.statement, &other.statement) {
            (Some((a, touched, unsure)), Some((b, also_touched, also_unsure))) => {
                Rc::ptr_eq(a, b) && (touched, unsure) == (also_touched, also_unsure)
            }
            (None, None) => true,
            _ => false,
        };
        same_statement && self.moment == other.moment && self.catalog.ptr_eq(&other.catalog)
    }
}

impl Answers {
    fn find(&self, rules: &Arc<Ruleset>, body: &[u8], basis: &Basis) -> Option<Option<Rc<Plan>>> {
        let current = self.rules.as_ref();
        current.filter(|current| Arc::ptr_eq(current, rules))?;
        let same = self.known.get(body)?;
        let same = same.iter().find(|answer| answer.basis.is(basis))?;
        Some(same.plan.clone())
    }

    fn keep(&mut self, rules: &Arc<Ruleset>, body: &[u8], answer: Answer) {
        if body.len() > DESCRIPTION_MAX {
            return;
        }
        let current = self.rules.as_ref();
        let is_current = current.is_some_and(|current| Arc::ptr_eq(current, rules));
        let statement = match &answer.basis.statement {
            Some(_) => STATEMENT_SIZE,
            None => 0,
        };
        let size = body.len() * (1 + PLAN_FACTOR) + statement + size_of::<Answer>();
        if !is_current || self.size + size > KEPT_MAX {
            self.known.clear();
            self.size = 0;
            self.rules = Some(Arc::clone(rules));
        }
        self.size += size;
        let same = self.known.entry(body.into()).or_default();
        // What the catalog said before does not come back.
        same.retain(|known| {
            known.basis.moment == answer.basis.moment
                || !known.basis.catalog.ptr_eq(&answer.basis.catalog)
        });
        if same.len() >= SAME_MAX {
            same.remove(0);
        }
        same.push(answer);
    }
}

impl Inspector {
    /// What the plan of a description stands on now; nothing while that is not certain.
    fn basis(&mut self, facts: &Rc<Statement>) -> Option<Basis> {
        if self.waiting_since.is_some() || self.catalog.borrow().has_failed() {
            return None;
        }
        let statement = if self.rules().reads_statements() {
            // Names that code of the session made up are looked at each time.
            if self.names_before_code.is_some() || self.guarded().is_none() {
                return None;
            }
            self.note_touched(facts);
            let unsure = self.is_unsure_of_relations();
            Some((Rc::clone(facts), self.touched, unsure))
        } else {
            None
        };
        Some(Basis {
            catalog: Rc::downgrade(&self.catalog),
            moment: self.catalog.borrow().moment(),
            statement,
        })
    }

    /// See [`wiremask_protocols::session::Sink::known`].
    pub(super) fn known_answer(
        &mut self,
        facts: &Rc<Statement>,
        body: &[u8],
    ) -> Option<Treatment<Rc<Plan>>> {
        let basis = self.basis(facts)?;
        let scratch = self.scratch.borrow();
        let plan = scratch.answers.find(self.rules(), body, &basis)?;
        Some(plan.map_or(Treatment::Relay, Treatment::Inspect))
    }

    /// See [`wiremask_protocols::session::Sink::described`].
    pub(super) fn keep_answer(
        &mut self,
        facts: &Rc<Statement>,
        body: &[u8],
        columns: &[Column<'_>],
        treatment: &Treatment<Rc<Plan>>,
    ) {
        let plan = match treatment {
            Treatment::Relay => None,
            Treatment::Inspect(plan) => Some(Rc::clone(plan)),
            Treatment::Refuse(_) => return,
        };
        if self.waited {
            return;
        }
        let Some(basis) = self.basis(facts) else {
            return;
        };
        let scratch = &mut *self.scratch.borrow_mut();
        let rules = &self.policy.ruleset;
        // A finding of a rule in shadow mode changes no name, but it is counted each time.
        let is_clean = |column: &Column<'_>| scratch.sets.is_clean(rules, column.name);
        if columns.iter().all(is_clean) {
            scratch.answers.keep(rules, body, Answer { basis, plan });
        }
    }
}
