//! Settings that a statement changes, and those whose new value would break what the gateway relies on.
//!
//! The grammar here reads UTF-8 with standard strings. A server that reads otherwise runs another text than
//! the one that was judged: a backslash that is half a character, a string that ends elsewhere.

use wiremask_policy::Context;
use wiremask_protocols::sql::{Kind, Setting, StatementFacts};

/// Notes the settings that a statement changes.
pub(super) fn note(facts: &StatementFacts, is_walled: bool, context: &mut Context) {
    for setting in &facts.settings {
        let name = setting.name.as_deref().unwrap_or("*");
        context.changes_settings.insert(name.to_owned());
        if is_unsafe(setting, facts.kind, is_walled) {
            context.unsafe_settings.insert(name.to_owned());
        }
    }
    let writable = facts.modes.as_ref().and_then(|modes| modes.read_only) == Some(false);
    if writable {
        context
            .changes_settings
            .insert("transaction_read_only".to_owned());
        if is_walled {
            context
                .unsafe_settings
                .insert("transaction_read_only".to_owned());
        }
    }
}

/// RESET gives a setting the value that the session began with, which was judged then.
fn is_unsafe(setting: &Setting, kind: Kind, is_walled: bool) -> bool {
    if kind == Kind::Reset {
        return false;
    }
    match setting.name.as_deref() {
        Some(name) => breaks(name, setting.value.as_deref(), is_walled),
        None => true,
    }
}

/// Does a setting with this value break what the gateway relies on? Without one it is computed.
pub(super) fn breaks(name: &str, value: Option<&str>, is_walled: bool) -> bool {
    match name {
        "client_encoding" | "names" => !value.is_some_and(is_read_as_it_lies),
        "standard_conforming_strings" => !value.is_some_and(is_on),
        "default_transaction_read_only" | "transaction_read_only" => {
            is_walled && !value.is_some_and(is_on)
        }
        _ => false,
    }
}

/// Does a server with this client encoding take the same text from the same bytes? `SQL_ASCII` leaves
/// bytes as they are.
pub(super) fn is_read_as_it_lies(encoding: &str) -> bool {
    let letters = encoding.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    matches!(name.as_str(), "utf8" | "unicode" | "sqlascii")
}

/// PostgreSQL's `parse_bool`: unambiguous beginnings count.
pub(super) fn is_on(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    value == "1"
        || value == "on"
        || (!value.is_empty() && ("true".starts_with(&value) || "yes".starts_with(&value)))
}
