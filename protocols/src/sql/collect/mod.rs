//! From a parse tree to the facts of its statements.
//!
//! One pass over the tree. What has a meaning of its own is handled by name; everything else is
//! descended into through the table of [`children`](super::children), so that no place is forgotten.
//! The depth of the recursion is that of the tree, which its reader bounds.

mod define;
mod modify;

use super::alteration;
use super::children::{children, inner};
use super::classify;
use super::definition::{self, Target};
use super::literal;
use super::statement::{Call, Columns, Place, Setting, StatementFacts, Used, Write, Written};
use super::trivial;
use super::{Kind, Limits, Name, Refused};
use pg_query::protobuf::{self as p, AExprKind, Node, RangeVar, SelectStmt, WithClause};
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
                let mut modes = define::modes(&transaction.options)?;
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
