//! What the columns of a labelled data set really are.
//!
//! A CSV file with the columns `table` and `column`, and any of `database`, `schema`, `type`,
//! `entity` (empty, `none` or `-`: not sensitive), `strength` (`strong`, `format` for numbers that only a
//! name tells from others, `named` for names and addresses, `weak` for what only narrows down; by
//! default what the entity is). Further columns are
//! ignored, so that notes may stand there.

use crate::source::{Separated, SourceError};
use serde::Serialize;
use std::io::Read;

/// How much a label weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// A value that must be caught: numbers, addresses of mail, secrets.
    Strong,
    /// A value that must be caught where the column has its name. Without one its form is that of much that
    /// is nobody's (`dddddddddd`), so that what comes through then is counted apart and is no leak.
    Format,
    /// Names and addresses of persons.
    Named,
    /// Narrows down who somebody is; neither a leak nor an over-mask.
    Weak,
    /// Not sensitive.
    None,
}

/// The label of one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The name of its type; empty for text.
    #[serde(rename = "type")]
    pub type_name: String,
    /// What its values are; empty for nothing sensitive.
    pub entity: String,
    /// How much that weighs.
    pub strength: Strength,
}

/// Labels of columns by table and column.
#[derive(Clone, Debug, Default)]
pub struct Labels(Vec<Label>);

impl Labels {
    /// Reads labels.
    ///
    /// # Errors
    /// Which line is none, or that `table` or `column` is missing.
    pub fn read(input: impl Read) -> Result<Self, SourceError> {
        let mut reader = Separated::new(input, b',')?;
        let place = |name: &str, reader: &Separated<_>| {
            reader
                .names()
                .iter()
                .position(|n| n.eq_ignore_ascii_case(name))
        };
        let missing =
            |name: &str| SourceError::new(1, format!("the labels have no column `{name}`"));
        let table = place("table", &reader).ok_or_else(|| missing("table"))?;
        let column = place("column", &reader).ok_or_else(|| missing("column"))?;
        let entity = place("entity", &reader).ok_or_else(|| missing("entity"))?;
        let (type_name, strength) = (place("type", &reader), place("strength", &reader));
        let mut labels = Vec::new();
        let mut line = 1;
        while let Some(row) = reader.row()? {
            line += 1;
            let text = |at: usize| {
                String::from_utf8_lossy(row.get(at).unwrap_or_default())
                    .trim()
                    .to_owned()
            };
            let entity = Some(text(entity))
                .filter(|entity| !matches!(entity.as_str(), "none" | "NONE" | "-"));
            let entity = entity.unwrap_or_default();
            let strength = match strength.map(text).as_deref() {
                None | Some("") => strength_of(&entity),
                Some("strong") => Strength::Strong,
                Some("format") => Strength::Format,
                Some("named") => Strength::Named,
                Some("weak") => Strength::Weak,
                Some("none") => Strength::None,
                Some(_) => {
                    return Err(SourceError::new(
                        line,
                        "strength is none of strong, format, named, weak, none",
                    ));
                }
            };
            labels.push(Label {
                table: text(table),
                column: text(column),
                type_name: type_name.map(text).unwrap_or_default(),
                entity,
                strength,
            });
        }
        Ok(Self(labels))
    }

    /// The label of a column, if it has one.
    pub fn of(&self, table: &str, column: &str) -> Option<&Label> {
        self.0
            .iter()
            .find(|label| label.table == table && label.column == column)
    }

    /// All labels.
    pub fn iter(&self) -> impl Iterator<Item = &Label> {
        self.0.iter()
    }
}

/// How much an entity weighs where the labels do not say.
fn strength_of(entity: &str) -> Strength {
    match entity {
        "" => Strength::None,
        "PERSON" | "FIRST_NAME" | "LAST_NAME" | "FULL_NAME" | "NAME" | "STREET_ADDRESS"
        | "ADDRESS" => Strength::Named,
        "PASSPORT" | "DRIVER_LICENSE" | "BANK_ACCOUNT" | "CARD_SECURITY" | "PASSWORD" => {
            Strength::Format
        }
        "CITY" | "POSTAL_CODE" | "REGION" | "COUNTRY" | "AGE" | "GENDER" | "DEMOGRAPHIC"
        | "GEO_LOCATION" | "INCOME" | "FREE_TEXT" | "USERNAME" | "DATE_OF_BIRTH"
        | "ORGANISATION" | "MEDICAL" | "BIOMETRIC" => Strength::Weak,
        _ => Strength::Strong,
    }
}

/// Writes labels as [`Labels::read`] takes them.
pub fn write_labels(labels: &[Label]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut rows = vec![["table", "column", "type", "entity", "strength"].map(str::to_owned)];
    rows.extend(labels.iter().map(|label| {
        let strength = match label.strength {
            Strength::Strong => "strong",
            Strength::Format => "format",
            Strength::Named => "named",
            Strength::Weak => "weak",
            Strength::None => "none",
        };
        [
            &label.table,
            &label.column,
            &label.type_name,
            &label.entity,
            strength,
        ]
        .map(|text| text.to_owned())
    }));
    let written = rows.iter().try_for_each(|row| writer.write_record(row));
    let bytes = writer.into_inner().unwrap_or_default();
    // Writing to memory does not fail; an empty file would be refused by the reader.
    written
        .map(|()| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn labels_are_read_and_weighed_by_their_entities() {
        let text = "column,table,entity,note\nemail,users,EMAIL_ADDRESS,\nname,users,PERSON,x\nid,users,none,\ncity,users,CITY,\n";
        let labels = Labels::read(text.as_bytes()).unwrap();
        let strengths: Vec<Strength> = labels.iter().map(|label| label.strength).collect();
        assert_eq!(
            strengths,
            [
                Strength::Strong,
                Strength::Named,
                Strength::None,
                Strength::Weak
            ]
        );
        let again = Labels::read(write_labels(&labels.0).as_bytes()).unwrap();
        assert_eq!(again.0, labels.0);
    }

    #[test]
    fn what_is_no_label_is_told() {
        let error = |text: &str| Labels::read(text.as_bytes()).err().unwrap().to_string();
        assert_eq!(error("a,b\n"), "line 1: the labels have no column `table`");
        assert_eq!(
            error("table,column,entity,strength\nt,c,X,loud\n"),
            "line 2: strength is none of strong, format, named, weak, none"
        );
    }
}
