//! `rules reveal`: what masked values were before, for whoever holds the key, and written down.
//!
//! The order is the point: everything is computed, the event is on the disk, and only then something is
//! printed. A reveal that cannot be written down does not happen.

mod column_type;
mod who;

use super::Format;
use super::machine::json_text;
use super::show::column_name;
use crate::cli::ConfigFile;
use crate::commands::{Outcome, print};
use crate::config::{self, check::RulesInForce};
use clap::{ArgGroup, Args};
use column_type::ColumnType;
use serde::Serialize;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::process::ExitCode;
use wiremask_control::event_log;
use wiremask_datapath::event::{Event, HexHash, Record};
use wiremask_datapath::leaf::{to_protocol, to_rules};
use wiremask_protocols::postgres::value::{
    self, BuiltinTypes, Encoding, LeafMasker, LeafSite, Masked, Rewritten, Scalar, Scratch,
    Settings,
};
use wiremask_rules::{Decision, Effective, MaskContext, Masker, RevealError, RuleId, Ruleset};

/// Bytes of all values together.
const INPUT_SIZE_MAX: u64 = 16 << 20;
/// Bytes of a reason.
const REASON_LEN_MAX: usize = 500;
/// A reason may hold a shorter value by accident.
const TOLD_LEN_MIN: usize = 4;

/// Arguments of `rules reveal`.
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("mask").required(true).multiple(true)))]
pub struct Options {
    /// The configuration, whose rules and keys made the values.
    #[command(flatten)]
    config: ConfigFile,
    /// The column that the values come from: DATABASE.SCHEMA.TABLE.COLUMN
    #[arg(long, value_name = "COLUMN", group = "mask")]
    column: Option<String>,
    /// The rule that masked them, where it is not the one for the whole column
    #[arg(long, value_name = "NAME", group = "mask")]
    rule: Option<String>,
    /// The type of the column, as in `text`, `int8`, `numeric(12,2)`, `uuid[]`
    #[arg(long = "type", value_name = "TYPE")]
    type_name: String,
    /// The key that was in force when the values were masked [default: the current one]
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    /// Why; it is written into the event log
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Masked values; without any they are read from standard input, one on each line
    #[arg(value_name = "VALUE")]
    values: Vec<String>,
    /// How the values are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What is told.
#[derive(Serialize)]
struct Report<'a> {
    rule: &'a str,
    column: Option<&'a str>,
    operator: &'static str,
    key_id: &'a str,
    reason: &'a str,
    asked: usize,
    revealed: usize,
    values: Vec<Answer>,
}

/// One value: from 1 in the order given.
#[derive(Serialize)]
struct Answer {
    number: usize,
    #[serde(flatten)]
    outcome: Revealed,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Revealed {
    Revealed(String),
    Error(&'static str),
}

/// `wiremask rules reveal`
pub fn run(options: &Options) -> Outcome {
    let reason = reason(&options.reason)?;
    let column_type = ColumnType::parse(&options.type_name)?;
    let loaded = config::load_rules(&options.config.path, options.key.as_deref());
    let RulesInForce { ruleset, events } =
        loaded.map_err(|found| found.render(io::stderr().is_terminal()))?;
    let events = events.ok_or(
        "events go to standard output, where they would not be kept: name a file in `events.path`",
    )?;
    let rule = rule(&ruleset, options, column_type.name())?;
    let masker = ruleset.masker(rule);
    let name = &ruleset.rules()[rule.index()].name;
    let key_id = reversible(masker, name, options.key.as_deref())?;
    let given = match options.values.is_empty() {
        true => read()?,
        false => options.values.clone(),
    };
    let outcomes: Vec<Revealed> = (given.iter())
        .map(|value| {
            reveal(masker, &column_type, value.as_bytes())
                .map_or_else(Revealed::Error, Revealed::Revealed)
        })
        .collect();
    let revealed = outcomes.iter().filter_map(Revealed::value);
    if given
        .iter()
        .map(String::as_str)
        .chain(revealed)
        .any(|value| tells(reason, value))
    {
        return Err("the reason holds a value, which must not stand in the event log".to_owned());
    }
    let count = outcomes.iter().filter_map(Revealed::value).count();
    let who = who::who();
    let record = Record {
        time: crate::now(),
        shard: None,
        session: None,
        event: Event::ValuesRevealed {
            by: who.name.into(),
            uid: who.uid,
            login_uid: who.login_uid,
            rule: name.as_str().into(),
            column: options.column.as_deref().map(Into::into),
            operator: masker.operator(),
            key_id: key_id.into(),
            asked: given.len() as u64,
            revealed: count as u64,
            reason: reason.into(),
            ruleset: HexHash(ruleset.content_hash()),
        },
    };
    event_log::append(&events, &record).map_err(|error| {
        format!(
            "nothing is revealed: the event log {} cannot be written: {}",
            events.display(),
            error.kind()
        )
    })?;
    let values = (1..).zip(outcomes);
    let report = Report {
        rule: name,
        column: options.column.as_deref(),
        operator: masker.operator(),
        key_id,
        reason,
        asked: given.len(),
        revealed: count,
        values: values
            .map(|(number, outcome)| Answer { number, outcome })
            .collect(),
    };
    tell(&report, options.format)?;
    Ok(match count == given.len() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

impl Revealed {
    fn value(&self) -> Option<&str> {
        match self {
            Revealed::Revealed(value) => Some(value),
            Revealed::Error(_) => None,
        }
    }
}

/// Words that can stand on one line of the log.
pub fn reason(text: &str) -> Result<&str, String> {
    let reason = text.trim();
    if reason.is_empty() {
        return Err("`--reason` is empty: say why".to_owned());
    }
    if reason.len() > REASON_LEN_MAX {
        let len = reason.len();
        return Err(format!(
            "the reason has {len} bytes, more than {REASON_LEN_MAX}"
        ));
    }
    match reason.chars().any(char::is_control) {
        true => Err("the reason holds control characters".to_owned()),
        false => Ok(reason),
    }
}

fn tells(reason: &str, value: &str) -> bool {
    value.len() >= TOLD_LEN_MIN && reason.contains(value)
}

/// The rule whose mask made the values.
fn rule(ruleset: &Ruleset, options: &Options, type_name: &str) -> Result<RuleId, String> {
    let Some(path) = &options.column else {
        return by_name(ruleset, options.rule.as_deref().unwrap_or_default());
    };
    let effective = ruleset.effective(&column_name(path, type_name));
    match (&options.rule, &effective.decision) {
        (Some(name), _) => of_column(&effective, name).ok_or_else(|| {
            format!("no rule `{name}` masks values of {path}; `wiremask rules show --effective {path}` tells what does")
        }),
        (None, Decision::Masked(line)) => Ok(line.id),
        (None, _) => Err(format!(
            "no rule masks {path} whole: name the one that masked the value with `--rule`, and the column as \
             DATABASE.SCHEMA.TABLE.COLUMN"
        )),
    }
}

/// The rule of a name among those that mask in a column.
fn of_column(effective: &Effective, name: &str) -> Option<RuleId> {
    let decision = match &effective.decision {
        Decision::Masked(line) => Some((line.id, &line.rule)),
        Decision::Shadow(_) | Decision::Exempt(_) | Decision::Scanned => None,
    };
    let paths = effective
        .paths
        .iter()
        .map(|path| (path.rule.id, &path.rule.rule));
    let detectors = effective
        .detectors
        .iter()
        .map(|line| (line.id, &line.detector));
    let mut rules = decision.into_iter().chain(paths).chain(detectors);
    rules.find(|(_, rule)| *rule == name).map(|(id, _)| id)
}

/// The rule of a name anywhere; several that mask alike are one.
fn by_name(ruleset: &Ruleset, name: &str) -> Result<RuleId, String> {
    let named = |(_, info): &(u16, &wiremask_rules::RuleInfo)| info.name == name;
    let mut rules = (0..).zip(ruleset.rules()).filter(named);
    let (id, first) = rules.next().ok_or_else(|| {
        format!("no rule has the name `{name}`; `wiremask rules show` lists them")
    })?;
    match rules.all(|(_, other)| (&other.mask, &other.entity) == (&first.mask, &first.entity)) {
        true => Ok(RuleId(id)),
        false => Err(format!(
            "rules of the name `{name}` mask in several ways: add `--column`"
        )),
    }
}

/// The key of a mask that can be undone with the key that was asked for.
fn reversible<'m>(masker: &'m Masker, rule: &str, asked: Option<&str>) -> Result<&'m str, String> {
    let operator = masker.operator();
    let key_id = masker.key_id().filter(|_| masker.properties().reversible);
    let key_id = key_id.ok_or_else(|| {
        format!("rule `{rule}` masks with `{operator}`, which cannot be reversed; `fpe`, `tokenize` and `ip-permute` can")
    })?;
    match asked.filter(|asked| *asked != key_id) {
        Some(asked) => Err(format!(
            "rule `{rule}` names the key `{key_id}`: it never masked with `{asked}`"
        )),
        None => Ok(key_id),
    }
}

/// Masks leaves, or undoes it.
struct Leaves<'m> {
    masker: &'m Masker,
    context: MaskContext<'static>,
    undo: bool,
    error: Option<RevealError>,
}

impl LeafMasker for Leaves<'_> {
    fn leaf(&mut self, _: LeafSite<'_>, value: Scalar<'_>, out: &mut Vec<u8>) -> Masked {
        let value = to_rules(value);
        if !self.undo {
            return to_protocol(self.masker.mask(value, &self.context, out));
        }
        match self.masker.reveal(value, &self.context, out) {
            Ok(revealed) => to_protocol(revealed),
            Err(error) => {
                self.error = Some(error);
                Masked::Null
            }
        }
    }
}

/// One value, part by part as the gateway masks it. Masked again it must be what was given.
fn reveal(masker: &Masker, column: &ColumnType, value: &[u8]) -> Result<String, &'static str> {
    const NOT_MASKED: &str = "the value was not made by this mask with this key";
    let mut scratch = Scratch::default();
    let mut walk = |undo, from: &[u8]| {
        let mut leaves = Leaves {
            masker,
            context: column.context(),
            undo,
            error: None,
        };
        let encoding = Encoding {
            format: value::Format::Text,
            settings: &Settings::default(),
            types: &BuiltinTypes,
        };
        let mut out = Vec::new();
        let walked = value::rewrite(
            column.shape(),
            encoding,
            from,
            &mut leaves,
            &mut scratch,
            &mut out,
        );
        match (walked, leaves.error) {
            (Ok(Rewritten::Changed), None) => Ok(out),
            (Ok(Rewritten::Changed | Rewritten::Unchanged | Rewritten::Null), _) => Err(NOT_MASKED),
            (Err(_), _) => Err("the value is none of this type"),
        }
    };
    let revealed = walk(true, value)?;
    if walk(false, &revealed)? != value {
        return Err(NOT_MASKED);
    }
    String::from_utf8(revealed).map_err(|_| NOT_MASKED)
}

fn read() -> Result<Vec<String>, String> {
    if io::stdin().is_terminal() {
        return Err("give values as arguments, or on standard input".to_owned());
    }
    let mut text = String::new();
    let read = io::stdin()
        .lock()
        .take(INPUT_SIZE_MAX + 1)
        .read_to_string(&mut text);
    read.map_err(|error| format!("standard input: {}", error.kind()))?;
    if text.len() as u64 > INPUT_SIZE_MAX {
        return Err(format!("more than {INPUT_SIZE_MAX} bytes of values"));
    }
    let values: Vec<String> = text.lines().map(str::to_owned).collect();
    match values.is_empty() {
        true => Err("standard input holds no value".to_owned()),
        false => Ok(values),
    }
}

fn tell(report: &Report<'_>, format: Format) -> Outcome {
    if format == Format::Json {
        return print(&json_text(report)?);
    }
    let mut text = String::new();
    for Answer { number, outcome } in &report.values {
        match outcome {
            Revealed::Revealed(value) => text += value,
            // When standard error is gone, there is nobody to tell; the exit code tells as well.
            Revealed::Error(why) => drop(writeln!(io::stderr(), "value {number}: {why}")),
        }
        text.push('\n');
    }
    print(&text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use wiremask_rules::{Backend, Keys, PackSource};

    fn ruleset(mask: &str) -> Ruleset {
        let text = format!(
            "[pack]\nname = \"t\"\nversion = \"1\"\n[[dataset]]\nselect = {{ table = \"t\", column = \"c\" }}\n\
             set = {{ entity = \"X\", mask = {{ {mask} }} }}\n"
        );
        let packs = [PackSource {
            name: "t".to_owned(),
            text,
        }];
        Ruleset::compile(
            &packs,
            &Keys::from_secret("k", b"a secret of a test"),
            Backend::Portable,
        )
        .unwrap()
    }

    #[test]
    fn values_of_every_type_come_back_part_by_part() {
        let fpe = "operator = \"fpe\"";
        let token = "operator = \"tokenize\"";
        let permute = "operator = \"ip-permute\"";
        for (mask, type_name, value) in [
            (fpe, "text", "4111 1111 1111 1111"),
            (fpe, "int8", "4111111111111111"),
            (fpe, "integer", "-1234"),
            (fpe, "numeric(12,2)", "1234567.89"),
            (fpe, "uuid", "0188e5f5-27a0-7c6e-8a6e-0123456789ab"),
            (fpe, "inet", "10.1.2.3"),
            (fpe, "macaddr", "08:00:2b:01:02:03"),
            (permute, "cidr", "10.1.2.0/24"),
            (fpe, "int8[]", "{4111111111111111,NULL,7}"),
            (token, "varchar(80)", "anna@mail.example"),
            (token, "_text", r#"{"a b",c,"d\"e"}"#),
            (token, "jsonb", r#"{"name": "Anna \"A\""}"#),
        ] {
            let rules = ruleset(mask);
            let masker = rules.masker(RuleId(0));
            let column = ColumnType::parse(type_name).unwrap();
            let mut leaves = Leaves {
                masker,
                context: column.context(),
                undo: false,
                error: None,
            };
            let encoding = Encoding {
                format: value::Format::Text,
                settings: &Settings::default(),
                types: &BuiltinTypes,
            };
            let (mut scratch, mut masked) = (Scratch::default(), Vec::new());
            value::rewrite(
                column.shape(),
                encoding,
                value.as_bytes(),
                &mut leaves,
                &mut scratch,
                &mut masked,
            )
            .unwrap();
            assert_ne!(masked, value.as_bytes(), "{type_name}");
            assert_eq!(
                reveal(masker, &column, &masked).unwrap(),
                value,
                "{type_name}"
            );
        }
    }

    #[test]
    fn what_no_mask_made_is_not_revealed() {
        let rules = ruleset("operator = \"tokenize\"");
        let text = ColumnType::parse("text").unwrap();
        let of = |value: &str| reveal(rules.masker(RuleId(0)), &text, value.as_bytes());
        assert!(
            of("tok_AAAAAAAAAAAAAAAAAAAAAAAA").is_err() && of("").is_err() && of("***").is_err()
        );
        let fpe = ruleset("operator = \"fpe\"");
        let int = ColumnType::parse("int4").unwrap();
        assert!(reveal(fpe.masker(RuleId(0)), &int, b"x").is_err());
        assert!(reveal(fpe.masker(RuleId(0)), &text, b"*****").is_err());
    }

    #[test]
    fn a_reason_is_one_line_without_values() {
        assert_eq!(reason("  ticket 7 "), Ok("ticket 7"));
        for bad in ["", " ", "a\nb", &"x".repeat(501)] {
            assert!(reason(bad).is_err(), "{bad:?}");
        }
        assert!(
            tells("card 4111111111111111 again", "4111111111111111") && !tells("ticket 7", "7")
        );
    }
}
