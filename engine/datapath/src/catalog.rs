//! What the gateway knows about a database: types, relations, and what depends on what.
//!
//! Sans-io: the catalog says which SQL it wants run on the gateway's own connection
//! ([`Catalog::query`]) and is given the rows ([`Catalog::answer`]). One per shard, upstream and
//! database. Types and relations are read one by one, when a session meets an OID that is not known;
//! what column rules need of the whole database (names, views, functions) is read together and again
//! after DDL.
//!
//! Nothing is ever assumed about an OID that was asked for and not found: it is *unknown*, and whoever
//! asks masks. It is asked again after the next DDL or commit.
//!
//! Every fact carries the number of the reading that it comes from. DDL makes earlier readings old,
//! except for who has been waiting since before them: other sessions that change the database all the
//! time must not keep one from ever getting its answer.

use crate::functions::{gives_one_value, leaves_all_as_it_is, reads_beyond_arguments};
use crate::learning::Learning;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::rc::Rc;
use wiremask_protocols::postgres::value::{Type, TypeResolver, builtin};
use wiremask_protocols::sql::Name;
use wiremask_protocols::sql::lineage::FunctionKind;
use wiremask_rules::{LeafRules, RuleId, tags_of_comment, tags_of_label};

/// OIDs below this belong to the system and do not change.
const FIRST_NORMAL_OID: u32 = 16_384;
/// Types nest at most this deep while they are resolved.
const RESOLVE_DEPTH_MAX: usize = 32;

/// The state of a catalog, as far as plans stand on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    version: u64,
    committed_at: u64,
    learned: u64,
}

/// A row of an answer: text values, `None` for NULL.
pub type Row = Vec<Option<Vec<u8>>>;

/// What is known about an OID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known<T> {
    /// It exists.
    Yes(T),
    /// It was looked for and not found: it was made by a transaction that is still open.
    No,
    /// It was not looked for yet: ask for a lookup.
    NotYet,
}

/// A relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its schema.
    pub schema: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// `pg_class.relkind`.
    pub kind: u8,
    /// Its columns by attribute number.
    pub columns: BTreeMap<i16, RelationColumn>,
}

/// A column of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationColumn {
    /// Its name.
    pub name: Box<str>,
    /// OID of its type.
    pub type_oid: u32,
    /// Type modifier, -1 for none.
    pub type_modifier: i32,
    /// Is it computed from others? Then a copy of the table leaves it out.
    pub generated: bool,
}

impl Relation {
    /// Does a query on it read other relations?
    #[must_use]
    pub fn is_view(&self) -> bool {
        matches!(self.kind, b'v' | b'm')
    }
}

#[derive(Clone, Debug)]
struct TypeRow {
    name: Box<str>,
    kind: u8,
    element: u32,
    relation: u32,
    base: u32,
    delimiter: u8,
    subtype: u32,
    category: u8,
}

/// A column's name, and the tags of its comment and its security labels.
type Tagged = (Option<Box<str>>, Vec<Box<str>>);

/// Schema, kind and OID of a relation with some name.
type Named = (Box<str>, u8, u32);

/// What column rules need of the whole database.
#[derive(Debug, Default)]
struct Global {
    /// (schema, kind, oid) of every relation, by name.
    by_name: HashMap<Box<str>, Vec<Named>>,
    /// (schema, name) by oid.
    by_oid: HashMap<u32, (Box<str>, Box<str>)>,
    parents: HashMap<u32, Vec<u32>>,
    view_reads: HashMap<u32, Vec<u32>>,
    view_calls: HashSet<u32>,
    functions: HashMap<Box<str>, Functions>,
    own_operators: HashSet<Box<str>>,
    /// Types to which a value is cast by a function that does not come with PostgreSQL.
    own_casts: HashSet<Box<str>>,
    column_names: Rc<ColumnNames>,
    /// Tags of relations and of their columns, by the column's name; those of the relation have none.
    tags: HashMap<u32, Vec<Tagged>>,
    /// Relations with columns that may hold JSON documents.
    with_json: HashSet<u32>,
}

/// All functions of a name.
#[derive(Clone, Copy, Debug)]
struct Functions {
    /// Do all of them come with PostgreSQL, or compute only?
    plain: bool,
    /// Is one of them volatile?
    volatile: bool,
    /// Are all of them aggregates?
    aggregate: bool,
    /// May one of them return rows with columns?
    rows: bool,
}

/// Names of columns, of the relations that a database had at some moment.
#[derive(Debug, Default)]
pub struct ColumnNames(HashSet<Box<str>>);

impl ColumnNames {
    /// Is it one of them?
    #[must_use]
    pub fn has(&self, name: &[u8]) -> bool {
        std::str::from_utf8(name).is_ok_and(|name| self.0.contains(name))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Query {
    Types,
    Labels,
    Fields,
    Relations,
    Columns,
    Names,
    Tags,
    WithJson,
    Parents,
    ViewReads,
    ViewCalls,
    Functions,
    Casts,
    ColumnNames,
    Operators,
}

/// A fact, and the number of the reading that it comes from.
#[derive(Debug)]
struct Read<T> {
    at: u64,
    fact: T,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Catalog {
    types: HashMap<u32, Read<TypeRow>>,
    labels: HashMap<u32, Vec<Box<[u8]>>>,
    fields: HashMap<u32, Vec<u32>>,
    relations: HashMap<u32, Read<Relation>>,
    global: Option<Read<Global>>,
    absent_types: HashMap<u32, u64>,
    absent_relations: HashMap<u32, u64>,
    /// Columns that a rule protected once, with the policy generation of that rule.
    remembered: HashMap<(u32, i16), (u64, RuleId)>,
    /// Columns with rules for places in their documents, likewise.
    remembered_places: HashMap<(u32, i16), (u64, Rc<LeafRules>)>,
    /// Moves with every change; caches of decisions hold it.
    version: u64,
    /// What the columns of relations have shown.
    pub learning: Learning,
    /// Moves with everything learned.
    learned: u64,
    /// Counts readings and changes.
    clock: u64,
    /// When the database was changed last, and when a transaction committed last.
    changed_at: u64,
    committed_at: u64,
    /// Since when the session that asks now has been waiting.
    waiting_since: Option<u64>,

    wanted_types: Vec<u32>,
    wanted_relations: Vec<u32>,
    wanted_global: bool,
    failed: bool,

    steps: Vec<Query>,
    reading: u64,
    asked_types: Vec<u32>,
    asked_relations: Vec<u32>,
    building: Global,
}

/// Joins a function `p` with its schema, its language and the extension that brought it.
const OWNER_OF_FUNCTION: &str = "JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
     JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
     LEFT JOIN pg_catalog.pg_depend d ON d.objid = p.oid AND d.deptype = 'e' \
     AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass \
     AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass \
     LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid";

/// PostgreSQL's own functions, and compiled ones of extensions that only compute.
const IS_PLAIN: &str = "n.nspname = 'pg_catalog' OR (n.nspname = 'information_schema' AND p.oid < 16384) \
     OR (l.lanname = 'c' AND e.extname IS NOT NULL AND e.extname IN \
     ('btree_gin', 'btree_gist', 'citext', 'cube', 'earthdistance', 'fuzzystrmatch', 'hstore', 'intarray', \
     'isn', 'ltree', 'pg_trgm', 'pgcrypto', 'postgis', 'seg', 'unaccent', 'uuid-ossp', 'vector'))";

impl Catalog {
    /// An empty catalog.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves whenever something that was decided with the catalog may have changed.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Moves whenever any answer of [`Catalog::type_of`] and [`Catalog::relation`], or what was learned,
    /// may have changed.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment {
            version: self.version,
            committed_at: self.committed_at,
            learned: self.learned,
        }
    }

    /// Something was learned of a column.
    pub fn learned(&mut self) {
        self.learned += 1;
    }

    /// Did the last lookup fail? Does not forget it.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Does somebody wait for a lookup?
    #[must_use]
    pub fn wanted(&self) -> bool {
        !self.wanted_types.is_empty() || !self.wanted_relations.is_empty() || self.wanted_global
    }

    /// The moment, for [`Catalog::waiting`].
    #[must_use]
    pub fn now(&self) -> u64 {
        self.clock
    }

    /// Whoever asks next has been waiting since then: what was read later is good enough for it.
    pub fn waiting(&mut self, since: Option<u64>) {
        self.waiting_since = since;
    }

    fn is_fresh(&self, read_at: u64) -> bool {
        read_at >= self.changed_at || self.waiting_since.is_some_and(|since| read_at > since)
    }

    fn is_absent(&self, absent: &HashMap<u32, u64>, oid: u32) -> bool {
        absent.get(&oid).is_some_and(|at| {
            (self.is_fresh(*at) && *at >= self.committed_at)
                || self.waiting_since.is_some_and(|since| *at > since)
        })
    }

    fn global(&self) -> Option<&Global> {
        self.global.as_ref().map(|read| &read.fact)
    }

    /// Number of relations that are known by name, for events.
    #[must_use]
    pub fn relation_count(&self) -> usize {
        self.global().map_or(self.relations.len(), |g| {
            g.by_name.values().map(Vec::len).sum()
        })
    }

    /// Did the last lookup fail? Then nothing that needed it may pass. Asked once: the next command
    /// tries again.
    #[must_use]
    pub fn take_failure(&mut self) -> bool {
        std::mem::take(&mut self.failed)
    }

    /// The next SQL to run (simple protocol, text results), or `None` if nothing is wanted any more.
    pub fn query(&mut self) -> Option<String> {
        if self.steps.is_empty() {
            self.plan_steps();
        }
        self.steps.last().map(|step| self.sql(*step))
    }

    /// The rows of the last [`Catalog::query`].
    pub fn answer(&mut self, rows: &[Row]) {
        let Some(step) = self.steps.pop() else { return };
        for row in rows {
            self.take(step, row);
        }
        match step {
            Query::Fields => {
                let asked = std::mem::take(&mut self.asked_types);
                for oid in &asked {
                    self.want_new_references(*oid);
                }
                for oid in asked {
                    if self
                        .types
                        .get(&oid)
                        .is_none_or(|read| read.at < self.reading)
                    {
                        self.types.remove(&oid);
                        self.absent_types.insert(oid, self.reading);
                    }
                }
                self.version += 1;
            }
            Query::Columns => {
                for oid in std::mem::take(&mut self.asked_relations) {
                    if self
                        .relations
                        .get(&oid)
                        .is_none_or(|read| read.at < self.reading)
                    {
                        self.relations.remove(&oid);
                        self.absent_relations.insert(oid, self.reading);
                    }
                }
                self.version += 1;
            }
            Query::ColumnNames => {
                let names = rows.iter().filter_map(|row| row.first()?.as_deref());
                let names = names.filter_map(|name| std::str::from_utf8(name).ok());
                self.building.column_names = Rc::new(ColumnNames(names.map(Into::into).collect()));
            }
            Query::Operators => {
                let fact = std::mem::take(&mut self.building);
                self.global = Some(Read {
                    at: self.reading,
                    fact,
                });
                self.version += 1;
            }
            _ => {}
        }
        self.failed = false;
    }

    /// The lookup could not be done. Everything asked for stays unknown.
    pub fn failed(&mut self) {
        self.steps.clear();
        self.asked_types.clear();
        self.asked_relations.clear();
        self.wanted_types.clear();
        self.wanted_relations.clear();
        self.wanted_global = false;
        self.building = Global::default();
        self.failed = true;
    }

    /// Some session changed the database: what is known is read again when it is needed next.
    pub fn ddl_seen(&mut self) {
        self.clock += 1;
        self.changed_at = self.clock;
        self.version += 1;
    }

    /// A transaction committed: what was not visible may be now.
    pub fn commit_seen(&mut self) {
        if !self.absent_types.is_empty() || !self.absent_relations.is_empty() {
            self.clock += 1;
            self.committed_at = self.clock;
        }
    }

    /// A type with its name. Asks for a lookup if it is not known.
    pub fn type_of(&mut self, oid: u32) -> Known<(Type, Box<str>)> {
        if let Some(ty) = builtin(oid) {
            return Known::Yes((ty, builtin_name(oid).into()));
        }
        if oid < FIRST_NORMAL_OID || self.is_absent(&self.absent_types, oid) {
            return Known::No;
        }
        if self.has_unread_reference(oid, 0) {
            self.want_unread(oid, 0);
            return Known::NotYet;
        }
        let name = self.types[&oid].fact.name.clone();
        Known::Yes((self.resolve(oid, 0), name))
    }

    /// A relation by OID. Asks for a lookup if it is not known.
    pub fn relation(&mut self, oid: u32) -> Known<&Relation> {
        if self.is_absent(&self.absent_relations, oid) {
            return Known::No;
        }
        if self
            .relations
            .get(&oid)
            .is_some_and(|read| self.is_fresh(read.at))
        {
            return Known::Yes(&self.relations[&oid].fact);
        }
        if !self.wanted_relations.contains(&oid) {
            self.wanted_relations.push(oid);
        }
        Known::NotYet
    }

    /// The names that columns had when the database was read last; none before.
    #[must_use]
    pub fn column_names(&self) -> Rc<ColumnNames> {
        self.global()
            .map_or_else(Rc::default, |g| Rc::clone(&g.column_names))
    }

    /// Reads again a relation of which a column was not known: it was added since.
    pub fn forget_relation(&mut self, oid: u32) {
        self.relations.remove(&oid);
        self.version += 1;
    }

    /// Asks for what column rules need, if it was never read.
    pub fn want_global_once(&mut self) {
        self.wanted_global |= self.global.is_none();
    }

    /// Is what column rules need there, and fresh? Asks for it if not.
    pub fn has_global(&mut self) -> bool {
        let fresh = self
            .global
            .as_ref()
            .is_some_and(|read| self.is_fresh(read.at));
        self.wanted_global |= !fresh;
        fresh
    }

    /// OIDs of the relations that a name may mean: of every schema if it names none.
    pub fn named(&self, name: &Name) -> impl Iterator<Item = u32> {
        let all = self
            .global()
            .and_then(|g| g.by_name.get(name.name.as_str()));
        all.into_iter()
            .flatten()
            .filter(|(schema, _, _)| name.schema.as_deref().is_none_or(|s| s == &**schema))
            .map(|(_, _, oid)| *oid)
    }

    /// Schema and name of a relation, from the global part.
    #[must_use]
    pub fn name_of(&self, oid: u32) -> Option<(&str, &str)> {
        self.global()?
            .by_oid
            .get(&oid)
            .map(|(schema, name)| (&**schema, &**name))
    }

    /// Tags of a relation and of any of its columns, from the global part.
    #[must_use]
    pub fn tags_of(&self, oid: u32) -> Vec<Box<str>> {
        self.tags(oid, |_| true)
    }

    /// Tags of a relation itself, from the global part.
    #[must_use]
    pub fn tags_of_table(&self, oid: u32) -> Vec<Box<str>> {
        self.tags(oid, |_| false)
    }

    /// Tags of a column and of its relation, from the global part.
    #[must_use]
    pub fn tags_of_column(&self, oid: u32, name: &str) -> Vec<Box<str>> {
        self.tags(oid, |column| column == name)
    }

    fn tags(&self, oid: u32, of: impl Fn(&str) -> bool) -> Vec<Box<str>> {
        let all = self.global().and_then(|g| g.tags.get(&oid));
        let wanted = |column: &Option<Box<str>>| column.as_deref().is_none_or(&of);
        let tagged = all.into_iter().flatten();
        let tagged = tagged.filter(|(column, _)| wanted(column));
        tagged.flat_map(|(_, tags)| tags).cloned().collect()
    }

    /// Has a relation a column that may hold JSON documents? From the global part.
    #[must_use]
    pub fn may_hold_json(&self, oid: u32) -> bool {
        self.global().is_none_or(|g| g.with_json.contains(&oid))
    }

    /// Notes that a rule protects a column, so that renaming it does not take the rule away.
    pub fn remember(&mut self, oid: u32, attribute: i16, generation: u64, rule: RuleId) {
        self.remembered.insert((oid, attribute), (generation, rule));
    }

    /// The rule that protected this column before, under the same policy.
    #[must_use]
    pub fn remembered(&self, oid: u32, attribute: i16, generation: u64) -> Option<RuleId> {
        let (known, rule) = self.remembered.get(&(oid, attribute))?;
        (*known == generation).then_some(*rule)
    }

    /// Notes the rules for places in the documents of a column, so that renaming it does not take them away.
    pub fn remember_places(
        &mut self,
        oid: u32,
        attribute: i16,
        generation: u64,
        places: Rc<LeafRules>,
    ) {
        let column = (oid, attribute);
        self.remembered_places.insert(column, (generation, places));
    }

    /// The rules for places in the documents of this column before, under the same policy.
    #[must_use]
    pub fn remembered_places(
        &self,
        oid: u32,
        attribute: i16,
        generation: u64,
    ) -> Option<Rc<LeafRules>> {
        let (known, places) = self.remembered_places.get(&(oid, attribute))?;
        (*known == generation).then(|| Rc::clone(places))
    }

    /// Relations with remembered columns under this policy.
    pub fn remembered_relations(&self, generation: u64) -> impl Iterator<Item = u32> {
        let columns = self.remembered.iter();
        let columns = columns.map(|((oid, _), (known, _))| (*oid, *known));
        let places = self.remembered_places.iter();
        let places = places.map(|((oid, _), (known, _))| (*oid, *known));
        let current = columns.chain(places);
        current
            .filter(move |(_, known)| *known == generation)
            .map(|(oid, _)| oid)
    }

    /// Every relation: schema, name, kind and OID.
    pub fn all_relations(&self) -> impl Iterator<Item = (&str, &str, u8, u32)> {
        self.global()
            .into_iter()
            .flat_map(|g| &g.by_name)
            .flat_map(|(name, entries)| {
                entries
                    .iter()
                    .map(move |(schema, kind, oid)| (&**schema, &**name, *kind, *oid))
            })
    }

    /// The relations whose rules also hold for this one: itself, and the tables that it inherits from
    /// or is a partition of.
    #[must_use]
    pub fn with_parents(&self, oid: u32) -> Vec<u32> {
        let mut all = vec![oid];
        let mut at = 0;
        while let Some(&next) = all.get(at) {
            let parents = self
                .global()
                .into_iter()
                .flat_map(|g| g.parents.get(&next))
                .flatten();
            for parent in parents {
                if !all.contains(parent) {
                    all.push(*parent);
                }
            }
            at += 1;
        }
        all
    }

    /// Everything that a query on this relation reads: itself, and what its views stand on.
    /// `None` if a view calls a function that may read anything.
    #[must_use]
    pub fn reads(&self, oid: u32) -> Option<Vec<u32>> {
        let global = self.global()?;
        let mut all = vec![oid];
        let mut at = 0;
        while let Some(&next) = all.get(at) {
            if global.view_calls.contains(&next) {
                return None;
            }
            for read in global.view_reads.get(&next).into_iter().flatten() {
                if !all.contains(read) {
                    all.push(*read);
                }
            }
            at += 1;
        }
        Some(all)
    }

    /// Does every function of this name come with PostgreSQL, and compute only from its arguments?
    #[must_use]
    pub fn is_plain_function(&self, name: &Name) -> bool {
        name.schema.as_deref().is_none_or(|s| s == "pg_catalog")
            && !reads_beyond_arguments(&name.name)
            && self.is_own_function(&name.name)
    }

    /// Does every function of this name come with PostgreSQL, or an extension that only computes?
    #[must_use]
    pub fn is_own_function(&self, name: &str) -> bool {
        self.functions(name).is_some_and(|known| known.plain)
    }

    fn functions(&self, name: &str) -> Option<Functions> {
        self.global()?.functions.get(name).copied()
    }

    /// Does every function of this name come with PostgreSQL, and leave everything as it is?
    #[must_use]
    pub fn writes_nothing(&self, name: &Name) -> bool {
        let own = name.schema.as_deref().is_none_or(|s| s == "pg_catalog");
        own && self
            .functions(&name.name)
            .is_some_and(|known| known.plain && leaves_all_as_it_is(&name.name, known.volatile))
    }

    /// May a name behind a dot be the call of a function that changes something?
    #[must_use]
    pub fn may_be_call_that_writes(&self, name: &str) -> bool {
        self.functions(name)
            .is_some_and(|known| !known.plain || !leaves_all_as_it_is(name, known.volatile))
    }

    /// What functions of this name do with values: the worst that one of them may.
    #[must_use]
    pub fn function_kind(&self, name: &Name) -> FunctionKind {
        if !self.is_plain_function(name) {
            return FunctionKind::Unknown;
        }
        match self.functions(&name.name) {
            Some(known) if known.aggregate => FunctionKind::Aggregate,
            Some(known) if !known.rows => FunctionKind::Plain,
            _ => FunctionKind::Record,
        }
    }

    /// Does every function of this name give one value for a row, or for a group of rows?
    #[must_use]
    pub fn makes_no_rows(&self, name: &Name) -> bool {
        match self.function_kind(name) {
            FunctionKind::Aggregate => true,
            FunctionKind::Plain => gives_one_value(&name.name),
            _ => false,
        }
    }

    /// May a name behind a dot be the call of a function that makes rows? Casts have the names of types.
    #[must_use]
    pub fn may_make_rows_of_row(&self, name: &str) -> bool {
        let cast = matches!(
            name,
            "name" | "text" | "date" | "time" | "timestamp" | "interval"
        );
        self.functions(name).is_some() && !cast && !gives_one_value(name)
    }

    /// May a name behind a dot be the call of a function that does more than compute from the row?
    #[must_use]
    pub fn may_be_call_beyond_row(&self, name: &str) -> bool {
        self.functions(name)
            .is_some_and(|known| !known.plain || reads_beyond_arguments(name))
    }

    /// Is a value cast to a type of this name by a function that does not come with PostgreSQL?
    #[must_use]
    pub fn has_own_cast(&self, name: &str) -> bool {
        self.global().is_none_or(|g| g.own_casts.contains(name))
    }

    /// Is this the name that PostgreSQL gives to an unnamed column, after one of its own functions?
    #[must_use]
    pub fn is_function_name(&self, name: &[u8]) -> bool {
        std::str::from_utf8(name).is_ok_and(|name| self.is_own_function(name))
    }

    /// Does every operator of this name come with PostgreSQL?
    #[must_use]
    pub fn is_plain_operator(&self, name: &str) -> bool {
        self.global()
            .is_some_and(|g| !g.own_operators.contains(name))
    }

    /// OIDs of the types that a type is made of.
    fn references(&self, row: &TypeRow) -> Vec<u32> {
        let fields = self
            .fields
            .get(&row.relation)
            .into_iter()
            .flatten()
            .copied();
        [row.element, row.base, row.subtype]
            .into_iter()
            .chain(fields)
            .collect()
    }

    fn has_unread_reference(&self, oid: u32, depth: usize) -> bool {
        if depth > RESOLVE_DEPTH_MAX
            || oid < FIRST_NORMAL_OID
            || self.is_absent(&self.absent_types, oid)
        {
            return false;
        }
        let Some(read) = self.types.get(&oid).filter(|read| self.is_fresh(read.at)) else {
            return true;
        };
        let references = self.references(&read.fact);
        references
            .into_iter()
            .any(|next| next != oid && self.has_unread_reference(next, depth + 1))
    }

    /// Asks for the types that a type just read is made of, as far as they were never looked for.
    fn want_new_references(&mut self, oid: u32) {
        let Some(read) = self.types.get(&oid) else {
            return;
        };
        for next in self.references(&read.fact) {
            let known = next < FIRST_NORMAL_OID
                || self.types.contains_key(&next)
                || self.absent_types.contains_key(&next);
            if !known && !self.wanted_types.contains(&next) {
                self.wanted_types.push(next);
            }
        }
    }

    /// Asks for everything that a type is made of and that is not known.
    fn want_unread(&mut self, oid: u32, depth: usize) {
        if depth > RESOLVE_DEPTH_MAX || !self.has_unread_reference(oid, depth) {
            return;
        }
        match self.types.get(&oid).filter(|read| self.is_fresh(read.at)) {
            Some(read) => {
                for next in self.references(&read.fact) {
                    if next != oid {
                        self.want_unread(next, depth + 1);
                    }
                }
            }
            None if !self.wanted_types.contains(&oid) => self.wanted_types.push(oid),
            None => {}
        }
    }

    fn resolve(&self, oid: u32, depth: usize) -> Type {
        if let Some(ty) = builtin(oid) {
            return ty;
        }
        let row = self.types.get(&oid).map(|read| &read.fact);
        let Some(row) = row.filter(|_| depth <= RESOLVE_DEPTH_MAX) else {
            return Type::Opaque;
        };
        match row.kind {
            b'd' => self.resolve(row.base, depth + 1),
            b'e' => Type::Enum {
                labels: self.labels.get(&oid).cloned().unwrap_or_default().into(),
            },
            b'c' => {
                let fields = self.fields.get(&row.relation).into_iter().flatten();
                Type::Composite {
                    fields: fields.map(|f| self.resolve(*f, depth + 1)).collect(),
                }
            }
            b'r' => Type::range(self.resolve(row.subtype, depth + 1)),
            b'm' => match self.resolve(row.subtype, depth + 1) {
                Type::Range { element } => Type::Multirange { element },
                _ => Type::Opaque,
            },
            b'b' if row.element != 0 && row.category == b'A' => Type::Array {
                element: self.resolve(row.element, depth + 1).into(),
                delimiter: row.delimiter,
            },
            b'b' => match &*row.name {
                "citext" => Type::Text,
                "hstore" => Type::Hstore,
                _ => Type::Opaque,
            },
            _ => Type::Opaque,
        }
    }

    fn plan_steps(&mut self) {
        self.clock += 1;
        self.reading = self.clock;
        if !self.wanted_types.is_empty() {
            self.asked_types = std::mem::take(&mut self.wanted_types);
            for oid in &self.asked_types {
                self.labels.remove(oid);
            }
            // Taken from the end.
            self.steps = vec![Query::Fields, Query::Labels, Query::Types];
        } else if !self.wanted_relations.is_empty() {
            self.asked_relations = std::mem::take(&mut self.wanted_relations);
            self.steps = vec![Query::Columns, Query::Relations];
        } else if self.wanted_global {
            self.wanted_global = false;
            self.building = Global::default();
            self.steps = vec![
                Query::Operators,
                Query::Casts,
                Query::ColumnNames,
                Query::Functions,
                Query::ViewCalls,
                Query::ViewReads,
                Query::Parents,
                Query::WithJson,
                Query::Tags,
                Query::Names,
            ];
        }
    }

    fn sql(&self, step: Query) -> String {
        let types = || list(&self.asked_types);
        let relations = || list(&self.asked_relations);
        match step {
            Query::Types => format!(
                "SELECT t.oid, t.typname, t.typtype, t.typelem, t.typrelid, t.typbasetype, t.typdelim, \
                 COALESCE(r.rngsubtype, m.rngtypid, 0), t.typcategory FROM pg_catalog.pg_type t \
                 LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid \
                 LEFT JOIN pg_catalog.pg_range m ON m.rngmultitypid = t.oid WHERE t.oid IN ({})",
                types()
            ),
            Query::Labels => format!(
                "SELECT enumtypid, enumlabel FROM pg_catalog.pg_enum WHERE enumtypid IN ({}) \
                 ORDER BY enumtypid, enumsortorder",
                types()
            ),
            Query::Fields => format!(
                "SELECT a.attrelid, a.atttypid FROM pg_catalog.pg_attribute a \
                 JOIN pg_catalog.pg_type t ON t.typrelid = a.attrelid \
                 WHERE t.oid IN ({}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum",
                types()
            ),
            Query::Relations => format!(
                "SELECT c.oid, n.nspname, c.relname, c.relkind FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid IN ({})",
                relations()
            ),
            Query::Columns => format!(
                "SELECT attrelid, attnum, attname, atttypid, atttypmod, attgenerated <> '' \
                 FROM pg_catalog.pg_attribute \
                 WHERE attrelid IN ({}) AND attnum > 0 AND NOT attisdropped",
                relations()
            ),
            Query::Tags => tags_sql(),
            Query::WithJson => format!(
                "SELECT DISTINCT a.attrelid FROM pg_catalog.pg_attribute a \
                 JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
                 WHERE a.attnum > 0 AND NOT a.attisdropped \
                 AND (t.typname IN ('json', 'jsonb', '_json', '_jsonb') OR t.oid >= {FIRST_NORMAL_OID})"
            ),
            Query::Names => {
                "SELECT c.oid, n.nspname, c.relname, c.relkind FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')"
                    .to_owned()
            }
            Query::Parents => "SELECT inhrelid, inhparent FROM pg_catalog.pg_inherits".to_owned(),
            Query::ViewReads => {
                "SELECT DISTINCT r.ev_class, d.refobjid FROM pg_catalog.pg_rewrite r \
                 JOIN pg_catalog.pg_depend d ON d.objid = r.oid \
                 AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
                 AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
                 WHERE d.refobjid <> r.ev_class"
                    .to_owned()
            }
            Query::ViewCalls => format!(
                "SELECT DISTINCT v.ev_class FROM pg_catalog.pg_rewrite v \
                 JOIN pg_catalog.pg_depend u ON u.objid = v.oid \
                 AND u.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
                 LEFT JOIN pg_catalog.pg_operator o ON o.oid = u.refobjid \
                 AND u.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass \
                 JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode OR (p.oid = u.refobjid \
                 AND u.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass) \
                 {OWNER_OF_FUNCTION} WHERE NOT ({IS_PLAIN})"
            ),
            Query::Functions => format!(
                "SELECT p.proname, pg_catalog.bool_and({IS_PLAIN}), \
                 pg_catalog.bool_or(p.provolatile = 'v'), pg_catalog.bool_and(p.prokind = 'a'), \
                 pg_catalog.bool_or(t.typtype IN ('c', 'p') AND t.typname <> 'void') \
                 FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_type t ON t.oid = p.prorettype \
                 {OWNER_OF_FUNCTION} GROUP BY p.proname"
            ),
            Query::ColumnNames => "SELECT DISTINCT attname FROM pg_catalog.pg_attribute \
                 WHERE attnum > 0 AND NOT attisdropped"
                .to_owned(),
            Query::Casts => format!(
                "SELECT DISTINCT t.typname FROM pg_catalog.pg_cast c \
                 JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc \
                 JOIN pg_catalog.pg_type t ON t.oid = c.casttarget {OWNER_OF_FUNCTION} WHERE NOT ({IS_PLAIN})"
            ),
            Query::Operators => format!(
                "SELECT DISTINCT o.oprname FROM pg_catalog.pg_operator o \
                 JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode {OWNER_OF_FUNCTION} WHERE NOT ({IS_PLAIN})"
            ),
        }
    }

    fn take(&mut self, step: Query, row: &Row) {
        // A row that is not what was asked for is left out; what it was about stays unknown.
        let _ = self.try_take(step, row);
    }

    fn try_take(&mut self, step: Query, row: &Row) -> Option<()> {
        let text = |at: usize| -> Option<&str> { std::str::from_utf8(row.get(at)?.as_ref()?).ok() };
        let oid = |at: usize| -> Option<u32> { text(at)?.parse().ok() };
        let byte = |at: usize| -> Option<u8> { text(at)?.bytes().next() };
        match step {
            Query::Types => {
                let entry = TypeRow {
                    name: text(1)?.into(),
                    kind: byte(2)?,
                    element: oid(3)?,
                    relation: oid(4)?,
                    base: oid(5)?,
                    delimiter: byte(6)?,
                    subtype: oid(7)?,
                    category: byte(8)?,
                };
                self.fields.remove(&entry.relation);
                self.types.insert(
                    oid(0)?,
                    Read {
                        at: self.reading,
                        fact: entry,
                    },
                );
            }
            Query::Labels => {
                let label = row.get(1)?.as_ref()?;
                self.labels
                    .entry(oid(0)?)
                    .or_default()
                    .push(label.as_slice().into());
            }
            Query::Fields => self.fields.entry(oid(0)?).or_default().push(oid(1)?),
            Query::Relations => {
                let relation = Relation {
                    schema: text(1)?.into(),
                    name: text(2)?.into(),
                    kind: byte(3)?,
                    columns: BTreeMap::new(),
                };
                self.relations.insert(
                    oid(0)?,
                    Read {
                        at: self.reading,
                        fact: relation,
                    },
                );
            }
            Query::Columns => {
                let number = text(1)?.parse().ok()?;
                let column = RelationColumn {
                    name: text(2)?.into(),
                    type_oid: oid(3)?,
                    type_modifier: text(4)?.parse().ok()?,
                    generated: text(5)? == "t",
                };
                self.relations
                    .get_mut(&oid(0)?)?
                    .fact
                    .columns
                    .insert(number, column);
            }
            Query::Tags => {
                let mut tags = Vec::new();
                match text(2) {
                    Some(provider) => tags_of_label(provider, text(3)?, &mut tags),
                    None => tags_of_comment(text(3)?, &mut tags),
                }
                let of_relation = self.building.tags.entry(oid(0)?).or_default();
                of_relation.push((text(1).map(Into::into), tags));
            }
            Query::WithJson => {
                self.building.with_json.insert(oid(0)?);
            }
            Query::Names => {
                self.building
                    .by_oid
                    .insert(oid(0)?, (text(1)?.into(), text(2)?.into()));
                let entry = (text(1)?.into(), byte(3)?, oid(0)?);
                self.building
                    .by_name
                    .entry(text(2)?.into())
                    .or_default()
                    .push(entry);
            }
            Query::Parents => self
                .building
                .parents
                .entry(oid(0)?)
                .or_default()
                .push(oid(1)?),
            Query::ViewReads => self
                .building
                .view_reads
                .entry(oid(0)?)
                .or_default()
                .push(oid(1)?),
            Query::ViewCalls => {
                self.building.view_calls.insert(oid(0)?);
            }
            Query::Functions => {
                let functions = Functions {
                    plain: text(1)? == "t",
                    volatile: text(2)? == "t",
                    aggregate: text(3)? == "t",
                    rows: text(4)? == "t",
                };
                self.building.functions.insert(text(0)?.into(), functions);
            }
            Query::Casts => {
                self.building.own_casts.insert(text(0)?.into());
            }
            Query::ColumnNames => {} // taken together
            Query::Operators => {
                self.building.own_operators.insert(text(0)?.into());
            }
        }
        Some(())
    }
}

/// Types that only a value names (fields of an anonymous record): what is not known has no codec.
impl TypeResolver for Catalog {
    fn resolve(&self, oid: u32) -> Option<Type> {
        Some(Catalog::resolve(self, oid, 0))
    }
}

/// OID, name of the column or NULL, provider of a label or NULL, and text, of what may carry tags.
fn tags_sql() -> String {
    let part = |provider: &str, text: &str, table: &str, which: &str| {
        format!(
            "SELECT o.objoid, a.attname, {provider}, {text} FROM pg_catalog.{table} o \
             LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = o.objoid AND a.attnum = o.objsubid \
             AND a.attnum > 0 \
             WHERE o.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass{which}"
        )
    };
    let comments = part(
        "NULL",
        "o.description",
        "pg_description",
        " AND pg_catalog.strpos(pg_catalog.lower(o.description), 'wiremask:') > 0",
    );
    let labels = part("o.provider", "o.label", "pg_seclabel", "");
    format!("{comments} UNION ALL {labels}")
}

fn list(oids: &[u32]) -> String {
    let mut out = String::new();
    for (at, oid) in oids.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let _ = write!(out, "{comma}{oid}"); // writing to a string cannot fail
    }
    out
}

/// The names of the types that detectors ask for, element types for arrays.
fn builtin_name(oid: u32) -> &'static str {
    match oid {
        16 | 1000 => "bool",
        17 | 1001 => "bytea",
        18 | 1002 => "char",
        19 | 1003 => "name",
        20 | 1016 => "int8",
        21 | 1005 => "int2",
        23 | 1007 => "int4",
        25 | 1009 => "text",
        114 | 199 => "json",
        142 | 143 => "xml",
        650 | 651 => "cidr",
        700 | 1021 => "float4",
        701 | 1022 => "float8",
        829 | 1040 => "macaddr",
        869 | 1041 => "inet",
        1042 | 1014 => "bpchar",
        1043 | 1015 => "varchar",
        1082 | 1182 => "date",
        1083 | 1183 => "time",
        1114 | 1115 => "timestamp",
        1184 | 1185 => "timestamptz",
        1266 | 1270 => "timetz",
        1700 | 1231 => "numeric",
        2950 | 2951 => "uuid",
        3802 | 3807 => "jsonb",
        705 => "unknown",
        2249 | 2287 => "record",
        _ => "",
    }
}

#[cfg(test)]
#[path = "catalog_tests.rs"]
mod tests;
