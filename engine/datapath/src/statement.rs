//! What a statement may reach: does it touch a table with protected columns?
//!
//! Until SQL lineage exists, a value without an origin is masked whole unless the statement that
//! computes it provably touches no protected table. Everything that is not understood counts as
//! touching: text that does not parse, functions and operators that PostgreSQL does not bring along,
//! DO and CALL, cursors and prepared statements of a session that touched a protected table before.

use crate::catalog::Catalog;
use crate::guard::{Outcome, Under};
use crate::lineage;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use wiremask_protocols::session::Lookup;
use wiremask_protocols::sql::lineage::Lineage;
use wiremask_protocols::sql::{self, Name, Unparsed};
use wiremask_rules::{Ruleset, TableName};

/// Tables that hold samples of every column: `pg_statistic` and `pg_statistic_ext_data`.
const STATISTICS: [u32; 2] = [2619, 3429];
/// Texts up to this size are kept, to tell what of an error the client knows already, bytes.
const TEXT_KEPT_MAX: usize = 16 * 1024;

/// What is remembered of a statement.
#[derive(Debug)]
pub struct Statement {
    facts: Result<sql::Facts, Unparsed>,
    /// The text, if it is short enough.
    text: Option<Box<[u8]>>,
    /// (catalog version, policy generation) for which `touches` was decided.
    decided: Cell<Option<(u64, u64, bool)>>,
    /// Where the columns of its result come from, and the version of the catalog that says so.
    lineage: RefCell<Option<(u64, Option<Rc<Lineage>>)>>,
    /// What the policies said of it, for few identities: mostly one runs the same texts again and again.
    outcomes: RefCell<Vec<(Under, Rc<Outcome>)>>,
}

/// Verdicts that are kept for a statement.
const OUTCOMES_MAX: usize = 4;

impl Statement {
    /// Reads a statement text.
    ///
    /// `standard` says that `standard_conforming_strings` is on: otherwise the server reads another
    /// text than the grammar here, and the statement counts as not understood.
    #[must_use]
    pub fn read(text: &[u8], standard: bool) -> Self {
        let readable = std::str::from_utf8(text).ok().filter(|_| standard);
        let kept = text.len() <= TEXT_KEPT_MAX;
        Self {
            facts: readable.map_or(Err(Unparsed), sql::facts),
            text: kept.then(|| text.into()),
            lineage: RefCell::default(),
            decided: Cell::new(None),
            outcomes: RefCell::default(),
        }
    }

    /// A statement that nobody has read.
    #[must_use]
    pub fn unread() -> Self {
        Self {
            facts: Err(Unparsed),
            text: None,
            lineage: RefCell::default(),
            decided: Cell::new(None),
            outcomes: RefCell::default(),
        }
    }

    /// The facts, if it was understood.
    #[must_use]
    pub fn facts(&self) -> Option<&sql::Facts> {
        self.facts.as_ref().ok()
    }

    /// What the policies said of it before, under the same conditions.
    #[must_use]
    pub fn outcome(&self, under: Under) -> Option<Rc<Outcome>> {
        let outcomes = self.outcomes.borrow();
        let (_, outcome) = outcomes.iter().find(|(known, _)| *known == under)?;
        Some(Rc::clone(outcome))
    }

    /// Remembers what the policies said of it.
    pub fn keep_outcome(&self, under: Under, outcome: Rc<Outcome>) {
        let mut outcomes = self.outcomes.borrow_mut();
        if outcomes.len() >= OUTCOMES_MAX {
            outcomes.remove(0);
        }
        outcomes.push((under, outcome));
    }

    /// Does the statement's own text contain these bytes, whatever their case? Then the client knows
    /// them already.
    #[must_use]
    pub fn says(&self, bytes: &[u8]) -> bool {
        let lower = bytes.to_ascii_lowercase();
        self.text
            .as_ref()
            .is_some_and(|text| memchr::memmem::find(&text.to_ascii_lowercase(), &lower).is_some())
    }

    /// Could it change what the catalog says, in ways that its command tag does not tell?
    #[must_use]
    pub fn runs_unknown_code(&self, catalog: &Catalog) -> bool {
        self.facts().is_none_or(|facts| {
            facts.runs_code || !facts.functions.iter().all(|f| catalog.is_plain_function(f))
        })
    }

    /// Does it call only functions of PostgreSQL's own, so that its errors are the server's words?
    #[must_use]
    pub fn is_plain(&self, catalog: &Catalog) -> bool {
        self.facts().is_some_and(|facts| {
            !facts.runs_code
                && !facts.reads_opened
                && facts.functions.iter().all(|f| catalog.is_plain_function(f))
                && facts.operators.iter().all(|o| catalog.is_plain_operator(o))
        })
    }

    /// May a value that it computes come from a protected column? `touched`: has the session run such
    /// a statement before?
    pub fn touches(&self, catalog: &Catalog, guarded: &Guarded, touched: bool) -> bool {
        let Some(facts) = self.facts() else {
            return true;
        };
        if touched && facts.reads_opened {
            return true;
        }
        let key = (guarded.catalog_version, guarded.generation);
        match self.decided.get() {
            Some((version, generation, touches)) if (version, generation) == key => {
                touches || (touched && self.names_unknown_relation(facts, catalog))
            }
            _ => {
                let touches = Self::decide(facts, catalog, guarded);
                self.decided.set(Some((key.0, key.1, touches)));
                touches || (touched && self.names_unknown_relation(facts, catalog))
            }
        }
    }

    fn decide(facts: &sql::Facts, catalog: &Catalog, guarded: &Guarded) -> bool {
        facts.runs_code
            || facts
                .relations
                .iter()
                .any(|name| catalog.named(name).any(|oid| guarded.has(oid)))
            || !facts.functions.iter().all(|f| catalog.is_plain_function(f))
            || !facts.operators.iter().all(|o| catalog.is_plain_operator(o))
    }

    /// May a function of it make rows, as many as a value says? Then numbers of rows tell values.
    #[must_use]
    pub fn may_make_rows(&self, catalog: &Catalog) -> bool {
        let Some(facts) = self.facts() else {
            return true;
        };
        let calls = facts.statements.iter().flat_map(|inner| &inner.functions);
        let one =
            |call: &sql::Call| call.used != sql::Used::Table && catalog.makes_no_rows(&call.name);
        // `t.f` is a call of `f` where `t` has no column of that name.
        let attributes = facts.statements.iter().flat_map(|inner| &inner.attributes);
        let named = |name: &String| catalog.may_make_rows_of_row(name);
        !{ calls }.all(one)
            || { attributes }.any(named)
            || self.says(b"xmltable")
            || self.says(b"json_table")
    }

    /// Where the columns of its result come from; nothing if that is not understood.
    ///
    /// # Errors
    /// [`Lookup`] when the catalog has to be read first.
    pub fn lineage(&self, catalog: &mut Catalog) -> Result<Option<Rc<Lineage>>, Lookup> {
        let (Some(text), Some(_)) = (&self.text, self.facts()) else {
            return Ok(None);
        };
        let Ok(text) = std::str::from_utf8(text) else {
            return Ok(None);
        };
        if let Some((version, lineage)) = &*self.lineage.borrow()
            && *version == catalog.version()
        {
            return Ok(lineage.clone());
        }
        let lineage = lineage::trace(text, catalog)?;
        *self.lineage.borrow_mut() = Some((catalog.version(), lineage.clone()));
        Ok(lineage)
    }

    /// A relation that the catalog does not have was made by the session itself, in a transaction
    /// that is still open.
    fn names_unknown_relation(&self, facts: &sql::Facts, catalog: &Catalog) -> bool {
        facts.relations.iter().any(|name| {
            let is_cte = name.schema.is_none() && facts.ctes.contains(&name.name);
            !is_cte && catalog.named(name).next().is_none()
        })
    }

    /// Does it name any relation? What is not understood may. A WITH query counts as one: inside it its
    /// own name may mean a table.
    #[must_use]
    pub fn names_relations(&self) -> bool {
        self.facts().is_none_or(|facts| !facts.relations.is_empty())
    }
}

/// Which relations have protected columns, or show those of others.
#[derive(Debug)]
pub struct Guarded {
    catalog_version: u64,
    generation: u64,
    oids: HashSet<u32>,
}

impl Guarded {
    /// Works it out for a whole database. The catalog has its global part.
    #[must_use]
    pub fn new(catalog: &Catalog, rules: &Ruleset, generation: u64, database: &str) -> Self {
        let mut named: HashSet<u32> = STATISTICS.into();
        let all: Vec<(u32, bool)> = catalog
            .all_relations()
            .map(|(schema, table, _, oid)| {
                let table = TableName {
                    database,
                    schema,
                    table,
                    may_hold_json: catalog.may_hold_json(oid),
                    tags: &catalog.tags_of(oid),
                };
                (oid, rules.table_has_rule(&table))
            })
            .collect();
        named.extend(
            all.iter()
                .filter(|(_, has_rule)| *has_rule)
                .map(|(oid, _)| *oid),
        );
        named.extend(catalog.remembered_relations(generation));
        let inherits = |oid: u32| {
            catalog
                .with_parents(oid)
                .iter()
                .any(|oid| named.contains(oid))
        };
        let tables: HashSet<u32> = all
            .iter()
            .map(|(oid, _)| *oid)
            .chain(STATISTICS)
            .filter(|oid| inherits(*oid))
            .collect();
        let shows = |oid: u32| match catalog.reads(oid) {
            Some(reads) => reads.iter().any(|oid| tables.contains(oid)),
            None => true,
        };
        let oids = all
            .iter()
            .map(|(oid, _)| *oid)
            .chain(STATISTICS)
            .filter(|oid| shows(*oid))
            .collect();
        Self {
            catalog_version: catalog.version(),
            generation,
            oids,
        }
    }

    /// Is it still what the catalog and the policy say?
    #[must_use]
    pub fn is_current(&self, catalog: &Catalog, generation: u64) -> bool {
        self.catalog_version == catalog.version() && self.generation == generation
    }

    /// Has the relation protected columns, or does it show those of others?
    #[must_use]
    pub fn has(&self, oid: u32) -> bool {
        self.oids.contains(&oid)
    }
}

/// Statements by text, shared by the sessions of a shard.
#[derive(Debug, Default)]
pub struct StatementCache {
    by_text: std::collections::HashMap<Box<[u8]>, Rc<Statement>>,
}

/// Entries of the cache; then it starts anew.
const CACHED_MAX: usize = 1024;
/// Texts up to this size are cached, bytes.
const CACHED_TEXT_MAX: usize = 4 * 1024;

impl StatementCache {
    /// The statement of a text, as read with standard strings.
    pub fn read(&mut self, text: &[u8]) -> Rc<Statement> {
        if let Some(known) = self.by_text.get(text) {
            return Rc::clone(known);
        }
        let statement = Rc::new(Statement::read(text, true));
        if text.len() <= CACHED_TEXT_MAX {
            if self.by_text.len() >= CACHED_MAX {
                self.by_text.clear();
            }
            self.by_text.insert(text.into(), Rc::clone(&statement));
        }
        statement
    }
}

/// The relation that a copy names, if it can be only one.
#[must_use]
pub fn only_relation(catalog: &Catalog, name: &Name) -> Option<u32> {
    let mut found = catalog.named(name);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}
