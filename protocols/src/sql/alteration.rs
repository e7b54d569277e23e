//! What an ALTER, or a CREATE OR REPLACE, does to what is there already.

use super::Refused;
use super::children::inner;
use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType};

/// In the words of the grammar, lower case: `drop column`, `rename`, `owner to`, `replace` ….
///
/// # Errors
/// [`Refused::Unsupported`] for a subcommand that is none.
pub fn alterations(node: &NodeEnum) -> Result<Vec<String>, Refused> {
    let one = |words: &str| Ok(vec![words.to_owned()]);
    let replaces = match node {
        NodeEnum::AlterTableStmt(alter) => {
            return alter
                .cmds
                .iter()
                .map(|node| match inner(node)? {
                    NodeEnum::AlterTableCmd(command) => subcommand(command),
                    _ => Err(Refused::Unsupported),
                })
                .collect();
        }
        NodeEnum::AlterDomainStmt(alter) => {
            // T: default, N: drop not null, O: set not null, C: add, X: drop, V: validate a constraint.
            return match alter.subtype.as_str() {
                "T" if alter.def.is_none() => one("drop default"),
                "N" => one("drop not null"),
                "X" => one("drop constraint"),
                _ => one("set"),
            };
        }
        NodeEnum::RenameStmt(_) => return one("rename"),
        NodeEnum::AlterObjectSchemaStmt(_) => return one("set schema"),
        NodeEnum::AlterOwnerStmt(_) => return one("owner to"),
        NodeEnum::AlterTableMoveAllStmt(_) => return one("set tablespace"),
        NodeEnum::CreateFunctionStmt(create) => create.replace,
        NodeEnum::ViewStmt(create) => create.replace,
        NodeEnum::RuleStmt(create) => create.replace,
        NodeEnum::CreateTrigStmt(create) => create.replace,
        NodeEnum::CreateTransformStmt(create) => create.replace,
        NodeEnum::CreatePlangStmt(create) => create.replace,
        NodeEnum::DefineStmt(create) => create.replace,
        _ => false,
    };
    Ok(if replaces {
        vec!["replace".to_owned()]
    } else {
        Vec::new()
    })
}

fn subcommand(command: &AlterTableCmd) -> Result<String, Refused> {
    use AlterTableType as T;
    let subtype = T::try_from(command.subtype).map_err(|_| Refused::Unsupported)?;
    let words = match subtype {
        T::Undefined => return Err(Refused::Unsupported),
        T::AtColumnDefault if command.def.is_none() => "drop default",
        T::AtColumnDefault => "set default",
        T::AtChangeOwner => "owner to",
        T::AtSetTableSpace => "set tablespace",
        T::AtSetUnLogged => "set unlogged",
        T::AtAddInherit => "inherit",
        T::AtDropInherit => "no inherit",
        T::AtEnableTrig
        | T::AtEnableAlwaysTrig
        | T::AtEnableReplicaTrig
        | T::AtEnableTrigAll
        | T::AtEnableTrigUser => "enable trigger",
        T::AtDisableTrig | T::AtDisableTrigAll | T::AtDisableTrigUser => "disable trigger",
        T::AtEnableRule | T::AtEnableAlwaysRule | T::AtEnableReplicaRule => "enable rule",
        T::AtDisableRule => "disable rule",
        T::AtEnableRowSecurity => "enable row level security",
        T::AtDisableRowSecurity => "disable row level security",
        T::AtForceRowSecurity => "force row level security",
        T::AtNoForceRowSecurity => "no force row level security",
        other => return Ok(spaced(other.as_str_name())),
    };
    Ok(words.to_owned())
}

/// `AT_DropColumn` as `drop column`.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for letter in name.trim_start_matches("AT_").chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::sql::{Facts, Limits};

    #[test]
    fn alterations_are_named_in_the_words_of_the_grammar() {
        for (text, expected) in [
            (
                "alter table t drop column a, add column b int",
                "drop column, add column",
            ),
            (
                "alter table t alter a type text using null",
                "alter column type",
            ),
            ("alter table t alter a drop default", "drop default"),
            ("alter table t alter a set default 1", "set default"),
            ("alter table t alter a drop not null", "drop not null"),
            ("alter table t drop constraint c", "drop constraint"),
            ("alter table t rename to u", "rename"),
            ("alter table t rename a to b", "rename"),
            ("alter table t set schema s", "set schema"),
            ("alter table t owner to r", "owner to"),
            ("alter function f() owner to r", "owner to"),
            ("alter table t no inherit p", "no inherit"),
            ("alter table t detach partition p", "detach partition"),
            (
                "alter table t attach partition p default",
                "attach partition",
            ),
            ("alter table t disable trigger all", "disable trigger"),
            (
                "alter table t disable row level security",
                "disable row level security",
            ),
            ("alter table t set unlogged", "set unlogged"),
            ("alter domain d drop constraint c", "drop constraint"),
            ("create or replace view v as select 1", "replace"),
            (
                "create or replace function f() returns int language sql as 'select 1'",
                "replace",
            ),
            ("create view v as select 1", ""),
            ("select 1", ""),
        ] {
            let facts = Facts::read(text, &Limits::default()).unwrap();
            assert_eq!(
                facts.statements[0].alterations.join(", "),
                expected,
                "{text}"
            );
        }
    }
}
