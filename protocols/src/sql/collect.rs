//! From a parse tree to the facts of its statements.
//!
//! One pass over the tree. What has a meaning of its own is handled by name; everything else is
//! descended into through the table of [`children`](super::children), so that no place is forgotten.
//! The depth of the recursion is that of the tree, which its reader bounds.

use super::alteration;
use super::children::{children, inner};
use super::classify;
use super::definition::{self, Target};
use super::kind::End;
use super::literal;
use super::statement::{
    Body, Call, Columns, Modes, Place, Setting, StatementFacts, Used, Write, Written,
};
use super::trivial;
use super::{Kind, Limits, Name, Refused, copy};
use pg_query::protobuf::{
    self as p, AExprKind, Node, RangeVar, SelectStmt, VariableSetKind, WithClause,
};
use pg_query::{NodeEnum, NodeRef};

/// SQL in the bodies of functions in the bodies of functions: read this many levels deep.
const BODY_DEPTH_MAX: usize = 4;

/// Statements of a text, with those inside them.
const STATEMENTS_MAX: usize = 10_000;

/// See the module.
pub struct Collector<'a> {
    limits: &'a Limits,
    /// The statements so far, each behind the one it stands in.
    pub statements: Vec<StatementFacts>,
    /// Every relation that is named anywhere, names of WITH queries among them.
    pub relations: Vec<Name>,
    /// Names of WITH queries.
    pub ctes: Vec<String>,
    at: usize,
    /// Names of WITH queries that can be seen, the nearest last.
    scopes: Vec<&'a str>,
    open: Vec<NodeRef<'a>>,
    /// Relations that are written by the statement around: they are no reads.
    targets: Vec<&'a RangeVar>,
    body_depth: usize,
}

impl<'a> Collector<'a> {
    /// Nothing collected yet.
    pub fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            statements: Vec::new(),
            relations: Vec::new(),
            ctes: Vec::new(),
            at: 0,
            scopes: Vec::new(),
            open: Vec::new(),
            targets: Vec::new(),
            body_depth: 0,
        }
    }

    /// Collects a statement, and those inside it.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn statement(&mut self, node: &'a NodeEnum, place: Place) -> Result<(), Refused> {
        if self.statements.len() >= STATEMENTS_MAX {
            return Err(Refused::TooLarge);
        }
        let kind = classify::kind(node)?;
        let within = (place != Place::Top).then_some(self.at);
        let outside = std::mem::replace(&mut self.at, self.statements.len());
        self.statements
            .push(StatementFacts::new(kind, place, within));
        self.now().alterations = alteration::alterations(node)?;
        self.parts(node)?;
        self.at = outside;
        Ok(())
    }

    fn now(&mut self) -> &mut StatementFacts {
        &mut self.statements[self.at]
    }

    /// What stands in a statement.
    fn parts(&mut self, node: &'a NodeEnum) -> Result<(), Refused> {
        match node {
            NodeEnum::SelectStmt(select) => {
                self.now().condition = trivial::condition(select.where_clause.as_deref());
                self.now().has_limit = select
                    .limit_count
                    .as_deref()
                    .is_some_and(|count| !is_null(count));
                self.select(select)
            }
            NodeEnum::InsertStmt(insert) => self.insert(insert),
            NodeEnum::UpdateStmt(update) => self.update(update),
            NodeEnum::DeleteStmt(delete) => self.delete(delete),
            NodeEnum::MergeStmt(merge) => self.merge(merge),
            NodeEnum::CopyStmt(copy) => self.copy(copy),
            NodeEnum::ExplainStmt(explain) => {
                self.list(&explain.options)?;
                let analyze = matches!(self.now().kind, Kind::Explain { analyze: true });
                self.nested(explain.query.as_deref(), Place::Explained { analyze })
            }
            NodeEnum::PrepareStmt(prepare) => {
                self.now().handle = Some(prepare.name.clone());
                self.list(&prepare.argtypes)?;
                self.nested(prepare.query.as_deref(), Place::Prepared)
            }
            NodeEnum::DeclareCursorStmt(declare) => {
                /// `CURSOR_OPT_HOLD` of PostgreSQL's parsenodes.h.
                const HOLD: i32 = 0x0020;
                self.now().handle = Some(declare.portalname.clone());
                self.now().holds = declare.options & HOLD != 0;
                self.nested(declare.query.as_deref(), Place::Cursor)
            }
            NodeEnum::CreateTableAsStmt(create) => {
                if let Some(into) = create.into.as_deref() {
                    self.into(into)?;
                }
                self.nested(create.query.as_deref(), Place::CreatedAs)
            }
            NodeEnum::ViewStmt(view) => {
                self.written(view.view.as_ref(), Write::Create, Columns::All);
                self.list(&view.options)?;
                self.nested(view.query.as_deref(), Place::View)
            }
            NodeEnum::RuleStmt(rule) => {
                self.written(rule.relation.as_ref(), Write::Alter, Columns::All);
                self.optional(rule.where_clause.as_deref())?;
                for action in &rule.actions {
                    self.nested(Some(action), Place::RuleAction)?;
                }
                Ok(())
            }
            NodeEnum::CreateSchemaStmt(create) => {
                self.now()
                    .objects
                    .extend(Some(Name::new(None, &create.schemaname)));
                if let Some(role) = &create.authrole {
                    self.walk(NodeRef::RoleSpec(role))?;
                }
                for element in &create.schema_elts {
                    self.nested(Some(element), Place::SchemaElement)?;
                }
                Ok(())
            }
            NodeEnum::CreateFunctionStmt(create) => self.function(create),
            NodeEnum::DoStmt(block) => self.block(block),
            NodeEnum::CallStmt(call) => {
                if let Some(call) = call.funccall.as_deref() {
                    self.call(call, Used::Procedure)?;
                }
                self.list(&call.outargs)
            }
            NodeEnum::TransactionStmt(transaction) => {
                let names = [&transaction.savepoint_name, &transaction.gid];
                self.now().handle = names.into_iter().find(|name| !name.is_empty()).cloned();
                let mut modes = modes(&transaction.options)?;
                modes.chain = transaction.chain;
                self.now().modes = Some(modes);
                Ok(())
            }
            NodeEnum::VariableShowStmt(show) => {
                let name = show.name.to_ascii_lowercase();
                self.now()
                    .shows
                    .push(Some(name).filter(|name| name != "all"));
                Ok(())
            }
            _ => self.utility(node),
        }
    }

    fn nested(&mut self, node: Option<&'a Node>, place: Place) -> Result<(), Refused> {
        match inner(node.ok_or(Refused::Unsupported)?)? {
            // A rule that does nothing has NULL for its action.
            statement @ (NodeEnum::SelectStmt(_)
            | NodeEnum::InsertStmt(_)
            | NodeEnum::UpdateStmt(_)
            | NodeEnum::DeleteStmt(_)
            | NodeEnum::MergeStmt(_)) => self.statement(statement, place),
            statement => {
                // Names of WITH queries end here.
                let scopes = std::mem::take(&mut self.scopes);
                self.statement(statement, place)?;
                self.scopes = scopes;
                Ok(())
            }
        }
    }

    /// Definitions and commands: what they are about, then everything that they hold.
    fn utility(&mut self, node: &'a NodeEnum) -> Result<(), Refused> {
        let about = definition::about(node)?;
        for target in &about.targets {
            match target {
                Target::Range(range, how) => self.written(Some(range), *how, Columns::All),
                Target::Named(name, how) => {
                    self.relations.push(name.clone());
                    self.now().writes.push(Written {
                        name: name.clone(),
                        how: *how,
                        columns: Columns::All,
                    });
                }
            }
        }
        let now = self.now();
        now.objects.extend(about.objects);
        now.roles.extend(about.roles);
        now.cascades = about.cascades;
        now.handle = about.handle;
        now.reads_file = about.reads_file;
        now.functions
            .extend(about.functions.into_iter().map(|name| Call {
                name,
                arguments: 0,
                used: Used::Definition,
            }));
        let targets = self.targets.len();
        let ranges = about.targets.iter().filter_map(|target| match target {
            Target::Range(range, _) => Some(*range),
            Target::Named(..) => None,
        });
        self.targets.extend(ranges);
        let base = self.open.len();
        children_of_utility(node, &mut self.open)?;
        self.drain(base)?;
        self.targets.truncate(targets);
        Ok(())
    }

    /// Walks what was put on the pile above `base`, in the order of the text.
    fn drain(&mut self, base: usize) -> Result<(), Refused> {
        self.open[base..].reverse();
        while self.open.len() > base {
            if let Some(child) = self.open.pop() {
                self.walk(child)?;
            }
        }
        Ok(())
    }

    fn list(&mut self, nodes: &'a [Node]) -> Result<(), Refused> {
        nodes
            .iter()
            .try_for_each(|node| self.walk(inner(node)?.to_ref()))
    }

    fn optional(&mut self, node: Option<&'a Node>) -> Result<(), Refused> {
        node.map_or(Ok(()), |node| self.walk(inner(node)?.to_ref()))
    }

    /// Everything that may stand inside a statement.
    fn walk(&mut self, node: NodeRef<'a>) -> Result<(), Refused> {
        match node {
            NodeRef::SelectStmt(select) => return self.select(select),
            NodeRef::RangeVar(range) => return self.read(range),
            NodeRef::FuncCall(call) => return self.call(call, Used::Plain),
            NodeRef::RangeFunction(range) => return self.table_function(range),
            NodeRef::ColumnRef(column) => {
                if let [_, .., last] = column.fields.as_slice()
                    && let NodeEnum::String(name) = inner(last)?
                {
                    self.now().attributes.push(name.sval.clone());
                }
                return Ok(());
            }
            NodeRef::AIndirection(indirection) => {
                for step in &indirection.indirection {
                    if let NodeEnum::String(name) = inner(step)? {
                        self.now().attributes.push(name.sval.clone());
                    }
                }
            }
            NodeRef::AExpr(expression) => self.operator(expression)?,
            NodeRef::SubLink(link) if !link.oper_name.is_empty() => {
                let name = literal::name(&link.oper_name)?;
                self.now().operators.push(name);
            }
            NodeRef::SubLink(link) if link.testexpr.is_some() => self.equality(),
            NodeRef::CaseExpr(case) if case.arg.is_some() => self.equality(),
            NodeRef::JoinExpr(join) if join.is_natural || !join.using_clause.is_empty() => {
                self.equality();
            }
            NodeRef::SortBy(sort) if !sort.use_op.is_empty() => {
                let name = literal::name(&sort.use_op)?;
                self.now().operators.push(name);
            }
            NodeRef::TypeName(name) => return self.type_name(name),
            NodeRef::CollateClause(collate) => {
                let name = literal::name(&collate.collname)?;
                self.now().collations.push(name);
            }
            NodeRef::RangeTableSample(sample) => {
                let name = literal::name(&sample.method)?;
                self.called(name, sample.args.len(), Used::Table);
            }
            NodeRef::RoleSpec(role) if !role.rolename.is_empty() => {
                self.now().roles.push(role.rolename.clone());
            }
            NodeRef::VariableSetStmt(set) => return self.setting(set),
            NodeRef::IntoClause(into) => return self.into(into),
            NodeRef::WithClause(_) | NodeRef::LockingClause(_) | NodeRef::RawStmt(_) => {
                return Err(Refused::Unsupported);
            }
            NodeRef::InsertStmt(_)
            | NodeRef::UpdateStmt(_)
            | NodeRef::DeleteStmt(_)
            | NodeRef::MergeStmt(_) => return Err(Refused::Unsupported),
            _ => {}
        }
        let base = self.open.len();
        children(node, &mut self.open)?;
        self.drain(base)
    }

    fn select(&mut self, select: &'a SelectStmt) -> Result<(), Refused> {
        let SelectStmt {
            distinct_clause,
            into_clause,
            target_list,
            from_clause,
            where_clause,
            group_clause,
            group_distinct: _,
            having_clause,
            window_clause,
            values_lists,
            sort_clause,
            limit_offset,
            limit_count,
            limit_option: _,
            locking_clause,
            with_clause,
            op: _,
            all: _,
            larg,
            rarg,
        } = select;
        let seen = self.scopes.len();
        self.with(with_clause.as_ref())?;
        if let Some(into) = into_clause.as_deref() {
            self.into(into)?;
        }
        for clause in locking_clause {
            self.now().locks_rows = true;
            self.locked(clause)?;
        }
        for node in distinct_clause.iter().filter_map(|n| n.node.as_ref()) {
            self.walk(node.to_ref())?;
        }
        for nodes in [
            target_list,
            from_clause,
            group_clause,
            window_clause,
            values_lists,
            sort_clause,
        ] {
            self.list(nodes)?;
        }
        for node in [where_clause, having_clause, limit_offset, limit_count] {
            self.optional(node.as_deref())?;
        }
        for arm in [larg, rarg].into_iter().flatten() {
            self.select(arm)?;
        }
        self.scopes.truncate(seen);
        Ok(())
    }

    /// FOR UPDATE OF names relations by their names in FROM.
    fn locked(&mut self, clause: &'a Node) -> Result<(), Refused> {
        let NodeEnum::LockingClause(clause) = inner(clause)? else {
            return Err(Refused::Unsupported);
        };
        for range in &clause.locked_rels {
            if let NodeEnum::RangeVar(range) = inner(range)? {
                self.relations.push(literal::relation(range));
            }
        }
        Ok(())
    }

    /// Names of WITH queries become visible: each behind its own, all at once if RECURSIVE.
    fn with(&mut self, clause: Option<&'a WithClause>) -> Result<(), Refused> {
        let Some(clause) = clause else { return Ok(()) };
        let mut queries = Vec::with_capacity(clause.ctes.len());
        for query in &clause.ctes {
            match inner(query)? {
                NodeEnum::CommonTableExpr(query) => queries.push(&**query),
                _ => return Err(Refused::Unsupported),
            }
        }
        self.ctes.extend(queries.iter().map(|q| q.ctename.clone()));
        if clause.recursive {
            self.scopes
                .extend(queries.iter().map(|q| q.ctename.as_str()));
        }
        for query in queries {
            match inner(query.ctequery.as_deref().ok_or(Refused::Unsupported)?)? {
                NodeEnum::SelectStmt(select) => self.select(select)?,
                statement => self.statement(statement, Place::Cte)?,
            }
            if let Some(cycle) = query.cycle_clause.as_deref() {
                self.optional(cycle.cycle_mark_value.as_deref())?;
                self.optional(cycle.cycle_mark_default.as_deref())?;
            }
            if !clause.recursive {
                self.scopes.push(&query.ctename);
            }
        }
        Ok(())
    }

    fn insert(&mut self, insert: &'a p::InsertStmt) -> Result<(), Refused> {
        let seen = self.scopes.len();
        self.with(insert.with_clause.as_ref())?;
        let columns = match insert.cols.as_slice() {
            [] => Columns::All,
            listed => Columns::Listed(self.targets(listed)?),
        };
        self.written(insert.relation.as_ref(), Write::Insert, columns);
        if let Some(node) = insert.select_stmt.as_deref() {
            self.walk(inner(node)?.to_ref())?;
        }
        if let Some(conflict) = insert.on_conflict_clause.as_deref() {
            if !conflict.target_list.is_empty() {
                let columns = Columns::Listed(self.targets(&conflict.target_list)?);
                self.written(insert.relation.as_ref(), Write::Update, columns);
                self.reads_target(insert.relation.as_ref());
            }
            self.list(&conflict.target_list)?;
            self.optional(conflict.where_clause.as_deref())?;
            if let Some(infer) = conflict.infer.as_deref() {
                self.walk(NodeRef::InferClause(infer))?;
            }
        }
        if let Some(returning) = &insert.returning_clause {
            self.reads_target(insert.relation.as_ref());
            self.walk(NodeRef::ReturningClause(returning))?;
        }
        self.scopes.truncate(seen);
        Ok(())
    }

    fn update(&mut self, update: &'a p::UpdateStmt) -> Result<(), Refused> {
        let seen = self.scopes.len();
        self.with(update.with_clause.as_ref())?;
        let columns = Columns::Listed(self.targets(&update.target_list)?);
        self.written(update.relation.as_ref(), Write::Update, columns);
        self.reads_target(update.relation.as_ref());
        if let Some(range) = &update.relation
            && range.relname == "pg_settings"
        {
            // Its rule calls set_config.
            self.now().settings.push(Setting {
                name: None,
                value: None,
                is_local: false,
            });
        }
        self.now().condition = trivial::condition(update.where_clause.as_deref());
        self.list(&update.target_list)?;
        self.list(&update.from_clause)?;
        self.optional(update.where_clause.as_deref())?;
        if let Some(returning) = &update.returning_clause {
            self.walk(NodeRef::ReturningClause(returning))?;
        }
        self.scopes.truncate(seen);
        Ok(())
    }

    fn delete(&mut self, delete: &'a p::DeleteStmt) -> Result<(), Refused> {
        let seen = self.scopes.len();
        self.with(delete.with_clause.as_ref())?;
        self.written(delete.relation.as_ref(), Write::Delete, Columns::All);
        self.reads_target(delete.relation.as_ref());
        self.now().condition = trivial::condition(delete.where_clause.as_deref());
        self.list(&delete.using_clause)?;
        self.optional(delete.where_clause.as_deref())?;
        if let Some(returning) = &delete.returning_clause {
            self.walk(NodeRef::ReturningClause(returning))?;
        }
        self.scopes.truncate(seen);
        Ok(())
    }

    fn merge(&mut self, merge: &'a p::MergeStmt) -> Result<(), Refused> {
        let seen = self.scopes.len();
        self.with(merge.with_clause.as_ref())?;
        self.written(merge.relation.as_ref(), Write::Merge, Columns::All);
        self.reads_target(merge.relation.as_ref());
        self.optional(merge.source_relation.as_deref())?;
        self.optional(merge.join_condition.as_deref())?;
        for clause in &merge.merge_when_clauses {
            let NodeEnum::MergeWhenClause(when) = inner(clause)? else {
                return Err(Refused::Unsupported);
            };
            let how = match when.command_type() {
                p::CmdType::CmdInsert => Some(Write::Insert),
                p::CmdType::CmdUpdate => Some(Write::Update),
                p::CmdType::CmdDelete => Some(Write::Delete),
                p::CmdType::CmdNothing => None,
                p::CmdType::Undefined
                | p::CmdType::CmdUnknown
                | p::CmdType::CmdSelect
                | p::CmdType::CmdMerge
                | p::CmdType::CmdUtility => return Err(Refused::Unsupported),
            };
            if let Some(how) = how {
                let columns = match when.target_list.as_slice() {
                    [] => Columns::All,
                    listed => Columns::Listed(self.targets(listed)?),
                };
                self.written(merge.relation.as_ref(), how, columns);
            }
            self.walk(NodeRef::MergeWhenClause(when))?;
        }
        if let Some(returning) = &merge.returning_clause {
            self.walk(NodeRef::ReturningClause(returning))?;
        }
        self.scopes.truncate(seen);
        Ok(())
    }

    /// Names of the columns that are assigned to.
    fn targets(&mut self, nodes: &[Node]) -> Result<Vec<String>, Refused> {
        nodes
            .iter()
            .map(|node| match inner(node)? {
                NodeEnum::ResTarget(target) => Ok(target.name.clone()),
                _ => Err(Refused::Unsupported),
            })
            .collect()
    }

    fn copy(&mut self, copy: &'a p::CopyStmt) -> Result<(), Refused> {
        let (now_end, columns) = match self.now().kind {
            Kind::CopyTo(end) | Kind::CopyFrom(end) => {
                let listed = literal::parts(&copy.attlist).ok_or(Refused::Unsupported)?;
                (
                    end,
                    listed.into_iter().map(str::to_owned).collect::<Vec<_>>(),
                )
            }
            _ => return Err(Refused::Unsupported),
        };
        match (now_end, copy.is_from) {
            (End::Program, _) => self.now().runs_program = true,
            (End::File, true) => self.now().reads_file = true,
            (End::File, false) => self.now().writes_file = true,
            (End::Client, true) => {}
            (End::Client, false) => self.now().copy = Some(copy::copy_out(copy)?),
        }
        self.list(&copy.options)?;
        match (&copy.relation, copy.is_from) {
            (Some(range), true) => {
                let columns = match columns.is_empty() {
                    true => Columns::All,
                    false => Columns::Listed(columns),
                };
                self.written(Some(range), Write::CopyFrom, columns);
                self.now().condition = trivial::condition(copy.where_clause.as_deref());
                self.optional(copy.where_clause.as_deref())
            }
            (Some(range), false) => self.read(range),
            (None, _) => self.nested(copy.query.as_deref(), Place::Copied),
        }
    }

    fn function(&mut self, create: &'a p::CreateFunctionStmt) -> Result<(), Refused> {
        let name = literal::name(&create.funcname)?;
        self.now().objects.push(name);
        self.list(&create.parameters)?;
        if let Some(returned) = &create.return_type {
            self.type_name(returned)?;
        }
        let (mut language, mut text) = (None, None);
        for option in classify::definitions(&create.options)? {
            match (option.defname.as_str(), option.arg.as_deref()) {
                ("language", Some(arg)) => language = literal::text(arg),
                ("as", Some(arg)) => text = Some(arg),
                ("security", _) => {
                    self.now().security_definer = classify::truth(option).unwrap_or(true);
                }
                (_, Some(arg)) => self.walk(inner(arg)?.to_ref())?,
                (_, None) => {}
            }
        }
        let language = language.map(|name| name.to_ascii_lowercase());
        if let Some(body) = create.sql_body.as_deref() {
            self.now().body = Some(Body::Parsed);
            return self.sql_body(body);
        }
        let sql = match text.map(inner).transpose()? {
            Some(NodeEnum::List(list)) if language.as_deref() == Some("sql") => {
                match literal::parts(&list.items).as_deref() {
                    Some([text]) => Some(*text),
                    _ => None,
                }
            }
            _ => None,
        };
        let is_parsed = sql.is_some_and(|text| self.text_body(text).is_ok());
        self.now().body = Some(match is_parsed {
            true => Body::Parsed,
            false => Body::Opaque {
                language: language.unwrap_or_default(),
            },
        });
        Ok(())
    }

    /// RETURN, or statements between BEGIN ATOMIC and END.
    fn sql_body(&mut self, body: &'a Node) -> Result<(), Refused> {
        match inner(body)? {
            NodeEnum::List(list) => list.items.iter().try_for_each(|node| match &node.node {
                // An empty statement.
                None => Ok(()),
                Some(_) => self.sql_body(node),
            }),
            _ => self.nested(Some(body), Place::FunctionBody),
        }
    }

    /// The body of a function in a string. Leaves nothing behind if it cannot be read.
    fn text_body(&mut self, text: &str) -> Result<(), Refused> {
        if self.body_depth >= BODY_DEPTH_MAX {
            return Err(Refused::TooDeep);
        }
        let tree = super::parse::tree(text, self.limits)?;
        let mut inside = Collector::new(self.limits);
        inside.body_depth = self.body_depth + 1;
        for raw in &tree.stmts {
            let node = raw.stmt.as_deref().ok_or(Refused::Unsupported)?;
            inside.statement(inner(node)?, Place::Top)?;
        }
        let (at, base) = (self.at, self.statements.len());
        if base + inside.statements.len() > STATEMENTS_MAX {
            return Err(Refused::TooLarge);
        }
        for mut statement in inside.statements {
            statement.within = Some(statement.within.map_or(at, |index| base + index));
            if statement.place == Place::Top {
                statement.place = Place::FunctionBody;
            }
            self.statements.push(statement);
        }
        self.relations.extend(inside.relations);
        self.ctes.extend(inside.ctes);
        Ok(())
    }

    fn block(&mut self, block: &'a p::DoStmt) -> Result<(), Refused> {
        let mut language = None;
        for option in classify::definitions(&block.args)? {
            if option.defname == "language" {
                language = option.arg.as_deref().and_then(literal::text);
            }
        }
        let language = language.unwrap_or_else(|| "plpgsql".to_owned());
        self.now().body = Some(Body::Opaque {
            language: language.to_ascii_lowercase(),
        });
        Ok(())
    }

    fn written(&mut self, range: Option<&RangeVar>, how: Write, columns: Columns) {
        if let Some(range) = range {
            /// `RELPERSISTENCE_TEMP` of PostgreSQL's pg_class.h.
            const TEMPORARY: &str = "t";
            let name = literal::relation(range);
            self.relations.push(name.clone());
            let now = self.now();
            now.is_temporary |= how == Write::Create && range.relpersistence == TEMPORARY;
            now.writes.push(Written { name, how, columns });
        }
    }

    fn reads_target(&mut self, range: Option<&RangeVar>) {
        let name = range.map(literal::relation);
        self.now().reads.extend(name);
    }

    fn read(&mut self, range: &'a RangeVar) -> Result<(), Refused> {
        if self
            .targets
            .iter()
            .any(|target| std::ptr::eq(*target, range))
        {
            return Ok(());
        }
        let name = literal::relation(range);
        self.relations.push(name.clone());
        let is_query = name.schema.is_none() && self.scopes.contains(&name.name.as_str());
        if !is_query {
            self.now().reads.push(name);
        }
        Ok(())
    }

    fn into(&mut self, into: &'a p::IntoClause) -> Result<(), Refused> {
        self.written(into.rel.as_ref(), Write::Create, Columns::All);
        self.list(&into.options)
    }

    fn equality(&mut self) {
        self.now().operators.push(Name::new(None, "="));
    }

    fn operator(&mut self, expression: &p::AExpr) -> Result<(), Refused> {
        let between: &[&str] = match expression.kind() {
            AExprKind::Undefined => return Err(Refused::Unsupported),
            AExprKind::AexprBetween | AExprKind::AexprBetweenSym => &[">=", "<="],
            AExprKind::AexprNotBetween | AExprKind::AexprNotBetweenSym => &["<", ">"],
            AExprKind::AexprOp
            | AExprKind::AexprOpAny
            | AExprKind::AexprOpAll
            | AExprKind::AexprDistinct
            | AExprKind::AexprNotDistinct
            | AExprKind::AexprNullif
            | AExprKind::AexprIn
            | AExprKind::AexprLike
            | AExprKind::AexprIlike
            | AExprKind::AexprSimilar => {
                let name = literal::name(&expression.name)?;
                self.now().operators.push(name);
                return Ok(());
            }
        };
        let names = between.iter().map(|name| Name::new(None, name));
        self.now().operators.extend(names);
        Ok(())
    }

    fn type_name(&mut self, name: &'a p::TypeName) -> Result<(), Refused> {
        let parts = literal::parts(&name.names).ok_or(Refused::Unsupported)?;
        if name.pct_type {
            // `table.column%TYPE`.
            let (_, table) = parts.split_last().ok_or(Refused::Unsupported)?;
            let table = literal::named(table)?;
            self.relations.push(table.clone());
            self.now().reads.push(table);
        } else if !parts.is_empty() {
            let name = literal::named(&parts)?;
            self.now().types.push(name);
        }
        self.list(&name.typmods)?;
        self.list(&name.array_bounds)
    }

    fn table_function(&mut self, range: &'a p::RangeFunction) -> Result<(), Refused> {
        for function in &range.functions {
            let NodeEnum::List(parts) = inner(function)? else {
                return Err(Refused::Unsupported);
            };
            for part in parts.items.iter().filter_map(|n| n.node.as_ref()) {
                match part {
                    NodeEnum::FuncCall(call) => self.call(call, Used::Table)?,
                    other => self.walk(other.to_ref())?,
                }
            }
        }
        self.list(&range.coldeflist)
    }

    fn call(&mut self, call: &'a p::FuncCall, used: Used) -> Result<(), Refused> {
        let name = literal::name(&call.funcname)?;
        let is_aggregate = call.agg_star
            || call.agg_distinct
            || call.agg_within_group
            || call.agg_filter.is_some()
            || !call.agg_order.is_empty();
        let used = match used {
            Used::Plain if call.over.is_some() => Used::Window,
            Used::Plain if is_aggregate => Used::Aggregate,
            used => used,
        };
        match name.name.as_str() {
            "set_config" => {
                let setting = Setting {
                    name: first_literal(&call.args),
                    value: call.args.get(1).and_then(literal::text),
                    is_local: call.args.get(2).and_then(literal::text).as_deref() == Some("true"),
                };
                self.now().settings.push(setting);
            }
            "current_setting" => {
                let name = first_literal(&call.args);
                self.now().shows.push(name);
            }
            _ => {}
        }
        self.called(name, call.args.len(), used);
        let base = self.open.len();
        children(NodeRef::FuncCall(call), &mut self.open)?;
        self.drain(base)
    }

    fn called(&mut self, name: Name, arguments: usize, used: Used) {
        self.now().functions.push(Call {
            name,
            arguments,
            used,
        });
    }

    fn setting(&mut self, set: &'a p::VariableSetStmt) -> Result<(), Refused> {
        let name = set.name.to_ascii_lowercase();
        if set.kind() == VariableSetKind::VarSetMulti {
            let mut modes = Modes {
                session: name == "session characteristics",
                snapshot: name == "transaction snapshot",
                ..Modes::default()
            };
            if !modes.snapshot {
                read_modes(&set.args, &mut modes)?;
            }
            self.now().modes = Some(modes);
            return Ok(());
        }
        let value = match set.args.as_slice() {
            [one] if set.kind() == VariableSetKind::VarSetValue => literal::text(one),
            _ => None,
        };
        if name == "role" || name == "session_authorization" {
            self.now().roles.extend(value.clone());
        }
        let all = set.kind() == VariableSetKind::VarResetAll;
        self.now().settings.push(Setting {
            name: (!all).then_some(name),
            value,
            is_local: set.is_local,
        });
        self.list(&set.args)
    }
}

/// The first argument, if it is a literal, in lower case; a named argument is no literal.
fn first_literal(args: &[Node]) -> Option<String> {
    let is_positional = args
        .iter()
        .all(|arg| !matches!(arg.node, Some(NodeEnum::NamedArgExpr(_))));
    args.first()
        .filter(|_| is_positional)
        .and_then(literal::text)
        .map(|name| name.to_ascii_lowercase())
}

fn is_null(node: &Node) -> bool {
    matches!(&node.node, Some(NodeEnum::AConst(constant)) if constant.isnull)
}

fn children_of_utility<'a>(node: &'a NodeEnum, out: &mut Vec<NodeRef<'a>>) -> Result<(), Refused> {
    match node {
        // A statement that is itself what the walk handles by name.
        NodeEnum::VariableSetStmt(set) => out.push(NodeRef::VariableSetStmt(set)),
        _ => children(node.to_ref(), out)?,
    }
    Ok(())
}

fn modes(options: &[Node]) -> Result<Modes, Refused> {
    let mut modes = Modes::default();
    read_modes(options, &mut modes)?;
    Ok(modes)
}

fn read_modes(options: &[Node], modes: &mut Modes) -> Result<(), Refused> {
    for option in classify::definitions(options)? {
        let value = option.arg.as_deref().and_then(literal::text);
        match option.defname.as_str() {
            "transaction_isolation" => modes.isolation = value.map(|v| v.to_ascii_lowercase()),
            "transaction_read_only" => modes.read_only = value.map(|v| v != "0"),
            "transaction_deferrable" => modes.deferrable = value.map(|v| v != "0"),
            _ => return Err(Refused::Unsupported),
        }
    }
    Ok(())
}
