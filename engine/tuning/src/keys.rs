//! Keys of tables, and what masks do to them: a unique column whose values meet, a reference that no longer
//! finds what it refers to.
//!
//! Constraints are read by whoever can ask a server, and travel in the report of a scan. Where there are
//! samples, a mask is tried on the values themselves; they are counted and not told.

use crate::apply::typed;
use crate::sample::{Column, Table};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use wiremask_rules::{
    ColumnName, MaskContext, Masked, Masker, Mode, RuleId, Ruleset, Uniqueness, Value,
    tags_of_comment,
};

/// A column of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyColumn {
    /// The database.
    pub database: String,
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The name of its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The comments on it and on its table, for tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
}

/// Columns whose values together are unique.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UniqueKey {
    /// `primary key`, `unique constraint` or `unique index`.
    pub kind: String,
    /// In their order; never empty.
    pub columns: Vec<KeyColumn>,
}

/// A column that refers to another; one of several where a key has several columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The column that refers.
    pub from: KeyColumn,
    /// The one that it refers to.
    pub to: KeyColumn,
}

/// The keys of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraints {
    /// Primary keys, unique constraints and unique indexes.
    pub unique: Vec<UniqueKey>,
    /// Foreign keys, column by column.
    pub references: Vec<Reference>,
}

/// A key that a mask breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyWarning {
    /// `key-uniqueness` or `key-join`.
    pub check: &'static str,
    /// The rule whose mask it is, for [`Ruleset::rules`].
    #[serde(skip)]
    pub rule: RuleId,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl KeyColumn {
    /// `schema.table.column`
    pub fn path(&self) -> String {
        let parts = [&self.schema, &self.table, &self.column];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.map(String::as_str).collect::<Vec<_>>().join(".")
    }

    /// Is the sample one of this column?
    pub(crate) fn is_of(&self, column: &Column) -> bool {
        let facts = &column.facts;
        (&facts.database, &facts.schema) == (&self.database, &self.schema)
            && (&facts.table, &facts.column) == (&self.table, &self.column)
    }

    /// The rule that masks it whole.
    pub(crate) fn rule(&self, rules: &Ruleset) -> Option<RuleId> {
        let mut tags = Vec::new();
        for comment in &self.comments {
            tags_of_comment(comment, &mut tags);
        }
        let rule = rules.column_rule(&ColumnName {
            database: &self.database,
            schema: &self.schema,
            table: &self.table,
            column: &self.column,
            type_name: &self.type_name,
            tags: &tags,
        })?;
        (rules.rules()[rule.index()].mode == Mode::Enforce).then_some(rule)
    }
}

/// What the masks of a ruleset break. `samples` may lack some of the tables, or all.
pub fn check(rules: &Ruleset, constraints: &Constraints, samples: &[Table]) -> Vec<KeyWarning> {
    let mut warnings = Vec::new();
    for key in &constraints.unique {
        warnings.extend(
            key.columns
                .iter()
                .filter_map(|column| unique(rules, key, column, samples)),
        );
    }
    warnings.extend(
        constraints
            .references
            .iter()
            .filter_map(|reference| joined(rules, reference)),
    );
    let mut seen = HashSet::new();
    warnings.retain(|warning| seen.insert(warning.message.clone()));
    warnings
}

fn unique(
    rules: &Ruleset,
    key: &UniqueKey,
    column: &KeyColumn,
    samples: &[Table],
) -> Option<KeyWarning> {
    let rule = column.rule(rules)?;
    let masker = rules.masker(rule);
    let sample = sample_of(column, samples);
    let met = sample.map_or(0, |sample| meetings(masker, rules, sample));
    let uniqueness = match uniqueness(masker, rules, &column.type_name) {
        Uniqueness::Preserved if met == 0 => return None,
        _ if met > 0 => format!(
            "lossy: {met} of {} values of a sample meet another",
            kept(sample)
        ),
        found => found.word().to_owned(),
    };
    let whole = match key.columns.len() {
        1 => format!("{} is a {}", column.path(), key.kind),
        _ => format!("{} is part of a {}", column.path(), key.kind),
    };
    Some(KeyWarning {
        check: "key-uniqueness",
        rule,
        message: format!(
            "{whole}, and under `{}` uniqueness is {uniqueness}; clients that rely on it may fail",
            masker.operator()
        ),
        help: "`fpe` keeps different values different; `hash` and `pseudonym` nearly always do"
            .to_owned(),
    })
}

fn kept(sample: Option<&Column>) -> usize {
    sample.map_or(0, Column::kept)
}

fn joined(rules: &Ruleset, reference: &Reference) -> Option<KeyWarning> {
    let (from, to) = (&reference.from, &reference.to);
    let (path, target) = (from.path(), to.path());
    let warning = |rule, why: String, help: &str| {
        Some(KeyWarning {
            check: "key-join",
            rule,
            message: format!("{path} refers to {target}, {why}"),
            help: help.to_owned(),
        })
    };
    let both = "mask both, with the same operator, entity and key";
    let alike =
        "give both the same operator that joins (`fpe`, `hash`, `pseudonym`), entity and key";
    match (from.rule(rules), to.rule(rules)) {
        (None, None) => None,
        (Some(rule), None) => warning(
            rule,
            "which is not masked: they no longer join, and it shows what is hidden here".to_owned(),
            both,
        ),
        (None, Some(rule)) => warning(
            rule,
            "which is masked, and shows the same values unmasked".to_owned(),
            both,
        ),
        (Some(a), Some(b)) => {
            let why = apart(rules, (a, &from.type_name), (b, &to.type_name))?;
            warning(a, format!("and they no longer join: {why}"), alike)
        }
    }
}

/// Why two masked columns do not find each other; nothing where they do.
pub(crate) fn apart(
    rules: &Ruleset,
    (a, a_type): (RuleId, &str),
    (b, b_type): (RuleId, &str),
) -> Option<String> {
    let (mask_a, mask_b) = (rules.masker(a), rules.masker(b));
    for masker in [mask_a, mask_b] {
        let properties = masker.properties();
        if !(properties.joinable && properties.deterministic) {
            return Some(format!("`{}` does not keep joins", masker.operator()));
        }
    }
    let (info_a, info_b) = (&rules.rules()[a.index()], &rules.rules()[b.index()]);
    if probes(a_type) != probes(b_type) {
        return Some(format!(
            "values of {a_type} and {b_type} are masked differently"
        ));
    }
    let same = probes(a_type)
        .into_iter()
        .all(|value| masked(mask_a, value) == masked(mask_b, value));
    if same && mask_a.operator() == mask_b.operator() {
        return None;
    }
    Some(if mask_a.operator() != mask_b.operator() {
        format!(
            "one has `{}`, the other `{}`",
            mask_a.operator(),
            mask_b.operator()
        )
    } else if mask_a.key_id() != mask_b.key_id() {
        let id = |masker: &Masker| masker.key_id().unwrap_or_default().to_owned();
        format!(
            "one has the key `{}`, the other `{}`",
            id(mask_a),
            id(mask_b)
        )
    } else if info_a.entity != info_b.entity {
        format!(
            "one has the entity {}, the other {}",
            info_a.entity, info_b.entity
        )
    } else {
        format!("one has {}, the other {}", info_a.mask, info_b.mask)
    })
}

/// Do values of a type stay different? An operator that has no meaning for it redacts them.
pub(crate) fn uniqueness(masker: &Masker, rules: &Ruleset, type_name: &str) -> Uniqueness {
    let is_text = matches!(probes(type_name).first(), Some(Value::Text(_)));
    let redacts = || {
        probes(type_name)
            .into_iter()
            .all(|value| is_redacted(masker, rules, value))
    };
    match !is_text && redacts() {
        true => Uniqueness::Lossy,
        false => masker.properties().uniqueness,
    }
}

/// Distinct values of a sample that have the mask of another, or are redacted as they do not fit.
pub(crate) fn meetings(masker: &Masker, rules: &Ruleset, sample: &Column) -> usize {
    let mut masks = HashSet::new();
    let values = sample
        .values()
        .filter_map(|(value, _)| typed(&sample.facts.type_name, value));
    let mut values = values.peekable();
    if !values
        .peek()
        .is_some_and(|value| matches!(value, Value::Text(_) | Value::Int { .. } | Value::Uuid(_)))
    {
        return 0;
    }
    values
        .filter(|value| {
            let (kind, bytes) = masked(masker, *value);
            !masks.insert((format!("{kind:?}"), bytes)) || is_redacted(masker, rules, *value)
        })
        .count()
}

pub(crate) fn sample_of<'t>(column: &KeyColumn, samples: &'t [Table]) -> Option<&'t Column> {
    let mut columns = samples.iter().flat_map(|table| &table.columns);
    columns.find(|sample| column.is_of(sample))
}

fn is_redacted(masker: &Masker, rules: &Ruleset, value: Value<'_>) -> bool {
    masked(masker, value) == masked(rules.strictest(), value)
}

fn masked(masker: &Masker, value: Value<'_>) -> (Masked, Vec<u8>) {
    let mut out = Vec::new();
    (masker.mask(value, &MaskContext::default(), &mut out), out)
}

/// Values of a type that masks are tried on.
fn probes(type_name: &str) -> Vec<Value<'static>> {
    let base = type_name.trim_end_matches("[]");
    let ints = |width| {
        [7, 1002, 31_000]
            .map(|value| Value::Int { value, width })
            .to_vec()
    };
    match base.strip_prefix('_').unwrap_or(base) {
        "int2" => ints(2),
        "int4" => ints(4),
        "int8" => ints(8),
        "numeric" => ["7", "1002", "31000"].map(Value::Numeric).to_vec(),
        "float4" => vec![Value::Float {
            value: 7.5,
            width: 4,
        }],
        "float8" => vec![Value::Float {
            value: 7.5,
            width: 8,
        }],
        "bool" => vec![Value::Bool(true)],
        "date" => vec![Value::Date(7000), Value::Date(8000)],
        "timestamp" => vec![Value::Timestamp {
            micros: 7 << 40,
            zoned: false,
        }],
        "timestamptz" => vec![Value::Timestamp {
            micros: 7 << 40,
            zoned: true,
        }],
        "uuid" => [7, 8].map(|byte| Value::Uuid([byte; 16])).to_vec(),
        "inet" => vec![Value::Inet {
            address: [10; 16],
            len: 4,
            prefix: 32,
            cidr: false,
        }],
        "cidr" => vec![Value::Inet {
            address: [10; 16],
            len: 4,
            prefix: 32,
            cidr: true,
        }],
        "macaddr" => vec![Value::Mac {
            address: [8; 8],
            len: 6,
        }],
        "bytea" => vec![Value::Bytes(b"\x07\x08\x09")],
        _ => ["4111111111111111", "AB-10048", "ann@mail.example", "Ann"]
            .map(|text| Value::Text(text.as_bytes()))
            .to_vec(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sample::ColumnFacts;
    use wiremask_rules::{Backend, Keys, PackSource};

    pub(super) fn column(table: &str, column: &str, type_name: &str) -> KeyColumn {
        KeyColumn {
            database: "shop".to_owned(),
            schema: "public".to_owned(),
            table: table.to_owned(),
            column: column.to_owned(),
            type_name: type_name.to_owned(),
            comments: Vec::new(),
        }
    }

    fn primary(column: KeyColumn) -> Constraints {
        let key = UniqueKey {
            kind: "primary key".to_owned(),
            columns: vec![column],
        };
        Constraints {
            unique: vec![key],
            references: Vec::new(),
        }
    }

    fn ruleset(entries: &[(&str, &str, &str)]) -> Ruleset {
        let mut text = "[pack]\nname = \"t\"\nversion = \"1\"\n".to_owned();
        for (select, entity, mask) in entries {
            text += &format!(
                "[[dataset]]\nselect = {{ {select} }}\nset = {{ entity = \"{entity}\", mask = {{ {mask} }} }}\n"
            );
        }
        let mut keys = Keys::from_secret("k", b"a secret of a test");
        keys.add("old", b"another secret of a test").unwrap();
        let packs = [PackSource {
            name: "t".to_owned(),
            text,
        }];
        Ruleset::compile(&packs, &keys, Backend::Portable).unwrap()
    }

    const FPE: &str = "operator = \"fpe\"";
    const HASH: &str = "operator = \"hash\"";
    const LAST: &str = "operator = \"keep-last\", count = 2";

    #[test]
    fn a_unique_column_is_told_where_values_may_meet() {
        for (mask, type_name, told) in [
            (FPE, "text", None),
            (FPE, "int8", None),
            (FPE, "int2", Some("lossy")),
            (FPE, "date", Some("lossy")),
            (HASH, "text", Some("not guaranteed")),
            (LAST, "text", Some("lossy")),
        ] {
            let rules = ruleset(&[("column = \"id\"", "ID", mask)]);
            let found = check(&rules, &primary(column("person", "id", type_name)), &[]);
            let message = found.first().map(|warning| warning.message.clone());
            let same = match (&message, told) {
                (Some(message), Some(told)) => {
                    message.contains(told) && message.contains("public.person.id is a primary key")
                }
                (None, None) => true,
                _ => false,
            };
            assert!(same, "{mask} {type_name}: {message:?}");
        }
    }

    #[test]
    fn a_sample_shows_what_does_not_fit_a_mask() {
        let rules = ruleset(&[("column = \"id\"", "ID", FPE)]);
        let facts = ColumnFacts {
            database: "shop".to_owned(),
            schema: "public".to_owned(),
            table: "person".to_owned(),
            column: "id".to_owned(),
            type_name: "text".to_owned(),
            ..ColumnFacts::default()
        };
        let mut sample = Column::new(facts, 100);
        (0..50).for_each(|number| sample.push(Some(format!("login{number:03}").as_bytes())));
        let tables = [Table {
            columns: vec![sample],
        }];
        let found = check(&rules, &primary(column("person", "id", "text")), &tables);
        assert!(found[0].message.contains("50 of 50 values"), "{found:?}");
        assert!(!found[0].message.contains("login0"));
    }

    #[test]
    fn references_join_only_under_the_same_mask_entity_key_and_type() {
        let reference = |type_name| Constraints {
            unique: Vec::new(),
            references: vec![Reference {
                from: column("visit", "patient", type_name),
                to: column("patient", "id", "text"),
            }],
        };
        let told = |entries: &[(&str, &str, &str)], type_name| {
            let found = check(&ruleset(entries), &reference(type_name), &[]);
            found
                .into_iter()
                .map(|warning| warning.message)
                .next()
                .unwrap_or_default()
        };
        let (from, to) = (
            "table = \"visit\", column = \"patient\"",
            "table = \"patient\", column = \"id\"",
        );
        assert_eq!(told(&[], "text"), "");
        assert_eq!(told(&[(from, "A", HASH), (to, "A", HASH)], "varchar"), "");
        let old = "operator = \"hash\", key = \"old\"";
        let short = "operator = \"hash\", length = 8";
        for (from_is, to_is, type_name, why) in [
            (Some(("A", HASH)), None, "text", "which is not masked"),
            (
                None,
                Some(("A", HASH)),
                "text",
                "shows the same values unmasked",
            ),
            (
                Some(("A", LAST)),
                Some(("A", LAST)),
                "text",
                "`keep-last` does not keep joins",
            ),
            (
                Some(("A", HASH)),
                Some(("A", FPE)),
                "text",
                "one has `hash`, the other `fpe`",
            ),
            (
                Some(("A", HASH)),
                Some(("B", HASH)),
                "text",
                "one has the entity A, the other B",
            ),
            (
                Some(("A", old)),
                Some(("A", HASH)),
                "text",
                "one has the key `old`, the other `k`",
            ),
            (Some(("A", short)), Some(("A", HASH)), "text", "length = 8"),
            (
                Some(("A", HASH)),
                Some(("A", HASH)),
                "int8",
                "masked differently",
            ),
        ] {
            let mut entries = Vec::new();
            entries.extend(from_is.map(|(entity, mask)| (from, entity, mask)));
            entries.extend(to_is.map(|(entity, mask)| (to, entity, mask)));
            let message = told(&entries, type_name);
            assert!(message.contains(why), "{why}: {message}");
        }
    }

    #[test]
    fn tags_of_comments_select_as_the_gateway_does() {
        let rules = ruleset(&[("tag = \"secret\"", "A", LAST)]);
        let mut tagged = column("t", "c", "text");
        assert_eq!(check(&rules, &primary(tagged.clone()), &[]), []);
        tagged.comments.push("wiremask:secret".to_owned());
        assert_eq!(check(&rules, &primary(tagged), &[]).len(), 1);
    }
}
