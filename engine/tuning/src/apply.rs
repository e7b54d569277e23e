//! What a ruleset does to the cells of a column: kept, masked, how much of it, and whether what comes
//! out is still a value of the column's type.

use crate::sample::ColumnFacts;
use wiremask_rules::{
    ColumnName, DetectorSetId, FieldRef, MaskContext, Masked, Match, Mode, RuleId, Ruleset,
    Scratch, Value,
};

/// What became of one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// It passes unchanged.
    Kept,
    /// Masked whole, by a rule for its column.
    Whole(RuleId),
    /// Spans of it are masked: the first rule, and the share of its letters and digits.
    Spans(RuleId, f64),
}

impl Outcome {
    /// Was it changed at all?
    pub fn changed(self) -> bool {
        self != Outcome::Kept
    }

    /// Was all that matters masked?
    pub fn caught(self) -> bool {
        match self {
            Outcome::Kept => false,
            Outcome::Whole(_) => true,
            Outcome::Spans(_, share) => share >= 0.7,
        }
    }
}

/// How one column is treated.
#[derive(Clone, Copy, Debug)]
pub struct Treatment {
    whole: Option<RuleId>,
    set: DetectorSetId,
}

/// A ruleset at work, with its scratch.
pub struct Applier<'r> {
    rules: &'r Ruleset,
    scratch: Scratch,
    matches: Vec<Match>,
    masked: Vec<u8>,
}

impl<'r> Applier<'r> {
    /// For one thread.
    pub fn new(rules: &'r Ruleset) -> Self {
        Self {
            rules,
            scratch: rules.scratch(),
            matches: Vec::new(),
            masked: Vec::new(),
        }
    }

    /// How a column is treated, as the data path decides it.
    pub fn treatment(&self, facts: &ColumnFacts) -> Treatment {
        let name = ColumnName {
            database: &facts.database,
            schema: &facts.schema,
            table: &facts.table,
            column: &facts.column,
            type_name: &facts.type_name,
            ..ColumnName::default()
        };
        let set = self.rules.detector_set_of(&name);
        let rule = self.rules.column_rule(&name);
        match rule.map(|rule| (rule, self.rules.rules()[rule.index()].mode)) {
            Some((rule, Mode::Enforce)) => Treatment {
                whole: Some(rule),
                set: DetectorSetId::NONE,
            },
            Some((_, Mode::Off)) => Treatment {
                whole: None,
                set: DetectorSetId::NONE,
            },
            Some((_, Mode::Shadow)) | None => Treatment { whole: None, set },
        }
    }

    /// What becomes of a cell of such a column; findings in shadow mode change nothing.
    pub fn outcome(&mut self, treatment: Treatment, value: &[u8]) -> Outcome {
        if value.is_empty() {
            return Outcome::Kept;
        }
        if let Some(rule) = treatment.whole {
            return Outcome::Whole(rule);
        }
        if treatment.set == DetectorSetId::NONE {
            return Outcome::Kept;
        }
        self.matches.clear();
        let field = FieldRef {
            start: 0,
            end: u32::try_from(value.len()).unwrap_or(u32::MAX),
            set: treatment.set,
        };
        self.rules
            .scan(&mut self.scratch, value, &[field], &mut self.matches);
        let enforced =
            |found: &&Match| self.rules.rules()[found.rule.index()].mode == Mode::Enforce;
        let spans = || self.matches.iter().filter(enforced);
        let Some(first) = spans().next() else {
            return Outcome::Kept;
        };
        let count = |bytes: &[u8]| {
            bytes
                .iter()
                .filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
                .count()
        };
        let masked: usize = spans()
            .map(|found| count(&value[found.start as usize..found.end as usize]))
            .sum();
        Outcome::Spans(first.rule, ratio(masked, count(value)))
    }

    /// Masks a cell whole as a value of its type and says whether a client can still decode it.
    pub fn stays_decodable(&mut self, rule: RuleId, type_name: &str, value: &[u8]) -> bool {
        let Some(typed) = typed(type_name, value) else {
            // A value that is none of its type was not decodable before either.
            return true;
        };
        self.masked.clear();
        let masked = self
            .rules
            .masker(rule)
            .mask(typed, &MaskContext::default(), &mut self.masked);
        match (typed, masked) {
            (_, Masked::Null) => true,
            (Value::Text(_) | Value::Enum(_), Masked::Out) => {
                std::str::from_utf8(&self.masked).is_ok()
            }
            (Value::Numeric(_), Masked::Out) => {
                std::str::from_utf8(&self.masked).is_ok_and(|text| text.parse::<f64>().is_ok())
            }
            (Value::Bytes(_), Masked::Out)
            | (Value::Bool(_), Masked::Bool(_))
            | (Value::Uuid(_), Masked::Uuid(_)) => true,
            (Value::Int { width, .. }, Masked::Int(number)) => match width {
                2 => i16::try_from(number).is_ok(),
                4 => i32::try_from(number).is_ok(),
                _ => true,
            },
            (Value::Float { .. }, Masked::Float(number)) => number.is_finite(),
            (Value::Date(_), Masked::Date(_)) | (Value::Timestamp { .. }, Masked::Timestamp(_)) => {
                true
            }
            _ => false,
        }
    }
}

#[allow(clippy::cast_precision_loss)]
fn ratio(part: usize, of: usize) -> f64 {
    if of == 0 {
        1.0
    } else {
        part as f64 / of as f64
    }
}

/// The text of a value as its type has it; nothing where it is not one.
pub(crate) fn typed<'v>(type_name: &str, value: &'v [u8]) -> Option<Value<'v>> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let int = |width| {
        text.parse::<i64>()
            .ok()
            .map(|value| Value::Int { value, width })
    };
    let float = |width| {
        text.parse::<f64>()
            .ok()
            .map(|value| Value::Float { value, width })
    };
    match type_name {
        "int2" => int(2),
        "int4" => int(4),
        "int8" => int(8),
        "float4" => float(4),
        "float8" => float(8),
        "numeric" => text.parse::<f64>().ok().map(|_| Value::Numeric(text)),
        "bool" => Some(Value::Bool(matches!(text, "t" | "true" | "1"))),
        "date" => Some(Value::Date(days(text)?)),
        "timestamp" | "timestamptz" => Some(Value::Timestamp {
            micros: i64::from(days(text)?) * 86_400_000_000,
            zoned: type_name == "timestamptz",
        }),
        "bytea" => Some(Value::Bytes(value)),
        "uuid" => {
            let digits = text.bytes().filter(|byte| *byte != b'-');
            let number = std::str::from_utf8(&digits.collect::<Vec<_>>())
                .ok()?
                .to_owned();
            let number = u128::from_str_radix(&number, 16).ok()?;
            Some(Value::Uuid(number.to_be_bytes()))
        }
        _ => Some(Value::Text(value)),
    }
}

/// Days since 2000-01-01 of a text that begins with `YYYY-MM-DD`.
fn days(text: &str) -> Option<i32> {
    let mut parts = text.get(..10)?.split('-').map(str::parse::<i32>);
    let (year, month, day) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 730_425)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use wiremask_rules::{Backend, Keys, PackSource};

    #[test]
    fn cells_are_kept_masked_whole_or_in_part() {
        let overlay = "[pack]\nname = \"t\"\nversion = \"1\"\n[[dataset]]\nselect = { column = \"name\" }\nset = { mask = { operator = \"redact\" } }\n";
        let packs = [
            ("starter", wiremask_rules::builtin("starter").unwrap()),
            ("t", overlay),
        ];
        let packs = packs.map(|(name, text)| PackSource {
            name: name.to_owned(),
            text: text.to_owned(),
        });
        let keys = Keys::from_secret("test", b"a secret of a test");
        let rules = Ruleset::compile(&packs, &keys, Backend::Portable).unwrap();
        let mut applier = Applier::new(&rules);
        let facts = |column: &str| ColumnFacts {
            column: column.to_owned(),
            type_name: "text".to_owned(),
            ..ColumnFacts::default()
        };
        let (name, note) = (
            applier.treatment(&facts("name")),
            applier.treatment(&facts("note")),
        );
        assert!(matches!(applier.outcome(name, b"Jane"), Outcome::Whole(_)));
        assert_eq!(applier.outcome(note, b"nothing here"), Outcome::Kept);
        let Outcome::Spans(rule, share) = applier.outcome(note, b"write to jane@x.example") else {
            panic!("a span")
        };
        assert!((share - 12.0 / 19.0).abs() < 1e-9, "{share}");
        for (type_name, value) in [
            ("int4", "42"),
            ("numeric", "1.50"),
            ("date", "2024-05-12"),
            ("text", "x"),
            ("bool", "t"),
            ("float8", "0.5"),
        ] {
            assert!(
                applier.stays_decodable(rule, type_name, value.as_bytes()),
                "{type_name}"
            );
        }
    }

    #[test]
    fn days_count_from_2000() {
        assert_eq!(
            ["2000-01-01", "2000-03-01", "1999-12-31", "2024-02-29"]
                .map(|text| days(text).unwrap()),
            [0, 60, -1, 8825]
        );
    }
}
