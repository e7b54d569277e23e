//! Makes Cedar's context of what is known of a command.
//!
//! Only facts that some policy asks for are made: strict validation shows that nothing else is read.

use crate::command::{Context, Filter};
use crate::names::strings;
use cedar_policy::RestrictedExpression;
use std::collections::BTreeSet;

/// The facts of one access of a command.
pub(crate) fn context(
    context: &Context,
    filter: Filter,
    purpose: Option<&String>,
    approved_by: &BTreeSet<String>,
    asked: Option<&BTreeSet<String>>,
) -> Result<cedar_policy::Context, String> {
    let is_asked = |name: &str| asked.is_none_or(|asked| asked.contains(name));
    let mut pairs: Vec<(String, RestrictedExpression)> = Vec::new();
    let mut add = |name: &str, make: &dyn Fn() -> RestrictedExpression| {
        if is_asked(name) {
            pairs.push((name.to_owned(), make()));
        }
    };
    let flags = [
        ("parsed", context.parsed),
        ("read_only", context.read_only),
        ("dynamic_sql", context.dynamic_sql),
        ("explain_analyze", context.explain_analyze),
        ("has_where", filter != Filter::None),
        ("where_is_trivial", filter == Filter::Trivial),
        ("runs_program", context.runs_program),
        ("reads_server_files", context.reads_server_files),
        ("writes_server_files", context.writes_server_files),
        ("large_objects", context.large_objects),
        ("changes_role", context.changes_role),
        ("locks_rows", context.locks_rows),
    ];
    for (name, value) in flags {
        add(name, &|| RestrictedExpression::new_bool(value));
    }
    let sets = [
        ("kinds", &context.kinds),
        ("functions", &context.functions),
        ("unknown_functions", &context.unknown_functions),
        ("volatile_functions", &context.volatile_functions),
        ("tables_read", &context.tables_read),
        ("tables_written", &context.tables_written),
        ("columns_written", &context.columns_written),
        ("alterations", &context.alterations),
        ("changes_settings", &context.changes_settings),
        ("unsafe_settings", &context.unsafe_settings),
        ("approved_by", approved_by),
    ];
    for (name, value) in sets {
        add(name, &|| strings(value));
    }
    add("statements", &|| {
        RestrictedExpression::new_long(context.statements.into())
    });
    let numbers = [
        ("limit", context.limit),
        ("estimated_rows", context.estimated_rows),
    ];
    for (name, value) in numbers {
        if let Some(value) = value {
            add(name, &|| RestrictedExpression::new_long(value));
        }
    }
    let texts = [
        ("purpose", purpose),
        ("client_application", context.client_application.as_ref()),
    ];
    for (name, value) in texts {
        if let Some(value) = value {
            add(name, &|| RestrictedExpression::new_string(value.clone()));
        }
    }
    cedar_policy::Context::from_pairs(pairs).map_err(|error| error.to_string())
}

/// The facts of showing a column's values.
pub(crate) fn unmask_context(
    purpose: Option<&String>,
    approved_by: &BTreeSet<String>,
) -> Result<cedar_policy::Context, String> {
    let mut pairs = vec![("approved_by".to_owned(), strings(approved_by))];
    if let Some(purpose) = purpose {
        let purpose = RestrictedExpression::new_string(purpose.clone());
        pairs.push(("purpose".to_owned(), purpose));
    }
    cedar_policy::Context::from_pairs(pairs).map_err(|error| error.to_string())
}
