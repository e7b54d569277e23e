//! One table of the sample: its columns, its rows as COPY text, and a label for every planted value.
//!
//! Labels are what makes the demo a check and not a show: after masking, no labelled value may come back
//! (`super::super::verdict` looks for them).

use std::fmt::Write as _;

/// A column and what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name in the database.
    pub name: &'static str,
    /// The entity every value of the column is, or is searched for in free text. None: nothing is planted.
    pub entity: Option<Entity>,
}

/// What a planted value is. The text form is the one that rule packs use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entity {
    /// Name of a person.
    Person,
    /// Mail address.
    Email,
    /// Telephone number.
    Phone,
    /// Birth date.
    BirthDate,
    /// Street with house number.
    Street,
    /// Postcode.
    Postcode,
    /// National id, tax id or social security number.
    NationalId,
    /// Payment card number.
    Card,
    /// Bank account.
    Iban,
    /// IP address.
    Ip,
    /// Salary.
    Salary,
    /// Text in which other entities are planted.
    FreeText,
}

impl Entity {
    /// The name in rule packs and in the table `pii_labels`.
    pub fn name(self) -> &'static str {
        match self {
            Entity::Person => "PERSON",
            Entity::Email => "EMAIL",
            Entity::Phone => "PHONE",
            Entity::BirthDate => "DATE_OF_BIRTH",
            Entity::Street => "STREET_ADDRESS",
            Entity::Postcode => "POSTCODE",
            Entity::NationalId => "NATIONAL_ID",
            Entity::Card => "CREDIT_CARD",
            Entity::Iban => "IBAN",
            Entity::Ip => "IP_ADDRESS",
            Entity::Salary => "SALARY",
            Entity::FreeText => "FREE_TEXT",
        }
    }

    /// Whether a value belongs to one row practically always, so that it is a leak wherever it shows up.
    /// The others (a birth date, a postcode) repeat by chance and are judged in their own row only.
    pub fn is_distinct(self) -> bool {
        match self {
            Entity::Email
            | Entity::Phone
            | Entity::NationalId
            | Entity::Card
            | Entity::Iban
            | Entity::Ip => true,
            Entity::Person
            | Entity::BirthDate
            | Entity::Street
            | Entity::Postcode
            | Entity::Salary
            | Entity::FreeText => false,
        }
    }
}

/// One planted value and where it lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Planted {
    /// Row, from 0 in primary key order.
    pub row: usize,
    /// Index into the columns.
    pub column: usize,
    /// What it is; never `FreeText`.
    pub entity: Entity,
    /// The value as text.
    pub value: String,
}

/// A table with its content. The first column is the primary key and counts from 1.
#[derive(Debug)]
pub struct Table {
    /// Name in the database.
    pub name: &'static str,
    /// Statements that create it.
    pub ddl: &'static str,
    /// Columns in their order.
    pub columns: &'static [Column],
    /// All rows in COPY text format.
    pub copy: String,
    /// Number of rows.
    pub rows: usize,
    /// All planted values, ordered by row.
    pub planted: Vec<Planted>,
    filled: usize,
}

impl Table {
    /// An empty table.
    pub fn new(name: &'static str, ddl: &'static str, columns: &'static [Column]) -> Table {
        Table {
            name,
            ddl,
            columns,
            copy: String::new(),
            rows: 0,
            planted: Vec::new(),
            filled: 0,
        }
    }

    /// The statement that loads `copy`.
    pub fn copy_statement(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| column.name).collect();
        format!("COPY {} ({}) FROM STDIN", self.name, names.join(", "))
    }

    /// Begins a row with its primary key.
    pub fn begin(&mut self) -> &mut Table {
        self.filled = 0;
        self.cell(self.rows + 1)
    }

    /// Appends a value that is not sensitive.
    pub fn cell(&mut self, value: impl std::fmt::Display) -> &mut Table {
        if self.filled > 0 {
            self.copy.push('\t');
        }
        self.filled += 1;
        // Writing to a String cannot fail.
        let _ = write!(Escaped(&mut self.copy), "{value}");
        self
    }

    /// Appends a value that is sensitive as a whole.
    pub fn plant(&mut self, value: &str) -> &mut Table {
        let entity = self.columns[self.filled].entity;
        if let Some(entity) = entity {
            self.label(entity, value);
        }
        self.cell(value)
    }

    /// Appends a longer value in which `spans` are planted.
    pub fn plant_spans(&mut self, text: &str, spans: &[(Entity, String)]) -> &mut Table {
        for (entity, value) in spans {
            self.label(*entity, value);
        }
        self.cell(text)
    }

    /// Appends NULL.
    pub fn null(&mut self) -> &mut Table {
        self.copy.push_str("\t\\N");
        self.filled += 1;
        self
    }

    /// Ends the row.
    pub fn end(&mut self) {
        debug_assert_eq!(
            self.filled,
            self.columns.len(),
            "every column of a row is filled"
        );
        self.copy.push('\n');
        self.rows += 1;
    }

    fn label(&mut self, entity: Entity, value: &str) {
        self.planted.push(Planted {
            row: self.rows,
            column: self.filled,
            entity,
            value: value.to_owned(),
        });
    }
}

/// Writes text with the escapes of COPY's text format.
/// <https://www.postgresql.org/docs/17/sql-copy.html#SQL-COPY-FILE-FORMATS>
struct Escaped<'a>(&'a mut String);

impl std::fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for letter in text.chars() {
            match letter {
                '\\' => self.0.push_str("\\\\"),
                '\t' => self.0.push_str("\\t"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_escaped_and_labelled() {
        const COLUMNS: &[Column] = &[
            Column {
                name: "id",
                entity: None,
            },
            Column {
                name: "email",
                entity: Some(Entity::Email),
            },
            Column {
                name: "note",
                entity: Some(Entity::FreeText),
            },
        ];
        let mut table = Table::new("t", "", COLUMNS);
        table
            .begin()
            .plant("a@example.com")
            .plant_spans("call\t+1", &[(Entity::Phone, "+1".to_owned())])
            .end();
        table.begin().null().cell("back\\slash\n").end();
        assert_eq!(
            table.copy,
            "1\ta@example.com\tcall\\t+1\n2\t\\N\tback\\\\slash\\n\n"
        );
        assert_eq!(table.rows, 2);
        let expected = [
            Planted {
                row: 0,
                column: 1,
                entity: Entity::Email,
                value: "a@example.com".to_owned(),
            },
            Planted {
                row: 0,
                column: 2,
                entity: Entity::Phone,
                value: "+1".to_owned(),
            },
        ];
        assert_eq!(table.planted, expected);
        assert_eq!(
            table.copy_statement(),
            "COPY t (id, email, note) FROM STDIN"
        );
    }
}
