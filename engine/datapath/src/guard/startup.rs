//! What a client asks for before its session begins: settings in its startup message.
//!
//! They take effect as SET would, so they are judged as SET is. Who may not write at all gets a session whose
//! transactions are read-only: the second wall, behind which the server itself refuses a write that the
//! guard has not seen.

use super::{Identity, may_write, settings};
use wiremask_policy::{Access, Action, Command, Object, PolicySet};
use wiremask_protocols::session::Denial;

/// The setting that makes transactions read-only.
const READ_ONLY: &str = "default_transaction_read_only";

/// How a session may begin.
#[derive(Debug)]
pub struct Admission {
    /// What is sent to the upstream.
    pub parameters: Vec<(String, String)>,
    /// Has every transaction of the session to be read-only?
    pub is_walled: bool,
}

/// Judges the startup parameters of a client; `parameters` hold neither user nor database.
///
/// # Errors
/// What the client is told.
pub fn admit(
    policies: &PolicySet,
    identity: &Identity,
    mut parameters: Vec<(String, String)>,
) -> Result<Admission, Denial> {
    let is_walled = !may_write(policies, identity);
    let mut command = Command::default();
    for (name, value) in &parameters {
        if name == "options" {
            for (name, value) in options(value).ok_or_else(not_understood)? {
                note(&name, &value, is_walled, &mut command);
            }
        } else if !name.starts_with("_pq_.") {
            note(name, value, is_walled, &mut command);
        }
    }
    if !command.context.changes_settings.is_empty() {
        let database = Object::database(&identity.connection, &identity.database);
        command.accesses.push(Access::new(Action::Set, database));
        command.context.parsed = true;
        command.context.statements = 1;
        command.context.read_only = true;
        command.context.kinds.insert("set".to_owned());
        let judgement = policies.judge(&identity.principal, &command);
        if let Some(denial) = judgement.denial() {
            return Err(super::native(&denial));
        }
    }
    if is_walled {
        // Behind `options`, so that it counts; a parameter of the same name goes.
        parameters.retain(|(name, _)| !name.eq_ignore_ascii_case(READ_ONLY));
        parameters.push((READ_ONLY.to_owned(), "on".to_owned()));
    }
    Ok(Admission {
        parameters,
        is_walled,
    })
}

/// Notes a setting, unless it only says how values look and who asks.
fn note(name: &str, value: &str, is_walled: bool, command: &mut Command) {
    const PLAIN: [&str; 8] = [
        "application_name",
        "datestyle",
        "extra_float_digits",
        "intervalstyle",
        "timezone",
        "client_min_messages",
        "bytea_output",
        "geqo",
    ];
    let name = name.to_ascii_lowercase();
    // Whatever the encoding is, the session knows it from the start: see `Inspector::read`.
    let narrows = name == READ_ONLY && settings::is_on(value);
    if PLAIN.contains(&name.as_str()) || name == "client_encoding" || narrows {
        return;
    }
    if settings::breaks(&name, Some(value), is_walled) {
        command.context.unsafe_settings.insert(name.clone());
    }
    command.context.changes_role |= matches!(name.as_str(), "role" | "session_authorization");
    command.context.changes_settings.insert(name);
}

/// The settings of a server command line, as `pg_split_opts` and `process_postgres_switches` read it:
/// `-c name=value` and `--name=value`. Nothing for other switches.
fn options(line: &str) -> Option<Vec<(String, String)>> {
    let mut words = split(line).into_iter();
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        let setting = if word == "-c" {
            words.next()?
        } else if let Some(rest) = word.strip_prefix("--") {
            rest.to_owned()
        } else {
            word.strip_prefix("-c")?.to_owned()
        };
        let (name, value) = setting.split_once('=')?;
        settings.push((name.trim().replace('-', "_"), value.to_owned()));
    }
    Some(settings)
}

/// Words between white space; a backslash keeps what stands behind it.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut letters = line.chars().peekable();
    loop {
        while letters.next_if(char::is_ascii_whitespace).is_some() {}
        if letters.peek().is_none() {
            return words;
        }
        let mut word = String::new();
        while let Some(letter) = letters.next_if(|letter| !letter.is_ascii_whitespace()) {
            match letter {
                '\\' => word.extend(letters.next()),
                letter => word.push(letter),
            }
        }
        words.push(word);
    }
}

fn not_understood() -> Denial {
    Denial {
        hint: Some("write them as `-c name=value`".into()),
        ..Denial::new(b"42501", "the startup options are not understood")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_the_server_reads_them() {
        let read = |line: &str| {
            let settings = options(line)?;
            Some(
                settings
                    .iter()
                    .map(|(n, v)| format!("{n}={v}"))
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        };
        assert_eq!(
            read(" -c a=b  --c-d=e\\ f -cg=h ").as_deref(),
            Some("a=b c_d=e f g=h")
        );
        assert_eq!(read("").as_deref(), Some(""));
        assert_eq!(read("-d 5"), None);
        assert_eq!(read("-c"), None);
        assert_eq!(read("-c novalue"), None);
    }
}
