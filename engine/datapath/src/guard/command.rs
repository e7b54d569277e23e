//! From what a text says to what policies are asked: facts of the grammar, names of the catalog.
//!
//! Nothing here may be to the client's advantage. A name without a schema is every relation of that name, in
//! whatever schema: the search path is the session's own, and may be another one when a prepared statement is
//! planned again. A function that the catalog does not know to be PostgreSQL's own is an unknown one. What
//! stands inside another statement counts as if it ran.

use super::kinds::{action, words, write_action};
use super::settings;
use crate::catalog::{Catalog, Known};
use crate::functions;
use std::collections::HashSet;
use wiremask_policy::{
    Access, Action, Column, Command, Context, Filter, Object, Traits, quoted_path,
};
use wiremask_protocols::session::Lookup;
use wiremask_protocols::sql::lineage::Lineage;
use wiremask_protocols::sql::{
    Body, Columns, Condition, Facts, Kind, Name, StatementFacts, Write, Written,
};
use wiremask_rules::{ColumnName, Mode, Ruleset, TableName};

/// The schema of a relation that the catalog does not know. No policy can name it.
const NOWHERE: &str = "";

/// Where a command runs, and how much has to be known of it.
pub(super) struct Scope<'a> {
    /// The upstream's name in the configuration.
    pub connection: &'a str,
    /// The database.
    pub database: &'a str,
    /// Do policies ask for columns?
    pub columns: bool,
    /// Which of them are protected.
    pub rules: &'a Ruleset,
    /// Where the columns of the result come from, if that is understood: then only columns that are read are
    /// listed, and not all of a table.
    pub lineage: Option<&'a Lineage>,
    /// Has the session to stay in read-only transactions?
    pub is_walled: bool,
}

/// What a text does, as policies see it.
///
/// # Errors
/// [`Lookup`] when columns are asked for that the catalog has not read yet.
pub(super) fn command(
    facts: &Facts,
    catalog: &mut Catalog,
    scope: &Scope<'_>,
) -> Result<Command, Lookup> {
    let mut maker = Maker {
        catalog,
        scope,
        missing: false,
        read: scope.lineage.and_then(columns_read),
        command: Command::default(),
    };
    maker.command.context.parsed = true;
    maker.command.context.read_only = true;
    let tops = facts.statements.iter().filter(|s| s.within.is_none());
    maker.command.context.statements = u32::try_from(tops.count()).unwrap_or(u32::MAX);
    for (number, statement) in facts.statements.iter().enumerate() {
        maker.statement(statement, facts.is_only_explained(number));
    }
    if maker.missing {
        return Err(Lookup);
    }
    Ok(maker.command)
}

/// Every column that a statement reads: what flows, what decides, and what is written from it. Nothing if
/// something is not understood.
fn columns_read(lineage: &Lineage) -> Option<HashSet<(u32, i16)>> {
    if !lineage.is_understood() {
        return None;
    }
    let result = lineage.everything();
    let mut flows = vec![&result];
    flows.extend(lineage.writes.iter().map(|write| &write.flow));
    let flowing = flows
        .into_iter()
        .flat_map(|flow| flow.columns.iter().chain(&flow.influences));
    let deciding = lineage.uses.iter().flat_map(|used| &used.columns);
    let all = flowing.chain(deciding);
    Some(all.map(|column| (column.oid, column.attnum)).collect())
}

struct Maker<'a> {
    catalog: &'a mut Catalog,
    scope: &'a Scope<'a>,
    missing: bool,
    /// The columns that are read, if that is understood.
    read: Option<HashSet<(u32, i16)>>,
    command: Command,
}

impl Maker<'_> {
    /// `is_explained`: it is planned, and does not run.
    fn statement(&mut self, facts: &StatementFacts, is_explained: bool) {
        let context = &mut self.command.context;
        context.kinds.insert(words(facts.kind));
        // What was prepared or declared was judged by this policy, or it is refused: see `Guard`.
        let reads = facts.is_read_only() || facts.kind == Kind::Execute;
        context.read_only &= reads || is_explained;
        context.explain_analyze |= facts.kind == (Kind::Explain { analyze: true });
        context.runs_program |= facts.runs_program;
        context.reads_server_files |= facts.reads_file;
        context.writes_server_files |= facts.writes_file;
        context.changes_role |= facts.changes_identity();
        context
            .alterations
            .extend(facts.alterations.iter().cloned());
        context.locks_rows |= !is_explained && (facts.locks_rows || facts.kind == Kind::Lock);
        context.dynamic_sql |=
            facts.kind == Kind::Do || matches!(facts.body, Some(Body::Opaque { .. }));
        settings::note(facts, self.scope.is_walled, context);
        self.functions(facts);
        let before = self.command.accesses.len();
        let read = match facts.kind {
            Kind::CopyTo(_) => Action::CopyTo,
            _ => Action::Select,
        };
        // What is written comes first: it is what people are told about.
        for written in &facts.writes {
            if is_explained {
                self.read(&written.name, Action::Select, Filter::None);
            } else {
                self.write(written, facts);
            }
        }
        for name in &facts.reads {
            self.read(name, read, filter(facts.condition));
        }
        self.objects(facts);
        if self.command.accesses.len() == before {
            self.add(Access::new(action(facts.kind), self.database()));
        }
    }

    fn database(&self) -> Object {
        Object::database(self.scope.connection, self.scope.database)
    }

    fn add(&mut self, access: Access) {
        if !self.command.accesses.contains(&access) {
            self.command.accesses.push(access);
        }
    }

    fn read(&mut self, name: &Name, action: Action, filter: Filter) {
        for (oid, object, traits) in self.named(name) {
            let columns = oid.map_or_else(Vec::new, |oid| self.columns(oid));
            self.note_read(oid, &object);
            self.add(Access {
                action,
                object,
                traits,
                columns,
                filter,
            });
        }
    }

    /// What reading a relation reads: itself, and what its query reads.
    fn note_read(&mut self, oid: Option<u32>, object: &Object) {
        let path = without_connection(object);
        let context = &mut self.command.context;
        match oid.map(|oid| self.catalog.reads(oid)) {
            None => {}
            Some(None) => {
                context.unknown_functions.insert(path.clone());
            }
            Some(Some(reads)) => {
                for read in reads {
                    if let Some((schema, table)) = self.catalog.name_of(read) {
                        let parts = [self.scope.database, schema, table];
                        context.tables_read.insert(quoted_path(&parts));
                    }
                }
            }
        }
        context.tables_read.insert(path);
    }

    fn write(&mut self, written: &Written, facts: &StatementFacts) {
        let filter = match written.how {
            Write::Update | Write::Delete | Write::Merge => filter(facts.condition),
            _ => Filter::None,
        };
        for (oid, object, mut traits) in self.named(&written.name) {
            traits.temporary |= facts.is_temporary;
            let path = without_connection(&object);
            let mut columns = Vec::new();
            if let Columns::Listed(names) = &written.columns {
                let known = oid.map_or_else(Vec::new, |oid| self.known_columns(oid));
                for name in names {
                    let context = &mut self.command.context;
                    context
                        .columns_written
                        .insert(format!("{path}.{}", quoted_path(&[name])));
                    let ty = known.iter().find(|(_, known, _)| **known == **name);
                    columns.push(match (oid, ty) {
                        (Some(oid), Some((_, _, ty))) => self.column(oid, name, *ty),
                        _ => Column::named(name),
                    });
                }
            }
            self.command.context.tables_written.insert(path);
            self.add(Access {
                action: write_action(written.how),
                object,
                traits,
                columns,
                filter,
            });
        }
    }

    /// Schemas and functions that are defined, changed or called for their own sake.
    fn objects(&mut self, facts: &StatementFacts) {
        use wiremask_protocols::sql::Object as Class;
        let (Kind::Create(class) | Kind::Alter(class) | Kind::Drop(class)) = facts.kind else {
            if facts.kind == Kind::Call {
                for call in &facts.functions {
                    let function = self.function(&call.name);
                    self.add(Access::new(Action::Execute, function));
                }
            }
            return;
        };
        for name in &facts.objects {
            let object = match class {
                Class::Schema => {
                    Object::schema(self.scope.connection, self.scope.database, &name.name)
                }
                Class::Function | Class::Procedure | Class::Routine | Class::Aggregate => {
                    self.function(name)
                }
                _ => continue,
            };
            self.add(Access::new(action(facts.kind), object));
        }
    }

    fn function(&self, name: &Name) -> Object {
        let schema = name.schema.as_deref().unwrap_or(NOWHERE);
        Object::function(
            self.scope.connection,
            self.scope.database,
            schema,
            &name.name,
        )
    }

    fn functions(&mut self, facts: &StatementFacts) {
        let context = &mut self.command.context;
        for call in &facts.functions {
            let name = &call.name;
            let own = name.schema.as_deref().is_none_or(|s| s == "pg_catalog");
            let path = match &name.schema {
                Some(schema) if !own => quoted_path(&[schema, &name.name]),
                _ => quoted_path(&[&name.name]),
            };
            context.functions.insert(path.clone());
            context.functions.insert(quoted_path(&[&name.name]));
            if own {
                note_own_function(&name.name, context);
            }
            if self.catalog.writes_nothing(name) {
                continue;
            }
            if own && self.catalog.is_own_function(&name.name) {
                context.volatile_functions.insert(path);
            } else {
                context.unknown_functions.insert(path);
            }
        }
        // `t.f` is a call of `f` where `t` has no column of that name.
        for name in &facts.attributes {
            if self.catalog.may_be_call_that_writes(name) {
                context.unknown_functions.insert(quoted_path(&[name]));
            }
        }
        for operator in &facts.operators {
            let own = operator.schema.as_deref().is_none_or(|s| s == "pg_catalog");
            if !own || !self.catalog.is_plain_operator(&operator.name) {
                let parts = [
                    operator.schema.as_deref().unwrap_or(NOWHERE),
                    &operator.name,
                ];
                context.unknown_functions.insert(quoted_path(&parts));
            }
        }
        for ty in &facts.types {
            if self.catalog.has_own_cast(&ty.name) {
                context.unknown_functions.insert(quoted_path(&[&ty.name]));
            }
        }
    }

    /// The relations that a name may mean; one that nobody knows if there are none.
    fn named(&mut self, name: &Name) -> Vec<(Option<u32>, Object, Traits)> {
        let (connection, database) = (self.scope.connection, self.scope.database);
        let found: Vec<u32> = self.catalog.named(name).collect();
        let known = found.into_iter().filter_map(|oid| {
            let (schema, table) = self.catalog.name_of(oid)?;
            let object = Object::table(connection, database, schema, table);
            let traits = Traits {
                tags: self
                    .catalog
                    .tags_of_table(oid)
                    .iter()
                    .map(|tag| tag.to_string())
                    .collect(),
                temporary: schema.starts_with("pg_temp"),
                system: is_system(schema),
            };
            Some((Some(oid), object, traits))
        });
        let known: Vec<_> = known.collect();
        if !known.is_empty() {
            return known;
        }
        let schema = name.schema.as_deref().unwrap_or(NOWHERE);
        let traits = Traits {
            temporary: schema == "pg_temp",
            system: is_system(schema),
            ..Traits::default()
        };
        vec![(
            None,
            Object::table(connection, database, schema, &name.name),
            traits,
        )]
    }

    /// The columns of a relation that are read, as far as that is understood; else all.
    fn columns(&mut self, oid: u32) -> Vec<Column> {
        let mut known = self.known_columns(oid);
        if let Some(read) = &self.read {
            known.retain(|(attnum, _, _)| read.contains(&(oid, *attnum)));
        }
        let columns = known.iter();
        columns
            .map(|(_, name, ty)| self.column(oid, name, *ty))
            .collect()
    }

    /// Numbers, names and types of the columns of a relation, if policies ask for columns.
    fn known_columns(&mut self, oid: u32) -> Vec<(i16, Box<str>, u32)> {
        if !self.scope.columns {
            return Vec::new();
        }
        match self.catalog.relation(oid) {
            Known::NotYet => {
                self.missing = true;
                Vec::new()
            }
            Known::No => Vec::new(),
            Known::Yes(relation) => {
                let columns = relation.columns.iter();
                columns
                    .map(|(attnum, column)| (*attnum, column.name.clone(), column.type_oid))
                    .collect()
            }
        }
    }

    /// A column of a relation, with what policies may ask of it.
    fn column(&mut self, oid: u32, name: &str, type_oid: u32) -> Column {
        let type_name = match self.catalog.type_of(type_oid) {
            Known::Yes((_, name)) => name,
            Known::No => "".into(),
            Known::NotYet => {
                self.missing = true;
                "".into()
            }
        };
        let tags = self.catalog.tags_of_column(oid, name);
        Column {
            protected: self.is_protected(oid, name, &type_name),
            tags: tags.iter().map(|tag| tag.to_string()).collect(),
            name: name.to_owned(),
        }
    }

    /// Do rules mask a column, its own or those of the tables that its relation is a part of? Of a view all
    /// columns count as masked if it reads a table with rules.
    fn is_protected(&self, oid: u32, name: &str, type_name: &str) -> bool {
        let rules = self.scope.rules;
        if !rules.has_column_rules() {
            return false;
        }
        let reads = self.catalog.reads(oid);
        let views = reads.iter().flatten().filter(|read| **read != oid);
        let has_rule = |oid: u32| {
            let Some((schema, table)) = self.catalog.name_of(oid) else {
                return true;
            };
            rules.table_has_rule(&TableName {
                database: self.scope.database,
                schema,
                table,
                may_hold_json: self.catalog.may_hold_json(oid),
                tags: &self.catalog.tags_of(oid),
            })
        };
        if reads.is_none() || views.copied().any(has_rule) {
            return true;
        }
        self.catalog.with_parents(oid).into_iter().any(|oid| {
            let Some((schema, table)) = self.catalog.name_of(oid) else {
                return true;
            };
            let rule = rules.column_rule(&ColumnName {
                database: self.scope.database,
                schema,
                table,
                column: name,
                type_name,
                tags: &self.catalog.tags_of_column(oid, name),
            });
            let info = rule.and_then(|rule| rules.rules().get(usize::from(rule.0)));
            info.is_some_and(|rule| rule.mode == Mode::Enforce)
        })
    }
}

/// What functions of PostgreSQL's own do that policies ask for by itself.
fn note_own_function(name: &str, context: &mut Context) {
    context.large_objects |= functions::uses_large_objects(name);
    context.reads_server_files |= functions::reads_files(name);
    context.writes_server_files |= functions::writes_files(name);
    context.dynamic_sql |= functions::runs_sql(name);
    context.locks_rows |= name.contains("advisory");
}

fn filter(condition: Condition) -> Filter {
    match condition {
        Condition::None => Filter::None,
        Condition::Trivial => Filter::Trivial,
        Condition::Real => Filter::Present,
    }
}

fn is_system(schema: &str) -> bool {
    matches!(schema, "pg_catalog" | "information_schema" | "pg_toast")
}

/// `database.schema.table`, as [`Context`] has it.
fn without_connection(object: &Object) -> String {
    object.short()
}
