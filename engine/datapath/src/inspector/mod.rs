//! The sink of a session: joins what the protocol shows with what the rules say.
//!
//! One per session. Everything large is shared by the sessions of a shard ([`ShardScratch`], the
//! catalog); nothing here is shared between shards but the policy and counters.

mod answers;
mod apply;
mod copy;
mod kin;
mod large;
mod names;
mod places;
mod row;
mod rows;
mod shape;
mod text;

#[cfg(test)]
pub(crate) mod tests;

use crate::catalog::{Catalog, ColumnNames};
use crate::event::{Event, EventSink, RuleCount, Sqlstate};
use crate::guard::{Guard, Identities, Identity, Outcome};
use crate::metrics::{RuleCounters, ShardCounters};
use crate::plan::Plan;
use crate::policy::{OnUndecodable, Policy};
use crate::statement::{Guarded, Statement, StatementCache};
use answers::Answers;
use copy::{CopyPlan, CopyRows};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use wiremask_protocols::postgres::value;
use wiremask_protocols::session::{
    Column, CopyBatch, Denial, Format, Lookup, Part, Refused, RowBatch, Sink, TextEdit, TextSite,
    Treatment, Verdict,
};
use wiremask_rules::{
    ColumnContext, DetectorSetId, FieldRef, Gather, Match, Mode, Resume, RuleId, Ruleset, Scratch,
};

/// The policy in force on a shard. Sessions look at it at their command boundaries.
#[derive(Debug)]
pub struct PolicyCell(RefCell<Arc<Policy>>);

impl PolicyCell {
    /// A cell with this policy.
    #[must_use]
    pub fn new(policy: Arc<Policy>) -> Self {
        Self(RefCell::new(policy))
    }

    /// The policy in force.
    #[must_use]
    pub fn get(&self) -> Arc<Policy> {
        Arc::clone(&self.0.borrow())
    }

    /// Puts another one in force.
    pub fn set(&self, policy: Arc<Policy>) {
        *self.0.borrow_mut() = policy;
    }

    fn generation(&self) -> u64 {
        self.0.borrow().generation
    }
}

/// Buffers and caches that all sessions of a shard use in turn. Nothing of one session is read by
/// another: everything but the statement cache is cleared before use.
#[derive(Default)]
pub struct ShardScratch {
    scanner: Option<(Arc<Ruleset>, Scratch)>,
    gather: Vec<u8>,
    refs: Vec<FieldRef>,
    owners: Vec<Owner>,
    values: Gather,
    leaves: Vec<Owner>,
    placed: Vec<Match>,
    merged: Vec<Match>,
    /// Places in the plan of columns that are watched, and how many values of them were gathered.
    watched: Vec<(u32, usize)>,
    copy: CopyRows,
    matches: Vec<Match>,
    value: value::Scratch,
    out: Vec<u8>,
    statements: StatementCache,
    identities: Identities,
    sets: DetectorSets,
    answers: Answers,
    guarded: Vec<(Rc<str>, Rc<Guarded>)>,
}

/// Which detectors apply to a column, by its name and type. Working it out compares both with every
/// detector, some microseconds for each column of each result.
#[derive(Default)]
struct DetectorSets {
    rules: Option<Arc<Ruleset>>,
    /// By name and type.
    known: HashMap<Box<str>, HashMap<Box<str>, DetectorSetId>>,
    /// How many of them.
    count: usize,
    /// Names of columns in which nothing was found.
    clean: HashSet<Box<[u8]>>,
}

/// Names come from the catalog, so there are as many as columns; then it starts anew.
const DETECTOR_SETS_MAX: usize = 8192;

/// Bytes of a name that is remembered: PostgreSQL's own are shorter.
const NAME_LEN_MAX: usize = 64;

impl DetectorSets {
    fn of(&mut self, rules: &Arc<Ruleset>, name: &str, type_name: &str) -> DetectorSetId {
        self.start_anew_for(rules);
        let known = self.known.get(name).and_then(|types| types.get(type_name));
        if let Some(set) = known {
            return *set;
        }
        let set = rules.detector_set(&ColumnContext { name, type_name });
        let types = self.known.entry(name.into()).or_default();
        types.insert(type_name.into(), set);
        self.count += 1;
        set
    }

    /// Is it known that detectors find nothing in this name?
    fn is_clean(&mut self, rules: &Arc<Ruleset>, name: &[u8]) -> bool {
        self.start_anew_for(rules);
        self.clean.contains(name)
    }

    /// Remembers a name in which they found nothing.
    fn note_clean(&mut self, name: &[u8]) {
        if name.len() <= NAME_LEN_MAX {
            self.clean.insert(name.into());
        }
    }

    /// Forgets what is known of other rules, and what became too much.
    fn start_anew_for(&mut self, rules: &Arc<Ruleset>) {
        let known = self.rules.as_ref();
        let is_current = known.is_some_and(|known| Arc::ptr_eq(known, rules));
        if !is_current || self.count >= DETECTOR_SETS_MAX {
            self.known.clear();
            self.count = 0;
        }
        if !is_current || self.clean.len() >= DETECTOR_SETS_MAX {
            self.clean.clear();
        }
        if !is_current {
            self.rules = Some(Arc::clone(rules));
        }
    }
}

impl ShardScratch {
    /// Empty buffers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Scans what was gathered; the findings are in `self.matches`.
    fn scan(&mut self, rules: &Arc<Ruleset>) {
        self.matches.clear();
        if self.refs.is_empty() {
            return;
        }
        let scratch = scanner(&mut self.scanner, rules);
        rules.scan(scratch, &self.gather, &self.refs, &mut self.matches);
    }

    /// Scans a piece of a value; the findings are in `self.matches`.
    fn scan_on(&mut self, rules: &Arc<Ruleset>, resume: &mut Resume) {
        self.matches.clear();
        let scratch = scanner(&mut self.scanner, rules);
        let fields = (&self.gather[..], &self.refs[..]);
        rules.scan_on(scratch, fields, resume, &mut self.matches);
    }

    /// Scans the values of a batch; the findings are in `self.matches`.
    fn scan_values(&mut self, rules: &Arc<Ruleset>) {
        self.matches.clear();
        let scratch = scanner(&mut self.scanner, rules);
        rules.scan_gathered(scratch, &mut self.values, &mut self.matches);
        self.merge_placed();
    }

    fn clear_values(&mut self) {
        self.values.clear();
        self.leaves.clear();
        self.watched.clear();
        self.placed.clear();
    }

    fn clear_gathered(&mut self) {
        self.gather.clear();
        self.refs.clear();
        self.owners.clear();
    }
}

/// The scanner's memory for these rules.
fn scanner<'s>(
    kept: &'s mut Option<(Arc<Ruleset>, Scratch)>,
    rules: &Arc<Ruleset>,
) -> &'s mut Scratch {
    if kept
        .as_ref()
        .is_some_and(|(known, _)| !Arc::ptr_eq(known, rules))
    {
        *kept = None;
    }
    let fresh = || (Arc::clone(rules), rules.scratch());
    &mut kept.get_or_insert_with(fresh).1
}

/// Which value a gathered piece belongs to.
#[derive(Clone, Copy, Debug)]
struct Owner {
    /// Index into the fields of the batch.
    field: u32,
    /// Index into [`Plan::active`].
    active: u32,
    /// Number of the leaf inside the value.
    leaf: u32,
}

/// What an inspector is made of.
pub struct InspectorOptions {
    /// The shard's policy.
    pub policy: Rc<PolicyCell>,
    /// The catalog of the session's upstream and database.
    pub catalog: Rc<RefCell<Catalog>>,
    /// The shard's buffers.
    pub scratch: Rc<RefCell<ShardScratch>>,
    /// The shard's counters.
    pub counters: Arc<ShardCounters>,
    /// Where events go.
    pub events: Rc<dyn EventSink>,
    /// Who, and in which database.
    pub identity: Identity,
    /// Has every transaction of the session to be read-only? See [`crate::guard::admit`].
    pub is_walled: bool,
}

/// See the module.
pub struct Inspector {
    policy: Arc<Policy>,
    source: Rc<PolicyCell>,
    catalog: Rc<RefCell<Catalog>>,
    scratch: Rc<RefCell<ShardScratch>>,
    counters: Arc<ShardCounters>,
    rule_counters: Arc<RuleCounters>,
    events: Rc<dyn EventSink>,
    database: Rc<str>,
    guard: Guard,
    /// The policy that the last refusal is due to.
    refused_by: Option<Arc<str>>,
    settings: value::Settings,
    standard_strings: bool,
    unread: Rc<Statement>,
    /// The newest statement that the client sent.
    current: Rc<Statement>,
    /// Has the session run a statement that touches protected columns? Then what it opened may hold
    /// them.
    touched: bool,
    /// Statements that were sent before the catalog could tell what they touch.
    unjudged: Vec<Rc<Statement>>,
    /// The names that columns had before the session first ran code that nobody has read: such code can
    /// make a column whose name is a protected value.
    names_before_code: Option<Rc<ColumnNames>>,
    /// Did the open transaction change the catalog? Then what the catalog says of views is old.
    changed_catalog: bool,
    error_code: [u8; 5],
    /// Since when a plan has been waiting for the catalog.
    waiting_since: Option<u64>,
    /// Since when a statement has been waiting to be judged.
    judging_since: Option<u64>,
    /// Was the last plan made of what was fresh when it was asked for, and not of what is fresh now?
    waited: bool,
    /// The large value that is passing through.
    large: Option<large::LargeValue>,
    result: ResultCounts,
}

/// Statements that wait for the catalog; with more of them the session counts as touching.
const UNJUDGED_MAX: usize = 64;

/// What the current result has counted, for its event.
#[derive(Default)]
struct ResultCounts {
    rows: u64,
    cells: u64,
    rules: Vec<(RuleId, u64)>,
}

impl Inspector {
    /// An inspector for a session that is about to start.
    #[must_use]
    pub fn new(options: InspectorOptions) -> Self {
        let policy = options.policy.get();
        let unread = Rc::new(Statement::unread());
        let database = Rc::clone(&options.identity.database);
        let guard = {
            let identities = &mut options.scratch.borrow_mut().identities;
            Guard::new(options.identity, identities, options.is_walled)
        };
        Self {
            guard,
            refused_by: None,
            database,
            rule_counters: rule_counters(&options.counters, &policy),
            policy,
            source: options.policy,
            catalog: options.catalog,
            scratch: options.scratch,
            counters: options.counters,
            events: options.events,
            settings: value::Settings::default(),
            standard_strings: true,
            current: Rc::clone(&unread),
            unread,
            touched: false,
            unjudged: Vec::new(),
            names_before_code: None,
            changed_catalog: false,
            error_code: *b"00000",
            waiting_since: None,
            judging_since: None,
            waited: false,
            large: None,
            result: ResultCounts::default(),
        }
    }

    fn rules(&self) -> &Arc<Ruleset> {
        &self.policy.ruleset
    }

    /// Which relations are guarded; `None` until the catalog has been read.
    fn guarded(&self) -> Option<Rc<Guarded>> {
        let mut catalog = self.catalog.borrow_mut();
        if !catalog.has_global() {
            return None;
        }
        let generation = self.policy.generation;
        let known = &mut self.scratch.borrow_mut().guarded;
        if let Some((_, guarded)) = known.iter().find(|(database, guarded)| {
            *database == self.database && guarded.is_current(&catalog, generation)
        }) {
            return Some(Rc::clone(guarded));
        }
        known.retain(|(database, _)| *database != self.database);
        let guarded = Rc::new(Guarded::new(
            &catalog,
            self.rules(),
            generation,
            &self.database,
        ));
        known.push((Rc::clone(&self.database), Rc::clone(&guarded)));
        Some(guarded)
    }

    /// May values that this statement computes come from a protected column? Without a catalog: yes.
    fn touches(&self, statement: &Statement) -> bool {
        if !self.rules().has_column_rules() {
            return false;
        }
        let Some(guarded) = self.guarded() else {
            return true;
        };
        let touched = self.touched || !self.unjudged.is_empty();
        statement.touches(&self.catalog.borrow(), &guarded, touched)
            || (self.is_unsure_of_relations() && statement.names_relations())
    }

    /// Keeps the names that columns have before code runs that nobody has read.
    fn note_code(&mut self, statement: &Statement) {
        if self.names_before_code.is_some() || !self.rules().has_column_rules() {
            return;
        }
        let catalog = self.catalog.borrow();
        if statement.runs_unknown_code(&catalog) {
            self.names_before_code = Some(catalog.column_names());
        }
    }

    /// Is this the name of a column that code of the session cannot have made up?
    fn is_column_name(&self, name: &[u8]) -> bool {
        match &self.names_before_code {
            Some(names) => names.has(name),
            None => self.catalog.borrow().column_names().has(name),
        }
    }

    /// May a relation be another one than the catalog says, with protected columns? Only for a session
    /// that changed the catalog in a transaction that is open, and that has touched protected columns.
    fn is_unsure_of_relations(&self) -> bool {
        self.changed_catalog && (self.touched || !self.unjudged.is_empty())
    }

    /// Remembers whether the session has touched protected columns, as soon as the catalog can tell.
    fn note_touched(&mut self, statement: &Rc<Statement>) {
        if self.touched || !self.rules().has_column_rules() {
            return;
        }
        self.unjudged.push(Rc::clone(statement));
        if self.guarded().is_some() {
            let unjudged = std::mem::take(&mut self.unjudged);
            self.touched = unjudged.iter().any(|statement| self.touches(statement));
        } else if self.unjudged.len() > UNJUDGED_MAX {
            self.unjudged.clear();
            self.touched = true;
        }
    }

    fn count(&mut self, rule: RuleId, matches: u64) {
        if let Some(counter) = self.rule_counters.rule(usize::from(rule.0)) {
            counter.matches.add(matches);
        }
        match self
            .result
            .rules
            .iter_mut()
            .find(|(known, _)| *known == rule)
        {
            Some((_, count)) => *count += matches,
            None => self.result.rules.push((rule, matches)),
        }
    }

    fn count_cell(&mut self, rule: Option<RuleId>) {
        self.counters.cells_masked.add(1);
        self.result.cells += 1;
        let counter = rule.and_then(|rule| self.rule_counters.rule(usize::from(rule.0)));
        if let Some(counter) = counter {
            counter.cells.add(1);
        }
    }

    fn mode(&self, rule: RuleId) -> Mode {
        self.rules().rules()[usize::from(rule.0)].mode
    }

    fn is_enforced(rules: &Ruleset, rule: RuleId) -> bool {
        rules.rules()[usize::from(rule.0)].mode == Mode::Enforce
    }

    fn undecodable(&mut self) -> Result<(), Denial> {
        self.counters.cells_undecodable.add(1);
        match self.policy.on_undecodable {
            OnUndecodable::Null => Ok(()),
            OnUndecodable::Error => Err(Denial {
                sqlstate: *b"22000",
                message: "a value of a masked column cannot be decoded".into(),
                detail: None,
                hint: Some(
                    "leave the column out, or cast it to text in a view of the data owner".into(),
                ),
            }),
        }
    }

    /// Writes down what the current result had masked, if anything.
    fn result_ended(&mut self) {
        self.counters.rows.add(self.result.rows);
        let result = std::mem::take(&mut self.result);
        if result.cells == 0 && result.rules.is_empty() {
            return;
        }
        let names = self.rules().rules();
        let rules = result
            .rules
            .iter()
            .filter_map(|(rule, matches)| {
                let info = names.get(usize::from(rule.0))?;
                Some(RuleCount {
                    rule: info.name.as_str().into(),
                    matches: *matches,
                })
            })
            .collect();
        let event = Event::ResultMasked {
            rows: result.rows,
            cells: result.cells,
            rules,
        };
        if self.events.offer(event).is_err() {
            self.counters.events_lost.add(1);
        }
    }
}

fn rule_counters(counters: &ShardCounters, policy: &Policy) -> Arc<RuleCounters> {
    let names: Vec<&str> = policy
        .ruleset
        .rules()
        .iter()
        .map(|rule| rule.name.as_str())
        .collect();
    counters.rules(policy.generation, names.into_iter())
}

impl Sink for Inspector {
    type Shape = Rc<Plan>;
    type Facts = Rc<Statement>;
    type Copy = CopyPlan;

    fn inspects(&self) -> bool {
        !self.rules().is_empty()
    }

    fn generation(&mut self) -> u64 {
        if self.source.generation() != self.policy.generation {
            self.policy = self.source.get();
            self.rule_counters = rule_counters(&self.counters, &self.policy);
            let identities = &mut self.scratch.borrow_mut().identities;
            self.guard.take_policy(&self.policy, identities);
        }
        self.policy.generation
    }

    fn unknown(&self) -> Rc<Statement> {
        Rc::clone(&self.unread)
    }

    fn judges(&self) -> bool {
        self.policy.access.is_some()
    }

    fn execution(&mut self, facts: &Rc<Statement>) -> Result<Verdict, Lookup> {
        let outcome = self.judge(facts)?;
        Ok(self.verdict(outcome.as_deref()))
    }

    fn statement(&mut self, text: &[u8]) -> Result<(Rc<Statement>, Verdict), Lookup> {
        let statement = self.read(text);
        let outcome = self.judge(&statement)?;
        let verdict = self.verdict(outcome.as_deref());
        if verdict != Verdict::Allow {
            return Ok((statement, verdict)); // the session says what was refused
        }
        self.counters.commands.add(1);
        self.note_code(&statement);
        self.note_touched(&statement);
        let event = Event::Command {
            kind: statement
                .facts()
                .map_or_else(|| keyword(text), |facts| facts.kind),
            statement_len: text.len(),
            fingerprint: None,
        };
        self.current = Rc::clone(&statement);
        let verdict = match self.events.offer(event) {
            Ok(()) => Verdict::Allow,
            Err(lost) => {
                self.counters.events_lost.add(1);
                Verdict::Deny(Denial::new(b"53000", lost.to_string()))
            }
        };
        Ok((statement, verdict))
    }

    fn function_call(&mut self, _function_oid: u32) -> Verdict {
        if self.judges() {
            self.refused_by = Some("function-call".into());
            return Verdict::Deny(Denial {
                hint: Some("call it in a statement: SELECT name(...)".into()),
                ..Denial::new(
                    b"42501",
                    "function calls by number are not judged by any policy",
                )
            });
        }
        self.current = Rc::clone(&self.unread);
        self.note_code(&self.unread.clone());
        self.note_touched(&self.unread.clone());
        let event = Event::Command {
            kind: "function call",
            statement_len: 0,
            fingerprint: None,
        };
        match self.events.offer(event) {
            Ok(()) => Verdict::Allow,
            Err(lost) => Verdict::Deny(Denial::new(b"53000", lost.to_string())),
        }
    }

    fn columns(
        &mut self,
        facts: &Rc<Statement>,
        columns: &[Column<'_>],
    ) -> Result<Treatment<Rc<Plan>>, Lookup> {
        self.patiently(|inspector| inspector.shape(facts, columns))
    }

    fn known(&mut self, facts: &Rc<Statement>, body: &[u8]) -> Option<Treatment<Rc<Plan>>> {
        self.known_answer(facts, body)
    }

    fn described(
        &mut self,
        facts: &Rc<Statement>,
        body: &[u8],
        columns: &[Column<'_>],
        treatment: &Treatment<Rc<Plan>>,
    ) {
        self.keep_answer(facts, body, columns, treatment);
    }

    fn rows(&mut self, shape: &Rc<Plan>, batch: &mut RowBatch<'_>) -> Result<(), Refused> {
        self.mask_rows(shape, batch)
    }

    fn part(&mut self, shape: &Rc<Plan>, column: usize, part: Part<'_>) -> Result<usize, Denial> {
        self.mask_part(shape, column, part)
    }

    fn copy_out(
        &mut self,
        facts: &Rc<Statement>,
        nth: usize,
        format: Format,
        columns: usize,
    ) -> Result<Treatment<CopyPlan>, Lookup> {
        self.patiently(|inspector| inspector.plan_copy(facts, nth, format, columns))
    }

    fn copy_data(&mut self, copy: &mut CopyPlan, batch: &mut CopyBatch<'_>) -> Result<(), Refused> {
        self.mask_copy(copy, batch)
    }

    fn copy_part(&mut self, copy: &mut CopyPlan, part: Part<'_>) -> Result<usize, Denial> {
        self.mask_copy_part(copy, part)
    }

    fn text(
        &mut self,
        site: TextSite,
        facts: Option<&Rc<Statement>>,
        value: &[u8],
        out: &mut Vec<u8>,
    ) -> TextEdit {
        self.sanitise(site, facts, value, out)
    }

    fn parameter(&mut self, name: &[u8], value: &[u8]) {
        self.settings.apply(name, value);
        if name == b"standard_conforming_strings" {
            self.standard_strings = value == b"on";
        }
    }

    fn completed(&mut self, facts: Option<&Rc<Statement>>, tag: &[u8]) {
        self.result_ended();
        let mut catalog = self.catalog.borrow_mut();
        if tag.starts_with(b"COMMIT") || tag.starts_with(b"ROLLBACK") || tag.starts_with(b"PREPARE")
        {
            catalog.commit_seen();
        } else if changes_catalog(tag)
            || (self.policy.ruleset.reads_statements()
                && facts.is_none_or(|facts| facts.runs_unknown_code(&catalog)))
        {
            catalog.ddl_seen();
            self.changed_catalog = true;
            // A schema, say, can take another name without naming its tables.
            self.touched |= self.policy.ruleset.has_column_rules() && !names_what_it_changes(tag);
        }
    }

    fn ready(&mut self, status: u8) {
        if status == b'I' && self.changed_catalog {
            self.changed_catalog = false;
            self.catalog.borrow_mut().ddl_seen(); // what was changed is visible now
        }
    }

    fn refused(&mut self, denial: &Denial) {
        let sqlstate = Sqlstate::new(denial.sqlstate);
        self.counters.refused(sqlstate);
        if self
            .events
            .offer(Event::Refused {
                sqlstate,
                reason: None,
                policy: self.refused_by.take(),
            })
            .is_err()
        {
            self.counters.events_lost.add(1);
        }
    }
}

impl Inspector {
    /// What the policies say of a statement; nothing if there are none.
    fn judge(&mut self, statement: &Statement) -> Result<Option<Rc<Outcome>>, Lookup> {
        let Some(policies) = self.policy.access.clone() else {
            return Ok(None);
        };
        let shared = Rc::clone(&self.catalog);
        let catalog = &mut *shared.borrow_mut();
        if catalog.take_failure() {
            self.judging_since = None;
            return Ok(Some(Rc::new(Outcome::failed(text::catalog_failed()))));
        }
        let since = self.judging_since.take();
        catalog.waiting(since);
        let generation = self.policy.generation;
        let rules = &self.policy.ruleset;
        let outcome = self
            .guard
            .judge(&policies, generation, statement, catalog, rules);
        catalog.waiting(None);
        if outcome.is_err() {
            self.judging_since = Some(since.unwrap_or_else(|| catalog.now()));
        }
        outcome.map(Some)
    }

    /// The answer to a command that was judged, with what has to be written down.
    fn verdict(&mut self, outcome: Option<&Outcome>) -> Verdict {
        let Some(outcome) = outcome else {
            return Verdict::Allow;
        };
        if let Some(shadow) = &outcome.shadow {
            let event = Event::PolicyShadow {
                policy: Arc::clone(&shadow.rule),
                held: shadow.held,
            };
            if self.events.offer(event).is_err() {
                self.counters.events_lost.add(1);
            }
        }
        match &outcome.denial {
            Some(denial) => {
                self.refused_by.clone_from(&outcome.rule);
                Verdict::Deny(denial.clone())
            }
            None => Verdict::Allow,
        }
    }

    /// Plans something with the catalog. If that has to wait, what is read from now on will do.
    fn patiently<T>(
        &mut self,
        plan: impl FnOnce(&mut Self) -> Result<T, Lookup>,
    ) -> Result<T, Lookup> {
        let since = self.waiting_since.take();
        self.waited = since.is_some();
        self.catalog.borrow_mut().waiting(since);
        let planned = plan(self);
        let mut catalog = self.catalog.borrow_mut();
        catalog.waiting(None);
        if planned.is_err() {
            self.waiting_since = Some(since.unwrap_or_else(|| catalog.now()));
        }
        drop(catalog);
        planned
    }

    /// Reads a statement as far as the rules need it: all of it for column rules, copies for any rule.
    fn read(&mut self, text: &[u8]) -> Rc<Statement> {
        let rules = self.rules();
        let needed =
            self.judges() || rules.reads_statements() || (!rules.is_empty() && mentions_copy(text));
        if !needed {
            return Rc::clone(&self.unread);
        }
        if !self.standard_strings || !(self.settings.client_encoding_is_utf8 || text.is_ascii()) {
            return Rc::new(Statement::read(text, false));
        }
        self.scratch.borrow_mut().statements.read(text)
    }
}

/// Does a command with this tag change what the catalog says?
fn changes_catalog(tag: &[u8]) -> bool {
    let verbs: [&[u8]; 12] = [
        b"CREATE",
        b"ALTER",
        b"DROP",
        b"SELECT INTO",
        b"IMPORT",
        b"REFRESH",
        b"DO",
        b"CALL",
        b"DISCARD",
        b"REASSIGN",
        b"SECURITY LABEL",
        b"COMMENT",
    ];
    verbs.iter().any(|verb| tag.starts_with(verb))
}

/// Can a command with this tag give a relation another name only by naming it?
fn names_what_it_changes(tag: &[u8]) -> bool {
    let tags: [&[u8]; 14] = [
        b"CREATE TABLE",
        b"CREATE INDEX",
        b"CREATE VIEW",
        b"CREATE SEQUENCE",
        b"CREATE TYPE",
        b"CREATE FUNCTION",
        b"CREATE SCHEMA",
        b"ALTER TABLE",
        b"ALTER VIEW",
        b"ALTER INDEX",
        b"DROP TABLE",
        b"DROP VIEW",
        b"COMMENT",
        b"SECURITY LABEL",
    ];
    tags.contains(&tag)
}

/// Could the text hold a COPY? Escapes cannot hide a keyword.
fn mentions_copy(text: &[u8]) -> bool {
    text.windows(4)
        .any(|word| word.eq_ignore_ascii_case(b"copy"))
}

/// The kind of a statement that was not parsed, by its first word.
fn keyword(text: &[u8]) -> &'static str {
    const KNOWN: [&str; 16] = [
        "select", "insert", "update", "delete", "merge", "with", "begin", "commit", "rollback",
        "set", "show", "copy", "create", "alter", "drop", "end",
    ];
    let word = text.trim_ascii_start();
    KNOWN
        .into_iter()
        .find(|known| {
            word.get(..known.len())
                .is_some_and(|w| w.eq_ignore_ascii_case(known.as_bytes()))
                && !word.get(known.len()).is_some_and(u8::is_ascii_alphanumeric)
        })
        .unwrap_or("other")
}
