//! Functions with their bodies, settings, and the modes of transactions.

use super::{BODY_DEPTH_MAX, Collector, STATEMENTS_MAX};
use crate::sql::children::inner;
use crate::sql::statement::{Body, Modes, Place, Setting};
use crate::sql::{Refused, classify, literal, parse};
use pg_query::NodeEnum;
use pg_query::protobuf::{self as p, Node, VariableSetKind};

impl<'a> Collector<'a> {
    pub(super) fn function(&mut self, create: &'a p::CreateFunctionStmt) -> Result<(), Refused> {
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
        let tree = parse::tree(text, self.limits)?;
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

    pub(super) fn block(&mut self, block: &'a p::DoStmt) -> Result<(), Refused> {
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

    pub(super) fn setting(&mut self, set: &'a p::VariableSetStmt) -> Result<(), Refused> {
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

pub(super) fn modes(options: &[Node]) -> Result<Modes, Refused> {
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
